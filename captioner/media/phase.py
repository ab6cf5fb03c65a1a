"""Detects whether the two channels of a stereo recording cancel each other.

A microphone wired with the wrong polarity puts the same voice into both channels with opposite signs; mixed to mono,
nothing of it remains. The test listens at fixed places of the recording, so its result is always the same.
"""

from __future__ import annotations

import contextlib
from array import array
from operator import mul
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.media.demux import audio_streams, open_media, read_only, zero_of
from captioner.media.resample import AudioSpec, Converter

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

__all__ = ["is_out_of_phase"]

_SAMPLE_COUNT = 12
_LISTEN_S = 2
_RATE_HZ = 4000  # the strongest part of a voice
_EVERY = 4  # every so many samples are enough for two energies: thousands are left of the shortest recording
_ENERGY_RATIO = 10  # the sum has less than a tenth of the energy of the difference: true stereo is far from that


def is_out_of_phase(path: Path, track: int, duration_ms: int) -> bool:
    """Whether the mix of the two channels would be much weaker than their difference."""
    import av

    samples = array("h")
    converter = Converter(AudioSpec(_RATE_HZ, (0, 1)))
    with open_media(path) as container:
        stream = audio_streams(container)[track]
        read_only(container, [stream])
        for at_ms, listen_s in _pieces(duration_ms):
            # A place that cannot be reached or decoded says nothing.
            with contextlib.suppress(av.FFmpegError, OSError):
                _listen(container, stream, at_ms, listen_s, converter, samples)
    _add(samples, converter.flush())
    # The energy of the sum is that of both channels and twice their product, the energy of the difference that without
    # it: three passes in C over a part of the samples, where a loop over all pairs takes longer than decoding them.
    left, right = samples[0 :: 2 * _EVERY], samples[1 :: 2 * _EVERY]
    energy: int = sum(map(mul, left, left)) + sum(map(mul, right, right))
    product: int = sum(map(mul, left, right))
    return (energy + 2 * product) * _ENERGY_RATIO < energy - 2 * product


def _pieces(duration_ms: int) -> list[tuple[int, float]]:
    """Pieces to listen to: start in ms and length in seconds; a short recording is heard once from end to end."""
    if duration_ms <= _SAMPLE_COUNT * _LISTEN_S * 1000:
        return [(0, duration_ms / 1000)]
    return [(duration_ms * place // _SAMPLE_COUNT, _LISTEN_S) for place in range(_SAMPLE_COUNT)]


def _listen(
    container: InputContainer,
    stream: AudioStream,
    at_ms: int,
    listen_s: float,
    converter: Converter,
    samples: array[int],
) -> None:
    """Add two channels of a piece, interleaved."""
    heard = 0.0
    container.seek(round(zero_of(container) * 1_000_000) + at_ms * 1000)
    for frame in container.decode(stream):
        heard += frame.samples / frame.sample_rate
        _add(samples, converter.convert(frame))
        if heard >= listen_s:
            break


def _add(samples: array[int], blocks: list[bytes]) -> None:
    for block in blocks:
        samples.frombytes(block)
