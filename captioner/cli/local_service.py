"""`--local`: the recognition service on this machine for one run, with its own temporary store.

The run goes the way it goes in the cloud: upload, submit, poll, fetch, layout. Only the address differs, and the ledger
files its recognitions under `local` and the model's own name, never under those of the service.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from captioner.cli.progress import say
from captioner.config import Config
from captioner.emulator import Emulator
from captioner.emulator.hearing import Hearing, find_weights, weights_name
from captioner.emulator.hearing.whisper import Whisper
from captioner.emulator.state_folder import StateFolder
from captioner.emulator.task_timing import ServiceLimits
from captioner.emulator.transcripts import TranscriptLibrary
from captioner.errors import ConfigError
from captioner.files import cache_folder
from captioner.jobs.services import Services, ServiceSettings, open_services
from captioner.languages import language_of
from captioner.settings import Secret

__all__ = ["as_local", "local_hearing", "open_local_services"]

# What only the service can do, by parameter, and how an error calls it.
_NOT_HERE = {"speaker_count": "--speaker-count", "mask": "--mask", "remove": "--remove"}
# Any port; the one of the run takes its place when it is known.
_SOME_ENDPOINT = "http://127.0.0.1:1/api/v1"
_UPLOAD_MB = 1 << 20  # no limit: nothing is uploaded to anywhere


def as_local(config: Config, options: Mapping[str, Any]) -> Config:
    """The configuration of a run on this machine.

    Args:
        config: Configured values, flags included.
        options: Parameters of the command by name.

    Raises:
        ConfigError: Another model or endpoint is asked for, or something that no model here can do; or there are no
            weights for the language.
    """
    for name in ("model", "endpoint", "vocabulary", "storage", "bucket"):
        if config.values[name].origin == "flag":
            better = "; --weights chooses what recognises" if name == "model" else ""
            raise ConfigError(f"--local: --{name} names something of the service; leave one of them out{better}")
    for name, flag in _NOT_HERE.items():
        if options.get(name):
            raise ConfigError(f"--local: a model on this machine does not take {flag}; leave it out")
    if config.values["diarization"].origin == "flag" and config["diarization"]:
        raise ConfigError("--local: a model on this machine does not tell speakers apart; leave --diarization out")
    return config.with_flags(
        model=weights_name(config["weights"], language_of(config["language"]).code),
        endpoint=_SOME_ENDPOINT,
        storage="temporary",
        diarization=False,
        files_per_task=1,
    ).without("vocabulary", "bucket", "workspace", "region")


def local_hearing(weights: str, language: str, threads: int) -> Hearing:
    """Recognises speech with a Whisper model, loaded now so that a mistake is told before anything is done.

    Raises:
        ConfigError: faster-whisper or the weights are missing, or cannot be loaded.
    """
    engine = Whisper(find_weights(weights, language), threads)
    engine.load()
    return Hearing(engine, StateFolder(cache_folder() / "local").heard_folder, on_progress=_say_progress)


@contextmanager
def open_local_services(settings: ServiceSettings, config: Config) -> Iterator[Services]:
    """Services of a run with recognition on this machine, until the block ends.

    Raises:
        ConfigError: As `local_hearing`, or the folder of the user's cache cannot be used.
    """
    hearing = local_hearing(config["weights"], language_of(config["language"]).code, config["threads"])
    state = StateFolder(cache_folder() / "local")
    key = secrets.token_hex(16)
    limits = ServiceLimits(upload_mb=_UPLOAD_MB, file_bytes=_UPLOAD_MB << 20)
    unknown = TranscriptLibrary()  # everything is recognised, also what the fixtures have a transcript for
    with Emulator(transcripts=unknown, key=key, hearing=hearing, state=state, limits=limits) as emulator:
        say(f"note: recognised on this machine by {hearing.engine.weights.name}; speakers are not told apart")
        where = replace(settings.settings, endpoint=emulator.url, api_key=Secret(key))
        with open_services(replace(settings, settings=where)) as services:
            yield services


def _say_progress(done_ms: int, total_ms: int) -> None:
    if total_ms > _LONG_MS:
        say(f"recognised {_clock(done_ms)} of {_clock(total_ms)}")


_LONG_MS = 150_000  # shorter files are recognised in one stretch


def _clock(ms: int) -> str:
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
