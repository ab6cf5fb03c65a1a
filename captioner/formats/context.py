"""What a writer is told beside the cues, and what the table of formats says about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from importlib import import_module
from typing import Literal

from captioner.model import Cue, Transcript
from captioner.style import Style

__all__ = ["Context", "Encoding", "Format", "Marks", "Newline", "Writer"]

Marks = Literal["rlm", "rle", "none"]
Encoding = Literal["utf-8", "utf-8-sig", "utf-16le", "gb18030"]
Newline = Literal["lf", "crlf"]


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
        colours: Give WebVTT a STYLE block with a colour for every voice; the formats with styles have them anyway.
        vertical: Set the text in columns, the first on the right, in the formats that can (`Format.vertical`).
        karaoke: Tag every word in ASS: "k" lights it up, "kf" fills it, "" leaves the text plain.
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
    colours: bool = False
    vertical: bool = False
    karaoke: Literal["", "k", "kf"] = ""


Writer = Callable[[Sequence[Cue], Context], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """One row of the table of formats.

    Attributes:
        name: What `--format` takes.
        extension: Of the file, without the dot.
        media_type: For HTTP and for e-mail.
        module: Module of this package whose `render` writes the format; imported when it is first needed, so that the
            table costs a command line nothing.
        encodings: Encodings the format may be had in, the writer's own first, none when it is binary; see
            `encoding.encode`.
        line_ends: Whether its line ends may be chosen.
        vertical: Whether it has vertical writing.
        names_language: Whether a file must say its language.
    """

    name: str
    extension: str
    media_type: str
    module: str
    encodings: tuple[Encoding, ...] = ("utf-8",)
    line_ends: bool = True
    vertical: bool = False
    names_language: bool = False

    @property
    def writer(self) -> Writer:
        """Cues in order of their start, and the context, to the bytes of the file."""
        writer: Writer = import_module(f"captioner.formats.{self.module}").render
        return writer
