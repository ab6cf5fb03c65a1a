"""The S3 store against a real server that checks signatures."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.awsrequest import AWSResponse

from captioner.errors import (
    ConfigError,
    CredentialsRefused,
    MediaError,
    StorageRejected,
    StorageUnavailable,
)
from captioner.model import Prepared, StoredObject
from captioner.settings import Settings
from captioner.storage import S3Store
from captioner.storage.base import UploadLease
from captioner.storage.keys import object_key
from captioner.storage.s3.verify import LinkReader
from tests.storage.conftest import PART_BYTES
from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Make = Callable[..., Prepared]
Assemble = Callable[..., S3Store]

MULTIPART = 2 * PART_BYTES + 12345


class Meter:
    """Remembers what progress was told; may raise at the first call."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.calls: list[tuple[int, int]] = []
        self.error = error

    def __call__(self, done: int, total: int) -> None:
        self.calls.append((done, total))
        if self.error is not None:
            raise self.error


def keys_in(client: S3Client, prefix: str) -> list[str]:
    page = client.list_objects_v2(Bucket="media", Prefix=prefix)
    return [item["Key"] for item in page.get("Contents", [])]


def unfinished_in(client: S3Client, prefix: str) -> list[str]:
    page = client.list_multipart_uploads(Bucket="media", Prefix=prefix)
    return [item["Key"] for item in page.get("Uploads", [])]


@pytest.mark.parametrize("size_bytes", [1, 2000, PART_BYTES, MULTIPART])
def test_a_file_comes_back_through_its_link_byte_for_byte(store: S3Store, make: Make, size_bytes: int) -> None:
    prepared = make(size_bytes)
    meter = Meter()
    place = store.place_of(prepared, "talk.mp4")
    stored = store.put(prepared, "talk.mp4", progress=meter)
    assert stored == place
    signed = store.sign(stored)
    store.verify_readable(signed)
    assert httpx.get(signed.url).content == prepared.path.read_bytes()
    assert stored.size_bytes == size_bytes
    assert meter.calls[-1] == (size_bytes, size_bytes)
    assert store.exists(stored)


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("新闻 访谈.mp4", "/media.flac"),
        ("My talk (final) & more.mp4", "/My-talk-final-more.flac"),
        ("50% off #1?.mov", "/50-off-1.flac"),
        ("../../up.wav", "/up.flac"),
    ],
)
def test_any_file_name_becomes_a_key_the_service_can_fetch(
    store: S3Store, settings: Settings, make: Make, name: str, ending: str
) -> None:
    prepared = make()
    stored = store.put(prepared, name)
    signed = store.sign(stored)
    assert stored.key == f"{settings.prefix}/{prepared.sha256}{ending}"
    assert signed.url.isascii()
    store.verify_readable(signed)


def test_nothing_is_uploaded_twice_even_under_another_name(
    store: S3Store, client: S3Client, settings: Settings, make: Make
) -> None:
    prepared = make()
    first = store.put(prepared, "talk.mp4")
    meter = Meter()
    assert store.put(prepared, "the same talk.mp4", progress=meter) == first
    assert meter.calls == [(prepared.size_bytes, prepared.size_bytes)]
    assert keys_in(client, settings.prefix) == [first.key]


@pytest.mark.parametrize(
    ("size_bytes", "metadata"), [(2000, {"sha256": "0" * 64}), (1999, {}), (0, {})], ids=["digest", "length", "empty"]
)
def test_an_object_that_is_not_the_same_is_replaced(
    store: S3Store, client: S3Client, settings: Settings, make: Make, size_bytes: int, metadata: dict[str, str]
) -> None:
    prepared = make(2000)
    key = object_key(settings.prefix, prepared.sha256, "talk.flac")
    client.put_object(Bucket="media", Key=key, Body=b"x" * size_bytes, Metadata=metadata)
    stored = store.put(prepared, "talk.mp4")
    assert stored.key == key
    assert httpx.get(store.sign(stored).url).content == prepared.path.read_bytes()


def test_an_object_without_metadata_is_known_by_its_key(
    store: S3Store, client: S3Client, settings: Settings, make: Make
) -> None:
    prepared = make()
    key = object_key(settings.prefix, prepared.sha256, "talk.flac")
    client.put_object(Bucket="media", Key=key, Body=prepared.path.read_bytes())
    meter = Meter()
    store.put(prepared, "talk.mp4", progress=meter)
    assert len(meter.calls) == 1


