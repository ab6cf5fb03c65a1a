"""SUBMITTED to FETCHED: wait for the task, fetch each reply, and save it before anything reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from captioner.errors import CaptionerError, OutputError, ReplyError, ResultExpired
from captioner.files import write_whole
from captioner.jobs.desk import Desk
from captioner.jobs.engine import Errand
from captioner.jobs.events import Waiting
from captioner.jobs.poll_schedule import Pace
from captioner.jobs.records import Task
from captioner.jobs.states import Cause, Gone, Later, No, Ok, Reason, State, outcome_of
from captioner.jobs.task_list_poller import Surveying
from captioner.jobs.works import Work, Works
from captioner.model import SignedUrl, Transcript
from captioner.recognition.funasr.result import empty_reply, redact_signatures, to_transcript
from captioner.recognition.funasr.task_status import FileResult, TaskEntry, TaskReport

__all__ = ["Fetching", "reply_path"]

# The first question about a task comes after this long at the latest, whatever other tasks needed.
_LATEST_S = 120.0

# Tasks and results are kept for 24 h (Model Studio: manage-asynchronous-tasks, 2026-03).
_KEPT_S = 24 * 3600.0

# What is refused or not known is asked for again, so often that a quarter of a minute passes, before it counts as lost;
# however old it seems to be, because the clock that filed it may have been wrong.
_TIMES = 6

# Between two questions, this share of the time waited so far passes at least: what takes long is asked about seldom.
_SHARE_OF_THE_WAIT = 0.08

# How often somebody is told that a task is still running.
_TELL_S = 5.0

# A task may be unknown for a moment after it was made.
_SETTLING_S = 5.0

# Codes that say the address was refused or broke off: a fresh signature, or a fresh upload, may be all that is missing.
_DEAD_ADDRESS = frozenset({"FILE_403_FORBIDDEN", "FILE_404_NOT_FOUND", "CONTENT_LENGTH_CHECK_FAILED"})

# The service gave up after three hours (Model Studio: "Error messages", 2026): not to be repeated more than once.
_TIMED_OUT = "InternalError.Timeout"


@dataclass(slots=True, eq=False)
class _Wait:
    """A task while it is waited for, and the files of this run that are in it."""

    task: Task
    since: float
    works: list[Work] = field(default_factory=list)
    pending: bool = False
    told_at: float = 0.0
    unknown: int = 0

    @property
    def name(self) -> str:
        return self.works[0].name if self.works else self.task.task_id

    def give_up(self, reason: Reason) -> None:
        self.pending = False
        for work in list(self.works):
            work.give_up(reason)


class Fetching:
    """The steps after a task has a name."""

    def __init__(self, desk: Desk, works: Works, made: AbstractSet[int]) -> None:
        """Set up without tasks.

        Args:
            desk: Shared by all.
            works: Shared by all.
            made: Numbers of the tasks that were made in this run.
        """
        self._desk = desk
        self._works = works
        self._made = made
        self._is_our_account = False
        self._waits: dict[int, _Wait] = {}
        self._pace = Pace()
        self._surveying = Surveying(desk, self._ask_about, self._seen_running, self._newer)

    @property
    def in_flight(self) -> int:
        """How many tasks are waited for."""
        return len(self._waits)

    # SUBMITTED: poll

    def submitted(self, work: Work) -> None:
        """The step of SUBMITTED, and of RECOGNISED without a link: one question for all files of the task."""
        if work.rec.task is None:
            raise TypeError("a task without a number")
        wait = self._waits.get(work.rec.task)
        if wait is None:
            wait = _Wait(self._desk.ledger.task(work.rec.task), self._desk.now)
            self._waits[work.rec.task] = wait
        if work not in wait.works:
            wait.works.append(work)
        if not wait.pending:
            self._put(wait, self._first_look_at(wait, work))

    def _first_look_at(self, wait: _Wait, work: Work) -> float:
        """When to ask: as its back-off says, and a task that was just made not before it may be done."""
        standing = work.rec.standing
        if standing.attempts or work.state is not State.SUBMITTED:
            return standing.due_at or self._desk.now
        guess_s = self._pace.guess_s(work.rec.duration_ms, early=self._surveying.is_worth_it(len(self._waits)))
        likely = min(wait.task.intent_at, self._desk.now) + guess_s
        return max(standing.due_at, min(likely, self._desk.now + _LATEST_S))

    def recognised(self, work: Work) -> None:
        """The step of RECOGNISED."""
        if work.result is None:
            self.submitted(work)
        else:
            self._works.put("fetch", work, self._begin_fetch)

    def _put(self, wait: _Wait, due_at: float) -> None:
        """Ask about a task when it is due: by itself, or in the list with the others while there are many."""
        wait.pending = True

        def survey() -> None:
            if self._surveying.is_worth_it(len(self._waits)):
                self._surveying.add(wait)
            else:
                self._ask_about(wait)

        if self._surveying.is_worth_it(len(self._waits)):
            self._desk.engine.put("watch", survey, due_at)
        else:
            self._ask_about(wait, due_at)

    def _ask_about(self, wait: _Wait, due_at: float = 0.0) -> None:
        def begin() -> Errand | None:
            errand: Errand | None = self._desk.guard(wait, lambda: self._begin_poll(wait))
            return errand

        self._desk.ask(begin, due_at)

    def _newer(self, than: float) -> int:
        return sum(wait.task.intent_at > than for wait in self._waits.values())

    def _seen_running(self, wait: _Wait, status: str) -> None:
        """The list says that it has not ended."""
        works = self._asking(wait)
        if not works:
            self._surveying.drop(wait)
            self._waits.pop(wait.task.id, None)
        for work in works if self._desk.now - wait.told_at >= _TELL_S else ():
            wait.told_at = self._desk.now
            self._still_waiting(work, status, self._desk.now - wait.since)

    def _begin_poll(self, wait: _Wait) -> Errand | None:
        if not self._asking(wait):
            wait.pending = False
            self._waits.pop(wait.task.id, None)
            return None

        def heard(report: TaskReport) -> None:
            wait.pending = False
            self._polled(wait, report)

        def failed(error: CaptionerError) -> None:
            wait.pending = False
            for work in self._asking(wait):
                self._works.failed(work, Cause.SERVICE)(error)

        task_id = wait.task.task_id
        return self._desk.errand(wait, lambda: self._desk.world.client.query(task_id), heard, failed)

    def _asking(self, wait: _Wait) -> list[Work]:
        wait.works = [
            work
            for work in wait.works
            if not work.ended
            and work.rec.task == wait.task.id
            and (work.state is State.SUBMITTED or (work.state is State.RECOGNISED and work.result is None))
        ]
        return list(wait.works)

    def _polled(self, wait: _Wait, report: TaskReport) -> None:
        elapsed_s = self._desk.now - wait.since
        works = self._asking(wait)
        if report.is_unknown and abs(self._desk.now - wait.task.intent_at) > _SETTLING_S:
            self._unknown(wait, works)
            return
        self._is_our_account |= not report.is_unknown
        if report.is_finished and not report.is_unknown:
            self._finished(wait, works, report)
            return
        for work in works:
            self._still_waiting(work, report.status, elapsed_s)

    # A task nobody knows

    def _unknown(self, wait: _Wait, works: Sequence[Work]) -> None:
        """Ask again for a while; then a task is lost, if it is old enough or was ever this account's to ask about."""
        wait.unknown += 1
        task = wait.task
        reason = Reason(f"{wait.name}: the service does not know task {task.task_id} any more", "UNKNOWN")
        if wait.unknown < _TIMES:
            for work in works:
                self._works.apply(work, Later(Cause.SERVICE, self._named(work, reason)))
        elif not self._is_kept(task) or self._is_our_account or task.id in self._made:
            self._lost(works, reason)
        else:
            self._ask_whose(wait, reason)

    def _lost(self, works: Sequence[Work], reason: Reason) -> None:
        for work in works:
            self._works.apply(work, Gone(self._named(work, reason)))

    def _ask_whose(self, wait: _Wait, reason: Reason) -> None:
        """Another account does not know our tasks either: look for any of them before one is bought again."""
        since_s = wait.task.intent_at - _KEPT_S

        def heard(entries: Sequence[TaskEntry]) -> None:
            wait.pending = False
            self._is_our_account |= any(self._desk.ledger.claimed(entry.task_id) for entry in entries)
            if self._is_our_account:
                self._lost(self._asking(wait), reason)
                return
            message = f"{reason.message}; was it bought with the key of another account? The same command asks again"
            for work in self._asking(wait):
                self._works.leave(work, replace(self._named(work, reason), message=message))

        def failed(error: CaptionerError) -> None:
            wait.pending = False
            for work in self._asking(wait):
                self._works.failed(work, Cause.SERVICE)(error)

        wait.pending = True
        tasks = self._desk.world.client.tasks
        errand = self._desk.errand(wait, lambda: tasks("", since_s, None), heard, failed)
        self._desk.ask(lambda: errand, self._desk.now)

    def _still_waiting(self, work: Work, status: str, elapsed_s: float) -> None:
        if elapsed_s > self._desk.options.deadline_s:
            message = f"{work.name}: not done after {elapsed_s / 3600:.1f} h; the same command takes it up again"
            self._works.leave(work, Reason(message, status))
            return
        self._desk.tell(Waiting(work.name, elapsed_s, status))
        self._works.apply(work, Later(Cause.QUEUE, retry_after_s=elapsed_s * _SHARE_OF_THE_WAIT))

    def _finished(self, wait: _Wait, works: list[Work], report: TaskReport) -> None:
        if report.submitted_at is not None and report.ended_at is not None:
            longest_ms = max((work.rec.duration_ms for work in works), default=0)
            self._pace.saw(longest_ms, report.ended_at - report.submitted_at)
        self._waits.pop(wait.task.id, None)
        members = self._desk.ledger.members(wait.task.id)
        outcomes = report.results_for([SignedUrl(member.address) for member in members])
        results = {member.key: result for member, result in zip(members, outcomes, strict=True)}
        billed_s = report.billed_s if len(members) == 1 else None
        for work in works:
            self._desk.guard(work, partial(self._result, work, results[work.rec.key], report, billed_s))

    def _result(self, work: Work, result: FileResult, report: TaskReport, billed_s: int | None) -> None:
        """What became of one file; the task's own status says nothing about it."""
        if result.is_no_speech:
            raw = empty_reply(work.rec.address, work.rec.duration_ms, result.code)
            self._works.put("fetch", work, lambda work: self._saving(work, lambda: raw, billed_s or 0))
        elif result.transcription_url is not None:
            work.result = result.transcription_url
            if work.state is State.SUBMITTED:
                self._works.apply(work, Ok(), billed_s=billed_s)
            else:
                self._works.go(work)
        else:
            reason = self._named(work, Reason.of(result.error(report.task_id)))
            fresh = result.code in _DEAD_ADDRESS and not work.source.url
            free = result.code != _TIMED_OUT and not billed_s
            self._works.apply(work, Gone(reason, free=free) if result.retry == "once" or fresh else No(reason))

    def _named(self, work: Work, reason: Reason) -> Reason:
        if work.name in reason.message:
            return reason
        return replace(reason, message=f"{work.name}: {reason.message}")

    # RECOGNISED: fetch

    def _begin_fetch(self, work: Work) -> Errand:
        link = work.result
        if link is None:
            raise TypeError("no link to a result")
        return self._saving(work, lambda: self._desk.world.client.fetch(link), work.rec.billed_s)

    def _saving(self, work: Work, raw: Callable[[], bytes], billed_s: int | None) -> Errand:
        """Save what `raw` returns, as received but for signatures, before anything reads it."""
        file_name = f"{work.rec.key}.json"
        path = reply_path(self._desk.ledger.folder, file_name)

        def go() -> int | None:
            clean = redact_signatures(raw())
            write_whole(path, clean, private=True)
            return _billed_s(clean) if billed_s is None else billed_s

        def then(seconds: int | None) -> None:
            if work.state is State.SUBMITTED:
                work.rec = self._works.advanced(work, Ok())
            work.bought = True
            self._desk.tally["recognise"] += 1
            self._works.apply(work, Ok(), reply=file_name, billed_s=seconds)

        return self._desk.errand(work, go, then, lambda error: self._not_fetched(work, error))

    def _not_fetched(self, work: Work, error: CaptionerError) -> None:
        if isinstance(error, OutputError):
            # Our own disk refuses what was paid for; the next run fetches it.
            self._works.leave(work, self._named(work, Reason.of(error)))
            return
        if not isinstance(error, ResultExpired):
            self._works.apply(work, outcome_of(error, Cause.SERVICE))
            return
        work.links_refused += 1
        reason = self._named(work, Reason.of(error))
        if work.links_refused < _TIMES:
            # The link may only have been damaged on its way; the task gives it again, and submitting anew costs.
            work.result = None
            self._works.apply(work, Later(Cause.SERVICE, reason))
        else:
            self._works.apply(work, Gone(reason))

    def _is_kept(self, task: Task) -> bool:
        """Whether the service still has a task and its results by its own rules."""
        return self._desk.now - task.intent_at < _KEPT_S


def reply_path(folder: Path, file_name: str) -> Path:
    """Where our private copy of a reply lies, in the ledger's folder."""
    return folder / "replies" / file_name


def _billed_s(raw: bytes) -> int | None:
    """Seconds the service bills for one file of several: those of speech, rounded per channel.

    Source: Model Studio, "Audio file recognition - Fun-ASR/Paraformer", 2026-03-24; `usage.duration` of published
    replies is that sum.
    """
    try:
        transcript = to_transcript(raw)
    except ReplyError:
        return None
    return sum(round(length_ms / 1000) for length_ms in _speech_ms(transcript).values())


def _speech_ms(transcript: Transcript) -> dict[int, int]:
    lengths: dict[int, int] = {}
    for sentence in transcript.sentences:
        lengths[sentence.channel] = lengths.get(sentence.channel, 0) + sentence.end_ms - sentence.start_ms
    return lengths
