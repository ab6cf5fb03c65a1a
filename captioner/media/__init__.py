"""Media: what a file is, and what of it is sent to be recognised.

Two doors: `describe` looks without changing anything and refuses what the service could not take; `prepare` makes the
file that is sent. PyAV is imported inside the functions that need it, and its errors end in this room.
"""

from captioner.media.audio_policy import AudioPolicy
from captioner.media.describe import describe
from captioner.media.limits import check_sendable
from captioner.media.prepare import prepare

__all__ = ["AudioPolicy", "check_sendable", "describe", "prepare"]
