import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.errors import FormatError
from captioner.formats import Context, render
from captioner.formats.timeline import spans
from captioner.model import Cue, Line
from tests.formats import hostile, readers

NTSC = Fraction(30000, 1001)
LATIN = [
    "Größe", "naïve", "Žluťoučký kůň", "Łódź", "Čeština", "ŐŰőű", "Ģģ Ķķ", "ĀāĒē", "Ðđ", "Œuvre", "¿Qué?", "“q”", "‘r’",
    "½ ™ ♪", "a < b & c", "{x}", "#@", "...", "12", "—", "Smith, John", "e\u0301", "word", " ", "Ω", "ñandú", "ŋ",
]  # fmt: skip
CYRILLIC = ["Привет", "мир", "№", "Ђурађ", "Київ", "ABC", "!", " "]
GREEK = ["Ελλάδα", "ΐΰ", "ώρα", "ABC", "!", "«»", " "]


def stl(*cues, rate=Fraction(25), **context):
    return render(cues, "stl", Context(frame_rate=rate, **context))


def cue(*texts, start=0, end=1000):
    return Cue(start, end, tuple(Line(text) for text in texts))


def texts(fragments):
    return st.lists(st.sampled_from(fragments), min_size=1, max_size=12).map("".join)


def test_the_general_block_says_how_much_there_is_and_where_it_begins():
    data = stl(
        cue("a"), cue("x" * 200, "b", start=2000, end=3000), start_timecode="10:00:00:00", language="de-AT", title="Ä 1"
    )
    assert len(data) == 1024 + 128 * 3
    assert data[:16] == b"850STL25.0100008"
    assert data[16:48].rstrip() == b"_ 1"
    assert data[238:256] == b"0000300002001992" + b"3" + b"1"
    assert data[256:272] == b"1000000010000000"


def test_a_block_has_number_times_row_and_text():
    block = stl(cue("über", "b", start=3_600_040, end=3_601_000))[1024:]
    assert block[:16] == bytes([0, 0, 0, 0xFF, 0, 1, 0, 0, 1, 1, 0, 1, 0, 21, 2, 0])
    assert block[16:] == b"\xc8uber\x8ab" + b"\x8f" * (112 - 7)


def test_a_long_text_goes_on_in_extension_blocks():
    data = stl(cue("x" * 150, "y" * 100))
    blocks = [data[at : at + 128] for at in range(1024, len(data), 128)]
    assert [block[3] for block in blocks] == [0, 1, 0xFF]
    assert b"".join(block[16:] for block in blocks).rstrip(b"\x8f") == b"x" * 150 + b"\x8a" + b"y" * 100


@pytest.mark.parametrize(
    ("rate", "code", "seen_as"),
    [
        (Fraction(25), b"STL25.01", Fraction(25)),
        (Fraction(50), b"STL25.01", Fraction(25)),
        (None, b"STL25.01", Fraction(25)),
        (NTSC, b"STL30.01", NTSC),
        (Fraction(60000, 1001), b"STL30.01", NTSC),
        (Fraction(30), b"STL30.01", Fraction(30)),
    ],
)
def test_the_labels_count_25_or_30(rate, code, seen_as):
    data = stl(cue("a", start=3_600_000, end=3_601_000), rate=rate)
    assert data[3:11] == code
    if seen_as != 30:  # ttconv takes STL30.01 for 29.97
        assert abs(readers.ttconv_stl(data)[0].start_ms - 3_600_000) <= 500 / seen_as


def test_a_start_at_fifty_frames_a_second_is_spelled_at_twenty_five():
    assert stl(cue("a"), rate=Fraction(50), start_timecode="10:00:00:48")[256:264] == b"10000024"


@pytest.mark.parametrize(("fragments", "table"), [(LATIN, b"00"), (CYRILLIC, b"01"), (GREEK, b"03")])
@given(data=st.data())
def test_ttconv_reads_back_every_text_and_frame(fragments, table, data):
    cues = data.draw(hostile.cues(within_ms=80_000_000, texts=texts(fragments)))
    rate = data.draw(st.sampled_from([Fraction(25), NTSC]))
    shown = [Cue(start, end, ()) for start, end, _ in hostile.wanted(cues, plain)]
    # ttconv takes every label at 29.97 for drop-frame, which the file cannot say.
    start_timecode = data.draw(st.sampled_from(["", "01:00:00;00" if rate == NTSC else "01:00:00:00"]))
    written = stl(*cues, rate=rate, start_timecode=start_timecode)
    read = readers.ttconv_stl(written)
    assert [(shown.start_ms, shown.end_ms) for shown in read] == [
        (round(start * 1000 / rate), round(end * 1000 / rate)) for start, end in spans(shown, rate)
    ]
    assert [shown.lines for shown in read] == [
        tuple(map(as_ttconv_reads, lines)) for _, _, lines in hostile.wanted(cues, plain)
    ]
    assert written[12:14] in (b"00", table)


def plain(line):
    return line.printed


def as_ttconv_reads(line):
    """One code serves both Đ and Ð; ttconv answers the second, composes letters, and loses double spaces."""
    line = re.sub("  +", "", line)
    return line.replace("Đ", "Ð").replace("e\u0301", "é").replace("Ω", "\u2126")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("$", b"\xa4"),
        ("ș", b"\xcbs"),
        ("…", b"..."),
        ("„q“ – r", b'"q\xaa - r'),
        ("a\u00a0b\u200f", b"a b"),
    ],
)
def test_signs_with_a_plain_spelling_are_spelled_plainly(text, code):
    assert stl(cue(text))[1040:].rstrip(b"\x8f") == code


@pytest.mark.parametrize("text", ["你好", "สวัสดี", "नमस्ते", "שלום", "مرحبا", "😀", "Việt", "ґ Київ", "Привет é", "[^ẞ]"])
def test_text_without_a_code_table_is_refused_with_the_characters(text):
    with pytest.raises(FormatError, match=r"caption 2 has characters that EBU STL has no code for: .*choose ttml"):
        stl(cue("a"), cue(text, start=1000, end=2000))


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(24000, 1001), Fraction(120)])
def test_a_rate_the_format_does_not_count_is_refused(rate):
    with pytest.raises(FormatError, match="25 or 30 frames"):
        stl(cue("a"), rate=rate)
