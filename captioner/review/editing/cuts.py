"""Other cuts: captions split, merged, moved in time, added and removed; words moved from one to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from captioner.captions.adoption import shared_out
from captioner.formats.text.cue_text import clean, join_sentences
from captioner.layout.rebreak import rebreak
from captioner.layout.width import columns
from captioner.model import Cue, Line, Word
from captioner.review.editing.caption_document import Document
from captioner.review.editing.changes import Change, EditError, Row
from captioner.review.editing.new_words import added, retext, spoken_by, words_of
from captioner.style import Style

__all__ = ["add", "merge", "move_word", "remove", "retime", "spans_of_words", "split", "split_at_ms"]


def spans_of_words(line: Line) -> list[tuple[int, int]]:
    """First and last character of each word in the text of a line; what the style wrote otherwise is guessed.

    A word that is not found begins and ends where the search stands.
    """
    spans, at = [], 0
    for word in line.words:
        bare = word.text.strip()
        place = line.text.find(bare, at) if bare else at
        if place < 0:
            core = bare.strip(".,;:!?…。，、！？")
            place = line.text.find(core, at) if core else -1
            bare = core if place >= 0 else ""
        place = at if place < 0 else place
        spans.append((place, place + len(bare)))
        at = place + len(bare)
    return spans


def split(document: Document, id: int, line: int, character: int) -> Change:
    """Part a caption in two.

    Args:
        document: The captions.
        id: Number of the caption.
        line: Line in which it is split, from 0.
        character: First character of the second caption; inside a word the word goes with the first.

    Raises:
        EditError: One of the two would be empty.
    """
    at = document.place(id)
    row = document.rows[at]
    cue = row.cue
    if not 0 <= line < len(cue.lines):
        raise EditError(f"the caption has no line {line + 1}")
    here = cue.lines[line]
    spans = spans_of_words(here)
    character = next((end for start, end in spans if start < character < end), character)
    count = sum(1 for start, _ in spans if start < character)
    head = _part(here, 0, character, here.words[:count])
    tail = replace(_part(here, character, len(here.text), here.words[count:]), label="")
    first = tuple(each for each in (*cue.lines[:line], head) if each.text)
    second = tuple(each for each in (tail, *cue.lines[line + 1 :]) if each.text)
    if not first or not second:
        raise EditError("the cursor is at an end of the caption; put it between two words to split there")
    one, other = _parted(cue, first, second, document.style)
    rows = (Row(id, one, True), document.new_row(other))
    return Change("split", at, (row,), rows, cuts=2)


def split_at_ms(document: Document, id: int, ms: int) -> Change:
    """Part a caption in front of the word that is spoken at a time.

    Raises:
        EditError: No word of it begins there but the first.
    """
    cue = document.rows[document.place(id)].cue
    for index, line in enumerate(cue.lines):
        for word, (start, _) in zip(line.words, spans_of_words(line), strict=True):
            if word.end_ms > ms and (index, start) != (0, 0):
                return split(document, id, index, start)
    raise EditError("no word but the first is spoken there; move on to a word inside the caption")


def _part(line: Line, start: int, end: int, words: Sequence[Word]) -> Line:
    text = line.text[start:end]
    spans = tuple(
        replace(span, start=max(0, span.start - start), end=min(span.end, end) - start)
        for span in line.spans
        if span.start < end and span.end > start
    )
    lead = len(text) - len(text.lstrip())
    spans = (
        spans
        if not lead
        else tuple(
            replace(span, start=max(0, span.start - lead), end=span.end - lead) for span in spans if span.end > lead
        )
    )
    text = text.strip()
    return replace(
        line,
        text=text,
        words=tuple(words),
        spans=tuple(replace(span, end=min(span.end, len(text))) for span in spans if span.start < len(text)),
    )


def _parted(cue: Cue, first: tuple[Line, ...], second: tuple[Line, ...], style: Style) -> tuple[Cue, Cue]:
    """Two captions for the lines of one, parted where the first word of the second begins."""
    left = [word for line in first for word in line.words]
    right = [word for line in second for word in line.words]
    if right:
        at_ms = right[0].start_ms
    else:
        size = sum(len(line.text) for line in first)
        whole = size + sum(len(line.text) for line in second)
        at_ms = cue.start_ms + (cue.end_ms - cue.start_ms) * size // whole
    at_ms = min(max(at_ms, cue.start_ms + 1), cue.end_ms - 1)
    spoken_ms = left[-1].end_ms if left else at_ms
    end_ms = at_ms if at_ms - spoken_ms < style.min_gap_ms else min(at_ms, spoken_ms + style.lag_out_ms)
    end_ms = min(end_ms, at_ms - style.min_gap_ms) if style.min_gap_ms else end_ms
    return (
        _voiced(replace(cue, end_ms=max(cue.start_ms + 1, end_ms), lines=_undashed(first))),
        _voiced(replace(cue, start_ms=at_ms, lines=_undashed(second))),
    )


def _undashed(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Lines of one voice need no dashes."""
    if len({line.speaker for line in lines}) > 1 or sum(bool(line.dash) for line in lines) > 1:
        return lines
    return tuple(replace(line, dash="") for line in lines)


