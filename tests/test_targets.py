"""Targets: data that holds together, and files with the bytes each one wants."""

from dataclasses import fields
from fractions import Fraction

import pytest

from captioner import targets
from captioner.errors import ConfigError
from captioner.formats import FORMATS, Context, render
from captioner.model import Cue, Line

CUES = (
    Cue(0, 1000, (Line("One"),)),
    Cue(1000, 2000, (Line("两"),)),
    Cue(2010, 2020, (Line("3"),)),
    Cue(2020, 3000, ()),
)
VALUES = {field.name for field in fields(targets.Target)} - {"name", "title", "format", "by_language", "sources"}


@pytest.mark.parametrize("name", targets.names())
def test_every_value_has_its_source_and_every_format_exists(name: str) -> None:
    target = targets.find(name)
    assert set(target.sources) == VALUES | ({"by_language"} if target.by_language else set())
    assert set(target.by_language.values()) <= set(target.formats)
    assert all(target.sources.values())
    assert target.format in target.formats
    assert set(target.formats) <= set(FORMATS)


def test_an_unknown_target_names_the_others() -> None:
    with pytest.raises(ConfigError, match="premiere, resolve, fcp, avid, youtube, web, ebu, netflix"):
        targets.find("vhs")


@pytest.mark.parametrize(
    ("name", "begins", "line_end"),
    [("premiere", b"1\r\n00:00:00,000", b"\r\n"), ("youtube", b"1\n00:00:00,000", b"\n"), ("web", b"WEBVTT\n", b"\n")],
)
def test_a_target_sets_encoding_and_line_ends(name: str, begins: bytes, line_end: bytes) -> None:
    target = targets.find(name)
    data = targets.finish(render(CUES, target.format, targets.told(Context(), target)), target.format, target)
    assert data.startswith(begins)
    assert data.count(b"\n") == data.count(line_end)


def test_flags_come_before_the_target() -> None:
    written = render(CUES, "srt")
    data = targets.finish(written, "srt", targets.find("premiere"), encoding="gb18030", newline="lf")
    assert data == written.decode().encode("gb18030")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16le", "gb18030"])
@pytest.mark.parametrize("newline", ["lf", "crlf"])
def test_no_encoding_loses_a_character(encoding: str, newline: str) -> None:
    written = render(CUES, "srt")
    codec = {"utf-16le": "utf-16"}.get(encoding, encoding)
    read = targets.finish(written, "srt", encoding=encoding, newline=newline).decode(codec)
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
        targets.finish(b"x", format, **flags)


def test_a_target_leaves_formats_that_are_not_text_alone() -> None:
    assert targets.finish(b"\x00\xff", "stl", targets.find("avid")) == b"\x00\xff"


def test_gaps_are_made_by_ending_earlier_and_never_eat_a_caption() -> None:
    spread = targets.gapped(CUES, targets.find("avid"), Fraction(25))
    assert [(cue.start_ms, cue.end_ms) for cue in spread] == [(0, 880), (1000, 1890), (2010, 2015), (2020, 3000)]
    assert targets.gapped(CUES, targets.find("web"), Fraction(25)) == CUES


@pytest.mark.parametrize(
    ("rate", "known", "expected"),
    [
        (Fraction(25), "", "01:00:00:00"),
        (Fraction(30000, 1001), "", "01:00:00;00"),
        (Fraction(25), "10:00:00:00", "10:00:00:00"),
    ],
)
def test_the_media_knows_its_time_code_best(rate: Fraction, known: str, expected: str) -> None:
    told = targets.told(Context(frame_rate=rate, start_timecode=known), targets.find("avid"))
    assert told.start_timecode == expected


def test_without_a_target_nothing_changes() -> None:
    assert targets.told(Context(), None) == Context()
    assert targets.gapped(CUES, None, None) == CUES
