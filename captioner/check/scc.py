"""Reader of SCC by ttconv, where that is installed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

from captioner.check.captions import Found
from captioner.check.rows import Marked, Rows, trimmed, undesigned
from captioner.errors import ReplyError
from captioner.model import PLAIN, Placement, TextStyle

__all__ = ["read_scc"]

# A day of line 21: two bytes a frame, five characters of the file for every two bytes. ttconv takes nine seconds for a
# million characters of nothing but commands.
_MOST_CHARACTERS = 24 * 3600 * 30 * 5


def read_scc(text: str) -> list[Found]:
    """Captions of an SCC file.

    Raises:
        ReplyError: It cannot be read, or ttconv is not there.
    """
    if len(text) > _MOST_CHARACTERS:
        raise ReplyError("holds more than a day of captions; split it")
    try:
        reader = import_module("ttconv.scc.reader")
    except ImportError as error:
        raise ReplyError("scc files are read by ttconv; pip install ttconv") from error
    try:
        document = reader.to_model(text)
        found = list(_paragraphs(document))
    except Exception as error:  # ttconv's own, and whatever its parser meets in text that is not its format
        raise ReplyError(f"cannot be read as scc ({type(error).__name__}: {str(error)[:80]})") from error
    marked = undesigned([each.marked for each in found if each.marked is not None])
    return [replace(each, marked=text) for each, text in zip(found, marked, strict=True)]


def _paragraphs(document: Any) -> Iterator[Found]:
    model = import_module("ttconv.model")
    styles = import_module("ttconv.style_properties")
    for element in document.get_body().dfs_iterator() if document.get_body() is not None else ():
        if isinstance(element, model.P) and element.get_end() is not None:
            rows = Rows()
            _runs(element, PLAIN, rows, model, styles)
            lines = trimmed(rows.rows())
            outer = _begin(element.parent())
            start, end = round((outer + (element.get_begin() or 0)) * 1000), round((outer + element.get_end()) * 1000)
            marked = Marked(lines, _region_place(element, styles))
            yield Found(start, end, "\n".join(row.text for row in lines), marked=marked)


def _begin(element: Any) -> Any:
    """When an element begins: times in TTML count from the begin of what is around them."""
    if element is None or not hasattr(element, "get_begin"):
        return 0
    return _begin(element.parent()) + (element.get_begin() or 0)


def _runs(element: Any, look: TextStyle, rows: Rows, model: Any, styles: Any) -> None:
    """Text below an element with the look it inherits."""
    for child in element:
        if isinstance(child, model.Text):
            rows.say(child.get_text(), look)
        elif isinstance(child, model.Br):
            rows.end()
        else:
            _runs(child, _run_look(child, look, styles.StyleProperties), rows, model, styles)


def _run_look(element: Any, look: TextStyle, properties: Any) -> TextStyle:
    slant, lines = element.get_style(properties.FontStyle), element.get_style(properties.TextDecoration)
    colour = element.get_style(properties.Color)
    if slant is not None:
        look = replace(look, italic=slant.value != "normal")
    if lines is not None and lines.underline is not None:
        look = replace(look, underline=bool(lines.underline))
    if colour is not None:
        look = replace(look, colour="#{:02X}{:02X}{:02X}".format(*colour.components[:3]))
    return look


def _region_place(element: Any, styles: Any) -> Placement | None:
    """The nearest place of the region of a paragraph; columns are too coarse to tell more."""
    region = element.get_region()
    if region is None:
        return None
    origin, extent = (region.get_style(getattr(styles.StyleProperties, name)) for name in ("Origin", "Extent"))
    if origin is None or extent is None:
        return None
    middle = float(origin.x.value) + float(extent.width.value) / 2
    shown = region.get_style(styles.StyleProperties.DisplayAlign)
    bottom = shown is not None and shown.value == "after"
    y = float(origin.y.value) + (float(extent.height.value) if bottom else 0.0)
    placement = Placement("bottom" if bottom else "top", "centre", middle, y).nearest
    return None if placement == Placement() else placement
