"""One coordinator on a ledger, its leases, and what `status` reads of its workers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from captioner.jobs.events import WorkerStatus
from captioner.jobs.lease import LEASE_S, Owner, this_process
from captioner.jobs.lease_numbers import LeaseNumbers
from captioner.jobs.ledger import Ledger
from captioner.jobs.ledger.base import Claim
from captioner.storage import keys

pytestmark = pytest.mark.integration


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Callable[[Owner], Ledger]:
    def make(owner: Owner) -> Ledger:
        return Ledger(tmp_path / "ledger.sqlite3", owner=owner, clock=clock)

    return make


ELSEWHERE = Owner("another-host", "boot", 17, "1", 0)
DEAD = Owner(this_process().host, this_process().boot, 2**22 + 1, "1", 0)


def test_a_second_coordinator_is_refused_while_the_first_lives(opened: Callable[[Owner], Ledger]) -> None:
    with opened(this_process(1)) as first, opened(this_process(2)) as second:
        mine = first.claim_coordination("local:1")
        assert mine.number == 1
        assert not mine.taken_by
        refused = second.claim_coordination("local:1")
        assert refused.taken_by == first.owner.name
        assert first.is_coordinator(mine.number)


def test_the_place_of_a_dead_process_of_this_machine_is_taken_at_once(opened: Callable[[Owner], Ledger]) -> None:
    dead = opened(DEAD)
    dead.claim_coordination("local:1")
    with opened(this_process(1)) as mine:
        claim = mine.claim_coordination("local:1")
        assert claim.number == 2
        assert claim.after_crash
        assert not dead.is_coordinator(1)


def test_the_place_of_a_silent_process_elsewhere_is_taken_after_its_lease(
    opened: Callable[[Owner], Ledger], clock: Clock
) -> None:
    away = opened(ELSEWHERE)
    away.claim_coordination("tls://a:1")
    with opened(this_process(1)) as mine:
        clock.now += LEASE_S - 1
        assert mine.claim_coordination("tls://a:1").taken_by == ELSEWHERE.name
        away.heartbeat()
        clock.now += LEASE_S - 1
        assert mine.claim_coordination("tls://a:1").taken_by == ELSEWHERE.name
        clock.now += 2
        assert mine.claim_coordination("tls://a:1").number == 2
        assert not away.is_coordinator(1), "it wakes up late, and ends"


def test_a_coordinator_that_ended_in_good_order_leaves_no_doubt(opened: Callable[[Owner], Ledger]) -> None:
    with opened(this_process(1)) as first:
        claim = first.claim_coordination("local:1")
        first.end_coordination(claim.number, is_clean=True)
    with opened(this_process(2)) as second:
        after = second.claim_coordination("local:1")
        assert (after.number, after.token, after.after_crash) == (2, claim.token, False)


def test_runs_without_a_cluster_share_the_ledger_with_a_coordinator(opened: Callable[[Owner], Ledger]) -> None:
    with opened(this_process(1)), opened(this_process(2)) as cluster:
        assert cluster.claim_coordination("local:1").number == 1


def test_status_sees_the_workers_of_a_coordinator_that_lives(opened: Callable[[Owner], Ledger], tmp_path: Path) -> None:
    workers = (WorkerStatus("w1", "working", "upload a.mp4, 3 %", 7, 1, 100, 200, 3.5, 4.5), WorkerStatus("w2"))
    with opened(this_process(1)) as book:
        claim = book.claim_coordination("local:2")
        book.save_workers((WorkerStatus("w0"),), "http://x/")
        book.save_workers(workers, "http://127.0.0.1:8787/status")
        with Ledger(tmp_path / "ledger.sqlite3", read_only=True) as reader:
            assert reader.workers() == workers
            assert reader.dashboard() == "http://127.0.0.1:8787/status"
            book.end_coordination(claim.number, is_clean=True)
            assert reader.workers() == ()


def test_no_lease_is_given_twice_and_each_has_its_own_key() -> None:
    numbers = [LeaseNumbers(Claim(number, "0a1b2c3d")) for number in (1, 2, 11)]
    leases = [numbers.issue() for numbers, _ in itertools.product(numbers, range(20))]
    digest = "ab" * 32
    made = {keys.object_key("in", digest, "talk.flac", lease) for lease in leases}
    assert len(made) == len(leases)
    assert {keys.lease_of("in", key) for key in made} == set(leases)
    assert all(keys.is_own_key("in", key) for key in made)


@pytest.mark.parametrize("name", ["talk.flac", "0a1b2c3d-1-2", "0a1b2c3d-1-2.flac"])
def test_a_key_without_a_lease_has_none(name: str) -> None:
    assert keys.lease_of("in", keys.object_key("in", "ab" * 32, name)) == ""


def test_only_what_may_have_been_left_is_looked_for() -> None:
    leases = LeaseNumbers(Claim(1, "0a1b2c3d"))
    first, second = leases.issue(), leases.issue()
    leases.end(first)
    assert leases.held == {second}
    leases.give_up(second, "content")
    assert leases.held == frozenset()
    assert leases.is_doubtful("content")
    assert not leases.is_doubtful("other")
    assert LeaseNumbers(Claim(2, "0a1b2c3d", after_crash=True)).is_doubtful("other")
