"""STORED to SUBMITTED: the only steps that cost money.

The rules: the intent is on the disk before the request leaves; the task's name is on the disk before anything else is
done with it; a submission in doubt is looked up in the service's list of tasks, and a candidate is confirmed by the
addresses in its results, before anything is sent again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from captioner.errors import CaptionerError, SetupError
from captioner.jobs.desk import Desk
from captioner.jobs.engine import Errand
from captioner.jobs.records import Recognition, Task
from captioner.jobs.states import Cause, Doubt, Gone, Later, No, Ok, Outcome, Reason, State, outcome_of
from captioner.jobs.works import Work, Works
from captioner.model import SignedUrl
from captioner.recognition.funasr.lost_submission import CLOCK_SLACK_MS, Verdict, candidates, confirm
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.recognition.funasr.task_status import TaskEntry, TaskReport

__all__ = ["Submitting", "address_digest"]

# Looks into the task list that find nothing before a lost submission counts as never made: spread over 15 s by the
# back-off, because the list may lag behind, and a task may be made some seconds after its answer was lost.
LOOKS = 4

# The list of tasks reaches back so far (Model Studio: manage-asynchronous-tasks, 2026-03).
_LISTED_S = 24 * 3600.0

# The intent is written before its slot, because a disk takes its time; the request then leaves in its slot. How long
# before: at least, at most, and what is kept of the rest each time it was enough.
_SHORTEST_LEAD_S, _LONGEST_LEAD_S, _LEAD_KEPT = 0.05, 1.0, 0.99

# A link made no longer ago is as good as a new one; the shortest lifetime that may be configured is half an hour.
_FRESH_S = 60.0

# How often a file that waits for companions looks whether they have come.
_MUSTER_S = 0.25

# Refusals that blame one address or one file; in company they say nothing about the others.
_BLAMES_A_FILE = ("InvalidParameter", "InvalidURL", "InvalidFile", "BadRequest", "DataInspection")


@dataclass(slots=True, eq=False)
class _Company:
    """Files that go through a submission together."""

    works: list[Work]

    @property
    def name(self) -> str:
        return self.works[0].name

    def give_up(self, reason: Reason) -> None:
        for work in list(self.works):
            work.give_up(reason)


@dataclass(slots=True, eq=False)
class _Search(_Company):
    """A task whose answer never came, while it is looked for."""

    task: Task
    since: float


class Submitting:
    """The steps between a stored object and a task with a name.

    Attributes:
        made: Numbers of the tasks that were made in this run, so with its key.
    """

    def __init__(self, desk: Desk, works: Works) -> None:
        self._desk = desk
        self._works = works
        self._ready: list[Work] = []
        self._muster_at: float | None = None
        self._slot: float | None = None
        self._lead_s = _SHORTEST_LEAD_S
        self._searches: dict[int, _Search] = {}
        self.made: set[int] = set()

    @property
    def ready(self) -> int:
        """How many stored files wait for their submission."""
        return len(self._ready)

    # STORED: muster, sign, intend, submit

    def stored(self, work: Work) -> None:
        """The step of STORED for an object that is there."""
        work.ready_at = self._desk.now
        self._ready.append(work)
        self._call(work.rec.standing.due_at)

    def _call(self, due_at: float) -> None:
        """Have the ready files mustered at a time, or earlier."""
        if self._muster_at is None or due_at < self._muster_at:
            self._muster_at = due_at
            self._desk.engine.put("submit", self._muster, due_at)

    def _muster(self) -> Errand | None:
        """Take the files of the next task; a lone file is not kept waiting, companions on their way are waited for."""
        now = self._desk.now
        self._muster_at = None
        self._ready = [work for work in self._ready if not work.ended and work.state is State.STORED]
        due = [work for work in self._ready if work.rec.standing.due_at <= now]
        if not due:
            if self._ready:
                self._call(min(work.rec.standing.due_at for work in self._ready))
            return None
        members = self._company(due)
        waited_s = now - min(work.ready_at or now for work in members)
        is_short = len(members) < self._desk.options.files_per_task and not members[0].alone
        if is_short and self._works.coming and waited_s < self._desk.options.linger_s:
            self._call(now + _MUSTER_S)
            return None
        slot = self._next_slot(members[0])
        if (begin_at := slot - self._lead_s) > now:
            self._call(begin_at)
            return None
        self._slot = None
        self._ready = [work for work in self._ready if work not in members]
        if self._ready:
            self._call(max(now, min(work.rec.standing.due_at for work in self._ready)))
        errand: Errand | None = self._desk.guard(_Company(members), lambda: self._begin(members, slot))
        return errand

    def _next_slot(self, first: Work) -> float:
        """When the rate of submissions allows the next one; taken once, used by whoever is ready then."""
        if self._slot is None:
            rate = f"submit {first.asked.model} {self._desk.world.endpoint}"
            self._slot = self._desk.ledger.reserve(rate, self._desk.options.submits_per_s)
        return self._slot

    def _company(self, due: Sequence[Work]) -> list[Work]:
        """Up to a task's worth of files whose addresses can be told apart in the results."""
        if due[0].alone:
            return [due[0]]
        members: dict[str, Work] = {}
        for work in due:
            alike = work.rec.options == due[0].rec.options
            if alike and not work.alone and len(members) < self._desk.options.files_per_task:
                members.setdefault(self._label(work), work)
        return list(members.values())

    def _label(self, work: Work) -> str:
        if work.upload is not None and work.address is None:
            return work.upload.stored.key
        return work.address.public if work.address else work.rec.key

    def _begin(self, members: list[Work], slot: float) -> Errand | None:
        """Submit at once with links that were just made, so that the request leaves in its slot; else make them."""
        links = [self._fresh_link(work) for work in members]
        fresh = [link for link in links if link is not None]
        if len(fresh) < len(members):
            return self._begin_signing(members, slot)
        self._intend(members, fresh, slot)
        return None

    def _fresh_link(self, work: Work) -> SignedUrl | None:
        if work.address is not None or work.signed is None:
            return work.address
        link, made_at = work.signed
        return link if 0 <= self._desk.now - made_at < _FRESH_S else None

    def _begin_signing(self, members: list[Work], slot: float) -> Errand:
        def sign() -> list[SignedUrl]:
            return [self._sign(work) for work in members]

        def failed(error: CaptionerError) -> None:
            for work in members:
                self._works.failed(work, Cause.STORAGE)(error)

        return self._desk.errand(_Company(members), sign, lambda urls: self._intend(members, urls, slot), failed)

    def _sign(self, work: Work) -> SignedUrl:
        if work.address is not None:
            return work.address
        if work.upload is None:
            raise TypeError("nothing is stored")
        return self._desk.world.store.sign(work.upload.stored)

    def _intend(self, members: list[Work], urls: list[SignedUrl], slot: float) -> None:
        """Write the intent down; only then, and not before its slot, may the request leave."""
        if self._desk.engine.closing:
            return
        intended = [
            self._works.advanced(work, Ok(), address=url.public, address_digest=address_digest(url.url))
            for work, url in zip(members, urls, strict=True)
        ]
        asked = members[0].asked
        task = self._desk.ledger.intend(asked.model, intended)
        for work, rec in zip(members, intended, strict=True):
            work.rec = replace(rec, task=task.id)
        errand = self._desk.errand(
            _Company(members),
            lambda: self._leave(urls, asked, slot),
            lambda task_id: self._settle(replace(task, task_id=task_id), members, Ok()),
            lambda error: self._refused(task, members, error),
        )
        self._desk.engine.put("submit", lambda: errand)

    def _leave(self, urls: Sequence[SignedUrl], asked: RecognitionOptions, slot: float) -> str:
        """In a worker: wait out what is left of the lead, and submit; a lead that was too short is made longer."""
        left_s = slot - self._desk.now
        if left_s > 0:
            (self._desk.world.sleep or time.sleep)(min(left_s, _LONGEST_LEAD_S))
            self._lead_s = max(self._lead_s * _LEAD_KEPT, _SHORTEST_LEAD_S)
        else:
            self._lead_s = min(self._lead_s - left_s, _LONGEST_LEAD_S)
        return self._desk.world.client.submit(urls, asked)

    def _refused(self, task: Task, members: Sequence[Work], error: CaptionerError) -> None:
        if isinstance(error, SetupError):
            # The service said no to everybody: nothing was taken, so nothing is in doubt.
            self._file(task, members, Later(Cause.SERVICE, Reason.of(error)))
            raise error
        outcome = outcome_of(error, Cause.SERVICE)
        if isinstance(outcome, No) and len(members) > 1 and error.code.startswith(_BLAMES_A_FILE):
            for work in members:
                work.alone = True
            outcome = Later(Cause.SERVICE, outcome.reason)
        self._settle(task, members, outcome)

    def _settle(self, task: Task, members: Sequence[Work], outcome: Outcome) -> None:
        self._file(task, members, outcome)
        if isinstance(outcome, Ok):
            self.made.add(task.id)
        for work in members:
            self._works.heard(work, outcome)

    def _file(self, task: Task, members: Sequence[Work], outcome: Outcome) -> None:
        """Write down what became of a submission, for good and for all its files at once."""
        settled = [self._detached(self._works.advanced(work, outcome)) for work in members]
        self._desk.ledger.settle(task, settled)
        for work, rec in zip(members, settled, strict=True):
            work.rec = rec

    def _detached(self, rec: Recognition) -> Recognition:
        return rec if rec.standing.state in (State.SUBMITTING, State.SUBMITTED) else replace(rec, task=None)

    # SUBMITTING: look it up

    def submitting(self, work: Work) -> None:
        """The step of SUBMITTING, one for all files of the task."""
        number = work.rec.task
        if number is None:
            raise TypeError("a submission without a task")
        if (search := self._searches.get(number)) is not None:
            if work not in search.works:
                search.works.append(work)
            return
        search = _Search([work], self._desk.ledger.task(number), self._desk.now)
        self._searches[number] = search
        self._put(search, work.rec.standing.due_at)

    def _put(self, search: _Search, due_at: float) -> None:
        def begin() -> Errand | None:
            errand: Errand | None = self._desk.guard(search, lambda: self._begin_look(search))
            return errand

        self._desk.ask(begin, due_at)

    def _begin_look(self, search: _Search) -> Errand:
        """Ask about the next suspect; when there is none, look into the list."""
        suspects = self._desk.ledger.suspects(search.task.id)
        if not suspects:
            return self._begin_list(search)
        suspect = suspects[0]
        return self._desk.errand(
            search,
            lambda: self._desk.world.client.query(suspect),
            lambda report: self._judge(search, suspects, report),
            lambda error: self._doubt(search, error),
        )

    def _begin_list(self, search: _Search) -> Errand:
        since_s = self._since_s(search.task) - CLOCK_SLACK_MS / 1000

        def heard(entries: Sequence[TaskEntry]) -> None:
            self._listed(search, entries)

        # The whole list and not only this model's: it may name the snapshot behind the model instead.
        return self._desk.errand(
            search,
            lambda: self._desk.world.client.tasks("", since_s, None),
            heard,
            lambda error: self._doubt(search, error),
        )

    def _listed(self, search: _Search, entries: Sequence[TaskEntry]) -> None:
        task = search.task
        claimed = {entry.task_id for entry in entries if self._desk.ledger.claimed(entry.task_id)}
        cleared = self._desk.ledger.cleared(task.id)
        found = candidates(entries, task.model, int(self._since_s(task) * 1000), claimed | cleared)
        if found:
            self._desk.ledger.suspect(task.id, [entry.task_id for entry in found])
            self._put(search, self._desk.now)
            return
        search.task = replace(task, looks=task.looks + 1)
        reason = Reason(f"{search.name}: the answer to its submission was lost; looking for the task")
        if search.task.looks < LOOKS:
            self._still_in_doubt(search, Doubt(reason))
        else:
            self._absent(search)

    def _since_s(self, task: Task) -> float:
        """When a task may have been made at the earliest; an intent from the future was filed by a wrong clock."""
        now = self._desk.now
        return task.intent_at if task.intent_at <= now + CLOCK_SLACK_MS / 1000 else now - _LISTED_S

    def _absent(self, search: _Search) -> None:
        reason = Reason(f"{search.name}: its submission never arrived; submitting it again")
        members = self._close(search)
        self._settle_all(replace(search.task, looks=0), members, Gone(reason, free=True))

    def _judge(self, search: _Search, suspects: Sequence[str], report: TaskReport) -> None:
        suspect = suspects[0]
        members = self._desk.ledger.members(search.task.id)
        verdict = confirm(report, [SignedUrl(member.address) for member in members])
        if verdict is Verdict.OURS and not _signed_by_another(report, members):
            mine = self._close(search)
            self._settle_all(replace(search.task, task_id=suspect), mine, Ok())
        elif verdict is Verdict.UNKNOWN_YET:
            self._wait_for(search, suspect)
        else:
            self._desk.ledger.clear(search.task.id, suspect)
            self._put(search, self._desk.now)

    def _wait_for(self, search: _Search, suspect: str) -> None:
        """A suspect shows its addresses only when it has ended; until then nothing may be sent."""
        message = f"{search.name}: waiting for task {suspect}, which may be the one whose answer was lost"
        if self._desk.now - search.since > self._desk.options.deadline_s:
            for work in self._close(search):
                self._works.leave(work, Reason(message))
            return
        for work in search.works:
            work.trouble_at = None  # waiting for the service to finish is no trouble
        self._still_in_doubt(search, Doubt(Reason(message)))

    def _doubt(self, search: _Search, error: CaptionerError) -> None:
        """The look itself did not go through."""
        if isinstance(error, SetupError):
            raise error
        outcome = outcome_of(error, Cause.SERVICE)
        retry_after_s = outcome.retry_after_s if isinstance(outcome, Later) else None
        self._still_in_doubt(search, Doubt(Reason.of(error), retry_after_s))

    def _still_in_doubt(self, search: _Search, outcome: Doubt) -> None:
        members = list(search.works)
        doubtful = [self._works.advanced(work, outcome) for work in members]
        self._desk.ledger.settle(search.task, doubtful)
        for work, rec in zip(members, doubtful, strict=True):
            work.rec = rec
            self._works.heard(work, outcome)
        search.works = [work for work in members if not work.ended]
        if search.works:
            self._put(search, max(work.rec.standing.due_at for work in search.works))
        else:
            self._searches.pop(search.task.id, None)

    def _close(self, search: _Search) -> list[Work]:
        self._searches.pop(search.task.id, None)
        return [work for work in search.works if not work.ended]

    def _settle_all(self, task: Task, mine: Sequence[Work], outcome: Outcome) -> None:
        """Settle a task for all its files, also for those this run was not asked for."""
        own = {work.rec.key for work in mine}
        others = [rec for rec in self._desk.ledger.members(task.id) if rec.key not in own]
        settled = {work.rec.key: self._detached(self._works.advanced(work, outcome)) for work in mine}
        strangers = [self._detached(self._works.moved(rec, outcome)) for rec in others]
        self._desk.ledger.settle(task, [*settled.values(), *strangers])
        self._desk.ledger.let_go([rec.key for rec in strangers])
        for work in mine:
            work.rec = settled[work.rec.key]
            self._works.heard(work, outcome)


def address_digest(url: str) -> str:
    """SHA-256 of an address with its query sorted: tells one signing from the next, and nothing more."""
    pairs = sorted(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    public = unquote(url.partition("#")[0].partition("?")[0])
    return hashlib.sha256(repr((public, pairs)).encode()).hexdigest()


def _signed_by_another(report: TaskReport, members: Sequence[Recognition]) -> bool:
    """Whether the echo shows a signature that is not the one submitted: the same file, but another submission of it."""
    digests = {member.address_digest for member in members}
    signed = [result.file_url.url for result in report.results if urlsplit(result.file_url.url).query]
    return any(address_digest(url) not in digests for url in signed)
