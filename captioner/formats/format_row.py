"""One row of the table of formats: what a format can do, and the modules that do it.

A row is plain data, so that the table costs a command line nothing; its modules are imported when they are first used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from captioner.formats.render_context import Context, Encoding
from captioner.model import Cue

if TYPE_CHECKING:
    from captioner.formats.text.charset import Charset

__all__ = ["Format", "Writer"]

Writer = Callable[[Sequence[Cue], Context], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """One caption format.

    Attributes:
        name: What `--format` takes and `CaptionFile.format` says.
        title: Its name in a sentence.
        extensions: Endings of its files without the dot; files are written with the first.
        media_type: For HTTP and for e-mail.
        reader: Module of this package that declares `detect` and `read`, or "" for a format that is only written.
            It may declare `markup_fault` and `markup_faults_in_file` as well.
        writer: Module of this package that declares `render` and `SUPPORTS`, or "" for a format that is only read. It
            may declare `unsupported_in` and `charset` as well.
        patcher: Module of this package that declares `patch_block`, or "" where a file cannot be edited in place.
        encodings: Encodings the format may be had in, the writer's own first, none when it is binary; see
            `output_encoding.encode`.
        line_ends: Whether its line ends may be chosen.
        vertical: Whether it has vertical writing.
        karaoke: Whether it can light up word by word.
        counts_frames: Whether its times count frames.
        starts_at_timecode: Whether its times begin at the time code of the media's first frame.
        names_rate: Whether a file is another one at another frame rate.
        has_picture_size: Whether a file is another one for another size of the picture.
        speaker_colours: Whether it has colours for speakers, always or where it is asked.
        has_few_characters: Whether it has codes for some characters only, so that others are spelled otherwise.
        is_prose: Whether it is a transcript for reading: turns with times in seconds, and no captions.
        names_language: Whether a file must say its language.
        time_step_ms: Smallest difference of two times.
        needs_direction_marks: Whether right-to-left lines are held in order by marks in the text, because there is no
            field for direction.
        has_references: Whether its text writes `&`, `<` and the like as character references.
        is_sent: Whether captions are sent, two bytes a frame, so that they have to be fitted to the time that takes.
        own_styling: Whether a file brings fonts, sizes and outlines that are lost when it is written anew.
        word_times: Whether a file has the times of words, whatever is asked for.
        libass_draws_it: Whether `captioner burn` draws a file as it is.
        matroska_codec: What Matroska stores files of this format as without a change, or "".
        second_reader: Library whose reading captions are checked against, or "".
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    media_type: str
    reader: str = ""
    writer: str = ""
    patcher: str = ""
    encodings: tuple[Encoding, ...] = ("utf-8",)
    line_ends: bool = True
    vertical: bool = False
    karaoke: bool = False
    counts_frames: bool = False
    starts_at_timecode: bool = False
    names_rate: bool = False
    has_picture_size: bool = False
    speaker_colours: bool = False
    has_few_characters: bool = False
    is_prose: bool = False
    names_language: bool = False
    time_step_ms: int = 1
    needs_direction_marks: bool = False
    has_references: bool = False
    is_sent: bool = False
    own_styling: bool = False
    word_times: bool = False
    libass_draws_it: bool = False
    matroska_codec: Literal["", "srt", "ass"] = ""
    second_reader: Literal["", "pysubs2", "webvtt-py"] = ""

    @property
    def extension(self) -> str:
        """Ending of the files that are written."""
        return self.extensions[0]

    @property
    def render(self) -> Writer:
        """Cues in order of their start, and the context, to the bytes of the file."""
        render: Writer = self._module(self.writer).render
        return render

    @property
    def supports(self) -> frozenset[str]:
        """The features of captions that the format can hold; see `capabilities`."""
        supports: frozenset[str] = self._module(self.writer).SUPPORTS
        return supports

    def unsupported_in(self, cue: Cue, context: Context) -> Iterable[str]:
        """Features that the writer cannot write in one cue although the format supports them in others."""
        own = getattr(self._module(self.writer), "unsupported_in", None)
        return () if own is None else own(cue, context)

    def charset(self, texts: Sequence[str]) -> Charset | None:
        """The characters of the format for a file of these texts; None when it has all of Unicode as it is."""
        own = getattr(self._module(self.writer), "charset", None)
        return None if own is None else own(texts)

    def markup_fault(self, written: str) -> str:
        """A fault in the text of a caption as written that programs take for structure, or ""."""
        own = getattr(self._module(self.reader), "markup_fault", None)
        return "" if own is None else own(written)

    def markup_faults_in_file(self, text: str) -> Iterable[tuple[int, str]]:
        """Such faults in the text of a whole file: their number and a description."""
        own = getattr(self._module(self.reader), "markup_faults_in_file", None)
        return () if own is None else own(text)

    def _module(self, name: str) -> ModuleType:
        return import_module(f"captioner.formats.{name}")
