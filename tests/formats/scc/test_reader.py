"""SCC as it is exchanged: the three ways to caption, doubled commands, parity, characters, channels; against others."""

from __future__ import annotations

from fractions import Fraction

import pycaption
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.errors import ReplyError
from captioner.formats import CaptionFile, ReadOptions, read, render
from captioner.formats.render_context import Context
from captioner.formats.scc.cea608 import CHARACTERS, EXTENDED_CHARACTERS, SPECIAL_CHARACTERS
from captioner.model import Cue, Line, Placement, TextStyle
from tests.formats import readers

HEAD = "Scenarist_SCC V1.0\n\n"


def parity(byte: int) -> int:
    return byte if byte.bit_count() % 2 else byte | 0x80


def words(text: str) -> str:
    """Standard characters, two a word."""
    codes = [parity(ord(char)) for char in text] + [0x80] * (len(text) % 2)
    return " ".join(f"{one:02x}{two:02x}" for one, two in zip(codes[::2], codes[1::2], strict=True))


def code(first: int, second: int, times: int = 2) -> str:
    return " ".join([f"{parity(first):02x}{parity(second):02x}"] * times)


RCL, EDM, EOC, ENM = code(0x14, 0x20), code(0x14, 0x2C), code(0x14, 0x2F), code(0x14, 0x2E)
RDC, CR, BS, RU2 = code(0x14, 0x29), code(0x14, 0x2D), code(0x14, 0x21), code(0x14, 0x25)
ROW_14, ROW_15, ROW_1 = code(0x14, 0x40), code(0x14, 0x60), code(0x11, 0x40)


def scc(*lines: str, **options: object) -> CaptionFile:
    return read((HEAD + "\n\n".join(lines)).encode(), "a.scc", ReadOptions(**options))


def frame_ms(frame: int) -> int:
    return frame * 1001 // 30


def spans(file: CaptionFile) -> list[tuple[int, int, str]]:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in file.cues]


POP_ON = (
    f"00:00:01:00\t{ENM} {RCL} {ROW_14} {words('Good evening')} {ROW_15} {words('and welcome.')} {EOC}",
    f"00:00:04:00\t{EDM}",
)
ROLL_UP = (
    f"00:00:01:00\t{RU2} {CR} {ROW_15} {words('The first line')}",
    f"00:00:03:00\t{RU2} {CR} {ROW_15} {words('and the second')}",
    f"00:00:05:00\t{RU2} {CR} {ROW_15} {words('and the third')}",
    f"00:00:07:00\t{EDM}",
)
PAINT_ON = (
    f"00:00:01:00\t{RDC} {ROW_14} {words('Painted at once')} {ROW_15} {words('on two rows')}",
    f"00:00:04:00\t{RDC} {ROW_14} {words('and over it')}",
    f"00:00:06:00\t{EDM}",
)


def test_a_pop_on_caption_appears_when_it_is_swapped_in() -> None:
    sent = len(f"{ENM} {RCL} {ROW_14} {words('Good evening')} {ROW_15} {words('and welcome.')}".split())
    assert spans(scc(*POP_ON)) == [(frame_ms(30 + sent), frame_ms(120), "Good evening\nand welcome.")]


def test_each_row_of_a_roll_up_caption_is_shown_once_from_its_first_character() -> None:
    first = 30 + len(f"{RU2} {CR} {ROW_15}".split())
    rolls = 90 + len(RU2.split())
    assert spans(scc(*ROLL_UP))[0] == (frame_ms(first), frame_ms(rolls), "The first line")
    assert [cue.text for cue in scc(*ROLL_UP).cues] == ["The first line", "and the second", "and the third"]


def test_every_state_of_a_roll_up_caption_is_kept_when_asked() -> None:
    kept = scc(*ROLL_UP, rolling="keep")
    assert [cue.text for cue in kept.cues] == [
        "The first line",
        "The first line\nand the second",
        "and the second\nand the third",
    ]


def test_a_paint_on_caption_begins_with_its_first_character_and_ends_when_it_is_painted_over() -> None:
    shown = spans(scc(*PAINT_ON))
    assert [text for _, _, text in shown] == ["Painted at once\non two rows", "and over it"]
    assert shown[0][0] == frame_ms(30 + len(f"{RDC} {ROW_14}".split()))
    assert shown[0][1] == shown[1][0] == frame_ms(120 + len(f"{RDC} {ROW_14}".split()))
    assert shown[1][1] == frame_ms(180)


@pytest.mark.parametrize(
    ("label", "frame"),
    [
        ("00:01:00:00", 1800),
        ("00:01:00;02", 1800),
        ("00:10:00;00", 17_982),
        ("00:10:00:00", 18_000),
        ("01:00:00,00", 107_892),
    ],
)
def test_labels_are_drop_frame_by_their_mark(label: str, frame: int) -> None:
    (cue,) = scc(f"{label}\t{RCL} {ROW_15} {words('Hi')} {EOC}", "02:00:00:00\t" + EDM).cues
    assert cue.start_ms == frame_ms(frame + 5)


