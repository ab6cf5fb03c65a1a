"""Facts about the captions as a whole, for the writers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from captioner.corrections import Edits
from captioner.look import Look
from captioner.model import Transcript
from captioner.style import Style

__all__ = ["Box", "BoxKey", "Context", "Encoding", "Marks", "Measured", "Newline"]

Marks = Literal["rlm", "rle", "none"]
Encoding = Literal["utf-8", "utf-8-sig", "utf-16le", "gb18030"]
Newline = Literal["lf", "crlf"]
#: A piece of a caption: numbers of the caption in order of time, of its line, and of the word, -1 for the whole line.
BoxKey = tuple[int, int, int]
#: Left, top, right and bottom in pixels; the last two are the first pixels outside.
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """Places of the pieces of captions in the picture, measured by the renderer beforehand.

    Attributes:
        boxes: Of lines and words.
        scales: Of captions that would be too wide, by number.
    """

    boxes: Mapping[BoxKey, Box] = field(default_factory=dict)
    scales: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """Facts about the captions as a whole; a format uses what it has room for.

    Attributes:
        names: Display name of every speaker id; a missing one becomes `Speaker 1`…
        language: BCP 47 tag of the text, or "" when only the text can tell.
        style: The profile the cues were laid out by, or None.
        width: Picture width in pixels; 0 (no picture) counts as 1920.
        height: Picture height in pixels; 0 counts as 1080.
        duration_ms: Length of the media, 0 when unknown.
        transcript: What the cues were made from, or None when they were read from a caption file.
        title: Name of the media for a person, or "".
        frame_rate: Exact rate of the picture, or None.
        start_timecode: Time code of the first frame, `HH:MM:SS:FF`, or "".
        sha256: Hex digest of the media, or "".
        rtl_marks: How SRT and ASS keep right-to-left lines in order, see `bidi.mark`.
        is_visual_order: Right-to-left text is stored as it looks, as old Hebrew files are: it gets no direction.
        colours: Give WebVTT a STYLE block with a colour for every voice; the formats with styles have them anyway.
        style_sheet: Whether WebVTT has a STYLE block for colours of text, which browsers need and FFmpeg 5.1 and mpv
            0.35 do not read: "always", "never", or "own" for colours that have no class with a name.
        vertical: Set the text in columns, the first on the right, in the formats that can (`Format.vertical`).
        karaoke: Time every word in ASS ("k" lights it up, "kf" fills it), WebVTT and LRC; "" leaves the text plain.
        look: What captions look like, or None for the format's own plain look.
        measured: Where the renderer puts lines and words of ASS, so that boxes can be drawn around them; None leaves
            boxes to the renderer, and widths are estimated.
        recognised: What was recognised, where `transcript` is that with corrections; None where they are the same.
        edits: What people and rules corrected.
        files: Caption files that are written with the archive: extension to SHA-256.
        earlier_files: The same of files that were written before and are no more.
        made_with: Options of those files as JSON values.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    style: Style | None = None
    width: int = 1920
    height: int = 1080
    duration_ms: int = 0
    transcript: Transcript | None = None
    title: str = ""
    frame_rate: Fraction | None = None
    start_timecode: str = ""
    sha256: str = ""
    rtl_marks: Marks = "rlm"
    is_visual_order: bool = False
    colours: bool = False
    style_sheet: Literal["always", "never", "own"] = "own"
    vertical: bool = False
    karaoke: Literal["", "k", "kf"] = ""
    look: Look | None = None
    measured: Measured | None = None
    recognised: Transcript | None = None
    edits: Edits = field(default_factory=Edits)
    files: Mapping[str, str] = field(default_factory=dict)
    earlier_files: Mapping[str, str] = field(default_factory=dict)
    made_with: Mapping[str, Any] = field(default_factory=dict)
