"""A command that is run for every message."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from captioner.errors import ConfigError
from captioner.notification import Command, Message

pytestmark = pytest.mark.process

MESSAGE = Message("evt_1", "file.done", '{"id": "evt_1"}')


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def test_a_command_gets_the_event_on_its_standard_input(tmp_path: Path) -> None:
    out = tmp_path / "event with space.json"
    code = (
        "import json, os, sys; names = ('CAPTIONER_EVENT', 'CAPTIONER_EVENT_ID', 'DASHSCOPE_API_KEY',"
        " 'CAPTIONER_EVENTS_TOKEN', 'HOME');"
        "json.dump([json.load(sys.stdin), [os.environ.get(n) for n in names]], open(sys.argv[1], 'w'))"
    )
    line = f"{python(code)} {shlex.quote(str(out))}"
    environment = {
        "DASHSCOPE_API_KEY": "sk-secret",
        "CAPTIONER_WEBHOOK_SECRET": "s",
        "CAPTIONER_EVENTS_TOKEN": "t",
        "HOME": "/home/ana",
    }
    assert Command(line, environment=environment).deliver(MESSAGE) == ""
    assert json.loads(out.read_text()) == [{"id": "evt_1"}, ["file.done", "evt_1", None, None, "/home/ana"]]


def test_a_command_that_does_not_read_is_fine() -> None:
    assert Command(python("pass")).deliver(Message("e", "t", "x" * 500_000)) == ""


def test_a_command_that_fails_says_why() -> None:
    reason = Command(python("import sys; print('one'); sys.exit('disk full')")).deliver(MESSAGE)
    assert reason == "it ended with exit code 1: disk full"


def test_a_command_that_is_killed_says_so() -> None:
    assert "signal 9" in Command(python("import os; os.kill(os.getpid(), 9)")).deliver(MESSAGE)


def test_a_command_that_hangs_is_ended_with_its_children() -> None:
    code = (
        "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)']).wait()"
    )
    assert Command(python(code), timeout_s=0.3).deliver(MESSAGE) == "it did not end within 0.3 s"


def test_a_command_that_is_not_there_says_so() -> None:
    command = Command("no-such-program --flag")
    assert "cannot be started" in command.deliver(MESSAGE)
    assert command.label == "command no-such-program"


@pytest.mark.parametrize("line", ["", "  ", "say 'it"])
def test_what_is_no_command_is_refused(line: str) -> None:
    with pytest.raises(ConfigError, match="--on-done"):
        Command(line)


def test_no_shell_reads_the_line(tmp_path: Path) -> None:
    Command(f"{python('pass')} ; touch {tmp_path / 'made'}").deliver(MESSAGE)
    assert list(tmp_path.iterdir()) == []
