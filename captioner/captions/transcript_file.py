"""Reads what captions can be made of: a raw reply, captioner's own JSON, another recogniser's. Does no I/O."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
        note: What a user should know of a transcript that another recogniser made, or "".
    """

    transcript: Transcript
    cues: tuple[Cue, ...] = ()
    media: MediaFacts = field(default_factory=MediaFacts)
    names: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    title: str = ""
    archive: Archive | None = None
    note: str = ""


def decode_transcript(raw: bytes, name: str, *, language: str = "") -> TranscriptFile:
    """Read the bytes of a raw reply, of captioner's own JSON, or of another recogniser's transcript.

    Args:
        raw: As received.
        name: What messages call it.
        language: Language of the transcript, where it is known.

    Raises:
        ReplyError: None of these, or damaged.
    """
    try:
        if raw[:4000].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return TranscriptFile(_timed_text(raw, language), note="read as timed text of YouTube")
        ours = archive.SCHEMA.encode() in raw[:256]  # each decodes its own words at once; both read both
        document = archive.decode(raw) if ours else result.decode_reply(raw)
        if archive.is_archive(document):
            kept = archive.from_document(document)
            return TranscriptFile(kept.shown, kept.cues, kept.media, kept.names, kept.language, kept.title, kept)
        if not isinstance(document, dict):
            raise ReplyError("is not a reply or a transcript but another kind of JSON")
        if "transcripts" not in document and (found := _foreign(document, language)) is not None:
            return found
        return TranscriptFile(result.to_transcript(document, language=language))
    except (ValueError, RecursionError, BodyError) as error:
        raise ReplyError(f"{name}: is not JSON; give a raw reply or a transcript") from error
    except ReplyError as error:
        raise ReplyError(f"{name}: {error.message}", error.code) from error


def _foreign(document: dict[str, Any], language: str) -> TranscriptFile | None:
    """Another recogniser's transcript; None for any other document."""
    from captioner import foreign_transcripts  # few replies need it

    kind = foreign_transcripts.kind_of(document)
    if kind is None:
        return None
    transcript = kind.read(document)
    note = f"read as a transcript of {kind.name}"
    if not kind.has_word_times(document):
        note += "; its words have no times, and each gets its share of its line's"
    return TranscriptFile(dataclasses.replace(transcript, language=language or transcript.language), note=note)


def _timed_text(raw: bytes, language: str) -> Transcript:
    """YouTube's XML."""
    from xml.etree import ElementTree

    from captioner import foreign_transcripts

    try:
        root = ElementTree.fromstring(raw)  # expat stops entities that grow (2.4.1 and later)
    except ElementTree.ParseError as error:
        raise ReplyError("is no JSON, and no timed text of YouTube; captioner convert reads captions") from error
    return dataclasses.replace(foreign_transcripts.read_xml(root), language=language)
