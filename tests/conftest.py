"""What every test stands on: an environment without anybody's configuration, and no test that holds a time.

Property tests try the same examples in every run and have no deadline: half of them in `make test`, all in `make
properties`, others in `make explore`.
"""

from __future__ import annotations

import gc
import itertools
import logging
import os
import signal
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest

import tests.examples  # noqa: F401 - makes the profiles of hypothesis

_QUIETED = ("httpx", "httpcore", "boto3", "botocore", "s3transfer", "urllib3")
_OURS = ("CAPTIONER_", "DASHSCOPE_", "AWS_", "SSL_CERT_", "REQUESTS_CA_", "CURL_CA_")
#: What changes how output looks: the width of the terminal, colours, languages, the local time.
_LOOKS = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "LANGUAGE", "TZ")

#: Fixtures that start another process; what uses one of them is marked `process`.
_STARTERS = frozenset({"s3_server", "server", "buckets", "workers"})
#: What `make unit` runs, and what a test among them does not do.
_UNIT = "not process and not integration and not hypothesis"
_NOT_IN_UNIT = {
    **dict.fromkeys(
        ("subprocess.Popen", "os.fork", "os.posix_spawn"), "starts another process needs @pytest.mark.process"
    ),
    "socket.bind": "answers on a port needs @pytest.mark.integration",
    "sqlite3.connect": "opens a database needs @pytest.mark.integration",
    "av.open": "opens media needs @pytest.mark.integration",
    "tracemalloc.start": "traces its memory needs @pytest.mark.integration",
}
#: Where the journeys are: whole commands, and the review page in a browser. `make test` runs those marked `short`.
_JOURNEYS = ("flows/test_*.py", "review/test_page*.py")


def pytest_itemcollected(item: pytest.Item) -> None:
    if any(map(item.path.match, _JOURNEYS)) and item.get_closest_marker("short") is None:
        item.add_marker("journey")
    if _STARTERS & set(getattr(item, "fixturenames", ())):
        item.add_marker("process")


def pytest_configure(config: pytest.Config) -> None:
    """In `make unit` a test that does what the others are marked for is told to say so."""
    if config.option.markexpr == _UNIT:
        sys.addaudithook(_refuse)
        av.open = _refusing("av.open", av.open)
        tracemalloc.start = _refusing("tracemalloc.start", tracemalloc.start)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[object]:
    """The thousands of collected tests stay to the end: the garbage collector need not visit them again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What `-n auto` means: one for each processor, and two more where there are journeys, which mostly wait."""
    return (os.cpu_count() or 1) + (0 if config.option.markexpr == _UNIT else 2)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out for want of a browser."""
    if count := len(_without_browser(terminalreporter)):
        terminalreporter.write_line(
            f"left out: {count} tests in a browser; install Chromium (apt-get install chromium)"
        )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where a browser is demanded, tests that need one and were skipped have failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    demanded = os.environ.get("CAPTIONER_TESTS_BROWSER") == "required"
    if demanded and reporter is not None and _without_browser(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _without_browser(reporter: pytest.TerminalReporter) -> list[pytest.TestReport]:
    skipped = reporter.stats.get("skipped", [])
    return [each for each in skipped if "chromium" in str(getattr(each, "longrepr", "")).lower()]


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event in _NOT_IN_UNIT and "PYTEST_CURRENT_TEST" in os.environ:
        pytest.fail(f"a test that {_NOT_IN_UNIT[event]}")


def _refusing(event: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        _refuse(event, arguments)
        return function(*arguments, **options)

    return call


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_is_heard() -> Iterator[None]:
    """A shell starts what it runs in the background with SIGINT ignored, and every child would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Paths of folders that are not there yet; pytest's own numbering lists all earlier ones for each."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, homes: Iterator[Path]) -> Path:
    """No key, bucket, proxy or terminal of the developer's reaches a test; the home folder is an empty one."""
    home = next(homes)
    home.mkdir()
    for name in list(os.environ):
        if name.startswith(_OURS) or name.lower().endswith("_proxy") or name in _LOOKS:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return home


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A command line that ran in this process sets levels and a handler; the next test must not see them."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in _QUIETED}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
