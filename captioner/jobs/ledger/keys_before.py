"""Keys of recognitions in ledgers before version 4, so that what was paid for then is found. Pure.

They hashed the text that Python printed for the policy. What that text was is fixed here, whatever the policy has
become since.
"""

from __future__ import annotations

import hashlib

from captioner.media import AudioPolicy

__all__ = ["audio_digest_before"]


def audio_digest_before(policy: AudioPolicy) -> str:
    """The digest that those versions gave to the policy."""
    text = (
        f"AudioPolicy(audio={policy.audio!r}, channels={policy.channels!r}, track={policy.track!r},"
        f" sample_rate={policy.sample_rate!r})"
    )
    return f"{policy.audio}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
