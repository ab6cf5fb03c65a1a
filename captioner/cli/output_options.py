"""From the options and settings of a command to what its captions shall be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from captioner.captions.option_use import refuse_unused
from captioner.captions.options import CaptionOptions, extension_of
from captioner.captions.targets import find_target
from captioner.cli.script_files import read_script_file
from captioner.cli.time_arguments import counts_frames, in_ms, parse_given_time, ranges_in_ms
from captioner.cli.transcript_io import parse_formats, parse_names, parse_size, styled
from captioner.config import Config
from captioner.errors import ConfigError
from captioner.files import describe_read_error, read_settings
from captioner.formats.text.substitutions import parse_spellings
from captioner.glossary import CaptionRules, Glossary
from captioner.glossary.toml_reading import parse_glossary
from captioner.look import load_look
from captioner.style import Style
from captioner.timecode import parse_rate

__all__ = [
    "caption_options",
    "given_targets",
    "given_to_style",
    "named_by_target",
    "read_glossary",
    "split_words",
    "unmatched_line",
    "used_by_times",
]

_NAMED = 8  # rules of the glossary that are named when they matched nowhere


def caption_options(
    config: Config, options: Mapping[str, Any], *, formats: Sequence[str] | None = None
) -> CaptionOptions:
    """Read the files and values that the options of a command name.

    Args:
        config: Files, environment and the command's flags.
        options: Parameters of the command by name; those it does not have count as not given.
        formats: Names of formats, instead of those of the configuration.

    Raises:
        ConfigError: A file cannot be read, or a value is unknown.
    """
    chosen, deliveries = _files(config, options, formats)
    _refuse_useless_look(config, (*chosen, *(name for _, name in deliveries)))
    shots, listed, desk = options.get("shots"), config["replace"], config["glossary"]
    detect = shots == "detect"
    rate = parse_rate(options["fps"]) if options.get("fps") else None
    script = Path(config["script"]) if config["script"] else None
    if script is not None and script.is_dir():  # the files of it are found one by one
        script = None
    return CaptionOptions(
        formats=chosen,
        style=styled(config["style"], options.get("max_columns"), options.get("max_lines")),
        also=_also(config["also"]),
        language=config["language"],
        names=parse_names(config["speakers"]),
        look=load_look(config["look"]) if config["look"] else None,
        strict_names=bool(config["speakers"]) and config.values["speakers"].origin in ("flag", "kept"),
        smooth_speakers=bool(options.get("smooth_speakers")),
        replacements=_read(Path(listed)) if listed else "",
        replacements_name=Path(listed).name if listed else "",
        glossary=read_glossary(Path(desk)).caption_rules.dumps() if desk else "",
        glossary_name=Path(desk).name if desk else "",
        script=read_script_file(script, config["language"]) if script else (),
        script_name=script.name if script else "",
        script_policy=config["script_policy"],
        offset_ms=in_ms(options.get("offset_ms") or 0, rate),
        frame_rate=rate,
        start_timecode=options.get("start_tc") or "",
        snap_frames=options.get("snap_frames"),
        detect_shots=detect,
        shot_list=_read(Path(shots)) if shots and not detect else "",
        ms_rounding=options.get("ms_rounding") or "floor",
        target="" if deliveries else next(iter(given_targets(options)), ""),
        deliveries=deliveries,
        encoding=options.get("encoding") or "",
        newline=options.get("newline") or "",
        size=parse_size(options.get("size") or ""),
        karaoke=options.get("karaoke") or "",
        colours=bool(options.get("colours")),
        vertical=bool(options.get("vertical")),
        top=ranges_in_ms(options.get("top") or (), rate),
        substitute=bool(options.get("substitute")),
        spellings=tuple(parse_spellings(options.get("spell") or ()).items()),
        mask=split_words(options.get("mask")),
        remove=split_words(options.get("remove")),
        remove_fillers=bool(options.get("remove_fillers")),
        without_speakers=not config["diarization"],
    )


def read_glossary(path: Path) -> Glossary:
    """The glossary in a file; a list in one of the earlier formats is one, too.

    Raises:
        ConfigError: It cannot be read, or an entry is wrong.
    """
    return parse_glossary(_read(path), str(path))


def unmatched_line(glossary: str, matched: Collection[str]) -> str:
    """A line that names the rules of a glossary that matched nowhere, the first few of many; "" for none.

    Args:
        glossary: From `CaptionOptions.glossary`.
        matched: What is heard of those that matched.
    """
    rules = CaptionRules.loads(glossary).rules
    missing = list(dict.fromkeys(rule.heard for rule in rules if not rule.keeps and rule.heard not in matched))
    if not missing:
        return ""
    more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    return f"in the glossary, heard nowhere: {', '.join(missing[:_NAMED])}{more}"


def _refuse_useless_look(config: Config, formats: Sequence[str]) -> None:
    """Refuse a look that was asked for by its flag, where no file holds anything of it.

    Where no formats were asked for, those that are remembered with a file may hold it; if not, it is told afterwards.

    Raises:
        ConfigError: None does.
    """
    further = (item.rpartition(":")[2] for item in config["also"])
    every = [*formats, *(name for item in further for name in item.split(","))]
    given = config.values["format"].origin != "default" or tuple(formats) != tuple(config["format"])
    if config.values["look"].origin == "flag" and formats and given:
        refuse_unused(["look"], every)


def given_to_style(options: Mapping[str, Any]) -> list[str]:
    """Flags that were given and that caption options do not show: part of the style, or settings as well."""
    names = ["max_columns", "max_lines"]
    if options.get("format"):
        names.append("look")  # without formats it may be for those that are remembered with the file
    return [name for name in names if options.get(name) is not None]


def used_by_times(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Parameters that times of other options use: the frame rate, where one of them counts frames."""
    times = [options.get("offset_ms") or 0, *(time for pair in options.get("top") or () for time in pair)]
    given = [parse_given_time(each) if isinstance(each, str) else each for each in times]
    return ("fps",) if counts_frames(given) else ()


