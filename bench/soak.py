"""A soak: seeded faults of every kind, processes killed again and again, and the invariants held afterwards.

python bench/soak.py --minutes 60 --files 1000 --seed 1

Each file is a copy of a fixture, a little softer. They arrive over the whole time, three in four in a folder for
batches and one in an inbox with a watch, all on one ledger, against the emulator and a real S3 server behind a wire
that is cut now and then. Batches are killed and stopped, lose workers, run two at a time, on full disks, and with a
clock that is days wrong; the watch lives on. A last batch without faults ends it. Then: every file has captions, no
part of one was ever seen, no object and no process is left, no file was refused, every content was billed once (twice
only where the service forgot the task, and the ledger says so, or says that its answer was lost), and the watch has not
grown. What does not hold is told with what ledger and service know of it, and the ledger is kept.

`--money` leaves only the troubles in which something could be paid twice: lost answers, tasks that are unknown or
forgotten, wrong clocks, and kills.
"""

from __future__ import annotations

import argparse
import array
import contextlib
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from captioner.emulator import Emulator, Faults, TaskTiming  # noqa: E402
from captioner.jobs.ledger import Ledger  # noqa: E402
from captioner.jobs.records import Recognition  # noqa: E402
from tests.doubles_s3 import RcloneServer  # noqa: E402
from tests.flows.test_survival import Wire  # noqa: E402
from tests.flows.test_workers import workers  # noqa: E402

KEY = "sk-soak"
# Bits of the number of a file, each in one of its samples.
_NUMBER_BITS = 32
# How loud a bit is: it stays in the audio that is sent, so that no two are alike there, and is too soft and short to
# count as a sound.
_LOUDNESS = 200

#: Faults of the service, for one round each.
FAULTS = (
    "throttle=5",
    "throttle=3,at=submit,retry_after=1",
    "server_error=4,server_error_status=503",
    "server_error=2,server_error_status=500,at=query",
    "server_error=100000,server_error_status=503",
    "non_json=3,at=query",
    "lost_query=4",
    "lost_answer=2",
    "lost_answer=1,lost_answer_status=502",
    "lost_answer=1,list_lag=4",
    "refuse_submit=2",
    "slow_answer=1",
    "slow_queue=3",
    "slow_body=1",
    "expired_links=2",
    "unread=3",
    "unread=2,unread_code=FILE_403_FORBIDDEN",
    "unread=2,unread_code=SERVER_ERROR",
    "unknown_query=2",
    "broken_results=3",
    "reversed_results,unknown_fields,no_usage",
    "unknown_task=1",
)
#: Troubles of our own side, for one round each.
TROUBLES = ("", "", "", "full disk", "wrong clock", "store away", "key revoked", "workers killed")
#: Those in which something could be paid twice.
MONEY_FAULTS = tuple(fault for fault in FAULTS if fault.startswith(("lost_answer", "refuse", "slow_answer", "unknown")))
MONEY_TROUBLES = ("", "wrong clock")
#: Bytes a file may have on the full disk: nothing fits, the audio does not, the ledger's journal does not.
DISKS = (20_000, 100_000, 400_000)
DAYS_WRONG = (-2, 2)
#: Looks at a watch, two a second, from which on its growth can be told.
_ENOUGH_LOOKS = 500
#: After this share of the time no key is revoked and no file is new, so that one watch lives long and all can be done.
REVOKED_UNTIL, ARRIVED_BY = 0.3, 0.85

#: A place for a clock that is wrong: Python reads this module before any other.
SKEW = """
import os, time
_real, _skew = time.time, float(os.environ.get("SKEW_S", "0"))
time.time = lambda: _real() + _skew
"""


