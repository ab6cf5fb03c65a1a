"""Edited captions become corrections: which words, speakers, cuts and times a person changed, and nothing else.

What was edited is what differs between the file as it is read and the captions that were written before as *they* read
back from the same format. A time that another program rounded, a mark it cannot hold or a name it writes in capitals is
the same in both, or within the rounding of the file, and so no edit. Pure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from statistics import median

from captioner.alignment import Difference
from captioner.captions.file_speakers import FileSpeakers, speaker_of
from captioner.captions.recorrect import Token, corrections_of, tokens_of_units, with_origins
from captioner.captions.rewording import Block, EditedLine, ShownLine, changed_blocks, letters_of, reword, spread
from captioner.captions.word_places import word_places
from captioner.corrections import Edits, Revision, Unit, to_units
from captioner.layout.speakers import fit_label
from captioner.model import Cue, Line, Transcript, Word
from captioner.style import Style

__all__ = ["Adopted", "Shape", "adopt_captions", "pinned_among", "shared_out"]

# An hour: editors' time lines begin at 1:00:00:00 or 10:00:00:00, and captions saved from them with them.
_TIMELINE_MS = 3_600_000
# One frame at 23.976 a second, the longest in use: what a program that works in frames moves a time by.
_FRAME_MS = 42
_ROUNDED_SHARE = 0.5  # of the times that are not what they were: more is rounding, less is a person


@dataclass(frozen=True, slots=True)
class Shape:
    """Captions of one shape as they were written before.

    Attributes:
        cues: As they were made.
        read: The same as they read back from the format of the edited file, one for each.
        style: Their style, for the labels of speakers.
        time_step_ms: Smallest difference of two times in the format.
    """

    cues: tuple[Cue, ...]
    read: tuple[Cue, ...]
    style: Style
    time_step_ms: int = 1


@dataclass(frozen=True, slots=True)
class Adopted:
    """Changes that an edited file makes.

    Attributes:
        edits: All corrections, with the new ones; their cues are those of the person, before they are held against
            what the words would give.
        names: Display name of each speaker id.
        corrected: Corrections made, replaced or taken back.
        cuts: Captions with other cuts or line breaks.
        times: Captions with other times.
        differences: Text for which nothing was recognised, and speech whose text was deleted.
        notes: What was decided, a line each.
    """

    edits: Edits
    names: Mapping[str, str]
    corrected: int = 0
    cuts: int = 0
    times: int = 0
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was changed."""
        return not (self.corrected or self.cuts or self.times)


@dataclass(slots=True)
class _Draft:
    """A caption as it will be, with the numbers of the lines whose words come from the comparison."""

    cue: Cue
    fresh: dict[int, int] = field(default_factory=dict)
    is_same: bool = True


def adopt_captions(
    transcript: Transcript,
    edits: Edits,
    names: Mapping[str, str],
    shape: Shape,
    edited: Sequence[Cue],
    revision: Revision,
    language: str = "",
) -> Adopted:
    """Take over captions that a person edited.

    Args:
        transcript: What was recognised.
        edits: What was corrected before.
        names: Display name of each speaker id.
        shape: The captions as they were written.
        edited: As read, in file order.
        revision: Number, time and origin of the change.
        language: BCP 47 tag, or "".
    """
    return _Adoption(transcript, edits, names, shape, edited, language).run(revision)


