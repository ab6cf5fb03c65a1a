"""Speech recognition on this machine, for audio that the emulator has no transcript for.

`weights` finds the weights of a Whisper model and proves them, `audio` cuts a file's audio into stretches of a few
minutes, `whisper` recognises one stretch, and `hear` does that for a whole file, keeping every stretch on disk, so that
an interrupted file goes on where it was.
"""

from captioner.emulator.hearing.hear import Hearing
from captioner.emulator.hearing.weights import Weights, find_weights, weights_name

__all__ = ["Hearing", "Weights", "find_weights", "weights_name"]
