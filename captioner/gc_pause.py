"""Pauses the cyclic garbage collector around code that allocates many acyclic objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["gc_paused"]

MANY_OBJECTS = 20_000
"""More objects than this, made during a pause, are counted as old at once."""


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