def main() -> int:
    """Soak, and say what was found; 1 when an invariant does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--money", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="captioner-soak-") as folder:
        return soak(Path(folder), given.files, given.minutes * 60, given.seed, is_about_money=given.money)


def soak(folder: Path, files: int, seconds: float, seed: int, *, is_about_money: bool = False) -> int:
    """A soak in a folder; 0 when every invariant holds."""
    timing = TaskTiming(pending_s=0.1, running_s=0.5)
    with (
        RcloneServer(folder) as s3,
        Emulator(transcripts=ROOT / "fixtures" / "transcripts", key=KEY, timing=timing) as asr,
    ):
        work = Soak(folder, s3, asr, files, random.Random(seed))
        if is_about_money:
            work.faults, work.troubles = MONEY_FAULTS, MONEY_TROUBLES
        try:
            work.run(seconds)
        finally:
            work.end()
        time.sleep(3)  # what a process that was killed had started ends by itself
        return work.verdict()


class Sounds:
    """A fixture to make files of, no two alike, and the emulator knows them all."""

    def __init__(self) -> None:
        with wave.open(str(ROOT / "fixtures" / "stereo-two-tracks.wav")) as sound:
            self._shape = sound.getparams()
            self._samples = array.array("h", sound.readframes(sound.getnframes()))

    def put(self, number: int, path: Path, staging: Path, *, repeats: int = 1) -> None:
        """Make a file and move it to its place whole; its number is in its first samples.

        Args:
            number: Of the file.
            path: Its place.
            staging: Where it is written.
            repeats: Times the fixture is in it.
        """
        samples = self._samples[:]
        for bit in range(_NUMBER_BITS):
            samples[2 * bit] = (number >> bit & 1) * _LOUDNESS  # of one of the two channels
        with wave.open(str(staging), "wb") as copy:
            copy.setparams(self._shape)
            copy.writeframes(samples.tobytes() + (repeats - 1) * self._samples.tobytes())
        staging.rename(path)


@dataclass
class Life:
    """A watch from its start to its end, and what it took."""

    process: subprocess.Popen[bytes]
    memory_kb: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)

    def measure(self) -> None:
        """Note what it takes now."""
        here = Path(f"/proc/{self.process.pid}")
        try:
            status, handles = (here / "status").read_text(), len(list((here / "fd").iterdir()))
        except OSError:
            return
        self.descriptors.append(handles)
        self.memory_kb += [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")]

    def growth(self, values: Sequence[int]) -> tuple[float, float]:
        """The middle value of its second quarter and of its last."""
        quarter = max(len(values) // 4, 1)
        return statistics.median(values[quarter : 2 * quarter] or values), statistics.median(values[-quarter:])


class Soak:
    """One soak: the servers, the files, and what was done to them."""

    def __init__(self, folder: Path, s3: RcloneServer, service: Emulator, files: int, chance: random.Random) -> None:
        self.folder, self.s3, self.service, self.files, self.chance = folder, s3, service, files, chance
        self.media, self.inbox, skew = folder / "in", folder / "inbox", folder / "skew"
        for place in (self.media, self.inbox, skew):
            place.mkdir()
        (skew / "sitecustomize.py").write_text(SKEW)
        self.wire = Wire(s3.url)
        paths = os.pathsep.join([str(skew), str(ROOT)])
        own = {"DASHSCOPE_API_KEY": KEY, "HOME": str(folder), "PYTHONPATH": paths}
        self.environment = {**os.environ, **s3.environment, **own}
        self.log = Path(os.environ.get("SOAK_LOG", os.devnull))
        self.ledger = self.media / ".captioner" / "ledger.sqlite3"
        self.place = ["--endpoint", service.url, "--storage", "s3", "--bucket", "media", "--s3-endpoint", self.wire.url]
        self.place += ["--ledger", str(self.ledger), "-q"]
        self.counts: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.faults, self.troubles = FAULTS, TROUBLES
        self.done: set[str] = set()
        self.lives: list[Life] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self._sounds, self._arrived = Sounds(), 0
        self._forgotten: set[str] = set()

    # What is done

    def run(self, seconds: float) -> None:
        """Rounds of faults, then one without."""
        began = time.monotonic()
        while (passed := (time.monotonic() - began) / seconds) < 1:
            self._arrive(int(self.files * min(passed / ARRIVED_BY, 1)) + 1)
            fault, trouble = self._next(self.faults), self._next(self.troubles)
            if trouble == "key revoked" and passed > REVOKED_UNTIL:
                trouble = ""
            self._round(fault, trouble)
        self._arrive(self.files)
        self._finish()

    def _next(self, kinds: Sequence[str]) -> str:
        """One by chance, but each of them before any comes again."""
        if not (left := set(kinds) - self.done):
            self.done -= set(kinds)
            left = set(kinds)
        kind = self.chance.choice(sorted(left))
        self.done.add(kind)
        return kind

    def _arrive(self, number: int) -> None:
        number = min(number, self.files)
        for new in range(self._arrived, number):
            folder = self.inbox if new % 4 == 3 else self.media
            self._sounds.put(new, folder / f"{new:05d}.wav", self.folder / "staging.wav")
        self._arrived = max(self._arrived, number)

    def _round(self, fault: str, trouble: str) -> None:
        """One or two batches for a while, beside the watch; some are killed, and the wire is cut now and then."""
        self.counts.update(kind for kind in (fault, trouble) if kind)
        self._misbehave(fault)
        self._watch()
        batches = [self._start(trouble) for _ in range(self.chance.choice((1, 1, 2)))]
        until = time.monotonic() + self.chance.uniform(4, 10)
        while time.monotonic() < until and any(process.poll() is None for process in batches):
            self.lives[-1].measure()
            away = trouble == "store away" and time.monotonic() < until - 2
            self.wire.is_cut = away or self.chance.random() < 0.1
            revoked = trouble == "key revoked" and time.monotonic() > until - 3
            self.service.set_key("sk-another" if revoked else KEY)
            if trouble == "workers killed":
                self._kill_a_worker([*batches, self.lives[-1].process])
            time.sleep(0.5)
        self.wire.is_cut = False
        self.service.set_key(KEY)
        for process in batches:
            self._put_down(process)
        self.service._up.gateway.requests.clear()
        self._look_for_parts()

    def _kill_a_worker(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        found = [pid for process in processes for pid in workers(process)]
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.chance.choice(found), signal.SIGKILL)
                self.counts["worker killed"] += 1

    def _put_down(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            kind = self.chance.choice(("killed", "killed", "stopped"))
            self.counts[kind] += 1
            process.kill() if kind == "killed" else process.terminate()
        self._await(process, 60)
        self.codes[f"exit {process.returncode}"] += 1

    def _finish(self) -> None:
        """No more faults: the same commands do the rest."""
        self._misbehave("")
        self._watch()
        for _ in range(2):
            self.codes[f"last exit {self._await(self._start(), 60 + self.files)}"] += 1
        until = time.monotonic() + 180
        while time.monotonic() < until and len(list(self.inbox.glob("*.srt"))) < len(list(self.inbox.glob("*.wav"))):
            self.lives[-1].measure()
            time.sleep(0.5)
        watch = self.lives[-1].process
        watch.send_signal(signal.SIGTERM)
        self.codes[f"watch exit {self._await(watch, 20)}"] += 1

    def _misbehave(self, fault: str) -> None:
        self._forgotten |= {task.id for task in self.service.tasks if task.forgotten}
        self.service.set_faults(replace(Faults.parse(fault), seed=self.chance.randrange(1 << 30)))

    def _look_for_parts(self) -> None:
        captions = [*self.media.glob("*.srt"), *self.inbox.glob("*.srt")]
        parts = [path for path in captions if not path.read_bytes().endswith(b"\n")]
        assert not parts, f"partial captions: {parts}"

    # Processes

    def _watch(self) -> None:
        """See that a watch lives; only a key that was revoked may have ended the last."""
        if self.lives and self.lives[-1].process.poll() is None:
            return
        if self.lives:
            self.codes[f"watch exit {self.lives[-1].process.returncode}"] += 1
        command = ["watch", str(self.inbox), "--settle", "0.5", *self.place]
        self.lives.append(Life(self._popen(command, self.environment)))

    def _start(self, trouble: str = "") -> subprocess.Popen[bytes]:
        environment, limit = self.environment, None
        if trouble == "wrong clock":
            environment = {**environment, "SKEW_S": str(86_400 * self.chance.choice(DAYS_WRONG))}
        if trouble == "full disk":
            limit = self.chance.choice(DISKS)
        return self._popen(["batch", str(self.media), *self.place], environment, limit)

    def _popen(
        self, command: list[str], environment: dict[str, str], disk_bytes: int | None = None
    ) -> subprocess.Popen[bytes]:
        fill: Callable[[], None] | None = None
        if disk_bytes is not None:
            limits = (disk_bytes, disk_bytes)
            fill = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits)  # noqa: E731 - runs in the child
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "captioner", *command],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
                preexec_fn=fill,
            )
        self.processes.append(process)
        return process

    def _await(self, process: subprocess.Popen[bytes], seconds: float) -> int:
        """Its exit code; a process that does not end in time is a fault of ours."""
        until = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < until:
            if process is not self.lives[-1].process:
                self.lives[-1].measure()
            time.sleep(0.2)
        if process.poll() is None:
            self.codes["hung"] += 1
            process.kill()
        return process.wait()

    def end(self) -> None:
        """Leave no process behind."""
        for process in self.processes:
            process.kill()
            process.wait()
        self.wire.close()

    # What was found

    def verdict(self) -> int:
        """Print what was found; 0 when every invariant holds."""
        for kind, times in sorted((self.counts + self.codes).items()):
            print(f"  {times:>4} x {kind}")
        with Ledger(self.ledger, read_only=True) as book:
            counts = {count.state.value: count.files for count in book.counts()}
            refused = [
                f"{failure.files} x {failure.code}: {failure.source}: {failure.example}" for failure in book.failures()
            ]
            recognitions = book.recognitions()
        captions = len([*self.media.glob("*.srt"), *self.inbox.glob("*.srt")])
        objects = [path for path in (self.s3.root / "media").rglob("*") if path.is_file()]
        twice, wrong = self._billed(recognitions)
        left = [f"{each.state.value}: {each.status.reason}" for each in recognitions if each.state.value != "FETCHED"]
        memory, descriptors = self._growth()
        processes = self._processes_left()
        print(f"{captions} of {self.files} files captioned, {counts}; {len(objects)} objects left")
        print(
            f"{self.service.submissions} submissions, {len(twice)} contents billed twice because a task was forgotten"
        )
        problems = [
            *refused,
            *left,
            *wrong,
            *([f"{self.files - captions} files without captions"] if captions != self.files else []),
            *(f"left in the store: {path.name}; {self._filed_object(path)}" for path in objects),
            *(["processes left: " + ", ".join(processes)] if processes else []),
            *(["a process hung"] if self.codes["hung"] else []),
            *(["the last batch failed"] if self.codes["last exit 0"] < 1 else []),
            *memory,
            *descriptors,
        ]
        for problem in problems:
            print(f"  {problem}")
        if problems:
            kept = Path(tempfile.mkdtemp(prefix="captioner-soak-kept-"))
            shutil.copytree(self.ledger.parent, kept, dirs_exist_ok=True)
            print(f"the ledger is kept in {kept}")
        print("AN INVARIANT DOES NOT HOLD" if problems else "every invariant holds")
        return 1 if problems else 0

    def _processes_left(self) -> list[str]:
        """Processes with the environment of ours that still live: workers that outlived their batch."""
        mark = f"HOME={self.folder}".encode()
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if int(place.name) != os.getpid() and mark in (place / "environ").read_bytes().split(b"\0"):
                    found.append(place.name)
        return found

    def _billed(self, recognitions: Sequence[Recognition]) -> tuple[list[str], list[str]]:
        """Contents that were billed twice as they may be, and what is wrong with the bill."""
        self._forgotten |= {task.id for task in self.service.tasks if task.forgotten}
        tasks: dict[str, list[str]] = {}
        for task in self.service.tasks:
            for url, outcome in zip(task.urls, task.outcomes, strict=False):
                if getattr(outcome, "billed_s", 0):
                    tasks.setdefault(_content(url), []).append(task.id)
        filed = {_content(rec.address): rec for rec in recognitions}
        twice, wrong = [], []
        if len(tasks) != self.files:
            wrong.append(f"{len(tasks)} contents billed, {self.files} files there")
        for content, ids in tasks.items():
            rec = filed.get(content)
            told = (
                rec is not None and rec.status.submissions == len(ids) and "does not know task" in rec.resubmit_reason
            )
            if len(ids) == 2 and self._forgotten & set(ids) and (told or self._was_lost(rec, ids)):
                twice.append(content)
            elif len(ids) != 1:
                filed_as = rec and (rec.status, rec.resubmit_reason)
                wrong.append(f"{content[:8]} was billed {len(ids)} times, filed as {filed_as}")
                wrong += [f"  {self._known_of(task_id)}" for task_id in ids]
        return twice, wrong

    def _was_lost(self, rec: Recognition | None, ids: Sequence[str]) -> bool:
        """Whether the ledger never had the name of the forgotten task, and says that a submission came to nothing.

        Such a task is gone from the list before it is searched for; no search finds it.
        """
        lost = not self._rows("SELECT 1 FROM tasks WHERE task_id = ?", ids[0])
        if lost:
            print(f"  forgotten before its name was known: {self._known_of(ids[0])}")
        return rec is not None and rec.status.failures > 0 and ids[0] in self._forgotten and lost

    def _known_of(self, task_id: str) -> str:
        """What service and ledger know of a task."""
        task = next(task for task in self.service.tasks if task.id == task_id)
        filed = [tuple(row) for row in self._rows("SELECT id, intent_at, looks FROM tasks WHERE task_id = ?", task_id)]
        asked = [
            tuple(row)
            for row in self._rows(
                "SELECT task, cleared, intent_at FROM suspects JOIN tasks ON id = task WHERE candidate = ?", task_id
            )
        ]
        fate = "forgotten" if task_id in self._forgotten else "kept"
        times = f"submitted at {task.submitted_at:.1f}, ended at {task.ended_at or 0:.1f}"
        return f"{task_id}: {fate}, {times}, filed as {filed}, candidate (task, ruled out, intent) {asked}"

    def _filed_object(self, path: Path) -> str:
        """What the ledger knows of an object."""
        key = path.relative_to(self.s3.root / "media").as_posix()
        rows = self._rows("SELECT stored_at, deleted_at, deleting, kept FROM uploads WHERE object_key = ?", key)
        filed = [dict(row) for row in rows]
        return f"written at {path.stat().st_mtime:.1f}, " + (f"filed as {filed}" if filed else "not in the ledger")

    def _rows(self, query: str, value: str) -> list[sqlite3.Row]:
        with contextlib.closing(sqlite3.connect(self.ledger)) as book:
            book.row_factory = sqlite3.Row
            return book.execute(query, (value,)).fetchall()

    def _growth(self) -> tuple[list[str], list[str]]:
        """Whether the watch that lived longest took more at its end: over 10 MB, or over 3 descriptors."""
        life = max(self.lives, key=lambda life: len(life.memory_kb))
        if len(life.memory_kb) < _ENOUGH_LOOKS:
            return [], []  # too short to tell growth from warming up
        (memory, later), (handles, handles_later) = life.growth(life.memory_kb), life.growth(life.descriptors)
        print(f"the watch: {memory / 1024:.0f} MB, later {later / 1024:.0f}, at most {max(life.memory_kb) / 1024:.0f};")
        print(f"  {handles:.0f} descriptors, later {handles_later:.0f}, at most {max(life.descriptors)}")
        return (
            [f"the watch grew by {(later - memory) / 1024:.0f} MB"] if later - memory > 10_240 else [],
            [f"the watch holds {handles_later - handles:.0f} descriptors more"] if handles_later > handles + 3 else [],
        )


def _content(address: str) -> str:
    """The digest in an object's key."""
    found = re.search(r"/([0-9a-f]{64})/", address)
    return found[1] if found else address


if __name__ == "__main__":
    sys.exit(main())
