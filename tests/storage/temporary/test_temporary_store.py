from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest

from captioner.errors import (
    CaptionerError,
    ConfigError,
    CredentialsRefused,
    MediaError,
    StorageRejected,
    StorageUnavailable,
)
from captioner.model import Prepared, SignedUrl, StoredObject
from captioner.settings import Secret, Settings
from captioner.storage import TemporaryStore
from captioner.storage.temporary.upload_policy import UploadPolicy
from tests.storage.doubles import FIELDS, PolicyService

pytestmark = pytest.mark.integration

Make = Callable[..., Prepared]
EXPIRED = (
    403,
    b"<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message></Error>",
)


@pytest.fixture
def service() -> Iterator[PolicyService]:
    with PolicyService().running() as running:
        yield running


@pytest.fixture
def store(service: PolicyService) -> Iterator[TemporaryStore]:
    settings = Settings(api_key=Secret(service.api_key), endpoint=f"{service.url}/api/v1/")
    made = TemporaryStore.from_settings(settings, "fun-asr")
    yield made
    made.close()


def test_a_file_is_posted_whole_with_the_file_field_last(
    store: TemporaryStore, service: PolicyService, make: Make
) -> None:
    prepared = make(200_000)
    calls: list[tuple[int, int]] = []
    stored = store.put(prepared, "新闻 访谈.mp4", progress=lambda done, total: calls.append((done, total)))
    assert service.policies == ["fun-asr"]
    assert service.forms == [FIELDS]
    assert service.objects == {stored.key: prepared.path.read_bytes()}
    assert re.fullmatch(r"dashscope-instant/1/[0-9a-f]{32}\.flac", stored.key)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert calls[-1] == (200_000, 200_000)


def test_the_address_is_the_key_and_lives_two_days(service: PolicyService, make: Make) -> None:
    store = TemporaryStore(
        base_url=f"{service.url}/api/v1",
        key=Secret("sk-test"),
        model="fun-asr",
        client=httpx.Client(),
        clock=lambda: 1000.0,
        new_name=lambda: "name",
    )
    stored = store.put(make(), "talk.mp4")
    assert stored == StoredObject("temporary", "", "dashscope-instant/1/name.flac", 2000, "fun-asr", 1000 + 48 * 3600)
    assert store.sign(stored) == SignedUrl("oss://dashscope-instant/1/name.flac", stored.expires_at)
    assert store.exists(stored)
    assert not store.exists(replace(stored, expires_at=999.0))
    store.close()


def test_every_upload_has_a_name_of_its_own(store: TemporaryStore, make: Make) -> None:
    prepared = make()
    assert store.put(prepared, "talk.mp4").key != store.put(prepared, "talk.mp4").key


def test_a_policy_that_ran_out_is_renewed_once(store: TemporaryStore, service: PolicyService, make: Make) -> None:
    service.upload_answers = [EXPIRED]
    prepared = make()
    stored = store.put(prepared, "talk.mp4")
    assert stored.key.startswith("dashscope-instant/2/")
    assert service.objects[stored.key] == prepared.path.read_bytes()


def test_a_line_too_slow_for_any_policy_is_told_so(store: TemporaryStore, service: PolicyService, make: Make) -> None:
    service.upload_answers = [EXPIRED, EXPIRED]
    with pytest.raises(StorageRejected, match="outlasts"):
        store.put(make(), "talk.mp4")
    assert len(service.policies) == 2


def test_a_file_over_the_policys_limit_is_refused_before_it_is_sent(
    store: TemporaryStore, service: PolicyService, make: Make
) -> None:
    service.changes = {"max_file_size_mb": 1}
    store.put(make(1024 * 1024), "talk.mp4")
    with pytest.raises(StorageRejected, match=r"talk\.mp4: 3 MB, the temporary store takes 1"):
        store.put(make(3 * 1024 * 1024), "talk.mp4")
    assert len(service.forms) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, {"code": "InvalidApiKey"}, CredentialsRefused, "InvalidApiKey"),
        (403, {"code": "Workspace.AccessDenied"}, CredentialsRefused, "Workspace.AccessDenied"),
        (404, {"code": "ModelNotFound"}, ConfigError, "ModelNotFound"),
        (400, {"code": "InvalidParameter"}, ConfigError, "InvalidParameter"),
        (200, {"code": "InvalidParameter"}, ConfigError, "InvalidParameter"),
        (400, {"code": "Arrearage"}, ConfigError, "Arrearage"),
        (429, {"code": "PrepaidBillOverdue"}, ConfigError, "PrepaidBillOverdue"),
        (429, {"code": "Throttling.RateQuota"}, StorageUnavailable, "Throttling.RateQuota"),
        (503, "<html>busy</html>", StorageUnavailable, ""),
        (200, "<html>welcome</html>", StorageUnavailable, ""),
        (200, [], StorageUnavailable, ""),
        (403, "forbidden", CredentialsRefused, ""),
    ],
)
def test_a_refused_policy_is_sorted_by_what_to_do(
    store: TemporaryStore,
    service: PolicyService,
    make: Make,
    status: int,
    body: object,
    kind: type[CaptionerError],
    code: str,
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    service.policy_answers = [(status, text.encode(), {"Retry-After": "4"})]
    with pytest.raises(CaptionerError) as caught:
        store.put(make(), "talk.mp4")
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert code in str(caught.value)
    assert str(caught.value).startswith("talk.mp4: ")
    assert service.forms == []
    if status == 429 and kind is StorageUnavailable:
        assert caught.value.retry_after_s == 4


def test_a_wrong_key_is_refused_and_not_repeated(service: PolicyService, make: Make) -> None:
    settings = Settings(api_key=Secret("sk-other"), endpoint=f"{service.url}/api/v1")
    store = TemporaryStore.from_settings(settings, "fun-asr")
    with pytest.raises(CredentialsRefused) as caught:
        store.put(make(), "talk.mp4")
    assert caught.value.exit_code == 3
    assert "sk-other" not in repr(caught.value)
    store.close()


def test_without_a_key_nothing_is_opened() -> None:
    with pytest.raises(ConfigError, match="DASHSCOPE_API_KEY") as caught:
        TemporaryStore.from_settings(Settings(), "fun-asr")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "name", ["upload_host", "upload_dir", "policy", "signature", "oss_access_key_id", "x_oss_object_acl"]
)
def test_a_policy_without_one_of_its_parts_names_it(
    store: TemporaryStore, service: PolicyService, make: Make, name: str
) -> None:
    service.changes = {name: None}
    with pytest.raises(StorageRejected, match=name):
        store.put(make(), "talk.mp4")


