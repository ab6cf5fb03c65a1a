r"""Markup inside the text of a caption: SRT's and WebVTT's tags, ASS overrides, in one reader.

Files of one format carry the others' tags often enough (`{\an8}` in SRT, `<i>` in ASS), so all are known everywhere.
What looks like markup and cannot be held is named in `StyledText.unsupported`, never dropped in silence. One pass, and
constant work for a tag: a file of nothing but open tags takes no longer than another.

Source: W3C WebVTT 4.2.2 (cue text); the Aegisub manual, ASS override tags; SRT has no standard, its tags are HTML's.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from captioner.formats.text.css_colours import NAMED_COLOURS, css_colour
from captioner.formats.text.styled_text import LineBuilder, StyledLine, StyledText
from captioner.model import PLAIN, Placement, TextStyle

__all__ = ["WORD_TIMES", "has_html_breaks", "html_breaks_as_lines", "parse_markup"]

# Elements of HTML and WebVTT. Anything else in angle brackets is text, as in “press <Enter>”; only WebVTT drops it.
_ELEMENTS = (
    "i|b|u|s|em|strong|strike|del|ins|font|c|v|lang|ruby|rb|rt|rp|rtc|br|p|div|span|a|center|small|big|sub|sup|tt|code|"
    "h[1-6]"
)
_BRACES = r"\{\\[^{}\n]*\}|\{[yYcCsSfF]:[^{}\n]*\}"
_TAG = re.compile(rf"</?(?:{_ELEMENTS})(?=[\s./>])[^<>\n]*>|</>|<\d[\d:.]*>|{_BRACES}", re.IGNORECASE)
_WEBVTT_TAG = re.compile(rf"</?[A-Za-z][^<>\n]*>|</>|<\d[\d:.]*>|{_BRACES}")
# Braces without an override hold comments. Renderers show angle brackets; only the tags SRT is known for are meant.
_ASS_TAG = re.compile(r"\\[{}]|\{[^{}\n]*\}|</?(?:i|b|u|s|font)(?=[\s>])[^<>\n]*>", re.IGNORECASE)
_KNOWN = re.compile(_ELEMENTS, re.IGNORECASE)
_BREAK = re.compile(r"[ \t]*<br\s*/?>[ \t]*\n?", re.IGNORECASE)
_BLOCK_TAGS = re.compile(r"(?:[ \t\n]*</?(?:p|div|center|h[1-6])(?:\s[^<>\n]*)?>)+[ \t\n]*", re.IGNORECASE)
_TIMESTAMP = re.compile(r"<(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?>")
_NAME = re.compile(r"</?([A-Za-z]+[1-6]?)")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s+([^<>]+)>")
_LOOK_ALIKE = re.compile(r"(?<![^\x20-\x7e])[＆‹›｛｝](?![^\x20-\x7e])")
_PLAIN_SIGNS = str.maketrans("＆‹›｛｝", "&<>{}")
_FONT_COLOUR = re.compile(r"""\bcolou?r\s*=\s*["']?\s*([#\w]+)""", re.IGNORECASE)
_FONT_OTHERS = re.compile(r"\b(?:face|size)\s*=", re.IGNORECASE)
_POSITION = re.compile(r"\\pos\(\s*(-?\d{1,6}(?:\.\d{1,6})?)\s*,\s*(-?\d{1,6}(?:\.\d{1,6})?)\s*\)")
_OWN_COLOUR = re.compile(r"c([0-9a-f]{6})")  # the class our WebVTT has for a colour that has no name

_Flag = Literal["italic", "bold", "underline"]
_FLAGS: dict[str, _Flag] = {
    "i": "italic", "em": "italic", "b": "bold", "strong": "bold", "u": "underline",
}  # fmt: skip
_NO_SIZE = (384, 288)
#: What markup may say and captions cannot hold.
WORD_TIMES, _FONTS, _EFFECTS, _RUBY = "word times", "fonts and sizes", "effects", "ruby"
_KARAOKE, _VOICES, _STRUCK, _OTHERS = (
    "karaoke",
    "second voices in a line",
    "text that is struck through",
    "tags of other kinds",
)
# SSA's own numbers: 1-3 at the bottom, 5-7 at the top, 9-11 in the middle.
_SSA_ALIGNMENT = {1: 1, 2: 2, 3: 3, 5: 7, 6: 8, 7: 9, 9: 4, 10: 5, 11: 6}


