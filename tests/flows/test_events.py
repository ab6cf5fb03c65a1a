"""Journeys with completion events: they may come, be refused, or be lost, and the captions are the same."""

from __future__ import annotations

import socket

import pytest

from captioner.emulator import Emulator
from tests.flows.conftest import FIXTURES, KEY, Journey

INTERVIEW = FIXTURES / "interview-en.mp4"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("login", [pytest.param("", marks=pytest.mark.short), "bridge:s3cret@", "bridge:wrong@"])
def test_a_run_with_events_is_like_one_without(login: str, journey: Journey) -> None:
    port = free_port()
    if login:
        journey.environment["CAPTIONER_EVENTS_TOKEN"] = "s3cret"
    url = f"http://{login}127.0.0.1:{port}/"
    with Emulator(transcripts=FIXTURES / "transcripts", key=KEY, events=url) as service:
        done = journey.captioner("run", INTERVIEW, "-o", "out", "--events", port, *journey.place(service))
        assert done.returncode == 0, done.stderr
        assert service.submissions == 1
    assert (journey.folder / "out" / "interview-en.srt").exists()
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["run", "batch"])
@pytest.mark.parametrize(("address", "said"), [("0.0.0.0:0", "CAPTIONER_EVENTS_TOKEN"), ("here", "not an address")])
def test_an_address_that_cannot_be_used_ends_the_command_before_anything_is_sent(
    command: str, address: str, said: str, journey: Journey, emulator: Emulator
) -> None:
    done = journey.captioner(command, INTERVIEW, "-o", "out", "--events", address, *journey.place(emulator))
    assert done.returncode == 2
    assert said in done.stderr
    assert (emulator.submissions, journey.objects()) == (0, [])
