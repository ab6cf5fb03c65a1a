"""A command that is run for every message, with the JSON on its standard input."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from typing import IO

from captioner.errors import ConfigError
from captioner.notification.receiver import Message, receiver_key
from captioner.settings import is_secret_variable

__all__ = ["Command"]

#: How long a command may take; one that hangs would hold up all others.
_TIMEOUT_S = 600.0
_TAIL_BYTES = 4096


class Command:
    """Runs a program for every message: not in a shell, in a session of its own, its output kept from ours.

    Args:
        line: Program and arguments, quoted as in a shell.
        environment: What the program sees, beside CAPTIONER_EVENT and CAPTIONER_EVENT_ID; the process's by default.
        timeout_s: How long it may take.

    Raises:
        ConfigError: The quotes in the line do not close, or there is nothing in it.
    """

    def __init__(
        self, line: str, *, environment: Mapping[str, str] | None = None, timeout_s: float = _TIMEOUT_S
    ) -> None:
        try:
            self._words = shlex.split(line, posix=os.name != "nt")
        except ValueError as error:
            raise ConfigError("--on-done: the quotes in the command do not close; check it") from error
        if not self._words:
            raise ConfigError("--on-done: no command in it; name a program")
        given = os.environ if environment is None else environment
        self._environment = {name: value for name, value in given.items() if not is_secret_variable(name)}
        self._timeout_s = timeout_s
        self.key = receiver_key("command", line)
        self.label = f"command {os.path.basename(self._words[0])}"  # noqa: PTH119 - a name, perhaps without a folder

    def deliver(self, message: Message) -> str:
        """Run the command once; returns "" when it ended with 0, else the reason."""
        environment = {**self._environment, "CAPTIONER_EVENT": message.type, "CAPTIONER_EVENT_ID": message.id}
        try:
            with tempfile.TemporaryFile() as output:
                code = self._run(message.body.encode(), environment, output)
                return "" if code == 0 else f"{self._ended(code)}{_last_line(output)}"
        except OSError as error:
            return f"it cannot be started ({error.strerror or 'no such program'})"

    def _run(self, body: bytes, environment: Mapping[str, str], output: IO[bytes]) -> int | None:
        """Exit code of the command, or None when it took too long; then it is killed with all its children."""
        with subprocess.Popen(
            self._words,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            try:
                process.communicate(body, timeout=self._timeout_s)
            except subprocess.TimeoutExpired:
                _kill(process)
                return None
            return process.returncode

    def _ended(self, code: int | None) -> str:
        if code is None:
            return f"it did not end within {self._timeout_s:g} s"
        return f"it ended with signal {-code}" if code < 0 else f"it ended with exit code {code}"

    def close(self) -> None:
        """Nothing is open between two messages."""


def _kill(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _last_line(output: IO[bytes]) -> str:
    """The last line of what a program printed, for a message to people."""
    output.seek(max(output.seek(0, os.SEEK_END) - _TAIL_BYTES, 0))
    lines = [line.strip() for line in output.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return f": {lines[-1][:200]}" if lines else ""
