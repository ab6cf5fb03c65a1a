"""A sheet as JSON: what a translating program gets on its standard input, and gives back on its standard output."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from captioner.errors import ReplyError
from captioner.translation.rows import Row
from captioner.translation.sheets.facts import SheetFacts

__all__ = ["read", "write"]


def write(rows: Sequence[Row], facts: SheetFacts) -> bytes:
    """One object: languages, and a list of captions with the fields of `Row`."""
    document = {
        "name": facts.name,
        "source_language": facts.source,
        "target_language": facts.target,
        "style": facts.style,
        "captions": [asdict(row) for row in rows],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"


def read(data: bytes, name: str) -> tuple[Row, ...]:
    """Captions with `number` and `translation`, in an object or as a list; a list of texts is one for each in order.

    Raises:
        ReplyError: None of these.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ReplyError(f"{name}: is no JSON; give back the captions with their translations") from error
    listed = document.get("captions", document.get("translations")) if isinstance(document, dict) else document
    if not isinstance(listed, list) or not listed:
        raise ReplyError(f"{name}: has no list of captions; give back the captions with their translations")
    return tuple(_row(each, place, name) for place, each in enumerate(listed, 1))


def _row(item: Any, place: int, name: str) -> Row:
    if isinstance(item, str):
        return Row(place, 0, 0, "", "", 0, 0, 0, translation=item.strip())
    fields = item if isinstance(item, dict) else {}
    number, text = fields.get("number"), fields.get("translation")
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(text, str | None):
        raise ReplyError(f"{name}: entry {place} of its captions has no number and translation")
    source = fields.get("source")
    return Row(number, 0, 0, "", source if isinstance(source, str) else "", 0, 0, 0, translation=(text or "").strip())
