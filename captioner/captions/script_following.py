"""Follows a script: what was said is shown as it is written there, as far as it was said. Pure.

The script is aligned with what was recognised. Where the two agree, or the recogniser misheard (see `mishearing`), the
spelling, punctuation and names are the script's; where the speaker left the script, what was said is shown; what was
not spoken is left out. Everything becomes corrections over the recognised words, made again at every run. What a person
corrected stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from captioner.alignment import Passage, align
from captioner.captions.mishearing import names_in
from captioner.captions.recorrect import Token, corrections_of, tokens_of_units
from captioner.captions.rewording import joined
from captioner.captions.script_segments import Pairing, Policy, Segment, decide, is_script_of, segments_of
from captioner.corrections import Correction, to_units
from captioner.formats.script_reading import ScriptLine
from captioner.gc_pause import gc_paused
from captioner.model import Issue, Sentence, Transcript, Word
from captioner.script_report import PlaceKind, ScriptPlace, ScriptReport, describe_report

__all__ = ["Followed", "Policy", "follow_script", "is_in_capitals", "report_issue"]

_SHOWN = 120  # letters of a place
_PASSAGE = 8  # words that were left out: from here on a place of their own
_ASIDE = 2  # words that were said between two sentences and are none of their own
_ISLAND = 2  # words that are the same, between two places that differ
_FINAL = ".!?…。！？؟।"
_PAUSES = ",;:—–-，；：、"
_CLOSING = "\"'”’»)]）」』》"


@dataclass(frozen=True, slots=True)
class Followed:
    """A script that was followed.

    Attributes:
        corrections: Those that were there, and those that the script makes, in order of the words.
        report: How the speech followed it.
    """

    corrections: tuple[Correction, ...]
    report: ScriptReport


class _Shown(NamedTuple):
    """A word that will be shown, and its place in the script where it is from there."""

    token: Token
    known: int | None


def follow_script(
    transcript: Transcript,
    corrections: Sequence[Correction],
    lines: Sequence[ScriptLine],
    *,
    name: str = "",
    policy: Policy = "spoken",
    names: Mapping[str, str] | None = None,
) -> Followed:
    """Show what was said as the script writes it.

    Args:
        transcript: What was recognised.
        corrections: What people and rules corrected; the script changes none of their words.
        lines: The script.
        name: Its name, for the corrections and the report.
        policy: What is shown where something else was said than is written.
        names: Names that were given to recognised speakers; they win over the script's.
    """
    with gc_paused():
        return _Following(transcript, corrections, lines, name, policy, names or {}).run()


def is_in_capitals(lines: Sequence[ScriptLine]) -> bool:
    """Whether a script is in capitals all through, so that it does not tell names from other words."""
    text = "".join(line.text for line in lines)
    return sum(map(str.isupper, text)) > 9 * sum(map(str.islower, text))


def report_issue(report: ScriptReport) -> Issue:
    """The report of a script as an issue: a note, or a warning where it is not the script of the speech."""
    return Issue("script", "note" if report.is_used else "warning", None, 0, 0, describe_report(report))


class _Following:
    def __init__(
        self,
        transcript: Transcript,
        corrections: Sequence[Correction],
        lines: Sequence[ScriptLine],
        name: str,
        policy: Policy,
        names: Mapping[str, str],
    ) -> None:
        self._transcript, self._corrections, self._lines = transcript, corrections, lines
        self._name, self._policy, self._given = name, policy, names
        self._units = to_units(transcript, corrections)
        self._owners = [index for index, unit in enumerate(self._units) for _ in unit.words]
        self._said = tokens_of_units(self._units)
        self._in_capitals = is_in_capitals(lines)
        found = align(self._speech(), [Passage(line.text, line.speaker or None) for line in lines])
        self._voices = found.voices
        self._pairing = Pairing.of(found, [token.word for token in self._said])
        self._known = [link.known for link in self._pairing.links]
        self._in_order = {link.known: place for place, link in enumerate(self._pairing.links)}

    def run(self) -> Followed:
        segments = segments_of(self._pairing)
        for segment in segments:
            segment.is_fixed = self._is_corrected(segment)
        if not is_script_of(segments, self._pairing):
            return Followed(tuple(self._corrections), self._report(segments, is_used=False))
        text = "\n".join(line.text for line in self._lines)
        names = self._names_heard(segments) if self._in_capitals else names_in(text)
        decide(segments, self._pairing, self._policy, self._transcript.language, names)
        shown = self._punctuated([each for segment in segments for each in self._shown(segment)])
        tokens = list(self._spaced(shown))
        if any(line.speaker for line in self._lines):
            tokens = self._with_speakers(tokens, [each.known for each in shown])
        made = corrections_of(self._transcript, self._units, tokens)
        return Followed(tuple(map(self._with_origin, made)), self._report(segments, is_used=True, names=names))

    def _speech(self) -> Transcript:
        """The transcript as it is shown so far, with every word of it in a sentence."""
        sentences = []
        for _, run in groupby(self._units, key=lambda unit: (unit.sentence, unit.alone)):
            units = [unit for unit in run if unit.words]
            words = tuple(word for unit in units for word in unit.words)
            if words:
                text = "".join(unit.piece for unit in units).strip()
                end_ms = max(words[0].start_ms, *(word.end_ms for word in words))
                sentences.append(Sentence(text, words[0].start_ms, end_ms, words, units[0].speaker))
        return replace(self._transcript, sentences=tuple(sentences))

    def _is_corrected(self, segment: Segment) -> bool:
        units = (self._units[index] for index in self._owners[segment.first : segment.last])
        return any(unit.correction is not None and unit.correction.text is not None for unit in units)

    def _names_heard(self, segments: Sequence[Segment]) -> frozenset[str]:
        """Words of a script in capitals in whose place the recogniser heard a name."""
        words = self._pairing.words
        return frozenset(
            words[place].text.strip()
            for segment in segments
            if segment.known and segment.said and not segment.is_equal and self._is_name_heard(segment)
            for place in segment.known
        )

    def _is_name_heard(self, segment: Segment) -> bool:
        before = self._said[segment.first - 1].word if segment.first else None
        heard = self._said[segment.first].word.text.strip()
        return heard[:1].isupper() and before is not None and not _is_final(before)

    # Words

    def _shown(self, segment: Segment) -> Iterator[_Shown]:
        """The words of a segment: the script's, or those that were said."""
        if not segment.follows:
            yield from (_Shown(token, None) for token in self._said[segment.first : segment.last])
            return
        if self._in_capitals and len(segment.known) == segment.said == 1:
            token, place = self._said[segment.first], segment.known[0]
            if token.word.text.strip().casefold() == self._pairing.words[place].text.strip().casefold():
                yield _Shown(token, self._known[place])
                return
        for place in segment.known:
            link, word = self._pairing.links[place], self._pairing.words[place]
            if self._in_capitals:
                word = replace(word, text=self._in_small(word.text, segment))
            speaker = self._said[min(link.first, len(self._said) - 1)].speaker
            yield _Shown(Token(word, link.first, link.last, speaker, -1), link.known)

    def _in_small(self, text: str, segment: Segment) -> str:
        """A word of a script in capitals, with a capital where the recogniser wrote one."""
        heard = self._said[segment.first].word.text.strip() if segment.said else ""
        lead, small = text[: len(text) - len(text.lstrip())], text.strip().lower()
        return lead + (small.capitalize() if heard[:1].isupper() else small)

    def _punctuated(self, shown: Sequence[_Shown]) -> list[_Shown]:
        """The words with the ends and beginnings of sentences where the speaker left the script or came back to it."""
        made: list[_Shown] = []
        for at, each in enumerate(shown):
            after = shown[at + 1] if at + 1 < len(shown) else None
            before = made[-1] if made else None
            word = each.token.word
            if each.known is not None and not self._continues(before, each):
                word = self._begun(word, before)
            if not self._continues(each, after):
                word = self._ended(shown[max(0, at - _ASIDE) : at + 1], word, after)
            made.append(_Shown(each.token._replace(word=word), each.known))
        return made

    @staticmethod
    def _continues(one: _Shown | None, other: _Shown | None) -> bool:
        """Whether two words follow one another in the script, or in the speech."""
        if one is None or other is None:
            return False
        if one.known is None or other.known is None:
            return one.known is other.known
        return other.known == one.known + 1

    @staticmethod
    def _begun(word: Word, before: _Shown | None) -> Word:
        """A word with a capital where the one before it ends a sentence."""
        text = word.text.lstrip()
        if before is None or not _is_final(before.token.word) or not text[:1].islower():
            return word
        lead = word.text[: len(word.text) - len(text)]
        return replace(word, text=lead + text[0].upper() + text[1:])

    def _ended(self, so_far: Sequence[_Shown], word: Word, after: _Shown | None) -> Word:
        """A word with the mark that ends its sentence, where the rest of the sentence was not said.

        Args:
            so_far: The last words up to this one.
            word: Its word.
            after: The next word, from another place.
        """
        each = so_far[-1]
        if _is_final(word):
            return word
        is_skipped = after is not None and after.known is not None
        if each.known is not None and (is_skipped or not word.punctuation.strip()):
            word = replace(word, punctuation=self._heard_mark(each.token))
        begins = after is None or (after.known is not None and self._begins_sentence(after.known))
        if not begins or _is_final(word):
            return word
        if each.known is not None:
            return _with_mark(word, self._end_of_sentence(each.known) or _full_stop(word))
        is_aside = len(so_far) <= _ASIDE or any(other.known is not None for other in so_far)
        return word if after is None or is_aside else _with_mark(word, _full_stop(word))

    def _heard_mark(self, token: Token) -> str:
        """The mark that the recogniser wrote behind the words that a token stands for."""
        return self._said[token.last - 1].word.punctuation.rstrip() if token.last > token.first else ""

    def _begins_sentence(self, known: int) -> bool:
        """Whether a word of the script begins a sentence or a paragraph of it."""
        own, before = self._in_order.get(known), self._in_order.get(known - 1)
        if own is None or before is None:
            return True
        links, words = self._pairing.links, self._pairing.words
        return links[own].passage != links[before].passage or _is_final(words[before])

    def _end_of_sentence(self, known: int) -> str:
        """The mark with which the sentence of a word of the script ends, or ""."""
        first = self._in_order[known]
        passage = self._pairing.links[first].passage
        while (place := self._in_order.get(known)) is not None and self._pairing.links[place].passage == passage:
            if _is_final(self._pairing.words[place]):
                return self._pairing.words[place].punctuation.strip().rstrip(_CLOSING)[-1:]
            known += 1
        return ""

    def _spaced(self, shown: Sequence[_Shown]) -> Iterator[Token]:
        """The tokens, with the spaces that part them."""
        yield from joined(each.token for each in shown)

    # Speakers

    def _with_speakers(self, tokens: Sequence[Token], known: Sequence[int | None]) -> list[Token]:
        """The tokens with the script's speakers; speech that is not in it keeps its voice, or is of those around it."""
        named = [self._speaker_of(place) if place is not None else None for place in known]
        made: list[Token] = []
        for at, token in enumerate(tokens):
            own = self._units[self._owners[min(token.first, len(self._owners) - 1)]]
            speaker = named[at]
            if own.correction is not None and own.correction.speaker is not None:
                speaker = own.correction.speaker
            elif speaker is None and own.speaker is not None:
                speaker = self._id_of(self._voices[own.speaker]) if own.speaker in self._voices else own.speaker
            made.append(token._replace(speaker=speaker))
        return _with_those_around(made)

    def _speaker_of(self, known: int) -> str | None:
        name = self._lines[self._pairing.links[self._in_order[known]].passage].speaker
        return self._id_of(name) if name else None

    def _id_of(self, name: str) -> str:
        """The id of a speaker of the script: the recognised one where the user gave that a name, else the name."""
        given = (voice for voice, known in self._voices.items() if known == name and voice in self._given)
        return next(given, name)

    def _with_origin(self, made: Correction) -> Correction:
        """A correction with the script as its origin, unless it was there before."""
        if made.revision or made.kind == "rule":
            return made
        return replace(made, source=self._name, kind="script")

    # Report

    def _report(
        self, segments: Sequence[Segment], *, is_used: bool, names: frozenset[str] = frozenset()
    ) -> ScriptReport:
        counted = [each for each in segments if each.follows or (each.is_equal and not is_used)]
        said = sum(each.said for each in counted) / max(1, len(self._said))
        spoken = sum(len(each.known) for each in counted) / max(1, len(self._known))
        places = tuple(self._places(segments, names)) if is_used else ()
        return ScriptReport(
            self._name, self._policy, round(said, 3), round(spoken, 3), is_used, self._in_capitals, places
        )

    def _places(self, segments: Sequence[Segment], names: frozenset[str]) -> Iterator[ScriptPlace]:
        """The places that differ, in order of time; what stands side by side is one."""
        told = [each for each in segments if not each.is_fixed]
        kinds = _without_islands([self._kind(each) for each in told])
        for (kind, _), run in groupby(zip(kinds, told, strict=True), key=lambda pair: pair[0]):
            group = [each for _, each in run]
            if kind == "differs":
                yield self._place(group)
            elif kind == "misheard" and self._is_told(group, names):
                yield replace(self._place(group), kind="corrected")

    def _kind(self, segment: Segment) -> tuple[str, bool]:
        """Kind of a segment in the report, and whether it is a passage that was left out."""
        if segment.is_misheard:
            return "misheard", False
        return "same" if segment.follows else "differs", not segment.said and len(segment.known) >= _PASSAGE

    def _is_told(self, group: Sequence[Segment], names: frozenset[str]) -> bool:
        """Whether a name or a number was misheard, which is worth hearing."""
        written = self._pairing.written(group)
        return any(map(str.isdigit, written)) or any(name in written for name in names)

    def _place(self, group: Sequence[Segment]) -> ScriptPlace:
        known = [place for segment in group for place in segment.known]
        said = self._pairing.said[group[0].first : group[-1].last]
        own = said or tuple(self._pairing.words[place] for place in known)
        start_ms = own[0].start_ms
        written, heard = _shortened(self._pairing.written(group)), _shortened(self._pairing.heard(group))
        kind: PlaceKind = "changed" if known and said else "left out" if known else "added"
        end_ms = max(word.end_ms for word in own)
        return ScriptPlace(kind, start_ms, max(start_ms, end_ms), written, heard, len(known) or len(said))


