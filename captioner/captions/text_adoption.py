"""Edited text without cuts becomes corrections: paragraphs, or the words of captions of another shape. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from captioner.alignment import Difference
from captioner.captions.adoption import Adopted
from captioner.captions.recorrect import Token, corrections_of, tokens_of_units, with_origins
from captioner.captions.rewording import Block, EditedLine, ShownLine, changed_blocks, letters_of, reword, spread
from captioner.corrections import Edits, Revision, Unit, to_units
from captioner.model import Transcript

__all__ = ["adopt_text", "line_places"]


def adopt_text(
    transcript: Transcript,
    edits: Edits,
    before: Sequence[ShownLine],
    after: Sequence[EditedLine],
    revision: Revision,
    language: str = "",
) -> Adopted:
    """Take over text without cuts that a person edited: paragraphs, or captions of another shape.

    Args:
        transcript: What was recognised.
        edits: What was corrected before.
        before: The paragraphs as they read back from the format, with their words.
        after: As read.
        revision: Number, time and origin of the change.
        language: BCP 47 tag, or "".
    """
    units = to_units(transcript, edits.corrections)
    owners = [index for index, unit in enumerate(units) for _ in unit.words]
    tokens = tokens_of_units(units)
    pairs, blocks = changed_blocks(
        [letters_of(each.text) for each in before], [letters_of(each.text) for each in after]
    )
    for old, new in pairs:
        if (speaker := after[new].speaker) is not None:
            for place in before[old].words:
                tokens[place] = tokens[place]._replace(speaker=speaker)
    gone = set[int]()
    fresh: list[Token] = []
    differences: list[Difference] = []
    line = 0
    for block in _without_moves(blocks, before, after):
        old_lines = [before[index] for index in block[0]]
        new_lines = [after[index] for index in block[1]]
        gone.update(place for each in old_lines for place in each.words)
        if new_lines and any(each.words for each in old_lines):
            found = reword(units, owners, old_lines, new_lines, language, line)
            fresh += [token for own in found.tokens for token in own]
            differences += found.differences
        elif new_lines:
            at = next((place for each in before[block[2] :] for place in each.words), len(owners))
            ms = _gap_at(tokens, at)
            timed = [each._replace(start_ms=ms[0], end_ms=ms[1]) for each in new_lines]
            fresh += [token for own in spread(timed, at, line) for token in own]
        line += len(new_lines)
    kept = [token for place, token in enumerate(tokens) if place not in gone]
    made = corrections_of(transcript, units, [*kept, *fresh])
    corrections, replaced = with_origins(transcript, made, edits.corrections, revision)
    new = sum(each.revision == revision.number for each in corrections)
    changed = replace(edits, corrections=corrections, replaced=(*edits.replaced, *replaced))
    return Adopted(changed, {}, max(new, len(replaced)), differences=tuple(differences))


def _without_moves(
    blocks: Sequence[Block], before: Sequence[ShownLine], after: Sequence[EditedLine]
) -> Iterator[tuple[list[int], list[int], int]]:
    """Blocks without the lines that only stand at another place: what was said stays where it was said."""
    gone = Counter(letters_of(before[index].text) for block in blocks for index in block.before)
    come = Counter(letters_of(after[index].text) for block in blocks for index in block.after)
    moved = {text: min(count, come[text]) for text, count in gone.items() if come[text] and text}
    left_before, left_after = Counter(moved), Counter(moved)
    for block in blocks:
        old = [index for index in block.before if not _takes(left_before, before[index].text)]
        new = [index for index in block.after if not _takes(left_after, after[index].text)]
        if old or new:
            yield old, new, block.before.start


def _takes(left: Counter[str], text: str) -> bool:
    key = letters_of(text)
    if left[key] > 0:
        left[key] -= 1
        return True
    return False


def _gap_at(tokens: Sequence[Token], at: int) -> tuple[int, int]:
    """The silence in front of a word."""
    start_ms = tokens[at - 1].word.end_ms if at else 0
    end_ms = tokens[at].word.start_ms if at < len(tokens) else start_ms
    return start_ms, max(start_ms, end_ms)


def line_places(units: Sequence[Unit], texts: Sequence[str]) -> list[tuple[int, ...]]:
    """For each of several texts that are all that is shown, in order, the places of its words."""
    ends = list(accumulate(len(letters_of(text)) for text in texts))
    found: list[list[int]] = [[] for _ in texts]
    place, begun = 0, 0
    for unit in units:
        at = min(bisect_right(ends, begun), len(texts) - 1)
        for _ in unit.words:
            if texts:
                found[at].append(place)
            place += 1
        begun += len(letters_of(unit.piece))
    return [tuple(own) for own in found]
