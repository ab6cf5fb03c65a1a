"""Timed units put together to words and sentences, with speakers, and with what each word stands for.

A sentence ends where the recogniser's ended, where the known speaker changes and, in text that was not recognised,
where a passage ends. A sentence whose text did not change is the recogniser's own, word for word.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, groupby, pairwise
from operator import le

from captioner.alignment.comparison import Step
from captioner.alignment.outcome import Link, LinkKind, Passage
from captioner.alignment.unit_times import Times
from captioner.alignment.units import Known, Recognised
from captioner.model import Sentence, Transcript, Word

__all__ = ["Assembled", "assemble"]

_MAJORITY = 0.6  # of a recognised speaker's words that one known speaker has: the two are one
_SENTENCE_END = frozenset(".!?…。！？｡؟।")
_CLOSING = "\"'”’»)]）」』】"


@dataclass(slots=True)
class Assembled:
    """Sentences and what their words stand for.

    Attributes:
        sentences: In order of time.
        links: One for each word, in the same order.
        words: For each known unit the position of its word in the known text, and the number of all words.
        voices: Known speaker of each recognised speaker.
    """

    sentences: tuple[Sentence, ...]
    links: tuple[Link, ...]
    words: list[int]
    voices: dict[str, str]


@dataclass(slots=True)
class _Made:
    """Words as they are made.

    Attributes:
        units: First known unit of each word.
        spans: First recognised word that each stands for, and the one after the last.
        kinds: Whether it is equal to them.
        by_unit: For each known unit the position of its word among those made.
    """

    by_unit: list[int]
    units: list[int] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    kinds: list[LinkKind] = field(default_factory=list)

    def add(self, units: Sequence[int], spans: Sequence[tuple[int, int]], kind: LinkKind) -> None:
        """Add the words, one for each span, that some units became."""
        for unit in units:
            self.by_unit[unit] = len(self.units)
        self.units += [units[0]] * len(spans)
        self.spans += spans
        self.kinds += [kind] * len(spans)


def assemble(
    transcript: Transcript,
    passages: Sequence[Passage],
    known: Known,
    recognised: Recognised,
    steps: Sequence[Step],
    times: Times,
) -> Assembled:
    """Build the sentences of the known text.

    Args:
        transcript: The recognised transcript.
        passages: The known text.
        known: Its units.
        recognised: The units of the transcript.
        steps: In order of time; together they hold every unit once.
        times: Times of the known units.
    """
    return _Assembly(transcript, passages, known, recognised, times).run(steps)


class _Assembly:
    def __init__(
        self,
        transcript: Transcript,
        passages: Sequence[Passage],
        known: Known,
        recognised: Recognised,
        times: Times,
    ) -> None:
        count = len(known.texts)
        self._transcript, self._passages = transcript, passages
        self._known, self._recognised, self._times = known, recognised, times
        self._passage_of = _passage_of(known.ends)
        self._sentence_of = [0] * count
        self._equal_to = [-1] * count
        self._span_of: list[tuple[int, int]] = [(0, 0)] * count
        self._kind_of: list[LinkKind] = ["equal"] * count
        self._word_starts = [0, *accumulate(len(sentence.words) for sentence in transcript.sentences)]
        self._parted = _first_of_several(recognised.first)
        self._made = _Made([0] * count)

    def run(self, steps: Sequence[Step]) -> Assembled:
        for step in steps:
            self._note(step)
        order = [unit for step in steps for unit in range(step.k0, step.k1)]
        self._give_sentences(order)
        groups = [list(group) for _, group in groupby(order, key=self._group_of)]
        voices = self._voices(groups)
        sentences = tuple(self._sentences(groups, voices))
        ranks = _ranks(self._made.units)
        count = len(ranks)
        words = [*[ranks[place] if place < count else count for place in self._made.by_unit], count]
        return Assembled(sentences, tuple(self._links(ranks)), words, voices)

    def _note(self, step: Step) -> None:
        """Write down for each unit of a step which sentence and which words it belongs to."""
        k0, k1, r0, r1 = step[:4]
        recognised = self._recognised
        if step.kind == "equal":
            self._sentence_of[k0:k1] = recognised.sentences[r0:r1]
            self._equal_to[k0:k1] = range(r0, r1)
            self._span_of[k0:k1] = zip(recognised.first[r0:r1], recognised.last[r0:r1], strict=True)
        elif step.kind == "inserted":
            word = recognised.first[r0] if r0 < len(recognised.first) else len(recognised.words)
            self._fill(k0, k1, -1, (word, word), "inserted")
        elif k0 < k1:
            span = recognised.first[r0], recognised.last[r1 - 1]
            self._fill(k0, k1, recognised.sentences[r0], span, "changed" if step.kind == "changed" else "equal")

    def _fill(self, k0: int, k1: int, sentence: int, span: tuple[int, int], kind: LinkKind) -> None:
        count = k1 - k0
        self._sentence_of[k0:k1] = [sentence] * count
        self._span_of[k0:k1] = [span] * count
        self._kind_of[k0:k1] = [kind] * count

    def _give_sentences(self, order: Sequence[int]) -> None:
        """Put inserted units to the sentence before or after them; whole passages become sentences of their own."""
        for unit in self._known.unspoken:
            self._sentence_of[unit] = (
                -1 - self._passage_of[unit] if self._equal_to[unit] < 0 else self._sentence_of[unit]
            )
        inserted = [place for place, unit in enumerate(order) if self._kind_of[unit] == "inserted"]
        for passage, places in _runs(inserted, order, self._passage_of):
            sentence = self._sentence_for(passage, places[0], places[-1], order)
            for place in places:
                self._sentence_of[order[place]] = sentence

    def _sentence_for(self, passage: int, first: int, last: int, order: Sequence[int]) -> int:
        """The sentence of inserted units from one place of the order to another; below 0 for one of their own."""
        before = order[first - 1] if first and self._passage_of[order[first - 1]] == passage else None
        after = order[last + 1] if last + 1 < len(order) else None
        if after is not None and self._passage_of[after] != passage:
            after = None
        if before is None and after is None:
            return -1 - passage
        if after is None or (before is not None and not self._ends_sentence(before)):
            return self._sentence_of[before if before is not None else 0]
        return self._sentence_of[after]

    def _ends_sentence(self, unit: int) -> bool:
        mark = self._known.marks[unit].strip().rstrip(_CLOSING)
        return mark[-1:] in _SENTENCE_END if mark else False

    def _group_of(self, unit: int) -> tuple[int, str | None]:
        return self._sentence_of[unit], self._passages[self._passage_of[unit]].speaker

    def _voices(self, groups: Sequence[Sequence[int]]) -> dict[str, str]:
        """For each recognised speaker the known one who says most of the same words."""
        counts: dict[str, Counter[str]] = {}
        for group in groups:
            index, name = self._group_of(group[0])
            voice = self._transcript.sentences[index].speaker if index >= 0 else None
            if name is not None and voice is not None:
                equal = sum(self._kind_of[unit] == "equal" for unit in group)
                counts.setdefault(voice, Counter())[name] += equal
        best = {voice: count.most_common(1)[0] for voice, count in counts.items()}
        return {voice: name for voice, (name, n) in best.items() if n >= max(1, _MAJORITY * counts[voice].total())}

    def _sentences(self, groups: Sequence[Sequence[int]], voices: Mapping[str, str]) -> Iterator[Sentence]:
        last: Sentence | None = None
        for group in groups:
            index, name = self._group_of(group[0])
            model = self._transcript.sentences[index] if index >= 0 else last
            voice = model.speaker if model else None
            speaker = name if name is not None else voices.get(voice, voice) if voice is not None else None
            channel = model.channel if model else 0
            last = self._kept(group, index, speaker) or self._new(group, index, speaker, channel)
            yield last

    def _kept(self, group: Sequence[int], index: int, speaker: str | None) -> Sentence | None:
        """The recognised sentence itself, if the units are all of it and its text is the same."""
        first, last = self._equal_to[group[0]], self._equal_to[group[-1]]
        if index < 0 or first < 0 or last - first + 1 != len(group) or not self._is_all_of(index, first, last):
            return None
        sentence = self._transcript.sentences[index]
        if self._text(group) != sentence.text or self._is_cut_inside_a_word(group):
            return None
        self._link_kept(group, first, sentence)
        return sentence if speaker == sentence.speaker else replace(sentence, speaker=speaker)

    def _is_cut_inside_a_word(self, group: Sequence[int]) -> bool:
        """Whether one passage ends and another begins inside a recognised word."""
        passages, first = self._passage_of, self._recognised.first
        if passages[group[0]] == passages[group[-1]]:
            return False
        return any(
            passages[a] != passages[b] and first[self._equal_to[a]] == first[self._equal_to[b]]
            for a, b in pairwise(group)
        )

    def _is_all_of(self, index: int, first: int, last: int) -> bool:
        """Whether recognised units are all those of a sentence."""
        sentences = self._recognised.sentences
        before = sentences[first - 1] if first else -1
        after = sentences[last + 1] if last + 1 < len(sentences) else -1
        return before != index and after != index

    def _link_kept(self, group: Sequence[int], first: int, sentence: Sentence) -> None:
        """Links of the recogniser's own words, which need not be those that would be made here."""
        made, count = self._made, len(sentence.words)
        start, base = self._word_starts[self._recognised.sentences[first]], len(made.units)
        if not count:
            for unit in group:
                made.by_unit[unit] = base
            return
        made.spans += [(word, word + 1) for word in range(start, start + count)]
        made.kinds += ["equal"] * count
        firsts = [word - start for word in self._recognised.first[first : first + len(group)]]
        made.units += (
            group if count == len(group) else [group[max(0, bisect_right(firsts, n) - 1)] for n in range(count)]
        )
        for unit, word in zip(group, firsts, strict=True):
            made.by_unit[unit] = base + word

    def _new(self, group: Sequence[int], index: int, speaker: str | None, channel: int) -> Sentence:
        """A sentence of known words."""
        words = self._words(group)
        start_ms, end_ms = words[0].start_ms, max([word.end_ms for word in words])
        if index >= 0:
            start_ms, end_ms = self._widened(group, self._transcript.sentences[index], start_ms, end_ms)
        text = "".join([word.text + word.punctuation for word in words])
        return Sentence(text, start_ms, end_ms, tuple(words), speaker, channel)

    def _widened(self, group: Sequence[int], sentence: Sentence, start_ms: int, end_ms: int) -> tuple[int, int]:
        """Times of a sentence that begins or ends as a recognised one does: those of that one where they are wider."""
        first, last = self._equal_to[group[0]], self._equal_to[group[-1]]
        sentences = self._recognised.sentences
        if first >= 0 and (not first or sentences[first - 1] != sentences[first]):
            start_ms = min(start_ms, sentence.start_ms)
        if last >= 0 and (last + 1 == len(sentences) or sentences[last + 1] != sentences[last]):
            end_ms = max(end_ms, sentence.end_ms)
        return start_ms, end_ms

    def _words(self, group: Sequence[int]) -> list[Word]:
        """The words of a sentence: one for each unit, or for the units of one recognised word, or for its parts."""
        texts, marks, starts, ends = self._known.texts, self._known.marks, self._times.starts, self._times.ends
        words: list[Word] = []
        for a, b in pairwise([*self._bounds(group), len(group)]):
            first, last = group[a], group[b - 1]
            text = texts[first] if a + 1 == b else "".join([texts[unit] for unit in group[a:b]])
            word = text if a else text.removeprefix(" "), marks[last], starts[first], ends[last]
            start, end = self._span_of[first]
            if end - start != 1 and self._kind_of[first] == "equal":
                words += self._in_parts(group[a:b], Word(*word))
            else:
                self._made.add(group[a:b], [(start, end)], self._kind_of[first])
                spoken = self._recognised.words[start] if end - start == 1 else None
                words.append(spoken if spoken and _fields(spoken) == word else Word(*word))
        return words

    def _in_parts(self, units: Sequence[int], word: Word) -> Sequence[Word]:
        """A known word as the recognised words it is made of, where they are written as it is; else as one."""
        start, end = self._span_of[units[0]]
        parts = self._recognised.words[start:end]
        written = "".join([part.text + part.punctuation for part in parts]).strip()
        if not parts or written != (word.text + word.punctuation).strip():
            self._made.add(units, [(start, end)], "equal")
            return [word]
        self._made.add(units, [(place, place + 1) for place in range(start, end)], "equal")
        lead = word.text[: len(word.text) - len(word.text.lstrip())]
        return [replace(parts[0], text=lead + parts[0].text.lstrip()), *parts[1:]]

    def _bounds(self, group: Sequence[int]) -> Sequence[int]:
        """Positions in a group at which words begin."""
        if not self._parted:
            return range(len(group))
        bounds, at = [], 0
        while at < len(group):
            bounds.append(at)
            at += self._units_of_word(group, at) if self._equal_to[group[at]] in self._parted else 1
        return bounds

    def _units_of_word(self, group: Sequence[int], at: int) -> int:
        """Number of units from a place on that are one recognised word and are written together."""
        first, texts, marks = self._recognised.first, self._known.texts, self._known.marks
        unit = self._equal_to[group[at]]
        end = bisect_right(first, first[unit], unit)
        rest = group[at + 1 : at + end - unit]
        if [self._equal_to[each] for each in rest] != list(range(unit + 1, end)):
            return 1
        if self._passage_of[group[at]] != self._passage_of[group[at + end - unit - 1]]:
            return 1
        if any(marks[each] for each in group[at : at + end - unit - 1]):
            return 1
        return 1 if any(texts[each].startswith(" ") for each in rest) else end - unit

    def _text(self, group: Sequence[int]) -> str:
        texts, marks = self._known.texts, self._known.marks
        return "".join([texts[unit] + marks[unit] for unit in group]).removeprefix(" ")

    def _links(self, ranks: Sequence[int]) -> Iterator[Link]:
        made = self._made
        firsts, lasts = zip(*made.spans, strict=True) if made.spans else ((), ())
        passages = [self._passage_of[unit] for unit in made.units]
        return map(Link, ranks, passages, firsts, lasts, made.kinds)


