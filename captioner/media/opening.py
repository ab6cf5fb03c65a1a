"""Opening media for reading, with PyAV's errors turned into sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.errors import MediaError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.stream import Stream

__all__ = ["audio_streams", "opened", "read_only", "start_of", "zero_of"]

# Formats that only point to other files or addresses; a media file must not make us fetch anything.
_LISTS = frozenset({"concat", "dash", "ffmetadata", "hls", "image2", "imf", "sdp", "tty"})


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """Open a media file; every PyAV error inside the block comes out as a `MediaError`.

    Only the file itself is read: a playlist in disguise cannot lead to another file or to the network.

    Raises:
        MediaError: Missing, empty, not media, or damaged.
    """
    import av

    try:
        if not path.stat().st_size:
            raise MediaError(f"{path.name}: the file is empty; copy or export it again")
        if not path.is_file():
            raise MediaError(f"{path.name}: not a file; name a media file")
        path.open("rb").close()  # the system's own words for what it does not let us read
        options = {"protocol_whitelist": "file"}
        with av.open(f"file:{path}", metadata_errors="replace", container_options=options) as container:
            if container.format.name in _LISTS:
                raise MediaError(f"{path.name}: not a media file; name the file with the audio")
            yield container
    except av.FFmpegError as error:
        reason = (error.strerror or type(error).__name__).rstrip(".")
        raise MediaError(f"{path.name}: not readable as media ({reason}); check that it plays") from error
    except OSError as error:
        raise MediaError(f"{path.name}: cannot be read ({error.strerror or error}); check path and rights") from error


def audio_streams(container: InputContainer) -> dict[int, AudioStream]:
    """The audio streams that can be decoded, by their position among all audio streams."""
    streams = enumerate(container.streams.audio)
    return {i: s for i, s in streams if s.codec_context is not None and s.codec_context.channels}


def zero_of(container: InputContainer) -> Fraction:
    """The player's zero in the file's own time, in seconds: the start of the earliest stream."""
    return Fraction(container.start_time or 0, 1_000_000)


def start_of(stream: Stream, zero: Fraction) -> Fraction:
    """When a stream starts on the player's clock, in seconds; a stream that does not say starts at zero."""
    if stream.start_time is None or stream.time_base is None:
        return Fraction(0)
    return stream.start_time * stream.time_base - zero


def read_only(container: InputContainer, streams: Sequence[Stream]) -> None:
    """Skip the packets of all other streams; where the container has an index they are not even read."""
    from av.stream import Discard

    for stream in container.streams:
        if stream not in streams:
            stream.discard = Discard.all
