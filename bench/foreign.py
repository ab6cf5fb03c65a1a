#!/usr/bin/env python3
"""Caption files of other people, read by us and by the libraries that read their format; every difference is listed.

    python bench/foreign.py DIR [--list 40] [--only vtt]

Every file below DIR whose ending is that of a caption format is read and written as SRT and JSON. Counted are files
that cannot be read, with what is said of them; files that are read, with what was told; and files in which a library
finds other captions, times or letters. A difference that nothing was told about is listed as SILENT, a traceback of
ours as CRASH; there should be none. The exit code is 1 if there is one.
"""

from __future__ import annotations

import argparse
import html
import io
import logging
import re
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from captioner.errors import CaptionerError
from captioner.formats import ALL_FORMATS, CaptionFile, ReadOptions, read, render

Shown = list[tuple[int, int, str]]

_MARKUP = re.compile(r"<[^<>\n]*>|\{[^{}\n]*\}|\\[Nnh]")
_BRACKETED = re.compile(r"<[^>]*>")  # what pysubs2 drops of <<speech in quotes>>
_GRID_MS = 50  # ttconv and pycaption round to frames and tenths of seconds here and there


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", type=int, default=40, help="Differences to list of each kind.")
    parser.add_argument("--only", default="", help="Only files of this ending.")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    tally = Tally(options.list)
    for path in files(options.folder, options.only):
        compare(path, tally)
    tally.report()
    return 1 if tally.counts["CRASH"] or tally.counts["SILENT"] else 0


def files(folder: Path, only: str) -> Iterator[Path]:
    """Files with the ending of a caption format, in order."""
    endings = {f".{ending}" for row in ALL_FORMATS.values() if row.reader for ending in row.extensions}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix.lower() not in endings or not path.suffix.lower().endswith(only):
            continue
        if path.suffix.lower() != ".json" or b"captioner.archive" in path.read_bytes()[:300]:
            yield path


class Tally:
    """What was found, and the first of each kind."""

    def __init__(self, most: int) -> None:
        self.counts: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()
        self._most = most
        self._listed: Counter[str] = Counter()

    def add(self, kind: str, path: Path | None = None, message: str = "") -> None:
        """Count one of a kind, and list it while there are few."""
        self.counts[kind] += 1
        if path is not None and self._listed[kind] < self._most:
            self._listed[kind] += 1
            print(f"{kind:9} {path}: {message}")

    def report(self) -> None:
        """Print the counts."""
        print()
        for kind, count in sorted(self.counts.items()):
            print(f"{count:7} {kind}")
        for note, count in self.notes.most_common(30):
            print(f"{count:7} told: {note}")


def compare(path: Path, tally: Tally) -> None:
    """Read one file with everything that reads its format."""
    data = path.read_bytes()
    tally.add("files")
    try:
        ours = read(data, path.name, ReadOptions(labels="text", rolling="keep"))
        read(data, path.name)
        for name in ("srt", "json"):
            render(ours.cues, name, ours.to_context())
    except CaptionerError as error:
        tally.add("refused", path, error.message)
        return
    except Exception:  # noqa: BLE001 - what the bench looks for
        tally.add("CRASH", path, traceback.format_exc(limit=-2).replace("\n", " | "))
        return
    tally.add(f"read as {ours.format}")
    tally.add("captions", None)
    tally.counts["captions"] += len(ours.cues) - 1
    for note in ours.notes:
        tally.notes[re.sub(r"“[^”]*”|\d+", "…", note.message)] += 1
    mine = [(cue.start_ms, cue.end_ms, "\n".join(line.printed for line in cue.lines)) for cue in ours.cues]
    for peer in PEERS:
        if ours.format in peer.formats:
            judge(path, ours, mine, peer, tally)


def judge(path: Path, ours: CaptionFile, mine: Shown, peer: Peer, tally: Tally) -> None:
    """Hold our reading against one library's."""
    try:
        theirs = [(start, end, letters(text)) for start, end, text in peer.read(path, ours)]
    except Exception as error:  # noqa: BLE001 - a library that cannot read it has no say, whatever it raises
        tally.add(f"{peer.name} cannot read", None, repr(error))
        return
    plain = [(start, end, letters(text)) for start, end, text in mine]  # some libraries drop all braces
    others = [each for each in theirs if each[2]]
    difference = first_difference([each for each in plain if each[2]], others)
    if (
        not difference
        or not first_difference([(*times, squeezed(text)) for *times, text in mine if squeezed(text)], others)
        or not first_difference(
            [(*times, squeezed(kept)) for *times, text in mine if squeezed(kept := _BRACKETED.sub(" ", text))], others
        )
        or (peer.has_states and is_same_on_screen(plain, others))
    ):
        tally.add(f"same as {peer.name}")
    elif ours.notes or ours.unsupported:
        tally.add(f"told, not as {peer.name}", path, difference)
    elif peer.is_reference:
        tally.add("SILENT", path, f"{peer.name}: {difference}")
    else:
        tally.add(f"not as {peer.name}", path, difference)


