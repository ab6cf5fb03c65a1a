from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from captioner.errors import ConfigError, MediaError
from captioner.media import AudioPolicy, check_sendable
from captioner.media.limits import format_duration
from captioner.model import Prepared

WRONG = [
    ({"audio": "mp3"}, "flac, opus, copy, original"),
    ({"channels": (0, -1)}, "0,-1"),
    ({"channels": (1, 1)}, "once"),
    ({"channels": (0, 8)}, "0 to 7"),
    ({"track": -1}, "track -1"),
    ({"sample_rate": 44100}, "16000"),
    ({"audio": "original", "track": 1}, "flac"),
]


@pytest.mark.parametrize(("values", "said"), WRONG)
def test_a_policy_that_cannot_be_followed_is_refused_at_once(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        AudioPolicy(**values)
    assert "\n" not in caught.value.message


def test_copy_may_keep_more_channels_than_flac_can_hold() -> None:
    assert AudioPolicy("copy", (0, 11)).channel_count == 12


def test_the_default_is_mono_flac_at_16_khz() -> None:
    assert asdict(AudioPolicy()) == {"audio": "flac", "channels": (), "track": 0, "sample_rate": 16000}


def prepared(*, size_bytes: int = 1, duration_ms: int = 1) -> Prepared:
    return Prepared(Path("x.flac"), size_bytes, "", duration_ms, 0, 1, temporary=True)


GB, HOUR_MS = 1 << 30, 3_600_000


def test_the_limits_themselves_are_sendable() -> None:
    check_sendable(prepared(size_bytes=2 * GB, duration_ms=12 * HOUR_MS))


@pytest.mark.parametrize(
    ("too_much", "said"),
    [
        (prepared(size_bytes=2 * GB + 1), r"^talk\.mp4: 2\.0 GB as sent, the service takes 2; choose --audio opus$"),
        (prepared(duration_ms=12 * HOUR_MS + 1), r"^talk\.mp4: 12:00:01 long, the service takes 12:00:00; cut"),
    ],
)
def test_a_file_over_a_limit_is_refused_by_its_name(too_much: Prepared, said: str) -> None:
    with pytest.raises(MediaError, match=said):
        check_sendable(too_much, name="talk.mp4")


@pytest.mark.parametrize(("ms", "text"), [(0, "0:00:00"), (1, "0:00:01"), (61_000, "0:01:01"), (HOUR_MS, "1:00:00")])
def test_lengths_are_spoken_in_hours_minutes_and_seconds(ms: int, text: str) -> None:
    assert format_duration(ms) == text
