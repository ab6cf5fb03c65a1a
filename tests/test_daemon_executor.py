"""The daemon thread pool: results, errors, limits, shutdown, and a process that ends while a call hangs."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from captioner.daemon_executor import DaemonThreadExecutor
from tests.waiting import PATIENCE_S


def test_results_come_in_the_order_of_the_calls() -> None:
    with DaemonThreadExecutor(3) as executor:
        assert list(executor.map(lambda n: n * n, range(50))) == [n * n for n in range(50)]


def test_an_error_is_handed_to_the_caller() -> None:
    with DaemonThreadExecutor(1) as executor:
        future = executor.submit(int, "x")
        with pytest.raises(ValueError, match="x"):
            future.result()
        assert executor.submit(int, "7").result() == 7


def test_no_more_calls_run_at_once_than_allowed() -> None:
    running, peak, lock, gate = 0, 0, threading.Lock(), threading.Barrier(3)

    def call(_: int) -> None:
        nonlocal running, peak
        with lock:
            running += 1
            peak = max(peak, running)
        gate.wait(timeout=PATIENCE_S)
        with lock:
            running -= 1

    with DaemonThreadExecutor(3) as executor:
        list(executor.map(call, range(9)))
    assert peak == 3


def test_an_idle_thread_is_used_again() -> None:
    with DaemonThreadExecutor(8) as executor:
        names = set()
        for _ in range(20):
            names.add(executor.submit(lambda: threading.current_thread().name).result())
        assert len(names) < 8


def test_shutdown_ends_the_threads_after_what_is_scheduled() -> None:
    executor = DaemonThreadExecutor(1, name="mine")
    hold = threading.Event()
    first, second = executor.submit(hold.wait, 10), executor.submit(int, "3")
    executor.shutdown(wait=False)
    hold.set()
    executor.shutdown()
    assert (first.result(), second.result()) == (True, 3)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("mine")]
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(int)


def test_scheduled_calls_can_be_cancelled() -> None:
    executor = DaemonThreadExecutor(1)
    hold = threading.Event()
    first, second = executor.submit(hold.wait, 10), executor.submit(int, "3")
    executor.shutdown(wait=False, cancel_futures=True)
    hold.set()
    assert first.result() is True
    assert second.cancelled()


@pytest.mark.process
def test_a_call_that_hangs_does_not_hold_up_the_end_of_the_process() -> None:
    code = (
        "import threading\n"
        "from captioner.daemon_executor import DaemonThreadExecutor\n"
        "begun = threading.Event()\n"
        "DaemonThreadExecutor(1).submit(lambda: (begun.set(), threading.Event().wait()))\n"
        "begun.wait()\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=PATIENCE_S, check=False).returncode == 0
