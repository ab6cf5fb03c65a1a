"""Options: declared once, the same in every command, in groups that fit a screen."""

from __future__ import annotations

import os
from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from captioner.captions.option_use import refuse_useless
from captioner.captions.options import CaptionOptions
from captioner.cli import COMMANDS, cli, main
from captioner.cli.help import Command, Group, Option
from captioner.cli.options import CAPTION_OPTIONS, RUN_OPTIONS
from captioner.config import SETTINGS
from captioner.style import load_style

RUN_COMMANDS = ("run", "batch", "plan", "watch", "retry")

#: Every field of `CaptionOptions`, and the parameters it comes from.
PARAMETERS = {
    "formats": ("format", "target"),
    "style": ("style", "max_columns", "max_lines"),
    "look": ("look",),
    "also": ("also",),
    "language": ("language",),
    "names": ("speakers",),
    "smooth_speakers": ("smooth_speakers",),
    "replacements": ("replace",),
    "replacements_name": ("replace",),
    "glossary": ("glossary",),
    "glossary_name": ("glossary",),
    "offset_ms": ("offset_ms",),
    "frame_rate": ("fps",),
    "start_timecode": ("start_tc",),
    "snap_frames": ("snap_frames",),
    "detect_shots": ("shots",),
    "shot_list": ("shots",),
    "ms_rounding": ("ms_rounding",),
    "target": ("target",),
    "deliveries": ("target", "format"),
    "encoding": ("encoding",),
    "newline": ("newline",),
    "size": ("size",),
    "karaoke": ("karaoke",),
    "colours": ("colours",),
    "vertical": ("vertical",),
    "top": ("top",),
    "substitute": ("substitute",),
    "spellings": ("spell",),
    "mask": ("mask",),
    "remove": ("remove",),
    "remove_fillers": ("remove_fillers",),
    "without_speakers": ("diarization",),
    "strict_names": ("speakers",),
    "script": ("script",),
    "script_name": ("script",),
    "script_policy": ("script_policy",),
}
#: Parameters that are about the files of captions and not about what is in them.
ABOUT_FILES = {"strict", "suffix_language", "overwrite"}
#: What `convert` has in another way: it names its one file, takes the style as a wish, and leaves times to `shift`.
NOT_IN_CONVERT = {"format", "style", "also", "suffix_language", "offset_ms", "diarization", "mask", "remove",
                  "remove_fillers", "script", "script_policy"}  # fmt: skip


