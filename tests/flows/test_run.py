"""Media to captions over both kinds of storage, read back by parsers that are not the writers."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from pathlib import Path

import pysubs2
import pytest
import webvtt

from captioner.emulator import Emulator
from captioner.layout.width import columns
from tests.flows.conftest import FIXTURES, KEY, Journey

INTERVIEW = FIXTURES / "interview-en.mp4"
MANDARIN = FIXTURES / "interview-zh.mp4"
LATE = FIXTURES / "late-audio.mp4"
STEREO = FIXTURES / "stereo-two-tracks.wav"
SILENCE = FIXTURES / "silence.m4a"


def truth(media: Path) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((FIXTURES / "transcripts" / f"{media.stem}.json").read_text("utf-8"))
    return loaded


def spoken(media: Path) -> str:
    sentences = truth(media)["sentences"]
    assert isinstance(sentences, list)
    return "".join(word["text"] + word["punctuation"] for sentence in sentences for word in sentence["words"])


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


@pytest.mark.short
@pytest.mark.parametrize("storage", ["s3", "temporary"])
def test_an_interview_becomes_captions_in_every_format(journey: Journey, emulator: Emulator, storage: str) -> None:
    done = journey.captioner(
        "run", INTERVIEW, "-o", "out", "--format", "srt,vtt,ass,json,txt", "--language", "en",
        "--speakers", "1=Anna,2=Bo", *journey.place(emulator, storage),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    out = journey.folder / "out"
    names = {path.name for path in out.iterdir() if path.is_file()}
    assert names == {
        f"interview-en.{ending}" for ending in ("srt", "vtt", "ass", "json", "txt", "asr.json", "captioner.json")
    }
    srt = pysubs2.load(str(out / "interview-en.srt"))
    assert len(srt) > 10
    assert srt[0].plaintext.startswith(("Anna:", "Bo:"))
    assert {caption.voice for caption in webvtt.read(str(out / "interview-en.vtt"))} == {"Anna", "Bo"}
    assert {event.name for event in pysubs2.load(str(out / "interview-en.ass"))} == {"Anna", "Bo"}
    printed = letters("".join(event.plaintext for event in srt).replace("Anna:", "").replace("Bo:", ""))
    assert printed == letters(spoken(INTERVIEW))
    assert str(Path("out/interview-en.srt")) in done.stdout
    assert journey.objects() == []


@pytest.mark.short
def test_mandarin_stays_within_16_full_width_characters_and_in_order(journey: Journey, emulator: Emulator) -> None:
    done = journey.captioner("run", MANDARIN, "-o", "out", "--language", "zh", *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    srt = pysubs2.load(str(journey.folder / "out" / "interview-zh.srt"))
    lines = [line for event in srt for line in event.plaintext.split("\n")]
    assert max(columns(line) for line in lines) <= 32
    assert all(before.end <= after.start for before, after in itertools.pairwise(srt))


def test_late_audio_is_captioned_on_the_players_clock(journey: Journey, emulator: Emulator) -> None:
    policies = ("flac", "copy", "original")
    for policy in policies:
        done = journey.captioner("run", LATE, "-o", policy, "--audio", policy, *journey.place(emulator))
        assert done.returncode == 0, done.stderr
    starts = [pysubs2.load(str(journey.folder / policy / "late-audio.srt"))[0].start for policy in policies]
    sentences = truth(LATE)["sentences"]
    assert isinstance(sentences, list)
    first = sentences[0]["begin_time"]
    assert all(abs(start - first) <= 150 for start in starts), (starts, first)


def test_two_tracks_are_two_speakers(journey: Journey, emulator: Emulator) -> None:
    place = journey.place(emulator)
    done = journey.captioner("run", STEREO, "-o", "out", "--channels", "0,1", "--format", "srt,txt", *place)
    assert done.returncode == 0, done.stderr
    text = (journey.folder / "out" / "stereo-two-tracks.srt").read_text("utf-8")
    assert "Channel 1:" in text
    assert "Channel 2:" in text
    assert emulator.tasks[-1].parameters["channel_id"] == [0, 1]


def test_silence_is_done_and_every_output_is_written_empty_of_cues(journey: Journey, emulator: Emulator) -> None:
    done = journey.captioner("run", SILENCE, "-o", "out", "--format", "srt,vtt,ass,json,txt", *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    out = journey.folder / "out"
    assert len(pysubs2.load(str(out / "silence.ass"))) == 0
    assert len(webvtt.read(str(out / "silence.vtt"))) == 0
    assert "-->" not in (out / "silence.srt").read_text("utf-8")
    again = journey.captioner("format", out / "silence.asr.json")
    assert (again.returncode, again.stdout) == (0, "")


@pytest.mark.short
def test_one_bad_file_never_stops_the_rest(journey: Journey, emulator: Emulator) -> None:
    bad = journey.folder / "notes.mp3"
    bad.write_text("not media at all")
    done = journey.captioner("run", bad, STEREO, "missing.mp4", "-o", "out", *journey.place(emulator))
    assert done.returncode == 1
    assert (journey.folder / "out" / "stereo-two-tracks.srt").exists()
    assert not list((journey.folder / "out").glob("notes.*"))
    for name in ("notes.mp3", "missing.mp4"):
        assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_several_files_share_a_task(journey: Journey, emulator: Emulator) -> None:
    done = journey.captioner(
        "run", INTERVIEW, MANDARIN, STEREO, "-o", "out", "--files-per-task", "3", *journey.place(emulator)
    )
    assert done.returncode == 0, done.stderr
    assert emulator.submissions == 1
    assert len(list((journey.folder / "out").glob("*.srt"))) == 3


def test_a_link_goes_straight_to_the_service(journey: Journey, emulator: Emulator) -> None:
    uploaded = journey.captioner("upload", STEREO, *journey.place(emulator))
    assert uploaded.returncode == 0, uploaded.stderr
    link = uploaded.stdout.strip()
    done = journey.captioner("run", link, "-o", "out", *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    assert len(list((journey.folder / "out").glob("*.srt"))) == 1
    secret = link.partition("X-Amz-Signature=")[2][:40]
    assert secret
    left = [path.read_bytes() for path in journey.folder.rglob("*") if path.is_file()]
    assert not any(secret.encode() in content for content in left)
    assert secret not in done.stdout + done.stderr


def test_the_stages_give_what_run_gives(journey: Journey, emulator: Emulator) -> None:
    place = journey.place(emulator)
    assert journey.captioner("run", STEREO, "-o", "whole", *place).returncode == 0
    assert journey.captioner("transcribe", STEREO, "-o", "stages", *place).returncode == 0
    done = journey.captioner("format", "stages/stereo-two-tracks.asr.json", "-o", "stages/stereo-two-tracks.srt")
    assert done.returncode == 0, done.stderr
    srt = [(journey.folder / name / "stereo-two-tracks.srt").read_bytes() for name in ("whole", "stages")]
    assert srt[0] == srt[1]


def test_no_key_and_no_signature_is_left_anywhere(journey: Journey, emulator: Emulator) -> None:
    done = journey.captioner("-v", "run", STEREO, "-o", "out", "--format", "srt,json", *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    everything = [path.read_bytes() for path in journey.folder.rglob("*") if path.is_file()]
    everything.append((done.stdout + done.stderr).encode())
    secret = re.compile(f"{KEY}|{journey.s3.secret}|Signature=[0-9A-Za-z%+/]{{8}}".encode())
    assert [found for content in everything for found in secret.findall(content)] == []


@pytest.mark.short
def test_dry_run_sends_nothing_and_says_what_it_would_cost(journey: Journey, emulator: Emulator) -> None:
    done = journey.captioner("run", INTERVIEW, "--dry-run", *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    assert "USD" in done.stdout
    assert emulator.requests == ()
    assert journey.objects() == []


def test_several_shapes_come_from_one_paid_transcript(journey: Journey, emulator: Emulator) -> None:
    done = journey.captioner(
        "run", INTERVIEW, "-o", "out", "--language", "en", "--suffix-language", "--target", "premiere",
        "--also", "social-vertical:srt", "--also", "web-default:txt", *journey.place(emulator),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    out = journey.folder / "out"
    names = {path.name for path in out.iterdir() if path.is_file()}
    assert names == {
        "interview-en.en.srt",
        "interview-en.en.social-vertical.srt",
        "interview-en.en.web-default.txt",
        "interview-en.en.asr.json",
        "interview-en.en.captioner.json",
        "interview-en.en.json",
    }
    assert emulator.submissions == 1
    assert b"\r\n" in (out / "interview-en.en.srt").read_bytes()
    narrow = pysubs2.load(str(out / "interview-en.en.social-vertical.srt"))
    assert max(columns(line) for event in narrow for line in event.plaintext.split("\n")) <= 24


def test_every_change_made_on_request_is_listed_and_strict_counts_warnings(
    journey: Journey, emulator: Emulator
) -> None:
    (journey.folder / "names.toml").write_text('[replace]\n"evening" = "night"\n', encoding="utf-8")
    done = journey.captioner(
        "run", INTERVIEW, "-o", "out", "--replace", "names.toml", "--max-columns", "20", "--strict",
        *journey.place(emulator),
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("evening") == 1
    assert "warning" in done.stderr
    assert "Night Report" in (journey.folder / "out" / "interview-en.srt").read_text("utf-8").replace("\n", " ")


def test_a_folder_is_captioned_by_its_own_settings_and_says_so(journey: Journey, emulator: Emulator) -> None:
    rushes = journey.folder / "rushes"
    rushes.mkdir()
    shutil.copy(INTERVIEW, rushes / "talk.mp4")
    (rushes / "names.toml").write_text('[replace]\n"evening" = "night"\n', encoding="utf-8")
    (rushes / "captioner.toml").write_text(
        '[captions]\nreplace = "names.toml"\nspeakers = "1=Anna"\n', encoding="utf-8"
    )
    done = journey.captioner("run", rushes, *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    assert f"note: {rushes}/captioner.toml: captions.speakers = 1=Anna, captions.replace = {rushes}/names.toml" in (
        done.stderr
    )
    assert "Night Report" in (rushes / "talk.srt").read_text("utf-8").replace("\n", " ")
    assert done.stderr.count("evening") == 1


def test_run_stops_before_a_limit(journey: Journey, emulator: Emulator) -> None:
    done = journey.captioner("run", INTERVIEW, "-o", "out", "--max-cost", "0.0000001", *journey.place(emulator))
    assert done.returncode == 1
    assert "this would exceed --max-cost 1e-07; run the same command with a higher limit" in done.stderr
    assert emulator.submissions == 0


def test_settings_of_a_project_hold_the_ledger_and_further_files(journey: Journey, emulator: Emulator) -> None:
    (journey.folder / "captioner.toml").write_text(
        '[captions]\nalso = ["social-vertical:vtt"]\n[ledger]\npath = "project.db"\n', encoding="utf-8"
    )
    done = journey.captioner("run", INTERVIEW, "-o", "out", *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    assert (journey.folder / "out" / "interview-en.social-vertical.vtt").exists()
    assert (journey.folder / "project.db").exists()
    assert not (journey.folder / "out" / ".captioner").exists()
    assert "1  done" in journey.captioner("status").stdout


def test_transcribe_obeys_a_folder_and_writes_replies_only(journey: Journey, emulator: Emulator) -> None:
    rushes = journey.folder / "rushes"
    rushes.mkdir()
    shutil.copy(INTERVIEW, rushes / "talk.mp4")
    (rushes / "captioner.toml").write_text('[captions]\nstyle = "netflix"\n[recognition]\nlanguage = "en"\n')
    (journey.folder / "captioner.toml").write_text('[captions]\nalso = ["social-vertical:vtt"]\n')
    done = journey.captioner("transcribe", rushes, "-o", "out", *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (journey.folder / "out").iterdir() if path.is_file()] == ["talk.asr.json"]
    assert emulator.submissions == 1
    assert journey.captioner("run", rushes, "-o", "out", *journey.place(emulator)).returncode == 0
    assert emulator.submissions == 1
