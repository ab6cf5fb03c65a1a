"""Property tests: the profiles of hypothesis, and how many examples a test tries where it is not as many as most."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

__all__ = ["examples"]

settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("all", settings.get_profile("explore"), derandomize=True, database=None)
settings.register_profile(
    "half", settings.get_profile("all"), max_examples=settings.get_profile("all").max_examples // 2
)
settings.load_profile("half")


def examples(number: int) -> int:
    """All of a number of examples in `make properties`, half of them in `make test`, as for every property test."""
    return number * settings().max_examples // settings.get_profile("all").max_examples
