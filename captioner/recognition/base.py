"""The protocol of a recogniser, whichever service or program it is.

A recogniser of this kind takes files by address, works on them for a while, and is asked how far it is. Each call is
one exchange: it does not wait, repeat itself or write to a disk. What belongs to one service only (codes, the shape of
a reply, how the task of a lost submission is found again) stays behind these methods.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from captioner.errors import CaptionerError
from captioner.model import SignedUrl

__all__ = ["FileFailure", "FileResult", "Recogniser", "RecognitionOptions", "TaskEntry", "TaskReport", "Verdict"]


class Verdict(Enum):
    """Whether a task is the one that a lost answer was about.

    NOT_KNOWN: the service does not know the task, perhaps for a moment only; that says nothing about whose it is.
    """

    OURS = "ours"
    NOT_OURS = "not ours"
    UNKNOWN_YET = "unknown yet"
    NOT_KNOWN = "not known"


class RecognitionOptions(Protocol):
    """Options of a recogniser; frozen and picklable."""

    @property
    def model(self) -> str:
        """Name of the model."""
        ...

    @property
    def by_channel(self) -> bool:
        """Whether several channels are recognised, so that the channel is the speaker."""
        ...

    @property
    def diarized(self) -> bool:
        """Whether speakers are told apart by their voices."""
        ...

    @property
    def digest(self) -> str:
        """Hex digest: equal digests ask the same question. A new option with its default does not change it."""
        ...

    def parameters(self) -> dict[str, Any]:
        """The request to the service, as JSON values."""
        ...


class FileResult(Protocol):
    """Result of one file of a task."""

    @property
    def file_url(self) -> SignedUrl:
        """The address as the service repeats it; may be signed."""
        ...

    @property
    def transcription_url(self) -> SignedUrl | None:
        """Address of the reply, or None when there is none; a secret."""
        ...

    @property
    def code(self) -> str:
        """The service's code, or ""."""
        ...

    @property
    def is_no_speech(self) -> bool:
        """Whether the file has no reply because there is no speech in it."""
        ...


class TaskReport(Protocol):
    """The state of a task."""

    @property
    def status(self) -> str:
        """The service's word for it."""
        ...

    @property
    def is_finished(self) -> bool:
        """Whether asking again would tell nothing new."""
        ...

    @property
    def is_unknown(self) -> bool:
        """Whether the service does not know the task: expired, never made, or made by another account."""
        ...

    @property
    def results(self) -> Sequence[FileResult]:
        """One for each file, in any order; empty before the task ends."""
        ...

    @property
    def submitted_at(self) -> float | None:
        """Unix seconds, or None."""
        ...

    @property
    def ended_at(self) -> float | None:
        """Unix seconds, or None."""
        ...

    @property
    def billed_s(self) -> int | None:
        """Seconds billed for the whole task, or None when the service does not say."""
        ...

    def results_for(self, urls: Sequence[SignedUrl]) -> Sequence[FileResult]:
        """Result of each address, in their order."""
        ...


class TaskEntry(Protocol):
    """One line of the service's list of tasks."""

    @property
    def task_id(self) -> str:
        """The task."""
        ...

    @property
    def status(self) -> str:
        """The service's word for its state."""
        ...

    @property
    def created_ms(self) -> int | None:
        """Unix milliseconds, or None."""
        ...

    @property
    def is_finished(self) -> bool:
        """Whether it has ended, well or not."""
        ...


@dataclass(frozen=True, slots=True)
class FileFailure:
    """The reason why a file of a task has no reply.

    Attributes:
        error: The failure as one of our errors.
        may_pass: Another submission may go through.
        address_refused: The address was refused or broke off: a fresh one may be all that is missing.
        is_free: Nothing was recognised, so nothing is billed.
    """

    error: CaptionerError
    may_pass: bool
    address_refused: bool
    is_free: bool


class Recogniser(Protocol):
    """A speech recogniser that works on tasks.

    Attributes:
        needs_link: It reads files by their address; False for one that reads them where they are.
        kept_s: Seconds it keeps a task and its results.
        clock_slack_s: How far this machine's clock may be ahead of the service's when a lost task is looked for.
    """

    @property
    def needs_link(self) -> bool:
        """As above."""
        ...

    @property
    def kept_s(self) -> float:
        """As above."""
        ...

    @property
    def clock_slack_s(self) -> float:
        """As above."""
        ...

    # Exchanges

    def submit(self, urls: Sequence[SignedUrl], options: Any) -> str:
        """Start a task; its id. Never repeats itself.

        Raises:
            SubmissionInDoubt: No clear answer; the task may exist.
            AsrUnavailable: Certainly not taken, for now.
            CaptionerError: Certainly not taken.
        """
        ...

    def needs_check(self, options: Any) -> bool:
        """Whether the options refer to something at the service that `check` looks up."""
        ...

    def check(self, options: Any) -> str:
        """Look up, for free, what the options refer to at the service.

        Returns:
            "", or a note when it could not be found out.

        Raises:
            ConfigError: It does not exist, or has no effect with these options.
            AsrUnavailable: Not now; try later.
        """
        ...

    def query(self, task_id: str) -> TaskReport:
        """The state of a task; one that the service does not know is a report, not an error."""
        ...

    def tasks(self, model: str = "", since_s: float | None = None, until_s: float | None = None) -> Sequence[TaskEntry]:
        """Tasks made between two Unix times, of one model or of all."""
        ...

    def page(self, number: int, size: int) -> tuple[Sequence[TaskEntry], int]:
        """One page of the list of all tasks, newest first, from 1; and how many pages there are."""
        ...

    def fetch(self, url: SignedUrl) -> bytes:
        """The reply behind a result link.

        Raises:
            ResultExpired: The link is refused.
        """
        ...

    # What the answers mean; pure. Entries, reports and results are those that the methods above returned.

    def candidates(self, entries: Sequence[Any], model: str, since_s: float, known: Collection[str]) -> Sequence[str]:
        """Ids of tasks that may have come from a submission made since then whose answer was lost, likeliest first."""
        ...

    def confirm(self, report: Any, urls: Sequence[SignedUrl]) -> Verdict:
        """Whether a task recognised exactly these addresses, compared without their queries."""
        ...

    def failure(self, result: Any, task_id: str) -> FileFailure:
        """The reason why a file has no reply."""
        ...

    def blames_one_file(self, code: str) -> bool:
        """Whether a refusal of several files together may be about one of them only."""
        ...

    def empty_reply(self, address: str, duration_ms: int, code: str) -> bytes:
        """A reply for a file without speech."""
        ...

    def clean_reply(self, raw: bytes) -> bytes:
        """A reply as it may be kept: unchanged, but for signatures."""
        ...

    def speech_s(self, raw: bytes) -> int | None:
        """Seconds that are billed for one reply of several; None when it cannot be understood."""
        ...
