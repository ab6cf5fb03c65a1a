"""Assembles a `CaptionFile` from raw cues: markup, times, rolling lines, words and speakers; ends every reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from captioner.formats.caption_file import CaptionFile, RawCue, ReadNote, ReadOptions, SourceBlock
from captioner.formats.mending import mend_times
from captioner.formats.rolling import is_rolling, unrolled
from captioner.formats.text.bidi import is_in_visual_order, without_direction_marks
from captioner.formats.text.markup import parse_markup
from captioner.formats.text.speaker_evidence import find_speakers
from captioner.formats.text.speaker_labels import LineParser
from captioner.formats.text.speaker_names import own_names
from captioner.formats.text.styled_text import StyledLine, StyledText, without_base_style
from captioner.formats.text.word_times import timed_words
from captioner.model import Cue, Line

__all__ = ["assemble", "without_design"]


def assemble(
    raw: Sequence[RawCue],
    options: ReadOptions,
    *,
    notes: Sequence[ReadNote] = (),
    left_out: Sequence[SourceBlock] = (),
    may_roll: bool = False,
    is_in_order: bool = False,
    **facts: Any,
) -> CaptionFile:
    """Make a caption file of raw cues.

    Args:
        raw: In file order.
        options: What the user knows of the file.
        notes: What the reader decided before.
        left_out: Blocks of the file that the reader left out.
        may_roll: Whether captions of the format are made from a screen that rolls.
        is_in_order: Whether the format has its captions in the order of time, so that another one is told.
        **facts: Further fields of `CaptionFile` that the reader knows.

    Returns:
        The cues without markup, each with its text as written; speakers by field, label or dash.
    """
    styled = [_without_marks(each.styled or parse_markup(each.text)) for each in raw]
    mended = mend_times(raw, ["\n".join(line.text for line in each.lines) for each in styled])
    pairs = [(cue, styled[index]) for index, cue in mended.cues]
    notes = [*notes, *mended.notes]
    if is_in_order:
        notes += _order_notes(mended.cues)
    if may_roll and options.rolling == "once" and is_rolling(pairs):
        count, pairs = len(pairs), unrolled(pairs)
        noun = "caption" if len(pairs) == 1 else "captions"
        shown = f"{count} states of a screen that rolls are {len(pairs)} {noun}, each line once"
        notes.append(ReadNote("mended", f"{shown}; --rolling keep leaves them"))
    parser = _line_parser(pairs, options)
    cues = tuple(_cue(cue, text, parser) for cue, text in pairs)
    if parser.named:
        notes.append(_speakers_note(list(parser.named)))
    visual = is_in_visual_order([line.text for cue in cues for line in cue.lines])
    if visual:
        notes.append(ReadNote("guessed", visual))
    blocks = tuple(cue.block for cue, _ in pairs if cue.block is not None)
    has_all = len(blocks) == len(pairs)
    gone = (*left_out, *(cue.block for cue in mended.left_out if cue.block is not None))
    return CaptionFile(
        cues,
        tuple(cue.text for cue, _ in pairs),
        blocks=blocks if has_all else (),
        left_out=tuple(sorted(gone)) if has_all else (),
        notes=tuple(notes),
        unsupported=_unsupported([text for _, text in pairs]),
        speaker_names=own_names(cues),
        is_visual_order=bool(visual),
        **facts,
    )


def _order_notes(cues: Sequence[tuple[int, RawCue]]) -> Iterator[ReadNote]:
    """A note about captions that begin before the one above them, as in files that were joined."""
    early = [(index, cue) for (_, before), (index, cue) in pairwise(cues) if cue.start_ms < before.start_ms]
    if early:
        index, cue = early[0]
        others = f" and {len(early) - 1} more begin" if len(early) > 1 else " begins"
        message = f"caption {index + 1}{others} before the caption above; new files have them in the order of time"
        yield ReadNote("guessed", message, cue.block.times + 1 if cue.block else 0)


def _without_marks(styled: StyledText) -> StyledText:
    """Lines without the marks that hold their direction, and without byte order marks, at their ends."""
    if all(line.text.isascii() for line in styled.lines):
        return styled
    return replace(styled, lines=tuple(map(_without_mark, styled.lines)))


def _without_mark(line: StyledLine) -> StyledLine:
    text = without_direction_marks(line.text.strip("\ufeff"))
    if text == line.text:
        return line
    start = line.text.index(text)
    return line.part(start, start + len(text))


def _line_parser(pairs: Sequence[tuple[RawCue, StyledText]], options: ReadOptions) -> LineParser:
    labels = frozenset[str]()
    if options.labels != "text":
        captions = [[line.text for line in text.lines] for _, text in pairs]
        labels = find_speakers(captions, every=options.labels == "speakers")
    has_fields = any(any(cue.speakers) or any(line.voice for line in text.lines) for cue, text in pairs)
    return LineParser(labels, holds=bool(labels) and not has_fields)


def _cue(raw: RawCue, styled: StyledText, parser: LineParser) -> Cue:
    lines, speaker = parser.parse(styled.lines, raw.speakers)
    if any(line.marks for line in styled.lines):
        words = timed_words(_without_labels(styled.lines, lines), raw.start_ms, raw.end_ms)
        lines = tuple(replace(line, words=own) for line, own in zip(lines, words, strict=True))
    return Cue(raw.start_ms, raw.end_ms, lines, speaker, styled.placement)


def _without_labels(styled: Sequence[StyledLine], lines: Sequence[Line]) -> list[StyledLine]:
    """The lines from where they are spoken: a label or a dash before them is no word."""
    return [
        whole.part(len(whole.text) - len(line.text)) if whole.text.endswith(line.text) else whole
        for whole, line in zip(styled, lines, strict=True)
    ]


def _speakers_note(names: Sequence[str]) -> ReadNote:
    count = f"{len(names)} speaker{'s' if len(names) != 1 else ''}"
    return ReadNote("guessed", f"{count}: {', '.join(names)} (by their labels; --labels text leaves them in the text)")


def _unsupported(styled: Sequence[StyledText]) -> dict[str, tuple[int, ...]]:
    """Features of the markup that cues cannot hold, each with the cues it is in."""
    found: dict[str, list[int]] = {}
    for index, each in enumerate(styled):
        for feature in each.unsupported:
            found.setdefault(feature, []).append(index)
    return {feature: tuple(found[feature]) for feature in sorted(found)}


def without_design(raw: Sequence[RawCue]) -> list[RawCue]:
    """Raw cues of a format with style sheets, without the weight and colour that are the file's design."""
    styled = without_base_style([each.styled for each in raw if each.styled is not None])
    return [each._replace(styled=text) for each, text in zip(raw, styled, strict=True)]
