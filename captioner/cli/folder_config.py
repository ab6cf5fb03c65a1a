"""Settings of a folder: its `captioner.toml` sets style, language, speakers and word list of the files in and below it.

Every command that captions files obeys it. Flags and the environment win; where results go, how they are called and
what they cost is decided by the command alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from captioner.cli.run_setup import RunPlan, build_run
from captioner.config import FILE_NAME, SETTINGS, Config, Value, load
from captioner.errors import ConfigError
from captioner.jobs.inputs import Source
from captioner.jobs.options import JobOptions

__all__ = ["FOLDER_SETTINGS", "FolderConfig"]

#: Settings that a folder decides.
FOLDER_SETTINGS = ("style", "language", "speakers", "replace")


class FolderConfig:
    """Finds what is asked for an input: what the command asks, with the settings of the input's folder.

    Args:
        plan: What the command asks.
        options: Parameters of the command.

    Attributes:
        notes: A line for every `captioner.toml` that changed something, as they are found.
    """

    def __init__(self, plan: RunPlan, options: Mapping[str, Any]) -> None:
        self._plan = plan
        self._options = options
        self._usual = JobOptions(plan.run.recognition, plan.run.captions)
        self._by_folder: dict[Path, JobOptions] = {}
        self._by_changes: dict[tuple[tuple[str, Any], ...], JobOptions] = {}
        self.notes: list[str] = []

    def __call__(self, source: Source) -> JobOptions:
        """Options of an input.

        Raises:
            ConfigError, StyleError: The settings of its folder are wrong.
        """
        if source.path is None:
            return self._usual
        folder = source.path.parent
        if folder not in self._by_folder:
            self._by_folder[folder] = self._of_folder(folder)
        return self._by_folder[folder]

    def read_all(self, sources: Sequence[Source]) -> None:
        """Read the settings of every folder before anything is sent, so that a mistake in one costs nothing.

        Raises:
            ConfigError, StyleError: As when it is called.
        """
        for source in sources:
            self(source)

    def _of_folder(self, folder: Path) -> JobOptions:
        changes = _changes_of(self._plan.config, folder)
        if not changes:
            return self._usual
        key = tuple((name, value.value) for name, value in changes.items())
        if key not in self._by_changes:
            config = Config({**self._plan.config.values, **changes})
            has_captions = bool(self._plan.run.captions.all_formats)
            run = build_run(self._options, config=config, with_captions=has_captions).run
            self._by_changes[key] = JobOptions(run.recognition, run.captions)
            origin = next(iter(changes.values())).origin
            listed = ", ".join(f"{SETTINGS[name].key} = {value.value}" for name, value in changes.items())
            self.notes.append(f"{origin}: {listed}")
        return self._by_changes[key]


def _changes_of(config: Config, folder: Path) -> dict[str, Value]:
    """Settings of the nearest captioner.toml, in the folder or above it, that differ from the command's."""
    near = next((path for path in (folder, *folder.parents) if (path / FILE_NAME).is_file()), None)
    if near is None:
        return {}
    file = str(near / FILE_NAME)
    found = load(cwd=folder)
    changes = {
        name: Value(_from_there(name, found[name], near), file)
        for name in FOLDER_SETTINGS
        if found.values[name].origin == file and not _is_given_by_hand(config.values[name])
    }
    return {name: value for name, value in changes.items() if value.value != config[name]}


def _is_given_by_hand(value: Value) -> bool:
    return value.origin == "flag" or value.origin.startswith("environment")


def _from_there(name: str, value: Any, folder: Path) -> Any:
    """A file named in the settings of a folder, which must lie in it or below: so no folder has other files published.

    Raises:
        ConfigError: It lies elsewhere.
    """
    text = str(value)
    if not _is_file(name, text):
        return value
    beside = (folder / text).resolve()
    if not beside.is_relative_to(folder.resolve()):
        raise ConfigError(
            f"{folder / FILE_NAME}: {SETTINGS[name].key} leads out of the folder; copy the file beside the settings"
        )
    return str(beside)


def _is_file(name: str, text: str) -> bool:
    if name == "speakers":
        return bool(text) and "=" not in text
    return name == "style" and (text.endswith(".toml") or "/" in text or os.sep in text)
