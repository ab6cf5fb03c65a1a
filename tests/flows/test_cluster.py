"""`--cluster`: media steps on Dask workers, money in the coordinator; with real processes on loopback."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import trustme

from captioner.emulator import Emulator, Faults
from captioner.version import __version__
from tests.flows.clusters import FILES, Dask, captions, make_media
from tests.flows.conftest import KEY, Journey
from tests.waiting import PATIENCE_S, wait_until

pytest.importorskip("distributed")
pytestmark = pytest.mark.process


@pytest.mark.short
def test_every_file_is_captioned_once_by_workers_of_this_machine(
    journey: Journey, service: Emulator, media: Path
) -> None:
    done = journey.captioner("batch", media, *journey.place(service), "--cluster", "local:2")
    assert done.returncode == 0, done.stderr
    assert len(captions(journey)) == FILES
    assert service.submissions == FILES
    assert journey.objects() == []
    assert "2 workers; dashboard http://127.0.0.1:" in done.stderr


def test_workers_that_are_killed_lose_nothing_and_nothing_is_paid_twice(
    journey: Journey, service: Emulator, media: Path, dask: Dask
) -> None:
    dice = random.Random(4)
    workers = [dask.worker(f"w{number}") for number in range(3)]
    run = journey.start("batch", media, *journey.place(service), "--cluster", dask.address)
    for number in (3, 4, 5):
        time.sleep(1.5)
        if run.poll() is not None:
            break
        victim = workers.pop(dice.randrange(len(workers)))
        victim.send_signal(signal.SIGKILL)
        workers.append(dask.worker(f"w{number}"))
    _, stderr = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0, stderr
    assert len(captions(journey)) == FILES
    assert service.submissions == FILES
    assert journey.objects() == []


def test_a_worker_without_credentials_or_mount_is_named_and_given_no_work(
    journey: Journey, service: Emulator, media: Path, dask: Dask
) -> None:
    dask.worker_that_is_there("keyless", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    dask.worker_that_is_there("good")
    done = journey.captioner("batch", media, *journey.place(service), "--cluster", dask.address)
    assert done.returncode == 0, done.stderr
    assert "worker keyless is given no work" in done.stderr
    other = journey.captioner(
        "batch", media, *journey.place(service), "--cluster", dask.address, "--overwrite", "--style", "netflix",
        "--cluster-path", f"{media}=/nowhere/at/all", "-o", journey.folder / "out",
    )  # fmt: skip
    assert "it does not see /nowhere/at/all" in other.stderr
    assert other.returncode == 2


def test_folders_have_other_names_on_the_workers(journey: Journey, service: Emulator, media: Path, dask: Dask) -> None:
    there = journey.folder / "mnt"
    there.symlink_to(media)
    dask.worker("w")
    done = journey.captioner(
        "batch", media, *journey.place(service), "--cluster", dask.address, "--cluster-path", f"{media}={there}"
    )
    assert done.returncode == 0, done.stderr
    assert len(captions(journey)) == FILES


def test_nothing_secret_is_in_what_the_cluster_sees(
    journey: Journey, service: Emulator, media: Path, dask: Dask
) -> None:
    worker = dask.worker("w")
    scheduler = dask.processes[0]
    done = journey.captioner("batch", media, *journey.place(service), "--cluster", dask.address)
    assert done.returncode == 0, done.stderr
    for process in (worker, scheduler):
        memory = memory_of(process.pid)
        assert any(path.name.encode() in memory for path in media.iterdir())  # what does travel is found
        assert KEY.encode() not in memory
        if process is scheduler:
            assert re.search(rb"X-Amz-Signature=[0-9a-f]{64}", memory) is None
            assert journey.s3.secret.encode() not in memory
    log = dask.log.read_bytes()
    assert KEY.encode() not in log
    assert re.search(rb"X-Amz-Signature=[0-9a-f]{8}", log) is None


def memory_of(pid: int) -> bytes:
    """Everything readable in a process's memory."""
    parts = []
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            start, end = (int(edge, 16) for edge in span.split("-"))
            try:
                memory.seek(start)
                parts.append(memory.read(end - start))
            except (OSError, ValueError, OverflowError):
                continue
    return b"".join(parts)


