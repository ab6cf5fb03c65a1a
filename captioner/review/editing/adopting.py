"""Takes over a caption file that another program changed, as one change of the captions."""

from __future__ import annotations

from dataclasses import replace

from captioner.captions.adopt import Adoption, adopt, state_of
from captioner.model import Cue
from captioner.review.editing.caption_document import Document
from captioner.review.editing.changes import Change, EditError, Row

__all__ = ["adopted"]


def adopted(document: Document, data: bytes, name: str, extension: str) -> Change:
    """The change that makes the captions of an edited file.

    Args:
        document: The captions; the file was written from an earlier state of them.
        data: Bytes of the file.
        name: Its name, for messages.
        extension: What stands behind the name of the media, such as "srt".

    Raises:
        EditError: Nothing in it differs from the captions of now.
        ReplyError: It cannot be read.
    """
    archive = document.to_archive([*document.archive.revisions])
    options = replace(document.options, archive=True)
    shots = () if options.detect_shots else None
    state = state_of(archive, options, shots)
    made = adopt(state, data, name, extension, document.sitting)
    if made.adopted.is_empty:
        raise EditError(f"{name}: nothing in it is other than in these captions")
    before, after = set(document.corrections), set(made.edits.corrections)
    return Change(
        "adopt",
        0,
        tuple(document.rows),
        tuple(_rows(document, made.adopted.edits.cues or made.edits.cues or state.cues)),
        tuple(each for each in document.corrections if each not in after),
        tuple(each for each in made.edits.corrections if each not in before),
        tuple(each for each in made.edits.replaced if each not in set(document.replaced)),
        dict(document.names),
        {**document.names, **_names(made)},
        cuts=made.adopted.cuts,
        times=made.adopted.times,
        notes=_told(name, made),
    )


def _names(made: Adoption) -> dict[str, str]:
    return {speaker: each.name for speaker, each in made.edits.renamed.items()}


def _rows(document: Document, cues: tuple[Cue, ...]) -> list[Row]:
    """The captions as rows: those that stay the same keep their numbers, and so does the nth for the nth."""
    known = {row.cue: row for row in document.rows}
    same_count = len(cues) == len(document.rows)
    rows = []
    for index, cue in enumerate(cues):
        if cue in known:
            rows.append(known.pop(cue))
        elif same_count:
            rows.append(Row(document.rows[index].id, cue, True))
        else:
            rows.append(document.new_row(cue))
    return rows


def _told(name: str, made: Adoption) -> tuple[str, ...]:
    counts = made.adopted
    line = f"{name}: {counts.corrected} corrections, {counts.cuts} cuts and {counts.times} times are taken over"
    return (line, *made.notes)
