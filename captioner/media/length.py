"""Measures how long a media file is, and finds out whether its end is missing.

What the packets show counts. A length that stands in a header, or that FFmpeg guessed from the first bit rate, only
shows where to look; a file is cut off when its own headers announce more bytes, samples or frames than are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from captioner.media.announced_size import announced_size
from captioner.media.demux import (
    PacketReader,
    audio_streams,
    has_own_clock,
    is_moving_picture,
    may_jump,
    open_media,
    start_of,
    zero_of,
)
from captioner.media.frame_count import announced_ms
from captioner.media.limits import is_too_long
from captioner.media.packet_clock import JUMP_S, PacketClock

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

__all__ = ["Measured", "closes_jumps", "is_complete", "measure", "missing_ms", "promised_ms"]

# Formats without a container, and FLAC: FFmpeg counts their blocks as if all were like the first one, or guesses their
# length from the first bit rate. Their packets are added up.
_COUNTED = frozenset({
    "aac", "ac3", "amr", "amrnb", "amrwb", "ape", "dts", "dtshd", "eac3", "flac", "loas", "mlp", "mp3", "mpc", "mpc8",
    "spdif", "tak", "truehd", "tta", "wv",
})  # fmt: skip
# Formats without an index: a jump of their clock is seen only where it is read over.
_READ_THROUGH = frozenset({"asf", "asf_o", "flv", "live_flv", "nut", "rm", "wtv"})
# Formats whose header says how long the whole is, as their encoder knew it.
_TIMED = frozenset({
    "avi", "dsf", "flv", "gxf", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "mpc", "mxf", "nut", "rm", "wtv",
})  # fmt: skip

_PACE_PACKETS = 16  # enough to see the rate: codecs begin with a few empty frames
_PACE_SLACK = 0.5  # of the first packets' length, for those empty frames
_TAIL_MS = 3000  # length of the end that is read to see where it is
_BACK_MS = 1000  # a packet that is earlier than those before it by more shows a clock that was restarted
_SLACK_MS = 3000  # imprecision of lengths in headers: the longest of several streams, rounded up
_SIZE_SLACK_MS = 1000  # bytes are exact; less is not worth refusing a file for
_SLACK_SHARE = 50  # and one part in so many of the length


@dataclass(frozen=True, slots=True)
class Measured:
    """Facts that the packets of a file show.

    Attributes:
        end_ms: End of the last sound or picture on the player's clock.
        ends_ms: The same by audio stream (position in the container), for the streams that were read.
        failure: Why the file could not be read to its end, or "".
    """

    end_ms: int
    ends_ms: dict[int, int]
    failure: str = ""


def measure(container: InputContainer, path: Path) -> Measured:
    """Measure a file: from its end where its clock goes straight on, else from all its packets.

    Args:
        container: The file, opened; its place afterwards is not defined.
        path: The file, to be opened again where it has to be read from its beginning.

    Raises:
        MediaError: It cannot be read.
    """
    found = None
    name = container.format.name
    if name not in _COUNTED | _READ_THROUGH and not may_jump(container) and not _missing_bytes(path, name):
        found = _from_tail(container)
    if found is None or (_counts_by_rate(container) and not _keeps_pace(path)):
        with open_media(path) as again:
            found = _from_all(again, is_closed=may_jump(again))
    if is_too_long(found.end_ms) and len(_sounding(container)) > 1 and not may_jump(container):
        with open_media(path) as again:
            return _from_all(again, is_closed=True)
    return found


def _missing_bytes(path: Path, container: str) -> int:
    """Number of missing bytes among those that a file announces."""
    return max(0, (announced_size(path, container) or 0) - path.stat().st_size)


def closes_jumps(container: InputContainer, duration_ms: int) -> bool:
    """Whether a file's jumps ahead are closed: where its format lets clocks jump, and where nothing could be sent else.

    Args:
        container: The file, opened.
        duration_ms: Its length as measured.
    """
    return may_jump(container) or (not is_too_long(duration_ms) and is_too_long(promised_ms(container)))


def _sounding(container: InputContainer) -> list[Stream]:
    """The streams that a player plays; subtitles may go on long after them."""
    return [*container.streams.audio, *(s for s in container.streams.video if is_moving_picture(s))]


def _from_tail(container: InputContainer) -> Measured | None:
    """Seek to the end that the header promises and read from there; None when that shows nothing for certain."""
    import av

    zero_us = round(zero_of(container) * 1_000_000)
    streams = _sounding(container)
    try:
        container.seek(zero_us + max(0, promised_ms(container) - _TAIL_MS) * 1000)
    except (av.FFmpegError, OSError):
        return None
    reader, ends = PacketReader(container, streams), _Ends(streams, zero_us)
    for packet in reader:
        if ends.add(packet) < ends.end_ms - _BACK_MS - _TAIL_MS:
            return None
    return None if reader.failure or not ends.end_ms else ends.measured(reader)


def _from_all(container: InputContainer, *, is_closed: bool) -> Measured:
    streams = _sounding(container)
    if container.format.name in _COUNTED:
        return _counted(container)
    if not has_own_clock(container):
        return _decoded(container)
    zero_us = round(zero_of(container) * 1_000_000)
    clock = PacketClock(streams) if is_closed else None
    reader, ends = PacketReader(container, streams), _Ends(streams, zero_us)
    for packet in reader:
        if clock:
            clock.correct(packet)
        ends.add(packet)
    return ends.measured(reader)


def _counted(container: InputContainer) -> Measured:
    """The lengths of all packets of the one stream together."""
    stream = container.streams.audio[0]
    reader = PacketReader(container, [stream])
    base = stream.time_base
    total_ms = round(sum(packet.duration or 0 for packet in reader) * base * 1000) if base else 0
    return Measured(total_ms, {stream.index: total_ms}, reader.failure)


def _counts_by_rate(container: InputContainer) -> bool:
    """Whether times come from a rate in the header that may be another than that of the sound."""
    name = container.format.name
    is_pcm = all(stream.codec_context.name.startswith("pcm_") for stream in audio_streams(container).values())
    return not has_own_clock(container) and name not in _COUNTED and not (is_pcm and name != "avi")


def _keeps_pace(path: Path) -> bool:
    """Whether the first packets last as long as their header's rate says; FFmpeg counts by that rate."""
    with open_media(path) as container:
        streams = list(audio_streams(container).values())[:1]
        packets = list(islice(PacketReader(container, streams), _PACE_PACKETS))
        stamped = sum((packet.duration or 0) * packet.time_base for packet in packets)
        heard = sum(_heard_s(packet) for packet in packets)
    return not heard or abs(stamped - heard) <= _PACE_SLACK * heard


