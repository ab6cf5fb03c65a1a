"""Text that was spoken at another place than where it is written.

What no common run covers is searched for in the speech that no common run covers, across the order of both. A stretch
counts as moved when most of it is there, word for word and in order, and when it is too long to be there by chance.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from captioner.alignment.anchors import Region

__all__ = ["moved_stretches", "rearranged"]

_LEAST = 8  # units; a shorter one is an ordinary turn of phrase
_SURE = 12  # units; a longer one is moved even where something else was spoken in its place, if nearly all is there
_SIZE = 3  # units of the runs that are looked for
_DENSITY = 0.6  # share of a stretch that has to be covered by such runs
_NEARLY_ALL = 0.8  # likewise
_NEXT = 20  # units from one run to the next of one stretch
_DRIFT = 6  # units that may be missing or added between the two
_EDGE = 6  # units at the end of a stretch that no run covers but that belong to its passage


def moved_stretches(known: str, recognised: str, gaps: Sequence[Region], ends: Sequence[int]) -> list[Region]:
    """Stretches of known units and the recognised units they were spoken as, in the order of the known text.

    Args:
        known: Symbols of the known units.
        recognised: Symbols of the recognised units.
        gaps: What no common run covers, in order.
        ends: For each passage of the known text the unit after its last.
    """
    places = _places(recognised, gaps)
    found: list[Region] = []
    if places:
        for gap in gaps:
            if gap.a1 - gap.a0 >= _LEAST:
                found += _moved_from(known, gap, places, gaps, ends)
    return _apart(found)


def _places(recognised: str, gaps: Sequence[Region]) -> dict[str, int]:
    """Position of each run of units that occurs exactly once in speech that matches no text."""
    places: dict[str, int] = {}
    often: set[str] = set()
    for gap in gaps:
        if gap.b1 - gap.b0 >= _LEAST:
            for place in range(gap.b0, gap.b1 - _SIZE + 1):
                gram = recognised[place : place + _SIZE]
                if places.setdefault(gram, place) != place:
                    often.add(gram)
    return {gram: place for gram, place in places.items() if gram not in often}


def _moved_from(
    known: str, gap: Region, places: dict[str, int], gaps: Sequence[Region], ends: Sequence[int]
) -> Iterator[Region]:
    """Stretches of one gap of the known text that were spoken in another gap."""
    hits = [
        (place, there)
        for place in range(gap.a0, gap.a1 - _SIZE + 1)
        if (there := places.get(known[place : place + _SIZE])) is not None and not gap.b0 <= there < gap.b1
    ]
    for group in _groups(hits):
        stretch = Region(group[0][0], group[-1][0] + _SIZE, group[0][1], group[-1][1] + _SIZE)
        target = gaps[bisect_right(gaps, stretch.b0, key=lambda each: each.b0) - 1]
        if stretch.b1 <= target.b1 and _is_moved(stretch, _covered(group), gap, target):
            yield _completed(stretch, gap, target, ends)


def _is_moved(stretch: Region, covered: int, gap: Region, target: Region) -> bool:
    """Whether a stretch is surely spoken elsewhere: it is long, or nothing else was spoken where it is written."""
    length = max(stretch.a1 - stretch.a0, stretch.b1 - stretch.b0)
    silent = 2 * (gap.b1 - gap.b0) < gap.a1 - gap.a0 and 2 * (target.a1 - target.a0) < target.b1 - target.b0
    least, density = (_LEAST, _DENSITY) if silent else (_SURE, _NEARLY_ALL)
    return length >= least and covered >= density * length


def _groups(hits: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Hits that follow one another at about the same distance on both sides."""
    groups: list[list[tuple[int, int]]] = []
    for hit in hits:
        if groups and _follows(groups[-1][-1], hit):
            groups[-1].append(hit)
        else:
            groups.append([hit])
    return groups


