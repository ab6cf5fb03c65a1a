r"""Karaoke tags for ASS: how long each word of a line is sung, in centiseconds.

A duration in ASS counts from the end of the one before, so each is the difference of two moments that were rounded by
themselves: the error stays below a centisecond however long the line, where rounding each word would let it grow. A
pause is a tag of its own before no text.

Source: the Aegisub manual, ASS override tags: `\k`, `\kf`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from captioner.formats.ass.letters import ESCAPES, Letters, piece_writer, sizer_of_latin
from captioner.formats.render_context import Context
from captioner.formats.text.bidi import is_rtl_language, is_rtl_line, with_direction_marks
from captioner.formats.text.cue_text import clean, visible_lines
from captioner.formats.text.word_offsets import word_offsets
from captioner.model import Cue, Word

__all__ = ["karaoke_tags", "with_karaoke", "word_pieces"]

# A part of a word up to where its size changes; a change before spaces only is none.
_CHANGE = r"\{(?:\\fn[^\\}]*)?\\fs\d*\}"
_PARTS = re.compile(rf"(?:{_CHANGE})*(?:(?!(?:{_CHANGE})+\s*[^\s{{]).)+")


def with_karaoke(
    cue: Cue,
    span_cs: tuple[int, int],
    plain: Sequence[tuple[str, str]],
    context: Context,
    letters: Letters,
    *,
    tag: str,
) -> list[tuple[str, str]]:
    """The lines with karaoke tags; one whose words have no place in it is plain.

    A word in a right-to-left line is lit at once, as libass fills from left to right; where the style does not lay out
    whole lines, such a line is plain.
    """
    rtl, at_cs = is_rtl_language(context.language), span_cs[0]
    escaped, sized = piece_writer(context, letters), sizer_of_latin(letters, in_rtl=True)
    lines = []
    for line, (speaker, text) in zip(visible_lines(cue), plain, strict=True):
        shown, sung = clean(line.dash + line.text), None
        if not is_rtl_line(shown, rtl=rtl):
            sung = karaoke_tags(shown, line.words, tag=tag, at_cs=at_cs, span_cs=span_cs, written=escaped)
        elif letters.is_rtl:
            before, after = with_direction_marks(shown, rtl=rtl, marks=context.rtl_marks).split(shown)
            sung = karaoke_tags(
                shown, line.words, tag="k", at_cs=at_cs, span_cs=span_cs, written=lambda t: sized(t.translate(ESCAPES))
            )
            sung = sung and (f"{before}{sung[0]}{after}", sung[1])
        tagged, at_cs = sung or (text, at_cs)
        lines.append((speaker, tagged))
    return lines


def karaoke_tags(
    text: str, words: Sequence[Word], *, tag: str, at_cs: int, span_cs: tuple[int, int], written: Callable[[str], str]
) -> tuple[str, int] | None:
    r"""One line with a tag before every word.

    Args:
        text: The line as shown.
        words: Its tokens, in order.
        tag: "k" (the word lights up) or "kf" (it fills).
        at_cs: Up to where the tags of the lines before have come, in centiseconds from the media's start.
        span_cs: Start and end of the event, the bounds of every word.
        written: Escapes one piece of the text.

    Returns:
        The tagged line and where it has come to, or None when its words are not in its text, so that there is nothing
        honest to show.
    """
    pieces = word_pieces(text, words)
    if not pieces:
        return None
    tagged = []
    for piece, word in pieces:
        start = min(max(word.start_ms // 10, at_cs), span_cs[1])
        end = min(max(word.end_ms // 10, start), span_cs[1])
        pause = f"{{\\{tag}{start - at_cs}}}" if start > at_cs else ""
        tagged.append(f"{pause}{_timed(written(piece), tag, end - start)}")
        at_cs = end
    return "".join(tagged), at_cs


def word_pieces(text: str, words: Sequence[Word]) -> list[tuple[str, Word]]:
    """The text cut before each of its words, each piece with its word; empty when one is not in it."""
    begins = word_offsets(text, words)
    if not begins:
        return []
    pieces = [text[begin:end] for begin, end in zip([0, *begins[1:]], [*begins[1:], len(text)], strict=True)]
    return list(zip(pieces, filter(_is_sung, words), strict=True))


def _timed(text: str, tag: str, length_cs: int) -> str:
    r"""A word with its duration. Where the size changes inside it, a renderer ends the tag's reach: each part gets one,
    of no length but for the last, so that all light up together.
    """
    parts = _PARTS.findall(text) or [""]
    return "".join(f"{{\\{tag}{0 if at < len(parts) else length_cs}}}{part}" for at, part in enumerate(parts, 1))


def _is_sung(word: Word) -> bool:
    return bool(clean(word.text))
