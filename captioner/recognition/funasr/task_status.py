"""Reads the status of a task, file by file. Pure.

Two rules. The task's own status decides nothing about a file: `SUCCEEDED` means that at least one file did, and a
single failed file gives either status. And results are matched by `file_url`, never by position: the service returns
them in any order.

Source: Model Studio, "Fun-ASR recorded speech recognition HTTP API" and "Asynchronous task management API", 2026, with
published replies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote

from captioner.errors import AsrRejected, ReplyError
from captioner.model import SignedUrl
from captioner.recognition.funasr.errors import NO_SPEECH, file_error, file_retry
from captioner.recognition.funasr.redaction import sanitize_line

__all__ = [
    "NO_SPEECH",
    "FileResult",
    "TaskEntry",
    "TaskReport",
    "match_results",
    "no_speech_code",
    "task_entries",
    "task_report",
]

BEIJING = timezone(timedelta(hours=8))
"""The service prints times in Beijing time without a zone: read so, a link's `Expires` is `end_time` + 86,400 s."""

RESULT_LIFETIME_S = 86400
"""Lifetime of a result link after the end of the task. Source: as above."""

_FINISHED = frozenset({"SUCCEEDED", "FAILED", "CANCELED", "UNKNOWN"})


@dataclass(frozen=True, slots=True)
class FileResult:
    """Result of one file of a task.

    Attributes:
        file_url: The URL as the service echoed it; may be signed.
        status: "SUCCEEDED" or "FAILED" when decided.
        transcription_url: Link to the reply, on success.
        code: The service's code on failure, or "".
        message: The service's message on one line, without signatures.
    """

    file_url: SignedUrl
    status: str
    transcription_url: SignedUrl | None = None
    code: str = ""
    message: str = ""

    @property
    def is_no_speech(self) -> bool:
        """Whether the file failed only because there is no speech in it: an empty transcript, not a fault."""
        return self.transcription_url is None and self.code in NO_SPEECH

    @property
    def retry(self) -> str:
        """Whether to submit a failed file again: "once" or "never"."""
        return file_retry(self.code)

    def error(self, task_id: str) -> AsrRejected:
        """The failure as an error with a message for users."""
        return file_error(self.code, self.message, task_id)


@dataclass(frozen=True, slots=True)
class TaskReport:
    """The state of a task.

    Attributes:
        task_id: The service's id of the task.
        status: Status as sent by the service, in capitals: PENDING, RUNNING, SUCCEEDED, FAILED, CANCELED, UNKNOWN …
        results: One per file, in the service's order; empty before the task ends.
        code: Code of a task that failed as a whole, or "".
        message: The service's message on one line.
        submitted_at: Unix seconds, or None.
        ended_at: Unix seconds, or None.
        billed_s: Seconds of speech billed, or None when the body has no such field.
    """

    task_id: str
    status: str
    results: tuple[FileResult, ...] = ()
    code: str = ""
    message: str = ""
    submitted_at: float | None = None
    ended_at: float | None = None
    billed_s: int | None = None

    @property
    def is_finished(self) -> bool:
        """Whether the task has ended, so that another query would give nothing new."""
        return self.status in _FINISHED

    @property
    def is_unknown(self) -> bool:
        """Whether the service does not know the task: expired, never created, or created with another account's key."""
        return self.status == "UNKNOWN"

    def results_for(self, urls: Sequence[SignedUrl]) -> tuple[FileResult, ...]:
        """The result of each submitted URL, in their order; a file without a result shares the task's failure."""
        found = match_results(self.results, urls)
        message = self.message or ("" if self.code else f"no result for this file in a task that is {self.status}")
        return tuple(
            result or FileResult(url, "FAILED", None, self.code, message)
            for result, url in zip(found, urls, strict=True)
        )


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """One line of the task list; it has no result links and no file names.

    Attributes:
        task_id: The service's id of the task.
        status: As in `TaskReport`.
        model: Model name, or "" when the list does not give it.
        created_ms: Unix milliseconds, or None.
    """

    task_id: str
    status: str
    model: str = ""
    created_ms: int | None = None

    @property
    def is_finished(self) -> bool:
        """Whether it has ended, successfully or not."""
        return self.status in _FINISHED


def task_report(body: Mapping[str, Any]) -> TaskReport:
    """Read the answer to a query.

    Also reads the answers of sibling models: the file's fields directly in `output`, or a single `result` object.

    Raises:
        ReplyError: There is no task in it.
    """
    output = body.get("output")
    if not isinstance(output, Mapping) or not _text(output.get("task_status")):
        raise ReplyError("the answer says nothing about a task")
    ended_at = _beijing_to_unix(output.get("end_time"))
    return TaskReport(
        task_id=_short_text(output.get("task_id")),
        status=_short_text(output.get("task_status")).upper(),
        results=tuple(_file_result(item, ended_at) for item in _result_items(output)),
        code=_short_text(output.get("code")),
        message=sanitize_line(_text(output.get("message"))),
        submitted_at=_beijing_to_unix(output.get("submit_time")),
        ended_at=ended_at,
        billed_s=_billed_s(body.get("usage")),
    )


