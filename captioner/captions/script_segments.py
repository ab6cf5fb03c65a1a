"""Speech and script side by side: cut where they begin or cease to be equal, with what is shown of each. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from captioner.alignment import Alignment, Link
from captioner.alignment.sounds import spoken_length
from captioner.captions.mishearing import is_misheard
from captioner.formats.text.cue_text import join_sentences
from captioner.model import Word

__all__ = ["Pairing", "Policy", "Segment", "decide", "is_script_of", "segments_of"]

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")

Policy = Literal["spoken", "script"]

_SHORT = 3  # words that policy "script" adds or takes out inside a sentence that follows the script
_GROUP = 12  # words on either side that are still compared as one
_RATIO = 2.5  # of the spoken lengths of two texts, one of which may be said for the other
_ISLAND = 2  # words: as many as are equal by chance between two stretches that have nothing in common
_ISLAND_LETTERS = 9
_SEA = 4  # words of such a stretch
_RUN_LETTERS = 12  # of words that are equal in a row and no chance
_LEAST_SHARE = 0.2  # of the speech or of the script: below both it is not the script of this speech


@dataclass(slots=True)
class Segment:
    """A stretch of speech and the words of the script beside it.

    Attributes:
        known: Places of the words of the script in `Pairing`.
        first: First word of the speech.
        last: The one after the last.
        is_equal: Whether the words are the same.
        is_fixed: Whether a person or a rule corrected words of it, which stay.
        is_misheard: Whether the recogniser misheard what is written.
        follows: Whether the script's words are shown.
    """

    known: list[int]
    first: int
    last: int
    is_equal: bool = False
    is_fixed: bool = False
    is_misheard: bool = False
    follows: bool = False

    @property
    def said(self) -> int:
        """Number of words of the speech."""
        return self.last - self.first

    @property
    def size(self) -> int:
        """Number of words of the longer side."""
        return max(len(self.known), self.said)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Words of a script in order of time, and the words that were said.

    Attributes:
        links: What each word of the script stands for.
        words: The same words.
        said: The words that were said.
    """

    links: tuple[Link, ...]
    words: tuple[Word, ...]
    said: tuple[Word, ...]

    @staticmethod
    def of(found: Alignment, said: Sequence[Word]) -> Pairing:
        """The pairing of an alignment of a script with what was said."""
        words = [word for sentence in found.transcript.sentences for word in sentence.words]
        pairs = sorted(zip(found.links, words, strict=True), key=lambda pair: (pair[0].first, pair[0].last))
        return Pairing(tuple(link for link, _ in pairs), tuple(word for _, word in pairs), tuple(said))

    def written(self, segments: Iterable[Segment]) -> str:
        """The text of the script in some segments."""
        return _text(self.words[place] for segment in segments for place in segment.known)

    def heard(self, segments: Iterable[Segment]) -> str:
        """The recognised text of some segments."""
        return _text(self.said[at] for segment in segments for at in range(segment.first, segment.last))


def _text(words: Iterable[Word]) -> str:
    """Words as one text; tokens of recognisers have the spaces between them or have none."""
    text = ""
    for word in words:
        token = word.text + word.punctuation
        has_space = not text or text[-1:].isspace() or token[:1].isspace()
        text = text + token if has_space else join_sentences([text, token])
    return " ".join(text.split())


def segments_of(pairing: Pairing) -> list[Segment]:
    """The speech and the script in order of time; every word of both is in one segment."""
    segments: list[Segment] = []
    at = 0
    for place, link in enumerate(pairing.links):
        if link.first > at:
            segments.append(Segment([], at, link.first))
        open_ = segments[-1] if segments else None
        if open_ is not None and open_.known and _belongs(open_, pairing.links[open_.known[-1]], link):
            open_.known.append(place)
            open_.last = max(open_.last, link.last)
            open_.is_equal = open_.is_equal and link.kind == "equal"
        else:
            segments.append(Segment([place], link.first, link.last, link.kind == "equal"))
        at = max(at, link.last)
    if at < len(pairing.said):
        segments.append(Segment([], at, len(pairing.said)))
    return segments


