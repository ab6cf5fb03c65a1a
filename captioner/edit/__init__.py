"""The editor's everyday jobs on captions that exist: move, stretch, join, part. Cues in, cues out.

Pure. The one rule: nothing disappears without being told; whatever a job had to cut or leave out is an `Issue` beside
the cues.
"""

from captioner.edit.merge import Part, merge
from captioner.edit.retime import Edited, retimed, retimed_transcript, shift
from captioner.edit.split import RULES, split
from captioner.edit.style_transfer import carried
from captioner.edit.styling import at_top, labelled, unmarked
from captioner.edit.time_map import Clock, Labels, Linear
from captioner.edit.transcript import to_transcript

__all__ = [
    "RULES",
    "Clock",
    "Edited",
    "Labels",
    "Linear",
    "Part",
    "at_top",
    "carried",
    "labelled",
    "merge",
    "retimed",
    "retimed_transcript",
    "shift",
    "split",
    "to_transcript",
    "unmarked",
]
