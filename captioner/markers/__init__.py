"""Markers for editing programs: findings, places to hear, and chapters, where they are in the programme.

`written(markers, kind, facts)` makes the file of one of `KINDS`. Pure.
"""

from captioner.markers.marker import Marker, MarkerFacts, chapters_of, left_out_of_chapters
from captioner.markers.writers import ENDINGS, KINDS, written

__all__ = ["ENDINGS", "KINDS", "Marker", "MarkerFacts", "chapters_of", "left_out_of_chapters", "written"]
