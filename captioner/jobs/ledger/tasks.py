"""Tasks: what was submitted, and what may have been."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from captioner.errors import LedgerError
from captioner.jobs.ledger.mapping import recognition_of
from captioner.jobs.ledger.recognitions import Recognitions
from captioner.jobs.records import Recognition, Task
from captioner.jobs.states import State

__all__ = ["Tasks"]


class Tasks(Recognitions):
    """The tables of tasks and suspects."""

    def intend(self, model: str, members: Sequence[Recognition]) -> Task:
        """Write down, for good, that a submission of these is about to leave.

        Args:
            model: Model asked.
            members: As they shall be filed: SUBMITTING, with the address they are submitted under.

        Raises:
            LedgerError: One of them is not STORED and ours; nothing may be submitted.
        """
        now = self._clock()
        with self._writing(money=True) as db:
            for state in self.check_held(db, members):
                if state is not State.STORED:
                    raise LedgerError(f"{self.path}: a file that is {state} cannot be submitted; run the command again")
            cursor = db.execute("INSERT INTO tasks (model, intent_at) VALUES (?, ?)", (model, now))
            task = Task(id=int(cursor.lastrowid or 0), model=model, intent_at=now)
            for member in members:
                self.update_recognition(db, replace(member, task=task.id))
        return task

    def settle(self, task: Task, members: Sequence[Recognition]) -> None:
        """Write down, for good, what became of a submission: its name, and where its files stand."""
        with self._writing(money=True) as db:
            self.check_held(db, members)
            db.execute("UPDATE tasks SET task_id = ?, looks = ? WHERE id = ?", (task.task_id, task.looks, task.id))
            for member in members:
                self.update_recognition(db, member)

    def task(self, number: int) -> Task:
        """The task of a number."""
        row = self._rows("SELECT * FROM tasks WHERE id = ?", (number,))[0]
        return Task(row["id"], row["model"], row["intent_at"], row["task_id"], row["looks"])

    def members(self, number: int) -> tuple[Recognition, ...]:
        """The recognitions that belong to a task."""
        return tuple(recognition_of(row) for row in self._rows("SELECT * FROM recognitions WHERE task = ?", (number,)))

    def claimed(self, task_id: str) -> bool:
        """Whether a task of this name is already known to belong to some file."""
        return bool(self._rows("SELECT 1 FROM tasks WHERE task_id = ?", (task_id,)))

    def suspect(self, number: int, candidates: Iterable[str]) -> None:
        """Remember tasks found in the service's list that may be the lost one."""
        with self._writing() as db:
            db.executemany(
                "INSERT INTO suspects (task, candidate) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(number, candidate) for candidate in candidates],
            )

    def clear(self, number: int, candidate: str) -> None:
        """Remember that a suspect is somebody else's task."""
        with self._writing() as db:
            db.execute("UPDATE suspects SET cleared = 1 WHERE task = ? AND candidate = ?", (number, candidate))

    def cleared(self, number: int) -> frozenset[str]:
        """Suspects that turned out to be somebody else's tasks."""
        rows = self._rows("SELECT candidate FROM suspects WHERE task = ? AND cleared", (number,))
        return frozenset(row["candidate"] for row in rows)

    def suspects(self, number: int) -> tuple[str, ...]:
        """Suspects that are neither cleared nor known to belong to another file."""
        rows = self._rows(
            "SELECT candidate FROM suspects WHERE task = ? AND NOT cleared"
            " AND candidate NOT IN (SELECT task_id FROM tasks) ORDER BY rowid",
            (number,),
        )
        return tuple(row["candidate"] for row in rows)
