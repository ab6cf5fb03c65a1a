"""Chooses the form in which audio is sent, where the user leaves it open: as it is, lossless, or small.

A mono stream of speech that is compact already is copied: encoding it anew takes processor and bytes and adds nothing.
Everything else is sent as FLAC, and over a slow connection as Opus.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.media.audio_policy import AudioPolicy
from captioner.media.demux import PacketReader, audio_streams, open_media, read_only
from captioner.media.gap_fill import TOLERANCE_MS
from captioner.model import AudioStream, Media

if TYPE_CHECKING:
    from av.container import InputContainer

__all__ = ["SLOW_BYTES_PER_S", "Uplink", "choose_audio", "is_compact"]

SLOW_BYTES_PER_S = 250_000
"""Of a slow connection, 2 Mbit/s: an hour of FLAC takes more than four minutes, an hour of Opus 50 s."""
_COMPACT = frozenset({"aac", "amr_nb", "amr_wb", "mp3", "opus", "vorbis"})
_NARROW_BAND_HZ = 8000


@dataclass(slots=True)
class Uplink:
    """Rate at which this process has uploaded lately.

    Attributes:
        bytes_per_s: Of the last uploads together, or None before the first.
    """

    bytes_per_s: float | None = None

    def add(self, size_bytes: int, seconds: float) -> None:
        """Take in one upload; those of less than 100 kB show the time of a request and not the speed of a line."""
        if size_bytes < 100_000 or seconds <= 0:
            return
        speed = size_bytes / seconds
        self.bytes_per_s = speed if self.bytes_per_s is None else (self.bytes_per_s + speed) / 2

    @property
    def is_slow(self) -> bool:
        """Whether it is known to be slow."""
        return self.bytes_per_s is not None and self.bytes_per_s < SLOW_BYTES_PER_S


def choose_audio(policy: AudioPolicy, media: Media, stream: AudioStream, uplink: Uplink) -> tuple[AudioPolicy, str]:
    """The form of the audio, and the reason where it is not lossless.

    Args:
        policy: Another kind than "auto" is returned as it is.
        media: As described.
        stream: The stream that will be sent.
        uplink: How fast files are uploaded.

    Raises:
        MediaError: The media cannot be read.
    """
    if policy.audio != "auto":
        return policy, ""
    if is_compact(policy, stream) and _is_steady(media.path, stream.index):
        reason = f"sending its mono {stream.codec} as it is, which is compact already; --audio flac encodes it anew"
        return replace(policy, audio="copy"), reason
    if uplink.is_slow:
        speed = (uplink.bytes_per_s or 0) / 1e6
        reason = f"sending Opus, because the connection uploads {speed:.2f} MB/s; --audio flac is lossless"
        return replace(policy, audio="opus"), reason
    return replace(policy, audio="flac"), ""


def is_compact(policy: AudioPolicy, stream: AudioStream) -> bool:
    """Whether a stream is copied by "auto", unless its time line needs a repair."""
    fits = policy.sample_rate != _NARROW_BAND_HZ or stream.sample_rate == _NARROW_BAND_HZ
    return stream.codec in _COMPACT and stream.channels == 1 and not policy.channels and fits


def _is_steady(path: Path, track: int) -> bool:
    """Whether a stream can be copied: it is whole, and nothing of its time line needs a repair."""
    with open_media(path) as container:
        return _goes_straight_on(container, track)


def _goes_straight_on(container: InputContainer, track: int) -> bool:
    stream = audio_streams(container)[track]
    read_only(container, [stream])
    if stream.time_base is None:
        return False
    slack = round(Fraction(TOLERANCE_MS, 1000) / stream.time_base)
    reader, expected = PacketReader(container, [stream]), None
    for packet in reader:
        if packet.pts is None or packet.dts is None or not packet.duration or packet.is_corrupt:
            return False
        expected = packet.pts if expected is None else expected
        if abs(packet.pts - expected) > slack:
            return False
        expected += packet.duration
    return expected is not None and not reader.failure