def first_difference(mine: Shown, theirs: Shown) -> str:
    """What differs first, or ""."""
    if "".join(text for *_, text in mine) == "".join(text for *_, text in theirs) and len(mine) == len(theirs):
        for number, (one, other) in enumerate(zip(mine, theirs, strict=True), 1):
            if abs(one[0] - other[0]) > _GRID_MS or abs(one[1] - other[1]) > _GRID_MS:
                return f"caption {number}: {one[0]}-{one[1]} here, {other[0]}-{other[1]} there"
        return ""
    counts = f"{len(mine)} captions here, {len(theirs)} there"
    for number, (one, other) in enumerate(zip(mine, theirs, strict=False), 1):
        if one[2] != other[2]:
            return f"{counts}; {number}: {one[2][:40]!r} here, {other[2][:40]!r} there"
    return counts


def is_same_on_screen(mine: Shown, theirs: Shown) -> bool:
    """Whether the same letters are on screen at every moment, however they are shared out among captions."""
    moments = sorted({at for start, end, _ in (*mine, *theirs) for at in (start, end)})
    return all(
        on_screen(mine, (before + after) // 2) == on_screen(theirs, (before + after) // 2)
        for before, after in pairwise(moments)
        if after - before > _GRID_MS
    )


def on_screen(shown: Shown, at_ms: int) -> list[str]:
    """The letters on screen at a moment, in order of the alphabet."""
    return sorted("".join(text for start, end, text in shown if start <= at_ms < end))


def squeezed(text: str) -> str:
    """Letters and digits of a text."""
    return "".join(char for char in text.casefold() if char.isalnum())


def letters(text: str) -> str:
    """Letters and digits of a text without what one of the readers takes for markup."""
    return "".join(char for char in _MARKUP.sub(" ", html.unescape(text)).casefold() if char.isalnum())


# The libraries


@dataclass(frozen=True)
class Peer:
    """A library.

    Attributes:
        name: Its name.
        formats: Formats of ours it reads.
        read: Gives its captions of a file.
        has_states: Whether it gives the states of the screen and not captions.
        is_reference: Whether a difference that nothing was told about is a fault of ours until it is explained.
    """

    name: str
    formats: frozenset[str]
    read: Callable[[Path, CaptionFile], Shown]
    is_reference: bool = False
    has_states: bool = False


def _text(path: Path, ours: CaptionFile) -> str:
    return path.read_bytes().decode(ours.encoding or "utf-8", errors="replace").lstrip("\ufeff")


def _pysubs2(path: Path, ours: CaptionFile) -> Shown:
    import pysubs2

    names = {"mpl2": "mpl2", "tmplayer": "tmp", "sami": "sami", "microdvd": "microdvd"}
    name = names.get(ours.format, ours.format)
    file = pysubs2.SSAFile.from_string(_text(path, ours), format_=name)
    return [(each.start, each.end, each.plaintext) for each in file if not (each.is_comment or each.is_drawing)]


def _webvtt(path: Path, ours: CaptionFile) -> Shown:
    import webvtt

    captions = webvtt.from_buffer(io.StringIO(_text(path, ours)), format=ours.format)
    return [(each.start_time.in_milliseconds(), each.end_time.in_milliseconds(), each.text) for each in captions]


def _pycaption(path: Path, ours: CaptionFile) -> Shown:
    import pycaption

    readers = {
        "srt": pycaption.SRTReader,
        "vtt": pycaption.WebVTTReader,
        "ttml": pycaption.DFXPReader,
        "sami": pycaption.SAMIReader,
        "scc": pycaption.SCCReader,
    }
    found = readers[ours.format]().read(_text(path, ours))
    captions = found.get_captions(found.get_languages()[0])
    return [(round(each.start / 1000), round(each.end / 1000), each.get_text()) for each in captions]


def _ttconv(path: Path, ours: CaptionFile) -> Shown:
    from ttconv import model
    from ttconv.imsc import reader as imsc
    from ttconv.isd import ISD
    from ttconv.scc import reader as scc
    from ttconv.stl import reader as stl

    if ours.format == "ttml":
        document = imsc.to_model(ElementTree.ElementTree(ElementTree.fromstring(path.read_bytes())))
    elif ours.format == "scc":
        document = scc.to_model(_text(path, ours))
    else:
        document = stl.to_model(io.BytesIO(path.read_bytes()))
    times = ISD.significant_times(document)
    shown: Shown = []
    for begin, end in zip(times, [*times[1:], None], strict=True):
        isd = ISD.from_model(document, begin)
        text = "\n".join(_isd_texts(isd.iter_regions(), model)) if isd is not None else ""
        if text.strip():
            shown.append((round(begin * 1000), round((begin + 10 if end is None else end) * 1000), text))
    return shown


def _isd_texts(elements: object, model: object) -> Iterator[str]:
    for element in elements:  # type: ignore[attr-defined]
        if isinstance(element, model.Text):  # type: ignore[attr-defined]
            yield element.get_text()
        elif not isinstance(element, model.Rt | model.Rtc | model.Rp):  # type: ignore[attr-defined]
            yield from _isd_texts(element, model)


PEERS: Sequence[Peer] = (
    Peer("pysubs2", frozenset({"srt", "ass", "ssa", "microdvd", "mpl2", "sami", "tmplayer"}), _pysubs2, True),
    Peer("webvtt-py", frozenset({"vtt", "sbv"}), _webvtt, True),
    Peer("pycaption", frozenset({"srt", "vtt", "ttml", "sami", "scc"}), _pycaption),
    Peer("ttconv", frozenset({"ttml", "scc", "stl"}), _ttconv, has_states=True),
)


if __name__ == "__main__":
    sys.exit(main())
