"""Edits a caption file in place when the requested change does not need a re-render."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from captioner.edit import Edited

if TYPE_CHECKING:
    from captioner.cli.caption_io import Loaded, Wanted
    from captioner.model import Cue

__all__ = ["rewritten_in_place"]

_WORD_TIMES = re.compile(r"<\d[\d:.]*>")
_RENDERED = frozenset({"width", "height", "vertical", "karaoke", "colours"})  # facts that only a new file can show


def rewritten_in_place(loaded: Loaded, edited: Edited, name: str, want: Wanted) -> bytes | None:
    """The file itself with the captions' new times, styles, notes and settings as they were.

    None when it has to be written anew: in another format, for a target, or because it does not read back as it should,
    as with malformed blocks. WebVTT's times of words inside a cue cannot be moved so.
    """
    from captioner.check import Mended
    from captioner.check.writing import WRITABLE, rewritten

    captions = loaded.captions
    if want.target is not None or _RENDERED & want.facts.keys() or name != captions.format or name not in WRITABLE:
        return None
    if name == "vtt" and edited.cues != loaded.cues and any(_WORD_TIMES.search(text) for text in captions.written):
        return None
    gone = {issue.cue_index for issue in edited.issues if issue.rule == "left-out"}
    kept = tuple(index for index in range(len(loaded.cues)) if index not in gone)
    data = rewritten(captions, Mended(edited.cues, kept, ()))
    return data if _reads_back(data, loaded, edited) else None


def _reads_back(data: bytes, loaded: Loaded, edited: Edited) -> bool:
    from captioner.check import read

    grid_ms = 10 if loaded.captions.format in ("ass", "ssa") else 1
    return _seen(read(data, loaded.path.name).cues, grid_ms) == _seen(edited.cues, grid_ms)


def _seen(cues: Sequence[Cue], grid_ms: int) -> list[tuple[int, int, str]]:
    return [(cue.start_ms // grid_ms, cue.end_ms // grid_ms, cue.text) for cue in cues]
