"""`captioner adopt`, `history` and `diff` as a person calls them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from captioner.archive import MediaFacts
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import produce
from captioner.style import load_style
from tests.captions.spoken import spoken
from tests.cli.test_convert import run


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the captions of a talk, as a run leaves them."""
    monkeypatch.chdir(tmp_path)
    also = ((load_style("word-by-word"), "srt"),)
    options = CaptionOptions(formats=("srt", "vtt", "docx"), also=also, language="en", archive=True)
    for ending, data in produce(spoken("interview-en"), MediaFacts(), options, title="talk").files.items():
        (tmp_path / f"talk.{ending}").write_bytes(data)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["talk.srt", "talk.vtt", "talk.docx", "talk.json", "talk.word-by-word.srt"])
def test_files_that_were_not_edited_stay_to_the_byte(talk: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = snapshot(talk)
    assert run("adopt", name) == 0
    assert snapshot(talk) == before
    assert f"{name}: nothing was changed; all files stay as they are" in capsys.readouterr().err


def test_an_edit_is_in_every_format_and_in_the_history(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(talk / "talk.srt", "Harbour", "Harbor")
    assert run("adopt", "talk.srt", "--by", "kai") == 0
    out = capsys.readouterr()
    assert out.out == "talk.json: talk.srt, talk.vtt, talk.docx, talk.word-by-word.srt\n"
    assert "talk.srt: 1 correction\n" in out.err
    for name in ("talk.vtt", "talk.word-by-word.srt"):
        assert "Harbor" in (talk / name).read_text("utf-8")
    assert run("history", "talk.vtt") == 0
    listed = capsys.readouterr().out
    assert "kai  talk.srt: 1 correction\n" in listed
    assert "“Harbour” is shown as “Harbor”" in listed
    assert run("history", "talk.json", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["corrections"][0]["heard"] == "Harbour"
    assert told["revisions"][0]["by"] == "kai"


def test_a_dry_run_says_what_would_change_and_writes_nothing(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(talk / "talk.srt", "Harbour", "Harbor")
    before = snapshot(talk)
    assert run("adopt", "talk.srt", "--dry-run") == 0
    assert "1 correction" in capsys.readouterr().err
    assert snapshot(talk) == before


def test_edits_of_another_file_are_not_lost(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(talk / "talk.srt", "Harbour", "Harbor")
    edit(talk / "talk.vtt", "mistakes", "errors")
    before = snapshot(talk)
    assert run("adopt", "talk.srt") == 1
    assert "talk.vtt was edited too, and its changes would be lost" in capsys.readouterr().err
    assert run("adopt", "talk.srt", "talk.vtt") == 2
    assert "were both edited and are of the same media" in capsys.readouterr().err
    assert snapshot(talk) == before
    assert run("adopt", "talk.srt", "--overwrite") == 0
    assert "errors" not in (talk / "talk.vtt").read_text("utf-8")


def test_a_folder_is_searched_for_what_was_edited(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("adopt", ".") == 0
    assert "nothing in it was edited" in capsys.readouterr().err
    edit(talk / "talk.vtt", "mistakes", "errors")
    assert run("adopt", ".") == 0
    assert "errors" in (talk / "talk.srt").read_text("utf-8")


def test_a_file_from_elsewhere_finds_its_archive_by_name_or_is_told(
    talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (talk / "talk.srt").read_text("utf-8").replace("Harbour", "Harbor")
    (talk / "talk FINAL v2.srt").write_text(text, "utf-16")
    assert run("adopt", "talk FINAL v2.srt") == 0
    assert "Harbor" in (talk / "talk.srt").read_text("utf-8")
    (talk / "other.srt").write_text(text, "utf-8")
    assert run("adopt", "other.srt") == 2
    assert "other.json, which has the words and their times, is not beside it" in capsys.readouterr().err
    assert run("adopt", "other.srt", "--archive", "talk.json") == 0


def test_what_is_no_caption_file_is_refused_in_one_line(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (talk / "talk.vtt").write_bytes(os.urandom(2000))
    assert run("adopt", "talk.vtt") == 1
    assert capsys.readouterr().err.startswith("captioner: talk.vtt")
    (talk / "talk.docx").write_bytes(b"PK\x03\x04 no document")
    assert run("adopt", "talk.docx") == 1
    assert "is not a Word document that can be read" in capsys.readouterr().err


def test_a_text_edited_in_the_json_is_shown_by_format_convert_and_diff(
    talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(talk / "talk.json", '"text": "And the mistakes?"', '"text": "And the errors?"')
    for command in (("format", "talk.json", "-f", "srt"), ("convert", "talk.json", "-", "-f", "srt")):
        assert run(*command) == 0
        assert "And the errors?" in capsys.readouterr().out
    assert run("diff", "talk.json") == 1
    assert "[-mistakes?-]" in capsys.readouterr().out
    assert run("adopt", "talk.json") == 0
    assert "And the errors?" in (talk / "talk.srt").read_text("utf-8")
    assert run("history", "talk.srt") == 0
    assert "“mistakes?” is shown as “errors?”" in capsys.readouterr().out


def test_the_archive_gives_the_same_captions_as_the_run(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(talk / "talk.srt", "Dr. David Chen\nof the Harbour", "Dr. David\nChen of the Harbor")
    assert run("adopt", "talk.srt") == 0
    capsys.readouterr()
    for command in (("format", "talk.json", "-f", "srt"), ("convert", "talk.json", "-", "-f", "srt")):
        assert run(*command) == 0
        assert capsys.readouterr().out == (talk / "talk.srt").read_text("utf-8")
    assert run("format", "talk.json", "-f", "srt", "--style", "netflix") == 0
    told = capsys.readouterr()
    assert "Harbor" in told.out
    assert "the cuts of a person were made for style web-default; laid out anew" in told.err


def test_two_files_are_shown_side_by_side_in_words_and_times(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (talk / "desk.srt").write_text((talk / "talk.srt").read_text("utf-8"), "utf-8")
    assert run("diff", "talk.srt", "desk.srt") == 0
    assert "have the same words and times" in capsys.readouterr().err
    edit(talk / "desk.srt", "Harbour", "<Harbor>")
    edit(talk / "desk.srt", "00:00:03,420", "00:00:03,520")
    assert run("diff", "talk.srt", "desk.srt", "--html", "d.html") == 1
    assert "1 place with other words, 1 with other times" in capsys.readouterr().err
    page = (talk / "d.html").read_text("utf-8")
    assert "<del> Harbour</del>" in page
    assert "<ins> &lt;Harbor&gt;</ins>" in page
    assert run("diff", "talk.srt", "desk.srt", "--json") == 1
    assert len(json.loads(capsys.readouterr().out)["differences"]) == 2
    assert run("diff", "talk.srt", "desk.srt", "--tolerance", "100", "--json") == 1
    assert len(json.loads(capsys.readouterr().out)["differences"]) == 1


def test_versions_are_shown_side_by_side_and_a_missing_one_is_told(
    talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(talk / "talk.srt", "Harbour", "Harbor")
    assert run("adopt", "talk.srt") == 0
    edit(talk / "talk.vtt", "mistakes", "errors")
    assert run("adopt", "talk.vtt") == 0
    capsys.readouterr()
    assert run("diff", "talk.json@1", "talk.json@2") == 1
    shown = capsys.readouterr().out
    assert "{+errors?+}" in shown
    assert "Harbor" not in shown
    assert run("diff", "talk.json@1", "talk.json@3") == 2
    assert "there are versions 0 to 2" in capsys.readouterr().err
