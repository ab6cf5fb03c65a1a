import ast
import subprocess
import sys
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import captioner
from captioner.errors import ConfigError, FormatError
from captioner.formats import ALL_FORMATS, FORMATS, Context, read, render
from captioner.model import Cue, Line, Transcript
from tests.formats import hostile


def cue(start, end, text="x"):
    return Cue(start, end, (Line(text),))


def test_the_table_names_every_format_once():
    assert {"srt", "vtt", "ass", "txt", "json"} <= set(FORMATS)
    for name, format_ in FORMATS.items():
        assert name == format_.name
        assert format_.extension == format_.extension.lower().strip(".")
        assert "/" in format_.media_type


def test_an_unknown_format_is_refused_with_the_list_of_known_ones():
    with pytest.raises(ConfigError, match=r"'doc' is unknown; choose one of srt, vtt, ass, ttml, "):
        render([], "doc", Context())


@pytest.mark.parametrize("span", [(5, 5), (6, 5), (-1, 5)])
@pytest.mark.parametrize("name", FORMATS)
def test_a_cue_that_lasts_no_time_is_refused_by_every_format(name, span):
    with pytest.raises(FormatError, match="caption 2 lasts"):
        render([cue(0, 1), cue(*span)], name, Context())


@pytest.mark.parametrize("name", ["srt", "vtt", "ass"])
def test_cues_are_written_by_start_whatever_order_they_come_in(name):
    late_first = render([cue(5000, 6000, "b"), cue(0, 1000, "a")], name, Context())
    assert late_first == render([cue(0, 1000, "a"), cue(5000, 6000, "b")], name, Context())


@pytest.mark.parametrize("name", FORMATS)
def test_no_cues_make_a_whole_file_of_every_format(name):
    context = Context(transcript=Transcript(()), language="en", frame_rate=Fraction(25))
    assert render([], name, context).count(b"-->") == 0


@given(hostile.cues(), st.sampled_from(sorted(FORMATS)))
def test_the_same_cues_are_always_the_same_bytes(cues, name):
    context = Context(names={"0": "Anna"}, language="ar", frame_rate=Fraction(25))
    assert _outcome(cues, name, context) == _outcome(tuple(cues), name, context)


def _outcome(cues, name, context):
    """The bytes, or the words of the refusal."""
    try:
        return render(cues, name, context)
    except FormatError as error:
        return str(error)


@given(hostile.cues(), st.sampled_from(sorted(FORMATS)))
def test_a_refusal_is_one_line_and_names_the_caption(cues, name):
    outcome = _outcome(cues, name, Context(language="en", frame_rate=Fraction(25)))
    assert isinstance(outcome, bytes) or ("caption" in outcome and "\n" not in outcome and len(outcome) < 250)


# What a row says and what its modules declare are one thing.


@pytest.mark.parametrize("row", ALL_FORMATS.values(), ids=ALL_FORMATS)
def test_the_modules_of_a_row_declare_what_the_row_says(row):
    assert row.reader or row.writer
    if row.reader:
        reader = import_module(f"captioner.formats.{row.reader}")
        assert callable(reader.detect)
        assert callable(reader.read)
    if row.writer:
        assert callable(row.render)
        assert isinstance(row.supports, frozenset)
    if row.patcher:
        assert callable(import_module(f"captioner.formats.{row.patcher}").patch_block)


@pytest.mark.parametrize("row", FORMATS.values(), ids=FORMATS)
def test_what_is_written_is_detected_as_that_format_without_its_name(row):
    if not row.reader:
        pytest.skip("only written")
    data = render([cue(2000, 4000, "Hello there.")], row.name, Context(language="en", frame_rate=Fraction(25)))
    found = read(data, "-")
    assert ALL_FORMATS[found.format].reader == row.reader
    assert [each.text for each in found.cues] == ["Hello there."]
    assert read(data, f"talk.{row.extension}").notes == ()


@pytest.mark.process
def test_one_format_does_not_load_the_others():
    program = (
        "import sys; from captioner.formats import read, render\n"
        "render(read(b'1\\n00:00:01,000 --> 00:00:02,000\\nHi\\n', 'a.srt').cues, 'vtt')\n"
        "print(*(name for name in sys.modules if name.startswith('captioner.formats.')))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    families = {name.split(".")[2] for name in loaded} & {"srt", "vtt", "ass", "ttml", "stl", "scc", "json", "legacy"}
    assert families == {"srt", "vtt"}


# The names of formats are known to their own code only: what else there is to know of one is in its row.

PACKAGE = Path(captioner.__file__).parent


def _comparisons(path):
    """Every comparison and case of a module with a text that is the name of a format, by its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        else:
            continue
        for part in parts:
            for each in getattr(part, "elts", [part]):
                if isinstance(each, ast.Constant) and each.value in ALL_FORMATS:
                    yield node.lineno, each.value


def test_nothing_compares_the_name_of_a_format():
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, name in _comparisons(path)
    ]
    assert found == []


def test_the_scan_sees_a_comparison(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("if name == 'ass' or kind in ('srt', 'x'):\n    pass\nmatch name:\n    case 'vtt':\n        pass\n")
    assert sorted(_comparisons(path)) == [(1, "ass"), (1, "srt"), (4, "vtt")]
