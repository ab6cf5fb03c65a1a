"""A soak: seeded faults of every kind, processes killed again and again, and the invariants held afterwards.

python bench/soak.py --minutes 60 --files 1000 --seed 1

Each file is a copy of a fixture, a little softer. Batches run against the emulator and a real S3 server through a wire
that is cut now and then; some are killed, some run two at a time. A last one without faults ends it. Then: every file
has captions, no part of one was ever left, no object is left, and nothing was submitted twice that need not have been.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from batch import KEY, make_sounds  # noqa: E402

from captioner.batch.ledger import Ledger  # noqa: E402
from captioner.emulator import Emulator, Faults, Pace  # noqa: E402
from captioner.emulator.faults import FaultPlan  # noqa: E402
from tests.doubles_s3 import RcloneServer  # noqa: E402
from tests.flows.test_survival import Wire  # noqa: E402

#: Faults of one round each; all may pass, so that no file is refused for good.
FAULTS = (
    "throttle=5",
    "throttle=3,at=submit,retry_after=1",
    "server_error=4,server_error_status=503",
    "server_error=2,server_error_status=500,at=query",
    "non_json=3,at=query",
    "lost_query=4",
    "lost_answer=2",
    "lost_answer=1,lost_answer_status=502",
    "refuse_submit=2",
    "slow_answer=1",
    "slow_queue=3",
    "slow_body=1",
    "expired_links=2",
    "reversed_results,unknown_fields,no_usage",
    "unknown_task=1",
)
#: Faults after which the service cannot give what was paid for, so that a second submission cannot be avoided.
UNAVOIDABLE = {"unknown_task=1": 1}


def main() -> int:
    """Soak, and say what was found; 1 when an invariant does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="captioner-soak-") as folder,
        RcloneServer(Path(folder)) as s3,
        Emulator(transcripts=ROOT / "fixtures" / "transcripts", key=KEY, pace=Pace(running_s=1)) as service,
    ):
        soak = Soak(Path(folder), s3, service, given.files, random.Random(given.seed))
        soak.run(given.minutes * 60)
        return soak.verdict()


class Soak:
    """One soak: the servers, the files, and what was done to them."""

    def __init__(self, folder: Path, s3: RcloneServer, service: Emulator, files: int, chance: random.Random) -> None:
        self.media = folder / "in"
        make_sounds(self.media, files)
        self.s3, self.service, self.files, self.chance = s3, service, files, chance
        self.wire = Wire(s3.url)
        environment = {**os.environ, **s3.environment, "DASHSCOPE_API_KEY": KEY, "HOME": str(folder)}
        self.environment = environment
        place = ["--endpoint", service.url, "--storage", "s3", "--bucket", "media", "--s3-endpoint", self.wire.url]
        self.command = [sys.executable, "-m", "captioner", "batch", str(self.media), "-q", *place]
        self.counts: dict[str, int] = {}
        self.unavoidable = self.retried = 0
        self.ledger = self.media / ".captioner" / "ledger.sqlite3"
        self.memory_kb: list[int] = []
        self.descriptors: list[int] = []

    def run(self, seconds: float) -> None:
        """Rounds of faults, then one without."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            fault = self.chance.choice(FAULTS)
            self.unavoidable += UNAVOIDABLE.get(fault, 0)
            self._note(fault)
            self._misbehave(fault)
            self._round(end)
        self._misbehave("")
        self._note("the last, undisturbed")
        self._wait_for([self._start()], time.monotonic() + 60 + self.files)
        with Ledger(self.ledger, looking=True) as book:
            refused = book.failures()
        for failure in refused:
            # The service could not read the object through the cut wire, or lost the task twice: an operator's retry.
            print(f"retried: {failure.files} x {failure.code}, such as {failure.example}")
            self.retried += failure.files
        if refused:
            retry = [*self.command[:3], "retry", str(self.media), *self.command[5:]]
            self._wait_for([self._start(retry)], time.monotonic() + 60 + self.files)

    def _misbehave(self, fault: str) -> None:
        running = self.service._up
        plan = FaultPlan(replace(Faults.parse(fault), seed=self.chance.randrange(1 << 30)))
        running._plan.__dict__.update(plan.__dict__)

    def _round(self, end: float) -> None:
        """One or two processes for a while; some are killed, and the wire to the store is cut now and then."""
        processes = [self._start() for _ in range(self.chance.choice((1, 1, 2)))]
        until = min(end, time.monotonic() + self.chance.uniform(3, 12))
        while time.monotonic() < until and any(process.poll() is None for process in processes):
            self._measure(processes[0])
            self.wire.is_cut = self.chance.random() < 0.1
            time.sleep(0.5)
        self.wire.is_cut = False
        for process in processes:
            kind = self.chance.choice(("killed", "stopped"))
            if process.poll() is None:
                self._note(kind)
                process.kill() if kind == "killed" else process.terminate()
        self._wait_for(processes, time.monotonic() + 30)
        parts = [path for path in self.media.glob("*.srt") if not path.read_bytes().endswith(b"\n")]
        assert not parts, f"partial captions: {parts}"

    def _start(self, command: list[str] | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command or self.command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _wait_for(self, processes: list[subprocess.Popen[bytes]], until: float) -> None:
        for process in processes:
            while process.poll() is None and time.monotonic() < until:
                self._measure(process)
                time.sleep(0.5)
            process.kill()
            process.wait()

    def _measure(self, process: subprocess.Popen[bytes]) -> None:
        here = Path(f"/proc/{process.pid}")
        try:
            status = (here / "status").read_text()
            self.descriptors.append(len(list((here / "fd").iterdir())))
        except OSError:
            return
        self.memory_kb += [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")]

    def _note(self, kind: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def verdict(self) -> int:
        """Print what was found."""
        captions = len(list(self.media.glob("*.srt")))
        objects = [path for path in (self.s3.root / "media").rglob("*") if path.is_file()]
        with Ledger(self.ledger, looking=True) as book:
            counts = {count.state.value: count.files for count in book.counts()}
            again = sum(max(rec.standing.submissions - 1, 0) for rec in book.recognitions())
        twice = self.service.submissions - self.files
        for kind, times in sorted(self.counts.items()):
            print(f"  {times:>4} x {kind}")
        print(f"{captions} of {self.files} files captioned, {counts}; {len(objects)} objects left")
        print(f"{self.service.submissions} submissions, {twice} more than files, {again} told by the ledger,")
        print(f"  {self.unavoidable} at most unavoidable because the service forgot the task; {self.retried} retried")
        print(f"memory at most {max(self.memory_kb) / 1024:.0f} MB, descriptors at most {max(self.descriptors)}")
        holds = captions == self.files and not objects and twice <= self.unavoidable + 2 * self.retried
        print("every invariant holds" if holds else "AN INVARIANT DOES NOT HOLD")
        return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
