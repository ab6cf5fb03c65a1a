"""Which captions belong to which clips of a timeline, and where a recording's first frame lies in its time code. Pure.

A clip knows its recording by reel, name and file; captions are of the recording that their file is named after, of the
one a user names, or of the only one there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath

from captioner.edit.conforming import Segment
from captioner.errors import ConfigError
from captioner.languages import tag_in_file_name
from captioner.timecode import ms_to_clock
from captioner.timelines import Clip

__all__ = ["CaptionedMedia", "Match", "match"]

_HOUR_MS = Fraction(3_600_000)


@dataclass(frozen=True, slots=True)
class CaptionedMedia:
    """Captions of one recording, as they are to be found in a timeline.

    Attributes:
        name: File name of the captions.
        called: Names of its clips that a user gave, or ().
        length_ms: End of its last caption or of the recording.
        start_ms: Time code of its first frame as a user says it, or None.
        own_start_ms: The same as the recording has it, or None; a list may not count by it.
    """

    name: str
    called: tuple[str, ...]
    length_ms: int
    start_ms: Fraction | None = None
    own_start_ms: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Captions and clips brought together.

    Attributes:
        segments: The clips that have captions.
        notes: Which captions went to which clips, what has none, and what was guessed, a line each.
    """

    segments: tuple[Segment, ...]
    notes: tuple[str, ...]


def match(
    clips: Sequence[Clip],
    media: Sequence[CaptionedMedia],
    handles_ms: int | None = None,
    hour_ms: Fraction = _HOUR_MS,
) -> Match:
    """Find the captions of every clip.

    Args:
        clips: Of one or several tracks.
        media: The recordings with captions.
        handles_ms: The recordings were trimmed to their clips and begin so long before the first; None: they were not.
        hour_ms: How long an hour of the clips' time code lasts.

    Raises:
        ConfigError: Captions without a clip, or a time code that lies outside of the captions.
    """
    owners = _owners(clips, media)
    notes = [
        _told(each, [clips[at] for at, own in owners.items() if own == number]) for number, each in enumerate(media)
    ]
    if bare := [clip for at, clip in enumerate(clips) if at not in owners]:
        names = ", ".join(dict.fromkeys(_main_name(clip) for clip in bare))
        notes.append(f"{_clips(len(bare))} without captions: {names}")
    segments: list[Segment] = []
    for number, each in enumerate(media):
        own = [clips[at] for at, owner in owners.items() if owner == number]
        zero, note = _zero(each, own, handles_ms, hour_ms)
        notes += [note] if note else []
        made = [_segment(clip, number, zero) for clip in own]
        notes += [note for segment in made if (note := _outside(segment, each))]
        segments += made
    return Match(tuple(segments), tuple(notes))


def _owners(clips: Sequence[Clip], media: Sequence[CaptionedMedia]) -> Mapping[int, int]:
    """Index of a clip to index of its captions."""
    owners = {}
    for at, clip in enumerate(clips):
        found = [number for number, each in enumerate(media) if _belongs(clip, each)]
        if len(found) > 1:
            files = " and ".join(media[number].name for number in found)
            raise ConfigError(
                f"{clip.number} ({_main_name(clip)}) could be of {files}; say which with --source NAME=FILE"
            )
        if found:
            owners[at] = found[0]
    recordings = {_main_name(clip) for clip in clips}
    if not owners and len(media) == 1 and not media[0].called and len(recordings) <= 1:
        return dict.fromkeys(range(len(clips)), 0)
    for number, each in enumerate(media):
        if number not in owners.values():
            raise ConfigError(
                f"{each.name}: no clip is called so; the timeline has {', '.join(sorted(recordings)) or 'no names'}; "
                f"give --source NAME={each.name}"
            )
    return owners


def _belongs(clip: Clip, media: CaptionedMedia) -> bool:
    names = {name.casefold() for name in clip.names} | {_stem(name) for name in clip.names}
    if media.called:
        return any(called.casefold() in names or _stem(called) in names for called in media.called)
    return bool(_stems(media.name) & names)