def test_a_second_coordinator_is_refused_while_the_first_lives(
    journey: Journey, service: Emulator, media: Path, ahead_s: list[float]
) -> None:
    service.set_faults(Faults.parse("slow_queue=3600"))
    first = journey.start("batch", media, *journey.place(service), "--cluster", "local:1")
    wait_until(lambda: service.submissions == FILES)  # a task made later would be thought to take an hour, too
    second = journey.captioner("batch", media, *journey.place(service), "--cluster", "local:1")
    assert second.returncode == 2
    assert "works on this ledger; a cluster has one coordinator" in second.stderr
    first.send_signal(signal.SIGKILL)
    first.communicate()
    service.set_faults(Faults())
    ahead_s[0] = 3600
    third = journey.captioner("batch", media, *journey.place(service), "--cluster", "local:1")
    assert third.returncode == 0, third.stderr
    assert len(captions(journey)) == FILES


def test_a_coordinator_whose_place_was_taken_ends_and_deletes_nothing(
    journey: Journey, service: Emulator, media: Path, ahead_s: list[float]
) -> None:
    service.set_faults(Faults.parse("slow_queue=3600"))
    first = journey.start("batch", media, *journey.place(service), "--cluster", "local:1")

    def submitted() -> int:
        with closing(sqlite3.connect(journey.ledger)) as db:
            return int(db.execute("SELECT count(*) FROM recognitions WHERE state = 'SUBMITTED'").fetchone()[0])

    wait_until(lambda: service.submissions == FILES and submitted() == FILES)
    with closing(sqlite3.connect(journey.ledger)) as db, db:  # as after minutes in which it was frozen
        db.execute(
            "INSERT INTO coordinators (owner, token, cluster, began_at) VALUES ('h::1:1:0', '00000000', 'local:1', 0)"
        )
    _, stderr = first.communicate(timeout=PATIENCE_S)
    assert first.returncode == 2
    assert "another coordinator has taken over" in stderr
    assert len(journey.objects()) == FILES, "they are in use"
    service.set_faults(Faults())
    ahead_s[0] = 3600
    second = journey.captioner("batch", media, *journey.place(service), "--cluster", "local:1")
    assert second.returncode == 0, second.stderr
    assert service.submissions == FILES
    assert journey.objects() == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://10.0.0.1:8786", "would cross the network unencrypted"),
        ("scheduler", "not the address of a scheduler"),
        ("local:none", "write local:N"),
        ("tcp://127.0.0.1:1", "no scheduler answers there"),
    ],
)
def test_addresses_that_cannot_be_used_are_one_line(
    journey: Journey, service: Emulator, media: Path, address: str, said: str
) -> None:
    done = journey.captioner("batch", media, *journey.place(service), "--cluster", address)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert service.submissions == 0


@pytest.mark.short
def test_the_temporary_store_is_refused(journey: Journey, service: Emulator, media: Path) -> None:
    done = journey.captioner("batch", media, *journey.place(service, "temporary"), "--cluster", "local:1")
    assert done.returncode == 2
    assert "name one with --bucket" in done.stderr


HOOK = """
import os, sys
if os.environ.get("VERSION"):
    import captioner.version
    captioner.version.__version__ = os.environ["VERSION"]
KIND = os.environ.get("BREAK")
if KIND and any("dask_worker" in argument for argument in sys.orig_argv):
    from captioner import errors, media
    from captioner.storage.s3.s3_store import S3Store
    def breaking(error):
        def broken(*args, **kwargs):
            raise error
        return broken
    if KIND == "mount":
        media.describe = breaking(errors.MediaError("no such file any more"))
    else:
        S3Store.put = breaking({
            "fault": RuntimeError("a bug"),
            "network": errors.StorageUnavailable("the store did not answer"),
            "rights": errors.CredentialsRefused("the store refused the key"),
            "disk": errors.OutputError("no space is left on the disk"),
        }[KIND])
"""


@pytest.fixture
def hooked(journey: Journey) -> Journey:
    """A machine on which every Python loads the hook."""
    hooks = journey.folder / "hooks"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(HOOK)
    journey.environment["PYTHONPATH"] = str(hooks)
    return journey


