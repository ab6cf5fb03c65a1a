"""From a saved reply to the bytes of every caption file: the rooms that need no network, in their order. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from captioner.formats import FORMATS, Context
from captioner.jobs.finishing import Finishing
from captioner.jobs.records import Job, Recognition
from captioner.model import Cue, Issue, Transcript
from captioner.recognition.funasr import result
from captioner.style import DEFAULT_STYLE, Style, load_style

__all__ = ["ISLAND_MS", "ISLAND_WORDS", "REPLY_EXTENSION", "CaptionOptions", "Captioner", "Captions", "make"]

# The raw reply beside the captions: `<stem>.asr.json`.
REPLY_EXTENSION = "asr.json"

# A speaker island: shorter than a second and of no more than two words. Source: guards published for TalkTrack
# (20 %, 1 s, 2 words), of which the two absolute ones are kept.
ISLAND_MS = 1000
ISLAND_WORDS = 2
# What a check of the finished captions cannot see: how a word or a label came to be cut.
_ONLY_LAYOUT_KNOWS = frozenset({"wide_word", "label"})


@dataclass(frozen=True, slots=True)
class CaptionOptions:
    """What the captions shall be; nothing here costs money to change.

    Attributes:
        formats: Names from the table of formats.
        style: The profile, with its changes.
        names: Display name of each speaker id.
        language: BCP 47 tag, or "" to let the text tell.
        by_channel: The channel is the speaker.
        finishing: What happens to words before the layout and to captions after it.
        start_timecode: Time code of the first frame, "" to take the media's.
        smooth: Give speaker islands to the voice around them.
        also: Further shapes of the same transcript: a profile and a format each, written as `<stem>.<profile>.<ext>`.
    """

    formats: tuple[str, ...] = ("srt",)
    style: Style = field(default_factory=lambda: load_style(DEFAULT_STYLE))
    names: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    by_channel: bool = False
    finishing: Finishing = field(default_factory=Finishing)
    start_timecode: str = ""
    smooth: bool = False
    also: tuple[tuple[Style, str], ...] = ()

    @property
    def extensions(self) -> tuple[str, ...]:
        """Extensions of the caption files, in the order of the formats."""
        return tuple(dict.fromkeys(self._all_extensions()))

    @property
    def twice(self) -> str:
        """An extension that two of the files would have, the raw reply's among them; "" when each has its own."""
        every = (*self._all_extensions(), REPLY_EXTENSION)
        return next((extension for extension in every if every.count(extension) > 1), "")

    def _all_extensions(self) -> tuple[str, ...]:
        further = (_also_extension(style, name) for style, name in self.also)
        return (*(FORMATS[name].extension for name in self.formats), *further)

    def described(self) -> str:
        """The options as JSON for the ledger, names of speakers included, the style by name and digest."""
        return json.dumps(
            {
                "formats": list(self.formats),
                "style": self.style.name,
                "style_digest": self.style.digest,
                "names": dict(self.names),
                "language": self.language,
                "by_channel": self.by_channel,
                "smooth": self.smooth,
                "finishing": repr(self.finishing),
                "start_timecode": self.start_timecode,
                "also": [[style.name, style.digest, name] for style, name in self.also],
            },
            ensure_ascii=False,
            sort_keys=True,
        )

    @property
    def digest(self) -> str:
        """Hex SHA-256: the same digest makes the same captions of the same reply."""
        return hashlib.sha256(self.described().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Captions:
    """What was made of one reply.

    Attributes:
        files: Extension to the bytes of the file.
        cues: Number of cues.
        issues: What a caption editor may want to look at.
        speech: Whether anything was said.
    """

    files: Mapping[str, bytes]
    cues: int = 0
    issues: tuple[Issue, ...] = ()
    speech: bool = True


Captioner = Callable[[bytes, Job, Recognition], Captions]
"""Turns a raw reply into caption files, for a job and the recognition that answered it."""


def make(raw: bytes, job: Job, recognition: Recognition, options: CaptionOptions) -> Captions:
    """Decode a reply, lay it out, and write it in every format asked for.

    Raises:
        ReplyError: The reply cannot be understood.
        FormatError: A format cannot hold the captions.
    """
    # Layout and checks read word lists, which a run that makes no captions does not need.
    from captioner.check import check
    from captioner.layout import explain
    from captioner.layout.speakers import merge_speaker_islands

    transcript = result.to_transcript(
        raw,
        language=options.language,
        offset_ms=recognition.offset_ms,
        by_channel=options.by_channel,
        model=recognition.model,
        billed_s=recognition.billed_s,
    )
    transcript, changes = options.finishing.before(transcript)
    notes = [Issue("replaced", "note", None, 1, 0, change) for change in changes]
    if options.smooth:
        transcript, islands = merge_speaker_islands(transcript, ISLAND_MS, ISLAND_WORDS)
        notes += islands
    explained = explain(transcript, options.style, options.names)
    context = _context(job, transcript, options)
    cues = _finished(explained.cues, options.style, job, context, options)
    checked = check(
        cues,
        options.style,
        transcript=transcript,
        language=options.language,
        duration_ms=context.duration_ms,
        frame_rate=context.frame_rate,
    )
    files = {}
    for name in options.formats:
        written, respelled = options.finishing.spelled(cues, name)
        notes += respelled
        files[FORMATS[name].extension] = options.finishing.written(written, name, context)
    for style, name in options.also:
        shaped = _finished(explain(transcript, style, options.names).cues, style, job, context, options)
        its_own = replace(context, style=style)
        shaped, respelled = options.finishing.spelled(shaped, name)
        notes += (issue for issue in respelled if issue.message not in {note.message for note in notes})
        files[_also_extension(style, name)] = options.finishing.written(shaped, name, its_own)
    return Captions(
        files=files,
        cues=len(cues),
        issues=(*notes, *(issue for issue in explained.issues if issue.rule in _ONLY_LAYOUT_KNOWS), *checked),
        speech=bool(transcript.sentences),
    )


def _finished(
    cues: tuple[Cue, ...], style: Style, job: Job, context: Context, options: CaptionOptions
) -> tuple[Cue, ...]:
    """Laid-out captions as they go on air."""
    return options.finishing.after(
        cues,
        style,
        language=options.language,
        duration_ms=context.duration_ms,
        frame_rate=context.frame_rate,
        media=None if job.link_digest else Path(job.source),
    )


def _also_extension(style: Style, name: str) -> str:
    return f"{style.name}.{FORMATS[name].extension}"


def _context(job: Job, transcript: Transcript, options: CaptionOptions) -> Context:
    """What the writers shall know of the media and the house."""
    return Context(
        names=options.names,
        language=options.language,
        style=options.style,
        width=job.width,
        height=job.height,
        duration_ms=job.duration_ms or transcript.duration_ms,
        transcript=transcript,
        title=Path(job.target).name,
        frame_rate=options.finishing.rate or (Fraction(job.frame_rate) if job.frame_rate else None),
        start_timecode=options.start_timecode or job.start_timecode,
        sha256="" if job.link_digest else job.content,
        rtl_marks=options.style.rtl_marks,
    )
