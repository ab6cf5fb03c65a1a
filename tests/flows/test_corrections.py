"""The journey of a correction: run, edit, run, adopt, run in another style."""

from __future__ import annotations

import shutil

import pytest

from captioner.emulator import Emulator
from tests.flows.conftest import FIXTURES, Journey


@pytest.mark.short
def test_a_corrected_name_is_in_every_format_and_stays(journey: Journey, emulator: Emulator) -> None:
    shutil.copy(FIXTURES / "interview-en.mp4", journey.folder / "talk.mp4")
    place = ["--language", "en", *journey.place(emulator)]
    assert journey.captioner("run", "talk.mp4", "--format", "srt,vtt", *place).returncode == 0
    srt, vtt = journey.folder / "talk.srt", journey.folder / "talk.vtt"
    made = srt.read_text("utf-8")
    srt.write_text(made.replace("Harbour", "Harbor"), "utf-8")
    again = journey.captioner("run", "talk.mp4", "--format", "srt,vtt", *place)
    assert again.returncode == 0
    assert "talk.srt was edited and stays as it is; captioner adopt" in again.stderr
    assert "Harbor" in srt.read_text("utf-8")
    adopted = journey.captioner("adopt", "talk.srt")
    assert adopted.returncode == 0, adopted.stderr
    assert "Harbor" in vtt.read_text("utf-8")
    assert srt.read_text("utf-8") == made.replace("Harbour", "Harbor")
    last = journey.captioner("run", "talk.mp4", "--format", "srt,vtt,txt", "--also", "word-by-word:srt", *place)
    assert last.returncode == 0, last.stderr
    assert "1 correction in talk.json kept" in last.stderr
    for name in ("talk.srt", "talk.vtt", "talk.txt", "talk.word-by-word.srt"):
        assert "Harbor" in (journey.folder / name).read_text("utf-8")
    assert emulator.submissions == 1
