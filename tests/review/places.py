"""Folders of captions with their archives, as a run leaves them, for the tests of the editor."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import httpx

from captioner import archive as archives
from captioner.archive import Archive, MediaFacts
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import produce
from captioner.files import write_whole
from captioner.model import Sentence, Transcript, Word
from captioner.review.edit_session import Session
from captioner.review.library import Library, file_id
from captioner.review.server.app import build
from captioner.review.server.running import ReviewServer, config_of, listen_at
from captioner.review.server.security import Access, loopback_hosts
from captioner.style import load_style
from tests.captions.spoken import spoken
from tests.waiting import PATIENCE_S

#: Files that were made before, by what is said, the options and the title.
_made: dict[tuple[Transcript, str, str], Mapping[str, bytes]] = {}


def put_captions(
    folder: Path,
    stem: str = "talk",
    name: str = "interview-en",
    transcript: Transcript | None = None,
    **options: object,
) -> Path:
    """Write the captions of a fixture into a folder; the path of the archive."""
    said = transcript or spoken(name, "after")
    chosen = CaptionOptions(**{
        "formats": ("srt", "vtt"),
        "style": load_style("web-default"),
        "language": said.language,
        "archive": True,
        **options,
    })  # fmt: skip
    key = (said, chosen.digest, stem)
    if key not in _made:
        media = MediaFacts(said.duration_ms, 640, 360, Fraction(25))
        _made[key] = produce(said, media, chosen, title=stem).files
    for extension, data in _made[key].items():
        write_whole(folder / f"{stem}.{extension}", data)
    return folder / f"{stem}.json"


def read(path: Path) -> Archive:
    return archives.loads(path.read_text())


def opened(archive: Path, by: str = "kai") -> Session:
    return Session("x", archive, None, by)


class Running:
    """The server in a thread of its own, on a free port.

    Attributes:
        url: Where it answers.
        access: Who may ask.
        library: Its files.
    """

    def __init__(self, given: Path, cache: Path, access: Access | None = None, ledger: Path | None = None) -> None:
        listening = listen_at("127.0.0.1", 0)
        port = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.access = access or Access(frozenset())
        self.access.hosts = self.access.hosts or loopback_hosts(port)
        self.library = Library(given, "kai")
        self.served = build(self.library, self.access, ledger=ledger, cache=cache)
        self._ready = threading.Event()
        self._server = ReviewServer(config_of(self.served, None), self._ready.set, self.served)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        assert self._ready.wait(PATIENCE_S), "the server did not start"

    def client(self, **headers: str) -> httpx.Client:
        """A client that has the token."""
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.access.token}", **headers}, timeout=PATIENCE_S
        )

    def id(self, title: str = "talk") -> str:
        """Id of a file."""
        return file_id(title)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)


@contextmanager
def running(given: Path, cache: Path, access: Access | None = None, ledger: Path | None = None) -> Iterator[Running]:
    """The server for a while; what was edited is saved at its end."""
    made = Running(given, cache, access, ledger)
    try:
        yield made
    finally:
        made.close()


def arabic() -> Transcript:
    """Speech from right to left, of two voices."""
    said = (
        ("مساء الخير ومرحبا بكم في نشرة الأخبار.", "0"),
        ("شكرا لكم على الدعوة الكريمة.", "1"),
        ("نتحدث اليوم عن المكتبة الجديدة في وسط المدينة.", "0"),
        ("فتحت المكتبة أبوابها في الصباح وزارها كثير من الناس.", "1"),
        ("وفيها 1200 كتاب للأطفال.", "1"),
        ("هل تفتح في المساء أيضا؟", "0"),
        ("نعم، حتى الساعة التاسعة.", "1"),
        ("شكرا لكم وإلى اللقاء.", "0"),
    )
    sentences, at = [], 500
    for text, speaker in said:
        words = []
        for each in text.split():
            words.append(Word(each if not words else f" {each}", "", at, at + 380))
            at += 400
        sentences.append(Sentence(text, words[0].start_ms, words[-1].end_ms, tuple(words), speaker))
        at += 800
    return Transcript(tuple(sentences), "ar", at)
