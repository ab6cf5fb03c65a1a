"""Plain transcript, `.txt`: `[HH:MM:SS] Name: what they said`, one paragraph a turn, a blank line between.

One unnamed speaker has no name printed; paragraphs then end at pauses. UTF-8, LF.
"""

from __future__ import annotations

from collections.abc import Sequence

from captioner.formats.capabilities import SPEAKERS
from captioner.formats.render_context import Context
from captioner.formats.text.speaker_names import printed_names
from captioner.formats.text.speaker_turns import speaker_turns
from captioner.model import Cue
from captioner.timecode import ms_to_clock

__all__ = ["SUPPORTS", "render"]

#: See `capabilities`.
SUPPORTS = frozenset({SPEAKERS})


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write the transcript as text; empty when nothing was said."""
    names = printed_names(cues, context)
    paragraphs = []
    for turn in speaker_turns(cues, context, named=bool(names)):
        name = names.get(turn.speaker or "", "")
        label = f" {name}:" if name else ""
        paragraphs.append(f"[{ms_to_clock(turn.start_ms)}]{label} {turn.text}\n")
    return "\n".join(paragraphs).encode("utf-8")
