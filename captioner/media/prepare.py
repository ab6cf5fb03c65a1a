"""Makes the file that is sent, in a folder of the caller; it is deleted again when anything fails."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from captioner.errors import ConfigError, MediaError
from captioner.files import sha256_of_file
from captioner.media.audio_choice import Uplink, choose_audio
from captioner.media.audio_policy import AudioPolicy
from captioner.media.encode import Encoded, encode_audio
from captioner.media.limits import FORMATS, check_sendable
from captioner.media.listen import is_silent as is_silent_track
from captioner.media.phase import is_out_of_phase
from captioner.media.remux import remux, suffix_for
from captioner.media.resample import AudioSpec
from captioner.media.tracks import (
    BY_LANGUAGE,
    choice_notes,
    choose_tracks,
    describe_track,
    format_channels,
    reason_for,
)
from captioner.model import AudioStream, Media, Prepared

__all__ = ["prepare"]

PrepareProgress = Callable[[int, int], None]

_SUFFIXES = {"flac": ".flac", "opus": ".ogg"}


def prepare(
    media: Media,
    policy: AudioPolicy,
    folder: Path,
    *,
    languages: Sequence[str] = (),
    uplink: Uplink | None = None,
    progress: PrepareProgress | None = None,
) -> Prepared:
    """Make the file that is sent to the service.

    Under "flac" and "opus" the sent file begins at the player's zero, whenever the audio starts, so `offset_ms` is 0;
    under "copy" and "original" it is the start of the audio stream. The same media, policy and PyAV give the same
    bytes. Memory does not grow with the length, except for the index that FFmpeg keeps while it copies into M4A (about
    15 MB an hour).

    Args:
        media: As returned by `describe`.
        policy: Form of the audio.
        folder: Folder for the file; created when missing. The caller deletes the file when `temporary` is true.
        languages: Languages that are spoken, by which one of several tracks is chosen when the policy names none.
        uplink: How fast files are uploaded, by which "auto" chooses between FLAC and Opus.
        progress: Called with milliseconds done and in total, about once for every second of audio.

    Raises:
        MediaError: A track or channel that does not exist, audio that cannot be decoded, a full disk, or a result that
            is larger or longer than the service takes.
        ConfigError: The folder cannot be written to.
    """
    job = _Job(media, policy, folder, tuple(languages), uplink or Uplink(), progress)
    if policy.audio == "original":
        return _original(job, choose_tracks(media, policy.track or 0, ())[0])
    candidates = choose_tracks(media, policy.track, languages)
    if policy.channels and not policy.track:
        candidates = media.audio[:1]  # the channels of several mono tracks are counted from the first
    return _from_best(job, candidates)


@dataclass(frozen=True, slots=True)
class _Job:
    """Arguments of `prepare`."""

    media: Media
    policy: AudioPolicy
    folder: Path
    languages: tuple[str, ...]
    uplink: Uplink
    progress: PrepareProgress | None


def _from_best(job: _Job, candidates: Sequence[AudioStream]) -> Prepared:
    """Make the file from the first track, or from the next one where that one holds no sound to recognise."""
    best, *rest = candidates
    try:
        prepared, is_silent = _make_file(job, best)
    except MediaError as error:
        if not rest or not is_silent_track(job.media.path, best.index, best.duration_ms):
            raise  # a full disk or a limit of the service, which another track does not mend
        return _with_note(_from_best(job, rest), f"audio track {best.index}: {error.detail}")
    others = [s for s in job.media.audio if s is not best] if is_silent and not job.policy.channels else []
    audible = next((s for s in others if not is_silent_track(job.media.path, s.index, s.duration_ms)), None)
    if audible is None:
        silence = ("nothing is to be heard in it",) if is_silent else ()
        return _with_note(prepared, *choice_notes(job.media, job.policy, job.languages, best), *silence)
    told = f"audio track {describe_track(best)} is silent, track {describe_track(audible)} is not"
    if audible not in rest:
        return _with_note(prepared, f"{told}; name it with --track {audible.index}")
    prepared.path.unlink(missing_ok=True)
    if reason_for(best, job.media, job.languages) == BY_LANGUAGE != reason_for(audible, job.media, job.languages):
        raise MediaError(f"{told}; choose one with --track {audible.index}", file=job.media.path.name)
    return _with_note(_make_file(job, audible)[0], f"{told}; taking track {audible.index}")


def _with_note(prepared: Prepared, *notes: str) -> Prepared:
    return replace(prepared, notes=(*notes, *prepared.notes))


def _make_file(job: _Job, stream: AudioStream) -> tuple[Prepared, bool]:
    """Make the file from one track, and find out whether it is silent."""
    policy, reason = choose_audio(job.policy, job.media, stream, job.uplink)
    job = replace(job, policy=policy)
    tracks = _tracks(job.media, job.policy, stream)
    target = _new_file(job.folder, job.media, _suffix(job.policy, stream))
    try:
        prepared, is_silent = _make(job, stream, tracks, target)
        check_sendable(prepared, name=job.media.path.name)
    except BaseException:  # an interrupted run leaves no incomplete file either
        target.unlink(missing_ok=True)
        raise
    return _with_note(prepared, *([reason] if reason else [])), is_silent


def _make(job: _Job, stream: AudioStream, tracks: tuple[int, ...], target: Path) -> tuple[Prepared, bool]:
    media, policy, progress = job.media, job.policy, job.progress

    def report(done_ms: int) -> None:
        if progress is not None:
            progress(min(done_ms, media.duration_ms), media.duration_ms)

    if policy.is_encoded:
        encoded = encode_audio(
            media.path,
            target,
            tracks,
            _audio_spec(media, policy, stream),
            codec=policy.audio,
            duration_ms=media.duration_ms,
            progress=report,
        )
    else:
        encoded = _copied(job, stream, target, report)
    report(media.duration_ms)
    prepared = Prepared(
        path=target,
        size_bytes=target.stat().st_size,
        sha256=sha256_of_file(target),
        duration_ms=encoded.duration_ms,
        offset_ms=0 if policy.is_encoded else stream.start_ms,
        channels=policy.channel_count if policy.is_encoded else stream.channels,
        temporary=True,
        notes=encoded.notes,
    )
    return prepared, encoded.is_silent


def _copied(job: _Job, stream: AudioStream, target: Path, report: Callable[[int], None]) -> Encoded:
    """Copy the stream; it is listened to only where another one may be taken instead."""
    duration_ms = remux(job.media.path, target, stream.index, progress=report)
    is_one_of_several = len(job.media.audio) > 1 and not job.policy.channels
    is_silent = is_one_of_several and is_silent_track(job.media.path, stream.index, duration_ms)
    return Encoded(duration_ms, is_silent, ())


def _original(job: _Job, stream: AudioStream) -> Prepared:
    media, name = job.media, job.media.path.name
    _tracks(media, job.policy, stream)
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


def _tracks(media: Media, policy: AudioPolicy, stream: AudioStream) -> tuple[int, ...]:
    """The streams to read: one, or several mono streams that are the channels of one recording, as in news cameras."""
    last = max(policy.channels, default=0)
    if last < stream.channels:
        return (stream.index,)
    name, mono = media.path.name, [s.index for s in media.audio if s.channels == 1]
    if stream.channels > 1 or last >= len(mono) or stream.index:
        streams = f", and {len(media.audio)} audio tracks" if len(media.audio) > 1 else ""
        raise MediaError(
            f"has no channel {last}; track {stream.index} has {format_channels(stream.channels)}"
            f" (0 to {stream.channels - 1}){streams}",
            file=name,
        )
    if not policy.is_encoded:
        raise MediaError(
            f"its channels are {len(mono)} mono tracks; choose --audio flac to send them together", file=name
        )
    return tuple(mono[: last + 1])


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
