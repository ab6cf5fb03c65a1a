"""The options of `run` and `format` for words before the layout and captions after it, read into one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from captioner.cli.options import spelling_options, vertical_option
from captioner.cli.spans import stretches
from captioner.errors import ConfigError

if TYPE_CHECKING:
    from captioner.captions.options import CaptionOptions
    from captioner.config import Config
    from captioner.style import Style

__all__ = ["caption_options", "finishing_options"]

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--replace", "replace_list", type=click.Path(path_type=Path, dir_okay=False), metavar="TOML",
                 help="Words to replace and to mask before the layout; every change is listed."),
    click.option("--fps", metavar="RATE", help="Frame rate, such as 25 or 29.97; the media's without."),
    click.option("--snap-frames/--no-snap-frames", default=None,
                 help="Put times on frames. [default: where the style works in frames]"),
    click.option("--shots", metavar="LIST", help="`detect` finds shot changes in the media; or a file of seconds."),
    click.option("--ms-rounding", type=click.Choice(["floor", "nearest", "ceil"]), default="floor", show_default=True,
                 help="How a frame is spelled in milliseconds; ceil for importers that cut."),
    click.option("--target", metavar="NAME", help="Program or platform: premiere, resolve, fcp, avid, youtube, web …"),
    click.option("--encoding", metavar="NAME", help="utf-8, utf-8-sig, utf-16le or gb18030."),
    click.option("--newline", metavar="NAME", help="lf or crlf."),
    click.option("--karaoke", type=click.Choice(["k", "kf"]), help="Time every word in ASS: lit at once, or swept."),
    click.option("--colours", is_flag=True, help="Give speakers colours where the format leaves that open."),
    vertical_option,
    click.option("--top", type=stretches, metavar="TIMES",
                 help="Captions at the top while they would cover something: 0:12-0:18,1:02-1:09; or all."),
    spelling_options,
)  # fmt: skip


def finishing_options(function: F) -> F:
    """Options for words, times and files, from `--replace` to `--newline`; `caption_options` reads their values."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def caption_options(
    config: Config, options: Mapping[str, Any], *, formats: Sequence[str] | None = None
) -> CaptionOptions:
    """Read the files and values that the options of a command name into what the captions shall be.

    Args:
        config: Files, environment and the command's flags.
        options: Parameters of the command by name; those it does not have count as not given.
        formats: Names of formats, instead of those of the configuration.

    Raises:
        ConfigError: A file cannot be read, or a value is unknown.
    """
    from captioner.captions.options import CaptionOptions
    from captioner.cli import captions
    from captioner.formats.substitutions import parse
    from captioner.timecode import parse_rate

    shots, listed = options.get("shots"), options.get("replace_list")
    detect = shots == "detect"
    return CaptionOptions(
        formats=_formats(config, options) if formats is None else tuple(formats),
        style=captions.style(config["style"], options.get("max_columns"), options.get("max_lines")),
        also=_also(options.get("also") or ()),
        language=config["language"],
        names=captions.names(config["speakers"]),
        smooth_speakers=bool(options.get("smooth_speakers")),
        replacements=_read(listed) if listed else "",
        replacements_name=listed.name if listed else "",
        offset_ms=options.get("offset_ms") or 0,
        frame_rate=parse_rate(options["fps"]) if options.get("fps") else None,
        start_timecode=options.get("start_timecode") or "",
        snap_frames=options.get("snap_frames"),
        detect_shots=detect,
        shot_list=_read(Path(shots)) if shots and not detect else "",
        ms_rounding=options.get("ms_rounding") or "floor",
        target=_known(options["target"]) if options.get("target") else "",
        encoding=options.get("encoding") or "",
        newline=options.get("newline") or "",
        size=captions.size(options.get("size") or ""),
        karaoke=options.get("karaoke") or "",
        colours=bool(options.get("colours")),
        vertical=bool(options.get("vertical")),
        top=options.get("top") or (),
        substitute=bool(options.get("substitute")),
        spellings=tuple(parse(options.get("spell") or ()).items()),
    )


def _formats(config: Config, options: Mapping[str, Any]) -> tuple[str, ...]:
    """The formats given; without any, the target's own."""
    from captioner.captions.targets import find_target
    from captioner.cli import captions

    if config.values["format"].origin == "default" and options.get("target"):
        return (find_target(options["target"]).format_for(config["language"]),)
    return captions.formats(config["format"])


def _also(given: Sequence[str]) -> tuple[tuple[Style, str], ...]:
    """Further shapes from `STYLE:FORMAT`.

    Raises:
        ConfigError: No colon, or a profile or format that does not exist.
    """
    from captioner.cli import captions

    shapes: list[tuple[Style, str]] = []
    for item in given:
        profile, colon, name = item.rpartition(":")
        if not colon:
            raise ConfigError(f"also {item!r}: write a style and a format, such as social-vertical:srt")
        shapes += [(captions.style(profile), each) for each in captions.formats(name)]
    return tuple(shape for at, shape in enumerate(shapes) if shape not in shapes[:at])


def _known(target: str) -> str:
    from captioner.captions.targets import find_target

    return find_target(target).name


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); name a text file in UTF-8") from error
