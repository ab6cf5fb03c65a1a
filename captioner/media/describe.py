"""Reads the properties of a media file: streams, lengths, picture, timecode, digest."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.errors import MediaError
from captioner.files import sha256_of_file
from captioner.media.demux import audio_streams, is_moving_picture, open_media, start_of, zero_of
from captioner.media.encryption import check_not_encrypted
from captioner.media.length import Measured, is_complete, measure, missing_ms
from captioner.media.limits import check_duration, format_duration
from captioner.model import AudioStream, Media

if TYPE_CHECKING:
    import av.audio.stream
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["describe"]


def describe(path: Path, *, partial: bool = False) -> Media:
    """Read the properties of a media file and refuse a file that the service could not take.

    Times count from the player's zero, which is the start of the earliest stream. The length is measured.

    Args:
        path: The file.
        partial: Take a file whose end is missing as far as it goes.

    Raises:
        MediaError: Unreadable, encrypted, cut off, without audio that can be decoded, or longer than 12 hours.
    """
    with open_media(path) as container:
        _check_audio(container, path)
        media = _facts(container, path)
        check_not_encrypted(container, path)
        found = measure(container, path)
        media = _with_lengths(media, container, found)
        notes = (*_end_notes(container, path, found, partial=partial), *_deaf_notes(container))
        check_duration(media.duration_ms, name=path.name)
    return replace(media, sha256=sha256_of_file(path), notes=notes)


def _end_notes(container: InputContainer, path: Path, found: Measured, *, partial: bool) -> tuple[str, ...]:
    """Lines about an end that is missing or wrongly announced; a file that is cut off is refused unless it may be."""
    missing = missing_ms(container, path, found)
    if missing and not partial:
        raise MediaError(
            f"cut off, its last part (up to {format_duration(found.end_ms + missing)}) is missing;"
            " copy or export it again, or take what is there with --partial",
            file=path.name,
        )
    held = format_duration(found.end_ms)
    if missing:
        return (f"cut off after {held}; captioning what is there",)
    if found.failure and not is_complete(container, path, found):
        return (f"what lies behind {held} cannot be read ({found.failure})",)
    return ()


def _deaf_notes(container: InputContainer) -> tuple[str, ...]:
    """A line about the tracks that cannot be decoded beside those that can."""
    deaf = [str(i) for i in range(len(container.streams.audio)) if i not in audio_streams(container)]
    return (f"audio track {', '.join(deaf)} cannot be decoded; the others can",) if deaf else ()


def _facts(container: InputContainer, path: Path) -> Media:
    """Facts known before the length is measured, which moves the position that is read."""
    zero = zero_of(container)
    video = next((s for s in container.streams.video if is_moving_picture(s)), None)
    width, height = _display_size(container, video) if video else (0, 0)
    return Media(
        path=path,
        size_bytes=path.stat().st_size,
        sha256="",
        container=container.format.name,
        duration_ms=0,
        audio=tuple(_audio(index, stream, zero) for index, stream in audio_streams(container).items()),
        width=width,
        height=height,
        frame_rate=_frame_rate(video) if video else None,
        start_timecode=_timecode(container),
    )


def _with_lengths(media: Media, container: InputContainer, found: Measured) -> Media:
    """The media with the lengths that were measured."""
    places = {index: stream.index for index, stream in audio_streams(container).items()}
    ends_ms = {index: found.ends_ms.get(place, found.end_ms) for index, place in places.items()}
    audio = tuple(replace(s, duration_ms=max(0, ends_ms[s.index] - s.start_ms)) for s in media.audio)
    return replace(media, duration_ms=found.end_ms, audio=audio)


def _check_audio(container: InputContainer, path: Path) -> None:
    if not container.streams.audio:
        raise MediaError("no audio in it; export it with its sound", file=path.name)
    if not audio_streams(container):
        check_not_encrypted(container, path)
        raise MediaError(
            "its audio is in a form that cannot be decoded; export it with AAC or PCM audio", file=path.name
        )


def _audio(index: int, stream: av.audio.stream.AudioStream, zero: Fraction) -> AudioStream:
    from av.stream import Disposition

    language = stream.metadata.get("language", "")
    return AudioStream(
        index=index,
        codec=stream.codec_context.codec.canonical_name,
        channels=stream.codec_context.channels,
        sample_rate=stream.codec_context.sample_rate,
        language="" if language == "und" else language,
        start_ms=round(start_of(stream, zero) * 1000),
        duration_ms=0,
        is_default=bool(stream.disposition & Disposition.default),
    )


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