def _follows(last: tuple[int, int], hit: tuple[int, int]) -> bool:
    ours, theirs = hit[0] - last[0], hit[1] - last[1]
    return ours <= _NEXT and 0 < theirs <= _NEXT + _DRIFT and abs(ours - theirs) <= _DRIFT


def _covered(group: Sequence[tuple[int, int]]) -> int:
    """Known units that lie in a run of the group."""
    covered = end = 0
    for place, _ in group:
        covered += place + _SIZE - max(place, end)
        end = place + _SIZE
    return covered


def _completed(stretch: Region, gap: Region, target: Region, ends: Sequence[int]) -> Region:
    """A stretch with the few units up to the ends of its passages that did not match."""
    passage = bisect_right(ends, stretch.a0)
    first = max(ends[passage - 1] if passage else 0, gap.a0)
    last = min(ends[bisect_right(ends, stretch.a1 - 1)], gap.a1)
    before = stretch.a0 - first if stretch.a0 - first <= _EDGE else 0
    after = last - stretch.a1 if last - stretch.a1 <= _EDGE else 0
    b0 = stretch.b0 - min(before, stretch.b0 - target.b0)
    b1 = stretch.b1 + min(after, target.b1 - stretch.b1)
    return Region(stretch.a0 - before, stretch.a1 + after, b0, b1)


def _apart(stretches: Sequence[Region]) -> list[Region]:
    """Stretches without those that overlap an earlier one on either side."""
    kept: list[Region] = []
    taken: list[tuple[int, int]] = []
    for stretch in stretches:
        place = bisect_right(taken, (stretch.b0, stretch.b1))
        free = (not place or taken[place - 1][1] <= stretch.b0) and (
            place == len(taken) or stretch.b1 <= taken[place][0]
        )
        if free and (not kept or kept[-1].a1 <= stretch.a0):
            kept.append(stretch)
            taken.insert(place, (stretch.b0, stretch.b1))
    return kept


def rearranged(gaps: Sequence[Region], moved: Sequence[Region]) -> list[Region]:
    """Gaps without what moved out of them and with what moved into them, in order of time.

    Args:
        gaps: What no common run covers, in order.
        moved: Stretches that moved, in the order of the known text.
    """
    if not moved:
        return list(gaps)
    by_text, by_time = [m.a0 for m in moved], sorted(moved, key=lambda m: m.b0)
    times = [m.b0 for m in by_time]
    found: list[Region] = []
    for gap in gaps:
        out = moved[bisect_left(by_text, gap.a0) : bisect_left(by_text, gap.a1)]
        into = by_time[bisect_left(times, gap.b0) : bisect_left(times, gap.b1)]
        found += _rearranged(gap, [(m.a0, m.a1) for m in out], into) if out or into else [gap]
    return found


def _rearranged(gap: Region, out: Sequence[tuple[int, int]], into: Sequence[Region]) -> list[Region]:
    texts = _remainders(gap.a0, gap.a1, out)
    speech = _remainders(gap.b0, gap.b1, [(m.b0, m.b1) for m in into])
    home = max(range(len(speech)), key=lambda n: speech[n][1] - speech[n][0])
    found: list[Region] = []
    for place, (b0, b1) in enumerate(speech):
        found += _paired(texts, b0, b1) if place == home else [Region(texts[0][0], texts[0][0], b0, b1)]
        found += into[place : place + 1]
    return [each for each in found if each.a0 < each.a1 or each.b0 < each.b1]


def _remainders(first: int, last: int, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Remainders of a stretch between the pieces taken out of it: one more than there are pieces."""
    edges = [first, *(edge for piece in taken for edge in piece), last]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _paired(texts: Sequence[tuple[int, int]], b0: int, b1: int) -> list[Region]:
    """The longest remainder of text with the speech, the others before and after it."""
    main = max(range(len(texts)), key=lambda n: texts[n][1] - texts[n][0])
    return [
        Region(a0, a1, *((b0, b1) if place == main else (b0, b0) if place < main else (b1, b1)))
        for place, (a0, a1) in enumerate(texts)
    ]
