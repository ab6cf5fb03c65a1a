"""Known text meets recognised words.

Text that people wrote or corrected gets the times and the speakers of the words a recogniser heard. One implementation
for edited captions, scripts, corrections and what is typed. Pure: no clock, file, socket or environment.

    from captioner.alignment import Passage, align

    alignment = align(transcript, [Passage("What was really said.", speaker="Anna")])
    alignment.transcript   # the known words with times
    alignment.links        # what each of them stands for
    alignment.differences  # what did not match

`likeness` tells how alike two texts sound.
"""

from captioner.alignment.align import align
from captioner.alignment.likeness import likeness
from captioner.alignment.outcome import Alignment, Difference, DifferenceKind, Link, LinkKind, Passage

__all__ = ["Alignment", "Difference", "DifferenceKind", "Link", "LinkKind", "Passage", "align", "likeness"]
