"""Scripts that are found by the names of the media they belong to."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner.cli.script_files import script_beside, script_in


def test_a_script_is_found_by_the_name_of_its_media(tmp_path: Path) -> None:
    for name in ("talk.script.docx", "talk.script.md", "other.txt"):
        (tmp_path / name).touch()
    (tmp_path / "third.script.txt").mkdir()
    assert script_beside(tmp_path / "talk.mp4") == tmp_path / "talk.script.docx"
    assert script_beside(tmp_path / "other.mp4") is None
    assert script_beside(tmp_path / "third.mp4") is None
    assert script_in(tmp_path, "talk") == tmp_path / "talk.script.docx"
    assert script_in(tmp_path, "other") == tmp_path / "other.txt"


def test_a_folder_of_many_media_is_not_listed_for_each_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "talk.script.txt").touch()

    def listed(_: Path) -> None:
        raise AssertionError("the folder was listed")

    monkeypatch.setattr(Path, "iterdir", listed)
    assert script_beside(tmp_path / "talk.mp4") == tmp_path / "talk.script.txt"
    assert script_beside(tmp_path / "other.mp4") is None
