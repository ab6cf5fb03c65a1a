"""Configuration: `captioner.toml`, the environment and flags, in rising strength, with the origin of every value.

Two files are read: the user's own (`$XDG_CONFIG_HOME/captioner/captioner.toml`, by default below `~/.config`), then the
nearest `captioner.toml` found upwards from the working folder. `SETTINGS` holds each setting once; the options of the
commands, `captioner config` and the table in the README are derived from it.

The nearest file may have come with the media. So it does not decide to whom the user's key is sent, a file that belongs
to another user says nothing about service, storage and ledger, and it names no ledger or list outside its folder.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from captioner.errors import ConfigError
from captioner.files import describe_read_error, read_settings
from captioner.settings import Secret, Settings

__all__ = ["FILE_NAME", "SETTINGS", "Config", "Setting", "Value", "defaults", "load"]

FILE_NAME = "captioner.toml"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be configured.

    Attributes:
        name: Name in Python and of the command's parameter.
        key: `table.key` in captioner.toml.
        kind: str, int, float, bool or list (of str).
        default: Value when it is not set.
        help: What it is, in a phrase without a full stop.
        default_text: The default as people read it, where the value does not say it, such as "detect".
        flags: Flags of the commands; none for a secret.
        variables: Environment variables, the strongest first.
        variable_for_file: Environment variable that names a file with the value, or "".
        metavar: What the help calls the value.
        choices: The values it may take, or () for any.
        limits: Least and greatest number, or None for any.
        secret: Masked wherever it is shown.
        names_file: The value is the name of a file, relative to the captioner.toml it stands in.
    """

    name: str
    key: str
    kind: type
    default: Any
    help: str
    default_text: str = ""
    flags: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    variable_for_file: str = ""
    metavar: str = ""
    choices: tuple[str, ...] = ()
    limits: tuple[int, int] | None = None
    secret: bool = False
    names_file: bool = False

    @property
    def shown_default(self) -> str:
        """The default in words, or "" where there is none worth naming."""
        default = ",".join(self.default) if isinstance(self.default, list) else self.default
        return self.default_text or ("" if default is False or default == "" else str(default))

    @property
    def sentence(self) -> str:
        """The help as a sentence that names the default."""
        return f"{self.help} (default: {self.shown_default})." if self.shown_default else f"{self.help}."


def _setting(name: str, key: str, kind: type, default: Any, text: str, **more: Any) -> Setting:
    variables = (*more.pop("variables", ()), f"CAPTIONER_{name.upper()}")
    flags = more.pop("flags", (f"--{name.replace('_', '-')}",))
    return Setting(name, key, kind, default, text, variables=variables, flags=flags, **more)


