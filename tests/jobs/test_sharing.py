"""Several processes on one ledger, and runs that are stopped."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from captioner.errors import Interrupted
from captioner.files import write_whole
from captioner.jobs.events import Event, Noted, Report, Waiting
from captioner.jobs.inputs.finding import expand, ledger_path
from captioner.jobs.ledger import Ledger
from captioner.jobs.options import RunOptions
from captioner.jobs.runner import run
from captioner.jobs.services import Services
from captioner.jobs.states import JobStatus, State
from captioner.recognition.funasr.options import RecognitionOptions
from tests.jobs.doubles import INLINE, House, reply, threads
from tests.waiting import PATIENCE_S, returns, wait_until

pytestmark = pytest.mark.integration


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


class RealTime:
    """The clock of the wall, for runs in threads."""

    @property
    def now(self) -> float:
        return time.time()

    def __call__(self) -> float:
        return time.time()


def _real(house: House) -> Services:
    house.asr.clock = RealTime()  # type: ignore[assignment]
    return replace(house.services, clock=time.time, sleep=time.sleep)


def _run(
    house: House, services: Services, names: list[str], stop: threading.Event | None = None, **changes: object
) -> Report:
    events: list[Event] = house.events
    options = replace(RunOptions(recognition=RecognitionOptions()), **changes)
    with Ledger(ledger_path(names)) as ledger:
        return run(expand(names), options, services, ledger, on_event=events.append, stop=stop, executors=threads())


def test_two_runs_at_once_share_the_files_and_pay_once_for_each(house: House) -> None:
    names = [str(house.media(f"{number}.mp4")) for number in range(6)]
    house.asr.takes_s = 0.3
    services = _real(house)
    with ThreadPoolExecutor(2) as pool:
        reports = [
            future.result(PATIENCE_S) for future in [pool.submit(_run, house, services, names) for _ in range(2)]
        ]
    assert [report.exit_code for report in reports] == [0, 0], [report.as_json() for report in reports]
    assert len(house.asr.tasks_made) == 6
    assert len(list(house.folder.glob("*.srt"))) == 6
    assert house.store.objects == {}


def test_a_file_another_process_has_is_waited_for_and_captioned_from_its_result(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media)
    with house.ledger(str(media)) as other:
        rec = other.recognitions()[0]
        other.reopen(replace(rec, status=JobStatus(State.SUBMITTED)))
        (house.folder / "talk.srt").unlink()

        def sleep(seconds: float) -> None:
            house.clock.now += seconds
            if house.clock.now > rec.status.due_at + 30 and not other.fetched(rec.key):
                write_whole(other.folder / "replies" / rec.reply, reply("https://x.test/y", "Theirs."))
                other.save(rec)

        started = house.clock.now
        report = _run_with_sleep(house, media, sleep)
        assert house.clock.now - started > 20
    assert report.exit_code == 0
    assert (house.folder / "talk.srt").read_text().startswith("Theirs.")
    assert any(isinstance(event, Noted) and "another captioner" in event.message for event in house.events)
    assert house.asr.submissions == 1


def test_a_file_another_process_gives_up_is_taken_over(house: House) -> None:
    media = house.media("talk.mp4")
    other = house.ledger(str(media))
    report_of_first = house.run(media)
    assert report_of_first.exit_code == 0
    rec = other.recognitions()[0]
    other.reopen(replace(rec, status=JobStatus(State.SUBMITTED, submissions=1)))
    (house.folder / "talk.srt").unlink()

    def sleep(seconds: float) -> None:
        house.clock.now += seconds
        if house.clock.now > rec.status.due_at + 30:
            other.release()

    report = _run_with_sleep(house, media, sleep)
    other.close()
    assert report.exit_code == 0
    assert house.asr.submissions == 1


def _run_with_sleep(house: House, media: Path, sleep: object) -> Report:
    services = replace(house.services, sleep=sleep)
    with house.ledger(str(media)) as ledger:
        return run(
            expand([str(media)]), house.options, services, ledger, on_event=house.events.append, executors=INLINE
        )


def test_a_stopped_run_ends_long_before_its_task_and_the_next_one_polls_its_task(house: House) -> None:
    names = [str(house.media("talk.mp4"))]
    house.asr.takes_s = 3600
    services, stop = _real(house), threading.Event()

    def watch() -> None:
        wait_until(lambda: any(isinstance(event, Waiting) for event in house.events))
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    ends: list[type[BaseException] | None] = []

    def attempt() -> None:
        with pytest.raises(Interrupted) as caught:
            _run(house, services, names, stop)
        ends.append(caught.type)

    assert returns(attempt)
    assert ends == [Interrupted]
    assert len(house.store.objects) == 1
    next(iter(house.asr.tasks_made.values())).done_at = 0
    assert _run(house, services, names).exit_code == 0
    assert len(house.asr.tasks_made) == 1
    assert house.store.objects == {}


def test_a_stop_during_an_upload_ends_it_and_leaves_no_file_in_work(house: House) -> None:
    names = [str(house.media("talk.mp4"))]
    services, stop = _real(house), threading.Event()
    stopped = threading.Event()

    class Slow:
        """A store whose upload goes on until somebody ends it."""

        def place_of(self, prepared: object, name: str) -> None:
            """Nothing is known before."""

        def put(self, prepared: object, name: str, *, progress: object = None) -> None:
            assert callable(progress)
            try:
                for done in range(10_000):
                    progress(done, 10_000)
                    stop.set() if done == 5 else time.sleep(0.01)
            except Interrupted:
                stopped.set()
                raise

    with pytest.raises(Interrupted):
        _run(house, replace(services, store=Slow()), names, stop)  # type: ignore[arg-type]
    assert stopped.wait(PATIENCE_S)
    assert not list((house.folder / ".captioner").rglob("*.flac"))
    assert house.asr.submissions == 0


def test_a_task_whose_answer_arrives_while_stopping_is_not_looked_for_later(house: House) -> None:
    names = [str(house.media("talk.mp4"))]
    services, stop = _real(house), threading.Event()
    submit = house.asr.submit

    def slow_submit(urls: object, options: object) -> str:
        task_id = submit(urls, options)  # type: ignore[arg-type]
        stop.set()
        time.sleep(0.5)
        return task_id

    house.asr.submit = slow_submit  # type: ignore[method-assign]
    with pytest.raises(Interrupted):
        _run(house, services, names, stop)
    with Ledger(ledger_path(names)) as ledger:
        assert ledger.recognitions()[0].status.state is State.SUBMITTED


def test_a_keyboard_interrupt_is_an_interruption(house: House) -> None:
    media = house.media("talk.mp4")

    def sleep(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        _run_with_sleep(house, media, sleep)
    assert house.run(media).exit_code == 0
    assert len(house.asr.tasks_made) == 1
