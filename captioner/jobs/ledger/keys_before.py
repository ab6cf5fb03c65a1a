"""Keys of recognitions in ledgers before version 4, so that what was paid for then is found. Pure.

They hashed the text that Python printed for the policy. What that text was is fixed here, whatever the policy has
become since.
"""

from __future__ import annotations

import hashlib

from captioner.media import AudioPolicy

__all__ = ["audio_digest_before"]


def audio_digest_before(policy: AudioPolicy) -> str:
    """The digest that those versions gave to the policy; what is chosen now was the first track as FLAC."""
    track = int(policy.track or 0) if str(policy.track or 0).isdigit() else policy.track
    audio = "flac" if policy.audio == "auto" else policy.audio
    text = (
        f"AudioPolicy(audio={audio!r}, channels={policy.channels!r}, track={track!r},"
        f" sample_rate={policy.sample_rate!r})"
    )
    return f"{audio}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
