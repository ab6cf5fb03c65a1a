"""Workers as the coordinator knows them: who may be given work, what each does, who is left out."""

from __future__ import annotations

import pytest

from captioner.jobs.executors.cluster_members import FAILURES, Members

ONE, TWO = "tcp://10.0.0.1:1", "tcp://10.0.0.2:1"


class Cluster:
    """Members with a clock, and what the scheduler knows."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.known = {ONE: ("one", 1.0), TWO: ("two", 1.0)}
        self.members = Members(clock=lambda: self.now)
        self.look()
        for address in self.known:
            assert self.members.admit(address, "") == ""

    def look(self) -> tuple[list[str], list[str], list[str]]:
        return self.members.meet(self.known)

    def state(self, name: str) -> str:
        return next(status.state for status in self.members.statuses() if status.name == name)

    def beat(self, *addresses: str) -> None:
        for address in addresses:
            self.known[address] = (self.known[address][0], self.known[address][1] + 1)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def test_a_worker_is_given_work_only_when_it_was_examined(cluster: Cluster) -> None:
    cluster.known["tcp://10.0.0.3:1"] = ("three", 1.0)
    new, lost, lines = cluster.look()
    assert (new, lost, lines) == (["tcp://10.0.0.3:1"], [], [])
    assert cluster.members.usable == {ONE, TWO}
    assert cluster.members.admit("tcp://10.0.0.3:1", "it has captioner 9") == (
        "worker three is given no work: it has captioner 9"
    )
    assert cluster.members.usable == {ONE, TWO}
    assert cluster.state("three") == "refused"


def test_a_worker_without_a_sign_of_life_loses_its_work_and_is_taken_back_when_it_wakes(cluster: Cluster) -> None:
    cluster.now += 10
    cluster.beat(TWO)
    cluster.look()
    cluster.now += 10
    cluster.beat(TWO)
    _, lost, lines = cluster.look()
    assert lost == [ONE]
    assert lines == ["worker one gives no sign of life for 20 s; its work is done by others"]
    assert cluster.members.usable == {TWO}
    cluster.beat(ONE, TWO)
    assert cluster.look() == ([], [], ["worker one is back"])
    assert cluster.members.usable == {ONE, TWO}


def test_only_what_others_can_do_counts_against_a_worker(cluster: Cluster) -> None:
    for _ in range(3 * FAILURES):
        cluster.members.ended(ONE, "upload", good=False)
    assert cluster.members.usable == {ONE, TWO}
    for _ in range(FAILURES - 1):
        assert cluster.members.strike(ONE, "upload", "no space left") == ""
    line = cluster.members.strike(ONE, "upload", "no space left")
    assert (
        line
        == "worker one is left out: 5 times in a row upload failed on it that others could do, the last: no space left"
    )
    assert cluster.members.usable == {TWO}


def test_a_call_that_goes_well_forgives_what_was_before(cluster: Cluster) -> None:
    for _ in range(FAILURES - 1):
        cluster.members.strike(ONE, "upload", "no space left")
    cluster.members.ended(ONE, "upload", good=True)
    assert cluster.members.strike(ONE, "upload", "no space left") == ""
    assert ONE in cluster.members.usable


def test_what_goes_well_in_another_step_does_not_hide_that_every_upload_fails(cluster: Cluster) -> None:
    for _ in range(FAILURES):
        cluster.members.ended(ONE, "probe", good=True)
        cluster.members.strike(ONE, "upload", "no space left")
    assert cluster.members.usable == {TWO}


def test_a_worker_that_dies_at_everything_is_left_out_under_its_name(cluster: Cluster) -> None:
    for life in range(FAILURES):
        address = f"tcp://10.0.0.9:{life}"
        cluster.known[address] = ("weak", 1.0)
        cluster.look()
        assert cluster.members.admit(address, "") == ""
        cluster.members.assigned({address: ["upload a.mp4"]})
        del cluster.known[address]
        _, lost, lines = cluster.look()
        assert lost == [address]
        assert lines == ["worker weak has left; its work is repeated: upload a.mp4"]
    cluster.known["tcp://10.0.0.9:99"] = ("weak", 1.0)
    cluster.look()
    assert cluster.members.admit("tcp://10.0.0.9:99", "") == (
        "worker weak is left out: it has died 5 times at its work"
    )
    shown = next(status for status in cluster.members.statuses() if status.name == "weak")
    assert shown.failed == FAILURES


def die(cluster: Cluster, name: str, doing: str, life: int) -> str:
    """Have a worker of this name join and die at a call; the line about its joining."""
    address = f"tcp://10.0.0.9:{name}{life}"
    cluster.known[address] = (name, 1.0)
    cluster.look()
    line = cluster.members.admit(address, "")
    cluster.members.assigned({address: [doing]})
    del cluster.known[address]
    cluster.look()
    return line


def test_a_file_at_which_several_workers_die_counts_against_none_of_them(cluster: Cluster) -> None:
    for life in range(3 * FAILURES):
        assert die(cluster, "three", "probe bad.mp4", life) == ""
        assert die(cluster, "four", "probe bad.mp4", life) == ""


def test_the_only_worker_is_not_left_out_for_dying(cluster: Cluster) -> None:
    cluster.known.clear()
    for life in range(2 * FAILURES):
        assert die(cluster, "lonely", f"probe {life}.mp4", life) == ""
    cluster.known[ONE] = ("one", 1.0)
    cluster.look()
    cluster.members.admit(ONE, "")
    assert "is left out" in die(cluster, "lonely", "probe a.mp4", 99)


def test_a_worker_that_was_away_and_has_the_address_it_had_is_examined_again(cluster: Cluster) -> None:
    cluster.members.ended(ONE, "upload", good=True)
    here = cluster.known.pop(ONE)
    cluster.look()
    assert cluster.members.usable == {TWO}
    cluster.known[ONE] = here
    new, _, _ = cluster.look()
    assert new == [ONE]
    assert cluster.members.admit(ONE, "") == ""
    assert cluster.members.usable == {ONE, TWO}
    assert cluster.members.statuses()[0].done == 1


def test_what_a_worker_does_and_how_fast(cluster: Cluster) -> None:
    cluster.members.statuses()
    cluster.members.assigned({ONE: ["upload a.mp4", "upload b.mp4"]})
    cluster.members.progressed(ONE, "upload a.mp4, 40 %")
    cluster.members.assigned({ONE: ["upload a.mp4"]})
    one, two = cluster.members.statuses()
    assert (one.state, one.doing) == ("working", "upload a.mp4, 40 %")
    assert (two.state, two.doing) == ("idle", "")
    cluster.members.ended(ONE, "upload", good=True, sent_bytes=5_000_000, prepared_ms=3_600_000)
    cluster.now += 10
    one, _ = cluster.members.statuses()
    assert (one.done, one.failed, one.sent_bytes, one.prepared_ms) == (1, 0, 5_000_000, 3_600_000)
    assert one.bytes_per_s == pytest.approx(500_000)
    assert one.ms_per_s == pytest.approx(360_000)


def test_the_work_of_all_lives_of_a_worker_is_its_own(cluster: Cluster) -> None:
    cluster.members.ended(ONE, "upload", good=True, sent_bytes=10, prepared_ms=7)
    del cluster.known[ONE]
    cluster.look()
    cluster.known["tcp://10.0.0.1:2"] = ("one", 1.0)
    cluster.look()
    cluster.members.admit("tcp://10.0.0.1:2", "")
    cluster.members.ended("tcp://10.0.0.1:2", "upload", good=True, sent_bytes=1, prepared_ms=1)
    one, _ = cluster.members.statuses()
    assert (one.state, one.done, one.sent_bytes, one.prepared_ms) == ("idle", 2, 11, 8)
