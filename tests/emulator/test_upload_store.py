"""The temporary store takes what its policy allows, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from captioner.emulator import Emulator, ServiceLimits, TaskTiming
from captioner.emulator.multipart import BadForm, FileTooLarge, boundary_of, read_form
from tests.emulator.doubles import Caller, FakeClock, calling

pytestmark = pytest.mark.integration


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(transcripts: Path, clock: FakeClock) -> Iterator[Caller]:
    timing = TaskTiming(pending_s=0, running_s=0, clock=clock)
    with calling(Emulator(transcripts=transcripts, timing=timing, limits=ServiceLimits(upload_mb=1))) as someone:
        yield someone


def policy(caller: Caller, model: str = "fun-asr") -> dict[str, Any]:
    data: dict[str, Any] = caller.http.get("/uploads", params={"action": "getPolicy", "model": model}).json()["data"]
    return data


def form(given: dict[str, Any], name: str = "a.flac") -> dict[str, str]:
    return {
        "OSSAccessKeyId": given["oss_access_key_id"],
        "Signature": given["signature"],
        "policy": given["policy"],
        "key": f"{given['upload_dir']}/{name}",
        "x-oss-object-acl": given["x_oss_object_acl"],
        "x-oss-forbid-overwrite": given["x_oss_forbid_overwrite"],
        "success_action_status": "200",
    }


def send(caller: Caller, given: dict[str, Any], fields: dict[str, str], content: bytes = b"abc") -> httpx.Response:
    return caller.plain.post(given["upload_host"], data=fields, files={"file": ("x", content)})


def code_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/xml"
    return answer.status_code, answer.text.partition("<Code>")[2].partition("</Code>")[0]


def test_a_policy_says_everything_an_upload_needs(store: Caller) -> None:
    given = policy(store)
    assert given.keys() == {
        "policy",
        "signature",
        "upload_dir",
        "upload_host",
        "expire_in_seconds",
        "max_file_size_mb",
        "capacity_limit_mb",
        "oss_access_key_id",
        "x_oss_object_acl",
        "x_oss_forbid_overwrite",
    }
    assert given["expire_in_seconds"] == 300
    assert given["x_oss_forbid_overwrite"] == "true"
    assert given["upload_dir"].startswith("dashscope-instant/")
    assert policy(store)["upload_dir"] != given["upload_dir"]


@pytest.mark.parametrize("query", ["", "?action=getPolicy", "?action=getPolicy&model=gpt", "?action=x&model=fun-asr"])
def test_a_policy_is_for_a_model(query: str, store: Caller) -> None:
    assert store.http.get(f"/uploads{query}").status_code == 400


def test_an_uploaded_file_is_recognised(store: Caller, audio: Path) -> None:
    given = policy(store)
    answer = send(store, given, form(given), (audio / "talk.flac").read_bytes())
    assert (answer.status_code, answer.content) == (200, b"")
    url = f"oss://{given['upload_dir']}/a.flac"
    body = {"model": "fun-asr", "input": {"file_urls": [url]}, "parameters": {}}
    accepted = store.post_submission(body, X_DashScope_OssResourceResolve="enable")
    (result,) = store.ended(accepted.json()["output"]["task_id"])["output"]["results"]
    assert result["subtask_status"] == "SUCCEEDED"
    assert result["file_url"] == url


REFUSED = {
    "another acl": ({"x-oss-object-acl": "public-read"}, "AccessDenied"),
    "overwriting": ({"x-oss-forbid-overwrite": "false"}, "AccessDenied"),
    "another signature": ({"Signature": "AAAA"}, "SignatureDoesNotMatch"),
    "another policy": ({"policy": "e30="}, "SignatureDoesNotMatch"),
    "another account": ({"OSSAccessKeyId": "me"}, "SignatureDoesNotMatch"),
    "another folder": ({"key": "dashscope-instant/other/a.flac"}, "AccessDenied"),
}


@pytest.mark.parametrize(("changes", "code"), REFUSED.values(), ids=REFUSED)
def test_a_form_that_breaks_its_policy_is_refused_in_xml(changes: dict[str, str], code: str, store: Caller) -> None:
    given = policy(store)
    assert code_of(send(store, given, {**form(given), **changes})) == (403, code)


def test_a_late_upload_is_refused(store: Caller, clock: FakeClock) -> None:
    given = policy(store)
    clock.move(300)
    answer = send(store, given, form(given))
    assert code_of(answer) == (403, "AccessDenied")
    assert "Policy expired" in answer.text


def test_nothing_is_overwritten(store: Caller) -> None:
    given = policy(store)
    assert send(store, given, form(given)).status_code == 200
    assert code_of(send(store, given, form(given))) == (403, "FileAlreadyExists")
    assert send(store, given, form(given, "b.flac")).status_code == 200


def test_a_field_behind_the_file_is_refused(store: Caller) -> None:
    given = policy(store)
    late = form(given)
    parts = [(name, (None, value)) for name, value in late.items() if name != "success_action_status"]
    files = [*parts, ("file", ("x", b"abc")), ("success_action_status", (None, "200"))]
    assert code_of(store.plain.post(given["upload_host"], files=files)) == (403, "AccessDenied")
    assert send(store, given, late).status_code == 200


def test_a_key_has_no_place_in_an_upload(store: Caller) -> None:
    given = policy(store)
    answer = store.http.post(given["upload_host"], data=form(given), files={"file": b"abc"})
    assert code_of(answer) == (403, "AccessDenied")


def test_a_file_larger_than_the_policy_allows_is_refused(store: Caller) -> None:
    given = policy(store)
    assert code_of(send(store, given, form(given), b"x" * ((1 << 20) + 1))) == (400, "EntityTooLarge")
    assert send(store, given, form(given), b"x" * (1 << 20)).status_code == 200


def test_a_form_without_a_file_or_no_form_at_all_is_refused(store: Caller) -> None:
    given = policy(store)
    without = store.plain.post(given["upload_host"], files={k: (None, v) for k, v in form(given).items()})
    assert code_of(without) == (400, "InvalidArgument")
    assert code_of(store.plain.post(given["upload_host"], content=b"abc")) == (400, "MalformedPOSTRequest")
    assert code_of(store.plain.post(given["upload_host"], content=iter([b"abc"]))) == (411, "MissingContentLength")


def test_without_being_asked_for_200_the_store_answers_204(store: Caller) -> None:
    given = policy(store)
    assert send(store, given, {**form(given), "success_action_status": ""}).status_code == 204


def fate(caller: Caller, url: str, model: str = "fun-asr") -> str:
    body = {"model": model, "input": {"file_urls": [url]}, "parameters": {}}
    accepted = caller.post_submission(body, X_DashScope_OssResourceResolve="enable").json()
    result: dict[str, str] = caller.ended(accepted["output"]["task_id"])["output"]["results"][0]
    return result.get("code", "OK")


def test_an_upload_is_for_its_model_its_two_days_and_a_plain_name(store: Caller, clock: FakeClock, audio: Path) -> None:
    given, content = policy(store), (audio / "talk.flac").read_bytes()
    for name in ("a.flac", "b c.flac", "声音.flac"):
        send(store, given, form(given, name), content)
    url = f"oss://{given['upload_dir']}"
    failed = "InvalidFile.DownloadFailed"
    assert fate(store, f"{url}/a.flac") == "OK"
    assert fate(store, f"{url}/a.flac", "paraformer-v2") == failed
    assert fate(store, f"{url}/b c.flac") == fate(store, f"{url}/声音.flac") == fate(store, f"{url}/no.flac") == failed
    clock.move(48 * 3600)
    assert fate(store, f"{url}/a.flac") == failed


class Trickle(io.BytesIO):
    """Gives its bytes in pieces of a chosen size, as a socket may."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._size)