def _belongs(segment: Segment, before: Link, link: Link) -> bool:
    """Whether a word stands for some of the same speech, or goes on in text that was not spoken."""
    if link.first < link.last:
        return link.first < segment.last
    return before.first == before.last == link.first and before.known + 1 == link.known


def decide(segments: Sequence[Segment], pairing: Pairing, policy: Policy, language: str, names: frozenset[str]) -> None:
    """Decide for every segment whether the script's words are shown.

    Args:
        segments: From `segments_of`, with those that are fixed marked.
        pairing: The words.
        policy: What is shown where something else was said than is written.
        language: BCP 47 tag, or "".
        names: Words of the script that are written like names.
    """
    runs = list(_runs(segments))
    for at, run in enumerate(runs):
        if run[0].is_equal:
            for segment in run:
                segment.follows = not segment.is_fixed
        else:
            _hear(run, pairing, language, names)
            if policy == "script":
                _prefer_script(run, pairing, is_inside=0 < at < len(runs) - 1)
    for before, own, after in zip(runs, runs[1:], runs[2:], strict=False):
        if own[0].is_equal and _is_island(own, pairing) and _is_sea(before) and _is_sea(after):
            for segment in own:
                segment.follows = False


def _runs(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Segments in a row that are equal, and those in a row that are not, by turns."""
    for _, run in groupby(segments, key=lambda segment: segment.is_equal):
        yield list(run)


def _hear(run: Sequence[Segment], pairing: Pairing, language: str, names: frozenset[str]) -> None:
    """Find what was misheard: all of the run where it sounds alike as a whole, else what does by itself."""
    is_short = sum(len(each.known) for each in run) <= _GROUP >= sum(each.said for each in run)
    whole = len(run) > 1 and is_short and not any(each.is_fixed for each in run)
    if whole and is_misheard(pairing.written(run), pairing.heard(run), language, names):
        for each in run:
            each.is_misheard = each.follows = True
        return
    alike = [
        each
        for each in run
        if not each.is_fixed and is_misheard(pairing.written([each]), pairing.heard([each]), language, names)
    ]
    if 2 * sum(each.size for each in alike) < sum(each.size for each in run if each.size <= _GROUP):
        edges = [each for each in alike if each is run[0] or each is run[-1]]  # others may be alike by chance
        alike = [each for each in edges if names.intersection(_WORD.findall(pairing.written([each])))]
    for each in alike:
        each.is_misheard = each.follows = True


def _prefer_script(run: Sequence[Segment], pairing: Pairing, *, is_inside: bool) -> None:
    """Show the script's words for others that were said, and for a few more or less inside a sentence."""
    for each in run:
        if each.is_fixed or each.follows:
            continue
        if each.known and each.said:
            lengths = [spoken_length(text.casefold()) for text in (pairing.written([each]), pairing.heard([each]))]
            each.follows = max(lengths) <= _RATIO * min(lengths) or each.size <= _SHORT
        else:
            each.follows = is_inside and each.size <= _SHORT


def _is_island(run: Sequence[Segment], pairing: Pairing) -> bool:
    """Whether equal words may be so by chance."""
    is_small = sum(len(each.known) for each in run) <= _ISLAND
    return is_small and len(pairing.written(run)) <= _ISLAND_LETTERS


def _is_sea(run: Sequence[Segment]) -> bool:
    return sum(each.size for each in run if not each.follows) >= _SEA


def is_script_of(segments: Sequence[Segment], pairing: Pairing) -> bool:
    """Whether enough of the speech or of the script is in the other, by runs that are no chance."""
    said = known = 0
    for run in _runs(segments):
        if run[0].is_equal and len(pairing.written(run)) >= (_RUN_LETTERS if _is_spaced(pairing, run) else 4):
            said += sum(each.said for each in run)
            known += sum(len(each.known) for each in run)
    return max(said / max(1, len(pairing.said)), known / max(1, len(pairing.words))) >= _LEAST_SHARE


def _is_spaced(pairing: Pairing, run: Sequence[Segment]) -> bool:
    """Whether the writing of a run has spaces, by its first letter."""
    return spoken_length(pairing.written(run[:1])[:1].casefold() or "a") < 2
