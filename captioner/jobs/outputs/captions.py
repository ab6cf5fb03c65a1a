"""From a saved reply to the bytes of every caption file: hands what the ledger knows to `captions.pipeline`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.archive import MediaFacts, all_files
from captioner.captions.named_speakers import names_nowhere, resolve_names
from captioner.corrections import Revision
from captioner.jobs.outputs.edited_files import Beside
from captioner.jobs.records import Job, Recognition
from captioner.recognition.funasr import result

if TYPE_CHECKING:
    from captioner.captions.caption_files import Captions
    from captioner.captions.options import CaptionOptions

__all__ = ["Captioner", "make"]

Captioner = Callable[[bytes, Job, Recognition], "Captions"]
"""Turns a raw reply into caption files, for a job and the recognition that answered it."""


def make(
    raw: bytes,
    job: Job,
    recognition: Recognition,
    options: CaptionOptions,
    *,
    by_channel: bool = False,
    beside: Beside | None = None,
) -> Captions:
    """Decode a reply and make every caption file asked for.

    Args:
        raw: As the service sent it.
        job: What is known about the media.
        recognition: Offset, model and billed seconds of the reply.
        options: What the captions shall be.
        by_channel: The channel is the speaker.
        beside: The archive of earlier captions, whose corrections are kept.

    Raises:
        ReplyError: The reply cannot be understood.
        FormatError: A format cannot hold the captions.
        MediaError: Shot changes are asked for, and the media cannot be read.
    """
    from captioner.captions.pipeline import produce  # layout reads word lists; a run without captions needs none

    transcript = result.to_transcript(
        raw,
        language=options.language,
        offset_ms=recognition.offset_ms,
        by_channel=by_channel,
        model=recognition.model,
        billed_s=recognition.billed_s,
    )
    given = resolve_names(options.names, transcript.speakers(), strict=options.strict_names)
    unheard = names_nowhere(options.names, transcript.speakers())
    options = replace(options, names=given)
    title, facts, shots = Path(job.target).name, _facts_of(job), _shots_of(job, options)
    if beside is None:
        made = produce(transcript, facts, options, title=title, shots=shots)
        return replace(made, unheard=unheard)
    from captioner.captions.take_over import take_over

    taken = take_over(beside.archive, transcript, options, Revision(0, beside.at, "", beside.name))
    names = {**taken.names, **options.names}
    made = produce(
        transcript,
        facts,
        replace(options, names=names),
        title=title,
        shots=shots,
        edits=taken.edits,
        earlier_files=all_files(beside.archive),
    )
    return replace(made, issues=(*taken.notes, *made.issues), unheard=unheard)


def _facts_of(job: Job) -> MediaFacts:
    return MediaFacts(
        duration_ms=job.duration_ms,
        width=job.width,
        height=job.height,
        frame_rate=Fraction(job.frame_rate) if job.frame_rate else None,
        start_timecode=job.start_timecode,
        sha256="" if job.link_digest else job.content,
    )


def _shots_of(job: Job, options: CaptionOptions) -> tuple[int, ...] | None:
    """Shot changes of the job's media in ms, or None where none are asked for or only a link is known."""
    if not options.detect_shots or job.link_digest:
        return None
    from captioner.media.shots import detect_shots

    return detect_shots(Path(job.source))
