"""Selects the cues of a file that `check --fix` must leave alone, and detects its changes beside the cues."""

from __future__ import annotations

import re

from captioner.formats.caption_file import CaptionFile
from captioner.formats.text.bidi import has_rtl
from captioner.formats.text.patch import ITALICS
from captioner.layout.lexicon import detect_language
from captioner.style import Style

__all__ = ["has_encoding_issues", "italicised", "with_markup"]

_MARKUP = re.compile(r"<[^<>]*>|\{[^{}]*\}|‹")


def with_markup(file: CaptionFile) -> frozenset[int]:
    """Cues whose text a change would damage: it has markup, WebVTT voices included, or is in visual order."""
    return frozenset(
        index
        for index, text in enumerate(file.written)
        if _MARKUP.search(text) or (file.is_visual_order and has_rtl(text))
    )


def italicised(file: CaptionFile, style: Style, language: str = "") -> frozenset[int]:
    """Cues in italics whose language is not set in them.

    Args:
        file: As read.
        style: The whole profile.
        language: BCP 47 tag, or "" to let the text tell.
    """
    return frozenset(
        index
        for index, (cue, text) in enumerate(zip(file.cues, file.written, strict=True))
        if ITALICS.search(text) and not style.for_language(detect_language(cue.text, language)).italics
    )


def has_encoding_issues(data: bytes) -> bool:
    """Whether a file is not UTF-8, or mixes the line ends of two systems."""
    windows = data.count(b"\r\n")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return windows not in (0, data.count(b"\n"))
