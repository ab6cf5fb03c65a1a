"""A caption file as it was read: its cues, its text as written, and notes of what its reader had to decide.

The one rule: times and words are taken as they are written. What a reader guesses, mends or leaves out is a `ReadNote`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Literal, NamedTuple

from captioner.archive import Archive
from captioner.formats.render_context import Context
from captioner.formats.text.input_encoding import DecodedText, decode, has_stray_zeros, wide_encoding
from captioner.formats.text.styled_text import StyledText
from captioner.model import Cue, Transcript

__all__ = [
    "CaptionFile",
    "FileContent",
    "LabelReading",
    "RawCue",
    "ReadNote",
    "ReadOptions",
    "Rolling",
    "SourceBlock",
    "TimedBlock",
    "split_lines",
]

LabelReading = Literal["auto", "speakers", "text"]
Rolling = Literal["once", "keep"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Facts about a caption file that the user knows and its content does not contain.

    Attributes:
        labels: What `NAME:` and `[Name]` before the speech are: speakers, text, or what the file shows ("auto").
        encoding: Encoding of a text file by its name in Python, or "" to detect it.
        language: BCP 47 tag of the captions, or ""; it decides between encodings that fit equally well.
        frame_rate: Of formats that count frames and do not say of how many a second, or None.
        rolling: What becomes of captions whose lines move up or grow on screen: each line is shown once, from when it
            appears ("once"), or every state of the screen is a caption ("keep").
    """

    labels: LabelReading = "auto"
    encoding: str = ""
    language: str = ""
    frame_rate: Fraction | None = None
    rolling: Rolling = "once"


@dataclass(frozen=True, slots=True)
class ReadNote:
    """Something a reader decided and the user should know.

    Attributes:
        kind: Whether it was guessed, mended, or left out.
        message: One sentence, without the name of the file.
        line: Line of the file it stands in, counted from 1; 0 for the whole file and for binary files.
        is_fault: Whether it is a fault of the file, which a check of it reports.
    """

    kind: Literal["guessed", "mended", "left out"]
    message: str
    line: int = 0
    is_fault: bool = False


class SourceBlock(NamedTuple):
    """The lines of a text file that one caption stands in, counted from 0.

    Attributes:
        first: Its first line: a number, an identifier, or the times.
        times: The line with its times.
        end: First line after its text.
    """

    first: int
    times: int
    end: int


class TimedBlock(NamedTuple):
    """A part of a file that has times and is no caption.

    Attributes:
        block: Where it stands.
        start_ms: As written.
        end_ms: As written.
    """

    block: SourceBlock
    start_ms: int
    end_ms: int


class RawCue(NamedTuple):
    """One cue as a reader found it.

    Attributes:
        start_ms: As written.
        end_ms: As written.
        text: Lines as written, markup included, joined by newlines.
        speakers: Name of each line's speaker where the format has a field for it, else "".
        styled: The text without its markup where the reader has read it already; None to read it as markup.
        block: Where it stands in a text file, or None.
    """

    start_ms: int
    end_ms: int
    text: str
    speakers: tuple[str, ...] = ()
    styled: StyledText | None = None
    block: SourceBlock | None = None


