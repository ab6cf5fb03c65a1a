"""Submit, wait, fetch: the exchanges of `client` with a clock and a sleep passed in.

One rule: at most one submission more than asked for, and that only after the first was looked for and not found.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from captioner.errors import AsrUnavailable, CaptionerError, ResultExpired, SubmissionInDoubt
from captioner.model import SignedUrl
from captioner.recognition.funasr.lost_submission import CLOCK_SLACK_MS, Verdict, candidates, confirm
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.recognition.funasr.task_status import FileResult, TaskEntry, TaskReport

__all__ = ["DEADLINE_S", "Exchanges", "FileAnswer", "TaskAnswer", "poll_delay_s", "transcribe"]

DEADLINE_S = 4 * 3600.0
"""The service gives up by itself after about three hours. Source: Model Studio, "Error messages", 2026."""

_FIRST_DELAY_S, _FACTOR, _LONGEST_DELAY_S, _JITTER = 1.0, 1.6, 10.0, 0.2
"""Short clips are done in five seconds, long files in minutes, and the account's query quota is shared."""

_PATIENCE = 8
"""Failures in a row after which a submission or a download is given up: a minute of trying."""

_LOOKS = 5
"""Looks into the task list before a lost submission counts as never made: about half a minute."""


_T = TypeVar("_T")


