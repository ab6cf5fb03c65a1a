"""Limits of the service: formats, size and length of a file.

Source: Model Studio, "Audio file recognition - Fun-ASR/Paraformer", read 2026-03-24: files up to 2 GB and 12 hours, in
the formats below.
"""

from __future__ import annotations

from captioner.errors import MediaError
from captioner.model import Prepared

__all__ = ["FORMATS", "MAX_MS", "check_duration", "check_sendable", "format_duration"]

# fmt: off
FORMATS = frozenset({
    "aac", "amr", "avi", "flac", "flv", "m4a", "mkv", "mov", "mp3", "mp4", "mpeg", "ogg", "opus", "wav", "webm", "wma",
    "wmv",
})
# fmt: on
_MAX_BYTES = 2 << 30
MAX_MS = 12 * 3600 * 1000


def check_sendable(prepared: Prepared, *, name: str = "") -> None:
    """Refuse a prepared file that is larger or longer than the service takes.

    Args:
        prepared: The file to be sent.
        name: Name for the message, when it is not the name of the prepared file.

    Raises:
        MediaError: More than 2 GB, or more than 12 hours.
    """
    name = name or prepared.path.name
    check_duration(prepared.duration_ms, name=name)
    if prepared.size_bytes > _MAX_BYTES:
        raise MediaError(
            f"{prepared.size_bytes / (1 << 30):.1f} GB as sent, the service takes 2; choose --audio opus", file=name
        )


def check_duration(duration_ms: int, *, name: str) -> None:
    """Refuse audio that is longer than the service takes.

    Raises:
        MediaError: More than 12 hours.
    """
    if duration_ms > MAX_MS:
        raise MediaError(
            f"{format_duration(duration_ms)} long, the service takes 12:00:00; cut it into parts", file=name
        )


def format_duration(duration_ms: int) -> str:
    """A length as H:MM:SS, rounded up so that a length over a limit does not read like the limit."""
    seconds = -(-duration_ms // 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
