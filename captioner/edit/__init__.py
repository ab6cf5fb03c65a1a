"""Edits captions: move, stretch, merge, split, label. Cues in, cues out; pure.

The one rule: nothing disappears in silence; whatever an edit cut or left out is an `Issue` beside the cues.
"""

from captioner.edit.conforming import Conformed, ConformSource, Segment, conform, remaining
from captioner.edit.merge import Part, merge
from captioner.edit.retime import EditResult, retime, retime_transcript, shift
from captioner.edit.split import CUT_RULES, split
from captioner.edit.style_transfer import transfer_styling
from captioner.edit.styling import add_speaker_labels, move_to_top, strip_styling
from captioner.edit.time_map import DropFrameRelabel, Linear, TimeMap
from captioner.edit.transcript import to_transcript

__all__ = [
    "CUT_RULES",
    "ConformSource",
    "Conformed",
    "DropFrameRelabel",
    "EditResult",
    "Linear",
    "Part",
    "Segment",
    "TimeMap",
    "add_speaker_labels",
    "conform",
    "merge",
    "move_to_top",
    "remaining",
    "retime",
    "retime_transcript",
    "shift",
    "split",
    "strip_styling",
    "to_transcript",
    "transfer_styling",
]