class Exchanges(Protocol):
    """What is needed of `AsrClient`."""

    def submit(self, urls: Sequence[SignedUrl], options: RecognitionOptions) -> str: ...
    def query(self, task_id: str) -> TaskReport: ...
    def tasks(
        self, model: str = "", since_s: float | None = None, until_s: float | None = None
    ) -> tuple[TaskEntry, ...]: ...
    def fetch(self, url: SignedUrl) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What came of one file: a reply, silence, or an error.

    Attributes:
        url: The file as submitted.
        raw: The reply as received, b"" without one.
        no_speech: The service's code when nobody speaks, else "".
        error: Why there is no reply, or None.
        retry: Whether an error is worth another task: "once" or "never".
    """

    url: SignedUrl
    raw: bytes = field(default=b"", repr=False)
    no_speech: str = ""
    error: CaptionerError | None = None
    retry: str = "never"


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """What came of a task.

    Attributes:
        task_id: The service's name for it.
        files: One per URL, in the order submitted.
        billed_s: Seconds of speech billed for the whole task, or None.
    """

    task_id: str
    files: tuple[FileAnswer, ...]
    billed_s: int | None = None


def poll_delay_s(attempt: int, rng: random.Random, retry_after_s: float | None = None) -> float:
    """How long to wait before asking again.

    Args:
        attempt: 0 for the first wait.
        rng: Spreads the waits by 20 % either way, so that many clients do not ask at once.
        retry_after_s: What the service asked for, which wins; it is then only made longer.
    """
    if retry_after_s is not None:
        return retry_after_s * (1 + _JITTER * rng.random())
    # Capped before it is raised to a power: attempt can be in the thousands.
    delay_s = min(_FIRST_DELAY_S * _FACTOR ** min(attempt, 20), _LONGEST_DELAY_S)
    return delay_s * (1 + _JITTER * (2 * rng.random() - 1))


def transcribe(
    client: Exchanges,
    urls: Sequence[SignedUrl],
    options: RecognitionOptions,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    deadline_s: float = DEADLINE_S,
    progress: Callable[[str, float], None] | None = None,
    rng: random.Random | None = None,
) -> TaskAnswer:
    """Have files recognised and wait for the replies.

    Args:
        client: The exchanges.
        urls: 1 to 100 files that the service can read.
        options: Checked by the caller.
        clock: Unix seconds.
        sleep: Waits for so many seconds.
        deadline_s: When to stop waiting, counted from now.
        progress: Told the task's status and the seconds since the start, at every poll.
        rng: Source of jitter.

    Raises:
        SubmissionInDoubt: Twice no answer came and no task was found.
        ResultExpired: The service does not know the task it made.
        AsrUnavailable: The service cannot be reached, or the deadline has passed; the message has the task id.
        CaptionerError: The service refused the task as a whole.
    """
    watch = _Watch(clock, sleep, deadline_s, progress or _silent, rng or random.Random())
    task_id = _submitted(client, urls, options, watch)
    report = _ended(client, task_id, watch)
    files = tuple(
        _answer(client, report, urls, index, result, watch) for index, result in enumerate(report.results_for(urls))
    )
    return TaskAnswer(task_id, files, report.billed_s)


def _silent(status: str, elapsed_s: float) -> None:
    """Progress nobody asked for."""


class _Watch:
    """The clock of one wait: it pauses, reports, and ends at the deadline."""

    def __init__(
        self,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        deadline_s: float,
        progress: Callable[[str, float], None],
        rng: random.Random,
    ) -> None:
        self.clock = clock
        self._sleep = sleep
        self._started_at = clock()
        self._deadline_s = deadline_s
        self._progress = progress
        self._rng = rng

    def tell(self, status: str) -> None:
        self._progress(status, self.clock() - self._started_at)

    def pause(self, attempt: int, what: str, error: AsrUnavailable | None = None) -> None:
        """Wait before another attempt.

        Raises:
            AsrUnavailable: The deadline would pass; the last error, when there was one, is its cause.
        """
        delay_s = poll_delay_s(attempt, self._rng, error.retry_after_s if error else None)
        elapsed_s = self.clock() - self._started_at
        if elapsed_s + delay_s > self._deadline_s:
            told = f"; the last answer was: {error}" if error else ""
            raise AsrUnavailable(f"{what}: not done after {elapsed_s:.0f} s, waiting ends{told}") from error
        self._sleep(delay_s)


def _submitted(client: Exchanges, urls: Sequence[SignedUrl], options: RecognitionOptions, watch: _Watch) -> str:
    """The id of the task: from the answer, or found again when the answer was lost; once more when it was not found."""
    task_id = _sent_or_found(client, urls, options, watch) or _sent_or_found(client, urls, options, watch)
    if not task_id:
        raise SubmissionInDoubt("submit: twice no answer came, and the service lists no such task; see its console")
    return task_id


def _sent_or_found(client: Exchanges, urls: Sequence[SignedUrl], options: RecognitionOptions, watch: _Watch) -> str:
    """The id of the task of one submission; "" when the answer was lost and there is no such task.

    Raises:
        SubmissionInDoubt: The answer was lost and the service does not let us look.
    """
    since_s = watch.clock()
    try:
        return _patiently(lambda: client.submit(urls, options), "submit", watch)
    except SubmissionInDoubt as lost:
        try:
            return _found(client, urls, options, since_s, watch)
        except AsrUnavailable as error:
            raise SubmissionInDoubt(f"{lost}; the look-up failed: {error}", lost.code) from error


def _found(
    client: Exchanges, urls: Sequence[SignedUrl], options: RecognitionOptions, since_s: float, watch: _Watch
) -> str:
    """The id of the task a lost submission made, "" when there is none after a few looks.

    A candidate that is still running may be it, so it is waited for.
    """
    others: set[str] = set()
    looks = attempt = 0
    while looks < _LOOKS:
        watch.tell("LOOKING")
        watch.pause(attempt, "looking for a lost submission")
        attempt += 1
        entries = _patiently(lambda: client.tasks("", since_s - CLOCK_SLACK_MS / 1000), "list", watch)
        undecided = False
        for entry in candidates(entries, options.model, int(since_s * 1000), others):
            report = _patiently(lambda entry=entry: client.query(entry.task_id), "query", watch)  # type: ignore[misc]
            verdict = confirm(report, urls)
            if verdict is Verdict.OURS:
                return entry.task_id
            if verdict is Verdict.NOT_OURS:
                others.add(entry.task_id)
            undecided |= verdict is Verdict.UNKNOWN_YET
        looks += not undecided
    return ""


def _ended(client: Exchanges, task_id: str, watch: _Watch) -> TaskReport:
    """The report of the task once it has ended.

    Raises:
        ResultExpired: The service does not know the task.
        AsrUnavailable: The deadline has passed.
    """
    attempt = 0
    while True:
        error: AsrUnavailable | None = None
        try:
            report = client.query(task_id)
        except AsrUnavailable as unavailable:
            error = unavailable
            watch.tell("UNREACHABLE")
        else:
            watch.tell(report.status)
            if report.is_unknown:
                raise ResultExpired(f"the service does not know task {task_id}: expired, or made with another key")
            if report.is_finished:
                return report
        watch.pause(attempt, f"task {task_id}", error)
        attempt += 1


def _answer(
    client: Exchanges, report: TaskReport, urls: Sequence[SignedUrl], index: int, result: FileResult, watch: _Watch
) -> FileAnswer:
    """What came of one file of an ended task."""
    url = urls[index]
    if result.is_no_speech:
        return FileAnswer(url, no_speech=result.code)
    if result.transcription_url is None:
        return FileAnswer(url, error=result.error(report.task_id), retry=result.retry)
    try:
        return FileAnswer(url, _fetched(client, report.task_id, urls, index, result.transcription_url, watch))
    except CaptionerError as error:
        return FileAnswer(url, error=error)


def _fetched(
    client: Exchanges, task_id: str, urls: Sequence[SignedUrl], index: int, link: SignedUrl, watch: _Watch
) -> bytes:
    """The reply; when the link is refused, by a fresh link from the task, once."""
    try:
        return _patiently(lambda: client.fetch(link), "fetch", watch)
    except ResultExpired:
        fresh = _patiently(lambda: client.query(task_id), "query", watch).results_for(urls)[index].transcription_url
        if fresh is None:
            raise
        return _patiently(lambda: client.fetch(fresh), "fetch", watch)


def _patiently(call: Callable[[], _T], what: str, watch: _Watch) -> _T:
    """The call's result, tried again while the service is merely unavailable, up to `_PATIENCE` times."""
    for attempt in range(_PATIENCE - 1):
        try:
            return call()
        except AsrUnavailable as error:
            watch.pause(attempt, what, error)
    return call()
