"""Finds and reads the scripts that captions follow: one that is named, one beside the media, one of a folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from captioner.errors import CaptionerError, ConfigError
from captioner.files import describe_read_error
from captioner.formats.script_reading import SCRIPT_ENDINGS, ScriptLine, read_script

__all__ = ["read_script_file", "script_beside", "script_in"]

_MARK = ".script"


def read_script_file(path: Path, language: str = "") -> tuple[ScriptLine, ...]:
    """The text of a script that is to be spoken.

    Raises:
        ConfigError: It cannot be read, or there is nothing to be spoken in it.
    """
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise _unreadable(path, error) from error
    return _read(path, language, changed)


@lru_cache(maxsize=64)
def _read(path: Path, language: str, changed: int) -> tuple[ScriptLine, ...]:
    """The same; a script that many files follow is read once."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        return read_script(data, str(path), language=language).lines
    except CaptionerError as error:
        raise ConfigError(f"--script {error.message}") from error


def _unreadable(path: Path, error: OSError) -> ConfigError:
    endings = ", ".join(SCRIPT_ENDINGS)
    return ConfigError(f"--script {path}: cannot be read ({describe_read_error(error)}); name a script ({endings})")


def script_beside(media: Path) -> Path | None:
    """The script beside a media file: `talk.script.docx` of `talk.mp4`."""
    return _first(media.parent, f"{media.stem}{_MARK}")


def script_in(folder: Path, stem: str) -> Path | None:
    """The script of a media file in a folder of scripts: `talk.docx` or `talk.script.docx` of `talk.mp4`."""
    return _first(folder, f"{stem}{_MARK}") or _first(folder, stem)


def _first(folder: Path, stem: str) -> Path | None:
    """The first of the files with a stem and the ending of a script.

    Each is looked for by its name: a folder of ten thousand media is not listed again for each of them.
    """
    return next((path for ending in SCRIPT_ENDINGS if (path := folder / f"{stem}.{ending}").is_file()), None)
