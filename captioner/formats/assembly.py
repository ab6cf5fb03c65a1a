"""Assembles a `CaptionFile` from raw cues: parses markup and finds speakers. The second half of every reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from captioner.formats.caption_file import CaptionFile, RawCue, ReadOptions
from captioner.formats.text.markup import parse_markup
from captioner.formats.text.speaker_labels import find_labels, parse_lines
from captioner.formats.text.speaker_names import own_names
from captioner.formats.text.styled_text import StyledText, without_base_style
from captioner.model import Cue

__all__ = ["assemble", "without_design"]


def assemble(raw: Sequence[RawCue], options: ReadOptions, **facts: Any) -> CaptionFile:
    """Make a caption file of raw cues.

    Args:
        raw: In file order.
        options: What the user knows of the file.
        **facts: Further fields of `CaptionFile` that the reader knows.

    Returns:
        The cues without markup, each with its text as written; speakers by field, label or dash.
    """
    styled = [each.styled or parse_markup(each.text) for each in raw]
    labels = frozenset[str]()
    if options.labels != "text":
        texts = (line.text for each in styled for line in each.lines)
        labels = find_labels(texts, every=options.labels == "speakers")
    cues = tuple(_cue(each, text, labels) for each, text in zip(raw, styled, strict=True))
    blocks = tuple(each.block for each in raw if each.block is not None)
    return CaptionFile(
        cues,
        tuple(each.text for each in raw),
        blocks=blocks if len(blocks) == len(raw) else (),
        unsupported=_unsupported(styled),
        speaker_names=own_names(cues),
        **facts,
    )


def _cue(raw: RawCue, styled: StyledText, labels: frozenset[str]) -> Cue:
    lines, speaker = parse_lines(styled.lines, raw.speakers, labels)
    return Cue(raw.start_ms, raw.end_ms, lines, speaker, styled.placement)


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
