"""`captioner check`: compares with the corrected text of the archive beside, accepts findings and takes that back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from captioner import archive
from captioner.archive import MediaFacts
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import produce
from captioner.cli import main
from tests.check.test_acceptance import FAST


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = produce(FAST, MediaFacts(), CaptionOptions(formats=("srt", "vtt", "ass"), archive=True))
    for extension, data in made.files.items():
        Path(f"talk.{extension}").write_bytes(data)


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    run("check", *arguments, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)["files"][0]
    return found


def first_finding(issues: Sequence[dict[str, Any]]) -> str:
    issue = next(each for each in issues if each["caption"] and each["severity"] != "note")
    return f"{issue['rule']}@{issue['caption']}"


def test_a_finding_is_accepted_in_every_format_of_the_captions(capsys: pytest.CaptureFixture[str]) -> None:
    before = checked(capsys, "talk.srt")
    assert before["notes"] == ["compared with the text of talk.json"]
    assert before["accepted"] == 0
    finding = first_finding(before["issues"])
    assert run("check", "talk.srt", "--accept", finding, "--reason", "live", "--by", "kai") == 0
    assert "; 1 accepted" in capsys.readouterr().out
    for name in ("talk.srt", "talk.vtt", "talk.ass", "talk.json"):
        after = checked(capsys, name)
        assert after["accepted"] == 1, name
        accepted = [issue for issue in after["issues"] if issue["accepted"]]
        assert [issue["accepted"] for issue in accepted] == ["live"]
    assert run("check", "talk.srt", "--show", "note", "--html", "page.html") in (0, 1)
    assert "accepted: live" in " ".join(capsys.readouterr().out.split())
    assert "<h2>Accepted</h2>" in Path("page.html").read_text("utf-8")
    (kept,) = archive.loads(Path("talk.json").read_text("utf-8")).accepted
    assert (kept.by, kept.reason, kept.at[:2]) == ("kai", "live", "20")

    assert run("check", "talk.srt", "--unaccept", finding) in (0, 1)
    assert "accepted" not in capsys.readouterr().out
    assert checked(capsys, "talk.vtt")["accepted"] == 0


def test_what_is_accepted_decides_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(capsys, "talk.srt")["issues"]
    names = {f"{each['rule']}@{each['caption']}" for each in found if each["severity"] != "note"}
    arguments = [part for name in sorted(names) for part in ("--accept", name)]
    assert run("check", "talk.srt", "--fail-on", "warning") == 1
    assert run("check", "talk.srt", *arguments, "--reason", "live", "--fail-on", "warning") == 0
    assert run("format", "talk.json", "--strict", "-o", "new.srt") == 0
    assert f"clean: 2 captions, nothing to report; {len(names)} accepted" in capsys.readouterr().err


def test_a_changed_caption_is_told_and_forgotten_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    finding = first_finding(checked(capsys, "talk.srt")["issues"])
    run("check", "talk.srt", "--accept", finding, "--reason", "live")
    text = Path("talk.srt").read_text("utf-8")
    Path("talk.srt").write_text(text.replace("This is a caption", "That was a caption"), "utf-8")
    capsys.readouterr()
    after = checked(capsys, "talk.srt")
    assert after["accepted"] == 0
    assert any("counts no longer, as the caption changed" in note for note in after["notes"])
    assert run("adopt", "talk.srt", "--by", "kai") == 0
    assert "counts no longer" in capsys.readouterr().err
    run("check", "talk.srt", "--unaccept", "changed")
    assert archive.loads(Path("talk.json").read_text("utf-8")).accepted == ()


def test_the_corrected_text_is_what_captions_are_compared_with(capsys: pytest.CaptureFixture[str]) -> None:
    kept = json.loads(Path("talk.json").read_text("utf-8"))
    kept["sentences"][1]["text"] = "Something quite different was really said."
    Path("talk.json").write_text(json.dumps(kept), "utf-8")
    assert "text_loss" in [issue["rule"] for issue in checked(capsys, "talk.srt")["issues"]]
    assert run("adopt", "talk.json") == 0
    capsys.readouterr()
    assert "text_loss" not in [issue["rule"] for issue in checked(capsys, "talk.srt")["issues"]]


def test_captions_in_another_language_are_not_compared(capsys: pytest.CaptureFixture[str]) -> None:
    Path("talk.de.srt").write_text(
        "1\n00:00:00,000 --> 00:00:02,000\nDas ist die Übersetzung und nicht der Text.\n", "utf-8"
    )
    assert checked(capsys, "talk.de.srt")["notes"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["talk.srt", "--accept", "cps@1"], 2, "say why, with --reason"),
        (["talk.srt", "--accept", "cps", "--reason", "x"], 2, "write the rule and the number of its caption"),
        (["talk.srt", "--accept", "overlap@1", "--reason", "x"], 2, "no such finding; caption 1 has"),
        (["talk.srt", "--accept", "nonsense@1", "--reason", "x"], 2, "nonsense"),
        (["talk.srt", "--unaccept", "cps@1"], 2, "it is not accepted"),
        (["other.srt", "--accept", "cps@1", "--reason", "x"], 2, "captioner convert other.srt other.json"),
        (["talk.srt", "talk.vtt", "--accept", "cps@1", "--reason", "x"], 2, "are about one FILE"),
    ],
)
def test_what_cannot_be_accepted_is_refused(
    arguments: list[str], code: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("other.srt").write_text("1\n00:00:00,000 --> 00:00:00,200\nVery much too fast to be read.\n", "utf-8")
    assert run("check", *arguments) == code
    assert complaint in capsys.readouterr().err


def test_a_foreign_file_has_its_acceptances_in_a_json_that_is_made_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    Path("other.srt").write_text("1\n00:00:00,000 --> 00:00:00,400\nVery much too fast to be read.\n", "utf-8")
    assert run("convert", "other.srt", "other.json") == 0
    finding = first_finding(checked(capsys, "other.srt")["issues"])
    assert run("check", "other.srt", "--accept", finding, "--reason", "live") in (0, 1)
    capsys.readouterr()
    assert checked(capsys, "other.srt")["accepted"] == 1


def test_a_damaged_json_beside_is_told_and_not_used(capsys: pytest.CaptureFixture[str]) -> None:
    broken = archive.dumps(replace(archive.loads(Path("talk.json").read_text("utf-8")), accepted=()))
    Path("talk.json").write_text(broken[:-30], "utf-8")
    run("check", "talk.srt")
    assert "talk.json is damaged; talk.srt is not compared with it" in capsys.readouterr().err
