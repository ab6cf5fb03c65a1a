"""Decodes the bytes of a text file."""

from __future__ import annotations

from captioner.errors import ConfigError, ReplyError

__all__ = ["decode"]


def decode(data: bytes, encoding: str = "") -> str:
    """Decode a text file: UTF-8, UTF-16 where a byte order mark says so, else Windows-1252.

    Args:
        data: The bytes.
        encoding: Name of the encoding, or "" to detect it.

    Raises:
        ConfigError: The encoding is unknown.
        ReplyError: The bytes hold zeros and are not text.
    """
    if encoding:
        try:
            return data.decode(encoding, errors="replace").removeprefix("\ufeff")
        except LookupError as error:
            raise ConfigError(f"encoding {encoding!r} is unknown; give one such as utf-8, gb18030 or cp1252") from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise ReplyError("is not a text file; give captions such as srt, vtt or ass")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
