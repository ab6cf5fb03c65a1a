"""Settings of a folder: its `captioner.toml` sets style, language, speakers and word list of the files in and below it.

Every command that captions files obeys it. Flags and the environment win; where results go, how they are called and
what they cost is decided by the command alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from captioner.cli.kept_options import KEPT, JobKey, describe_kept, job_key
from captioner.cli.run_setup import RunPlan, build_run
from captioner.cli.script_files import read_script_file, script_beside, script_in
from captioner.config import FILE_NAME, SETTINGS, Config, Value, load
from captioner.errors import ConfigError, StyleError
from captioner.jobs.inputs.finding import Source
from captioner.jobs.options import JobOptions

__all__ = ["FOLDER_SETTINGS", "FolderConfig"]

#: Settings that a folder decides.
FOLDER_SETTINGS = ("style", "look", "language", "speakers", "glossary", "replace")
_SCRIPTS_NAMED = 5  # inputs named one by one in the notes about scripts


class FolderConfig:
    """Finds what is asked for an input: what the command asks, with the settings of the input's folder.

    Args:
        plan: What the command asks.
        options: Parameters of the command.
        asked: Those of them that are remembered with a file.
        kept: What is remembered with files from before.

    Attributes:
        notes: A line for every `captioner.toml` that changed something, as they are found.
    """

    def __init__(
        self,
        plan: RunPlan,
        options: Mapping[str, Any],
        *,
        asked: Mapping[str, Any] | None = None,
        kept: Mapping[JobKey, Mapping[str, Any]] | None = None,
    ) -> None:
        self._plan = plan
        self._options = options
        self._asked = asked or {}
        self._kept = kept or {}
        text = json.dumps(self._asked, ensure_ascii=False, sort_keys=True) if self._asked else ""
        self._usual = JobOptions(plan.run.recognition, plan.run.captions, text)
        self._has_captions = bool(plan.run.captions.all_formats)
        self._by_kept: dict[tuple[Path | None, str], JobOptions] = {}
        self._kept_by: dict[str, list[str]] = {}
        self._by_folder: dict[Path, JobOptions] = {}
        self._by_changes: dict[tuple[tuple[str, Any], ...], JobOptions] = {}
        # The options that a script was added to are kept with the result: their identity is the key.
        self._by_script: dict[tuple[int, Path], tuple[JobOptions, JobOptions]] = {}
        self._told: dict[Path, str] = {}
        self.notes: list[str] = []

    def __call__(self, source: Source) -> JobOptions:
        """Options of an input, with the script it follows.

        Raises:
            ConfigError, StyleError: The settings of its folder are wrong, or its script cannot be read.
        """
        asked = self._without_script(source)
        if not self._has_captions or asked.captions.script or source.path is None:
            return asked
        return self._with_script(asked, source, source.path)

    def _with_script(self, asked: JobOptions, source: Source, path: Path) -> JobOptions:
        """The options with the script of a folder of scripts, or with the one beside the media."""
        asked_now = self._plan.config.values["script"]
        kept = "" if _is_given_by_hand(asked_now) else self._kept.get(job_key(source), {}).get("script")
        given = kept or asked_now.value
        found = script_in(Path(given), path.stem) if given else script_beside(path)
        if found is None:
            if given and path not in self._told:
                self._told[path] = f"{source.name}: no script for it in {given}"
            return asked
        key = id(asked), found
        if key not in self._by_script:
            try:
                lines = read_script_file(found, asked.captions.language)
            except ConfigError as error:
                self._told.setdefault(path, f"{source.name}: {error.message}; captions are as recognised")
                return asked
            captions = replace(asked.captions, script=lines, script_name=found.name)
            self._by_script[key] = asked, replace(asked, captions=captions)
            self._told[path] = f"{source.name}: follows the script {found.name}"
        return self._by_script[key][1]

    def script_notes(self) -> list[str]:
        """A line for each input with a script that was found by its name, or without one in a folder of scripts."""
        lines = list(self._told.values())
        more = len(lines) - _SCRIPTS_NAMED
        return [
            *lines[:_SCRIPTS_NAMED],
            *([f"and {more} more inputs with scripts or without them"] if more > 0 else []),
        ]

    def _without_script(self, source: Source) -> JobOptions:
        """Options of an input, without a script that is found by its name."""
        folder = source.path.parent if source.path is not None else None
        stored = self._kept.get(job_key(source), {})
        if not self._has_captions:
            text = json.dumps(stored, ensure_ascii=False, sort_keys=True) if stored else ""
            return replace(self._usual, kept=text)
        kept = {
            name: stored[name]
            for name in KEPT
            if name in stored and name not in self._asked and not _is_given_by_hand(self._plan.config.values[name])
        }
        if kept:
            return self._with_kept(source, folder, kept)
        if folder is None:
            return self._usual
        if folder not in self._by_folder:
            self._by_folder[folder] = self._of_folder(folder)
        return self._by_folder[folder]

    def kept_notes(self) -> list[str]:
        """A line for each set of options that was taken over from an earlier run, once inputs were asked about."""
        lines = []
        for described, names in self._kept_by.items():
            others = f" and {len(set(names)) - 1} more" if len(set(names)) > 1 else ""
            lines.append(f"{names[0]}{others}: {described} as before; a flag changes it, --forget drops it")
        return lines

    def _with_kept(self, source: Source, folder: Path | None, kept: Mapping[str, Any]) -> JobOptions:
        """Options of an input with what is remembered; that wins over the settings of files.

        Raises:
            ConfigError, StyleError: What is remembered cannot be used any more.
        """
        text = json.dumps({**self._asked, **kept}, ensure_ascii=False, sort_keys=True)
        names = self._kept_by.setdefault(describe_kept(kept), [])
        names.append(source.name)
        if (folder, text) not in self._by_kept:
            changes = _changes_of(self._plan.config, folder) if folder is not None else {}
            values = {name: Value(value, "kept") for name, value in kept.items()}
            config = Config({**self._plan.config.values, **changes, **values})
            try:
                run = build_run(self._options, config=config).run
            except (ConfigError, StyleError) as error:
                advice = f"remembered with {source.name} ({describe_kept(kept)}); --forget drops it"
                raise ConfigError(f"{error.message}; {advice}") from error
            self._by_kept[folder, text] = JobOptions(run.recognition, run.captions, text)
        return self._by_kept[folder, text]

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
            self._by_changes[key] = JobOptions(run.recognition, run.captions, self._usual.kept)
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
        return "=" not in text and (text.endswith(".toml") or "/" in text or os.sep in text)
    return name in ("style", "look") and (text.endswith(".toml") or "/" in text or os.sep in text)
