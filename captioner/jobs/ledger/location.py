"""Place of the ledger of a run: the user's own, or one that a folder has; and which others are asked what was paid.

The one rule: a user's runs know of each other. A ledger in a folder goes on being used where it is, and the user's own
ledger remembers it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from captioner.jobs.inputs.finding import LEDGER_NAME, Source, ledger_path

__all__ = ["LedgerPlace", "find_folder_ledgers", "locate_ledger", "run_folder", "user_ledger"]


@dataclass(frozen=True, slots=True)
class LedgerPlace:
    """The ledger of a run.

    Attributes:
        path: The ledger.
        others: Ledgers that exist and are asked, too, what was paid for.
        is_explicit: It was named, so no other is asked.
        is_folders: It was found in a folder.
    """

    path: Path
    others: tuple[Path, ...] = ()
    is_explicit: bool = False
    is_folders: bool = False


def user_ledger(environ: Mapping[str, str] | None = None) -> Path:
    """The ledger of the user: in `$XDG_DATA_HOME/captioner`, by default `~/.local/share/captioner`.

    Source: XDG Base Directory Specification 0.8, which ignores a relative path.
    """
    environ = os.environ if environ is None else environ
    given = environ.get("XDG_DATA_HOME", "")
    data = Path(given) if os.path.isabs(given) else Path(environ.get("HOME") or Path.home()) / ".local" / "share"  # noqa: PTH117
    return _absolute(data / "captioner" / LEDGER_NAME.name)


def run_folder(given: Sequence[str], output: Path | None) -> Path:
    """The folder that a run belongs to: its output folder, else that of the first input, else the working folder."""
    return ledger_path(given, output).parent.parent


def locate_ledger(
    given: Sequence[str],
    output: Path | None,
    sources: Iterable[Source],
    explicit: Path | None,
    environ: Mapping[str, str] | None = None,
) -> LedgerPlace:
    """Choose the ledger of a run: as named, that of its folder where there is one, else the user's.

    Args:
        given: The inputs, as typed.
        output: Folder for the captions, or None.
        sources: From `expand`; ledgers in and above their folders are asked, too.
        explicit: The ledger that was named, or None.
        environ: Environment; the process's by default.
    """
    if explicit is not None:
        return LedgerPlace(_absolute(explicit), is_explicit=True)
    folder, own = run_folder(given, output), user_ledger(environ)
    folders = [folder]
    for source in sources:
        folders.append(source.target.parent)
        if source.path is not None:
            folders.append(source.path.parent)
    found = find_folder_ledgers(folders)
    its_own = folder / LEDGER_NAME
    path = its_own if its_own in found else own
    others = [other for other in (own, *found) if other != path and other.is_file()]
    return LedgerPlace(path, tuple(dict.fromkeys(others)), is_folders=path != own)


def find_folder_ledgers(folders: Iterable[Path]) -> list[Path]:
    """Ledgers in folders and above them, the nearest first."""
    seen = dict.fromkeys(place for folder in folders for place in (folder, *folder.parents))
    return [place / LEDGER_NAME for place in seen if (place / LEDGER_NAME).is_file()]


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - as in `inputs`
