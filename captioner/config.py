"""Configuration: `captioner.toml`, the environment and flags, in rising strength, with the origin of every value.

Two files are read: the user's own (`$XDG_CONFIG_HOME/captioner/captioner.toml`, by default below `~/.config`), then the
nearest `captioner.toml` found upwards from the working folder. `KEYS` is the one table of what can be set where.

The nearest file may have come with the media. So it does not decide whom the user's key is shown to, and a file that is
somebody else's says nothing about service and storage at all.
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
from captioner.files import read_settings
from captioner.settings import Secret, Settings

__all__ = ["FILE_NAME", "KEYS", "Config", "Key", "Value", "load"]

FILE_NAME = "captioner.toml"


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can be configured.

    Attributes:
        name: Name in the house; the flag is `--name` with dashes.
        toml: `table.key` in captioner.toml.
        environment: Environment variables, the strongest first.
        kind: str, int, float, bool or list (of str).
        default: Value when nobody sets it.
        help: What it is, in a line.
        secret: Masked wherever it is shown.
        choices: The values it may take, or () for any.
    """

    name: str
    toml: str
    environment: tuple[str, ...]
    kind: type
    default: Any
    help: str
    secret: bool = False
    choices: tuple[str, ...] = ()


def _key(name: str, toml: str, kind: type, default: Any, text: str, *environment: str, **more: Any) -> Key:
    return Key(name, toml, (*environment, f"CAPTIONER_{name.upper()}"), kind, default, text, **more)


_SERVICE = (
    _key("api_key", "service.api_key", str, "", "the service's key", "DASHSCOPE_API_KEY", secret=True),
    _key("endpoint", "service.endpoint", str, "", "base URL including /api/v1", "DASHSCOPE_HTTP_BASE_URL"),
    _key("region", "service.region", str, "intl", "intl (Singapore) or cn (Beijing)", choices=("intl", "cn")),
    _key("workspace", "service.workspace", str, "", "workspace id, for a workspace domain", "DASHSCOPE_WORKSPACE_ID"),
)
_STORAGE = (
    _key(
        "storage", "storage.kind", str, "", "s3 or temporary; s3 when a bucket is set", choices=("", "s3", "temporary")
    ),
    _key("bucket", "storage.bucket", str, "", "S3 bucket"),
    _key("s3_endpoint", "storage.endpoint", str, "", "URL of an S3-compatible store; empty for AWS"),
    _key("public_endpoint", "storage.public_endpoint", str, "", "the same store's address as the service sees it"),
    _key("s3_region", "storage.region", str, "", "signing region"),
    _key(
        "s3_addressing", "storage.addressing", str, "auto", "auto, path or virtual", choices=("auto", "path", "virtual")
    ),
    _key("prefix", "storage.prefix", str, "captioner", "first part of every object key"),
    _key("link_lifetime_s", "storage.link_lifetime_s", int, 6 * 3600, "how long a presigned link lives, seconds"),
    _key("keep_upload", "storage.keep_upload", bool, False, "leave the object in the store when the job ends"),
)
_RECOGNITION = (
    _key("model", "recognition.model", str, "fun-asr", "recognition model; see `captioner models`"),
    _key("language", "recognition.language", str, "", "language code, such as zh or en; empty to detect"),
    _key("diarization", "recognition.diarization", bool, True, "tell speakers apart"),
    _key("vocabulary", "recognition.vocabulary", str, "", "hotword vocabulary id"),
    _key("audio", "recognition.audio", str, "flac", "what is sent", choices=("flac", "opus", "copy", "original")),
    _key("files_per_task", "recognition.files_per_task", int, 1, "files sent in one task, 1 to 100"),
)
_CAPTIONS = (
    _key("style", "captions.style", str, "web-default", "style profile, or a TOML file"),
    _key("format", "captions.format", list, ["srt"], "caption formats"),
    _key("speakers", "captions.speakers", str, "", "speaker names: 0=Anna,1=Bo or a TOML file"),
)
#: Everything that can be configured, in the order `captioner config show` prints it.
KEYS: tuple[Key, ...] = (*_SERVICE, *_STORAGE, *_RECOGNITION, *_CAPTIONS)
_SETTINGS_KEYS = tuple(key.name for key in (*_SERVICE, *_STORAGE))


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
        """The same with the flags that were given laid on top; None means not given."""
        given = {
            name: Value(value, "flag") for name, value in flags.items() if value is not None and name in self.values
        }
        for name, value in given.items():
            _check(_BY_NAME[name], value.value, "flag --" + name.replace("_", "-"))
        return Config({**self.values, **given})

    def settings(self) -> Settings:
        """The part that says where and as whom."""
        chosen = {name: self[name] for name in _SETTINGS_KEYS}
        origins = {name: self.values[name].origin for name in _SETTINGS_KEYS}
        return Settings(**{**chosen, "api_key": Secret(chosen["api_key"]), "origins": origins})