def test_a_repeated_command_is_meant_once_and_a_third_one_again() -> None:
    note = code(0x11, 0x37, 1)
    for times, shown in ((1, "♪"), (2, "♪"), (3, "♪♪"), (4, "♪♪")):
        (cue,) = scc(f"00:00:01:00\t{RCL} {ROW_15} {' '.join([note] * times)} {EOC}", "00:00:04:00\t" + EDM).cues
        assert cue.text == shown


@pytest.mark.parametrize("repeat", [1, 2])
def test_commands_that_are_sent_once_are_read_as_well(repeat: int) -> None:
    parts = (code(0x14, 0x20, repeat), code(0x14, 0x70, repeat), words("Hi"), code(0x14, 0x2F, repeat))
    assert scc(f"00:00:01:00\t{' '.join(parts)}", "00:00:04:00\t" + EDM).cues[0].text == "Hi"


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        ([(code_, char) for code_, char in CHARACTERS.items() if char not in " █"], None),
        ([(0x11, code_, char) for code_, char in SPECIAL_CHARACTERS.items() if char != " "], None),
        ([(*codes, char) for codes, char in EXTENDED_CHARACTERS.items() if char != " "], None),
    ],
)
def test_all_characters(codes: list[tuple[object, ...]], text: None) -> None:
    for entry in codes:
        *sent, char = entry
        body = f"{parity(sent[0]):02x}80" if len(sent) == 1 else code(sent[0], sent[1])
        before = f"{parity(ord('?')):02x}80 " if len(sent) == 2 and sent[0] != 0x11 else ""  # what it overwrites
        (cue,) = scc(f"00:00:01:00\t{RCL} {ROW_15} {before}{body} {EOC}", "00:00:04:00\t" + EDM).cues
        assert cue.text == char


def test_italics_colours_and_underlines_are_those_of_their_codes() -> None:
    italic, cyan = code(0x11, 0x2E), code(0x14, 0x66)
    body = f"{RCL} {cyan} {words('The ')} {italic} {words('Times')} {code(0x11, 0x21)} {words('said')}"
    (cue,) = scc(f"00:00:01:00\t{body} {EOC}", "00:00:04:00\t" + EDM).cues
    (line,) = cue.lines
    assert line.text == "The Times said"
    looks = {line.text[span.start : span.end].strip(): span.look for span in line.spans}
    assert looks["Times"].italic
    assert looks["said"] == TextStyle(underline=True)


@pytest.mark.parametrize(
    ("address", "text", "placement"),
    [
        ("1370 1370", "x" * 32, Placement("bottom")),
        (ROW_15, "x" * 32, None),
        (code(0x14, 0x74), "xx" * 8, None),
        (ROW_15, "to the left", Placement("bottom", "left")),
        (code(0x14, 0x7A), "right", Placement("bottom", "right")),
        (code(0x11, 0x54), "xx" * 8, Placement("top")),
        (ROW_1, "upper left", Placement("top", "left")),
    ],
)
def test_rows_and_columns_are_places(address: str, text: str, placement: Placement | None) -> None:
    (cue,) = scc(f"00:00:01:00\t{RCL} {address} {words(text)} {EOC}", "00:00:04:00\t" + EDM).cues
    assert cue.placement == (None if placement == Placement() else placement)


def test_backspace_tab_and_delete_to_the_end_of_a_row() -> None:
    body = f"{RCL} {ROW_15} {words('abcd')} {BS} {words('x')} {code(0x17, 0x22)} {words('yz')}"
    (cue,) = scc(f"00:00:01:00\t{body} {EOC}", "00:00:04:00\t" + EDM).cues
    assert cue.text == "abcx yz"
    body = f"{RCL} {ROW_15} {words('abcdef')} {code(0x14, 0x70)} {words('xy')} {code(0x14, 0x24)} {EOC}"
    assert scc(f"00:00:01:00\t{body}", "00:00:04:00\t" + EDM).cues[0].text == "xy"


def test_a_wrong_parity_bit_is_told_and_the_text_read() -> None:
    found = scc(f"00:00:01:00\t{RCL} {ROW_15} 4865 6c6c 6f80 {EOC}", "00:00:04:00\t" + EDM)
    assert found.cues[0].text == "Hello"
    assert [(note.kind, note.message) for note in found.notes] == [
        ("mended", "3 of 11 words have a wrong parity bit; they are read without it")
    ]


