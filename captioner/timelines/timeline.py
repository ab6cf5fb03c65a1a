"""An edited timeline as a list of clips. Pure.

Times are exact fractions of milliseconds: frames at 29.97 have no whole ones, and what is rounded before it is moved is
rounded twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from captioner.errors import ConfigError, ReplyError

__all__ = ["Clip", "Timeline", "base_name", "heard", "nothing_in"]


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of a recording in a timeline.

    Attributes:
        number: What messages call it, such as "event 3".
        names: Everything the recording is called by: reel, name of the clip, name of the file.
        track: Its track, such as "V1" or "A2"; the letter says whether it is seen or heard.
        source_ms: Where it begins in the recording.
        at_ms: Where it begins in the timeline.
        length_ms: How long it lasts in the timeline.
        speed: Seconds of the recording that pass in a second of the timeline; 0 is a still, negative is backwards.
        by_timecode: `source_ms` is a time code of the recording; else it counts from its first frame.
    """

    number: str
    names: tuple[str, ...]
    track: str
    source_ms: Fraction
    at_ms: Fraction
    length_ms: Fraction
    speed: Fraction = Fraction(1)
    by_timecode: bool = True

    @property
    def source_end_ms(self) -> Fraction:
        """First millisecond of the recording that is no longer in the clip."""
        return self.source_ms + self.length_ms * self.speed

    @property
    def end_ms(self) -> Fraction:
        """First millisecond of the timeline after it."""
        return self.at_ms + self.length_ms


@dataclass(frozen=True, slots=True)
class Timeline:
    """A list of an editing program as values.

    Attributes:
        title: Its name, or "".
        clips: By time.
        rate: Exact frame rate, or None when the list does not say.
        notes: What was guessed or left out, a line each.
        hour_ms: How long an hour of its time code lasts: 3.6 s more at 23.976 and 29.97 where no labels are dropped.
    """

    title: str
    clips: tuple[Clip, ...]
    rate: Fraction | None = None
    notes: tuple[str, ...] = ()
    hour_ms: Fraction = Fraction(3_600_000)


def heard(timeline: Timeline, track: str = "") -> tuple[Clip, ...]:
    """The clips that captions follow: those that are heard, or those that are seen where the list has no sound.

    A pair of stereo tracks with one recording counts once.

    Args:
        timeline: All clips.
        track: A track's name such as "A1", or a letter for all tracks of its kind; "" for the rule above.

    Raises:
        ConfigError: The list has no such track.
    """
    tracks = sorted({clip.track for clip in timeline.clips})
    wanted = track.upper() or ("A" if any(name.startswith("A") for name in tracks) else "V")
    chosen = [clip for clip in timeline.clips if clip.track == wanted or (len(wanted) == 1 and clip.track[0] == wanted)]
    if not chosen:
        raise ConfigError(f"the timeline has no track {wanted}; it has {', '.join(tracks)}")
    once = {replace(clip, number="", track=""): clip for clip in reversed(chosen)}
    return tuple(sorted(once.values(), key=lambda clip: clip.at_ms))


def base_name(path: str) -> str:
    """The last part of a path or of a file URL, of any system."""
    plain = unquote(urlsplit(path).path) if "://" in path else path
    return PurePosixPath(plain.replace("\\", "/")).name


def nothing_in(name: str, clips: Iterable[Clip], what: str) -> None:
    """Refuse a list without clips.

    Raises:
        ReplyError: There are none.
    """
    if not list(clips):
        raise ReplyError(f"{name}: {what} has no clips; export the timeline that was cut")
