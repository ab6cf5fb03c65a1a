"""The examples of docs/corrections.md that begin with a run give what the page says, on the fixtures."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from captioner.emulator import Emulator
from captioner.emulator.fingerprint import fingerprint_of_file, onset_ms
from tests.flows.conftest import FIXTURES, KEY, Journey

PAGE = Path(__file__).resolve().parents[2] / "docs" / "corrections.md"
#: Lines of progress and lists of files, which the page leaves out.
_PROGRESS = re.compile(r"(.+: (started|resumed|preparing|uploading|done).*|/.*)")
CUT_MS = 12_300  # the question that opens the interview, and all before it, are gone

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="the package is installed, not checked out")


def section(title: str) -> str:
    return PAGE.read_text("utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def examples(text: str) -> Iterator[tuple[str, list[str]]]:
    """Every command of the blocks of a section, with the lines below it."""
    for block in re.findall(r"^```\n(\$ .*?)^```$", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *lines = part.strip().splitlines()
            yield command, [line for line in lines if line]


def check(journey: Journey, title: str, place: list[str]) -> int:
    """Carry out the commands of a section; how many there are."""
    count = 0
    for command, expected in examples(section(title)):
        name, *arguments = shlex.split(command)
        if name == "sed":
            _replace(journey.folder / arguments[2], arguments[1])
        elif name == "mv":
            (journey.folder / arguments[0]).replace(journey.folder / arguments[1])
        else:
            where = ["--language", "en", *place] if arguments[0] in ("run", "batch") else []
            done = journey.captioner(*arguments, *where)
            told = f"{done.stdout}\n{done.stderr}".splitlines()
            said = [_dated(line.rstrip()) for line in told if line.strip() and not _PROGRESS.fullmatch(line)]
            for line in expected:
                assert _dated(line.rstrip()) in said, "\n".join([command, *said])
        count += 1
    return count


def _replace(path: Path, change: str) -> None:
    _, old, new, _ = change.split("/")
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def _dated(line: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "DATE", line)


@pytest.mark.short
def test_we_have_a_script(journey: Journey, emulator: Emulator) -> None:
    shutil.copy(FIXTURES / "interview-en.mp4", journey.folder / "talk.mp4")
    script = re.search(r"^```text\n(.*?)^```$", section("We have a script"), re.MULTILINE | re.DOTALL)
    assert script is not None
    (journey.folder / "evening.txt").write_text(script[1], "utf-8")
    assert check(journey, "We have a script", journey.place(emulator)) >= 4
    assert emulator.submissions == 1


def cut(source: Path, target: Path) -> None:
    """The sound of a media file from `CUT_MS` on."""
    with av.open(str(source)) as media, av.open(str(target), "w", format="mp4") as made:
        stream = media.streams.audio[0]
        out = made.add_stream("aac", rate=stream.rate, layout=stream.layout.name)
        for frame in media.decode(stream):
            if frame.time is not None and frame.time * 1000 >= CUT_MS:
                frame.pts = None
                made.mux(out.encode(frame))
        made.mux(out.encode(None))


def cut_transcript(media: Path) -> dict[str, object]:
    """The transcript of the interview from `CUT_MS` on."""
    known = json.loads((FIXTURES / "transcripts" / "interview-en.json").read_text("utf-8"))
    kept = [row for row in known["sentences"] if row["begin_time"] >= CUT_MS - 100]
    first = kept[0]["begin_time"]
    begin = onset_ms(media)
    for row in kept:
        for each in (row, *row["words"]):
            each["begin_time"] += begin - first
            each["end_time"] += begin - first
    facts = {"media": media.name, "fingerprint": fingerprint_of_file(media), "onset_ms": begin}
    return {**known, **facts, "duration_ms": known["duration_ms"] - CUT_MS, "sentences": kept}


def test_it_was_cut_again(journey: Journey, tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "interview-en.mp4", journey.folder / "talk.mp4")
    recut = journey.folder / "recut.mp4"
    cut(FIXTURES / "interview-en.mp4", recut)
    transcripts = tmp_path / "transcripts"
    shutil.copytree(FIXTURES / "transcripts", transcripts)
    (transcripts / "recut.json").write_text(json.dumps(cut_transcript(recut)), "utf-8")
    with Emulator(transcripts=transcripts, key=KEY) as emulator:
        assert check(journey, "It was cut again, or recognised again", journey.place(emulator)) >= 5
        assert emulator.submissions == 2