def test_the_second_channel_is_left_out_and_told_or_read_where_it_is_the_only_one() -> None:
    other = " ".join([code(0x1C, 0x20), code(0x1C, 0x70), words("Hola"), code(0x1C, 0x2F)])
    ends = f"00:00:04:00\t{EDM} {code(0x1C, 0x2C)}"
    both = scc(f"00:00:01:00\t{RCL} {ROW_15} {words('Hello')} {EOC} {other}", ends)
    assert [cue.text for cue in both.cues] == ["Hello"]
    assert [note.kind for note in both.notes] == ["left out"]
    assert [cue.text for cue in scc(f"00:00:01:00\t{other}", ends).cues] == ["Hola"]


def test_the_last_caption_without_an_erase_ends_by_its_length_and_is_told() -> None:
    found = scc(POP_ON[0])
    assert found.cues[0].end_ms - found.cues[0].start_ms == 1675  # 25 characters at 15 a second
    assert [note.kind for note in found.notes] == ["guessed"]


def test_lines_that_are_none_are_named_with_their_number() -> None:
    found = scc("what is this", *POP_ON, "00:00:05:00\t94zz 942c")
    assert [(note.kind, note.line) for note in found.notes] == [("left out", 3), ("left out", 9)]
    assert len(found.cues) == 1


def test_text_of_more_than_a_row_is_not_lost() -> None:
    text = "Pellentesque interdum lacinia sollicitudin."
    (cue,) = scc(f"00:00:01:00\t{RCL} {ROW_15} {words(text)} {EOC}", "00:00:04:00\t" + EDM).cues
    assert cue.text == text


def test_data_about_the_programme_is_no_text() -> None:
    data = "0101 4865 8fab"
    (cue,) = scc(f"00:00:01:00\t{RCL} {ROW_15} {words('Hi')} {data} {EOC}", "00:00:04:00\t" + EDM).cues
    assert cue.text == "Hi"


@pytest.mark.parametrize("data", [b"hello", b"Scenarist_SCC V1.0\n\nno words"])
def test_what_is_no_scc_is_refused(data: bytes) -> None:
    with pytest.raises(ReplyError, match=r"a\.scc: is not SCC"):
        read(data, "a.scc")


def test_more_than_a_day_is_refused_before_it_takes_long() -> None:
    with pytest.raises(ReplyError, match="more than a day"):
        read(b"Scenarist_SCC V1.0\n\n00:00:03:29\t" + b"9420 " * 3_000_000, "a.scc")


# Others' readings. ttconv shows every state of the screen; pycaption counts the frames of its own.


def words_of(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize("lines", [POP_ON, ROLL_UP, PAINT_ON])
def test_ttconv_reads_the_same_states_of_the_screen(lines: tuple[str, ...]) -> None:
    theirs = readers.ttconv_scc((HEAD + "\n\n".join(lines)).encode())
    ours = scc(*lines, rolling="keep").cues
    assert [words_of(cue.text) for cue in ours] == [words_of("\n".join(shown.lines)) for shown in theirs]
    for cue, shown in zip(ours, theirs, strict=True):
        assert abs(cue.end_ms - shown.end_ms) <= 100  # and a change likewise
        assert abs(cue.start_ms - shown.start_ms) <= 200  # ttconv begins at the command, we at the first character


@pytest.mark.parametrize("lines", [POP_ON, ROLL_UP])
def test_pycaption_reads_the_same_text(lines: tuple[str, ...]) -> None:
    theirs = readers.pycaption_reader((HEAD + "\n\n".join(lines)).encode(), pycaption.SCCReader)
    assert [words_of(cue.text) for cue in scc(*lines).cues] == [words_of(" ".join(shown.lines)) for shown in theirs]


TEXT = st.text(st.sampled_from("abc XYZ.,!?'éñ♪®Áü"), min_size=1, max_size=32).map(str.strip).filter(bool)


@given(st.lists(st.lists(TEXT, min_size=1, max_size=4), min_size=1, max_size=5), st.booleans())
def test_what_we_write_reads_back_in_its_lines_and_on_its_frames(texts: list[list[str]], top: bool) -> None:
    place = Placement("top") if top else None
    cues = [
        Cue(10_000 * number, 10_000 * number + 3000, tuple(Line(" ".join(text.split())) for text in lines), None, place)
        for number, lines in enumerate(texts, 1)
    ]
    found = read(render(cues, "scc", Context(frame_rate=Fraction(30000, 1001))), "a.scc", ReadOptions(labels="text"))
    assert [[line.printed for line in cue.lines] for cue in found.cues] == [
        [line.text for line in cue.lines] for cue in cues
    ]
    assert all(abs(one.start_ms - other.start_ms) <= 34 for one, other in zip(found.cues, cues, strict=True))
    assert all((cue.placement is not None and cue.placement.row == "top") is top for cue in found.cues)
