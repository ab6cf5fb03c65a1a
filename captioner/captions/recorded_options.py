"""Options of caption files as JSON values, in the archive beside them, and back: so that they can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from typing import Any

from captioner.captions.options import CaptionOptions
from captioner.errors import CaptionerError, ReplyError
from captioner.look import look_from_dict
from captioner.style import Style, load_style, style_names

__all__ = ["recorded", "restored", "with_recorded_rules"]

_PLAIN = frozenset(field.name for field in fields(CaptionOptions)) - {
    "style",
    "also",
    "frame_rate",
    "look",
    "script",
    "script_name",
    "script_policy",
}
_PAIRS = frozenset({"top", "spellings", "deliveries"})


def recorded(options: CaptionOptions) -> dict[str, Any]:
    """The options as JSON values, without what is not given; of a script its name, for its words are corrections."""
    values = options.as_dict()
    if options.script:
        values["script"] = options.script_name
    values["style"] = _recorded_style(options.style)
    if options.also:
        values["also"] = [[_recorded_style(style), name] for style, name in options.also]
    if options.glossary:
        values |= {"glossary": options.glossary, "glossary_name": options.glossary_name}
    if options.replacements_name:
        values["replacements_name"] = options.replacements_name
    return values


def _recorded_style(style: Style) -> str | dict[str, Any]:
    """A style that comes with captioner by its name, any other with every number."""
    return style.name if style.digest == _digest_of(style.name) else style.as_dict()


@cache
def _digest_of(name: str) -> str:
    return load_style(name).digest if name in style_names() else ""


def restored(values: Mapping[str, Any]) -> CaptionOptions:
    """The options of recorded values; those this version does not know are left out.

    Raises:
        ReplyError: They are not as `recorded` writes them.
    """
    known = {name: _restored_value(name, value) for name, value in values.items() if name in _PLAIN}
    try:
        if "frame_rate" in values:
            known["frame_rate"] = Fraction(values["frame_rate"])
        if "look" in values:
            known["look"] = look_from_dict(values["look"])
        if "also" in values:
            known["also"] = tuple((_restored_style(style), str(name)) for style, name in values["also"])
        return CaptionOptions(**known, style=_restored_style(values["style"]))
    except (KeyError, TypeError, ValueError, AttributeError, CaptionerError) as error:
        raise ReplyError("transcript file: options are not those that captioner writes") from error


def with_recorded_rules(options: CaptionOptions, values: Mapping[str, Any]) -> CaptionOptions:
    """Options with the rules that an archive was made with, where they have none of that kind.

    A glossary or list that is given makes all rules anew: what was masked or left out stays so.

    Args:
        options: With a glossary or a replacement list.
        values: Recorded options of the archive.

    Raises:
        ReplyError: They are not as `recorded` writes them.
    """
    before = restored({"style": options.style.name, **values})
    kinds = ("mask", "remove", "remove_fillers", "smooth_speakers")
    kept = {name: getattr(options, name) or getattr(before, name) for name in kinds}
    for listed in ("replacements", "glossary"):
        if not getattr(options, listed):
            kept |= {name: getattr(before, name) for name in (listed, f"{listed}_name")}
    return replace(options, **kept)


def _restored_value(name: str, value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return tuple(tuple(pair) for pair in value) if name in _PAIRS else tuple(value)


def _restored_style(value: Any) -> Style:
    if isinstance(value, str):
        return load_style(value)
    tables = {language: _with_tuples(table) for language, table in value.get("languages", {}).items()}
    look = look_from_dict(value["look"]) if "look" in value else None
    return Style(**{**_with_tuples(value), "languages": tables, "look": look})


def _with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
