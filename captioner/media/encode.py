"""Decodes audio, places it on the player's clock, and encodes it, in memory that does not grow with the length."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from captioner.errors import MediaError
from captioner.media.demux import audio_streams, open_media, read_only, zero_of
from captioner.media.gap_fill import GapFiller
from captioner.media.limits import check_duration
from captioner.media.mux_errors import map_write_errors, open_output
from captioner.media.resample import LAYOUTS, SAMPLE_BYTES, AudioSpec

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

__all__ = ["OPUS_BITS_PER_CHANNEL", "encode_audio"]

OPUS_BITS_PER_CHANNEL = 24_000  # transparent for wide-band speech: opus-codec.org, "Opus Recommended Settings"
_MAX_LAG_S = 60  # a stream that lags further behind the others counts as silent: 2 MB of waiting samples
_THREADED = frozenset({"alac", "flac", "tta", "wavpack"})  # decoders that gain from more than one thread

_log = logging.getLogger(__name__)


def encode_audio(
    source: Path,
    target: Path,
    tracks: Sequence[int],
    spec: AudioSpec,
    *,
    codec: str,
    duration_ms: int,
    progress: Callable[[int], None],
) -> int:
    """Write the audio of one or more streams to a file, zero at the player's zero.

    Args:
        source: The media.
        target: File to write; an existing file is replaced.
        tracks: Positions of the audio streams. Each of several mono streams becomes the channel of its position.
        spec: Format of the samples.
        codec: "flac" or "opus".
        duration_ms: Length of the media.
        progress: Called with the milliseconds done, about once for every second of audio.

    Returns:
        Milliseconds written.

    Raises:
        MediaError: Nothing can be decoded, more is damaged than intact, or more audio comes out than the service
            takes, whatever the header announced.
    """
    with open_media(source) as container, open_output(target, source.name) as output:
        streams = [audio_streams(container)[track] for track in tracks]
        read_only(container, streams)
        writer = _Writer(output, codec, spec.sample_rate, spec.channel_count)
        due = 0
        for block in _samples(container, streams, spec, duration_ms):
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
    return writer.written * 1000 // spec.sample_rate


def _samples(
    container: InputContainer, streams: Sequence[AudioStream], spec: AudioSpec, duration_ms: int
) -> Iterator[bytes]:
    """All samples, interleaved when there are several streams."""
    zero, end = zero_of(container), Fraction(duration_ms, 1000)
    decoder = _Decoder(container, streams)
    if len(streams) > 1:
        yield from _interleave(container, decoder, streams, spec, zero, end)
    else:
        line = GapFiller(spec, zero, end)
        for packet in container.demux(*streams):
            for frame in decoder.decode(packet):
                yield from line.feed(frame)
        yield from line.finish()
    decoder.report_damage()


def _interleave(
    container: InputContainer,
    decoder: _Decoder,
    streams: Sequence[AudioStream],
    spec: AudioSpec,
    zero: Fraction,
    end: Fraction,
) -> Iterator[bytes]:
    """Join several mono streams as the channels of one stream."""
    lines = [GapFiller(AudioSpec(spec.sample_rate), zero, end) for _ in streams]
    places = {stream.index: place for place, stream in enumerate(streams)}
    waiting = [bytearray() for _ in streams]
    for packet in container.demux(*streams):
        place = places[packet.stream.index]
        for frame in decoder.decode(packet):
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

    def __init__(self, container: InputContainer, streams: Sequence[AudioStream]) -> None:
        self._name = Path(container.name).name
        self._whole = self._damaged = 0
        for stream in streams:
            if stream.codec_context.name in _THREADED:
                stream.codec_context.thread_type = "AUTO"

    def decode(self, packet: Packet[Any]) -> Iterator[AudioFrame]:
        import av

        try:
            frames = cast("list[AudioFrame]", packet.decode())
        except av.FFmpegError:
            self._damaged += 1
            return
        self._whole += len(frames)
        yield from frames

    def report_damage(self) -> None:
        """Log how much was damaged, and refuse audio that is more damaged than intact."""
        if self._damaged > self._whole:
            raise MediaError("most of its audio is damaged; copy or export it again", file=self._name)
        if self._damaged:
            _log.warning("%s: %d damaged pieces of audio became silence", self._name, self._damaged)


class _Writer:
    """Encodes blocks of samples; the caller opens and closes the container."""

    def __init__(self, output: OutputContainer, codec: str, rate: int, width: int) -> None:
        self.written = 0  # samples per channel
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
        frame = AudioFrame(format="s16", layout=LAYOUTS[self._width - 1], samples=count)
        plane = frame.planes[0]
        plane.update(block.ljust(plane.buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self.written, Fraction(1, self._rate)
        self.written += count
        self._output.mux(self._stream.encode(frame))

    def finish(self) -> None:
        if self.written:
            self._output.mux(self._stream.encode(None))
