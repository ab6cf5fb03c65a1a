"""Reads folders of segmentation cases: transcripts and the captions that people made of them.

A folder has an `index.json` with a list `cases`; each case is
    {"id": …, "group": "en", "lang": "en", "kind": "full" or "lines", "max_cpl": 42, "max_lines": 2,
     "line_scored": true, "inputs": {"neutral": a reply in the recogniser's JSON}, "ref": the people's SRT,
     "source": a repository or publisher, "series": programmes by one team, "programme": a name}.
`lines` cases hold each two-line caption of people as a sentence of its own. A programme that two folders have is read
from the first.
"""

from __future__ import annotations

import json
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pysubs2

from captioner.model import Transcript
from captioner.recognition.funasr.result import to_transcript

__all__ = ["Case", "Shown", "content", "folds_by_source", "load", "offsets", "sample"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A caption made by people: times in ms, lines from top to bottom."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One programme: the transcript, the people's captions, and the limits that a style would set.

    `source` and `series` say who made the captions: what is held out is held out by them.
    """

    name: str
    source: str
    series: str
    programme: str
    group: str
    language: str
    kind: str
    max_columns: int
    max_lines: int
    lines_judged: bool
    timed: bool
    transcript: Transcript
    people: tuple[Shown, ...]


def load(folders: Sequence[Path], groups: Sequence[str] = (), kind: str = "full") -> list[Case]:
    """Read the cases of some folders, of all groups or of some."""
    found: dict[tuple[str, str, str], Case] = {}
    for folder in folders:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        for entry in index["cases"]:
            if entry["kind"] == kind and (not groups or entry["group"] in groups):
                case = _case(folder, entry)
                found.setdefault((case.group, case.source, case.programme), case)
    return list(found.values())


def folds_by_source(cases: Iterable[Case], folds: int) -> dict[tuple[str, str], int]:
    """A fold for each source and series, so that the captions of each group are spread evenly over the folds."""
    size: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case in cases:
        size[case.source, case.series][case.group] += len(case.people)
    filled = [Counter[str]() for _ in range(folds)]
    found = {}
    for unit, groups in sorted(size.items(), key=lambda item: (-item[1].total(), item[0])):
        total = {group: sum(fold[group] for fold in filled) + count for group, count in groups.items()}

        def crowding(fold: int, groups: Counter[str] = groups, total: dict[str, int] = total) -> float:
            return sum(count * filled[fold][group] / total[group] for group, count in groups.items())

        found[unit] = min(range(folds), key=crowding)
        filled[found[unit]].update(groups)
    return found


def sample(cases: Iterable[Case], most: int) -> Iterator[Case]:
    """Programmes of every group in a seeded order, until a group has so many captions."""
    taken: Counter[str] = Counter()
    for case in sorted(cases, key=lambda case: zlib.crc32(case.name.encode())):
        if taken[case.group] < most:
            taken[case.group] += len(case.people)
            yield case


def _case(folder: Path, entry: dict[str, object]) -> Case:
    language = str(entry["lang"])
    inputs = entry["inputs"]
    assert isinstance(inputs, dict)
    raw = (folder / str(next(iter(inputs.values())))).read_bytes()
    name = str(entry["id"])
    source, series = _origin(entry)
    return Case(
        name=name,
        source=source,
        series=series,
        programme=str(entry.get("programme") or name.split("-", 2)[-1]),
        group=str(entry["group"]),
        language=language,
        kind=str(entry["kind"]),
        max_columns=int(str(entry["max_cpl"])),
        max_lines=int(str(entry["max_lines"])),
        lines_judged=bool(entry.get("line_scored", True)),
        timed=not entry.get("synthetic_times", False),
        transcript=to_transcript(raw, language=language),
        people=read_srt(folder / str(entry["ref"])),
    )


def _origin(entry: dict[str, object]) -> tuple[str, str]:
    """Source and series; without them the first word and the folder of the programme's title."""
    if "source" in entry:
        return str(entry["source"]), str(entry["series"])
    first, _, rest = str(entry.get("show", "")).partition(" ")
    return first.lower(), rest.partition("/")[0] if "/" in rest else ""


def read_srt(path: Path) -> tuple[Shown, ...]:
    """Captions of an SRT file; blank lines are left out."""
    found = []
    for event in pysubs2.load(str(path), encoding="utf-8", format_="srt"):
        lines = tuple(line.strip() for line in event.plaintext.split("\n") if line.strip())
        if lines:
            found.append(Shown(event.start, event.end, lines))
    return tuple(found)


def content(text: str) -> str:
    """Letters, digits and marks in one case: the unit in which breaks are counted, so that punctuation moves none."""
    folded = unicodedata.normalize("NFC", text).casefold()
    return "".join(character for character in folded if unicodedata.category(character)[0] in "LNM")


def offsets(shown: Iterable[Shown]) -> tuple[set[int], set[int], str]:
    """Breaks of cues and of lines as offsets in the content, the two outer ends left out, and the content."""
    cues: set[int] = set()
    lines: set[int] = set()
    text: list[str] = []
    here = 0
    for caption in shown:
        for number, line in enumerate(caption.lines, 1):
            text.append(content(line))
            here += len(text[-1])
            (cues if number == len(caption.lines) else lines).add(here)
    lines -= cues
    return cues - {0, here}, lines - {0, here}, "".join(text)
