"""Every option that takes a time takes frames and time code, and every command that writes takes `-o` and a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from captioner.cli import COMMANDS, cli, main
from captioner.cli.options import CAPTION_OPTIONS
from captioner.cli.time_arguments import parse_given_ranges, parse_given_time, parse_ms, parse_ms_from_0, parse_ranges

FIXTURES = Path(__file__).parents[2] / "fixtures"
SRT = "1\n00:00:01,000 --> 00:00:03,000\nHello there.\n\n2\n00:00:04,000 --> 00:00:06,000\nGood evening to you.\n"

#: Metavars of options that take a time of the media, and what their values are read by.
TIMES = {"TIME", "TIMES", "A=B,C=D", "MS"}
READERS = {parse_given_time, parse_given_ranges, parse_ranges, parse_ms, parse_ms_from_0}
#: Every such option: the command to call, with the time in seconds and the same in frames of 25 a second.
CASES: dict[tuple[str, str], tuple[list[str], str, str]] = {
    ("convert", "--top"): (["talk.srt", "OUT.vtt", "--style", "web-default"], "1.2-3", "30f-00:00:03:00"),
    ("shift", "--by"): (["talk.srt", "OUT.srt"], "-0.48", "-12f"),
    ("resync", "--offset"): (["talk.srt", "OUT.srt"], "4.48", "00:00:04:12"),
    ("resync", "--points"): (["talk.srt", "OUT.srt"], "1=2,4=6.2", "25f=50f,00:00:04:00=00:00:06:05"),
    ("merge", "--at"): (["talk.srt", "talk.srt", "-o", "OUT.srt"], "0,10.2", "0f,00:00:10:05"),
    ("split", "--at"): (["talk.srt", "-o", "OUT"], "3.2", "80f"),
    ("conform", "--remove"): (["talk.srt", "-o", "OUT.srt"], "3-3.6", "75f-00:00:03:15"),
    ("conform", "--handles"): (["talk.srt", "--edl", "cut.edl", "--fps", "25", "-o", "OUT.srt"], "0.48", "12f"),
    ("preview", "--at"): (["talk.srt", "-o", "OUT.png"], "1.2", "30f"),
    ("format", "--top"): (["talk.json", "-o", "OUT.vtt"], "1.2-3", "30f-00:00:03:00"),
    ("format", "--offset"): (["talk.json", "-o", "OUT.srt"], "480", "12f"),
    ("diff", "--tolerance"): (["talk.srt", "later.srt", "--json"], "80", "2f"),
}
#: Commands whose options are those of `format`.
AS_FORMAT = {"run", "batch", "plan", "watch", "retry"}
EDL = """TITLE: cut
FCM: NON-DROP FRAME