_SERVICE = (
    _setting("api_key", "service.api_key", str, "", "Key of the service", secret=True, flags=(),
             variables=("DASHSCOPE_API_KEY",), variable_for_file="DASHSCOPE_API_KEY_FILE_PATH"),
    _setting("endpoint", "service.endpoint", str, "",
             "Service URL, including /api/v1; skips the check that the model is in the region",
             default_text="by region", metavar="URL", variables=("DASHSCOPE_HTTP_BASE_URL",)),
    _setting("region", "service.region", str, "intl", "Singapore or Beijing", choices=("intl", "cn")),
    _setting("workspace", "service.workspace", str, "", "Workspace id, for the domain of a workspace", metavar="ID",
             variables=("DASHSCOPE_WORKSPACE_ID",)),
)  # fmt: skip
_STORAGE = (
    _setting("storage", "storage.kind", str, "", "Where the service reads the media from",
             default_text="s3 with a bucket, else temporary", choices=("s3", "temporary")),
    _setting("bucket", "storage.bucket", str, "", "S3 bucket; credentials as boto3 finds them", metavar="NAME"),
    _setting("s3_endpoint", "storage.endpoint", str, "", "URL of an S3-compatible store", default_text="AWS",
             metavar="URL"),
    _setting("public_endpoint", "storage.public_endpoint", str, "", "Address of the store as the service sees it",
             default_text="the same", metavar="URL"),
    _setting("s3_region", "storage.region", str, "", "Signing region", default_text="as boto3 finds it",
             metavar="NAME"),
    _setting("s3_addressing", "storage.addressing", str, "auto",
             "How the bucket is named in URLs; domain: the endpoint is the bucket",
             choices=("auto", "path", "virtual", "domain")),
    _setting("public_addressing", "storage.public_addressing", str, "", "The same for the public endpoint",
             default_text="the same", choices=("auto", "path", "virtual", "domain")),
    _setting("s3_checksums", "storage.checksums", str, "", "Checksums of uploads",
             default_text="as boto3 is configured, else md5 where the store demands one",
             choices=("md5", "when_supported", "when_required")),
    _setting("encryption", "storage.encryption", str, "", "Encryption to ask of the store",
             default_text="the bucket's own", choices=("AES256", "aws:kms", "aws:kms:dsse")),
    _setting("kms_key", "storage.kms_key", str, "", "Key for aws:kms", default_text="the account's own", metavar="ID"),
    _setting("prefix", "storage.prefix", str, "captioner", "First part of every object key", metavar="TEXT"),
    _setting("link_lifetime_s", "storage.link_lifetime_s", int, 6 * 3600, "Lifetime of the presigned link in seconds",
             flags=("--link-lifetime",), metavar="SECONDS"),
    _setting("keep_upload", "storage.keep_upload", bool, False, "Leave the object in the store when the job ends"),
)  # fmt: skip
_NETWORK = (
    _setting("ca_bundle", "network.ca_bundle", str, "",
             "File of the only certificate authorities to trust, for service and store alike",
             default_text="public ones, or as SSL_CERT_FILE and the like say", metavar="FILE", names_file=True),
)  # fmt: skip
_RECOGNITION = (
    _setting("model", "recognition.model", str, "fun-asr", "Recognition model; see captioner models", metavar="NAME"),
    _setting("language", "recognition.language", str, "", "Language code, e.g. zh or en", default_text="detect",
             metavar="CODE"),
    _setting("diarization", "recognition.diarization", bool, True, "Tell speakers apart", default_text="on",
             flags=("--diarization/--no-diarization",)),
    _setting("vocabulary", "recognition.vocabulary", str, "", "Id of a hotword list made for the model", metavar="ID"),
    _setting("audio", "recognition.audio", str, "auto", "How the audio is sent",
             choices=("auto", "flac", "opus", "copy", "original")),
    _setting("files_per_task", "recognition.files_per_task", int, 1, "Files sent in one task, 1 to 100", metavar="N",
             limits=(1, 100)),
)  # fmt: skip
_CAPTIONS = (
    _setting("style", "captions.style", str, "web-default", "House style, or a TOML file", metavar="NAME"),
    _setting("format", "captions.format", list, ["srt"], "Caption formats, e.g. srt,vtt", flags=("-f", "--format"),
             metavar="LIST"),
    _setting("also", "captions.also", list, [], "A further file in another style, e.g. social-vertical:srt",
             metavar="STYLE:FORMAT"),
    _setting("speakers", "captions.speakers", str, "",
             "Speaker names: 1=Anna,2=Bo, or Anna,Bo as they appear, or a TOML file", metavar="NAMES"),
    _setting("look", "captions.look", str, "", "Look in the picture, or a TOML file",
             default_text="the style's", metavar="NAME"),
    _setting("replace", "captions.replace", str, "", "Words to replace and to mask, a TOML file; lists every change",
             metavar="FILE", names_file=True),
    _setting("glossary", "captions.glossary", str, "",
             "Names and terms, what is heard for them, and speakers: a TOML file",
             metavar="FILE", names_file=True),
    _setting("script", "captions.script", str, "",
             "Script to follow, or a folder of them", default_text="talk.script.* of talk.mp4",
             metavar="FILE", names_file=True),
    _setting("script_policy", "captions.script_policy", str, "spoken",
             "Where something else was said: show what was spoken, or the script's words",
             choices=("spoken", "script")),
)  # fmt: skip
_OUTPUT = (
    _setting("manifest", "output.manifest", bool, True,
             "Write <stem>.captioner.json: inputs, options, digests and cost",
             default_text="on", flags=("--manifest/--no-manifest",)),
)  # fmt: skip
_HOOKS = (
    _setting("on_done", "hooks.on_done", str, "", "Command run for each finished file and at the end; JSON on stdin",
             metavar="COMMAND"),
    _setting("webhook", "hooks.webhook", str, "", "URL that is told of each finished file and of the end, as JSON",
             metavar="URL", secret=True),
    _setting("webhook_secret", "hooks.webhook_secret", str, "", "Secret that messages to the webhook are signed with",
             secret=True, flags=()),
)  # fmt: skip
_LOCAL = (
    _setting("weights", "local.weights", str, "",
             "Whisper model for --local: a folder, or a name that faster-whisper downloads",
             default_text="an installed package's", metavar="NAME"),
    _setting("threads", "local.threads", int, 0, "Threads that --local computes with",
             default_text="four at most", metavar="N", limits=(0, 256)),
)  # fmt: skip
_CLUSTER = (
    _setting("cluster", "cluster.address", str, "",
             "Dask cluster for media steps: tls://scheduler:8786, or local:N for N processes here",
             default_text="none", metavar="ADDRESS"),
    _setting("cluster_path", "cluster.paths", list, [], "A folder here and on the workers, e.g. /Volumes/nas=/mnt/nas",
             metavar="HERE=THERE"),
)  # fmt: skip
_LEDGER = (
    _setting("ledger", "ledger.path", str, "", "Ledger file", default_text="yours, in $XDG_DATA_HOME/captioner",
             metavar="FILE", names_file=True),
)  # fmt: skip
_BUDGET = (
    _setting("budget_month", "budget.month", float, 0.0,
             "Most that may be spent in a month (UTC) on one ledger, by list prices", default_text="no limit",
             metavar="USD", limits=(0, 10**9)),
)  # fmt: skip
#: Everything that can be configured by name, in the order in which `captioner config show` prints it.
SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        *_SERVICE,
        *_STORAGE,
        *_NETWORK,
        *_RECOGNITION,
        *_LOCAL,
        *_CAPTIONS,
        *_OUTPUT,
        *_HOOKS,
        *_LEDGER,
        *_BUDGET,
        *_CLUSTER,
    )
}
_PLACE = tuple(setting.name for setting in (*_SERVICE, *_STORAGE, *_NETWORK))
_BY_KEY = {setting.key: setting for setting in SETTINGS.values()}


