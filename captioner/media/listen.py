"""Listens to fixed places of a recording, for questions that a part of it answers: is there sound, do channels cancel.

The places are the same at every run, so that the answers are.
"""

from __future__ import annotations

import contextlib
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, cast

from captioner.media.demux import PacketReader, audio_streams, open_media, read_only, zero_of
from captioner.media.resample import AudioSpec, Converter

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

__all__ = ["SILENT_PEAK", "is_silent", "listen", "peak_of"]

SILENT_PEAK = 33  # -60 dBFS: what codecs make of silence, and less than any microphone's noise
_PLACE_COUNT = 12
_LISTEN_S, _SHORTEST_S = 2.0, 0.25
_PEAK_EVERY = 13  # every so many samples show a peak; a prime, so that no tone hides between them
_RATE_HZ = 8000


def listen(path: Path, track: int, duration_ms: int, spec: AudioSpec, *, share: float = 1.0) -> array[int]:
    """Samples from twelve places, two seconds each or less; a short recording is heard once from end to end.

    Args:
        path: The media.
        track: Position of the audio stream.
        duration_ms: Its length.
        spec: Format of the samples, which are interleaved.
        share: Most of the recording that is heard, unless that is less than a quarter of a second at each place.

    Raises:
        MediaError: It cannot be read.
    """
    samples = array("h")
    converter = Converter(spec)
    with open_media(path) as container:
        stream = audio_streams(container)[track]
        read_only(container, [stream])
        for at_ms, listen_s in _pieces(duration_ms, share):
            _listen_at(container, stream, at_ms, listen_s, converter, samples)
    _add(samples, converter.flush())
    return samples


def is_silent(path: Path, track: int, duration_ms: int) -> bool:
    """Whether nothing is to be heard at any of the places.

    Raises:
        MediaError: It cannot be read.
    """
    return peak_of(listen(path, track, duration_ms, AudioSpec(_RATE_HZ))) < SILENT_PEAK


def peak_of(samples: array[int]) -> int:
    """Largest of some of the samples, 0 to 32768; 0 when there are none."""
    some = samples[::_PEAK_EVERY]
    return max(max(some), -min(some)) if some else 0


def _pieces(duration_ms: int, share: float) -> list[tuple[int, float]]:
    """Pieces to listen to: start in ms and length in seconds."""
    listen_s = min(_LISTEN_S, max(_SHORTEST_S, duration_ms * share / 1000 / _PLACE_COUNT))
    if duration_ms <= _PLACE_COUNT * listen_s * 1000:
        return [(0, duration_ms / 1000)]
    return [(duration_ms * place // _PLACE_COUNT, listen_s) for place in range(_PLACE_COUNT)]


def _listen_at(
    container: InputContainer,
    stream: AudioStream,
    at_ms: int,
    listen_s: float,
    converter: Converter,
    samples: array[int],
) -> None:
    """Add the samples of a piece; a place that cannot be reached or decoded says nothing."""
    import av

    heard = 0.0
    if at_ms:
        try:
            container.seek(round(zero_of(container) * 1_000_000) + at_ms * 1000)
        except (av.FFmpegError, OSError):
            return
    for packet in PacketReader(container, [stream]):
        with contextlib.suppress(av.FFmpegError):
            for frame in cast("list[AudioFrame]", packet.decode()):
                heard += frame.samples / frame.sample_rate
                _add(samples, converter.convert(frame))
        if heard >= listen_s:
            return


def _add(samples: array[int], blocks: list[bytes]) -> None:
    for block in blocks:
        samples.frombytes(block)