@dataclass(frozen=True, slots=True)
class CaptionFile:
    """Everything that is known of one caption file.

    A reader fills in all but `name`, `format` and `data`, which `formats.read` knows.

    Attributes:
        cues: In file order.
        written: Text of each cue as written, markup included.
        name: File name.
        format: Name of its format in `ALL_FORMATS`.
        data: Bytes of the file.
        text: The same decoded, "" for a binary file.
        blocks: Where each cue stands in the text; empty for files that cannot be edited in place.
        left_out: Blocks of captions that were left out, where the file can be edited in place.
        timed_blocks: What else has times in a file that can be edited in place, such as drawings of ASS.
        notes: What was guessed, mended or left out.
        unsupported: What the file says and cues cannot hold, such as "word times", and the cues it is in, by index.
        drawings: Number of drawings, which are no captions and stay only in a file of the same format.
        speaker_names: Display name of every speaker id of the cues.
        transcript: What was said, where the file holds it; with the corrections it holds.
        archive: The whole of captioner's own JSON, None for other formats.
        encoding: How the text was decoded: a name Python knows, or "" for a binary file.
        is_encoding_guessed: Whether that was found out by the bytes, because nothing in the file says it.
        is_visual_order: Whether right-to-left text is stored as it looks, so that marks of direction would turn it.
        language: BCP 47 tag the file names, or "".
        title: Title the file names, or "".
        duration_ms: Length of the media, 0 when the file does not say.
        width: Width of the picture in pixels, 0 when the file does not say.
        height: Height of the picture in pixels, 0 when the file does not say.
        frame_rate: Of the file's time codes, or None where it has none.
        start_timecode: Of media zero where the file says one, or "".
        sha256: Hex digest of the media, or "".
    """

    cues: tuple[Cue, ...]
    written: tuple[str, ...] = ()
    name: str = ""
    format: str = ""
    data: bytes = field(default=b"", repr=False)
    text: str = field(default="", repr=False)
    blocks: tuple[SourceBlock, ...] = field(default=(), repr=False)
    left_out: tuple[SourceBlock, ...] = field(default=(), repr=False)
    timed_blocks: tuple[TimedBlock, ...] = field(default=(), repr=False)
    notes: tuple[ReadNote, ...] = ()
    unsupported: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    drawings: int = 0
    speaker_names: Mapping[str, str] = field(default_factory=dict)
    transcript: Transcript | None = None
    archive: Archive | None = field(default=None, repr=False)
    encoding: str = ""
    is_encoding_guessed: bool = False
    is_visual_order: bool = False
    language: str = ""
    title: str = ""
    duration_ms: int = 0
    width: int = 0
    height: int = 0
    frame_rate: Fraction | None = None
    start_timecode: str = ""
    sha256: str = ""

    @property
    def can_be_patched(self) -> bool:
        """Whether it is known where each cue stands, so that the file can be edited in place."""
        return len(self.blocks) == len(self.cues)

    def to_context(self) -> Context:
        """Facts of the file for a writer."""
        has_sentences = self.transcript is not None and bool(self.transcript.sentences)
        return Context(
            names=self.speaker_names,
            language=self.language,
            width=self.width,
            height=self.height,
            duration_ms=self.duration_ms,
            transcript=self.transcript if has_sentences else None,
            title=self.title,
            frame_rate=self.frame_rate,
            start_timecode=self.start_timecode,
            sha256=self.sha256,
            rtl_marks="none" if self.is_visual_order else "rlm",
            is_visual_order=self.is_visual_order,
        )


def split_lines(text: str) -> list[str]:
    """The lines of a text, ended by LF, CR LF, CR or, as damaged files have it, CR CR LF, and by nothing else."""
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


class FileContent:
    """The bytes of a file, and their text, decoded when it is first asked for.

    Attributes:
        data: The bytes.
    """

    def __init__(self, data: bytes, encoding: str = "", language: str = "") -> None:
        self.data = data
        self._encoding, self._language = encoding, language

    @cached_property
    def is_text(self) -> bool:
        """Whether the bytes can be text at all: zero bytes occur in text of 16 and 32 bits only."""
        return b"\0" not in self.data or bool(wide_encoding(self.data)) or has_stray_zeros(self.data)

    @cached_property
    def decoded(self) -> DecodedText:
        """The text, and what was found out about its encoding.

        Raises:
            ReplyError: The bytes are not text.
        """
        return decode(self.data, self._encoding, self._language)

    @property
    def text(self) -> str:
        """The text, without a byte order mark.

        Raises:
            ReplyError: The bytes are not text.
        """
        return self.decoded.text

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return split_lines(self.text)

    @cached_property
    def head(self) -> str:
        """The beginning of the text, with plain line ends, for detection; "" where the bytes are not text."""
        return "\n".join(split_lines(self.text[:20_000])) if self.is_text else ""
