"""Decodes audio, places it on the player's clock, and encodes it, in memory that does not grow with the length."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from captioner.errors import MediaError
from captioner.media.demux import (
    PacketReader,
    audio_streams,
    has_own_clock,
    is_moving_picture,
    open_media,
    read_only,
    zero_of,
)
from captioner.media.gap_fill import GapFiller
from captioner.media.length import closes_jumps
from captioner.media.limits import check_duration, format_duration
from captioner.media.listen import SILENT_PEAK, peak_of
from captioner.media.mux_errors import map_write_errors, open_output
from captioner.media.packet_clock import PacketClock
from captioner.media.resample import LAYOUTS, SAMPLE_BYTES, AudioSpec

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream

__all__ = ["OPUS_BITS_PER_CHANNEL", "Encoded", "encode_audio"]

OPUS_BITS_PER_CHANNEL = 24_000  # transparent for wide-band speech: opus-codec.org, "Opus Recommended Settings"
_TOLD_S = 1  # silence in gaps of less is not worth a line
_MAX_LAG_S = 60  # a stream that lags further behind the others counts as silent: 2 MB of waiting samples
_THREADED = frozenset({"alac", "flac", "tta", "wavpack"})  # decoders that gain from more than one thread

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Result of `encode_audio`.

    Attributes:
        duration_ms: Milliseconds written.
        is_silent: Whether there is nothing to hear in it.
        notes: The repairs made, a line each.
    """

    duration_ms: int
    is_silent: bool
    notes: tuple[str, ...]


