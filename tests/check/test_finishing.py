"""The options of finishing, as `run` and `format` use them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from captioner import style
from captioner.check import check, fails, summary
from captioner.cli.finishing import finishing, finishing_options
from captioner.errors import ConfigError
from captioner.jobs.finishing import Finishing
from captioner.layout import compose
from captioner.model import Cue, Sentence, Transcript
from tests.check.cases import cue

NETFLIX = style.load_style("netflix")
CUES: tuple[Cue, ...] = (cue(1010, 2990, "Good evening."),)


def asked(*args: str) -> Finishing:
    made: list[Finishing] = []

    @click.command()
    @finishing_options
    def command(**values: Any) -> None:
        made.append(finishing(**values))

    result = CliRunner().invoke(command, list(args), standalone_mode=False)
    if result.exception:
        raise result.exception
    return made[0]


def test_nothing_asked_for_is_the_house_and_the_medias_rate() -> None:
    (found,) = asked().after(CUES, NETFLIX, frame_rate=Fraction(25))
    assert (found.start_ms, found.end_ms) == (1000, 3000)
    assert asked().after(CUES, NETFLIX) == CUES


def test_a_rate_given_wins_and_frames_can_be_refused() -> None:
    (found,) = asked("--fps", "24").after(CUES, NETFLIX, frame_rate=Fraction(25))
    assert found.start_ms == 1000
    assert asked("--no-snap-frames").after(CUES, NETFLIX, frame_rate=Fraction(25)) == CUES
    (ceiled,) = asked("--fps", "29.97", "--ms-rounding", "ceil").after((cue(1040, 2990, "Good evening."),), NETFLIX)
    assert ceiled.start_ms == 1035  # frame 31 begins at 1034.37


def test_words_are_replaced_before_the_layout_and_listed(tmp_path: Path) -> None:
    path = tmp_path / "names.toml"
    path.write_text('[replace]\n"fun asr" = "Fun-ASR"\n', encoding="utf-8")
    told = Transcript((Sentence("We use fun asr here.", 0, 3000),), "en")
    changed, listed = asked("--replace", str(path)).before(told)
    assert compose(changed, NETFLIX)[0].text == "We use Fun-ASR here."
    assert listed == ("at 0.0 s “fun asr” is shown as “Fun-ASR”",)
    assert asked().before(told) == (told, ())


def test_shots_come_from_a_list_or_the_media(tmp_path: Path) -> None:
    path = tmp_path / "cuts.txt"
    path.write_text("0.92\n", encoding="utf-8")
    (found,) = asked("--shots", str(path), "--fps", "25").after(CUES, NETFLIX)
    assert found.start_ms == 920
    with pytest.raises(ConfigError, match="needs the media"):
        asked("--shots", "detect").after(CUES, NETFLIX, frame_rate=Fraction(25))


@pytest.mark.parametrize("args", [("--replace", "missing.toml"), ("--shots", "missing.txt"), ("--fps", "fast")])
def test_what_cannot_be_read_is_refused(args: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError):
        asked(*args)


def test_the_verdict_is_one_line_and_fails_only_when_strict() -> None:
    fast = (cue(0, 1800, "Unbelievably long announcements tonight."),)
    told = Transcript((Sentence(fast[0].text, 0, 1800),), "en")
    issues = check(fast, NETFLIX, transcript=told)
    assert summary(issues, len(fast)) == "1 warning: reading speed 1"
    assert fails(issues, "warning")
    assert not fails(issues, "error")
    assert not fails(check(CUES, NETFLIX), "warning")
