"""Lanes of due items."""

from __future__ import annotations

from captioner.jobs.polling.due_queue import LANES, DueQueue, Kind


def _queue(width: int = 2) -> DueQueue:
    return DueQueue(dict.fromkeys(LANES.values(), width))


def test_items_come_when_they_are_due_in_order_of_time() -> None:
    queue = _queue()
    for due_at in (30.0, 10.0, 20.0):
        queue.put(Kind.UPLOAD, due_at, due_at)
    assert queue.pop(9.0) is None
    assert queue.next_at() == 10.0
    popped = [queue.pop(25.0) for _ in range(3)]
    assert [item.subject for item in popped if item] == [10.0, 20.0]


def test_a_lane_never_has_more_under_way_than_its_width() -> None:
    queue = _queue(width=1)
    for number in range(2):
        queue.put(Kind.COLLECT, number)
    assert queue.pop(0.0) is not None
    queue.begin(Kind.COLLECT)
    assert queue.pop(0.0) is None
    assert queue.next_at() is None  # nothing can begin before a call ends
    assert queue.depth("ask") == (1, 1)
    queue.end(Kind.COLLECT)
    assert queue.pop(0.0) is not None


def test_a_full_lane_does_not_hold_up_the_others() -> None:
    queue = _queue(width=1)
    queue.begin(Kind.UPLOAD)
    queue.put(Kind.UPLOAD, "upload")
    queue.put(Kind.WRITE, "write")
    item = queue.pop(0.0)
    assert item is not None
    assert item.subject == "write"


def test_a_paused_lane_begins_nothing_before_its_time() -> None:
    queue = _queue()
    queue.put(Kind.LOOK_UP, 1)
    queue.pause("ask", 5.0)
    assert queue.pop(4.9) is None
    assert queue.next_at() == 5.0
    assert queue.pop(5.0) is not None


def test_kinds_that_are_requests_to_the_service_share_one_lane() -> None:
    asking = {kind for kind, lane in LANES.items() if lane == "ask"}
    assert asking == {Kind.CHECK, Kind.LOOK_UP, Kind.COLLECT, Kind.LIST, Kind.ACCOUNT}
    assert set(LANES) == set(Kind)
