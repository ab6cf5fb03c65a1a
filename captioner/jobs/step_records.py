"""Arguments and results of steps, beside the outcomes of the state table: plain values that can be pickled.

None of them holds a key, a client or a signed link. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from captioner.jobs.outputs.findings import Findings
from captioner.jobs.records import Recognition, Upload
from captioner.jobs.services import Fault
from captioner.jobs.states import Outcome, Reason
from captioner.model import Issue, Media
from captioner.recognition.base import RecognitionOptions, TaskEntry, Verdict

__all__ = [
    "Address",
    "Collected",
    "Composed",
    "FileAnswer",
    "Group",
    "Judged",
    "Listed",
    "LookUp",
    "NotSigned",
    "ObjectRequest",
    "Page",
    "Probed",
    "ReplyMissing",
    "Running",
    "Stored",
    "Submitted",
    "Superseded",
    "TaskQuestion",
    "UnknownTask",
]


@dataclass(frozen=True, slots=True)
class Probed:
    """Facts about a file, with the digest of its content.

    Attributes:
        media: The facts. The digest of an object that is not read is `records.object_content`.
        note: Something worth knowing about how it is sent, or "".
    """

    media: Media
    note: str = ""


@dataclass(frozen=True, slots=True)
class ObjectRequest:
    """Request to recognise an object in a bucket.

    Attributes:
        recognition_digest: Digest of what is asked of the service.
        audio: Digest of the audio policy, for the case that it is read.
        diarized: Speakers are to be told apart.
        as_it_is: It may be sent as it is.
    """

    recognition_digest: str
    audio: str
    diarized: bool
    as_it_is: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """The options refer to what they are meant to; or that could not be found out, and `note` says so."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """Result of an upload.

    Attributes:
        outcome: Ok when the service can read the object.
        upload: The object in the store, also when it could not be verified; None when nothing is there.
        missing: Number of the known object that is no longer there, or 0.
        note: Name of the note of the upload (`upload_notes`), or "".
    """

    outcome: Outcome
    upload: Upload | None = None
    missing: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Superseded:
    """Objects that workers may have left when their calls were given to others.

    Attributes:
        token: Of the ledger whose workers they were.
        kept: Keys of objects, and leases, that are in use.
    """

    token: str
    kept: frozenset[str]


@dataclass(frozen=True, slots=True)
class Address:
    """A signed address, without its signature: what may be recorded of it."""

    key: str
    public: str
    digest: str


@dataclass(frozen=True, slots=True)
class NotSigned:
    """The reason why an object has no signed address."""

    key: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are submitted as one task.

    Attributes:
        options: What to ask of the service.
        files: Key of each recognition, and the digest of its signed link, which is in its intent.
    """

    options: RecognitionOptions
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Submitted:
    """The service has taken a task: its name for it."""

    task_id: str


@dataclass(frozen=True, slots=True)
class LookUp:
    """The next question about a submission whose answer was lost.

    Attributes:
        since_s: Unix seconds: tasks made earlier are not looked at.
        candidate: A task that may be the lost one, to be asked about; "" to search the list.
        addresses: What was submitted, without queries.
        digests: Digests of what was submitted, signatures included.
    """

    since_s: float
    candidate: str = ""
    addresses: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a candidate is the lost task."""

    candidate: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Listed:
    """Tasks in the service's list."""

    entries: tuple[TaskEntry, ...]


@dataclass(frozen=True, slots=True)
class TaskQuestion:
    """A task to be asked about.

    Attributes:
        task_id: The service's name for it.
        addresses: Key and address of every file in it.
        wanted: The recognitions whose replies are to be fetched once it has ended.
    """

    task_id: str
    addresses: tuple[tuple[str, str], ...]
    wanted: tuple[Recognition, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """The task has not ended; `status` is the service's word for it."""

    status: str


@dataclass(frozen=True, slots=True)
class UnknownTask:
    """The service does not know the task."""


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """Result of one file of a task that has ended.

    Attributes:
        key: Its recognition.
        recognised: The service has a reply for it.
        outcome: Ok when the reply is saved; None when it was not fetched by this call.
        link_refused: The link to its reply was refused; `outcome` says why.
        unwritable: Why our own disk did not take the reply, or None.
        reply: File name of the saved reply, or "".
        billed_s: Seconds billed, or None when not known.
        group_refused: The message with which the whole task was refused, perhaps because of its number of files, or "".
    """

    key: str
    recognised: bool = True
    outcome: Outcome | None = None
    link_refused: bool = False
    unwritable: Reason | None = None
    reply: str = ""
    billed_s: int | None = None
    group_refused: str = ""


@dataclass(frozen=True, slots=True)
class Collected:
    """A task that has ended.

    Attributes:
        answers: One for each recognition wanted.
        took_s: Seconds between submission and end by the service's clock, or None.
    """

    answers: tuple[FileAnswer, ...]
    took_s: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the service's list of tasks, newest first, and how many pages there are."""

    entries: tuple[TaskEntry, ...]
    pages: int


@dataclass(frozen=True, slots=True)
class Composed:
    """The bytes of every output of a job.

    Attributes:
        files: Extension and bytes, the raw reply among them; only that when nothing could be made of it.
        cues: Number of cues.
        issues: What a caption editor may want to look at.
        speech: Whether anything was said.
        problem: Why there are no captions, or None.
        fault: The bug of ours that left no captions, or None.
        findings: What is kept with the captions.
    """

    files: Mapping[str, bytes]
    cues: int = 0
    issues: tuple[Issue, ...] = ()
    speech: bool = True
    problem: Reason | None = None
    fault: Fault | None = field(default=None, repr=False)
    findings: Findings = field(default_factory=Findings)


@dataclass(frozen=True, slots=True)
class ReplyMissing:
    """The saved reply is not there."""
