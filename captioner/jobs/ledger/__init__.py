"""The ledger: what is known about every file, task and object, in one SQLite file.

Everything is committed before its consequence. One thread of a process uses a ledger; several processes may share it.
The only package that knows sqlite3; a module for each table.
"""

from __future__ import annotations

from captioner.jobs.ledger.jobs import Jobs
from captioner.jobs.ledger.outputs import Outputs
from captioner.jobs.ledger.statistics import Survey
from captioner.jobs.ledger.tasks import Tasks
from captioner.jobs.ledger.uploads import Uploads

__all__ = ["Ledger"]


class Ledger(Jobs, Tasks, Uploads, Outputs, Survey):
    """One ledger file, opened by one process.

    Attributes:
        path: The file.
        owner: Who opened it.

    Raises (every method):
        LedgerError: The file cannot be read or written.
    """
