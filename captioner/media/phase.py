"""Detects whether the two channels of a stereo recording cancel each other.

A microphone wired with the wrong polarity puts the same voice into both channels with opposite signs; mixed to mono,
nothing of it remains.
"""

from __future__ import annotations

from operator import mul
from pathlib import Path

from captioner.media.listen import listen
from captioner.media.resample import AudioSpec

__all__ = ["is_out_of_phase"]

_RATE_HZ = 4000  # the strongest part of a voice
_SHARE = 0.2  # of a short recording: the wiring does not change, and hearing all would take as long as sending it
_EVERY = 4  # every so many samples are enough for two energies: thousands are left of the shortest recording
_ENERGY_RATIO = 10  # the sum has less than a tenth of the energy of the difference: true stereo is far from that


def is_out_of_phase(path: Path, track: int, duration_ms: int) -> bool:
    """Whether the mix of the two channels would be much weaker than their difference."""
    samples = listen(path, track, duration_ms, AudioSpec(_RATE_HZ, (0, 1)), share=_SHARE)
    # The energy of the sum is that of both channels and twice their product, the energy of the difference that without
    # it: three passes in C over a part of the samples, where a loop over all pairs takes longer than decoding them.
    left, right = samples[0 :: 2 * _EVERY], samples[1 :: 2 * _EVERY]
    energy: int = sum(map(mul, left, left)) + sum(map(mul, right, right))
    product: int = sum(map(mul, left, right))
    return (energy + 2 * product) * _ENERGY_RATIO < energy - 2 * product
