"""Transcripts behind signed links, in the manner of an object store."""

from __future__ import annotations

import json
from urllib.parse import unquote

from captioner.emulator.faults import FaultPlan
from captioner.emulator.messages import Json, Request, Response, beijing_time, new_id, xml_error
from captioner.emulator.replies import with_unknown_fields
from captioner.emulator.signing import Signer
from captioner.emulator.task_queue import EmulatedTask
from captioner.emulator.task_timing import TaskTiming

__all__ = ["RESULTS", "Results"]

RESULTS = "/prod/"
"""Start of the paths of results."""


class Results:
    """All results; a link opens one of them until its signature expires."""

    def __init__(self, signer: Signer, timing: TaskTiming, plan: FaultPlan) -> None:
        self._signer = signer
        self._timing = timing
        self._plan = plan
        self._documents: dict[str, bytes] = {}

    def keep(self, task: EmulatedTask, document: Json) -> str:
        """Store one transcript; returns its path, with the colon encoded as the service does it."""
        day, _, time = beijing_time(task.ended_at or 0.0).partition(" ")
        model = "fun-asr-v1" if task.model.startswith("fun-asr") else task.model
        path = f"{RESULTS}{model}/{day.replace('-', '')}/{time[:2]}%3A{time[3:5]}/{new_id()}-1.json"
        if self._plan.faults.unknown_fields:
            document = with_unknown_fields(document)
        self._documents[unquote(path)] = json.dumps(document, ensure_ascii=False).encode()
        return path

    def link(self, origin: str, path: str, ended_at: float) -> str:
        """The signed link; it expires a day (or the time in `timing`) after the task's end, to the second."""
        expires = int(ended_at) + int(self._timing.link_lifetime_s)
        return f"{origin}{path}?{self._signer.signed_query(path, expires)}"

    def fetch(self, incoming: Request) -> Response:
        """The transcript behind a link.

        Raises:
            ErrorReply: XML 403 for a forged or expired link, or a request with an `Authorization`; 404.
        """
        if "authorization" in incoming.headers:
            raise xml_error(403, "AccessDenied", "A signed link takes no Authorization.")
        self._signer.check(incoming.path, incoming.query, self._timing.clock())
        if self._plan.take("broken_results"):
            raise xml_error(503, "ServiceUnavailable", "Please reduce your request rate.")
        if self._plan.take("expired_links"):
            raise xml_error(403, "AccessDenied", "Request has expired.")
        body = self._documents.get(unquote(incoming.path))
        if body is None:
            raise xml_error(404, "NoSuchKey", "There is no such object.")
        return Response(200, body, over_s=self._plan.faults.slow_body)
