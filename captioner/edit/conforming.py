"""Captions of recordings that were cut: moved with their clips, and cut at words where a clip begins or ends.

A caption that lies whole in a clip keeps its words, lines and look. Of one that a cut goes through, the words that are
still heard stay, with those of its neighbour where its sentence goes on there; they are handed back as transcripts, to
be laid out anew. A word belongs to the side on which more of it is heard. Pure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from captioner.edit.retime import retime, retime_transcript
from captioner.edit.split import cut_line
from captioner.edit.time_map import Linear
from captioner.edit.transcript import SENTENCE_END, to_transcript
from captioner.errors import ConfigError
from captioner.formats.text.estimated_words import estimated_words
from captioner.model import Cue, Line, Sentence, Transcript, Word
from captioner.timecode import frames_to_ms, ms_to_frames, ms_to_vtt

__all__ = ["ConformSource", "Conformed", "Joint", "Loss", "Segment", "conform", "remaining"]

# Speech at a third or three times its speed cannot be followed, and `Linear` moves no further.
_FASTEST = 3
# A sentence that goes on after less than this goes on in the next caption, as when captions become a transcript.
_PAUSE_MS = 1000
# Our own figure: captions of one speaker that overlap by less do so by carelessness.
_OVERLAP_MS = 200


@dataclass(frozen=True, slots=True)
class ConformSource:
    """Captions of one recording.

    Attributes:
        name: What messages call it.
        cues: In order of time; their speakers are called so that no two of several recordings are one by chance.
        transcript: What was said, or None where only the captions are known.
    """

    name: str
    cues: tuple[Cue, ...]
    transcript: Transcript | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a recording in the cut.

    Attributes:
        source: Index of the recording.
        start_ms: Where it begins in the recording.
        at_ms: Where it begins in the cut.
        length_ms: How long it lasts in the cut.
        speed: Seconds of the recording that pass in a second of the cut.
        name: What messages call it, such as "event 3".
    """

    source: int
    start_ms: Fraction
    at_ms: Fraction
    length_ms: Fraction
    speed: Fraction = Fraction(1)
    name: str = ""

    @property
    def end_ms(self) -> Fraction:
        """End in the recording."""
        return self.start_ms + self.length_ms * self.speed

    @property
    def until_ms(self) -> Fraction:
        """End in the cut."""
        return self.at_ms + self.length_ms

    @property
    def map(self) -> Linear:
        """From times of the recording to those of the cut."""
        return Linear(1 / self.speed, self.at_ms - self.start_ms / self.speed)


@dataclass(frozen=True, slots=True)
class Joint:
    """Words beside a cut, to be laid out anew.

    Attributes:
        transcript: The words, in times of the cut.
        start_ms: Captions of them begin no earlier.
        end_ms: Captions of them end no later.
        cues: The captions that the words were in, cut, in times of the cut: their styling and places stay.
    """

    transcript: Transcript
    start_ms: int
    end_ms: int
    cues: tuple[Cue, ...] = ()


@dataclass(frozen=True, slots=True)
class Loss:
    """Something an editor should hear: what begins or ends in mid-sentence, and what is left out.

    Attributes:
        kind: "begins", "ends", "word", "backwards", "still" or "speed".
        at_ms: Where, in the cut.
        message: One sentence.
    """

    kind: str
    at_ms: int
    message: str


