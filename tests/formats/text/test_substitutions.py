"""Characters that a format lacks: refused, or spelled as the user chose and told; never lost in silence."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.errors import ConfigError, FormatError
from captioner.formats import FORMATS, Context, render
from captioner.formats.text.substitutions import Spelling, parse_spellings, spelled, spelling_table
from captioner.model import Cue, Line, StyledSpan, TextStyle
from tests.formats import hostile, readers

DOCS = Path(__file__).resolve().parents[3] / "docs" / "formats.md"
LIMITED = ["scc", "stl", "stl-teletext"]
CONTEXT = Context(start_timecode="01:00:00:00")


def cue(*texts, start=10_000, end=13_000, label=""):
    return Cue(start, end, tuple(Line(text, label=label) for text in texts))


def row(format_):
    return FORMATS[format_]


def told(cues, format_, spelling):
    changed, issues = spelled(cues, format_, spelling)
    return changed, [issue.message for issue in issues]


@pytest.mark.parametrize("format_", LIMITED)
@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Řek", "Rek"),
        ("Việt Nam", "Viet Nam"),
        ("ＡＢ１", "AB1"),
        ("♫ la ♫", "♪ la ♪"),
        ("7 ≤ 9 ✓", "7 <= 9 OK"),
        ("「ja」", "“ja”"),
        ("ə", "e"),
    ],
)
def test_the_table_spells_what_has_a_plain_spelling(format_, text, written):
    changed, messages = told([cue(text)], row(format_), Spelling(by_table=True))
    expected = text if format_ != "scc" and text == "Řek" else written  # ISO 6937 has the letter
    assert changed[0].lines[0].text == expected
    assert len(messages) == len({char for char in text if char not in expected})
    assert render(changed, format_, CONTEXT)


@pytest.mark.parametrize("format_", LIMITED)
def test_without_being_asked_the_writer_refuses_and_names_characters_and_flags(format_):
    changed, messages = told([cue("♫ 你好")], row(format_), Spelling())
    assert not messages
    with pytest.raises(FormatError, match=r"caption 1 .* no code for: ♫ 你 好; --substitute .* --spell ♫=…"):
        render(changed, format_, CONTEXT)


@pytest.mark.parametrize("format_", LIMITED)
def test_what_no_table_spells_stays_an_error_until_the_user_spells_it(format_):
    changed, _ = told([cue("♫ 你好")], row(format_), Spelling(by_table=True))
    with pytest.raises(FormatError, match="no code for: 你 好;"):
        render(changed, format_, CONTEXT)
    changed, messages = told([cue("♫ 你好")], row(format_), Spelling(by_table=True, own={"你好": "Ni hao"}))
    assert changed[0].lines[0].text == "♪ Ni hao"
    name = "SCC" if format_ == "scc" else "EBU STL"
    assert messages == [
        f"“你好” is written “Ni hao” in {name} once: caption 1",
        f"“♫” is written “♪” in {name} once: caption 1",
    ]


def test_counts_and_captions_are_told_and_many_are_summed_up():
    cues = [cue("♫♫", start=at * 10_000, end=at * 10_000 + 3000) for at in range(1, 9)]
    assert told(cues, row("scc"), Spelling(by_table=True))[1] == [
        "“♫” is written “♪” in SCC 16 times: captions 1, 2, 3, 4, 5 and 3 more"
    ]


def test_labels_are_spelled_too_and_italics_stay_round_their_words():
    line = Line("Řekl ♫≤ ano", label="Řehoř:", spans=(StyledSpan(5, 7, TextStyle(italic=True)),))
    changed, _ = spelled([Cue(0, 1000, (line,))], row("scc"), Spelling(by_table=True))
    (line,) = changed[0].lines
    assert (line.label, line.text) == ("Rehor:", "Rekl ♪<= ano")
    assert line.text[line.spans[0].start : line.spans[0].end] == "♪<="


@pytest.mark.parametrize(
    ("format_", "text", "pairs"),
    [
        ("scc", "a… „b“", [("…", "..."), ("„", '"')]),
        ("stl", "Привет — мир “x”", [("—", "-"), ("“", '"'), ("”", '"')]),
        ("srt", "{x} a < b <i>c", [("{", "｛"), ("}", "｝"), ("<", "‹"), (">", "›")]),
        ("srt", "a --> b", [("-->", "→")]),
        ("ass", "{x}\\N", [("{", "｛"), ("}", "｝")]),
        ("vtt", "{x} <i> --> …", []),
        ("ttml", "{x} <i> --> …", []),
    ],
)
def test_what_a_writer_respells_unasked_is_told_and_is_what_it_writes(format_, text, pairs):
    changed, messages = told([cue(text)], row(format_), Spelling())
    assert changed[0].lines[0].text == text
    assert [re.findall("“(.+?)” is written “(.+?)” in", message)[0] for message in messages] == pairs
    data = render(changed, format_, CONTEXT)
    if format_ in ("srt", "ass"):
        assert all(written in data.decode() for _, written in pairs)


WORLD = st.one_of(hostile.texts, st.text(st.characters(codec="utf-8"), max_size=20))


@given(WORLD)
def test_after_the_table_every_format_writes_it_or_names_what_is_left(text):
    for format_ in LIMITED:
        changed, issues = spelled([cue(text)], row(format_), Spelling(by_table=True))
        again, more = spelled(changed, row(format_), Spelling(by_table=True))
        assert again == changed
        assert len(more) <= len(issues)
        lacking = [issue for issue in more if issue not in issues]
        assert not lacking


@given(
    st.text(st.sampled_from(sorted(set(spelling_table()) - set("Ґґ"))), min_size=1, max_size=8)
)  # of other alphabets
def test_ttconv_reads_the_very_spelling_that_was_told(text):
    changed, _ = spelled([cue(f"éñü{text}àöç")], row("stl"), Spelling(by_table=True))
    (shown,) = readers.ttconv_stl(render(changed, "stl", Context()))
    written = changed[0].lines[0].text.replace("Ω", "\u2126").replace("Đ", "Ð")
    assert "".join(shown.lines) == written


def test_the_table_spells_single_characters_in_what_scc_or_stl_can_hold():
    for char, ways in spelling_table().items():
        assert len(char) == 1
        assert unicodedata.normalize("NFC", char) == char
        assert ways
        changed, _ = spelled([cue(char)], row("scc"), Spelling(by_table=True))
        if char not in "Ґґ":  # for Cyrillic files of STL
            assert render(changed, "scc", CONTEXT)


def test_the_docs_show_the_whole_table():
    shown = DOCS.read_text("utf-8").partition("spellings.toml")[2].partition("## ")[0]
    for char, ways in spelling_table().items():
        assert all(f"`{each}`" in shown or f"`` {each} ``" in shown for each in (char, *ways)), char


def test_formats_with_a_charset_are_the_ones_the_docs_name():
    have = {name for name, row in FORMATS.items() if row.charset(["text"]) is not None}
    assert have == {"scc", "stl", "stl-teletext", "srt", "ass"}


def test_own_spellings_are_read_and_contradictions_refused():
    assert parse_spellings(["♫=#", "a=b=c", "==", "x="]) == {"♫": "#", "a": "b=c", "=": "", "x": ""}
    for wrong in (["♫"], ["=x"], ["a=1", "a=2"]):
        with pytest.raises(ConfigError, match="spell"):
            parse_spellings(wrong)
