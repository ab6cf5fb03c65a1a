"""Many files: how close a batch comes to its slowest stage, what a job costs, how often the service is asked.

python bench/batch.py                    # simulated service and store, real ledger; then two real processes
python bench/batch.py --emulator 2000    # the real command against the emulator and a real S3 server: four minutes
python bench/batch.py --emulator 600 --python OTHER/.venv/bin/python    # another version, against the same doubles
python bench/batch.py --only ledger      # or polling, or rates

Every figure is printed with what was asked for and its share of that. The processor time of the doubles counts: they
share the machine with what is measured.
"""

from __future__ import annotations

import argparse
import array
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from captioner.cli.malloc import tune_malloc  # noqa: E402
from captioner.emulator import Emulator, TaskTiming  # noqa: E402
from captioner.errors import Interrupted  # noqa: E402
from captioner.jobs.events import Event, FileStarted, Wrote  # noqa: E402
from captioner.jobs.inputs.finding import expand, ledger_path  # noqa: E402
from captioner.jobs.ledger import Ledger  # noqa: E402
from captioner.jobs.runner import run  # noqa: E402
from captioner.recognition.funasr.catalogue import find_model  # noqa: E402
from captioner.recognition.funasr.rate_limiters import QUERIES_PER_S  # noqa: E402
from tests.doubles_s3 import RcloneServer  # noqa: E402
from tests.jobs.doubles import CHANCE, INLINE, FakeClock, House, threads  # noqa: E402

KEY = "sk-bench"
#: What the account may ask in a second, and what the model takes; the defaults stay below the first.
ACCOUNT_QUERIES_PER_S = 20
SUBMITS_PER_S = find_model("fun-asr").submit_per_s
#: Seconds of the service for a file, at the emulator.
SERVICE = TaskTiming(pending_s=1, running_s=2)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emulator", type=int, metavar="FILES", default=0)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument(
        "--python", metavar="FILE", default=sys.executable, help="Interpreter of the captioner measured."
    )
    parser.add_argument("--only", choices=["ledger", "polling", "rates"])
    given = parser.parse_args()
    if given.emulator:
        against_the_emulator(given.emulator, given.python)
        return
    if given.only in (None, "ledger"):
        ledger(given.jobs)
    if given.only in (None, "polling"):
        polling()
    if given.only in (None, "rates"):
        rates()


def told(what: str, value: float, unit: str, limit: float | None = None) -> None:
    """Print a figure, and what was asked for."""
    share = f"; {value / limit:.2f} of it" if limit else ""
    asked = "" if limit is None else f"   (asked: at most {limit:g} {unit}{share})"
    print(f"  {what:<58} {value:8.2f} {unit}{asked}", flush=True)


# The real command


