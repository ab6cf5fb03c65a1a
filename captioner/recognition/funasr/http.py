"""Sends one request to the service and reads its answer; every failure is mapped to one of our errors.

Two rules. A request that would create a task is in doubt as soon as it may have left this machine; any other request
can be repeated later. And no message holds the key or a signed URL, even if the service repeats them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from captioner.clock import now
from captioner.errors import AsrUnavailable, CaptionerError, ConfigError, SubmissionInDoubt
from captioner.network import describe_network_error, setup_fault
from captioner.recognition.funasr.bounded_read import BodyError, parse_json_bounded, read_bounded
from captioner.recognition.funasr.errors import ErrorResponse, error_from_response
from captioner.recognition.funasr.redaction import sanitize_line
from captioner.settings import Secret

__all__ = ["ApiConnection", "retry_after_s"]

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""Failures before the first byte of the request was sent: even a submission can be sent again."""

_MAX_ANSWER_BYTES = 8 << 20
"""The answer about a task of a hundred files has about 200 KB."""

_ACCEPTED = {"Accept": "application/json", "Accept-Encoding": "gzip"}

_CLOCK_TOLERANCE_S = 120.0
"""Smaller differences of two clocks cannot be told from a slow answer."""

_LONGEST_WAIT_S = 3600.0
"""Longer values of Retry-After are cut to this: the caller's deadline, not the header, decides when to give up."""


@dataclass(frozen=True, slots=True)
class _Response:
    """An answer: status and headers, and its body or the reason why there is none."""

    status: int
    headers: httpx.Headers
    body: bytes
    fault: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def description(self) -> str:
        """Description of a body that holds no message."""
        if self.fault:
            return f"a body that is not taken: {self.fault}"
        kind = self.headers.get("content-type", "no content type").partition(";")[0]
        return f"a body that is no JSON object ({sanitize_line(kind, limit=60)}, {len(self.body)} bytes)"


