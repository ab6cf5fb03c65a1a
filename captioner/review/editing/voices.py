"""Speakers of captions: renamed, given to others, and the labels that follow from that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from captioner.captions.recorrect import tokens_of_units
from captioner.captions.word_places import word_places
from captioner.formats.text.cue_text import clean
from captioner.layout.speakers import fit_label
from captioner.model import Cue, Line
from captioner.review.editing.caption_document import Document
from captioner.review.editing.changes import Change, EditError, Row
from captioner.review.editing.cuts import split
from captioner.review.editing.new_words import corrected
from captioner.style import Style

__all__ = ["give", "relabelled", "rename", "split_voices"]

_LONGEST_NAME = 80  # characters; a label takes half a line at the most


def rename(document: Document, speaker: str, name: str) -> Change | None:
    """Give a speaker another name, everywhere.

    Raises:
        EditError: There is no such speaker, or the name is empty or too long.
    """
    name, known = _checked(name), document.speakers()
    if speaker not in known:
        raise EditError("there is no such speaker any more; reload the captions")
    if known[speaker] == name:
        return None
    names = {**document.names, speaker: name}
    rows = relabelled(document, 0, len(document.rows), {**known, speaker: name})
    change = _changed_rows(document, 0, rows)
    return replace(change, what="rename", names_before=dict(document.names), names_after=names)


def _checked(name: str) -> str:
    name = clean(name).strip()
    if not name or len(name) > _LONGEST_NAME:
        raise EditError(f"a speaker's name has 1 to {_LONGEST_NAME} characters")
    return name


def _changed_rows(document: Document, start: int, rows: Sequence[Row]) -> Change:
    """The change that puts rows in the place of others, as short as it can be."""
    before = document.rows[start : start + len(rows)]
    apart = [index for index, (old, new) in enumerate(zip(before, rows, strict=True)) if old != new]
    if not apart:
        return Change("labels")
    first, last = apart[0], apart[-1] + 1
    return Change("labels", start + first, tuple(before[first:last]), tuple(rows[first:last]))


def give(document: Document, id: int, speaker: str, *, onwards: bool, name: str = "") -> Change | None:
    """Give a caption to a speaker.

    Args:
        document: The captions.
        id: Number of the caption.
        speaker: Id of the speaker; "" for a new one.
        onwards: Also all later captions of the speaker who has this one.
        name: Name of a new speaker.

    Raises:
        EditError: There is no such speaker, and none is named.
    """
    known = document.speakers()
    names = None
    if speaker not in known:
        name = _checked(name or speaker)
        speaker = next((key for key, own in known.items() if own == name), name)
        names = {**document.names, speaker: name}
        known = {**known, speaker: name}
    at = document.place(id)
    voice = _voice(document.rows[at].cue)
    last = len(document.rows) if onwards else at + 1
    mine = [index for index in range(at, last) if index == at or _voice(document.rows[index].cue) == voice]
    end = mine[-1] + 1
    made = {index: _spoken_by(document.rows[index], speaker) for index in mine}
    if all(made[index] == document.rows[index] for index in mine):
        return None
    window = document.window(at, end)
    tokens = tokens_of_units(window.units)
    own = word_places(window.units, [row.cue for row in document.rows[at:end]])
    for index in mine:
        for place in (place for line in own[index - at] for place in line):
            tokens[place] = tokens[place]._replace(speaker=speaker)
    changed = corrected(document, window, tokens)
    rows = [made.get(index, row) for index, row in enumerate(document.rows[at : end + 1], at)]
    before = document.rows[at - 1].cue if at else None
    rows = _labelled(rows, before, known, document.style, has_labels=True)
    change = Change("speaker", at, tuple(document.rows[at : end + 1]), tuple(rows))
    return replace(
        change,
        corrections_before=changed.before,
        corrections_after=changed.after,
        replaced=changed.replaced,
        names_before=dict(document.names) if names else None,
        names_after=names,
    )


def _voice(cue: Cue) -> str | None:
    return cue.lines[0].speaker if cue.lines else cue.speaker


def _spoken_by(row: Row, speaker: str) -> Row:
    lines = tuple(replace(line, speaker=speaker, dash="") for line in row.cue.lines)
    cue = replace(row.cue, speaker=speaker, lines=lines)
    return row if cue == row.cue else Row(row.id, cue, True)


def split_voices(document: Document, id: int) -> Change:
    """Split a caption where another voice begins.

    Raises:
        EditError: One voice speaks all of it.
    """
    cue = document.rows[document.place(id)].cue
    for index in range(1, len(cue.lines)):
        if cue.lines[index].speaker != cue.lines[index - 1].speaker:
            change = split(document, id, index, 0)
            rows = _labelled(change.rows_after, None, document.speakers(), document.style, has_labels=True, opens=False)
            return replace(change, rows_after=tuple(rows))
    raise EditError("one voice speaks this caption; put the cursor where the other begins, and split there")


def relabelled(document: Document, first: int, last: int, names: Mapping[str, str]) -> list[Row]:
    """Captions whose labels have the names of now; where there was none, there is none."""
    style = document.style
    return [
        replace(row, cue=replace(row.cue, lines=tuple(_named(line, names, style) for line in row.cue.lines)))
        if any(line.label for line in row.cue.lines)
        else row
        for row in document.rows[first:last]
    ]


def _named(line: Line, names: Mapping[str, str], style: Style) -> Line:
    if not line.label or line.speaker is None or line.speaker not in names:
        return line
    label = _label(style, names[line.speaker])
    return line if label == line.label else replace(line, label=label)


def _label(style: Style, name: str) -> str:
    label = fit_label(style.label, name, style.max_columns // 2)
    return label.upper() if style.label_case == "upper" else label


def _labelled(
    rows: Sequence[Row],
    before: Cue | None,
    names: Mapping[str, str],
    style: Style,
    *,
    has_labels: bool,
    opens: bool = True,
) -> list[Row]:
    """Captions with a label where a turn begins, and none where it goes on.

    Args:
        rows: In order.
        before: The caption in front of them.
        names: Display name of each speaker.
        style: For the pattern of the label.
        has_labels: Whether the captions name their speakers at all.
        opens: Whether the first caption of the file is labelled.
    """
    voice = before.lines[-1].speaker if before is not None and before.lines else None
    started = before is not None or opens
    made: list[Row] = []
    for row in rows:
        lines: list[Line] = []
        for line in row.cue.lines:
            label = line.label
            if line.speaker is not None and has_labels and (started or lines or made):
                label = _label(style, names.get(line.speaker, "")) if line.speaker != voice else ""
                label = label if names.get(line.speaker) else ""
            voice = line.speaker if line.speaker is not None else voice
            lines.append(line if label == line.label else replace(line, label=label))
        cue = replace(row.cue, lines=tuple(lines))
        made.append(row if cue == row.cue else replace(row, cue=cue))
    return made
