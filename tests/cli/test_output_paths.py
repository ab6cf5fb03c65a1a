"""Where commands write: OUT, `-o`, a folder, the file itself; and times in frames."""

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