@pytest.mark.parametrize("present", [True, False])
def test_a_store_that_forbids_listing_is_asked_for_the_very_key(
    assemble: Assemble, own_client: S3Client, make: Make, *, present: bool
) -> None:
    refuse(own_client, "ListObjectsV2", 403, "AccessDenied")
    store = assemble()
    prepared = make(900_000)
    if present:
        store.put(prepared, "talk.mp4")
    meter = Meter()
    stored = store.put(prepared, "talk.mp4", progress=meter)
    assert (meter.calls == [(900_000, 900_000)]) == present
    assert store.exists(stored)


def test_an_object_is_private(store: S3Store, make: Make) -> None:
    signed = store.sign(store.put(make(), "talk.mp4"))
    assert httpx.get(signed.public).status_code in (400, 401, 403)


def test_a_deleted_object_is_gone_and_may_be_deleted_again(store: S3Store, make: Make) -> None:
    stored = store.put(make(), "talk.mp4")
    store.delete(stored)
    assert not store.exists(stored)
    store.delete(stored)
    store.delete(replace(stored, bucket="no-such-bucket"))


def test_a_link_to_a_missing_object_is_not_proved(assemble: Assemble) -> None:
    pauses: list[float] = []
    store = assemble(reader=LinkReader(httpx.Client(), sleep=pauses.append))
    with pytest.raises(StorageRejected, match="HTTP 404 NoSuchKey"):
        store.verify_readable(store.sign(StoredObject("s3", "media", "nothing")))
    assert len(pauses) == 4


def test_an_object_of_another_length_does_not_count_as_there(store: S3Store, make: Make) -> None:
    stored = store.put(make(), "talk.mp4")
    assert not store.exists(replace(stored, size_bytes=1))
    assert store.exists(replace(stored, size_bytes=0))


def test_a_link_ends_when_it_says(store: S3Store, settings: Settings, make: Make) -> None:
    stored = store.put(make(), "talk.mp4")
    store.verify_readable(store.sign(stored))
    brief = S3Store.from_settings(replace(settings, link_lifetime_s=1))
    before = time.time()
    signed = brief.sign(stored)
    assert signed.expires_at is not None
    assert before <= signed.expires_at - 1 <= time.time()
    wait_until(lambda: httpx.get(signed.url, timeout=PATIENCE_S).status_code != 200)
    with pytest.raises(StorageRejected, match="clock"):
        brief.verify_readable(signed)
    brief.close()


def test_a_link_that_was_tampered_with_is_refused_and_its_signature_not_shown(store: S3Store, make: Make) -> None:
    signed = store.sign(store.put(make(), "talk.mp4"))
    with pytest.raises(StorageRejected) as caught:
        store.verify_readable(replace(signed, url=signed.url[:-4] + "0000"))
    assert caught.value.code == "SignatureDoesNotMatch"
    assert "Signature=" not in repr(caught.value)


def test_the_default_link_outlives_the_queue(assemble: Assemble, make: Make) -> None:
    signed = assemble(clock=lambda: 1000.0).sign(StoredObject("s3", "media", "k"))
    assert signed.expires_at == 1000.0 + 6 * 3600
    assert "X-Amz-Expires=21600" in signed.url


def test_links_of_temporary_credentials_are_cut_or_refused(assemble: Assemble) -> None:
    stored = StoredObject("s3", "media", "k")
    assert "X-Amz-Expires=7200" in assemble(left_s=7200.5).sign(stored).url
    with pytest.raises(ConfigError, match="end in 5 min"):
        assemble(left_s=300).sign(stored)
    unsure = assemble(left_s=None, clock=lambda: 0.0).sign(stored)
    assert unsure.expires_at == 3600
    assert "X-Amz-Expires=21600" in unsure.url


def test_a_public_endpoint_is_what_the_link_is_signed_for(settings: Settings, make: Make) -> None:
    public = settings.s3_endpoint.replace("127.0.0.1", "localhost")
    store = S3Store.from_settings(replace(settings, public_endpoint=public))
    signed = store.sign(store.put(make(), "talk.mp4"))
    assert signed.url.startswith(f"{public}/media/")
    store.verify_readable(signed)
    with pytest.raises(StorageRejected, match="public endpoint"):
        store.verify_readable(replace(signed, url=signed.url.replace("localhost", "127.0.0.1")))
    store.close()


@pytest.mark.parametrize(
    ("variable", "code"),
    [("AWS_ACCESS_KEY_ID", "InvalidAccessKeyId"), ("AWS_SECRET_ACCESS_KEY", "SignatureDoesNotMatch")],
)
def test_wrong_credentials_are_refused_with_the_stores_own_code(
    settings: Settings, make: Make, monkeypatch: pytest.MonkeyPatch, variable: str, code: str
) -> None:
    monkeypatch.setenv(variable, "AKWRONG")
    store = S3Store.from_settings(settings)
    stored = StoredObject("s3", "media", "k", 1)
    for call in (lambda: store.put(make(), "talk.mp4"), lambda: store.exists(stored), lambda: store.remove_orphans(0)):
        with pytest.raises(CredentialsRefused) as caught:
            call()
        assert caught.value.code == code
        assert caught.value.exit_code == 3
        assert "AKWRONG" not in repr(caught.value)
    store.close()


