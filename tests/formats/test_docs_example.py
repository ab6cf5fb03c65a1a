"""The example in "Adding a format" is run as it stands in the docs."""

import io
import re
import sys
import textwrap
from pathlib import Path
from types import ModuleType

import pytest
import webvtt
from hypothesis import given

from captioner.formats import FORMATS, Format, render, table
from captioner.formats.output_encoding import encode
from captioner.model import Cue, Line
from tests.formats import hostile

DOCS = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
MODULE, ROW = (
    textwrap.dedent(block)
    for block in re.findall(
        r"^ +```python\n(.*?)^ +```$",
        DOCS.read_text("utf-8").partition("## Adding a format")[2],
        re.DOTALL | re.MULTILINE,
    )
)


@pytest.fixture(scope="module", autouse=True)
def _added():
    """The format as somebody has added it who followed the docs."""
    module = ModuleType("captioner.formats.sbv")
    exec(compile(MODULE, "sbv.py", "exec"), module.__dict__)
    sys.modules["captioner.formats.sbv"] = module
    row = eval(ROW, {"Format": Format, "_ANY": table._ANY})
    FORMATS[row.name] = row
    yield
    del FORMATS[row.name], sys.modules["captioner.formats.sbv"]


def read(data):
    captions = webvtt.from_buffer(io.StringIO(data.decode("utf-8")), format="sbv")
    return [
        (caption.start_time.in_milliseconds(), caption.end_time.in_milliseconds(), tuple(caption.lines))
        for caption in captions
    ]


@given(hostile.cues())
def test_webvtt_py_reads_back_what_the_example_writes(cues):
    data = render(cues, "sbv")
    wanted = hostile.wanted(cues, lambda line: line.printed)
    assert (read(data) if data else []) == wanted  # webvtt-py refuses an empty file


def test_the_example_is_a_format_like_the_others():
    data = render([Cue(0, 1000, (Line("大家好"),))], "sbv")
    assert data == "00:00:00.000,00:00:01.000\n大家好\n".encode()
    assert encode(data, FORMATS["sbv"], encoding="gb18030", newline="crlf").decode("gb18030").endswith("\r\n")
    assert FORMATS["sbv"].extension == "sbv"
