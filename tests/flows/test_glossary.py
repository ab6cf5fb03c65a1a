"""The journey of a desk's glossary: captions follow it for nothing, the hotword list is made from it."""

from __future__ import annotations

import json
import shutil

import pytest

from captioner.emulator import Emulator
from tests.flows.conftest import FIXTURES, Journey

DESK = '[[terms]]\ntext = "Dr. Chan"\nheard = ["Dr. Chen"]\n\n[[terms]]\ntext = "Zürich"\nheard = ["Tsurich"]\n'


def test_a_changed_glossary_changes_captions_that_are_filed_and_buys_nothing(
    journey: Journey, emulator: Emulator
) -> None:
    shutil.copy(FIXTURES / "interview-en.mp4", journey.folder / "talk.mp4")
    desk, srt = journey.folder / "glossary.toml", journey.folder / "talk.srt"
    settings = journey.folder / "captioner.toml"
    settings.write_text('[captions]\nglossary = "glossary.toml"\n', "utf-8")
    desk.write_text(DESK, "utf-8")
    place = ["--language", "en", *journey.place(emulator)]
    first = journey.captioner("run", "talk.mp4", *place)
    assert first.returncode == 0, first.stderr
    assert "“Dr. Chen” is shown as “Dr. Chan”, 2 times" in first.stderr
    assert first.stderr.count("heard nowhere: Tsurich") == 1
    text = srt.read_text("utf-8")
    assert "Dr. Chan, is this" in text.replace("\n", " ")

    desk.write_text("# ours\n" + DESK.replace('"Dr. Chan"\n', '"Dr. Chan"\nweight = 5\n'), "utf-8")
    stamp = srt.stat().st_mtime_ns
    assert journey.captioner("run", "talk.mp4", *place).returncode == 0
    assert srt.stat().st_mtime_ns == stamp  # weights and comments shape no captions

    desk.write_text(DESK.replace('"Dr. Chan"', '"Dr. Tschan"'), "utf-8")
    again = journey.captioner("run", "talk.mp4", *place)
    assert again.returncode == 0, again.stderr
    assert "Dr. Tschan" in srt.read_text("utf-8")

    srt.write_text(srt.read_text("utf-8").replace("Dr. Tschan", "Dr. Chen", 1), "utf-8")
    assert journey.captioner("adopt", "talk.srt").returncode == 0
    desk.write_text(DESK, "utf-8")
    assert journey.captioner("run", "talk.mp4", *place).returncode == 0
    last = srt.read_text("utf-8")
    assert last.count("Dr. Chen") == 1  # the person's, kept
    assert last.count("Dr. Chan") == 1
    assert emulator.submissions == 1


@pytest.mark.short
def test_an_accepted_finding_stays_accepted_in_runs(journey: Journey, emulator: Emulator) -> None:
    shutil.copy(FIXTURES / "interview-en.mp4", journey.folder / "talk.mp4")
    run = ["run", "talk.mp4", "--strict", "--language", "en", "--max-columns", "20", *journey.place(emulator)]
    first = journey.captioner(*run)
    assert first.returncode == 1, first.stderr
    style = journey.folder / "narrow.toml"
    report = json.loads(journey.captioner(*run, "--json").stdout)["files"][0]["issues"]
    wanted = [f"{each['rule']}@{each['cue_index'] + 1}" for each in report if each["severity"] != "note"]
    assert wanted
    style.write_text('extends = "web-default"\nname = "narrow"\nmax_columns = 20\n', "utf-8")
    accepting = [part for name in wanted for part in ("--accept", name)]
    done = journey.captioner("check", "talk.srt", "--style", style, *accepting, "--reason", "a narrow window")
    assert done.returncode in (0, 1), done.stderr
    again = journey.captioner(*run)
    assert again.returncode == 0, again.stderr
    assert f"{len(wanted)} accepted" in again.stderr
    anew = journey.captioner(*run, "--format", "srt,vtt")
    assert anew.returncode == 0, anew.stderr
    assert f"{len(wanted)} accepted" in anew.stderr
    journey.captioner("check", "talk.srt", "--style", style, "--unaccept", wanted[0])
    assert journey.captioner(*run, "--format", "srt,vtt").returncode == 1
    assert emulator.submissions == 1


def test_the_hotword_list_is_made_of_the_glossary_and_filled_anew(journey: Journey, emulator: Emulator) -> None:
    desk = journey.folder / "glossary.toml"
    long = '[[terms]]\ntext = "Überlanges Wort mit vielen Zeichen"\n[[terms]]\ntext = "quiet"\nweight = 0\n'
    desk.write_text(DESK + long, "utf-8")
    service = ["--endpoint", emulator.url]
    first = journey.captioner("vocabulary", "push", desk, *service)
    assert first.returncode == 0, first.stderr
    assert "left out: hotword 'Überlanges Wort" in first.stderr
    assert "2 of 3 words, created, for fun-asr" in first.stderr
    made = first.stdout.strip()
    same = journey.captioner("vocabulary", "push", desk, "--id", made, "--json", *service)
    assert json.loads(same.stdout)["done"] == "as they were"
    desk.write_text(DESK + '[[terms]]\ntext = "Lisboa"\nweight = 5\n', "utf-8")
    changed = journey.captioner("vocabulary", "push", desk, "--vocabulary", made, *service)
    assert "3 of 3 words, updated" in changed.stderr
    shown = journey.captioner("vocabulary", "show", made, *service).stdout.splitlines()
    assert shown[1:] == ["Lisboa,5", "Dr. Chan,4", "Zürich,4"]
    other = journey.captioner("vocabulary", "push", desk, "--id", made, "--model", "fun-asr-2025-11-07", *service)
    assert other.returncode == 2
    assert f"hotword list {made} was made for fun-asr" in other.stderr
