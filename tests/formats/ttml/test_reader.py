"""TTML is read by its timing model and its white space; what is guessed or never shown is told."""

from __future__ import annotations

import pytest

from captioner.errors import ReplyError
from captioner.formats import CaptionFile, read

NAMES = (
    'xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" '
    'xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"'
)


def found(body: str, head: str = "", root: str = "") -> CaptionFile:
    return read(f"<tt {NAMES} {root}><head>{head}</head><body>{body}</body></tt>".encode(), "a.ttml")


def captions(file: CaptionFile) -> list[tuple[int, int, str]]:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in file.cues]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            '<div timeContainer="seq"><p dur="2s">A</p><p dur="3s">B</p><p begin="1s" dur="2s">C</p></div>',
            [(0, 2000, "A"), (2000, 5000, "B"), (6000, 8000, "C")],
        ),
        (
            '<div begin="10s" timeContainer="seq"><p dur="2s">A</p><p begin="1s" end="3s">B</p></div>'
            '<div begin="20s"><p begin="1s" end="2s">C</p></div>',
            [(10000, 12000, "A"), (13000, 15000, "B"), (21000, 22000, "C")],
        ),
        (
            '<div><p begin="10s" end="20s"><span end="2s">A </span><span begin="2s">B</span></p></div>',
            [(10000, 12000, "A"), (12000, 20000, "B")],
        ),
        (
            '<div><p begin="10s" timeContainer="seq"><span dur="2s">A </span><span dur="1s">B</span></p></div>',
            [(10000, 12000, "A"), (12000, 13000, "B")],
        ),
        ('<div end="9s"><p begin="1s">A</p></div>', [(1000, 9000, "A")]),
        ('<div><p begin="1s" dur="5s" end="3s">A</p></div>', [(1000, 3000, "A")]),
    ],
)
def test_times_are_those_of_the_containers(body: str, shown: list[tuple[int, int, str]]) -> None:
    file = found(body)
    assert (captions(file), file.notes) == (shown, ())


@pytest.mark.parametrize(
    ("begin", "end", "start_ms", "end_ms"),
    [
        ("0:0:1.5", "0:00:03", 1500, 3000),
        ("00:00:01,500", "00:00:03,250", 1500, 3250),
        ("22.402", "24", 22402, 24000),
        ("1:28.630", "1:30.1", 88630, 90100),
        ("1500ms", "0.05m", 1500, 3000),
        ("00:00:01:15", "00:00:02:00", 1500, 2000),  # 30 frames a second where the file says nothing
        ("1h", "1.001h", 3_600_000, 3_603_600),
    ],
)
def test_times_are_read_in_any_spelling(begin: str, end: str, start_ms: int, end_ms: int) -> None:
    assert captions(found(f'<div><p begin="{begin}" end="{end}">A</p></div>')) == [(start_ms, end_ms, "A")]


def test_frames_are_those_of_the_file() -> None:
    rate = 'ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"'
    assert captions(found('<div><p begin="24f" end="48f">A</p></div>', root=rate)) == [(1001, 2002, "A")]


def test_an_open_end_lasts_to_the_next_caption_or_by_its_length_and_is_told() -> None:
    file = found('<div><p begin="1s">A</p><p begin="4s" end="5s">B</p><p begin="6s">C</p></div>')
    assert captions(file) == [(1000, 4000, "A"), (4000, 5000, "B"), (6000, 7500, "C")]
    assert [note.message for note in file.notes] == [
        "captions 1, 3 without an end; it lasts to the next one, the last by its length"
    ]


def test_a_time_that_cannot_be_read_is_told_with_its_paragraph() -> None:
    file = found('<div><p begin="1s" end="2s">A</p><p begin="foo" end="3s">B</p></div>')
    assert captions(file) == [(1000, 2000, "A")]
    [note] = file.notes
    assert (note.message, note.is_fault) == ("paragraph 2 with a time that cannot be read; left out", True)


def test_times_of_a_region_hold_for_what_is_in_it() -> None:
    region = '<layout><region xml:id="r" begin="3s" end="5s"/></layout>'
    assert captions(found('<div><p region="r" begin="1s" end="9s">A</p></div>', region)) == [(3000, 5000, "A")]


@pytest.mark.parametrize("look", ['tts:display="none"', 'tts:visibility="hidden"', 'tts:opacity="0"'])
def test_what_is_never_shown_is_no_caption_and_told(look: str) -> None:
    file = found(f'<div><p begin="1s" end="2s" {look}>A</p><p begin="3s" end="4s"><span {look}>x</span>B</p></div>')
    assert captions(file) == [(3000, 4000, "B")]
    assert [note.message for note in file.notes] == ["paragraph 1 never shown, by time or style; left out"]


def test_only_white_space_of_xml_is_collapsed() -> None:
    text = "Vraiment\u202f? Oui\u00a0!\u3000ja  or\n   no"
    assert captions(found(f'<div><p begin="1s" end="2s">{text}</p></div>')) == [
        (1000, 2000, "Vraiment\u202f? Oui\u00a0!\u3000ja or no")
    ]
    mixed = 'Did...<span tts:fontStyle="italic">he</span> ask?'
    assert found(f'<div><p begin="1s" end="2s">{mixed}</p></div>').cues[0].text == "Did...he ask?"


def test_words_of_a_song_keep_their_times() -> None:
    spans = '<span begin="9.5" end="10">Hello</span> <span begin="10" end="12.1">there</span>'
    file = found(f'<div begin="9.5" end="0:15"><p begin="9.5" end="12.1">{spans}</p></div>')
    assert captions(file) == [(9500, 12100, "Hello there")]
    assert [(word.text.strip(), word.start_ms, word.end_ms) for word in file.cues[0].lines[0].words] == [
        ("Hello", 9500, 10000),
        ("there", 10000, 12100),
    ]


def test_an_agent_is_the_speaker() -> None:
    agent = '<metadata><ttm:agent xml:id="a" type="person"><ttm:name type="full">Anna</ttm:name></ttm:agent></metadata>'
    assert found('<div><p begin="1s" end="2s" ttm:agent="a">A</p></div>', agent).cues[0].speaker == "Anna"


def test_a_bare_ampersand_is_mended_and_other_faults_are_named() -> None:
    file = found('<div><p begin="1s" end="2s">A & B</p></div>')
    assert captions(file) == [(1000, 2000, "A & B")]
    assert file.notes[0].is_fault
    with pytest.raises(ReplyError, match=r"line 1 is not XML \(column \d+\)"):
        found('<div><p begin="1s" end="2s">A</div>')
