"""Watched buckets: each object once for each of its contents, whatever the store does meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest

from captioner.errors import StorageUnavailable
from captioner.jobs.events import FileReport
from captioner.jobs.executors import InlineExecutor
from captioner.jobs.inputs.bucket_watcher import BucketWatcher, ManyFeeds
from captioner.jobs.inputs.finding import InputList
from captioner.jobs.states import Reason, State
from captioner.model import MediaObject


class Bucket:
    """A listing that changes."""

    endpoint = ""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}
        self.is_down = False
        self.listings = 0

    def list(self, bucket: str, prefix: str) -> Iterator[MediaObject]:
        self.listings += 1
        if self.is_down:
            raise StorageUnavailable("bucket rushes at store.test did not answer; try again")
        for key, etag in sorted(self.objects.items()):
            if key.startswith(prefix):
                yield MediaObject(bucket, key, 10, etag, 0)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} is not needed")


class Scene:
    """A watcher, its bucket and its clock."""

    def __init__(self, executor: Executor) -> None:
        self.bucket = Bucket()
        self.now = 0.0
        self.watcher = BucketWatcher(
            ["s3://rushes/in/"],
            Path("out"),
            ("srt",),
            self.bucket,
            listing_s=60,
            clock=lambda: self.now,
            executor=executor,
        )

    def taken(self, after_s: float = 61.0) -> list[str]:
        self.now += after_s
        first = self.watcher.take(100)  # begins a listing
        return [source.name for source, _ in (*first, *self.watcher.take(100))]


@pytest.fixture
def scene() -> Scene:
    return Scene(InlineExecutor())


def test_an_object_is_given_once_for_each_of_its_contents(scene: Scene) -> None:
    scene.bucket.objects = {"in/a.mp4": "1" * 32, "elsewhere/b.mp4": "2" * 32, "in/notes.txt": "3" * 32}
    assert [scene.taken() for _ in range(3)] == [["s3://rushes/in/a.mp4"], [], []]
    scene.bucket.objects |= {"in/a.mp4": "4" * 32, "in/c.mp4": "5" * 32}
    assert scene.taken() == ["s3://rushes/in/a.mp4", "s3://rushes/in/c.mp4"]


def test_a_bucket_is_listed_at_its_pace(scene: Scene) -> None:
    for _ in range(120):
        scene.taken(after_s=1.0)
    assert scene.bucket.listings == 2


def test_a_store_that_does_not_answer_is_told_once_and_asked_again(scene: Scene) -> None:
    scene.bucket.objects = {"in/a.mp4": "1" * 32}
    scene.bucket.is_down = True
    assert [scene.taken() for _ in range(3)] == [[], [], []]
    assert len(scene.watcher.notes) == 1
    assert "did not answer" in scene.watcher.notes[0]
    scene.bucket.is_down = False
    assert scene.taken() == ["s3://rushes/in/a.mp4"]


def test_an_object_that_was_left_is_offered_again(scene: Scene) -> None:
    scene.bucket.objects = {"in/a.mp4": "1" * 32}
    scene.now = 61.0
    scene.watcher.take(9)
    ((source, _),) = scene.watcher.take(9)
    scene.watcher.ended(source, FileReport(source.name, State.STORED, reason=Reason("no answer")))
    assert scene.taken(after_s=30) == []
    assert scene.taken(after_s=40) == ["s3://rushes/in/a.mp4"]


def test_two_objects_for_one_output_are_told_apart(scene: Scene) -> None:
    scene.bucket.objects = {"in/a.mp4": "1" * 32, "in/a.wav": "2" * 32}
    scene.now = 61.0
    scene.watcher.take(9)
    taken = scene.watcher.take(9)
    assert [bool(problem) for _, problem in taken] == [False, True]


def test_several_feeds_are_one(scene: Scene) -> None:
    scene.bucket.objects = {"in/a.mp4": "1" * 32, "in/b.mp4": "2" * 32}
    other = Scene(InlineExecutor())
    other.bucket.objects = {"in/c.mp4": "3" * 32}
    scene.now = other.now = 61.0
    both = ManyFeeds([scene.watcher, other.watcher, InputList((), {})])
    both.take(9)
    assert len(both.take(2)) == 2
    assert both.pause_s == 0.0
    ((source, _),) = both.take(2)
    both.ended(source, FileReport(source.name, State.STORED))
    assert (scene.watcher.left, other.watcher.left) == (0, 1)