def command_of(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def every_command() -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name in COMMANDS:
        command = command_of(name)
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {each}", sub) for each, sub in command.commands.items()]
    return found


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


@pytest.mark.parametrize("name", RUN_COMMANDS)
def test_every_command_that_captions_media_has_every_option(name: str) -> None:
    params = command_of(name).params
    assert [option.name for option in RUN_OPTIONS if option not in params] == []


@pytest.mark.parametrize("name", [*RUN_COMMANDS, "format"])
def test_every_command_that_captions_speech_has_every_option_that_shapes_captions(name: str) -> None:
    params = command_of(name).params
    assert [option.name for option in CAPTION_OPTIONS if option not in params] == []


def test_convert_has_every_option_that_shapes_captions_where_it_makes_sense() -> None:
    names = {param.name for param in command_of("convert").params}
    assert {option.name for option in CAPTION_OPTIONS} - names <= NOT_IN_CONVERT


def test_every_field_of_the_caption_options_has_its_option_and_the_other_way_round() -> None:
    assert set(PARAMETERS) | {"archive"} == {field.name for field in fields(CaptionOptions)}
    used = {parameter for parameters in PARAMETERS.values() for parameter in parameters}
    assert used | ABOUT_FILES == {option.name for option in CAPTION_OPTIONS}


def test_every_setting_with_a_flag_is_an_option_with_its_flags_and_help() -> None:
    options = {option.name: option for option in RUN_OPTIONS}
    for name, setting in SETTINGS.items():
        if not setting.flags:
            assert setting.secret, name
            continue
        option = options[name]
        assert "/".join((*option.opts, *option.secondary_opts)) in ("/".join(setting.flags), "/".join(setting.flags))
        assert option.help == setting.sentence
        assert option.default in (None, click.core.UNSET)  # so that files and the environment decide


@pytest.mark.parametrize(("name", "command"), every_command())
def test_help_fits_a_screen_and_help_all_has_every_option(
    name: str, command: click.Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert run(*name.split(), "--help") == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) <= 45
    options = [param for param in command.params if isinstance(param, click.Option)]
    hidden = [option for option in options if isinstance(option, Option) and not option.common]
    if hidden:
        assert f"{len(hidden)} more option{'s' if len(hidden) > 1 else ''}: captioner {name} --help-all" in printed
        assert run(*name.split(), "--help-all") == 0
        printed = capsys.readouterr().out
    for option in options:
        assert option.opts[-1] in printed or option.opts[0] == "--help-all"


@pytest.mark.parametrize(("name", "command"), every_command())
def test_every_command_groups_its_options_and_says_defaults_in_words(name: str, command: click.Command) -> None:
    assert isinstance(command, Command | Group)
    for option in (param for param in command.params if isinstance(param, click.Option)):
        assert option.help, f"{name} {option.opts[0]} has no help"
        assert option.help.endswith((".", ")", "…")), option.help
        assert "without." not in option.help


@pytest.mark.parametrize("name", ["", "ledger", "config", "vocabulary"])
def test_a_group_alone_shows_its_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*name.split()) == 2
    printed = capsys.readouterr()
    assert printed.out.startswith("Usage: captioner")
    assert len(printed.out.splitlines()) > 8
    assert printed.err == ""


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["rum", "x"], "no command 'rum'; did you mean run?"),
        (["vocabulary", "crate"], "no command 'crate'; did you mean create?"),
        (["zzz"], "no command 'zzz'; see captioner --help"),
        (["run", "x", "--stile", "netflix"], "--style"),
        (["run"], "see captioner run --help"),
    ],
)
def test_a_mistyped_name_gets_a_suggestion_in_one_line(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    printed = capsys.readouterr().err
    assert hint in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        (["run", "--style"], "netflix", "netflix-children"),
        (["batch", "--target"], "pre", "premiere"),
        (["format", "x.json", "-f"], "srt,v", "srt,vtt"),
        (["watch", "--model"], "fun", "fun-asr-mtl"),
        (["run", "--also"], "social-vertical:a", "social-vertical:ass"),
        (["run", "--also"], "soc", "social-vertical:"),
        (["run", "--region"], "", "intl"),
        (["convert", "a.srt", "b.stl", "--format"], "stl", "stl-teletext"),
        (["styles"], "bb", "bbc"),
        (["models"], "para", "paraformer-v2"),
        (["check", "--style"], "ebu", "ebu"),
        ([], "re", "resync"),
        (["vocabulary"], "cr", "create"),
    ],
)
def test_the_shell_completes_names(words: list[str], incomplete: str, expected: str) -> None:
    complete = ShellComplete(cli, {}, "captioner", "_CAPTIONER_COMPLETE")
    found = [item.value for item in complete.get_completions(words, incomplete)]
    assert any(value.startswith(expected) for value in found), found
    assert all(value.startswith(incomplete) for value in found)


def test_completion_is_reached_through_the_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_CAPTIONER_COMPLETE", "zsh_complete")
    monkeypatch.setenv("COMP_WORDS", "captioner run --target net")
    monkeypatch.setenv("COMP_CWORD", "3")
    assert run() == 0
    assert "netflix" in capsys.readouterr().out
    assert "PATH" in os.environ


@pytest.mark.parametrize("command", [["run", "nowhere.mp4"], ["plan", "nowhere.mp4"], ["format", "talk.asr.json"]])
@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (
            ["--karaoke", "k", "-f", "srt"],
            "--karaoke: srt has no use for it; leave it out, or choose one of vtt, ass, lrc",
        ),
        (["--start-tc", "10:00:00:00", "-f", "txt,docx"], "--start-tc: txt, docx have no use for it"),
        (["--start-tc", "10:00:00:00", "-f", "csv"], "--start-tc: csv has no use for it"),
        (["--fps", "25", "-f", "csv"], "--fps: csv has no use for it"),
    ],
)
def test_an_option_that_does_nothing_is_refused_before_the_work(
    command: list[str], flags: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*command, *flags) == 2
    assert told in capsys.readouterr().err


def test_an_option_that_one_of_the_files_uses_is_taken() -> None:
    style = load_style("web-default")
    for options in (
        CaptionOptions(formats=("srt", "ass"), karaoke="k"),
        CaptionOptions(formats=("csv", "stl"), start_timecode="10:00:00:00"),
        CaptionOptions(formats=("csv",), frame_rate=Fraction(25), snap_frames=True),
        CaptionOptions(formats=("srt",), frame_rate=Fraction(24), style=load_style("netflix")),
        CaptionOptions(formats=("srt",), also=((style, "avid"),), frame_rate=Fraction(25)),
    ):
        refuse_useless(options)


@pytest.mark.parametrize("flags", [["--karaoke", "k"], ["--start-tc", "10:00:00:00"]])
def test_convert_refuses_what_the_format_has_no_use_for(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n", encoding="utf-8")
    assert run("convert", str(tmp_path / "a.srt"), str(tmp_path / "a.csv"), *flags) == 2
    assert flags[0] in capsys.readouterr().err
    assert not (tmp_path / "a.csv").exists()
