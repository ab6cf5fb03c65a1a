"""Units of comparison: words if the writing has spaces, single characters if it has none, in one sequence.

A unit is a word between spaces, or one character of Chinese, Japanese, Thai, Lao, Khmer or Burmese with its marks. Both
texts become a string with one symbol for each unit; units with the same key have the same symbol, so that comparing,
searching and slicing are operations on strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from captioner.alignment.outcome import Passage
from captioner.alignment.sounds import spoken_length
from captioner.alignment.spelling import SPOKEN_SIGNS, UNSPACED, UNSPOKEN
from captioner.model import Sentence, Transcript, Word

__all__ = ["Alphabet", "Known", "Recognised", "Silences", "divided", "read_known", "read_recognised", "spaced"]

_SPACE = re.compile(r"[ \t\r\n\f\v\x1c-\x1f\x85\u2028\u2029]+")
_MEANT_SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")  # `str.split` would lose these
# Marks that continue an unspaced character: vowels and tones, voicing, the Japanese long and repeated sound.
_CONTINUES = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd"
    "\u102b-\u103e\u17b4-\u17d3\u3099\u309aー々〜\uff70\uff9e\uff9f"
)
# What parts two words without a space between them; a full stop, comma or hyphen does only between other characters.
_PARTS = (
    '\\s\u2010\u2012-\u2015…‥⋯/|\\\\·•"“”„«»‹›()\\[\\]{}<>（）［］｛｝「」『』【】〔〕《》〈〉，。！？、；：．・♪♫=*_^'
)
# Two full stops; a plus before something; a comma but between digits; a hyphen but between letters.
_PARTING = r"\.{2}|\+(?=[^\W_])|,(?!\d)|(?<!\d),|-(?![^\W\d_])|(?<![^\W\d_])-"
_CORE = re.compile(f"[{UNSPACED}][{_CONTINUES}]*|(?:(?![{UNSPACED}{_PARTS}]|{_PARTING}).)+")
# From the first to the last character of a core that is read out; combining marks are no letters to `re`.
_ACCENTS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u1dc0-\u1dff"
_READ = f"(?:[^\\W_]|[{re.escape(SPOKEN_SIGNS)}])"
_INNER = re.compile(f"{_READ}(?:.*(?:{_READ}|[{_ACCENTS}{_CONTINUES}]))?")
_OPENS = re.compile(r"[(\[{<«‹“„‘‚¿¡（［｛「『【〔《〈]+$")
_TIGHT = re.compile(f"[{UNSPACED}{_CONTINUES}，。！？、；：．・（）［］｛｝「」『』【】〔〕《》〈〉…—]")
_JOINS = re.compile(f"[^\\W_{UNSPACED}]")
_PAUSE_MS = 500  # after punctuation; speakers of talks in English, German and French pause for 300 to 700
_BREAK_MS = 100  # parts of one word follow one another closer than this
_LONGEST_KEPT = 32  # characters of a token that is likely to occur again


class Piece(NamedTuple):
    """One unit of a text.

    Attributes:
        text: What is shown.
        spaced: The same after a space.
        mark: What follows the text without a space.
        symbol: The symbol of its key.
    """

    text: str
    spaced: str
    mark: str
    symbol: str


class _Core(NamedTuple):
    """The part of a stretch of characters that is read out: where it begins and ends, and its unit."""

    start: int
    end: int
    piece: Piece


class _Token(NamedTuple):
    """Properties of the text of a recognised word.

    Attributes:
        symbols: One symbol for each unit in it.
        opens: Whether it goes on with a word when the text before it ends with a letter.
        closes: Whether it ends with a letter of a word that may go on.
        lengths: Spoken length of each unit.
    """

    symbols: str
    opens: bool
    closes: bool
    lengths: tuple[float, ...]


@dataclass(slots=True)
class Alphabet:
    """One symbol for each key, and the tokens that were cut already.

    Attributes:
        key_of: The function from a word to its key.
        keys: Key of each symbol, by its code point.
    """

    key_of: Callable[[str], str]
    keys: list[str] = field(default_factory=list)
    _symbols: dict[str, str] = field(default_factory=dict)
    _pieces: dict[str, list[Piece]] = field(default_factory=dict)
    _cores: dict[str, _Core | None] = field(default_factory=dict)
    _tokens: dict[str, _Token] = field(default_factory=dict)

    def key(self, symbol: str) -> str:
        """The key of a symbol."""
        return self.keys[ord(symbol)]

    def symbol(self, key: str) -> str:
        """The symbol of a key; a new one for a new key."""
        symbol = self._symbols.get(key)
        if symbol is None:
            symbol = self._symbols[key] = chr(len(self.keys))
            self.keys.append(key)
        return symbol

    def pieces(self, token: str) -> Sequence[Piece]:
        """The units of a text without white space; none when it has neither letters nor digits."""
        found = self._pieces.get(token)
        if found is None:
            found = self._cut(token)
            if len(token) <= _LONGEST_KEPT:
                self._pieces[token] = found
        return found

    def token(self, text: str) -> _Token:
        """The units of a recognised word's text."""
        found = self._tokens.get(text)
        if found is None:
            found = self._tokens[text] = self._read(text)
        return found

    def _read(self, text: str) -> _Token:
        symbols = "".join([piece.symbol for token in _SPACE.split(text) for piece in self.pieces(token)])
        lengths = tuple([spoken_length(self.key(symbol)) for symbol in symbols])
        return _Token(symbols, bool(_JOINS.match(text[:1])), bool(_JOINS.match(text[-1:])), lengths)

    def _cut(self, token: str) -> list[Piece]:
        if token.isascii() and token.isalpha():
            return [Piece(token, " " + token, "", self.symbol(self.key_of(token)))]
        found: list[Piece] = []
        at, lead, last, cores = 0, "", None, self._cores
        for match in _CORE.finditer(token):
            text = match[0]
            core = cores[text] if text in cores else self._core(text)
            if not core:
                continue
            start = match.start() + core.start
            if last is None:
                lead = token[:start]
            elif start == at and not lead:
                found.append(last.piece)
            else:
                cut = at + _share_of_previous(token[at:start])
                found.append(_piece(lead, last.piece, token[at:cut]))
                lead = token[cut:start]
            last, at = core, start + core.end - core.start
        return [*found, _piece(lead, last.piece, token[at:])] if last else found

    def _core(self, text: str) -> _Core | None:
        """The spoken core of a stretch that has no separating marks; None if it has no letters or digits."""
        inner = _INNER.search(text)
        key = self.key_of(inner[0]) if inner else ""
        core = None
        if inner and key:
            core = _Core(*inner.span(), Piece(inner[0], " " + inner[0], "", self.symbol(key)))
        self._cores[text] = core
        return core


