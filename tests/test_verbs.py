"""The Python API, as its documentation shows it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import captioner
from captioner.emulator import Emulator, TaskTiming
from captioner.errors import ConfigError, MediaError, ReplyError, StyleError
from captioner.model import Cue, Line, Sentence, Transcript
from captioner.style import load_style
from tests.captions.spoken import spoken

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "fixtures"
REPLY = FIXTURES / "replies" / "transcript-constructed-diarized-zh-funasr.json"
KEY = "sk-api-test"


def example(heading: str) -> str:
    """The code below a heading of docs/python.md."""
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    return page.partition(f"## {heading}\n")[2].partition("```python\n")[2].partition("```")[0]


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DASHSCOPE_API_KEY", KEY)
    with Emulator(transcripts=FIXTURES / "transcripts", key=KEY, timing=TaskTiming()) as emulator:
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", emulator.url)
        yield emulator


@pytest.mark.process
def test_importing_the_package_loads_nothing_of_it() -> None:
    program = "import captioner, sys; print([name for name in sys.modules if name.startswith('captioner.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['captioner.version']"


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    assert set(captioner.__all__) <= set(dir(captioner))
    for name in captioner.__all__:
        assert getattr(captioner, name) is not None
    for verb in ("describe", "transcribe", "read", "follow", "compose", "check", "render"):
        assert f"`{verb}`" in (captioner.__doc__ or "")
    with pytest.raises(AttributeError, match="has no attribute 'burn'"):
        _ = captioner.burn


@pytest.mark.parametrize("heading", ["From a raw reply to an SRT", "From a media file to captions"])
def test_the_examples_have_ten_lines_at_most(heading: str) -> None:
    lines = [line for line in example(heading).splitlines() if line.strip()]
    assert 5 <= len(lines) <= 10


def test_the_example_from_a_raw_reply_to_an_srt_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(REPLY, "talk.asr.json")
    exec(example("From a raw reply to an SRT"), {})
    written = Path("talk.srt").read_text("utf-8")
    assert written.startswith("1\n00:00:00,")
    assert "Anna" in written


@pytest.mark.integration
def test_the_example_from_a_media_file_to_captions_works_and_pays_once(
    service: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(FIXTURES / "interview-en.mp4", "talk.mp4")
    for _ in range(2):
        exec(example("From a media file to captions"), {})
    assert service.submissions == 1
    assert re.search(r"\d+ captions, \d+ s billed", capsys.readouterr().out)
    assert "evening" in Path("talk.srt").read_text("utf-8").lower()
    assert Path("talk.vtt").read_text("utf-8").startswith("WEBVTT")
    assert sorted(path.name for path in Path().iterdir()) == [
        "talk.ass",
        "talk.mp4",
        "talk.srt",
        "talk.vtt",
    ]


@pytest.mark.process
def test_what_the_command_line_paid_for_is_found(service: Emulator) -> None:
    shutil.copy(FIXTURES / "interview-en.mp4", "talk.mp4")
    command = [sys.executable, "-m", "captioner", "run", "talk.mp4", "--language", "en", "-q"]
    subprocess.run(command, check=True, capture_output=True)
    events: list[Any] = []
    transcript = captioner.transcribe("talk.mp4", language="en", on_event=events.append)
    assert service.submissions == 1
    assert transcript.sentences
    assert events


@pytest.mark.integration
def test_a_file_that_cannot_be_recognised_raises_its_own_error(service: Emulator) -> None:
    Path("broken.mp4").write_bytes(b"no media")
    with pytest.raises(MediaError, match=r"broken\.mp4"):
        captioner.transcribe("broken.mp4")
    assert service.submissions == 0


@pytest.mark.integration
def test_an_unknown_setting_or_model_is_refused_before_anything_is_sent(service: Emulator) -> None:
    with pytest.raises(ConfigError, match="setting 'languages' is unknown; choose one of api_key"):
        captioner.transcribe("talk.mp4", languages="en")
    with pytest.raises(ConfigError, match="did you mean"):
        captioner.transcribe("talk.mp4", model="fun-as")
    assert service.requests == ()


def test_captions_are_read_composed_again_and_checked() -> None:
    text = "1\n00:00:00,000 --> 00:00:02,000\nGood evening, and welcome to the programme of tonight.\n"
    found = captioner.read(text.encode(), "talk.srt")
    assert (found.format, len(found.cues)) == ("srt", 1)
    assert found.transcript.sentences[0].text.startswith("Good evening")
    assert len(captioner.compose(found.transcript, "social-vertical")) > 1
    issues = captioner.check(found.cues, "netflix")
    assert {"cpl", "cps"} <= {issue.rule for issue in issues}


def test_captions_are_read_by_their_content() -> None:
    frames = b"{0}{50}Good evening.\n{60}{90}And welcome.\n"
    assert captioner.read(frames, frame_rate=Fraction(25)).format == "microdvd"
    vtt = captioner.read(b"WEBVTT\n\n00:00.000 --> 00:02.000\n<v Anna>Good evening.\n")
    assert (vtt.format, set(vtt.names.values())) == ("vtt", {"Anna"})


def test_read_tells_a_reply_from_captioners_own_json(tmp_path: Path) -> None:
    reply = captioner.read(REPLY)
    assert (reply.format, reply.cues) == ("reply", ())
    cues = captioner.compose(reply.transcript)
    path = tmp_path / "talk.json"
    path.write_bytes(captioner.render(cues, "json", transcript=reply.transcript, names={"1": "Anna"}))
    ours = captioner.read(path)
    assert (ours.format, ours.cues) == ("json", cues)
    assert ours.transcript.sentences == reply.transcript.sentences
    assert ours.names["1"] == "Anna"


def test_check_is_a_verb_and_a_package() -> None:
    import captioner.check as package
    from captioner import check

    late = (Cue(0, 100, (Line("x" * 60),)),)
    assert check(late) == captioner.check(late) == package.check(late, load_style("web-default"))
    assert package.fails(check(late), "warning")


def test_mistakes_are_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReplyError, match=r"nowhere\.srt: cannot be read"):
        captioner.read(tmp_path / "nowhere.srt")
    with pytest.raises(ReplyError, match=r"x\.json: "):
        captioner.read(b"{ no", "x.json")
    with pytest.raises(ReplyError, match=r"reply\.json: is not JSON"):
        captioner.read(b'{"transcripts": [', "reply.json")
    with pytest.raises(StyleError, match="nobody"):
        captioner.compose(captioner.Transcript(()), "nobody")
    with pytest.raises(ConfigError, match="'doc' is unknown"):
        captioner.render((), "doc")


def test_a_script_is_followed(tmp_path: Path) -> None:
    said = spoken("interview-en")
    script = "ANNA (on cam): I'm Anna Reyes, and with me tonight is Dr. David Chan of the Harbor Institute."
    found = captioner.follow(said, script.encode(), "script.txt")
    assert found.transcript.sentences[1].text == script.partition(": ")[2]
    assert (found.transcript.sentences[1].speaker, found.names) == ("ANNA", {"ANNA": "ANNA"})
    assert found.report.spoken == 1.0
    assert [place.kind for place in found.report.places][:1] == ["added"]
    (tmp_path / "script.md").write_text(script, "utf-8")
    assert captioner.follow(said, tmp_path / "script.md").transcript == found.transcript
    cues = captioner.compose(found.transcript, names=found.names)
    assert b"Chan" in captioner.render(cues, "srt", names=found.names)
    with pytest.raises(captioner.errors.ReplyError, match="there is nothing to be spoken in it"):
        captioner.follow(said, b"[VO]")


def test_names_that_count_from_0_are_refused() -> None:
    talk = Transcript((Sentence("Hello.", 0, 900, speaker="1"), Sentence("Yes.", 900, 1900, speaker="2")))
    with pytest.raises(ConfigError, match="counted from 1, as captions show them; write 1=Anna,2=Bo"):
        captioner.compose(talk, names={"0": "Anna", "1": "Bo"})
    cues = captioner.compose(talk, names={"1": "Anna", "2": "Bo"})
    with pytest.raises(ConfigError, match="counted from 1"):
        captioner.render(cues, "vtt", names={"0": "Anna"})
    assert b"<v Speaker 2>" in captioner.render(cues, "vtt")
    assert b"<v Anna>" in captioner.render(cues, "vtt", names={"1": "Anna"})
