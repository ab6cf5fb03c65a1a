"""Stopping uploads: a store that takes the bytes and never answers must not hold the caller up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from captioner.errors import Interrupted
from captioner.storage.base import UploadStopped
from captioner.storage.s3.transfer import Uploader
from tests.doubles_s3 import SilentStore
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.integration

PART_BYTES = 5 * 1024 * 1024


@pytest.fixture
def silent() -> Iterator[SilentStore]:
    with SilentStore() as store:
        yield store


@pytest.fixture
def uploader(silent: SilentStore) -> Iterator[Uploader]:
    client = boto3.Session("id", "secret").client(
        "s3",
        endpoint_url=silent.url,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
    )
    made = Uploader(client, part_size_bytes=PART_BYTES, stop_within_s=0.3)
    yield made
    made.close()
    client.close()


class Caller(threading.Thread):
    """Calls `upload` and keeps what it raised."""

    def __init__(self, upload: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._upload = upload
        self.raised: BaseException | None = None

    def run(self) -> None:
        try:
            self._upload()
        except BaseException as error:
            self.raised = error


def uploading(uploader: Uploader, path: Path, size_bytes: int) -> Caller:
    path.write_bytes(bytes(size_bytes))
    return Caller(lambda: uploader.upload(path, "media", "key", {}, size_bytes=size_bytes, progress=None))


@pytest.mark.parametrize("size_bytes", [2_000, 2 * PART_BYTES + 1], ids=["one request", "parts"])
def test_closing_stops_an_upload_that_hangs(
    uploader: Uploader, silent: SilentStore, tmp_path: Path, size_bytes: int
) -> None:
    caller = uploading(uploader, tmp_path / "talk.flac", size_bytes)
    caller.start()
    assert silent.reached.wait(PATIENCE_S)
    uploader.close()
    caller.join(PATIENCE_S)
    assert isinstance(caller.raised, UploadStopped)
    assert isinstance(caller.raised.reason, Interrupted)
    assert "talk.flac" in str(caller.raised.reason)


def test_every_hanging_upload_is_stopped_and_closing_twice_is_no_error(
    uploader: Uploader, silent: SilentStore, tmp_path: Path
) -> None:
    callers = [uploading(uploader, tmp_path / f"{number}.flac", 2_000) for number in range(12)]
    for caller in callers:
        caller.start()
    assert silent.reached.wait(PATIENCE_S)
    uploader.close()
    uploader.close()
    for caller in callers:
        caller.join(PATIENCE_S)
    assert all(isinstance(caller.raised, UploadStopped) for caller in callers)


def test_a_closed_uploader_takes_no_more_files(uploader: Uploader, tmp_path: Path) -> None:
    uploader.close()
    caller = uploading(uploader, tmp_path / "late.flac", 2_000)
    caller.start()
    caller.join(PATIENCE_S)
    assert isinstance(caller.raised, UploadStopped)