def encode_audio(
    source: Path,
    target: Path,
    tracks: Sequence[int],
    spec: AudioSpec,
    *,
    codec: str,
    duration_ms: int,
    progress: Callable[[int], None],
) -> Encoded:
    """Write the audio of one or more streams to a file, zero at the player's zero.

    Args:
        source: The media.
        target: File to write; an existing file is replaced.
        tracks: Positions of the audio streams. Each of several mono streams becomes the channel of its position.
        spec: Format of the samples.
        codec: "flac" or "opus".
        duration_ms: Length of the media.
        progress: Called with the milliseconds done, about once for every second of audio.

    Raises:
        MediaError: Nothing can be decoded, more is damaged than intact, or more audio comes out than the service
            takes, whatever the header announced.
    """
    with open_media(source) as container, open_output(target, source.name) as output:
        streams = [audio_streams(container)[track] for track in tracks]
        line = _TimeLine(container, streams, spec, Fraction(duration_ms, 1000))
        writer = _Writer(output, codec, spec.sample_rate, spec.channel_count)
        due = 0
        for block in line.samples():
            with map_write_errors(target, source.name):
                writer.write(block)
            if writer.written >= due:
                check_duration(writer.written * 1000 // spec.sample_rate, name=source.name)
                due = writer.written + spec.sample_rate
                progress(writer.written * 1000 // spec.sample_rate)
        with map_write_errors(target, source.name):
            writer.finish()
    if not writer.written:
        raise MediaError("its audio is empty; check that it plays", file=source.name)
    return Encoded(writer.written * 1000 // spec.sample_rate, writer.peak < SILENT_PEAK, line.notes())


class _TimeLine:
    """The samples of one or several streams, decoded and placed on the player's clock."""

    def __init__(
        self, container: InputContainer, streams: Sequence[AudioStream], spec: AudioSpec, end: Fraction
    ) -> None:
        self._streams, self._spec = streams, spec
        self._name = Path(container.name).name
        self._decoder = _Decoder(self._name, streams)
        read: list[Stream] = [*streams]
        self._clock = None
        if closes_jumps(
            container, round(end * 1000)
        ):  # the picture's clock jumps with the sound's, and says by how much
            read += [s for s in container.streams if s not in streams and (s.type == "audio" or is_moving_picture(s))]
            self._clock = PacketClock(read)
        read_only(container, read)
        self._reader = PacketReader(container, read)
        width = spec if len(streams) == 1 else AudioSpec(spec.sample_rate)
        zero, is_clocked = zero_of(container), has_own_clock(container)
        self._zero_us = round(zero * 1_000_000)
        self._lines = [GapFiller(width, zero, end, is_clocked=is_clocked) for _ in streams]

    def samples(self) -> Iterator[bytes]:
        """All samples, interleaved when there are several streams."""
        if len(self._streams) > 1:
            yield from _interleave(self._frames(), self._lines, self._spec)
        else:
            (line,) = self._lines
            for _, frame in self._frames():
                yield from line.feed(frame)
            yield from line.finish()
        self._decoder.report_damage()

    def _frames(self) -> Iterator[tuple[int, AudioFrame]]:
        """The decoded frames, each with the place of its stream."""
        places = {stream.index: place for place, stream in enumerate(self._streams)}
        decode, clock = self._decoder.decode, self._clock
        for packet in self._reader:
            if clock:
                clock.correct(packet)
            place = places.get(packet.stream_index)
            if place is not None:
                for frame in decode(packet):
                    yield place, frame
        for place, stream in enumerate(self._streams):
            for frame in self._decoder.flush(stream):
                yield place, frame

    def notes(self) -> tuple[str, ...]:
        """The repairs made, a line each."""
        line, rate = self._lines[0], self._spec.sample_rate
        jumps, at_ms = line.pieces, line.first_piece * 1000 // rate
        if self._clock and self._clock.jumps:
            jumps += self._clock.jumps
            at_ms = (self._clock.first_jump_us - self._zero_us) // 1000
        notes = [*self._decoder.notes()]
        if jumps:
            times = "once" if jumps == 1 else f"{jumps} times"
            notes.append(
                f"its clock is restarted or jumps {times} (first at {format_duration(max(0, at_ms))});"
                " the pieces follow each other"
            )
        if line.silence >= _TOLD_S * rate:
            notes.append(f"gaps in its sound became silence ({line.silence / rate:.1f} s)")
        return tuple(notes)


def _interleave(
    frames: Iterable[tuple[int, AudioFrame]], lines: Sequence[GapFiller], spec: AudioSpec
) -> Iterator[bytes]:
    """Join several mono streams as the channels of one stream."""
    waiting = [bytearray() for _ in lines]
    for place, frame in frames:
        _extend(waiting[place], lines[place].feed(frame))
        first = max(line.written for line in lines)
        for line, samples in zip(lines, waiting, strict=True):
            _extend(samples, line.abandon_until(first - _MAX_LAG_S * spec.sample_rate))
        yield _take_interleaved(waiting, spec.channels)
    for line, samples in zip(lines, waiting, strict=True):
        _extend(samples, line.finish())
    last = max(line.written for line in lines)
    for line, samples in zip(lines, waiting, strict=True):
        _extend(samples, line.fill_until(last))
    yield _take_interleaved(waiting, spec.channels)


def _extend(samples: bytearray, blocks: Iterable[bytes]) -> None:
    for block in blocks:
        samples += block


def _take_interleaved(waiting: Sequence[bytearray], channels: tuple[int, ...]) -> bytes:
    """Take as many samples as all streams have and interleave them; a channel that was not asked for is silent."""
    size = min(map(len, waiting))
    woven = array("h", bytes(size * len(waiting)))
    for channel, samples in enumerate(waiting):
        if channel in channels:
            woven[channel :: len(waiting)] = array("h", bytes(samples[:size]))
        del samples[:size]
    return woven.tobytes()


class _Decoder:
    """Decodes packets; a damaged packet is skipped, and the gap becomes silence."""

    def __init__(self, name: str, streams: Sequence[AudioStream]) -> None:
        self._name = name
        self._whole = self._damaged = self._behind = 0  # the last are damaged pieces since the last whole one
        for stream in streams:
            if stream.codec_context.name in _THREADED:
                stream.codec_context.thread_type = "AUTO"

    def decode(self, packet: Packet[Any]) -> list[AudioFrame]:
        """The frames of a packet, none for a damaged one."""
        import av

        try:
            frames = cast("list[AudioFrame]", packet.decode())
        except av.FFmpegError:
            self._behind += 1
            return []
        if frames:
            self._whole += len(frames)
            self._damaged, self._behind = self._damaged + self._behind, 0
        return frames

    def flush(self, stream: AudioStream) -> list[AudioFrame]:
        """The frames that the decoder still holds."""
        import av

        try:
            return stream.decode(None)
        except av.FFmpegError:
            return []

    def report_damage(self) -> None:
        """Log how much was damaged, and refuse audio that is more damaged than intact up to its last whole piece."""
        if self._damaged > self._whole or (self._behind and not self._whole):
            raise MediaError("most of its audio is damaged; copy or export it again", file=self._name)
        for note in self.notes():
            _log.warning("%s: %s", self._name, note)

    def notes(self) -> tuple[str, ...]:
        """A line about the damage within the sound, and one about what looks like sound behind it."""
        within = (f"{self._damaged} damaged pieces of audio became silence",) if self._damaged else ()
        behind = (f"{self._behind} damaged pieces behind its last sound were left out",) if self._behind else ()
        return (*within, *behind)


class _Writer:
    """Encodes blocks of samples; the caller opens and closes the container."""

    def __init__(self, output: OutputContainer, codec: str, rate: int, width: int) -> None:
        self.written = 0  # samples per channel
        self.peak = 0
        self._output, self._rate, self._width = output, rate, width
        if codec == "opus":
            # Family 255 keeps the channels apart; the others share bits between them (RFC 7845, section 5.1.1.3).
            family = {"mapping_family": "255"} if width > 1 else {}
            options = {"application": "voip", "compression_level": "5", **family}
            self._stream = output.add_stream("libopus", rate=rate, layout=LAYOUTS[width - 1], options=options)
            self._stream.codec_context.bit_rate = OPUS_BITS_PER_CHANNEL * width
        else:
            options = {"compression_level": "5"}
            self._stream = output.add_stream("flac", rate=rate, layout=LAYOUTS[width - 1], options=options)
        self._stream.codec_context.format = "s16"

    def write(self, block: bytes) -> None:
        from av import AudioFrame

        count = len(block) // (self._width * SAMPLE_BYTES)
        if not count:
            return
        if self.peak < SILENT_PEAK:  # the first loud block answers for all
            self.peak = max(self.peak, peak_of(array("h", block)))
        frame = AudioFrame(format="s16", layout=LAYOUTS[self._width - 1], samples=count)
        plane = frame.planes[0]
        plane.update(block.ljust(plane.buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self.written, Fraction(1, self._rate)
        self.written += count
        self._output.mux(self._stream.encode(frame))

    def finish(self) -> None:
        if self.written:
            self._output.mux(self._stream.encode(None))
