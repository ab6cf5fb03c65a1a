"""Opens media for reading and maps PyAV's errors to ours."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from captioner.errors import MediaError
from captioner.media.joined_matroska import JoinedFile, joined_sizes

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

__all__ = [
    "CONTAINERS",
    "PacketReader",
    "audio_streams",
    "has_own_clock",
    "is_moving_picture",
    "may_jump",
    "open_media",
    "read_only",
    "start_of",
    "zero_of",
]

# FFmpeg's demuxers for media that people record, edit and exchange. All others stay closed: playlists and scripts that
# refer to other files, still pictures, and three hundred rarely tested parsers.
# fmt: off
CONTAINERS = (
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

_CLOCKLESS = frozenset({
    "aac", "ac3", "aiff", "amr", "amrnb", "amrwb", "ape", "au", "avi", "caf", "dsf", "dts", "dtshd", "eac3", "flac",
    "loas", "mlp", "mp3", "mpc", "mpc8", "spdif", "tak", "truehd", "tta", "voc", "w64", "wav", "wv", "xwma",
})  # fmt: skip
"""Formats that store no times: their demuxers count samples or bytes, and count wrongly where the block size or the
rate changes midway, or where the header names a wrong rate. The samples follow each other without a gap."""
_TS_DISCONT = 0x0200
"""FFmpeg's flag of formats whose time stamps may jump (AVFMT_TS_DISCONT, libavformat/avformat.h): MPEG, Ogg."""

_MOST_RESUMPTIONS = 1_000_000  # of 64 kB each: an end to reading in a circle

_LATE_STREAMS = frozenset({"flv", "live_flv", "mpeg", "mpegts"})
"""Formats that describe a stream with its first packet. FFmpeg looks for five seconds; where it finds no audio in them
that can be decoded, it is asked to look for longer; it keeps what it looks at in memory."""
_LATE_OPTIONS = {"analyzeduration": str(600 * 1_000_000), "probesize": str(50 * 1_000_000)}

_MATROSKA = bytes.fromhex("1a45dfa3")
_WAVE = re.compile(rb"(RIFF|RF64)....WAVE", re.DOTALL)
_WAVE_OPTIONS = {"max_probe_packets": "8"}
"""FFmpeg looks for DTS in the samples of every WAV file, which takes as long as decoding a short one. 32 KB hold
sixteen frames of it, and four show it (FFmpeg 8: dts_probe)."""


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
            raise MediaError("the file is empty; copy or export it again", file=path.name)
        if not path.is_file():
            raise MediaError("not a file; name a media file", file=path.name)
        with path.open("rb") as stream:  # raises the system's own error for a file that may not be read
            head = stream.read(12)
        if head.startswith(_MATROSKA) and (sizes := joined_sizes(path)):
            with path.open("rb") as stream, _open(JoinedFile(stream, sizes), {}) as container:
                _check_streams(container, path.name)
                yield container
            return
        is_wave = _WAVE.fullmatch(head) is not None
        with _open_with_audio(f"file:{path}", _WAVE_OPTIONS if is_wave else {}) as container:
            _check_streams(container, path.name)
            yield container
    except av.FFmpegError as error:
        raise MediaError(f"not readable as media ({_reason(error)}); check that it plays", file=path.name) from error
    except IndexError as error:  # PyAV 18.1, decoding past the end of a file with a stream that was not announced
        raise MediaError("not readable as media (damaged inside); check that it plays", file=path.name) from error
    except OSError as error:
        raise MediaError(
            f"cannot be read ({error.strerror or error}); check path and rights", file=path.name
        ) from error


def _reason(error: Exception) -> str:
    """A few words about an error of FFmpeg, or the system's words for one of the system."""
    if isinstance(error, OSError) and error.errno is not None and error.errno in errno.errorcode:
        return os.strerror(error.errno)
    return _REASONS.get(type(error).__name__, "damaged, or of an unknown kind")


def _open_with_audio(address: str, more: Mapping[str, str]) -> InputContainer:
    container = _open(address, more)
    if audio_streams(container) or container.format.name not in _LATE_STREAMS:
        return container
    container.close()
    return _open(address, {**more, **_LATE_OPTIONS})


def _open(address: str | JoinedFile, more: Mapping[str, str]) -> InputContainer:
    import av

    options = {"protocol_whitelist": "file", "format_whitelist": ",".join(CONTAINERS), **more}
    many: Any = [_PIXEL_OPTIONS] * _MAX_STREAMS  # PyAV 18 takes dicts, its stub says str
    file = cast("str", address)  # for its stub, which has no way to say that a file is opened for reading
    try:
        return av.open(file, metadata_errors="replace", container_options=options, stream_options=many)
    except ValueError:  # MPEG and FLV show their streams only while they are read, and PyAV has no options for those
        return av.open(file, metadata_errors="replace", container_options=options)


def _check_streams(container: InputContainer, name: str) -> None:
    """Refuse more streams than a real file has, and limit the size of decoded pictures."""
    if len(container.streams) > _MAX_STREAMS:
        raise MediaError(f"has {len(container.streams)} streams; export it with its picture and sound only", file=name)
    for stream in container.streams.video:
        if stream.codec_context is not None:
            stream.codec_context.options = {**stream.codec_context.options, **_PIXEL_OPTIONS}


class PacketReader:
    """The packets of some streams, to the end of the file or as far as it can be read.

    A file that cannot be read further ends there, as it does for a player: tags and other bytes behind the last sample
    are such an end in several formats.

    Attributes:
        failure: Why the file could not be read to its end, or "".
    """

    def __init__(self, container: InputContainer, streams: Sequence[Stream]) -> None:
        self.failure = ""
        self._container, self._streams = container, streams

    def __iter__(self) -> Iterator[Packet[Any]]:
        import av

        for _ in range(_MOST_RESUMPTIONS):
            try:
                for packet in self._container.demux(*self._streams):
                    if packet.size:  # an empty one only flushes a decoder
                        yield packet
            except IndexError:
                return  # PyAV 18.1, at the end of a file in which a stream appeared that was not announced
            except av.BlockingIOError:
                continue  # nothing to read in 64 kB of MPEG: what comes behind it is read as FFmpeg's command line does
            except (av.FFmpegError, OSError) as error:
                self.failure = _reason(error)
            return


def audio_streams(container: InputContainer) -> dict[int, AudioStream]:
    """The audio streams that can be decoded, by their position among all audio streams."""
    return {index: stream for index, stream in enumerate(container.streams.audio) if _is_audible(stream)}


def _is_audible(stream: AudioStream) -> bool:
    codec = stream.codec_context
    return codec is not None and bool(codec.channels) and _SLOWEST_HZ <= codec.sample_rate <= _FASTEST_HZ


def is_moving_picture(stream: Stream) -> bool:
    """Whether a stream is a moving picture and not a cover."""
    from av.stream import Disposition

    is_video = stream.type == "video" and stream.codec_context is not None
    return is_video and not stream.disposition & Disposition.attached_pic


def has_own_clock(container: InputContainer) -> bool:
    """Whether the format stores the times of its packets."""
    return container.format.name not in _CLOCKLESS


def may_jump(container: InputContainer) -> bool:
    """Whether time stamps of the format may jump, so that FFmpeg closes jumps in it."""
    return bool(container.format.flags & _TS_DISCONT)


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
