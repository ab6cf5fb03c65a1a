"""Captions with numbers of their own, and changes of them as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from captioner.corrections import Correction
from captioner.errors import CaptionerError
from captioner.model import Cue

__all__ = ["Change", "EditError", "Marks", "Row"]


class EditError(CaptionerError):
    """A change that cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One caption while it is edited.

    Attributes:
        id: Number that stays with the caption while others are added and removed, counted from 1.
        cue: The caption.
        pinned: Whether a person cut, timed or worded it, so that a new layout leaves it alone.
    """

    id: int
    cue: Cue
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """Notes of the editor on a file, which change no caption.

    Attributes:
        accepted: Findings that stay as they are: `rule:number of the caption` to the reason. The rule "doubt" stands
            for a doubtful place that was heard and is right.
        proofed: Who read the whole file and when, or "".
    """

    accepted: Mapping[str, str] = field(default_factory=dict)
    proofed: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Some captions next to each other and the corrections of their words, before and after.

    Attributes:
        what: What was done, a name of `operations.OPERATIONS`.
        start: Index of the first caption that is replaced.
        rows_before: The captions that stood there.
        rows_after: Those that stand there now.
        corrections_before: Corrections of the words that are no longer in force.
        corrections_after: Corrections that are new.
        replaced: Corrections that the file keeps as no longer in force.
        names_before: Display names of speakers.
        names_after: The same afterwards.
        marks_before: Notes of the editor.
        marks_after: The same afterwards.
        cuts: Captions whose cuts or line breaks changed.
        times: Captions whose times changed.
        notes: What the editor should know, a line each.
    """

    what: str
    start: int = 0
    rows_before: tuple[Row, ...] = ()
    rows_after: tuple[Row, ...] = ()
    corrections_before: tuple[Correction, ...] = ()
    corrections_after: tuple[Correction, ...] = ()
    replaced: tuple[Correction, ...] = ()
    names_before: Mapping[str, str] | None = None
    names_after: Mapping[str, str] | None = None
    marks_before: Marks | None = None
    marks_after: Marks | None = None
    cuts: int = 0
    times: int = 0
    notes: tuple[str, ...] = ()