def _heard_s(packet: Packet[Any]) -> Fraction:
    """Length of the samples of a packet, in seconds; a damaged packet holds none."""
    import av

    try:
        return sum((Fraction(f.samples, f.sample_rate) for f in cast("list[AudioFrame]", packet.decode())), Fraction(0))
    except av.FFmpegError:
        return Fraction(0)


def _decoded(container: InputContainer) -> Measured:
    """The lengths of all decoded samples of the first track together."""
    stream = next(iter(audio_streams(container).values()))
    reader = PacketReader(container, [stream])
    total_ms = round(sum(map(_heard_s, reader)) * 1000)
    return Measured(total_ms, {stream.index: total_ms}, reader.failure)


class _Ends:
    """Ends of streams while their packets are read; a step back of a clock begins a new piece behind what was there."""

    def __init__(self, streams: Sequence[Stream], zero_us: int) -> None:
        self.end_ms = 0
        self._scale = {s.index: (s.time_base.numerator * 1000, s.time_base.denominator) for s in streams if s.time_base}
        self._audio = {s.index for s in streams if s.type == "audio"}
        self._zero_ms = zero_us // 1000
        self._ends: dict[int, int] = {}
        self._shift_ms: dict[int, int] = {}

    def add(self, packet: Packet[Any]) -> int:
        """Count a packet; returns its end in milliseconds as its stamps say it."""
        scale = self._scale.get(packet.stream_index)
        at = None if scale is None else _time_of(packet, scale)
        if at is None or scale is None:
            return self.end_ms
        length_ms = (packet.duration or 0) * scale[0] // scale[1]
        stamped_ms = at * scale[0] // scale[1] - self._zero_ms + (length_ms if length_ms < JUMP_S * 1000 else 0)
        stream, shift_ms = packet.stream_index, self._shift_ms.get(packet.stream_index, 0)
        end_ms = stamped_ms + shift_ms
        last_ms = self._ends.get(stream, 0)
        if end_ms < last_ms - _BACK_MS and stream in self._audio:
            self._shift_ms[stream] = shift_ms + last_ms - end_ms
            end_ms = last_ms
        self._ends[stream] = max(last_ms, end_ms)
        self.end_ms = max(self.end_ms, end_ms)
        return stamped_ms

    def measured(self, reader: PacketReader) -> Measured:
        """The facts found."""
        return Measured(self.end_ms, {s: end for s, end in self._ends.items() if s in self._audio}, reader.failure)


