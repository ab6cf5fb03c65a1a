"""captioner: media to captions people can put on air.

The floor plan, in the order a file walks through it:

    media    what is it, and what should be sent?     layout   which words on which line, for how long?
    storage  where can the service read it?           formats  how is that spelled?
    asr      what was said, when, by whom?            batch    many files, once each, whatever happens
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from captioner.model import Cue, Issue, Line, Sentence, Transcript, Word
    from captioner.style import Style

__all__ = ["Cue", "Issue", "Line", "Sentence", "Style", "Transcript", "Word", "__version__"]

__version__ = "0.1.0"

_HOMES = {name: "captioner.style" if name == "Style" else "captioner.model" for name in __all__[:-1]}


def __getattr__(name: str) -> Any:
    """The public names, imported when first asked for: the command line starts without them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'captioner' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
