"""Detects whether the two channels of a stereo recording cancel each other.

A microphone wired with the wrong polarity puts the same voice into both channels with opposite signs; mixed to mono,
nothing of it remains. The test listens at fixed places of the recording, so its result is always the same.
"""

from __future__ import annotations

from array import array
from fractions import Fraction
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
_ENERGY_RATIO = 10  # the sum has less than a tenth of the energy of the difference: true stereo is far from that


def is_out_of_phase(path: Path, track: int, duration_ms: int) -> bool:
    """Whether the mix of the two channels would be much weaker than their difference."""
    import av

    together = apart = 0
    with open_media(path) as container:
        stream = audio_streams(container)[track]
        read_only(container, [stream])
        for place in range(_SAMPLE_COUNT):
            try:
                samples = _listen(container, stream, duration_ms * place // _SAMPLE_COUNT)
            except (av.FFmpegError, OSError):
                continue  # a place that cannot be reached or decoded is skipped
            left, right = samples[0::2], samples[1::2]
            together += sum((a + b) ** 2 for a, b in zip(left, right, strict=True))
            apart += sum((a - b) ** 2 for a, b in zip(left, right, strict=True))
    return together * _ENERGY_RATIO < apart


def _listen(container: InputContainer, stream: AudioStream, at_ms: int) -> array[int]:
    """Two interleaved channels of a short piece."""
    samples, heard = array("h"), Fraction(0)
    converter = Converter(AudioSpec(_RATE_HZ, (0, 1)))
    container.seek(round(zero_of(container) * 1_000_000) + at_ms * 1000)
    for frame in container.decode(stream):
        heard += Fraction(frame.samples, frame.sample_rate)
        for block in converter.convert(frame):
            samples.frombytes(block)
        if heard >= _LISTEN_S:
            break
    for block in converter.flush():
        samples.frombytes(block)
    return samples