class Place:
    """The emulator, an S3 server and a folder, for as long as the block lasts.

    Args:
        stack: Closes them.
        python: Interpreter of the captioner that is started.
    """

    def __init__(self, stack: ExitStack, python: str = sys.executable) -> None:
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="captioner-bench-")))
        self.s3 = stack.enter_context(RcloneServer(self.folder))
        self.service = stack.enter_context(
            Emulator(transcripts=ROOT / "fixtures" / "transcripts", key=KEY, timing=SERVICE)
        )
        self._python = python
        self.environment = {**os.environ, **self.s3.environment, "DASHSCOPE_API_KEY": KEY, "HOME": str(self.folder)}
        bucket = ["--storage", "s3", "--bucket", "media", "--s3-endpoint", self.s3.url]
        self.where = ["--endpoint", self.service.url, *bucket]

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """A `captioner` of its own."""
        given = [self._python, "-m", "captioner", *command, "-q", *self.where]
        return subprocess.Popen(
            given, env=self.environment, cwd=self.folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def times(self, method: str, part: str) -> list[float]:
        """When requests came, in order."""
        found = self.service.requests
        return sorted(exchange.at for exchange in found if exchange.method == method and part in exchange.path)

    def doubles_cpu_s(self) -> float:
        """Seconds of processor that the doubles have used so far."""
        process = self.s3._process
        return time.process_time() + (_cpu_s(process.pid) if process else 0.0)


@dataclass(slots=True)
class Watched:
    """A process and everything below it, looked at four times a second until it ends.

    Attributes:
        process: The process.
        rss_mb: Resident megabytes of the process itself, in order of time.
        below_mb: Megabytes that belong to the processes below it alone, at most.
        cpu: Seconds of processor by process id.
    """

    process: subprocess.Popen[bytes]
    rss_mb: list[float] = field(default_factory=list)
    below_mb: float = 0.0
    cpu: dict[int, float] = field(default_factory=dict)

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        while self.process.poll() is None:
            below = descendants(self.process.pid)
            self.rss_mb.append(_rss_mb(self.process.pid))
            self.below_mb = max(self.below_mb, sum(_private_mb(pid) for pid in below))
            for pid in (self.process.pid, *below):
                self.cpu[pid] = max(_cpu_s(pid), self.cpu.get(pid, 0.0))
            time.sleep(0.25)
        return self.process.wait()

    @property
    def cpu_s(self) -> float:
        """Seconds of processor, of all of them."""
        return sum(self.cpu.values())


def descendants(pid: int) -> list[int]:
    """Process ids of everything below a process."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found: list[int] = []
    queue = [pid]
    while queue:
        below = parents.get(queue.pop(), [])
        found += below
        queue += below
    return found


def against_the_emulator(files: int, python: str) -> None:
    """Wall time against the slowest stage, and against a loop over `captioner run`."""
    with ExitStack() as stack:
        place = Place(stack, python)
        media = place.folder / "media"
        make_sounds(media, files)
        os.sync()
        started, doubles_s = time.monotonic(), place.doubles_cpu_s()
        batch = Watched(place.start("batch", str(media)))
        code = batch.wait()
        wall_s, doubles_s = time.monotonic() - started, place.doubles_cpu_s() - doubles_s
        done = len(list(media.glob("*.srt")))
        cores = os.cpu_count() or 1
        print(f"batch: exit {code}, {done} of {files} files of 16 s captioned in {wall_s:.1f} s")
        stages = {
            f"submissions, {SUBMITS_PER_S:g} a second": files / SUBMITS_PER_S,
            f"questions, {QUERIES_PER_S:g} a second": files / QUERIES_PER_S,
            f"computing, on {cores} cores, doubles included": (batch.cpu_s + doubles_s) / cores,
        }
        for name, seconds in stages.items():
            told(f"the stage alone: {name}", seconds, "s")
        told("over the slowest stage", 100 * (wall_s / max(stages.values()) - 1), "%", 15)
        told("processor a file, doubles not included", batch.cpu_s / files, "s", 0.12)
        told("processor a file of the doubles", doubles_s / files, "s")
        told("questions a file", len(place.times("GET", "/tasks/")) / files, "")
        told("memory at a tenth of the time", batch.rss_mb[len(batch.rss_mb) // 10], "MB", 150)
        told("memory at half of it", batch.rss_mb[len(batch.rss_mb) // 2], "MB", 150)
        told("memory at most", max(batch.rss_mb), "MB", 150)
        told("memory of the processes below it, shared pages not counted", batch.below_mb, "MB")
        alone = min(files, 5)
        other = place.folder / "alone"
        make_sounds(other, alone, first=files)
        started = time.monotonic()
        for path in sorted(other.iterdir()):
            place.start("run", str(path)).wait()
        each_s = (time.monotonic() - started) / alone
        print(f"  a loop over `captioner run`: {each_s:.2f} s a file, measured with {alone} and scaled to {files}:")
        print(f"  {each_s * files / wall_s:.1f} times as long as the batch")


def rates(files: int = 150) -> None:
    """Two processes on one ledger: the most submissions and questions in any second, as the service sees them."""
    with ExitStack() as stack:
        place = Place(stack)
        media = place.folder / "media"
        make_sounds(media, files)
        started = time.monotonic()
        pair = [place.start("batch", str(media)) for _ in range(2)]
        codes = [process.wait() for process in pair]
        wall_s = time.monotonic() - started
        submitted, asked = place.times("POST", "/transcription"), place.times("GET", "/tasks/")
        print(f"rates: two processes, exits {codes}, {files} files in {wall_s:.1f} s, {len(submitted)} submissions")
        told("calls beyond a limit, as the service counts on arrival", place.service.over_limit, "", 0)
        told("submissions in any second, at most", busiest(submitted), "", SUBMITS_PER_S)
        told("questions in any second, at most", busiest(asked), "", ACCOUNT_QUERIES_PER_S)


def make_sounds(folder: Path, files: int, first: int = 0) -> None:
    """The fixture with the two tracks, one sample of each copy another: no two alike, and the emulator knows them."""
    folder.mkdir()
    with wave.open(str(ROOT / "fixtures" / "stereo-two-tracks.wav")) as sound:
        shape, frames = sound.getparams(), sound.readframes(sound.getnframes())
    samples = array.array("h", frames)
    for number in range(first, first + files):
        before, samples[number] = samples[number], samples[number] ^ 1
        with wave.open(str(folder / f"{number:05d}.wav"), "wb") as copy:
            copy.setparams(shape)
            copy.writeframes(samples.tobytes())
        samples[number] = before


# The ledger


@dataclass(slots=True)
class Heard:
    """What a run told: when it began, and its memory as it went on.

    Attributes:
        began: Monotonic seconds.
        stop: Set when `enough` files are written.
        marks: Numbers of files at which memory is looked at.
        before: Files written by earlier runs.
    """

    began: float
    stop: threading.Event
    enough: int
    marks: Sequence[int]
    before: int = 0
    first_s: float | None = None
    written: int = 0
    rss_mb: dict[int, float] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        """Hear an event."""
        if isinstance(event, FileStarted) and self.first_s is None:
            self.first_s = time.monotonic() - self.began
        if isinstance(event, Wrote) and self.first_s is not None:
            self.written += 1
            if self.before + self.written in self.marks:
                self.rss_mb[self.before + self.written] = _rss_mb(os.getpid())
            if self.written >= self.enough:
                self.stop.set()


def ledger(jobs: int) -> None:
    """What a job costs when everything else is free, memory, `status`, and the start on a half-done ledger."""
    tune_malloc()
    with tempfile.TemporaryDirectory(prefix="captioner-bench-") as folder:
        house = House(Path(folder) / "media")
        for number in range(jobs):
            house.media(f"{number // 100:03d}/{number:05d}.mp4")
        os.sync()  # or the run's first files wait for these to reach the disk
        half, marks = jobs // 2, [jobs // 10, jobs // 2, jobs]
        print(f"ledger: {jobs} jobs, service and store answer at once; their doubles are counted in")
        one = timed_run(house, half, marks)
        two = timed_run(house, jobs, marks, before=one.heard.written)
        told("overhead of a job, of all", (one.wall_s + two.wall_s) / jobs * 1000, "ms", 5)
        told("  of it CPU, of all threads", (one.cpu_s + two.cpu_s) / jobs * 1000, "ms")
        told("start with half of it written, to the first new file", two.heard.first_s or 0.0, "s", 1)
        for number, megabytes in sorted({**one.heard.rss_mb, **two.heard.rss_mb}.items()):
            told(f"memory after {number} jobs", megabytes, "MB", 150)
        told("the same again, nothing to do", timed_run(house, jobs, marks).wall_s, "s")
        path = ledger_path([str(house.folder)])
        started = time.monotonic()
        subprocess.run([sys.executable, "-m", "captioner", "status", str(path)], check=True, stdout=subprocess.DEVNULL)
        told("captioner status", time.monotonic() - started, "s", 0.3)
        told("the ledger, of each job", path.stat().st_size / jobs, "bytes")


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds on the wall and of CPU of a run, and what it told."""

    wall_s: float
    cpu_s: float
    heard: Heard


def timed_run(house: House, enough: int, marks: Sequence[int], before: int = 0) -> Timed:
    """A run over the whole folder in which store and service answer at once, stopped when enough is written."""
    house.asr.clock.now = 0.0  # every task is done when it is asked about
    house.asr.takes_s = -1.0
    options = replace(house.options, submits_per_s=1e6, queries_per_s=1e6, retry_rejected=False, issues_kept=0)
    services = replace(house.services, clock=time.time, sleep=time.sleep)
    wall, cpu = time.monotonic(), time.process_time()
    heard = Heard(wall, threading.Event(), enough, marks, before)
    given = [str(house.folder)]
    with Ledger(ledger_path(given)) as book:
        try:
            sources = expand(given)
            report = run(sources, options, services, book, on_event=heard, stop=heard.stop, executors=threads())
            assert report.exit_code == 0, report.counts
        except Interrupted:
            assert heard.written >= enough
    return Timed(time.monotonic() - wall, time.process_time() - cpu, heard)


# Questions


def polling() -> None:
    """Questions a file, and how long an answer lies unfetched, with 1, 100 and 1000 files at the service at once."""
    for files, service_s in ((1, 20.0), (400, 10.0), (1500, 100.0)):
        with tempfile.TemporaryDirectory(prefix="captioner-bench-") as folder:
            house = House(Path(folder))
            clock, chance = FakeClock(), random.Random(7)
            house.clock = house.asr.clock = house.store.clock = clock
            late: list[float] = []
            in_flight = [0]
            follow(house, late, in_flight, service_s, chance)
            names = [str(house.media(f"{number:05d}.mp4")) for number in range(files)]
            asked_at = note_questions(house)
            with Ledger(ledger_path([folder]), clock=clock) as book:
                report = run(expand(names), house.options, house.services, book, executors=INLINE, rng=CHANCE(1))
            assert report.exit_code == 0
            ordered = sorted(late)
            print(f"polling: {in_flight[0]} at the service at once, {service_s:g} s each, a third more or less")
            told("questions a file", len(asked_at) / files, "")
            told("added delay, median", statistics.median(ordered), "s")
            told("added delay, 95 of 100", ordered[int(files * 0.95)], "s")
            told("questions in any second, at most", busiest(asked_at), "", ACCOUNT_QUERIES_PER_S)


def note_questions(house: House) -> list[float]:
    """The times of all questions to come, about one task or about many."""
    asked_at: list[float] = []

    def noted(ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*given: Any) -> Any:
            asked_at.append(house.clock.now)
            return ask(*given)

        return asked

    house.asr.query = noted(house.asr.query)  # type: ignore[method-assign]
    house.asr.tasks = noted(house.asr.tasks)  # type: ignore[method-assign]
    house.asr.page = noted(house.asr.page)  # type: ignore[method-assign]
    return asked_at


def follow(house: House, late: list[float], in_flight: list[int], service_s: float, chance: random.Random) -> None:
    """Let tasks take between 0.7 and 1.3 of a time; note how late their results are fetched and how many are out."""
    submit, fetch, clock = house.asr.submit, house.asr.fetch, house.clock
    ends: list[float] = []

    def submitted(urls: object, options: object) -> str:
        house.asr.takes_s = service_s * chance.uniform(0.7, 1.3)
        task_id = submit(urls, options)  # type: ignore[arg-type]
        ends.append(clock.now + house.asr.takes_s)
        in_flight[0] = max(in_flight[0], sum(end > clock.now for end in ends))
        return task_id

    def fetched(url: object) -> bytes:
        task_id = url.public.split("/")[-2]  # type: ignore[attr-defined]
        late.append(clock.now - house.asr.tasks_made[task_id].done_at)
        return fetch(url)  # type: ignore[arg-type]

    house.asr.submit, house.asr.fetch = submitted, fetched  # type: ignore[assignment]


def busiest(times: list[float]) -> int:
    """The most requests within any second."""
    most = start = 0
    for end, at in enumerate(times):
        while at - times[start] >= 1.0:
            start += 1
        most = max(most, end - start + 1)
    return most


def _cpu_s(pid: int) -> float:
    """Seconds of processor that a process has used; 0 when it has ended."""
    try:
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return 0.0
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _private_mb(pid: int) -> float:
    """Megabytes that a process shares with no other; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1000


def _rss_mb(pid: int) -> float:
    """Resident memory of a process; where the system does not tell, 0."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
