"""Keeps tasks and uploads on disk, so that an emulator that was stopped knows them when it starts again.

The service keeps them for a day or two; an emulator that recognises long files must not forget them at Ctrl-C either.
Several emulators may share a folder: each reads what the others wrote when it is asked about it.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from captioner.errors import ConfigError
from captioner.files import ensure_private_folder, write_whole

__all__ = ["KeptTask", "KeptUpload", "StateFolder"]

_KEPT_S = 2 * 24 * 3600
_TASKS, _UPLOADS, _HEARD = "tasks", "uploads", "heard"


@dataclass(frozen=True, slots=True)
class KeptTask:
    """A submission as it was accepted; see `EmulatedTask`."""

    id: str
    request_id: str
    model: str
    urls: tuple[str, ...]
    parameters: Mapping[str, Any] | None
    submitted_at: float


@dataclass(frozen=True, slots=True)
class KeptUpload:
    """A file of the temporary store: its key, where it is, the model of its policy, Unix seconds of its end."""

    key: str
    path: Path
    model: str
    expires_at: float


class StateFolder:
    """The folder; what is older than two days is removed when it is opened.

    Args:
        path: The folder, created for its owner only.

    Raises:
        ConfigError: It cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            ensure_private_folder(path)
            for name in (_TASKS, _UPLOADS, _HEARD):
                (path / name).mkdir(exist_ok=True)
            self._forget_old()
        except OSError as error:
            reason = error.strerror or "it cannot be opened"
            raise ConfigError(f"emulator: {path} cannot be used ({reason}); name another folder") from error

    @property
    def uploads_folder(self) -> Path:
        """Folder of uploaded files."""
        return self.path / _UPLOADS

    @property
    def heard_folder(self) -> Path:
        """Folder of recognised stretches."""
        return self.path / _HEARD

    def keep_task(self, task: KeptTask) -> None:
        """Remember a task; when this returns it is on disk."""
        self._write(self.path / _TASKS / f"{task.id}.json", {**_fields(task), "urls": list(task.urls)})

    def task(self, task_id: str) -> KeptTask | None:
        """A task of this or another emulator on the folder."""
        if not task_id.replace("-", "").isalnum():
            return None
        return _read_task(self.path / _TASKS / f"{task_id}.json")

    def tasks(self) -> Iterator[KeptTask]:
        """Every task that is remembered."""
        for path in sorted((self.path / _TASKS).glob("*.json")):
            if task := _read_task(path):
                yield task

    def keep_upload(self, upload: KeptUpload) -> None:
        """Remember a stored file."""
        self._write(upload.path.with_suffix(".json"), {**_fields(upload), "path": upload.path.name})

    def upload(self, key: str) -> KeptUpload | None:
        """A stored file of this or another emulator on the folder."""
        return next((upload for upload in self._uploads() if upload.key == key), None)

    def forget_upload(self, path: Path) -> None:
        """Remove a stored file that is not needed any more."""
        for each in (path.with_suffix(".json"), path):
            with contextlib.suppress(OSError):
                each.unlink(missing_ok=True)

    def _uploads(self) -> Iterator[KeptUpload]:
        for path in sorted(self.uploads_folder.glob("*.json")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                raw = json.loads(path.read_text("utf-8"))
                yield KeptUpload(**{**raw, "path": self.uploads_folder / raw["path"]})

    def _write(self, path: Path, value: Mapping[str, Any]) -> None:
        write_whole(path, json.dumps(value, ensure_ascii=False).encode(), private=True)

    def _forget_old(self) -> None:
        oldest = time.time() - _KEPT_S
        for name in (_TASKS, _UPLOADS, _HEARD):
            for path in (self.path / name).iterdir():
                with contextlib.suppress(OSError):
                    if path.stat().st_mtime < oldest:
                        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _fields(record: KeptTask | KeptUpload) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _read_task(path: Path) -> KeptTask | None:
    try:
        raw = json.loads(path.read_text("utf-8"))
        return KeptTask(**{**raw, "urls": tuple(raw["urls"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
