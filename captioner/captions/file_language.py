"""The language that a caption file names where the user gives none: that of its text, which a note reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from captioner.formats import FORMATS, Context
from captioner.layout.lexicon import detect_language
from captioner.model import Cue, Issue

__all__ = ["with_file_language"]

#: BCP 47, RFC 5646, 4.1: the tag of text whose language is not known.
_UNDETERMINED = "und"


def with_file_language(cues: Sequence[Cue], format: str, context: Context) -> tuple[Context, tuple[Issue, ...]]:
    """The context with the language of the text, where the format has to name one and none is known.

    Returns:
        The context, and a note that tells the language; as it was and none where it is known or not needed.
    """
    if context.language or not FORMATS[format].names_language:
        return context, ()
    found = detect_language(" ".join(cue.text for cue in cues))
    tag = _UNDETERMINED if found == "default" else found
    message = f"{format} names its language: {tag}, by the text; --language says another"
    return replace(context, language=tag), (Issue("language", "note", None, len(cues), 0, message),)
