"""Turns a transcript into cues as a captioner would cut them.

Chunks (`chunks`) are scored (`breaks`, `scoring`, `costs`), cut into cues and lines in one optimisation per speaker's
turn (`segment`), and given their times (`timing`). The one rule: nothing of the text is lost, added or changed, no line
is wider than the style allows, and no line has two speakers.
"""

from __future__ import annotations

from captioner.layout.compose import Composition, compose, explain

__all__ = ["Composition", "compose", "explain"]
