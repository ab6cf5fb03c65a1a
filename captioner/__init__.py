"""captioner: media to captions people can put on air.

    >>> transcript = captioner.transcribe("talk.mp4", language="en")    # paid once; found again in the ledger
    >>> cues = captioner.compose(transcript, "netflix", names={"0": "Anna"})
    >>> for issue in captioner.check(cues, "netflix", transcript=transcript):
    ...     print(issue.message)
    >>> Path("talk.srt").write_bytes(captioner.render(cues, "srt"))

The verbs, in the order in which a file goes through them: `describe` a media file, `transcribe` it, `read` what exists
(captions, transcripts, raw replies), `follow` a script, `compose` captions, `check` them against a house style,
`render` them in a format.
Errors are in `captioner.errors`, sorted by what the caller can do about them.

Everything is imported when it is first used, so that `import captioner` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from captioner.version import __version__

if TYPE_CHECKING:
    from captioner.check import check
    from captioner.model import Cue, Issue, Line, Media, Sentence, Transcript, Word
    from captioner.script_report import ScriptPlace, ScriptReport
    from captioner.style import Style
    from captioner.verbs import Document, Scripted, compose, describe, follow, read, render, transcribe

__all__ = [
    "Cue",
    "Document",
    "Issue",
    "Line",
    "Media",
    "ScriptPlace",
    "ScriptReport",
    "Scripted",
    "Sentence",
    "Style",
    "Transcript",
    "Word",
    "__version__",
    "check",
    "compose",
    "describe",
    "follow",
    "read",
    "render",
    "transcribe",
]

_HOMES = {
    **dict.fromkeys(("Cue", "Issue", "Line", "Media", "Sentence", "Transcript", "Word"), "captioner.model"),
    **dict.fromkeys(
        ("Document", "Scripted", "compose", "describe", "follow", "read", "render", "transcribe"), "captioner.verbs"
    ),
    **dict.fromkeys(("ScriptPlace", "ScriptReport"), "captioner.script_report"),
    "Style": "captioner.style",
}


def __getattr__(name: str) -> Any:
    """The public names, imported when first used."""
    if name == "check":
        return import_module("captioner.check")  # the package can be called; see there
    if name not in _HOMES:
        raise AttributeError(f"module 'captioner' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
