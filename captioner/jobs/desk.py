"""What everybody in a run shares: the ledger, the engine, the world, and how to speak."""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from captioner.errors import CaptionerError, Interrupted, SetupError
from captioner.jobs.engine import Engine, Errand
from captioner.jobs.events import Event, OnEvent
from captioner.jobs.ledger import Ledger
from captioner.jobs.shared_rate_limit import Turnstile
from captioner.jobs.states import Reason
from captioner.jobs.world import RunOptions, World

__all__ = ["JITTER", "Desk", "Subject"]

log = logging.getLogger(__name__)

# Waits differ by a fifth either way, so that many files do not all ask at the same moment.
JITTER = 0.2

T = TypeVar("T")


class Subject(Protocol):
    """Something errands are done for."""

    @property
    def name(self) -> str:
        """How messages call it."""
        ...

    def give_up(self, reason: Reason) -> None:
        """Take it out of the run after a fault of our own."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """The things on the desk.

    Attributes:
        ledger: Where everything is written down.
        engine: What makes things happen.
        world: What they happen to.
        options: What was asked for.
        tell: Hears events.
        work_folder: Private folder for files that are only needed for a while.
        questions: Lets questions to the service through.
        tally: What was done so far, for those who watch: a count for each stage, bytes sent, milliseconds captioned.
    """

    ledger: Ledger
    engine: Engine
    world: World
    options: RunOptions
    tell: OnEvent
    work_folder: Path
    questions: Turnstile
    tally: Counter[str] = field(default_factory=Counter)

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self.world.clock()

    def jitter(self) -> float:
        """A factor for our own waits."""
        return self.world.rng.uniform(1 - JITTER, 1 + JITTER)

    def ask(self, begin: Callable[[], Errand | None], due_at: float) -> None:
        """Put a question to the service on the engine: when it is due, and all processes together may ask one more."""

        def pass_through() -> Errand | None:
            if self.questions.lets_through():
                return begin()
            self.engine.put("ask", pass_through, due_at)
            return None

        self.engine.put("ask", pass_through, due_at)

    def tell_later(self, event: Event) -> None:
        """Tell an event from a worker's thread; also where a worker hears that it shall stop.

        Raises:
            Interrupted: The run is being stopped.
        """
        if self.engine.stop.is_set():
            raise Interrupted("stopped")
        self.engine.post(lambda: self.tell(event))

    def errand(
        self,
        subject: Subject,
        go: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[CaptionerError], None],
    ) -> Errand:
        """An errand whose end cannot hurt other files.

        Args:
            subject: Who it is for.
            go: What a worker does.
            then: Hears what `go` returned.
            failed: Hears an error of ours; decides whether it concerns only this subject.
        """

        def failed_somehow(error: BaseException) -> None:
            if not isinstance(error, CaptionerError):
                raise error
            failed(error)

        return Errand(
            go=go,
            then=lambda value: self.guard(subject, lambda: then(value)),
            failed=lambda error: self.guard(subject, lambda: failed_somehow(error)),
        )

    def guard(self, subject: Subject, action: Callable[[], Any]) -> Any:
        """Do something for a subject; a fault of our own ends this subject and no other.

        Raises:
            SetupError: Every file would fail the same way.
            Interrupted: The run is being stopped.
        """
        try:
            return action()
        except (SetupError, Interrupted):
            raise
        except Exception as error:
            log.exception("%s: a fault in captioner", subject.name)
            where = traceback.extract_tb(error.__traceback__)[-1]
            fault = f"{type(error).__name__} in {Path(where.filename).name}, line {where.lineno}"
            subject.give_up(
                Reason(f"{subject.name}: a fault in captioner ({fault}); please report it", kind=type(error).__name__)
            )
            return None
