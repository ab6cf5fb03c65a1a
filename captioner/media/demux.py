"""Opens media for reading and maps PyAV's errors to ours."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioner.errors import MediaError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.stream import Stream

__all__ = ["audio_streams", "open_media", "read_only", "start_of", "zero_of"]

# FFmpeg's demuxers for media that people record, edit and exchange. All others stay closed: playlists and scripts that
# refer to other files, still pictures, and three hundred rarely tested parsers.
# fmt: off
_CONTAINERS = (
    "aac", "ac3", "aiff", "amr", "amrnb", "amrwb", "ape", "asf", "asf_o", "au", "avi", "caf", "dsf", "dts", "dtshd",
    "dv", "eac3", "flac", "flv", "gxf", "live_flv", "loas", "lxf", "matroska,webm", "mlp", "mov,mp4,m4a,3gp,3g2,mj2",
    "mp3", "mpc", "mpc8", "mpeg", "mpegts", "mxf", "nut", "ogg", "rm", "spdif", "tak", "truehd", "tta", "voc", "w64",
    "wav", "wtv", "wv", "xwma",
)
# fmt: on
_MAX_STREAMS = 256  # a broadcast multiplex has about fifty
_MAX_PIXELS = 8192 * 8192
"""An 8K picture has 33 million. FFmpeg's own limit lets two megabytes of file become two gigabytes of picture."""
_SLOWEST_HZ, _FASTEST_HZ = 1000, 1_000_000
"""No audio is recorded at other rates. At 1 Hz, six kilobytes of file become eight hundred megabytes of samples."""
_REASONS = {
    "DecoderNotFoundError": "no decoder for it",
    "DemuxerNotFoundError": "not one of the file types that are read",
    "EOFError": "it ends too early",
    "InvalidDataError": "damaged, or not media",
    "StreamNotFoundError": "nothing to play in it",
}
"""FFmpeg's errors by PyAV's names of them."""
_PIXEL_OPTIONS = {"max_pixels": str(_MAX_PIXELS)}


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """Open a media file; every PyAV error inside the block is raised as a `MediaError`.

    Only the file itself is read: a playlist in disguise cannot lead to another file or to the network. Pictures larger
    than any camera's are not decoded.

    Raises:
        MediaError: Missing, empty, not media, or damaged.
    """
    import av

    try:
        if not path.stat().st_size:
            raise MediaError(f"{path.name}: the file is empty; copy or export it again")
        if not path.is_file():
            raise MediaError(f"{path.name}: not a file; name a media file")
        path.open("rb").close()  # raises the system's own error for a file that may not be read
        with _open(f"file:{path}") as container:
            _check_streams(container, path.name)
            yield container
    except av.FFmpegError as error:
        raise MediaError(f"{path.name}: not readable as media ({_reason(error)}); check that it plays") from error
    except IndexError as error:  # PyAV 18, for a packet of a stream that was not announced
        raise MediaError(f"{path.name}: not readable as media (damaged inside); check that it plays") from error
    except OSError as error:
        raise MediaError(f"{path.name}: cannot be read ({error.strerror or error}); check path and rights") from error


def _reason(error: Exception) -> str:
    """A few words about an error of FFmpeg, or the system's words for one of the system."""
    if isinstance(error, OSError) and error.errno is not None and error.errno in errno.errorcode:
        return os.strerror(error.errno)
    return _REASONS.get(type(error).__name__, "damaged, or of an unknown kind")


def _open(address: str) -> InputContainer:
    import av

    options = {"protocol_whitelist": "file", "format_whitelist": ",".join(_CONTAINERS)}
    many: Any = [_PIXEL_OPTIONS] * _MAX_STREAMS  # PyAV 18 takes dicts, its stub says str
    try:
        return av.open(address, metadata_errors="replace", container_options=options, stream_options=many)
    except ValueError:  # MPEG and FLV show their streams only while they are read, and PyAV has no options for those
        return av.open(address, metadata_errors="replace", container_options=options)


def _check_streams(container: InputContainer, name: str) -> None:
    """Refuse more streams than a real file has, and limit the size of decoded pictures."""
    if len(container.streams) > _MAX_STREAMS:
        raise MediaError(f"{name}: has {len(container.streams)} streams; export it with its picture and sound only")
    for stream in container.streams.video:
        if stream.codec_context is not None:
            stream.codec_context.options = {**stream.codec_context.options, **_PIXEL_OPTIONS}


def audio_streams(container: InputContainer) -> dict[int, AudioStream]:
    """The audio streams that can be decoded, by their position among all audio streams."""
    return {index: stream for index, stream in enumerate(container.streams.audio) if _is_audible(stream)}


def _is_audible(stream: AudioStream) -> bool:
    codec = stream.codec_context
    return codec is not None and bool(codec.channels) and _SLOWEST_HZ <= codec.sample_rate <= _FASTEST_HZ


def zero_of(container: InputContainer) -> Fraction:
    """The player's zero in the file's own time, in seconds: the start of the earliest stream."""
    return Fraction(container.start_time or 0, 1_000_000)


def start_of(stream: Stream, zero: Fraction) -> Fraction:
    """Start of a stream on the player's clock, in seconds; 0 for a stream without a start time."""
    if stream.start_time is None or stream.time_base is None:
        return Fraction(0)
    return stream.start_time * stream.time_base - zero


def read_only(container: InputContainer, streams: Sequence[Stream]) -> None:
    """Skip the packets of all other streams; where the container has an index they are not even read."""
    from av.stream import Discard

    for stream in container.streams:
        if stream not in streams:
            stream.discard = Discard.all
