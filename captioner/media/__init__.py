"""Media files: their properties, and the audio that is sent to be recognised.

`describe` reads a file's properties and refuses a file the service could not take; `prepare` makes the file that is
sent. PyAV is imported inside the functions that need it, and its errors are mapped in this package.
"""

from captioner.media.audio_choice import Uplink
from captioner.media.audio_policy import AudioPolicy
from captioner.media.describe import describe
from captioner.media.extensions import media_extensions
from captioner.media.library import load_library
from captioner.media.limits import check_sendable
from captioner.media.prepare import prepare
from captioner.media.remote import RemoteMedia, describe_remote, why_not_as_it_is
from captioner.media.tracks import parse_track

__all__ = [
    "AudioPolicy",
    "RemoteMedia",
    "Uplink",
    "check_sendable",
    "describe",
    "describe_remote",
    "load_library",
    "media_extensions",
    "parse_track",
    "prepare",
    "why_not_as_it_is",
]
