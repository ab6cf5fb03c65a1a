from __future__ import annotations

import pytest

from captioner.model import SignedUrl
from captioner.recognition.funasr.lost_submission import CLOCK_SLACK_MS, Verdict, candidates, confirm
from captioner.recognition.funasr.task_status import TaskEntry, task_report
from tests.recognition.doubles import sample

SINCE = 1_742_781_600_000


def entry(
    task_id: str = "t", model: str = "fun-asr", status: str = "RUNNING", created: int | None = SINCE
) -> TaskEntry:
    return TaskEntry(task_id, status, model, created)


@pytest.mark.parametrize(
    ("listed", "asked", "possible"),
    [
        ("fun-asr", "fun-asr", True),
        ("fun-asr-2025-11-07", "fun-asr", True),
        ("fun-asr", "fun-asr-2025-11-07", True),
        ("", "fun-asr", True),
        ("fun-asr-mtl", "fun-asr", False),
        ("fun-asr", "fun-asr-mtl", False),
        ("paraformer-v2", "fun-asr", False),
    ],
)
def test_only_tasks_of_the_model_are_candidates(listed: str, asked: str, possible: bool) -> None:
    assert bool(candidates([entry(model=listed)], asked, SINCE)) is possible


@pytest.mark.parametrize(
    ("created", "possible"),
    [
        (SINCE, True),
        (SINCE + 60_000, True),
        (SINCE - CLOCK_SLACK_MS, True),
        (SINCE - CLOCK_SLACK_MS - 1, False),
        (None, True),
    ],
)
def test_tasks_from_before_the_submission_are_not_candidates(created: int | None, possible: bool) -> None:
    assert bool(candidates([entry(created=created)], "fun-asr", SINCE)) is possible


def test_claimed_and_dead_tasks_are_left_out_and_the_nearest_comes_first() -> None:
    entries = [
        entry("far", created=SINCE + 9000),
        entry("mine already"),
        entry("canceled", status="CANCELED"),
        entry("near", status="SUCCEEDED", created=SINCE + 100),
        entry("failed", status="FAILED", created=SINCE + 5000),
    ]
    found = candidates(entries, "fun-asr", SINCE, {"mine already"})
    assert [e.task_id for e in found] == ["near", "failed", "far"]


BOTH = [SignedUrl(url) for url in sample("submit-request")["input"]["file_urls"]]


@pytest.mark.parametrize(
    ("name", "urls", "verdict"),
    [
        ("query-succeeded", BOTH, Verdict.OURS),
        ("query-succeeded", BOTH[::-1], Verdict.OURS),
        ("query-succeeded", BOTH[:1], Verdict.NOT_OURS),
        ("query-succeeded", [*BOTH, SignedUrl("https://e.com/third")], Verdict.NOT_OURS),
        ("query-failed", [SignedUrl("https://example.com/audio/missing.wav?X-Amz-Signature=s")], Verdict.OURS),
        ("query-failed", [SignedUrl("https://example.com/other/missing.wav")], Verdict.NOT_OURS),
        ("query-pending", BOTH, Verdict.UNKNOWN_YET),
        ("query-running", BOTH, Verdict.UNKNOWN_YET),
        ("query-unknown", BOTH, Verdict.NOT_KNOWN),
        ("query-canceled", BOTH, Verdict.NOT_OURS),
    ],
)
def test_a_task_is_ours_when_it_recognised_exactly_our_files(
    name: str, urls: list[SignedUrl], verdict: Verdict
) -> None:
    assert confirm(task_report(sample(name)), urls) is verdict


def test_an_oss_url_is_known_by_its_unique_name() -> None:
    body = sample("query-failed")
    body["output"]["results"][0]["file_url"] = "https://mgr.oss-cn-beijing.aliyuncs.com/dir/11-22.flac?Signature=s"
    report = task_report(body)
    assert confirm(report, [SignedUrl("oss://dashscope-instant/dir/11-22.flac")]) is Verdict.OURS
    assert confirm(report, [SignedUrl("oss://dashscope-instant/dir/1-22.flac")]) is Verdict.NOT_OURS


def test_the_published_two_file_run_is_found_again_by_its_files() -> None:
    urls = [SignedUrl(url) for url in sample("submit-request")["input"]["file_urls"]]
    assert confirm(task_report(sample("query-succeeded")), urls) is Verdict.OURS
