"""Options that are remembered with a file: what a later run without them takes over, and what a retry asks again.

The one rule: a plain `run` of a file does not undo what was asked for it before. A flag or the environment changes it,
`--forget` drops it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from captioner.cli.options import AUDIO, CAPTIONS, ENCODING, FORMAT, RECOGNITION, TARGETS, TIMING
from captioner.cli.time_arguments import FrameTime
from captioner.errors import LedgerError
from captioner.jobs.inputs.finding import Source
from captioner.jobs.ledger import Ledger, LedgerPlace

__all__ = ["KEPT", "JobKey", "describe_kept", "given_options", "job_key", "kept_in", "loaded", "to_parameters"]

#: Settings that a later run takes over.
KEPT = ("style", "look", "format", "also", "speakers", "glossary", "replace", "script", "script_policy")
#: Parameters that a retry asks again.
_ASKED = tuple(str(option.name) for option in (*AUDIO, *RECOGNITION, *CAPTIONS, *TIMING, TARGETS, *ENCODING, FORMAT))
#: Parameters that name a file, which a later run may see from another folder.
_FILES = ("style", "look", "speakers", "glossary", "replace", "script", "shots")

JobKey = tuple[str, str, str]
"""An input and the place of its captions."""


def job_key(source: Source) -> JobKey:
    """The key of an input."""
    return source.identity, source.link_digest, str(source.target).encode("utf-8", "backslashreplace").decode()


def given_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of this command line for captions and recognition, as JSON values."""
    context = click.get_current_context(silent=True)
    if context is None:
        return {}
    return {
        name: _absolute(name, options[name])
        for name in _ASKED
        if name in options and context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }


def _absolute(name: str, value: Any) -> Any:
    if (
        name in _FILES
        and isinstance(value, str)
        and (Path(value).is_file() or (name == "script" and Path(value).is_dir()))
    ):
        return str(Path(value).absolute())
    return _as_json(value)


def _as_json(value: Any) -> Any:
    """A parameter as a JSON value; a time in frames as it was typed."""
    if isinstance(value, FrameTime):
        return value.text
    return [_as_json(each) for each in value] if isinstance(value, tuple) else value


def to_parameters(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Remembered options as parameters of a command."""
    return {name: _tuples(value) for name, value in asked.items() if name in _ASKED}


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def loaded(text: str) -> dict[str, Any]:
    """Options from the ledger."""
    values = json.loads(text) if text else {}
    return values if isinstance(values, dict) else {}


def kept_in(place: LedgerPlace) -> dict[JobKey, dict[str, Any]]:
    """Options that a ledger remembers with its files; nothing when there is no ledger yet."""
    if not place.path.is_file():
        return {}
    try:
        with Ledger(place.path, read_only=True) as book:
            return {key: loaded(text) for key, text in book.kept_options().items()}
    except LedgerError:
        return {}  # the run opens it, too, and says what is wrong


def describe_kept(values: Mapping[str, Any], names: Iterable[str] = KEPT) -> str:
    """Remembered options as they would be typed."""
    shown = {name: values[name] for name in names if name in values}
    return " ".join(
        f"--{name.replace('_', '-')} {typed}" for name, value in shown.items() for typed in _typed(name, value)
    )


def _typed(name: str, value: Any) -> list[str]:
    """Value of the option as typed; `--also` has one value each time it is given."""
    if not isinstance(value, list | tuple):
        return [str(value)]
    return [str(each) for each in value] if name == "also" else [",".join(map(str, value))]
