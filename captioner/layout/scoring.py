"""Scores the break after each chunk of a turn: the features of `breaks`, summed with the weights of `costs`.

The one rule: a word is scored once and its scores are kept, because speech repeats its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from captioner.layout import breaks
from captioner.layout.collocations import LEVELS
from captioner.layout.costs import Costs

if TYPE_CHECKING:
    from captioner.layout.chunks import Chunk
    from captioner.layout.lexicon import LanguageProfile

__all__ = ["BreakScorer"]

_PAUSE_STEP_MS = 100
_PAUSE_STEPS = 25
_CACHE_SIZE = 50_000  # words kept before the cache is emptied; the talks of a language rarely have more


class _WordScore(NamedTuple):
    """Costs of breaks before and after one word, and the classes that depend on its neighbours."""

    after_cue: float
    after_line: float
    before_cue: float
    before_line: float
    no_mark: bool
    ends_sentence: bool
    left_class: int
    right_class: int


class BreakScorer:
    """Scores the breaks of turns in one language.

    Args:
        profile: The language's words.
        costs: The language's costs.
    """

    def __init__(self, profile: LanguageProfile, costs: Costs) -> None:
        self.costs = costs
        self._profile = profile
        names = {*costs.cue, *costs.line}
        self._known = {name: (costs.cue.get(name, 0.0), costs.line.get(name, 0.0)) for name in names}
        self._scores: dict[tuple[str, bool, bool, str], _WordScore] = {}
        self._lefts: dict[tuple[str, str, bool, bool], int] = {}
        self._rights: dict[breaks.RightClass, int] = {}
        self._pairs: dict[tuple[int, int], tuple[float, float]] = {}
        self._near = [
            [self._sum((f"near.{side}.{words}",)) for words in range(1, breaks.NEAR_WORDS + 1)]
            for side in ("since", "until")
        ]
        self._together = [self._sum((breaks.together_feature(level),)) for level in range(LEVELS)]
        self._fits: dict[str, tuple[float, float]] = {}
        self._pause = [self._pause_cost(step * _PAUSE_STEP_MS) for step in range(_PAUSE_STEPS)]

    def score(
        self, chunks: Sequence[Chunk], together: Sequence[int] = (), *, widest: int = 84, pauses: bool = True
    ) -> tuple[list[float], list[float]]:
        """Costs of ending a cue, and of ending a line, after each chunk.

        Args:
            chunks: Chunks of one turn.
            together: Level of each pair of neighbours (`collocations.pair_levels`), if known.
            widest: Columns of a full cue.
            pauses: Whether the times tell anything about pauses.
        """
        scores = self._scores_for(chunks)
        cue: list[float] = []
        line: list[float] = []
        known = self._pairs
        last = scores[0]
        for score in scores[1:]:
            ends_cue, ends_line = last.after_cue, last.after_line
            if not last.ends_sentence:
                both = known.get((last.left_class, score.right_class)) or self._score_pair(
                    last.left_class, score.right_class
                )
                ends_cue += score.before_cue + both[0]
                ends_line += score.before_line + both[1]
            cue.append(ends_cue)
            line.append(ends_line)
            last = score
        cue.append(last.after_cue)
        line.append(last.after_line)
        self._add_near([score.no_mark for score in scores], cue, line)
        self._add_together(scores, together, cue, line)
        self._add_fits(chunks, widest, cue, line)
        if pauses:
            self._add_pauses(chunks, cue)
        return cue, line

    def _scores_for(self, chunks: Sequence[Chunk]) -> list[_WordScore]:
        """The scores of every chunk."""
        known = self._scores
        if len(known) > _CACHE_SIZE:
            known.clear()
        scores: list[_WordScore] = []
        for chunk in chunks:
            key = (chunk.text, chunk.sentence_end, chunk.space, chunk.kind)
            score = known.get(key)
            if score is None:
                score = known[key] = self._score_word(chunk)
            scores.append(score)
        return scores

    def _score_word(self, chunk: Chunk) -> _WordScore:
        profile = self._profile
        ending = breaks.end_mark(chunk.text, sentence_end=chunk.sentence_end)
        return _WordScore(
            *self._sum(breaks.features_after(chunk, profile)),
            *self._sum(breaks.features_before(chunk, profile)),
            ending == "plain",
            ending == "sentence",
            self._lefts.setdefault(breaks.left_class(chunk, profile), len(self._lefts)),
            self._rights.setdefault(breaks.right_class(chunk, profile), len(self._rights)),
        )

    def _sum(self, features: Iterable[str]) -> tuple[float, float]:
        known, cue, line = self._known, 0.0, 0.0
        for name in features:
            pair = known.get(name)
            if pair is not None:
                cue += pair[0]
                line += pair[1]
        return cue, line

    def _score_pair(self, left: int, right: int) -> tuple[float, float]:
        one, other = list(self._lefts)[left], list(self._rights)[right]
        found = self._pairs[left, right] = self._sum(breaks.pair_features(one, other))
        return found

    def _pause_cost(self, pause_ms: int) -> float:
        """Reward of a pause for ending a cue: none below `pause_from_ms`, then a rate per second, up to a bound."""
        manual = self.costs.manual
        over = max(0.0, pause_ms - manual["pause_from_ms"]) / 1000
        return -min(manual["pause_most"], manual["pause_per_s"] * over)

    def _add_pauses(self, chunks: Sequence[Chunk], cue: list[float]) -> None:
        table, most = self._pause, _PAUSE_STEPS - 1
        ended = chunks[0].end_ms
        for index, chunk in enumerate(chunks):
            pause = chunk.start_ms - ended
            if pause >= _PAUSE_STEP_MS:
                cue[index - 1] += table[min(pause // _PAUSE_STEP_MS, most)]
            ended = chunk.end_ms

    def _add_together(
        self, scores: Sequence[_WordScore], together: Sequence[int], cue: list[float], line: list[float]
    ) -> None:
        """Add the cost of separating two words that stand together again and again."""
        for index, level in enumerate(together):
            if level and scores[index].no_mark:
                more_cue, more_line = self._together[level]
                cue[index] += more_cue
                line[index] += more_line

    def _add_fits(self, chunks: Sequence[Chunk], widest: int, cue: list[float], line: list[float]) -> None:
        """Add the cost of cutting a sentence that one cue could show."""
        first = width = 0
        for index, chunk in enumerate(chunks):
            width += chunk.columns + chunk.space
            if not chunk.sentence_end and index + 1 < len(chunks):
                continue
            feature = breaks.fits_feature(width - chunks[first].space, widest)
            if feature:
                more_cue, more_line = self._fits.get(feature) or self._fits.setdefault(feature, self._sum((feature,)))
                for place in range(first, index):
                    cue[place] += more_cue
                    line[place] += more_line
            first, width = index + 1, 0

    def _add_near(self, plain: Sequence[bool], cue: list[float], line: list[float]) -> None:
        """Add the cost of leaving a few words before or after a mark by a plain break."""
        ends = [-1, *[index for index, is_plain in enumerate(plain) if not is_plain], len(plain)]
        since, until = self._near
        for before, behind in pairwise(ends):
            for distance, (more_cue, more_line) in enumerate(since, 1):
                if before + distance < behind:
                    cue[before + distance] += more_cue
                    line[before + distance] += more_line
            for distance, (more_cue, more_line) in enumerate(until, 1):
                if before < behind - distance:
                    cue[behind - distance] += more_cue
                    line[behind - distance] += more_line
