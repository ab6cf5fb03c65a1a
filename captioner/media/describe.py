"""Reads the properties of a media file: streams, lengths, picture, timecode, digest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.errors import MediaError
from captioner.files import sha256_of_file
from captioner.media.demux import audio_streams, open_media, start_of, zero_of
from captioner.media.limits import check_duration, format_duration
from captioner.model import AudioStream, Media

if TYPE_CHECKING:
    import av.audio.stream
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

__all__ = ["describe"]

# Formats without a container: FFmpeg guesses their length from the first bit rate, so packets are counted instead.
_UNRELIABLE_DURATION = frozenset({"aac", "ac3", "amr", "amrnb", "amrwb", "dts", "eac3", "loas", "mp3"})
_TAIL_MS = 3000  # length of the end that is read to see whether it is there
_SLACK_MS = 3000  # imprecision of lengths in headers: the longest of several streams, rounded up


def describe(path: Path) -> Media:
    """Read the properties of a media file and refuse a file that the service could not take.

    Times count from the player's zero, which is the start of the earliest stream.

    Raises:
        MediaError: Unreadable, cut off, without audio that can be decoded, or longer than 12 hours.
    """
    with open_media(path) as container:
        media = _read_facts(container, path)
        check_duration(media.duration_ms, name=path.name)
        _check_end(container, media)
    return replace(media, sha256=sha256_of_file(path))


def _read_facts(container: InputContainer, path: Path) -> Media:
    streams = audio_streams(container)
    _check_audio(container, streams, path.name)
    duration_ms = _duration_ms(container, path)
    zero = zero_of(container)
    video = next((s for s in container.streams.video if _is_moving_picture(s)), None)
    width, height = _display_size(container, video) if video else (0, 0)
    return Media(
        path=path,
        size_bytes=path.stat().st_size,
        sha256="",
        container=container.format.name,
        duration_ms=duration_ms,
        audio=tuple(_audio(index, stream, zero, duration_ms) for index, stream in streams.items()),
        width=width,
        height=height,
        frame_rate=_frame_rate(video) if video else None,
        start_timecode=_timecode(container),
    )


def _check_audio(container: InputContainer, streams: dict[int, av.audio.stream.AudioStream], name: str) -> None:
    if not container.streams.audio:
        raise MediaError("no audio in it; export it with its sound", file=name)
    if not streams:
        raise MediaError("its audio is in a form that cannot be decoded; export it with AAC or PCM audio", file=name)


def _audio(index: int, stream: av.audio.stream.AudioStream, zero: Fraction, duration_ms: int) -> AudioStream:
    language = stream.metadata.get("language", "")
    return AudioStream(
        index=index,
        codec=stream.codec_context.codec.canonical_name,
        channels=stream.codec_context.channels,
        sample_rate=stream.codec_context.sample_rate,
        language="" if language == "und" else language,
        start_ms=round(start_of(stream, zero) * 1000),
        duration_ms=_length_ms(stream) or duration_ms,
    )


def _length_ms(stream: Stream) -> int:
    """Length of one stream, 0 when it is not given or impossible."""
    if not stream.duration or stream.duration < 0 or stream.time_base is None:
        return 0
    return round(stream.duration * stream.time_base * 1000)


def _duration_ms(container: InputContainer, path: Path) -> int:
    if container.duration and container.duration > 0 and container.format.name not in _UNRELIABLE_DURATION:
        return round(container.duration / 1000)
    with open_media(path) as again:
        return round(_last_packet_end(again.streams.audio, again) * 1000)


def _last_packet_end(streams: Iterable[Stream], container: InputContainer) -> Fraction:
    """End of the last packet from here on, in seconds on the player's clock; damage ends the file."""
    import av

    zero, reached = zero_of(container), Fraction(0)
    try:
        for packet in container.demux(*streams):
            if packet.pts is not None and packet.time_base is not None:
                reached = max(reached, (packet.pts + (packet.duration or 0)) * packet.time_base - zero)
    except av.FFmpegError:
        return reached
    return reached


def _check_end(container: InputContainer, media: Media) -> None:
    """Refuse a file whose header announces more than the file holds."""
    import av

    sounding = [*container.streams.audio, *(s for s in container.streams.video if _is_moving_picture(s))]
    zero = zero_of(container)
    ends_ms = [round(start_of(s, zero) * 1000) + _length_ms(s) for s in sounding if _length_ms(s)]
    end_ms = max(ends_ms, default=media.duration_ms)
    try:
        container.seek(round(zero * 1_000_000) + max(0, end_ms - _TAIL_MS) * 1000)
    except (av.FFmpegError, OSError):
        return  # a container that cannot seek; a missing end is found when it is decoded
    if _last_packet_end(sounding, container) * 1000 < end_ms - max(_SLACK_MS, end_ms // 50):
        raise MediaError(
            f"cut off, its last part (up to {format_duration(end_ms)}) is missing; copy or export it again",
            file=media.path.name,
        )


def _is_moving_picture(stream: VideoStream) -> bool:
    """Whether a stream is a moving picture and not a cover."""
    from av.stream import Disposition

    return stream.codec_context is not None and not stream.disposition & Disposition.attached_pic


def _display_size(container: InputContainer, video: VideoStream) -> tuple[int, int]:
    """Width and height as a player shows them; the rotation is known from the first frame."""
    import av

    aspect = video.sample_aspect_ratio or Fraction(1)
    width, height = round(video.codec_context.width * aspect), video.codec_context.height
    try:
        rotation = next((frame.rotation for frame in container.decode(video)), 0)
    except av.FFmpegError:
        return width, height  # a picture that cannot be decoded still has a size
    return (height, width) if rotation % 180 else (width, height)


def _frame_rate(video: VideoStream) -> Fraction | None:
    """The exact rate; a rate measured from rounded times becomes the nearest whole or n/1001 rate."""
    rate = video.guessed_rate or video.average_rate
    if not rate:
        return None
    nominal = round(rate)
    for exact in (Fraction(nominal), Fraction(nominal * 1000, 1001)):
        if exact and abs(rate / exact - 1) < Fraction(2, 10_000):  # the two differ by 10/10,000
            return exact
    return Fraction(rate)


def _timecode(container: InputContainer) -> str:
    """The first timecode that the container or one of its streams carries, a tmcd track among them."""
    carriers = [container.metadata, *(stream.metadata for stream in container.streams)]
    return next((tags["timecode"] for tags in carriers if tags.get("timecode")), "")
