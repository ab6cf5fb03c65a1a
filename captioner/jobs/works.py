"""The recognitions of a run: each audio once, however many files want it.

Every change of state goes through `job.advance` and into the ledger before the next step is put on the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from captioner.errors import CaptionerError
from captioner.jobs.budget import Budget
from captioner.jobs.desk import Desk
from captioner.jobs.engine import Errand
from captioner.jobs.events import Noted, Retrying
from captioner.jobs.records import Recognition, Upload
from captioner.jobs.sources import Source
from captioner.jobs.states import (
    Cause,
    Gone,
    Later,
    Ok,
    Outcome,
    Reason,
    Standing,
    State,
    advance,
    buys_again,
    outcome_of,
)
from captioner.model import Media, Prepared, SignedUrl
from captioner.recognition.funasr.options import RecognitionOptions

__all__ = ["Work", "Works"]

# How often a piece of work that another process holds is looked at.
_LOOK_AGAIN_S = 1.0
# With many such pieces, they are looked at less often: this many a second take a few hundredths of it.
_LOOKS_PER_S = 500.0


@dataclass(slots=True, eq=False)
class Work:
    """One recognition in this run.

    Attributes:
        rec: As filed.
        source: The first input that wants it.
        asked: What is asked of the service.
        media: What the input is, once described.
        prepared: What is to be sent, while it lies in the work folder.
        upload: The object it uses.
        address: The link it was given as, when it is one; a secret.
        proved: The object was seen in its store during this run.
        signed: The link that it was seen through, and when that was made; a secret.
        result: Where the reply lies; a secret.
        links_refused: Result links that were refused.
        alone: Must not share a task, because the service refused it in company.
        ready_at: When it became ready to be submitted, or None.
        trouble_at: Since when it is in trouble, or None.
        failing_at: Since when its submissions come to nothing, or None.
        bought: Its reply was fetched in this run.
        left: Why this run goes on without it, or None.
        wanted_by: Called when the work ends.
    """

    rec: Recognition
    source: Source
    asked: RecognitionOptions
    giving_up: Callable[[Work, Reason], None]
    media: Media | None = None
    prepared: Prepared | None = None
    upload: Upload | None = None
    address: SignedUrl | None = None
    proved: bool = False
    signed: tuple[SignedUrl, float] | None = None
    result: SignedUrl | None = None
    links_refused: int = 0
    alone: bool = False
    ready_at: float | None = None
    trouble_at: float | None = None
    failing_at: float | None = None
    bought: bool = False
    left: Reason | None = None
    wanted_by: list[Callable[[Work], None]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How messages call it."""
        return self.source.name

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.rec.standing.state

    @property
    def ended(self) -> bool:
        """Whether this run does nothing more about it."""
        return self.left is not None or self.rec.finished

    def give_up(self, reason: Reason) -> None:
        """Take it out of the run after a fault of our own."""
        self.giving_up(self, reason)


