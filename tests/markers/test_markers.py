"""Markers for editing programs."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

from captioner.cli import main
from captioner.errors import ConfigError
from captioner.formats import Context, render
from captioner.markers import Marker, MarkerFacts, chapters_of, written
from captioner.model import Cue, Line

NTSC = Fraction(30000, 1001)
FACTS = MarkerFacts("The <show>", Fraction(25), "10:00:00:00", 60_000)
MARKERS = (
    Marker(5000, 7000, "error", "cps", "caption 2: 30 characters | a second\nor more"),
    Marker(1000, 1000, "chapter", "Opening & more"),
)


def test_resolve_reads_its_events_by_time() -> None:
    text = written(MARKERS, "resolve", FACTS).decode()
    assert text.splitlines()[:6] == [
        "TITLE: The <show>",
        "FCM: NON-DROP FRAME",
        "",
        "001  001      V     C        10:00:01:00 10:00:01:01 10:00:01:00 10:00:01:01  ",
        " |C:ResolveColorGreen |M:Opening & more |D:1",
        "",
    ]
    assert " |C:ResolveColorRed |M:cps: caption 2: 30 characters / a second or more |D:50" in text


def test_the_events_are_an_edl_that_others_read() -> None:
    timeline = otio.adapters.read_from_string(written(MARKERS, "resolve", FACTS).decode(), "cmx_3600", rate=25)
    starts = [clip.source_range.start_time.to_timecode() for clip in timeline.find_clips()]
    assert starts == ["10:00:01:00", "10:00:05:00"]


def test_premiere_gets_a_sequence_with_frames() -> None:
    root = ElementTree.fromstring(written(MARKERS, "premiere", FACTS))
    assert [(each.findtext("name"), each.findtext("in"), each.findtext("out")) for each in root.iter("marker")] == [
        ("Opening & more", "25", "-1"),
        ("cps", "125", "175"),
    ]
    sequence = otio.adapters.read_from_string(written(MARKERS, "premiere", FACTS).decode(), "fcp_xml")
    assert [marker.marked_range.start_time.value for marker in sequence.tracks.markers] == [25, 125]


def test_avid_and_csv_have_time_code_and_frames() -> None:
    facts = MarkerFacts("x", NTSC, "00:59:58;00")
    late = Marker(2002, 3003, "hear", "hear", "a\tname")
    assert written([late], "avid", facts).decode() == "captioner\t01:00:00;00\tTC1\tblue\thear: a name\t30\n"
    (row,) = csv.DictReader(io.StringIO(written([late], "csv", facts).decode()))
    assert (row["time"], row["timecode"], row["frame"], row["frames"]) == ("00:00:02.002", "01:00:00;00", "60", "30")


@pytest.mark.parametrize(
    "line", ["0:00 Opening", "00:00:00 - Opening", "(0:00) Opening", "[00:00] Opening", "0:00.000 | Opening"]
)
def test_chapters_are_read_as_people_write_them(line: str) -> None:
    first, second = chapters_of(f"Chapters\n{line}\n1:02:03 The end\n", "c.txt")
    assert (first.at_ms, first.name) == (0, "Opening")
    assert (second.at_ms, second.name) == (3_723_000, "The end")


def test_a_file_without_chapters_is_refused() -> None:
    with pytest.raises(ConfigError, match="no line has a time and a title"):
        chapters_of("Hello\n", "c.txt")


SRT = "1\n00:00:01,000 --> 00:00:01,500\nThis is far too much text to be read in half a second.\n"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


def test_the_command_writes_findings_and_chapters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "talk.srt").write_text(SRT)
    (tmp_path / "chapters.txt").write_text("0:00 Opening\n")
    out = tmp_path / "talk.edl"
    command = ("markers", tmp_path / "talk.srt", "--fps", 25, "--chapters", tmp_path / "chapters.txt", "-o", out)
    assert run(*command) == 0
    text = out.read_text()
    assert "|C:ResolveColorGreen |M:Opening |D:1" in text
    assert "|C:ResolveColorRed |M:cps: caption 1:" in text
    assert "markers from 01:00:00:00 at 25" in capsys.readouterr().err
    assert run(*command, "--only", "chapters", "--overwrite") == 0
    assert "ResolveColorRed" not in out.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "m.edl"], "markers count frames; give --fps"),
        (["-o", "m.doc", "--fps", "25"], "the ending says no program"),
        (["-o", "m.edl", "--fps", "25", "--start-tc", "10:00:00:30"], "does not exist at"),
        (["-o", "m.edl", "--fps", "25", "--chapters", "none.txt"], "none.txt: cannot be read"),
        (["-o", "m.edl", "--fps", "25", "--only", "chapters"], "give --chapters"),
        (["-o", "m.edl", "--fps", "25", "--chapters", "odd.txt"], "line 2 has a time that is none"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talk.srt").write_text(SRT)
    (tmp_path / "odd.txt").write_text("0:00 Opening\n1:75 Odd\n")
    assert run("markers", "talk.srt", *arguments) in {1, 2}
    assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("m.*"))


def test_a_rate_without_the_drop_frame_of_the_media_is_refused_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = Context(frame_rate=Fraction(30000, 1001), start_timecode="10:00:00;00")
    talk = tmp_path / "talk.json"
    talk.write_bytes(render((Cue(0, 1000, (Line("Hello."),)),), "json", facts))
    assert run("markers", talk, "--fps", "23.976", "--to", "csv", "-o", f"{tmp_path}/out/") == 2
    assert "its media begins at 10:00:00;00, drop-frame, which 23.976 does not have" in capsys.readouterr().err
    assert run("markers", talk, "--to", "csv", "-o", f"{tmp_path}/out/") == 0
    assert (tmp_path / "out" / "talk.markers.csv").is_file()


def test_lines_of_a_list_that_are_no_chapters_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "talk.srt").write_text(SRT)
    (tmp_path / "chapters.txt").write_text("0:00 Opening\n\nten past: Two\n")
    command = ("markers", tmp_path / "talk.srt", "--fps", 25, "--chapters", tmp_path / "chapters.txt")
    assert run(*command, "-o", tmp_path / "m.edl") == 0
    assert "chapters.txt: left out, as it has no time and title: ten past: Two" in capsys.readouterr().err