def encoded(fields: dict[str, str], content: bytes) -> tuple[bytes, bytes]:
    request = httpx.Request("POST", "http://x", data=fields, files={"file": ("n", content)})
    return boundary_of(request.headers["content-type"]), request.read()


@given(
    st.dictionaries(st.text("abcK-", min_size=1, max_size=8), st.text(max_size=20), max_size=4),
    st.binary(max_size=400),
    st.integers(1, 80),
)
@example({"key": "a"}, b"\r\n--\r\n----\r\n\r\n", 1)
def test_a_form_is_read_back_whatever_is_in_it_and_however_it_arrives(
    fields: dict[str, str], content: bytes, size: int
) -> None:
    boundary, body = encoded(fields, content)
    sink = io.BytesIO()
    seen: list[dict[str, str]] = []

    def open_file(before: Any) -> io.BytesIO:
        seen.append(dict(before))
        return sink

    read = read_form(Trickle(body, size), boundary, open_file, at_most_bytes=400)
    assert (dict(read.fields), sink.getvalue(), read.file_size) == (fields, content, len(content))
    assert seen == [fields]
    assert not read.fields_after_file


@given(st.binary(max_size=60), st.data())
def test_a_form_that_ends_early_is_noticed(content: bytes, data: st.DataObject) -> None:
    boundary, body = encoded({"key": "a"}, content)
    cut = body[: data.draw(st.integers(0, len(body) - len(b"--\r\n") - 1))]
    with pytest.raises(BadForm):
        read_form(io.BytesIO(cut), boundary, lambda _: io.BytesIO(), at_most_bytes=400)


@given(st.integers(1, 300), st.integers(1, 50))
def test_a_file_is_bounded_however_it_arrives(over: int, size: int) -> None:
    boundary, body = encoded({}, b"x" * (100 + over))
    with pytest.raises(FileTooLarge):
        read_form(Trickle(body, size), boundary, lambda _: io.BytesIO(), at_most_bytes=100)


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data", "multipart/mixed; boundary=x"])
def test_what_is_no_form_has_no_boundary(kind: str) -> None:
    with pytest.raises(BadForm):
        boundary_of(kind)
