"""Keeps a correction for the next runs: a replacement in the folder's list.

The list is the TOML file that `--replace` takes.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from captioner.captions.replace import parse
from captioner.errors import ConfigError
from captioner.files import describe_read_error, write_whole
from captioner.formats.text.cue_text import clean
from captioner.review.editing.changes import EditError

__all__ = ["LIST_NAME", "remember"]

LIST_NAME = "replacements.toml"


def remember(folder: Path, heard: str, written: str) -> str:
    """Add a replacement to the list of a folder.

    Args:
        folder: The folder of the captions.
        heard: The word as it was recognised.
        written: The word as it is to be shown.

    Returns:
        Name of the list.

    Raises:
        EditError: There is nothing to remember, or the list cannot be read.
        OutputError: It cannot be written.
    """
    heard, written = clean(heard).strip(), clean(written).strip()
    if not heard or not written:
        raise EditError("a word to remember needs what was heard and what is written")
    path = folder / LIST_NAME
    text = _text(path)
    listed = parse(text, LIST_NAME).words
    if listed.get(heard) == written:
        return LIST_NAME
    if heard in listed:
        raise EditError(f"{LIST_NAME} already says “{heard}” = “{listed[heard]}”; change it there")
    line = f"{json.dumps(heard, ensure_ascii=False)} = {json.dumps(written, ensure_ascii=False)}\n"
    write_whole(path, _with_line(text, line).encode())
    return LIST_NAME


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        tomllib.loads(text)
        parse(text, path.name)
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise EditError(f"{path.name}: cannot be read ({describe_read_error(error)})") from error
    except (tomllib.TOMLDecodeError, ConfigError) as error:
        raise EditError(f"{path.name}: is no list of replacements; correct it, or rename it") from error
    return text


def _with_line(text: str, line: str) -> str:
    """The list with a line at the beginning of its table, which is added where there is none."""
    lines = text.splitlines(keepends=True)
    for index, each in enumerate(lines):
        if each.strip() == "[replace]":
            return "".join([*lines[: index + 1], line, *lines[index + 1 :]])
    end = "" if not text or text.endswith("\n") else "\n"
    return f"{text}{end}[replace]\n{line}"
