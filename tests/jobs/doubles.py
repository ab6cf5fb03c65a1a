"""Doubles for everything a run touches: a clock, a store, a service, and a way to die at any moment."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from captioner.captions.caption_files import Captions
from captioner.errors import (
    AsrRejected,
    AsrUnavailable,
    CaptionerError,
    CredentialsRefused,
    MediaError,
    StorageUnavailable,
    SubmissionInDoubt,
)
from captioner.files import sha256_of_file
from captioner.jobs.events import Event, Report
from captioner.jobs.executors import DaemonThreadExecutor, InlineExecutor
from captioner.jobs.inputs.finding import expand, ledger_path
from captioner.jobs.lease import Owner, this_process
from captioner.jobs.ledger import Ledger
from captioner.jobs.options import RunOptions
from captioner.jobs.records import Job, Recognition, Upload
from captioner.jobs.runner import Executors, run
from captioner.jobs.services import Services
from captioner.model import AudioStream, Media, Prepared, SignedUrl, StoredObject
from captioner.recognition.funasr.fun_asr import FunAsrRules
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.recognition.funasr.task_status import FileResult, TaskEntry, TaskReport

START = 1_700_000_000.0
CHANCE = random.Random

#: Every step in the calling thread.
INLINE = Executors(InlineExecutor(), InlineExecutor())


def threads() -> Executors:
    """Every step in a thread of its own."""
    return Executors(DaemonThreadExecutor(64), DaemonThreadExecutor(64))


class Killed(BaseException):
    """The process is gone at this point; nothing may catch it."""


class FakeClock:
    """Time that passes when somebody sleeps, and a little with every look."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0.001)


class Tripwire:
    """Counts boundaries and kills at the chosen one."""

    def __init__(self, at: int = -1) -> None:
        self.at = at
        self.count = 0
        self.names: list[str] = []

    def step(self, name: str) -> None:
        self.names.append(name)
        self.count += 1
        if self.count == self.at:
            raise Killed(name)


class FakeStore:
    """A store in memory. `fail` is asked before every call and may raise."""

    def __init__(self, clock: FakeClock, wire: Tripwire | None = None) -> None:
        self.objects: dict[str, int] = {}
        self.puts: list[str] = []
        self.deletes: list[str] = []
        self.signed = 0
        self.clock = clock
        self.wire = wire or Tripwire()
        self.fail: Callable[[str], None] = lambda verb: None

    def place_of(self, prepared: Prepared, name: str) -> StoredObject:
        key = f"captioner/{prepared.sha256}/{Path(name).stem}.flac"
        return StoredObject("s3", "bucket", key, prepared.size_bytes)

    def put(self, prepared: Prepared, name: str, *, progress: Any = None) -> StoredObject:
        self.wire.step("put:before")
        self.fail("put")
        key = self.place_of(prepared, name).key
        if key not in self.objects:
            self.puts.append(key)
        self.objects[key] = prepared.size_bytes
        if progress:
            progress(prepared.size_bytes, prepared.size_bytes)
        self.wire.step("put:after")
        return StoredObject("s3", "bucket", key, prepared.size_bytes)

    def sign(self, stored: StoredObject) -> SignedUrl:
        self.signed += 1
        return SignedUrl(f"https://store.test/bucket/{stored.key}?X-Amz-Signature=secret{self.signed}")

    def verify_readable(self, signed: SignedUrl) -> None:
        self.wire.step("verify_readable:before")
        self.fail("verify_readable")

    def exists(self, stored: StoredObject) -> bool:
        self.wire.step("exists:before")
        self.fail("exists")
        return stored.key in self.objects

    def delete(self, stored: StoredObject) -> None:
        self.wire.step("delete:before")
        self.fail("delete")
        self.deletes.append(stored.key)
        self.objects.pop(stored.key, None)
        self.wire.step("delete:after")

    def remove_orphans(self, older_than_s: int) -> list[str]:
        return []

    def close(self) -> None:
        pass


