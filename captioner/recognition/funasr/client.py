"""The service's client: each method makes one request and waits only for the rate limiter.

Two rules. A submission is sent once: one that may have reached the service is in doubt, not repeatable. And the key is
sent to the service only, never to a result link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self
from urllib.parse import quote, urlsplit

import httpx

from captioner.clock import now
from captioner.errors import AsrRejected, AsrUnavailable, ConfigError, ReplyError, SubmissionInDoubt
from captioner.log_redaction import redact_queries
from captioner.model import SignedUrl
from captioner.network import Network
from captioner.recognition.funasr import catalogue
from captioner.recognition.funasr import rate_limiters as rate_limit
from captioner.recognition.funasr.download import Resolve, fetch_result, is_public_host, resolve_host
from captioner.recognition.funasr.http import ApiConnection
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.recognition.funasr.task_status import TaskEntry, TaskReport, task_entries, task_report
from captioner.settings import Secret, Settings
from captioner.version import __version__

__all__ = ["MAX_FILES", "AsrClient"]

MAX_FILES = 100
"""Files in one task. Source: Model Studio, "Audio file recognition - Fun-ASR/Paraformer", 2026-03-24."""

_SUBMIT = "/services/audio/asr/transcription"
_CUSTOMIZE = "/services/audio/asr/customization"
_MAX_PAGES = 1000
_TASKS_ON_A_PAGE = 100  # ten by default; no most is published, so a refusal falls back to the default
_LIST_WINDOW_S = 24 * 3600
"""The task list reaches back 24 h. Source: Model Studio, "Asynchronous task management API", 2026-03-15."""


_TASK_ID = re.compile(r"(?!\.+$)[\w.:-]{1,128}", re.ASCII)
"""Shape of a task id: it becomes part of a path, is printed, and is stored. All published ids are UUIDs."""


class AsrClient:
    """Requests to the service.

    Args:
        http: The connection pool; must not carry the key in its defaults.
        base_url: Start of the routes, including `/api/v1`.
        key: The key of the region that `base_url` belongs to.
        limiter: Shared by all users of the key.
        clock: Unix seconds.
        workspace: Workspace id for the header, or "".
        region: Region of the endpoint, which some rates depend on, or "".
        resolve: Looks up the hosts of result links; by default the system's resolver.

    Raises:
        ConfigError: No key, or one that cannot be put into a header.
    """

    def __init__(
        self,
        http: httpx.Client,
        base_url: str,
        key: Secret,
        *,
        limiter: rate_limit.RateLimits | None = None,
        clock: Callable[[], float] = now,
        workspace: str = "",
        region: str = "",
        resolve: Resolve | None = None,
    ) -> None:
        redact_queries("httpx")
        self._http = http
        self._resolve = resolve or resolve_host
        self._connection = ApiConnection(http, base_url.rstrip("/"), key, workspace=workspace, clock=clock)
        self._limiter = limiter or rate_limit.shared_limits(base_url.rstrip("/"), key)
        self._clock = clock
        self._region = region
        self._endpoint = urlsplit(base_url).hostname or ""
        self._private_allowed: bool | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The client for the configured endpoint and key; close it, or use it as a context manager.

        Raises:
            ConfigError: No key, an unusable endpoint, or a proxy or certificates that cannot be understood.
        """
        base_url = settings.base_url
        http = Network.from_environment(settings.ca_bundle).client(
            timeout=httpx.Timeout(60.0, connect=15.0),
            limits=httpx.Limits(max_connections=32),
            headers={"User-Agent": f"captioner/{__version__}"},
        )
        return cls(http, base_url, settings.api_key, workspace=settings.workspace, region=settings.region)

    @property
    def host(self) -> str:
        """Host of the service, for messages."""
        return self._connection.host

    def submit(self, urls: Sequence[SignedUrl], options: RecognitionOptions) -> str:
        """Request the recognition of 1 to 100 files in one task. Never sends a request twice.

        Args:
            urls: Files for the service to download; the same URL twice counts once.
            options: Options, checked by the caller.

        Returns:
            The task's id.

        Raises:
            SubmissionInDoubt: No clear answer; the task may exist. Look it up before submitting again.
            AsrUnavailable: Not sent, or clearly refused for now; safe to try later.
            AsrRejected: Refused for good, also for an unpaid account.
            CredentialsRefused: The key is not accepted.
            ConfigError: Wrong model, region, workspace, endpoint, or number of files.
        """
        addresses = list(dict.fromkeys(_check_url(url) for url in urls))
        model = catalogue.find_model(options.model)
        if not 1 <= len(addresses) <= model.files_per_task:
            raise ConfigError(
                f"{len(addresses)} files in a task: {model.name} takes 1 to {model.files_per_task}; "
                "change --files-per-task"
            )
        headers = {"X-DashScope-Async": "enable"}
        if any(address.startswith("oss://") for address in addresses):
            headers["X-DashScope-OssResourceResolve"] = "enable"
        body = {"model": options.model, "input": {"file_urls": addresses}, "parameters": options.parameters()}
        self._limiter.submit(model, self._region)
        answer = self._connection.call("submit", "POST", _SUBMIT, body=body, headers=headers, submitting=True)
        return _task_id(answer, self.host)

    def query(self, task_id: str) -> TaskReport:
        """The state of a task. An id unknown to the service gives a report with the status UNKNOWN, not an error.

        Raises:
            AsrUnavailable: No usable answer; try later.
            CaptionerError: As for `submit`.
        """
        self._limiter.query()
        answer = self._connection.call("query", "GET", f"/tasks/{_quote_id(task_id)}")
        try:
            return task_report(answer)
        except ReplyError as error:
            raise AsrUnavailable(f"query: {self.host} answered without a task in it; try again later") from error

    def tasks(
        self, model: str = "", since_s: float | None = None, until_s: float | None = None
    ) -> tuple[TaskEntry, ...]:
        """The tasks of the account in the last 24 hours: all pages, of a hundred tasks where the service gives so many.

        The times are compared here and not by the service: its list takes times without a zone, and a wrong guess would
        hide a task that was paid for. They are given by this machine's clock, even if that is wrong by days.

        Args:
            model: Only this model as the service lists it, or "" for all.
            since_s: Unix seconds; earlier tasks are left out.
            until_s: Unix seconds; later tasks are left out.

        Raises:
            AsrUnavailable: No usable answer; try later.
            CaptionerError: As for `submit`.
        """
        since_ms = int((self._clock() - _LIST_WINDOW_S if since_s is None else since_s) * 1000)
        first, query = self._first_task_page({"model_name": model} if model else {})
        found: dict[str, TaskEntry] = {}
        for page in range(1, _MAX_PAGES + 1):
            entries, pages = first if page == 1 else self._task_page(query, page)
            found |= {entry.task_id: entry for entry in entries}
            if page >= pages or not entries or _are_all_older(entries, since_ms):
                break
        return tuple(entry for entry in found.values() if _is_between(entry, since_ms, until_s))

    def page(self, number: int, size: int) -> tuple[tuple[TaskEntry, ...], int]:
        """One page of the account's tasks in the last 24 hours, and how many pages of that size there are.

        Args:
            number: From 1; the service lists the newest first.
            size: Tasks on a page.

        Raises:
            AsrUnavailable: No usable answer; try later.
            CaptionerError: As for `submit`.
        """
        return self._task_page({"page_size": str(size)}, number)

    def cancel(self, task_id: str) -> bool:
        """Cancel a task.

        Returns:
            False when it is no longer in the queue and so cannot be cancelled.

        Raises:
            CaptionerError: As for `query`.
        """
        self._limiter.query()
        try:
            self._connection.call("cancel", "POST", f"/tasks/{_quote_id(task_id)}/cancel")
        except AsrRejected as error:
            if error.code == "UnsupportedOperation":
                return False
            raise
        return True

    def fetch(self, url: SignedUrl) -> bytes:
        """The reply behind a result link, as received.

        Raises:
            ResultExpired: The link has expired; links and tasks live for 24 h.
            AsrUnavailable: Try later.
            AsrRejected: Refused for good, over 256 MB, or a link to a host that cannot hold results.
        """
        if self._private_allowed is None:
            self._private_allowed = not is_public_host(self._endpoint, self._resolve)
        return fetch_result(
            self._http, url, allow_private=self._private_allowed, now=self._clock(), resolve=self._resolve
        )

    def vocabulary_call(self, verb: str, **fields: Any) -> Mapping[str, Any]:
        """Make one call about hotword lists; returns the `output` of its answer. Use `hotwords.Vocabularies`.

        Raises:
            CaptionerError: As for `query`.
        """
        self._limiter.query()
        body = {"model": "speech-biasing", "input": fields}
        answer = self._connection.call(verb, "POST", _CUSTOMIZE, body=body)
        output = answer.get("output")
        return output if isinstance(output, Mapping) else {}

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _first_task_page(self, query: Mapping[str, str]) -> tuple[tuple[tuple[TaskEntry, ...], int], Mapping[str, str]]:
        """The first page of the list, and the query for the others: with large pages, unless they are refused."""
        large = {**query, "page_size": str(_TASKS_ON_A_PAGE)}
        try:
            return self._task_page(large, 1), large
        except AsrRejected:
            return self._task_page(query, 1), query

    def _task_page(self, query: Mapping[str, str], page: int) -> tuple[tuple[TaskEntry, ...], int]:
        self._limiter.query()
        answer = self._connection.call("list", "GET", "/tasks/", query={"page_no": str(page), **query})
        try:
            entries, pages = task_entries(answer)
        except ReplyError as error:
            raise AsrUnavailable(f"list: {self.host} answered without a list of tasks; try again later") from error
        return tuple(_with_local_time(entry, self._connection.clock_skew_s) for entry in entries), pages