@pytest.mark.parametrize("kind", ["fault", "network", "rights", "disk", "mount"])
def test_a_worker_on_which_everything_fails_is_left_out_and_no_file_suffers(
    hooked: Journey, service: Emulator, kind: str
) -> None:
    media = make_media(hooked, 2 * FILES)
    cluster = Dask(hooked)
    try:
        cluster.worker_that_is_there("bad", BREAK=kind)
        cluster.worker_that_is_there("good")
        done = hooked.captioner("batch", media, *hooked.place(service), "--cluster", cluster.address)
    finally:
        cluster.stop()
    assert done.returncode == 0, done.stderr
    assert re.search("worker bad is left out: 5 times in a row .* failed on it that others could do", done.stderr)
    assert len(captions(hooked)) == 2 * FILES
    assert service.submissions == 2 * FILES
    assert hooked.objects() == []


def test_a_worker_of_another_version_is_named_and_given_no_work(
    hooked: Journey, service: Emulator, media: Path
) -> None:
    cluster = Dask(hooked)
    try:
        cluster.worker_that_is_there("old", VERSION="0.0.1")
        cluster.worker_that_is_there("good")
        done = hooked.captioner("batch", media, *hooked.place(service), "--cluster", cluster.address)
    finally:
        cluster.stop()
    assert done.returncode == 0, done.stderr
    assert f"worker old is given no work: it has captioner 0.0.1, this is {__version__}" in done.stderr


def test_a_scheduler_that_is_killed_and_started_again_loses_nothing(
    journey: Journey, service: Emulator, media: Path, dask: Dask, ahead_s: list[float]
) -> None:
    dask.worker_that_is_there("one")
    port = int(dask.address.rpartition(":")[2])
    service.set_faults(Faults.parse("slow_queue=3600"))
    run = journey.start("batch", media, *journey.place(service), "--cluster", dask.address)
    wait_until(lambda: service.submissions >= 1)
    for process in dask.processes:
        process.kill()
        process.wait()
    dask.scheduler(port)
    dask.worker("two")
    wait_until(lambda: service.submissions == FILES)
    service.set_faults(Faults())
    ahead_s[0] = 3600
    _, stderr = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0, stderr
    assert len(captions(journey)) == FILES
    assert service.submissions == FILES
    assert journey.objects() == []


def test_status_shows_the_workers_while_a_coordinator_lives(
    journey: Journey, service: Emulator, media: Path, ahead_s: list[float]
) -> None:
    service.set_faults(Faults.parse("slow_queue=3600"))
    run = journey.start("batch", media, *journey.place(service), "--cluster", "local:2")

    def shown() -> Any:
        return json.loads(journey.captioner("status", "--json").stdout or "{}").get("workers")

    wait_until(lambda: service.submissions == FILES)
    wait_until(lambda: (workers := shown()) and sum(worker["done"] for worker in workers) == 2 * FILES)
    workers = shown()
    assert [worker["name"] for worker in workers] == ["0", "1"]
    assert sum(worker["sent_bytes"] for worker in workers) > 0
    text = journey.captioner("status").stdout
    assert "2 workers; dashboard http://127.0.0.1:" in text
    assert re.search(r"0: idle; .* calls done, 0 failed", text)
    service.set_faults(Faults())
    ahead_s[0] = 3600
    _, stderr = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0, stderr
    assert shown() == []


def test_ctrl_c_ends_a_run_and_its_workers_and_the_next_run_goes_on(
    journey: Journey, service: Emulator, media: Path
) -> None:
    run = journey.start("batch", media, *journey.place(service), "--cluster", "local:2")
    wait_until(lambda: service.submissions >= 1)
    children = descendants(run.pid)
    assert len(children) >= 2
    run.send_signal(signal.SIGINT)
    _, stderr = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 130, stderr
    assert "Traceback" not in stderr
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))
    again = journey.captioner("batch", media, *journey.place(service), "--cluster", "local:2")
    assert again.returncode == 0, again.stderr
    assert len(captions(journey)) == FILES
    assert service.submissions == FILES
    assert journey.objects() == []


