"""The demo empties no folder but its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner.cli import main


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("years of work")
    with pytest.raises(SystemExit) as left:
        main(["demo", "-o", str(tmp_path)])
    assert left.value.code == 2
    assert thesis.read_text() == "years of work"
    assert "thesis.txt" in capsys.readouterr().err
