"""Rows of a sheet: one for every caption, with what a translator has to know and to keep. Pure.

The text has the tags of SRT for italics, bold, underline and colours, so that a translator moves them with the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from captioner.formats import Context, render
from captioner.formats.text.speaker_names import display_names, names_field
from captioner.model import Cue
from captioner.style import Style

__all__ = ["Row", "sheet_rows"]

_SENTENCE_ENDS = ".!?…。！？؟।۔\"'”’»)]）」』"


@dataclass(frozen=True, slots=True)
class Row:
    """One caption in a sheet.

    Attributes:
        number: Of the caption, counted from 1.
        start_ms: First millisecond shown.
        end_ms: First millisecond no longer shown.
        speaker: Names of its speakers, or "".
        source: Its text, lines parted by newlines, with tags.
        columns: Widest line that the target language's style allows, in columns.
        lines: Most lines.
        characters: Most characters that can be read in its time.
        context: The whole sentence where it goes beyond the caption, or "".
        translation: What a translator wrote, or "".
    """

    number: int
    start_ms: int
    end_ms: int
    speaker: str
    source: str
    columns: int
    lines: int
    characters: int
    context: str = ""
    translation: str = ""


def sheet_rows(cues: Sequence[Cue], context: Context, style: Style) -> tuple[Row, ...]:
    """The rows of captions.

    Args:
        cues: In order of time.
        context: What is known of them; its names are the speakers'.
        style: Of the target language; its limits stand in the sheet.
    """
    names = display_names(cues, context)
    texts = [tagged_text(cue) for cue in cues]
    sentences = _sentences(cues)
    return tuple(
        Row(
            number,
            cue.start_ms,
            cue.end_ms,
            _speaker(cue, names),
            text,
            style.max_columns,
            style.max_lines,
            int(style.cps * (cue.end_ms - cue.start_ms) / 1000),
            sentence,
        )
        for number, (cue, text, sentence) in enumerate(zip(cues, texts, sentences, strict=True), 1)
    )


def tagged_text(cue: Cue) -> str:
    """The text of a caption with its dashes and tags, and without printed names."""
    bare = replace(
        cue, start_ms=0, end_ms=1000, placement=None, lines=tuple(replace(each, label="") for each in cue.lines)
    )
    written = render([bare], "srt", Context(rtl_marks="none")).decode("utf-8").splitlines()
    return "\n".join(written[2:]).strip()


def _speaker(cue: Cue, names: dict[str, str]) -> str:
    speakers = [names.get((cue.speaker if line.speaker is None else line.speaker) or "", "") for line in cue.lines]
    return names_field(speakers) if any(speakers) else ""


def _sentences(cues: Sequence[Cue]) -> list[str]:
    """For each caption the sentence it is a part of, "" where it is whole in itself."""
    found: list[str] = []
    group: list[Cue] = []
    for cue in cues:
        if group and (group[-1].speaker != cue.speaker or _is_end(group[-1])):
            found += _shared(group)
            group = []
        group.append(cue)
    return found + _shared(group)


def _is_end(cue: Cue) -> bool:
    text = cue.text.rstrip()
    return not text or text[-1] in _SENTENCE_ENDS


def _shared(group: Sequence[Cue]) -> list[str]:
    whole = " ".join(" ".join(cue.text.split()) for cue in group)
    return [whole if len(group) > 1 else ""] * len(group)
