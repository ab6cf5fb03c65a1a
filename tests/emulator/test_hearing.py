"""Speech recognition on this machine: stretches, sentences, replies, interruption; with an engine of a few lines."""

from __future__ import annotations

import itertools
import math
import os
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from captioner.emulator import Emulator
from captioner.emulator.decode import DecodeFailed
from captioner.emulator.fingerprint import analyse_file
from captioner.emulator.hearing import Hearing
from captioner.emulator.hearing.audio import RATE, stretches
from captioner.emulator.messages import FileFailure
from captioner.emulator.state_folder import StateFolder
from captioner.emulator.transcripts import TranscriptLibrary
from tests.emulator.conftest import QUICK
from tests.emulator.doubles import Caller, WebServer, calling, save, silence, speech
from tests.emulator.hearing_doubles import LoudEngine
from tests.waiting import wait_until

pytestmark = pytest.mark.integration


def tone(seconds: float) -> array[int]:
    """Sound without a quiet moment."""
    one = array("h", (int(8000 * math.sin(2 * math.pi * 300 * i / RATE)) for i in range(RATE)))
    return (one * (int(seconds) + 1))[: int(seconds * RATE)]


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four minutes and a half, with quiet moments at 1:43 and 3:20 only."""
    samples = tone(103) + silence(0.6) + tone(96.4) + silence(1) + tone(69)
    return save(tmp_path_factory.mktemp("long") / "long.flac", samples)


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / "state")


def test_stretches_follow_each_other_without_a_gap_and_are_cut_where_it_is_quiet(long_file: Path) -> None:
    found = list(stretches(long_file, None))
    assert found[0].start_ms == 0
    assert len(found) == 3
    assert abs(found[1].start_ms - 103_300) <= 200
    assert abs(found[2].start_ms - 200_500) <= 500
    for before, after in itertools.pairwise(found):
        assert after.start_ms == before.start_ms + before.duration_ms
    assert sum(len(each.samples) for each in found) == 270 * RATE


def test_a_channel_is_heard_alone(tmp_path: Path) -> None:
    path = save(tmp_path / "two.wav", tone(3), silence(3), codec="pcm_s16le")
    (left,), (right,), (both,) = (list(stretches(path, channel)) for channel in (0, 1, None))
    assert max(left.samples) > 7000
    assert max(right.samples) == 0
    assert 2000 < max(both.samples) < 7000


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DecodeFailed, match=r"gone\.flac: the audio cannot be decoded"):
        list(stretches(tmp_path / "gone.flac", None))


def test_words_become_sentences_with_marks_times_and_confidence(audio: Path, state: StateFolder) -> None:
    path = audio / "talk.flac"
    heard = Hearing(LoudEngine(), state.heard_folder).hear(path, analyse_file(path), [0], "")
    assert heard.heard_by == "local-whisper-loud"
    assert heard.language == "en"
    tokens = [token for utterance in heard.utterances for token in utterance.tokens]
    assert [utterance.tokens[-1].punctuation for utterance in heard.utterances[:-1]] == ["."] * (
        len(heard.utterances) - 1
    )
    assert all(token.text.startswith("word") and not token.text.endswith(".") for token in tokens)
    assert all(token.confidence == 0.9 for token in tokens)
    assert all(utterance.speaker is None for utterance in heard.utterances)
    assert tokens[0].start_ms % 500 == 50


def test_a_language_is_detected_once_and_kept(long_file: Path, state: StateFolder) -> None:
    engine = LoudEngine()
    Hearing(engine, state.heard_folder).hear(long_file, analyse_file(long_file), [0], "")
    assert engine.languages == ["", "en", "en"]


def test_an_interrupted_file_goes_on_where_it_was(long_file: Path, state: StateFolder) -> None:
    sound, told = analyse_file(long_file), []
    first = Hearing(LoudEngine(), state.heard_folder, on_progress=lambda done, total: first.stop())
    with pytest.raises(FileFailure) as failure:
        first.hear(long_file, sound, [0], "en")
    assert failure.value.code == "SERVER_ERROR"
    engine = LoudEngine()
    second = Hearing(engine, state.heard_folder, on_progress=lambda done, total: told.append((done, total)))
    heard = second.hear(long_file, sound, [0], "en")
    assert len(engine.lengths_ms) == 2
    assert [done for done, _ in told][-1] == 270_000
    assert {total for _, total in told} == {270_000}
    assert heard.utterances[-1].end_ms > 265_000
    assert [u.start_ms for u in heard.utterances] == sorted(u.start_ms for u in heard.utterances)


def test_silence_in_between_is_no_speech(tmp_path: Path, state: StateFolder) -> None:
    path = save(tmp_path / "quiet.flac", array("h", [300, -300] * RATE))
    with pytest.raises(FileFailure) as failure:
        Hearing(LoudEngine(), state.heard_folder).hear(path, analyse_file(path), [0], "")
    assert failure.value.code == "SUCCESS_WITH_NO_VALID_FRAGMENT"


# Through the service


@pytest.fixture
def hearing_caller(state: StateFolder, transcripts: Path) -> Iterator[tuple[Caller, LoudEngine]]:
    engine = LoudEngine()
    emulator = Emulator(transcripts=transcripts, timing=QUICK, hearing=Hearing(engine, state.heard_folder), state=state)
    with calling(emulator) as someone:
        yield someone, engine


def test_known_audio_is_answered_from_its_transcript_and_other_audio_is_heard(
    hearing_caller: tuple[Caller, LoudEngine], web: WebServer
) -> None:
    caller, engine = hearing_caller
    assert "model" not in caller.transcript(f"{web.url}/talk.flac")
    assert engine.lengths_ms == []
    document = caller.transcript(f"{web.url}/other.flac", diarization_enabled=True)
    assert document["model"] == "local-whisper-loud"
    (entry,) = document["transcripts"]
    assert entry["channel_id"] == 0
    sentences = entry["sentences"]
    assert entry["text"] == "".join(sentence["text"] for sentence in sentences)
    assert all("speaker_id" not in sentence for sentence in sentences)
    words = [word for sentence in sentences for word in sentence["words"]]
    assert {word["confidence"] for word in words} == {0.9}
    assert entry["text"].startswith("word")
    assert "  " not in entry["text"]


def test_channels_are_heard_one_by_one_and_a_silent_one_has_no_words(
    hearing_caller: tuple[Caller, LoudEngine], web: WebServer, tmp_path: Path
) -> None:
    caller, _ = hearing_caller
    web.offer("/half.wav", save(tmp_path / "half.wav", speech(5), silence(4), codec="pcm_s16le").read_bytes())
    left, right = caller.transcript(f"{web.url}/half.wav", channel_id=[0, 1])["transcripts"]
    assert left["sentences"]
    assert right["sentences"] == []


def test_the_model_of_this_machine_is_one_of_the_service(
    hearing_caller: tuple[Caller, LoudEngine], web: WebServer
) -> None:
    caller, _ = hearing_caller
    assert caller.transcript(f"{web.url}/other.flac", model="local-whisper-loud")["model"] == "local-whisper-loud"
    assert caller.submit(f"{web.url}/other.flac", model="local-whisper-other").status_code == 404


def test_a_task_outlives_the_emulator(state: StateFolder, long_file: Path, web: WebServer) -> None:
    web.offer("/long.flac", long_file.read_bytes())
    engine = LoudEngine()
    engine.blocks.set()
    first = Emulator(
        transcripts=TranscriptLibrary(), timing=QUICK, hearing=Hearing(engine, state.heard_folder), state=state
    )
    with calling(first) as caller:
        task = caller.submit(f"{web.url}/long.flac").json()["output"]["task_id"]
        wait_until(lambda: engine.lengths_ms)
        engine.goes_on.set()
    second = Emulator(
        transcripts=TranscriptLibrary(), timing=QUICK, hearing=Hearing(LoudEngine(), state.heard_folder), state=state
    )
    with calling(second) as caller:
        answer = caller.ended(task)
    assert answer["output"]["task_status"] == "SUCCEEDED"


def test_another_emulator_on_the_folder_knows_a_task_it_never_saw(
    state: StateFolder, audio: Path, web: WebServer
) -> None:
    def emulator() -> Emulator:
        hearing = Hearing(LoudEngine(), state.heard_folder)
        return Emulator(transcripts=TranscriptLibrary(), timing=QUICK, hearing=hearing, state=StateFolder(state.path))

    with calling(emulator()) as one, calling(emulator()) as other:
        task = one.submit(f"{web.url}/other.flac").json()["output"]["task_id"]
        assert other.ended(task)["output"]["task_status"] == "SUCCEEDED"


def test_old_state_is_forgotten(state: StateFolder, web: WebServer) -> None:
    hearing = Hearing(LoudEngine(), state.heard_folder)
    with calling(Emulator(transcripts=TranscriptLibrary(), timing=QUICK, hearing=hearing, state=state)) as caller:
        caller.transcript(f"{web.url}/other.flac")
    kept = [path for path in state.path.rglob("*") if path.is_file()]
    assert kept

    for path in [*kept, *state.heard_folder.iterdir()]:
        os.utime(path, (1, 1))
    assert list(StateFolder(state.path).tasks()) == []
    assert not any(path.is_file() for path in state.path.rglob("*"))
