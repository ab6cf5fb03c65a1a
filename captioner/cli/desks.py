"""What a folder's own `captioner.toml` changes: the style, language and speakers of the desk it belongs to."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioner.cli.jobs import Order, place_order
from captioner.config import FILE_NAME, Config, Value, load
from captioner.errors import ConfigError

if TYPE_CHECKING:
    from captioner.jobs.inputs import Source
    from captioner.jobs.options import JobOptions

__all__ = ["wishes"]

# What a desk decides; where things go and what they cost is the business of whoever runs the batch.
_TOML = {"style": "captions.style", "language": "recognition.language", "speakers": "captions.speakers"}


def wishes(order: Order, options: Mapping[str, Any]) -> Callable[[Source], JobOptions]:
    """For each input, what is asked for it: the order, with its folder's own settings where flags do not say otherwise.

    Args:
        order: The command's.
        options: Its parameters.

    Raises (the function returned):
        ConfigError, StyleError: A folder's settings are wrong.
    """
    from captioner.jobs.options import JobOptions

    known: dict[Path, JobOptions] = {}
    usual = JobOptions(order.run.recognition, order.run.captions)

    def wish(source: Source) -> JobOptions:
        if source.path is None:
            return usual
        folder = source.path.parent
        if folder not in known:
            own = _of_folder(order.config, folder)
            if own is order.config:
                known[folder] = usual
            else:
                run = place_order(options, config=own).run
                known[folder] = JobOptions(run.recognition, run.captions)
        return known[folder]

    return wish


def _of_folder(config: Config, folder: Path) -> Config:
    """The configuration with what the nearest file above the folder says for its desk."""
    near = next((path for path in (folder, *folder.parents) if (path / FILE_NAME).is_file()), None)
    if near is None:
        return config
    file = str(near / FILE_NAME)
    found = load(cwd=folder)
    changes = {
        name: Value(_from_there(name, found[name], near), file)
        for name in _TOML
        if found.values[name].origin == file and not _is_said_by_hand(config.values[name])
    }
    changes = {name: value for name, value in changes.items() if value.value != config[name]}
    return Config({**config.values, **changes}) if changes else config


def _is_said_by_hand(value: Value) -> bool:
    return value.origin == "flag" or value.origin.startswith("environment")


def _from_there(name: str, value: Any, folder: Path) -> Any:
    """A file named in the settings lies beside them or below: a folder may not have others read and published.

    Raises:
        ConfigError: It lies elsewhere.
    """
    text = str(value)
    if not _is_file(name, text):
        return value
    beside = (folder / text).resolve()
    if not beside.is_relative_to(folder.resolve()):
        raise ConfigError(
            f"{folder / FILE_NAME}: {_TOML[name]} leads out of the folder; copy the file beside the settings"
        )
    return str(beside)


def _is_file(name: str, text: str) -> bool:
    if name == "speakers":
        return bool(text) and "=" not in text
    return name == "style" and (text.endswith(".toml") or "/" in text or os.sep in text)