def _piece(lead: str, piece: Piece, mark: str) -> Piece:
    """A unit with what is written before and after it."""
    return Piece(lead + piece.text, f" {lead}{piece.text}", mark, piece.symbol) if lead or mark else piece


def _share_of_previous(gap: str) -> int:
    """Number of characters between two units that belong to the first: all but opening brackets and quotes."""
    opening = _OPENS.search(gap) if gap else None
    return opening.start() if opening else len(gap)


@dataclass(slots=True)
class Known:
    """The units of the known text.

    Attributes:
        symbols: One symbol for each unit.
        texts: What is shown for each, with the space before it where there is one.
        marks: What follows it.
        ends: For each passage the unit after its last.
        unspoken: Units that are a passage without letters and digits.
    """

    symbols: str = ""
    texts: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    unspoken: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Recognised:
    """The units of a recognised transcript.

    Attributes:
        symbols: One symbol for each unit.
        first: First word of each, counted through all sentences.
        last: The word after its last.
        starts: First millisecond of each.
        ends: First millisecond after it.
        sentences: Sentence of each.
        words: All words.
    """

    symbols: str = ""
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    sentences: list[int] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)


def read_known(passages: Sequence[Passage], alphabet: Alphabet) -> Known:
    """The units of the known text, passage by passage."""
    known = Known()
    symbols: list[str] = []
    for passage in passages:
        first = len(known.texts)
        symbols.append(_read_passage(passage.text, alphabet, known))
        known.ends.append(len(known.texts))
        if len(known.texts) > first and (not first or _touches(known, first)):
            known.texts[first] = known.texts[first].removeprefix(" ")
    known.symbols = "".join(symbols)
    return known


