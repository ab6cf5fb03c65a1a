"""Accepted findings of the editor as the archive keeps them, and back: one record for the editor and all commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from captioner.archive import Archive
from captioner.check.acceptance import shown_text
from captioner.corrections import Acceptance
from captioner.review.editing.changes import Row

__all__ = ["accepted_in", "accepted_rows"]


def accepted_rows(archive: Archive, rows: Sequence[Row]) -> dict[str, str]:
    """Reasons of the archive's accepted findings, by `rule:number of the caption`; those of other captions left out."""
    own = [each for each in archive.accepted if not each.file]
    ids = {(shown_text(row.cue), row.cue.start_ms, row.cue.end_ms): row.id for row in rows} if own else {}
    found = [(each, ids.get((each.text, each.start_ms, each.end_ms))) for each in own]
    return {f"{each.rule}:{id}": each.reason for each, id in found if id is not None}


def accepted_in(
    archive: Archive, rows: Sequence[Row], marks: Mapping[str, str], by: str, at: str
) -> tuple[Acceptance, ...]:
    """Acceptances for the archive: those of the editor's captions as it has them, the others as they are.

    Args:
        archive: As it was read.
        rows: The captions.
        marks: Reasons, by `rule:number of the caption`.
        by: Who accepts what is new.
        at: When.
    """
    cues = {str(row.id): row.cue for row in rows} if marks or archive.accepted else {}
    captions = {(shown_text(cue), cue.start_ms, cue.end_ms) for cue in cues.values()}
    gone = [each for each in archive.accepted if each.file or (each.text, each.start_ms, each.end_ms) not in captions]
    kept = [each for each in gone if each.rule != "doubt"]  # a place that was heard needs no note when it changes
    known = {(each.rule, each.text, each.start_ms, each.end_ms, each.reason): each for each in archive.accepted}
    for key, reason in marks.items():
        rule, _, id = key.rpartition(":")
        if (cue := cues.get(id)) is not None:
            place = (shown_text(cue), cue.start_ms, cue.end_ms)
            kept.append(known.get((rule, *place, reason)) or Acceptance(rule, *place, reason, by, at))
    return tuple(kept)
