"""The argument of the commands that look into a ledger: a ledger, or a folder whose files it knows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from captioner.config import load
from captioner.errors import ConfigError
from captioner.jobs.inputs.finding import LEDGER_NAME
from captioner.jobs.ledger import user_ledger

__all__ = ["FoundLedger", "find_ledger"]


@dataclass(frozen=True, slots=True)
class FoundLedger:
    """The ledger that a user means.

    Attributes:
        path: The ledger.
        below: The folder whose files are meant, or "" for all of them.
    """

    path: Path
    below: str = ""


def find_ledger(where: str | None, explicit: Path | None = None) -> FoundLedger:
    """The ledger that a user means.

    Args:
        where: A ledger; or a folder, which is a folder's own ledger or the files of that folder in the user's; or None
            for the configured ledger, else that of the working folder, else the user's.
        explicit: The value of `--ledger`, which wins; then `where` names a folder in it.

    Raises:
        ConfigError: There is none.
    """
    named = explicit or (Path(configured).expanduser() if (configured := load()["ledger"]) else None)
    if where is None:
        own = Path(LEDGER_NAME)
        return FoundLedger(_existing(named or (own if own.is_file() else user_ledger())))
    path = Path(where).expanduser()
    if path.is_file() or not (named or user_ledger()).is_file():
        return FoundLedger(_existing(path))
    if explicit is None and (path / LEDGER_NAME).is_file():
        return FoundLedger(path / LEDGER_NAME)
    return FoundLedger(_existing(named or user_ledger()), os.path.abspath(path))  # noqa: PTH100 - keeps links


def _existing(path: Path) -> Path:
    if path.is_dir():
        path = path / LEDGER_NAME
    if not path.is_file():
        raise ConfigError(f"{path}: no ledger here; name the folder of the batch, its -o DIR, or the ledger itself")
    return path
