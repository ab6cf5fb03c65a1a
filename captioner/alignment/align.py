"""Known text meets recognised words: the one door of the package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter

from captioner.alignment.anchors import Region, Run, common_runs, gaps
from captioner.alignment.assembly import assemble
from captioner.alignment.comparison import Step, Texts, compare, merged, without_coincidences
from captioner.alignment.differences import differences
from captioner.alignment.language_guess import guessed
from captioner.alignment.moves import moved_stretches, rearranged
from captioner.alignment.outcome import Alignment, Passage
from captioner.alignment.spelling import keys_for, primary
from captioner.alignment.unit_times import settled, speaking_rate, timed
from captioner.alignment.units import Alphabet, Known, Recognised, Silences, read_known, read_recognised
from captioner.gc_pause import gc_paused
from captioner.model import Transcript

__all__ = ["align"]

_LONG_RUN, _LONG_RUN_UNSPACED = 3, 4  # units that hardly occur twice in an hour: words, characters
_UNSPACED_KEY = 1.8  # letters; the units of a text in writing without spaces are shorter on average
_SAMPLE = 4000  # units


def align(transcript: Transcript, passages: Sequence[Passage], language: str | None = None) -> Alignment:
    """Give known text the times and speakers of recognised words.

    Args:
        transcript: What was recognised, with the times of its words. A sentence without words shares its time.
        passages: The known text, in order: paragraphs, captions or lines, as it comes.
        language: BCP 47 tag of the text (default: the transcript's; where it has none, the text tells).

    Returns:
        A transcript with every known word exactly once, in order of time; a matched word has the time of what it
        matches. Links to the recognised words, and what did not match. Known text that is equal to the recognised
        gives the recognised transcript.
    """
    with gc_paused():
        return _Alignment(transcript, passages, primary(transcript.language if language is None else language)).run()


class _Alignment:
    def __init__(self, transcript: Transcript, passages: Sequence[Passage], language: str) -> None:
        self._transcript, self._passages = transcript, passages
        alphabet = Alphabet(keys_for(language))
        self._recognised: Recognised = read_recognised(transcript, alphabet)
        self._known: Known = read_known(passages, alphabet)
        self._alphabet = alphabet
        self._cells = 0
        recognised = self._recognised
        self._texts = Texts(
            self._known.symbols,
            recognised.symbols,
            recognised.starts,
            recognised.ends,
            alphabet.key,
            language or guessed(map(alphabet.key, self._known.symbols)),
            speaking_rate(recognised.symbols, recognised.starts, recognised.ends, alphabet.key),
            Silences(recognised, self._end_ms()),
        )

    def run(self) -> Alignment:
        whole = Region(0, len(self._texts.known), 0, len(self._texts.recognised))
        runs = self._common_runs(whole)
        holes = gaps(runs, whole)
        moved = moved_stretches(self._texts.known, self._texts.recognised, holes, self._known.ends)
        parts = _in_order(runs, rearranged(holes, moved))
        apart = frozenset(moved)
        steps = merged([step for part in parts for step in self._steps(part, apart)])
        steps = settled(self._texts, without_coincidences(self._texts, steps))
        times = timed(self._texts, steps, self._known.marks)
        made = assemble(self._transcript, self._passages, self._known, self._recognised, steps, times)
        found = differences(self._known, self._recognised, self._alphabet.key, times, made.words, steps, moved)
        result = replace(self._transcript, sentences=made.sentences)
        return Alignment(result, made.links, found, made.voices, self._cells)

    def _common_runs(self, region: Region) -> list[Run]:
        a0, a1, b0, b1 = region
        known, recognised = self._texts.known, self._texts.recognised
        longest = _LONG_RUN_UNSPACED if self._is_unspaced() else _LONG_RUN
        runs, cells = common_runs(known[a0:a1], recognised[b0:b1], longest)
        self._cells += cells
        return [Run(a0 + run.a, b0 + run.b, run.length) for run in runs]

    def _is_unspaced(self) -> bool:
        sample = self._texts.recognised[:_SAMPLE]
        return sum([len(self._alphabet.key(symbol)) for symbol in sample]) < _UNSPACED_KEY * len(sample)

    def _steps(self, part: Region | Run, moved: frozenset[Region]) -> Iterator[Step]:
        if isinstance(part, Run):
            yield Step(part.a, part.a + part.length, part.b, part.b + part.length, "equal")
        elif part in moved:
            for each in _in_order(runs := self._common_runs(part), gaps(runs, part)):
                yield from self._steps(each, frozenset())
        else:
            steps, cells = compare(self._texts, part)
            self._cells += cells
            yield from steps

    def _end_ms(self) -> int:
        return max([self._transcript.duration_ms, *self._recognised.ends[-1:]])


def _in_order(runs: Sequence[Run], regions: Sequence[Region]) -> list[Run | Region]:
    """Runs and what lies between them in order of time; text without speech comes before speech at the same place."""
    parts: list[tuple[int, int, Run | Region]] = [(run.b, run.b + run.length, run) for run in runs]
    parts += [(region.b0, region.b1, region) for region in regions]
    return [part for _, _, part in sorted(parts, key=itemgetter(0, 1))]