class _Adoption:
    def __init__(
        self,
        transcript: Transcript,
        edits: Edits,
        names: Mapping[str, str],
        shape: Shape,
        edited: Sequence[Cue],
        language: str,
    ) -> None:
        self._transcript, self._edits, self._shape, self._language = transcript, edits, shape, language
        self._units = to_units(transcript, edits.corrections)
        self._owners = [index for index, unit in enumerate(self._units) for _ in unit.words]
        self._places = word_places(self._units, shape.cues)
        self._edited, offset_ms = _without_timeline(shape.read, edited)
        self._notes = (
            [f"all times are {offset_ms // _TIMELINE_MS} h later, as on a time line; taken off"] if offset_ms else []
        )
        self._pairs, self._blocks = changed_blocks(list(map(_key, shape.read)), list(map(_key, self._edited)))
        self._speakers = FileSpeakers(names, shape.cues, shape.read, self._edited, self._pairs)
        self._tolerance_ms = _tolerance_ms(shape, self._edited, self._pairs)
        self._tokens = tokens_of_units(self._units)
        self._line = 0
        self._drafts: dict[int, _Draft] = {}
        self._differences: list[Difference] = []
        self._times = 0
        self._cuts = 0

    def run(self, revision: Revision) -> Adopted:
        for before, after in self._pairs:
            self._drafts[after] = self._paired(before, after)
        fresh: dict[int, tuple[Token, ...]] = {}
        gone = set[int]()
        for block in self._blocks:
            gone.update(place for index in block.before for places in self._places[index] for place in places)
            fresh.update(self._reworded(block))
        tokens = [token for place, token in enumerate(self._tokens) if place not in gone]
        tokens += [token for own in fresh.values() for token in own]
        made = corrections_of(self._transcript, self._units, tokens)
        corrections, replaced = with_origins(self._transcript, made, self._edits.corrections, revision)
        new = sum(each.revision == revision.number for each in corrections)
        cues = self._finished(fresh)
        edits = replace(self._edits, corrections=corrections, replaced=(*self._edits.replaced, *replaced), cues=cues)
        return Adopted(
            edits,
            self._speakers.names,
            max(new, len(replaced)) + self._speakers.renamed,
            self._cuts,
            self._times,
            tuple(self._differences),
            (*self._notes, *self._speakers.notes),
        )

    # Captions whose words are the same

    def _paired(self, before: int, after: int) -> _Draft:
        own, was, now = self._shape.cues[before], self._shape.read[before], self._edited[after]
        cue = self._timed(own, was, now)
        if now.placement != was.placement:
            cue = replace(cue, placement=now.placement)
            self._cuts += 1
        self._give_speakers(before, was, now)
        lines = self._same_lines(cue, was, now)
        return _Draft(replace(cue, lines=lines), is_same=lines == cue.lines)

    def _timed(self, own: Cue, was: Cue, now: Cue) -> Cue:
        """A caption with the times of the edited one, where they are others and not only rounded."""
        start_ms = own.start_ms if abs(now.start_ms - was.start_ms) <= self._tolerance_ms else now.start_ms
        end_ms = own.end_ms if abs(now.end_ms - was.end_ms) <= self._tolerance_ms else now.end_ms
        if (start_ms, end_ms) == (own.start_ms, own.end_ms):
            return own
        self._times += 1
        return replace(own, start_ms=max(0, start_ms), end_ms=max(start_ms + 1, end_ms))

    def _give_speakers(self, before: int, was: Cue, now: Cue) -> None:
        """Give the words of a caption the speakers of the edited one, where they are others."""
        voices = {speaker_of(now, line) for line in now.lines}
        if voices == {speaker_of(was, line) for line in was.lines} and len(was.lines) == len(now.lines):
            pairs = zip(was.lines, now.lines, strict=True)
            if all(speaker_of(was, old) == speaker_of(now, new) for old, new in pairs):
                return
        for place, line in self._line_of_words(before, now):
            if (speaker := self._speakers.id_of(speaker_of(now, line))) is not None:
                self._tokens[place] = self._tokens[place]._replace(speaker=speaker)

    def _line_of_words(self, before: int, now: Cue) -> Iterator[tuple[int, Line]]:
        """Every word of a caption with the edited line it stands in, by their letters."""
        places = [place for line in self._places[before] for place in line]
        ends = list(accumulate(len(letters_of(line.text)) for line in now.lines))
        sizes = [len(letters_of(_text_at(self._units, self._owners, place))) for place in places]
        whole, total = sum(sizes) or 1, ends[-1] if ends else 0
        for place, begun in zip(places, accumulate(sizes, initial=0), strict=False):
            at = bisect_left(ends, begun * total // whole + 1)
            yield place, now.lines[min(at, len(now.lines) - 1)]

    def _same_lines(self, cue: Cue, was: Cue, now: Cue) -> tuple[Line, ...]:
        """The lines of a caption, with the breaks, dashes and looks of the edited one where they are others."""
        old = [(line.text, line.dash, line.spans) for line in was.lines]
        new = [(line.text, line.dash, line.spans) for line in now.lines]
        if old == new:
            return self._with_voices(cue, was, now)
        self._cuts += 1
        words = [word for line in cue.lines for word in line.words]
        lines = []
        for index, (line, own) in enumerate(zip(now.lines, shared_out(words, now.lines), strict=True)):
            label = cue.lines[0].label if index == 0 and not line.label else line.label
            speaker = self._voice(cue, was, now, line)
            lines.append(Line(line.text, own, speaker, label, line.dash, line.spans))
        return tuple(lines)

    def _with_voices(self, cue: Cue, was: Cue, now: Cue) -> tuple[Line, ...]:
        lines = []
        for line, old, new in zip(cue.lines, was.lines, now.lines, strict=False):
            changed = speaker_of(was, old) != speaker_of(now, new)
            speaker = self._speakers.id_of(speaker_of(now, new)) if changed else None
            lines.append(line if speaker is None else replace(line, speaker=speaker, label=new.label))
        return tuple(lines) if len(was.lines) == len(cue.lines) else cue.lines

    def _voice(self, cue: Cue, was: Cue, now: Cue, line: Line) -> str | None:
        voices = {speaker_of(was, each) for each in was.lines}
        name = speaker_of(now, line)
        if voices == {name}:
            return cue.lines[0].speaker
        return self._speakers.id_of(name) or cue.lines[0].speaker

    # Captions whose words differ

    def _reworded(self, block: Block) -> dict[int, tuple[Token, ...]]:
        """Tokens of the lines of a block, by the number of the line; and drafts of its captions."""
        before = [
            ShownLine(was.text, tuple(places))
            for index in block.before
            for was, places in _lines_for(self._shape.read[index], self._places[index])
        ]
        lines = [(index, *each) for index in block.after for each in enumerate(self._edited[index].lines)]
        after = [self._edited_line(self._edited[index], line) for index, _, line in lines]
        if any(each.words for each in before) and lines:
            found = reword(self._units, self._owners, before, after, self._language, self._line)
            tokens, differences = found.tokens, found.differences
        else:
            tokens, differences = spread(after, self._place_before(block.before.start), self._line), ()
        self._differences += differences
        numbers: dict[int, dict[int, int]] = defaultdict(dict)
        for offset, (index, number, _) in enumerate(lines):
            numbers[index][number] = self._line + offset
        first, self._line = self._line, self._line + len(lines)
        if len(block.before) != len(block.after):
            self._cuts += max(len(block.after), 1)
        for offset, index in enumerate(block.after):
            paired = block.before[offset] if len(block.before) == len(block.after) else None
            self._drafts[index] = self._redrawn(index, paired, numbers[index], block)
        return {first + offset: own for offset, own in enumerate(tokens)}

    def _edited_line(self, cue: Cue, line: Line) -> EditedLine:
        return EditedLine(line.text, self._speakers.id_of(speaker_of(cue, line)), cue.start_ms, cue.end_ms)

    def _place_before(self, index: int) -> int:
        """Place of the first word of the captions from an index on."""
        for own in self._places[index:]:
            for places in own:
                if places:
                    return places[0]
        return len(self._owners)

    def _redrawn(self, after: int, before: int | None, numbers: Mapping[int, int], block: Block) -> _Draft:
        now = self._edited[after]
        if before is None:
            start_ms, end_ms = (self._snapped(ms, block) for ms in (now.start_ms, now.end_ms))
            lines = [replace(line, speaker=self._speakers.id_of(speaker_of(now, line)), words=()) for line in now.lines]
            cue = Cue(start_ms, max(start_ms + 1, end_ms), tuple(lines), placement=now.placement)
            return _Draft(cue, dict(numbers), is_same=False)
        own, was = self._shape.cues[before], self._shape.read[before]
        cue = self._timed(own, was, now)
        if now.placement != was.placement:
            cue = replace(cue, placement=now.placement)
        lines = []
        same = len(was.lines) == len(now.lines) == len(own.lines)
        if not same:
            self._cuts += 1
        for number, line in enumerate(now.lines):
            old = was.lines[number] if same else None
            mine = own.lines[number] if same else None
            if old is not None and mine is not None and (old.text, old.spans) == (line.text, line.spans):
                text, spans = mine.text, mine.spans
            else:
                text, spans = line.text, line.spans
            stays = old is not None and speaker_of(was, old) == speaker_of(now, line)
            label = mine.label if mine is not None and stays else line.label
            speaker = mine.speaker if mine is not None and stays else self._speakers.id_of(speaker_of(now, line))
            lines.append(Line(text, (), speaker, label, line.dash, spans))
        return _Draft(replace(cue, lines=tuple(lines)), dict(numbers), is_same=False)

    def _snapped(self, ms: int, block: Block) -> int:
        """The time of the captions before that an edited time is the rounding of, else the time itself."""
        for index in block.before:
            own, was = self._shape.cues[index], self._shape.read[index]
            for mine, read in ((own.start_ms, was.start_ms), (own.end_ms, was.end_ms)):
                if abs(ms - read) <= self._tolerance_ms:
                    return mine
        return max(0, ms)

    # The captions as they will be

    def _finished(self, fresh: Mapping[int, Sequence[Token]]) -> tuple[Cue, ...]:
        drafts = [self._drafts[index] for index in sorted(self._drafts)]
        cues = [_with_words(draft, fresh) for draft in drafts]
        made: list[Cue] = []
        before: str | None = None
        was_same = True
        for draft, cue in zip(drafts, cues, strict=True):
            if draft.is_same and was_same:
                made.append(cue)
            else:
                made.append(self._labelled(cue, before, is_same=draft.is_same))
            before = next((line.speaker for line in reversed(cue.lines) if line.speaker is not None), before)
            was_same = draft.is_same
        return tuple(made)

    def _labelled(self, cue: Cue, before: str | None, *, is_same: bool) -> Cue:
        """A caption with a label where a turn begins and none where a turn goes on, after changes of speakers."""
        names, lines = self._speakers.names, []
        for line in cue.lines:
            label = line.label
            if line.speaker is not None and line.speaker == before and not line.dash and not is_same:
                label = ""
            elif before is not None and line.speaker not in (None, before) and not (label or line.dash):
                label = _label(self._shape.style, names.get(line.speaker or "", ""))
            lines.append(replace(line, label=label))
            before = line.speaker if line.speaker is not None else before
        speakers = {line.speaker for line in lines}
        return replace(cue, lines=tuple(lines), speaker=speakers.pop() if len(speakers) == 1 else None)


def _label(style: Style, name: str) -> str:
    return fit_label(style.label, name, style.max_columns // 2) if name else ""


def _with_words(draft: _Draft, fresh: Mapping[int, Sequence[Token]]) -> Cue:
    """A caption whose new lines have their words and, where the file named none, the speaker of them."""
    if not draft.fresh:
        return draft.cue
    lines = list(draft.cue.lines)
    for number, key in draft.fresh.items():
        tokens = fresh.get(key, ())
        speakers = Counter(token.speaker for token in tokens if token.speaker is not None)
        speaker = speakers.most_common(1)[0][0] if speakers else lines[number].speaker
        lines[number] = replace(lines[number], words=tuple(token.word for token in tokens), speaker=speaker)
    return replace(draft.cue, lines=tuple(lines))


def _key(cue: Cue) -> str:
    return letters_of(cue.text)


def _lines_for(read: Cue, places: Sequence[Sequence[int]]) -> Iterator[tuple[Line, Sequence[int]]]:
    """Lines of a caption as read with the places of their words; one line for all where the numbers differ."""
    if len(read.lines) == len(places):
        return zip(read.lines, places, strict=True)
    return iter([(Line(read.text), [place for own in places for place in own])])


def _text_at(units: Sequence[Unit], owners: Sequence[int], place: int) -> str:
    unit = units[owners[place]]
    return unit.piece if len(unit.words) == 1 else unit.piece[: max(1, len(unit.piece) // len(unit.words))]


def shared_out(words: Sequence[Word], lines: Sequence[Line]) -> list[tuple[Word, ...]]:
    """Words of a caption on its lines, by their letters."""
    sizes = [len(letters_of(word.text + word.punctuation)) for word in words]
    wanted = [len(letters_of(line.text)) for line in lines]
    whole, total = sum(sizes), sum(wanted)
    shares: list[list[Word]] = [[] for _ in lines]
    ends = list(accumulate(wanted))
    for word, begun in zip(words, accumulate(sizes, initial=0), strict=False):
        at = bisect_left(ends, begun * total // (whole or 1) + 1)
        shares[min(at, len(lines) - 1)].append(word)
    return [tuple(own) for own in shares]


def _without_timeline(read: Sequence[Cue], edited: Sequence[Cue]) -> tuple[Sequence[Cue], int]:
    """The captions without the hour at which a time line begins, and that hour in ms."""
    if not read or not edited:
        return edited, 0
    apart_ms = edited[0].start_ms - read[0].start_ms
    hours = round(apart_ms / _TIMELINE_MS)
    if hours < 1 or abs(apart_ms - hours * _TIMELINE_MS) > 10_000 or edited[-1].end_ms < hours * _TIMELINE_MS:
        return edited, 0
    off_ms = hours * _TIMELINE_MS
    moved = [replace(cue, start_ms=max(0, cue.start_ms - off_ms), end_ms=max(1, cue.end_ms - off_ms)) for cue in edited]
    return moved, off_ms


def _tolerance_ms(shape: Shape, edited: Sequence[Cue], pairs: Sequence[tuple[int, int]]) -> int:
    """Distance in ms that a time may be from what it was before it counts as an edit.

    Where most times are what they were, only the step of the format; where most have moved by less than a frame, a
    program has put them on its own.
    """
    step_ms = shape.time_step_ms
    apart = []
    for before, after in pairs:
        was, now = shape.read[before], edited[after]
        apart += [abs(was.start_ms - now.start_ms), abs(was.end_ms - now.end_ms)]
    moved = [ms for ms in apart if ms > step_ms]
    small = [ms for ms in moved if ms <= _FRAME_MS]
    if not apart or len(small) <= _ROUNDED_SHARE * len(apart) or median(apart) > _FRAME_MS:
        return step_ms
    return _FRAME_MS


def pinned_among(cues: Sequence[Cue], derived: Sequence[Cue], *, with_times: bool) -> tuple[int, ...]:
    """The captions, by index, that the words would not give; all where some that they would give are missing.

    Args:
        cues: Captions of a person.
        derived: Those that the words give.
        with_times: Whether the person changed times, so that they count too.
    """
    known = {_look(cue, with_times=with_times) for cue in derived}
    looks = [_look(cue, with_times=with_times) for cue in cues]
    found = tuple(index for index, look in enumerate(looks) if look not in known)
    if not found and looks != [_look(cue, with_times=with_times) for cue in derived]:
        return tuple(range(len(cues)))
    return found


def _look(cue: Cue, *, with_times: bool) -> tuple[object, ...]:
    lines = tuple((line.text, line.speaker, line.label, line.dash, line.spans) for line in cue.lines)
    times = (cue.start_ms, cue.end_ms) if with_times else ()
    return *times, lines, cue.placement
