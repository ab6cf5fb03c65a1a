"""Runs over captions that people edited and adopted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from captioner.captions.options import CaptionOptions
from captioner.jobs.events import Noted
from captioner.jobs.services import Services
from captioner.jobs.states import State
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.style import load_style
from tests.cli.test_convert import run
from tests.jobs.doubles import House

pytestmark = pytest.mark.integration

FILES = CaptionOptions(formats=("srt", "vtt"), archive=True, language="en")


class Desk(House):
    """A house that makes real captions."""

    @property
    def services(self) -> Services:
        return replace(super().services, caption=None)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def notes(desk: Desk) -> list[str]:
    return [event.message for event in desk.events if isinstance(event, Noted)]


def test_every_run_writes_the_archive(desk: Desk) -> None:
    desk.run(desk.media("talk.mp4"), captions=FILES)
    document = json.loads((desk.folder / "talk.json").read_text())
    assert sorted(document["files"]) == ["srt", "vtt"]
    assert document["options"]["style"] == "web-default"


def test_an_edited_file_is_named_in_one_line_also_when_there_is_nothing_to_do(desk: Desk) -> None:
    media = desk.media("talk.mp4")
    desk.run(media, captions=FILES)
    (desk.folder / "talk.srt").write_text("1\n00:00:00,060 --> 00:00:02,000\nHallo world.\n")
    report = desk.run(media, captions=FILES)
    assert report.exit_code == 0
    srt = desk.folder / "talk.srt"
    assert (
        f"talk.srt was edited and stays as it is; captioner adopt {srt} takes the changes into every format"
        in notes(desk)
    )
    assert "Hallo" in srt.read_text()


def test_what_was_adopted_is_kept_by_runs_with_other_options(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    media = desk.media("talk.mp4")
    desk.run(media, captions=FILES)
    srt = desk.folder / "talk.srt"
    srt.write_text(srt.read_text().replace("Hello", "Hallo"))
    assert run("adopt", srt, "--by", "kai") == 0
    assert "Hallo world." in (desk.folder / "talk.vtt").read_text()
    again = replace(FILES, formats=("srt", "vtt", "txt"), style=load_style("netflix"))
    report = desk.run(media, captions=again)
    assert [file.state for file in report.files] == [State.WRITTEN]
    for ending in ("srt", "vtt", "txt"):
        assert "Hallo world." in (desk.folder / f"talk.{ending}").read_text()
    assert desk.asr.submissions == 1
    assert [issue.message for issue in report.files[0].issues if issue.rule == "corrections"] == [
        "1 correction in talk.json kept"
    ]


def test_a_new_recognition_keeps_what_was_adopted(desk: Desk) -> None:
    media = desk.media("talk.mp4")
    desk.run(media, captions=FILES)
    srt = desk.folder / "talk.srt"
    srt.write_text(srt.read_text().replace("Hello", "Hallo"))
    assert run("adopt", srt) == 0
    report = desk.run(media, captions=FILES, recognition=RecognitionOptions(model="fun-asr-mtl"))
    assert report.exit_code == 0
    assert desk.asr.submissions == 2
    assert "Hallo world." in srt.read_text()


def test_a_text_edited_in_the_archive_is_kept_by_the_next_run(desk: Desk) -> None:
    media = desk.media("talk.mp4")
    desk.run(media, captions=FILES)
    archive = desk.folder / "talk.json"
    archive.write_text(
        archive.read_text().replace('"text": "Hello world.", "heard"', '"text": "Hallo world.", "heard"')
    )
    desk.run(media, captions=replace(FILES, formats=("srt", "vtt", "txt")))
    assert "Hallo world." in (desk.folder / "talk.txt").read_text()


def test_a_damaged_archive_is_not_written_over(desk: Desk) -> None:
    media = desk.media("talk.mp4")
    desk.run(media, captions=FILES)
    archive = desk.folder / "talk.json"
    archive.write_text(archive.read_text()[:-40])
    report = desk.run(media, captions=replace(FILES, formats=("srt", "vtt", "txt")))
    assert report.exit_code == 1
    assert "corrections in it would be lost; mend it or move it away" in str(report.files[0].reason)
    assert not (desk.folder / "talk.txt").exists()


def test_a_file_named_like_the_archive_is_not_replaced(desk: Desk) -> None:
    media = desk.media("talk.mp4")
    (desk.folder / "talk.json").write_text('{"title": "notes"}')
    report = desk.run(media, captions=FILES)
    assert report.exit_code == 1
    assert "talk.json exists and was not written by captioner" in str(report.files[0].reason)
    assert desk.store.puts == []


def test_captions_of_before_get_no_archive_at_the_price_of_a_new_recognition(desk: Desk) -> None:
    media = desk.media("talk.mp4")
    desk.run(media, captions=replace(FILES, archive=False))
    for reply in (desk.folder / ".captioner").rglob("*.json"):
        reply.unlink()
    report = desk.run(media, captions=FILES)
    assert report.exit_code == 0
    assert desk.asr.submissions == 1
    assert not (desk.folder / "talk.json").exists()


def test_captions_of_before_get_an_archive_for_nothing_while_the_reply_is_there(desk: Desk) -> None:
    media = desk.media("talk.mp4")
    desk.run(media, captions=replace(FILES, archive=False))
    assert desk.run(media, captions=FILES).exit_code == 0
    assert desk.asr.submissions == 1
    assert (desk.folder / "talk.json").exists()


def test_a_file_whose_format_was_left_out_for_a_run_is_not_edited(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    media, srt = desk.media("talk.mp4"), desk.folder / "talk.srt"
    desk.run(media, captions=FILES)
    srt.write_text(srt.read_text().replace("Hello", "Hallo"))
    assert run("adopt", srt) == 0
    desk.run(media, captions=replace(FILES, formats=("vtt",)))
    assert list(json.loads((desk.folder / "talk.json").read_text())["earlier_files"]) == ["srt"]
    desk.run(media, captions=FILES)
    assert [note for note in notes(desk) if "edited" in note] == []
    document = json.loads((desk.folder / "talk.json").read_text())
    assert (sorted(document["files"]), document.get("earlier_files")) == (["srt", "vtt"], None)
