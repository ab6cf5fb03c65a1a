"""Makes captions of one or a few words, each shown until the next word is spoken, as in short vertical video.

The one rule: the whole text of a caption is shown within the caption's time, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from captioner.layout.chunks import PART, PUNCT, Chunk, split_turns
from captioner.model import Cue, Line, Sentence, Transcript
from captioner.style import Style

__all__ = ["to_word_cues"]


def to_word_cues(cues: Sequence[Cue], style: Style, language: str = "") -> tuple[Cue, ...]:
    """Captions of at most `max_words` words; the captions unchanged when the style does not count words.

    Args:
        cues: Captions from `compose`.
        style: A word that would be shown for less than `min_duration_ms` shares its caption with the next.
        language: Tag of the captions; it is combined with the script of each line.
    """
    if not style.max_words:
        return tuple(cues)
    return tuple(part for cue in cues for part in _split_cue(cue, style, language))


def _split_cue(cue: Cue, style: Style, language: str) -> Iterator[Cue]:
    pieces = [piece for line in cue.lines for piece in _pieces(line, cue, style.max_words, language)]
    begins = [cue.start_ms, *(begin for begin, _ in pieces[1:])]
    at, shown = 0, list[Line]()
    for number, (_, line) in enumerate(pieces):
        shown.append(line)
        last = number + 1 == len(pieces)
        end = cue.end_ms if last else min(begins[number + 1], cue.end_ms)
        rest = cue.end_ms - end
        if last or (end - begins[at] >= style.min_duration_ms and rest >= style.min_duration_ms):
            yield replace(cue, start_ms=begins[at], end_ms=end, lines=_one_line(shown))
            at, shown = number + 1, []


def _pieces(line: Line, cue: Cue, most: int, language: str) -> Iterator[tuple[int, Line]]:
    """Parts of a line with a number of words, each with its start."""
    sentence = Sentence(line.text, cue.start_ms, cue.end_ms, line.words, line.speaker)
    chunks = [chunk for turn in split_turns(Transcript((sentence,), language)) for chunk in turn.chunks]
    if not chunks:
        yield cue.start_ms, line
        return
    groups: list[list[Chunk]] = []
    for chunk in chunks:
        if groups and (_is_dependent(chunk) or sum(not _is_dependent(each) for each in groups[-1]) < most):
            groups[-1].append(chunk)
        else:
            groups.append([chunk])
    for number, group in enumerate(groups):
        first = line if not number else Line("", speaker=line.speaker)
        text = "".join(f" {chunk.text}" if chunk.space else chunk.text for chunk in group)
        words = tuple(word for chunk in group for word in chunk.words)
        yield group[0].start_ms, replace(first, text=text.removeprefix(" "), words=words if line.words else ())


def _is_dependent(chunk: Chunk) -> bool:
    """Whether a chunk is not a word of its own (layout's rules against breaks do not matter here)."""
    return chunk.no_break_before and chunk.kind in (PUNCT, PART)


def _one_line(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Words that share a caption, on one line if one speaker says them."""
    if len({line.speaker for line in lines}) > 1 or any(line.dash for line in lines[1:]):
        return tuple(lines)
    gap = "" if _is_unspaced(lines[0].text[-1:]) else " "
    text = gap.join(line.text for line in lines)
    return (replace(lines[0], text=text, words=tuple(word for line in lines for word in line.words)),)


def _is_unspaced(char: str) -> bool:
    """Whether a character is written without a space after it, as in Chinese and Japanese."""
    return "\u3000" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" or "\uff01" <= char <= "\uff60"
