"""The model catalogue: parameters, regions and prices of each model. Pure; the data is in `catalogue.toml`."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any

from captioner.errors import ConfigError

__all__ = [
    "DEFAULT_MODEL",
    "Model",
    "Scenario",
    "all_models",
    "catalogue_source",
    "find_model",
    "models_taking",
    "price_usd",
    "recommend",
    "scenarios",
]

DEFAULT_MODEL = "fun-asr"
LOCAL_FAMILY = "local-whisper"
"""Family of the models that run on this machine; every name that begins with it and a hyphen is one of them."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the service.

    Attributes:
        name: The service's name of the model.
        family: "fun-asr", "qwen-audio" or "paraformer"; the families differ in tokens and in parameters.
        alias_of: The snapshot behind a stable name, or "".
        regions: Regions it runs in: "intl", "cn".
        languages: Codes it is documented to accept as language hints, or to recognise when it takes no hints.
        dialects: Chinese dialects by name.
        accents: Regional accents of Mandarin by name.
        sample_rate_hz: The only sample rate it takes, 0 for any.
        hint_limit: How many language hints it uses, 0 for all.
        parameters: Request parameters it takes, by the service's names.
        hotword_languages: Languages that a hotword may be marked with.
        singing: Whether it transcribes songs.
        submit_per_s: Submissions a second that the service allows, where `submit_per_minute` says nothing else.
        submit_per_minute: Submissions a minute, by region, where they differ.
        query_per_s: Queries a second that the service allows, for the whole account.
        usd_per_s: List price per second of speech, by region.
        cny_per_s: The same in yuan, where published.
        usd_per_million_tokens: List price by region of a model that is billed by tokens: "input" and "output".
        files_per_task: Files that one task takes.
        superseded_by: Model that the service recommends in its place, or "".
        note: One sentence about it.
    """

    name: str
    family: str
    regions: tuple[str, ...]
    languages: tuple[str, ...]
    parameters: tuple[str, ...]
    hotword_languages: tuple[str, ...]
    submit_per_s: float
    query_per_s: float
    usd_per_s: Mapping[str, float]
    cny_per_s: Mapping[str, float]
    usd_per_million_tokens: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    submit_per_minute: Mapping[str, float] = field(default_factory=dict)
    files_per_task: int = 100
    alias_of: str = ""
    superseded_by: str = ""
    dialects: tuple[str, ...] = ()
    accents: tuple[str, ...] = ()
    sample_rate_hz: int = 0
    hint_limit: int = 0
    singing: bool = False
    note: str = ""

    @property
    def snapshot(self) -> str:
        """The dated name behind a stable one; its own name otherwise."""
        return self.alias_of or self.name

    @property
    def is_billed_by_tokens(self) -> bool:
        """Whether its cost depends on tokens, which nobody knows before the bill."""
        return bool(self.usd_per_million_tokens)

    def submits_per_s(self, region: str) -> float:
        """Submissions a second that the service allows in a region."""
        per_minute = self.submit_per_minute.get(region)
        return self.submit_per_s if per_minute is None else per_minute / 60


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of recording and the models recommended for it.

    Attributes:
        name: Short stable name, such as "news".
        title: Heading for it.
        models: Model names, best first.
        reason: Reason for the choice.
    """

    name: str
    title: str
    models: tuple[str, ...]
    reason: str


def all_models() -> tuple[Model, ...]:
    """Every model of the service, in the catalogue's order."""
    return tuple(model for model in _catalogue()[0].values() if model.family != LOCAL_FAMILY)


def scenarios() -> tuple[Scenario, ...]:
    """Every kind of recording with a recommendation."""
    return tuple(_catalogue()[1].values())


def catalogue_source() -> tuple[str, str]:
    """The address of the catalogue's source, and the date (`YYYY-MM-DD`) of the edition read."""
    return _catalogue()[2]


def find_model(name: str) -> Model:
    """The model of that name.

    Raises:
        ConfigError: Not in the catalogue; the message suggests the nearest name and lists all.
    """
    known = _catalogue()[0]
    if model := known.get(name):
        return model
    if name.startswith(f"{LOCAL_FAMILY}-"):
        return replace(known[LOCAL_FAMILY], name=name)
    known = {model.name: model for model in all_models()}
    raise ConfigError(f"model {name!r}: not known{_suggestion(name, known)}; known are {', '.join(known)}")


def recommend(scenario: str) -> Scenario:
    """The recommendation for a kind of recording.

    Raises:
        ConfigError: No such scenario; the message lists all.
    """
    known = _catalogue()[1]
    if found := known.get(scenario):
        return found
    raise ConfigError(f"scenario {scenario!r}: not known{_suggestion(scenario, known)}; known are {', '.join(known)}")


def price_usd(model: str, region: str, seconds: float) -> float | None:
    """Cost of recognising some seconds of speech at list price, in US dollars.

    The service bills speech, not file length, so a file's length gives an upper bound; every recognised channel counts.

    Returns:
        US dollars, or None when the model has no published price in that region.

    Raises:
        ConfigError: The model is not known.
    """
    rate = find_model(model).usd_per_s.get(region)
    return None if rate is None else round(rate * seconds, 6)


def models_taking(parameter: str) -> tuple[str, ...]:
    """Names of the models that take a request parameter."""
    return tuple(model.name for model in all_models() if parameter in model.parameters)


def _suggestion(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name.lower(), known, n=1)
    return f", did you mean {near[0]!r}?" if near else ""


@cache
def _catalogue() -> tuple[dict[str, Model], dict[str, Scenario], tuple[str, str]]:
    """The catalogue file, read once: models by name, scenarios by name, source and date."""
    text = resources.files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    models = (_model(data["family"][entry["family"]] | entry) for entry in data["model"])
    kinds = (Scenario(**_with_tuples(entry)) for entry in data["scenario"])
    return (
        {model.name: model for model in models},
        {kind.name: kind for kind in kinds},
        (data["source"], data["checked"]),
    )


def _model(entry: Mapping[str, Any]) -> Model:
    return Model(**_with_tuples(entry))


def _with_tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with its lists as tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
