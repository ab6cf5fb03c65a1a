"""Facts about a whole sheet."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SheetFacts"]


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """Facts about a whole sheet.

    Attributes:
        name: Name of the caption file.
        source: BCP 47 tag of its language, or "".
        target: BCP 47 tag of the translation's language, or "".
        style: Name of the style whose limits it has.
    """

    name: str
    source: str = ""
    target: str = ""
    style: str = ""