@pytest.mark.parametrize(("given", "expected"), [("1", 1048576), (0.5, 524288), (None, None), ("much", None)])
def test_numbers_of_a_policy_may_be_strings_or_missing(given: object, expected: int | None) -> None:
    service = PolicyService()
    service.changes = {"max_file_size_mb": given}
    assert UploadPolicy.from_reply({"data": service.policy()}).max_bytes == expected


def test_a_policy_hides_its_signature() -> None:
    policy = UploadPolicy.from_reply({"data": PolicyService().policy()})
    assert "signature-0" not in repr(policy)
    assert "cG9saWN5" not in repr(policy)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (403, b"<Error><Code>AccessDenied</Code></Error>", StorageRejected, "AccessDenied"),
        (400, b"<Error><Code>EntityTooLarge</Code></Error>", StorageRejected, "EntityTooLarge"),
        (409, b"<Error><Code>FileAlreadyExists</Code></Error>", StorageUnavailable, "FileAlreadyExists"),
        (503, b"busy", StorageUnavailable, ""),
        (302, b"", StorageRejected, ""),
    ],
)
def test_a_refused_upload_is_sorted_by_what_to_do(
    store: TemporaryStore,
    service: PolicyService,
    make: Make,
    status: int,
    body: bytes,
    kind: type[CaptionerError],
    code: str,
) -> None:
    service.upload_answers = [(status, body)]
    with pytest.raises(CaptionerError) as caught:
        store.put(make(), "talk.mp4")
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert "signature" not in repr(caught.value)


def test_a_service_that_is_down_is_worth_another_try(make: Make) -> None:
    store = TemporaryStore.from_settings(Settings(api_key=Secret("k"), endpoint="http://127.0.0.1:9/api/v1"), "fun-asr")
    with pytest.raises(StorageUnavailable, match="no connection: Connection refused"):
        store.put(make(), "talk.mp4")
    store.close()


@pytest.mark.parametrize("error", [ValueError("stop"), OSError("stop"), KeyboardInterrupt()], ids=repr)
def test_what_progress_raises_stops_the_upload(
    store: TemporaryStore, service: PolicyService, make: Make, error: BaseException
) -> None:
    def stop(done: int, total: int) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        store.put(make(), "talk.mp4", progress=stop)
    assert caught.value is error
    assert service.objects == {}


def test_a_file_that_went_is_not_uploaded(store: TemporaryStore, service: PolicyService, make: Make) -> None:
    prepared = make()
    prepared.path.unlink()
    with pytest.raises(MediaError, match=r"talk\.mp4"):
        store.put(prepared, "talk.mp4")
    assert service.policies == []


def test_an_object_is_bound_to_its_model(store: TemporaryStore) -> None:
    other = StoredObject("temporary", "", "dashscope-instant/1/a.flac", 1, "paraformer-v2")
    assert not store.exists(other)
    with pytest.raises(StorageRejected, match="uploaded for paraformer-v2"):
        store.sign(other)


def test_an_object_in_a_bucket_is_not_mistaken_for_ours(store: TemporaryStore) -> None:
    stored = StoredObject("s3", "media", "a.flac", 1)
    assert not store.exists(stored)
    for call in (store.sign, store.delete):
        with pytest.raises(ConfigError, match="s3"):
            call(stored)


def test_what_the_service_keeps_to_itself_is_left_alone(store: TemporaryStore, service: PolicyService) -> None:
    stored = StoredObject("temporary", "", "dashscope-instant/1/a.flac", 1, "fun-asr", None)
    store.verify_readable(store.sign(stored))
    store.delete(stored)
    assert store.remove_orphans(0) == []
    assert service.policies == []
