"""Our own JSON, `.json`: transcript and cues as `captioner.archive` reads and writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from captioner import archive
from captioner.archive import Archive, MediaFacts, StyleMark
from captioner.formats.capabilities import ALL_PLACES, ALL_STYLING, SPEAKERS
from captioner.formats.caption_file import CaptionFile, FileContent, ReadOptions
from captioner.formats.render_context import Context
from captioner.formats.text.speaker_names import display_names
from captioner.model import Cue, Transcript
from captioner.version import __version__

__all__ = ["SUPPORTS", "detect", "read", "render"]

#: See `capabilities`.
SUPPORTS = ALL_STYLING | ALL_PLACES | {SPEAKERS}

_SCHEMA = re.compile(rf'"schema"\s*:\s*"{re.escape(archive.SCHEMA)}"')


def detect(content: FileContent) -> bool:
    """Whether it is a JSON object that names the schema of our archives."""
    return content.head.lstrip().startswith("{") and _SCHEMA.search(content.head) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read an archive; its cues are complete, and their text is not searched for speakers.

    Raises:
        ReplyError: Not an archive, or from a newer captioner.
    """
    kept = archive.loads(content.text)
    return CaptionFile(
        kept.cues,
        tuple(cue.text for cue in kept.cues),
        speaker_names=kept.names,
        transcript=kept.shown,
        archive=kept,
        language=kept.language,
        title=kept.title,
        duration_ms=kept.media.duration_ms,
        width=kept.media.width,
        height=kept.media.height,
        frame_rate=kept.media.frame_rate,
        start_timecode=kept.media.start_timecode,
        sha256=kept.media.sha256,
    )


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write the archive."""
    style = context.style
    written = Archive(
        transcript=context.recognised or context.transcript or Transcript((), context.language, context.duration_ms),
        cues=tuple(cues),
        names={**context.names, **display_names(cues, context)},
        language=context.language,
        style=StyleMark(style.name, style.version, style.digest) if style else StyleMark(),
        media=_media(context),
        title=context.title,
        generator=f"captioner {__version__}",
        corrections=context.edits.corrections,
        replaced=context.edits.replaced,
        revisions=context.edits.revisions,
        pinned=context.edits.pinned if context.edits.cues else (),
        offset_ms=context.edits.offset_ms,
        script=context.edits.script,
        renamed=context.edits.renamed,
        files=context.files,
        earlier_files=context.earlier_files,
        options=context.made_with,
        accepted=context.edits.accepted,
    )
    return archive.dumps(written).encode("utf-8")


def _media(context: Context) -> MediaFacts:
    return MediaFacts(
        duration_ms=context.duration_ms,
        width=context.width,
        height=context.height,
        frame_rate=context.frame_rate,
        start_timecode=context.start_timecode,
        sha256=context.sha256,
    )
