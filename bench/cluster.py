"""A cluster under troubles: real processes, each in a network namespace with an address of its own, and what must hold.

python bench/cluster.py files --files 300
python bench/cluster.py alone --files 300        # the same without --cluster
python bench/cluster.py rate --files 600         # what lies in the store already: only submitting takes its time
python bench/cluster.py killed --files 300 --seconds 180
python bench/cluster.py stopped --files 100 --seconds 60
python bench/cluster.py scheduler|coordinator --files 60
python bench/cluster.py cut --files 60 --seconds 60
python bench/cluster.py clock|disk --files 60
python bench/cluster.py linear --files 40 --repeats 12

Coordinator, scheduler, workers and a real S3 server; the emulator is on the loopback of the coordinator, because a key
is sent to no other machine over plain http. Namespaces need root and `ip`; without them everything is on one loopback,
networks cannot be cut, and the first line says so. Parts that end are started again, as their units would do.
Afterwards: every file has captions, no part of one is there, each was billed once, and the bucket is empty.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.soak import SKEW, Sounds  # noqa: E402
from captioner.cli.commands.worker import quiet_environment  # noqa: E402
from captioner.emulator import Emulator, TaskTiming  # noqa: E402
from captioner.emulator.fingerprint import analyse_file  # noqa: E402
from captioner.media import AudioPolicy, describe, prepare  # noqa: E402
from captioner.recognition.funasr.catalogue import find_model  # noqa: E402
from tests.doubles_s3 import _binary  # noqa: E402

KEY = "sk-cluster"
SUBMITS_PER_S = find_model("fun-asr").submit_per_s
ACCESS_KEY, SECRET = "AKBENCH", "secret-of-the-bench"
_TICK_S = 0.25
_LONGEST_S = 2 * 3600.0
_TOLD_EACH_S = 60.0
# Networks of several benches at once.
_NETWORKS = range(1, 100)
_WHERE = {"s3": 2, "scheduler": 3, "coordinator": 4}
_FIRST_WORKER = 10
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET: setns(2)
# Files for each worker to begin with, where processor time is compared.
_WARM = 6
# Numbers of workers whose processor time is compared.
_LINEAR = (1, 2, 4)
# Length of the fixture.
_FIXTURE_S = 16.018
# A coordinator that ends so often was not ended by a trouble.
_LIVES = 10
# Bytes that the full disk holds: nothing that is prepared fits.
_TINY_DISK = "100k"


class Network:
    """Network namespaces on a bridge, or loopback where there are none."""

    def __init__(self) -> None:
        self.has_namespaces = os.geteuid() == 0 and shutil.which("ip") is not None
        self._names: dict[str, str] = {}
        self._number = self._free_number() if self.has_namespaces else 0
        self.has_namespaces = bool(self._number)
        self._bridge, self._network = f"captbench{self._number}", f"10.77.{self._number}"
        if self.has_namespaces:
            self._ip("addr", "add", f"{self._network}.1/24", "dev", self._bridge)
            self._ip("link", "set", self._bridge, "up")

    def _free_number(self) -> int:
        """Number of a network that no other bench has, whose bridge is made; 0 when none can be made."""
        for number in _NETWORKS:
            try:
                self._ip("link", "add", f"captbench{number}", "type", "bridge")
            except subprocess.CalledProcessError:
                continue
            return number
        return 0

    def _space(self, name: str) -> str:
        return f"cb{self._number}-{name}"

    def _ip(self, *arguments: str, check: bool = True) -> None:
        subprocess.run(["ip", *arguments], check=check, capture_output=True)

    def address(self, name: str) -> str:
        """Address of a part; its namespace is made at the first call."""
        if not self.has_namespaces:
            return "127.0.0.1"
        if name not in self._names:
            number = _WHERE.get(name) or _FIRST_WORKER + sum(part not in _WHERE for part in self._names)
            self._names[name] = f"{self._network}.{number}"
            space, inner, outer = self._space(name), f"cbi{self._number}-{number}", f"cbo{self._number}-{number}"
            self._ip("netns", "del", space, check=False)
            self._ip("netns", "add", space)
            self._ip("link", "add", outer, "type", "veth", "peer", "name", inner)
            self._ip("link", "set", inner, "netns", space)
            self._ip("link", "set", outer, "master", self._bridge, "up")
            self._ip("-n", space, "addr", "add", f"{self._names[name]}/24", "dev", inner)
            self._ip("-n", space, "link", "set", inner, "up")
            self._ip("-n", space, "link", "set", "lo", "up")
        return self._names[name]

    def command(self, name: str, *words: object) -> list[str]:
        """The command, in the namespace of a part."""
        self.address(name)
        return [*(["ip", "netns", "exec", self._space(name)] if self.has_namespaces else []), *map(str, words)]

    def cut(self, one: str, other: str, *, mend: bool = False) -> None:
        """Let packets between two parts go nowhere, silently; or mend that."""
        for here, there in ((one, other), (other, one)):
            device = f"cbi{self._number}-{self.address(here).rpartition('.')[2]}"
            change = ["del"] if mend else ["replace"]
            away = [] if mend else ["lladdr", "02:00:00:00:00:99", "nud", "permanent"]
            self._ip("-n", self._space(here), "neigh", *change, self.address(there), *away, "dev", device, check=False)

    def inside(self, name: str, call: Callable[[], object]) -> None:
        """Call something in a thread that is in the namespace of a part, as the threads are that it starts."""
        self.address(name)

        def enter() -> None:
            if self.has_namespaces:
                with Path(f"/run/netns/{self._space(name)}").open() as space:
                    ctypes.CDLL(None, use_errno=True).setns(space.fileno(), _NEW_NETWORK)
            call()

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()

    def close(self) -> None:
        """Remove everything."""
        if self.has_namespaces:
            for name in self._names:
                self._ip("netns", "del", self._space(name), check=False)
            self._ip("link", "del", self._bridge, check=False)


@dataclass
class Cluster:
    """All parts of a cluster, and the media."""

    folder: Path
    network: Network
    service: Emulator
    files: int
    repeats: int = 1
    files_per_task: int = 1
    has_cluster: bool = True
    flags: tuple[str, ...] = ()
    sounds: Sounds = field(default_factory=Sounds)
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    worker_count: int = 0
    restarted: int = 0
    lives: int = 0
    coordinator_cpu_s: float = 0.0
    start_cpu_s: float = 0.0
    coordinator_kb: int = 0
    began: float = 0.0

    @property
    def media(self) -> Path:
        return self.folder / "in"

    @property
    def bucket(self) -> Path:
        return self.folder / "s3" / "media"

    @property
    def captions(self) -> int:
        return sum(1 for _ in self.media.glob("*.srt"))

    def prepare(self) -> None:
        """Make the media, and start the store and the scheduler."""
        self.media.mkdir()
        self.bucket.mkdir(parents=True)
        for number in range(self.files):
            self.sounds.put(
                number, self.media / f"talk-{number:05d}.wav", self.folder / "staging", repeats=self.repeats
            )
        self.start("s3", _binary(), "serve", "s3", "--config", "", "--auth-key",
                   f"{ACCESS_KEY},{SECRET}", "--addr", f"{self.network.address('s3')}:9807", "--dir-cache-time", "1ms",
                   "--force-path-style", self.folder / "s3")  # fmt: skip
        if self.has_cluster:
            self.scheduler()

    def environment(self, **more: str) -> dict[str, str]:
        hooks = self.folder / "hooks"
        if not hooks.is_dir():
            hooks.mkdir()
            (hooks / "sitecustomize.py").write_text(SKEW)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DASHSCOPE_"))}
        credentials = {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        home = {"HOME": str(self.folder), "PYTHONPATH": f"{hooks}{os.pathsep}{ROOT}", "NO_PROXY": "*", "no_proxy": "*"}
        return {**kept, **credentials, **home, **more}

    def start(self, name: str, *words: object, **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                self.network.command(name, *words), env=self.environment(**environment), cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.parts[name] = process
        return process

    def scheduler(self) -> None:
        self.start("scheduler", sys.executable, "-m", "distributed.cli.dask_scheduler", "--host",
                   self.network.address("scheduler"), "--port", 8786, "--no-dashboard")  # fmt: skip

    def worker(self, **environment: str) -> str:
        """Start another worker; its name."""
        self.worker_count += 1
        return self.worker_again(f"w{self.worker_count}", **environment)

    def worker_again(self, name: str, **environment: str) -> str:
        self.start(name, sys.executable, "-m", "distributed.cli.dask_worker",
                   f"tcp://{self.network.address('scheduler')}:8786", "--nthreads", 1, "--no-nanny", "--no-dashboard",
                   "--host", self.network.address(name), "--name", name,
                   **quiet_environment(), **environment)  # fmt: skip
        return name

    def coordinator(self) -> None:
        where = ["--cluster", f"tcp://{self.network.address('scheduler')}:8786", "--insecure"]
        self.start("coordinator", sys.executable, "-m", "captioner", "batch", self.media, "--endpoint",
                   self.service.url, "--storage", "s3", "--bucket", "media", "--s3-endpoint",
                   f"http://{self.network.address('s3')}:9807", *(where if self.has_cluster else ()),
                   "--files-per-task", self.files_per_task, "--audio", "flac", *self.flags,
                   DASHSCOPE_API_KEY=KEY)  # fmt: skip

    @property
    def workers(self) -> list[str]:
        return [name for name, process in self.parts.items() if name.startswith("w") and process.poll() is None]

    def supervise(self, *, workers: bool = True) -> bool:
        """Start again what has ended, as a unit would; whether the coordinator is done."""
        for name, process in list(self.parts.items()):
            if name == "coordinator" or process.poll() is None:
                continue
            del self.parts[name]
            if name == "scheduler":
                self.scheduler()
            elif name.startswith("w") and workers:
                self.worker_again(name)
            self.restarted += 1
        pid = self.parts["coordinator"].pid
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if not self.start_cpu_s and self.service.submissions:
                self.start_cpu_s = cpu_s(pid)
            return False
        self.coordinator_cpu_s += cpu_s(pid)  # its own, without that of processes that it has started
        _, status, usage = os.wait4(pid, 0)
        self.coordinator_kb = max(self.coordinator_kb, usage.ru_maxrss)
        if os.waitstatus_to_exitcode(status) == 0:
            return True
        self.restarted += 1
        self.lives += 1
        if self.lives > _LIVES:
            raise TimeoutError(
                f"the coordinator ends again and again, with exit code {os.waitstatus_to_exitcode(status)}"
            )
        time.sleep(1)  # as its unit waits before it starts it again
        self.coordinator()
        return False

    def run(self, trouble: Callable[[float], None], *, restart_workers: bool = True) -> None:
        """Run the coordinator to its end, with troubles at every tick: told the seconds since it began."""
        self.began = told_at = time.monotonic()
        self.coordinator()
        while not self.supervise(workers=restart_workers):
            past_s = time.monotonic() - self.began
            if time.monotonic() - told_at > _TOLD_EACH_S:
                told_at = time.monotonic()
                self.tell(past_s)
            if past_s > _LONGEST_S:
                raise TimeoutError(f"not done after {past_s:.0f} s: {self.captions} of {self.files}")
            trouble(past_s)
            time.sleep(_TICK_S)  # troubles are counted in ticks

    def tell(self, past_s: float) -> None:
        """Say how far it is."""
        cpu = self.coordinator_cpu_s + cpu_s(self.parts["coordinator"].pid)
        print(
            f"  at {past_s:.0f} s: {self.captions} done, {self.service.submissions} submitted, coordinator {cpu:.1f} s"
            f" CPU, load {os.getloadavg()[0]:.0f}",
            flush=True,
        )

    def verdict(self) -> int:
        """Say what was found; 1 when something does not hold."""
        seconds = time.monotonic() - self.began
        time.sleep(3)  # a worker that woke late removes what it has put
        objects = [path.name for path in self.bucket.rglob("*") if path.is_file()]
        parts = [path.name for path in self.media.iterdir() if path.name.startswith(".") and path.is_file()]
        told = (self.folder / "log").read_text(errors="replace")
        wrong = {
            "captions missing": self.files - self.captions,
            "bills beside one each": sum(len(task.recognised) for task in self.service.tasks) - self.files,
            "objects left": len(objects),
            "parts of files": len(parts),
            "tracebacks": told.count("a fault in captioner"),
        }
        ms, later_ms = (
            1000 * cpu / self.files for cpu in (self.coordinator_cpu_s, self.coordinator_cpu_s - self.start_cpu_s)
        )
        print(
            f"{self.files} files in {seconds:.0f} s; coordinator {ms:.1f} ms CPU a file, {later_ms:.1f} of it after the"
            f" {self.start_cpu_s:.1f} s to the first submission, {self.coordinator_kb / 1000:.0f} MB;"
            f" {self.restarted} parts started again; {self.rate():.2f} submissions a second; load"
            f" {os.getloadavg()[0]:.0f}"
        )
        for name, number in wrong.items():
            print(f"  {name}: {number}")
        for line in dict.fromkeys(line for line in told.splitlines() if line.startswith("cluster: ")):
            print(f"  {line[:150]}")
        return int(any(wrong.values()))

    def rate(self, after: int = 0) -> float:
        """Submissions a second, without the first and the last tenth of them, and without so many before them."""
        times = sorted(task.submitted_at for task in self.service.tasks[after:])
        edge = len(times) // 10
        steady = times[edge : len(times) - edge]
        return (len(steady) - 1) / max(steady[-1] - steady[0], 0.001) if len(steady) > 1 else 0.0

    def end(self) -> None:
        for process in self.parts.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()


def cpu_s(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# Troubles


def nothing(_: float) -> None:
    """No trouble."""


def killed(cluster: Cluster, seconds: float, every_s: float, dice: random.Random) -> None:
    """kill -9 of a random worker now and then; half of them are never started again, others take their place."""
    next_s = [every_s]

    def trouble(past_s: float) -> None:
        if past_s < next_s[0] or past_s > seconds or not cluster.workers:
            return
        next_s[0] = past_s + every_s
        name = dice.choice(cluster.workers)
        process = cluster.parts.pop(name)
        process.kill()
        process.wait()
        if dice.random() < 0.5:
            cluster.worker_again(name)
        else:
            cluster.worker()

    cluster.run(trouble)


def stopped(cluster: Cluster, seconds: float, dice: random.Random) -> None:
    """SIGSTOP of one worker after another, each for a third of the time; then SIGCONT."""
    asleep: list[tuple[str, float]] = []

    def trouble(past_s: float) -> None:
        if asleep and past_s > asleep[0][1]:
            cluster.parts[asleep.pop()[0]].send_signal(signal.SIGCONT)
        if not asleep and 5 < past_s < seconds:
            name = dice.choice(cluster.workers)
            cluster.parts[name].send_signal(signal.SIGSTOP)
            asleep.append((name, past_s + max(seconds / 3, 25)))

    cluster.run(trouble)
    for name, _ in asleep:
        cluster.parts[name].send_signal(signal.SIGCONT)


def once(cluster: Cluster, at_captions: int, action: Callable[[], None]) -> None:
    """One trouble when so many files have captions."""
    done: list[bool] = []

    def trouble(_: float) -> None:
        if not done and (cluster.captions >= at_captions or cluster.service.submissions > at_captions):
            done.append(True)
            action()

    cluster.run(trouble)


def paced(cluster: Cluster) -> int:
    """Everything twice: at the second time it lies in the store already, so that only submitting holds it up."""
    cluster.flags = ("--keep-upload",)
    cluster.run(nothing)
    first = cluster.service.submissions
    cluster.flags = ("--keep-upload", "--again")
    cluster.run(nothing)
    asked = SUBMITS_PER_S
    print(
        f"{cluster.service.submissions - first} files that lie in the store: {cluster.rate(first):.2f} submissions a"
        f" second of {asked}; load {os.getloadavg()[0]:.0f}"
    )
    return int(cluster.service.submissions != 2 * cluster.files)


def cut(cluster: Cluster, seconds: float) -> None:
    """The network between each two of them, one pair after another, silently."""
    pairs = [("coordinator", "scheduler"), ("scheduler", "w1"), ("w2", "s3"), ("coordinator", "s3")]
    share = seconds
    state: dict[str, float] = {}

    def trouble(past_s: float) -> None:
        if "since" in state and past_s > state["since"] + share:
            cluster.network.cut(*pairs[int(state["pair"])], mend=True)
            state.pop("since")
            state["pair"] += 1
        if "since" not in state and state.setdefault("pair", 0) < len(pairs) and past_s > 5:
            pair = pairs[int(state["pair"])]
            print(f"  at {past_s:.0f} s cut {' - '.join(pair)} for {share:.0f} s, {cluster.captions} done", flush=True)
            cluster.network.cut(*pair)
            state["since"] = past_s

    cluster.run(trouble)
    for pair in pairs:
        cluster.network.cut(*pair, mend=True)


def linear(folder: Path, network: Network, files: int, repeats: int) -> int:
    """Processor time for the same media on 1, 2 and 4 workers of one thread each.

    Beside it that of as many processes which only describe and prepare, without a cluster: what they lose with more of
    them is lost to cores and caches that are shared, not to the cluster.
    """
    found: dict[int, tuple[float, float]] = {}
    alone = {workers: prepared_alone(folder / "alone", files, repeats, workers) for workers in _LINEAR}
    for workers in _LINEAR:
        with laid_out(folder / str(workers), network, files + _WARM * workers, workers, repeats=repeats) as cluster:
            later = folder / f"later-{workers}"
            later.mkdir()
            for path in sorted(cluster.media.iterdir())[_WARM * workers :]:
                path.rename(later / path.name)
            cluster.run(nothing)  # now every worker has loaded what it needs
            for path in later.iterdir():
                path.rename(cluster.media / path.name)
            before = {name: cpu_s(cluster.parts[name].pid) for name in cluster.workers}
            cluster.run(nothing)
            after = {name: cpu_s(cluster.parts[name].pid) for name in cluster.workers}
            found[workers] = (sum(after.values()) - sum(before.values()), time.monotonic() - cluster.began)
    hours = files * repeats * _FIXTURE_S / 3600
    for workers, (cpu, wall) in found.items():
        share, alone_share = found[1][0] / cpu, alone[1] / alone[workers]
        print(f"{workers} workers: {cpu:.1f} s CPU, {hours / cpu * 3600:.0f} h of media in an hour of CPU,"
              f" {share:.2f} of linear, {share / alone_share:.2f} of what {workers} processes without a cluster keep"
              f" ({alone_share:.2f}); {wall:.0f} s wall on {os.cpu_count()} cores")  # fmt: skip
    return 0


def prepared_alone(folder: Path, files: int, repeats: int, processes: int) -> float:
    """Processor time of processes that describe and prepare so many files between them, after some to begin with."""
    sounds, paths = Sounds(), []
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(files + _WARM * processes):
        paths.append(folder / f"talk-{number:05d}.wav")
        if not paths[-1].exists():
            sounds.put(number, paths[-1], folder / "staging", repeats=repeats)
    shares = [paths[rank::processes] for rank in range(processes)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        return sum(pool.map(_prepare_all, shares, chunksize=1))


def _prepare_all(paths: list[Path]) -> float:
    began = 0.0
    for number, path in enumerate(paths):
        if number == _WARM:
            began = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            prepare(describe(path), AudioPolicy(), Path(folder))
    return time.process_time() - began


def longer_transcript(folder: Path, repeats: int) -> Path:
    """Transcripts for the emulator: that of the fixture, which is in the sound so many times."""
    known = json.loads((ROOT / "fixtures" / "transcripts" / "stereo-two-tracks.json").read_text())
    sound = folder / "sound.wav"
    Sounds().put(0, sound, folder / "staging", repeats=repeats)
    heard, length_ms = analyse_file(sound), known["duration_ms"]
    known["sentences"] = [
        shifted(sentence, number * length_ms) for number in range(repeats) for sentence in known["sentences"]
    ]
    known |= {"duration_ms": heard.duration_ms, "onset_ms": heard.onset_ms, "fingerprint": heard.fingerprint}
    transcripts = folder / "transcripts"
    transcripts.mkdir()
    (transcripts / "sound.json").write_text(json.dumps(known))
    return transcripts


def shifted(entry: dict[str, Any], by_ms: int) -> dict[str, Any]:
    """A sentence or word of a transcript, so much later."""
    times: dict[str, Any] = {name: entry[name] + by_ms for name in ("begin_time", "end_time") if name in entry}
    words = {"words": [shifted(word, by_ms) for word in entry["words"]]} if "words" in entry else {}
    return {**entry, **times, **words}


class laid_out:
    """A cluster while the block runs."""

    def __init__(
        self,
        folder: Path,
        network: Network,
        files: int,
        workers: int,
        *,
        repeats: int = 1,
        files_per_task: int = 1,
        **environment: Mapping[str, str],
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        timing = TaskTiming(pending_s=0.1, running_s=0.5)
        transcripts = ROOT / "fixtures" / "transcripts" if repeats == 1 else longer_transcript(folder, repeats)
        self._service = Emulator(transcripts=transcripts, key=KEY, timing=timing)
        self._network = network
        self._make = lambda: Cluster(
            folder,
            network,
            self._service,
            files,
            repeats=repeats,
            files_per_task=files_per_task,
            has_cluster=workers > 0,
        )
        self._workers = workers
        self._environment = environment

    def __enter__(self) -> Cluster:
        self._network.inside("coordinator", self._service.__enter__)
        self.cluster = self._make()
        self.cluster.prepare()
        for number in range(1, self._workers + 1):
            self.cluster.worker(**self._environment.get(f"w{number}", {}))
        return self.cluster

    def __exit__(self, *_: object) -> None:
        self.cluster.end()
        self._service.__exit__(None, None, None)


def main() -> int:
    """One row of the table, and whether it holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    rows = ("files", "alone", "rate", "killed", "stopped", "scheduler", "coordinator", "cut", "clock", "disk", "linear")
    parser.add_argument("row", choices=rows)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--every", type=float, default=3, help="seconds between kills")
    parser.add_argument("--repeats", type=int, default=1, help="16 s of sound so many times in each file")
    parser.add_argument("--files-per-task", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    network, dice = Network(), random.Random(given.seed)
    where = "network namespaces" if network.has_namespaces else "loopback: no namespaces here, networks cannot be cut"
    print(json.dumps({**vars(given), "cores": os.cpu_count(), "load": os.getloadavg()[0], "in": where}), flush=True)
    with tempfile.TemporaryDirectory(prefix="captioner-cluster-") as name:
        try:
            return measure(given, Path(name), network, dice)
        finally:
            network.close()


def measure(given: argparse.Namespace, folder: Path, network: Network, dice: random.Random) -> int:
    """Do a row."""
    if given.row == "linear":
        return linear(folder, network, given.files, given.repeats)
    environment: dict[str, dict[str, str]] = {}
    if given.row == "clock":
        environment["w1"] = {"SKEW_S": str(2 * 86400)}
    disk = folder / "disk"
    if given.row == "disk":
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_TINY_DISK}", "none", str(disk)], check=True)
        environment["w1"] = {"TMPDIR": str(disk)}
    try:
        workers = 0 if given.row == "alone" else given.workers
        with laid_out(
            folder / "run",
            network,
            given.files,
            workers,
            repeats=given.repeats,
            files_per_task=given.files_per_task,
            **environment,
        ) as cluster:
            if given.row == "rate":
                return paced(cluster)
            one_third = given.files // 3
            rows: dict[str, Callable[[], None]] = {
                "killed": lambda: killed(cluster, given.seconds, given.every, dice),
                "stopped": lambda: stopped(cluster, given.seconds, dice),
                "scheduler": lambda: once(cluster, one_third, cluster.parts["scheduler"].kill),
                "coordinator": lambda: once(cluster, one_third, lambda: cluster.parts["coordinator"].kill()),
                "cut": lambda: cut(cluster, given.seconds),
            }
            try:
                rows.get(given.row, lambda: cluster.run(nothing))()
            except TimeoutError as error:
                print(error)
            code = cluster.verdict()
            shutil.copy(
                cluster.folder / "log", Path(tempfile.gettempdir()) / f"captioner-cluster-{given.row}-{given.files}.log"
            )
            return code
    finally:
        if given.row == "disk":
            subprocess.run(["umount", str(disk)], check=False)


if __name__ == "__main__":
    sys.exit(main())