_BY_NAME = {key.name: key for key in KEYS}
_BY_TOML = {key.toml: key for key in KEYS}


def load(*, cwd: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read the files and the environment.

    Args:
        cwd: Folder from which `captioner.toml` is searched upwards; the working folder by default.
        environ: Environment; the process's by default.

    Raises:
        ConfigError: A file cannot be read, or a key or value in it is unknown.
    """
    environ = os.environ if environ is None else environ
    values = {key.name: Value(key.default, "default") for key in KEYS}
    for path in _files(cwd or Path.cwd(), environ):
        values.update(_from_file(path))
    values.update(_from_environment(environ))
    _check_trust(values, _own_file(environ))
    return Config(values)


def _files(cwd: Path, environ: Mapping[str, str]) -> list[Path]:
    """The user's own file, then the nearest one upwards: the weaker first."""
    own = _own_file(environ)
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
        ConfigError: It sends the user's key to a host of its own choice, or it is somebody else's file.
    """
    by_hand = ("default", "flag", "environment", str(own))
    for name in _SETTINGS_KEYS:
        origin = values[name].origin
        if not origin.startswith(by_hand) and _is_somebody_elses(Path(origin)):
            raise ConfigError(f"{origin}: sets {_BY_NAME[name].toml} and belongs to somebody else; copy it to use it")
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


def _is_somebody_elses(path: Path) -> bool:
    me = os.geteuid() if hasattr(os, "geteuid") else 0
    return bool(me) and path.stat().st_uid not in (me, 0)


def _from_file(path: Path) -> dict[str, Value]:
    try:
        document = tomllib.loads(read_settings(path))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML ({error})") from error
    found: dict[str, Value] = {}
    for table, entries in document.items():
        if not isinstance(entries, dict):
            raise ConfigError(f"{path}: {table!r} stands outside a table; tables are {_tables()}")
        for name, value in entries.items():
            key = _BY_TOML.get(f"{table}.{name}")
            if key is None:
                raise ConfigError(f"{path}: unknown key {table}.{name}; known are {_known(table)}")
            found[key.name] = Value(_check(key, _fit(key, value), str(path)), str(path))
    if "api_key" in found and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        raise ConfigError(f"{path}: holds a key and others can read it; run chmod 600 on it")
    return found


def _from_environment(environ: Mapping[str, str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key in KEYS:
        name = next((name for name in key.environment if environ.get(name)), None)
        if name is not None:
            found[key.name] = Value(_check(key, _parse(key, environ[name], name), name), f"environment {name}")
    if "api_key" not in found and (path := environ.get("DASHSCOPE_API_KEY_FILE_PATH")):
        try:
            text = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"DASHSCOPE_API_KEY_FILE_PATH: {path} cannot be read ({error})") from error
        found["api_key"] = Value(text, "environment DASHSCOPE_API_KEY_FILE_PATH")
    return found


def _fit(key: Key, value: Any) -> Any:
    """A list may be written as one string in a file, too."""
    return [part for part in value.split(",") if part] if key.kind is list and isinstance(value, str) else value


def _parse(key: Key, text: str, where: str) -> Any:
    if key.kind is bool:
        if text.lower() not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
            raise ConfigError(f"{where}: {text!r} is neither true nor false")
        return text.lower() in ("1", "true", "yes", "on")
    if key.kind is list:
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return key.kind(text)
    except ValueError as error:
        raise ConfigError(f"{where}: {text!r} is not of type {key.kind.__name__}") from error


def _check(key: Key, value: Any, where: str) -> Any:
    if not isinstance(value, key.kind) or (key.kind is int and isinstance(value, bool)):
        raise ConfigError(f"{where}: {key.toml} must be of type {key.kind.__name__}")
    if key.choices and value not in key.choices:
        raise ConfigError(f"{where}: {key.toml} is {value!r}; it can be {', '.join(c for c in key.choices if c)}")
    return value


def _tables() -> str:
    return ", ".join(f"[{table}]" for table in dict.fromkeys(key.toml.partition(".")[0] for key in KEYS))


def _known(table: str) -> str:
    return ", ".join(key.toml for key in KEYS if key.toml.startswith(f"{table}.")) or _tables()
