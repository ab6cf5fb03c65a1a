"""Report on speech and its script: the shares that matched, and the places that did not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from captioner.timecode import ms_to_clock

__all__ = ["PlaceKind", "ScriptPlace", "ScriptReport", "describe_report", "place_message"]

PlaceKind = Literal["changed", "added", "left out", "corrected"]
"""How speech and script differ at a place."""

_TIMES = 5  # of places, named in the line about a script


@dataclass(frozen=True, slots=True)
class ScriptPlace:
    """A place where speech and script differ.

    Attributes:
        kind: "changed" is something else said than is written, "added" is speech that is not in the script, "left out"
            is text that was not spoken, "corrected" is a name or a number that is shown as written although something
            else was recognised.
        start_ms: First millisecond of the speech; for text that was not spoken, where it would have been.
        end_ms: First millisecond after it.
        text: What is written, shortened; "" where nothing is.
        spoken: What was recognised, shortened; "" where nothing was.
        words: Number of words written, or said where nothing is written.
    """

    kind: PlaceKind
    start_ms: int
    end_ms: int
    text: str = ""
    spoken: str = ""
    words: int = 0


@dataclass(frozen=True, slots=True)
class ScriptReport:
    """Report on speech and its script.

    Attributes:
        name: Name of the script.
        policy: "spoken" where what was said is shown at a real difference, "script" where what is written is.
        followed: Share of the recognised words that follow the script, from 0 to 1.
        spoken: Share of the words of the script that were spoken, from 0 to 1.
        is_used: Whether it is the script of this speech at all; else what was said is shown everywhere.
        in_capitals: Whether the script is in capitals, so that upper and lower case are the recogniser's.
        places: In order of time.
    """

    name: str
    policy: Literal["spoken", "script"] = "spoken"
    followed: float = 0.0
    spoken: float = 0.0
    is_used: bool = True
    in_capitals: bool = False
    places: tuple[ScriptPlace, ...] = ()


def describe_report(report: ScriptReport) -> str:
    """A report in one line, with the first places that differ."""
    name = report.name or "the script"
    if not report.is_used:
        return (
            f"{name} is not used: only {report.followed:.0%} of what was said is in it, so it is of other speech or in"
            " another language; what was said is shown"
        )
    line = f"{name}: {report.followed:.0%} of what was said follows it, {report.spoken:.0%} of it was said"
    differing = [each for each in report.places if each.kind in ("changed", "added")]
    if differing:
        listed = " ".join(ms_to_clock(each.start_ms) for each in differing[:_TIMES])
        more = " …" if len(differing) > _TIMES else ""
        line += f"; {_count(len(differing), 'place differs', 'places differ')}: {listed}{more}"
    if left_out := [each for each in report.places if each.kind == "left out"]:
        words = sum(each.words for each in left_out)
        line += f"; {_count(words, 'word', 'words')} not said, at {ms_to_clock(left_out[0].start_ms)}"
        line += f" and {_count(len(left_out) - 1, 'other place', 'other places')}" if len(left_out) > 1 else ""
    return f"{line}; it is in capitals, upper and lower case are the recogniser's" if report.in_capitals else line


def place_message(place: ScriptPlace) -> str:
    """A difference in words, for a person who is going to hear the place."""
    if place.kind == "added":
        return f"not in the script: “{place.spoken}”"
    if place.kind == "left out":
        return f"in the script and not said: “{place.text}”"
    if place.kind == "corrected":
        return f"“{place.text}” by the script; the recogniser heard “{place.spoken}”"
    return f"said “{place.spoken}”, in the script “{place.text}”"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
