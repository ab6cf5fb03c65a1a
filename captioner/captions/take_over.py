"""Takes over what people corrected to another recognition of the same media. Pure.

Where the recognition is the same, word for word, everything stays as it is. Where it is another one, the text that was
shown is aligned with it: a correction finds its place by the words beside it, which must have been recognised again.
One that does not find it is told, and kept in the archive with the reason.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import accumulate, pairwise

from captioner.alignment import Alignment, Link, Passage, align
from captioner.archive import Archive
from captioner.captions.hand_edits import with_hand_edits
from captioner.captions.options import CaptionOptions
from captioner.captions.recut import recut_by_text
from captioner.captions.rewording import letters_of
from captioner.corrections import Correction, Edits, Revision, Unit, recognised_words, shifted, shown, to_units
from captioner.edit import Linear, retime_transcript
from captioner.model import Cue, Issue, Line, Transcript, Word

__all__ = ["TakenOver", "take_over"]

_FARTHEST = 6  # recognised words more than were replaced before: beyond that it is another place
_SHOWN = 60  # letters of a correction in a message


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Changes of people, for a recognition.

    Attributes:
        edits: In the times of the recogniser.
        names: Names that people gave to speakers.
        notes: What did not fit, and what was kept, a note each.
    """

    edits: Edits
    names: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Issue, ...] = ()


def take_over(archive: Archive, transcript: Transcript, options: CaptionOptions, revision: Revision) -> TakenOver:
    """Take over corrections and cuts.

    Args:
        archive: Of the captions so far, perhaps edited by hand.
        transcript: What is recognised now, in the recogniser's times.
        options: What the captions shall be; cuts of people are kept where the style is theirs.
        revision: When and from where edits by hand are; its number is not used.
    """
    archive = with_hand_edits(archive, replace(revision, number=archive.edits.revision + 1))
    cut_with = archive.edits.corrections if archive.edits.cues else ()
    own = _without_script(archive.corrections)
    edits = shifted(replace(archive.edits, corrections=own, script=None, cut_with=cut_with), 0)
    if not edits.revisions:
        return TakenOver(Edits(accepted=edits.accepted))
    names = {str(key): str(name) for key, name in dict(archive.options.get("names", {})).items()}
    edits, renamings = _with_later_names(edits, options.names)
    edits = _relabelled(edits, archive.names, {**names, **options.names, **edits.names})
    before = archive.transcript
    if archive.offset_ms:
        before = retime_transcript(before, Linear(offset_ms=Fraction(-archive.offset_ms)))
    notes = list(renamings)
    if edits.cues and options.style.digest != archive.style.digest:
        edits = replace(edits, cues=(), pinned=(), cut_with=())
        notes.append(_note(f"the cuts of a person were made for style {archive.style.name}; laid out anew"))
    if not _is_same(before, transcript):
        cut = len(edits.cues)
        edits, lost = _Carried(before, edits, transcript).run()
        if gone := cut - len(edits.cues):
            notes.append(_note(f"{gone} caption{'s' if gone != 1 else ''} of a person whose speech is gone: left out"))
        number = edits.revision
        notes += [_note(f"not taken over to the new recognition: {_named(each)} ({each.unfit})") for each in lost]
        edits = replace(edits, replaced=(*edits.replaced, *(replace(each, until=number) for each in lost)))
    kept = len(edits.corrections) + len(edits.renamed)  # a new name is one, as adopt counts
    counted = f"{kept} correction{'s' if kept != 1 else ''}" if kept else ""
    if listed := " and ".join(filter(None, (counted, "the cuts of a person" if edits.cues else ""))):
        notes.append(_note(f"{listed} in {revision.source} kept"))
    return TakenOver(edits, names, tuple(notes))


def _without_script(corrections: Sequence[Correction]) -> tuple[Correction, ...]:
    """The corrections of people, without the speakers that a script gave to the words around theirs."""
    scripted = [each for each in corrections if each.kind == "script"]
    beside = {(place, each.speaker) for each in scripted for place in (each.first, each.last)}
    return tuple(
        replace(each, speaker=None)
        if each.text is not None and {(each.first, each.speaker), (each.last, each.speaker)} & beside
        else each
        for each in corrections
        if each.kind == "person"
    )


