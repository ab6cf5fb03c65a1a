"""Where commands write: OUT, `-o`, a folder, the file itself; and times in frames."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from captioner.cli import main
from captioner.cli.time_arguments import in_ms, parse_given_ranges, parse_given_time, ranges_in_ms
from captioner.errors import ConfigError

SRT = "1\n00:00:01,000 --> 00:00:03,000\nHello.\n"
NTSC = Fraction(30000, 1001)


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talk.en.srt").write_text(SRT)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "rate", "ms"),
    [
        ("12f", Fraction(25), 480),
        ("-12f", Fraction(25), -480),
        ("00:00:04:12", Fraction(25), 4480),
        ("00:01:00;02", NTSC, 60_060),
        ("2.5", None, 2500),
        ("1:30", Fraction(25), 90_000),
    ],
)
def test_times_are_seconds_frames_and_time_code(text: str, rate: Fraction | None, ms: int) -> None:
    assert in_ms(parse_given_time(text), rate) == ms


def test_frames_without_a_rate_are_refused_and_ranges_must_go_on() -> None:
    with pytest.raises(ConfigError, match="'12f' counts frames; give --fps"):
        in_ms(parse_given_time("12f"), None)
    assert ranges_in_ms(parse_given_ranges("00:00:01:00-00:00:02:00,3-4"), Fraction(25)) == ((1000, 2000), (3000, 4000))
    with pytest.raises(ConfigError, match="start-end"):
        ranges_in_ms(parse_given_ranges("50f-25f"), Fraction(25))


@pytest.mark.parametrize("command", [["shift", "--by", "1"], ["convert"], ["resync", "--offset", "1"]])
def test_every_way_to_name_the_file_is_the_same(talk: Path, command: list[str]) -> None:
    name, *options = command
    assert run(name, "talk.en.srt", "a.srt", *options) == 0
    assert run(name, "talk.en.srt", "-o", "b.srt", *options) == 0
    assert run(name, "talk.en.srt", "-o", "new/", *options) == 0
    assert run(name, "talk.en.srt", "--in-place", *options) == 0
    wanted = (talk / "a.srt").read_text()
    assert (talk / "b.srt").read_text() == (talk / "new" / "talk.en.srt").read_text() == wanted
    assert (talk / "talk.en.srt").read_text() == wanted
    assert (talk / "talk.en.srt.bak").read_text() == SRT


def test_a_second_change_keeps_the_first_backup(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("shift", "talk.en.srt", "--in-place", "--by", "25f", "--fps", "25") == 0
    assert run("shift", "talk.en.srt", "--in-place", "--by", "1") == 0
    assert (talk / "talk.en.srt.bak").read_text() == SRT
    assert "00:00:02,000" in (talk / "talk.en.srt.bak2").read_text()
    assert "00:00:03,000" in (talk / "talk.en.srt").read_text()
    assert "talk.en.srt as it was is kept as talk.en.srt.bak2" in capsys.readouterr().err


def test_a_file_in_a_folder_has_the_ending_of_its_format(talk: Path) -> None:
    assert run("convert", "talk.en.srt", "-o", "out/", "--format", "vtt") == 0
    assert (talk / "out" / "talk.en.vtt").exists()
    assert run("merge", "talk.en.srt", "talk.en.srt", "--at", "0,00:00:05:00", "--fps", "25", "-o", "out/") == 0
    assert "00:00:06,000" in (talk / "out" / "talk.en.srt").read_text()
    assert run("split", "talk.en.srt", "--at", "50f", "--fps", "25", "-o", "out") == 0


def test_format_makes_the_folder_that_is_named_with_a_slash(talk: Path) -> None:
    assert run("convert", "talk.en.srt", "talk.json") == 0
    reply = Path(__file__).parents[2] / "fixtures" / "transcripts" / "interview-en.json"
    assert run("format", reply, "-o", "made/here/", "--format", "srt") == 0
    assert list((talk / "made" / "here").glob("*.srt"))


@pytest.mark.parametrize("names", [[], ["a.srt", "-o", "b.srt"], ["a.srt", "--in-place"]])
def test_none_and_two_files_to_write_are_refused(
    talk: Path, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("shift", "talk.en.srt", *names, "--by", "1") == 2
    assert "name one file to write" in capsys.readouterr().err
    assert (talk / "talk.en.srt").read_text() == SRT


def test_in_place_writes_what_a_link_leads_to(talk: Path) -> None:
    (talk / "link.srt").symlink_to("talk.en.srt")
    assert run("shift", "link.srt", "--by", "1", "--in-place") == 0
    assert (talk / "link.srt").is_symlink()
    assert "00:00:02,000" in (talk / "talk.en.srt").read_text()
    assert (talk / "talk.en.srt.bak").read_text() == SRT


def test_in_place_leaves_a_read_only_file_alone(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (talk / "talk.en.srt").chmod(0o444)
    assert run("shift", "talk.en.srt", "--by", "1", "--in-place") == 1
    assert "is read-only" in capsys.readouterr().err
    assert (talk / "talk.en.srt").read_text() == SRT
    assert not (talk / "talk.en.srt.bak").exists()


def test_a_file_keeps_its_rights_when_it_is_written_anew(talk: Path) -> None:
    (talk / "talk.en.srt").chmod(0o660)
    assert run("shift", "talk.en.srt", "--by", "1", "--in-place") == 0
    assert (talk / "talk.en.srt").stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize("command", [["convert"], ["shift", "--by", "1"]])
def test_in_place_does_not_write_another_format_into_a_file(
    talk: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert run(*command, "talk.en.srt", "--in-place", "-f", "vtt") == 2
    assert "would write vtt into talk.en.srt" in capsys.readouterr().err
    assert (talk / "talk.en.srt").read_text() == SRT


def test_standard_input_is_not_written_in_place(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("shift", "-", "--by", "1", "--in-place") == 2
    assert "standard input is none" in capsys.readouterr().err


def test_nothing_is_written_where_every_caption_would_end_before_zero(
    talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("shift", "talk.en.srt", "--by", "-300", "-o", "out.srt") == 2
    assert "no caption is left" in capsys.readouterr().err
    assert not (talk / "out.srt").exists()


@pytest.mark.process
def test_a_link_to_a_pipe_is_written_to(talk: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "captioner", "shift", "talk.en.srt", "--by", "1", "-f", "srt", "-o", "/dev/stdout"],
        capture_output=True,
        cwd=talk,
        check=False,
    )
    assert done.returncode == 0
    assert b"00:00:02,000" in done.stdout
