"""Values passed between the packages: media, transcripts, cues, issues.

All are frozen. Times are ``int`` milliseconds from the first millisecond of the media as a player shows it; intervals
are half open. Nothing here does I/O.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any, Literal, TypeVar

__all__ = [
    "PLAIN",
    "AudioStream",
    "Cue",
    "HorizontalAlign",
    "Issue",
    "Line",
    "Media",
    "MediaObject",
    "Placement",
    "Prepared",
    "Sentence",
    "SignedUrl",
    "StoredObject",
    "StyledSpan",
    "TextStyle",
    "Transcript",
    "VerticalAlign",
    "Word",
    "make_records",
]


@dataclass(frozen=True, slots=True)
class AudioStream:
    """One audio stream of a media file.

    Attributes:
        index: Position among the audio streams, from 0, as `--track` counts.
        codec: FFmpeg's name of the codec.
        channels: Number of channels.
        sample_rate: Hz.
        language: ISO 639 tag from the container, or "".
        start_ms: Time of the stream's first sample, relative to the player's zero; may be negative.
        duration_ms: Length of the stream, or of the container where the stream gives none.
        is_default: Whether the container says that players choose it.
    """

    index: int
    codec: str
    channels: int
    sample_rate: int
    language: str
    start_ms: int
    duration_ms: int
    is_default: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Media:
    """Properties of a media file.

    Attributes:
        path: Path of the file.
        size_bytes: Length of the file.
        sha256: Hex digest of the file's bytes, by which all packages know it.
        container: FFmpeg's name of the container.
        duration_ms: Length that a player shows.
        audio: Audio streams, in file order.
        width: Picture width in pixels after rotation and sample aspect, 0 without picture.
        height: Picture height in pixels, 0 without picture.
        frame_rate: Exact rate of the picture, or None.
        start_timecode: Embedded `HH:MM:SS:FF` (`;` before FF when drop-frame), or "".
        notes: What the user should know about the file, a line each: an end that is missing, tracks without a decoder.
    """

    path: Path
    size_bytes: int
    sha256: str
    container: str
    duration_ms: int
    audio: tuple[AudioStream, ...]
    width: int = 0
    height: int = 0
    frame_rate: Fraction | None = None
    start_timecode: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file ready to be sent, and the offset of the times that come back for it.

    Attributes:
        path: The file to send (the original itself under the policy `original`).
        size_bytes: Length of the file to send.
        sha256: Hex digest of its bytes.
        duration_ms: Length of its audio.
        offset_ms: Added to every time the service reports, so that zero is the player's zero.
        channels: Channels in the file.
        temporary: Whether captioner made the file and must delete it.
        notes: What was chosen, repaired and left out, a line each.
    """

    path: Path
    size_bytes: int
    sha256: str
    duration_ms: int
    offset_ms: int
    channels: int
    temporary: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in a store.

    Attributes:
        store: "s3", "temporary" or "link".
        bucket: Bucket name, or "".
        key: Object key. For "link" the URL without its query.
        size_bytes: Length, 0 when unknown.
        model: Model the object is bound to ("temporary" only).
        expires_at: Unix seconds at which the store itself deletes it, or None.
    """

    store: str
    bucket: str
    key: str
    size_bytes: int = 0
    model: str = ""
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class MediaObject:
    """Media in a bucket, as it was listed.

    Attributes:
        bucket: Bucket name.
        key: Object key.
        size_bytes: Length.
        etag: The store's mark of the content, without quotes; "" where the store gives none.
        changed_ns: When it was last modified, in Unix nanoseconds.
    """

    bucket: str
    key: str
    size_bytes: int
    etag: str
    changed_ns: int

    @property
    def address(self) -> str:
        """Its `s3://` address."""
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class SignedUrl:
    """An address that the service can read; a secret until it expires.

    Attributes:
        url: The address, verbatim. Never logged, printed or stored.
        expires_at: Unix seconds, or None when it does not expire.
    """

    url: str = field(repr=False)
    expires_at: float | None = None

    @property
    def public(self) -> str:
        """The address without query and fragment: safe to show and to store."""
        return self.url.partition("#")[0].partition("?")[0]

    def __str__(self) -> str:
        return f"{self.public}?…" if self.public != self.url else self.url


@dataclass(frozen=True, slots=True)
class Word:
    """One token of the recogniser.

    Attributes:
        text: As received; the space between words is inside the tokens (before or after, by model).
        punctuation: Punctuation after the text, as received, or "".
        start_ms: First millisecond spoken.
        end_ms: First millisecond after it.
        confidence: How sure the recogniser is of it, 0 to 1; None when it does not say.
    """

    text: str
    punctuation: str
    start_ms: int
    end_ms: int
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as the recogniser cut it; it has exactly one speaker.

    Attributes:
        text: The words that were said (authoritative), stripped and with single spaces.
        start_ms: First millisecond spoken.
        end_ms: First millisecond after it.
        words: Tokens with their times; may be empty.
        speaker: Speaker id, the number that captions show ("1", "2" …) or, when channels were recognised separately,
            the channel's ("1", "2" …); None when unknown.
        channel: Channel, counted from 0.
    """

    text: str
    start_ms: int
    end_ms: int
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Transcript:
    """A recognised recording: sentences with times and speakers.

    Attributes:
        sentences: In order of time.
        language: BCP 47 tag, or "" when it is to be detected from the text.
        duration_ms: Length of the media.
        by_channel: Whether the speakers are channels ("Channel 1") and not voices ("Speaker 1").
        model: The model that recognised it, or "".
        billed_s: Seconds the service billed, or None when unknown.
    """

    sentences: tuple[Sentence, ...]
    language: str = ""
    duration_ms: int = 0
    by_channel: bool = False
    model: str = ""
    billed_s: int | None = None

    def speakers(self) -> tuple[str, ...]:
        """Speaker ids in order of first appearance."""
        return tuple(dict.fromkeys(s.speaker for s in self.sentences if s.speaker is not None))

    def display_names(self, given: Mapping[str, str] | None = None) -> dict[str, str]:
        """Display name of every speaker: the given one, otherwise `Speaker 1`… or `Channel 1`… by id.

        A name that is given as "" stays so: that speaker is not named.
        """
        return default_names(self.speakers(), by_channel=self.by_channel) | {
            s: name for s, name in (given or {}).items() if s in self.speakers()
        }