class Works:
    """All recognitions of a run, and the one way in which they change.

    Attributes:
        expected: How many more may be wanted soon.
        prepared: How many prepared files lie in the work folder.
        steps: For each state, what puts its step on the engine; filled in by whoever wires the rooms together.
        on_end: Called after a work has ended.
        budget: What may still be bought.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._by_key: dict[str, Work] = {}
        self._early: dict[str, Work] = {}
        self._foreign = 0
        self.budget = Budget(desk.options.limit)
        self.expected = 0
        self.prepared = 0
        self.steps: Mapping[State, Callable[[Work], None]] = {}
        self.on_end: Callable[[Work], None] = lambda _: None

    def __iter__(self) -> Iterator[Work]:
        return iter(self._by_key.values())

    def get(self, key: str) -> Work | None:
        """The work on a recognition, if this run has it."""
        return self._by_key.get(key)

    def want(
        self,
        wanted: Recognition,
        asked: RecognitionOptions,
        source: Source,
        media: Media | None,
        then: Callable[[Work], None],
    ) -> None:
        """Have something recognised, unless that is happening already; `then` is called when it ends."""
        work = self._by_key.get(wanted.key)
        if work is not None and work.ended:
            then(work)
        elif work is not None:
            work.wanted_by.append(then)
        else:
            work = Work(wanted, source, asked, self._give_up, media, wanted_by=[then])
            self._by_key[wanted.key] = work
            self._take(work, again=self._desk.options.again)

    @property
    def coming(self) -> int:
        """How many are on their way to being submitted, but not ready yet."""
        for key in [key for key, work in self._early.items() if not self._is_early(work)]:
            del self._early[key]
        return self.expected + len(self._early)

    def _is_early(self, work: Work) -> bool:
        return not work.ended and (work.state is State.FOUND or self._unproved(work))

    def _unproved(self, work: Work) -> bool:
        return work.state is State.STORED and not work.proved

    # Moving on

    def apply(self, work: Work, outcome: Outcome, **facts: object) -> None:
        """Move a work by an outcome, write it down, and put its next step on the engine."""
        rec = self.advanced(work, outcome, **facts)
        if isinstance(outcome, Later) and outcome.cause is Cause.QUEUE:
            work.rec = rec  # waiting in a queue is no news for the ledger
        else:
            self.file(work, rec)
        self.heard(work, outcome)

    def advanced(self, work: Work, outcome: Outcome, **facts: object) -> Recognition:
        """The record as an outcome would leave it."""
        return replace(self.moved(work.rec, outcome), **facts)  # type: ignore[arg-type]

    def moved(self, rec: Recognition, outcome: Outcome) -> Recognition:
        """The same for a record this run has no work on."""
        if isinstance(outcome, Gone) and buys_again(rec.standing, outcome):
            rec = replace(rec, again=outcome.reason.message)
        return replace(rec, standing=advance(rec.standing, outcome, self._desk.now, self._desk.jitter()))

    def file(self, work: Work, rec: Recognition) -> None:
        """Write a record down."""
        self._desk.ledger.save(rec)
        work.rec = rec

    def heard(self, work: Work, outcome: Outcome) -> None:
        """Go on after an outcome that has been written down."""
        if isinstance(outcome, Gone):
            work.proved, work.signed, work.result = False, None, None
            self._went_back(work, outcome)
        elif isinstance(outcome, Ok) or (isinstance(outcome, Later) and outcome.cause is Cause.QUEUE):
            work.trouble_at = None
        elif not work.ended:
            self._trouble(work)
        if work.rec.finished:
            self._end(work)
        else:
            self.go(work)

    def failed(self, work: Work, cause: Cause) -> Callable[[CaptionerError], None]:
        """What hears the errors of a step: they are outcomes of this work, unless they concern every file."""
        return lambda error: self.apply(work, outcome_of(error, cause))

    def go(self, work: Work) -> None:
        """Put the next step on the engine."""
        if not work.ended:
            if self._is_early(work):
                self._early[work.rec.key] = work
            self.steps[work.state](work)

    def put(self, lane: str, work: Work, begin: Callable[[Work], Errand | None]) -> None:
        """Put something on a lane for when the work is due; a work that has ended by then is passed over."""

        def begin_safely() -> Errand | None:
            errand: Errand | None = self._desk.guard(work, lambda: None if work.ended else begin(work))
            return errand

        self._desk.engine.put(lane, begin_safely, work.rec.standing.due_at)

    def _went_back(self, work: Work, outcome: Gone) -> None:
        """Say why something is done again; what keeps coming to nothing is left after a while."""
        if work.ended:
            return
        if not outcome.free:
            self._desk.tell(Noted(work.name, outcome.reason.message))
            return
        now = self._desk.now
        work.failing_at = now if work.failing_at is None else work.failing_at
        wait_s = max(work.rec.standing.due_at - now, 0.0)
        if now + wait_s - work.failing_at > self._desk.options.rereading_s:
            self.leave(work, outcome.reason)
        else:
            self._desk.tell(Retrying(work.name, Cause.RECOGNITION, wait_s, outcome.reason))

    def _trouble(self, work: Work) -> None:
        now, standing = self._desk.now, work.rec.standing
        reason = standing.reason or Reason("waiting")
        work.trouble_at = now if work.trouble_at is None else work.trouble_at
        if now - work.trouble_at > self._desk.options.patience_s:
            self.leave(work, reason)
        else:
            cause = standing.cause or Cause.SERVICE
            self._desk.tell(Retrying(work.name, cause, max(standing.due_at - now, 0.0), reason))

    # Beginning and ending

    def _take(self, work: Work, *, again: bool) -> None:
        work.rec = self._desk.ledger.claim(work.rec, again=again)
        if work.rec.finished:
            self._end(work)
        elif work.rec.owner == self._desk.ledger.owner.name:
            self._resume(work)
        else:
            self._desk.tell(Noted(work.name, "another captioner is working on it; waiting for its result"))
            self._foreign += 1
            self._look_again(work)

    def _look_again(self, work: Work) -> None:
        """Another process has it; it is ours as soon as that one ends, and done when that one is done."""

        def look() -> None:
            if self._desk.ledger.is_held(work.rec.key):
                self._look_again(work)
                return
            work.rec = self._desk.ledger.claim(work.rec)
            if not work.rec.finished and work.rec.owner != self._desk.ledger.owner.name:
                self._look_again(work)
                return
            self._foreign -= 1
            if work.rec.finished:
                self._end(work)
            else:
                self._resume(work)

        wait_s = max(_LOOK_AGAIN_S, self._foreign / _LOOKS_PER_S)
        self._desk.engine.put("watch", lambda: self._desk.guard(work, look), self._desk.now + wait_s)

    def _resume(self, work: Work) -> None:
        """Take up what is ours; waits that an earlier run was in are over."""
        work.rec = replace(work.rec, standing=replace(work.rec.standing, due_at=0.0, attempts=0, cause=None))
        if work.rec.upload is not None:
            work.upload = self._desk.ledger.upload(work.rec.upload)
            if work.upload.kept != self._desk.options.keep_upload:
                self._desk.ledger.keep_upload(work.upload.id, kept=self._desk.options.keep_upload)
        self.go(work)

    def reopen(self, work: Work, reason: Reason, then: Callable[[Work], None]) -> None:
        """Go back for a reply whose private copy is missing; free while the service keeps its own.

        Raises:
            LedgerError: The ledger cannot be used.
        """
        work.wanted_by.append(then)
        self._by_key[work.rec.key] = work
        rec = self.advanced(work, Gone(reason))
        if rec.task is None:
            rec = replace(rec, standing=_found(rec.standing))
        work.rec = self._desk.ledger.reopen(rec)
        self._desk.tell(Noted(work.name, reason.message))
        self.go(work)

    def leave(self, work: Work, reason: Reason) -> None:
        """Go on without it; it keeps its state, so that the same command takes it up again."""
        if work.ended:
            return
        self.unstore(work)
        self._desk.ledger.let_go([work.rec.key])
        work.left = reason
        self._desk.tally["left"] += 1
        self._end(work)

    def unstore(self, work: Work) -> None:
        """Forget the object of a work nothing was bought for: it would only be left behind in the store."""
        if work.state is State.STORED:
            self.file(work, replace(work.rec, standing=_found(work.rec.standing)))

    def _give_up(self, work: Work, reason: Reason) -> None:
        """After a fault of our own: what was paid for is kept for a better captioner."""
        if work.ended:
            return
        if work.state in (State.FOUND, State.STORED):
            self.file(work, replace(work.rec, standing=Standing(State.REJECTED, reason=reason)))
            self._end(work)
        else:
            self.leave(work, reason)

    def _end(self, work: Work) -> None:
        wanted_by, work.wanted_by = work.wanted_by, []
        self._early.pop(work.rec.key, None)
        if work.state is State.FETCHED or work.left is not None:
            # The ledger knows; who wants it from now on asks there.
            self._by_key.pop(work.rec.key, None)
        work.media = None
        for then in wanted_by:
            then(work)
        self.on_end(work)


def _found(standing: Standing) -> Standing:
    """FOUND again, with what was submitted so far still counted."""
    return replace(standing, state=State.FOUND, due_at=0.0, attempts=0, cause=None)
