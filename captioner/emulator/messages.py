"""Requests, responses, times and ids in the service's notation.

Nothing here does I/O.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Protocol
from xml.sax.saxutils import escape

__all__ = [
    "BEIJING",
    "DROP_CONNECTION",
    "ErrorReply",
    "FileFailure",
    "Json",
    "Readable",
    "RecordedRequest",
    "Request",
    "Response",
    "beijing_time",
    "epoch_ms",
    "json_error",
    "json_ok",
    "new_id",
    "xml_error",
]

Json = dict[str, Any]

BEIJING = timezone(timedelta(hours=8))
"""The service prints times in Beijing time without a zone, as `Expires` of its result links shows."""


class Readable(Protocol):
    """Source of a body's bytes; b"" at its end."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Request:
    """A request as received.

    Attributes:
        method: GET, POST…
        path: Path as sent, still percent-encoded, without the query.
        query: Query as sent, without the question mark.
        headers: By lower-case name.
        stream: The body.
        length: Bytes in the body, or None when not given.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    stream: Readable
    length: int | None


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request and its outcome, recorded for checks of what was sent.

    Attributes:
        method: GET, POST…
        path: Path as sent, still percent-encoded.
        query: Query as sent.
        headers: By lower-case name; the value of `authorization` is removed, its name is not.
        body: The parsed JSON, or None.
        at: Unix seconds by the emulator's clock.
        status: HTTP status of the answer, 0 when the connection was dropped.
    """

    method: str
    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str]
    body: Any = field(repr=False)
    at: float
    status: int


@dataclass(frozen=True, slots=True)
class Response:
    """A response.

    Attributes:
        status: HTTP status; 0 closes the connection without a response.
        body: The bytes.
        content_type: Type of the body.
        headers: Further headers.
        over_s: Seconds over which the body is spread.
        after_s: Seconds before the response is sent.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    over_s: float = 0.0
    after_s: float = 0.0


DROP_CONNECTION = Response(status=0)
"""Closes the connection without a response."""


class ErrorReply(Exception):
    """A request is answered with an error of the service."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer)
        self.answer = answer


class FileFailure(Exception):
    """A file, or a whole task, has failed; with code and message."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message or code


def json_ok(payload: Mapping[str, Any]) -> Response:
    """A response with status 200, a JSON body and a new `request_id`."""
    return Response(200, _encode({**payload, "request_id": new_id()}))


def json_error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> ErrorReply:
    """An error in the service's form: `code`, `message`, `request_id`."""
    body = _encode({"code": code, "message": message, "request_id": new_id()})
    return ErrorReply(Response(status, body, headers=headers or {}))


def xml_error(status: int, code: str, message: str) -> ErrorReply:
    """An error in the object store's form."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        f"<RequestId>{new_id().replace('-', '').upper()[:24]}</RequestId></Error>\n"
    )
    return ErrorReply(Response(status, body.encode(), content_type="application/xml"))


def new_id() -> str:
    """A new id for a request, a task or a result."""
    return str(uuid.uuid4())


def beijing_time(at: float) -> str:
    """Unix seconds as `YYYY-MM-DD HH:mm:ss.SSS` in UTC+8, cut to the millisecond."""
    moment = datetime.fromtimestamp(at, UTC).astimezone(BEIJING)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"


def epoch_ms(at: float) -> int:
    """Unix seconds as whole milliseconds."""
    return int(at * 1000)


def _encode(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode()