def default_names(speakers: Collection[str], *, by_channel: bool) -> dict[str, str]:
    """`Speaker 1`… or `Channel 1`… for every speaker id; ids of a program that counts from 0 are shown from 1."""
    kind = "Channel" if by_channel else "Speaker"
    first = 1 if "0" in speakers else 0
    return {each: f"{kind} {int(each) + first if each.isdecimal() else each}" for each in speakers}


@dataclass(frozen=True, slots=True)
class TextStyle:
    """Style of a run of text, as far as it differs from the caption's own.

    Attributes:
        italic: Whether it is italic.
        bold: Whether it is bold.
        underline: Whether it is underlined.
        colour: Colour of the letters, `#RRGGBB`, or "" for the caption's own.
    """

    italic: bool = False
    bold: bool = False
    underline: bool = False
    colour: str = ""


#: Text in the caption's own style.
PLAIN = TextStyle()


@dataclass(frozen=True, slots=True)
class StyledSpan:
    """A part of a line with a style of its own.

    Attributes:
        start: First character of `Line.text`, counted from 0.
        end: First character after it.
        look: Style of the part.
    """

    start: int
    end: int
    look: TextStyle


VerticalAlign = Literal["bottom", "middle", "top"]
HorizontalAlign = Literal["left", "centre", "right"]
_ROWS: tuple[VerticalAlign, ...] = ("bottom", "middle", "top")
_SIDES: tuple[HorizontalAlign, ...] = ("left", "centre", "right")


