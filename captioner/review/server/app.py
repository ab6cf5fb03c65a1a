"""The application: pages and interface over a library, behind the guard."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from captioner.errors import CaptionerError
from captioner.review.folder import Watched
from captioner.review.library import Library
from captioner.review.media_work import MediaWork
from captioner.review.server.api_routes import PREFIX, Api
from captioner.review.server.security import Access, Guard
from captioner.version import __version__

__all__ = ["Served", "build"]

PAGES = "captioner.review.pages"
#: Scripts that the editor's page does not import; all others are fetched at once and not one after another.
_NOT_EDITOR = ("theme.js", "folder.js", "login.js")


@dataclass(frozen=True, slots=True)
class Served:
    """The application and what it is made of.

    Attributes:
        app: For an ASGI server.
        library: The files.
        media: Their media.
    """

    app: Starlette
    library: Library
    media: MediaWork


def build(library: Library, access: Access, *, ledger: Path | None = None, cache: Path | None = None) -> Served:
    """Build the application.

    Args:
        library: The files that are offered.
        access: Who may ask.
        ledger: The ledger of the folder, or None.
        cache: Folder for what is made of media; the user's by default.
    """
    media = MediaWork(library.media, cache)
    api = Api(library, media, Watched(library, ledger))
    pages = _Pages(library, access)
    folder = Path(str(resources.files(PAGES)))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        api.stopping.set()
        media.stop()
        library.close()

    routes = [
        Route("/", pages.start, methods=["GET"]),
        Route("/files/{id}", pages.file, methods=["GET"]),
        Route("/login", pages.login, methods=["GET", "POST"]),
        Route(f"{PREFIX}/openapi.json", _described, methods=["GET"]),
        *api.routes(),
        Mount("/static", StaticFiles(directory=folder / "static"), name="static"),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Guard, access=access)], lifespan=lifespan)
    app.state.api = api
    return Served(app, library, media)


async def _described(_: Request) -> Response:
    return FileResponse(Path(str(resources.files(PAGES) / "openapi.json")), media_type="application/json")


class _Pages:
    """HTML pages; everything that is shown is escaped by the templates."""

    def __init__(self, library: Library, access: Access) -> None:
        self._library, self._access = library, access
        scripts = (file.name for file in (resources.files(PAGES) / "static").iterdir())
        self._modules = sorted(name for name in scripts if name.endswith(".js") and name not in _NOT_EDITOR)
        self._templates = Environment(
            loader=PackageLoader(PAGES, "templates"), autoescape=True, undefined=StrictUndefined
        )

    async def start(self, request: Request) -> Response:
        """The list of files, or the file where there is but one."""
        only = self._library.only()
        if only is not None:
            return RedirectResponse(f"/files/{only.id}", 303)
        return self._page("folder.html", folder=self._library.folder.name if self._library.folder else "")

    async def file(self, request: Request) -> Response:
        """The editor."""
        found = self._library.find(str(request.path_params["id"]))
        if found is None:
            return PlainTextResponse("there is no such file", 404)
        has_folder = self._library.folder is not None
        return self._page("editor.html", id=found.id, title=found.title, has_folder=has_folder, modules=self._modules)

    async def login(self, request: Request) -> Response:
        """The form that asks for the password, and its answer."""
        to = request.query_params.get("to", "/")
        to = to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"
        if not self._access.password:
            return RedirectResponse("/", 303)
        if request.method == "GET":
            return self._page("login.html", to=to, refused="")
        given = parse_qs((await request.body()).decode("utf-8", "replace")).get("password", [""])[0]
        right = self._access.is_password(given)
        if right is None:
            return self._page("login.html", status=429, to=to, refused="wait")
        if not right:
            return self._page("login.html", status=403, to=to, refused="wrong")
        return self._access.give_cookie(RedirectResponse(to, 303))

    def _page(self, name: str, *, status: int = 200, **values: object) -> Response:
        try:
            text = self._templates.get_template(name).render(version=__version__, **values)
        except CaptionerError as error:
            return PlainTextResponse(error.message, 500)
        return HTMLResponse(text, status)
