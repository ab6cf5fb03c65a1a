"""What `status` and `ledger cost` read from a ledger."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from captioner.cli import cli, main
from captioner.errors import MediaError
from captioner.jobs.ledger.sqlite.statistics import Failure
from captioner.jobs.states import State
from captioner.model import Media
from tests.jobs.doubles import House, describe

pytestmark = pytest.mark.integration


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def _run_with_failures(house: House) -> list[str]:
    """A run of which two files fail for one reason and one for another; the names given."""

    def odd(path: Path) -> Media:
        if path.stem in ("b", "c"):
            raise MediaError("no audio in it; export it again", file=path.name)
        return describe(path)

    house.describe = odd
    (house.folder / "d.srt").write_text("by hand")
    names = [str(house.media(f"{name}.mp4")) for name in "abcd"]
    house.run(*names)
    return names


def test_failures_are_counted_by_reason_with_the_name_of_one_file_each(house: House) -> None:
    names = _run_with_failures(house)
    with house.ledger(*names) as book:
        media, output = book.failures()
        counts = {count.state: count.files for count in book.counts()}
    assert media.source in names[1:3]
    assert media == Failure("MediaError", 2, "no audio in it; export it again", media.source)
    assert (output.code, output.files, output.source) == ("OutputError", 1, names[3])
    assert counts == {State.WRITTEN: 1, State.REJECTED: 3}


def test_status_names_a_file_for_each_reason(house: House) -> None:
    names = _run_with_failures(house)
    shown = CliRunner().invoke(cli, ["status", str(house.folder)])
    assert shown.exit_code == 0, shown.output
    assert f"1  failed with OutputError, such as {names[3]}: " in shown.output
    assert "3  failed" in shown.output


def test_status_of_a_folder_that_the_ledger_does_not_know_is_an_error_that_names_it(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAPTIONER_LEDGER", str(house.folder / ".captioner" / "ledger.sqlite3"))
    _run_with_failures(house)
    (house.folder / "empty").mkdir()
    for folder, said in (("empty", "empty: no file in it"), ("gone", "gone, which is no folder,: no file in it")):
        with pytest.raises(SystemExit) as left:
            main(["status", str(house.folder / folder)])
        assert left.value.code == 2
        assert said in capsys.readouterr().err


def test_what_was_billed_is_told_for_each_recognition(house: House) -> None:
    names = _run_with_failures(house)
    with house.ledger(*names) as book:
        (billed,) = book.billed()
        assert book.billed_s() == billed.billed_s
    assert billed.source == names[0]
    assert billed.model == house.options.recognition.model
