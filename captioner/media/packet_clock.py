"""Puts packets on one clock where a file's own clock jumps: joined recordings, restarted encoders, counters that wrap.

The time line is that of FFmpeg's command line (fftools/ffmpeg_demux.c, `ts_discontinuity_detect`): in formats whose
time stamps may jump, a step back begins a new piece behind what was there, and a jump ahead is closed. One correction
holds for all streams, so that sound and picture stay together. Where FFmpeg corrects a stream that is still in the old
piece, here it changes over by itself: the last picture before a join often comes behind the first sound after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream

__all__ = ["JUMP_S", "PacketClock"]

JUMP_S = 10
"""FFmpeg's `-dts_delta_threshold`: a step by more is a jump of the clock and not a gap."""
_JUMP_US = JUMP_S * 1_000_000
_RESTART_US = 1_000_000
"""A step back by more is a clock that was restarted; less is a fault of one stream."""
_BACK_US = 100_000  # FFmpeg's AV_TIME_BASE / 10: a packet that is earlier than the one before it by more


@dataclass(slots=True)
class _StreamClock:
    """Position of a stream, in microseconds.

    Attributes:
        last: Decoding time of its last packet, as stamped.
        next: Where that packet ends, as stamped.
        offset: Correction of the piece it is in.
        piece: Number of that piece.
    """

    last: int
    next: int
    offset: int
    piece: int


class PacketClock:
    """Corrects the time stamps of packets, which come in file order.

    Attributes:
        jumps: Number of corrections.
        first_jump_us: Corrected time of the first one, in microseconds of the file's time.
    """

    def __init__(self, streams: Iterable[Stream]) -> None:
        self.jumps = 0
        self.first_jump_us = 0
        self._scale = {
            s.index: (s.time_base.numerator * 1_000_000, s.time_base.denominator) for s in streams if s.time_base
        }
        self._streams: dict[int, _StreamClock] = {}
        self._offset = 0  # of the newest piece
        self._latest: int | None = None  # corrected decoding time of the last packet of any stream

    def correct(self, packet: Packet[Any]) -> None:
        """Correct the packet's time stamps in place."""
        scale = self._scale.get(packet.stream_index)
        if scale is None:
            return
        if packet.dts is not None:
            self._follow(packet.stream_index, packet.dts * scale[0] // scale[1], packet.duration or 0, scale)
        stream = self._streams.get(packet.stream_index)
        if stream is not None and stream.offset:
            shift = stream.offset * scale[1] // scale[0]
            packet.dts = None if packet.dts is None else packet.dts + shift
            packet.pts = None if packet.pts is None else packet.pts + shift

    def _follow(self, index: int, at: int, duration: int, scale: tuple[int, int]) -> None:
        """Go on to a packet, and change the correction where it is off the place that follows."""
        stream = self._streams.get(index)
        if stream is None:
            stream = self._streams[index] = _StreamClock(at, at, self._offset, self.jumps)
            if self._latest is not None and abs(at + stream.offset - self._latest) > _JUMP_US:
                self._begin_piece(stream, at, self._latest)
        elif abs(at - stream.next) > _JUMP_US or at + _BACK_US < stream.last:
            self._change_over(stream, at)
        self._latest = at + stream.offset
        length = duration * scale[0] // scale[1]
        stream.last, stream.next = at, at + (length if length < _JUMP_US else 0)  # MP4 writes a jump as a length

    def _change_over(self, stream: _StreamClock, at: int) -> None:
        """Take a stream whose clock jumped to the newest piece, or begin one with it."""
        is_late = stream.piece < self.jumps and self._latest is not None
        if is_late and abs(at + self._offset - (self._latest or 0)) <= _JUMP_US:
            stream.offset, stream.piece = self._offset, self.jumps
        elif stream.last - at > _RESTART_US:  # joined recordings: the next one begins where the longest stream ended
            self._begin_piece(stream, at, max(s.next + s.offset for s in self._streams.values()))
        else:
            self._begin_piece(stream, at, stream.next + stream.offset)

    def _begin_piece(self, stream: _StreamClock, at: int, place: int) -> None:
        self.first_jump_us = self.first_jump_us if self.jumps else place
        self.jumps += 1
        self._offset = stream.offset = place - at
        stream.piece = self.jumps
