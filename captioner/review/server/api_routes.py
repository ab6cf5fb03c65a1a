"""The JSON interface, version 1. `openapi.json` beside the pages describes it, and a test holds both together."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from captioner.errors import CaptionerError
from captioner.review import payload
from captioner.review.edit_session import Conflict, NotHolder, Session
from captioner.review.editing.changes import EditError
from captioner.review.editing.replacing import Find, places
from captioner.review.folder import Watched
from captioner.review.library import Library
from captioner.review.media_work import MediaWork
from captioner.review.remembering import GLOSSARY_NAME, remember
from captioner.review.writing import EditedElsewhere

__all__ = ["PREFIX", "Api"]

PREFIX = "/api/v1"
_MOST_ROWS = 2000
_HEARTBEAT_S = 15.0
_DISK_S = 2.0
_MOST_POINTS = 20_000
_Result = TypeVar("_Result")
_Endpoint = Callable[[Request], Awaitable[Response]]


class _Missing(EditError):
    """There is no such file, or it has no media."""


class Api:
    """Routes over the files of a library.

    Attributes:
        stopping: Set when the server ends, so that streams end too.
    """

    def __init__(self, library: Library, media: MediaWork, watched: Watched) -> None:
        self._library, self._media, self._watched = library, media, watched
        self.stopping = asyncio.Event()

    def routes(self) -> list[Route]:
        """Every route."""
        table: tuple[tuple[str, str, Any], ...] = (
            ("GET", "/files", self.files),
            ("GET", "/files/{id}", self.file),
            ("GET", "/files/{id}/captions", self.captions),
            ("PATCH", "/files/{id}/captions", self.patch),
            ("POST", "/files/{id}/undo", self.undo),
            ("POST", "/files/{id}/redo", self.redo),
            ("PUT", "/files/{id}/drafts/{caption:int}", self.draft),
            ("DELETE", "/files/{id}/drafts/{caption:int}", self.no_draft),
            ("GET", "/files/{id}/findings", self.findings),
            ("GET", "/files/{id}/search", self.search),
            ("GET", "/files/{id}/history", self.history),
            ("GET", "/files/{id}/compare", self.compare),
            ("POST", "/files/{id}/adopt", self.adopt),
            ("POST", "/files/{id}/write", self.write),
            ("POST", "/files/{id}/conflict", self.conflict),
            ("POST", "/files/{id}/take-over", self.take_over),
            ("POST", "/files/{id}/remember", self.remember),
            ("GET", "/files/{id}/events", self.events),
            ("GET", "/files/{id}/media", self.media),
            ("GET", "/files/{id}/media/state", self.media_state),
            ("GET", "/files/{id}/media/peaks", self.peaks),
            ("GET", "/events", self.folder_events),
        )
        return [
            Route(PREFIX + path, _answering(endpoint, self._library), methods=[method])
            for method, path, endpoint in table
        ]

    # Files

    async def files(self, request: Request) -> Response:
        return JSONResponse({"files": await _in_thread(self._watched.rows)})

    async def file(self, request: Request) -> Response:
        session = await self._session(request)
        return _tagged(session.revision, await _in_thread(session.summary))

    async def captions(self, request: Request) -> Response:
        session = await self._session(request)
        offset = _number(request, "offset", 0, 0, 1 << 31)
        limit = _number(request, "limit", 500, 1, _MOST_ROWS)
        found = await _in_thread(session.captions, offset, limit)
        return _tagged(found["revision"], found)

    async def findings(self, request: Request) -> Response:
        session = await self._session(request)
        return JSONResponse(await _in_thread(session.findings))

    async def search(self, request: Request) -> Response:
        session = await self._session(request)
        query = request.query_params
        find = Find(query.get("find", ""), query.get("exact") == "true", query.get("words") == "true")

        def searched() -> list[tuple[int, int]]:
            with session.lock:
                return places(session.document, find)

        found = await _in_thread(searched)
        return JSONResponse({"places": [{"caption": id, "count": count} for id, count in found]})

    async def history(self, request: Request) -> Response:
        session = await self._session(request)
        return JSONResponse(await _in_thread(session.history))

    async def compare(self, request: Request) -> Response:
        session = await self._session(request)
        return JSONResponse({"captions": await _in_thread(session.compare)})

    # Changes

    async def patch(self, request: Request) -> Response:
        session, body = await self._session(request), await _body(request)
        operations = body.get("operations")
        if not isinstance(operations, list) or not all(isinstance(each, dict) for each in operations):
            raise EditError("“operations” has to be a list of operations")
        if (if_match := _unquoted(request.headers.get("if-match", ""))) == "":
            return JSONResponse({"error": "If-Match has to name the revision that you have read"}, 428)
        client, by = request.headers.get("x-client", ""), str(body.get("by", ""))[:80]
        answer = await _in_thread(session.patch, operations, if_match, client, by)
        return _tagged(answer["revision"], answer)

    async def undo(self, request: Request) -> Response:
        session = await self._session(request)
        answer = await _in_thread(session.undo, request.headers.get("x-client", ""))
        return _tagged(answer["revision"], answer)

    async def redo(self, request: Request) -> Response:
        session = await self._session(request)
        answer = await _in_thread(functools.partial(session.undo, again=True), request.headers.get("x-client", ""))
        return _tagged(answer["revision"], answer)

    async def draft(self, request: Request) -> Response:
        session, body = await self._session(request), await _body(request)
        lines = body.get("lines")
        if not isinstance(lines, list) or not all(isinstance(each, str) for each in lines):
            raise EditError("“lines” has to be a list of texts")
        client = request.headers.get("x-client", "")
        return JSONResponse(await _in_thread(session.draft, request.path_params["caption"], lines, client))

    async def no_draft(self, request: Request) -> Response:
        session = await self._session(request)
        client = request.headers.get("x-client", "")
        return JSONResponse(await _in_thread(session.draft, request.path_params["caption"], None, client))

    async def adopt(self, request: Request) -> Response:
        session, body = await self._session(request), await _body(request)
        if not isinstance(name := body.get("file"), str):
            raise EditError("“file” has to be a text")
        answer = await _in_thread(session.adopt, name, request.headers.get("x-client", ""))
        return _tagged(answer["revision"], answer)

    async def write(self, request: Request) -> Response:
        session, body = await self._session(request), await _body(request)
        overwrite = body.get("overwrite") is True
        return JSONResponse(await _in_thread(functools.partial(session.write, overwrite=overwrite)))

    async def conflict(self, request: Request) -> Response:
        session, body = await self._session(request), await _body(request)
        if body.get("keep") not in ("mine", "theirs"):
            raise EditError("“keep” has to be mine or theirs")
        mine = body["keep"] == "mine"
        return JSONResponse(await _in_thread(functools.partial(session.settle_conflict, keep_mine=mine)))

    async def take_over(self, request: Request) -> Response:
        session = await self._session(request)
        client = request.headers.get("x-client", "")
        if not client:
            raise EditError("X-Client has to name the window")
        await _in_thread(session.take_over, client)
        return JSONResponse({"holder": session.holder})

    async def remember(self, request: Request) -> Response:
        session, body = await self._session(request), await _body(request)
        heard, written = body.get("heard"), body.get("written")
        if not isinstance(heard, str) or not isinstance(written, str):
            raise EditError("“heard” and “written” have to be texts")
        glossary = self._library.glossary or session.opened.path.with_name(GLOSSARY_NAME)
        name = await _in_thread(remember, glossary, heard, written)
        return JSONResponse({"file": name})

    # Media

    async def media(self, request: Request) -> Response:
        path, kind = await _in_thread(self._media.playable, self._known(request))
        if path is None:
            raise _Missing("there is nothing to play yet")
        if not await _in_thread(path.is_file):
            raise _Missing(f"{path.name} was deleted or renamed")
        return FileResponse(path, media_type=kind, headers={"Cache-Control": "private, no-cache"})

    async def media_state(self, request: Request) -> Response:
        id = self._known(request)
        state = await _in_thread(self._media.state, id)
        session = await self._session(request)
        session.set_shots(state["shots"])
        return JSONResponse(state)

    async def peaks(self, request: Request) -> Response:
        first = _number(request, "from_ms", 0, 0, 1 << 40)
        last = _number(request, "to_ms", 60_000, 0, 1 << 40)
        points = _number(request, "points", 1000, 1, _MOST_POINTS)
        data = await _in_thread(self._media.peaks, self._known(request), first, last, points)
        return Response(data, media_type="application/octet-stream")

    # Streams

    async def events(self, request: Request) -> Response:
        session = await self._session(request)
        client = request.query_params.get("client", "")[:64]
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def tell(event: dict[str, Any]) -> None:
            with contextlib.suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(queue.put_nowait, event)

        async def stream() -> AsyncIterator[bytes]:
            session.enter(client, tell)
            try:
                yield _event({"type": "hello", "revision": session.revision})
                async for event in self._events(queue, lambda: session.is_changed_on_disk()):
                    yield event
            finally:
                session.leave(client, tell)

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def folder_events(self, request: Request) -> Response:
        async def stream() -> AsyncIterator[bytes]:
            before: dict[str, Any] | None = None
            while not self.stopping.is_set():
                rows = {row["id"] or row["key"]: row for row in await _in_thread(self._watched.rows)}
                known = before or {}
                changed = [row for id, row in rows.items() if known.get(id) != row]
                gone = [id for id in known if id not in rows]
                news = changed or gone or before is None  # the first tells also that there is none
                yield _event({"type": "files", "changed": changed, "gone": gone}) if news else b":\n\n"
                before = rows
                await self._wait(_DISK_S)

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def _events(self, queue: asyncio.Queue[dict[str, Any]], look: Callable[[], Any]) -> AsyncIterator[bytes]:
        """Events as they come; in between a look at the disk, and a sign of life."""
        waited = 0.0
        while not self.stopping.is_set():
            try:
                yield _event(await asyncio.wait_for(queue.get(), _DISK_S))
                waited = 0.0
            except TimeoutError:
                await _in_thread(look)
                waited += _DISK_S
                if waited >= _HEARTBEAT_S:
                    waited = 0.0
                    yield b":\n\n"

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return

    # Files by id

    def _known(self, request: Request) -> str:
        id = str(request.path_params["id"])
        if self._library.find(id) is None:
            raise _Missing("there is no such file")
        return id

    async def _session(self, request: Request) -> Session:
        session = await _in_thread(self._library.session, str(request.path_params["id"]))
        if session is None:
            raise _Missing("there is no such file")
        return session


async def _in_thread(call: Callable[..., _Result], *arguments: Any) -> _Result:
    return await asyncio.get_running_loop().run_in_executor(None, call, *arguments)


def _answering(endpoint: Any, library: Library) -> _Endpoint:
    """An endpoint whose errors are answers; their text is for people and names no path outside the folder."""

    async def answer(request: Request) -> Response:
        try:
            return cast(Response, await endpoint(request))
        except Conflict as error:
            found = [payload.row_json(row) for row in error.rows]
            body = {"error": error.message, "code": "conflict", "captions": found, "gone": list(error.gone)}
            return JSONResponse(body, 412)
        except NotHolder as error:
            return JSONResponse({"error": error.message, "code": "held"}, 423)
        except EditedElsewhere as error:
            return JSONResponse({"error": error.message, "code": "edited", "files": error.names}, 409)
        except _Missing as error:
            return JSONResponse({"error": error.message, "code": "missing"}, 404)
        except EditError as error:
            return JSONResponse({"error": error.message, "code": "refused"}, 400)
        except CaptionerError as error:
            return JSONResponse({"error": library.without_folder(error.message), "code": "failed"}, 500)
        except OSError as error:  # a file that went away between two looks at it
            name = Path(str(error.filename or "")).name
            return JSONResponse({"error": f"{name}: {error.strerror or error}".lstrip(": "), "code": "failed"}, 500)
        except Exception:  # the page is told; the log has the rest
            logging.getLogger(__name__).exception("review: %s %s", request.method, request.url.path)
            message = "something went wrong in the server; nothing was changed by this, and its log has the details"
            return JSONResponse({"error": message, "code": "failed"}, 500)

    return answer


async def _body(request: Request) -> Mapping[str, Any]:
    data = await request.body()
    try:
        body = json.loads(data or b"{}")
    except (ValueError, RecursionError) as error:
        raise EditError("the body is not JSON") from error
    if not isinstance(body, dict):
        raise EditError("the body has to be a JSON object")
    return body


def _number(request: Request, name: str, default: int, low: int, high: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    if not given.isdecimal() or len(given) > 15:
        raise EditError(f"“{name}” has to be a whole number")
    return min(max(int(given), low), high)


def _unquoted(tag: str) -> str:
    return tag.strip().removeprefix("W/").strip('"')


def _tagged(revision: str, body: Any) -> JSONResponse:
    return JSONResponse(body, headers={"ETag": f'"{revision}"'})


def _event(event: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"
