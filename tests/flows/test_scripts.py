"""The journey of a script: run with it, change it, correct by hand, run many files with scripts, forget it."""

from __future__ import annotations

import json
import shutil

import pytest

from captioner.emulator import Emulator
from tests.flows.conftest import FIXTURES, Journey

SCRIPT = """\
--- A1 INTERVIEW ---
[2-SHOT]
ANNA (on cam): Good evening, and welcome to The Evening Report.
I'm Anna Reyes, and with me tonight is Dr. David Chan of the Harbor Institute.
Dr. Chan, is this really the end of captions typed by hand?
DR. CHAN: Yes. Well, almost. Last year was different.

--- A2 WEATHER ---
ANNA: And now the weather: rain in the west, with strong winds along the coast.
"""


@pytest.mark.short
def test_a_script_is_followed_and_costs_nothing(journey: Journey, emulator: Emulator) -> None:
    shutil.copy(FIXTURES / "interview-en.mp4", journey.folder / "talk.mp4")
    script, srt = journey.folder / "evening.txt", journey.folder / "talk.srt"
    script.write_text(SCRIPT, "utf-8")
    place = ["--language", "en", *journey.place(emulator)]
    made = journey.captioner("run", "talk.mp4", "--script", "evening.txt", *place)
    assert made.returncode == 0, made.stderr
    assert "talk.mp4: evening.txt: " in made.stderr
    assert "of what was said follows it" in made.stderr
    captions = " ".join(srt.read_text("utf-8").split())
    assert "ANNA: Good evening, and welcome" in captions
    assert "Dr. David Chan of the Harbor Institute" in captions
    for unspoken in ("weather", "2-SHOT", "INTERVIEW", "different"):
        assert unspoken not in captions
    assert "Chen" in (journey.folder / "talk.asr.json").read_text("utf-8")

    status = journey.captioner("status")
    assert f"--script {script}" in status.stdout

    script.write_text(SCRIPT.replace("Chan", "Chun"), "utf-8")
    again = journey.captioner("run", "talk.mp4", *place)
    assert "--script" in again.stderr
    assert "as before" in again.stderr
    assert "Dr. David Chun of the Harbor" in " ".join(srt.read_text("utf-8").split())

    srt.write_text(srt.read_text("utf-8").replace("Harbor", "Harbour"), "utf-8")
    assert journey.captioner("adopt", "talk.srt").returncode == 0
    kept = journey.captioner("run", "talk.mp4", "--format", "srt,vtt", *place)
    assert "1 correction in talk.json kept" in kept.stderr
    text = " ".join((journey.folder / "talk.vtt").read_text("utf-8").split())
    assert "Chun" in text
    assert "Harbour" in text

    forgotten = journey.captioner("run", "talk.mp4", "--forget", *place)
    assert forgotten.returncode == 0
    assert "evening.txt" not in forgotten.stderr
    assert "Dr. Chen," in " ".join(srt.read_text("utf-8").split())
    assert emulator.submissions == 1


def test_many_files_find_their_scripts_by_name(journey: Journey, emulator: Emulator) -> None:
    (journey.folder / "day").mkdir()
    (journey.folder / "scripts").mkdir()
    shutil.copy(FIXTURES / "interview-en.mp4", journey.folder / "day" / "talk.mp4")
    shutil.copy(FIXTURES / "silence.m4a", journey.folder / "day" / "silence.m4a")
    (journey.folder / "scripts" / "talk.txt").write_text(SCRIPT, "utf-8")
    place = ["--language", "en", *journey.place(emulator)]
    done = journey.captioner("batch", "day", "--script", "scripts", "--report", "report.html", *place)
    assert done.returncode == 0, done.stderr
    assert "talk.mp4: follows the script talk.txt" in done.stderr
    assert "silence.m4a: no script for it in scripts" in done.stderr
    archive = json.loads((journey.folder / "day" / "talk.json").read_text("utf-8"))
    assert archive["script"]["name"] == "talk.txt"
    report = (journey.folder / "report.html").read_text("utf-8")
    assert "Not as in the script" in report
    assert "talk.txt: " in report
    assert "And now the weather" in report

    (journey.folder / "day" / "talk.script.txt").write_text(SCRIPT.replace("Chan", "Chun"), "utf-8")
    (journey.folder / "day" / "silence.script.txt").write_text("[VO]\n", "utf-8")
    beside = journey.captioner("batch", "day", "--forget", *place)
    assert "talk.mp4: follows the script talk.script.txt" in beside.stderr
    assert "silence.m4a: --script" in beside.stderr
    assert "there is nothing to be spoken in it" in beside.stderr
    assert "captions are as recognised" in beside.stderr
    assert "Chun" in (journey.folder / "day" / "talk.srt").read_text("utf-8")


def test_a_script_that_cannot_be_read_costs_nothing(journey: Journey, emulator: Emulator) -> None:
    shutil.copy(FIXTURES / "interview-en.mp4", journey.folder / "talk.mp4")
    (journey.folder / "talk.pdf").write_bytes(b"%PDF-1.7")
    for script, message in (("talk.pdf", "is a PDF; save the script as docx, txt"), ("none.txt", "cannot be read")):
        refused = journey.captioner("run", "talk.mp4", "--script", script, *journey.place(emulator))
        assert refused.returncode == 2
        assert f"--script {script}: {message}" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert emulator.submissions == 0