@dataclass
class FakeTask:
    """A task at the fake service."""

    task_id: str
    urls: list[str]
    model: str
    parameters: dict[str, Any]
    created: float
    done_at: float
    results: list[FileResult] | None = None


@dataclass
class FakeAsr(FunAsrRules):
    """A service in memory.

    Attributes:
        answers: How the next submissions go: "ok", "lost" (taken, answer lost), "dropped" (never arrived), "busy",
            "money", "key", "refused"; "ok" when it is empty.
        outcomes: By part of the file name: a failure code for the file, or "" for success.
        one_url: The message with which several files in a task are refused, or "".
        refused_groups: How often they were.
        mended_after: So many tasks have those outcomes, later ones go well; 0 for all.
        silent: Parts of names of files without speech.
        forget: Task ids that have expired.
        takes_s: Seconds a task needs.
        unlisted: Task ids that the list does not show.
    """

    clock: FakeClock
    store: FakeStore
    wire: Tripwire
    answers: list[str] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    mended_after: int = 0
    silent: tuple[str, ...] = ()
    forget: set[str] = field(default_factory=set)
    takes_s: float = 5.0
    tasks_made: dict[str, FakeTask] = field(default_factory=dict)
    submissions: int = 0
    queries: int = 0
    lists: int = 0
    fetches: int = 0
    pages: int = 0
    unlisted: set[str] = field(default_factory=set)
    reversed_results: bool = False
    one_url: str = ""
    refused_groups: int = 0
    checks: int = 0
    fail: Callable[[str], None] = lambda verb: None
    _numbers: Iterator[int] = field(default_factory=itertools.count)  # its next is one step: threads share the double

    def submit(self, urls: list[SignedUrl], options: RecognitionOptions) -> str:
        self.wire.step("submit:before")
        self.fail("submit")
        answer = self.answers.pop(0) if self.answers else "ok"
        self.submissions += 1
        if answer == "busy":
            raise AsrUnavailable("submit: too many requests", "Throttling", 2.0)
        if self.one_url and len(urls) > 1:
            self.refused_groups += 1
            raise AsrRejected(f"submit: refused: {self.one_url}", "InvalidParameter")
        if answer == "money":
            raise CredentialsRefused("submit: overdue", "Arrearage")
        if answer == "refused":
            raise AsrRejected("submit: not this file", "InvalidParameter")
        if answer == "key":
            raise CredentialsRefused("submit: wrong key", "InvalidApiKey")
        if answer == "dropped":
            raise SubmissionInDoubt("submit: no answer")
        task_id = f"task-{next(self._numbers)}"
        self.tasks_made[task_id] = FakeTask(
            task_id,
            [url.url for url in urls],
            options.model,
            options.parameters(),
            self.clock.now,
            self.clock.now + self.takes_s,
        )
        self.wire.step("submit:after")
        if answer == "lost":
            raise SubmissionInDoubt("submit: no answer")
        return task_id

    def check(self, options: RecognitionOptions) -> str:
        self.fail("check")
        self.checks += 1
        return ""

    def query(self, task_id: str) -> TaskReport:
        self.wire.step("query:before")
        self.fail("query")
        self.queries += 1
        task = self.tasks_made.get(task_id)
        if task is None or task_id in self.forget:
            return TaskReport(task_id, "UNKNOWN")
        if self.clock.now < task.done_at:
            return TaskReport(task_id, "RUNNING")
        if task.results is None:
            task.results = [self._result(task, url) for url in task.urls]
        results = list(task.results)
        if self.reversed_results:
            results.reverse()
        status = "SUCCEEDED" if any(result.status == "SUCCEEDED" for result in results) else "FAILED"
        return TaskReport(
            task_id,
            status,
            tuple(results),
            submitted_at=task.created,
            ended_at=task.done_at,
            billed_s=7 * sum(result.transcription_url is not None for result in results),
        )

    def _result(self, task: FakeTask, url: str) -> FileResult:
        signed = SignedUrl(url)
        for part in self.silent:
            if part in url:
                return FileResult(signed, "FAILED", None, "SUCCESS_WITH_NO_VALID_FRAGMENT", "")
        for part, code in self.outcomes.items():
            if part in url and code and not 0 < self.mended_after < len(self.tasks_made):
                return FileResult(signed, "FAILED", None, code, "as told")
        if "store.test" in url and not any(key in url for key in list(self.store.objects)):
            return FileResult(signed, "FAILED", None, "FILE_404_NOT_FOUND", "no such object")
        link = f"https://results.test/{task.task_id}/{task.urls.index(url)}?Signature=secret"
        return FileResult(signed, "SUCCEEDED", SignedUrl(link))

    def tasks(self, model: str = "", since_s: float | None = None, until_s: float | None = None) -> list[TaskEntry]:
        self.wire.step("tasks:before")
        self.fail("tasks")
        self.lists += 1
        return [
            TaskEntry(task.task_id, "RUNNING", task.model, int(task.created * 1000))
            for task in self.tasks_made.values()
            if task.created >= (since_s or 0)
        ]

    def page(self, number: int, size: int) -> tuple[list[TaskEntry], int]:
        self.wire.step("page:before")
        self.fail("page")
        self.pages += 1
        tasks = list(reversed(self.tasks_made.values()))
        entries = [
            TaskEntry(task.task_id, self._status(task), task.model, int(task.created * 1000))
            for task in tasks[(number - 1) * size : number * size]
            if task.task_id not in self.unlisted
        ]
        return entries, max(1, -(-len(tasks) // size))

    def _status(self, task: FakeTask) -> str:
        return "RUNNING" if self.clock.now < task.done_at else "SUCCEEDED"

    def fetch(self, url: SignedUrl) -> bytes:
        self.wire.step("fetch:before")
        self.fail("fetch")
        self.fetches += 1
        task_id, number = url.public.split("/")[-2:]
        file_url = self.tasks_made[task_id].urls[int(number)]
        return reply(file_url)


def reply(file_url: str, text: str = "Hello world.") -> bytes:
    """A reply of the service about one file."""
    sentence = {"begin_time": 100, "end_time": 1600, "text": text, "sentence_id": 1, "speaker_id": 0, "words": []}
    return json.dumps(
        {
            "file_url": file_url,
            "properties": {"original_duration_in_milliseconds": 5000},
            "transcripts": [{"channel_id": 0, "text": text, "sentences": [sentence]}],
        }
    ).encode()


def describe(path: Path) -> Media:
    """What a file is: media unless it says that it is not."""
    content = path.read_bytes()
    if content.startswith(b"broken"):
        raise MediaError("cannot be read as media", file=path.name)
    stream = AudioStream(0, "aac", 2, 48000, "", 0, 5000)
    return Media(path, len(content), sha256_of_file(path), "mp4", 5000, (stream,), 1280, 720)


class FakeLinks:
    """The web, on which every given link can be read unless a test says otherwise.

    Attributes:
        fail: Called with each link; may raise.
        read: Links that were read, in order.
    """

    def __init__(self) -> None:
        self.fail: Callable[[SignedUrl], None] = lambda link: None
        self.read: list[str] = []

    def verify_readable(self, signed: SignedUrl) -> None:
        self.read.append(signed.url)
        self.fail(signed)

    def close(self) -> None:
        pass


class FakePrepare:
    """Writes a smaller file; counts."""

    def __init__(self, wire: Tripwire) -> None:
        self.wire = wire
        self.count = 0
        self.form = "flac"

    def __call__(self, media: Media, folder: Path, *, progress: Any = None) -> Prepared:
        self.wire.step("prepare:before")
        self.count += 1
        path = folder / f"{media.sha256[:16]}.flac"
        content = f"{self.form}:{media.sha256}".encode()
        path.write_bytes(content)
        return Prepared(path, len(content), hashlib.sha256(content).hexdigest(), 5000, 40, 1, True)


def caption(raw: bytes, job: Job, recognition: Recognition) -> Captions:
    """Captions that show what they were made of."""
    body = json.loads(raw)
    text = "".join(entry["text"] for entry in body["transcripts"])
    made = f"{text}|{recognition.offset_ms}|{job.width}x{job.height}".encode()
    return Captions({"srt": made if text else b""}, cues=1 if text else 0, speech=bool(text))


class QuickLedger(Ledger):
    """A ledger that does not wait for the disk: no test cuts the power."""

    DURABILITY: ClassVar[Mapping[bool, str]] = {True: "OFF", False: "OFF"}


class CrashingLedger(QuickLedger):
    """A ledger whose process may die before or after any commit."""

    wire: Tripwire = Tripwire()

    def _commit(self) -> None:
        if not self._is_open:
            return
        self.wire.step("ledger:before")
        super()._commit()
        self.wire.step("ledger:after")

    def suppose_stored(self, upload: Upload) -> None:
        if 0 < self.wire.at <= self.wire.count:
            raise Killed  # at the end of the run, which a process that is killed does not come to
        super().suppose_stored(upload)

    def die(self) -> None:
        """Lose the file as a killed process does: nothing is released."""
        self._db.close()


_serials = iter(range(1, 1_000_000))


def dead_owner() -> Owner:
    """A process that no longer exists, once it is looked for."""
    return replace(this_process(), pid=4_194_305 + next(_serials), started="1")


class House:
    """Everything a run needs, kept between runs: the store, the service, the folder and the clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.wire = Tripwire()
        self.store = FakeStore(self.clock, self.wire)
        self.asr = FakeAsr(self.clock, self.store, self.wire)
        self.given_links = FakeLinks()
        self.prepare = FakePrepare(self.wire)
        self.describe: Callable[[Path], Media] = describe
        self.events: list[Event] = []
        self.options = RunOptions(recognition=RecognitionOptions())

    @property
    def services(self) -> Services:
        return Services(
            describe=self.describe,
            prepare=self.prepare,
            store=self.store,
            given_links=self.given_links,
            recogniser=self.asr,
            store_id="s3 https://store.test bucket",
            endpoint="https://service.test/api/v1",
            clock=self.clock,
            sleep=self.clock.sleep,
            caption=caption,
        )

    def media(self, name: str, content: bytes | None = None) -> Path:
        """A media file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if content is not None else f"media {name}".encode())
        return path

    def run(self, *given: object, out: Path | None = None, **changes: Any) -> Report:
        """One run, as a command would do it."""
        names = [str(item) for item in given]
        options = replace(self.options, **changes)
        with self.ledger(*names, out=out) as ledger:
            sources = expand(names, out)
            return run(
                sources, options, self.services, ledger, on_event=self.events.append, executors=INLINE, rng=CHANCE(1)
            )

    def ledger(self, *names: str, out: Path | None = None) -> Ledger:
        """The ledger those inputs lead to."""
        return QuickLedger(ledger_path(names, out), clock=self.clock)

    def run_until_killed(self, *given: object, at: int, **changes: Any) -> bool:
        """A run that dies at a boundary; whether it did."""
        names = [str(item) for item in given]
        self.wire.at, self.wire.count = at, 0
        CrashingLedger.wire = self.wire
        ledger = None
        try:
            ledger = CrashingLedger(ledger_path(names), owner=dead_owner(), clock=self.clock)
            options = replace(self.options, **changes)
            run(expand(names), options, self.services, ledger, executors=INLINE, rng=CHANCE(1))
        except Killed:
            return True
        finally:
            self.wire.at = -1
            if ledger is not None:
                ledger.die()
        return False


def unavailable(verb: str, times: int, error: type[CaptionerError] = StorageUnavailable) -> Callable[[str], None]:
    """Makes a door fail so many times."""
    left = [times]

    def fail(asked: str) -> None:
        if asked == verb and left[0] > 0:
            left[0] -= 1
            raise error(f"{verb}: no answer")

    return fail
