"""Removing many objects with one request, at a real server and at stores that refuse it or do half of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from captioner.errors import ConfigError, CredentialsRefused, StorageUnavailable
from captioner.model import Prepared, StoredObject
from captioner.storage import S3Store
from captioner.storage.base import BulkStore
from captioner.storage.s3.bulk_deletion import MOST_KEYS, BulkDeletion
from tests.sigv4 import SignedRequest
from tests.storage.conftest import OpenGateway
from tests.storage.gateway import Refusal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Make = Callable[..., Prepared]


def put(store: S3Store, make: Make, count: int) -> list[StoredObject]:
    return [store.put(make(100 + number, f"p{number}.flac"), f"talk {number}é.mp4") for number in range(count)]


def is_bulk(request: SignedRequest) -> bool:
    return request.method == "POST" and request.target.endswith("?delete")


def deletions(seen: Iterable[SignedRequest]) -> list[str]:
    return ["all" if is_bulk(one) else "one" for one in seen if is_bulk(one) or one.method == "DELETE"]


def test_many_objects_are_removed_with_one_signed_request_that_has_a_digest(
    open_gateway: OpenGateway, make: Make
) -> None:
    with open_gateway(lambda request: None) as (store, gateway):
        assert isinstance(store, BulkStore)
        stored = put(store, make, 3)
        absent = StoredObject("s3", "media", f"{stored[0].key}.absent", 1)
        assert store.delete_all([*stored, absent, stored[0]]) == (None,) * 5
        assert not any(store.exists(one) for one in stored)
        assert deletions(gateway.seen) == ["all"]
        assert all("content-md5" in one.headers for one in gateway.seen if is_bulk(one))
        assert gateway.faults == []


def test_one_object_is_removed_by_its_own_request(open_gateway: OpenGateway, make: Make) -> None:
    with open_gateway(lambda request: None) as (store, gateway):
        assert store.delete_all(put(store, make, 1)) == (None,)
        assert deletions(gateway.seen) == ["one"]


@pytest.mark.parametrize(
    "refusal",
    [
        (501, "NotImplemented", "A header you provided implies functionality that is not implemented"),
        (405, "MethodNotAllowed", "The specified method is not allowed against this resource"),
        (400, "MalformedXML", "The XML you provided was not well-formed"),
        (400, "InvalidRequest", "Missing required header for this request: x-amz-checksum-sha256"),
    ],
)
def test_a_store_that_refuses_it_is_asked_once_and_objects_are_removed_singly(
    refusal: Refusal, open_gateway: OpenGateway, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with open_gateway(lambda request: refusal if is_bulk(request) else None) as (store, gateway):
        for _ in range(2):
            stored = put(store, make, 2)
            assert store.delete_all(stored) == (None, None)
            assert not any(store.exists(one) for one in stored)
        assert deletions(gateway.seen) == ["all", "one", "one", "one", "one"]
    told = [record.message for record in caplog.records if "one by one" in record.message]
    assert len(told) == 1
    assert refusal[1] in told[0]


@pytest.mark.parametrize("status", [403, 404])
def test_rights_or_a_bucket_that_are_missing_for_now_are_asked_for_again(
    status: int, open_gateway: OpenGateway, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with open_gateway(lambda request: (status, "Other", "") if is_bulk(request) else None) as (store, gateway):
        assert store.delete_all(put(store, make, 2)) == (None, None)
        assert store.delete_all(put(store, make, 2)) == (None, None)
        assert deletions(gateway.seen).count("all") == 2
    assert "one by one" not in caplog.text


def test_a_store_that_does_not_answer_is_not_asked_for_each_object(
    make: Make, assemble: Callable[..., S3Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = assemble()
    stored = put(store, make, 3)

    def silent(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "DeleteObjects")

    with monkeypatch.context() as patch:
        patch.setattr(store.client, "delete_objects", silent)
        patch.setattr(store.client, "delete_object", None)
        errors = store.delete_all(stored)
    assert [type(error) for error in errors] == [StorageUnavailable] * 3
    assert all(store.exists(one) for one in stored)


def test_an_object_that_the_store_does_not_confirm_is_removed_singly_and_its_error_told(
    make: Make, assemble: Callable[..., S3Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = assemble()
    stored = put(store, make, 3)
    asked: list[str] = []

    def half(**_: Any) -> Any:
        refused = {"Key": stored[1].key, "Code": "AccessDenied", "Message": ""}
        return {"Deleted": [{"Key": stored[0].key}], "Errors": [refused]}

    def single(**given: str) -> None:
        asked.append(given["Key"])
        if given["Key"] == stored[1].key:
            said: Any = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(said, "DeleteObject")

    monkeypatch.setattr(store.client, "delete_objects", half)
    monkeypatch.setattr(store.client, "delete_object", single)
    errors = store.delete_all(stored)
    assert [type(error) for error in errors] == [type(None), CredentialsRefused, type(None)]
    assert asked == [stored[1].key, stored[2].key]


def test_an_object_of_another_store_is_refused_and_the_others_are_removed(store: S3Store, make: Make) -> None:
    stored = put(store, make, 2)
    other = StoredObject("temporary", "", "oss://x/1", 5)
    first, second, third = store.delete_all([stored[0], other, stored[1]])
    assert (first, third) == (None, None)
    assert isinstance(second, ConfigError)


def test_a_request_has_a_thousand_keys_at_most(
    assemble: Callable[..., S3Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = assemble()
    sizes: list[int] = []

    def confirm(**given: Any) -> Any:
        sizes.append(len(given["Delete"]["Objects"]))
        return {"Deleted": given["Delete"]["Objects"]}

    monkeypatch.setattr(store.client, "delete_objects", confirm)
    stored = [StoredObject("s3", "media", f"x/{number}", 1) for number in range(MOST_KEYS + 2)]
    assert store.delete_all(stored) == (None,) * len(stored)
    assert sizes == [MOST_KEYS, 2]


def test_nothing_is_sent_to_a_store_that_has_refused(own_client: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    bulk = BulkDeletion(own_client, "bucket media")
    bulk.is_refused = True
    monkeypatch.setattr(own_client, "delete_objects", None)
    assert bulk.delete("media", ["x"]) == frozenset()