def _stem(name: str) -> str:
    path = PurePath(name)
    # A reel such as A001.C003 has no ending.
    return (path.stem if 1 < len(path.suffix) <= 5 else name).casefold()


def _stems(file: str) -> set[str]:
    """Names that the recording of a caption file may have: `talk` and `talk.en` for `talk.en.srt`."""
    whole = PurePath(file).name
    found = {PurePath(whole).stem.casefold()}
    if tag_in_file_name(whole):
        found.add(whole.split(".")[0].casefold())
    if whole.endswith(".asr.json"):
        found.add(whole.removesuffix(".asr.json").casefold())
    return found


def _zero(
    media: CaptionedMedia, clips: Sequence[Clip], handles_ms: int | None, hour_ms: Fraction
) -> tuple[Fraction, str]:
    """Time code of a recording's first frame, and a note where it was found out."""
    coded = [clip for clip in clips if clip.by_timecode]
    if not coded:
        return Fraction(0), ""
    first = min(min(clip.source_ms, clip.source_end_ms) for clip in coded)
    if handles_ms is not None:
        zero = max(Fraction(0), first - handles_ms)
        return zero, f"{media.name}: begins at time code {_label(zero, hour_ms)}, which the handles say"
    zero, note = _likely_zero(media, first, hour_ms) if media.start_ms is None else (media.start_ms, "")
    if not _fits(zero, first, media):
        raise ConfigError(
            f"{media.name}: its clips begin at time code {_label(first, hour_ms)}, outside of its "
            f"{_clock(media.length_ms)} of captions; give the time code of its first frame with --source-start"
        )
    return zero, note


def _likely_zero(media: CaptionedMedia, first: Fraction, hour_ms: Fraction) -> tuple[Fraction, str]:
    """The recording's own time code, zero, or the full hour before its first clip: the first that fits."""
    known = [each for each in (media.own_start_ms, Fraction(0)) if each is not None and _fits(each, first, media)]
    zero = known[0] if known else first - first % hour_ms
    if zero == (media.own_start_ms or 0):
        return zero, ""
    return zero, f"{media.name}: taken to begin at time code {_label(zero, hour_ms)}; --source-start says otherwise"


def _fits(zero: Fraction, first: Fraction, media: CaptionedMedia) -> bool:
    """Whether the first clip lies within the captions of a recording that begins at a time code."""
    return zero <= first < zero + media.length_ms


def _segment(clip: Clip, source: int, zero: Fraction) -> Segment:
    begin = clip.source_ms - zero if clip.by_timecode else clip.source_ms
    return Segment(source, begin, clip.at_ms, clip.length_ms, clip.speed, clip.number)


def _outside(segment: Segment, media: CaptionedMedia) -> str:
    """A note about a clip of which no caption can be; "" for others."""
    begin, end = sorted((segment.start_ms, segment.end_ms))
    if begin >= media.length_ms:
        return f"{segment.name} begins at {_clock(begin)} of {media.name}, which ends at {_clock(media.length_ms)}"
    if end <= 0:
        return f"{segment.name} lies before the begin of {media.name}; give --source-start"
    return ""


def _told(media: CaptionedMedia, clips: Sequence[Clip]) -> str:
    names = ", ".join(dict.fromkeys(_main_name(clip) for clip in clips))
    return f"{media.name}: {_clips(len(clips))} ({names})" if names else f"{media.name}: {_clips(len(clips))}"


def _main_name(clip: Clip) -> str:
    return clip.names[0] if clip.names else clip.number


def _clips(count: int) -> str:
    return f"{count} clip{'s'[: count != 1]}"


def _label(ms: Fraction, hour_ms: Fraction) -> str:
    """Hours, minutes and seconds as time code counts them."""
    return _clock(ms * _HOUR_MS / hour_ms)


def _clock(ms: Fraction | int) -> str:
    return ms_to_clock(int(ms))
