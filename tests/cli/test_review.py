"""`captioner review` as a person calls it: what is refused, and that it starts and ends well."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from tests.cli.test_convert import run
from tests.review.places import put_captions
from tests.waiting import PATIENCE_S

PASSWORD = "correct horse battery"


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    put_captions(tmp_path)
    (tmp_path / "password").write_text(PASSWORD + "\n")
    (tmp_path / "short").write_text("x\n")
    (tmp_path / "pem").write_text("no certificate")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.integration
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere.mp4"], 2, "not there"),
        (["--listen", "10.0.0.5", "talk.json"], 2, "--password-file"),
        (["--listen", "10.0.0.5", "--password-file", "password", "talk.json"], 2, "--tls-cert and --tls-key"),
        (["--listen", "10.0.0.5", "--password-file", "password", "--tls-cert", "pem", "talk.json"], 2, "--tls-key"),
        (["--listen", "0.0.0.0", "--password-file", "password", "--behind-proxy", "talk.json"], 2, "--host"),
        (["--listen", "127.0.0.1", "--password-file", "short", "--behind-proxy", "talk.json"], 2, "12 characters"),
        (["--listen", "127.0.0.1", "--password-file", "password", "--behind-proxy", "--tls-cert", "pem",
          "--tls-key", "pem", "talk.json"], 2, "--behind-proxy"),
        (["--listen", "127.0.0.1", "--password-file", "password", "--tls-cert", "pem", "--tls-key", "pem",
          "talk.json"], 2, "PEM"),
        (["--password-file", "password", "talk.json"], 2, "go with --listen"),
        (["--listen", "192.0.2.1", "--password-file", "password", "--behind-proxy", "talk.json"], 2, "cannot listen"),
        (["pem.json"], 1, "is not JSON"),
    ],
)  # fmt: skip
def test_what_is_refused(
    talk: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    (talk / "pem.json").write_text("{")
    assert run("review", "--no-browser", *arguments) == code
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert PASSWORD not in told


def test_a_missing_library_is_named(
    talk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "captioner.cli.commands.review.find_spec", lambda name: None if name == "uvicorn" else find_spec(name)
    )
    assert run("review", "talk.json") == 2
    assert "uvicorn is missing; pip install 'captioner[review]'" in capsys.readouterr().err


@pytest.mark.process
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_until_it_is_stopped_and_leaves_nothing_behind(talk: Path, way: signal.Signals) -> None:
    command = [sys.executable, "-m", "captioner", "review", "talk.srt", "--no-browser", "--caption", "3"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(talk / "cache")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=talk, env=environment
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.endswith("#c=3")
        answer = httpx.get(address.partition("#")[0], follow_redirects=True, timeout=PATIENCE_S)
        assert answer.status_code == 200
        assert "talk" in answer.text
        process.send_signal(way)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in out + err
    assert process.returncode in (0, 130, -way)
    assert not list(talk.glob(".talk*"))