def _touches(known: Known, unit: int) -> bool:
    """Whether no space is written between a passage's first unit and the passage before."""
    before = known.marks[unit - 1] or known.texts[unit - 1]
    return _touching(before[-1], known.texts[unit].lstrip()[0])


def _read_passage(text: str, alphabet: Alphabet, known: Known) -> str:
    tokens = _tokens(text)
    cut = [alphabet.pieces(token) for token in tokens]
    if all(len(pieces) == 1 for pieces in cut):
        known.texts += [piece.spaced for (piece,) in cut]
        known.marks += [piece.mark for (piece,) in cut]
        return "".join([piece.symbol for (piece,) in cut])
    if not text.strip():
        return ""
    if not any(cut):
        known.unspoken.add(len(known.texts))
        known.texts.append(f" {' '.join(tokens)}")
        known.marks.append("")
        return alphabet.symbol(UNSPOKEN + " ".join(tokens))
    return _read_mixed(tokens, cut, known)


def _read_mixed(tokens: Sequence[str], cut: Sequence[Sequence[Piece]], known: Known) -> str:
    """A passage where some tokens have several units, or none: those are put to the unit before, else after."""
    first, lead = len(known.texts), ""
    for token, pieces in zip(tokens, cut, strict=True):
        if not pieces and len(known.texts) > first:
            known.marks[-1] += f" {token}"
        elif not pieces:
            lead += f" {token}"
        for place, piece in enumerate(pieces):
            known.texts.append(lead + (piece.text if place else piece.spaced))
            known.marks.append(piece.mark)
            lead = ""
    return "".join([piece.symbol for pieces in cut for piece in pieces])


def _tokens(text: str) -> list[str]:
    """A text cut at ordinary white space."""
    if text.isascii() or not _MEANT_SPACE.search(text):
        return text.split()
    return [token for token in _SPACE.split(text) if token]


class Silences:
    """The time before each recognised unit, and after the last, in which nothing was recognised."""

    def __init__(self, recognised: Recognised, end_ms: int) -> None:
        self._recognised = recognised
        self._end_ms = end_ms

    def at(self, unit: int) -> tuple[int, int]:
        """Begin and end of the silence before a unit; of several between words that have no letters, the longest."""
        words = self._recognised.words
        first = self._recognised.last[unit - 1] if unit else 0
        last = self._recognised.first[unit] if unit < len(self._recognised.first) else len(words)
        starts = [self._recognised.ends[unit - 1] if unit else 0, *[word.end_ms for word in words[first:last]]]
        ends = [word.start_ms for word in words[first:last]]
        ends.append(self._recognised.starts[unit] if unit < len(self._recognised.starts) else self._end_ms)
        start, end = max(zip(starts, ends, strict=True), key=lambda edges: edges[1] - edges[0])
        return start, max(start, end)

    def room(self, unit: int) -> int:
        """Milliseconds of it in which a word may have been said: after punctuation without the usual pause."""
        start, end = self.at(unit)
        last = self._recognised.last[unit - 1] if unit else 0
        paused = bool(last and self._recognised.words[last - 1].punctuation)
        return end - start - (_PAUSE_MS if paused else 0)


def read_recognised(transcript: Transcript, alphabet: Alphabet) -> Recognised:
    """The units of a recognised transcript, sentence by sentence."""
    recognised = Recognised()
    symbols: list[str] = []
    for index, sentence in enumerate(transcript.sentences):
        count = len(recognised.first)
        symbols.append(_read_sentence(sentence, alphabet, recognised))
        recognised.words += sentence.words
        recognised.sentences += [index] * (len(recognised.first) - count)
    recognised.symbols = "".join(symbols)
    return recognised


def _read_sentence(sentence: Sentence, alphabet: Alphabet, recognised: Recognised) -> str:
    words = sentence.words
    if not words:
        return _read_text(sentence, alphabet, recognised)
    tokens = [alphabet.token(word.text) for word in words]
    joins = [
        a.closes and b.opens and not word.punctuation and following.start_ms - word.end_ms < _BREAK_MS
        for (word, following), (a, b) in zip(pairwise(words), pairwise(tokens), strict=True)
    ]
    if any(joins) and "".join([word.text + word.punctuation for word in words]) == sentence.text:
        words, tokens, spans = _joined(words, tokens, joins, alphabet)
    else:
        spans = [1] * len(words)
    first = len(recognised.words)
    if all(len(token.symbols) == 1 for token in tokens):
        _append_plain(words, spans, first, recognised)
        return "".join([token.symbols for token in tokens])
    _append_mixed(words, tokens, spans, first, recognised)
    symbols = "".join([token.symbols for token in tokens])
    return symbols or _read_unspoken(sentence, alphabet, recognised)


