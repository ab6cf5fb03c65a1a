"""Keeps the cuts of a person when words change: captions with the same breaks over other words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from captioner.alignment import Passage, align
from captioner.captions.word_places import word_places
from captioner.corrections import Correction, Edits, Unit, shown, to_units
from captioner.formats.text.cue_text import join_sentences
from captioner.model import Cue, Line, Transcript, Word

__all__ = ["LineKey", "recut", "recut_by_text", "recut_for", "relined"]

_SPACES = re.compile(" {2,}")
LineKey = tuple[int, int]  #: caption and line


def recut(
    cues: Sequence[Cue], units: Sequence[Unit], transcript: Transcript, corrections: Sequence[Correction]
) -> tuple[Cue, ...]:
    """The captions over the words that other corrections give.

    Args:
        cues: The captions so far.
        units: What was shown so far.
        transcript: What was recognised.
        corrections: Those of now.

    Returns:
        Captions with the same cuts; a line whose words stayed is the same, one without words is gone.
    """
    lines = _lines_of_words(cues, units)
    shown_units = to_units(transcript, corrections)
    line_of = [[lines.get(number) for number in _numbers(unit)] for unit in shown_units]
    return relined(cues, shown_units, line_of)


def recut_for(edits: Edits, transcript: Transcript, corrections: Sequence[Correction]) -> Edits:
    """The edits with other corrections, and the cuts of a person over the words that those give."""
    made = replace(edits, corrections=tuple(corrections), cut_with=())
    if not edits.cues or [each.change for each in edits.cut_with] == [each.change for each in corrections]:
        return made
    return replace(made, cues=recut(edits.cues, to_units(transcript, edits.cut_with), transcript, corrections))


def recut_by_text(cues: Sequence[Cue], transcript: Transcript, corrections: Sequence[Correction]) -> tuple[Cue, ...]:
    """The captions over other words, by their text: each word goes to the line whose words it is.

    Args:
        cues: The captions so far.
        transcript: What was recognised, perhaps anew.
        corrections: Those of now.
    """
    units = to_units(transcript, corrections)
    owners = [(index, offset) for index, unit in enumerate(units) for offset in range(len(unit.words))]
    keys: list[LineKey] = [(index, at) for index, cue in enumerate(cues) for at in range(len(cue.lines))]
    lines = [line for cue in cues for line in cue.lines]
    found = align(shown(transcript, corrections), [Passage(line.text) for line in lines])
    line_of: list[list[LineKey | None]] = [[None] * len(unit.words) for unit in units]
    for link in found.links:
        for place in range(link.first, min(link.last, len(owners))):
            index, offset = owners[place]
            line_of[index][offset] = line_of[index][offset] or keys[link.passage]
    return relined(cues, units, line_of)


def _numbers(unit: Unit) -> list[int]:
    """For each word of a unit a recognised word that it stands for; -1 for words that were added."""
    count = len(unit.words)
    if unit.first == unit.last:
        return [-1] * count
    return [unit.first + offset * (unit.last - unit.first) // count for offset in range(count)]


def relined(cues: Sequence[Cue], units: Sequence[Unit], line_of: Sequence[Sequence[LineKey | None]]) -> tuple[Cue, ...]:
    """Captions with the same cuts over other words.

    Args:
        cues: The captions so far.
        units: What is shown now.
        line_of: For each word of each unit the caption and line it belongs to, None for that of the word before it.
    """
    words_of: dict[LineKey, list[tuple[Word, str, str | None]]] = {}
    before = next((key for own in line_of for key in own if key is not None), None)
    for index, (unit, own) in enumerate(zip(units, line_of, strict=True)):
        ends = index + 1 < len(units) and units[index + 1].sentence != unit.sentence
        for offset, (word, key) in enumerate(zip(unit.words, own, strict=True)):
            before = key or before
            if before is not None:
                piece = _piece(unit, offset)
                tail = _space_after(piece) if ends and offset + 1 == len(unit.words) else ""
                words_of.setdefault(before, []).append((word, piece + tail, unit.speaker))
    made = (
        _cue(cue, [words_of.get((index, at), []) for at in range(len(cue.lines))]) for index, cue in enumerate(cues)
    )
    return tuple(cue for cue in made if cue.lines)


def _lines_of_words(cues: Sequence[Cue], units: Sequence[Unit]) -> dict[int, LineKey]:
    """The line that each recognised word is shown in."""
    line_of = {
        place: (index, at)
        for index, own in enumerate(word_places(units, cues))
        for at, places in enumerate(own)
        for place in places
    }
    found: dict[int, LineKey] = {}
    place = 0
    for unit in units:
        for number in range(unit.first, unit.last) if unit.words else ():
            at = place + (number - unit.first) * len(unit.words) // (unit.last - unit.first)
            if at in line_of:
                found[number] = line_of[at]
        place += len(unit.words)
    return found


def _piece(unit: Unit, offset: int) -> str:
    """The text of one word of a unit, with the space after it."""
    if len(unit.words) == 1:
        return unit.piece
    written = unit.words[offset].text + unit.words[offset].punctuation
    if offset + 1 == len(unit.words):
        return written + unit.piece[len(unit.piece.rstrip()) :]
    return written


def _space_after(piece: str) -> str:
    """The space between the end of a sentence and the next one in the same line."""
    return " " if join_sentences([piece, "x"]).endswith(" x") else ""


def _cue(cue: Cue, shown: Sequence[Sequence[tuple[Word, str, str | None]]]) -> Cue:
    lines = tuple(_line(line, own) for line, own in zip(cue.lines, shown, strict=True) if own)
    return cue if lines == cue.lines else replace(cue, lines=lines)


def _line(line: Line, shown: Sequence[tuple[Word, str, str | None]]) -> Line:
    words = tuple(word for word, _, _ in shown)
    if words == line.words or [_bare(word) for word in words] == [_bare(word) for word in line.words]:
        return line
    text = _SPACES.sub(" ", "".join(piece for _, piece, _ in shown)).strip()
    return replace(line, text=text, words=words, spans=())


def _bare(word: Word) -> tuple[str, int]:
    return word.text.strip() + word.punctuation.strip(), word.start_ms
