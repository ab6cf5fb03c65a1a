"""Lists of inputs: `@list.txt`, and `-` for a list on standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from captioner.errors import ConfigError

__all__ = ["expand_lists", "read_standard_input"]

# Ten million names of 26 bytes; a media file that was named as a list is refused by its length.
_MAX_BYTES = 256 << 20


def read_standard_input() -> bytes:
    """Everything that is on standard input."""
    return sys.stdin.buffer.read(_MAX_BYTES + 1)


def expand_lists(given: Sequence[str], read: Callable[[], bytes] = read_standard_input) -> tuple[str, ...]:
    """The inputs as typed, with each list replaced by the names in it.

    `@FILE` is a list in a file, `-` and `@-` the list on standard input: one name a line, or names that end in a zero
    byte (`find -print0`). Empty lines are skipped, and lines that begin with # where no file has that name. A file
    whose name begins with @ is taken as itself. Relative names count from the working folder, wherever the list is.

    Raises:
        ConfigError: A list cannot be read, is no text, or is empty.
    """
    return tuple(name for item in given for name in _expand(item, read))


def _expand(item: str, read: Callable[[], bytes]) -> Iterator[str]:
    if item in ("-", "@-"):
        yield from _names(read(), "standard input")
    elif item.startswith("@") and len(item) > 1 and not Path(item).exists():
        yield from _names(_read(item[1:]), item[1:])
    else:
        yield item


def _read(name: str) -> bytes:
    try:
        with Path(name).expanduser().open("rb") as stream:
            return stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{name}: the list cannot be read ({error.strerror or error}); check its name") from error


def _names(data: bytes, label: str) -> Iterator[str]:
    if len(data) > _MAX_BYTES:
        raise ConfigError(f"{label}: over {_MAX_BYTES >> 20} MB, which is no list of names")
    names = _split(data, label)
    if not names:
        raise ConfigError(f"{label}: no names in it; write one file, folder or link a line")
    yield from names


def _split(data: bytes, label: str) -> list[str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    if "\0" in text:
        names = text.split("\0")
        if any(ord(letter) < 32 and letter != "\n" for name in names for letter in name[:200]):
            raise ConfigError(f"{label}: not a list of names; name media files without the @")
        return [name for name in names if name]
    return [line for line in text.splitlines() if line.strip() and not _is_comment(line)]


def _is_comment(line: str) -> bool:
    return line.startswith("#") and not Path(line).exists()
