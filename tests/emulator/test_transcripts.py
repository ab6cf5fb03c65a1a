"""The right transcript is found for a sound, or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from captioner.emulator.fingerprint import Sound, analyse_file, fingerprint_of_file
from captioner.emulator.messages import FileFailure
from captioner.emulator.transcripts import KnownTranscript, RawReply, TranscriptLibrary, default_folder
from captioner.errors import ConfigError
from tests.emulator.doubles import SENTENCES, save, speech, write_truth

pytestmark = pytest.mark.integration


def sound(fingerprint: str, channels: int = 1) -> Sound:
    return Sound("flac", channels, 16000, 4000, 0, 0, fingerprint)


def test_known_audio_finds_its_transcript(audio: Path, transcripts: Path) -> None:
    library = TranscriptLibrary.load(transcripts)
    assert library.find(analyse_file(audio / "talk.ogg")).name == "talk.mp4"
    assert library.find(analyse_file(audio / "call.wav")).name == "call.wav"


@pytest.mark.parametrize("name", ["other.flac", "talk-cut.flac", "call-left.wav"])
def test_unknown_audio_fails_in_plain_words(name: str, audio: Path, transcripts: Path) -> None:
    with pytest.raises(FileFailure) as caught:
        TranscriptLibrary.load(transcripts).find(analyse_file(audio / name))
    assert caught.value.code == "UnknownContent"
    assert "does not recognise speech" in caught.value.message


def test_two_different_transcripts_of_the_same_sound_are_refused(tmp_path: Path) -> None:
    write_truth(tmp_path, "a.mp4", "e1:0K0K5")
    write_truth(tmp_path, "b.mp4", "e1:0K0K5", sentences=SENTENCES[::-1])
    with pytest.raises(FileFailure, match=r"a\.mp4, b\.mp4"):
        TranscriptLibrary.load(tmp_path).find(sound("e1:0K0K5"))


def test_the_same_transcript_twice_is_no_riddle(tmp_path: Path) -> None:
    write_truth(tmp_path, "a.mp4", "e1:0K0K5")
    write_truth(tmp_path, "b.mp4", "e1:0K0K5")
    assert TranscriptLibrary.load(tmp_path).find(sound("e1:0K0K5")).name == "a.mp4"


def test_of_two_that_sound_alike_the_number_of_channels_decides(tmp_path: Path) -> None:
    mixed: list[dict[str, Any]] = [{**SENTENCES[0], "channel": 0}]
    write_truth(tmp_path, "mixed.mp4", "e1:0K0K5", sentences=mixed)
    write_truth(tmp_path, "parted.wav", "e1:0K0K5")
    library = TranscriptLibrary.load(tmp_path)
    assert library.find(sound("e1:0K0K5", channels=1)).name == "mixed.mp4"
    assert library.find(sound("e1:0K0K5", channels=2)).name == "parted.wav"


def test_a_missing_fingerprint_is_taken_from_the_media_beside_it(tmp_path: Path) -> None:
    path = save(tmp_path / "talk.flac", speech(1))
    write_truth(tmp_path / "transcripts", "talk.flac", None)
    known = TranscriptLibrary.load(tmp_path / "transcripts").find(sound(fingerprint_of_file(path)))
    assert isinstance(known, KnownTranscript)


def test_silence_needs_no_transcript(tmp_path: Path) -> None:
    write_truth(tmp_path, "silence.m4a", None, sentences=[])
    assert len(TranscriptLibrary.load(tmp_path)) == 0


def test_a_reply_in_the_services_shape_is_kept_as_it_is(tmp_path: Path) -> None:
    reply = {"file_url": "x", "properties": {}, "transcripts": [{"channel_id": 0}]}
    (tmp_path / "raw.json").write_text(json.dumps({**reply, "fingerprint": "e1:0K0K5"}))
    known = TranscriptLibrary.load(tmp_path).find(sound("e1:0K0K5"))
    assert isinstance(known, RawReply)
    assert known.reply == reply


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sentences": [{}]}', '{"transcripts": []}'])
def test_a_file_that_is_no_transcript_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text(text)
    with pytest.raises(ConfigError, match=r"odd\.json"):
        TranscriptLibrary.load(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        TranscriptLibrary.load(tmp_path / "nowhere")


def test_the_transcripts_that_come_with_captioner_fit_their_media() -> None:
    fixtures = Path(__file__).parents[2] / "fixtures"
    library = TranscriptLibrary.load(fixtures / "transcripts")
    media = [path for path in fixtures.iterdir() if path.suffix in (".mp4", ".wav")]
    assert media
    assert {library.find(analyse_file(path)).name for path in media} == {path.name for path in media}


def test_without_a_folder_given_there_is_one() -> None:
    folder = default_folder()
    assert folder is not None
    assert len(TranscriptLibrary.load(folder)) > 0
