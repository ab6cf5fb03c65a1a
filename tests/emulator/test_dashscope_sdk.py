"""The official SDK, unmodified, takes the emulator for the service: the proof that the contract is kept.

Only its key and its base URL are set. It comes in two generations that share nothing but the contract, so both are
asked.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from captioner.emulator import Emulator, Faults, TaskTiming
from tests.emulator.conftest import QUICK
from tests.emulator.doubles import Caller, WebServer, calling

# The SDK and what it stands on warn about themselves while they are imported; nothing of that is ours.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import dashscope
    from dashscope.audio.asr import Transcription, VocabularyService
    from dashscope.audio.asr.vocabulary import VocabularyServiceException
    from dashscope.utils.oss_utils import OssUtils
    from dashscope.v2 import Client, DashScopeError

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore:dashscope 2.0 audio API is a preview:FutureWarning"),
]

KEY = "sk-of-the-sdk"
HOTWORDS = [{"text": "Harbour Institute", "weight": 4, "lang": "en"}]


@pytest.fixture
def service(transcripts: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    """An emulator that wants the SDK's key, and the SDK pointed at it; the caller only watches."""
    with calling(Emulator(transcripts=transcripts, timing=QUICK, key=KEY), key=KEY) as caller:
        point_sdk_at(caller.emulator, monkeypatch)
        yield caller


@pytest.fixture
def client(service: Caller) -> Iterator[Any]:
    """The second generation's client, on the same emulator."""
    with Client(api_key=KEY, base_url=service.emulator.url) as made:
        yield made


def point_sdk_at(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashscope, "api_key", KEY)
    monkeypatch.setattr(dashscope, "base_http_api_url", emulator.url)


def read(service: Caller, result: Any) -> Any:
    """The transcript behind a result, fetched as anybody would."""
    answer = service.plain.get(result["transcription_url"])
    assert answer.status_code == 200
    return answer.json()


def test_it_submits_waits_and_reads_results(service: Caller, web: WebServer) -> None:
    urls = [f"{web.url}/talk.flac", f"{web.url}/call.wav"]
    submitted = Transcription.async_call(
        model="fun-asr", file_urls=urls, language_hints=["en"], diarization_enabled=True, channel_id=[0]
    )
    assert submitted.status_code == HTTPStatus.OK
    assert submitted.output.task_status == "PENDING"
    done = Transcription.wait(task=submitted.output.task_id)
    assert done.status_code == HTTPStatus.OK
    assert done.output.task_status == "SUCCEEDED"
    assert [result["file_url"] for result in done.output.results] == urls
    talk, call = (read(service, result)["transcripts"] for result in done.output.results)
    assert talk[0]["text"] == "Hello world, um again. Yes? "
    assert [sentence["speaker_id"] for sentence in talk[0]["sentences"]] == [0, 1]
    assert call[0]["text"] == "Hello world, um again. "
    assert done.usage["duration"] == service.emulator.billed_s == 4
    sent = service.emulator.requests[0]
    assert sent.body["parameters"] == {"language_hints": ["en"], "diarization_enabled": True, "channel_id": [0]}
    assert sent.headers["x-dashscope-async"] == "enable"


def test_its_blocking_call_ends_with_the_task(service: Caller, web: WebServer) -> None:
    done = Transcription.call(
        model="paraformer-v2", file_urls=[f"{web.url}/talk.ogg"], timestamp_alignment_enabled=True
    )
    assert done.output.task_status == "SUCCEEDED"
    words = read(service, done.output.results[0])["transcripts"][0]["sentences"][0]["words"]
    assert [word["text"] + word["punctuation"] for word in words] == ["Hello ", "world, ", "um ", "again. "]


def test_it_sees_which_file_failed_and_why(service: Caller, web: WebServer) -> None:
    submitted = Transcription.async_call(
        model="fun-asr", file_urls=[f"{web.url}/talk.flac", f"{web.url}/gone.wav", f"{web.url}/silence.flac"]
    )
    service.ended(submitted.output.task_id)
    done = Transcription.fetch(submitted)
    assert [result["subtask_status"] for result in done.output.results] == ["SUCCEEDED", "FAILED", "FAILED"]
    assert [result.get("code") for result in done.output.results] == [
        None,
        "FILE_404_NOT_FOUND",
        "SUCCESS_WITH_NO_VALID_FRAGMENT",
    ]
    assert done.output.task_metrics == {"TOTAL": 3, "SUCCEEDED": 1, "FAILED": 2}


def test_it_takes_a_task_nobody_knows_for_ended(service: Caller) -> None:
    assert Transcription.wait(task="no-such-task").output.task_status == "UNKNOWN"