@dataclass(frozen=True, slots=True)
class Conformed:
    """Captions of the cut.

    Attributes:
        cues: The captions that were only moved, by time.
        joints: The words beside cuts, by time.
        transcript: Everything said in the cut, or None where a recording in it has no transcript.
        losses: By time.
        shown: How many captions of the recordings are in the cut, at least in part.
        repeated: How many of them are in it more than once.
        estimated: Recordings whose captions were cut at estimated times of words, by name.
        labels: Printed name of every speaker id that has one in the recordings.
    """

    cues: tuple[Cue, ...]
    joints: tuple[Joint, ...]
    transcript: Transcript | None
    losses: tuple[Loss, ...]
    shown: int
    repeated: int
    estimated: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Result:
    """The result so far, while segments are taken one after another."""

    cues: list[Cue] = field(default_factory=list)
    joints: list[Joint] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    uses: dict[tuple[int, int], int] = field(default_factory=dict)
    estimated: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The part of a caption that is heard in a segment, in times of the recording."""

    index: int
    cue: Cue
    is_cut: bool


def conform(sources: Sequence[ConformSource], segments: Sequence[Segment], rate: Fraction | None = None) -> Conformed:
    """Move captions to where their recordings play in the cut.

    Args:
        sources: Captions of every recording.
        segments: What plays when, in any order; they may repeat and overlap.
        rate: Frame rate of the cut; captions that began on a frame do so again.
    """
    result = _Result()
    played = sorted(segments, key=lambda segment: segment.at_ms)
    usable = [segment for segment in played if _is_usable(segment, sources, result)]
    for segment in usable:
        _take(sources[segment.source], segment, rate, result)
    result.cues.sort(key=lambda cue: cue.start_ms)
    return Conformed(
        tuple(result.cues),
        tuple(sorted(result.joints, key=lambda joint: joint.start_ms)),
        _transcript(sources, usable),
        tuple(sorted(result.losses, key=lambda loss: loss.at_ms)),
        len(result.uses),
        sum(count > 1 for count in result.uses.values()),
        tuple(result.estimated),
        {line.speaker: line.label for line in _lines(sources) if line.speaker and line.label},
    )


def _lines(sources: Sequence[ConformSource]) -> Iterator[Line]:
    return (line for each in sources for cue in each.cues for line in cue.lines)


def remaining(ranges: Sequence[tuple[int, int]], length_ms: int, speed: Fraction = Fraction(1)) -> tuple[Segment, ...]:
    """The stretches of a recording that stay when others are cut out of it; they are joined.

    Args:
        ranges: Starts and ends of what is cut out, in any order; they may overlap.
        length_ms: Length of the recording.
        speed: Seconds of the recording that pass in a second of the cut.

    Raises:
        ConfigError: Nothing is left.
    """
    at, begin, left = Fraction(0), 0, []
    for start, end in [*sorted(ranges), (length_ms, length_ms)]:
        if start > begin:
            length = (start - begin) / speed
            left.append(Segment(0, Fraction(begin), at, length, speed, f"the part from {ms_to_vtt(begin)}"))
            at += length
        begin = max(begin, end)
    if not left:
        raise ConfigError("nothing is left: what is removed covers everything")
    return tuple(left)


def _is_usable(segment: Segment, sources: Sequence[ConformSource], result: _Result) -> bool:
    """Whether captions can follow the segment; what cannot is told with what is lost."""
    speed = abs(segment.speed)
    if segment.speed > 0 and Fraction(1, _FASTEST) <= speed <= _FASTEST:
        return True
    ends = sorted((segment.start_ms, segment.end_ms))
    count = sum(cue.start_ms < ends[1] and cue.end_ms > ends[0] for cue in sources[segment.source].cues)
    if segment.speed == 0:
        kind, why = "still", "is a still"
    elif segment.speed < 0:
        kind, why = "backwards", "plays backwards"
    else:
        kind, why = "speed", f"plays at {float(segment.speed):.3g} times its speed"
    if count:
        at_ms = round(segment.at_ms)
        message = f"{segment.name} at {ms_to_vtt(at_ms)} {why}: its {_captions(count)} left out"
        result.losses.append(Loss(kind, at_ms, message))
    return False


def _take(source: ConformSource, segment: Segment, rate: Fraction | None, result: _Result) -> None:
    """Add what is heard of a recording in one segment."""
    every = list(_pieces(source, segment, result))
    for piece in every:
        key = (segment.source, piece.index)
        result.uses[key] = result.uses.get(key, 0) + 1
    apart = _overlapping(every)
    pieces = [piece for piece in every if piece.index not in apart]
    head = _head(pieces)
    tail = max(head, _tail(pieces))
    if any(piece.is_cut for piece in every) and not _has_word_times(source, every):
        result.estimated[source.name] = None
    whole = [piece.cue for piece in pieces[head:tail]] + [piece.cue for piece in every if piece.index in apart]
    result.cues += [_on_frame(cue, rate, segment) for cue in retime(whole, segment.map).cues]
    next_ms = pieces[head].cue.start_ms if head < len(pieces) else segment.end_ms
    last_ms = pieces[tail - 1].cue.end_ms if tail else segment.start_ms
    bounds = [(pieces[:head], segment.start_ms, next_ms), (pieces[tail:], last_ms, segment.end_ms)]
    for group, start, end in bounds:
        if group:
            joint = _joint([piece.cue for piece in group], source, segment)
            start = max(Fraction(start), Fraction(group[0].cue.start_ms))
            first, last = (_floor(segment.map.exact(each)) for each in (start, Fraction(end)))
            moved = retime([piece.cue for piece in group], segment.map).cues
            result.joints.append(Joint(joint, first, last, moved))
    _tell_cuts(pieces, source, segment, result)
    for piece in (piece for piece in every if piece.index in apart and piece.is_cut):
        _tell_cut(piece, source, segment, result)


def _overlapping(pieces: Sequence[_Piece]) -> frozenset[int]:
    """Indices of captions that are shown while another one is: each is cut by itself, in the lines it has."""
    found: set[int] = set()
    latest: _Piece | None = None
    for piece in pieces:
        if latest is not None and latest.cue.end_ms - piece.cue.start_ms > _OVERLAP_MS:
            found |= {latest.index, piece.index}
        if latest is None or piece.cue.end_ms > latest.cue.end_ms:
            latest = piece
    return frozenset(found)


def _pieces(source: ConformSource, segment: Segment, result: _Result) -> Iterator[_Piece]:
    """Captions that are heard in a segment, each cut to it."""
    start, end = _floor(segment.start_ms), _floor(segment.end_ms)
    # Captions may overlap, so the first one that reaches into the segment is found from the front.
    for index, cue in enumerate(source.cues):
        if cue.start_ms >= end or cue.end_ms <= start:
            continue
        if cue.start_ms >= start and cue.end_ms <= end:
            yield _Piece(index, cue, is_cut=False)
            continue
        if _is_sign(cue, source):
            yield _Piece(index, replace(cue, start_ms=max(start, cue.start_ms), end_ms=min(end, cue.end_ms)), False)
            continue
        timed = _timed(cue)
        lines, is_cut = _heard(timed, start, end)
        if lines:
            kept = replace(cue, lines=lines) if is_cut else cue
            yield _Piece(index, replace(kept, start_ms=max(start, cue.start_ms), end_ms=min(end, cue.end_ms)), is_cut)
            if timed is cue:
                _tell_words(cue, segment, start, end, result)


def _is_sign(cue: Cue, source: ConformSource) -> bool:
    """Whether a caption is read and not spoken: it has a place of its own while another one is shown elsewhere."""
    if cue.placement is None or any(line.words for line in cue.lines):
        return False
    return any(
        other.placement != cue.placement
        and min(other.end_ms, cue.end_ms) - max(other.start_ms, cue.start_ms) > _OVERLAP_MS
        for other in source.cues
    )


def _timed(cue: Cue) -> Cue:
    """The caption with times for its words; where it has none, each has its share of the caption's time."""
    if all(line.words for line in cue.lines):
        return cue
    letters = [max(1, len(line.text)) for line in cue.lines]
    lines, at = [], 0
    for line, count in zip(cue.lines, letters, strict=True):
        begin, at = at, at + count
        times = [cue.start_ms + (cue.end_ms - cue.start_ms) * each // sum(letters) for each in (begin, at)]
        lines.append(replace(line, words=estimated_words(line.text, *times)))
    return replace(cue, lines=tuple(lines))


def _heard(cue: Cue, start_ms: int, end_ms: int) -> tuple[tuple[Line, ...], bool]:
    """Lines of a caption with the words between two times, and whether any word is missing."""
    lines: list[Line] = []
    is_cut = False
    for line in cue.lines:
        later = cut_line(line, start_ms)
        part = later[1] if later else line
        earlier = cut_line(part, end_ms) if part.text else None
        part = earlier[0] if earlier else part
        is_cut = is_cut or len(part.words) != len(line.words)
        if part.text:
            lines.append(part)
    return tuple(lines), is_cut


def _tell_words(cue: Cue, segment: Segment, start: int, end: int, result: _Result) -> None:
    """Note words that a cut goes through by more than a tenth of them."""
    for word in (word for line in cue.lines for word in line.words):
        for cut, at in ((start, segment.at_ms), (end, segment.until_ms)):
            margin = (word.end_ms - word.start_ms) // 10
            if word.start_ms + margin < cut < word.end_ms - margin:
                stays = (word.start_ms + word.end_ms >= 2 * cut) == (cut == start)
                fate = "stays" if stays else "is left out"
                at_ms = round(at)
                message = f"the cut at {ms_to_vtt(at_ms)} goes through the word {word.text.strip()!r}, which {fate}"
                result.losses.append(Loss("word", at_ms, message))


def _head(pieces: Sequence[_Piece]) -> int:
    """Number of captions at the front of a segment that are laid out anew."""
    if not pieces or not pieces[0].is_cut:
        return 0
    count = sum(1 for _ in _leading_cut(pieces))
    return count + 1 if count < len(pieces) and _goes_on(pieces[count - 1].cue, pieces[count].cue) else count


def _leading_cut(pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    for piece in pieces:
        if not piece.is_cut:
            return
        yield piece


def _tail(pieces: Sequence[_Piece]) -> int:
    """Index of the first caption at the end of a segment that is laid out anew."""
    count = sum(1 for _ in _leading_cut(pieces[::-1]))
    first = len(pieces) - count
    return first - 1 if count and first > 0 and _goes_on(pieces[first - 1].cue, pieces[first].cue) else first


def _goes_on(before: Cue, after: Cue) -> bool:
    """Whether a sentence goes on from one caption to the next."""
    same = before.speaker == after.speaker and not (after.lines and after.lines[0].dash)
    return same and not SENTENCE_END.search(before.text) and after.start_ms - before.end_ms < _PAUSE_MS


def _joint(cues: Sequence[Cue], source: ConformSource, segment: Segment) -> Transcript:
    """The words of captions as a transcript in times of the cut."""
    language = source.transcript.language if source.transcript else ""
    timed = [_timed(cue) for cue in cues]
    return retime_transcript(to_transcript(timed, language), segment.map)


def _has_word_times(source: ConformSource, pieces: Sequence[_Piece]) -> bool:
    return all(line.words for piece in pieces if piece.is_cut for line in source.cues[piece.index].lines)


def _tell_cuts(pieces: Sequence[_Piece], source: ConformSource, segment: Segment, result: _Result) -> None:
    """Note where the segment begins and ends in mid-sentence."""
    if not pieces:
        return
    first, last = pieces[0], pieces[-1]
    before = source.cues[first.index - 1] if first.index else None
    if _is_cut_at(first, source.cues[first.index], front=True) or (before is not None and _goes_on(before, first.cue)):
        at = round(segment.at_ms)
        text = _short(first.cue.text)
        result.losses.append(Loss("begins", at, f"at {ms_to_vtt(at)} {segment.name} begins in mid-sentence: “{text}”"))
    after = source.cues[last.index + 1] if last.index + 1 < len(source.cues) else None
    if _is_cut_at(last, source.cues[last.index], front=False) or (after is not None and _goes_on(last.cue, after)):
        at = round(segment.until_ms)
        text = _short(last.cue.text, end=True)
        result.losses.append(Loss("ends", at, f"at {ms_to_vtt(at)} {segment.name} ends in mid-sentence: “{text}”"))


def _tell_cut(piece: _Piece, source: ConformSource, segment: Segment, result: _Result) -> None:
    """Note that a caption which overlaps others begins or ends in mid-sentence."""
    for kind, place in (("begins", segment.at_ms), ("ends", segment.until_ms)):
        if _is_cut_at(piece, source.cues[piece.index], front=kind == "begins"):
            text = _short(piece.cue.text, end=kind == "ends")
            message = f"at {ms_to_vtt(round(place))} {segment.name} {kind} in mid-sentence: “{text}”"
            result.losses.append(Loss(kind, round(place), message))


def _is_cut_at(piece: _Piece, whole: Cue, *, front: bool) -> bool:
    """Whether words of a caption's sentence are missing at its front, or at its end."""
    if not piece.is_cut:
        return False
    kept, every = _letters(piece.cue), _letters(whole)
    place = every.find(kept)
    if front:
        return place != 0 and not SENTENCE_END.search(every[: max(place, 0)])
    return not every.endswith(kept) and not SENTENCE_END.search(kept)


def _letters(cue: Cue) -> str:
    return "".join(cue.text.split())


def _short(text: str, *, end: bool = False) -> str:
    plain = " ".join(text.split())
    if len(plain) <= 40:
        return plain
    return f"…{plain[-39:]}" if end else f"{plain[:39]}…"


def _on_frame(cue: Cue, rate: Fraction | None, segment: Segment) -> Cue:
    """Times on frames where they were a millisecond beside one, and within the segment."""
    last = _floor(segment.until_ms)
    if rate is None:
        return replace(cue, end_ms=max(cue.start_ms + 1, min(cue.end_ms, last)))
    start, end = (_near_frame(each, rate) for each in (cue.start_ms, cue.end_ms))
    return replace(cue, start_ms=start, end_ms=max(start + 1, min(end, last)))


def _near_frame(ms: int, rate: Fraction) -> int:
    frame = frames_to_ms(ms_to_frames(ms, rate), rate)
    return frame if abs(frame - ms) <= 1 else ms


def _transcript(sources: Sequence[ConformSource], segments: Sequence[Segment]) -> Transcript | None:
    """Everything that is said in the cut."""
    if not segments or any(sources[segment.source].transcript is None for segment in segments):
        return None
    sentences = [sentence for segment in segments for sentence in _sentences(sources[segment.source], segment)]
    sentences.sort(key=lambda sentence: sentence.start_ms)
    first = sources[segments[0].source].transcript
    languages = {each.transcript.language for each in sources if each.transcript is not None}
    length = _floor(max(segment.until_ms for segment in segments))
    assert first is not None
    return Transcript(
        tuple(sentences), languages.pop() if len(languages) == 1 else "", length, by_channel=first.by_channel
    )


def _sentences(source: ConformSource, segment: Segment) -> Iterator[Sentence]:
    """The sentences of a segment, each with the words that are heard in it."""
    start, end = _floor(segment.start_ms), _floor(segment.end_ms)
    given = source.transcript.sentences if source.transcript is not None else ()
    inside = [each for each in given if each.end_ms > start and each.start_ms < end]
    moved = retime_transcript(
        Transcript(tuple(cut for each in inside if (cut := _cut_sentence(each, start, end)))), segment.map
    )
    yield from moved.sentences


def _cut_sentence(sentence: Sentence, start: int, end: int) -> Sentence | None:
    if sentence.start_ms >= start and sentence.end_ms <= end:
        return sentence
    words = sentence.words or estimated_words(sentence.text, sentence.start_ms, sentence.end_ms)
    middles = [word.start_ms + word.end_ms for word in words]
    kept = words[bisect_left(middles, 2 * start) : bisect_left(middles, 2 * end)]
    text = " ".join("".join(word.text + word.punctuation for word in kept).split())
    if not text:
        return None
    if len(kept) == len(words):
        text = sentence.text
    return replace(
        sentence,
        text=text,
        words=_within(kept, start, end) if sentence.words else (),
        start_ms=max(start, kept[0].start_ms),
        end_ms=min(end, kept[-1].end_ms),
    )


def _within(words: Sequence[Word], start: int, end: int) -> tuple[Word, ...]:
    return tuple(replace(word, start_ms=max(start, word.start_ms), end_ms=min(end, word.end_ms)) for word in words)


def _captions(count: int) -> str:
    return "caption is" if count == 1 else f"{count} captions are"


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator
