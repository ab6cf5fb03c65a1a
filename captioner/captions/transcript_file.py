"""Reads what captions can be made of: the service's raw reply, or captioner's own JSON. Does no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from captioner import archive
from captioner.archive import Archive, MediaFacts
from captioner.errors import ReplyError
from captioner.model import Cue, Transcript
from captioner.recognition.funasr import result
from captioner.recognition.funasr.bounded_read import BodyError

__all__ = ["TranscriptFile", "decode_transcript"]


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    """A raw reply or a transcript as read.

    Attributes:
        transcript: What was said, with the corrections of captioner's own JSON.
        cues: What was shown, where the file is captioner's own JSON.
        media: What is known about the media.
        names: Display name of each speaker id.
        language: BCP 47 tag of the captions, or "".
        title: Name of the media for a person, or "".
        archive: The whole of captioner's own JSON, None for a raw reply.
    """

    transcript: Transcript
    cues: tuple[Cue, ...] = ()
    media: MediaFacts = field(default_factory=MediaFacts)
    names: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    title: str = ""
    archive: Archive | None = None


def decode_transcript(raw: bytes, name: str, *, language: str = "") -> TranscriptFile:
    """Read the bytes of a raw reply or of captioner's own JSON.

    Args:
        raw: As received.
        name: What messages call it.
        language: Language of the transcript, where it is known.

    Raises:
        ReplyError: Neither of the two, or damaged.
    """
    try:
        ours = archive.SCHEMA.encode() in raw[:256]  # each decodes its own words at once; both read both
        document = archive.decode(raw) if ours else result.decode_reply(raw)
        if archive.is_archive(document):
            kept = archive.from_document(document)
            return TranscriptFile(kept.shown, kept.cues, kept.media, kept.names, kept.language, kept.title, kept)
        if not isinstance(document, dict):
            raise ReplyError("is not a reply or a transcript but another kind of JSON")
        return TranscriptFile(result.to_transcript(document, language=language))
    except (ValueError, RecursionError, BodyError) as error:
        raise ReplyError(f"{name}: is not JSON; give a raw reply or a transcript") from error
    except ReplyError as error:
        raise ReplyError(f"{name}: {error.message}", error.code) from error
