"""Targets: data that holds together, and files with the bytes each one wants."""

import re
from dataclasses import fields
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from captioner.captions import targets
from captioner.check.rules.timing import is_on_frame
from captioner.errors import ConfigError
from captioner.formats import FORMATS, Context, render
from captioner.model import Cue, Line
from captioner.timecode import frames_to_ms, ms_to_frames

CUES = (
    Cue(0, 1000, (Line("One"),)),
    Cue(1000, 2000, (Line("两"),)),
    Cue(2010, 2020, (Line("3"),)),
    Cue(2020, 3000, ()),
)
VALUES = {field.name for field in fields(targets.Target)} - {"name", "title", "format", "by_language", "sources"}


@pytest.mark.parametrize("name", targets.target_names())
def test_every_value_has_its_source_and_every_format_exists(name: str) -> None:
    target = targets.find_target(name)
    assert set(target.sources) == VALUES | ({"by_language"} if target.by_language else set())
    assert set(target.by_language.values()) <= set(target.formats)
    assert all(target.sources.values())
    assert target.format in target.formats
    assert set(target.formats) <= set(FORMATS)


def test_an_unknown_target_names_the_others() -> None:
    with pytest.raises(ConfigError, match="premiere, resolve, fcp, avid, youtube, web, ebu, netflix"):
        targets.find_target("vhs")


@pytest.mark.parametrize(
    ("name", "begins", "line_end"),
    [("premiere", b"1\r\n00:00:00,000", b"\r\n"), ("youtube", b"1\n00:00:00,000", b"\n"), ("web", b"WEBVTT\n", b"\n")],
)
def test_a_target_sets_encoding_and_line_ends(name: str, begins: bytes, line_end: bytes) -> None:
    target = targets.find_target(name)
    data = targets.encode_for(
        render(CUES, target.format, targets.with_target_defaults(Context(), target)), target.format, target
    )
    assert data.startswith(begins)
    assert data.count(b"\n") == data.count(line_end)


def test_flags_come_before_the_target() -> None:
    written = render(CUES, "srt")
    data = targets.encode_for(written, "srt", targets.find_target("premiere"), encoding="gb18030", newline="lf")
    assert data == written.decode().encode("gb18030")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16le", "gb18030"])
@pytest.mark.parametrize("newline", ["lf", "crlf"])
def test_no_encoding_loses_a_character(encoding: str, newline: str) -> None:
    written = render(CUES, "srt")
    codec = {"utf-16le": "utf-16"}.get(encoding, encoding)
    read = targets.encode_for(written, "srt", encoding=encoding, newline=newline).decode(codec)
    assert read.replace("\r\n", "\n") == written.decode()
    assert ("\r\n" in read) == (newline == "crlf")


@pytest.mark.parametrize(
    ("format", "flags"),
    [
        ("vtt", {"encoding": "utf-16le"}),
        ("stl", {"encoding": "gb18030"}),
        ("stl", {"newline": "crlf"}),
        ("srt", {"encoding": "big5"}),
        ("srt", {"newline": "cr"}),
    ],
)
def test_what_a_format_rules_out_is_refused_when_a_flag_asks_for_it(format: str, flags: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        targets.encode_for(b"x", format, **flags)


def test_a_target_leaves_formats_that_are_not_text_alone() -> None:
    assert targets.encode_for(b"\x00\xff", "stl", targets.find_target("avid")) == b"\x00\xff"


def test_gaps_are_made_by_ending_earlier_and_never_eat_a_caption() -> None:
    spread = targets.with_gaps(CUES, targets.find_target("avid"), Fraction(25))
    assert [(cue.start_ms, cue.end_ms) for cue in spread] == [(0, 880), (1000, 1890), (2010, 2015), (2020, 3000)]
    assert targets.with_gaps(CUES, targets.find_target("web"), Fraction(25)) == CUES


RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(50), Fraction(60000, 1001)]


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.2f}")
def test_captions_on_frames_keep_one_frame_and_the_way_they_are_rounded(rate: Fraction) -> None:
    cues = (Cue(3, 17, ()), Cue(17, 31, ()), Cue(frames_to_ms(50, rate, "ceil"), 61_003, ()), Cue(61_003, 61_009, ()))
    moved = targets.with_times_on_frames(cues, rate)
    assert moved[2].start_ms == cues[2].start_ms
    assert targets.with_times_on_frames(moved, rate) == moved
    spread = targets.with_gaps(moved, targets.find_target("netflix"), rate)
    assert all(is_on_frame(ms, rate) for cue in spread for ms in (cue.start_ms, cue.end_ms))
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(spread))
    assert all(ms_to_frames(cue.end_ms, rate) > ms_to_frames(cue.start_ms, rate) for cue in spread)


@pytest.mark.parametrize(
    ("rate", "known", "expected"),
    [
        (Fraction(25), "", "01:00:00:00"),
        (Fraction(30000, 1001), "", "01:00:00;00"),
        (Fraction(25), "10:00:00:00", "10:00:00:00"),
    ],
)
def test_the_media_knows_its_time_code_best(rate: Fraction, known: str, expected: str) -> None:
    told = targets.with_target_defaults(Context(frame_rate=rate, start_timecode=known), targets.find_target("avid"))
    assert told.start_timecode == expected