def _voiced(cue: Cue) -> Cue:
    speakers = {line.speaker for line in cue.lines}
    return replace(cue, speaker=speakers.pop() if len(speakers) == 1 else None)


def merge(document: Document, id: int) -> Change:
    """Join a caption with the next one.

    Raises:
        EditError: There is no next one.
    """
    at = document.place(id)
    if at + 1 >= len(document.rows):
        raise EditError("this is the last caption; there is none to merge it with")
    row, other = document.rows[at], document.rows[at + 1]
    lines = _merged(row.cue, other.cue, document.style, document.language)
    cue = replace(row.cue, end_ms=max(row.cue.end_ms, other.cue.end_ms), lines=lines)
    return Change("merge", at, (row, other), (Row(id, _voiced(cue), True),), cuts=1)


def _merged(one: Cue, other: Cue, style: Style, language: str) -> tuple[Line, ...]:
    """Lines of two captions together: broken anew where one voice speaks, with dashes where two do."""
    lines = (*one.lines, *other.lines)
    speakers = list(dict.fromkeys(line.speaker for line in lines))
    if len(speakers) > 1:
        return _dialogue(one, other, style)
    words = words_of(one) + words_of(other)
    text = join_sentences([line.text for line in lines])
    first = one.lines[0]
    prefix = first.dash + (f"{first.label} " if first.label else "")
    texts = rebreak(text, style, language, taken=columns(prefix)) or _two_lines(lines, text)
    made = [Line(each, (), first.speaker) for each in texts]
    shares = shared_out(words, made)
    made = [replace(line, words=own) for line, own in zip(made, shares, strict=True)]
    made[0] = replace(made[0], label=first.label, dash=first.dash)
    return tuple(made)


def _two_lines(lines: Sequence[Line], text: str) -> tuple[str, ...]:
    """A text that does not fit, on the lines it had."""
    texts = tuple(line.text for line in lines)
    return texts if len(texts) > 1 else (text,)


def _dialogue(one: Cue, other: Cue, style: Style) -> tuple[Line, ...]:
    def joined(cue: Cue, dash: str) -> Line:
        text = join_sentences([line.text for line in cue.lines])
        return Line(text, tuple(words_of(cue)), cue.lines[0].speaker, cue.lines[0].label, dash)

    if len({line.speaker for line in one.lines}) == 1 == len({line.speaker for line in other.lines}):
        return joined(one, style.dash_first), joined(other, style.dash_second)
    return (*one.lines, *other.lines)


def move_word(document: Document, id: int, to: str) -> Change:
    """Move the word at the edge of a caption or line to its neighbour.

    Args:
        document: The captions.
        id: Number of the caption.
        to: "next" or "previous" for the caption, "line_down" or "line_up" for the line.

    Raises:
        EditError: There is no neighbour, or no word to move.
    """
    at = document.place(id)
    if to in ("line_down", "line_up"):
        return _move_between_lines(document, at, down=to == "line_down")
    forward = to == "next"
    first = at if forward else at - 1
    if not 0 <= first < len(document.rows) - 1:
        raise EditError("there is no caption beside this one to move the word to")
    one, other = document.rows[first], document.rows[first + 1]
    upper, lower = _moved(one.cue.lines[-1], other.cue.lines[0], forward=forward)
    left = tuple(each for each in (*one.cue.lines[:-1], upper) if each.text)
    right = tuple(each for each in (lower, *other.cue.lines[1:]) if each.text)
    if not left or not right:
        raise EditError("it is the only word of the caption; merge the two instead")
    cues = _rejoined(one.cue, other.cue, left, right, document.style)
    rows = (Row(one.id, cues[0], True), Row(other.id, cues[1], True))
    change = Change("move", first, (one, other), rows, cuts=2)
    voice = upper.speaker if not forward else lower.speaker
    if one.cue.lines[-1].speaker == other.cue.lines[0].speaker or voice is None:
        return change
    moved = lower.words[: len(lower.words) - len(other.cue.lines[0].words)] if forward else upper.words
    changed = spoken_by(document, first, first + 2, moved if forward else moved[len(one.cue.lines[-1].words) :], voice)
    return replace(
        change,
        corrections_before=changed.before,
        corrections_after=changed.after,
        replaced=changed.replaced,
    )


