"""A cluster as it is asked for: addresses and names of folders."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from captioner.errors import ConfigError
from captioner.jobs.cluster import Cluster, PathMap, check_address, loopback_host
from captioner.jobs.executors.dask_cluster import ClusterExecutor


def test_names_are_mapped_by_the_longest_folder_and_back() -> None:
    paths = PathMap.parse(["/Volumes/nas=/mnt/nas", "/Volumes/nas/fast=/fast"])
    assert paths.there(Path("/Volumes/nas/a/b.mp4")) == Path("/mnt/nas/a/b.mp4")
    assert paths.there(Path("/Volumes/nas/fast/b.mp4")) == Path("/fast/b.mp4")
    assert paths.there(Path("/Volumes/nasty/b.mp4")) == Path("/Volumes/nasty/b.mp4")
    for path in ("/Volumes/nas/a/b.mp4", "/Volumes/nas/fast/b.mp4", "/elsewhere/b.mp4"):
        assert paths.here(paths.there(Path(path))) == Path(path)


def test_names_come_back_by_the_longest_folder_of_the_workers() -> None:
    paths = PathMap.parse(["/Volumes/archive=/mnt", "/v=/mnt/fast"])
    for path in ("/Volumes/archive/b.mp4", "/v/b.mp4"):
        assert paths.here(paths.there(Path(path))) == Path(path)


@pytest.mark.parametrize("given", ["/Volumes/nas", "nas=/mnt", "/a=b", "=", ""])
def test_what_is_no_pair_of_folders_is_refused(given: str) -> None:
    with pytest.raises(ConfigError, match="write two folders"):
        PathMap.parse([given])


@pytest.mark.parametrize("address", ["local:1", "local:64", "tls://10.0.0.1:8786", "tcp://127.0.0.1:8786"])
def test_addresses_that_are_taken(address: str) -> None:
    check_address(address, insecure=False)


@pytest.mark.parametrize(
    "address", ["local:0", "local:", "local:x", "10.0.0.1:8786", "http://a", "tcp://10.0.0.1:8786"]
)
def test_addresses_that_are_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="--cluster"):
        check_address(address, insecure=False)


def test_an_address_of_this_machine_is_known() -> None:
    assert loopback_host("tcp://localhost:8786") == loopback_host("tls://127.0.0.1:8786") == "127.0.0.1"
    assert loopback_host("tcp://[::1]:8786") == "::1"
    assert loopback_host("tcp://10.0.0.1:8786") == loopback_host("tls://scheduler:8786") == ""


def test_an_unencrypted_network_has_to_be_wanted() -> None:
    check_address("tcp://10.0.0.1:8786", insecure=True)


class Slow:
    """A part of Dask that does not close in time."""

    def __init__(self) -> None:
        self.asked = 0

    def close(self, timeout: float) -> None:
        self.asked += 1
        raise TimeoutError(f"timed out after {timeout} s.")


def test_a_cluster_that_does_not_close_in_time_does_not_fail_a_run_that_is_done() -> None:
    executor, client, local = object.__new__(ClusterExecutor), Slow(), Slow()
    lock = threading.Lock()
    vars(executor).update(_client=client, _local=local, _closing=threading.Event())
    vars(executor).update(_lock=lock, _outbox_ready=threading.Condition(lock), _groups={})
    executor.shutdown()
    assert (client.asked, local.asked) == (1, 1)


def test_a_worker_is_asked_for_the_highest_folders_and_one_file_in_each() -> None:
    media = [Path(name) for name in ("/nas/a/2.mp4", "/nas/a/1.mp4", "/nas/a/deep/3.mp4", "/nas/a-b/4.mp4")]
    cluster = Cluster("local:2").with_media(media, [Path("/watched")])
    assert cluster.folders == (Path("/nas/a"), Path("/nas/a-b"), Path("/watched"))
    assert cluster.samples == (Path("/nas/a/2.mp4"), Path("/nas/a-b/4.mp4"))


def test_of_thousands_of_folders_a_worker_is_asked_for_some_from_all_parts() -> None:
    cluster = Cluster("local:2").with_media([Path(f"/nas/{number:04d}/talk.mp4") for number in range(5000)])
    assert 16 < len(cluster.folders) <= 32
    assert cluster.folders[0] == Path("/nas/0000")
    assert cluster.folders[-1] > Path("/nas/4800")
    assert len(cluster.samples) == len(cluster.folders)


class Counted(type(Path())):  # type: ignore[misc]  # the class of paths of this system
    """A path that counts comparisons with others."""

    count = 0

    def is_relative_to(self, *other: Any) -> bool:
        Counted.count += 1
        return bool(super().is_relative_to(*other))


def test_folders_are_compared_with_their_neighbours_alone() -> None:
    Cluster("local:2").with_media([], [Counted(f"/nas/{number:04d}") for number in range(1000)])
    assert 0 < Counted.count < 2000
