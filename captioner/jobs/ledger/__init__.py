"""The ledger: what is known about every file, task and object, so that nothing is lost or bought twice.

`base.Ledger` is what jobs need of one, `sqlite.SqliteLedger` the one there is; here it is called `Ledger`.
"""

from __future__ import annotations

from captioner.jobs.ledger.location import LedgerPlace, find_folder_ledgers, locate_ledger, run_folder, user_ledger
from captioner.jobs.ledger.opening import merge_ledger, open_ledgers
from captioner.jobs.ledger.sqlite import SqliteLedger as Ledger

__all__ = [
    "Ledger",
    "LedgerPlace",
    "find_folder_ledgers",
    "locate_ledger",
    "merge_ledger",
    "open_ledgers",
    "run_folder",
    "user_ledger",
]
