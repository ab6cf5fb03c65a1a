"""A browser without a screen, and the page and files it is given over loopback."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".vtt": "text/vtt", ".mp4": "video/mp4"}
PATIENCE_S = 60


def browser() -> str | None:
    """The program, or None on a machine without one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Site:
    """Serves files from memory, with ranges, and keeps what a page sends back."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.answer: Any = None
        self.answered = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                data = files.get(self.path)
                if data is None:
                    self.send_error(404)
                    return
                first, last = self._range(len(data))
                self.send_response(206 if "Range" in self.headers else 200)
                self.send_header("Content-Type", TYPES[Path(self.path).suffix])
                self.send_header("Accept-Ranges", "bytes")
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
                self.send_header("Content-Length", str(last - first + 1))
                self.end_headers()
                try:
                    self.wfile.write(data[first : last + 1])
                except ConnectionError:
                    self.close_connection = True  # the browser has seen enough

            def _range(self, size: int) -> tuple[int, int]:
                first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
                return int(first or 0), min(int(last or size - 1), size - 1)

            def do_POST(self) -> None:
                site.answer = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(204)
                self.end_headers()
                site.answered.set()

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def site(files: Mapping[str, bytes]) -> Iterator[Site]:
    served = Site(files)
    try:
        yield served
    finally:
        served.close()


def _command(program: str, profile: Path) -> list[str]:
    return [
        program,
        "--headless=new",
        "--no-sandbox",  # the tests run as root in CI
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--mute-audio",
        "--hide-scrollbars",
        "--autoplay-policy=no-user-gesture-required",
        f"--user-data-dir={profile}",
    ]


def ask(program: str, files: Mapping[str, bytes], profile: Path) -> Any:
    """Open /index.html and wait for what its script posts to /answer."""
    with site(files) as served:
        command = [*_command(program, profile), "--remote-debugging-port=0", f"{served.url}/index.html"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            try:
                assert served.answered.wait(PATIENCE_S), "the page did not answer"
            finally:
                running.terminate()
                running.wait(PATIENCE_S)
        return served.answer


def picture(program: str, files: Mapping[str, bytes], profile: Path, target: Path, size: tuple[int, int]) -> None:
    """Open /index.html and draw it as a PNG when it has come to rest."""
    with site(files) as served:
        command = [*_command(program, profile), f"--window-size={size[0]},{size[1]}", "--timeout=5000"]
        command += [f"--screenshot={target}", f"{served.url}/index.html"]
        subprocess.run(command, check=True, timeout=PATIENCE_S, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
