"""Everything that the parts of a run share: ledger, options, services, queue, events, and what is under way.

Used by the deciding thread only. Records in it are frozen; a change is another record in the same place.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from captioner.jobs.budget import Budget, MonthBudget
from captioner.jobs.events import FileReport, OnEvent
from captioner.jobs.grouping import GroupLimit, Ready
from captioner.jobs.inputs.finding import InputFeed, InputList, Source
from captioner.jobs.lease_numbers import LeaseNumbers
from captioner.jobs.ledger.base import Ledger
from captioner.jobs.options import JobOptions, RunOptions
from captioner.jobs.outputs.findings import Findings
from captioner.jobs.polling.due_queue import DueQueue
from captioner.jobs.polling.poll_schedule import PollEstimator
from captioner.jobs.polling.task_list_poller import TaskListPoller
from captioner.jobs.rate_limit import SharedRateLimiter
from captioner.jobs.records import Job, Recognition, Task
from captioner.jobs.services import Services
from captioner.jobs.states import Reason
from captioner.model import Issue, Media, StoredObject

__all__ = ["FAILURES_KEPT", "Ended", "JobRun", "RunContext", "Search", "TaskWait"]

# Waits differ by a fifth either way, so that many files do not all ask at the same moment.
JITTER = 0.2

# Failures that the message about a run names.
FAILURES_KEPT = 50

# The shortest time by which an intent is recorded before its slot.
SHORTEST_LEAD_S = 0.05


@dataclass(frozen=True, slots=True)
class JobRun:
    """One input in this run.

    Attributes:
        source: As given.
        options: What is asked for it.
        outputs: Where its captions and the raw reply go.
        job: As filed, or None before it is.
        stamp: Length and modification time of the file when the run looked.
        keep: Outputs that exist already and stay as they are.
        rec: Its recognition, once that has ended.
        worker_deaths: How often in a row workers could not do its step: one died at it, or none saw the file.
        cues: Number of cues made for it.
        issues: What a caption editor may want to look at.
        speech: Whether anything was said.
        findings: What is kept with the captions.
        again_usd: What another recognition would cost at most, when it was not done for want of the user's word.
    """

    source: Source
    options: JobOptions
    outputs: tuple[Path, ...]
    job: Job | None = None
    stamp: tuple[int, int] = (0, 0)
    keep: frozenset[Path] = frozenset()
    rec: Recognition | None = None
    worker_deaths: int = 0
    cues: int = 0
    issues: tuple[Issue, ...] = ()
    speech: bool = True
    findings: Findings | None = None
    again_usd: float | None = None

    @property
    def name(self) -> str:
        """Its name in messages."""
        return self.source.name

    @property
    def filed(self) -> Job:
        """The job, which there is once the input was taken up."""
        if self.job is None:
            raise TypeError("not filed yet")
        return self.job


@dataclass(frozen=True, slots=True)
class Ended:
    """A recognition has ended for an input.

    Attributes:
        job_run: The input.
        rec: The recognition: FETCHED, REJECTED, or in the state in which this run leaves it.
        left: Why this run goes on without it, or None.
    """

    job_run: JobRun
    rec: Recognition
    left: Reason | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """A task whose answer was lost, while it is looked for.

    Attributes:
        task: The task.
        keys: Its recognitions in this run.
        since: Unix seconds when this run began to look.
        asked_at: Unix seconds when the list was last asked for.
        unknown: How often in a row the service did not know the candidate that is asked about.
    """

    task: Task
    keys: tuple[str, ...]
    since: float
    asked_at: float = 0.0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class TaskWait:
    """A task while it is waited for.

    Attributes:
        task: The task.
        addresses: Key and address of every file in it.
        keys: Its recognitions in this run.
        since: Unix seconds when this run began to wait.
        is_pending: A request about it is due or under way.
        told_at: Unix seconds when it was last told that the task is running.
        unknown: How often the service did not know the task.
        early_at: Unix seconds when an event last had the task asked about.
    """

    task: Task
    addresses: tuple[tuple[str, str], ...]
    keys: tuple[str, ...]
    since: float
    is_pending: bool = False
    told_at: float = 0.0
    unknown: int = 0
    early_at: float = 0.0


@dataclass(slots=True)
class CheckState:
    """The look-up of what the options refer to at the service.

    Attributes:
        is_due: It has to come before anything is bought.
        waiting: Keys of recognitions that wait for it.
    """

    is_due: bool = False
    waiting: list[str] = field(default_factory=list)


@dataclass(slots=True)
class UploadState:
    """Files on their way to the store.

    Attributes:
        fresh: Keys of those that may begin.
        begun: Keys of those that have begun.
        sending: Names of files that are being sent, as far as was reported.
        stored: Objects that were just stored, by key, until they are signed.
        noted: Names of notes whose objects are in the ledger when this turn is committed.
    """

    fresh: deque[str] = field(default_factory=deque)
    begun: set[str] = field(default_factory=set)
    sending: set[str] = field(default_factory=set)
    stored: dict[str, StoredObject] = field(default_factory=dict)
    noted: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SubmitState:
    """Stored files on their way to a task.

    Attributes:
        stored: Keys of all of them.
        unsigned: Keys of files that need a signed address.
        signing: Keys of files that are being signed.
        is_signing_due: An item to sign them is in the queue.
        ready: Files with a signed address, by key, in the order in which they came.
        grouping_at: When the next group is to be formed, or None.
        lead_s: How long before its slot an intent is recorded.
        near_s: How long before its slot the next intent may be recorded, because there is something else to record.
        searches: Lost tasks that are looked for, by number.
        made: Numbers of the tasks made in this run, so with its key.
        limit: Files in one task.
    """

    stored: set[str] = field(default_factory=set)
    unsigned: list[str] = field(default_factory=list)
    signing: set[str] = field(default_factory=set)
    is_signing_due: bool = False
    ready: dict[str, Ready] = field(default_factory=dict)
    grouping_at: float | None = None
    lead_s: float = SHORTEST_LEAD_S
    near_s: float = 0.0
    searches: dict[int, Search] = field(default_factory=dict)
    made: set[int] = field(default_factory=set)
    limit: GroupLimit = field(default_factory=lambda: GroupLimit(1))


@dataclass(slots=True)
class CollectState:
    """Tasks at the service.

    Attributes:
        poller: Asks about many at once.
        estimator: How long they take.
        waits: Tasks that are waited for, by number.
        is_our_account: The key was seen to know tasks of this ledger.
    """

    poller: TaskListPoller
    estimator: PollEstimator = field(default_factory=PollEstimator)
    waits: dict[int, TaskWait] = field(default_factory=dict)
    is_our_account: bool = False


@dataclass(slots=True)
class CleanupState:
    """Objects that are no longer needed.

    Attributes:
        ended: Numbers of those whose recognition has ended; they wait to be deleted together with others.
        sweep_at: When they are looked at, or None.
        busy: Numbers of those that are being deleted.
        leftovers: Keys of those that could not be deleted, by number.
    """

    ended: list[int] = field(default_factory=list)
    sweep_at: float | None = None
    busy: set[int] = field(default_factory=set)
    leftovers: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class NotifyState:
    """Messages to other programs.

    Attributes:
        failing_since: Unix seconds since when a receiver has taken nothing, by receiver.
        left: How many messages are left for the next run, by receiver.
    """

    failing_since: dict[str, float] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class RunContext:
    """One run.

    Attributes:
        ledger: Where everything is recorded.
        options: What was asked for.
        services: What steps use; here for its clock, links and names.
        queue: What is due.
        emit: Told about events.
        requests: Rate of requests about tasks.
        slots: Rate of submissions.
        collect: Tasks at the service.
        usual: Options of inputs whose folder has no settings of its own.
        feed: Where inputs come from.
        reports: How inputs ended, or None when only the feed is told.
        rng: For jitter.
        budget: What may still be bought.
        month: What may still be spent this month.
        counters: What was done so far: a count for each stage, bytes sent, milliseconds captioned.
        active: Unfinished recognitions of this run, by key.
        waiting: The inputs that wait for each of them.
        media: What a file is, from the probe until it is uploaded.
        rejected: Recognitions that were rejected in this run.
        renewed: Keys of recognitions that were set aside in this run, because they are bought anew.
        bought: Keys of recognitions fetched in this run and not reported yet.
        foreign: How many recognitions another process holds.
        changed: Keys of recognitions whose next step is to be scheduled.
        ended: Recognitions that have ended, for each input that waited.
        reported: Inputs that have ended since the last commit.
        probing: Inputs whose content is not known yet.
        is_take_paused: Inputs are not taken up before there is room again.
        started: Inputs taken up.
        failures: How the first inputs ended that were not captioned, where other programs are told of it.
        writable: Folders that were seen to be writable.
        has_keys_before: The ledger may have recognitions under keys of an earlier version.
        others: Ledgers in which to look for what was paid for already.
        leases: Leases of calls on the workers of a cluster, or None without one.
    """

    ledger: Ledger
    options: RunOptions
    services: Services
    queue: DueQueue
    emit: OnEvent
    requests: SharedRateLimiter
    slots: SharedRateLimiter
    collect: CollectState
    usual: JobOptions
    feed: InputFeed = field(default_factory=lambda: InputList((), {}))
    reports: dict[Source, FileReport] | None = field(default_factory=dict)
    rng: random.Random = field(default_factory=random.Random)
    budget: Budget = field(default_factory=lambda: Budget(None))
    month: MonthBudget = field(default_factory=lambda: MonthBudget(None, lambda: 0.0, lambda: 0.0))
    counters: Counter[str] = field(default_factory=Counter)
    check: CheckState = field(default_factory=CheckState)
    upload: UploadState = field(default_factory=UploadState)
    submit: SubmitState = field(default_factory=SubmitState)
    cleanup: CleanupState = field(default_factory=CleanupState)
    notify: NotifyState = field(default_factory=NotifyState)
    active: dict[str, Recognition] = field(default_factory=dict)
    waiting: dict[str, list[JobRun]] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    rejected: dict[str, Recognition] = field(default_factory=dict)
    renewed: set[str] = field(default_factory=set)
    bought: set[str] = field(default_factory=set)
    foreign: int = 0
    changed: deque[str] = field(default_factory=deque)
    ended: deque[Ended] = field(default_factory=deque)
    reported: list[tuple[Source, FileReport]] = field(default_factory=list)
    probing: int = 0
    is_take_paused: bool = False
    started: int = 0
    failures: list[FileReport] = field(default_factory=list)
    writable: set[Path] = field(default_factory=set)
    has_keys_before: bool = False
    others: tuple[Ledger, ...] = ()
    leases: LeaseNumbers | None = None

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self.services.clock()

    def jitter(self) -> float:
        """A factor for our own waits."""
        return self.rng.uniform(1 - JITTER, 1 + JITTER)

    def source_of(self, key: str) -> Source:
        """The first input that waits for a recognition."""
        return self.waiting[key][0].source

    def name_of(self, key: str) -> str:
        """Name of a recognition in messages: that of the first input that waits for it."""
        return self.waiting[key][0].name

    def held(self, keys: Sequence[str]) -> list[Recognition]:
        """Those recognitions that this run still works on."""
        return [self.active[key] for key in keys if key in self.active]