def parse_markup(
    text: str,
    base: TextStyle = PLAIN,
    *,
    references: bool = False,
    classes: Mapping[str, str] | None = None,
    styles: Mapping[str, TextStyle] | None = None,
    placement: Placement | None = None,
    size: tuple[int, int] | None = None,
    span_ms: tuple[int, int] | None = None,
) -> StyledText:
    """Separate the text of a caption from its markup.

    Args:
        text: As written, lines joined by newlines.
        base: Style of its text before any markup.
        references: Read `&lt;` and the like, as in WebVTT.
        classes: Colour of each WebVTT class that a style sheet of the file gives one.
        styles: TextStyle of each ASS style, for a change of style inside a caption; None when the text is not ASS.
        placement: Of the caption where its markup sets none.
        size: Picture the ASS coordinates are for; 384 x 288 is what a renderer takes when the file says nothing.
        span_ms: Start and end of an ASS event, from which karaoke counts; None leaves its times unread.
    """
    if base == PLAIN and "<" not in text and "{" not in text:
        return StyledText(tuple(map(StyledLine, _unescaped(text, references=references).split("\n"))), placement)
    reader = _MarkupParser(base, classes or {}, styles or {}, placement or Placement(), size or _NO_SIZE, span_ms)
    tags = _ASS_TAG if styles is not None else _WEBVTT_TAG if references else _TAG
    if tags is not _ASS_TAG and "<" in text:
        text = html_breaks_as_lines(text)
    at = 0
    for tag in tags.finditer(text):
        reader.add(_unescaped(text[at : tag.start()], references=references))
        reader.tag(tag[0])
        at = tag.end()
    reader.add(_unescaped(text[at:], references=references))
    if references and "<" in tags.sub("", text):
        reader.note_other_tags()  # one that is not closed; browsers drop it and what follows
    return reader.styled_text()


def has_html_breaks(text: str) -> bool:
    """Whether a text has tags of HTML that break lines: `<br>`, and those of paragraphs."""
    return "<" in text and (_BREAK.search(text) is not None or _BLOCK_TAGS.search(text) is not None)


def html_breaks_as_lines(text: str) -> str:
    """A text with line breaks for the tags of HTML that break lines; other tags stay."""
    return _BLOCK_TAGS.sub("\n", _BREAK.sub("\n", text)).strip("\n") if has_html_breaks(text) else text


def _unescaped(text: str, *, references: bool) -> str:
    return html.unescape(text) if references and "&" in text else text


