"""From options and configuration to what a run needs: the request, and the doors to the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from captioner.cli import captions
from captioner.config import Config, load
from captioner.errors import ConfigError

if TYPE_CHECKING:
    from captioner.jobs.finishing import Finishing
    from captioner.jobs.inputs import Source
    from captioner.jobs.options import RunOptions
    from captioner.jobs.services import Services
    from captioner.media import AudioPolicy
    from captioner.recognition.funasr.options import RecognitionOptions
    from captioner.style import Style

__all__ = ["Order", "configured", "place_order", "world"]

_NARROW_BAND_HZ = 8000

#: Somebody waits for a run: what the service cannot read is sent twice again within these seconds, then left for later.
_REREADING_S = 10.0
SHORTEST_LINK_S = 1800
LONGEST_LINK_S = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Order:
    """One request, checked against the catalogue and the styles; nothing has been read or sent yet.

    Attributes:
        config: Every configured value, flags included.
        recognition: What to ask of the service.
        audio: What is sent.
        warnings: What is legal but perhaps not meant, a line each.
        run: The same for `batch.run`.
    """

    config: Config
    recognition: RecognitionOptions
    audio: AudioPolicy
    warnings: tuple[str, ...]
    run: RunOptions


def place_order(options: Mapping[str, Any], *, with_captions: bool = True, config: Config | None = None) -> Order:
    """Turn the options of a command into an order.

    Args:
        options: Parameters of the command by name; those it does not have count as not given.
        with_captions: False when only the raw reply is wanted.
        config: Configured values with the flags on top; read from files and environment without.

    Raises:
        ConfigError: An option is wrong, or the model does not take it.
    """
    from captioner.jobs.captions import CaptionOptions
    from captioner.jobs.ledger.keys_before import audio_digest_before
    from captioner.jobs.options import RunOptions
    from captioner.recognition.funasr.catalogue import find_model
    from captioner.recognition.funasr.rate_limit import submits_per_s

    if config is None:
        config = configured(options)
    settings = config.settings()
    _check_lifetime(config)
    recognition = _recognition(config, options)
    warnings = recognition.check(settings.region, explicit_endpoint=bool(settings.endpoint))
    audio = _audio(config, options, recognition)
    wanted = CaptionOptions(
        formats=_formats(config, options) if with_captions else (),
        style=captions.style(config["style"], options.get("max_columns"), options.get("max_lines")),
        names=captions.names(config["speakers"]),
        language=config["language"],
        by_channel=recognition.by_channel,
        finishing=_finishing(options),
        start_timecode=options.get("start_timecode") or "",
        smooth=bool(options.get("smooth_speakers")),
        also=_also(options.get("also") or ()),
    )
    wanted.finishing.check((*wanted.formats, *(name for _, name in wanted.also)), wanted.language)
    if wanted.twice:
        raise ConfigError(f"two results would both be named <stem>.{wanted.twice}; give one of the styles another name")
    run = RunOptions(
        recognition=recognition,
        captions=wanted,
        audio=audio.digest,
        audio_before=audio_digest_before(audio),
        keep_upload=config["keep_upload"],
        overwrite=bool(options.get("overwrite")),
        files_per_task=_files_per_task(config),
        submits_per_s=submits_per_s(find_model(recognition.model)),
        rereading_s=_REREADING_S,
    )
    return Order(config, recognition, audio, warnings, run)


def _formats(config: Config, options: Mapping[str, Any]) -> tuple[str, ...]:
    """The formats given; without any, the target's own."""

    from captioner.targets import find

    if config.values["format"].origin == "default" and options.get("target"):
        return (find(options["target"]).format_for(config["language"]),)
    return captions.formats(config["format"])


