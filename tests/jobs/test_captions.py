"""From a saved reply to caption files, through the real rooms."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from captioner.errors import ConfigError, ReplyError
from captioner.jobs.captions import CaptionOptions, make
from captioner.jobs.finishing import Finishing
from captioner.jobs.records import Job, Recognition
from captioner.recognition.funasr.result import empty_reply
from captioner.style import load_style

JOB = Job(1, "/media/talk.mp4", "", "/media/talk", "digest", content="ab" * 32, width=1280, height=720)
RECOGNITION = Recognition("key", "ab" * 32, "o", "a", "e", "fun-asr", offset_ms=500, billed_s=2)


def _reply(*texts: str) -> bytes:
    sentences = [
        {
            "begin_time": 2000 * number,
            "end_time": 2000 * number + 1500,
            "text": text,
            "speaker_id": number % 2,
            "words": [
                {"begin_time": 2000 * number, "end_time": 2000 * number + 1500, "text": text[:-1], "punctuation": "."}
            ],
        }
        for number, text in enumerate(texts)
    ]
    return json.dumps({"properties": {}, "transcripts": [{"channel_id": 0, "sentences": sentences}]}).encode()


def test_every_format_is_made_of_one_reply() -> None:
    options = CaptionOptions(formats=("srt", "vtt", "ass", "json", "txt"), names={"0": "Anna", "1": "Bo"})
    made = make(_reply("Hello there.", "Hi Anna."), JOB, RECOGNITION, options)
    assert set(made.files) == {"srt", "vtt", "ass", "json", "txt"}
    assert made.cues >= 1
    assert made.speech
    assert b"Anna" in made.files["srt"]
    assert b"PlayResX: 1280" in made.files["ass"]
    assert json.loads(made.files["json"])


def test_times_are_moved_by_the_offset_of_what_was_sent() -> None:
    first = make(_reply("Hello there."), JOB, RECOGNITION, CaptionOptions()).files["srt"].decode()
    second = make(_reply("Hello there."), JOB, replace(RECOGNITION, offset_ms=10_500), CaptionOptions())
    assert "00:00:00," in first
    assert "00:00:10," in second.files["srt"].decode()


@pytest.mark.parametrize("name", ["srt", "vtt", "ass", "json", "txt"])
def test_no_speech_is_a_file_without_cues(name: str) -> None:
    raw = empty_reply("https://store.test/x", 5000, "SUCCESS_WITH_NO_VALID_FRAGMENT")
    made = make(raw, JOB, RECOGNITION, CaptionOptions(formats=(name,)))
    assert (made.cues, made.speech) == (0, False)
    assert b"-->" not in made.files[name]
    assert b"Dialogue:" not in made.files[name]


def test_a_reply_that_is_none_is_refused() -> None:
    with pytest.raises(ReplyError):
        make(b"<html>", JOB, RECOGNITION, CaptionOptions())


def test_the_digest_changes_with_everything_that_changes_the_captions() -> None:
    base = CaptionOptions()
    others = [
        CaptionOptions(formats=("vtt",)),
        CaptionOptions(style=base.style.override(max_columns=32)),
        CaptionOptions(names={"0": "Anna"}),
        CaptionOptions(language="en"),
        CaptionOptions(by_channel=True),
        CaptionOptions(smooth=True),
    ]
    assert len({options.digest for options in (base, *others)}) == 7
    assert CaptionOptions().digest == base.digest
    assert "Anna" in others[2].described()


def test_what_a_format_spells_otherwise_is_told_once_for_all_shapes() -> None:
    finishing = Finishing(substitute=True, spell=(("☂", "rain"),))
    options = CaptionOptions(
        formats=("scc", "srt"),
        finishing=finishing,
        start_timecode="01:00:00;00",
        also=((load_style("social-vertical"), "scc"),),
    )
    made = make(_reply("Řek ☂ {x}.", "Hi."), JOB, RECOGNITION, options)
    told = [issue.message for issue in made.issues if issue.rule == "spelled"]
    assert [message.split(" in ")[0] for message in told if "SCC" in message] == [
        "“☂” is written “rain”",
        "“Ř” is written “R”",
    ]
    assert [message.split(" in ")[0] for message in told if "SRT" in message] == [
        "“{” is written “｛”",
        "“}” is written “｝”",
    ]
    assert "Řek ☂".encode() in made.files["srt"]
    assert set(made.files) == {"scc", "srt", "social-vertical.scc"}


@pytest.mark.parametrize(
    ("finishing", "formats", "language", "message"),
    [
        (Finishing(vertical=True), ("ass", "srt"), "ja", "srt has no vertical writing"),
        (Finishing(vertical=True, karaoke="kf"), ("ass",), "ja", "take --karaoke k"),
        (Finishing(encoding="gb18030"), ("srt", "vtt"), "", "vtt cannot be written in gb18030"),
        (Finishing(newline="cr"), ("srt",), "", "line end 'cr' is unknown"),
        (Finishing(), ("srt", "itt"), "", "itt names the language"),
    ],
)
def test_what_could_never_be_written_is_refused_before_it_is_paid_for(
    finishing: Finishing, formats: tuple[str, ...], language: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        finishing.check(formats, language)


def test_what_can_be_written_is_not_refused() -> None:
    Finishing(vertical=True, karaoke="k", encoding="gb18030").check(("ass",), "ja")
    Finishing(target="premiere").check(("srt", "stl", "docx"), "")
