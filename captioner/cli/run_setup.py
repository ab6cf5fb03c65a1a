"""From options and configuration to what a run needs: what is asked for, checked before anything is read or sent."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from captioner.captions.option_use import refuse_useless
from captioner.captions.options import CaptionOptions, validate
from captioner.cli.output_options import caption_options, given_to_style, named_by_target, split_words, used_by_times
from captioner.config import Config, load
from captioner.errors import ConfigError
from captioner.jobs.cluster import Cluster, PathMap, check_address
from captioner.jobs.ledger.keys_before import audio_digest_before
from captioner.jobs.options import MANIFEST_EXTENSION, RunOptions
from captioner.jobs.request import audio_policy, month_limit, recognition_options, usd_per_s
from captioner.jobs.services import Services, ServiceSettings, open_services
from captioner.media import AudioPolicy, parse_track
from captioner.network import Network
from captioner.recognition.funasr.catalogue import Model, find_model
from captioner.recognition.funasr.options import RecognitionOptions, WordFilter
from captioner.recognition.funasr.rate_limiters import submits_per_s
from captioner.storage.temporary import TEMPORARY_NOTE

__all__ = ["RunPlan", "build_run", "load_config", "open_run_services", "place_notes"]

LOCAL = "local"
"""Name of the recognition service on this machine in the ledger, whatever its port."""

SHORTEST_LINK_S = 1800
LONGEST_LINK_S = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Plan of a run, checked against the catalogue and the styles.

    Attributes:
        config: Every configured value, flags included.
        recognition: What to ask of the service.
        audio: What is sent.
        warnings: What is legal but perhaps not meant, a line each.
        run: The same for `jobs.runner.run`.
        is_local: Whether this machine recognises.
        partial: Files whose end is missing are taken as far as they go.
    """

    config: Config
    recognition: RecognitionOptions
    audio: AudioPolicy
    warnings: tuple[str, ...]
    run: RunOptions
    is_local: bool = False
    partial: bool = False

    @property
    def service_name(self) -> str:
        """Name of the recognition service in the ledger."""
        return LOCAL if self.is_local else self.config.settings().base_url

    def service_settings(self, *, only_links: bool = False, has_objects: bool = False) -> ServiceSettings:
        """Settings of the services that the run needs."""
        return ServiceSettings(
            self.config.settings(),
            self.audio,
            self.recognition.model,
            only_links=only_links,
            has_objects=has_objects,
            languages=self.recognition.language_hints,
            partial=self.partial,
        )


def open_run_services(
    plan: RunPlan, *, only_links: bool = False, has_objects: bool = False
) -> AbstractContextManager[Services]:
    """Services of a run: those of the configuration, or this machine's.

    Raises:
        ConfigError: As `open_services` and `open_local_services`.
    """
    settings = plan.service_settings(only_links=only_links, has_objects=has_objects)
    if not plan.is_local:
        return open_services(settings)
    from captioner.cli.local_service import open_local_services  # brings the emulator, which no other run needs

    return open_local_services(replace(settings, service_name=LOCAL), plan.config)


def build_run(options: Mapping[str, Any], *, with_captions: bool = True, config: Config | None = None) -> RunPlan:
    """Turn the options of a command into what a run is given.

    Args:
        options: Parameters of the command by name; those it does not have count as not given.
        with_captions: False when only the raw reply is wanted.
        config: Configured values with the flags on top (default: read from files and environment).

    Raises:
        ConfigError: An option is wrong, or the model does not take it.
    """
    if config is None:
        config = load_config(options)
    if is_local := bool(options.get("local")):
        from captioner.cli.local_service import as_local

        config = as_local(config, options)
    settings = config.settings()
    _check_lifetime(config)
    recognition = _recognition(config, options)
    warnings = recognition.check(settings.region, explicit_endpoint=bool(settings.endpoint))
    model = find_model(recognition.model)
    check_files_per_task(model, config["files_per_task"])
    audio = audio_policy(config, recognition, track=parse_track(str(options.get("track") or "")))
    run = RunOptions(
        recognition=recognition,
        captions=_captions(config, options, with_captions=with_captions),
        audio=audio.digest,
        audio_accepted=audio.accepted,
        audio_before=audio_digest_before(audio),
        keep_upload=config["keep_upload"],
        overwrite=bool(options.get("overwrite")),
        reuse=True,
        recheck=with_captions,
        again=bool(options.get("again")) or is_local,  # this machine bills nothing
        renew=bool(options.get("again")),
        usd_per_s=usd_per_s(recognition, settings.region),
        month_limit=None if is_local else month_limit(config, recognition),
        files_per_task=config["files_per_task"],
        manifest=config["manifest"],
        as_it_is=not is_local and audio.audio in ("auto", "original"),
        region=settings.region,
        submits_per_s=submits_per_s(model, settings.region),
        cluster=_cluster(config, options),
    )
    warnings = (*warnings, *named_by_target(run.captions))
    return RunPlan(config, recognition, audio, warnings, run, is_local, partial=bool(options.get("partial")))