@dataclass(frozen=True, slots=True)
class Value:
    """A configured value and where it came from ("default", a file's path, "environment NAME" or "flag")."""

    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Config:
    """All configured values by key name."""

    values: Mapping[str, Value]

    def __getitem__(self, name: str) -> Any:
        return self.values[name].value

    def with_flags(self, **flags: Any) -> Config:
        """The same with the flags that were given laid on top; None and () mean not given."""
        given = {
            name: _fit(SETTINGS[name], _listed(value))
            for name, value in flags.items()
            if value not in (None, ()) and name in SETTINGS
        }
        for name, value in given.items():
            _check(SETTINGS[name], value, f"flag {SETTINGS[name].flags[-1].partition('/')[0]}")
        return Config({**self.values, **{name: Value(value, "flag") for name, value in given.items()}})

    def without(self, *names: str) -> Config:
        """The same with some values at their defaults."""
        cleared = {name: Value(SETTINGS[name].default, "default") for name in names}
        return Config({**self.values, **cleared})

    def settings(self) -> Settings:
        """The part that says where and as whom."""
        chosen = {name: self[name] for name in _PLACE}
        origins = {name: self.values[name].origin for name in _PLACE}
        return Settings(**{**chosen, "api_key": Secret(chosen["api_key"]), "origins": origins})


def defaults() -> Config:
    """Every setting at its default, whatever files and environment say."""
    return Config({name: Value(setting.default, "default") for name, setting in SETTINGS.items()})


