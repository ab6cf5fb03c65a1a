"""Makes text safe for a terminal, and for programs that read our output.

File names, service messages and transcripts come from elsewhere: an escape sequence in them would control the reader's
terminal, a direction mark would make a name read backwards.
"""

from __future__ import annotations

import logging
import traceback
import unicodedata
from typing import Any

__all__ = ["LogLines", "escape_control", "json_text"]

# Persian, Hindi and families of emoji are not written without them, and they move nothing.
_JOINERS = "\u200c\u200d"


def escape_control(text: str) -> str:
    """The text on one line, with control and direction characters made visible."""
    if text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def json_text(value: Any, *, indent: int | None = 2, only_ascii: bool = False) -> str:
    """JSON for people's terminals and machines alike: readable text, every other character as JSON escapes it.

    Args:
        value: What JSON can hold.
        indent: Spaces for each level; None puts it all on one line.
        only_ascii: Escape every letter that is not ASCII, too.
    """
    import json

    text = json.dumps(value, ensure_ascii=only_ascii, indent=indent)
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(character if character == "\n" else _escaped(character) for character in text)


class LogLines(logging.Formatter):
    """Log lines without signatures and the given secrets, whose text cannot drive a terminal.

    Args:
        secrets: Texts that are masked wherever they stand, also in tracebacks.
    """

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._secrets = tuple(filter(None, secrets))

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line; a message stays on it."""
        return escape_control(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        """The traceback, line by line."""
        lines = "".join(traceback.format_exception(*ei)).splitlines()
        return "\n".join(escape_control(line) for line in lines)

    def format(self, record: logging.LogRecord) -> str:
        """Line and traceback."""
        from captioner.recognition.funasr.redaction import redact_signatures

        text = redact_signatures(super().format(record).encode("utf-8", "backslashreplace")).decode()
        for secret in self._secrets:
            text = text.replace(secret, "****")
        return text


def _visible(character: str) -> str:
    return " " if character in "\n\r\t" else _escaped(character)


def _escaped(character: str) -> str:
    """The character, or how JSON and Python write it when it is not to be seen."""
    if character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs":
        return character
    code = ord(character)
    if code > 0xFFFF:  # JSON knows only the two halves
        return f"\\u{0xD7C0 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"
