"""The loop under a run."""

from __future__ import annotations

import threading
import time

import pytest

from captioner.errors import Interrupted
from captioner.jobs.engine import Engine, Errand, Inline, Threads
from tests.jobs.doubles import FakeClock


def _raise(error: BaseException) -> None:
    raise error


def _nothing() -> None:
    pass


def test_due_work_is_done_in_order_of_time() -> None:
    clock, done = FakeClock(), []
    engine = Engine({"a": 1}, hands=Inline(), clock=clock, sleep=clock.sleep)
    for due_s in (30, 10, 20):
        errand = Errand(lambda due_s=due_s: due_s, done.append, _raise)
        engine.put("a", lambda errand=errand: errand, clock.now + due_s)
    started = clock.now
    engine.run(_nothing)
    assert done == [10, 20, 30]
    assert 30 <= clock.now - started < 33


def test_a_lane_never_has_more_out_than_its_size() -> None:
    out, most, lock = [0], [0], threading.Lock()

    def go() -> None:
        with lock:
            out[0] += 1
            most[0] = max(most[0], out[0])
        time.sleep(0.01)
        with lock:
            out[0] -= 1

    engine = Engine({"a": 3}, hands=Threads(), clock=time.time)
    for _ in range(20):
        engine.put("a", lambda: Errand(go, lambda _: None, _raise))
    engine.run(_nothing)
    assert most[0] == 3


def test_answers_are_heard_in_the_thread_that_runs_the_engine() -> None:
    heard = []
    engine = Engine({"a": 2}, hands=Threads(), clock=time.time)
    engine.put(
        "a", lambda: Errand(threading.get_ident, lambda ident: heard.append((ident, threading.get_ident())), _raise)
    )
    engine.run(_nothing)
    worker, hearer = heard[0]
    assert worker != hearer == threading.get_ident()


def test_a_closed_gate_lets_nothing_through_until_it_opens() -> None:
    clock, order = FakeClock(), []
    engine = Engine({"a": 1, "b": 1}, hands=Inline(), clock=clock, sleep=clock.sleep, gates={"a": lambda: "b" in order})
    engine.put("a", lambda: order.append("a"))
    engine.put("b", lambda: order.append("b"), clock.now + 5)
    engine.run(_nothing)
    assert order == ["b", "a"]


def test_stopping_ends_a_long_wait_at_once() -> None:
    stop = threading.Event()
    engine = Engine({"a": 1}, hands=Threads(), clock=time.time, stop=stop)
    engine.put("a", lambda: None, time.time() + 3600)
    threading.Timer(0.05, stop.set).start()
    started = time.monotonic()
    with pytest.raises(Interrupted):
        engine.run(_nothing)
    assert time.monotonic() - started < 2


def test_stopping_does_not_wait_for_a_worker_that_hangs() -> None:
    stop, hang = threading.Event(), threading.Event()
    engine = Engine({"a": 1}, hands=Threads(), clock=time.time, stop=stop)
    engine.put("a", lambda: Errand(lambda: hang.wait(60), lambda _: None, _raise))
    threading.Timer(0.05, stop.set).start()
    started = time.monotonic()
    with pytest.raises(Interrupted):
        engine.run(_nothing)
    assert time.monotonic() - started < 2
    hang.set()


def test_an_answer_worth_money_is_waited_for() -> None:
    answer, heard = threading.Event(), []
    engine = Engine({"submit": 1}, hands=Threads(), clock=time.time)
    engine.put("submit", lambda: Errand(lambda: answer.wait(5), heard.append, _raise))
    engine.put("submit", lambda: pytest.fail("nothing new may start"), time.time() + 0.1)
    threading.Timer(0.1, engine.stop.set).start()
    with pytest.raises(Interrupted):
        engine.run(_nothing)
    threading.Timer(0.2, answer.set).start()
    engine.drain(["submit"])
    assert heard == [True]
    assert engine.closing
