"""Edit decision lists, CMX 3600, as Premiere, Resolve, Avid and others write them.

An event is one line; comments after it name the clip and the file, and `M2` gives the speed in frames a second. Where
the lengths in the recording and in the timeline differ, the timeline's is right, and the speed follows from `M2` or,
without it, from the two lengths. A list counts frames and does not say of how many a second.

Source: "Edit Decision List format, CMX 3600" as described in the manuals of Avid EDL Manager and DaVinci Resolve.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from captioner.errors import CaptionerError, ConfigError, ReplyError
from captioner.timecode import nominal_rate, supports_drop_frame, timecode_to_frames
from captioner.timelines.timeline import Clip, Timeline, base_name, nothing_in

__all__ = ["read_edl", "recognise_edl"]

_TC = r"\d{1,2}[:;.]\d{2}[:;.]\d{2}[:;.]\d{2,3}"
_EVENT = re.compile(
    rf"^\s*(\d+)\s+(.*?)\s+(\S+)\s+(C|D|W\d*|K\s?[BO]?)\s+(?:(\d+)\s+)?({_TC})\s+({_TC})\s+({_TC})\s+({_TC})\s*$"
)
_SPEED = re.compile(rf"^\s*M2\s+(.*?)\s*(-?\d+(?:\.\d+)?)\s+({_TC})\s*$")
_NAMED = re.compile(
    r"^\s*(?:\*|>>>)\s*(FROM CLIP NAME|TO CLIP NAME|SOURCE FILE|FROM FILE|CLIP NAME|SOURCE)\s*:?\s*(.+)$"
)
_LOOKS_LIKE_EVENT = re.compile(r"^\s*\d+[A-Za-z]?\s.*?\d+[:;.]\d+[:;.]\d+[:;.]\d+.*?\d+[:;.]\d+[:;.]\d+")
_MORE_SOUND = re.compile(r"^\s*AUD((?:\s+\d+)+)\s*$")
_REEL = re.compile(r"^\s*(?:\*\s*)?FINAL CUT PRO REEL:\s*(.+?)\s+REPLACED BY:\s*(.+?)\s*$")
_BLACK = frozenset({"BL", "BLACK", "BARS", "COLOR", "COLOUR"})


@dataclass(slots=True)
class _Event:
    """One line of the list with the comments below it; `day` is how many frames 24 hours have."""

    number: str
    reel: str
    channels: str
    times: tuple[int, int, int, int]
    day: int
    names: list[str] = field(default_factory=list)
    speed: Fraction | None = None


def recognise_edl(text: str) -> bool:
    """Whether a text has a line that is an event."""
    return any(_EVENT.match(line) for line in text[:20_000].splitlines())


def read_edl(text: str, name: str, rate: Fraction | None) -> Timeline:
    """Read a list.

    Args:
        text: The list.
        name: What messages call it.
        rate: Frame rate, or None where `FCM: DROP FRAME` says it.

    Raises:
        ConfigError: The rate is not known.
        ReplyError: A line that cannot be read, or no event.
    """
    lines = text.splitlines()
    drops = any(re.match(r"\s*FCM:\s*DROP", line) for line in lines)
    notes = []
    if rate is None and drops:
        rate = Fraction(30000, 1001)
        notes.append(f"{name}: counts drop-frame, so 29.97 frames a second; --fps says otherwise")
    if rate is None:
        raise ConfigError(f"{name}: an EDL does not say its frame rate; give --fps, such as 25 or 23.976")
    if drops and not supports_drop_frame(rate):
        notes.append(
            f"{name}: says drop-frame, which {float(rate):.5g} has not: every frame is counted; is --fps right?"
        )
    title = next((line.partition(":")[2].strip() for line in lines if line.strip().startswith("TITLE:")), "")
    events = list(_events(lines, name, rate, drops and supports_drop_frame(rate)))
    _pass_midnight(events)
    zero, told = _zero(events, rate)
    notes += [f"{name}: {each}" for each in told]
    clips: list[Clip] = []
    for event in events:
        made, note = _clips(event, rate, zero)
        clips += made
        notes += [f"{name}: {note}"] if note else []
    nothing_in(name, clips, "the list")
    return Timeline(title, tuple(clips), rate, tuple(notes), _hour(events, rate) * 1000 / rate)


def _events(lines: list[str], name: str, rate: Fraction, drop: bool) -> Iterator[_Event]:
    last: _Event | None = None
    for number, line in enumerate(lines, 1):
        if match := _EVENT.match(line):
            if last is not None:
                yield last
            last = _event(match, number, name, rate, drop)
        elif match := re.match(r"\s*FCM:\s*(NON|DROP)", line):
            drop = match[1] == "DROP" and supports_drop_frame(rate)
        elif _LOOKS_LIKE_EVENT.match(line):
            raise ReplyError(f"{name}: line {number} looks like an event and cannot be read; export it as CMX 3600")
        elif last is not None:
            _remark(last, line, rate)
    if last is not None:
        yield last


def _event(match: re.Match[str], line: int, name: str, rate: Fraction, drop: bool) -> _Event:
    try:
        times = [_frames(match[at], rate, drop) for at in (6, 7, 8, 9)]
    except CaptionerError as error:
        raise ReplyError(f"{name}: line {line}: {error.message}; is --fps right?", error.code) from error
    return _Event(
        f"event {match[1]}",
        match[2].strip(),
        match[3],
        (times[0], times[1], times[2], times[3]),
        _frames("23:59:59:00", rate, drop) + nominal_rate(rate),
    )


def _frames(label: str, rate: Fraction, drop: bool) -> int:
    hours, minutes, seconds, frame = re.split("[:;.]", label)
    is_drop = (drop or ";" in label) and supports_drop_frame(rate)
    plain = f"{int(hours):02d}:{minutes}:{seconds}:{int(frame):02d}"
    return timecode_to_frames(plain, rate, drop=is_drop)


def _remark(event: _Event, line: str, rate: Fraction) -> None:
    """A line below an event: a name of its recording, or its speed."""
    if match := _SPEED.match(line):
        # Of a dissolve the speed of the clip that goes is given too.
        if not match[1] or match[1][:8].casefold() == event.reel[:8].casefold():
            event.speed = Fraction(match[2]) / nominal_rate(rate)
    elif match := _MORE_SOUND.match(line):
        event.channels = "/".join([event.channels.replace("NONE", ""), *(f"A{each}" for each in match[1].split())])
    elif match := _REEL.match(line):
        event.names += [match[1], match[2]]
    elif match := _NAMED.match(line):
        # Of a dissolve the clip that goes is named too; the event is the one that comes.
        if match[1] == "TO CLIP NAME":
            event.names.clear()
        event.names.append(base_name(match[2].strip().removeprefix(f"{event.reel} ")))


def _pass_midnight(events: list[_Event]) -> None:
    """Continue the count where time code begins again at 24 hours, in the recordings and in the timeline."""
    latest: dict[tuple[str, ...], int] = {}
    for event in events:
        latest[_names(event)] = max(latest.get(_names(event), 0), event.times[0])
    before = events[0].times[2] if events else 0
    for event in events:
        source_in, source_out, record_in, record_out = event.times
        source_in = _after(latest[_names(event)], source_in, event.day)
        source_out = _after(source_in, source_out, event.day)
        before = _after(before, record_in, event.day)
        event.times = (source_in, source_out, before, _after(before, record_out, event.day))


def _after(before: int, frame: int, day: int) -> int:
    """A frame on the day on which it lies less than half a day before another one."""
    return frame + max(0, (before - frame + day // 2) // day) * day


def _hour(events: list[_Event], rate: Fraction) -> int:
    """Frames in an hour of time code; drop-frame has fewer."""
    return events[0].day // 24 if events else 3600 * nominal_rate(rate)


def _zero(events: list[_Event], rate: Fraction) -> tuple[int, list[str]]:
    """Frame of the timeline's first picture: the full hour that time code usually begins at."""
    first = min((event.times[2] for event in events), default=0)
    hour = _hour(events, rate)
    if first < hour - 60 * nominal_rate(rate):
        return 0, []
    zero = first - first % hour if first % hour < hour // 2 else first
    return zero, [f"the first event is at frame {first - zero} of a timeline that begins at hour {zero // hour:02d}"]


