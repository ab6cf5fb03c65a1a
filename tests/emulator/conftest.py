"""Audio, the transcripts known for it, and a web server that offers it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from captioner.emulator import Emulator, TaskTiming
from captioner.emulator.fingerprint import fingerprint_of_file
from tests.emulator.doubles import RATE, Caller, WebServer, calling, save, silence, speech, write_truth

QUICK = TaskTiming(pending_s=0, running_s=0)


@pytest.fixture(scope="session")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`talk` in several shapes, `other` speech, `call` with a voice in each channel, and silence."""
    folder = tmp_path_factory.mktemp("audio")
    talk, left, right = speech(1), speech(2), speech(3)
    save(folder / "talk.flac", talk)
    save(folder / "talk.ogg", talk, codec="libopus", rate=48000, bit_rate=24000)
    save(folder / "talk-later.wav", silence(0.5) + talk, codec="pcm_s16le")
    save(folder / "other.flac", speech(9))
    save(folder / "call.wav", left, right, codec="pcm_s16le", rate=8000)
    save(folder / "silence.flac", silence(2))
    save(folder / "call-left.wav", left, codec="pcm_s16le", rate=8000)
    save(folder / "talk-cut.flac", talk[: 3 * RATE])
    return folder


@pytest.fixture(scope="session")
def transcripts(audio: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is said in `talk` and in `call`."""
    folder = tmp_path_factory.mktemp("transcripts")
    write_truth(folder, "talk.mp4", fingerprint_of_file(audio / "talk.flac"))
    write_truth(folder, "call.wav", fingerprint_of_file(audio / "call.wav"), onset_ms=0)
    return folder


@pytest.fixture
def web(audio: Path) -> Iterator[WebServer]:
    with WebServer() as server:
        for path in audio.iterdir():
            server.offer(f"/{path.name}", path.read_bytes())
        yield server


@pytest.fixture
def caller(transcripts: Path) -> Iterator[Caller]:
    """Somebody who talks to an emulator without faults that loses no time."""
    with calling(Emulator(transcripts=transcripts, timing=QUICK)) as someone:
        yield someone