def _without_islands(kinds: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Kinds of segments in which one or two that are the same between two that differ belong to those."""
    found: list[tuple[str, bool]] = []
    runs = [list(run) for _, run in groupby(kinds)]
    for at, run in enumerate(runs):
        is_inside = 0 < at < len(runs) - 1 and runs[at - 1][0] == runs[at + 1][0] == ("differs", False)
        is_island = run[0][0] == "same" and len(run) <= _ISLAND and is_inside
        found += [("differs", False)] * len(run) if is_island else run
    return found


def _with_those_around(tokens: Sequence[Token]) -> list[Token]:
    """The tokens; those without a speaker between two of one speaker are that one's, others the nearer one's."""
    made = list(tokens)
    at = 0
    for speaker, run in groupby(tokens, key=lambda token: token.speaker):
        count = len(list(run))
        if speaker is None:
            before = made[at - 1] if at else None
            after = tokens[at + count] if at + count < len(tokens) else None
            gap_before = tokens[at].word.start_ms - before.word.end_ms if before else None
            gap_after = after.word.start_ms - tokens[at + count - 1].word.end_ms if after else None
            nearer = before if gap_after is None or (gap_before is not None and gap_before <= gap_after) else after
            for place in range(at, at + count):
                made[place] = made[place]._replace(speaker=nearer.speaker if nearer else None)
        at += count
    return made


def _is_final(word: Word) -> bool:
    """Whether a word ends a sentence."""
    return (word.text + word.punctuation).rstrip().rstrip(_CLOSING)[-1:] in tuple(_FINAL)


def _full_stop(word: Word) -> str:
    return "。" if "\u3040" <= word.text.strip()[-1:] <= "\u9fff" else "."


def _with_mark(word: Word, mark: str) -> Word:
    """A word with a mark behind it in place of a comma or the like."""
    return replace(word, punctuation=word.punctuation.rstrip().rstrip(_PAUSES) + mark)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"
