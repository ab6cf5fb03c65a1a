"""Pauses the cyclic garbage collector, or has it run seldom, around code that makes many objects and few cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["gc_paused", "gc_seldom"]

MANY_OBJECTS = 20_000
"""More objects than this, made during a pause, are counted as old at once."""

_YOUNG_OBJECTS = 20_000
"""New objects after which a long run collects, instead of Python's 700: collecting took 5 % of a coordinator's time."""


@contextmanager
def gc_seldom() -> Iterator[None]:
    """Collect seldom inside the block, and never look at what was loaded before it.

    For a run of many files: what it keeps for a file is small and has no cycles, but for those of network libraries.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the garbage collector inside the block: layout and readers make no cycles, and collecting costs a fifth.

    Many objects that the block leaves behind are made old ones without looking at them: the first collection after the
    block would look at all of them, only to find that they are in use. A later full collection still does.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > MANY_OBJECTS and not gc.get_freeze_count():  # else what is frozen would be unfrozen
            gc.freeze()
            gc.unfreeze()
        gc.enable()
