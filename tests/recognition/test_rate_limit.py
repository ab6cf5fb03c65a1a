from __future__ import annotations

import threading

from captioner.recognition.funasr import catalogue
from captioner.recognition.funasr.rate_limiters import RateLimiter, RateLimits, shared_limits
from captioner.settings import Secret
from tests.recognition.doubles import FakeClock


def test_calls_are_spaced_evenly() -> None:
    clock = FakeClock(0.0)
    limiter = RateLimiter(4, clock=clock, sleep=clock.sleep)
    times = []
    for _ in range(5):
        limiter.wait()
        times.append(clock.now)
    assert times == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_a_pause_is_not_saved_up_for_a_burst() -> None:
    clock = FakeClock(0.0)
    limiter = RateLimiter(4, clock=clock, sleep=clock.sleep)
    limiter.wait()
    clock.now = 100.0
    limiter.wait()
    limiter.wait()
    assert clock.now == 100.25


def test_threads_get_different_slots() -> None:
    slept: list[float] = []
    limiter = RateLimiter(10, clock=lambda: 0.0, sleep=slept.append)
    threads = [threading.Thread(target=limiter.wait) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(round(s, 3) for s in slept) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]


def test_queries_leave_room_in_the_account_s_quota() -> None:
    clock = FakeClock(0.0)
    limits = RateLimits(clock=clock, sleep=clock.sleep)
    for _ in range(17):
        limits.query()
    assert round(clock.now, 6) == 1.0


def test_each_model_has_its_own_submission_rate() -> None:
    clock = FakeClock(0.0)
    limits = RateLimits(clock=clock, sleep=clock.sleep)
    for _ in range(20):
        limits.submit(catalogue.find_model("fun-asr"))
    assert round(clock.now, 6) == round(19 / 9.52, 6)
    limits.submit(catalogue.find_model("paraformer-v2"))
    assert round(clock.now, 6) == round(19 / 9.52, 6)
    limits.submit(catalogue.find_model("paraformer-v2"))
    assert round(clock.now, 6) == round(19 / 9.52 + 1 / 19.04, 6)


def test_no_second_holds_more_submissions_than_the_model_takes_when_some_arrive_late() -> None:
    clock = FakeClock(0.0)
    limits = RateLimits(clock=clock, sleep=clock.sleep)
    arrived = []
    for number in range(100):
        limits.submit(catalogue.find_model("fun-asr"))
        arrived.append(clock.now + (0.05 if number % 7 == 0 else 0.0))
    assert max(sum(at <= other < at + 1 for other in arrived) for at in arrived) <= 10


def test_all_clients_of_a_key_share_its_limits() -> None:
    one = shared_limits("https://a.example.com/api/v1", Secret("k"))
    assert shared_limits("https://a.example.com/api/v1", Secret("k")) is one
    assert shared_limits("https://a.example.com/api/v1", Secret("other")) is not one
    assert shared_limits("https://b.example.com/api/v1", Secret("k")) is not one
