"""The calls of the API, each from a checked request to a response.

Sources: Model Studio, "Fun-ASR recorded speech recognition HTTP API", "Paraformer recorded speech recognition RESTful
API", "Manage asynchronous tasks", "Get a temporary file URL" and "Vocabulary HTTP API", 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from captioner.emulator import reports
from captioner.emulator.faults import FaultPlan
from captioner.emulator.messages import BEIJING, ErrorReply, FileFailure, Response, json_error, json_ok
from captioner.emulator.parameters import MODELS, ONE_FILE
from captioner.emulator.results import Results
from captioner.emulator.task_queue import EmulatedTask, TaskQueue
from captioner.emulator.task_timing import ServiceLimits, TaskTiming
from captioner.emulator.upload_store import UploadStore
from captioner.emulator.vocabulary_store import VocabularyStore

__all__ = ["Api", "Call"]

_DAY_S = 24 * 3600

_ONE_URL = "Each request accepts only one URL."


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API.

    Attributes:
        headers: By lower-case name.
        query: First value of every query parameter.
        body: The parsed JSON, or None when there is no body.
        task_id: Task id from the path, or "".
    """

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    task_id: str = ""


class Api:
    """Answers calls; every method raises `ErrorReply` for calls that the service would refuse."""

    def __init__(
        self,
        tasks: TaskQueue,
        uploads: UploadStore,
        results: Results,
        *,
        plan: FaultPlan,
        timing: TaskTiming,
        limits: ServiceLimits,
        origin: str,
        upload_host: str,
        local_model: str = "",
    ) -> None:
        self._tasks = tasks
        self._uploads = uploads
        self._results = results
        self._vocabularies = VocabularyStore(timing)
        self._plan = plan
        self._timing = timing
        self._limits = limits
        self._origin = origin
        self._upload_host = upload_host
        self._models = {*MODELS, local_model} - {""}

    def submit(self, call: Call) -> Response:
        """Accept a task, without looking at its files."""
        if call.headers.get("x-dashscope-async") != "enable":
            raise json_error(403, "AccessDenied", "current user api does not support synchronous calls.")
        body = _object(call.body)
        model, urls = self._model(body), self._file_urls(body)
        parameters = body.get("parameters")
        if parameters is not None and not isinstance(parameters, dict):
            raise _invalid("parameters must be an object")
        if _has_oss_url(urls) and call.headers.get("x-dashscope-ossresourceresolve") != "enable":
            raise json_error(400, "InvalidParameter.DataInspection", "Unable to download the media resource.")
        is_refused_late = self._check_count(model, urls)
        self._plan.maybe_refuse_submission()
        now, faults = self._timing.clock(), self._plan.faults
        task = EmulatedTask(
            model=model,
            urls=urls,
            parameters=parameters,
            submitted_at=now,
            due_at=now + self._timing.pending_s + faults.slow_queue,
            must_have_parameters=faults.workspace,
            failure=FileFailure("InvalidParameter", _ONE_URL) if is_refused_late else None,
            forgotten=self._plan.take("unknown_task"),
        )
        self._tasks.add(task)
        return self._plan.after_acceptance(json_ok({"output": {"task_status": "PENDING", "task_id": task.id}}))

    def query(self, call: Call) -> Response:
        """Report the state of a task; an unknown task is UNKNOWN, with status 200."""
        task = self._tasks.find(call.task_id)
        if task is None or self._plan.take("unknown_query"):
            return json_ok(reports.unknown_task(call.task_id))
        return json_ok(reports.query_reply(task, self._plan.faults, self._link))

    def cancel(self, call: Call) -> Response:
        """Cancel a task that has not begun."""
        if not self._tasks.cancel(call.task_id):
            message = "Failed to cancel the task, please confirm if the task is in PENDING status."
            raise json_error(400, "UnsupportedOperation", message)
        return json_ok({})

    def list(self, call: Call) -> Response:
        """List the account's tasks, newest first, one page at a time."""
        since, until = self._window(call.query)
        until = min(until, self._timing.clock() - self._plan.faults.list_lag)
        page_no, page_size = _positive(call.query, "page_no", 1), _positive(call.query, "page_size", 10)
        wanted = {
            "task_id": call.query.get("task_id"),
            "model_name": call.query.get("model_name"),
            "status": call.query.get("status"),
        }
        items = [
            item
            for task in reversed(self._tasks.all())
            if self._tasks.is_known(task) and since <= task.submitted_at <= until
            for item in [reports.list_item(task, self._plan.faults)]
            if all(value is None or item[name] == value for name, value in wanted.items())
        ]
        return json_ok(
            {
                "total": len(items),
                "data": items[(page_no - 1) * page_size : page_no * page_size],
                "total_page": -(-len(items) // page_size),
                "page_no": page_no,
                "page_size": page_size,
            }
        )

    def policy(self, call: Call) -> Response:
        """Give out a policy for one upload."""
        if call.query.get("action") != "getPolicy":
            raise _invalid("action must be getPolicy")
        if call.query.get("model") not in self._models:
            raise _invalid("Model not exist.")
        return json_ok({"data": self._uploads.policy(call.query["model"], self._upload_host)})

    def vocabulary(self, call: Call) -> Response:
        """Run one of the five actions on hotword lists."""
        return json_ok({"output": self._vocabularies.act(_object(call.body)), "usage": {"count": 1}})

    def _link(self, path: str, ended_at: float) -> str:
        return self._results.link(self._origin, path, ended_at)

    def _model(self, body: Mapping[str, Any]) -> str:
        model = body.get("model")
        if not isinstance(model, str) or not model:
            raise _invalid("model must be given")
        if model in self._models:
            return model
        # Both answers are documented: for an unknown name of a known family, and for a name of no known family.
        if model.startswith(("fun-asr", "paraformer")):
            raise _invalid("Model not exist.")
        raise json_error(404, "ModelNotFound", "Model can not be found.")

    def _file_urls(self, body: Mapping[str, Any]) -> tuple[str, ...]:
        given = body.get("input")
        urls = given.get("file_urls") if isinstance(given, dict) else None
        if not isinstance(urls, list) or not urls or not all(isinstance(url, str) for url in urls):
            raise _invalid("input must contain file_urls")
        if len(urls) > self._limits.files_per_task:
            raise _invalid(f"file_urls must not have more than {self._limits.files_per_task} items")
        return tuple(urls)

    def _check_count(self, model: str, urls: tuple[str, ...]) -> bool:
        """Refuse several files where one is taken; whether the task is to fail when it is queried instead."""
        if len(urls) == 1:
            return False
        when = "refused" if MODELS[model] in ONE_FILE else self._plan.faults.one_url
        if when == "refused":
            raise _invalid(_ONE_URL)
        return when == "failed"

    def _window(self, query: Mapping[str, str]) -> tuple[float, float]:
        """Start and end of the requested times, Unix seconds; by default the last day."""
        until = _moment(query, "end_time")
        since = _moment(query, "start_time")
        if until is None:
            until = since + _DAY_S if since is not None else self._timing.clock()
        if since is None:
            since = until - _DAY_S
        if not 0 <= until - since <= _DAY_S:
            raise _invalid("start_time and end_time must not be more than 24 hours apart")
        return since, until


def _invalid(message: str) -> ErrorReply:
    return json_error(400, "InvalidParameter", message)


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise _invalid("the body must be a JSON object")
    return body


def _has_oss_url(urls: tuple[str, ...]) -> bool:
    return any(url.startswith("oss://") for url in urls)


def _moment(query: Mapping[str, str], name: str) -> float | None:
    """`YYYYMMDDhhmmss` in Beijing time as Unix seconds."""
    text = query.get(name)
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=BEIJING).timestamp()
    except ValueError:
        raise _invalid(f"{name} must look like 20260324100000") from None


def _positive(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise _invalid(f"{name} must be a number from 1")
    return int(text)
