"""A batch against real servers that fail: killed at every step, outages, a revoked key, two processes on one ledger."""

from __future__ import annotations

import array
import contextlib
import socket
import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from captioner.emulator import Emulator, Faults, Pace
from tests.flows.conftest import FIXTURES, KEY, Journey
from tests.flows.test_resume import wait_until

STEREO = FIXTURES / "stereo-two-tracks.wav"


def service(spec: str = "", **pace: float) -> Emulator:
    return Emulator(transcripts=FIXTURES / "transcripts", key=KEY, faults=Faults.parse(spec), pace=Pace(**pace))


def asked(emulator: Emulator, part: str) -> bool:
    return any(part in exchange.path for exchange in emulator.requests)


class Wire:
    """A connection to a server that can be cut and mended: a forwarding port on loopback."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._server = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.is_cut:
                    client.close()
                    continue
                server = socket.create_connection(self._server)
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while not self.is_cut and (data := source.recv(65536)):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
                end.close()


@pytest.fixture
def wire(journey: Journey) -> Iterator[Wire]:
    line = Wire(journey.s3.url)
    yield line
    line.close()


def sounds(folder: Path, files: int) -> Path:
    """Copies of a fixture, each a little softer: no two alike, and the emulator knows them all."""
    folder.mkdir()
    with wave.open(str(STEREO)) as sound:
        shape, samples = sound.getparams(), array.array("h", sound.readframes(sound.getnframes()))
    for number in range(files):
        with wave.open(str(folder / f"{number}.wav"), "wb") as copy:
            copy.setparams(shape)
            copy.writeframes(array.array("h", [int(sample * (1 - number / 1000)) for sample in samples]).tobytes())
    return folder


@pytest.mark.parametrize(
    ("spec", "reached"),
    [
        ("throttle=2,at=submit,retry_after=1", lambda emulator: asked(emulator, "/transcription")),
        ("slow_answer=3", lambda emulator: emulator.submissions == 1),
        ("slow_queue=2", lambda emulator: asked(emulator, "/tasks/")),
        ("slow_body=2", lambda emulator: asked(emulator, "/prod/")),
    ],
    ids=["stored", "submitting", "submitted", "recognised"],
)
def test_a_batch_killed_at_a_step_is_finished_by_the_same_command_and_paid_once(
    journey: Journey, spec: str, reached: Callable[[Emulator], bool]
) -> None:
    with service(spec) as emulator:
        command = ["batch", STEREO, "-o", "out", *journey.place(emulator)]
        process = journey.start(*command)
        wait_until(lambda: reached(emulator))
        process.kill()
        process.communicate()
        assert not list((journey.folder / "out").glob("*.srt"))
        done = journey.captioner(*command)
        assert done.returncode == 0, done.stderr
        assert emulator.submissions == 1
    assert (journey.folder / "out" / "stereo-two-tracks.srt").stat().st_size > 0
    assert journey.objects() == []


def test_an_outage_of_the_service_is_waited_for(journey: Journey) -> None:
    with service("server_error=5,server_error_status=503") as emulator:
        done = journey.captioner("batch", sounds(journey.folder / "in", 3), *journey.place(emulator))
        assert done.returncode == 0, done.stderr
        assert "trying again in" in done.stderr
        assert emulator.submissions == 3
    assert journey.objects() == []


def test_a_store_that_goes_away_and_comes_back_is_waited_for(journey: Journey, wire: Wire) -> None:
    with service(pending_s=0.1) as emulator:
        place = ["--endpoint", emulator.url, "--storage", "s3", "--bucket", "media", "--s3-endpoint", wire.url]
        wire.is_cut = True
        process = journey.start("batch", sounds(journey.folder / "in", 2), *place)
        ledger = journey.folder / "in" / ".captioner" / "ledger.sqlite3"
        wait_until(ledger.exists)
        time.sleep(2)
        wire.is_cut = False
        _, stderr = process.communicate(timeout=90)
        assert process.returncode == 0, stderr
        assert emulator.submissions == 2
    assert journey.objects() == []


def test_a_key_revoked_in_mid_run_stops_it_and_costs_nothing_twice(journey: Journey) -> None:
    with service(pending_s=2) as emulator:
        command = ["batch", STEREO, "-o", "out", *journey.place(emulator)]
        process = journey.start(*command)
        wait_until(lambda: emulator.submissions == 1)
        gateway = emulator._up.gateway
        gateway._key = "sk-another"
        _, stderr = process.communicate(timeout=60)
        assert process.returncode == 3, stderr
        assert KEY not in stderr
        gateway._key = KEY
        done = journey.captioner(*command)
        assert done.returncode == 0, done.stderr
        assert emulator.submissions == 1
    assert journey.objects() == []


def test_an_output_that_cannot_be_written_is_told_and_written_later_for_free(journey: Journey) -> None:
    with service() as emulator:
        (journey.folder / "in").mkdir()
        sounds(journey.folder / "in" / "desk", 1)
        blocked = journey.folder / "out" / "desk"
        blocked.parent.mkdir()
        blocked.write_text("a file where the folder should be")
        command = ["batch", "in", "-o", "out", *journey.place(emulator)]
        refused = journey.captioner(*command)
        assert refused.returncode == 1, refused.stderr
        assert "0.wav" in refused.stderr
        assert "Traceback" not in refused.stderr
        blocked.unlink()
        done = journey.captioner(*command)
        assert done.returncode == 0, done.stderr
        assert emulator.submissions == 1
    assert journey.objects() == []


def test_two_processes_on_one_ledger_share_the_work_and_pay_once(journey: Journey) -> None:
    folder = sounds(journey.folder / "in", 6)
    with service(pending_s=1) as emulator:
        command = ["batch", folder, "--preparing", "1", *journey.place(emulator)]
        first, second = journey.start(*command), journey.start(*command)
        for process in (first, second):
            _, stderr = process.communicate(timeout=90)
            assert process.returncode == 0, stderr
        assert emulator.submissions == 6
    assert len(list(folder.glob("*.srt"))) == 6
    assert journey.objects() == []
