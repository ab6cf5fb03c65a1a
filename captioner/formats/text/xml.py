"""Text and attributes for XML formats: escaping, and the TTML attributes for a style."""

from __future__ import annotations

from captioner.model import TextStyle

__all__ = ["escape", "styling"]

_REFERENCES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def escape(text: str) -> str:
    """Text for an element or for an attribute in double quotes.

    The characters XML 1.0 has no room for at all are gone since `text.clean`.
    """
    return text.translate(_REFERENCES)


def styling(look: TextStyle) -> str:
    """Attributes of a TTML element for a style, each with a space before it; the rest is inherited."""
    said = {
        "tts:fontStyle": "italic" if look.italic else "",
        "tts:fontWeight": "bold" if look.bold else "",
        "tts:textDecoration": "underline" if look.underline else "",
        "tts:color": look.colour,
    }
    return "".join(f' {key}="{value}"' for key, value in said.items() if value)
