"""Options that only some formats use: one table, by which an option that would do nothing is refused before the work.

The one rule: an option is taken when one of the files asked for is another file because of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from captioner.captions.options import CaptionOptions
from captioner.captions.targets import find_target
from captioner.errors import ConfigError
from captioner.formats import FORMATS, Format
from captioner.formats.look_support import HOLDS
from captioner.style import Style, load_style, style_names

__all__ = ["USES", "OptionUse", "Unused", "find_unused", "given_in", "refuse_unused", "refuse_useless", "useless"]


@dataclass(frozen=True, slots=True)
class OptionUse:
    """The formats an option changes.

    Attributes:
        flag: As it is typed.
        is_used: Whether it changes files of a format.
        otherwise: What helps beside another format, or "".
    """

    flag: str
    is_used: Callable[[Format], bool]
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Unused:
    """An option that would do nothing.

    Attributes:
        name: Of the parameter.
        message: What is said of it.
    """

    name: str
    message: str


def _has_captions(row: Format) -> bool:
    return not row.is_prose


def _shows_ms(row: Format) -> bool:
    return not row.is_prose and not row.counts_frames


#: The options by the names of their parameters. Options that every format uses are not here, nor is --top: captions
#: that stay where the others are lose no word, and it is told which.
USES: Mapping[str, OptionUse] = {
    "karaoke": OptionUse("--karaoke", lambda row: row.karaoke),
    "colours": OptionUse("--colours", lambda row: row.speaker_colours),
    "vertical": OptionUse("--vertical", lambda row: row.vertical),
    "look": OptionUse("--look", lambda row: row.name in HOLDS),
    "max_columns": OptionUse("--max-columns", _has_captions),
    "max_lines": OptionUse("--max-lines", _has_captions),
    "start_tc": OptionUse("--start-tc", lambda row: row.starts_at_timecode, "shift the captions"),
    "fps": OptionUse("--fps", lambda row: row.names_rate, "add --snap-frames"),
    "snap_frames": OptionUse("--snap-frames", _has_captions),
    "shots": OptionUse("--shots", _has_captions),
    "ms_rounding": OptionUse("--ms-rounding", _shows_ms, "add --snap-frames"),
    "size": OptionUse("--size", lambda row: row.has_picture_size),
    "substitute": OptionUse("--substitute", lambda row: row.has_few_characters),
    "spell": OptionUse("--spell", lambda row: row.has_few_characters),
}


def find_unused(given: Iterable[str], formats: Sequence[str], *, used: Collection[str] = ()) -> Iterator[Unused]:
    """Options of the table that would do nothing.

    Args:
        given: Names of the parameters that were given; those that are not in the table count as used.
        formats: Names of the formats that are asked for.
        used: Names of parameters that something else uses.
    """
    rows = [FORMATS[name] for name in formats]
    for name in given:
        use = USES.get(name)
        if use is None or name in used or not rows or any(map(use.is_used, rows)):
            continue
        able = ", ".join(row.name for row in FORMATS.values() if use.is_used(row))
        has = "has" if len(set(formats)) == 1 else "have"
        listed = ", ".join(dict.fromkeys(formats))
        ways = ["leave it out", *filter(None, [use.otherwise])]
        advice = f"{', '.join(ways)}, or choose one of {able}"
        yield Unused(name, f"{use.flag}: {listed} {has} no use for it; {advice}")


def refuse_unused(given: Iterable[str], formats: Sequence[str], *, used: Collection[str] = ()) -> None:
    """Refuse the first option that would do nothing; see `find_unused`.

    Raises:
        ConfigError: There is one.
    """
    for unused in find_unused(given, formats, used=used):
        raise ConfigError(unused.message)


def refuse_useless(options: CaptionOptions, given: Iterable[str] = (), *, used: Collection[str] = ()) -> None:
    """Refuse options that would do nothing in any of the files, before anything is paid for.

    Args:
        options: What the captions shall be.
        given: Flags that the options do not show: those that became part of the style, and a look, which settings have.
        used: Names of parameters that something else uses.

    Raises:
        ConfigError: There is one.
    """
    for unused in useless(options, given, used=used):
        raise ConfigError(unused.message)


def useless(options: CaptionOptions, given: Iterable[str] = (), *, used: Collection[str] = ()) -> Iterator[Unused]:
    """Options that would do nothing in any of the files; see `refuse_useless`."""
    used = {*used, *_used_by_others(options)}
    given_there = given_in(options)
    yield from find_unused(given_there, options.all_formats, used=used)
    if "ms_rounding" in given_there and not _puts_on_frames(options):
        yield Unused("ms_rounding", "--ms-rounding: no times are put on frames; leave it out, or add --snap-frames")
    styles = (options.style, *(style for style, _ in options.also))
    if "shots" in given_there and not any(map(_minds_shots, styles)):
        able = ", ".join(name for name in style_names() if _minds_shots(load_style(name)))
        message = (
            f"--shots: style {styles[0].name} has no rule about shot changes; leave it out, or choose one of {able}"
        )
        yield Unused("shots", message)
    delivered = (name for _, name in options.deliveries)
    yield from find_unused(given, (*options.formats, *delivered), used=used)  # further files have their own style


def given_in(options: CaptionOptions) -> tuple[str, ...]:
    """Parameters of the table that the options were given, by name."""
    found: tuple[tuple[str, object], ...] = (
        ("karaoke", options.karaoke),
        ("colours", options.colours),
        ("vertical", options.vertical),
        ("start_tc", options.start_timecode),
        ("fps", options.frame_rate),
        ("snap_frames", options.snap_frames),
        ("shots", options.detect_shots or options.shot_list),
        ("ms_rounding", options.ms_rounding != "floor"),
        ("size", options.size),
        ("substitute", options.substitute),
        ("spell", options.spellings),
    )
    return tuple(name for name, value in found if value)


def _used_by_others(options: CaptionOptions) -> frozenset[str]:
    """Options that the layout uses, and ways to use an option that a format alone does not know."""
    used = set[str]()
    if options.look is not None and HOLDS.keys() & set(options.all_formats):
        used |= {"look", "size"}  # the aspect of the picture chooses values
    wanted = [find_target(name) for name in options.all_targets]
    rows = [FORMATS[name] for name in options.all_formats]
    in_frames = _puts_on_frames(options) or any(target.gap_frames > 0 for target in wanted)
    if in_frames and any(map(_has_captions, rows)):
        used.add("fps")
    if options.shot_list:
        used.add("start_tc")
    if options.start_timecode and any(row.starts_at_timecode for row in rows):
        used.add("fps")
    return frozenset(used)


def _minds_shots(style: Style) -> bool:
    """Whether a style moves times because of shot changes, in any language."""
    return style.shot_zone_ms > 0 or any(table.get("shot_zone_ms", 0) > 0 for table in style.languages.values())


def _puts_on_frames(options: CaptionOptions) -> bool:
    """Whether the layout puts times on frames."""
    if options.detect_shots or options.shot_list:
        return True
    if options.snap_frames is not None:
        return options.snap_frames
    styles = (options.style, *(style for style, _ in options.also))
    return any(style.snap_frames for style in styles) or any(
        find_target(name).on_frames for name in options.all_targets
    )