def _with_later_names(edits: Edits, given: Mapping[str, str]) -> tuple[Edits, list[Issue]]:
    """The edits with the names of a person that no name given since then replaces, and a note where two names meet.

    Args:
        edits: With the names of a person.
        given: Names that are given now.
    """
    kept, notes = {}, []
    for speaker, each in edits.renamed.items():
        now = given.get(speaker, each.given)
        if now != each.given and now != each.name:
            notes.append(_note(f"speaker {each.name}, as a person renamed it, is {now}, as given since then"))
            continue
        kept[speaker] = each
        if speaker in given and now != each.name:
            notes.append(_note(f"speaker {now}, as given, stays {each.name}, as a person renamed it since then"))
    return replace(edits, renamed=kept), notes


def _relabelled(edits: Edits, before: Mapping[str, str], now: Mapping[str, str]) -> Edits:
    """The edits with captions of a person whose labels have the names of now."""
    changed = {key: (old, now[key]) for key, old in before.items() if old and now.get(key, old) != old}
    if not changed or not edits.cues:
        return edits

    def line(each: Line) -> Line:
        old, new = changed.get(each.speaker or "", ("", ""))
        return replace(each, label=each.label.replace(old, new)) if old and old in each.label else each

    return replace(edits, cues=tuple(replace(cue, lines=tuple(map(line, cue.lines))) for cue in edits.cues))


def _note(message: str) -> Issue:
    return Issue("corrections", "note", None, 0, 0, message)


def _named(correction: Correction) -> str:
    if correction.text is None:
        return f"speaker {correction.speaker}"
    text = correction.text if len(correction.text) <= _SHOWN else f"{correction.text[:_SHOWN]}…"
    return f"“{text}”" if text else "words that were deleted"


def _is_same(before: Transcript, after: Transcript) -> bool:
    """Whether two recognitions have the same words at the same times; the spaces between them may differ."""
    one, other = recognised_words(before), recognised_words(after)
    return len(one) == len(other) and all(
        (a.start_ms, a.end_ms) == (b.start_ms, b.end_ms) and (a is b or _bare(a) == _bare(b))
        for a, b in zip(one, other, strict=True)
    )


