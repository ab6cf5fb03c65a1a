"""Doubles for the recogniser's room: a clock that sleeping moves, and a service that follows a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from captioner.recognition.funasr.client import AsrClient
from captioner.recognition.funasr.rate_limiters import RateLimits
from captioner.settings import Secret

REPLIES = Path(__file__).parents[2] / "fixtures" / "replies"
BASE_URL = "https://service.example.com/api/v1"
KEY = "sk-0123456789abcdef"


def sample(name: str) -> Any:
    return json.loads((REPLIES / f"{name}.json").read_text(encoding="utf-8"))


class FakeClock:
    """Seconds that pass only by sleeping; remembers every sleep."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Script:
    """A transport that gives prepared answers in turn and keeps the requests. An exception is raised instead."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def client(script: Callable[[httpx.Request], httpx.Response], base_url: str = BASE_URL, **more: Any) -> AsrClient:
    clock = FakeClock()
    http = httpx.Client(transport=httpx.MockTransport(script))
    limiter = RateLimits(clock=clock, sleep=clock.sleep)
    more.setdefault("resolve", lambda host: ["8.8.8.8"])
    return AsrClient(http, base_url, Secret(KEY), limiter=limiter, clock=clock, **more)


def answer(body: Any, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers)
