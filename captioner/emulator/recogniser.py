"""Finds the transcript known for the audio behind a URL, recognises it, or gives the code the service would give."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from captioner.emulator.decode import DecodeFailed, NoAudio, NotMedia, TooLong
from captioner.emulator.downloads import Downloader
from captioner.emulator.fingerprint import Sound, analyse_file
from captioner.emulator.hearing import Hearing
from captioner.emulator.messages import FileFailure, Json
from captioner.emulator.parameters import Parameters
from captioner.emulator.replies import billed_s, build_reply
from captioner.emulator.transcripts import KnownTranscript, RawReply, TranscriptLibrary

__all__ = ["RecognisedFile", "Recogniser"]

_CODES = {
    NotMedia: "UNSUPPORTED_FORMAT",
    NoAudio: "NO_VALID_AUDIO_ERROR",
    DecodeFailed: "DECODE_ERROR",
    TooLong: "AUDIO_DURATION_TOO_LONG",
}


@dataclass(frozen=True, slots=True)
class RecognisedFile:
    """Result of a file.

    Attributes:
        document: The transcript JSON.
        billed_s: Seconds billed.
        duration_ms: Length of its audio.
    """

    document: Json
    billed_s: int
    duration_ms: int


class Recogniser:
    """Downloads files and looks their transcripts up; recognises speech only when it is given a model to hear with.

    Args:
        library: The known transcripts.
        downloader: Downloads the files.
        folder: Folder for downloads.
        at_most_ms: Longest audio accepted.
        hearing: Recognises what has no known transcript, or None.
    """

    def __init__(
        self,
        library: TranscriptLibrary,
        downloader: Downloader,
        *,
        folder: Path,
        at_most_ms: int,
        hearing: Hearing | None = None,
    ) -> None:
        self._library = library
        self._hearing = hearing
        self._downloader = downloader
        self._folder = folder
        self._at_most_ms = at_most_ms

    def recognise(self, url: str, model: str, parameters: Parameters) -> RecognisedFile:
        """The transcript of one file.

        Raises:
            FileFailure: With the service's code, or `UnknownContent` for audio without a known transcript.
        """
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            path = self._downloader.fetch(url, model, Path(folder) / "file")
            sound = self._listen(path)
            if sound.is_silent:
                raise FileFailure("SUCCESS_WITH_NO_VALID_FRAGMENT")
            known = self._known(path, sound, parameters)
        document = build_reply(known, sound, parameters, url)
        return RecognisedFile(document, billed_s(document), sound.duration_ms)

    def _known(self, path: Path, sound: Sound, parameters: Parameters) -> KnownTranscript | RawReply:
        """The known transcript of a file, or what is recognised in it."""
        try:
            return self._library.find(sound)
        except FileFailure:
            if self._hearing is None:
                raise
        channels = [channel for channel in parameters.channels if channel < sound.channels]
        return self._hearing.hear(path, sound, channels, parameters.language)

    def _listen(self, path: Path) -> Sound:
        try:
            return analyse_file(path, at_most_ms=self._at_most_ms)
        except (NotMedia, NoAudio, DecodeFailed, TooLong) as error:
            raise FileFailure(_CODES[type(error)]) from error