def test_no_credentials_at_all_are_a_matter_of_configuration(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(ConfigError, match="AWS_ACCESS_KEY_ID"):
        S3Store.from_settings(settings)


def test_a_missing_bucket_is_named(settings: Settings, make: Make) -> None:
    store = S3Store.from_settings(replace(settings, bucket="nowhere"))
    with pytest.raises(ConfigError, match="bucket nowhere") as caught:
        store.put(make(), "talk.mp4")
    assert caught.value.code == "NoSuchBucket"
    store.close()


def test_a_store_that_is_down_is_worth_another_try(settings: Settings, make: Make) -> None:
    store = S3Store.from_settings(replace(settings, s3_endpoint="http://127.0.0.1:9"))
    with pytest.raises(StorageUnavailable, match=r"talk\.mp4: bucket media at 127\.0\.0\.1:9") as caught:
        store.put(make(), "talk.mp4")
    assert caught.value.retryable
    with pytest.raises(StorageUnavailable, match="could not be read back"):
        store.verify_readable(store.sign(StoredObject("s3", "media", "k")))
    store.close()


def test_a_file_that_changed_or_went_is_not_uploaded(store: S3Store, make: Make) -> None:
    prepared = make()
    with pytest.raises(MediaError, match="2000 bytes long, 1999 when it was prepared"):
        store.put(replace(prepared, size_bytes=1999), "talk.mp4")
    prepared.path.unlink()
    with pytest.raises(MediaError, match=r"talk\.mp4: cannot be read"):
        store.put(prepared, "talk.mp4")


def test_progress_grows_to_the_whole_from_many_threads(store: S3Store, make: Make) -> None:
    prepared = make(MULTIPART)
    meter = Meter()
    store.put(prepared, "talk.mp4", progress=meter)
    done = [done for done, _ in meter.calls]
    assert done == sorted(done)
    assert {total for _, total in meter.calls} == {MULTIPART}


@pytest.mark.parametrize("size_bytes", [2000, MULTIPART], ids=["one request", "parts"])
@pytest.mark.parametrize("error", [ValueError("stop"), OSError("stop"), KeyboardInterrupt()], ids=repr)
def test_what_progress_raises_stops_the_upload_and_leaves_nothing(
    store: S3Store, client: S3Client, settings: Settings, make: Make, size_bytes: int, error: BaseException
) -> None:
    with pytest.raises(type(error)) as caught:
        store.put(make(size_bytes), "talk.mp4", progress=Meter(error))
    assert caught.value is error
    assert unfinished_in(client, settings.prefix) == []
    assert keys_in(client, settings.prefix) == []


def test_ctrl_c_in_the_middle_of_an_upload_leaves_nothing(
    store: S3Store, client: S3Client, settings: Settings, make: Make
) -> None:
    pressed, heard = threading.Event(), threading.Event()

    def hear(number: int, frame: object) -> None:
        heard.set()
        raise KeyboardInterrupt

    def press(done: int, total: int) -> None:
        if done > PART_BYTES and not pressed.is_set():
            pressed.set()
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            heard.wait(PATIENCE_S)  # the upload must not be over before

    before = signal.signal(signal.SIGINT, hear)
    try:
        with pytest.raises(KeyboardInterrupt):
            store.put(make(MULTIPART), "talk.mp4", progress=press)
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed.is_set()
    assert unfinished_in(client, settings.prefix) == []
    assert keys_in(client, settings.prefix) == []


def test_a_refused_part_ends_the_whole_upload_and_leaves_nothing(
    assemble: Assemble, client: S3Client, own_client: S3Client, settings: Settings, make: Make
) -> None:
    refuse(own_client, "UploadPart", 403, "AccessDenied")
    with pytest.raises(CredentialsRefused, match="UploadPart"):
        assemble().put(make(MULTIPART), "talk.mp4")
    assert unfinished_in(client, settings.prefix) == []


def refuse(client: S3Client, operation: str, status: int, code: str) -> None:
    """Answer one operation in the server's place."""
    body = f"<Error><Code>{code}</Code></Error>".encode()

    class Raw:
        def stream(self, **_: Any) -> list[bytes]:
            return [body]

    client.meta.events.register(
        f"before-send.s3.{operation}", lambda request, **_: AWSResponse(request.url, status, {}, Raw())
    )


def test_only_old_unfinished_uploads_of_ours_are_swept(
    assemble: Assemble, client: S3Client, settings: Settings
) -> None:
    mine, theirs = f"{settings.prefix}/{'0' * 64}/a.flac", f"{settings.prefix}/somebody/elses.flac"
    for key in (mine, theirs):
        client.create_multipart_upload(Bucket="media", Key=key)
    assert assemble().remove_orphans(3600) == []
    later = assemble(clock=lambda: time.time() + 7200)
    assert later.remove_orphans(3600) == [mine]
    assert later.remove_orphans(3600) == []
    assert unfinished_in(client, settings.prefix) == [theirs]


@pytest.mark.parametrize("code", ["NotImplemented", "MethodNotAllowed"])
def test_a_store_that_cannot_list_unfinished_uploads_has_none_swept(
    assemble: Assemble, own_client: S3Client, code: str
) -> None:
    refuse(own_client, "ListMultipartUploads", 501 if code == "NotImplemented" else 405, code)
    assert assemble().remove_orphans(0) == []


def test_one_store_serves_several_threads(store: S3Store, make: Make) -> None:
    files = [make(300_000, f"{i}.flac") for i in range(6)]
    with ThreadPoolExecutor(4) as pool:
        stored = list(pool.map(lambda p: store.put(p, p.path.name), files))
        list(pool.map(lambda s: store.verify_readable(store.sign(s)), stored))
        list(pool.map(store.delete, stored))
        assert not any(pool.map(store.exists, stored))


def test_an_object_of_another_store_is_not_mistaken_for_ours(store: S3Store) -> None:
    with pytest.raises(ConfigError, match="temporary"):
        store.delete(StoredObject("temporary", "", "dashscope-instant/x.flac"))


def test_a_store_may_be_closed_twice(settings: Settings) -> None:
    store = S3Store.from_settings(settings)
    store.close()
    store.close()


def test_credentials_of_unknown_age_are_mentioned_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    S3Store.from_settings(settings).close()
    assert "do not say when they end" in caplog.text


def test_no_signature_and_no_key_reach_the_log(
    store: S3Store, make: Make, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    caplog.set_level("INFO")
    store.verify_readable(store.sign(store.put(make(), "talk.mp4")))
    assert "HTTP Request: GET" in caplog.text
    assert "X-Amz" not in caplog.text
    assert "Signature" not in caplog.text


MEDIA = "cd" * 32


def test_each_lease_has_an_object_of_its_own_and_uses_none_of_another(
    store: S3Store, client: S3Client, settings: Settings, make: Make
) -> None:
    prepared = make()
    first = store.put(prepared, "talk.mp4", lease=UploadLease("0a1b2c3d-1-1", MEDIA))
    second = store.put(prepared, "talk.mp4", lease=UploadLease("0a1b2c3d-1-2", MEDIA))
    assert sorted(keys_in(client, settings.prefix)) == [first.key, second.key]
    store.delete(first)
    assert store.exists(second)
    plain = store.put(prepared, "talk.mp4")
    assert plain.key not in (first.key, second.key)
    assert store.put(prepared, "talk.mp4", lease=UploadLease("0a1b2c3d-1-3", MEDIA)) == plain, "it belongs to no lease"


def test_what_another_worker_has_sent_in_another_form_is_found_by_its_media(
    store: S3Store, client: S3Client, settings: Settings, make: Make
) -> None:
    left = store.put(make(3000), "talk.mp4", lease=UploadLease("0a1b2c3d-1-1", MEDIA))
    used = store.put(make(2000), "talk.mp4", lease=UploadLease("0a1b2c3d-1-2", MEDIA))
    other = store.put(make(2000), "talk.mp4", lease=UploadLease("0a1b2c3d-1-3", "ef" * 32))
    store.delete(used)
    assert store.remove_superseded(used, "0a1b2c3d", set()) == [left.key]
    assert keys_in(client, settings.prefix) == [other.key]


def test_what_leases_have_left_is_removed_but_not_what_is_in_use_or_anothers(
    store: S3Store, client: S3Client, settings: Settings, make: Make
) -> None:
    prepared = make()
    leases = ("0a1b2c3d-1-1", "0a1b2c3d-1-2", "0a1b2c3d-1-3", "0a1b2c3d-1-4", "ffffffff-1-1")
    left, held, known, used, foreign = (
        store.put(prepared, "talk.mp4", lease=UploadLease(lease, MEDIA)) for lease in leases
    )
    store.delete(used)
    removed = store.remove_superseded(used, "0a1b2c3d", {"0a1b2c3d-1-2", known.key})
    assert removed == [left.key]
    assert sorted(keys_in(client, settings.prefix)) == sorted([held.key, known.key, foreign.key])
