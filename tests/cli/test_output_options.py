"""The options of finishing, as the commands read them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from captioner.captions.options import CaptionOptions
from captioner.cli.help import command, with_options
from captioner.cli.options import CAPTION_OPTIONS
from captioner.cli.output_options import caption_options, named_by_target
from captioner.config import load
from captioner.errors import ConfigError


def asked(*args: str) -> CaptionOptions:
    made: list[CaptionOptions] = []

    @command()
    @with_options(CAPTION_OPTIONS)
    def collect(**values: Any) -> None:
        made.append(caption_options(load().with_flags(**values), values))

    result = CliRunner().invoke(collect, list(args), standalone_mode=False)
    if result.exception:
        raise result.exception
    return made[0]


def test_options_become_values(tmp_path: Path) -> None:
    listed, cuts = tmp_path / "names.toml", tmp_path / "cuts.txt"
    listed.write_text('[replace]\n"fun asr" = "Fun-ASR"\n', encoding="utf-8")
    cuts.write_text("0.92\n", encoding="utf-8")
    made = asked("--replace", str(listed), "--shots", str(cuts), "--fps", "24", "--no-snap-frames", "--spell", "♫=#")
    assert (made.replacements, made.replacements_name) == ('[replace]\n"fun asr" = "Fun-ASR"\n', "names.toml")
    assert (made.shot_list, made.detect_shots) == ("0.92\n", False)
    assert (made.frame_rate, made.snap_frames, made.spellings) == (Fraction(24), False, (("♫", "#"),))
    assert asked("--shots", "detect").detect_shots
    assert asked() == CaptionOptions()


def test_a_target_chooses_the_format() -> None:
    assert asked("--target", "avid").formats == ("avid",)
    assert asked("--target", "netflix").formats == ("ttml1",)


@pytest.mark.parametrize("args", [("--replace", "missing.toml"), ("--shots", "missing.txt"), ("--fps", "fast")])
def test_what_cannot_be_read_is_refused(args: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError):
        asked(*args)


def test_several_targets_have_a_file_each_named_by_the_target_where_two_want_the_same() -> None:
    made = asked("--target", "premiere", "--target", "youtube", "--target", "avid")
    assert (made.formats, made.target) == ((), "")
    assert made.extensions == ("premiere.srt", "youtube.srt", "avid.txt")
    assert named_by_target(made) == (
        "several files of one kind, so their targets are in the names: <name>.premiere.srt, <name>.youtube.srt",
    )
    assert asked("--target", "web", "--target", "premiere").extensions == ("vtt", "srt")
    assert named_by_target(asked("--target", "web", "--target", "premiere")) == ()
    assert asked("--target", "premiere", "--target", "premiere") == asked("--target", "premiere")


def test_formats_are_written_for_every_target_that_takes_them_and_once_where_none_does() -> None:
    made = asked("--target", "premiere", "--target", "resolve", "-f", "srt,vtt,docx")
    assert made.deliveries == (("premiere", "srt"), ("resolve", "srt"), ("resolve", "vtt"))
    assert made.formats == ("docx",)
    assert made.extensions == ("docx", "premiere.srt", "resolve.srt", "vtt")
    with pytest.raises(ConfigError, match="--target ebu: takes none of srt; add one of stl"):
        asked("--target", "premiere", "--target", "ebu", "-f", "srt")
