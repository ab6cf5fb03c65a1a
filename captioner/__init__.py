"""captioner: media to captions people can put on air.

The floor plan, in the order a file walks through it:

    media    what is it, and what should be sent?     layout   which words on which line, for how long?
    storage  where can the service read it?           formats  how is that spelled?
    asr      what was said, when, by whom?            batch    many files, once each, whatever happens
"""

from captioner.model import Cue, Issue, Line, Sentence, Transcript, Word
from captioner.style import Style

__all__ = ["Cue", "Issue", "Line", "Sentence", "Style", "Transcript", "Word", "__version__"]

__version__ = "0.1.0"
