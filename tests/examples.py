"""How many examples property tests try that need another number than most."""

from __future__ import annotations

from hypothesis import settings

__all__ = ["examples"]


def examples(number: int) -> int:
    """All of a number of examples in `make properties`, half of them in `make test`, as for every property test."""
    return number * settings().max_examples // settings.get_profile("all").max_examples