def _joined(
    words: Sequence[Word], tokens: Sequence[_Token], joins: Sequence[bool], alphabet: Alphabet
) -> tuple[tuple[Word, ...], list[_Token], list[int]]:
    """Recognised words that are parts of one written word put together, with how many went into each."""
    groups: list[list[Word]] = []
    for word, joined in zip(words, [False, *joins], strict=True):
        if joined:
            groups[-1].append(word)
        else:
            groups.append([word])
    made = [
        group[0]
        if len(group) == 1
        else Word("".join([w.text for w in group]), group[-1].punctuation, group[0].start_ms, group[-1].end_ms)
        for group in groups
    ]
    return tuple(made), [alphabet.token(word.text) for word in made], [len(group) for group in groups]


def _append_plain(words: Sequence[Word], spans: Sequence[int], first: int, recognised: Recognised) -> None:
    """One unit for each word."""
    recognised.starts += [word.start_ms for word in words]
    recognised.ends += [word.end_ms for word in words]
    for span in spans:
        recognised.first.append(first)
        first += span
        recognised.last.append(first)


def _append_mixed(
    words: Sequence[Word], tokens: Sequence[_Token], spans: Sequence[int], first: int, recognised: Recognised
) -> None:
    """Units of words that have several or none; the units of a word share its time."""
    for word, token, span in zip(words, tokens, spans, strict=True):
        count = len(token.symbols)
        recognised.first += [first] * count
        first += span
        recognised.last += [first] * count
        edges = divided(word.start_ms, word.end_ms, token.lengths) if count else ()
        recognised.starts += edges[:-1]
        recognised.ends += edges[1:]


def _read_text(sentence: Sentence, alphabet: Alphabet, recognised: Recognised) -> str:
    """Units of a sentence that came without words: its time is shared."""
    token = alphabet.token(sentence.text)
    if not token.symbols:
        return _read_unspoken(sentence, alphabet, recognised) if sentence.text.strip() else ""
    count = len(token.symbols)
    recognised.first += [len(recognised.words)] * count
    recognised.last += [len(recognised.words)] * count
    edges = divided(sentence.start_ms, sentence.end_ms, token.lengths)
    recognised.starts += edges[:-1]
    recognised.ends += edges[1:]
    return token.symbols


def _read_unspoken(sentence: Sentence, alphabet: Alphabet, recognised: Recognised) -> str:
    """One unit for a sentence without letters and digits, such as a note for music."""
    recognised.first.append(len(recognised.words))
    recognised.last.append(len(recognised.words) + len(sentence.words))
    recognised.starts.append(sentence.words[0].start_ms if sentence.words else sentence.start_ms)
    recognised.ends.append(sentence.words[-1].end_ms if sentence.words else sentence.end_ms)
    return alphabet.symbol(UNSPOKEN + " ".join(_tokens(sentence.text)))


def spaced(pieces: Sequence[str]) -> str:
    """Pieces of text in a row, with a space where the writing has one between words."""
    joined = ""
    for piece in pieces:
        together = not joined or joined[-1].isspace() or piece[:1].isspace() or _touching(joined[-1], piece[:1])
        joined += piece if together else f" {piece}"
    return joined.strip()


def _touching(before: str, after: str) -> bool:
    """Whether no space is written between two characters."""
    return bool(_TIGHT.match(before) and _TIGHT.match(after))


def divided(start_ms: int, end_ms: int, lengths: Sequence[float]) -> list[int]:
    """Edges of an interval divided in proportion to lengths, one more than there are lengths."""
    if len(lengths) == 1:
        return [start_ms, end_ms]
    total, passed, edges = sum(lengths) or 1.0, 0.0, [start_ms]
    for length in lengths[:-1]:
        passed += length
        edges.append(start_ms + int((end_ms - start_ms) * passed / total))
    return [*edges, end_ms]