def _with_local_time(entry: TaskEntry, skew_s: float) -> TaskEntry:
    """An entry with its time as this machine's clock would have shown it."""
    if entry.created_ms is None or not skew_s:
        return entry
    return replace(entry, created_ms=entry.created_ms + int(skew_s * 1000))


def _check_url(url: SignedUrl) -> str:
    """The URL unchanged, when the service can read it."""
    if not url.url.startswith(("https://", "http://", "oss://")):
        raise AsrRejected(f"{url}: the service reads http, https and oss links only")
    if not all("!" <= char <= "~" for char in url.url):
        raise AsrRejected(
            f"{url}: spaces and non-ASCII characters must be percent-encoded, the service cannot read it so"
        )
    return url.url


def _task_id(answer: Mapping[str, Any], host: str) -> str:
    output = answer.get("output")
    task_id = output.get("task_id") if isinstance(output, Mapping) else None
    if isinstance(task_id, str) and _TASK_ID.fullmatch(task_id):
        return task_id
    raise SubmissionInDoubt(f"submit: {host} answered without a task id; look the task up before submitting again")


def _quote_id(task_id: str) -> str:
    if not task_id:
        raise ConfigError("task id: empty; nothing to ask about")
    return quote(task_id, safe="")


def _are_all_older(entries: Sequence[TaskEntry], since_ms: int) -> bool:
    """Whether a page, newest first, ends before the given time: later pages are older still."""
    times = [entry.created_ms for entry in entries if entry.created_ms is not None]
    return len(times) > 1 and times[0] > times[-1] and max(times) < since_ms


def _is_between(entry: TaskEntry, since_ms: int, until_s: float | None) -> bool:
    if entry.created_ms is None:
        return True
    return since_ms <= entry.created_ms and (until_s is None or entry.created_ms <= until_s * 1000)
