"""Names of speakers as a user gives them: by the number that captions show, or in order of appearance. Pure.

The one rule: speakers are counted from 1, as shown (Speaker 1, Speaker 2); that is their id, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from captioner.errors import ConfigError, FormatError

__all__ = ["names_by_number", "names_nowhere", "parse_speakers", "resolve_names"]

_ORDER = "#"
"""In front of a place in the order of appearance, among keys that are otherwise ids."""
_HOW = "write 1=Anna,2=Bo, or Anna,Bo in order of appearance, or name a TOML file"


def parse_speakers(given: str) -> dict[str, str]:
    """Names from `1=Anna,2=Bo`, or from `Anna,Bo` in order of appearance, for `resolve_names`.

    Raises:
        ConfigError: Neither of the two, a speaker named twice, or a list that counts from 0.
    """
    parts = [part.strip() for part in given.split(",")]
    if not any("=" in part for part in parts):
        if not all(parts):
            raise ConfigError(f"speakers {given!r}: a name is empty; {_HOW}")
        return {f"{_ORDER}{place}": name for place, name in enumerate(parts, 1)}
    pairs = [(key.strip(), name.strip()) for key, _, name in (part.partition("=") for part in parts)]
    if any(not re.fullmatch(r"\d{1,4}", key) or not name for key, name in pairs):
        raise ConfigError(f"speakers {given!r}: {_HOW}")
    numbers = [key for key, _ in pairs]
    if twice := next((key for key in numbers if numbers.count(key) > 1), ""):
        raise ConfigError(f"speakers {given!r}: speaker {twice} is named twice; {_HOW}")
    return names_by_number(dict(pairs), f"speakers {given!r}")


def names_by_number(names: Mapping[str, str], what: str) -> dict[str, str]:
    """Names by the number that captions show, for `resolve_names`.

    Raises:
        ConfigError: A key is no number from 1.
    """
    if any(key.isdigit() and int(key) == 0 for key in names):
        shifted = ",".join(f"{int(key) + 1}={name}" for key, name in names.items() if key.isdigit())
        raise ConfigError(f"{what}: speakers are counted from 1, as captions show them; write {shifted}")
    if wrong := next((key for key in names if not re.fullmatch(r"\d{1,4}", key)), None):
        raise ConfigError(f"{what}: {wrong!r} is no number of a speaker; {_HOW}")
    return {str(int(key)): name for key, name in names.items()}


def resolve_names(names: Mapping[str, str], speakers: Sequence[str], *, strict: bool = False) -> dict[str, str]:
    """Display names by the ids of a transcript.

    Args:
        names: From `parse_speakers` or `names_by_number`; or by id.
        speakers: Ids of the transcript, in order of first appearance.
        strict: Refuse names of speakers that do not occur; otherwise they are left out.

    Raises:
        FormatError: A speaker is named who does not occur.
    """
    found: dict[str, str] = {}
    for key, name in names.items():
        speaker = _speaker_of(key, speakers)
        if speaker is not None:
            found[speaker] = name
        elif strict and key.startswith(_ORDER):
            raise FormatError(f"--speakers gives {len(names)} names; there are {_counted(speakers)}")
        elif strict:
            raise FormatError(f"--speakers names speaker {key}; there are {_counted(speakers)}")
    return found


def names_nowhere(names: Mapping[str, str], speakers: Sequence[str]) -> tuple[str, ...]:
    """Names of speakers that do not occur, as `3=Bo`, or as `Bo` in a list in order of appearance."""
    return tuple(
        name if key.startswith(_ORDER) else f"{key}={name}"
        for key, name in names.items()
        if name and _speaker_of(key, speakers) is None
    )


def _speaker_of(key: str, speakers: Sequence[str]) -> str | None:
    if key.startswith(_ORDER):
        place = int(key.removeprefix(_ORDER))
        return speakers[place - 1] if place <= len(speakers) else None
    if key in speakers:
        return key
    labelled = (f"Speaker {key}", f"Channel {key}")
    return next((speaker for speaker in speakers if speaker in labelled), None)


def _counted(speakers: Sequence[str]) -> str:
    if not speakers:
        return "no speakers"
    listed = ", ".join(sorted(speakers, key=lambda each: (len(each), each)))
    return f"1 speaker: {listed}" if len(speakers) == 1 else f"{len(speakers)} speakers: {listed}"
