"""Operations of the interface: a name and fields, checked, and the changes that they make.

`OPERATIONS` is the table; the pages and the published description of the interface have the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from captioner.check import fix
from captioner.formats.text.cue_text import clean
from captioner.model import Cue
from captioner.review.editing import cuts, relayout, replacing, voices
from captioner.review.editing.caption_document import Document
from captioner.review.editing.changes import Change, EditError, Marks
from captioner.review.editing.new_words import retext

__all__ = ["OPERATIONS", "Fields", "carry_out", "touched"]

_LONGEST_REASON = 300  # characters
_MOST_MS = 1 << 40  # 35 years: more is a slip, and JavaScript counts exactly up to 2**53


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields of one operation, read with their types.

    Attributes:
        values: As decoded from JSON.
        shots: Shot changes of the media in ms.
    """

    values: Mapping[str, Any]
    shots: Sequence[int] = ()

    def whole(self, name: str) -> int:
        """A whole number."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _MOST_MS:
            raise EditError(f"“{name}” has to be a whole number")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """A text."""
        value = self.values.get(name, default)
        if not isinstance(value, str):
            raise EditError(f"“{name}” has to be a text")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        value = self.values.get(name)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise EditError(f"“{name}” has to be a list of texts")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where it is not given."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            raise EditError(f"“{name}” has to be true or false")
        return value

    def wholes(self, name: str) -> frozenset[int]:
        """A list of whole numbers, empty where it is not given."""
        value = self.values.get(name, [])
        if not isinstance(value, list) or any(isinstance(each, bool) or not isinstance(each, int) for each in value):
            raise EditError(f"“{name}” has to be a list of whole numbers")
        return frozenset(value)


def carry_out(document: Document, operation: Mapping[str, Any], shots: Sequence[int] = ()) -> list[str]:
    """Make the changes of one operation in the present step.

    Returns:
        What the editor should know, a line each.

    Raises:
        EditError: It is unknown, a field is missing, or the change cannot be made.
    """
    fields = Fields(operation, shots)
    name = fields.text("op")
    if name not in OPERATIONS:
        raise EditError(f"there is no operation “{clean(name)[:40]}”; choose one of {', '.join(OPERATIONS)}")
    notes: list[str] = []
    for change in OPERATIONS[name](document, fields):
        if change is not None:
            document.apply(change)
            notes += change.notes
    return notes


def touched(operation: Mapping[str, Any]) -> list[int]:
    """Numbers of the captions that an operation is about, for finding out whether they changed meanwhile."""
    return [value for name in ("caption",) if isinstance(value := operation.get(name), int)]


def _text(document: Document, fields: Fields) -> Iterator[Change | None]:
    id = fields.whole("caption")
    change = retext(document, id, fields.texts("lines"))
    yield change
    if change is not None:  # what was accepted was the text that is gone
        accepted = {key: why for key, why in document.marks.accepted.items() if key.rpartition(":")[2] != str(id)}
        yield _marked(document, replace(document.marks, accepted=accepted))


def _split(document: Document, fields: Fields) -> Iterator[Change | None]:
    id = fields.whole("caption")
    if "at_ms" in fields.values:
        yield cuts.split_at_ms(document, id, fields.whole("at_ms"))
    else:
        yield cuts.split(document, id, fields.whole("line"), fields.whole("character"))
    if fields.values.get("speaker"):
        other = document.rows[document.place(id) + 1].id
        yield voices.give(document, other, fields.text("speaker"), onwards=False)


def _split_voices(document: Document, fields: Fields) -> Iterator[Change | None]:
    yield voices.split_voices(document, fields.whole("caption"))


def _merge(document: Document, fields: Fields) -> Iterator[Change | None]:
    yield cuts.merge(document, fields.whole("caption"))


def _move(document: Document, fields: Fields) -> Iterator[Change | None]:
    to = fields.text("to")
    if to not in ("next", "previous", "line_down", "line_up"):
        raise EditError("“to” has to be next, previous, line_down or line_up")
    yield cuts.move_word(document, fields.whole("caption"), to)


def _times(document: Document, fields: Fields) -> Iterator[Change | None]:
    yield cuts.retime(document, fields.whole("caption"), fields.whole("start_ms"), fields.whole("end_ms"))


def _add(document: Document, fields: Fields) -> Iterator[Change | None]:
    speaker = fields.text("speaker", "") or None
    yield cuts.add(document, fields.whole("start_ms"), fields.whole("end_ms"), fields.texts("lines"), speaker)


def _remove(document: Document, fields: Fields) -> Iterator[Change | None]:
    yield cuts.remove(document, fields.whole("caption"))


def _rename(document: Document, fields: Fields) -> Iterator[Change | None]:
    yield voices.rename(document, fields.text("speaker"), fields.text("name"))


def _speaker(document: Document, fields: Fields) -> Iterator[Change | None]:
    id, speaker, name = fields.whole("caption"), fields.text("speaker", ""), fields.text("name", "")
    yield voices.give(document, id, speaker, onwards=fields.flag("onwards"), name=name)


def _relayout(document: Document, fields: Fields) -> Iterator[Change | None]:
    yield relayout.lay_out_again(document, fields.whole("caption"), fields.shots)


def _replace(document: Document, fields: Fields) -> Iterator[Change | None]:
    find = replacing.Find(fields.text("find"), fields.flag("exact"), fields.flag("words"))
    yield from replacing.replaced(document, find, clean(fields.text("by")), fields.wholes("captions"))


def _fix(document: Document, fields: Fields) -> Iterator[Change | None]:
    at = document.place(fields.whole("caption"))
    first, last = max(0, at - 1), min(len(document.rows), at + 2)
    rows = document.rows[first:last]
    media = document.archive.media
    fixed = fix(
        [row.cue for row in rows],
        document.options.style,
        language=document.language,
        frame_rate=media.frame_rate,
        duration_ms=media.duration_ms,
        shots=fields.shots,
    )
    made = dict(zip(fixed.origins, fixed.cues, strict=True))
    for index, row in enumerate(rows):
        if first + index > at or row.cue == made.get(index):
            continue
        yield from _turned_into(document, row.id, made.get(index))


def _turned_into(document: Document, id: int, cue: Cue | None) -> Iterator[Change | None]:
    """The changes that make another caption of one: its text and its times."""
    yield retext(document, id, [line.text for line in cue.lines] if cue else [])
    if cue is not None:
        yield cuts.retime(document, id, cue.start_ms, cue.end_ms)


def _accept(document: Document, fields: Fields) -> Iterator[Change | None]:
    id, rule = fields.whole("caption"), fields.text("rule")
    document.place(id)
    reason = clean(fields.text("reason", ""))[:_LONGEST_REASON] or ("" if rule == "doubt" else "accepted")
    accepted = {**document.marks.accepted, f"{rule}:{id}": reason}
    yield _marked(document, replace(document.marks, accepted=accepted))


def _reopen(document: Document, fields: Fields) -> Iterator[Change | None]:
    key = f"{fields.text('rule')}:{fields.whole('caption')}"
    accepted = {name: reason for name, reason in document.marks.accepted.items() if name != key}
    yield _marked(document, replace(document.marks, accepted=accepted))


def _proofed(document: Document, fields: Fields) -> Iterator[Change | None]:
    by = f"{document.sitting.by} {document.sitting.at}".strip() if fields.flag("proofed") else ""
    yield _marked(document, replace(document.marks, proofed=by))


def _marked(document: Document, marks: Marks) -> Change | None:
    if marks == document.marks:
        return None
    return Change("marks", marks_before=document.marks, marks_after=marks)


#: Every operation by its name.
OPERATIONS: Mapping[str, Callable[[Document, Fields], Iterator[Change | None]]] = {
    "text": _text,
    "split": _split,
    "split_voices": _split_voices,
    "merge": _merge,
    "move": _move,
    "times": _times,
    "add": _add,
    "remove": _remove,
    "rename": _rename,
    "speaker": _speaker,
    "relayout": _relayout,
    "replace": _replace,
    "fix": _fix,
    "accept": _accept,
    "reopen": _reopen,
    "proofed": _proofed,
}
