"""Scores the break after each chunk of a turn: the features of `breaks`, summed with the weights of `costs`.

The one rule: a word is scored once and its scores are kept, because speech repeats its words.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from operator import itemgetter, mul, sub
from typing import TYPE_CHECKING, NamedTuple, cast

from captioner.layout import breaks
from captioner.layout.chunks import PART, Chunk, Chunks
from captioner.layout.collocations import LEVELS
from captioner.layout.costs import Costs

if TYPE_CHECKING:
    from captioner.layout.lexicon import LanguageProfile
    from captioner.layout.no_break import Features

__all__ = ["BreakScorer"]

_PAUSE_STEP_MS = 100
_PAUSE_STEPS = 25
_CACHE_SIZE = 50_000  # words kept before the cache is emptied; the talks of a language rarely have more


Pair = tuple[float, float]  # cost of ending a cue, and of ending a line
_NONE: Pair = (0.0, 0.0)
_FIT_CODES = [bytes([number]) for number in range(len(breaks.FITS) + 1)]


class _WordScore(NamedTuple):
    """Costs of breaks before and after one word, and the classes that depend on its neighbours.

    Attributes:
        after_cue: Cost of ending a cue after it.
        after_line: Cost of ending a line after it.
        before_cue: Cost of ending a cue before it.
        before_line: Cost of ending a line before it.
        pairs: What the class of the next word adds to a break between them; None after a sentence, where the next word
            does not matter.
        right: Its class as the next word.
        no_mark: Whether it ends without a mark.
    """

    after_cue: float
    after_line: float
    before_cue: float
    before_line: float
    pairs: _PairCosts | None
    right: int
    no_mark: bool


class _PairCosts(dict[int, Pair]):
    """Costs of breaks after words of one class, by the class of the next word; each computed when it is asked for."""

    def __init__(self, left: breaks.LeftClass, rights: Sequence[breaks.RightClass], features: _FeatureCosts) -> None:
        super().__init__()
        self._left, self._rights, self._features = left, rights, features

    def __missing__(self, right: int) -> Pair:
        costs = self[right] = self._features.sum(breaks.pair_features(self._left, self._rights[right]))
        return costs


class _FeatureCosts:
    """The costs of features by name, and of the features of words in tables of their own.

    The tables say the same as the names of `breaks.features_after` and `breaks.features_before`, without making names.
    """

    def __init__(self, costs: Costs) -> None:
        names = {*costs.cue, *costs.line}
        self._known = {name: (costs.cue.get(name, 0.0), costs.line.get(name, 0.0)) for name in names}
        self._after, self._after_end = self._family("after="), self._family("after~")
        self._before, self._before_start, self._ends = (
            self._family("before="), self._family("before~"), self._family("ends~"),
        )  # fmt: skip
        scopes = {mark: f"{mark}.after" for mark in breaks.MARKS} | {"plain": "after"}
        self._classes_after = {mark: _ClassCosts(f"mark.{mark}", scope, self) for mark, scope in scopes.items()}
        self._classes_before = _ClassCosts("", "before", self)
        self._classes_before_quoted = _ClassCosts("before.quote", "before", self)
        self._kinds_after = {kind: self.get(f"after.kind.{kind}") for kind in breaks.SCRIPT_KINDS}
        self._kinds_before = {kind: self.get(f"before.kind.{kind}") for kind in breaks.SCRIPT_KINDS}
        self._last = self.get("before.last")

    def _family(self, prefix: str) -> dict[str, Pair]:
        return {name.removeprefix(prefix): pair for name, pair in self._known.items() if name.startswith(prefix)}

    def get(self, name: str) -> Pair | None:
        """The costs of a feature, None if it has none."""
        return self._known.get(name)

    def sum(self, names: Iterable[str]) -> Pair:
        """The costs of features together."""
        cue = line = 0.0
        for pair in map(self._known.get, names):
            if pair:
                cue += pair[0]
                line += pair[1]
        return cue, line

    def after(self, word: str, ending: str, classes: Sequence[bool]) -> Pair:
        """The costs of `breaks.features_after`.

        Args:
            word: Look-up key of the word.
            ending: Its mark.
            classes: Its `breaks.word_classes`; none where it has no look-up key.
        """
        if ending == "sentence" or not word:
            return self.get(f"mark.{ending}") or _NONE
        cue, line = self._classes_after[ending][classes]
        if ending != "plain":
            return cue, line
        ends, size = self._after_end, len(word)
        for pair in (
            self._after.get(word),
            ends.get(word[-1]),
            ends.get(word[-2:]) if size > 1 else None,
            ends.get(word[-3:]) if size > 2 else None,
            self._kinds_after[breaks.script_kind(word[-1])],
        ):
            if pair:
                cue += pair[0]
                line += pair[1]
        return cue, line

    def before(self, text: str, word: str, classes: Sequence[bool], *, sentence_end: bool) -> Pair:
        """The costs of `breaks.features_before`.

        Args:
            text: The word as printed.
            word: Its look-up key.
            classes: Its `breaks.word_classes`; none where it has no look-up key.
            sentence_end: Whether a sentence ends after it.
        """
        known = self._classes_before_quoted if text[0] in breaks.OPENERS else self._classes_before
        if not word:
            return known[()]
        cue, line = known[classes]
        heads, ends, size = self._before_start, self._ends, len(word)
        for pair in (
            self._before.get(word),
            heads.get(word[0]),
            heads.get(word[:2]) if size > 1 else None,
            ends.get(word[-1]),
            ends.get(word[-2:]) if size > 1 else None,
            ends.get(word[-3:]) if size > 2 else None,
            self._kinds_before[breaks.script_kind(word[0])],
            self._last if sentence_end else None,
        ):
            if pair:
                cue += pair[0]
                line += pair[1]
        return cue, line


class _ClassCosts(dict[Sequence[bool], Pair]):
    """The costs of a feature and of the classes of a word together, summed once for all words of the same classes."""

    def __init__(self, first: str, scope: str, features: _FeatureCosts) -> None:
        super().__init__()
        self._first, self._scope, self._features = first, scope, features

    def __missing__(self, classes: Sequence[bool]) -> Pair:
        names = [f"{self._scope}.{name}" for name in compress(breaks.CLASSES, classes)]
        costs = self[classes] = self._features.sum([self._first, *names])
        return costs


@lru_cache(maxsize=8)
def _feature_costs(costs: Costs) -> _FeatureCosts:
    """The table of some costs, made once: it takes several times as long as breaking one caption."""
    return _FeatureCosts(costs)


class BreakScorer:
    """Scores the breaks of turns in one language.

    Args:
        profile: The language's words.
        costs: The language's costs.
    """

    def __init__(self, profile: LanguageProfile, costs: Costs) -> None:
        self.costs = costs
        self._profile = profile
        self._features = _feature_costs(costs)
        self._scores: dict[str, _WordScore] = {}  # of words inside a sentence, with the usual space before them
        self._other_scores: dict[tuple[str, int, int, str], _WordScore] = {}
        self._lefts: dict[breaks.LeftClass, _PairCosts] = {}
        self._rights: dict[breaks.RightClass, int] = {}
        self._right_classes: list[breaks.RightClass] = []
        since, until = [
            [_NONE, *[self._features.get(f"near.{side}.{n}") or _NONE for n in range(1, breaks.NEAR_WORDS + 1)]]
            for side in ("since", "until")
        ]
        self._near_costs = [(*before, *behind) for before in since for behind in until]
        self._fits = [_NONE, *[self._features.get(f"fits.{number}") or _NONE for number in range(len(breaks.FITS))]]
        self._together = [self._features.get(breaks.together_feature(level)) or _NONE for level in range(LEVELS)]
        self._pause = [self._pause_cost(step * _PAUSE_STEP_MS) for step in range(_PAUSE_STEPS)]

    def score(
        self, chunks: Sequence[Chunk], together: Sequence[int] = (), *, widest: int = 84, pauses: bool = True
    ) -> tuple[array[float], array[float]]:
        """Costs of ending a cue, and of ending a line, after each chunk.

        Args:
            chunks: Chunks of one turn.
            together: Level of each pair of neighbours (`collocations.pair_levels`), if known.
            widest: Columns of a full cue.
            pauses: Whether the times tell anything about pauses.
        """
        of = Chunks.of(chunks)
        scores = self._scores_for(of)
        plain = bytes(map(itemgetter(6), scores))
        cue, line = self._sums(scores, _near_codes(plain), _only_at(plain, together), self._fit_codes(of, widest))
        if pauses:
            self._add_pauses(of, cue)
        return cue, line

    def _scores_for(self, chunks: Chunks) -> list[_WordScore]:
        """The scores of every chunk."""
        if len(self._scores) + len(self._other_scores) > _CACHE_SIZE:
            self._scores.clear()
            self._other_scores.clear()
        pieces, usual, known = chunks.pieces, self._profile.spaces, self._scores
        odd = {*_places_of(1, chunks.sentence_ends), *_places_of(not usual, chunks.spaces)}
        if chunks.has_parts:
            odd.update(place for place, piece in enumerate(pieces) if piece.kind == PART)
        texts = list(map(itemgetter(0), pieces))
        for text, place in _new_words(texts, odd, known).items():
            known[text] = self._score_word(pieces[place], space=usual, sentence_end=False)
        scores = list(map(known.get, texts))
        for place in odd:
            piece, space, ended = pieces[place], chunks.spaces[place], chunks.sentence_ends[place]
            key = (piece.text, space, ended, piece.kind)
            scores[place] = self._other_scores.get(key) or self._other_scores.setdefault(
                key, self._score_word(piece, space=bool(space), sentence_end=bool(ended))
            )
        return cast(list[_WordScore], scores)

    def _sums(
        self, scores: Sequence[_WordScore], near: bytes, together: bytes, fits: bytes
    ) -> tuple[array[float], array[float]]:
        """For each word the costs of a break after it: from its score and that of the next, and from where it stands.

        Args:
            scores: The scores.
            near: For each word its `_near_codes`.
            together: Level of each pair of neighbours, 0 where a mark parts them.
            fits: For each word its `_fit_codes`.
        """
        near_costs, together_costs, fit_costs = self._near_costs, self._together, self._fits
        cue, line = array("d"), array("d")
        add_cue, add_line, rest = cue.append, line.append, iter(scores)
        cost_cue, cost_line, _, _, pairs, _, _ = next(rest)
        for word, close, level, fit in zip(rest, near, together, fits, strict=False):
            after_cue, after_line, before_cue, before_line, following, right, _ = word
            if pairs is not None:
                both_cue, both_line = pairs[right]
                cost_cue += before_cue + both_cue
                cost_line += before_line + both_line
                if close:  # a few words before or after a mark
                    since_cue, since_line, until_cue, until_line = near_costs[close]
                    cost_cue = cost_cue + since_cue + until_cue
                    cost_line = cost_line + since_line + until_line
                if level:  # two words that stand together again and again
                    more_cue, more_line = together_costs[level]
                    cost_cue += more_cue
                    cost_line += more_line
                if fit:  # a sentence that one cue could show
                    more_cue, more_line = fit_costs[fit]
                    cost_cue += more_cue
                    cost_line += more_line
            add_cue(cost_cue)
            add_line(cost_line)
            cost_cue, cost_line, pairs = after_cue, after_line, following
        add_cue(cost_cue)
        add_line(cost_line)
        return cue, line

    def _fit_codes(self, chunks: Chunks, widest: int) -> bytes:
        """For each word 1 and up by the width of its sentence, if one cue could show that or nearly, else 0."""
        ends, spaces = chunks.column_ends(), chunks.spaces
        limits = breaks.fits_limits(widest)
        found, first, last = bytearray(), 0, len(chunks.pieces) - 1
        for end in [*_places_of(1, chunks.sentence_ends[:last]), last]:
            number = bisect_left(limits, ends[end + 1] - ends[first] - spaces[first])
            found += (_FIT_CODES[number + 1] if number < len(limits) else b"\0") * (end - first) + b"\0"
            first = end + 1
        return bytes(found)

    def _score_word(self, piece: Features, *, space: bool, sentence_end: bool) -> _WordScore:
        profile, features = self._profile, self._features
        text, _, word, _, kind, _, _ = piece
        is_plain = not sentence_end and text[-1].isalnum()
        ending = "plain" if is_plain else breaks.end_mark(text, sentence_end=sentence_end)
        classes = breaks.word_classes(word, text, profile) if word else ()
        left, right = breaks.neighbour_classes(text, word, ending, kind, profile, space=space)
        number = self._rights.get(right)
        if number is None:
            number = self._rights[right] = len(self._right_classes)
            self._right_classes.append(right)
        pairs = None
        if ending != "sentence":
            pairs = self._lefts.get(left)
            if pairs is None:
                pairs = self._lefts[left] = _PairCosts(left, self._right_classes, features)
        return _WordScore(
            *features.after(word, ending, classes),
            *features.before(text, word, classes, sentence_end=sentence_end),
            pairs,
            number,
            is_plain or ending == "plain",
        )

    def _pause_cost(self, pause_ms: int) -> float:
        """Reward of a pause for ending a cue: none below `pause_from_ms`, then a rate per second, up to a bound."""
        manual = self.costs.manual
        over = max(0.0, pause_ms - manual["pause_from_ms"]) / 1000
        return -min(manual["pause_most"], manual["pause_per_s"] * over)

    def _add_pauses(self, chunks: Chunks, cue: array[float]) -> None:
        table, most = self._pause, _PAUSE_STEPS - 1
        for place, pause in enumerate(map(sub, chunks.start_ms[1:], chunks.end_ms)):
            if pause >= _PAUSE_STEP_MS:
                cue[place] += table[min(pause // _PAUSE_STEP_MS, most)]


def _new_words(texts: Sequence[str], odd: Collection[int], known: Container[str]) -> dict[str, int]:
    """The words without a score that stand anywhere as usual, each with such a place."""
    usual = bytearray(b"\1" * len(texts))
    for place in odd:
        usual[place] = 0
    found = dict(zip(compress(texts, usual), compress(range(len(texts)), usual), strict=True))
    return {text: place for text, place in found.items() if text not in known}


_NEAR = breaks.NEAR_WORDS + 1


class _NearCodes(dict[int, bytes]):
    """By the number of words without a mark between two marks, the code of each.

    The code has the distance from the mark before, times four, and the distance to the next one; 0 for far ones.
    """

    def __missing__(self, count: int) -> bytes:
        near = breaks.NEAR_WORDS
        since = [place if place <= near else 0 for place in range(1, count + 1)]
        codes = self[count] = bytes([a * _NEAR + b for a, b in zip(since, since[::-1], strict=True)])
        return codes


def _near_codes(plain: bytes) -> bytes:
    """For each word one of `_NearCodes`.

    Args:
        plain: For each word 1 where it ends without a mark, else 0.
    """
    codes = _NearCodes()
    return b"\0".join([codes[len(run)] for run in plain.split(b"\0")])


def _only_at(places: bytes, values: Sequence[int]) -> bytes:
    """The values where `places` has 1, and 0 elsewhere; 0 for values that are missing."""
    return bytes(map(mul, places, values)).ljust(len(places), b"\0")


def _places_of(value: int, flags: bytes | bytearray) -> Iterator[int]:
    """The places at which flags have a value."""
    place = flags.find(value)
    while place >= 0:
        yield place
        place = flags.find(value, place + 1)
