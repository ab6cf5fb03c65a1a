"""Cuts one speaker's turn into cues and their lines, all at once.

A dynamic programme runs over the places where the turn may be cut. For each place it knows the cheapest way to have got
there; a cue may reach back as far as its lines are wide and its time is long, so the work grows with the length of the
turn and not faster. The one rule: what is chosen is the cheapest whole, never the best next cue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from captioner.layout.costs import STEP_MS, Costs, Tables, inner_index, tables
from captioner.style import Style

if TYPE_CHECKING:
    from captioner.layout.atoms import Atom

__all__ = ["Places", "cut", "places"]

Span = tuple[int, int]
NEVER = float("inf")
NARROW = 24  # columns: no house breaks a shorter cue in two
HOPELESS = 6.0  # a place dearer than this as cue and as line end is not looked at while a cheaper one is near


@dataclass(slots=True)
class Places:
    """Where a turn may be cut, as parallel lists; place 0 is its beginning, the last its end.

    Attributes:
        index: Number of the atom after the place.
        start: Column at which text after the place begins, counted along the whole turn.
        end: Column at which text before the place ends.
        begin_ms: When the atom after the place is first heard; at the end, when nothing follows, far away.
        until_ms: When the atom before the place ends.
        sentences: Sentence ends up to and including the place.
        whole: 1 where a sentence ends, else 0.
        cue: Cost of ending a cue there.
        line: Cost of ending a line there.
    """

    index: list[int]
    start: list[int]
    end: list[int]
    begin_ms: list[int]
    until_ms: list[int]
    sentences: list[int]
    whole: list[int]
    cue: list[float]
    line: list[float]


def places(
    atoms: Sequence[Atom], cue: Sequence[float], line: Sequence[float], style: Style, *, label: int, next_ms: int
) -> Places:
    """List the places worth looking at.

    Args:
        atoms: Of one turn, none wider than a line together with those glued to it.
        cue: Cost of ending a cue after each atom.
        line: Cost of ending a line after each atom.
        style: Its limits.
        label: Columns that the speaker's name takes on the first line.
        next_ms: When the next turn begins.
    """
    rows = [(0, -label, 0, atoms[0].start_ms, 0, 0, 1, 0.0, 0.0)]
    spare: list[tuple[int, int, int, int, int, int, int, float, float]] = []
    column = sentences = 0
    reach = style.max_columns // 2
    for index, (atom, after) in enumerate(zip(atoms, [*atoms[1:], None], strict=True)):
        column += atom.columns + (atom.space and index > 0)
        sentences += atom.sentence_end
        if after is None:
            row = (index + 1, column, column, next_ms, atom.end_ms, sentences, 1, 0.0, 0.0)
        elif after.glue:
            continue
        else:
            whole, ends_cue, ends_line = int(atom.sentence_end), cue[index], line[index]
            next_column = column + after.space
            row = (index + 1, next_column, column, after.start_ms, atom.end_ms, sentences, whole, ends_cue, ends_line)
            if ends_cue > HOPELESS and ends_line > HOPELESS:
                spare.append(row)
                continue
        if spare and column - rows[-1][1] > reach:
            rows += spare
        spare.clear()
        rows.append(row)
    return Places(*(list(values) for values in zip(*rows, strict=True)))


def cut(found: Places, costs: Costs, style: Style) -> list[list[Span]]:
    """Choose cues and lines.

    Returns:
        For each cue its lines, as pairs of atom numbers (first, one after the last).
    """
    came_from, split_at = _search(found, costs, tables(costs, style), style)
    cues: list[list[Span]] = []
    here = len(found.index) - 1
    while here:
        before = came_from[here]
        steps = [before, *split_at[here], here]
        cues.append([(found.index[a], found.index[b]) for a, b in pairwise(steps)])
        here = before
    return cues[::-1]


def _search(found: Places, costs: Costs, table: Tables, style: Style) -> tuple[list[int], list[tuple[int, ...]]]:
    """The cheapest way to every place: where its cue began, and where its lines were broken."""
    start, end, begin, until, line = found.start, found.end, found.begin_ms, found.until_ms, found.line
    sentences, whole, index = found.sentences, found.whole, found.index
    fill, one_line, duration, room = table.fill, table.one_line, table.duration, table.room
    inner = [[inner_index(1, starts_inside=bool(a), ends_inside=bool(b)) for b in (0, 1)] for a in (0, 1)]
    inner_cost = [[costs.inner[kind] for kind in row] for row in inner]
    few, columns, widest = costs.words, style.max_columns, style.max_columns * style.max_lines
    too_long, no_hurry = len(duration) - 1, len(room) - 1
    cheapest, came_from = [0.0], [0]
    split_at: list[tuple[int, ...]] = [()]
    for here in range(1, len(start)):
        best, best_from = NEVER, here - 1
        best_split: tuple[int, ...] = ()
        right, heard, following = end[here], until[here], begin[here]
        ends_inside = not whole[here]
        for there in range(here - 1, -1, -1):
            width = right - start[there]
            if width > widest:
                break
            spoken = (heard - begin[there]) // STEP_MS
            cost = (
                cheapest[there] + fill[width] + duration[spoken if 0 <= spoken < too_long else too_long * (spoken > 0)]
            )
            left = (following - begin[there]) // STEP_MS
            if left < no_hurry:
                cost += room[left if left > 0 else 0]
            closed = sentences[here] - whole[here] - sentences[there]
            if closed > 0:
                cost += inner_cost[not whole[there]][ends_inside]
            words = index[here] - index[there]
            if words < 4 and (closed or ends_inside or not whole[there]):
                cost += few[words - 1]
            if cost >= best:
                continue
            split: tuple[int, ...] = ()
            alone = cost + one_line[width] if width <= columns else NEVER
            if style.max_lines > 1 and width > NARROW:
                broken, split = _lines(there, here, start, end, line, table.balance, columns, style.max_lines)
                cost += broken
                if alone <= cost:
                    cost, split = alone, ()
            else:
                cost = alone
            if cost < best:
                best, best_from, best_split = cost, there, split
        cheapest.append(best + found.cue[here])
        came_from.append(best_from)
        split_at.append(best_split)
    return came_from, split_at


def _lines(
    there: int,
    here: int,
    start: list[int],
    end: list[int],
    line: list[float],
    balance: list[float],
    columns: int,
    max_lines: int,
) -> tuple[float, tuple[int, ...]]:
    """The cheapest way to break a cue in two lines or, where two cannot hold it, in more."""
    best, best_at = NEVER, 0
    left, right = start[there], end[here]
    for at in range(here - 1, there, -1):
        second = right - start[at]
        if second > columns:
            break
        first = end[at] - left
        if first <= columns:
            cost = line[at] + balance[columns + second - first]
            if cost < best:
                best, best_at = cost, at
    if best < NEVER or max_lines < 3:
        return best, (best_at,)
    return _more_lines(there, here, start, end, line, balance, columns, max_lines)


def _more_lines(
    there: int,
    here: int,
    start: list[int],
    end: list[int],
    line: list[float],
    balance: list[float],
    columns: int,
    max_lines: int,
) -> tuple[float, tuple[int, ...]]:
    best: tuple[float, tuple[int, ...]] = (NEVER, ())
    for at in range(here - 1, there, -1):
        last = end[here] - start[at]
        if last > columns:
            break
        cost, upper = _lines(there, at, start, end, line, balance, columns, max_lines - 1)
        if cost == NEVER:
            continue
        before = end[at] - start[upper[-1]]
        cost += line[at] + balance[columns + last - before]
        if cost < best[0]:
            best = cost, (*upper, at)
    return best
