"""Media in buckets: listed, read in ranges as the version that was listed, and never changed."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from captioner.errors import ConfigError, MediaError
from captioner.model import MediaObject
from captioner.settings import Settings
from captioner.storage import S3Objects, parse_address
from captioner.storage.s3.media_objects import _RangeFile
from tests.examples import examples

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONTENT = random.Random(1).randbytes(3 * 1024 * 1024 + 17)


@pytest.fixture
def objects(settings: Settings) -> Iterator[S3Objects]:
    found = S3Objects(settings)
    yield found
    found.close()


def put(client: S3Client, key: str, content: bytes = CONTENT) -> None:
    client.put_object(Bucket="media", Key=key, Body=content)


def only(objects: S3Objects, prefix: str) -> MediaObject:
    (found,) = objects.list("media", prefix)
    return found


def test_objects_are_listed_with_what_tells_them_apart(
    objects: S3Objects, client: S3Client, settings: Settings
) -> None:
    for name in ("b.mp4", "a/ä b.mp4"):
        put(client, f"{settings.prefix}/{name}", b"media")
    first, second = objects.list("media", f"{settings.prefix}/")
    assert (first.key, second.key) == (f"{settings.prefix}/a/ä b.mp4", f"{settings.prefix}/b.mp4")
    assert first.size_bytes == 5
    assert first.etag == second.etag
    assert len(first.etag) == 32
    assert first.changed_ns > 1_600_000_000 * 10**9


def test_an_object_is_read_in_any_order(objects: S3Objects, client: S3Client, settings: Settings) -> None:
    put(client, f"{settings.prefix}/a.mp4")
    with objects.open(only(objects, settings.prefix)) as file:
        assert file.seek(-10, io.SEEK_END) == len(CONTENT) - 10
        assert file.read() == CONTENT[-10:]
        assert file.read(5) == b""
        file.seek(1024 * 1024 - 3)
        assert file.read(7) == CONTENT[1024 * 1024 - 3 : 1024 * 1024 + 4]
        assert file.tell() == 1024 * 1024 + 4
        file.seek(0)
        assert file.read() == CONTENT


def test_an_object_is_downloaded_whole(
    objects: S3Objects, client: S3Client, settings: Settings, tmp_path: Path
) -> None:
    put(client, f"{settings.prefix}/a.mp4")
    seen: list[tuple[int, int]] = []
    objects.download(only(objects, settings.prefix), tmp_path / "a", progress=lambda *at: seen.append(at))
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))


@pytest.mark.parametrize(
    "content", [b"x" * len(CONTENT), CONTENT + b"more", CONTENT[:100]], ids=["other", "longer", "shorter"]
)
def test_an_object_that_was_replaced_is_not_mixed_of_two(
    objects: S3Objects, client: S3Client, settings: Settings, tmp_path: Path, content: bytes
) -> None:
    key = f"{settings.prefix}/a.mp4"
    put(client, key)
    listed = only(objects, settings.prefix)
    put(client, key, content)
    with pytest.raises(MediaError, match="changed in the bucket"):
        objects.download(listed, tmp_path / "a")


def test_an_object_that_is_gone_is_told(objects: S3Objects, client: S3Client, settings: Settings) -> None:
    put(client, f"{settings.prefix}/a.mp4")
    listed = only(objects, settings.prefix)
    client.delete_object(Bucket="media", Key=listed.key)
    with objects.open(listed) as file, pytest.raises(MediaError, match="no longer in the bucket"):
        file.read(1)


def test_an_object_is_signed_where_it_is(objects: S3Objects, client: S3Client, settings: Settings) -> None:
    put(client, f"{settings.prefix}/ä b.mp4")
    link = objects.sign("media", f"{settings.prefix}/ä b.mp4")
    objects.verify_readable(link, "media")
    assert link.url.isascii()


def test_captions_are_put_whole(objects: S3Objects, client: S3Client, settings: Settings) -> None:
    objects.put("media", f"{settings.prefix}/a.srt", b"captions", "application/x-subrip")
    assert client.get_object(Bucket="media", Key=f"{settings.prefix}/a.srt")["Body"].read() == b"captions"


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("s3://bucket", ("bucket", "")),
        ("s3://bucket/", ("bucket", "")),
        ("s3://bucket/a/b c/", ("bucket", "a/b c/")),
        ("s3://bucket//a", ("bucket", "a")),
        ("S3://bucket/a", ("bucket", "a")),
    ],
)
def test_an_address_has_a_bucket_and_a_prefix(address: str, found: tuple[str, str]) -> None:
    assert parse_address(address) == found


@pytest.mark.parametrize("address", ["s3://", "s3:///a", "s3://b", "s3://-x/a", "s3://user:pw@host/a"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="looks like s3://bucket/folder"):
        parse_address(address)


class Body(io.BytesIO):
    """The body of an answer."""


class Server:
    """Answers ranges out of memory; one that ignores them sends everything."""

    def __init__(self, content: bytes, *, ranges: bool) -> None:
        self.content, self.ranges, self.calls = content, ranges, 0

    def get_object(self, *, Bucket: str, Key: str, Range: str, IfMatch: str = "") -> dict[str, Any]:
        self.calls += 1
        first, last = map(int, Range.removeprefix("bytes=").split("-"))
        body = self.content[first : last + 1] if self.ranges else self.content
        ranged = {"ContentRange": f"bytes {first}-{last}/{len(self.content)}"} if self.ranges else {}
        return {"Body": Body(body), "ETag": '"e"', **ranged}


steps = st.lists(st.tuples(st.integers(0, 2_500_000), st.integers(0, 1_500_000)), max_size=6)


@bounded(deadline=None, max_examples=examples(50))
@given(steps, st.booleans())
def test_a_file_of_ranges_reads_as_the_file_itself(places: list[tuple[int, int]], ranges: bool) -> None:
    content = CONTENT[:2_200_000]
    media = MediaObject("b", "k", len(content), "e", 0)
    remote, local = _RangeFile(Server(content, ranges=ranges), media, "b"), io.BytesIO(content)  # type: ignore[arg-type]
    for start, size in places:
        remote.seek(start), local.seek(start)
        assert remote.read(size) == local.read(size)


def test_only_the_parts_that_are_read_are_fetched() -> None:
    server = Server(bytes(50 << 20), ranges=True)
    file = _RangeFile(server, MediaObject("b", "k", 50 << 20, "e", 0), "b")  # type: ignore[arg-type]
    for _ in range(100):
        file.seek(0), file.read(1000), file.seek(-1000, io.SEEK_END), file.read()
    assert server.calls == 2
