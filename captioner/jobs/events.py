"""Events of a run and its report. Plain values; nothing here does I/O.

Events come from the thread that called `run`, one at a time, so that a display needs no lock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from captioner.jobs.outputs.remote_outputs import shown_path
from captioner.jobs.states import Cause, Reason, State
from captioner.model import Issue

__all__ = [
    "Downloading",
    "Event",
    "Failed",
    "FileReport",
    "FileStarted",
    "Noted",
    "OnEvent",
    "Preparing",
    "Progress",
    "Report",
    "Retrying",
    "Stage",
    "Uploading",
    "Waiting",
    "WorkerStatus",
    "Wrote",
]


@dataclass(frozen=True, slots=True)
class FileStarted:
    """A file was taken up.

    Attributes:
        source: Its name, as in every event.
        state: Where it stands, which is not FOUND when an earlier run left it half done.
    """

    source: str
    state: State


@dataclass(frozen=True, slots=True)
class Preparing:
    """Audio is being taken out of a file: `done_ms` of `total_ms` (0 when unknown)."""

    source: str
    done_ms: int
    total_ms: int


@dataclass(frozen=True, slots=True)
class Downloading:
    """A file is read from its bucket: `done_bytes` of `total_bytes`."""

    source: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Uploading:
    """A file is on its way to the store: `done_bytes` of `total_bytes`."""

    source: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """The service has the file.

    Attributes:
        source: Name of the file.
        elapsed_s: Seconds since this run began to wait for it.
        status: The service's word for it, such as "RUNNING".
    """

    source: str
    elapsed_s: float
    status: str


@dataclass(frozen=True, slots=True)
class Retrying:
    """Something did not go through and is tried again.

    Attributes:
        source: Name of the file.
        cause: What is in trouble.
        in_s: Seconds until the next attempt.
        reason: What happened.
    """

    source: str
    cause: Cause
    in_s: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Noted:
    """Something worth knowing that changes nothing: `message` about `source`."""

    source: str
    message: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """A file is done; `paths` are its outputs."""

    source: str
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A file is not going to be done in this run."""

    source: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the work: how many files wait for it, are in it, have passed it, and failed in it."""

    name: str
    waiting: int
    active: int
    done: int
    failed: int


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """Status of a worker of a cluster: its present work, and its counts in this run.

    Attributes:
        name: Its name.
        state: One of "working", "idle", "silent" (no sign of life, its work is done by others), "refused" (it lacks
            something), "left out" (what it did failed while others could do it), "gone".
        doing: Step and file, or "".
        done: Calls that went well.
        failed: Calls that did not, and deaths.
        sent_bytes: Bytes it has uploaded.
        prepared_ms: Length of the media that it has prepared and uploaded.
        bytes_per_s: Uploaded a second in the last minute.
        ms_per_s: Length of media prepared and uploaded a second in the last minute.
        reason: Why it is refused or left out, or "".
    """

    name: str
    state: str = "idle"
    doing: str = ""
    done: int = 0
    failed: int = 0
    sent_bytes: int = 0
    prepared_ms: int = 0
    bytes_per_s: float = 0.0
    ms_per_s: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of the whole run, sent about twice a second.

    Attributes:
        stages: In the order in which files pass them.
        waiting: Files that were not taken up yet.
        started: Files that were taken up.
        done: Files with captions.
        failed: Files that ended without captions.
        bytes_sent: Bytes uploaded in this run.
        captioned_ms: Length of the media captioned in this run.
        workers: Workers of the cluster, by name; none without one.
        dashboard: Address of Dask's dashboard, or "".
    """

    stages: tuple[Stage, ...]
    waiting: int
    started: int
    done: int
    failed: int
    bytes_sent: int
    captioned_ms: int
    workers: tuple[WorkerStatus, ...] = ()
    dashboard: str = ""


Event = FileStarted | Preparing | Downloading | Uploading | Waiting | Retrying | Noted | Wrote | Failed | Progress
OnEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class FileReport:
    """Result of one input.

    Attributes:
        source: Its name, as given.
        state: WRITTEN, REJECTED, or where it was left for the next run.
        outputs: Files that hold its captions now.
        reason: Why it is not WRITTEN, or None.
        billed_s: Seconds the service billed for it in this run; 0 when nothing was bought, None when not known.
        cues: Number of cues.
        issues: What a caption editor may want to look at.
        speech: Whether anything was said.
        submissions: Submissions that may be billed, so far.
        again: Why there was a second one, or "".
        task_id: The service's name for its task, or "".
        manifest: The manifest beside the captions, or None.
        unmatched: Words of the replacement list that occur nowhere in it.
        unheard: Names that the settings give to speakers who do not occur in it.
        matched: What is heard of rules of the glossary that occur in it.
        again_usd: What another recognition would cost at most, where one is needed and was not asked for; else None.
    """

    source: str
    state: State
    outputs: tuple[Path, ...] = ()
    reason: Reason | None = None
    billed_s: int | None = 0
    cues: int = 0
    issues: tuple[Issue, ...] = ()
    speech: bool = True
    submissions: int = 0
    again: str = ""
    task_id: str = ""
    manifest: Path | None = None
    unmatched: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()
    again_usd: float | None = None

    @property
    def done(self) -> bool:
        """Whether its captions are there."""
        return self.state is State.WRITTEN

    def as_json(self) -> dict[str, Any]:
        """The same as values JSON can hold."""
        values = asdict(self)
        values["state"] = self.state.value
        values["outputs"] = [shown_path(path) for path in self.outputs]
        values["manifest"] = shown_path(self.manifest) if self.manifest else None
        return values


@dataclass(frozen=True, slots=True)
class Report:
    """Result of a run.

    Attributes:
        files: One for each input, in the order given.
        leftovers: Objects that could not be deleted from the store, by key.
        ledger: Path of the ledger.
        undelivered: A line for each webhook or command that did not take everything it was to be told.
    """

    files: tuple[FileReport, ...]
    leftovers: tuple[str, ...] = ()
    ledger: Path | None = None
    undelivered: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 when every file is done and every message was taken, else 1."""
        return 0 if all(file.done for file in self.files) and not self.undelivered else 1

    @property
    def counts(self) -> dict[str, int]:
        """Number of files that ended in each state."""
        return dict(Counter(file.state.value for file in self.files))

    @property
    def billed_s(self) -> int:
        """Seconds billed in this run, as far as known; a recognition two files share is counted once, at the first."""
        return sum(file.billed_s or 0 for file in self.files)

    def as_json(self) -> dict[str, Any]:
        """The same as values JSON can hold."""
        return {
            "files": [file.as_json() for file in self.files],
            "counts": self.counts,
            "billed_s": self.billed_s,
            "leftovers": list(self.leftovers),
            "undelivered": list(self.undelivered),
            "ledger": str(self.ledger) if self.ledger else "",
            "exit_code": self.exit_code,
        }