class ApiConnection:
    """Sends calls to the routes under one base URL with one key.

    Args:
        http: The connection pool; must not follow redirects by itself or carry the key in its defaults.
        base_url: Start of the routes, including `/api/v1`, with no slash at the end.
        key: The key, sent as bearer token.
        workspace: Workspace id for the header, or "".
        clock: Unix seconds.

    Attributes:
        host: Host of the service, for messages.
        clock_skew_s: How far our clock was ahead of the service's in its last answer that gave a time; 0 for small
            differences. An answer without one, as gateways give, says nothing about the clock.

    Raises:
        ConfigError: No key, or one that cannot be put into a header.
    """

    def __init__(
        self,
        http: httpx.Client,
        base_url: str,
        key: Secret,
        *,
        workspace: str = "",
        clock: Callable[[], float] = now,
    ) -> None:
        self._http = http
        self._base_url = base_url
        self._secret = _header_value(key)
        self._workspace = workspace
        self._clock = clock
        self.host = urlsplit(base_url).hostname or base_url
        self.clock_skew_s = 0.0

    def call(
        self,
        verb: str,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        submitting: bool = False,
    ) -> Mapping[str, Any]:
        """Send one request and return the JSON object that came back.

        Args:
            verb: The call as a verb, for messages: "submit", "query" …
            method: HTTP method.
            path: Below the base URL, beginning with a slash.
            body: Sent as JSON.
            query: Query parameters.
            headers: Headers in addition to the authorization.
            submitting: The request would create a task.

        Raises:
            CaptionerError: As `errors.error_from_response` and the module's rules say.
        """
        answer = self._send(verb, method, path, body=body, query=query, headers=headers, submitting=submitting)
        skew_s = _clock_skew_s(answer.headers, self._clock())
        self.clock_skew_s = self.clock_skew_s if skew_s is None else skew_s
        said = _object(answer)
        if answer.is_success and said is not None and not _is_error(said):
            return said
        if answer.is_success and said is None:
            raise self._unreadable_error(verb, answer, submitting=submitting)
        raise error_from_response(self._error_response(verb, answer, said or {}), submitting=submitting)

    def _send(
        self,
        verb: str,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        submitting: bool,
    ) -> _Response:
        sent = {"Authorization": f"Bearer {self._secret}", **_ACCEPTED, **(headers or {})}
        if self._workspace:
            sent["X-DashScope-WorkSpace"] = self._workspace
        url = self._base_url + path
        try:
            with self._http.stream(
                method, url, json=body, params=query, headers=sent, follow_redirects=False
            ) as response:
                return _read(response)
        except _NOT_SENT as error:
            if fault := setup_fault(error):
                raise ConfigError(f"{verb}: {self.host} cannot be reached: {fault}") from error
            raise AsrUnavailable(
                f"{verb}: {self.host} cannot be reached ({describe_network_error(error)}); check the network, try later"
            ) from error
        except httpx.InvalidURL as error:
            raise ConfigError(
                f"{verb}: {self.host}: the endpoint is not a URL; it looks like https://host/api/v1"
            ) from error
        except httpx.RequestError as error:
            summary = f"{verb}: no answer from {self.host} ({describe_network_error(error)})"
            if submitting:
                raise SubmissionInDoubt(f"{summary}; the task may exist, look it up before sending again") from error
            raise AsrUnavailable(f"{summary}; try again later") from error

    def _error_response(self, verb: str, answer: _Response, said: Mapping[str, Any]) -> ErrorResponse:
        nested = said.get("error")
        inner = nested if isinstance(nested, Mapping) else {}
        message = _first(said, inner, "message", "msg") or ("" if said else answer.description)
        return ErrorResponse(
            call=verb,
            status=answer.status,
            code=sanitize_line(_first(said, inner, "code") or _first(inner, {}, "type"), limit=80),
            message=sanitize_line(message, secrets=(self._secret,)),
            request_id=sanitize_line(
                _first(said, {}, "request_id") or answer.headers.get("x-request-id", ""), limit=80
            ),
            host=self.host,
            retry_after_s=retry_after_s(answer.headers, self._clock()),
        )

    def _unreadable_error(self, verb: str, answer: _Response, *, submitting: bool) -> CaptionerError:
        summary = f"{verb}: {self.host} answered HTTP {answer.status} with {answer.description}"
        if submitting:
            return SubmissionInDoubt(f"{summary}; the task may exist, look it up before submitting again")
        return AsrUnavailable(f"{summary}; try again later")


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that an answer asks to wait; None when it does not say.

    Reads `retry-after-ms`, and `Retry-After` as seconds or as a date (RFC 9110, 10.2.3).
    """
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if text.replace(".", "", 1).isdecimal():
            return min(float(text) * unit_s, _LONGEST_WAIT_S)
        if text and unit_s == 1.0:
            return _until(text, now)
    return None


def _clock_skew_s(headers: Mapping[str, str], now: float) -> float | None:
    """Time by which our clock is ahead of the sender's `Date`; 0 for small ones, None when there is no header."""
    try:
        skew_s = now - parsedate_to_datetime(headers.get("date", "")).timestamp()
    except ValueError:
        return None
    return skew_s if abs(skew_s) > _CLOCK_TOLERANCE_S else 0.0


def _until(date: str, now: float) -> float | None:
    try:
        return min(max(parsedate_to_datetime(date).timestamp() - now, 0.0), _LONGEST_WAIT_S)
    except (ValueError, OverflowError):
        return None


def _header_value(key: Secret) -> str:
    """The key's text, when it is valid in a header (RFC 9110, 5.5: visible ASCII)."""
    text = key.reveal().strip()
    if not text:
        raise ConfigError("no key: set DASHSCOPE_API_KEY, or api_key in captioner.toml")
    if not all("!" <= char <= "~" for char in text):
        raise ConfigError("the key holds spaces or characters that no key has; copy it again from the console")
    return text


def _read(response: httpx.Response) -> _Response:
    try:
        body, fault = read_bounded(response, _MAX_ANSWER_BYTES), ""
    except BodyError as error:
        body, fault = b"", str(error)
    return _Response(response.status_code, response.headers, body, fault)


def _object(answer: _Response) -> Mapping[str, Any] | None:
    """The body as a JSON object, None when it is not one."""
    try:
        body = parse_json_bounded(answer.body)
    except (BodyError, ValueError):
        return None
    return body if isinstance(body, dict) else None


def _is_error(answer: Mapping[str, Any]) -> bool:
    """Whether an answer with status 200 is an error all the same: it has a code, and no content."""
    content = any(isinstance(answer.get(key), Mapping | list) for key in ("output", "data", "tasks"))
    return not content and bool(answer.get("code") or isinstance(answer.get("error"), Mapping))


def _first(outer: Mapping[str, Any], inner: Mapping[str, Any], *names: str) -> str:
    """The first text (or number) under any of the names; the outer object is searched first."""
    values = (holder.get(name) for holder in (outer, inner) for name in names)
    return next((str(value) for value in values if isinstance(value, str | int) and str(value)), "")
