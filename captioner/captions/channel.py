"""Fits captions to line 21, which sends two bytes a frame: lines of 32 columns, and time to load each caption.

A caption is loaded while the one before is shown, so two captions can follow each other only as fast as the second is
sent. Captions made for another medium, or laid out by speech alone, break that here and there. What is done, in this
order: lines are broken again, overlaps end, short captions are joined with a neighbour, and begins are moved as little
as possible, some earlier and some later. Every change is told. A caption that would be too far from the speech stays as
it is, and the writer refuses it with its figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from captioner.errors import FormatError
from captioner.formats import Context
from captioner.formats.scc.cea608 import COLUMNS, ROWS
from captioner.formats.scc.writer import RATE, first_frame, sending_frames
from captioner.formats.text.charset import TYPOGRAPHY
from captioner.formats.text.cue_text import printed_lines
from captioner.languages import language_of
from captioner.layout.rebreak import rebreak, speaker_runs
from captioner.model import Cue, Issue, Line
from captioner.style import DEFAULT_STYLE, load_style
from captioner.timecode import frames_to_ms, ms_to_frames

__all__ = ["fit_to_channel"]

_COMMAND = 2  # frames a doubled command takes
# How far a begin may move from the speech. BBC Subtitle Guidelines: up to 2 s late; a lead of half a second is our own
# figure, because earlier captions give answers away.
_LATEST_MS, _EARLIEST_MS = 2000, 500
# From which on two captions are joined if they can be, rather than shown late, and what joining may bring forward.
_NOTICED_MS, _JOINED_MS = 300, 1200
_LONGEST_MS = 7000
_SHORTEST_MS = 500  # a caption that is trimmed less than this is joined instead
_NUMBERS = 8
_NEIGHBOURS = 20  # captions on either side that the time of one depends on, more than enough
_DAY = 24 * 3600 * 30
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class _Shown:
    """A caption, its number in the given ones, and the frames it takes to send."""

    cue: Cue
    number: int
    sending: int

    @property
    def start(self) -> int:
        return ms_to_frames(self.cue.start_ms, RATE)


@dataclass(slots=True)
class _Changes:
    """Captions that were changed, by what was done, with by how much."""

    found: dict[str, dict[int, int]] = field(default_factory=dict)

    def add(self, kind: str, number: int, by_ms: int = 0) -> None:
        self.found.setdefault(kind, {})[number] = by_ms

    def issues(self) -> Iterator[Issue]:
        for kind, numbers in self.found.items():
            furthest = max(numbers.values())
            shown = ", ".join(str(number) for number in list(numbers)[:_NUMBERS])
            more = f" and {len(numbers) - _NUMBERS} more" if len(numbers) > _NUMBERS else ""
            noun = "caption" if len(numbers) == 1 else "captions"
            by = f", by {furthest} ms at most" if furthest else ""
            message = f"SCC: {kind}{by}: {noun} {shown}{more}"
            yield Issue("channel", "note", next(iter(numbers)) - 1, furthest, 0, message)


def fit_to_channel(cues: Sequence[Cue], context: Context) -> tuple[tuple[Cue, ...], tuple[Issue, ...]]:
    """Captions that can be sent on line 21, and what was changed for it.

    Args:
        cues: In order of time.
        context: Gives language, frame rate and start time code.

    Returns:
        The captions, those that cannot be sent unchanged, for the writer to refuse; and a note for each kind of change.
    """
    changes = _Changes()
    broken = [_broken(cue, number, context, changes) for number, cue in enumerate(cues, 1) if printed_lines(cue)]
    try:
        shown = [_Shown(cue, number, sending_frames(cue)) for cue, number in broken]
        shown = list(_without_overlaps(shown, changes))
        for _ in range(_ROUNDS):
            joined = list(_joined(shown, context, changes))
            if len(joined) == len(shown):
                break
            shown = joined
        shown = _with_late_ones_split(shown, context, changes)
        timed = tuple(_timed(shown, context, changes))
    except FormatError:  # what cannot be encoded, the writer refuses
        return tuple(cue for cue, _ in broken), tuple(changes.issues())
    return timed, tuple(changes.issues())


# Lines


def _broken(cue: Cue, number: int, context: Context, changes: _Changes) -> tuple[Cue, int]:
    """A caption with lines of 32 columns at most, where its text has room in four."""
    if all(len(line.translate(TYPOGRAPHY)) <= COLUMNS for line in printed_lines(cue)):
        return cue, number
    lines: list[Line] = []
    for run in speaker_runs(cue):
        found = _rebroken(run, context)
        if found is None:
            return cue, number
        lines += found
    if len(lines) > ROWS:
        return cue, number
    changes.add(f"lines broken again for {COLUMNS} columns", number)
    return replace(cue, lines=tuple(lines)), number


def _rebroken(run: Sequence[Line], context: Context) -> list[Line] | None:
    first = run[0]
    text = " ".join(line.text for line in run).translate(TYPOGRAPHY)
    taken = len(first.printed) - len(first.text)
    style = replace(load_style(DEFAULT_STYLE), max_columns=COLUMNS, languages={})
    tag = context.language or language_of("en").tag
    for count in range(1, ROWS + 1):
        texts = rebreak(text, replace(style, max_lines=count), tag, taken=taken)
        if texts is not None:
            lines = [Line(each, speaker=first.speaker) for each in texts]
            return [replace(lines[0], label=first.label, dash=first.dash), *lines[1:]]
    return None


# Overlaps and short captions


def _without_overlaps(shown: Sequence[_Shown], changes: _Changes) -> Iterator[_Shown]:
    """Captions one at a time: each ends where the next begins, or is shown together with it."""
    held: _Shown | None = None
    for each in shown:
        if held is not None and each.cue.start_ms < held.cue.end_ms:
            if each.cue.start_ms - held.cue.start_ms >= _SHORTEST_MS:
                changes.add("ends where the next begins", held.number, held.cue.end_ms - each.cue.start_ms)
                yield replace(held, cue=replace(held.cue, end_ms=each.cue.start_ms))
            elif len(held.cue.lines) + len(each.cue.lines) <= ROWS:
                changes.add("shown together with the one before", each.number)
                held = _together(held, each)
                continue
            else:
                yield held
        elif held is not None:
            yield held
        held = each
    if held is not None:
        yield held


def _together(one: _Shown, other: _Shown) -> _Shown:
    cue = replace(
        one.cue,
        end_ms=max(one.cue.end_ms, other.cue.end_ms),
        lines=(*one.cue.lines, *other.cue.lines),
        speaker=one.cue.speaker if one.cue.speaker == other.cue.speaker else None,
    )
    return _Shown(cue, one.number, sending_frames(cue))


def _joined(shown: Sequence[_Shown], context: Context, changes: _Changes) -> Iterator[_Shown]:
    """Captions of which those that would be noticeably late are joined with the one before, where both have room."""
    starts = _starts(shown, context)
    held: _Shown | None = None
    for each, start in zip(shown, starts, strict=True):
        late_ms = frames_to_ms(start, RATE) - each.cue.start_ms
        if held is not None and late_ms > _NOTICED_MS and _may_join(held, each):
            changes.add("shown together with the one before", each.number, each.cue.start_ms - held.cue.start_ms)
            held = _together(held, each)
            continue
        if held is not None:
            yield held
        held = each
    if held is not None:
        yield held


def _may_join(one: _Shown, other: _Shown) -> bool:
    is_one_voice = one.cue.speaker == other.cue.speaker or any(line.dash or line.label for line in other.cue.lines[:1])
    return (
        is_one_voice
        and one.cue.placement == other.cue.placement
        and len(one.cue.lines) + len(other.cue.lines) <= ROWS
        and other.cue.start_ms - one.cue.start_ms <= _JOINED_MS
        and other.cue.end_ms - one.cue.start_ms <= _LONGEST_MS
    )


def _with_late_ones_split(shown: Sequence[_Shown], context: Context, changes: _Changes) -> list[_Shown]:
    """Captions of which those that would still be late come in two parts, where the first part is then less late."""
    found = list(shown)
    index = 0
    while index < len(found):
        late_ms = _late_ms(found, index, context)
        halves = _halves(found[index]) if late_ms > _NOTICED_MS else None
        if halves is not None:
            tried = [*found[:index], *halves, *found[index + 1 :]]
            if max(_late_ms(tried, index, context), _late_ms(tried, index + 1, context)) < late_ms:
                changes.add("cut in two", found[index].number)
                found = tried
                index += 1
        index += 1
    return found


def _late_ms(shown: Sequence[_Shown], index: int, context: Context) -> int:
    """Milliseconds that one caption would be late; captions far from it do not count."""
    first = max(0, index - _NEIGHBOURS)
    near = shown[first : index + _NEIGHBOURS]
    start = _starts(near, context, is_first=first == 0)[index - first]
    return frames_to_ms(start, RATE) - shown[index].cue.start_ms


def _halves(shown: _Shown) -> tuple[_Shown, _Shown] | None:
    """A caption in two, by its lines, each with its part of the time; None where it is too short."""
    cue, lines = shown.cue, shown.cue.lines
    middle = (len(lines) + 1) // 2
    letters = [len(line.text) for line in lines]
    if len(lines) < 2 or cue.end_ms - cue.start_ms < 2 * _SHORTEST_MS or not all(letters):
        return None
    cut_ms = cue.start_ms + (cue.end_ms - cue.start_ms) * sum(letters[:middle]) // sum(letters)
    parts = (replace(cue, end_ms=cut_ms, lines=lines[:middle]), replace(cue, start_ms=cut_ms, lines=lines[middle:]))
    first, second = (_Shown(part, shown.number, sending_frames(part)) for part in parts)
    return first, second


# Times


def _starts(shown: Sequence[_Shown], context: Context, *, is_first: bool = True) -> list[int]:
    """First frame of each caption, moved as little as possible so that each can be sent.

    With the sum of what must lie between them taken off, begins have only to be in order; the nearest such begins in
    the sense of least squares are means of neighbours (isotonic regression). None is moved earlier than it may be.
    """
    needed = [_COMMAND + each.sending for each in shown]
    offsets = [0] * len(shown)
    for index in range(1, len(shown)):
        offsets[index] = offsets[index - 1] + needed[index]
    wanted = [each.start - offset for each, offset in zip(shown, offsets, strict=True)]
    earliest = shown[0].sending - first_frame(context) if shown and is_first else -_DAY
    means = _in_order(wanted, earliest)
    starts: list[int] = []
    for each, mean, offset, need in zip(shown, means, offsets, needed, strict=True):
        least = starts[-1] + need if starts else earliest
        limit = each.start - ms_to_frames(_EARLIEST_MS, RATE)
        starts.append(max(round(mean) + offset, limit, least))
    return starts


def _in_order(wanted: Sequence[int], least: int) -> list[Fraction]:
    """The numbers nearest to some that do not decrease, none below a least one."""
    groups: list[tuple[int, int]] = []  # sum and count of each
    for number in wanted:
        groups.append((number, 1))
        while len(groups) > 1 and groups[-2][0] * groups[-1][1] > groups[-1][0] * groups[-2][1]:
            total, count = groups.pop()
            groups[-1] = (groups[-1][0] + total, groups[-1][1] + count)
    return [max(Fraction(total, count), Fraction(least)) for total, count in groups for _ in range(count)]


def _timed(shown: Sequence[_Shown], context: Context, changes: _Changes) -> Iterator[Cue]:
    """Captions with begins in which they can be sent; one that would be too late keeps its own."""
    starts = _starts(shown, context)
    begins = [_begin_ms(each, start) for each, start in zip(shown, starts, strict=True)]
    for index, each in enumerate(shown):
        moved = begins[index] - each.cue.start_ms
        if moved:
            kind = "later, to be sent in time" if moved > 0 else "earlier, so that the next is sent in time"
            changes.add(f"begins {kind}", each.number, abs(moved))
        end_ms = each.cue.end_ms
        if index + 1 < len(shown):
            is_tight = starts[index + 1] - starts[index] < shown[index + 1].sending + 2 * _COMMAND
            next_ms = begins[index + 1]
            if end_ms > next_ms or (is_tight and end_ms < next_ms):  # there is no time to erase it before
                changes.add("ends where the next begins", each.number, abs(end_ms - next_ms))
                end_ms = next_ms
            end_ms = max(end_ms, min(begins[index] + _SHORTEST_MS, next_ms))
        yield replace(each.cue, start_ms=begins[index], end_ms=max(end_ms, begins[index] + 1))


def _begin_ms(shown: _Shown, start: int) -> int:
    """Begin of a caption: the frame it was moved to, or its own."""
    begin_ms = frames_to_ms(start, RATE)
    is_moved = start != shown.start and begin_ms - shown.cue.start_ms <= _LATEST_MS
    return begin_ms if is_moved else shown.cue.start_ms
