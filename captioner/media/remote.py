"""Media that are not on this machine: described by the parts that are read, and held against the service's rules.

Their length is what their headers say: measuring it would read all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from captioner.errors import MediaError
from captioner.media.announced_size import announced_size_in
from captioner.media.audio_policy import AudioPolicy
from captioner.media.demux import CONTAINERS, audio_streams, start_of, zero_of
from captioner.media.describe import _display_size, _frame_rate, _timecode
from captioner.media.encryption import check_not_encrypted
from captioner.media.limits import _MAX_BYTES, FORMATS, check_duration
from captioner.model import AudioStream, Media

if TYPE_CHECKING:
    from av.video.stream import VideoStream

__all__ = ["RemoteMedia", "describe_remote", "why_not_as_it_is"]

_MAX_STREAMS = 256
_PIXELS = {"max_pixels": str(8192 * 8192)}


# Formats without a header that tells their length: only counting packets does.
_WITHOUT_LENGTH = frozenset({"aac", "ac3", "amr", "amrnb", "amrwb", "dts", "eac3", "loas"})


_MOST_READS = 200  # of headers, most of them in a block that is there: fragments of a stream would be a request each
_MISSING_MS = 1000  # less is not worth a download; the same for files that are here


# Formats whose encryption shows in the bytes of the file; the service refuses those, or they are read.
_TOLD_BY_BYTES = frozenset({"asf", "asf_o", "mpegts"})


@dataclass(frozen=True, slots=True)
class RemoteMedia:
    """Media as far as parts of it tell.

    Attributes:
        media: The properties; the digest is not known, and so "".
        tracks: Sound tracks, those that cannot be decoded among them.
        missing_bytes: Bytes that its own headers announce behind its end.
    """

    media: Media
    tracks: int
    missing_bytes: int = 0


def describe_remote(file: BinaryIO, key: str, size_bytes: int) -> RemoteMedia:
    """The properties of a media file that is read through `file`.

    Args:
        file: Can be read and sought in.
        key: Its name in the bucket, for messages.
        size_bytes: Its length.

    Raises:
        MediaError: Not media, without audio that can be decoded, or longer than 12 hours.
    """
    import av

    name = PurePosixPath(key).name
    if not size_bytes:
        raise MediaError("the file is empty; copy or export it again", file=name)
    many: Any = [_PIXELS] * _MAX_STREAMS
    options = {"format_whitelist": ",".join(CONTAINERS)}
    container: Any
    try:
        container = av.open(file, metadata_errors="replace", container_options=options, stream_options=many)
    except ValueError:  # formats that show their streams only while they are read
        file.seek(0)
        container = av.open(file, metadata_errors="replace", container_options=options)
    except (av.FFmpegError, IndexError) as error:
        raise MediaError("not readable as media; check that it plays", file=name) from error
    with container:
        try:
            media = _facts(container, key, size_bytes)
            if container.format.name not in _TOLD_BY_BYTES:
                check_not_encrypted(container, Path(key))
            file.seek(0)
            announced = announced_size_in(file, container.format.name, _MOST_READS) or 0
            return RemoteMedia(media, len(container.streams.audio), max(0, announced - size_bytes))
        except (av.FFmpegError, IndexError) as error:
            raise MediaError("not readable as media (damaged inside); check that it plays", file=name) from error


def _facts(container: Any, key: str, size_bytes: int) -> Media:
    name = PurePosixPath(key).name
    if not container.streams.audio:
        raise MediaError("no audio in it; export it with its sound", file=name)
    streams, zero = audio_streams(container), zero_of(container)
    if not streams:
        message = "its audio is in a form that cannot be decoded; export it with AAC or PCM audio"
        raise MediaError(message, file=name)
    duration_ms = round((container.duration or 0) / 1000)
    check_duration(duration_ms, name=name)
    video = next((stream for stream in container.streams.video if _is_moving(stream)), None)
    width, height = _display_size(container, video) if video else (0, 0)
    return Media(
        path=Path(key),
        size_bytes=size_bytes,
        sha256="",
        container=container.format.name,
        duration_ms=duration_ms,
        audio=tuple(
            AudioStream(
                index=index,
                codec=stream.codec_context.codec.canonical_name,
                channels=stream.codec_context.channels,
                sample_rate=stream.codec_context.sample_rate,
                language=stream.metadata.get("language", ""),
                start_ms=round(start_of(stream, zero) * 1000),
                duration_ms=duration_ms,
            )
            for index, stream in streams.items()
        ),
        width=width,
        height=height,
        frame_rate=_frame_rate(video) if video else None,
        start_timecode=_timecode(container),
    )


def _is_moving(stream: VideoStream) -> bool:
    from av.stream import Disposition

    return stream.codec_context is not None and not stream.disposition & Disposition.attached_pic


def why_not_as_it_is(remote: RemoteMedia, policy: AudioPolicy, *, diarized: bool) -> str:
    """The reason for which the service cannot take a file as it is, or "" when it can.

    Source: Model Studio, "Fun-ASR recorded speech recognition HTTP API", 2026: formats, 2 GB, 12 hours; speakers are
    told apart in mono only, and only the channels that are asked for are recognised.

    Args:
        remote: From `describe_remote`.
        policy: What the user wants to be sent; which track and channels.
        diarized: Whether speakers are to be told apart.
    """
    media = remote.media
    if media.path.suffix.lower().removeprefix(".") not in FORMATS:
        return "a format that the service does not take"
    if media.size_bytes > _MAX_BYTES:
        return "larger than the 2 GB that the service takes"
    if not media.duration_ms or media.container in _WITHOUT_LENGTH:
        return "its length is not in its header"
    if remote.missing_bytes * media.duration_ms > _MISSING_MS * (media.size_bytes + remote.missing_bytes):
        return f"its end seems to be missing ({remote.missing_bytes} of the bytes that its headers announce)"
    if remote.tracks != 1 or policy.track:
        return "several sound tracks"
    channels = media.audio[0].channels
    if policy.channels and max(policy.channels) >= channels:
        return "channels that it does not have"
    if channels > 1 and diarized:
        return "several channels, in which speakers cannot be told apart"
    return ""
