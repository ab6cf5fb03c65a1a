"""A worker that is stopped in the middle of something, and wakes up when others have done its work."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from captioner.emulator import Emulator, Faults
from tests.flows.clusters import FILES, Dask, captions
from tests.flows.conftest import Journey
from tests.waiting import PATIENCE_S, wait_until

pytest.importorskip("distributed")
pytestmark = pytest.mark.process

# Loaded by Python when it starts. The first worker that comes to the point stops itself, and says so in a file; when it
# goes on, it says when the call has ended that it was stopped in. The coordinator takes silence for serious sooner.
HOOK = """
import os, signal, sys, time

POINT, GATE = os.environ["STOP_AT"], os.environ["GATE"]

def stop():
    try:
        handle = os.open(GATE, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return
    os.write(handle, str(os.getpid()).encode())
    os.close(handle)
    stopped.append(True)
    os.kill(os.getpid(), signal.SIGSTOP)

def around(owner, name, before=False, after=False):
    plain = getattr(owner, name)
    def wrapped(*args, **kwargs):
        if before:
            stop()
        result = plain(*args, **kwargs)
        if after:
            stop()
        return result
    setattr(owner, name, wrapped)

stopped = []
if any("dask_worker" in argument for argument in sys.orig_argv):
    from captioner.captions import pipeline
    from captioner.jobs.executors import dask_worker
    from captioner.storage.s3 import transfer
    from captioner.storage.s3.s3_store import S3Store
    if POINT == "before the upload":
        around(S3Store, "_upload", before=True)
    if POINT == "while it is sent":
        around(transfer._UploadSubscriber, "on_progress", before=True)
    if POINT == "when it is there":
        around(S3Store, "_upload", after=True)
    if POINT == "when the lease was confirmed":
        around(dask_worker._LeasedStore, "put", after=True)
    if POINT == "before it is read back":
        around(S3Store, "verify_readable", before=True)
    if POINT == "before the captions are made":
        around(pipeline, "produce", before=True)
    if POINT == "when the captions are made":
        around(pipeline, "produce", after=True)
    plain = dask_worker.ClusterSettings.done
    def done(self):
        plain(self)
        if stopped:
            open(GATE + ".ended", "w").close()
    dask_worker.ClusterSettings.done = done
elif any("captioner" in argument for argument in sys.orig_argv):
    from captioner.jobs.executors.cluster_members import Members
    Members.__init__.__defaults__ = (time.monotonic, 4.0)
"""


class Gate:
    """Where workers stop."""

    def __init__(self, journey: Journey, point: str) -> None:
        hooks = journey.folder / "hooks"
        hooks.mkdir()
        (hooks / "sitecustomize.py").write_text(HOOK)
        self.file = journey.folder / "stopped"
        journey.environment |= {"PYTHONPATH": str(hooks), "STOP_AT": point, "GATE": str(self.file)}

    def wait(self) -> None:
        """Wait until a worker has stopped."""
        wait_until(lambda: self.file.is_file() and bool(self.file.read_text()))

    def wake(self) -> None:
        """Let it go on, and wait until the call has ended that it was stopped in."""
        os.kill(int(self.file.read_text()), signal.SIGCONT)
        wait_until(Path(f"{self.file}.ended").is_file)


def stored_keys(journey: Journey) -> set[str]:
    """What should be in the bucket according to the ledger."""
    with closing(sqlite3.connect(journey.ledger)) as db:
        return {row[0] for row in db.execute("SELECT object_key FROM uploads WHERE deleted_at IS NULL")}


@pytest.mark.parametrize(
    "point",
    [
        "before the upload",
        pytest.param("while it is sent", marks=pytest.mark.short),
        "when it is there",
        "when the lease was confirmed",
        "before it is read back",
    ],
)
def test_a_worker_that_wakes_late_in_an_upload_changes_nothing(
    journey: Journey,
    service: Emulator,
    media: Path,
    ahead_s: list[float],
    point: str,
) -> None:
    gate = Gate(journey, point)
    cluster = Dask(journey)
    try:
        for name in ("one", "two"):
            cluster.worker_that_is_there(name)
        service.set_faults(Faults.parse("slow_queue=3600"))
        run = journey.start("batch", media, *journey.place(service), "--cluster", cluster.address)
        gate.wait()
        wait_until(lambda: service.submissions == FILES)  # others have done its work, and all of it is in use
        gate.wake()
        in_use = stored_keys(journey)
        assert len(in_use) == FILES
        assert {f"media/{key}" for key in in_use} <= set(journey.objects())
        service.set_faults(Faults())
        ahead_s[0] = 3600
        _, stderr = run.communicate(timeout=PATIENCE_S)
        assert run.returncode == 0, stderr
        assert "its work is done by others" in stderr
        assert len(captions(journey)) == FILES
        assert service.submissions == FILES
        assert journey.objects() == []
    finally:
        cluster.stop()


@pytest.mark.parametrize("point", ["before the captions are made", "when the captions are made"])
def test_a_worker_that_wakes_late_over_captions_changes_nothing(
    journey: Journey,
    service: Emulator,
    media: Path,
    point: str,
) -> None:
    gate = Gate(journey, point)
    cluster = Dask(journey)
    try:
        for name in ("one", "two"):
            cluster.worker_that_is_there(name)
        done = journey.captioner("batch", media, *journey.place(service), "--cluster", cluster.address)
        assert done.returncode == 0, done.stderr
        assert gate.file.is_file()
        written = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in captions(journey)}
        assert len(written) == FILES
        gate.wake()
        assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in captions(journey)} == written
        files = [path for path in media.iterdir() if path.is_file()]
        assert [path for path in files if path.suffix not in (".wav", ".srt", ".json")] == []
        assert service.submissions == FILES
        assert journey.objects() == []
    finally:
        cluster.stop()
