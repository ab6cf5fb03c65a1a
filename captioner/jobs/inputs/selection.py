"""Which of the media in folders are wanted: `--include`, `--exclude`, `--newer-than`. Pure.

Patterns are globs without a difference between capitals and small letters. One without a slash is compared with every
part of the path below the folder that was given, so `rushes` means everything in folders of that name; one with a slash
is compared with that path from its beginning, where `**` stands for any number of folders.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from captioner.errors import ConfigError

__all__ = ["EVERYTHING", "Selection", "parse_newer_than"]

_AGE = re.compile(r"(\d{1,6})\s*(m|min|h|d|w)", re.IGNORECASE)
_AGES = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Selection:
    """A choice among media files.

    Attributes:
        include: Only what matches one of these is taken; empty for everything.
        exclude: What matches one of these is not taken, whatever `include` says.
        newer_than: Only files changed after this Unix time are taken; None for any.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    newer_than: float | None = None

    def excludes(self, path: str) -> bool:
        """Whether a file or folder is left out by `exclude`.

        Args:
            path: Below the folder that was given, with slashes.
        """
        return any(_matches(pattern, path) for pattern in self.exclude)

    def refuses(self, path: str) -> bool:
        """Whether a file is left out by `include` or `exclude`."""
        included = not self.include or any(_matches(pattern, path) for pattern in self.include)
        return not included or self.excludes(path)

    def is_too_old(self, changed_at: float) -> bool:
        """Whether a file was last changed too early, in Unix seconds."""
        return self.newer_than is not None and changed_at <= self.newer_than


EVERYTHING = Selection()


def parse_newer_than(text: str, now: float) -> float:
    """The Unix time that `--newer-than` means: an age such as 90m, 12h, 7d or 2w, or a date in local time.

    Raises:
        ConfigError: It is neither.
    """
    if age := _AGE.fullmatch(text.strip()):
        return now - timedelta(**{_AGES[age[2].lower()]: int(age[1])}).total_seconds()
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        today = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")
        raise ConfigError(
            f"--newer-than {text!r}: write an age such as 12h or 7d, or a date such as {today}"
        ) from error


def _matches(pattern: str, path: str) -> bool:
    parts = _split(path)
    wanted = _split(pattern)
    if "/" not in pattern.strip("/"):
        return any(_fits(wanted[0], part) for part in parts) if wanted else False
    return _fits_beginning(wanted, parts)


@lru_cache(maxsize=4096)
def _split(path: str) -> tuple[str, ...]:
    """The parts of a path; accents composed in one way, as disks differ in that."""
    return tuple(part for part in unicodedata.normalize("NFC", path).casefold().split("/") if part not in ("", "."))


def _fits(pattern: str, part: str) -> bool:
    return fnmatch.fnmatchcase(part, pattern)


def _fits_beginning(wanted: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a pattern fits a path or one of the folders above it."""
    if not wanted:
        return True
    if wanted[0] == "**":
        return any(_fits_beginning(wanted[1:], parts[start:]) for start in range(len(parts) + 1))
    return bool(parts) and _fits(wanted[0], parts[0]) and _fits_beginning(wanted[1:], parts[1:])
