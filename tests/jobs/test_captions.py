"""From a saved reply to caption files, with what the ledger knows of a job."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from captioner.captions.options import CaptionOptions
from captioner.errors import ConfigError, ReplyError
from captioner.jobs.outputs.captions import make
from captioner.jobs.records import Job, Recognition
from captioner.recognition.funasr.result import empty_reply

JOB = Job(1, "/media/talk.mp4", "", "/media/talk", "digest", content="ab" * 32, width=1280, height=720)
RECOGNITION = Recognition("key", "ab" * 32, "o", "a", "e", "fun-asr", offset_ms=500, billed_s=2)
SENTENCE = {"begin_time": 0, "end_time": 1500, "text": "Hello there.", "speaker_id": 0}
REPLY = json.dumps({"properties": {}, "transcripts": [{"channel_id": 0, "sentences": [SENTENCE]}]}).encode()


def test_times_are_moved_by_the_offset_of_what_was_sent() -> None:
    first = make(REPLY, JOB, RECOGNITION, CaptionOptions()).files["srt"].decode()
    second = make(REPLY, JOB, replace(RECOGNITION, offset_ms=10_500), CaptionOptions())
    assert "00:00:00," in first
    assert "00:00:10," in second.files["srt"].decode()


def test_the_files_know_their_media() -> None:
    made = make(REPLY, JOB, RECOGNITION, CaptionOptions(formats=("ass", "json")))
    assert b"PlayResX: 1280" in made.files["ass"]
    assert json.loads(made.files["json"])["media"]["sha256"] == JOB.content
    linked = make(REPLY, replace(JOB, link_digest="x"), RECOGNITION, CaptionOptions(formats=("json",)))
    assert not json.loads(linked.files["json"])["media"]["sha256"]


def test_a_reply_without_speech_is_a_file_without_cues() -> None:
    raw = empty_reply("https://store.test/x", 5000, "SUCCESS_WITH_NO_VALID_FRAGMENT")
    made = make(raw, JOB, RECOGNITION, CaptionOptions())
    assert (made.cues, made.speech) == (0, False)


def test_a_reply_that_is_none_is_refused() -> None:
    with pytest.raises(ReplyError):
        make(b"<html>", JOB, RECOGNITION, CaptionOptions())


def test_a_link_has_no_media_to_look_for_shots_in() -> None:
    with pytest.raises(ConfigError, match="needs the media"):
        make(REPLY, replace(JOB, link_digest="x"), RECOGNITION, CaptionOptions(detect_shots=True))