def _fields(word: Word) -> tuple[str, str, int, int]:
    return word.text, word.punctuation, word.start_ms, word.end_ms


def _first_of_several(first: Sequence[int]) -> frozenset[int]:
    """Recognised units that are the first of several of one word."""
    same = [unit for unit, (word, following) in enumerate(pairwise(first)) if word == following]
    return frozenset(unit for unit in same if not unit or first[unit - 1] != first[unit])


def _passage_of(ends: Sequence[int]) -> list[int]:
    """Passage of each known unit."""
    found: list[int] = []
    for passage, end in enumerate(ends):
        found += [passage] * (end - len(found))
    return found


def _runs(places: Sequence[int], order: Sequence[int], passage_of: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Places that follow one another and are of one passage."""
    numbered = enumerate(places)
    for (_, passage), group in groupby(numbered, key=lambda item: (item[1] - item[0], passage_of[order[item[1]]])):
        yield passage, [place for _, place in group]


def _ranks(units: Sequence[int]) -> Sequence[int]:
    """Position in the known text of each word, from the units the words begin with."""
    if all(map(le, units, units[1:])):
        return range(len(units))
    ranks = [0] * len(units)
    for rank, place in enumerate(sorted(range(len(units)), key=units.__getitem__)):
        ranks[place] = rank
    return ranks
