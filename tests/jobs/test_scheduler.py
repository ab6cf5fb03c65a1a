"""The deciding thread: turns, commits before consequences, and an end that does not wait."""

from __future__ import annotations

import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from captioner.errors import ConfigError, Interrupted, LedgerError, StorageUnavailable
from captioner.jobs.cluster import Cluster
from captioner.jobs.events import Event, FileReport, Retrying, Wrote
from captioner.jobs.executors import InlineExecutor, WorkerDied
from captioner.jobs.inputs.finding import InputList, Source, expand, ledger_path
from captioner.jobs.ledger import Ledger
from captioner.jobs.polling.due_queue import Call, Kind
from captioner.jobs.records import Job, Recognition, Task, Upload
from captioner.jobs.run_context import JobRun, RunContext
from captioner.jobs.runner import _AT_ONCE, _STORED_AHEAD, Executors, _context, _Run, run
from captioner.jobs.scheduler import WRITTEN_TOGETHER, Place, Scheduler
from captioner.jobs.services import Here, perform_each
from captioner.jobs.stages.cleanup import Deletion
from captioner.jobs.stages.write import Draft
from captioner.jobs.states import WORKER_TRIES, JobStatus, State
from captioner.model import Media, StoredObject
from tests.jobs.doubles import CHANCE, INLINE, House, QuickLedger, describe, threads
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.integration


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


class Book(QuickLedger):
    """A ledger that notes what is registered and committed, and may refuse a commit."""

    log: list[str]
    refuse = -1

    def register_job(self, *given: Any, **more: Any) -> Job:
        self.log.append("decide")
        return super().register_job(*given, **more)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with super().transaction():
            yield
            if self.log.count("commit") == self.refuse:
                raise LedgerError("full")
        self.log.append("commit")


