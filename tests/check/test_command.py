"""`captioner check` and `captioner styles` as a person and a script meet them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from captioner.cli import cli
from captioner.errors import ConfigError

FIXTURES = Path(__file__).parents[2] / "fixtures"
GOOD = "1\n00:00:01,000 --> 00:00:03,000\nGood evening, and welcome.\n"
FLASH = "1\n00:00:01,000 --> 00:00:01,300\nGood evening, and welcome.\n"
WARNS = "1\n00:00:01,000 --> 00:00:01,800\nGood evening.\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))

    def call(*args: str, **files: str) -> Result:
        for name, text in files.items():
            (tmp_path / name.replace("_", ".")).write_text(text, encoding="utf-8")
        return CliRunner().invoke(cli, list(args), standalone_mode=False)

    return call


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        (GOOD, (), 0),
        (FLASH, (), 1),
        (WARNS, (), 0),
        (WARNS, ("--fail-on", "warning"), 1),
        (WARNS, ("--style", "netflix"), 1),
        ("nothing", (), 1),
    ],
)
def test_the_exit_code_is_the_verdict(run, text: str, options: tuple[str, ...], code: int) -> None:  # type: ignore[no-untyped-def]
    assert run("check", "talk.srt", *options, talk_srt=text).return_value == code


def test_the_table_names_caption_time_rule_and_the_figures(run) -> None:  # type: ignore[no-untyped-def]
    output = run("check", "talk.srt", talk_srt=FLASH).output
    assert "00:00:01.000" in output
    assert "R01 cps" in output
    assert "lines within the width 100 %" in output
    assert "1 error: reading speed 1; 1 warning: minimum duration 1" in output


def test_json_holds_every_finding_with_measure_and_limit(run) -> None:  # type: ignore[no-untyped-def]
    document = json.loads(run("check", "talk.srt", "--json", "--style", "netflix", talk_srt=FLASH).output)
    assert (document["style"]["name"], document["style"]["version"]) == ("netflix", 1)
    (file,) = document["files"]
    found = {issue["code"]: issue for issue in file["issues"]}
    assert (found["T04"]["measured"], found["T04"]["limit"], found["T04"]["caption"]) == (300, 833, 1)
    assert file["counts"]["error"] == 2
    assert file["rates"]["duration"] == 0.0


def test_csv_is_one_finding_a_row_and_no_formula(run) -> None:  # type: ignore[no-untyped-def]
    output = run("check", "talk.srt", "--csv", talk_srt=FLASH.replace("Good", "=Good")).output
    rows = list(csv.DictReader(io.StringIO(output)))
    assert [row["code"] for row in rows] == ["T04", "R01"]
    assert rows[0]["text"].startswith("'=")


def test_fix_writes_beside_the_file_lists_changes_and_does_not_replace(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    result = run("check", "talk.srt", "--fix", talk_srt=FLASH)
    assert result.return_value == 0
    assert "fixed  caption 1: time to read: ends 1000 ms later" in result.output
    assert (tmp_path / "talk.srt").read_text(encoding="utf-8") == FLASH
    assert "00:00:01,000 --> 00:00:02,300" in (tmp_path / "talk.fixed.srt").read_text(encoding="utf-8")
    again = run("check", "talk.srt", "--fix")
    assert again.return_value == 1
    assert "--overwrite" in again.stderr
    assert run("check", "talk.srt", "--fix", "--overwrite").return_value == 0


def test_a_file_without_faults_is_not_written_again(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert run("check", "talk.srt", "--fix", talk_srt=GOOD).return_value == 0
    assert not (tmp_path / "talk.fixed.srt").exists()


def test_one_file_that_cannot_be_read_does_not_stop_the_others(run) -> None:  # type: ignore[no-untyped-def]
    result = run("check", "a.srt", "b.srt", "missing.srt", a_srt="nothing", b_srt=GOOD)
    assert result.return_value == 1
    assert "b.srt" in result.output
    assert "a.srt: is not SRT" in result.stderr
    assert "missing.srt: cannot be read" in result.stderr


@pytest.mark.integration
def test_media_and_transcript_open_more_rules(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    late = FLASH.replace("00:00:01", "00:01:30").replace("01:30,300", "01:32,300")
    media = str(FIXTURES / "interview-en.mp4")
    document = json.loads(run("check", "talk.srt", "--media", media, "--json", talk_srt=late).output)
    assert "past_end" in document["files"][0]["by_rule"]


def test_the_report_is_written_for_one_file_only(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert run("check", "talk.srt", "--html", "report.html", talk_srt=FLASH).return_value == 1
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(Exception, match="one FILE"):
        raise run("check", "a.srt", "b.srt", "--html", "r.html").exception


@pytest.mark.parametrize("given", ["cps", "R01", "bad-gap"])
def test_a_rule_explains_itself(run, given: str) -> None:  # type: ignore[no-untyped-def]
    output = run("check", "--explain", given).output
    assert "source: " in output
    assert "what to do: " in output


def test_all_rules_are_listed(run) -> None:  # type: ignore[no-untyped-def]
    output = run("check", "--explain", "list").output
    assert "T01  overlap" in output
    assert "F04  frame_rate" in output


def test_shots_are_read_from_a_list(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "cuts.txt").write_text("0.8\n", encoding="utf-8")
    arguments = ("check", "talk.srt", "--style", "netflix", "--shots", "cuts.txt", "--fps", "25", "--json")
    document = json.loads(run(*arguments, talk_srt=GOOD).output)
    assert "shot_in" in document["files"][0]["by_rule"]


@pytest.mark.parametrize(
    "arguments", [("check",), ("check", "talk.srt", "--shots", "detect"), ("check", "--explain", "R99")]
)
def test_what_makes_no_sense_is_refused(run, arguments: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    assert run(*arguments, talk_srt=GOOD).exception is not None


def test_styles_are_listed_and_shown_with_their_sources(run) -> None:  # type: ignore[no-untyped-def]
    assert "netflix" in run("styles").output
    shown = run("styles", "netflix", "--language", "zh").output
    assert "netflix@1" in shown
    assert "Netflix Chinese guides" in shown
    document = json.loads(run("styles", "netflix", "--language", "zh", "--json").output)
    assert (document["max_columns"], document["punctuation"]) == (32, "streaming")
    assert len(json.loads(run("styles", "--json").output)) > 20


def test_a_raw_reply_of_the_service_is_a_transcript(run) -> None:  # type: ignore[no-untyped-def]
    reply = str(FIXTURES / "replies" / "transcript-zh-funasr-female2.json")
    document = json.loads(run("check", "talk.srt", "--transcript", reply, "--json", talk_srt=GOOD).output)
    assert document["files"][0]["by_rule"]["text_loss"] >= 1


def test_a_file_in_another_encoding_is_written_as_utf_8(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "old.srt").write_bytes(GOOD.replace("evening", "caf\u00e9").encode("cp1252"))
    result = run("check", "old.srt", "--fix")
    assert result.return_value == 0
    assert "UTF-8" in result.output
    assert "café" in (tmp_path / "old.fixed.srt").read_text(encoding="utf-8")


THREE = "3\n00:00:05,000 --> 00:00:07,000\nThank you all.\n"
TWO = f"{GOOD}\n{THREE.replace('3', '2', 1)}"
#: A file, what is found in it, and what is in the fixed one.
FOUND = {
    "bad times": (GOOD.replace(",000 --> ", " -> "), "not written as SRT writes times", GOOD),
    "numbers": (GOOD.replace("1\n", "1.\n", 1), "taken for the number of a caption", GOOD),
    "line ends": (GOOD.replace("\n", "\r\r\n"), "lines end in CR CR LF", GOOD),
    "html": (GOOD.replace(", and", ",<br>and"), "tags of HTML", "Good evening,\nand welcome."),
    "doubled": (TWO.replace("\n", "\n\n"), "every line has an empty one", TWO),
    "empty": (f"{GOOD}\n2\n00:00:00,00 --> 00:00:00,00\n\n{THREE}", "caption 2 has no text and no time", TWO),
}


@pytest.mark.parametrize("name", FOUND)
def test_a_fault_of_the_file_is_one_finding_in_plain_words_and_is_fixed(run, tmp_path: Path, name: str) -> None:  # type: ignore[no-untyped-def]
    text, finding, fixed = FOUND[name]
    (tmp_path / "talk.srt").write_bytes(text.encode())
    document = json.loads(run("check", "talk.srt", "--json").output)
    faults = [issue["message"] for issue in document["files"][0]["issues"] if issue["rule"] == "reparse"]
    assert any(finding in message for message in faults)
    assert not any("pysubs2" in message for message in faults)
    run("check", "talk.srt", "--fix")
    assert fixed in (tmp_path / "talk.fixed.srt").read_text("utf-8")
    assert run("check", "talk.fixed.srt").return_value == 0


def test_captions_that_cannot_be_read_stay_in_the_fixed_file_and_numbers_go_on(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    text = "1\n-00:00:03,000 --> -00:00:01,000\nEarly.\n\n2\n00:00:01 --> 00:00:03\nGood evening, all.\n"
    run("check", "talk.srt", "--fix", talk_srt=text)
    fixed = (tmp_path / "talk.fixed.srt").read_text("utf-8")
    assert fixed == text.replace("00:00:01 --> 00:00:03", "00:00:01,000 --> 00:00:03,000")


VISUAL = "1\n00:00:01,000 --> 00:00:03,000\n.נראה שאתה לא מתייעץ\n?בשום דבר\n\n2\n00:00:04,000 --> 00:00:06,000\n!לא\n"


def test_visual_order_is_told_and_never_made_worse(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    result = run("check", "talk.srt", "--fix", talk_srt=VISUAL)
    assert "they are left so" in result.stderr
    assert "L08" not in result.output
    assert not (tmp_path / "talk.fixed.srt").exists()
    run("convert", "talk.srt", "talk.vtt")
    assert [line for line in VISUAL.split("\n") if "ל" in line] == [
        line for line in (tmp_path / "talk.vtt").read_text("utf-8").split("\n") if "ל" in line
    ]
    refused = run("convert", "talk.srt", "new.srt", "--style", "netflix").exception
    assert isinstance(refused, ConfigError)
    assert "stored in visual order, and a new layout would change" in refused.message


@pytest.mark.parametrize("mark", ["- ", "-", "– ", ">> ", ">>"])
@pytest.mark.parametrize("style", ["web-default", "netflix", "fcc-608", "bbc-online", "ted"])
def test_one_speaker_is_never_made_two(run, tmp_path: Path, style: str, mark: str) -> None:  # type: ignore[no-untyped-def]
    text = (
        f"1\n00:00:01,000 --> 00:00:03,000\n{mark}Wait for me,\nI am coming now .\n\n"
        f"2\n00:00:04,000 --> 00:00:06,000\n{mark}Where are you ?\n"
    )
    run("check", "talk.srt", "--fix", "--style", style, talk_srt=text)
    fixed = (tmp_path / "talk.fixed.srt").read_text("utf-8")
    speech = [line for line in fixed.split("\n") if line and not line.isdecimal() and "-->" not in line]
    assert sum(line[:1] in "-–>" for line in speech) == 2
    assert "now." in fixed
