"""State of a watch for other programs: Prometheus metrics on a loopback port, and a health file or line."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click

from captioner.errors import ConfigError
from captioner.files import write_whole
from captioner.jobs.events import Event, Failed, Progress, Retrying, WorkerStatus

__all__ = ["Health", "prometheus", "serving"]

_HEALTH_EVERY_S = 5.0
_LINE_EVERY_S = 60.0
# No news for so long means that the run hangs: it tells its progress every half second.
_SILENT_S = 60.0


_WORKER_COUNTERS: tuple[tuple[str, str, Callable[[WorkerStatus], float]], ...] = (
    ("worker_calls_total", "Calls that each worker has done.", lambda worker: worker.done),
    (
        "worker_failures_total",
        "Calls that failed on each worker, and its deaths at work.",
        lambda worker: worker.failed,
    ),
    ("worker_sent_bytes_total", "Bytes that each worker has uploaded.", lambda worker: worker.sent_bytes),
    (
        "worker_prepared_seconds_total",
        "Media that each worker has prepared and uploaded.",
        lambda worker: worker.prepared_ms / 1000,
    ),
)


class Health:
    """State of a run, kept up to date by its events.

    Args:
        file: Where to write it every few seconds, or None.
        line: Whether to say it on stderr every minute.
        clock: Unix seconds.
    """

    def __init__(self, file: Path | None, *, line: bool, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._line = line
        self._clock = clock
        self._wrote_at = self._said_at = float("-inf")
        self.progress: Progress | None = None
        self.heard_at = clock()
        self.failures = 0
        self.retries = 0

    def hear(self, event: Event) -> None:
        """Update the state from an event."""
        self.failures += isinstance(event, Failed)
        self.retries += isinstance(event, Retrying)
        if not isinstance(event, Progress):
            return
        self.progress, self.heard_at = event, self._clock()
        if self._file is not None and self.heard_at - self._wrote_at >= _HEALTH_EVERY_S:
            self._wrote_at = self.heard_at
            write_whole(self._file, f"{json.dumps(self.facts())}\n".encode())
        if self._line and self.heard_at - self._said_at >= _LINE_EVERY_S:
            self._said_at = self.heard_at
            click.echo(f"health: {json.dumps(self.facts())}", err=True)

    def facts(self) -> dict[str, Any]:
        """The state as values JSON can hold."""
        progress = self.progress
        return {
            "status": "ok" if self._clock() - self.heard_at < _SILENT_S else "silent",
            "at": round(self.heard_at, 1),
            "pid": os.getpid(),
            "waiting": progress.waiting if progress else 0,
            "in_hand": progress.started - progress.done - progress.failed if progress else 0,
            "done": progress.done if progress else 0,
            "failed": progress.failed if progress else 0,
        }


def prometheus(health: Health) -> str:
    """The same as Prometheus text (exposition format 0.0.4). No name of a file is in it."""
    progress, facts = health.progress, health.facts()
    lines = [
        *_metric("up", "gauge", "Whether the run sent an event lately.", [("", int(facts["status"] == "ok"))]),
        *_metric("files_done_total", "counter", "Files captioned.", [("", facts["done"])]),
        *_metric("files_failed_total", "counter", "Files rejected or left for later.", [("", facts["failed"])]),
        *_metric("retries_total", "counter", "Requests that had to be repeated.", [("", health.retries)]),
        *_metric("files_waiting", "gauge", "Files that wait to be started.", [("", facts["waiting"])]),
    ]
    if progress is None:
        return "\n".join(lines) + "\n"
    stages = progress.stages
    waiting = [(f'{{stage="{stage.name}"}}', stage.waiting) for stage in stages]
    active = [(f'{{stage="{stage.name}"}}', stage.active) for stage in stages]
    lines += [
        *_metric("stage_waiting", "gauge", "Files waiting for a stage.", waiting),
        *_metric("stage_active", "gauge", "Files in a stage.", active),
        *_metric("sent_bytes_total", "counter", "Bytes uploaded.", [("", progress.bytes_sent)]),
        *_metric("captioned_seconds_total", "counter", "Media captioned.", [("", progress.captioned_ms / 1000)]),
        *_worker_metrics(progress.workers),
    ]
    return "\n".join(lines) + "\n"


def _worker_metrics(workers: Sequence[WorkerStatus]) -> Iterator[str]:
    """Metrics of the workers of a cluster. The file that a worker is doing is left out: no name of a file is told."""
    if not workers:
        return
    labels = [(f'{{worker="{_label(worker.name)}"}}', worker) for worker in workers]
    states = [(f'{{worker="{_label(worker.name)}",state="{worker.state}"}}', 1) for worker in workers]
    yield from _metric("worker_state", "gauge", "State of each worker, as a label.", states)
    for name, text, value in _WORKER_COUNTERS:
        yield from _metric(name, "counter", text, [(label, value(worker)) for label, worker in labels])


def _label(text: str) -> str:
    """A label's value, escaped (Prometheus: "Exposition formats", 0.0.4)."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _metric(name: str, kind: str, text: str, values: Sequence[tuple[str, float]]) -> Iterator[str]:
    yield f"# HELP captioner_{name} {text}"
    yield f"# TYPE captioner_{name} {kind}"
    for labels, value in values:
        yield f"captioner_{name}{labels} {value:g}" if isinstance(value, float) else f"captioner_{name}{labels} {value}"


@contextmanager
def serving(port: int | None, health: Health) -> Iterator[int | None]:
    """Answer `/metrics` and `/health` on loopback while the block runs; the port, which is chosen when 0 was asked.

    Raises:
        ConfigError: The port is taken.
    """
    if port is None:
        yield None
        return

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # an unfinished request holds a thread

        def do_GET(self) -> None:
            facts = health.facts()
            pages = {
                "/metrics": (200, "text/plain; version=0.0.4", prometheus(health)),
                "/health": (200 if facts["status"] == "ok" else 503, "application/json", json.dumps(facts)),
            }
            status, kind, text = pages.get(self.path, (404, "text/plain", "only /metrics and /health\n"))
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Scrapes are not logged."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise ConfigError(f"--metrics {port}: the port cannot be opened ({error.strerror}); choose another") from error
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