class _Carried:
    def __init__(self, before: Transcript, edits: Edits, after: Transcript) -> None:
        self._edits, self._after, self._before = edits, after, recognised_words(before)
        self._units = to_units(before, edits.corrections)
        text = shown(before, edits.corrections)
        self._found = align(after, [Passage(sentence.text, sentence.speaker) for sentence in text.sentences])
        self._links, self._words = _by_known(self._found)
        self._letters = [0, *accumulate(_letters_in(unit) for unit in self._units)]
        self._ends = list(accumulate(len(letters_of(word.text + word.punctuation)) for word in self._words))
        self._recognised = recognised_words(after)
        self._speakers = {known: voice for voice, known in self._found.voices.items()}

    def run(self) -> tuple[Edits, tuple[Correction, ...]]:
        """Edits for the other recognition, and what did not fit."""
        kept: list[Correction] = []
        lost: list[Correction] = []
        for each in self._edits.corrections:
            made = self._placed(each)
            if isinstance(made, str):
                lost.append(replace(each, unfit=made))
            elif made is not None and (not kept or made.first >= kept[-1].last):
                kept.append(made)
            elif made is not None:
                lost.append(replace(each, unfit="another correction has its place"))
        edits = replace(self._edits, corrections=tuple(kept), cut_with=())
        if edits.cues:
            edits = replace(edits, cues=_retimed(edits.cues, recut_by_text(edits.cues, self._after, kept)))
            edits = replace(edits, pinned=tuple(range(len(edits.cues))))
        return edits, tuple(lost)

    def _placed(self, each: Correction) -> Correction | str | None:
        """The correction at its place, None where it is recognised so by now, or why it has none."""
        indexes = [index for index, unit in enumerate(self._units) if unit.correction is each]
        first, last = self._letters[indexes[0]], self._letters[indexes[-1] + 1]
        left, right = self._link(first - 1), self._link(last)
        if not (_is_firm(left) and _is_firm(right)):
            return "the speech around it was recognised otherwise"
        start = left.last if left else 0
        end = right.first if right else len(self._recognised)
        if end < start or end - start > each.last - each.first + _FARTHEST:
            return "the speech around it was recognised otherwise"
        speaker = None if each.speaker is None else self._speakers.get(each.speaker, each.speaker)
        if each.text is None:
            return replace(each, first=start, last=end, speaker=speaker) if start < end else "its words are gone"
        said = [_written(word) for word in self._recognised[start:end]]
        heard = [_written(word) for word in self._before[each.first : each.last]]
        wanted = [_written(word) for word in each.words]
        if speaker is None and said == wanted != heard:  # where it was heard so before, a person took a rule back
            return None
        return replace(each, first=start, last=end, speaker=speaker, words=self._timed(each.words, first))

    def _timed(self, words: Sequence[Word], letter: int) -> tuple[Word, ...]:
        """Words that begin at a letter of what was shown, with the times of the other recognition."""
        made = []
        for word in words:
            end = letter + len(letters_of(word.text + word.punctuation))
            one, other = (self._words[self._place(at)] for at in (letter, max(letter, end - 1)))
            made.append(replace(word, start_ms=one.start_ms, end_ms=max(one.start_ms, other.end_ms)))
            letter = end
        return tuple(made)

    def _place(self, letter: int) -> int:
        """The aligned word that a letter of what was shown is in."""
        return min(bisect_right(self._ends, letter), len(self._ends) - 1)

    def _link(self, letter: int) -> Link | None:
        """Link of the word of a letter, None before the first and after the last."""
        return self._links[self._place(letter)] if 0 <= letter < self._letters[-1] and self._links else None


def _letters_in(unit: Unit) -> int:
    return len(letters_of(unit.piece))


def _is_firm(link: Link | None) -> bool:
    return link is None or link.kind == "equal"


def _by_known(found: Alignment) -> tuple[list[Link], list[Word]]:
    """Links and words in the order of the known text."""
    words = [word for sentence in found.transcript.sentences for word in sentence.words]
    pairs = sorted(zip(found.links, words, strict=True), key=lambda pair: pair[0].known)
    return [link for link, _ in pairs], [word for _, word in pairs]


def _written(word: Word) -> str:
    return word.text.strip() + word.punctuation.strip()


def _bare(word: Word) -> str:
    return "".join(char for char in word.text if char.isalnum()).casefold()


def _retimed(before: Sequence[Cue], after: Sequence[Cue]) -> tuple[Cue, ...]:
    """Captions as far from their words as they were: where the words have other times, so have the captions.

    Args:
        before: Captions over the words of before.
        after: The same over those of now, in the times of before; some are gone.
    """
    made: list[Cue] = []
    at = 0
    for cue in after:
        while (before[at].start_ms, before[at].end_ms) != (cue.start_ms, cue.end_ms):
            at += 1
        made.append(_moved(before[at], cue))
        at += 1
    for index, (one, other) in enumerate(pairwise(made)):
        if one.start_ms < other.start_ms < one.end_ms:
            made[index] = replace(one, end_ms=other.start_ms)
    return tuple(made)


def _moved(before: Cue, after: Cue) -> Cue:
    old, new = _span(before), _span(after)
    if old is None or new is None or old == new:
        return after
    start_ms = max(0, new[0] + before.start_ms - old[0])
    return replace(after, start_ms=start_ms, end_ms=max(start_ms + 1, new[1] + before.end_ms - old[1]))


def _span(cue: Cue) -> tuple[int, int] | None:
    """Begin of the first word of a caption and end of the last one in ms, or None without words."""
    words = [word for line in cue.lines for word in line.words]
    return (words[0].start_ms, max(word.end_ms for word in words)) if words else None