001  AX  V  C  00:00:01:00 00:00:06:00 01:00:00:00 01:00:05:00
* FROM CLIP NAME: talk
"""

#: Every command that writes files a user names, and what it writes with `-o out/`.
PLACES: dict[str, tuple[list[str], str]] = {
    "convert": (["talk.srt", "-f", "vtt"], "talk.vtt"),
    "shift": (["talk.srt", "--by", "1"], "talk.srt"),
    "resync": (["talk.srt", "--offset", "1"], "talk.srt"),
    "merge": (["talk.srt", "talk.srt", "-f", "vtt"], "talk.vtt"),
    "conform": (["talk.srt", "--remove", "0-1"], "talk.cut.srt"),
    "markers": (["talk.srt", "--to", "premiere", "--fps", "25"], "talk.markers.xml"),
    "translate-sheet": (["talk.srt", "--into", "fr"], "talk.fr.xlsx"),
    "split": (["talk.srt", "--at", "3"], "talk.part1.srt"),
    "format": (["talk.json", "-f", "srt"], "talk.srt"),
    "check": (["crowded.srt", "--fix"], "crowded.srt"),
    "glossary import": (["words.txt"], "glossary.toml"),
    "mux": (["interview-en.mp4", "talk.srt"], "interview-en.mp4"),
}
#: Commands that need ffmpeg, whose `-o` is held by their own tests; and those whose `-o` is a folder always.
DRAWN = {"burn", "preview"}
FOLDERS = {"run", "batch", "plan", "watch", "retry", "transcribe", "demo"}
#: Commands that write into the archive or files that they were given, beside which the results belong.
BESIDE = {"adopt", "learn", "history", "review"}


def every_command(command: click.Command = cli, name: str = "") -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for each in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), each)
            assert found is not None
            yield from every_command(found, f"{name} {each}".strip())
    else:
        yield name, command


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("talk.srt").write_text(SRT)
    Path("later.srt").write_text(SRT.replace("01,000", "01,080"))
    Path("crowded.srt").write_text(SRT.replace("03,000", "04,100").replace("\n", "\r\n"))
    Path("cut.edl").write_text(EDL)
    Path("words.txt").write_text("Fun-ASR\n")
    Path("talk.json").write_bytes((FIXTURES / "transcripts" / "interview-en.json").read_bytes())
    return tmp_path


def test_every_option_that_takes_a_time_is_in_the_table_and_reads_frames() -> None:
    shared = {id(option) for option in CAPTION_OPTIONS}
    for name, command in every_command():
        for param in command.params:
            if not isinstance(param, click.Option) or param.metavar not in TIMES:
                continue
            flag = param.opts[0]
            known = (name, flag) in CASES or (name in AS_FORMAT and id(param) in shared)
            assert known, f"{name} {flag}: is there a test that it takes frames?"
            reader = param.type.func if isinstance(param.type, click.types.FuncParamType) else None
            assert reader in READERS or param.type is click.STRING, f"{name} {flag}"


def test_no_option_reads_a_time_by_another_way() -> None:
    for name, command in every_command():
        for param in command.params:
            if isinstance(param.type, click.types.FuncParamType):
                assert param.type.func in READERS, f"{name} {param.opts[0]}"
                assert param.metavar in TIMES, f"{name} {param.opts[0]}"


@pytest.mark.integration
@pytest.mark.parametrize(("command", "flag"), [each for each in CASES if each[0] not in DRAWN])
def test_a_time_in_frames_is_the_same_time(
    desk: Path, command: str, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, seconds, frames = CASES[command, flag]
    made = []
    for folder, time in (("s", seconds), ("f", frames)):
        given = [f"{folder}/{each}" if each.startswith("OUT") else each for each in arguments]
        code = run(command, *given, f"{flag}={time}", *([] if folder == "s" else ["--fps", "25"]))
        written = capsys.readouterr()
        assert code == 0, written.err
        files = sorted(each for each in (desk / folder).rglob("*") if each.is_file())
        made.append((written.out.replace(f"{folder}/", ""), [each.read_bytes() for each in files]))
    assert made[0] == made[1]
    assert made[0][0] or made[0][1]
    if "--fps" in arguments:
        return
    assert run(command, *[each.replace("OUT", "bad") for each in arguments], f"{flag}={frames}") == 2
    assert "counts frames; give --fps" in capsys.readouterr().err


def test_offsets_are_milliseconds_as_ever_and_points_without_a_unit_are_refused() -> None:
    assert [parse_ms(text) for text in ("250", "-40", "2.5s", "250ms", "0:01")] == [250, -40, 2500, 250, 1000]
    for text in ("2.5", "-0.04"):
        with pytest.raises(Exception, match=r"such as 2\.5s"):
            parse_ms(text)
    with pytest.raises(Exception, match="must not be less than 0"):
        parse_ms_from_0("-1")


def test_every_command_that_writes_takes_o() -> None:
    with_output = {name for name, command in every_command() if any("-o" in param.opts for param in command.params)}
    assert with_output == PLACES.keys() | DRAWN | FOLDERS
    assert set(COMMANDS) >= BESIDE


@pytest.mark.integration
@pytest.mark.parametrize("command", PLACES)
def test_a_name_that_ends_with_a_slash_is_a_folder(
    desk: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, wanted = PLACES[command]
    given = [FIXTURES / each if each.endswith(".mp4") else each for each in arguments]
    run(*command.split(), *given, "-o", "new/folder/")
    assert (desk / "new" / "folder" / wanted).is_file(), capsys.readouterr().err


def test_reports_take_a_folder_too(desk: Path) -> None:
    run("check", "talk.srt", "--html", "pages/")
    run("diff", "talk.srt", "later.srt", "--html", "pages/")
    assert {each.name for each in (desk / "pages").iterdir()} == {"check.html", "diff.html"}


def test_what_fix_writes_is_named(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("check", "crowded.srt", "--fix", "-o", "good.srt")
    assert (desk / "good.srt").is_file()
    assert not (desk / "crowded.fixed.srt").exists()
    assert run("check", "crowded.srt", "-o", "good.srt") == 2
    assert run("check", "crowded.srt", "talk.srt", "--fix", "-o", "good.srt") == 2
    assert "name a folder, such as good.srt/" in capsys.readouterr().err
