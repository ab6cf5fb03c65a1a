"""Access: the host and origin of a request, its token or password, and what a browser may do with the answer.

A page of another site can make a browser send requests to this machine, and can point a name of its own at it. So every
request has to name this server as its host, one with an origin has to come from its own pages, and every request has to
bring the token or the cookie that was given for it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEADERS", "Access", "Guard", "hosts_of", "loopback_hosts"]

#: Content only from this server: no other host is asked for anything, nothing is framed, no script is inline.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with none at all a browser calls the origin of the form of the password "null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_MOST_BODY = 8 << 20  # bytes: a text of 10,000 captions replaced at once is below 2 MB
_MOST_FAILURES, _FAILURE_S = 10, 60.0
_OPEN_PATHS = ("/static/", "/login")


@dataclass(slots=True)
class Access:
    """Ways in which requests prove that they may.

    Attributes:
        hosts: Values of `Host` that are this server's.
        token: Random token of the address that is opened, "" where a password is asked for.
        password: The password, "" where the token is enough.
        secure: Whether browsers reach it by https.
    """

    hosts: frozenset[str]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    password: str = field(default="", repr=False)
    secure: bool = False
    _cookies: set[str] = field(default_factory=set, repr=False)
    _failures: deque[float] = field(default_factory=deque, repr=False)

    @property
    def cookie_name(self) -> str:
        """Name of the cookie; other ports of one machine share cookies, so it names the server."""
        return "captioner_" + hashlib.sha256("".join(sorted(self.hosts)).encode()).hexdigest()[:8]

    def is_known_host(self, host: str) -> bool:
        """Whether a request means this server."""
        return host.lower() in self.hosts

    def is_known_origin(self, origin: str) -> bool:
        """Whether a request comes from a page of this server."""
        scheme, _, host = origin.partition("://")
        return scheme == ("https" if self.secure else "http") and host.lower() in self.hosts

    def is_token(self, given: str) -> bool:
        """Whether it is the token."""
        return bool(self.token) and hmac.compare_digest(given.encode(), self.token.encode())

    def is_cookie(self, given: str) -> bool:
        """Whether it is a cookie that was given out."""
        return any(hmac.compare_digest(given.encode(), each.encode()) for each in self._cookies)

    def new_cookie(self) -> str:
        """A cookie for a browser that proved itself."""
        made = secrets.token_urlsafe(32)
        self._cookies.add(made)
        return made

    def is_password(self, given: str) -> bool | None:
        """Whether it is the password; None after too many wrong ones in a minute."""
        now = time.monotonic()
        while self._failures and now - self._failures[0] > _FAILURE_S:
            self._failures.popleft()
        if len(self._failures) >= _MOST_FAILURES:
            return None
        right = bool(self.password) and hmac.compare_digest(given.encode(), self.password.encode())
        if not right:
            self._failures.append(now)
        return right

    def give_cookie(self, response: Response) -> Response:
        """The response with a new cookie."""
        response.set_cookie(
            self.cookie_name, self.new_cookie(), httponly=True, secure=self.secure, samesite="lax", path="/"
        )
        return response


def loopback_hosts(port: int) -> frozenset[str]:
    """Values of `Host` for a port of this machine."""
    names = ("127.0.0.1", "localhost", "[::1]")
    return frozenset([f"{name}:{port}" for name in names] + (list(names) if port == 80 else []))


class Guard:
    """Middleware in front of everything."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        refusal = self._refusal(Request(scope))
        respond = refusal if refusal is not None else self._app
        await respond(scope, _bounded(receive), _with_headers(send, scope["path"]))

    def _refusal(self, request: Request) -> Response | None:
        """The answer to a request that may not go on."""
        access, headers = self._access, request.headers
        if not access.is_known_host(headers.get("host", "")):
            return PlainTextResponse("this server does not answer to that name", 421)
        origin = headers.get("origin")
        if origin is not None and not access.is_known_origin(origin):
            return PlainTextResponse("requests from other sites are refused", 403)
        changes = request.method not in ("GET", "HEAD", "OPTIONS")
        if changes and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse("requests from other sites are refused", 403)
        if int(headers.get("content-length") or 0) > _MOST_BODY:
            return JSONResponse({"error": f"a request has at most {_MOST_BODY} bytes"}, 413)
        if changes and headers.get("content-length", "0") != "0" and not _is_json(headers, request.url.path):
            return JSONResponse({"error": "the body has to be application/json"}, 415)
        if request.url.path.startswith(_OPEN_PATHS):
            return None
        return self._unproved(request)

    def _unproved(self, request: Request) -> Response | None:
        access = self._access
        if access.is_cookie(request.cookies.get(access.cookie_name, "")):
            return _without_token(request) if request.query_params.get("token") else None
        given = request.headers.get("authorization", "")
        if given.startswith("Bearer ") and (
            access.is_token(given[7:]) or (access.password and access.is_password(given[7:]))
        ):
            return None
        if access.is_token(request.query_params.get("token", "")):
            return access.give_cookie(_without_token(request))
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": "give the token: Authorization: Bearer TOKEN"}, 401)
        if access.password:
            return RedirectResponse("/login?" + urlencode({"to": request.url.path}), 303)
        return PlainTextResponse("open the address that captioner review printed: it has the token in it", 401)


def _is_json(headers: Headers, path: str) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (path == "/login" and kind == "application/x-www-form-urlencoded")


def _without_token(request: Request) -> RedirectResponse:
    """The same page without the token in its address, so that it is in no history and no screenshot."""
    rest = [(key, value) for key, value in parse_qsl(request.url.query) if key != "token"]
    path = "/" + request.url.path.lstrip("/")
    return RedirectResponse(f"{path}?{urlencode(rest)}" if rest else path, 303)


def _bounded(receive: Receive) -> Receive:
    """The body of a request, cut off where it is longer than any that is meant."""
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        return {"type": "http.disconnect"} if read > _MOST_BODY else message

    return bounded


def _with_headers(send: Send, path: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            if not path.startswith("/static/") and "cache-control" not in headers:
                headers["Cache-Control"] = "no-store"
        await send(message)

    return sending


def hosts_of(names: Sequence[str], port: int) -> frozenset[str]:
    """Values of `Host` for names under which a server is reached."""
    return frozenset(each.lower() for name in names for each in (name, f"{name}:{port}"))
