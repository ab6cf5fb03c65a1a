"""Makes the file that is sent, in a folder of the caller; it is deleted again when anything fails."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from captioner.errors import ConfigError, MediaError
from captioner.files import sha256_of_file
from captioner.media.audio_policy import AudioPolicy
from captioner.media.encode import encode_audio
from captioner.media.limits import FORMATS, check_sendable
from captioner.media.phase import is_out_of_phase
from captioner.media.remux import remux, suffix_for
from captioner.media.resample import AudioSpec
from captioner.model import AudioStream, Media, Prepared

__all__ = ["prepare"]

PrepareProgress = Callable[[int, int], None]

_SUFFIXES = {"flac": ".flac", "opus": ".ogg"}


def prepare(media: Media, policy: AudioPolicy, folder: Path, *, progress: PrepareProgress | None = None) -> Prepared:
    """Make the file that is sent to the service.

    Under "flac" and "opus" the sent file begins at the player's zero, whenever the audio starts, so `offset_ms` is 0;
    under "copy" and "original" it is the start of the audio stream. The same media, policy and PyAV give the same
    bytes. Memory does not grow with the length, except for the index that FFmpeg keeps while it copies into M4A (about
    15 MB an hour).

    Args:
        media: As returned by `describe`.
        policy: Form of the audio.
        folder: Folder for the file; created when missing. The caller deletes the file when `temporary` is true.
        progress: Called with milliseconds done and in total, about once for every second of audio.

    Raises:
        MediaError: A track or channel that does not exist, audio that cannot be decoded, a full disk, or a result that
            is larger or longer than the service takes.
        ConfigError: The folder cannot be written to.
    """
    stream = _stream(media, policy)
    tracks = _tracks(media, policy, stream)
    if policy.audio == "original":
        return _original(media, stream)
    target = _new_file(folder, media, _suffix(policy, stream))
    try:
        prepared = _make(media, policy, stream, tracks, target, progress)
        check_sendable(prepared, name=media.path.name)
    except BaseException:  # an interrupted run leaves no incomplete file either
        target.unlink(missing_ok=True)
        raise
    return prepared


def _make(
    media: Media,
    policy: AudioPolicy,
    stream: AudioStream,
    tracks: tuple[int, ...],
    target: Path,
    progress: PrepareProgress | None,
) -> Prepared:
    def report(done_ms: int) -> None:
        if progress is not None:
            progress(min(done_ms, media.duration_ms), media.duration_ms)

    if policy.is_encoded:
        spec = _audio_spec(media, policy, stream)
        duration_ms = encode_audio(
            media.path,
            target,
            tracks,
            spec,
            codec=policy.audio,
            duration_ms=media.duration_ms,
            progress=report,
        )
    else:
        duration_ms = remux(media.path, target, stream.index, progress=report)
    report(media.duration_ms)
    return Prepared(
        path=target,
        size_bytes=target.stat().st_size,
        sha256=sha256_of_file(target),
        duration_ms=duration_ms,
        offset_ms=0 if policy.is_encoded else stream.start_ms,
        channels=policy.channel_count if policy.is_encoded else stream.channels,
        temporary=True,
    )


def _original(media: Media, stream: AudioStream) -> Prepared:
    name = media.path.name
    if media.path.suffix.lower().removeprefix(".") not in FORMATS:
        raise MediaError("the service does not take this format; choose --audio flac", file=name)
    prepared = Prepared(
        path=media.path,
        size_bytes=media.size_bytes,
        sha256=media.sha256,
        duration_ms=media.duration_ms,
        offset_ms=stream.start_ms,
        channels=stream.channels,
        temporary=False,
    )
    check_sendable(prepared, name=name)
    return prepared


def _stream(media: Media, policy: AudioPolicy) -> AudioStream:
    """The audio stream that the policy names."""
    for stream in media.audio:
        if stream.index == policy.track:
            return stream
    there = ", ".join(f"{s.index} ({s.codec}, {_format_channels(s.channels)})" for s in media.audio)
    raise MediaError(f"has no audio track {policy.track}; it has {there}", file=media.path.name)


def _tracks(media: Media, policy: AudioPolicy, stream: AudioStream) -> tuple[int, ...]:
    """The streams to read: one, or several mono streams that are the channels of one recording, as in news cameras."""
    last = max(policy.channels, default=0)
    if last < stream.channels:
        return (stream.index,)
    name, mono = media.path.name, [s.index for s in media.audio if s.channels == 1]
    if stream.channels > 1 or last >= len(mono) or policy.track:
        streams = f", and {len(media.audio)} audio tracks" if len(media.audio) > 1 else ""
        raise MediaError(
            f"has no channel {last}; track {stream.index} has {_format_channels(stream.channels)}"
            f" (0 to {stream.channels - 1}){streams}",
            file=name,
        )
    if not policy.is_encoded:
        raise MediaError(
            f"its channels are {len(mono)} mono tracks; choose --audio flac to send them together", file=name
        )
    return tuple(mono[: last + 1])


def _format_channels(channels: int) -> str:
    return "1 channel" if channels == 1 else f"{channels} channels"


def _suffix(policy: AudioPolicy, stream: AudioStream) -> str:
    return _SUFFIXES.get(policy.audio) or suffix_for(stream.codec)


def _audio_spec(media: Media, policy: AudioPolicy, stream: AudioStream) -> AudioSpec:
    if policy.channels:
        return AudioSpec(policy.sample_rate, policy.channels)
    inverted = stream.channels == 2 and is_out_of_phase(media.path, stream.index, media.duration_ms)
    return AudioSpec(policy.sample_rate, inverted=inverted)


def _new_file(folder: Path, media: Media, suffix: str) -> Path:
    """A new empty file, named after the content."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{media.sha256[:12]}-", suffix=suffix, dir=folder)
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written to ({error.strerror or error}); choose another") from error
    os.close(handle)
    return Path(name)
