"""Scores the break after each chunk of a turn: the features of `breaks`, summed with the weights of `costs`.

The one rule: a word is scored once and its scores are kept, because speech repeats its words.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, compress
from operator import add, itemgetter, sub
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
        scopes = {mark: f"{mark}.after" for mark in breaks.MARKS} | {"plain": "after", "before": "before"}
        self._classes = {key: [self.get(f"{scope}.{name}") for name in breaks.CLASSES] for key, scope in scopes.items()}
        self._marks = {mark: self.get(f"mark.{mark}") for mark in breaks.MARKS}
        self._kinds_after = {kind: self.get(f"after.kind.{kind}") for kind in breaks.SCRIPT_KINDS}
        self._kinds_before = {kind: self.get(f"before.kind.{kind}") for kind in breaks.SCRIPT_KINDS}
        self._quote, self._last = self.get("before.quote"), self.get("before.last")

    def _family(self, prefix: str) -> dict[str, Pair]:
        return {name.removeprefix(prefix): pair for name, pair in self._known.items() if name.startswith(prefix)}

    def get(self, name: str) -> Pair | None:
        """The costs of a feature, None if it has none."""
        return self._known.get(name)

    def sum(self, names: Iterable[str]) -> Pair:
        """The costs of features together."""
        return _total(map(self._known.get, names))

    def after(self, word: str, ending: str, classes: Sequence[bool]) -> Pair:
        """The costs of `breaks.features_after`.

        Args:
            word: Look-up key of the word.
            ending: Its mark.
            classes: Its `breaks.word_classes`; none where it has no look-up key.
        """
        found = [self._marks[ending]]
        if ending == "sentence" or not word:
            return found[0] or _NONE
        if ending != "plain":
            return _total([*found, *compress(self._classes[ending], classes)])
        ends, size = self._after_end, len(word)
        found += compress(self._classes["plain"], classes)
        found += (self._after.get(word), ends.get(word[-1:]))
        if size > 1:
            found.append(ends.get(word[-2:]))
        if size > 2:
            found.append(ends.get(word[-3:]))
        found.append(self._kinds_after[breaks.script_kind(word[-1])])
        return _total(found)

    def before(self, text: str, word: str, classes: Sequence[bool], *, sentence_end: bool) -> Pair:
        """The costs of `breaks.features_before`.

        Args:
            text: The word as printed.
            word: Its look-up key.
            classes: Its `breaks.word_classes`; none where it has no look-up key.
            sentence_end: Whether a sentence ends after it.
        """
        quote = self._quote if text[:1] in breaks.OPENERS else None
        if not word:
            return quote or _NONE
        heads, ends, size = self._before_start, self._ends, len(word)
        found = [quote, *compress(self._classes["before"], classes), self._before.get(word), heads.get(word[:1])]
        if size > 1:
            found.append(heads.get(word[:2]))
        found.append(ends.get(word[-1:]))
        if size > 1:
            found.append(ends.get(word[-2:]))
        if size > 2:
            found.append(ends.get(word[-3:]))
        found.append(self._kinds_before[breaks.script_kind(word[0])])
        if sentence_end:
            found.append(self._last)
        return _total(found)


def _total(pairs: Iterable[Pair | None]) -> Pair:
    cue = line = 0.0
    for pair in pairs:
        if pair is not None:
            cue += pair[0]
            line += pair[1]
    return cue, line


class BreakScorer:
    """Scores the breaks of turns in one language.

    Args:
        profile: The language's words.
        costs: The language's costs.
    """

    def __init__(self, profile: LanguageProfile, costs: Costs) -> None:
        self.costs = costs
        self._profile = profile
        self._features = _FeatureCosts(costs)
        self._scores: dict[str, _WordScore] = {}  # of words inside a sentence, with the usual space before them
        self._other_scores: dict[tuple[str, int, int, str], _WordScore] = {}
        self._lefts: dict[breaks.LeftClass, _PairCosts] = {}
        self._rights: dict[breaks.RightClass, int] = {}
        self._right_classes: list[breaks.RightClass] = []
        self._near = [
            [self._features.get(f"near.{side}.{words}") or _NONE for words in range(1, breaks.NEAR_WORDS + 1)]
            for side in ("since", "until")
        ]
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
        cue, line = _sums(scores)
        self._add_near(plain, cue, line)
        self._add_together(plain, together, cue, line)
        self._add_fits(of, widest, cue, line)
        if pauses:
            self._add_pauses(of, cue)
        return cue, line

    def _scores_for(self, chunks: Chunks) -> list[_WordScore]:
        """The scores of every chunk."""
        if len(self._scores) + len(self._other_scores) > _CACHE_SIZE:
            self._scores.clear()
            self._other_scores.clear()
        pieces, usual = chunks.pieces, self._profile.spaces
        odd = {*_places_of(1, chunks.sentence_ends), *_places_of(not usual, chunks.spaces)}
        if chunks.has_parts:
            odd.update(place for place, piece in enumerate(pieces) if piece.kind == PART)
        known = self._scores
        texts = list(map(itemgetter(0), pieces))
        new = set(texts).difference(known)
        for place in [place for place, text in enumerate(texts) if text in new] if new else ():
            text = texts[place]
            if text in new and place not in odd:
                new.discard(text)
                known[text] = self._score_word(pieces[place], space=usual, sentence_end=False)
        scores = list(map(known.get, texts))
        for place in odd:
            piece, space, ended = pieces[place], chunks.spaces[place], chunks.sentence_ends[place]
            key = (piece.text, space, ended, piece.kind)
            scores[place] = self._other_scores.get(key) or self._other_scores.setdefault(
                key, self._score_word(piece, space=bool(space), sentence_end=bool(ended))
            )
        return cast(list[_WordScore], scores)

    def _score_word(self, piece: Features, *, space: bool, sentence_end: bool) -> _WordScore:
        profile, features = self._profile, self._features
        text, _, word, _, kind, _ = piece
        is_plain = not sentence_end and text[-1].isalnum()
        ending = "plain" if is_plain else breaks.end_mark(text, sentence_end=sentence_end)
        classes = breaks.word_classes(word, text, profile) if word else ()
        left, right = breaks.neighbour_classes(text, word, ending, kind, profile, space=space)
        if right not in self._rights:
            self._rights[right] = len(self._right_classes)
            self._right_classes.append(right)
        if left not in self._lefts:
            self._lefts[left] = _PairCosts(left, self._right_classes, features)
        return _WordScore(
            *features.after(word, ending, classes),
            *features.before(text, word, classes, sentence_end=sentence_end),
            None if ending == "sentence" else self._lefts[left],
            self._rights[right],
            ending == "plain",
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

    def _add_together(self, plain: bytes, together: Sequence[int], cue: array[float], line: array[float]) -> None:
        """Add the cost of separating two words that stand together again and again."""
        costs = self._together
        for place in compress(range(len(plain)), together):
            if plain[place]:
                more_cue, more_line = costs[together[place]]
                cue[place] += more_cue
                line[place] += more_line

    def _add_fits(self, chunks: Chunks, widest: int, cue: array[float], line: array[float]) -> None:
        """Add the cost of cutting a sentence that one cue could show."""
        widths = array("i", accumulate(map(add, map(itemgetter(1), chunks.pieces), chunks.spaces), initial=0))
        limits = breaks.fits_limits(widest)
        costs = [self._features.get(f"fits.{number}") or _NONE for number in range(len(limits))]
        first, last = 0, len(chunks) - 1
        for end in [*_places_of(1, chunks.sentence_ends[:last]), last]:
            number = bisect_left(limits, widths[end + 1] - widths[first] - chunks.spaces[first])
            if number < len(limits):
                more_cue, more_line = costs[number]
                cue[first:end] = array("d", [cost + more_cue for cost in cue[first:end]])
                line[first:end] = array("d", [cost + more_line for cost in line[first:end]])
            first = end + 1

    def _add_near(self, plain: bytes, cue: array[float], line: array[float]) -> None:
        """Add the cost of leaving a few words before or after a mark by a plain break."""
        since, until = self._near
        before = -1
        for behind in [*_places_of(0, plain), len(plain)]:
            for place, (more_cue, more_line) in zip(range(before + 1, behind), since, strict=False):
                cue[place] += more_cue
                line[place] += more_line
            for place, (more_cue, more_line) in zip(range(behind - 1, before, -1), until, strict=False):
                cue[place] += more_cue
                line[place] += more_line
            before = behind


def _sums(scores: Sequence[_WordScore]) -> tuple[array[float], array[float]]:
    """For each word the costs of a break after it, from its score and that of the next."""
    cue, line = array("d"), array("d")
    ends_cue, ends_line = cue.append, line.append
    rest = iter(scores)
    last_cue, last_line, _, _, pairs, _, _ = next(rest)
    for after_cue, after_line, before_cue, before_line, following, right, _ in rest:
        if pairs is None:
            ends_cue(last_cue)
            ends_line(last_line)
        else:
            both_cue, both_line = pairs[right]
            ends_cue(last_cue + (before_cue + both_cue))
            ends_line(last_line + (before_line + both_line))
        last_cue, last_line, pairs = after_cue, after_line, following
    ends_cue(last_cue)
    ends_line(last_line)
    return cue, line


def _places_of(value: int, flags: bytes | bytearray) -> Iterator[int]:
    """The places at which flags have a value."""
    place = flags.find(value)
    while place >= 0:
        yield place
        place = flags.find(value, place + 1)
