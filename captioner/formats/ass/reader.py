"""Reader of ASS and SSA: styles count where they differ from the design of the file, overrides are markup.

Comments and drawings are not captions. Fonts, sizes and outlines of an ASS file are not carried over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from captioner.errors import ReplyError
from captioner.formats.ass.script import Event, Script, captions_of, parse_script, size_of
from captioner.formats.assembly import assemble
from captioner.formats.caption_file import (
    CaptionFile,
    FileContent,
    RawCue,
    ReadNote,
    ReadOptions,
    SourceBlock,
    TimedBlock,
)
from captioner.formats.text.markup import parse_markup
from captioner.formats.text.speaker_names import names_of_field
from captioner.formats.text.styled_text import base_style, subtract_style
from captioner.formats.text.time_line_notes import left_out_notes
from captioner.model import PLAIN, Placement, TextStyle

__all__ = ["detect", "markup_fault", "read"]

#: What keeps a backslash in the text from being an escape; our writer and mpv put it there.
WORD_JOINER = "\u2060"

_COMMA = re.compile("， ")  # our writer's, where a comma would end the field
_SECTION = re.compile(r"^\ufeff?[^\S\n]*\[(?:script info|v4\+? styles|events)\]", re.IGNORECASE | re.MULTILINE)


def detect(content: FileContent) -> bool:
    """Whether there is the head of a section of ASS or SSA."""
    return _SECTION.search(content.head) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read ASS or SSA.

    Raises:
        ReplyError: There is text and no section of ASS in it.
    """
    script = parse_script(content.lines)
    if not script.events and not detect(content) and content.text.strip():
        raise ReplyError("is not ASS: no section such as [Script Info] or [Events]")
    events = list(captions_of(script))
    design = _Design(script, events)
    notes = [
        ReadNote("left out", "an event whose times cannot be read is left out", line + 1, is_fault=True)
        for line in script.bad_lines
    ]
    notes += left_out_notes(content.lines, script.other_lines, "is no event and is left out")
    others = [event for event in script.events if event.is_comment or event.is_drawing]
    timed = [
        TimedBlock(SourceBlock(each.line, each.line, each.line + 1), each.start_ms, each.end_ms) for each in others
    ]
    file = assemble([design.raw_cue(event) for event in events], options, notes=notes)
    return replace(
        file,
        timed_blocks=tuple(timed) if script.has_usual_order else (),
        drawings=sum(event.draws for event in script.events if not event.is_comment),
    )


class _Design:
    """The styles of a script, and what of them is the design of the file."""

    def __init__(self, script: Script, events: Sequence[Event]) -> None:
        lengths: Counter[str] = Counter()
        for event in events:
            lengths[event.style] += len(event.text)
        looks = {name: style.look for name, style in script.styles.items()}
        letters: Counter[TextStyle] = Counter()
        for name, count in lengths.items():
            letters[looks.get(name, PLAIN)] += count
        self._bold, self._colour = base_style(letters)
        self._looks: Mapping[str, TextStyle] = {name: self._subtracted(look) for name, look in looks.items()}
        self._numpad = {name: style.numpad for name, style in script.styles.items()}
        self._size = size_of(script.info)
        self._can_be_patched = script.has_usual_order

    def raw_cue(self, event: Event) -> RawCue:
        """An event with its overrides read."""
        text = event.spoken.replace("\\N", "\n").replace("\\n", " ").replace("\\h", "\u00a0")
        styled = parse_markup(
            text.replace(f"\\{WORD_JOINER}", "\\"),
            self._looks.get(event.style, PLAIN),
            styles=self._looks,
            placement=self._placement(event),
            size=self._size if all(self._size) else None,
            span_ms=(event.start_ms, event.end_ms),
        )
        styled = subtract_style(styled, bold=self._bold, colour=self._colour)
        names = names_of_field(_COMMA.sub(", ", event.name), len(styled.lines))
        block = SourceBlock(event.line, event.line, event.line + 1) if self._can_be_patched else None
        return RawCue(event.start_ms, event.end_ms, text, names, styled, block)

    def _subtracted(self, look: TextStyle) -> TextStyle:
        """A style without the weight and colour that are the file's design."""
        colour = "" if look.colour == self._colour else look.colour
        return replace(look, bold=look.bold and not self._bold, colour=colour)

    def _placement(self, event: Event) -> Placement | None:
        """By the alignment of its style, and by a vertical margin of its own."""
        placement = Placement.of_numpad(self._numpad.get(event.style, 2))
        if event.margin_v > 0 and placement.row != "middle":
            share = round(100 * event.margin_v / (self._size[1] or 288), 2)
            placement = replace(placement, y=min(100.0, max(0.0, share if placement.row == "top" else 100 - share)))
        return None if placement == Placement() else placement


def markup_fault(written: str) -> str:
    """A fault in the text of a caption that renderers take for structure, or ""."""
    return "a brace that is opened and not closed" if written.count("{") != written.count("}") else ""
