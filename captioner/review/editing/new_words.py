"""Other words in a caption: they become corrections, aligned with the words that stood there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby

from captioner.captions.adoption import shared_out
from captioner.captions.recorrect import Token, corrections_of, tokens_of_units, with_origins
from captioner.captions.rewording import EditedLine, ShownLine, letters_of, reword, spread
from captioner.captions.word_places import word_places
from captioner.corrections import Correction
from captioner.formats.text.cue_text import clean
from captioner.model import Cue, Line, Word
from captioner.review.editing.caption_document import Document, Window
from captioner.review.editing.changes import Change, EditError, Row

__all__ = ["Corrected", "added", "corrected", "retext", "spoken_by", "words_of"]

#: Captions on each side whose words are looked at too, so that a word finds the sentence it is in.
_BESIDE = 2
_MOST_LINES, _MOST_CHARACTERS = 20, 2000  # far above what any caption holds: a slip of the clipboard


@dataclass(frozen=True, slots=True)
class Corrected:
    """Corrections of a window, before and after, in the numbers of the whole transcript.

    Attributes:
        before: Those that are no longer in force.
        after: Those that are new.
        replaced: What the file keeps of `before`.
    """

    before: tuple[Correction, ...] = ()
    after: tuple[Correction, ...] = ()
    replaced: tuple[Correction, ...] = ()


def words_of(cue: Cue) -> list[Word]:
    """The words of a caption, line after line."""
    return [word for line in cue.lines for word in line.words]


def corrected(document: Document, window: Window, tokens: Sequence[Token]) -> Corrected:
    """The corrections that make other words of a window."""
    made = corrections_of(window.transcript, window.units, tokens)
    sitting = document.sitting
    now, gone = with_origins(window.transcript, made, window.corrections, sitting)
    by = window.first_word
    before, after = set(window.corrections), set(now)
    return Corrected(
        tuple(each.shifted(by) for each in window.corrections if each not in after),
        tuple(each.shifted(by) for each in now if each not in before),
        tuple(each.shifted(by) for each in gone if each.revision != sitting.number),
    )


def retext(document: Document, id: int, texts: Sequence[str]) -> Change | None:
    """Give a caption other words or line breaks.

    Args:
        document: The captions.
        id: Number of the caption.
        texts: Its lines, top first; none or empty ones remove the caption.

    Returns:
        The change, or None where nothing changes.

    Raises:
        EditError: More text than a caption can hold.
    """
    texts = [each for text in texts if (each := clean(text))]
    if len(texts) > _MOST_LINES or sum(map(len, texts)) > _MOST_CHARACTERS:
        raise EditError("the text is longer than a caption can be; split it first")
    at = document.place(id)
    row = document.rows[at]
    cue = row.cue
    if texts == [line.text for line in cue.lines]:
        return None
    if letters_of("".join(texts)) == letters_of(cue.text):
        lines = _rebroken(cue, texts)
        return Change("text", at, (row,), (Row(id, replace(cue, lines=lines), True),), cuts=1)
    first, last = max(0, at - _BESIDE), min(len(document.rows), at + _BESIDE + 1)
    window = document.window(first, last)
    places = word_places(window.units, [each.cue for each in document.rows[first:last]])[at - first]
    own = {place for line in places for place in line}
    fresh, notes = _fresh(window, cue, places, texts, document.language, _place_before(window, cue))
    tokens = [token for place, token in enumerate(tokens_of_units(window.units)) if place not in own]
    changed = corrected(document, window, [*tokens, *(token for line in fresh for token in line)])
    rows = (Row(id, replace(cue, lines=_lines(cue, texts, fresh)), True),) if texts else ()
    cuts = int(len(texts) != len(cue.lines))
    return Change(
        "text", at, (row,), rows, changed.before, changed.after, changed.replaced, cuts=cuts, notes=tuple(notes)
    )


def added(document: Document, at: int, cue: Cue, texts: Sequence[str]) -> Change:
    """A caption that is new, for which nothing was recognised.

    Args:
        document: The captions.
        at: Index it gets.
        cue: Its times and one line without text, for its speaker.
        texts: Its lines, not empty.
    """
    first, last = max(0, at - _BESIDE), min(len(document.rows), at + _BESIDE)
    window = document.window(first, last) if first < last else document.whole()
    spoken = [EditedLine(text, cue.speaker, cue.start_ms, cue.end_ms) for text in texts]
    fresh = spread(spoken, _place_before(window, cue), 0)
    tokens = [*tokens_of_units(window.units), *(token for line in fresh for token in line)]
    changed = corrected(document, window, tokens)
    row = document.new_row(replace(cue, lines=_lines(cue, texts, fresh)))
    return Change("add", at, (), (row,), changed.before, changed.after, changed.replaced, cuts=1)


def spoken_by(document: Document, first: int, last: int, words: Sequence[Word], speaker: str) -> Corrected:
    """Give words of some captions to a speaker.

    Args:
        document: The captions.
        first: Index of the first caption.
        last: The one after the last.
        words: Words of them.
        speaker: Id of the speaker.
    """
    window = document.window(first, last)
    tokens = tokens_of_units(window.units)
    places = word_places(window.units, [row.cue for row in document.rows[first:last]])
    for place in (place for own in places for line in own for place in line):
        if any(_is_of(word, tokens[place].word) for word in words):
            tokens[place] = tokens[place]._replace(speaker=speaker)
    return corrected(document, window, tokens)


def _is_of(word: Word, whole: Word) -> bool:
    """Whether a word is another one, or the part of it that the layout put on a line."""
    return whole.start_ms <= word.start_ms and word.end_ms <= whole.end_ms and word.text.strip() in whole.text


def _rebroken(cue: Cue, texts: Sequence[str]) -> tuple[Line, ...]:
    """The same words on other lines."""
    lines = [Line(text) for text in texts]
    shares = shared_out(words_of(cue), lines)
    return tuple(
        replace(_like(cue, index, text), words=own) for index, (text, own) in enumerate(zip(texts, shares, strict=True))
    )


def _like(cue: Cue, index: int, text: str) -> Line:
    """A line with the speaker, label and dash of the one in its place, and its look where the text is the same."""
    old = cue.lines[min(index, len(cue.lines) - 1)] if cue.lines else Line("")
    same = next((line for line in cue.lines if line.text == text), None)
    line = replace(old, text=text, words=(), spans=same.spans if same else ())
    return line if index < len(cue.lines) else replace(line, label="", dash="")


def _fresh(
    window: Window, cue: Cue, places: Sequence[Sequence[int]], texts: Sequence[str], language: str, at: int
) -> tuple[Sequence[Sequence[Token]], list[str]]:
    """The words of new lines, and what should be known about them."""
    if not texts:
        return (), []
    voices = [line.speaker for line in cue.lines]
    named = voices if len(set(voices)) > 1 and len(voices) == len(texts) else [None] * len(texts)
    after = [EditedLine(text, voice, cue.start_ms, cue.end_ms) for text, voice in zip(texts, named, strict=True)]
    if not any(places):
        return spread(after, at, 0), []
    owners = [index for index, unit in enumerate(window.units) for _ in unit.words]
    before = [ShownLine(line.text, tuple(own)) for line, own in zip(cue.lines, places, strict=True)]
    found = reword(window.units, owners, before, after, language, 0)
    told = [
        f"“{each.text.strip()}” has no sound of its own here" for each in found.differences if each.kind == "inserted"
    ]
    spoken = [word for unit in window.units for word in unit.words]
    own = [spoken[place] for line in places for place in line]
    tokens = _within([token for line in found.tokens for token in line], own[0].start_ms, own[-1].end_ms)
    return [[token for token in tokens if token.line == line] for line in range(len(texts))], told


def _within(tokens: Sequence[Token], start_ms: int, end_ms: int) -> list[Token]:
    """Words with those that stand for none inside the time of the caption: they share what the others leave free.

    The alignment puts a word that sounds like none beside the speech; here a person typed it in its place.
    """
    made: list[Token] = []
    for is_new, run in groupby(tokens, key=lambda token: token.first == token.last):
        own = list(run)
        if is_new:
            after = next((token for token in tokens[len(made) + len(own) :]), None)
            low = made[-1].word.end_ms if made else start_ms
            high = max(low, after.word.start_ms if after else end_ms)
            if any(not low <= token.word.start_ms <= token.word.end_ms <= high for token in own):
                own = _shared(own, low, high)
        made += own
    return made


def _shared(tokens: Sequence[Token], low_ms: int, high_ms: int) -> list[Token]:
    """Words that share a stretch of time by their letters."""
    sizes = [len(token.word.text.strip()) for token in tokens]
    ends = [low_ms + (high_ms - low_ms) * done // (sum(sizes) or 1) for done in accumulate(sizes)]
    return [
        token._replace(word=replace(token.word, start_ms=start, end_ms=end))
        for token, start, end in zip(tokens, [low_ms, *ends], ends, strict=False)
    ]


def _place_before(window: Window, cue: Cue) -> int:
    """Place of the first word that begins after a caption does, for words of one without any."""
    words = [word for unit in window.units for word in unit.words]
    return next((place for place, word in enumerate(words) if word.start_ms >= cue.start_ms), len(words))


def _lines(cue: Cue, texts: Sequence[str], fresh: Sequence[Sequence[Token]]) -> tuple[Line, ...]:
    lines = []
    for index, (text, tokens) in enumerate(zip(texts, fresh, strict=True)):
        line = _like(cue, index, text)
        voices = Counter(token.speaker for token in tokens if token.speaker is not None)
        speaker = line.speaker if line.speaker is not None or not voices else voices.most_common(1)[0][0]
        lines.append(replace(line, words=tuple(token.word for token in tokens), speaker=speaker))
    return tuple(lines)
