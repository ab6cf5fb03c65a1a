"""Recognition options and the request parameters made from them. Pure.

One rule: a parameter is sent only when the model is documented to take it, because the service accepts unknown ones at
first and fails the task later.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from captioner.errors import ConfigError
from captioner.languages import language_of
from captioner.recognition.funasr import catalogue
from captioner.recognition.funasr.catalogue import Model

__all__ = ["MAX_SPEAKERS", "MIN_SPEAKERS", "RecognitionOptions", "WordFilter"]

MIN_SPEAKERS = 2
MAX_SPEAKERS = 100
"""Range of `speaker_count`. Source: Model Studio, "Fun-ASR recorded speech recognition HTTP API", 2026."""


@dataclass(frozen=True, slots=True)
class WordFilter:
    """The sensitive-word filter, in three parts.

    Attributes:
        mask: Words printed as asterisks.
        remove: Words deleted from the text.
        system: Whether the service's own list is masked, too; it is masked when no filter is sent.
    """

    mask: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    system: bool = True

    def encode(self) -> str:
        """The parameter's value: a string that holds JSON, not an object.

        Source: Model Studio, "Fun-ASR recorded speech recognition HTTP API", 2026 (`special_word_filter`).
        """
        parts: dict[str, Any] = {}
        if self.mask:
            parts["filter_with_signed"] = {"word_list": list(self.mask)}
        if self.remove:
            parts["filter_with_empty"] = {"word_list": list(self.remove)}
        parts["system_reserved_filter"] = self.system
        return json.dumps(parts, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class RecognitionOptions:
    """All options that decide the result for a file.

    Attributes:
        model: Model name, from the catalogue.
        language_hints: Languages to expect, most likely first; () lets the service detect. Tags such as "zh-Hans" are
            sent as "zh".
        diarization: Distinguish speakers. No effect with several channels: there each channel is a speaker.
        speaker_count: Expected number of speakers, 2 to 100; a hint only. None for no hint.
        channels: Channels to recognise, from 0, each billed by itself; () for the first.
        vocabulary_id: Hotword list made for exactly this model name, or "".
        word_filter: Sensitive-word filter; None leaves the service's own list on.
        remove_fillers: Remove "um" and "uh".
        align_timestamps: Real word times from Paraformer, which otherwise spreads them evenly over a sentence. Fun-ASR
            always has them and takes no such parameter.
    """

    model: str = catalogue.DEFAULT_MODEL
    language_hints: tuple[str, ...] = ()
    diarization: bool = True
    speaker_count: int | None = None
    channels: tuple[int, ...] = ()
    vocabulary_id: str = ""
    word_filter: WordFilter | None = None
    remove_fillers: bool = False
    align_timestamps: bool = True

    @property
    def by_channel(self) -> bool:
        """Whether each channel is a speaker."""
        return len(self.channels) > 1

    @property
    def diarized(self) -> bool:
        """Whether speakers are really distinguished: the service does so in one channel only."""
        return self.diarization and not self.by_channel

    @property
    def digest(self) -> str:
        """Hex SHA-256 of model and parameters: the same digest means the same request."""
        question = {"model": self.model, "parameters": self.parameters()}
        text = json.dumps(question, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def check(self, region: str, *, explicit_endpoint: bool = False) -> tuple[str, ...]:
        """Check the options against the catalogue.

        Args:
            region: "intl" or "cn".
            explicit_endpoint: The caller named the endpoint, so the region of a model is not checked.

        Returns:
            Warnings, one sentence each: options that are allowed, but perhaps not intended.

        Raises:
            ConfigError: The model is unknown, does not run in the region, does not take an option (the message names
                the models that do), or a value is out of range.
        """
        model = catalogue.find_model(self.model)
        if not explicit_endpoint and region not in model.regions:
            raise ConfigError(_wrong_region(model, region))
        self._check_supported(model)
        self._check_values()
        return (*self._language_warnings(model), *self._other_warnings(model))

    def parameters(self) -> dict[str, Any]:
        """The request's `parameters`, never None: workspace domains fail a task without them.

        Raises:
            ConfigError: The model is unknown.
        """
        model = catalogue.find_model(self.model)
        wanted = self._requested()
        if self.align_timestamps and "timestamp_alignment_enabled" in model.parameters:
            wanted["timestamp_alignment_enabled"] = True
        if model.hint_limit and "language_hints" in wanted:
            wanted["language_hints"] = wanted["language_hints"][: model.hint_limit]
        return wanted

    def _requested(self) -> dict[str, Any]:
        """The parameters the options ask for, by the service's names, for any model."""
        candidates: dict[str, Any] = {
            "channel_id": list(self.channels),
            "language_hints": list(dict.fromkeys(map(_hint, self.language_hints))),
            "vocabulary_id": self.vocabulary_id,
            "diarization_enabled": self.diarized,
            "speaker_count": self.speaker_count if self.diarized else None,
            "special_word_filter": self.word_filter.encode() if self.word_filter else "",
            "disfluency_removal_enabled": self.remove_fillers,
        }
        return {name: value for name, value in candidates.items() if value}

    def _check_supported(self, model: Model) -> None:
        for parameter in self._requested():
            if parameter not in model.parameters:
                option = _OPTION_NAMES[parameter]
                able = ", ".join(catalogue.models_taking(parameter))
                raise ConfigError(f"{option}: {model.name} does not take it; leave it out or use one of {able}")

    def _check_values(self) -> None:
        if self.speaker_count is not None and not MIN_SPEAKERS <= self.speaker_count <= MAX_SPEAKERS:
            raise ConfigError(f"speaker count {self.speaker_count}: must be {MIN_SPEAKERS} to {MAX_SPEAKERS}")
        if self.speaker_count is not None and not self.diarization:
            raise ConfigError("speaker count: needs diarization; switch it on or leave the count out")
        if any(channel < 0 for channel in self.channels) or len(set(self.channels)) != len(self.channels):
            raise ConfigError(
                f"channels {_format_channels(self.channels)}: must be different numbers from 0, such as 0,1"
            )
        if not all(hint.strip() for hint in self.language_hints):
            raise ConfigError("language hint: empty; give a code such as zh or en, or none")
        if self.word_filter and not all(w.strip() for w in (*self.word_filter.mask, *self.word_filter.remove)):
            raise ConfigError("word filter: a word is empty; take it out")

    def _language_warnings(self, model: Model) -> list[str]:
        hints = [_hint(hint) for hint in self.language_hints]
        warnings = [
            f"language hint {hint!r} is not documented for {model.name} ({', '.join(model.languages)}); sent as it is"
            for hint in hints
            if hint not in model.languages
        ]
        if model.hint_limit and len(set(hints)) > model.hint_limit:
            warnings.append(f"{model.name} uses only the first language hint, {hints[0]!r}; the others are not sent")
        return warnings

    def _other_warnings(self, model: Model) -> list[str]:
        warnings = []
        if model.superseded_by:
            warnings.append(f"{model.name} is superseded; the service recommends {model.superseded_by}")
        if self.by_channel and self.diarization:
            warnings.append("several channels: the channel is the speaker, voices inside a channel are not told apart")
        if self.remove_fillers and model.family == "fun-asr":
            warnings.append(
                f"filler removal is promised for {model.name} but missing from its parameter list; untested"
            )
        if not self.align_timestamps and "timestamp_alignment_enabled" in model.parameters:
            warnings.append(f"{model.name} without timestamp alignment spreads word times evenly; captions will drift")
        return warnings


_OPTION_NAMES = {
    "channel_id": "channels",
    "language_hints": "language hints",
    "vocabulary_id": "hotword vocabulary",
    "diarization_enabled": "diarization",
    "speaker_count": "speaker count",
    "special_word_filter": "word filter",
    "disfluency_removal_enabled": "filler removal",
}


def _hint(tag: str) -> str:
    """The service's code for a language: the primary part of its tag (`zh-Hans` is `zh`, `ger` is `de`)."""
    return language_of(tag).code or tag.strip().lower().replace("_", "-").partition("-")[0]


def _format_channels(channels: tuple[int, ...]) -> str:
    return ",".join(map(str, channels))


def _wrong_region(model: Model, region: str) -> str:
    here = [m.name for m in catalogue.all_models() if region in m.regions]
    able = f"or use one of {', '.join(here)}" if here else "or name an endpoint"
    return f"model {model.name}: does not run in region {region}; use region {' or '.join(model.regions)}, {able}"
