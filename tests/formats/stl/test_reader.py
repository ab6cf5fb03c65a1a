"""EBU STL as it is exchanged: tables, time codes, teletext, comments, blocks that belong together."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest

from captioner.errors import ReplyError
from captioner.formats import CaptionFile, Context, read, render
from captioner.model import Cue, Line, Placement, StyledSpan, TextStyle

ITALIC = TextStyle(italic=True)


def head(code: str = "STL25.01", display: str = "0", table: str = "00", start: str = "00000000") -> bytes:
    first = f"850{code}{display}{table}09".ljust(253)
    return f"{first}231{start}".ljust(1024).encode("ascii")


def block(text: bytes, **other: int | tuple[int, int, int, int]) -> bytes:
    """One TTI block, 1 s to 2 s in the middle of the last rows unless said otherwise."""
    given = {"extension": 0xFF, "start": (0, 0, 1, 0), "end": (0, 0, 2, 0), "row": 22, "side": 2, "comment": 0} | other
    start, end = given["start"], given["end"]
    assert isinstance(start, tuple)
    assert isinstance(end, tuple)
    place = given["row"], given["side"], given["comment"]
    packed = struct.pack("<BHBB4s4sBBB", 0, 1, given["extension"], 0, bytes(start), bytes(end), *place)
    return packed + text.ljust(112, b"\x8f")


def stl(*blocks: bytes, **of_head: str) -> CaptionFile:
    return read(head(**of_head) + b"".join(blocks), "a.stl")


@pytest.mark.parametrize(
    ("table", "text", "read_as"),
    [
        ("00", b"caf\xc2e \xc8uber 5\xa4 5$ \xccx", "café über 5$ 5$ \ufffdx"),
        ("00", b"\xcbs\xcfs \xa9\xb9 \xd0", "şš ‘’ —"),
        ("01", "Привет".encode("iso8859_5"), "Привет"),
        ("02", "مرحبا".encode("iso8859_6"), "مرحبا"),
        ("03", "Γειά".encode("iso8859_7"), "Γειά"),
        ("04", "שלום".encode("iso8859_8"), "שלום"),
    ],
)
def test_code_tables(table: str, text: bytes, read_as: str) -> None:
    assert stl(block(text), table=table).cues[0].text == read_as


def test_italics_and_underlines_keep_the_spaces_beside_them() -> None:
    (cue,) = stl(block(b"It was \x80Le Monde\x81 again,\x8a\x82so\x83.")).cues
    assert cue.text == "It was Le Monde again,\nso."
    assert [line.spans for line in cue.lines] == [
        (StyledSpan(7, 15, ITALIC),),
        (StyledSpan(0, 2, TextStyle(underline=True)),),
    ]


def test_text_that_goes_on_in_extension_blocks_is_one_caption_and_user_data_is_none() -> None:
    blocks = (
        block(b"first ", extension=0),
        block(b"junk", extension=0xFE),
        block(b"second"),
        block(b"note", comment=1),
    )
    assert [cue.text for cue in stl(*blocks).cues] == ["first second"]


def test_teletext_codes_are_spaces_and_colours_and_double_height_is_one_line() -> None:
    rows = b"\x0d\x0b\x0bHello\x03yellow\x0a\x0a\x8a\x8a\x0d\x06\x0b\x0bcyan\x0a\x0a"
    (cue,) = stl(block(rows, row=20), display="1").cues
    assert cue.text == "Hello yellow\ncyan"
    assert [[span.look.colour for span in line.spans] for line in cue.lines] == [["#FFFF00"], ["#00FFFF"]]


@pytest.mark.parametrize(
    ("row", "side", "placement"),
    [
        (22, 2, None),
        (21, 0, None),
        (1, 2, Placement("top")),
        (11, 2, Placement("middle")),
        (22, 1, Placement("bottom", "left")),
        (2, 3, Placement("top", "right")),
    ],
)
def test_rows_and_justification_are_places(row: int, side: int, placement: Placement | None) -> None:
    assert stl(block(b"x", row=row, side=side)).cues[0].placement == placement


def test_times_count_from_the_start_of_programme() -> None:
    found = stl(block(b"x", start=(10, 0, 1, 5), end=(10, 0, 2, 0)), start="10000000")
    assert (found.cues[0].start_ms, found.cues[0].end_ms) == (1200, 2000)
    assert (found.frame_rate, found.start_timecode) == (Fraction(25), "10:00:00:00")


def test_a_start_of_programme_after_a_caption_is_not_believed() -> None:
    found = stl(block(b"x"), start="10000000")
    assert (found.cues[0].start_ms, found.start_timecode) == (1000, "")


def test_labels_at_29_97_are_drop_frame_unless_one_cannot_be() -> None:
    dropped = stl(block(b"x", start=(0, 1, 0, 2), end=(0, 1, 2, 0)), code="STL30.01")
    assert dropped.cues[0].start_ms == 60_060  # frame 1800
    counted = stl(block(b"x", start=(0, 1, 0, 0), end=(0, 1, 2, 0)), code="STL30.01")
    assert counted.cues[0].start_ms == 60_060  # frame 1800 as well: this label exists in non-drop only
    assert counted.cues[0].end_ms == 62_062
    assert dropped.cues[0].end_ms == 61_995  # 62 x 30 - 2 labels


def test_what_we_write_with_a_start_time_code_comes_back_from_zero() -> None:
    cues = [Cue(1000, 2000, (Line("one"),)), Cue(1480, 2480, (Line("over it"),))]
    context = Context(frame_rate=Fraction(25), start_timecode="10:00:00:00", language="en")
    found = read(render(cues, "stl", context), "a.stl")
    assert [(cue.start_ms, cue.end_ms) for cue in found.cues] == [(1000, 2000), (1480, 2480)]
    assert found.start_timecode == "10:00:00:00"


@pytest.mark.parametrize(
    "data", [b"", b"short", head()[:1000], head(code="STLxx.01"), head(code="STL00.01"), b"x" * 2000]
)
def test_what_is_no_stl_is_refused(data: bytes) -> None:
    with pytest.raises(ReplyError, match=r"a\.stl: "):
        read(data, "a.stl")
