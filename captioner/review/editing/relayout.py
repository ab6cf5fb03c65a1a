"""Lays captions out again by the style; those that a person touched stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from captioner.archive import MediaFacts
from captioner.captions.pipeline import build_context, lay_out
from captioner.captions.word_places import word_places
from captioner.corrections import Unit
from captioner.model import Cue, Sentence, Transcript
from captioner.review.editing.caption_document import Document, Window
from captioner.review.editing.changes import Change, Row

__all__ = ["lay_out_again"]

_SPACES = re.compile(" {2,}")


def lay_out_again(document: Document, id: int, shots: Sequence[int] = ()) -> Change | None:
    """Lay out all captions from one on, but for the pinned ones.

    Args:
        document: The captions.
        id: Number of the first caption.
        shots: Shot changes in ms.
    """
    at = document.place(id)
    window = document.window(at, len(document.rows))
    places = word_places(window.units, [row.cue for row in document.rows[at:]])
    rows: list[Row] = []
    for pinned, run in groupby(enumerate(document.rows[at:]), key=lambda item: item[1].pinned):
        own = list(run)
        if pinned:
            rows += [row for _, row in own]
            continue
        words = {place for index, _ in own for line in places[index] for place in line}
        cues = _laid_out(document, window, words, shots)
        rows += _within(document, cues, rows[-1].cue if rows else None, [row for _, row in own])
    if [row.cue for row in rows] == [row.cue for row in document.rows[at:]]:
        return None
    return Change("relayout", at, tuple(document.rows[at:]), tuple(rows), cuts=len(rows))


def _laid_out(document: Document, window: Window, words: set[int], shots: Sequence[int]) -> tuple[Cue, ...]:
    """The captions that the style makes of some words."""
    transcript = replace(window.transcript, sentences=tuple(_sentences(window, words)))
    options = replace(document.options, names=dict(document.names))
    context = build_context(transcript, document.archive.media or MediaFacts(), options)
    return lay_out(transcript, options.style, context, options, shots)


def _sentences(window: Window, words: set[int]) -> Iterator[Sentence]:
    """The words as sentences: one for each run of them within a sentence and a voice."""
    place = 0
    chosen: list[Unit] = []
    for unit in window.units:
        count = len(unit.words)
        if count and all(index in words for index in range(place, place + count)):
            chosen.append(unit)
        place += count
    for _, run in groupby(chosen, key=lambda unit: (unit.sentence, unit.alone, unit.speaker)):
        yield _sentence(window.transcript, list(run))


def _sentence(transcript: Transcript, units: Sequence[Unit]) -> Sentence:
    spoken = [word for unit in units for word in unit.words]
    text = _SPACES.sub(" ", "".join(unit.piece for unit in units)).strip()
    channel = transcript.sentences[units[0].sentence].channel
    ends_ms = max(word.end_ms for word in spoken)
    return Sentence(text, spoken[0].start_ms, ends_ms, tuple(spoken), units[0].speaker, channel)


def _within(document: Document, cues: Sequence[Cue], before: Cue | None, replaced: Sequence[Row]) -> list[Row]:
    """Rows for new captions, clear of the pinned one before them; the numbers of those that stay the same stay."""
    known = {row.cue: row.id for row in replaced}
    rows = []
    for index, cue in enumerate(cues):
        if index == 0 and before is not None and cue.start_ms < before.end_ms < cue.end_ms:
            cue = replace(cue, start_ms=before.end_ms)
        rows.append(Row(known.pop(cue), cue) if cue in known else document.new_row(cue, pinned=False))
    return rows
