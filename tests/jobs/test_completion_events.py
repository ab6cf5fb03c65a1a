"""Completion events move the time of the next question to now, and do nothing else."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from captioner.errors import ConfigError
from captioner.jobs.inputs.finding import expand, ledger_path
from captioner.jobs.polling.completion_events import CompletionEvents, listener, task_ids
from captioner.jobs.runner import run
from tests.jobs.doubles import CHANCE, INLINE, House, QuickLedger

pytestmark = pytest.mark.integration

EVENT = {
    "specversion": "1.0",
    "type": "dashscope:System:AsyncTaskFinish",
    "data": {"task_id": "t-1", "task_status": "X"},
}


@pytest.mark.parametrize(
    ("event", "ids"),
    [
        (EVENT, {"t-1"}),
        (EVENT["data"], {"t-1"}),
        ([EVENT, {"data": {"taskId": "t-2"}}], {"t-1", "t-2"}),
        ({"data": json.dumps(EVENT["data"])}, {"t-1"}),
        ({"data": {"output": {"task_id": "t-1"}}}, {"t-1"}),
        ({"data": {"task_id": 7}}, set()),
        ({"data": {"task_id": "x" * 129}}, set()),
        ({"data": "{not json"}, set()),
        ("text", set()),
        (None, set()),
        ({"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"task_id": "deep"}}}}}}}}}}, set()),
    ],
)
def test_the_ids_in_an_event_of_any_shape(event: object, ids: set[str]) -> None:
    assert task_ids(event) == ids


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "not an address"),
        ("host", "not an address"),
        ("70000", "not an address"),
        ("example.com:80", "not an IP address of this machine"),
        ("0.0.0.0:80", "other machines reach that address; set CAPTIONER_EVENTS_TOKEN"),
        ("[::]:80", "other machines reach that address"),
    ],
)
def test_an_address_that_cannot_be_used_is_named(address: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        listener(address, "")


@contextmanager
def listening(token: str = "", host: str = "127.0.0.1") -> Iterator[tuple[str, list[Collection[str]]]]:
    heard: list[Collection[str]] = []
    with CompletionEvents(host, 0, token).listening(heard.append) as address:
        yield address, heard


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_event_is_heard(host: str) -> None:
    with listening(host=host) as (address, heard):
        assert httpx.post(address, json=EVENT, trust_env=False).status_code == 200
        assert httpx.post(address + "any/path", json={"data": {}}, trust_env=False).status_code == 200
    assert heard == [{"t-1"}]


@pytest.mark.parametrize(
    ("body", "status"), [(b"not json", 400), (b"", 400), (b"x" * 300_000, 413), (b"[" * 90_000, 400)]
)
def test_what_is_no_event_is_refused(body: bytes, status: int) -> None:
    with listening() as (address, heard):
        try:
            assert httpx.post(address, content=body, trust_env=False).status_code == status
        except httpx.TransportError:
            assert status == 413  # the connection is closed before all of it is sent
    assert heard == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic ???"}, 401),
        ({"Authorization": "Bearer s3cret"}, 200),
        ({"Authorization": "Basic " + base64.b64encode(b"user:s3cret").decode()}, 200),
    ],
)
def test_a_token_keeps_others_out(headers: dict[str, str], status: int) -> None:
    with listening("s3cret") as (address, heard):
        assert httpx.post(address, json=EVENT, headers=headers, trust_env=False).status_code == status
    assert len(heard) == (status == 200)


def test_a_port_that_is_taken_is_named() -> None:
    with listening() as (address, _):
        port = int(address.rstrip("/").rpartition(":")[2])
        another = CompletionEvents("127.0.0.1", port).listening(lambda ids: None)
        with pytest.raises(ConfigError, match=f"--events 127.0.0.1:{port}: cannot be opened"), another:
            pass


class Events:
    """A source whose events a test sends."""

    def __init__(self) -> None:
        self.tell: Callable[[Collection[str]], None] = lambda ids: None

    @contextmanager
    def listening(self, tell: Callable[[Collection[str]], None]) -> Iterator[str]:
        self.tell = tell
        yield "here"


def finished(house: House, events: Events | None, *, at: Callable[[float], bool] = lambda now: False) -> float:
    """Run one file whose task takes five minutes; returns the time at which it was done, from the submission on."""
    house.asr.takes_s = 300.0
    told = threading.Event()
    real = house.clock.sleep

    def sleep(seconds: float) -> None:
        real(seconds)
        if events and house.asr.tasks_made and at(house.clock.now - house.asr.tasks_made["task-0"].created):
            told.set()
            events.tell(["task-0", "somebody else's"])

    house.clock.sleep = sleep  # type: ignore[method-assign]
    names = [str(house.media("talk.mp4"))]
    with QuickLedger(ledger_path(names), clock=house.clock) as book:
        report = run(
            expand(names), house.options, house.services, book, executors=INLINE, rng=CHANCE(1),
            completions=events,  # type: ignore[arg-type]  # a double
        )  # fmt: skip
    assert report.exit_code == 0, report.as_json()
    assert events is None or told.is_set()
    return house.clock.now - house.asr.tasks_made["task-0"].created


def test_an_event_has_a_finished_task_asked_about_at_once(tmp_path: Path) -> None:
    with_events, without = House(tmp_path / "a"), House(tmp_path / "b")
    late = finished(without, None)
    early = finished(with_events, Events(), at=lambda since: since >= 300)
    assert 300 <= early < late
    assert with_events.asr.queries <= without.asr.queries + 1


def test_an_event_is_not_believed(tmp_path: Path) -> None:
    """One that comes too early costs a question, and the task is asked about when it is due, as without it."""
    lied_to, without = House(tmp_path / "a"), House(tmp_path / "b")
    usual = finished(without, None)
    assert finished(lied_to, Events(), at=lambda since: 10 <= since < 14) <= usual + 1
    assert lied_to.asr.queries <= without.asr.queries + 2
    assert lied_to.asr.submissions == 1


def test_a_flood_of_events_asks_about_a_task_every_five_seconds_at_most(tmp_path: Path) -> None:
    flooded = House(tmp_path)
    finished(flooded, Events(), at=lambda since: True)
    assert flooded.asr.queries <= 300 / 5 + 20
