"""Chooses the audio track that is recognised: by number, by language, or as a player would."""

from __future__ import annotations

from collections.abc import Sequence

from captioner.errors import ConfigError, MediaError
from captioner.languages import find_language
from captioner.media.audio_policy import AudioPolicy
from captioner.model import AudioStream, Media

__all__ = [
    "BY_LANGUAGE",
    "choice_notes",
    "choose_tracks",
    "describe_track",
    "format_channels",
    "parse_track",
    "reason_for",
]


BY_LANGUAGE = "by its language"


def parse_track(given: str) -> int | str:
    """The track of an audio policy as written by people.

    Args:
        given: A number from 0, a language such as "de", "ger" or "German", or "" to choose.

    Raises:
        ConfigError: It is neither.
    """
    text = given.strip()
    if text.isascii() and text.isdigit():
        return int(text) or "0"
    if text and find_language(text) is None:
        raise ConfigError(f"track {given!r}: give its number, counted from 0, or its language, such as 1 or de")
    return text


def choose_tracks(media: Media, track: int | str, languages: Sequence[str]) -> tuple[AudioStream, ...]:
    """The tracks that may be recognised, the best one first; only one where the track is given.

    Without a number, tracks in a language that is spoken come first, then those that the container marks as default,
    in file order.

    Args:
        media: As described.
        track: Number, language, or "" to choose.
        languages: Languages that are spoken, as far as they are known.

    Raises:
        MediaError: There is no such track.
    """
    if isinstance(track, int) or track.isdigit():
        chosen = [s for s in media.audio if s.index == int(track)]
    elif track:
        chosen = [s for s in media.audio if _is_in(s, (track,))]
    else:
        ranked = sorted(media.audio, key=lambda s: (not _is_in(s, languages), not s.is_default, s.index))
        return tuple(ranked)
    if not chosen:
        there = ", ".join(map(describe_track, media.audio))
        raise MediaError(f"has no audio track {track}; it has {there}", file=media.path.name)
    return (min(chosen, key=lambda s: (not s.is_default, s.index)),)


def choice_notes(media: Media, policy: AudioPolicy, languages: Sequence[str], chosen: AudioStream) -> tuple[str, ...]:
    """A line about the track that was chosen among several, and none where there was no choice."""
    if len(media.audio) == 1 or policy.track or policy.channels or policy.audio == "original":
        return ()
    reason = reason_for(chosen, media, languages)
    return (f"taking audio track {describe_track(chosen)}, {reason}; there is also {_describe_others(media, chosen)}",)


def reason_for(stream: AudioStream, media: Media, languages: Sequence[str]) -> str:
    """Reason for which `choose_tracks` puts a track first."""
    if _is_in(stream, languages):
        return BY_LANGUAGE
    is_marked = stream.is_default and not all(s.is_default for s in media.audio)
    return "marked as default" if is_marked else "the first"


def _is_in(stream: AudioStream, languages: Sequence[str]) -> bool:
    """Whether a track is in one of some languages, whatever their script or country."""
    found = find_language(stream.language) if stream.language else None
    wanted = [language for language in map(find_language, languages) if language is not None]
    return found is not None and any(found.code == language.code for language in wanted)


def describe_track(stream: AudioStream) -> str:
    """A track as messages name it: "1 (aac, 2 channels) in deu"."""
    return f"{stream.index} ({stream.codec}, {format_channels(stream.channels)})" + (
        f" in {stream.language}" if stream.language else ""
    )


def format_channels(channels: int) -> str:
    """A number of channels in words."""
    return "1 channel" if channels == 1 else f"{channels} channels"


def _describe_others(media: Media, stream: AudioStream) -> str:
    """The other tracks, as messages name them."""
    return ", ".join(describe_track(s) for s in media.audio if s is not stream)
