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
from captioner.cli.output_options import caption_options
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
