"""Checks and records around the API: key, rates, faults, and the record of all requests."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from captioner.emulator.api import Api, Call
from captioner.emulator.faults import FaultPlan
from captioner.emulator.messages import DROP_CONNECTION, ErrorReply, RecordedRequest, Request, Response, json_error
from captioner.emulator.parameters import MODELS
from captioner.emulator.results import RESULTS, Results
from captioner.emulator.task_timing import ServiceLimits, TaskTiming
from captioner.emulator.upload_store import UploadStore

__all__ = ["API", "UPLOAD_HOST", "Gateway"]

API = "/api/v1"
UPLOAD_HOST = "/dashscope-file-mgr"

_log = logging.getLogger(__name__)

_BODY_BYTES = 6 << 20
"""Largest body of a call; a hundred URLs and all parameters need far less."""

_WINDOW_S = 1.0

_ROUTES = (
    ("submit", ("POST",), re.compile("/services/audio/asr/transcription")),
    ("vocabulary", ("POST",), re.compile("/services/audio/asr/customization")),
    ("policy", ("GET",), re.compile("/uploads")),
    ("list", ("GET",), re.compile("/tasks/?")),
    ("query", ("GET", "POST"), re.compile("/tasks/([^/]+)")),
    ("cancel", ("POST",), re.compile("/tasks/([^/]+)/cancel")),
)
"""Kind of call, its methods, its path after `/api/v1`."""


class Gateway:
    """Turns every request into a response and records both.

    Attributes:
        requests: All requests, in order of their responses.
        over_limit: Calls beyond the service's rates; refused only if the rates are enforced.
    """

    def __init__(
        self,
        api: Api,
        uploads: UploadStore,
        results: Results,
        *,
        key: str | None,
        plan: FaultPlan,
        timing: TaskTiming,
        limits: ServiceLimits,
        enforce_limits: bool,
    ) -> None:
        self.requests: list[RecordedRequest] = []
        self.over_limit = 0
        self._uploads = uploads
        self._results = results
        self._key = key
        self._plan = plan
        self._timing = timing
        self._rates = {
            "fun-asr": (limits.funasr_submits_per_s, _WINDOW_S),
            "fun-asr-mtl": (limits.mtl_submits_per_minute, 60 * _WINDOW_S),
            "qwen-audio": (limits.qwen_submits_per_s, _WINDOW_S),
            "paraformer": (limits.paraformer_submits_per_s, _WINDOW_S),
            **dict.fromkeys(("query", "list", "cancel"), (limits.queries_per_s, _WINDOW_S)),
            "policy": (limits.policies_per_s, _WINDOW_S),
        }
        self._enforce_limits = enforce_limits
        self._recent: dict[str, deque[float]] = {name: deque() for name in self._rates}
        self._lock = threading.Lock()
        self._calls: dict[str, Callable[[Call], Response]] = {
            "submit": api.submit,
            "vocabulary": api.vocabulary,
            "policy": api.policy,
            "list": api.list,
            "query": api.query,
            "cancel": api.cancel,
        }

    def set_key(self, key: str | None) -> None:
        """Accept only this key from now on; None accepts any."""
        self._key = key

    def answer(self, incoming: Request) -> Response:
        """The response to any request; never raises."""
        body: Any = None
        try:
            if incoming.path.startswith(f"{API}/"):
                self._check_key(incoming.headers)
                kind, task_id = _route(incoming)
                body = _json_body(incoming)
                call = Call(incoming.headers, dict(parse_qsl(incoming.query)), body, task_id)
                answer = self._call(kind, call)
            else:
                answer = self._object_store(incoming)
        except ErrorReply as refusal:
            answer = refusal.answer
        except Exception:  # noqa: BLE001 - a fault of the emulator must not look like a lost connection
            _log.exception("%s %s", incoming.method, incoming.path)
            answer = json_error(500, "InternalError", "Something failed inside the emulator; its log says what.").answer
        self._record(incoming, body, answer)
        return answer

    def _call(self, kind: str, call: Call) -> Response:
        self._check_rate(kind, call)
        self._plan.maybe_fail(kind)
        if kind == "query" and self._plan.take("lost_query"):
            return DROP_CONNECTION
        return self._calls[kind](call)

    def _object_store(self, incoming: Request) -> Response:
        """Answer requests beside the API: uploads and downloads of results."""
        if incoming.path == UPLOAD_HOST and incoming.method == "POST":
            return self._uploads.receive(incoming)
        if incoming.path.startswith(RESULTS) and incoming.method == "GET":
            return self._results.fetch(incoming)
        raise json_error(404, "NotFound", f"Nothing here; the API begins at {API}.")

    def _check_key(self, headers: Mapping[str, str]) -> None:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise json_error(401, "InvalidApiKey", "No API-key provided.")
        if self._key is not None and key.strip() != self._key:
            raise json_error(401, "InvalidApiKey", "Invalid API-key provided.")

    def _check_rate(self, kind: str, call: Call) -> None:
        """Count a call, and refuse it if it exceeds the rate of its kind within its window and rates are enforced."""
        name = _rate_of(kind, call)
        if name is None:
            return
        now = self._timing.clock()
        with self._lock:
            recent = self._recent[name]
            most, window_s = self._rates[name]
            while recent and recent[0] <= now - window_s:
                recent.popleft()
            over = len(recent) >= most
            self.over_limit += over
            if not (over and self._enforce_limits):
                recent.append(now)
                return
        raise json_error(429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later.")

    def _record(self, incoming: Request, body: Any, answer: Response) -> None:
        headers = {**incoming.headers, **({"authorization": "****"} if "authorization" in incoming.headers else {})}
        exchange = RecordedRequest(
            incoming.method, incoming.path, incoming.query, headers, body, self._timing.clock(), answer.status
        )
        with self._lock:
            self.requests.append(exchange)


def _route(incoming: Request) -> tuple[str, str]:
    """Kind of a call, and the task id in its path or "".

    Raises:
        ErrorReply: 404 for an unknown path, 405 for a method that the path does not take.
    """
    path = incoming.path.removeprefix(API)
    for kind, methods, pattern in _ROUTES:
        if match := pattern.fullmatch(path):
            if incoming.method not in methods:
                raise json_error(405, "MethodNotAllowed", f"Use {' or '.join(methods)}.", {"Allow": ", ".join(methods)})
            return kind, "".join(match.groups())
    raise json_error(404, "NotFound", "There is no such call.")


def _rate_of(kind: str, call: Call) -> str | None:
    """The name of the rate a call counts for, or None."""
    if kind != "submit":
        return None if kind == "vocabulary" else kind
    model = str(call.body.get("model")) if isinstance(call.body, dict) else ""
    return "fun-asr-mtl" if model.startswith("fun-asr-mtl") else MODELS.get(model)


def _json_body(incoming: Request) -> Any:
    """The parsed body; None when there is none.

    Raises:
        ErrorReply: No length, too large, or not JSON.
    """
    if incoming.length is None:
        if "transfer-encoding" in incoming.headers:
            raise json_error(411, "InvalidParameter", "Content-Length must be given.")
        return None
    if incoming.length > _BODY_BYTES:
        raise json_error(413, "BadRequest.TooLarge", "The body is too large.")
    raw = incoming.stream.read(incoming.length)
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        raise json_error(400, "InvalidParameter", "The body is not JSON.") from None
