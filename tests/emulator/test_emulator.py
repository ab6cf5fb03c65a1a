"""The emulator starts, stops and starts again, and leaves nothing behind."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import httpx
import pytest

from captioner.emulator import Emulator, Faults
from captioner.errors import ConfigError
from tests.emulator.conftest import QUICK
from tests.emulator.doubles import Page, WebServer, calling
from tests.waiting import returns, wait_until

pytestmark = pytest.mark.integration


def ours() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("emulator")}


def test_its_url_is_the_base_of_all_routes(transcripts: Path) -> None:
    with Emulator(transcripts=transcripts) as emulator:
        assert emulator.url.startswith("http://127.0.0.1:")
        assert emulator.url.endswith("/api/v1")


def test_it_stops_with_connections_open_and_keeps_its_record(transcripts: Path) -> None:
    emulator = Emulator(transcripts=transcripts)
    with calling(emulator) as caller:
        caller.http.get("/tasks/")
        assert ours()
        assert returns(emulator.stop)
        assert not ours()
        with pytest.raises(httpx.HTTPError):
            caller.http.get("/tasks/")
    assert len(emulator.requests) == 1


def test_it_stops_while_an_answer_is_held_back(transcripts: Path) -> None:
    emulator = Emulator(transcripts=transcripts, faults=Faults(slow_answer=3600))
    with calling(emulator) as caller:
        body = {"model": "fun-asr", "input": {"file_urls": ["http://127.0.0.1:9/a.wav"]}}
        errors = []

        def submit() -> None:
            try:
                caller.post_submission(body)
            except httpx.HTTPError as error:
                errors.append(error)

        waiting = threading.Thread(target=submit)
        waiting.start()
        wait_until(lambda: emulator.submissions)
        assert returns(emulator.stop)
        assert returns(waiting.join)
        assert len(errors) == 1


def test_it_starts_again_on_a_port_of_its_own_with_a_clean_record(transcripts: Path) -> None:
    emulator = Emulator(transcripts=transcripts, timing=QUICK)
    for _ in range(2):
        with calling(emulator) as caller:
            assert caller.http.get("/tasks/").json()["total"] == 0
            assert len(emulator.requests) == 1


def test_a_port_that_is_taken_is_named(transcripts: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}"):
            Emulator(port, transcripts=transcripts).start()


def test_a_missing_folder_of_transcripts_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        Emulator(transcripts=tmp_path / "nowhere").start()


def test_waiting_ends_when_it_is_stopped(transcripts: Path) -> None:
    with Emulator(transcripts=transcripts) as emulator:
        threading.Timer(0.05, emulator.stop).start()
        assert returns(emulator.wait)


def test_nothing_it_downloads_is_left_behind(
    transcripts: Path, web: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with calling(Emulator(transcripts=transcripts, timing=QUICK)) as caller:
        caller.run(f"{web.url}/talk.flac", web.offer("/half.wav", Page(b"RIFF", length=99)))
        (folder,) = tmp_path.iterdir()
        assert list(folder.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_an_unstarted_emulator_has_no_url() -> None:
    with pytest.raises(RuntimeError):
        _ = Emulator().url


def test_two_requests_share_a_connection_even_after_a_refused_body(transcripts: Path) -> None:
    with calling(Emulator(transcripts=transcripts)) as caller:
        refused = caller.http.post("/nowhere", content=b"x" * 5000)
        assert refused.status_code == 404
        assert caller.http.get("/tasks/").status_code == 200


@pytest.mark.process
def test_what_the_emulator_needs_is_imported_when_it_is_needed() -> None:
    import subprocess
    import sys

    code = "import sys, captioner.emulator; print([m for m in ('av', 'httpx', 'boto3') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
