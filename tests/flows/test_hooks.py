"""A run that tells a webhook and a command, and leaves its manifest."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shlex
import sys
from collections.abc import Iterator
from threading import Thread

import pytest

from captioner.emulator import Emulator
from tests.flows.conftest import FIXTURES, Journey
from tests.notification.test_webhook import Receiver

TALK = FIXTURES / "interview-en.mp4"
SECRET = "flow-webhook-secret"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.short
def test_a_webhook_and_a_command_are_told_of_the_same(journey: Journey, emulator: Emulator, receiver: Receiver) -> None:
    receiver.answers = [503]
    code = "import sys; open('events.jsonl', 'a').write(sys.stdin.read() + '\\n')"
    journey.environment |= {"CAPTIONER_WEBHOOK": receiver.url, "CAPTIONER_WEBHOOK_SECRET": SECRET}
    done = journey.captioner(
        "run", TALK, "-o", "out", "--on-done", shlex.join([sys.executable, "-c", code]), *journey.place(emulator)
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in (journey.folder / "events.jsonl").read_text().splitlines()]
    assert [event["type"] for event in told] == ["file.done", "run.ended"]
    bodies = [json.loads(body) for _, _, body in receiver.requests]
    assert [event["type"] for event in bodies].count("run.ended") == 1
    assert len({event["id"] for event in bodies}) == 2
    assert len(bodies) == 3  # the first was refused
    assert bodies[-1]["data"] or bodies[0]["data"]
    for _, headers, body in receiver.requests:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mac = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{mac}"
    everything = [path.read_bytes() for path in journey.folder.rglob("*") if path.is_file()]
    for secret in (SECRET, "t0ken", "s3cret"):
        assert secret not in done.stdout + done.stderr
        assert not any(secret.encode() in content for content in everything)


def test_what_a_command_did_not_take_before_a_kill_it_gets_from_the_next_run(
    journey: Journey, emulator: Emulator
) -> None:
    code = "import os, sys; os.path.exists('down') and sys.exit('closed'); open('events', 'a').write(sys.stdin.read())"
    command = ["run", TALK, "-o", "out", "--on-done", shlex.join([sys.executable, "-c", code])]
    (journey.folder / "down").touch()
    process = journey.start(*command, *journey.place(emulator))
    assert process.stderr is not None
    try:
        refusal = next(line for line in process.stderr if "did not take" in line)
    finally:
        process.kill()
        process.communicate()
    assert "exit code 1: closed" in refusal
    assert (journey.folder / "out" / "interview-en.srt").exists()
    (journey.folder / "down").unlink()
    done = journey.captioner(*command, *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    events = (journey.folder / "events").read_text()
    assert events.count('"file.done"') == 1
    assert events.count('"run.ended"') == 1
    assert emulator.submissions == 1


@pytest.mark.parametrize("line", ['on_done = "touch pwned"', 'webhook = "https://evil.test/x"', 'webhook_secret = "x"'])
def test_a_folder_of_media_cannot_have_a_command_run(journey: Journey, emulator: Emulator, line: str) -> None:
    folder = journey.folder / "rushes"
    folder.mkdir()
    (folder / "talk.mp4").write_bytes(TALK.read_bytes())
    (folder / "captioner.toml").write_text(f"[hooks]\n{line}\n")
    (folder / "captioner.toml").chmod(0o600)
    done = journey.captioner("run", "rushes", *journey.place(emulator))
    assert done.returncode == 2
    assert "does not decide what is run or who is told" in done.stderr
    assert emulator.submissions == 0
    assert not list(journey.folder.rglob("pwned"))