def _clips(event: _Event, rate: Fraction, zero: int) -> tuple[list[Clip], str]:
    """The clips of an event, one for each of its tracks, and a note where the speed was guessed."""
    source_in, source_out, record_in, record_out = event.times
    length = record_out - record_in
    if length <= 0 or event.reel.upper() in _BLACK:
        return [], ""
    note, speed = "", event.speed
    if speed is None:
        speed = Fraction(source_out - source_in, length)
        if abs(source_out - source_in - length) <= 1:
            speed = Fraction(1)
        else:
            shown = source_out - source_in
            note = f"{event.number} shows {shown} frames in {length}: taken as played at {_percent(speed)}"
    begin = source_in if speed >= 0 else source_out
    names = _names(event)
    frame = 1000 / rate
    made = [
        Clip(event.number, names, track, begin * frame, (record_in - zero) * frame, length * frame, speed)
        for track in _tracks(event.channels)
    ]
    return made, note


def _names(event: _Event) -> tuple[str, ...]:
    """Names of an event's recording; the reel `AX` stands for any file, so it is none."""
    return tuple(dict.fromkeys(each for each in (*event.names, event.reel) if each and each != "AX"))


def _tracks(channels: str) -> list[str]:
    """Names of tracks from a column such as `V`, `A2`, `AA/V`, `B` (both) or `NONE`."""
    found = []
    for part in channels.upper().split("/"):
        if part in {"B", "BOTH"}:
            found += ["A1", "V1"]
        elif part.startswith("V"):
            found.append(f"V{part[1:] or 1}")
        elif part == "AA":
            found += ["A1", "A2"]
        elif part.startswith("A"):
            found.append(f"A{part[1:] or 1}")
    return found or ["V1"]


def _percent(speed: Fraction) -> str:
    return f"{float(speed * 100):.4g} %"
