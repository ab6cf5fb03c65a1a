"""A process that has loaded `captioner` and splits off a copy of itself for each command.

A command run this way is a process of its own, with its own environment, folder and streams, as when it is started from
a shell; only starting Python and loading libraries, most of its processor time, is done once. What depends on the start
itself (hooks, signals, kills) is tested with `Journey.start`.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType

import boto3
import botocore.session

__all__ = ["Launcher"]

ROOT = Path(__file__).resolve().parents[2]
_LONGEST_BYTES = 1 << 20
_LOADED = (
    "captioner.cli.commands.run",
    "captioner.jobs.runner",
    "captioner.storage.s3.session",
    "av",
    "boto3",
    "httpx",
)


class Launcher:
    """Runs commands while the `with` block runs."""

    def __enter__(self) -> Launcher:
        self._start()
        return self

    def _start(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                env={"PATH": os.environ["PATH"], "HOME": os.devnull},
                start_new_session=True,
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._process.wait()

    def run(
        self, arguments: list[str], folder: Path, environment: Mapping[str, str], timeout_s: float
    ) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of `captioner` with these arguments.

        Raises:
            TimeoutError: It did not end in time, and was killed.
        """
        request = json.dumps([arguments, str(folder), dict(environment)]).encode()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            self._socket.settimeout(timeout_s)
            socket.send_fds(self._socket, [request], [out.fileno(), err.fileno()])
            try:
                code = int(self._socket.recv(64))
            except TimeoutError:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
                self._socket.close()
                self._start()
                raise
            return code, *(_text(stream.fileno()) for stream in (out, err))


def _text(handle: int) -> str:
    size = os.fstat(handle).st_size
    return os.pread(handle, size, 0).decode("utf-8").replace("\r\n", "\n")


def _load() -> None:
    """Import what most commands need, and read the tables of botocore, which it does anew for each client."""
    for name in _LOADED:
        importlib.import_module(name)
    botocore.session.create_loader = cache(botocore.session.create_loader)
    boto3.Session("id", "secret", region_name="us-east-1").client("s3").close()


def _serve(requests: socket.socket) -> None:
    _load()
    while True:
        request, handles, _, _ = socket.recv_fds(requests, _LONGEST_BYTES, 2)
        if not request:
            return
        if (pid := os.fork()) == 0:
            requests.close()
            _become(*json.loads(request), *handles)
            return
        for handle in handles:
            os.close(handle)
        _, status = os.waitpid(pid, 0)
        requests.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(arguments: list[str], folder: str, environment: Mapping[str, str], out: int, err: int) -> None:
    """Be `captioner` from here on; what is returned to is the end of the process."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for handle, stream in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(handle, stream)
        os.close(handle)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["captioner", *arguments]
    from captioner.__main__ import main

    main()


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
