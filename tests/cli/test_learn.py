"""`captioner learn`: lists, accepts by number, rejects, and leaves the glossary's text as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from captioner import archive, glossary
from captioner.cli import main
from tests.captions.test_learning import archive as edited

DESK = '# our glossary\n[[terms]]\ntext = "Weber"  # Anna\nheard = ["Veber"]\n'


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "captions").mkdir()
    pairs = [("ask Chen now please", "ask Chan now please"), ("for there use only", "for their use only")]
    for name in ("monday", "tuesday"):
        kept = edited(*pairs, ("we saw Newen there", "we saw Nguyen there"))
        (tmp_path / f"captions/{name}.json").write_text(archive.dumps(replace(kept, title=name)), "utf-8")
    (tmp_path / "glossary.toml").write_text(DESK, "utf-8")
    (tmp_path / "captioner.toml").write_text('[captions]\nglossary = "glossary.toml"\n', "utf-8")


def test_proposals_are_listed_with_places_and_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("learn", "captions") == 0
    printed = capsys.readouterr().out
    assert "6 corrections in 2 files: 2 rules proposed" in printed
    assert "  1  “Chen” is shown as “Chan”: 2 times in 2 files" in printed
    assert "monday.json 00:00:00  ask [Chen] now please" in printed
    assert "“there” → “their”, 2 times: a common word" in printed
    assert Path("glossary.toml").read_text("utf-8") == DESK


def test_accepted_ones_stand_below_what_was_written_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("learn", "captions", "--accept", "1", "--reject", "2") == 0
    assert "1 rule added, 1 rejected; the next captioner run shows them" in capsys.readouterr().err
    text = Path("glossary.toml").read_text("utf-8")
    assert text.startswith(DESK)
    desk = glossary.parse(text, "glossary.toml")
    assert [(term.text, term.heard) for term in desk.terms] == [("Weber", ("Veber",)), ("Chan", ("Chen",))]
    assert run("learn", "captions", "--json") == 0
    assert json.loads(capsys.readouterr().out)["proposals"] == []


def test_all_are_accepted_into_a_glossary_that_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("learn", "captions", "--glossary", "new.toml", "--accept") == 0
    assert "captioner run --glossary new.toml shows them" in capsys.readouterr().err
    made = glossary.parse(Path("new.toml").read_text("utf-8"), "new.toml")
    assert [term.text for term in made.terms] == ["Chan", "Nguyen"]
    assert run("learn", "captions", "--accept", "--glossary", "other.toml", "--dry-run") == 0
    assert 'heard = ["Chen"]' in capsys.readouterr().out
    assert not Path("other.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--accept", "9"], "--accept 9: no such proposal; there are 2"),
        (["--accept", "x"], "--accept x: no such proposal"),
    ],
)
def test_a_wrong_number_is_refused(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("learn", "captions", *arguments) == 2
    assert complaint in capsys.readouterr().err


def test_without_a_glossary_one_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    Path("captioner.toml").unlink()
    assert run("learn", "captions", "--accept") == 2
    assert "name one with --glossary, it is made if it is not there" in capsys.readouterr().err


def test_in_a_terminal_each_is_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answers = iter(["y", "never"])
    monkeypatch.setattr("captioner.cli.commands.learn._is_terminal", lambda: True)
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(answers))
    assert run("learn", "captions") == 0
    assert "1 rule added, 1 rejected" in capsys.readouterr().err
    desk = glossary.parse(Path("glossary.toml").read_text("utf-8"), "glossary.toml")
    assert [each.text for each in desk.rejected] == ["Nguyen"]
    assert [term.text for term in desk.terms] == ["Weber", "Chan"]