def _move_between_lines(document: Document, at: int, *, down: bool) -> Change:
    row = document.rows[at]
    lines = row.cue.lines
    if len(lines) == 1 and down:
        lines = (*lines, replace(lines[0], text="", words=(), label="", spans=()))
    if len(lines) == 1:
        raise EditError("the caption has one line; there is none above")
    upper, lower = _moved(lines[0], lines[1], forward=down)
    made = tuple(each for each in (upper, lower, *lines[2:]) if each.text)
    if made and not upper.text:
        made = (replace(made[0], label=lines[0].label, dash=lines[0].dash), *made[1:])
    return Change("move", at, (row,), (Row(row.id, replace(row.cue, lines=made), True),), cuts=1)


def _moved(upper: Line, lower: Line, *, forward: bool) -> tuple[Line, Line]:
    """Two lines with the last word of the first in front of the second, or the first of the second behind the first."""
    line = upper if forward else lower
    if not line.text:
        raise EditError("there is no word to move")
    spans = spans_of_words(line)
    cut = _last_start(line.text, spans) if forward else _second_start(line.text, spans)
    count = sum(1 for start, _ in spans if start < cut)
    head, tail = _part(line, 0, cut, line.words[:count]), _part(line, cut, len(line.text), line.words[count:])
    if forward:
        text = join_sentences([tail.text, lower.text]) if lower.text else tail.text
        return head, replace(lower, text=text, words=(*tail.words, *lower.words), spans=())
    text = join_sentences([upper.text, head.text]) if upper.text else head.text
    return replace(upper, text=text, words=(*upper.words, *head.words), spans=()), replace(
        tail, label=lower.label, dash=lower.dash
    )


def _last_start(text: str, spans: Sequence[tuple[int, int]]) -> int:
    """Begin of the last word of a text."""
    if len(spans) > 1 and spans[-1][1] > spans[-1][0]:
        return spans[-1][0]
    return 0 if len(spans) == 1 else text.rstrip().rfind(" ") + 1


def _second_start(text: str, spans: Sequence[tuple[int, int]]) -> int:
    """Begin of the second word of a text, or its end."""
    if len(spans) > 1 and spans[1][1] > spans[1][0]:
        return spans[1][0]
    place = text.find(" ")
    return len(text) if len(spans) == 1 or place < 0 else place + 1


def _rejoined(one: Cue, other: Cue, left: tuple[Line, ...], right: tuple[Line, ...], style: Style) -> tuple[Cue, Cue]:
    """Two captions with other lines; the border between them is where the first word of the second begins."""
    words = [word for line in right for word in line.words]
    start_ms = words[0].start_ms if words else other.start_ms
    start_ms = min(max(start_ms, one.start_ms + 1), other.end_ms - 1)
    ends = [word.end_ms for line in left for word in line.words]
    end_ms = max([*ends, one.start_ms + 1]) if start_ms > other.start_ms else one.end_ms
    end_ms = min(max(end_ms, one.start_ms + 1), start_ms - style.min_gap_ms)
    return (
        _voiced(replace(one, end_ms=max(one.start_ms + 1, end_ms), lines=left)),
        _voiced(replace(other, start_ms=start_ms, lines=right)),
    )


def retime(document: Document, id: int, start_ms: int, end_ms: int) -> Change | None:
    """Give a caption other times.

    Raises:
        EditError: It would end before it begins, or before the media does.
    """
    at = document.place(id)
    row = document.rows[at]
    if not 0 <= start_ms < end_ms:
        raise EditError("a caption has to begin at 0 or later, and to end after it begins")
    if (start_ms, end_ms) == (row.cue.start_ms, row.cue.end_ms):
        return None
    cue = replace(row.cue, start_ms=start_ms, end_ms=end_ms)
    return Change("times", at, (row,), (Row(id, cue, True),), times=1)


def remove(document: Document, id: int) -> Change | None:
    """Take a caption away, with its words."""
    return retext(document, id, ())


def add(document: Document, start_ms: int, end_ms: int, texts: Sequence[str], speaker: str | None = None) -> Change:
    """Add a caption where there is none.

    Raises:
        EditError: It has no text or no time.
    """
    if not 0 <= start_ms < end_ms or not any(map(clean, texts)):
        raise EditError("a new caption needs a text, and an end after its begin")
    at = next((index for index, row in enumerate(document.rows) if row.cue.start_ms > start_ms), len(document.rows))
    if speaker is None and at:
        speaker = document.rows[at - 1].cue.lines[-1].speaker
    shown = [each for text in texts if (each := clean(text))]
    return added(document, at, Cue(start_ms, end_ms, (Line("", (), speaker),), speaker), shown)
