"""Table of submitted tasks, including submissions whose answer was lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from captioner.errors import LedgerError
from captioner.jobs.ledger.sqlite.mapping import recognition_of
from captioner.jobs.ledger.sqlite.recognitions import Recognitions
from captioner.jobs.records import Recognition, Task
from captioner.jobs.states import State

__all__ = ["Tasks"]

# Values of `suspects.cleared`; 0 for a candidate that is still asked about.
_ANOTHERS, _FORGOTTEN = 1, 2


class Tasks(Recognitions):
    """The tables of tasks, and of candidates for the lost ones (table `suspects`)."""

    def begin_purchase(self) -> None:
        """Begin the transaction of the next intent: until it ends, no other process writes, and what is read holds.

        It ends with `record_intent`, or with the turn where writes share one.

        Raises:
            LedgerError: Another process does not let it in.
        """
        with self._translated():
            self._begin(self.DURABILITY[True])

    def record_intent(self, model: str, members: Sequence[Recognition]) -> Task:
        """Record, on the disk, that a submission of these is about to leave.

        Args:
            model: Model asked.
            members: As they are to be filed: SUBMITTING, with the address they are submitted under.

        Raises:
            LedgerError: One of them is not STORED and ours; nothing may be submitted.
        """
        now = self._clock()
        with self._writing(durable=True) as db:
            for state in self.check_held(db, members):
                if state is not State.STORED:
                    raise LedgerError(f"{self.path}: a file that is {state} cannot be submitted; run the command again")
            cursor = db.execute("INSERT INTO tasks (model, intent_at) VALUES (?, ?)", (model, now))
            task = Task(id=int(cursor.lastrowid or 0), model=model, intent_at=now)
            # What was forgotten before anything of this leaves cannot be its task; there are seldom any.
            db.execute(
                "INSERT INTO suspects (task, candidate, cleared) SELECT DISTINCT ?, candidate, ? FROM suspects"
                " WHERE cleared = ?",
                (task.id, _ANOTHERS, _FORGOTTEN),
            )
            for member in members:
                self.update_recognition(db, replace(member, task=task.id))
        return task

    def record_outcome(self, task: Task, members: Sequence[Recognition]) -> None:
        """Record, on the disk, what became of a submission: the task's name, and the status of its files."""
        with self._writing(durable=True) as db:
            db.execute("UPDATE tasks SET task_id = ?, looks = ? WHERE id = ?", (task.task_id, task.searches, task.id))
            for member in members:
                self.update_recognition(db, member)

    def task(self, number: int) -> Task:
        """The task of a number."""
        row = self._rows("SELECT * FROM tasks WHERE id = ?", (number,))[0]
        return Task(row["id"], row["model"], row["intent_at"], row["task_id"], row["looks"])

    def members(self, number: int) -> tuple[Recognition, ...]:
        """The recognitions that belong to a task."""
        return tuple(recognition_of(row) for row in self._rows("SELECT * FROM recognitions WHERE task = ?", (number,)))

    def is_known_task(self, task_id: str) -> bool:
        """Whether a task of this name is known to belong to some file."""
        return bool(self._rows("SELECT 1 FROM tasks WHERE task_id = ?", (task_id,)))

    def add_candidates(self, number: int, candidates: Iterable[str]) -> None:
        """Remember tasks in the service's list that may be the lost one."""
        with self._writing() as db:
            db.executemany(
                "INSERT INTO suspects (task, candidate) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(number, candidate) for candidate in candidates],
            )

    def rule_out(self, number: int, candidate: str, *, is_forgotten: bool = False) -> None:
        """Remember that a candidate is another submission's task, or that the service has forgotten it."""
        cleared = _FORGOTTEN if is_forgotten else _ANOTHERS
        with self._writing() as db:
            db.execute("UPDATE suspects SET cleared = ? WHERE task = ? AND candidate = ?", (cleared, number, candidate))

    def ruled_out(self, number: int) -> frozenset[str]:
        """Candidates that are asked about no more."""
        rows = self._rows("SELECT candidate FROM suspects WHERE task = ? AND cleared", (number,))
        return frozenset(row["candidate"] for row in rows)

    def forgotten_candidates(self, number: int) -> tuple[str, ...]:
        """Candidates that the service has forgotten before they showed whose they were."""
        rows = self._rows(
            "SELECT candidate FROM suspects WHERE task = ? AND cleared = ? ORDER BY rowid", (number, _FORGOTTEN)
        )
        return tuple(row["candidate"] for row in rows)

    def candidates(self, number: int) -> tuple[str, ...]:
        """Candidates that are neither ruled out nor known to belong to another file."""
        rows = self._rows(
            "SELECT candidate FROM suspects WHERE task = ? AND NOT cleared"
            " AND candidate NOT IN (SELECT task_id FROM tasks) ORDER BY rowid",
            (number,),
        )
        return tuple(row["candidate"] for row in rows)
