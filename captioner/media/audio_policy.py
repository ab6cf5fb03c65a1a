"""Settings for the audio that is sent."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

from captioner.errors import ConfigError

__all__ = ["AudioPolicy"]

_KINDS = ("auto", "flac", "opus", "copy", "original")
_SAMPLE_RATES_HZ = (8000, 16000)
_MAX_CHANNELS = 8  # limit of FLAC and Opus: RFC 9639, section 9.1.3; RFC 7845, section 5.1.1


@dataclass(frozen=True, slots=True)
class AudioPolicy:
    """The audio that is sent to the service.

    Attributes:
        audio: "auto" (chosen for each file by `audio_choice`), "flac" (16-bit, lossless), "opus" (24 kbit/s a
            channel), "copy" (the audio stream without encoding it again) or "original" (the file itself).
        channels: Channels to recognise separately, counted from 0; they keep their numbers in the file that is sent,
            and channels that were not asked for are silent in it. Empty mixes everything to mono. "copy" and
            "original" send all channels as they are, and mix nothing.
        track: Number of the audio stream, from 0; its language, such as "de"; or "" to choose by the languages spoken
            and the container's mark. A number may be text: "0" is the first one, asked for.
        sample_rate: Hz of encoded audio ("flac" and "opus"): 16000, or 8000 for the 8 kHz models.

    Raises:
        ConfigError: A value that is not among these.
    """

    audio: str = "flac"
    channels: tuple[int, ...] = ()
    track: int | str = 0
    sample_rate: int = 16000

    def __post_init__(self) -> None:
        if self.audio not in _KINDS:
            raise ConfigError(f"audio {self.audio!r}: choose one of {', '.join(_KINDS)}")
        if any(channel < 0 for channel in self.channels):
            raise ConfigError(f"channels {self.channel_list}: channels are counted from 0, such as 0,1")
        if len(set(self.channels)) < len(self.channels):
            raise ConfigError(f"channels {self.channel_list}: each channel may be named once")
        if isinstance(self.track, int) and self.track < 0:
            raise ConfigError(f"track {self.track}: tracks are counted from 0")
        if self.sample_rate not in _SAMPLE_RATES_HZ:
            raise ConfigError(f"sample rate {self.sample_rate}: choose 16000, or 8000 for the 8 kHz models")
        if self.is_encoded and self.channel_count > _MAX_CHANNELS:
            raise ConfigError(
                f"channels {self.channel_list}: {self.audio} holds channels 0 to {_MAX_CHANNELS - 1}; "
                "choose --audio copy"
            )
        if self.audio == "original" and str(self.track) not in ("", "0"):
            raise ConfigError(
                f"track {self.track}: the service hears the first track of an original; choose --audio flac"
            )

    @property
    def is_encoded(self) -> bool:
        """Whether the audio is decoded and encoded again, or may be."""
        return self.audio in ("auto", "flac", "opus")

    @property
    def channel_count(self) -> int:
        """Channels in a file that holds the highest channel asked for; 1 when all are mixed."""
        return max(self.channels, default=0) + 1

    @property
    def channel_list(self) -> str:
        """The channels as written on the command line."""
        return ",".join(map(str, self.channels))

    @property
    def accepted(self) -> tuple[str, ...]:
        """Digests of other policies whose recognition serves as well: "auto" takes what lossless audio gave."""
        return (replace(self, audio="flac").digest,) if self.audio == "auto" else ()

    @property
    def digest(self) -> str:
        """Name and digest of what is sent: policies with the same one send the same audio.

        Only what differs from its default is part of it, so that a new attribute with its default changes no digest.
        A track that is chosen counts as the default: files with one track, which are most, are sent as ever. "0" does
        not: where another track would be chosen, it is other audio.
        """
        every = {
            "audio": self.audio,
            "channels": list(self.channels),
            "track": self.track or 0,
            "rate": self.sample_rate,
        }
        defaults = {"channels": [], "track": 0, "rate": 16000}
        values = {name: value for name, value in every.items() if name not in defaults or value != defaults[name]}
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        return f"{self.audio}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
