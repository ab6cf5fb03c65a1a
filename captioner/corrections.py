"""Corrections of a transcript, as records over the recogniser's words, and the transcript they make.

The recogniser's words never change. They are numbered through all sentences from 0; a sentence without words counts as
one. A `Correction` replaces a range of them, and what is shown is the words with the corrections in force: `shown` is
the only place where the two are put together. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal, NamedTuple

from captioner.model import Cue, Sentence, Transcript, Word
from captioner.script_report import ScriptReport

__all__ = [
    "NO_EDITS",
    "Acceptance",
    "Correction",
    "Edits",
    "Renaming",
    "Revision",
    "Unit",
    "at_revision",
    "pieces_of",
    "recognised_words",
    "sentence_texts",
    "shifted",
    "shown",
    "speakers_named",
    "to_units",
]


_SPACES = re.compile(" {2,}")


@dataclass(frozen=True, slots=True)
class Correction:
    """One change of what was recognised.

    Attributes:
        first: Number of the first recognised word that is replaced.
        last: Number of the word after the last one. Equal to `first` for words that were added in front of it.
        text: What is shown in their place, "" for nothing; None where the words stay and only the speaker changes.
        words: The same as words with times.
        speaker: Speaker id, or None for the recognised one.
        by: Who made it, or "".
        at: When, in UTC as `2026-11-28T19:30:00Z`, or "".
        source: Name of the file it is from, or "".
        kind: Made by a person; by a rule of the options, which is carried out again at every run; or by the script
            that the options name, which is followed again at every run.
        revision: Revision it is from, counted from 1; 0 for rules and scripts.
        until: Revision that replaced it, or 0 while it is in force.
        unfit: Why it was not taken over to a new recognition, or "".
    """

    first: int
    last: int
    text: str | None
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    by: str = ""
    at: str = ""
    source: str = ""
    kind: Literal["person", "rule", "script"] = "person"
    revision: int = 0
    until: int = 0
    unfit: str = ""

    @property
    def change(self) -> tuple[int, int, str | None, str | None]:
        """The change itself, for comparing two."""
        return self.first, self.last, self.text, self.speaker

    def shifted(self, words: int) -> Correction:
        """The correction some words later."""
        return replace(self, first=self.first + words, last=self.last + words)


@dataclass(frozen=True, slots=True)
class Revision:
    """One time that captions were changed by a person, or taken over to a new recognition.

    Attributes:
        number: Counted from 1; 0 is what was recognised.
        at: When, in UTC as `2026-11-28T19:30:00Z`, or "".
        by: Who, or "".
        source: Name of the file the change came from, or "".
        corrections: Corrections it made or replaced.
        cuts: Captions whose cuts or line breaks it changed.
        times: Captions whose times it changed.
    """

    number: int
    at: str = ""
    by: str = ""
    source: str = ""
    corrections: int = 0
    cuts: int = 0
    times: int = 0


class Renaming(NamedTuple):
    """A name that a person gave to a speaker.

    Attributes:
        name: The name.
        given: The name that the options gave the speaker then, or "".
    """

    name: str
    given: str = ""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A finding of the check that a person accepted: it stays accepted as long as its caption is unchanged.

    Attributes:
        rule: Name of the rule.
        text: Lines of the caption, joined by newlines.
        start_ms: First millisecond of the caption.
        end_ms: First millisecond after it.
        reason: Reason that the person gave.
        by: Who, or "".
        at: When, in UTC as `2026-11-28T19:30:00Z`, or "".
        file: Ending of the name of the file, for a further shape such as `social-vertical.srt`; "" for the main one.
    """

    rule: str
    text: str
    start_ms: int
    end_ms: int
    reason: str
    by: str = ""
    at: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Edits:
    """Everything that people changed in the captions of one media file.

    Attributes:
        corrections: Those in force, in order of the words.
        replaced: Those that are no longer in force, oldest first.
        revisions: In order.
        cues: All captions as a person cut them; none where they follow from the words.
        pinned: Captions among them, by index, that differ from those that the words would give.
        offset_ms: What was added to the recogniser's times in `corrections`, `cues` and `script`.
        script: How the speech followed the script, or None without one.
        renamed: Names that a person gave to speakers, by their ids.
        accepted: Findings that were accepted.
        cut_with: Corrections that were in force when `cues` were cut, where rules among them are made anew; else none.
    """

    corrections: tuple[Correction, ...] = ()
    replaced: tuple[Correction, ...] = ()
    revisions: tuple[Revision, ...] = ()
    cues: tuple[Cue, ...] = ()
    pinned: tuple[int, ...] = ()
    offset_ms: int = 0
    script: ScriptReport | None = None
    renamed: Mapping[str, Renaming] = field(default_factory=dict)
    accepted: tuple[Acceptance, ...] = ()
    cut_with: tuple[Correction, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """The names that a person gave to speakers, by their ids."""
        return {speaker: each.name for speaker, each in self.renamed.items()}

    @property
    def by_people(self) -> tuple[Correction, ...]:
        """The corrections in force that neither a rule nor a script makes."""
        return tuple(each for each in self.corrections if each.kind == "person")

    @property
    def revision(self) -> int:
        """Number of the last revision, 0 without any."""
        return self.revisions[-1].number if self.revisions else 0


#: Nothing was changed.
NO_EDITS = Edits()


class Unit(NamedTuple):
    """The smallest part of what is shown: a recognised word, or the words of a correction.

    Attributes:
        first: First recognised word it stands for.
        last: The one after the last.
        words: What is shown, with times; none where a correction removed words.
        piece: Its part of the text of the sentence, with the space after it.
        speaker: Speaker id, or None.
        sentence: Recognised sentence it belongs to, by index; one of its own after it where `alone`.
        correction: The correction that made its words or its speaker, or None.
        alone: Whether it was added between two sentences.
    """

    first: int
    last: int
    words: tuple[Word, ...]
    piece: str
    speaker: str | None
    sentence: int
    correction: Correction | None = None
    alone: bool = False


def recognised_words(transcript: Transcript) -> list[Word]:
    """The words in the order of their numbers."""
    return [word for sentence in transcript.sentences for word in _words_of(sentence)]


def _words_of(sentence: Sentence) -> tuple[Word, ...]:
    return sentence.words or (Word(sentence.text, "", sentence.start_ms, sentence.end_ms),)


def pieces_of(sentence: Sentence) -> list[str]:
    """The text of a sentence cut at its words: a piece for each, with its punctuation and the space after it.

    Where the text does not have the words in this order, the pieces are made of the words.
    """
    starts, at = [], 0
    for word in sentence.words:
        bare = word.text.strip()
        place = sentence.text.find(bare, at) if bare else at
        if place < 0:
            return _spelled_pieces(sentence)
        starts.append(place)
        at = place + len(bare)
    if not starts:
        return [sentence.text]
    return [sentence.text[start:end] for start, end in zip([0, *starts[1:]], [*starts[1:], None], strict=True)]


def _spelled_pieces(sentence: Sentence) -> list[str]:
    space = " " if " " in sentence.text.strip() else ""
    return [word.text.strip() + word.punctuation.strip() + space for word in sentence.words]


def to_units(transcript: Transcript, corrections: Iterable[Correction]) -> list[Unit]:
    """The words and pieces that are shown, in order of the recognised words; every recognised word is in one unit.

    A correction that overlaps one before it, or names words that do not exist, is left out.
    """
    plain = [
        Unit(0, 0, (word,), piece, sentence.speaker, index)
        for index, sentence in enumerate(transcript.sentences)
        for word, piece in zip(_words_of(sentence), pieces_of(sentence), strict=True)
    ]
    plain = [unit._replace(first=number, last=number + 1) for number, unit in enumerate(plain)]
    units: list[Unit] = []
    at = 0
    for each in sorted(corrections, key=lambda one: (one.first, one.last)):
        if not at <= each.first <= each.last <= len(plain):
            continue
        units += plain[at : each.first]
        at = each.last
        if each.text is None:
            units += [unit._replace(speaker=each.speaker, correction=each) for unit in plain[each.first : at]]
        else:
            units.append(_replaced(plain, each))
    return units + plain[at:]


def _replaced(plain: Sequence[Unit], correction: Correction) -> Unit:
    """The unit of a correction of words."""
    first, last, text = correction.first, correction.last, correction.text or ""
    before = plain[first - 1] if first else None
    after = plain[first] if first < len(plain) else None
    owner = after or before
    alone = first == last and (before is None or after is None or before.sentence != after.sentence)
    if alone:
        owner = before or after
    elif first == last and before is not None:  # in a sentence, in front of a word
        text += before.piece[len(before.piece.rstrip()) :]
    else:
        end = plain[last - 1].piece
        text += end[len(end.rstrip()) :] if text else ""
    speaker = correction.speaker
    if speaker is None and owner is not None:
        speaker = owner.speaker
    sentence = owner.sentence if owner is not None else 0
    return Unit(first, last, correction.words, text, speaker, sentence, correction, alone)


def shown(transcript: Transcript, corrections: Sequence[Correction]) -> Transcript:
    """The transcript with corrections carried out; a sentence that none of them touches is the same object."""
    if not corrections:
        return transcript
    units = to_units(transcript, corrections)
    sentences: list[Sentence] = []
    for _, run in groupby(units, key=lambda unit: (unit.sentence, unit.alone, unit.first if unit.alone else 0)):
        sentences += _sentences(transcript, list(run))
    return replace(transcript, sentences=tuple(sentences))


def _sentences(transcript: Transcript, units: Sequence[Unit]) -> Iterator[Sentence]:
    """The sentences that the units of a recognised one make: one for each run of a speaker."""
    sentence = transcript.sentences[units[0].sentence] if transcript.sentences else Sentence("", 0, 0)
    if all(unit.correction is None for unit in units):
        yield sentence
        return
    touched = any(unit.correction is not None and unit.correction.text is not None for unit in units)
    runs = [list(run) for _, run in groupby(filter(lambda unit: unit.words, units), key=lambda unit: unit.speaker)]
    for number, run in enumerate(runs):
        if len(runs) == 1 and not touched:
            yield replace(sentence, speaker=run[0].speaker)
            continue
        words = tuple(word for unit in run for word in unit.words)
        start_ms, end_ms = words[0].start_ms, max(word.end_ms for word in words)
        if number == 0 and run[0] is units[0] and run[0].correction is None:
            start_ms = min(start_ms, sentence.start_ms)
        if run[-1] is units[-1] and run[-1].correction is None:
            end_ms = max(end_ms, sentence.end_ms)
        text = _SPACES.sub(" ", "".join(unit.piece for unit in run)).strip()
        yield Sentence(text, start_ms, end_ms, words, run[0].speaker, sentence.channel)


def sentence_texts(transcript: Transcript, corrections: Sequence[Correction]) -> Mapping[int, str]:
    """The shown text of each recognised sentence that a correction touches, by its index."""
    touched: dict[int, list[Unit]] = {}
    if not corrections:
        return {}
    units = to_units(transcript, corrections)
    wanted = {unit.sentence for unit in units if unit.correction is not None}
    for unit in units:
        if unit.sentence in wanted:
            touched.setdefault(unit.sentence, []).append(unit)
    texts: dict[int, str] = {}
    for index, own in touched.items():
        runs = groupby(own, key=lambda unit: (unit.alone, unit.first if unit.alone else 0))
        parts = [each.text for _, run in runs for each in _sentences(transcript, list(run))]
        texts[index] = " ".join(filter(None, parts))
    return texts


def speakers_named(transcript: Transcript, corrections: Iterable[Correction]) -> dict[str, str]:
    """Names of speakers that corrections brought in: such a speaker's id is the name."""
    known = frozenset(transcript.speakers())
    speakers = dict.fromkeys(each.speaker for each in corrections if each.speaker is not None)
    return {speaker: speaker for speaker in speakers if speaker not in known and not speaker.isdigit()}


def at_revision(edits: Edits, number: int) -> tuple[Correction, ...]:
    """The corrections that were in force after a revision; those of rules only from revision 1 on."""
    if number == 0:
        return ()
    every = (*edits.corrections, *edits.replaced)
    found = [each for each in every if each.revision <= number and not 0 < each.until <= number]
    return tuple(sorted(found, key=lambda each: (each.first, each.last)))


def shifted(edits: Edits, offset_ms: int) -> Edits:
    """The edits for another offset of the recogniser's times; what would begin before 0 begins at 0."""
    by_ms = offset_ms - edits.offset_ms
    if not by_ms:
        return edits
    return replace(
        edits,
        corrections=tuple(replace(each, words=_moved(each.words, by_ms)) for each in edits.corrections),
        replaced=tuple(replace(each, words=_moved(each.words, by_ms)) for each in edits.replaced),
        cues=tuple(_moved_cue(cue, by_ms) for cue in edits.cues),
        cut_with=tuple(replace(each, words=_moved(each.words, by_ms)) for each in edits.cut_with),
        accepted=tuple(
            replace(each, start_ms=max(0, each.start_ms + by_ms), end_ms=max(1, each.end_ms + by_ms))
            for each in edits.accepted
        ),
        offset_ms=offset_ms,
        script=_moved_report(edits.script, by_ms),
    )


def _moved_report(report: ScriptReport | None, by_ms: int) -> ScriptReport | None:
    if report is None:
        return None
    places = tuple(
        replace(each, start_ms=max(0, each.start_ms + by_ms), end_ms=max(0, each.end_ms + by_ms))
        for each in report.places
    )
    return replace(report, places=places)


def _moved(words: Sequence[Word], by_ms: int) -> tuple[Word, ...]:
    return tuple(
        replace(word, start_ms=max(0, word.start_ms + by_ms), end_ms=max(0, word.end_ms + by_ms)) for word in words
    )


def _moved_cue(cue: Cue, by_ms: int) -> Cue:
    lines = tuple(replace(line, words=_moved(line.words, by_ms)) for line in cue.lines)
    start_ms = max(0, cue.start_ms + by_ms)
    return replace(cue, start_ms=start_ms, end_ms=max(start_ms + 1, cue.end_ms + by_ms), lines=lines)
