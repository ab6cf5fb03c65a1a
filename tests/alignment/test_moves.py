"""Which text is taken as moved, and where it is put."""

from __future__ import annotations

from captioner.alignment.anchors import Region
from captioner.alignment.moves import moved_stretches, rearranged

_BLOCK = "abcdefghijklmnop"


def test_a_stretch_written_late_and_said_early_is_moved() -> None:
    gaps = [Region(10, 10, 10, 26), Region(40, 56, 56, 56)]
    known = "0" * 10 + "1" * 30 + _BLOCK
    recognised = "0" * 10 + _BLOCK + "1" * 30
    assert moved_stretches(known, recognised, gaps, [56]) == [Region(40, 56, 10, 26)]


def test_a_short_stretch_is_no_move() -> None:
    gaps = [Region(10, 10, 10, 17), Region(40, 47, 47, 47)]
    known = "0" * 10 + "1" * 30 + _BLOCK[:7]
    recognised = "0" * 10 + _BLOCK[:7] + "1" * 30
    assert moved_stretches(known, recognised, gaps, [47]) == []


def test_a_stretch_with_other_speech_in_its_place_must_be_longer_and_whole() -> None:
    def found(length: int) -> list[Region]:
        known = "0" * 10 + _BLOCK[:length] + "1" * 30
        recognised = "0" * 10 + "z" * length + "1" * 30 + _BLOCK[:length]
        return moved_stretches(
            known,
            recognised,
            [Region(10, 10 + length, 10, 10 + length), Region(40 + length, 40 + length, 40 + length, 40 + 2 * length)],
            [len(known)],
        )

    assert found(10) == []
    assert found(14) == [Region(10, 24, 54, 68)]


def test_a_stretch_said_twice_elsewhere_is_no_move() -> None:
    gaps = [Region(0, 0, 0, 16), Region(0, 0, 16, 32), Region(5, 21, 40, 40)]
    assert moved_stretches("0" * 5 + _BLOCK, _BLOCK + _BLOCK + "0" * 8, gaps, [21]) == []


def test_what_moved_is_in_order_of_time() -> None:
    moved = [Region(40, 56, 10, 26)]
    gaps = [Region(10, 12, 8, 30), Region(38, 58, 60, 61)]
    assert rearranged(gaps, moved) == [
        Region(10, 10, 8, 10),
        Region(40, 56, 10, 26),
        Region(10, 12, 26, 30),
        Region(38, 40, 60, 61),
        Region(56, 58, 61, 61),
    ]


def test_nothing_moved_changes_nothing() -> None:
    gaps = [Region(1, 2, 3, 4)]
    assert rearranged(gaps, []) == gaps
