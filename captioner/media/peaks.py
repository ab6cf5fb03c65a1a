"""Peaks of a recording for drawing its waveform: one byte for each hundredth of a second, from the player's zero."""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from captioner.media.demux import PacketReader, audio_streams, open_media, read_only, zero_of
from captioner.media.resample import AudioSpec, Converter

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

__all__ = ["PEAKS_PER_S", "peaks", "pooled"]

PEAKS_PER_S = 100  # a hundredth of a second is a pixel when a window shows ten seconds
_RATE_HZ = 4000  # speech has its loudest parts below 2 kHz; half the work of 8 kHz
_SAMPLES = _RATE_HZ // PEAKS_PER_S
_MOST_GAP_MS = 200  # a hole in the times that is longer moves what follows; a shorter one is rounding


def peaks(path: Path, *, track: int = 0) -> Iterator[bytes]:
    """Blocks of peaks, each from 0 for silence to 255, as they are decoded.

    Args:
        path: The media.
        track: Audio stream of the file.

    Raises:
        MediaError: It cannot be read.
    """
    with open_media(path) as container:
        stream = audio_streams(container).get(track)
        if stream is None:
            return
        read_only(container, [stream])
        yield from _peaks(container, stream)


def _peaks(container: InputContainer, stream: AudioStream) -> Iterator[bytes]:
    zero = zero_of(container)
    converter = Converter(AudioSpec(_RATE_HZ))
    held: array[int] = array("h")
    fed_ms = 0.0  # until here samples were given to the converter
    for frame in _frames(container, stream):
        if frame.pts is not None and frame.time_base is not None:
            at_ms = float((frame.pts * frame.time_base - zero) * 1000)
            if at_ms + frame.samples * 1000 / frame.sample_rate <= 0:
                continue
            if at_ms > fed_ms + _MOST_GAP_MS:
                _extend(held, converter.flush())
                held.extend([0] * int((at_ms - fed_ms) * _RATE_HZ / 1000))
                fed_ms = at_ms
        fed_ms += frame.samples * 1000 / frame.sample_rate
        _extend(held, converter.convert(frame))
        whole = len(held) // _SAMPLES * _SAMPLES
        if whole >= _RATE_HZ:
            yield _block(held[:whole])
            del held[:whole]
    _extend(held, converter.flush())
    yield _block(held)


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    import av

    for packet in PacketReader(container, [stream]):
        with contextlib.suppress(av.FFmpegError):
            yield from cast("list[AudioFrame]", packet.decode())


def _extend(samples: array[int], blocks: list[bytes]) -> None:
    for block in blocks:
        samples.frombytes(block)


def _block(samples: array[int]) -> bytes:
    found = bytearray()
    for start in range(0, len(samples), _SAMPLES):
        part = samples[start : start + _SAMPLES]
        found.append(min(255, max(max(part), -min(part)) >> 7))
    return bytes(found)


def pooled(data: bytes, first_ms: int, last_ms: int, points: int) -> bytes:
    """Peaks of a stretch of time, no more than some number: each the largest of those it stands for.

    Args:
        data: All peaks, as far as they are known.
        first_ms: Begin of the stretch.
        last_ms: End of the stretch.
        points: Most values that are wanted.
    """
    first, last = first_ms * PEAKS_PER_S // 1000, last_ms * PEAKS_PER_S // 1000
    part = data[max(0, first) : max(0, last)]
    step = max(1, -(-(last - first) // points))
    return bytes(max(part[at : at + step]) for at in range(0, len(part), step))
