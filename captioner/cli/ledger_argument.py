"""The argument of the commands that look into a ledger: the ledger itself, or the folder it belongs to."""

from __future__ import annotations

from pathlib import Path

from captioner.config import load
from captioner.errors import ConfigError
from captioner.jobs.inputs import LEDGER_NAME

__all__ = ["find_ledger"]


def find_ledger(where: str | None, explicit: Path | None = None) -> Path:
    """The ledger that a user means.

    Args:
        where: A ledger or a folder; None is the configured ledger, else that of the working folder.
        explicit: The value of `--ledger`, which wins.

    Raises:
        ConfigError: There is none.
    """
    configured = load()["ledger"] if where is None else ""
    path = explicit or Path(where or configured or ".").expanduser()
    if path.is_dir():
        path = path / LEDGER_NAME
    if not path.is_file():
        raise ConfigError(f"{path}: no ledger here; name the folder of the batch, its -o DIR, or the ledger itself")
    return path
