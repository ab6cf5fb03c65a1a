"""Table of caption formats: one row a format, read or written or both."""

from __future__ import annotations

from collections.abc import Mapping

from captioner.errors import ConfigError
from captioner.formats.format_row import Format
from captioner.formats.render_context import Encoding

__all__ = ["ALL_FORMATS", "FORMATS", "find_writable"]

_ANY: tuple[Encoding, ...] = ("utf-8", "utf-8-sig", "utf-16le", "gb18030")
_UTF_8: tuple[Encoding, ...] = ("utf-8", "utf-8-sig")
_BINARY: tuple[Encoding, ...] = ()
_TTML = "application/ttml+xml"
_STL = "application/x-ebu-stl"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_ROWS = (
    Format(
        "srt",
        "SRT",
        ("srt",),
        "application/x-subrip",
        reader="srt.reader",
        writer="srt.writer",
        patcher="srt.writer",
        encodings=_ANY,
        needs_direction_marks=True,
        matroska_codec="srt",
        second_reader="pysubs2",
    ),
    Format(
        "vtt",
        "WebVTT",
        ("vtt", "webvtt"),
        "text/vtt",
        reader="vtt.reader",
        writer="vtt.writer",
        patcher="vtt.writer",
        encodings=_UTF_8,
        vertical=True,
        karaoke=True,
        has_references=True,
        second_reader="webvtt-py",
        speaker_colours=True,
    ),
    Format(
        "ass",
        "ASS",
        ("ass",),
        "text/x-ssa",
        reader="ass.reader",
        writer="ass.writer",
        patcher="ass.patcher",
        encodings=_ANY,
        vertical=True,
        karaoke=True,
        time_step_ms=10,
        needs_direction_marks=True,
        own_styling=True,
        libass_draws_it=True,
        matroska_codec="ass",
        second_reader="pysubs2",
        speaker_colours=True,
        has_picture_size=True,
    ),
    Format(
        "ttml",
        "TTML",
        ("ttml",),
        _TTML,
        reader="ttml.reader",
        writer="ttml.imsc",
        has_picture_size=True,
    ),
    Format(
        "ttml1",
        "TTML 1",
        ("dfxp",),
        _TTML,
        reader="ttml.reader",
        writer="ttml.ttml1",
        names_language=True,
        names_rate=True,
    ),
    Format(
        "ebu-tt-d",
        "EBU-TT-D",
        ("xml",),
        _TTML,
        reader="ttml.reader",
        writer="ttml.ebu_tt_d",
        speaker_colours=True,
        has_picture_size=True,
    ),
    Format(
        "scc",
        "SCC",
        ("scc",),
        "text/x-scc",
        reader="scc.reader",
        writer="scc.writer",
        is_sent=True,
        counts_frames=True,
        starts_at_timecode=True,
        has_few_characters=True,
    ),
    Format(
        "stl",
        "EBU STL",
        ("stl",),
        _STL,
        reader="stl.reader",
        writer="stl.writer",
        encodings=_BINARY,
        line_ends=False,
        counts_frames=True,
        starts_at_timecode=True,
        names_rate=True,
        has_few_characters=True,
    ),
    Format(
        "stl-teletext",
        "EBU STL for teletext",
        ("stl",),
        _STL,
        reader="stl.reader",
        writer="stl.teletext",
        encodings=_BINARY,
        line_ends=False,
        counts_frames=True,
        starts_at_timecode=True,
        names_rate=True,
        has_few_characters=True,
        speaker_colours=True,
    ),
    Format(
        "fcpxml",
        "Final Cut Pro XML",
        ("fcpxml",),
        "application/xml",
        writer="fcpxml",
        names_language=True,
        counts_frames=True,
        starts_at_timecode=True,
        names_rate=True,
        has_picture_size=True,
        speaker_colours=True,
    ),
    Format(
        "itt",
        "iTT",
        ("itt",),
        _TTML,
        reader="ttml.reader",
        writer="ttml.itt",
        names_language=True,
        counts_frames=True,
        names_rate=True,
    ),
    Format(
        "avid",
        "Avid DS captions",
        ("avid.txt",),
        "text/plain",
        writer="avid",
        encodings=_ANY,
        counts_frames=True,
        starts_at_timecode=True,
        names_rate=True,
    ),
    Format(
        "txt",
        "plain text",
        ("txt",),
        "text/plain",
        writer="txt",
        encodings=_ANY,
        is_prose=True,
    ),
    Format(
        "md",
        "Markdown",
        ("md",),
        "text/markdown",
        writer="md",
        encodings=_UTF_8,
        is_prose=True,
    ),
    Format(
        "docx",
        "Word",
        ("docx",),
        _WORD,
        writer="docx",
        encodings=_BINARY,
        line_ends=False,
        is_prose=True,
    ),
    Format("sbv", "SBV", ("sbv",), "text/plain", reader="sbv", writer="sbv", second_reader="webvtt-py"),
    Format(
        "lrc",
        "LRC",
        ("lrc",),
        "text/plain",
        reader="lrc",
        writer="lrc",
        encodings=_UTF_8,
        karaoke=True,
        time_step_ms=10,
    ),
    Format("csv", "CSV", ("csv",), "text/csv", reader="csv", writer="csv", encodings=_ANY, line_ends=False),
    Format(
        "json",
        "captioner's JSON",
        ("json",),
        "application/json",
        reader="json",
        writer="json",
        word_times=True,
        counts_frames=True,
        starts_at_timecode=True,
        names_rate=True,
        has_picture_size=True,
    ),
    # Read only.
    Format(
        "ssa",
        "SSA",
        ("ssa",),
        "text/x-ssa",
        reader="ass.reader",
        patcher="ass.patcher",
        time_step_ms=10,
        needs_direction_marks=True,
        own_styling=True,
    ),
    Format("microdvd", "MicroDVD", ("sub",), "text/plain", reader="legacy.microdvd"),
    Format("mpl2", "MPL2", ("mpl", "mpl2"), "text/plain", reader="legacy.mpl2"),
    Format("sami", "SAMI", ("smi", "sami"), "application/x-sami", reader="legacy.sami"),
    Format("tmplayer", "TMPlayer", ("tmp",), "text/plain", reader="legacy.tmplayer"),
)

#: Every format by its name.
ALL_FORMATS: Mapping[str, Format] = {row.name: row for row in _ROWS}
#: The formats that can be written, by name.
FORMATS: Mapping[str, Format] = {name: row for name, row in ALL_FORMATS.items() if row.writer}


def find_writable(name: str) -> Format:
    """A format that can be written, by its name.

    Raises:
        ConfigError: It is unknown, or only read.
    """
    if name not in FORMATS:
        fault = "is only read" if name in ALL_FORMATS else "is unknown"
        raise ConfigError(f"format {name!r} {fault}; choose one of {', '.join(FORMATS)}")
    return FORMATS[name]