def load(*, cwd: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read the files and the environment.

    Args:
        cwd: Folder from which `captioner.toml` is searched upwards; the working folder by default.
        environ: Environment; the process's by default.

    Raises:
        ConfigError: A file cannot be read, or a key or value in it is unknown.
    """
    environ = os.environ if environ is None else environ
    values = dict(defaults().values)
    own = _own_file(environ)
    for path in _files(cwd or Path.cwd(), own):
        values.update(_from_file(path, trusted=path == own))
    values.update(_from_environment(environ))
    _check_trust(values, own)
    return Config(values)


def _files(cwd: Path, own: Path | None) -> list[Path]:
    """The user's own file, then the nearest one upwards: the weaker first."""
    near = next((folder / FILE_NAME for folder in (cwd, *cwd.parents) if (folder / FILE_NAME).is_file()), None)
    return [path for path in (own, near) if path is not None and path.is_file()]


_SERVICE_DOMAINS = (".dashscope.aliyuncs.com", ".dashscope-intl.aliyuncs.com", ".maas.aliyuncs.com")
"""Where the service answers; other names below aliyuncs.com can be rented. Source: Model Studio, "Fun-ASR recorded
speech recognition HTTP API", 2026."""


def _own_file(environ: Mapping[str, str]) -> Path | None:
    home = environ.get("XDG_CONFIG_HOME") or (Path(environ["HOME"]) / ".config" if "HOME" in environ else "")
    return Path(home) / "captioner" / FILE_NAME if home else None


def _check_trust(values: Mapping[str, Value], own: Path | None) -> None:
    """Refuse what a file that may have come with the media must not say.

    Raises:
        ConfigError: It sends the key to a host of its choice, names a command, webhook or authority, or belongs to
            another user.
    """
    by_hand = ("default", "flag", "environment", str(own))
    for name in (*_PLACE, "ledger"):
        origin = values[name].origin
        if not origin.startswith(by_hand) and _belongs_to_another_user(Path(origin)):
            raise ConfigError(f"{origin}: sets {SETTINGS[name].key} and belongs to another user; copy it to use it")
    for setting in _HOOKS:
        if not (origin := values[setting.name].origin).startswith(by_hand):
            raise ConfigError(
                f"{origin}: sets {setting.key}, and a folder does not decide what is run or who is told; set it"
                f" in {own or 'your own captioner.toml'} or the environment"
            )
    bundle = values["ca_bundle"]
    if bundle.value and not bundle.origin.startswith(by_hand):
        raise ConfigError(
            f"{bundle.origin}: network.ca_bundle says whose certificates are believed, which a folder's settings do "
            f"not; set it in {own or 'your own captioner.toml'}, the environment or --ca-bundle"
        )
    if not values["cluster"].origin.startswith(by_hand):
        raise ConfigError(
            f"{values['cluster'].origin}: a folder's settings do not decide which machines get the media; set "
            f"cluster.address in {own or 'your own captioner.toml'}, the environment or --cluster"
        )
    endpoint, key = values["endpoint"], values["api_key"]
    foreign = not endpoint.origin.startswith(by_hand) and key.value and key.origin != endpoint.origin
    if foreign and not _is_known_host(str(endpoint.value)):
        raise ConfigError(
            f"{endpoint.origin}: service.endpoint names a host that is not the service's, and a folder's settings do "
            f"not decide who sees your key; set it in {own or 'your own captioner.toml'}, the environment or --endpoint"
        )


def _is_known_host(endpoint: str) -> bool:
    """Whether an endpoint is the service's own or on this machine."""
    try:
        host = urlsplit(endpoint).hostname or ""
    except ValueError:
        return True  # refused as no URL, wherever it comes from
    return host in ("127.0.0.1", "::1", "localhost") or f".{host}".endswith(_SERVICE_DOMAINS)


def _belongs_to_another_user(path: Path) -> bool:
    me = os.geteuid() if hasattr(os, "geteuid") else 0
    return bool(me) and path.stat().st_uid not in (me, 0)


def _from_file(path: Path, *, trusted: bool) -> dict[str, Value]:
    try:
        document = tomllib.loads(read_settings(path))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML ({describe_read_error(error)})") from error
    found: dict[str, Value] = {}
    for table, entries in document.items():
        if not isinstance(entries, dict):
            raise ConfigError(f"{path}: {table!r} stands outside a table; tables are {_tables()}")
        for name, value in entries.items():
            setting = _BY_KEY.get(f"{table}.{name}")
            if setting is None:
                raise ConfigError(f"{path}: unknown key {table}.{name}; choose one of {_keys_of(table)}")
            checked = _check(setting, _fit(setting, value), str(path))
            if setting.names_file and checked:
                checked = _beside(setting, checked, path, trusted=trusted)
            found[setting.name] = Value(checked, str(path))
    if {"api_key", "webhook_secret"} & found.keys() and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        raise ConfigError(f"{path}: holds a key and others can read it; run chmod 600 on it")
    return found


def _beside(setting: Setting, value: str, path: Path, *, trusted: bool) -> str:
    """A file named in captioner.toml, relative to it.

    Raises:
        ConfigError: A captioner.toml that may have come with the media names a file outside its folder.
    """
    named = (path.parent / Path(value).expanduser()).resolve()
    if not trusted and not named.is_relative_to(path.parent.resolve()):
        raise ConfigError(
            f"{path}: {setting.key} leads out of the folder; name a file in it, or use {setting.flags[-1]} or your own"
            " captioner.toml"
        )
    return str(named)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for setting in SETTINGS.values():
        name = next((name for name in setting.variables if environ.get(name)), None)
        if name is not None:
            value = _check(setting, _parse(setting, environ[name], name), name)
            found[setting.name] = Value(value, f"environment {name}")
        elif path := environ.get(setting.variable_for_file):
            found[setting.name] = Value(_read(setting, path), f"environment {setting.variable_for_file}")
    return found


def _read(setting: Setting, path: str) -> str:
    """The value in a file that an environment variable names."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{setting.variable_for_file}: {path} cannot be read ({describe_read_error(error)})"
        ) from error


def _fit(setting: Setting, value: Any) -> Any:
    """A list may be written as one string in a file, too, and pairs as a table; a whole number is one with a point."""
    if setting.kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if setting.kind is list and isinstance(value, dict):
        return [f"{key}={item}" for key, item in value.items()]
    return _parts(value) if setting.kind is list and isinstance(value, str) else value


def _listed(value: Any) -> Any:
    """The value of a repeatable flag as a list."""
    return list(value) if isinstance(value, tuple) else value


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _parse(setting: Setting, text: str, where: str) -> Any:
    if setting.kind is bool:
        if text.lower() not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
            raise ConfigError(f"{where}: {text!r} is neither true nor false")
        return text.lower() in ("1", "true", "yes", "on")
    if setting.kind is list:
        return _parts(text)
    try:
        return setting.kind(text)
    except ValueError as error:
        raise ConfigError(f"{where}: {text!r} is not of type {setting.kind.__name__}") from error


def _check(setting: Setting, value: Any, where: str) -> Any:
    has_kind = isinstance(value, setting.kind) and (setting.kind is bool or not isinstance(value, bool))
    if not has_kind or (setting.kind is list and not all(isinstance(part, str) for part in value)):
        kind = "list of str" if setting.kind is list else setting.kind.__name__
        raise ConfigError(f"{where}: {setting.key} must be of type {kind}")
    if setting.choices and value not in (setting.default, *setting.choices):
        raise ConfigError(f"{where}: {setting.key} is {value!r}; choose one of {', '.join(setting.choices)}")
    if setting.limits and not setting.limits[0] <= value <= setting.limits[1]:
        raise ConfigError(f"{where}: {setting.key} is {value}; it must be {setting.limits[0]} to {setting.limits[1]}")
    return value


def _tables() -> str:
    return ", ".join(f"[{table}]" for table in dict.fromkeys(key.partition(".")[0] for key in _BY_KEY))


def _keys_of(table: str) -> str:
    return ", ".join(key for key in _BY_KEY if key.startswith(f"{table}.")) or _tables()
