"""`captioner glossary` and `--glossary`: checks, makes one file of three, corrects what is filed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from captioner import archive, compose, glossary
from captioner.archive import MediaFacts
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import produce
from captioner.cli import main
from tests.captions.test_glossary_rules import CHAN, said


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = produce(said("Ms Chen and Mr Chen, by heck.", "Yes."), MediaFacts(), CaptionOptions(archive=True))
    Path("talk.json").write_bytes(made.files["json"])
    Path("glossary.toml").write_text(CHAN + '[[terms]]\ntext = "Zürich"\nheard = ["Tsurich"]\n', "utf-8")


def test_the_glossary_of_the_settings_corrects_what_is_filed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("captioner.toml").write_text('[captions]\nglossary = "glossary.toml"\n', "utf-8")
    assert run("format", "talk.json", "-f", "txt") == 0
    printed = capsys.readouterr()
    assert "Ms Chan and Mr Chan" in printed.out
    assert "“Chen” is shown as “Chan”, 2 times, first at 0.0 s" in printed.err
    assert printed.err.count("in the glossary, heard nowhere: Tsurich") == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('[replace]\n"Mr Chen" = "Mr Chan"\n', "Ms Chen and Mr Chan, by heck."),
        ('mask = ["heck"]\n', "Ms Chen and Mr Chen, by h***."),
        ('[speakers]\n1 = "Anna"\n', "Anna: Ms Chen"),
    ],
)
def test_lists_in_the_earlier_formats_mean_what_they_meant(
    text: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("old.toml").write_text(text, "utf-8")
    assert run("format", "talk.json", "-f", "txt", "--glossary", "old.toml") == 0
    ours = capsys.readouterr().out
    assert shown in ours
    flag = "--speakers" if "speakers" in text else "--replace"
    assert run("format", "talk.json", "-f", "txt", flag, "old.toml") == 0
    assert capsys.readouterr().out == ours


def test_another_glossary_replaces_what_the_one_before_wrote_and_masks_stay() -> None:
    wanted = CaptionOptions(
        archive=True, mask=("heck",), glossary=glossary.parse(CHAN, "g").caption_rules.dumps(), glossary_name="g"
    )
    made = produce(said("Ms Chen and Mr Chen, by heck."), MediaFacts(), wanted)
    Path("talk.json").write_bytes(made.files["json"])
    other = CHAN.replace('"Chan"', '"Tschan"')
    Path("other.toml").write_text(other, "utf-8")
    assert run("format", "talk.json", "-o", "same.txt", "-f", "txt") == 0
    assert run("format", "talk.json", "--glossary", "other.toml", "-o", "new.txt", "-f", "txt") == 0
    assert "Ms Chan and Mr Chan, by ****." in Path("same.txt").read_text("utf-8")
    assert "Ms Tschan and Mr Tschan, by ****." in Path("new.txt").read_text("utf-8")


def test_check_counts_and_names_doubtful_entries_and_rules_that_never_matched(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("glossary.toml").write_text(
        Path("glossary.toml").read_text("utf-8") + '[[terms]]\ntext = "Mei"\nheard = ["may", "Mei"]\n', "utf-8"
    )
    assert run("glossary", "check", "glossary.toml", ".") == 0
    printed = capsys.readouterr().out
    assert "glossary.toml: 3 terms, 4 forms heard" in printed
    assert "terms 3 (“Mei”): “may” is common; every one is replaced" in printed
    assert "“Mei” is its own spelling and changes nothing" in printed
    assert "heard nowhere: Tsurich, may" in printed
    assert run("glossary", "check", "glossary.toml", ".", "--json") == 0
    assert json.loads(capsys.readouterr().out)["heard_nowhere"] == ["Tsurich", "may"]


def test_three_lists_become_one_glossary(capsys: pytest.CaptureFixture[str]) -> None:
    Path("names.toml").write_text('mask = ["heck"]\n[replace]\nChen = "Chan"\nTschen = "Chan"\n', "utf-8")
    Path("hot.txt").write_text("# ours\nLisboa,5\nZürich\t4\tde\n", "utf-8")
    Path("people.toml").write_text('[speakers]\n1 = "Anna \\"A\\" Reyes"\n', "utf-8")
    assert run("glossary", "import", "names.toml", "hot.txt", "people.toml", "-o", "one.toml") == 0
    assert "one.toml: 4 terms, 2 forms heard, 1 speaker, 1 word masked" in capsys.readouterr().err
    desk = glossary.parse(Path("one.toml").read_text("utf-8"), "one.toml")
    assert [(term.text, term.heard, term.weight, term.language) for term in desk.terms][:3] == [
        ("Chan", ("Chen", "Tschen"), 4, ""),
        ("Lisboa", (), 5, ""),
        ("Zürich", (), 4, "de"),
    ]
    assert (desk.speakers[0].name, desk.speakers[0].number) == ('Anna "A" Reyes', 1)
    assert run("glossary", "import", "names.toml", "-o", "one.toml") == 1


def test_a_wrong_glossary_stops_the_command_with_file_and_entry(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.toml").write_text('[[terms]]\ntext = "Chan"\nweight = "heavy"\n', "utf-8")
    assert run("format", "talk.json", "--glossary", "bad.toml") == 2
    assert "captioner: bad.toml: terms 1 (“Chan”): weight 'heavy' is not 1 to 5" in capsys.readouterr().err
    assert run("format", "talk.json", "--glossary", "none.toml") == 2
    assert "none.toml: cannot be read" in capsys.readouterr().err


def test_captions_are_composed_with_a_glossary() -> None:
    cues = compose(archive.loads(Path("talk.json").read_text("utf-8")).transcript, glossary=glossary.parse(CHAN, "g"))
    assert "Ms Chan" in cues[0].text


def test_without_a_file_the_configured_glossary_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("glossary", "check") == 2
    assert "no glossary; name FILE, or set captions.glossary" in capsys.readouterr().err
    Path("captioner.toml").write_text('[captions]\nglossary = "glossary.toml"\n', "utf-8")
    assert run("glossary", "check") == 0
    assert "glossary.toml: " in capsys.readouterr().out