def split_words(given: str | None) -> tuple[str, ...]:
    """Words from a list with commas between them."""
    return tuple(word.strip() for word in (given or "").split(",") if word.strip())


def given_targets(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the targets that were given, each once; options of earlier versions have one as text.

    Raises:
        ConfigError: One is unknown.
    """
    given = options.get("target") or ()
    names = [given] if isinstance(given, str) else given
    return tuple(dict.fromkeys(find_target(each.strip()).name for name in names for each in name.split(",")))


def _files(
    config: Config, options: Mapping[str, Any], formats: Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Formats of the files, and a target and a format for each file of its own where several targets were given.

    Without formats by flag every target is given its own; else each is given those that it takes, and what none takes
    is written once.

    Raises:
        ConfigError: An unknown format or target, or a target that takes none of the formats.
    """
    given = [find_target(name) for name in given_targets(options)]
    by_flag = formats is not None or config.values["format"].origin == "flag"
    if len(given) < 2:
        if given and formats is None and config.values["format"].origin == "default":
            return (given[0].format_for(config["language"]),), ()
        return parse_formats(config["format"]) if formats is None else tuple(formats), ()
    if not by_flag:
        return (), tuple((target.name, target.format_for(config["language"])) for target in given)
    asked = parse_formats(config["format"]) if formats is None else tuple(formats)
    for target in given:
        if not set(target.formats) & set(asked):
            raise ConfigError(
                f"--target {target.name}: takes none of {', '.join(asked)}; add one of {', '.join(target.formats)} to "
                "--format, or leave --format out"
            )
    deliveries = tuple((target.name, name) for target in given for name in asked if name in target.formats)
    return tuple(name for name in asked if not any(name in target.formats for target in given)), deliveries


def named_by_target(options: CaptionOptions) -> tuple[str, ...]:
    """A note where targets are in the names of files, because several want the same name; else nothing."""
    names = [options.delivered_as(target, name) for target, name in options.deliveries]
    named = [
        f"<name>.{each}"
        for each, (_, name) in zip(names, options.deliveries, strict=True)
        if each != extension_of(name)
    ]
    return (f"several files of one kind, so their targets are in the names: {', '.join(named)}",) if named else ()


def _also(given: Sequence[str]) -> tuple[tuple[Style, str], ...]:
    """Further files from `STYLE:FORMAT`, each once.

    Raises:
        ConfigError: No colon, or a profile or format that does not exist.
    """
    shapes: list[tuple[Style, str]] = []
    for item in given:
        profile, colon, name = item.rpartition(":")
        if not colon:
            raise ConfigError(f"also {item!r}: write a style and a format, such as social-vertical:srt")
        shapes += [(styled(profile), each) for each in parse_formats(name)]
    return tuple(shape for at, shape in enumerate(shapes) if shape not in shapes[:at])


def _read(path: Path) -> str:
    try:
        return read_settings(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: cannot be read ({describe_read_error(error)}); name a text file in UTF-8"
        ) from error
