"""LRC, `.lrc`: lyrics, a line with its time each, and with the time of every word where that is asked for.

A caption is one line, because lines have no end: the next one, or an empty one after a pause, takes it off. Times are
minutes, seconds and centiseconds, cut. There is no markup and no field for a speaker; a label is printed where the
layout set one.

Source: the format of Kuo (1998) as players read it; `<mm:ss.xx>` before words is the A2 extension ("enhanced LRC").
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from captioner.formats.render_context import Context
from captioner.formats.text.cue_text import clean, join_sentences, visible_lines
from captioner.formats.text.word_offsets import timed_offsets
from captioner.model import Cue, Line

__all__ = ["SUPPORTS", "render"]

SUPPORTS: frozenset[str] = frozenset()

# A shorter pause would make the screen flicker; our own figure.
_PAUSE_MS = 1000


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write LRC; a cue without text is left out.

    Raises:
        FormatError: A time before zero.
    """
    shown = [cue for cue in cues if visible_lines(cue)]
    rows = [f"[ti:{clean(context.title)}]"] if context.title else []
    for cue, after in zip_longest(shown, shown[1:]):
        rows.append(f"[{_time(cue.start_ms)}]{_text(cue, timed=bool(context.karaoke))}")
        if after is None or after.start_ms - cue.end_ms >= _PAUSE_MS:
            rows.append(f"[{_time(cue.end_ms)}]")
    return "".join(f"{row}\n" for row in rows).encode("utf-8")


def _text(cue: Cue, *, timed: bool) -> str:
    lines = visible_lines(cue)
    if timed:
        return " ".join(_timed(line) for line in lines)
    return join_sentences(line.printed for line in lines)


def _timed(line: Line) -> str:
    """The line with the time of each word before it; as it is where its words are not known."""
    before = line.printed[: len(line.printed) - len(line.text)]
    text, times = clean(line.printed), timed_offsets(line, before)
    places = [place for place, _ in times]
    if not places:
        return text
    ends = [*places[1:], len(text)]
    words = (f"<{_time(ms)}>{text[begin:end]}" for (begin, ms), end in zip(times, ends, strict=True))
    return text[: places[0]] + "".join(words)


def _time(ms: int) -> str:
    minutes, rest = divmod(ms // 10, 6000)
    return f"{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"
