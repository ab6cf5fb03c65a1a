r"""Words that look different while, before and after they are spoken, in ASS.

Colours and sizes change inside one event, by `\t` with the time of each word, so that an editor sees a caption once. A
box behind the spoken word is a style of its own, which no `\t` can change: without measured places such a caption is
an event for each of its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from captioner.formats.ass.look_style import ACTIVE, colour_tags, shown_colour
from captioner.look import Look

__all__ = ["LitWord", "lit_text", "lit_times", "word_events"]

# A word stays lit in a pause shorter than this; longer ones are silence, in which nothing is spoken.
_PAUSE_MS = 500
_GROWTH_MS = 60  # two frames at 30 a second


@dataclass(frozen=True, slots=True)
class LitWord:
    """A word of a caption, as it is written.

    Attributes:
        line: Number of its line.
        text: With all that stands before the next word, escaped.
        start_ms, end_ms: When it is lit, from the begin of the caption.
        base: Colour of its speaker.
    """

    line: int
    text: str
    start_ms: int
    end_ms: int
    base: str


def lit_times(spans_ms: Sequence[tuple[int, int]], start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """Times in which the words of a caption are lit, from its begin: until the next word, or its own end in a pause.

    Args:
        spans_ms: Begin and end of each word, from the media's start.
        start_ms, end_ms: Of the caption.
    """
    times = []
    for at, (start, end) in enumerate(spans_ms):
        following = spans_ms[at + 1][0] if at + 1 < len(spans_ms) else end_ms
        last = following if following - end <= _PAUSE_MS else end
        begin = min(max(start, start_ms), end_ms)
        times.append((begin - start_ms, min(max(last, begin), end_ms) - start_ms))
    return times


def lit_text(word: LitWord, look: Look, span_ms: int, scale: float) -> str:
    """A word with the tags that light it, in an event that shows the whole caption."""
    future, active, past = (_state(look, which, word.base) for which in ("future", "active", "past"))
    size = round(100 * scale)
    begins_lit = word.start_ms <= 0
    tags = active if begins_lit else future
    if not begins_lit and active != future:
        tags += rf"\t({word.start_ms},{word.start_ms + 1},{active})"
    if word.end_ms < span_ms and past != active:
        tags += rf"\t({word.end_ms},{word.end_ms + 1},{past})"
    if look.active_size != 100:
        large = round(look.active_size * scale)
        tags += rf"\fscx{size}\fscy{size}" + _growth(word.start_ms, large) + _growth(word.end_ms, size)
    return f"{{{tags}}}{word.text}"


def _growth(at_ms: int, size: int) -> str:
    return rf"\t({at_ms},{at_ms + _GROWTH_MS},\fscx{size}\fscy{size})"


def _state(look: Look, which: str, base: str) -> str:
    return colour_tags(1, shown_colour(look, which, base))


def word_events(
    words: Sequence[LitWord], look: Look, span_ms: int, style_of: Sequence[str], tags: str
) -> Iterator[tuple[int, int, list[str]]]:
    """Events of a caption whose spoken word is in a box that the renderer draws.

    Args:
        words: Of the caption, in order.
        look: In the picture of the file.
        span_ms: How long the caption is shown.
        style_of: Name of the style of each word, of which the spoken word takes the one for it.
        tags: At the begin of every caption, which a change of style undoes.

    Yields:
        Begin and end from the begin of the caption, and the words with tags.
    """
    starts = [word.start_ms for word in words]
    edges = sorted({0, span_ms, *starts, *(word.end_ms for word in words)})
    for begin, end in pairwise(edges):
        texts = []
        for word, style in zip(words, style_of, strict=True):
            if word.start_ms <= begin < word.end_ms:
                texts.append(_boxed(word, style, tags))
            else:
                which = "past" if word.end_ms <= begin else "future"
                texts.append(f"{{{_state(look, which, word.base)}}}{word.text}")
        yield begin, end, texts


def _boxed(word: LitWord, style: str, tags: str) -> str:
    """The word in the style of its box, without the space after it."""
    bare = word.text.rstrip(" ")
    return f"{{\\r{style}{ACTIVE}}}{tags}{bare}{{\\r{style}}}{tags}{word.text[len(bare) :]}"
