"""The captions of one file while they are edited: rows, corrections, names, and the changes that led to them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate

from captioner.archive import Archive
from captioner.captions.named_speakers import resolve_names
from captioner.captions.options import CaptionOptions
from captioner.corrections import Correction, Renaming, Revision, Unit, to_units
from captioner.model import Cue, Transcript, default_names
from captioner.review.editing.changes import Change, EditError, Marks, Row
from captioner.style import Style

__all__ = ["Document", "Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the recognised words, numbered from 0 again.

    Attributes:
        transcript: Its sentences.
        first_word: Number of its first word in the whole transcript.
        last_word: The one after its last.
        corrections: Corrections of its words, by its own numbers.
        units: What is shown of it.
    """

    transcript: Transcript
    first_word: int
    last_word: int
    corrections: tuple[Correction, ...]
    units: tuple[Unit, ...]


class Document:
    """Captions of one file and everything that is edited in them.

    Attributes:
        rows: The captions, in order.
        corrections: Corrections in force, in order of the words.
        replaced: Corrections that no longer are.
        names: Display name of every speaker, by id.
        marks: Notes of the editor.
        options: What the files are made with.
        revision: Number of changes so far, those that were taken back included.
        language: BCP 47 tag of the captions, or "".
    """

    def __init__(
        self,
        archive: Archive,
        options: CaptionOptions,
        cues: Iterable[Cue],
        corrections: Iterable[Correction],
        names: Mapping[str, str],
        marks: Marks | None = None,
    ) -> None:
        pinned = frozenset(archive.pinned)
        self.archive = archive
        self.options = options
        self.rows = [Row(number, cue, number - 1 in pinned) for number, cue in enumerate(cues, 1)]
        self.corrections = sorted(corrections, key=_order)
        self.replaced = list(archive.replaced)
        self.names = dict(names)
        self._names_before = dict(names)
        self.marks = marks or Marks()
        self.language = options.language or archive.language or archive.transcript.language
        self.revision = 0
        self.done: list[tuple[Change, ...]] = []
        self.undone: list[tuple[Change, ...]] = []
        self._step: list[Change] = []
        self.sitting = Revision(archive.edits.revision + 1)
        self._next_id = len(self.rows) + 1
        self._changed = dict.fromkeys((row.id for row in self.rows), 0)
        self._places: dict[int, int] | None = None
        sentences = archive.transcript.sentences
        self._first_word = [0, *accumulate(len(each.words) or 1 for each in sentences)]
        self._ends = list(accumulate((each.end_ms for each in sentences), max))
        self._starts = list(accumulate((each.start_ms for each in reversed(sentences)), min))[::-1]

    # Captions

    @property
    def style(self) -> Style:
        """The style of the captions, in their language."""
        style = self.options.style
        return style.for_language(self.language) if self.language else style

    def place(self, id: int) -> int:
        """Index of a caption.

        Raises:
            EditError: There is none of this number any more.
        """
        if self._places is None:
            self._places = {row.id: index for index, row in enumerate(self.rows)}
        if id not in self._places:
            raise EditError("this caption is not there any more; reload the captions")
        return self._places[id]

    def new_row(self, cue: Cue, *, pinned: bool = True) -> Row:
        """A caption with a number that was not used before."""
        self._next_id += 1
        return Row(self._next_id - 1, cue, pinned)

    def changed_at(self, id: int) -> int:
        """Revision in which a caption was changed last; the present one for captions that are gone."""
        return self._changed.get(id, self.revision)

    def speakers(self) -> dict[str, str]:
        """Display name of every speaker who has words, and of those that were named, by id."""
        ids = dict.fromkeys(line.speaker for row in self.rows for line in row.cue.lines if line.speaker is not None)
        default = default_names(list(ids), by_channel=self.archive.transcript.by_channel)
        given = resolve_names(self.names, list(ids))
        return {**default, **{key: name for key, name in given.items() if name and key in default}}

    # Words

    def window(self, first: int, last: int) -> Window:
        """The recognised words of some captions, with whole sentences.

        Args:
            first: Index of the first caption.
            last: The one after the last.
        """
        words = [word for row in self.rows[first:last] for line in row.cue.lines for word in line.words]
        cues = [row.cue for row in self.rows[first:last]]
        start_ms = min([word.start_ms for word in words] or [cue.start_ms for cue in cues])
        end_ms = max([word.end_ms for word in words] or [cue.end_ms for cue in cues])
        low = bisect_left(self._ends, start_ms)
        high = max(bisect_right(self._starts, end_ms), min(low + 1, len(self._starts)))
        low = min(low, high)
        return self._window(low, high)

    def whole(self) -> Window:
        """All recognised words."""
        return self._window(0, len(self.archive.transcript.sentences))

    def _window(self, low: int, high: int) -> Window:
        first, last = self._first_word[low], self._first_word[high]
        overlapping = [each for each in self.corrections if each.first < last and each.last > first]
        wider = [each for each in overlapping if each.first < first or each.last > last]
        if wider:
            start = min(first, *(each.first for each in wider))
            end = max(last, *(each.last for each in wider))
            return self._window(
                bisect_right(self._first_word, start) - 1, max(high, bisect_left(self._first_word, end))
            )
        inside = tuple(each.shifted(-first) for each in self.corrections if first <= each.first and each.last <= last)
        transcript = self.archive.transcript
        part = replace(transcript, sentences=transcript.sentences[low:high], language=self.language)
        return Window(part, first, last, inside, tuple(to_units(part, inside)))

    # Changes

    def apply(self, change: Change) -> None:
        """Make a change as a part of the present step."""
        self._carry_out(change)
        self._step.append(change)

    def close_step(self) -> bool:
        """End the present step: its changes are taken back together, and what was taken back before is forgotten.

        Returns:
            Whether there were any changes in it.
        """
        if not self._step:
            return False
        self.done.append(tuple(self._step))
        self._step.clear()
        self.undone.clear()
        return True

    def drop_step(self) -> None:
        """Take the changes of the present step back, because one of them cannot be made."""
        while self._step:
            change = self._step.pop()
            self._carry_out(_reversed(change), forget=change.replaced)

    def undo(self) -> tuple[Change, ...]:
        """Take the last step back.

        Returns:
            The changes that were made by that.

        Raises:
            EditError: There is none.
        """
        if not self.done:
            raise EditError("there is nothing to undo")
        step = self.done.pop()
        back = tuple(map(_reversed, reversed(step)))
        for change, was in zip(back, reversed(step), strict=True):
            self._carry_out(change, forget=was.replaced)
        self.undone.append(step)
        return back

    def redo(self) -> tuple[Change, ...]:
        """Make the step again that was taken back last.

        Raises:
            EditError: There is none.
        """
        if not self.undone:
            raise EditError("there is nothing to redo")
        step = self.undone.pop()
        for change in step:
            self._carry_out(change)
        self.done.append(step)
        return step

    def _carry_out(self, change: Change, forget: Iterable[Correction] = ()) -> None:
        self.revision += 1
        before = self.rows[change.start : change.start + len(change.rows_before)]
        self.rows[change.start : change.start + len(change.rows_before)] = change.rows_after
        self._places = None
        for row in before:
            self._changed.pop(row.id, None)
        self._changed.update((row.id, self.revision) for row in change.rows_after)
        if change.corrections_before or change.corrections_after:
            gone = set(change.corrections_before)
            kept = [each for each in self.corrections if each not in gone]
            self.corrections = sorted([*kept, *change.corrections_after], key=_order)
        forgotten = set(forget)
        self.replaced = [each for each in self.replaced if each not in forgotten] + list(change.replaced)
        if change.names_after is not None:
            self.names = dict(change.names_after)
        if change.marks_after is not None:
            self.marks = change.marks_after

    # The file

    def to_archive(self, revisions: Iterable[Revision]) -> Archive:
        """The archive as it is to be written.

        Args:
            revisions: All revisions of the file, the present one with them.
        """
        return replace(
            self.archive,
            cues=tuple(row.cue for row in self.rows),
            pinned=tuple(index for index, row in enumerate(self.rows) if row.pinned),
            names={**self.archive.names, **self.speakers()},
            corrections=tuple(self.corrections),
            replaced=tuple(self.replaced),
            revisions=tuple(revisions),
            renamed=self._renamed(),
            hand_edits=(),
        )

    def _renamed(self) -> dict[str, Renaming]:
        """The names that a person gave, each with the one that the options gave before any person did."""
        renamed = dict(self.archive.renamed)
        for speaker, name in self.names.items():
            if name != self._names_before.get(speaker):
                before = renamed.get(speaker)
                given = before.given if before else self.options.names.get(speaker, "")
                renamed[speaker] = Renaming(name, given)
        return renamed

    def renumber(self, ids: Iterable[int], next_id: int, revision: int) -> None:
        """Give the captions the numbers they had in another process, in order; others than these keep theirs."""
        numbers = list(ids)
        if len(numbers) == len(self.rows):
            self.rows = [replace(row, id=id) for row, id in zip(self.rows, numbers, strict=True)]
            self._next_id = max([next_id, *(id + 1 for id in numbers)])
        self.revision = revision
        self._changed = dict.fromkeys((row.id for row in self.rows), revision)
        self._places = None

    @property
    def next_id(self) -> int:
        """Number that the next new caption gets."""
        return self._next_id


def _order(each: Correction) -> tuple[int, int]:
    return each.first, each.last


def _reversed(change: Change) -> Change:
    """The change that takes another one back."""
    return Change(
        "undo",
        change.start,
        change.rows_after,
        change.rows_before,
        change.corrections_after,
        change.corrections_before,
        (),
        change.names_after,
        change.names_before,
        change.marks_after,
        change.marks_before,
        change.cuts,
        change.times,
    )
