"""The protocol of a ledger, whatever stores it.

Everything is committed before its consequence. Methods that money depends on reach the disk: `record_intent` before a
request leaves, `record_outcome` before anything else is done with a task's name. One thread of a process uses a ledger;
several processes may share it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from captioner.jobs.events import WorkerStatus
from captioner.jobs.lease import Owner
from captioner.jobs.records import Delivery, Job, Recognition, Task, Upload

__all__ = ["Claim", "Ledger"]


@dataclass(frozen=True, slots=True)
class Claim:
    """The attempt of a process to be the coordinator of a cluster.

    Attributes:
        number: Which coordinator of this ledger it is, counted from 1; 0 when another lives.
        token: Tells the objects of this ledger's workers from those of other ledgers in the same bucket.
        taken_by: Owner that is the coordinator already, or "".
        after_crash: The one before it did not end in good order, so that its workers may have left objects behind.
    """

    number: int
    token: str
    taken_by: str = ""
    after_crash: bool = False


class Ledger(Protocol):
    """The memory of all runs.

    Attributes:
        path: Where it lies, for messages.
        owner: Which process opened it.

    Raises (every method):
        LedgerError: It cannot be read or written.
    """

    path: Path
    owner: Owner

    @property
    def folder(self) -> Path:
        """The private folder for replies and files in work."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Make one transaction of everything written in the block, committed when it ends well.

        Nothing that follows from it may be done before. What money depends on closes what was written before it and
        begins a transaction that reaches the disk.
        """
        ...

    # Processes and rates

    def heartbeat(self) -> None:
        """Record that this process is alive."""
        ...

    def live_owners(self) -> frozenset[str]:
        """Names of the processes that can still be at work."""
        ...

    def release(self) -> None:
        """Release everything this process holds."""
        ...

    def reserve(self, rate: str, per_s: float) -> float:
        """Unix time of the next free slot of a rate that every process on this ledger keeps."""
        ...

    def remember(self, fact: str) -> None:
        """Remember for a month what the service was seen to do."""
        ...

    def recalls(self, fact: str) -> bool:
        """Whether that is remembered."""
        ...

    # The coordinator of a cluster

    def claim_coordination(self, cluster: str) -> Claim:
        """Make this process the coordinator of a cluster, unless a live process is one on this ledger."""
        ...

    def is_coordinator(self, number: int) -> bool:
        """Whether no other process has taken the place of this coordinator."""
        ...

    def end_coordination(self, number: int, *, is_clean: bool) -> None:
        """Give the place free; `is_clean` says that no worker was still doing something for it."""
        ...

    def save_workers(self, workers: Sequence[WorkerStatus], dashboard: str) -> None:
        """Record what the workers do, for `status`."""
        ...

    # Jobs and their outputs

    def register_job(
        self,
        source: str,
        link_digest: str,
        target: str,
        captions: str,
        options: str,
        *,
        retry_rejected: bool,
        stamp: tuple[int, int] = (0, 0),
        legacy_captions: str = "",
    ) -> Job:
        """The job for an input and a place, made when it is new, and taken up again when it is not done."""
        ...

    def content_of(self, source: str, stamp: tuple[int, int]) -> str:
        """Digest of the content of an input that was read when it had this length and time, or ""."""
        ...

    def save_job(self, job: Job) -> None:
        """Record what is known about a job now."""
        ...

    def plan_outputs(self, job: Job, digests: Mapping[Path, str]) -> None:
        """Record, before they are written, the digests that the outputs of a job are going to have."""
        ...

    def output_digests(self, path: Path) -> tuple[str, ...]:
        """Digests a file of ours may have: as written last, and as before that in case writing was cut short."""
        ...

    def digest_sources(self, digest: str) -> tuple[tuple[str, str], ...]:
        """Source and content of every job one of whose outputs had this digest, wherever it lay."""
        ...

    def output_source(self, path: Path, job: Job) -> str:
        """The other input whose captions an output holds, or "" when they are this job's or of the same content."""
        ...

    # Recognitions

    def recognition(self, key: str) -> Recognition | None:
        """The recognition filed under a key."""
        ...

    def recognitions_of(self, content: str) -> tuple[Recognition, ...]:
        """Every recognition of a content, oldest first."""
        ...

    def set_aside(self, key: str, aside: str, reply: str) -> bool:
        """File a fetched recognition, with its jobs, under another key and reply, so that it can be bought anew."""
        ...

    def take_over(self, recognition: Recognition) -> None:
        """File a fetched recognition of another ledger, which keeps its bill."""
        ...

    def fetched(self, key: str) -> bool:
        """Whether the reply of a recognition is saved."""
        ...

    def claim(self, wanted: Recognition, *, retry_rejected: bool = False) -> Recognition:
        """Take a recognition into work, unless a live process holds it; as filed, with its owner."""
        ...

    def is_held(self, key: str) -> bool:
        """Whether a recognition is unfinished and held by another live process."""
        ...

    def save(self, recognition: Recognition) -> None:
        """Record what is known about a recognition now; a finished one is released."""
        ...

    def reopen(self, recognition: Recognition) -> Recognition:
        """Take a finished recognition into work again, as it is given."""
        ...

    def release_claims(self, keys: Sequence[str]) -> None:
        """Release recognitions, for any process to take."""
        ...

    def rename_recognition(self, old_key: str, new: Recognition) -> bool:
        """File a recognition, with its jobs and its object, under the key that this version gives it."""
        ...

    def has_keys_before(self) -> bool:
        """Whether recognitions may be filed under keys of an earlier version."""
        ...

    # Tasks

    def begin_purchase(self) -> None:
        """Begin the transaction of the next intent: until it ends, no other process writes, and what is read holds."""
        ...

    def record_intent(self, model: str, members: Sequence[Recognition]) -> Task:
        """Record, on the disk, that a submission of these is about to leave."""
        ...

    def record_outcome(self, task: Task, members: Sequence[Recognition]) -> None:
        """Record, on the disk, what became of a submission: the task's name, and the status of its files."""
        ...

    def task(self, number: int) -> Task:
        """The task of a number."""
        ...

    def members(self, number: int) -> tuple[Recognition, ...]:
        """The recognitions that belong to a task."""
        ...

    def is_known_task(self, task_id: str) -> bool:
        """Whether a task of this name is known to belong to some file."""
        ...

    def add_candidates(self, number: int, candidates: Iterable[str]) -> None:
        """Remember tasks in the service's list that may be the lost one."""
        ...

    def rule_out(self, number: int, candidate: str, *, is_forgotten: bool = False) -> None:
        """Remember that a candidate is another submission's task, or that the service has forgotten it."""
        ...

    def ruled_out(self, number: int) -> frozenset[str]:
        """Candidates that are asked about no more."""
        ...

    def forgotten_candidates(self, number: int) -> tuple[str, ...]:
        """Candidates that the service has forgotten before they showed whose they were."""
        ...

    def candidates(self, number: int) -> tuple[str, ...]:
        """Candidates that are neither ruled out nor known to belong to another file."""
        ...

    # Objects in stores

    def store(self, upload: Upload) -> Upload:
        """Record that an object is in a store; the same object is one row however often it is put."""
        ...

    def suppose_stored(self, upload: Upload) -> None:
        """Record that an object may be in a store, because its upload had begun; nothing when it is known to be there.

        Its `stored_at` is `SUPPOSED`.
        """
        ...

    def upload(self, number: int) -> Upload:
        """The object of a number."""
        ...

    def find_upload(self, store_id: str, content: str, audio: str, model: str) -> Upload | None:
        """An object that should still be there, made from this media in this way, and not bound to another model."""
        ...

    def keep_upload(self, number: int, *, kept: bool) -> None:
        """Record whether an object is to stay when its last user ends."""
        ...

    def forget_uploads(self, numbers: Sequence[int], *, unless_stored_again: bool = False) -> None:
        """Record that objects are no longer in their store, or only those not stored again since they were marked."""
        ...

    def miss_upload(self, number: int) -> None:
        """Record that an object was not found; one that was only supposed is still deleted, as it may come late."""
        ...

    def take_deletable(self, store_id: str, numbers: Sequence[int] | None = None) -> tuple[Upload, ...]:
        """Mark, and return, the objects in a store that are no longer needed and not to be kept."""
        ...

    def bought_since(self, since: float) -> tuple[tuple[str, str, float], ...]:
        """Model, endpoint and seconds of what was submitted since a Unix time, as billed or as long as was sent."""
        ...

    def known_keys(self, store_id: str) -> frozenset[str]:
        """Keys of every object that should be in a store."""
        ...

    def still_deletable(self, numbers: Sequence[int]) -> frozenset[int]:
        """Those of the objects that were marked and are still not needed."""
        ...

    # Messages to other programs

    def add_delivery(self, delivery: Delivery) -> None:
        """Record a message that is to be delivered by this process; the same id is one message."""
        ...

    def claim_deliveries(self, receivers: Collection[str]) -> tuple[Delivery, ...]:
        """Take over the messages for these receivers that no live process is delivering, oldest first."""
        ...

    def waiting_deliveries(self) -> dict[str, int]:
        """Number of messages that were not taken yet, by receiver."""
        ...

    def record_attempt(self, delivery_id: str, *, taken: bool) -> None:
        """Record that a message was taken, and forget its body; or that it was not."""
        ...
