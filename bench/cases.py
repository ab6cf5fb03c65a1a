"""Reads a folder of segmentation cases: transcripts and the captions that people made of them.

A folder has an `index.json` with a list `cases`; each case is
    {"id": …, "group": "en", "lang": "en", "kind": "full" or "lines", "max_cpl": 42, "max_lines": 2,
     "line_scored": true, "inputs": {"neutral": a reply in the recogniser's JSON}, "ref": the people's SRT}.
`lines` cases hold each two-line caption of people as a sentence of its own.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pysubs2

from captioner.model import Transcript
from captioner.recognition.funasr.result import to_transcript

__all__ = ["Case", "Shown", "content", "load", "offsets"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A caption made by people: times in ms, lines from top to bottom."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One programme: the transcript, the people's captions, and the limits that a style would set."""

    name: str
    group: str
    language: str
    kind: str
    max_columns: int
    max_lines: int
    lines_judged: bool
    timed: bool
    transcript: Transcript
    people: tuple[Shown, ...]


def load(folder: Path, groups: Sequence[str] = (), kind: str = "full") -> list[Case]:
    """Read the cases of a folder, of all groups or of some."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return [
        _case(folder, entry)
        for entry in index["cases"]
        if entry["kind"] == kind and (not groups or entry["group"] in groups)
    ]


def _case(folder: Path, entry: dict[str, object]) -> Case:
    language = str(entry["lang"])
    inputs = entry["inputs"]
    assert isinstance(inputs, dict)
    raw = (folder / str(next(iter(inputs.values())))).read_bytes()
    return Case(
        name=str(entry["id"]),
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
