"""The pause of the garbage collector."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from captioner.gc_pause import MANY_OBJECTS, gc_paused, gc_seldom


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    gc.collect()
    yield
    gc.unfreeze()
    gc.enable()


class _Knot:
    """An object that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_many_objects_are_old_after_the_pause_and_few_are_not() -> None:
    with gc_paused():
        assert not gc.isenabled()
        many = [[number] for number in range(MANY_OBJECTS * 2)]
    assert gc.isenabled()
    young = set(map(id, gc.get_objects(generation=0)))
    assert not young & set(map(id, many))
    with gc_paused():
        few = [[number] for number in range(100)]
        young = set(map(id, gc.get_objects(generation=0)))
    assert set(map(id, few)) <= young


def test_a_full_collection_still_finds_a_cycle_made_in_a_pause() -> None:
    with gc_paused():
        many = [[number] for number in range(MANY_OBJECTS * 2)]
        knot = weakref.ref(_Knot())
    assert len(many) > MANY_OBJECTS
    assert knot() is not None
    gc.collect()
    assert knot() is None


def test_what_is_frozen_stays_frozen() -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    with gc_paused():
        many = [[number] for number in range(MANY_OBJECTS * 2)]
    assert len(many) > MANY_OBJECTS
    assert gc.get_freeze_count() > frozen // 2


def test_a_pause_inside_another_leaves_the_collector_off() -> None:
    with gc_paused():
        with gc_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_loaded_is_left_alone_in_a_long_run_and_looked_at_again_after_it() -> None:
    before = gc.get_threshold()
    loaded = weakref.ref(_Knot())
    with gc_seldom():
        assert gc.get_threshold()[0] > before[0]
        gc.collect()
        assert loaded() is not None
        new = weakref.ref(_Knot())
        gc.collect()
        assert new() is None
    assert gc.get_threshold() == before
    gc.collect()
    assert loaded() is None
