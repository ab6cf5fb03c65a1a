"""Named features of a break between two neighbouring chunks.

The one rule: a feature is something an editor can name ("after a comma", "after *the*", "before a preposition"). The
costs of features are data (`costs.toml` and `weights/`); `bench/learn_breaks.py` learns them from people's captions
with the functions of this module, so that breaks are scored by the features they were learned by.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captioner.layout.chunks import Chunk
    from captioner.layout.lexicon import LanguageProfile

__all__ = [
    "CLASSES",
    "MARKS",
    "SCRIPT_KINDS",
    "LeftClass",
    "RightClass",
    "begins_anew",
    "context_features",
    "end_mark",
    "features_after",
    "features_before",
    "fits_feature",
    "fits_limits",
    "left_class",
    "neighbour_classes",
    "pair_features",
    "right_class",
    "script_kind",
    "together_feature",
    "word_classes",
]

STOPS = frozenset(".?!。！？…؟।॥।｡⋯")
CLAUSES = frozenset(";:；：—–؛")
COMMAS = frozenset(",，、،､")
CLOSERS = frozenset("\"'”“’»)]}）】』」》〉›")
_CLOSERS = "".join(CLOSERS)
OPENERS = frozenset("\"'“‘«([{（【『「《〈‹¿¡„")
MARKS = ("sentence", "stop", "clause", "comma", "close", "plain")
NEAR_WORDS = 3  # distance from a mark, in words, within which a break leaves a stranded word behind


@lru_cache(maxsize=65536)
def end_mark(text: str, *, sentence_end: bool) -> str:
    """Which of `MARKS` a chunk ends with; a sentence end counts with or without punctuation."""
    if sentence_end:
        return "sentence"
    closed = False
    for character in reversed(text):
        if character in CLOSERS:
            closed = True
            continue
        if character == "." and not text.rstrip(_CLOSERS).endswith(".."):
            break  # an abbreviation is a word like any other
        if character in STOPS:
            return "stop"
        if character in CLAUSES or (character == "-" and text.endswith("--")):
            return "clause"
        if character in COMMAS:
            return "comma"
        break
    return "close" if closed else "plain"


#: What `script_kind` may say.
SCRIPT_KINDS = ("digit", "hiragana", "katakana", "han", "hangul", "letter", "sign")


@lru_cache(maxsize=8192)
def script_kind(character: str) -> str:
    """Kind of script of a character, where a change of kind often is a joint: kanji, hiragana, katakana, Latin…"""
    if character.isdigit():
        return "digit"
    if "\u3040" <= character <= "\u309f":
        return "hiragana"
    if "\u30a0" <= character <= "\u30ff":
        return "katakana"
    if "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff":
        return "han"
    if "\uac00" <= character <= "\ud7a3":
        return "hangul"
    return "letter" if character.isalpha() else "sign"


def features_after(chunk: Chunk, profile: LanguageProfile) -> Iterator[str]:
    """Features of a break after this chunk that depend on the chunk alone."""
    ending = end_mark(chunk.text, sentence_end=chunk.sentence_end)
    yield f"mark.{ending}"
    if ending == "sentence":
        return
    word = chunk.lookup_key
    if not word:
        return
    scope = "after" if ending == "plain" else f"{ending}.after"
    yield from _class_features(scope, word, chunk.text, profile)
    if ending == "plain":
        yield f"after={word}"
        for length in range(1, min(3, len(word)) + 1):
            yield f"after~{word[-length:]}"
        yield f"after.kind.{script_kind(word[-1])}"


def features_before(chunk: Chunk, profile: LanguageProfile) -> Iterator[str]:
    """Features of a break before this chunk that depend on the chunk alone; not used after a sentence end."""
    word = chunk.lookup_key
    if chunk.text[:1] in OPENERS:
        yield "before.quote"
    if not word:
        return
    yield from _class_features("before", word, chunk.text, profile)
    yield f"before={word}"
    for length in range(1, min(2, len(word)) + 1):
        yield f"before~{word[:length]}"
    for length in range(1, min(3, len(word)) + 1):
        yield f"ends~{word[-length:]}"
    yield f"before.kind.{script_kind(word[0])}"
    if chunk.sentence_end:
        yield "before.last"


LeftClass = tuple[str, str, bool, bool]
RightClass = tuple[str, bool, bool, bool, bool, bool, bool]


def left_class(chunk: Chunk, profile: LanguageProfile) -> LeftClass:
    """The properties of the chunk before a break that `pair_features` uses."""
    ending = end_mark(chunk.text, sentence_end=chunk.sentence_end)
    return neighbour_classes(chunk.text, chunk.lookup_key, ending, chunk.kind, profile, space=chunk.space)[0]


def right_class(chunk: Chunk, profile: LanguageProfile) -> RightClass:
    """The properties of the chunk after a break that `pair_features` uses."""
    return neighbour_classes(chunk.text, chunk.lookup_key, "", chunk.kind, profile, space=chunk.space)[1]


def neighbour_classes(
    text: str, word: str, ending: str, kind: str, profile: LanguageProfile, *, space: bool
) -> tuple[LeftClass, RightClass]:
    """The `left_class` and `right_class` of a chunk from its parts.

    Args:
        text: The chunk as printed.
        word: Its look-up key.
        ending: Its mark.
        kind: Its kind.
        profile: Profile of its language.
        space: Whether a space is printed before it.
    """
    first, last = (script_kind(word[0]), script_kind(word[-1])) if word else ("", "")
    opens, capital = word in profile.break_before, text[:1].isupper()
    named, anew = capital and _may_be_name(text, word, profile), capital and begins_anew(text, word, profile)
    right = (first, named, opens, word in profile.prepositions, space, kind == "part", anew)
    return (ending, last, named, opens), right


def _may_be_name(text: str, word: str, profile: LanguageProfile) -> bool:
    """Whether a chunk may be part of a name: with a capital, and not a function word that begins a sentence."""
    if not text[:1].isupper() or profile.capital_nouns:
        return text[:1].isupper()
    return word not in profile.no_break_after and word not in profile.break_before


def begins_anew(text: str, word: str, profile: LanguageProfile) -> bool:
    """Whether a word has a capital that only the beginning of a sentence gives it.

    Args:
        text: The word as printed.
        word: Its look-up key.
        profile: Profile of its language.
    """
    if not text[:1].isupper() or len(word) < 2 or word.startswith(("i'", "i’")):
        return False
    if word in profile.break_before or word in profile.connectives:
        return True
    return word in profile.no_break_after and not profile.capital_nouns


def pair_features(left: LeftClass, right: RightClass) -> Iterator[str]:
    """Features that depend on both sides of the break, from `left_class` and `right_class`."""
    ending, last, left_capital, left_opens = left
    first, capital, opens, preposition, space, part, anew = right
    if ending == "sentence":
        return
    if not space:
        yield "pair.joined"
    if part:
        yield "pair.part"
    if not last or not first:
        return
    if ending == "plain":
        yield f"pair.{last}.{first}"
        if left_capital and capital:
            yield "pair.names"
        if anew and not left_capital:
            yield "missing_stop"
        if left_opens and not opens:
            yield "pair.opener.word"
    elif ending == "comma":
        if opens:
            yield "pair.comma.opener"
        if preposition:
            yield "pair.comma.preposition"


def together_feature(level: int) -> str:
    """Feature of a plain break inside a pair of words with this level of `collocations`."""
    return f"together.{level}"


FITS = (0.5, 0.75, 1.0, 1.5)  # width of a whole sentence, as a share of a full cue, up to which it has its feature


def fits_feature(width: int, widest: int) -> str:
    """Feature of a break inside a sentence that one cue could show, or nearly; "" for a longer sentence.

    Args:
        width: Columns of the sentence.
        widest: Columns of a full cue.
    """
    number = bisect_left(fits_limits(widest), width)
    return f"fits.{number}" if number < len(FITS) else ""


def fits_limits(widest: int) -> list[float]:
    """The greatest widths of sentences for each feature of `fits_feature`."""
    return [share * widest for share in FITS]


#: Classes of words by the lists of the profile and by their spelling; see `word_classes`.
CLASSES = (
    "bound_forward",
    "bound_back",
    "opener",
    "preposition",
    "good_ending",
    "clause_ending",
    "bad_ending",
    "capital",
    "number",
)


def word_classes(word: str, text: str, profile: LanguageProfile) -> tuple[bool, ...]:
    """For each of `CLASSES` whether a word is of it.

    Args:
        word: Look-up key of the word, not empty.
        text: The word as printed.
        profile: Profile of its language.
    """
    return (
        word in profile.no_break_after,
        word in profile.no_break_before,
        word in profile.break_before,
        word in profile.prepositions,
        word.endswith(profile.good_endings),
        word.endswith(profile.clause_endings),
        word.endswith(profile.bad_endings),
        text[:1].isupper(),
        word[-1].isdigit(),
    )


def _class_features(scope: str, word: str, text: str, profile: LanguageProfile) -> Iterator[str]:
    return (f"{scope}.{name}" for name in compress(CLASSES, word_classes(word, text, profile)))


def context_features(marks: Sequence[str]) -> list[tuple[str, ...]]:
    """For each chunk, the features of a plain break after it that depend on the distance to punctuation.

    Args:
        marks: Final mark of every chunk of the turn.

    Returns:
        One tuple per chunk; empty for chunks that end with a mark.
    """
    since, until = _distances(marks), _distances(marks[::-1], reverse=True)[::-1]
    return [
        () if ending != "plain" else tuple(_near_features("since", a)) + tuple(_near_features("until", b))
        for ending, a, b in zip(marks, since, until, strict=True)
    ]


def _distances(marks: Iterable[str], *, reverse: bool = False) -> list[int]:
    """Words from the last mark to each chunk (including it), or from each chunk to the next mark (excluding it)."""
    found, distance = [], 0
    for ending in marks:
        if ending != "plain":
            found.append(0)
            distance = 1 if reverse else 0
        else:
            distance += 0 if reverse else 1
            found.append(distance)
            distance += 1 if reverse else 0
    return found


def _near_features(side: str, distance: int) -> Iterator[str]:
    if 0 < distance <= NEAR_WORDS:
        yield f"near.{side}.{distance}"
