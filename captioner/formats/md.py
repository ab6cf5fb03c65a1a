"""Transcript in Markdown, `.md`: a heading, then a paragraph for every turn, opened by its time and name in bold.

Source: CommonMark 0.31, section 2.4: any ASCII punctuation may be escaped by a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from captioner.formats.capabilities import SPEAKERS
from captioner.formats.render_context import Context
from captioner.formats.text.cue_text import clean
from captioner.formats.text.speaker_names import printed_names
from captioner.formats.text.speaker_turns import speaker_turns
from captioner.model import Cue
from captioner.timecode import ms_to_clock

__all__ = ["SUPPORTS", "render"]

#: See `capabilities`.
SUPPORTS = frozenset({SPEAKERS})

# What can mean something in the middle of a line, in CommonMark or in GitHub's tables and strikethrough. A marker at
# the start of a line needs no care: no line starts with spoken text.
_SPECIAL = re.compile(r"[\\`*_\[\]<>&~|]")


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write the transcript as Markdown; empty when nothing was said and there is no title."""
    names = printed_names(cues, context)
    title = clean(context.title)
    blocks = [f"# {_escape(title)}\n"] if title else []
    for turn in speaker_turns(cues, context, named=bool(names)):
        name = names.get(turn.speaker or "", "")
        label = f" {_escape(name)}:" if name else ""
        blocks.append(f"**\\[{ms_to_clock(turn.start_ms)}\\]{label}** {_escape(turn.text)}\n")
    return "\n".join(blocks).encode("utf-8")


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