def test_without_a_target_nothing_changes() -> None:
    assert targets.with_target_defaults(Context(), None) == Context()
    assert targets.with_gaps(CUES, None, None) == CUES


SPOKEN = (
    Cue(40, 1000, (Line("Größe <b>", speaker="0", label="Anna:"),)),
    Cue(1000, 2000, (Line("ja", speaker="1", label="Bo:"), Line("zwei", speaker="1"))),
)
KNOWN = Context(language="de", names={"0": "Anna", "1": "Bo"}, frame_rate=Fraction(25))
# Bytes of a file for a target: its beginning, its line end, pieces that must be there, pieces that must not.
BYTES = {
    "premiere": (
        b"1\r\n00:00:00,040 --> 00:00:01,000\r\nAnna: Gr\xc3\xb6\xc3\x9fe",
        b"\r\n",
        [b"2\r\n00:00:01,000"],
        [b"<b>", b"<font"],
    ),
    "resolve": (b"1\r\n00:00:00,040 --> 00:00:01,000\r\n", b"\r\n", [b"Bo: ja\r\nzwei"], [b"<b>", b"<font"]),
    "fcp": (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<tt ',
        b"\n",
        [b'ttp:frameRate="25"', b'xml:lang="de"', b'begin="00:00:00:01" end="00:00:01:00"', b"zwei</p>"],
        [b"<b>", b"<br />", b'tts:color="#'],
    ),
    "avid": (
        b"@ This file written with the Avid Caption plugin, version 1\r\n\r\n<begin subtitles>\r\n",
        b"\r\n",
        [b"01:00:00:01 01:00:00:22\r\nAnna: Gr", b"01:00:01:00 01:00:02:00\r\n", b"<end subtitles>\r\n"],
        [],
    ),
    "youtube": (b"1\n00:00:00,040 --> 00:00:01,000\nAnna: ", b"\n", [b"2\n00:00:01,000 -->"], [b"<b>", b"<font"]),
    "web": (
        b"WEBVTT\n\nSTYLE\n",
        b"\n",
        [b'::cue(v[voice="Bo"]) { color: #FFFF00 }', b"<v Anna>Gr\xc3\xb6\xc3\x9fe &lt;b&gt;</v>"],
        [b"Anna: "],
    ),
    "ebu": (b"850STL25.01000", None, [b"1000000010000001", bytes([10, 0, 0, 1, 10, 0, 1, 0]), b"Gr\xc8o\xfbe"], []),
    "netflix": (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<tt ',
        b"\n",
        [b'ttp:frameRate="25"', b'end="00:00:00.920" region="bottom"', b'begin="00:00:01.000"'],
        [b"tts:origin", b"agent", b'tts:color="#'],
    ),
}


def test_every_target_has_its_bytes_in_the_table() -> None:
    assert set(BYTES) == set(targets.target_names())


@pytest.mark.parametrize("name", BYTES)
def test_a_file_for_a_target_has_the_bytes_it_is_said_to_have(name: str) -> None:
    begins, line_end, there, absent = BYTES[name]
    target = targets.find_target(name)
    format_ = target.format_for("de")
    cues = targets.with_gaps(SPOKEN, target, KNOWN.frame_rate)
    data = targets.encode_for(render(cues, format_, targets.with_target_defaults(KNOWN, target)), format_, target)
    assert data.startswith(begins)  # and so without a mark
    if line_end:
        assert data.count(b"\n") == data.count(line_end)
        assert data.endswith(line_end)
    assert [piece for piece in there if piece not in data] == []
    assert [piece for piece in absent if piece in data] == []


@pytest.mark.parametrize("name", targets.target_names())
def test_every_format_a_target_takes_can_be_had_for_it(name: str) -> None:
    target = targets.find_target(name)
    context = targets.with_target_defaults(KNOWN, target)
    late = [Cue(60_000, 63_000, SPOKEN[0].lines), Cue(66_000, 69_000, SPOKEN[1].lines)]
    for format_ in target.formats:
        assert targets.encode_for(render(late, format_, context), format_, target)


def test_the_docs_show_the_targets_as_they_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "editing.md").read_text("utf-8")
    table = page.partition("## Targets")[2].partition("\n## ")[0]
    for name in targets.target_names():
        target = targets.find_target(name)
        (row,) = [line for line in table.splitlines() if line.startswith(f"| `{name}` |")]
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[1].split()[0].rstrip(";") == target.format
        assert set(re.findall(r"[a-z0-9-]+", cells[2])) == set(target.formats) - {target.format}
        assert ("CRLF" in cells[3]) == (target.newline == "crlf")
        assert cells[4] == ("on frames" if target.on_frames else "")
        assert cells[5] == (f"{target.gap_frames} frames" if target.gap_frames else "")
        assert cells[6] == target.start_timecode
        assert (cells[7] == "speakers") == target.colours