def _captions(config: Config, options: Mapping[str, Any], *, with_captions: bool) -> CaptionOptions:
    """Options of the captions; no file beside the raw reply where captions are not wanted.

    Raises:
        ConfigError: The options do not go together, or two files would have one name.
    """
    captions = replace(caption_options(config, options), archive=True)
    if not with_captions:
        captions = replace(captions, formats=(), deliveries=(), also=(), archive=False)
    validate(captions)
    if config["manifest"] and MANIFEST_EXTENSION in captions.extensions:
        raise ConfigError(
            f"a caption file would be named <stem>.{MANIFEST_EXTENSION}, as the manifest; use --no-manifest"
        )
    refuse_useless(captions, given_to_style(options), used=used_by_times(options))
    return captions


def check_files_per_task(model: Model, wanted: int) -> None:
    """Refuse more files in a task than the model is documented to take.

    Raises:
        ConfigError: There are more.
    """
    if wanted > model.files_per_task:
        raise ConfigError(
            f"--files-per-task {wanted}: {model.name} takes {model.files_per_task} file in a task; leave it out"
        )


def place_notes(plan: RunPlan, *, is_unattended: bool, only_links: bool = False) -> tuple[str, ...]:
    """Notes about the network and the store that a run is going to use.

    Args:
        plan: Its plan.
        is_unattended: The run is made for many files.
        only_links: Nothing is uploaded.

    Raises:
        ConfigError: A proxy cannot be understood; the message names its variable.
    """
    settings = plan.config.settings()
    notes = Network.from_environment(settings.ca_bundle).proxies.warnings
    is_temporary = settings.chosen_storage == "temporary" and not only_links and not plan.is_local
    return (*notes, TEMPORARY_NOTE) if is_temporary and is_unattended else notes


def load_config(options: Mapping[str, Any]) -> Config:
    """Files, environment and the flags of a command.

    Raises:
        ConfigError: A value is wrong.
    """
    return load().with_flags(**options)


def _cluster(config: Config, options: Mapping[str, Any]) -> Cluster | None:
    """The cluster for media steps, or None.

    Raises:
        ConfigError: Its address or a path is wrong, or workers could not reach the store.
    """
    address = config["cluster"]
    if not address:
        return None
    check_address(address, insecure=bool(options.get("insecure")))
    if config.settings().chosen_storage != "s3":
        raise ConfigError(
            f"--cluster {address}: workers put the media into a bucket, and the temporary store needs the service's "
            "key, which never travels; name one with --bucket"
        )
    return Cluster(address, PathMap.parse(config["cluster_path"]))


def _recognition(config: Config, options: Mapping[str, Any]) -> RecognitionOptions:
    return recognition_options(
        config,
        speaker_count=options.get("speaker_count"),
        channels=_channels(options.get("channels") or ""),
        word_filter=_word_filter(options),
        remove_fillers=bool(options.get("remove_fillers")),
    )


def _word_filter(options: Mapping[str, Any]) -> WordFilter | None:
    mask, remove = split_words(options.get("mask")), split_words(options.get("remove"))
    system = not options.get("no_system_filter")
    return None if system and not mask and not remove else WordFilter(mask, remove, system)


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
