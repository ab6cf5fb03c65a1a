"""The ledger in one SQLite file; a module for each table. The only package that knows sqlite3.

Everything is committed before its consequence. One thread of a process uses a ledger; several processes may share it.
"""

from __future__ import annotations

from captioner.jobs.ledger.sqlite.coordination import Coordination
from captioner.jobs.ledger.sqlite.deliveries import Deliveries
from captioner.jobs.ledger.sqlite.jobs import Jobs
from captioner.jobs.ledger.sqlite.other_ledgers import OtherLedgers
from captioner.jobs.ledger.sqlite.outputs import Outputs
from captioner.jobs.ledger.sqlite.statistics import Statistics
from captioner.jobs.ledger.sqlite.tasks import Tasks
from captioner.jobs.ledger.sqlite.uploads import Uploads

__all__ = ["SqliteLedger"]


class SqliteLedger(Jobs, Tasks, Uploads, Outputs, Deliveries, Statistics, OtherLedgers, Coordination):
    """One ledger file, opened by one process.

    Attributes:
        path: The file.
        owner: Which process opened it.

    Raises (every method):
        LedgerError: The file cannot be read or written.
    """