def task_entries(body: Mapping[str, Any]) -> tuple[tuple[TaskEntry, ...], int]:
    """Read one page of the task list: its lines, and how many pages there are (at least 1).

    The documentation calls the list `data`, the official SDK 2.0.2 reads `tasks`; it may also be inside `output`.

    Raises:
        ReplyError: There is no list in it.
    """
    output = body.get("output")
    for holder in (body, output if isinstance(output, Mapping) else {}):
        for key in ("data", "tasks"):
            if isinstance(holder.get(key), list):
                entries = tuple(
                    _entry(item) for item in holder[key] if isinstance(item, Mapping) and _text(item.get("task_id"))
                )
                pages = holder.get("total_page", body.get("total_page"))
                return entries, max(pages, 1) if isinstance(pages, int) else 1
    raise ReplyError("the answer holds no list of tasks")


def no_speech_code(body: Mapping[str, Any]) -> str:
    """The no-speech code of a task without speech in any file, otherwise ""."""
    try:
        report = task_report(body)
    except ReplyError:
        return ""
    if not report.results:
        return report.code if report.code in NO_SPEECH else ""
    return report.results[0].code if all(result.is_no_speech for result in report.results) else ""


def match_results(results: Sequence[FileResult], urls: Sequence[SignedUrl]) -> tuple[FileResult | None, ...]:
    """The result of each URL, None where there is none.

    Matched by the whole URL; the rest by path without query; then, because the echo of `oss://` URLs is not
    documented, by the last part of the path; each only where it is unambiguous. A single file has the single result.
    """
    found: dict[int, FileResult] = {}
    for key in (_whole, _path, _last_part):
        left = [result for result in results if all(result is not taken for taken in found.values())]
        by_key = {key(r.file_url.url): r for r in left}
        unique = Counter(key(r.file_url.url) for r in left)
        wanted = Counter(key(url.url) for index, url in enumerate(urls) if index not in found)
        for index, url in enumerate(urls):
            name = key(url.url)
            if index not in found and name and unique[name] == 1 and wanted[name] == 1:
                found[index] = by_key[name]
    if not found and len(results) == len(urls) == 1:
        return (results[0],)
    return tuple(found.get(index) for index in range(len(urls)))


def _whole(url: str) -> str:
    return url


def _path(url: str) -> str:
    """Scheme, host and path, percent-decoded."""
    return unquote(SignedUrl(url).public)


def _last_part(url: str) -> str:
    return _path(url).rstrip("/").rpartition("/")[2]


def _result_items(output: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The objects that describe files, in any of the places where bodies have them."""
    results = output.get("results", output.get("result"))
    if isinstance(results, Mapping):
        return [{**output, **results}]
    if isinstance(results, list):
        return [item for item in results if isinstance(item, Mapping)]
    direct = _text(output.get("transcription_url")) or _text(output.get("subtask_status"))
    return [output] if direct else []


def _file_result(item: Mapping[str, Any], ended_at: float | None) -> FileResult:
    link = _text(item.get("transcription_url"))
    status = _short_text(item.get("subtask_status")).upper() or ("SUCCEEDED" if link else "FAILED")
    succeeded = bool(link) and status == "SUCCEEDED"
    expires_at = None if ended_at is None else ended_at + RESULT_LIFETIME_S
    return FileResult(
        file_url=SignedUrl(_text(item.get("file_url"))),
        status=status,
        transcription_url=SignedUrl(link, expires_at) if succeeded else None,
        code=_short_text(item.get("code")),
        message=sanitize_line(_text(item.get("message"))),
    )


def _entry(item: Mapping[str, Any]) -> TaskEntry:
    created = item.get("gmt_create", item.get("start_time"))
    unique_key = _text(item.get("user_api_unique_key"))
    return TaskEntry(
        task_id=_text(item.get("task_id")),
        status=_short_text(item.get("status") or item.get("task_status")).upper(),
        model=_short_text(item.get("model_name")) or unique_key.rpartition(":")[2],
        created_ms=created if isinstance(created, int) and not isinstance(created, bool) else None,
    )


def _billed_s(usage: object) -> int | None:
    duration = usage.get("duration") if isinstance(usage, Mapping) else None
    is_count = isinstance(duration, int) and not isinstance(duration, bool) and 0 <= duration < 10**9
    return duration if is_count else None


def _beijing_to_unix(text: object) -> float | None:
    """`YYYY-MM-DD HH:mm:ss.SSS` in Beijing time as Unix seconds; None for any other text."""
    try:
        return datetime.fromisoformat(_text(text)).replace(tzinfo=BEIJING).timestamp()
    except (ValueError, OverflowError):
        return None


def _short_text(value: object) -> str:
    """A short value of the service: on one line, with at most 128 characters."""
    return sanitize_line(_text(value), limit=128)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