def test_it_lists_and_cancels_tasks(transcripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Emulator(transcripts=transcripts, timing=TaskTiming(pending_s=3600))
    with calling(slow) as caller:
        point_sdk_at(caller.emulator, monkeypatch)
        tasks = [Transcription.async_call(model="fun-asr", file_urls=["http://127.0.0.1:9/a.wav"]) for _ in range(2)]
        assert Transcription.cancel(tasks[0]).status_code == HTTPStatus.OK
        again = Transcription.cancel(tasks[0])
        assert (again.status_code, again.code) == (HTTPStatus.BAD_REQUEST, "UnsupportedOperation")
        listed = Transcription.list(model_name="fun-asr", status="PENDING")
        assert listed.output["total"] == 1
        assert [task["task_id"] for task in listed.output["data"]] == [tasks[1].output.task_id]


def test_it_reports_a_wrong_key_and_a_wrong_model(service: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong_model = Transcription.async_call(model="gpt", file_urls=["http://127.0.0.1:9/a.wav"])
    assert (wrong_model.status_code, wrong_model.code) == (HTTPStatus.NOT_FOUND, "ModelNotFound")
    monkeypatch.setattr(dashscope, "api_key", "sk-wrong")
    wrong_key = Transcription.async_call(model="fun-asr", file_urls=["http://127.0.0.1:9/a.wav"])
    assert (wrong_key.status_code, wrong_key.code) == (HTTPStatus.UNAUTHORIZED, "InvalidApiKey")


def test_it_uploads_to_the_temporary_store_and_transcribes_from_there(service: Caller, audio: Path) -> None:
    url, certificate = OssUtils.upload(model="fun-asr", file_path=str(audio / "talk.flac"), api_key=KEY)
    assert url == f"oss://{certificate['upload_dir']}/talk.flac"
    submitted = Transcription.async_call(
        model="fun-asr", file_urls=[url], headers={"X-DashScope-OssResourceResolve": "enable"}
    )
    assert submitted.status_code == HTTPStatus.OK
    done = service.ended(submitted.output.task_id)
    assert read(service, done["output"]["results"][0])["transcripts"][0]["text"].startswith("Hello world")


def test_an_oss_url_without_the_header_is_refused(service: Caller) -> None:
    refused = Transcription.async_call(model="fun-asr", file_urls=["oss://dashscope-instant/a/b.wav"])
    assert (refused.status_code, refused.code) == (HTTPStatus.BAD_REQUEST, "InvalidParameter.DataInspection")


def test_it_manages_vocabularies(service: Caller) -> None:
    lists = VocabularyService()
    name = lists.create_vocabulary(target_model="fun-asr", prefix="news", vocabulary=HOTWORDS)
    assert [item["vocabulary_id"] for item in lists.list_vocabularies(prefix="news")] == [name]
    found: Any = lists.query_vocabulary(name)
    assert (found["target_model"], found["vocabulary"], found["status"]) == ("fun-asr", HOTWORDS, "OK")
    lists.update_vocabulary(name, [{"text": "ferry", "weight": 3}])
    assert lists.query_vocabulary(name)["vocabulary"] == [{"text": "ferry", "weight": 3}]  # type: ignore[call-overload]
    lists.delete_vocabulary(name)
    with pytest.raises(VocabularyServiceException, match="InvalidParameter"):
        lists.query_vocabulary(name)


def test_its_second_generation_submits_waits_and_reads_results(client: Any, service: Caller, web: WebServer) -> None:
    job = client.audio.asr.jobs.create(model="fun-asr", file_urls=[f"{web.url}/talk.flac"])
    assert job.status == "PENDING"
    service.ended(job.task_id)
    done = client.audio.asr.jobs.wait(job)
    assert done.succeeded
    assert read(service, {"transcription_url": done.results[0].transcription_url})["transcripts"]
    assert done.usage.duration == 2


def test_its_second_generation_raises_for_a_failed_task(client: Any, service: Caller, web: WebServer) -> None:
    job = client.audio.asr.jobs.create(model="fun-asr", file_urls=[f"{web.url}/silence.flac"])
    service.ended(job.task_id)
    with pytest.raises(DashScopeError, match="SUCCESS_WITH_NO_VALID_FRAGMENT"):
        client.audio.asr.jobs.wait(job)


def test_its_second_generation_retries_what_the_emulator_throttles(transcripts: Path, web: WebServer) -> None:
    faults = Faults(throttle=1, retry_after=0, at="submit")
    with (
        calling(Emulator(transcripts=transcripts, timing=QUICK, faults=faults)) as caller,
        Client(api_key=KEY, base_url=caller.emulator.url) as client,
    ):
        client.audio.asr.jobs.create(model="fun-asr", file_urls=[f"{web.url}/talk.flac"])
        assert caller.emulator.submissions == 1
        assert [asked.status for asked in caller.emulator.requests] == [429, 200]


def test_its_second_generation_manages_vocabularies(client: Any) -> None:
    made = client.audio.vocabularies.create(target_model="fun-asr", prefix="news", vocabulary=HOTWORDS)
    assert client.audio.vocabularies.get(made.vocabulary_id).vocabulary == HOTWORDS
    assert len(client.audio.vocabularies.list().vocabularies) == 1
