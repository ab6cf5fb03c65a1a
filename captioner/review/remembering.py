"""Keeps a correction for the next runs: an entry at the end of the glossary."""

from __future__ import annotations

from pathlib import Path

from captioner.errors import ConfigError
from captioner.files import describe_read_error, write_whole
from captioner.formats.text.cue_text import clean
from captioner.glossary import Term, parse
from captioner.glossary.toml_writing import appended
from captioner.review.editing.changes import EditError

__all__ = ["GLOSSARY_NAME", "remember"]

#: Of the glossary in the folder of the captions, where none is configured.
GLOSSARY_NAME = "glossary.toml"


def remember(path: Path, heard: str, written: str) -> str:
    """Add what is heard for a word to a glossary, which is made if it is not there.

    Args:
        path: The glossary.
        heard: The word as it was recognised.
        written: The word as it is to be shown.

    Returns:
        Name of the glossary.

    Raises:
        EditError: There is nothing to remember, the glossary says otherwise, or it cannot be read.
        OutputError: It cannot be written.
    """
    heard, written = clean(heard).strip(), clean(written).strip()
    if not heard or not written or heard == written:
        raise EditError("a word to remember needs what was heard, and what is written instead")
    text = _text(path)
    try:
        known = parse(text, path.name)
        if any(term.text == written and heard in term.heard for term in known.terms):
            return path.name
        made = appended(text, [Term(written, (heard,))], [], path.name)
    except ConfigError as error:
        raise EditError(error.message) from error
    write_whole(path, made.encode())
    return path.name


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise EditError(f"{path.name}: cannot be read ({describe_read_error(error)})") from error
