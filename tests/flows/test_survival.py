"""A batch whose outputs cannot be written, and two processes on one ledger; `test_matrix` has what fails around it."""

from __future__ import annotations

import array
import contextlib
import socket
import threading
import wave
from pathlib import Path

import pytest

from captioner.emulator import Emulator, Faults, TaskTiming
from tests.flows.conftest import FIXTURES, KEY, Journey
from tests.waiting import PATIENCE_S, wait_until

STEREO = FIXTURES / "stereo-two-tracks.wav"


def service(spec: str = "", **pace: float) -> Emulator:
    return Emulator(transcripts=FIXTURES / "transcripts", key=KEY, faults=Faults.parse(spec), timing=TaskTiming(**pace))


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
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # ends `accept`
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
            with contextlib.suppress(OSError):  # the other side has gone
                end.shutdown(socket.SHUT_RDWR)
            end.close()


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
        assert emulator.submissions == 0
        assert "Traceback" not in refused.stderr
        blocked.unlink()
        done = journey.captioner(*command)
        assert done.returncode == 0, done.stderr
        assert emulator.submissions == 1
    assert journey.objects() == []


@pytest.mark.short
def test_a_folder_for_captions_that_cannot_be_written_costs_nothing(journey: Journey) -> None:
    with service() as emulator:
        command = ["batch", STEREO, "-o", "/proc/captions", *journey.place(emulator)]
        refused = journey.captioner(*command)
        assert refused.returncode == 2, refused.stderr
        assert "/proc/captions" in refused.stderr
        assert "choose a writable folder" in refused.stderr
        assert emulator.submissions == 0
    assert journey.objects() == []


def test_two_processes_share_a_ledger_one_is_killed_and_the_other_takes_over_within_the_services_limits(
    journey: Journey,
) -> None:
    folder, files = sounds(journey.folder / "in", 24), 24
    with service(pending_s=0.5) as emulator:
        command = ["batch", folder, "--preparing", "1", "-q", *journey.place(emulator)]
        first, second = journey.start(*command), journey.start(*command)
        wait_until(lambda: emulator.submissions > files // 3)
        first.kill()
        first.communicate()
        _, stderr = second.communicate(timeout=PATIENCE_S)
        assert second.returncode == 0, stderr
        assert sum(len(task.urls) for task in emulator.tasks if task.billed_s) == files
        assert emulator.over_limit == 0
    assert len(list(folder.glob("*.srt"))) == files
    assert journey.objects() == []


def test_two_processes_on_one_ledger_share_the_work_and_pay_once(journey: Journey) -> None:
    folder = sounds(journey.folder / "in", 6)
    with service(pending_s=1) as emulator:
        command = ["batch", folder, "--preparing", "1", *journey.place(emulator)]
        first, second = journey.start(*command), journey.start(*command)
        for process in (first, second):
            _, stderr = process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 0, stderr
        assert emulator.submissions == 6
    assert len(list(folder.glob("*.srt"))) == 6
    assert journey.objects() == []