@dataclass(frozen=True, slots=True)
class Placement:
    """Position of a cue in the picture.

    Attributes:
        row: Edge of the text that is held: the bottom of its last line, its middle, or the top of its first line.
        side: Alignment of its lines, and the side of the text that is held.
        x: Position of the held side, in percent of the width from the left; None for the format's margins.
        y: Position of the held edge, in percent of the height from the top; None for the format's margins.
    """

    row: VerticalAlign = "bottom"
    side: HorizontalAlign = "centre"
    x: float | None = None
    y: float | None = None

    @property
    def numpad(self) -> int:
        """Number of the position on a number pad, as in SRT and ASS: 1 is bottom left, 9 top right."""
        return _ROWS.index(self.row) * 3 + _SIDES.index(self.side) + 1

    @classmethod
    def of_numpad(cls, key: int) -> Placement:
        """The placement of a number from 1 to 9."""
        return cls(_ROWS[(key - 1) // 3], _SIDES[(key - 1) % 3])

    @property
    def nearest(self) -> Placement:
        """The nearest of the nine positions: text whose first line is held at 85 % appears at the bottom."""
        return Placement(self._visible_row(), self._visible_side())

    def _visible_row(self) -> VerticalAlign:
        if self.y is None:
            return self.row
        # Two lines are about a seventh of the height of a picture; their middle decides.
        middle = self.y + {"top": 7, "middle": 0, "bottom": -7}[self.row]
        return "top" if middle < 34 else "middle" if middle < 66 else "bottom"

    def _visible_side(self) -> HorizontalAlign:
        if self.x is None:
            return self.side
        if self.side == "left":
            return "left" if self.x < 45 else "right"
        if self.side == "right":
            return "right" if self.x > 55 else "left"
        return "left" if self.x < 34 else "right" if self.x > 66 else "centre"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cue.

    Attributes:
        text: The words shown, without label and dash.
        words: The tokens it was made of, for timing and karaoke.
        speaker: Speaker id of this line.
        label: `Name:` when this line opens a turn and there is more than one speaker, else "". Formats with a
            speaker field of their own (WebVTT voices, ASS styles) do not print it.
        dash: "- " or "-" when two speakers share the cue, else "".
        spans: Parts of the text with a style of their own, in order, not overlapping; widths do not count them.
    """

    text: str
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    label: str = ""
    dash: str = ""
    spans: tuple[StyledSpan, ...] = ()

    @property
    def printed(self) -> str:
        """Dash, label and text, as printed by formats without speaker fields."""
        return f"{self.dash}{self.label} {self.text}" if self.label else f"{self.dash}{self.text}"


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption on screen.

    Attributes:
        start_ms: First millisecond shown.
        end_ms: First millisecond no longer shown.
        lines: Top first; each has one speaker.
        speaker: Id of the speaker when the whole cue is one voice, else None.
        placement: Position in the picture, or None for the default: at the bottom, centred.
    """

    start_ms: int
    end_ms: int
    lines: tuple[Line, ...]
    speaker: str | None = None
    placement: Placement | None = None

    @property
    def text(self) -> str:
        """The text of the lines, joined by newlines, without labels and dashes."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Issue:
    """A finding for an editor; an ugly caption is an issue, not an error.

    Attributes:
        rule: Short stable name, such as "cps" or "min_duration".
        severity: "error", "warning" or "note".
        cue_index: Number of the cue, from 0, or None when the finding is about the whole file.
        value: Measured value.
        limit: Limit that it was compared with.
        message: One sentence for a caption editor.
        accepted: Reason for which a person accepted it, or "" while it is open.
    """

    rule: str
    severity: str
    cue_index: int | None
    value: float
    limit: float
    message: str
    accepted: str = ""


_Record = TypeVar("_Record")


def make_records(kind: type[_Record], count: int, *columns: Iterable[object]) -> list[_Record]:
    """Many records of a frozen dataclass with slots, in a sixth of the time that its constructor takes.

    Args:
        kind: The class of the records.
        count: How many to make.
        *columns: For every field, in the order of the class, the values of all records.
    """
    records = list(map(kind.__new__, repeat(kind, count)))
    for set_field, column in zip(_field_setters(kind), columns, strict=True):  # type: ignore[arg-type]  # hashable it is
        deque(map(set_field, records, column), maxlen=0)
    return records


@lru_cache(maxsize=16)
def _field_setters(kind: type[Any]) -> tuple[Callable[[Any, object], None], ...]:
    return tuple([getattr(kind, each.name).__set__ for each in fields(kind)])
