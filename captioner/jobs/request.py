"""From settings to what is asked of the service: the recognition options and the audio that is sent.

The command line and the Python API build both here, so that a result which one of them paid for is found by the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from captioner.config import Config
from captioner.errors import ConfigError
from captioner.jobs.budget import MonthLimit
from captioner.media import AudioPolicy
from captioner.recognition.funasr.catalogue import all_models, find_model
from captioner.recognition.funasr.options import RecognitionOptions, WordFilter

if TYPE_CHECKING:
    from captioner.jobs.ledger.base import Ledger

__all__ = ["audio_policy", "month_limit", "recognition_options", "spent_since", "usd_per_s"]

_NARROW_BAND_HZ = 8000


def recognition_options(
    config: Config,
    *,
    speaker_count: int | None = None,
    channels: Sequence[int] = (),
    word_filter: WordFilter | None = None,
    remove_fillers: bool = False,
) -> RecognitionOptions:
    """Build the recognition options.

    Args:
        config: Model, language, diarization and vocabulary.
        speaker_count: As in `RecognitionOptions`, like the others.
        channels: Channels recognised separately.
        word_filter: Words to mask and to remove.
        remove_fillers: Leave out filler words.
    """
    return RecognitionOptions(
        model=config["model"],
        language_hints=tuple(hint.strip() for hint in config["language"].split(",") if hint.strip()),
        diarization=config["diarization"],
        speaker_count=speaker_count,
        channels=tuple(channels),
        vocabulary_id=config["vocabulary"],
        word_filter=word_filter,
        remove_fillers=remove_fillers,
    )


def audio_policy(config: Config, recognition: RecognitionOptions, *, track: int | str = "") -> AudioPolicy:
    """Build the audio policy: at 8 kHz for the models that take nothing else."""
    narrow = find_model(recognition.model).sample_rate_hz == _NARROW_BAND_HZ
    more = {"sample_rate": _NARROW_BAND_HZ} if narrow else {}
    return AudioPolicy(audio=config["audio"], channels=recognition.channels, track=track, **more)


def usd_per_s(recognition: RecognitionOptions, region: str) -> float | None:
    """List price of a second of all channels: the region's, or the highest there is where the model has none in it."""
    prices = find_model(recognition.model).usd_per_s
    price = prices.get(region) or max(prices.values(), default=None)
    return None if price is None else price * max(1, len(recognition.channels))


def month_limit(config: Config, recognition: RecognitionOptions) -> MonthLimit | None:
    """The month's budget, or None where none is set.

    Raises:
        ConfigError: The model has no published price, so that nothing can be held against the budget.
    """
    if not config["budget_month"]:
        return None
    price = usd_per_s(recognition, config["region"])
    if price is None:
        raise ConfigError(
            f"budget.month: {recognition.model} has no published price; unset it, or choose another model"
        )
    return MonthLimit(config["budget_month"], price)


def spent_since(ledger: Ledger, since: float) -> float:
    """US dollars spent on a ledger since a Unix time, by list prices; what is at the service counts with its length."""
    return sum(seconds * _price(model, endpoint) for model, endpoint, seconds in ledger.bought_since(since))


def _price(model: str, endpoint: str) -> float:
    """List price of a second in the region of an endpoint, the highest where that is not known; 0 without a price."""
    known = next((each for each in all_models() if each.name == model), None)
    if known is None or not known.usd_per_s:
        return 0.0
    region = "intl" if "intl" in endpoint or "ap-southeast" in endpoint else "cn" if ".aliyuncs.com" in endpoint else ""
    return known.usd_per_s.get(region) or max(known.usd_per_s.values())