class Noting(InlineExecutor):
    """Notes what is called, and does not call it."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.log.append(f"do {args[0].__name__}")
        future: Future[Any] = Future()
        future.set_exception(Interrupted("enough"))
        return future


def test_calls_leave_after_the_commit_they_follow_from(house: House) -> None:
    names, log = [str(house.media(f"{name}.mp4")) for name in "xy"], []
    _noted(house, names, log)
    assert log[:5] == ["decide", "decide", "commit", "do probe", "do probe"]


def _noted(house: House, names: list[str], log: list[str], refuse: int = -1, **more: Any) -> BaseException | None:
    """A run that is stopped as soon as it has called something; what it raised."""
    stop = threading.Event()

    class Stopping(Noting):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            stop.set()
            return super().submit(fn, *args, **kwargs)

    executors = Executors(Stopping(log), Stopping(log))
    with Book(ledger_path(names), clock=house.clock) as book:
        book.log, book.refuse = log, refuse
        options = replace(house.options, **more)
        try:
            run(expand(names), options, house.services, book, stop=stop, executors=executors)
        except (Interrupted, LedgerError, ConfigError) as error:
            return error
    return None


def test_calls_whose_decision_could_not_be_recorded_never_leave(house: House) -> None:
    names, log = [str(house.media("x.mp4"))], []
    assert isinstance(_noted(house, names, log, refuse=0), LedgerError)
    assert log == ["decide"]


def test_calls_decided_on_before_an_error_leave_because_their_decision_is_recorded(house: House) -> None:
    names, log = [str(house.media("a.mp4"))], []

    class Refusing(Book):
        def still_deletable(self, numbers: Sequence[int]) -> frozenset[int]:
            raise ConfigError("later")

    with Refusing(ledger_path(names), clock=house.clock) as book:
        book.log = log
        context = _context(house.options, house.services, book, house.events.append, InputList((), {}), Random(1))
        place = Place(Noting(log), Here(house.services))
        scheduler = Scheduler(context, place, place, house.clock.sleep, threading.Event())
        stored = StoredObject("s3", "bucket", "key")
        context.queue.put(Kind.WRITE, Draft(JobRun(expand(names)[0], context.usual, ()), ()))
        context.queue.put(Kind.DELETE, (Deletion(Upload(1, "place", stored, "c", "a", 1, 0)),))
        with pytest.raises(ConfigError, match="later"):
            scheduler.work(lambda: None)
    assert log == ["commit", "do write"]


def test_the_feed_is_told_after_the_commit(house: House) -> None:
    names, log = [str(house.media("talk.mp4", b"broken"))], []

    class Feed(InputList):
        def ended(self, source: Source, report: FileReport) -> None:
            log.append(f"ended {report.state}")

    with Book(ledger_path(names), clock=house.clock) as book:
        book.log = log
        run((), house.options, house.services, book, feed=Feed(expand(names), {}), executors=threads())
    assert log.count("ended REJECTED") == 1
    before = log[: log.index("ended REJECTED")]
    assert before[-1] == "commit"


def test_events_and_decisions_are_in_the_calling_thread_and_steps_in_others(house: House) -> None:
    seen: set[tuple[str, bool]] = set()
    here = threading.get_ident()

    def noting(path: Path) -> Media:
        seen.add(("step", threading.get_ident() == here))
        return describe(path)

    def hear(event: Event) -> None:
        seen.add(("event", threading.get_ident() == here))

    names = [str(house.media("talk.mp4"))]
    services = replace(house.services, describe=noting)
    with house.ledger(*names) as book:
        report = run(expand(names), house.options, services, book, on_event=hear, executors=threads())
    assert report.exit_code == 0
    assert seen == {("step", False), ("event", True)}


def test_no_more_files_are_under_way_than_there_are_workers_for(house: House) -> None:
    under_way, most, lock = [0], [0], threading.Lock()
    prepare = house.prepare

    def counted(media: Media, folder: Path, *, progress: Any = None) -> Any:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.01)
        made = prepare(media, folder, progress=progress)
        with lock:
            under_way[0] -= 1
        return made

    names = [str(house.media(f"{number:02d}.mp4")) for number in range(12)]
    services = replace(house.services, prepare=counted)
    options = replace(house.options, preparing=1, uploading=2)
    with house.ledger(*names) as book:
        assert run(expand(names), options, services, book, executors=threads()).exit_code == 0
    assert most[0] == 3


def test_a_store_that_does_not_answer_does_not_fill_the_disk_with_prepared_files(house: House) -> None:
    names = [house.media(f"{number:02d}.mp4") for number in range(40)]
    most = [0]

    def fail(verb: str) -> None:
        if verb == "put":
            most[0] = max(most[0], len(list((house.folder / ".captioner").rglob("*.flac"))))
            raise StorageUnavailable("no answer")

    house.store.fail = fail
    report = house.run(*names, patience_s=20.0)
    assert report.counts == {State.FOUND: 40}
    assert 0 < most[0] <= house.options.media_steps + 2
    assert not list((house.folder / ".captioner").rglob("*.flac"))


def test_a_run_does_not_wait_for_a_page_of_the_list_that_no_task_needs(house: House) -> None:
    files = [house.media(f"{number:02d}.mp4") for number in range(40)]  # so many that the list is asked
    ended_at: list[float] = []

    def hear(event: Event) -> None:
        if isinstance(event, Wrote):
            ended_at.append(house.clock.now)

    names = [str(path) for path in files]
    with house.ledger(*names) as book:
        run(expand(names), house.options, house.services, book, on_event=hear, executors=INLINE, rng=CHANCE(1))
    assert house.asr.pages > 0
    assert len(ended_at) == len(files)
    assert house.clock.now == ended_at[-1]


def test_stopping_ends_a_long_wait(house: House) -> None:
    house.asr.answers = ["busy"] * 99
    names, stop = [str(house.media("talk.mp4"))], threading.Event()

    def hear(event: Event) -> None:
        if type(event).__name__ == "Retrying":
            stop.set()

    with house.ledger(*names) as book, pytest.raises(Interrupted):
        run(
            expand(names),
            house.options,
            replace(house.services, clock=time.time, sleep=time.sleep),
            book,
            on_event=hear,
            stop=stop,
            executors=threads(),
        )
    assert house.asr.submissions == 1


def test_stopping_does_not_wait_for_a_step_that_hangs(house: House) -> None:
    stop, hang, over = threading.Event(), threading.Event(), threading.Event()

    def hanging(path: Path) -> Media:
        stop.set()
        hang.wait(PATIENCE_S)
        over.set()
        return describe(path)

    names = [str(house.media("talk.mp4"))]
    services = replace(house.services, describe=hanging, sleep=time.sleep, clock=time.time)
    with house.ledger(*names) as book, pytest.raises(Interrupted):
        run(expand(names), house.options, services, book, stop=stop, executors=threads())
    assert not over.is_set()
    hang.set()


# Transactions of the ledger


def _stored(book: Ledger, key: str) -> Recognition:
    rec = book.claim(Recognition(key, key, "", "a", "https://service.test", "fun-asr"))
    stored = replace(rec, status=JobStatus(State.STORED))
    book.save(stored)
    return stored


def _state(path: Path, key: str) -> str:
    """As another process sees it."""
    with sqlite3.connect(path) as other:
        row = other.execute("SELECT state FROM recognitions WHERE key = ?", (key,)).fetchone()
    other.close()
    return str(row[0]) if row else ""


def test_what_is_written_together_is_seen_by_others_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as book:
        with book.transaction():
            _stored(book, "a")
            _stored(book, "b")
            assert (_state(path, "a"), _state(path, "b")) == ("", "")
        assert (_state(path, "a"), _state(path, "b")) == ("STORED", "STORED")


def test_a_part_that_fails_is_undone_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as book:
        with book.transaction():
            good, unclaimed = _stored(book, "a"), Recognition("b", "b", "", "", "https://service.test", "fun-asr")
            with pytest.raises(LedgerError, match="took over"):
                book.record_intent("fun-asr", [good, unclaimed])
        assert _state(path, "a") == "STORED"
        with sqlite3.connect(path) as other:
            assert other.execute("SELECT count(*) FROM tasks").fetchone()[0] == 0
        other.close()


def _crash(book: Ledger) -> None:
    with book.transaction():
        _stored(book, "a")
        raise KeyError


def test_a_block_that_ends_in_a_crash_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as book:
        with pytest.raises(KeyError):
            _crash(book)
        assert _state(path, "a") == ""
        _stored(book, "b")
        assert _state(path, "b") == "STORED"


def test_money_is_on_the_disk_and_what_was_written_before_it_too(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as book:
        said: list[str] = []
        book._db.set_trace_callback(said.append)
        with book.transaction():
            stored = _stored(book, "a")
            book.record_intent("fun-asr", [stored])
            _stored(book, "b")
        words = [text.split()[0] for text in said if text.startswith(("BEGIN", "COMMIT", "PRAGMA"))]
    assert [text for text in said if text.startswith("PRAGMA")][:1] == ["PRAGMA synchronous = FULL"]
    assert words[:5] == ["BEGIN", "COMMIT", "PRAGMA", "BEGIN", "COMMIT"]


def _held(
    house: House, ledger: Ledger, kinds: Sequence[Kind], *, active: int = 16, running: int = 1
) -> tuple[Scheduler, RunContext, list[Kind]]:
    """A scheduler that has just had a turn, with calls that have ended since and others; and what it settles."""
    context = _context(house.options, house.services, ledger, house.events.append, InputList((), {}), Random(1))
    place = Place(InlineExecutor(), Here(house.services))
    scheduler = Scheduler(context, place, place, house.clock.sleep, threading.Event())
    context.active = {str(number): Recognition(str(number), "c", "o", "a", "e", "fun-asr") for number in range(active)}
    for kind in (*kinds, *[Kind.COLLECT] * running):
        context.queue.begin(kind)
    for kind in kinds:
        scheduler._on_done(Call(kind, list, (), kind), Future())
    scheduler._turned_at = time.monotonic() + 3600
    settled: list[Kind] = []
    scheduler._settle = lambda call, future: settled.append(call.kind)  # type: ignore[method-assign]
    return scheduler, context, settled


THREE = (Kind.COLLECT, Kind.WRITE, Kind.COMPOSE)


@pytest.mark.parametrize(
    ("kinds", "given", "settled"),
    [
        (THREE, {}, ()),
        (THREE, {"active": 15}, THREE),
        (THREE, {"running": 0}, THREE),
        ((Kind.WRITE, Kind.SUBMIT, Kind.WRITE), {}, (Kind.SUBMIT,)),
    ],
)
def test_a_turn_of_a_busy_run_is_held_but_for_what_was_bought(
    house: House, kinds: tuple[Kind, ...], given: dict[str, int], settled: tuple[Kind, ...]
) -> None:
    with QuickLedger(ledger_path([str(house.media("x.mp4"))]), clock=house.clock) as book:
        scheduler, _, found = _held(house, book, kinds, **given)
        scheduler._turn(scheduler._wait())
        assert tuple(found) == settled
        scheduler._turned_at = float("-inf")
        scheduler._turn(scheduler._wait())
        assert sorted(found) == sorted(kinds)


def test_what_holds_an_item_up_is_settled_while_a_turn_is_held_and_the_item_begun(house: House) -> None:
    with QuickLedger(ledger_path([str(house.media("x.mp4"))]), clock=house.clock) as book:
        kinds = [Kind.WRITE] * (_AT_ONCE * WRITTEN_TOGETHER)
        scheduler, context, found = _held(house, book, [*kinds, Kind.COMPOSE])
        context.queue.put(Kind.WRITE, Draft(JobRun(expand([str(house.media("x.mp4"))])[0], context.usual, ()), ()))
        context.queue.put(Kind.COLLECT, 1)
        assert not context.queue.is_held_up(Kind.COMPOSE, context.now)
        assert context.queue.is_held_up(Kind.WRITE, context.now)
        scheduler._turn(scheduler._wait())
        assert found == kinds
        assert context.queue.depth("ask")[0] == 1


def test_an_event_that_says_that_tasks_have_ended_ends_the_hold_of_a_turn(house: House) -> None:
    with QuickLedger(ledger_path([str(house.media("x.mp4"))]), clock=house.clock) as book:
        scheduler, _, found = _held(house, book, [Kind.WRITE])
        scheduler.hurry(["task"])
        scheduler._turn(scheduler._wait())
        assert found == [Kind.WRITE]


def test_what_became_of_a_submission_ends_a_hold_at_once(house: House) -> None:
    with QuickLedger(ledger_path([str(house.media("x.mp4"))]), clock=house.clock) as book:
        scheduler, _, _ = _held(house, book, [Kind.WRITE], running=2)
        ended: list[bool] = []

        class Waits(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                scheduler._on_done(Call(Kind.SUBMIT, list, (), None), Future())
                ended.append(self.is_set())
                return self.is_set()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("captioner.jobs.scheduler.threading.Event", Waits)
            assert scheduler._wait() is None
        assert ended == [True]


def test_a_few_captions_are_written_by_one_call_one_after_another(house: House, tmp_path: Path) -> None:
    seen: list[int] = []

    class Counting(InlineExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            seen.append(len(args[0]) if fn is perform_each else 1)
            return super().submit(fn, *args, **kwargs)

    paths = [tmp_path / f"{number}.srt" for number in range(WRITTEN_TOGETHER + 1)]
    with QuickLedger(ledger_path([str(house.media("x.mp4"))]), clock=house.clock) as book:
        context = _context(house.options, house.services, book, house.events.append, InputList((), {}), Random(1))
        place = Place(Counting(), Here(house.services))
        scheduler = Scheduler(context, place, place, house.clock.sleep, threading.Event())
        job_run = JobRun(expand([str(house.media("x.mp4"))])[0], context.usual, ())
        for path in paths:
            context.queue.put(Kind.WRITE, Draft(job_run, ((path, path.name.encode()),)))
        scheduler._turn(None)
        assert seen == [WRITTEN_TOGETHER, 1]
        assert [path.read_bytes() for path in paths] == [path.name.encode() for path in paths]
        assert scheduler._inbox.qsize() == len(paths)


def test_what_became_of_a_submission_and_the_next_intent_share_a_commit(house: House) -> None:
    names = [str(house.media(f"{number}.mp4", b"%d" % number)) for number in range(12)]
    commits: list[str] = []

    class Noting(QuickLedger):
        def record_intent(self, *given: Any) -> Task:
            commits.append("intent")
            return super().record_intent(*given)

        def record_outcome(self, *given: Any) -> None:
            commits.append("outcome")
            super().record_outcome(*given)

        @contextmanager
        def transaction(self) -> Iterator[None]:
            with super().transaction():
                yield
            commits.append("commit")

    with Noting(ledger_path(names), clock=house.clock) as book:
        run(expand(names), house.options, house.services, book, executors=INLINE, rng=CHANCE(1))
    told = " ".join(commits)
    assert told.count("intent") == 12
    assert told.count("outcome intent commit") > 6


def test_a_run_does_not_wait_for_its_workers_while_many_files_wait_for_their_submission(house: House) -> None:
    with QuickLedger(ledger_path([str(house.media("x.mp4"))]), clock=house.clock) as book:
        context = _context(house.options, house.services, book, house.events.append, InputList((), {}), Random(1))
        one = _Run(context, threading.Event())
        cluster: Any = SimpleNamespace(is_waited_for=True)
        one.cluster = cluster
        one._beat_at = one._told_at = context.now
        context.submit.stored.update(map(str, range(_STORED_AHEAD)))
        one._tick()
        assert not cluster.is_waited_for
        context.submit.stored.pop()
        one._tick()
        assert cluster.is_waited_for


class Deadly(InlineExecutor):
    """Workers that are killed at a step for one file."""

    def __init__(self, step: str, name: str) -> None:
        self.step, self.name, self.deaths = step, name, 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if args[0].__name__ != self.step or self.name not in str(args[1]):
            return super().submit(fn, *args, **kwargs)
        self.deaths += 1
        future: Future[Any] = Future()
        future.set_exception(WorkerDied(-signal.SIGKILL))
        return future


@pytest.mark.parametrize(
    ("step", "state"), [("probe", State.FOUND), ("upload", State.FOUND), ("compose", State.FETCHED)]
)
def test_a_file_that_kills_its_workers_is_left_to_the_next_run(house: House, step: str, state: State) -> None:
    names = [str(house.media(name)) for name in ("good.mp4", "deadly.mp4")]
    workers = Deadly(step, "deadly")
    with house.ledger(*names) as book:
        sources = expand(names)
        executors = Executors(workers, INLINE.service)
        report = run(sources, house.options, house.services, book, on_event=house.events.append, executors=executors)
    assert {Path(file.source).name: file.state for file in report.files} == {
        "good.mp4": State.WRITTEN,
        "deadly.mp4": state,
    }
    assert workers.deaths == WORKER_TRIES
    reason = next(file.reason for file in report.files if file.reason)
    assert reason.message == "its worker process was killed (signal 9); tried 6 times: run it again later"
    assert sum(isinstance(event, Retrying) for event in house.events) == WORKER_TRIES - 1
    assert house.run(*names).counts == {State.WRITTEN: 2}


class Elsewhere(InlineExecutor):
    """Workers that have another file under the name of one, as with a wrong mount."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = super().submit(fn, *args, **kwargs)
        if args[0].__name__ != "probe" or "odd" not in str(args[1]):
            return future
        found, changed = future.result(), Future[Any]()
        changed.set_result(replace(found, media=replace(found.media, size_bytes=7)))
        return changed


def test_a_file_of_which_workers_have_another_is_neither_captioned_nor_refused(house: House) -> None:
    names = [str(house.media(name)) for name in ("odd.mp4", "good.mp4")]
    options = replace(house.options, cluster=Cluster("tcp://10.0.0.1:8786"))
    with house.ledger(*names) as book:
        report = run(expand(names), options, house.services, book, executors=Executors(Elsewhere(), INLINE.service))
    odd, good = report.files
    assert (odd.state, good.state) == (State.FOUND, State.WRITTEN)
    assert odd.reason is not None
    assert "a worker has another file of its name, with 7 bytes instead of 13" in odd.reason.message
    assert odd.submissions == 0
    assert house.run(*names).counts == {State.WRITTEN: 2}