def test_ctrl_c_in_a_terminal_reaches_the_workers_of_this_machine_too_and_is_one_line(
    journey: Journey, service: Emulator, media: Path
) -> None:
    service.set_faults(Faults.parse("slow_queue=3600"))
    run = subprocess.Popen(
        journey.command("batch", media, *journey.place(service), "--cluster", "local:2"),
        cwd=journey.folder, env=journey.environment, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    wait_until(lambda: service.submissions == FILES)
    os.killpg(run.pid, signal.SIGINT)
    _, stderr = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 130, stderr
    assert stderr.splitlines()[-1] == "captioner: stopped; run the same command again to go on where it was"
    assert "Traceback" not in stderr
    assert "KeyboardInterrupt" not in stderr


def descendants(pid: int) -> list[int]:
    """Children of a process, and theirs."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            children = (task / "children").read_text()
        except OSError:  # this thread has ended meanwhile
            continue
        for child in map(int, children.split()):
            found += [child, *descendants(child)]
    return found


def test_a_worker_that_is_terminated_leaves_no_process_and_has_no_key(journey: Journey, dask: Dask) -> None:
    journey.environment["CAPTIONER_API_KEY"] = "sk-of-the-coordinator"
    worker = journey.start("worker", dask.address, "--processes", "1")
    wait_until(lambda: dask.known() == 1)
    children = descendants(worker.pid)
    assert children
    for pid in (worker.pid, *children):
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert KEY.encode() not in environment
        assert b"sk-of-the-coordinator" not in environment
    assert not [line for pid in (worker.pid, *children) for line in listening(pid) if not line.startswith("0100007F:")]
    worker.send_signal(signal.SIGTERM)
    _, stderr = worker.communicate(timeout=PATIENCE_S)
    assert worker.returncode == 0
    assert "Traceback" not in stderr
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


def listening(pid: int) -> list[str]:
    """Addresses on which a process can be reached, as /proc has them: hexadecimal, 0100007F for 127.0.0.1."""
    links = [str(handle.readlink()) for handle in Path(f"/proc/{pid}/fd").iterdir() if handle.is_symlink()]
    sockets = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:[")}
    rows = [
        row.split() for name in ("tcp", "tcp6") for row in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
    ]
    return [row[1] for row in rows if row[3] == "0A" and row[9] in sockets]


def test_a_worker_whose_scheduler_does_not_answer_says_so_in_one_line(journey: Journey, dask: Dask) -> None:
    address = dask.address.replace("tcp://", "tls://")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(journey.folder / "ca.pem")
    own = authority.issue_cert("127.0.0.1", common_name="127.0.0.1")
    own.private_key_and_cert_chain_pem.write_to_path(journey.folder / "own.pem")
    journey.environment["DASK_DISTRIBUTED__COMM__TLS__CA_FILE"] = str(journey.folder / "ca.pem")
    for part in ("CERT", "KEY"):
        journey.environment[f"DASK_DISTRIBUTED__COMM__TLS__WORKER__{part}"] = str(journey.folder / "own.pem")
    done = journey.captioner("worker", address)
    assert done.returncode == 1
    assert "no scheduler answers there" in done.stderr
    assert "dask scheduler --protocol tls" in done.stderr
    assert done.stderr.count("\n") == 1


def test_tls_with_certificates_of_ones_own(journey: Journey, service: Emulator, media: Path, tmp_path: Path) -> None:
    plain = dict(journey.environment)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    own = authority.issue_cert("127.0.0.1", common_name="127.0.0.1")
    own.private_key_and_cert_chain_pem.write_to_path(tmp_path / "own.pem")
    journey.environment["DASK_DISTRIBUTED__COMM__TLS__CA_FILE"] = str(tmp_path / "ca.pem")
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        for part in ("CERT", "KEY"):
            journey.environment[f"DASK_DISTRIBUTED__COMM__TLS__{role}__{part}"] = str(tmp_path / "own.pem")
    cluster = Dask(journey, protocol="tls")
    try:
        assert cluster.address.startswith("tls://")
        cluster.worker_that_is_there("one")
        done = journey.captioner("batch", media, *journey.place(service), "--cluster", cluster.address)
        assert done.returncode == 0, done.stderr
        assert len(captions(journey)) == FILES
        journey.environment = plain
        refused = journey.captioner("batch", media, *journey.place(service), "--cluster", cluster.address)
        assert refused.returncode == 2
        assert "Traceback" not in refused.stderr
        assert "certificate" in refused.stderr
    finally:
        cluster.stop()


@pytest.mark.short
def test_without_a_cluster_dask_is_not_loaded() -> None:
    code = "import captioner.cli.commands.run, captioner.cli.commands.watch, sys; print('distributed' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert shown.stdout.strip() == "False"