def _also(given: Sequence[str]) -> tuple[tuple[Style, str], ...]:
    """Further shapes from `STYLE:FORMAT`.

    Raises:
        ConfigError: No colon, or a profile or format that does not exist.
    """
    shapes: list[tuple[Style, str]] = []
    for item in given:
        profile, colon, name = item.rpartition(":")
        if not colon:
            raise ConfigError(f"also {item!r}: write a style and a format, such as social-vertical:srt")
        shapes += [(captions.style(profile), each) for each in captions.formats(name)]
    return tuple(shape for at, shape in enumerate(shapes) if shape not in shapes[:at])


def _finishing(options: Mapping[str, Any]) -> Finishing:
    """What `finishing_options` ask for; commands without them finish as the style says."""
    from captioner.cli.finishing import finishing
    from captioner.jobs.finishing import Finishing

    names = finishing.__annotations__.keys() - {"return"}
    return finishing(**{name: options[name] for name in names}) if "fps" in options else Finishing()


def configured(options: Mapping[str, Any]) -> Config:
    """Files, environment and the flags of a command.

    Raises:
        ConfigError: A value is wrong.
    """
    return load().with_flags(**{**options, "format": _listed(options.get("formats"))})


@contextmanager
def world(order: Order, sources: Sequence[Source]) -> Iterator[Services]:
    """Media, store and service, closed when the block ends."""
    from captioner.jobs.services import ServiceSettings, open_services

    only_links = all(source.url for source in sources)
    settings = ServiceSettings(order.config.settings(), order.audio, order.recognition.model, only_links)
    with open_services(settings) as services:
        yield services


def _recognition(config: Config, options: Mapping[str, Any]) -> RecognitionOptions:
    from captioner.recognition.funasr.options import RecognitionOptions

    return RecognitionOptions(
        model=config["model"],
        language_hints=tuple(hint.strip() for hint in config["language"].split(",") if hint.strip()),
        diarization=config["diarization"],
        speaker_count=options.get("speaker_count"),
        channels=_channels(options.get("channels") or ""),
        vocabulary_id=config["vocabulary"],
        word_filter=_word_filter(options),
        remove_fillers=bool(options.get("remove_fillers")),
    )


def _word_filter(options: Mapping[str, Any]) -> Any:
    from captioner.recognition.funasr.options import WordFilter

    mask, remove = _words(options.get("mask")), _words(options.get("remove"))
    system = not options.get("no_system_filter")
    return None if system and not mask and not remove else WordFilter(mask, remove, system)


def _audio(config: Config, options: Mapping[str, Any], recognition: RecognitionOptions) -> AudioPolicy:
    from captioner.media import AudioPolicy
    from captioner.recognition.funasr.catalogue import find_model

    narrow = find_model(recognition.model).sample_rate_hz == _NARROW_BAND_HZ
    more = {"sample_rate": _NARROW_BAND_HZ} if narrow else {}
    return AudioPolicy(
        audio=config["audio"], channels=recognition.channels, track=int(options.get("track") or 0), **more
    )


def _check_lifetime(config: Config) -> None:
    """Refuse a link that would die in the queue, or that no store can sign.

    Source: SigV4 signs for seven days at most (Amazon S3 API Reference, "Authenticating Requests: Using Query
    Parameters"); half an hour is the least that a queued file can be fetched in.
    """
    wanted_s = config["link_lifetime_s"]
    if not SHORTEST_LINK_S <= wanted_s <= LONGEST_LINK_S:
        raise ConfigError(
            f"link lifetime {wanted_s} s: must be {SHORTEST_LINK_S} (the queue) to {LONGEST_LINK_S} (SigV4)"
        )


def _channels(given: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in given.split(",") if part.strip())
    except ValueError as error:
        raise ConfigError(f"channels {given!r}: write numbers from 0, such as 0,1") from error


def _files_per_task(config: Config) -> int:
    number = int(config["files_per_task"])
    if not 1 <= number <= 100:
        raise ConfigError(f"files per task {number}: must be 1 to 100")
    return number


def _listed(formats: str | None) -> list[str] | None:
    return None if formats is None else formats.split(",")


def _words(given: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (given or "").split(",") if word.strip())
