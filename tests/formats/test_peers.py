"""Who reads what we write: every writer before every reader there is for it, and the table of it in the docs.

A reader's own fault is named here; the file is never bent to it.
"""

import html
import re
from fractions import Fraction
from functools import partial
from pathlib import Path

import pycaption
import pytest
import ttconv.srt.reader
import ttconv.vtt.reader

from captioner.formats import FORMATS, Context, render
from captioner.model import Cue, Line
from tests.formats import readers

DOCS = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
CONTEXT = Context(language="en", names={"0": "Anna", "1": "Bo"}, frame_rate=Fraction(25))
LATIN = [
    Cue(10_000, 12_000, (Line("Good evening, Ana", speaker="0", label="Anna:"), Line("second line", speaker="0"))),
    Cue(15_000, 16_520, (Line("café", speaker="1", label="Bo:"),)),
]
WORLD = [
    Cue(10_000, 12_000, (Line("1 < 2 & 3, Größe", speaker="0", label="Anna:"), Line("大家好，欢迎", speaker="0"))),
    Cue(15_000, 16_520, (Line("naïve 日本語", speaker="1", label="Bo:"),)),
]

FFMPEG, PYSUBS2, WEBVTT, TTCONV, PYCAPTION = "FFmpeg", "pysubs2", "webvtt-py", "ttconv", "pycaption"
READERS = {
    ("srt", FFMPEG): partial(readers.ffmpeg, demuxer="srt"),
    ("srt", PYSUBS2): readers.pysubs2_any,
    ("srt", WEBVTT): readers.webvtt_py_srt,
    ("srt", TTCONV): partial(readers.ttconv_text, module=ttconv.srt.reader),
    ("srt", PYCAPTION): partial(readers.pycaption_reader, reader=pycaption.SRTReader),
    ("vtt", FFMPEG): partial(readers.ffmpeg, demuxer="webvtt"),
    ("vtt", PYSUBS2): readers.pysubs2_any,
    ("vtt", WEBVTT): readers.webvtt_py,
    ("vtt", TTCONV): partial(readers.ttconv_text, module=ttconv.vtt.reader),
    ("vtt", PYCAPTION): partial(readers.pycaption_reader, reader=pycaption.WebVTTReader),
    ("ass", FFMPEG): partial(readers.ffmpeg, demuxer="ass"),
    ("ass", PYSUBS2): readers.pysubs2_any,
    ("sbv", WEBVTT): readers.webvtt_py_sbv,
    ("ttml", PYSUBS2): readers.pysubs2_any,
    ("ttml", TTCONV): readers.ttconv_ttml,
    ("ttml", PYCAPTION): partial(readers.pycaption_reader, reader=pycaption.DFXPReader),
    ("ttml1", PYSUBS2): readers.pysubs2_any,
    ("ttml1", TTCONV): readers.ttconv_ttml,
    ("ttml1", PYCAPTION): partial(readers.pycaption_reader, reader=pycaption.DFXPReader),
    ("ebu-tt-d", PYSUBS2): readers.pysubs2_any,
    ("ebu-tt-d", TTCONV): readers.ttconv_ttml,
    ("ebu-tt-d", PYCAPTION): partial(readers.pycaption_reader, reader=pycaption.DFXPReader),
    ("itt", TTCONV): readers.ttconv_ttml,
    ("itt", PYCAPTION): partial(readers.pycaption_reader, reader=pycaption.DFXPReader),
    ("stl", TTCONV): readers.ttconv_stl,
    ("stl-teletext", TTCONV): readers.ttconv_stl,
    ("scc", TTCONV): readers.ttconv_scc,
    ("scc", PYCAPTION): partial(readers.pycaption_reader, reader=pycaption.SCCReader),
    ("scc", FFMPEG): partial(readers.ffmpeg, demuxer="scc"),
}

# Readers that cannot be asked about a format they claim, and why.
REFUSED = {
    ("itt", PYSUBS2): "pysubs2 1.8.1 knows no times in frames",
}
# What a reader does to text or times that are right in the file.
OWN_WAYS = {
    ("vtt", PYSUBS2): html.unescape,  # hands references on as they are written
    ("vtt", PYCAPTION): lambda text: re.sub(r"^(Anna|Bo): ", "", text),  # prints a voice as a label
}
#: FFmpeg 7 tells a caption of CEA-608 when it is erased; pycaption and ttconv count whole frames at 29.97.
LATE = {("scc", FFMPEG)}
FRAME_MS = 34


def plain(text):
    """What a viewer reads: without layout tags, spaces of placing, and the look-alikes of SRT."""
    text = re.sub(r"\{\\[^}]*\}|\\h", "", text.replace("\\N", "\n"))
    return [" ".join(line.split()) for line in text.replace("\u00a0", " ").split("\n") if line.strip()]


@pytest.mark.integration
@pytest.mark.parametrize(("name", "reader"), READERS)
def test_every_reader_reads_what_was_written(name, reader):
    cues = LATIN if name in ("scc", "stl", "stl-teletext") else WORLD
    read = READERS[name, reader](render(cues, name, CONTEXT))
    says_speaker = name not in ("vtt", "ass")
    own_way = OWN_WAYS.get((name, reader), str)
    assert [plain(own_way("\n".join(shown.lines))) for shown in read] == [
        [line.printed if says_speaker else line.text for line in cue.lines] for cue in cues
    ]
    if (name, reader) not in LATE:
        times = [(shown.start_ms, shown.end_ms) for shown in read]
        for (start, end), cue in zip(times, cues, strict=True):
            assert abs(start - cue.start_ms) <= FRAME_MS
            assert abs(end - cue.end_ms) <= FRAME_MS


@pytest.mark.parametrize(("name", "reader"), REFUSED)
def test_the_readers_that_refuse_still_do(name, reader):
    ask = readers.pysubs2_any if reader == PYSUBS2 else partial(readers.pycaption_reader, reader=pycaption.DFXPReader)
    with pytest.raises((NotImplementedError, pycaption.exceptions.CaptionReadNoCaptions)):
        ask(render(WORLD, name, CONTEXT))


def test_the_table_in_the_docs_is_this_one():
    table = DOCS.read_text("utf-8").partition("## Who reads what")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")
    ]
    head, shown = rows[0], {row[0].strip("`"): row for row in rows[2:]}
    assert set(shown) == set(FORMATS)
    for name, row in shown.items():
        for reader in (FFMPEG, PYSUBS2, WEBVTT, TTCONV, PYCAPTION):
            cell = row[head.index(reader)]
            assert (cell == "reads") == ((name, reader) in READERS), (name, reader)
            assert (cell == "refuses") == ((name, reader) in REFUSED), (name, reader)
        assert any(cell not in ("", "refuses") for cell in row[1:]), f"nobody reads {name}"
