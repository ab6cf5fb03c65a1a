"""The known transcripts: a folder of JSON files, found by fingerprint.

A file holds either neutral data (plain tokens, times on the player's clock), to be shaped as the model and the
parameters of a task ask, or a reply in the service's shape, to be served as it is.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from captioner.emulator.fingerprint import MATCH, Sound, fingerprint_of_file, similarity
from captioner.emulator.messages import FileFailure, Json
from captioner.errors import ConfigError, MediaError

__all__ = ["KnownTranscript", "RawReply", "Token", "TranscriptLibrary", "Utterance", "default_folder"]

_log = logging.getLogger(__name__)

_MARGIN = 0.03
"""Least distance of the best match to other words; the same speech encoded twice differs by 0.02 at most."""


@dataclass(frozen=True, slots=True)
class Token:
    """A spoken word.

    Attributes:
        text: No spaces around it.
        punctuation: Marks behind it.
        start_ms: Begin on the player's clock.
        end_ms: End.
        confidence: How probable the word is, 0 to 1; None when it is not known.
        joined: Whether it follows the word before without a space, whatever its letters.
    """

    text: str
    punctuation: str
    start_ms: int
    end_ms: int
    confidence: float | None = None
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """A sentence by one speaker in one channel; `tokens` is never empty, `speaker` is None when it is not known."""

    speaker: int | None
    channel: int
    tokens: tuple[Token, ...]

    @property
    def start_ms(self) -> int:
        return self.tokens[0].start_ms

    @property
    def end_ms(self) -> int:
        return self.tokens[-1].end_ms


@dataclass(frozen=True, slots=True)
class KnownTranscript:
    """Everything said in one media file.

    Attributes:
        name: Name of the media.
        language: BCP 47 tag.
        onset_ms: First audible sound on the same clock as the tokens.
        fingerprint: Fingerprint of its audio.
        utterances: In order of time.
        heard_by: Name of the model on this machine that recognised it, or "" for a transcript of a folder.
    """

    name: str
    language: str
    onset_ms: int
    fingerprint: str
    utterances: tuple[Utterance, ...]
    heard_by: str = ""

    @property
    def channels(self) -> frozenset[int]:
        """The channels with speech."""
        return frozenset(u.channel for u in self.utterances)


@dataclass(frozen=True, slots=True)
class RawReply:
    """A transcript in the service's own shape, for the audio with this fingerprint."""

    name: str
    fingerprint: str
    reply: Json


class TranscriptLibrary:
    """The known transcripts.

    Args:
        entries: All of them.
    """

    def __init__(self, entries: tuple[KnownTranscript | RawReply, ...] = ()) -> None:
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    @classmethod
    def load(cls, folder: Path) -> TranscriptLibrary:
        """Read every `*.json` of a folder.

        Raises:
            ConfigError: The folder is missing, or a file in it is not a transcript.
        """
        if not folder.is_dir():
            raise ConfigError(f"{folder}: no such folder of transcripts")
        return cls(tuple(chain.from_iterable(_read(path) for path in sorted(folder.glob("*.json")))))

    def find(self, sound: Sound) -> KnownTranscript | RawReply:
        """The transcript of this audio.

        Raises:
            FileFailure: None is known, or two with different words match equally well.
        """
        scored = [(similarity(entry.fingerprint, sound.fingerprint), entry) for entry in self._entries]
        best = max((score for score, _ in scored), default=0.0)
        if best < MATCH:
            raise FileFailure("UnknownContent", self._unknown_content())
        close = [entry for score, entry in scored if score >= max(MATCH, best - _MARGIN)]
        # The same speech may be known twice, mixed and with a channel for each speaker: the audio decides.
        close.sort(key=lambda entry: _channel_misfit(entry, sound))
        rivals = [entry for entry in close[1:] if _channel_misfit(entry, sound) == _channel_misfit(close[0], sound)]
        if any(not _same_words(close[0], rival) for rival in rivals):
            raise FileFailure("UnknownContent", f"Several transcripts fit this audio: {_names(close)}.")
        return close[0]

    def _unknown_content(self) -> str:
        return (
            "This emulator does not recognise speech; it answers only audio that it has a transcript for "
            f"({len(self)} known), and this is none of them. Give it a transcript, or use the real service."
        )


def default_folder() -> Path | None:
    """The transcripts that come with the package, otherwise those of the checkout around it, otherwise None."""
    package = Path(__file__).resolve().parent
    candidates = (package / "transcripts", package.parents[1] / "fixtures" / "transcripts")
    return next((folder for folder in candidates if folder.is_dir()), None)


def _read(path: Path) -> Iterator[KnownTranscript | RawReply]:
    """The entry of one file; none when it describes silence, which needs no transcript."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        if "transcripts" in raw:
            yield RawReply(path.stem, raw["fingerprint"], {k: v for k, v in raw.items() if k != "fingerprint"})
        elif utterances := tuple(_utterance(s) for s in raw["sentences"] if s["words"]):
            fingerprint = raw.get("fingerprint") or _fingerprint_of_media(path, raw["media"])
            yield KnownTranscript(raw["media"], raw["language"], raw["onset_ms"], fingerprint, utterances)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{path}: not a transcript for the emulator; a field is missing or of the wrong kind"
        ) from error


def _utterance(raw: Mapping[str, Any]) -> Utterance:
    tokens = (
        Token(w["text"], w["punctuation"], w["begin_time"], w["end_time"], w.get("confidence")) for w in raw["words"]
    )
    return Utterance(raw.get("speaker") or 0, raw.get("channel") or 0, tuple(tokens))


def _fingerprint_of_media(path: Path, media: str) -> str:
    """The fingerprint of the media of a transcript without one; the media is searched beside and above it."""
    for folder in (path.parent, path.parent.parent, path.parent.parent / "media"):
        if (candidate := folder / media).is_file():
            try:
                return fingerprint_of_file(candidate)
            except MediaError as error:
                raise ConfigError(f"{candidate}: no audio in it to match its transcript by") from error
    _log.warning("%s: no fingerprint and no media beside it; it cannot be found", path.name)
    return ""


def _channel_misfit(entry: KnownTranscript | RawReply, sound: Sound) -> int:
    """Difference in channels between an entry and the audio; every channel of mixed audio has all speech."""
    known = len(entry.channels) if isinstance(entry, KnownTranscript) else len(entry.reply["transcripts"])
    return abs(known - sound.channels)


def _same_words(a: KnownTranscript | RawReply, b: KnownTranscript | RawReply) -> bool:
    if isinstance(a, KnownTranscript) and isinstance(b, KnownTranscript):
        return [t.text for u in a.utterances for t in u.tokens] == [t.text for u in b.utterances for t in u.tokens]
    return isinstance(a, RawReply) and isinstance(b, RawReply) and a.reply["transcripts"] == b.reply["transcripts"]


def _names(entries: list[KnownTranscript | RawReply]) -> str:
    return ", ".join(sorted(entry.name for entry in entries))