def _time_of(packet: Packet[Any], scale: tuple[int, int]) -> int | None:
    """Time at which a packet is shown; a picture before a jump may carry the time of one behind it (FFmpeg 8)."""
    pts, dts = packet.pts, packet.dts
    if pts is None or dts is None:
        return dts if pts is None else pts
    return dts if abs(pts - dts) * scale[0] > JUMP_S * 1000 * scale[1] else pts


def promised_ms(container: InputContainer) -> int:
    """Length that the header gives the streams that a player plays, or the whole; 0 when it gives none."""
    zero = zero_of(container)
    ends = [round(start_of(s, zero) * 1000) + _length_ms(s) for s in _sounding(container) if _length_ms(s)]
    whole_ms = round(max(0, container.duration or 0) / 1000)
    return max(ends, default=whole_ms)


def _length_ms(stream: Stream) -> int:
    """Length of one stream, 0 when it is not given or impossible."""
    if not stream.duration or stream.duration < 0 or stream.time_base is None:
        return 0
    return round(stream.duration * stream.time_base * 1000)


def _believed_ms(container: InputContainer, path: Path) -> int:
    """Length that the header gives as its encoder knew it; 0 for a guess."""
    name = container.format.name
    return announced_ms(path, name) or (promised_ms(container) if name in _TIMED else 0)


def is_complete(container: InputContainer, path: Path, found: Measured) -> bool:
    """Whether all that the header announces is there, so that what cannot be read behind it is a tag.

    Raises:
        OSError: It cannot be read.
    """
    promised = _believed_ms(container, path)
    return 0 < promised <= found.end_ms + _SIZE_SLACK_MS


def missing_ms(container: InputContainer, path: Path, found: Measured) -> int:
    """Length missing at a file's end by what its headers announce; 0 for a whole file and where nothing tells.

    Raises:
        OSError: It cannot be read.
    """
    name, size = container.format.name, path.stat().st_size
    announced = announced_size(path, name)
    promised = _believed_ms(container, path)
    by_time = 0 if is_too_long(promised) else promised - found.end_ms  # a day is wrong more often than not
    if announced is None:
        return by_time if by_time > max(_SLACK_MS, promised // _SLACK_SHARE) else 0
    if announced <= size:
        return 0
    missing = by_time if by_time > 0 else found.end_ms * (announced - size) // max(1, size)
    return missing if missing > max(_SIZE_SLACK_MS, (found.end_ms + missing) // _SLACK_SHARE) else 0
