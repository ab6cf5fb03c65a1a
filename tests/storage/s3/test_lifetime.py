from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.errors import ConfigError
from captioner.storage.s3.lifetime import (
    ASSUMED_S,
    MAX_LIFETIME_S,
    MIN_USEFUL_S,
    guaranteed_lifetime_s,
    link_lifetime_s,
)

HOUR = 3600


@pytest.mark.parametrize(
    ("wanted_s", "left_s", "signed_s"),
    [
        (6 * HOUR, math.inf, 6 * HOUR),
        (30 * 24 * HOUR, math.inf, MAX_LIFETIME_S),
        (6 * HOUR, 2 * HOUR, 2 * HOUR),
        (6 * HOUR, 40 * 60.9, 2436),
        (6 * HOUR, None, 6 * HOUR),
        (60, 90, 60),
    ],
)
def test_a_link_lives_as_long_as_asked_for_and_possible(wanted_s: int, left_s: float | None, signed_s: int) -> None:
    assert link_lifetime_s(wanted_s, left_s) == signed_s


@pytest.mark.parametrize("left_s", [-5.0, 0.0, 600.0, MIN_USEFUL_S - 1])
def test_credentials_about_to_end_are_refused_with_the_time_they_have(left_s: float) -> None:
    with pytest.raises(ConfigError, match=rf"end in {max(0, int(left_s // 60))} min .* 30 min") as caught:
        link_lifetime_s(6 * HOUR, left_s)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("wanted_s", [0, -1])
def test_a_lifetime_of_nothing_is_refused(wanted_s: int) -> None:
    with pytest.raises(ConfigError, match="at least 1 s"):
        link_lifetime_s(wanted_s, math.inf)


@given(wanted_s=st.integers(1, 10**7), left_s=st.floats(0, 10**7))
def test_no_link_outlives_its_credentials_or_sigv4(wanted_s: int, left_s: float) -> None:
    try:
        signed_s = link_lifetime_s(wanted_s, left_s)
    except ConfigError:
        assert left_s < min(wanted_s, MIN_USEFUL_S)
        return
    assert 0 < signed_s <= min(wanted_s, MAX_LIFETIME_S)
    assert signed_s <= left_s or left_s >= wanted_s


def test_credentials_of_unknown_age_are_trusted_for_an_hour_only() -> None:
    assert guaranteed_lifetime_s(6 * HOUR, None) == ASSUMED_S
    assert guaranteed_lifetime_s(60, None) == 60
    assert guaranteed_lifetime_s(6 * HOUR, math.inf) == 6 * HOUR
