"""The ledger: what is known about every file, task and object, so that nothing is lost or bought twice.

`base.Ledger` is what jobs need of one, `sqlite.SqliteLedger` the one there is; here it is called `Ledger`.
"""

from __future__ import annotations

from captioner.jobs.ledger.sqlite import SqliteLedger as Ledger

__all__ = ["Ledger"]
