"""Our own JSON, `.json`: transcript and cues as `captioner.archive` writes them; `captioner format` reads it back."""

from __future__ import annotations

from collections.abc import Sequence

from captioner.archive import Archive, MediaFacts, StyleMark, dumps
from captioner.formats.capabilities import ALL_LOOKS, ALL_PLACES, SPEAKERS
from captioner.formats.context import Context
from captioner.formats.speaker_names import display_names
from captioner.model import Cue, Transcript
from captioner.version import __version__

__all__ = ["HOLDS", "render"]

#: See `losses`.
HOLDS = ALL_LOOKS | ALL_PLACES | {SPEAKERS}


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write the archive."""
    style = context.style
    archive = Archive(
        transcript=context.transcript or Transcript((), context.language, context.duration_ms),
        cues=tuple(cues),
        names={**context.names, **display_names(cues, context)},
        language=context.language,
        style=StyleMark(style.name, style.version, style.digest) if style else StyleMark(),
        media=_media(context),
        title=context.title,
        generator=f"captioner {__version__}",
    )
    return dumps(archive).encode("utf-8")


def _media(context: Context) -> MediaFacts:
    return MediaFacts(
        duration_ms=context.duration_ms,
        width=context.width,
        height=context.height,
        frame_rate=context.frame_rate,
        start_timecode=context.start_timecode,
        sha256=context.sha256,
    )
