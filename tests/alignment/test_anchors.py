"""Common runs and edit distance, held against slow and simple ones."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.alignment.anchors import Region, Run, common_runs, gaps
from captioner.alignment.edit_distance import matches

_TEXTS = st.text("abc", max_size=40)


def _distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        following = [i]
        for j, y in enumerate(b, 1):
            following.append(min(row[j - 1] + (x != y), row[j] + 1, following[-1] + 1))
        row = following
    return row[-1]


@given(_TEXTS, _TEXTS)
def test_the_path_has_the_least_edit_distance(a: str, b: str) -> None:
    pairs, _ = matches(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    edges = [(-1, -1), *pairs, (len(a), len(b))]
    cost = sum(max(i1 - i0, j1 - j0) - 1 for (i0, j0), (i1, j1) in pairwise(edges))
    assert cost == (_distance(a, b) if a and b else max(len(a), len(b)))


def test_a_long_path_stays_in_its_band() -> None:
    a = "abcdefgh" * 2000
    b = a[:5000] + "x" * 300 + a[5000:]
    pairs, cells = matches(a, b)
    assert len(pairs) > len(a) - 300
    assert cells <= 5000 * len(a)


@given(_TEXTS, _TEXTS, st.integers(1, 5))
def test_runs_are_equal_in_order_and_apart(a: str, b: str, longest: int) -> None:
    runs, _ = common_runs(a, b, longest)
    assert all(a[r.a : r.a + r.length] == b[r.b : r.b + r.length] and r.length for r in runs)
    assert all(x.a + x.length <= y.a and x.b + x.length <= y.b for x, y in pairwise(runs))


@given(st.text("abcdefgh", max_size=60), st.integers(0, 60))
def test_all_is_common_but_what_was_put_in(a: str, place: int) -> None:
    b = a[:place] + "XYZ" + a[place:]
    runs, _ = common_runs(a, b, 3)
    assert sum(run.length for run in runs) == len(a)


def test_a_short_run_far_off_is_a_coincidence() -> None:
    a = "".join(map(chr, range(1000, 3000)))
    b = "".join(map(chr, range(5000, 5100))) + a[1000:1003] + "".join(map(chr, range(6000, 6100)))
    assert common_runs(a, b, 3)[0] == []


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ([], [Region(0, 5, 0, 4)]),
        ([Run(0, 0, 4)], [Region(4, 5, 4, 4)]),
        ([Run(0, 0, 2), Run(3, 2, 2)], [Region(2, 3, 2, 2)]),
    ],
)
def test_gaps_are_what_runs_leave(runs: list[Run], found: list[Region]) -> None:
    assert gaps(runs, Region(0, 5, 0, 4)) == found
