"""`captioner emulate`: prints its address, answers, stops cleanly."""

from __future__ import annotations

import signal

import httpx
import pytest

from tests.flows.conftest import KEY, Journey
from tests.waiting import PATIENCE_S


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.short), signal.SIGTERM])
def test_it_prints_its_address_answers_and_stops_cleanly(journey: Journey, number: signal.Signals) -> None:
    process = journey.start("emulate", "--port", "0", "--key", KEY)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        answer = httpx.get(
            f"{url}/tasks/", headers={"Authorization": f"Bearer {KEY}"}, timeout=PATIENCE_S, trust_env=False
        )
        assert answer.status_code == 200
        assert httpx.get(f"{url}/tasks/", timeout=PATIENCE_S, trust_env=False).status_code == 401
        process.send_signal(number)
        _, stderr = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in stderr


@pytest.mark.short
def test_an_unknown_fault_is_a_usage_error(journey: Journey) -> None:
    done = journey.captioner("emulate", "--port", "0", "--faults", "meteor=1")
    assert done.returncode == 2
    assert "meteor" in done.stderr
