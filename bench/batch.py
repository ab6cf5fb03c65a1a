"""Many files: how close a batch comes to its slowest stage, and what the ledger costs.

python bench/batch.py                    # simulated service and store, real ledger: about two minutes
python bench/batch.py --emulator 2000    # the real command against the emulator and a real S3 server
"""

from __future__ import annotations

import argparse
import array
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from captioner.asr.limits import QUERIES_PER_S  # noqa: E402
from captioner.batch.engine import Inline, Threads  # noqa: E402
from captioner.batch.events import Event, FileStarted  # noqa: E402
from captioner.batch.ledger import Ledger  # noqa: E402
from captioner.batch.runner import run  # noqa: E402
from captioner.batch.sources import expand, ledger_path  # noqa: E402
from captioner.emulator import Emulator, Pace  # noqa: E402
from tests.batch.doubles import FakeClock, House  # noqa: E402
from tests.doubles_s3 import RcloneServer  # noqa: E402

KEY = "sk-bench"


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emulator", type=int, metavar="FILES", default=0)
    parser.add_argument("--jobs", type=int, default=10_000)
    given = parser.parse_args()
    if given.emulator:
        against_the_emulator(given.emulator)
        return
    ledger(given.jobs)
    polling()


def against_the_emulator(files: int) -> None:
    """Wall time against the slowest stage, and against a loop over `captioner run`."""
    with (
        tempfile.TemporaryDirectory(prefix="captioner-bench-") as folder,
        RcloneServer(Path(folder)) as s3,
        Emulator(
            transcripts=ROOT / "fixtures" / "transcripts", key=KEY, pace=Pace(pending_s=1, running_s=2)
        ) as service,
    ):
        media = Path(folder) / "media"
        make_sounds(media, files)
        environment = {**os.environ, **s3.environment, "DASHSCOPE_API_KEY": KEY, "HOME": folder}
        place = ["--endpoint", service.url, "--storage", "s3", "--bucket", "media", "--s3-endpoint", s3.url]
        started = time.monotonic()
        command = [sys.executable, "-m", "captioner"]
        done = subprocess.run([*command, "batch", str(media), "-q", *place], env=environment, check=False)
        wall_s = time.monotonic() - started
        stages = {"submissions": files / 10, "queries": files / QUERIES_PER_S}
        asked = [exchange for exchange in service.requests if exchange.method == "GET" and "/tasks/" in exchange.path]
        print(f"batch: exit {done.returncode}, {files} files in {wall_s:.1f} s, {wall_s / files * 1000:.0f} ms a file")
        print(f"  bound of the slowest stage (10 submissions a second): {max(stages.values()):.1f} s,")
        print(
            f"  over it by {100 * (wall_s / max(stages.values()) - 1):.1f} %; {len(asked) / files:.2f} queries a file"
        )
        alone = min(files, 4)
        other = Path(folder) / "alone"
        make_sounds(other, alone, first=files)
        started = time.monotonic()
        for path in sorted(other.iterdir()):
            subprocess.run([*command, "run", str(path), "-q", *place], env=environment, check=True, capture_output=True)
        each_s = (time.monotonic() - started) / alone
        print(f"  a loop over `captioner run` takes {each_s:.2f} s a file: {each_s * files / wall_s:.1f} times as long")


def make_sounds(folder: Path, files: int, first: int = 0) -> None:
    """The fixture with the two tracks, every copy a little softer: no two alike, and the emulator knows them all."""
    folder.mkdir()
    with wave.open(str(ROOT / "fixtures" / "stereo-two-tracks.wav")) as sound:
        shape, frames = sound.getparams(), sound.readframes(sound.getnframes())
    samples = array.array("h", frames)
    for number in range(first, first + files):
        softer = 1.0 - number * 1e-4
        with wave.open(str(folder / f"{number:05d}.wav"), "wb") as copy:
            copy.setparams(shape)
            copy.writeframes(array.array("h", [int(sample * softer) for sample in samples]).tobytes())


def ledger(jobs: int) -> None:
    """What a job costs when everything else is free, memory, `status`, and the start on a half-done ledger."""
    with tempfile.TemporaryDirectory(prefix="captioner-bench-") as folder:
        house = House(Path(folder) / "media")
        names = [str(house.media(f"{number // 100:03d}/{number:05d}.mp4")) for number in range(jobs)]
        half = names[: jobs // 2]
        wall_s, cpu_s = timed_run(house, half)
        print(
            f"ledger: {len(half)} jobs, {wall_s / len(half) * 1000:.2f} ms a job,"
            f" {cpu_s / len(half) * 1000:.2f} ms of it CPU, doubles included"
        )
        began = time.monotonic()
        first: list[float] = []

        def hear(event: Event) -> None:
            if isinstance(event, FileStarted) and not first:
                first.append(time.monotonic() - began)

        wall_s, cpu_s = timed_run(house, names, hear)
        print(f"  start on a half-done ledger of {jobs}: first new file after {first[0]:.2f} s")
        print(f"  memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        wall_s, _ = timed_run(house, names)
        print(f"  the same again, nothing to do: {wall_s:.2f} s")
        path = ledger_path([str(house.folder)])
        started = time.monotonic()
        subprocess.run([sys.executable, "-m", "captioner", "status", str(path)], check=True, stdout=subprocess.DEVNULL)
        print(f"  captioner status: {time.monotonic() - started:.2f} s, {path.stat().st_size / jobs:.0f} bytes a job")


def timed_run(house: House, names: list[str], hear: object = None) -> tuple[float, float]:
    """Seconds on the wall and of CPU for a run in which store and service answer at once."""
    house.asr.clock.now = 0.0  # every task is done when it is asked about
    house.asr.takes_s = -1.0
    options = replace(house.options, submits_per_s=1e6, queries_per_s=1e6, again=False, issues_kept=0)
    world = replace(house.world, clock=time.time, sleep=None, rng=random.Random())
    place = ledger_path([str(house.folder)])
    wall, cpu = time.monotonic(), time.process_time()
    with Ledger(place) as book:
        report = run(expand(names), options, world, book, on_event=hear or (lambda event: None), hands=Threads())  # type: ignore[arg-type]
    assert report.exit_code == 0, report.counts
    return time.monotonic() - wall, time.process_time() - cpu


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
                report = run(expand(names), house.options, house.world, book, hands=Inline())
            assert report.exit_code == 0
            ordered = sorted(late)
            print(
                f"polling: at most {in_flight[0]} at the service: {len(asked_at) / files:.2f} queries a file,"
                f" added delay {statistics.median(ordered):.2f} s median, {ordered[int(files * 0.95)]:.2f} s p95,"
                f" at most {busiest(asked_at)} queries in a second"
            )


def note_questions(house: House) -> list[float]:
    """The times of all questions to come."""
    asked_at: list[float] = []
    query = house.asr.query

    def asked(task_id: str) -> object:
        asked_at.append(house.clock.now)
        return query(task_id)

    house.asr.query = asked  # type: ignore[assignment,method-assign]
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
    """The most questions within any second."""
    most = start = 0
    for end, at in enumerate(times):
        while at - times[start] >= 1.0:
            start += 1
        most = max(most, end - start + 1)
    return most


if __name__ == "__main__":
    main()