class _MarkupParser:
    """Parser of one caption: the style that holds now, the tags that are open, and the lines so far."""

    def __init__(
        self,
        base: TextStyle,
        classes: Mapping[str, str],
        styles: Mapping[str, TextStyle],
        placement: Placement,
        size: tuple[int, int],
        span_ms: tuple[int, int] | None,
    ) -> None:
        self._base, self._classes, self._styles, self._size = base, classes, styles, size
        self._look = base
        self._span_ms, self._sung_cs = span_ms, 0.0
        self._before: dict[str, list[TextStyle]] = {}
        self._voice = ""
        self._is_hidden = False
        self._builder = LineBuilder()
        self._placement = placement
        self._unsupported: set[str] = set()

    def styled_text(self) -> StyledText:
        if self._sung_cs:
            self._mark_sung()  # the end of the last word
        lines = self._builder.lines()
        if self._builder.has_two_voices:
            self._unsupported.add(_VOICES)
        return StyledText(
            lines, None if self._placement == Placement() else self._placement, frozenset(self._unsupported)
        )

    def note_other_tags(self) -> None:
        """Note that the text has what WebVTT takes for a tag and this parser does not know."""
        self._unsupported.add(_OTHERS)

    def add(self, text: str) -> None:
        """Text between two tags."""
        if not self._is_hidden:
            self._builder.add(text, self._look, self._voice)

    def tag(self, tag: str) -> None:
        """Apply one tag."""
        if tag.startswith("{"):
            self._block(tag)
        elif tag.startswith("\\"):
            self.add(tag[1:])  # an escaped brace
        elif (match := _NAME.match(tag)) is None:
            if (ms := _timestamp_ms(tag)) is not None:
                self._unsupported.add(WORD_TIMES)
                self._builder.mark(ms)
        elif tag.startswith("</"):
            self._close(match[1].lower())
        else:
            self._open(match[1].lower(), tag)

    # Tags in angle brackets

    def _open(self, name: str, tag: str) -> None:
        if name == "v":
            match = _VOICE.match(tag)
            self._voice = _plain_name(html.unescape(match[1]).strip()) if match else ""
            return
        look = self._look
        if name in _FLAGS:
            look = _flagged(look, _FLAGS[name], on=True)
        elif name == "font":
            look = self._font(tag)
        elif name == "c":
            look = self._class(tag)
        elif name == "rt":
            self._unsupported.add(_RUBY)
            self.add("（")  # how a reading is written where it cannot stand above
        elif name == "rp":
            self._is_hidden = True  # brackets for readers without ruby
        elif name in ("s", "strike", "del"):
            self._unsupported.add(_STRUCK)
        elif not _KNOWN.fullmatch(name):
            self._unsupported.add(_OTHERS)
        self._before.setdefault(name, []).append(self._look)
        self._look = look

    def _close(self, name: str) -> None:
        """End what a tag began; tags that cross each other each take back only what is theirs."""
        if name == "v":
            self._voice = ""
            return
        if name == "ruby" and self._before.get("rt"):
            self._close("rt")  # whose end tag may be left out
        if name == "rp":
            self._is_hidden = False
        opened = self._before.get(name)
        if not opened:
            return
        before = opened.pop()
        if name == "rt":
            self.add("）")
        if name in _FLAGS:
            field = _FLAGS[name]
            self._look = _flagged(self._look, field, on=getattr(before, field))
        elif name in ("font", "c"):
            self._look = replace(self._look, colour=before.colour)

    def _font(self, tag: str) -> TextStyle:
        if _FONT_OTHERS.search(tag):
            self._unsupported.add(_FONTS)
        match = _FONT_COLOUR.search(tag)
        colour = css_colour(match[1]) if match else ""
        return replace(self._look, colour=colour) if colour else self._look

    def _class(self, tag: str) -> TextStyle:
        for name in re.split(r"[.\s]", tag[2:-1].lower()):
            own = _OWN_COLOUR.fullmatch(name)
            colour = f"#{own[1].upper()}" if own else self._classes.get(name) or NAMED_COLOURS.get(name, "")
            if colour:
                return replace(self._look, colour=colour)
        return self._look

    # Override blocks

    def _block(self, block: str) -> None:
        if block[1] != "\\":  # MicroDVD where pysubs2 leaves one, or a comment
            if block[2:3] == ":":
                self._unsupported.add(_EFFECTS)
            return
        if (match := _POSITION.search(block)) is not None:
            self._put(match)
            block = block.replace(match[0], "")
        for override in block[1:-1].split("\\")[1:]:
            self._override(override.strip())

    def _override(self, override: str) -> None:
        if match := re.fullmatch(r"([ibu])(\d{0,4})", override):
            field = _FLAGS[match[1]]
            on = bool(int(match[2])) if match[2] else getattr(self._base, field)
            self._look = _flagged(self._look, field, on=on)
        elif match := re.fullmatch(r"1?c(?:&?[Hh]([0-9A-Fa-f]{1,8})&?)?", override):
            self._look = replace(self._look, colour=_ass_colour(match[1]) if match[1] else self._base.colour)
        elif match := re.fullmatch(r"an([1-9])", override):
            self._placement = _moved(self._placement, int(match[1]))
        elif (match := re.fullmatch(r"a(\d{1,2})", override)) and int(match[1]) in _SSA_ALIGNMENT:
            self._placement = _moved(self._placement, _SSA_ALIGNMENT[int(match[1])])
        elif override.startswith("r"):
            self._look = self._styles.get(override[1:], self._base)
        elif match := re.fullmatch(r"(kt|kf|ko|k|K)(\d{0,6}(?:\.\d{0,3})?)", override):
            self._sing(match[1], float(match[2] or 0) if match[2] != "." else 0.0)
        elif re.match(r"f(?:n|s(?![cp]))", override):
            self._unsupported.add(_FONTS)
        elif override and not override.startswith("q"):  # how to wrap is no business of lines that are broken
            self._unsupported.add(_EFFECTS)

    def _sing(self, tag: str, length_cs: float) -> None:
        """Note that what comes next is sung from where the tags before have come to; `kt` says where that is."""
        if self._span_ms is None:
            self._unsupported.add(_KARAOKE)
            return
        self._unsupported.add(WORD_TIMES)
        if tag == "kt":
            self._sung_cs = length_cs
            return
        self._mark_sung()
        self._sung_cs += length_cs

    def _mark_sung(self) -> None:
        if self._span_ms is not None:
            start_ms, end_ms = self._span_ms
            self._builder.mark(min(start_ms + round(10 * self._sung_cs), end_ms))

    def _put(self, match: re.Match[str]) -> None:
        x, y = (
            round(100 * float(value) / (size or 1), 2) for value, size in zip(match.groups(), self._size, strict=True)
        )
        if 0 <= x <= 100 and 0 <= y <= 100:
            self._placement = replace(self._placement, x=x, y=y)
        else:
            self._unsupported.add(_EFFECTS)


def _plain_name(name: str) -> str:
    """A voice with the signs our writer has look-alikes for, where they stand among ASCII."""
    return _LOOK_ALIKE.sub(lambda match: match[0].translate(_PLAIN_SIGNS), name)


def _timestamp_ms(tag: str) -> int | None:
    """Milliseconds of a time inside a caption, as `<00:00:01.500>`."""
    match = _TIMESTAMP.fullmatch(tag)
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups(default="0")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0")[:3])


def _flagged(look: TextStyle, field: _Flag, *, on: bool) -> TextStyle:
    changed = {"italic": look.italic, "bold": look.bold, "underline": look.underline, field: on}
    return TextStyle(**changed, colour=look.colour)


def _moved(placed: Placement, key: int) -> Placement:
    return replace(Placement.of_numpad(key), x=placed.x, y=placed.y)


def _ass_colour(digits: str) -> str:
    """`#RRGGBB` from hexadecimal `BBGGRR`, which may lack zeros in front or have an alpha there."""
    digits = digits.zfill(6)[-6:]
    return f"#{digits[4:6]}{digits[2:4]}{digits[0:2]}".upper()
