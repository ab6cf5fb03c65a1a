"""The options of `run` and `format` for words before the layout and captions after it, read into one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from captioner.cli.options import spelling_options, vertical_option
from captioner.cli.spans import stretches
from captioner.errors import ConfigError

if TYPE_CHECKING:
    from captioner.jobs.finishing import Finishing
    from captioner.timecode import Rounding

__all__ = ["finishing", "finishing_options"]

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
    """Options for words, times and files, from `--replace` to `--newline`; hand their values to `finishing`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def finishing(
    replace_list: Path | None,
    fps: str | None,
    snap_frames: bool | None,
    shots: str | None,
    ms_rounding: Rounding,
    target: str | None,
    encoding: str | None,
    newline: str | None,
    karaoke: Literal["k", "kf"] | None,
    colours: bool,
    vertical: bool,
    top: tuple[tuple[int, int], ...] | None,
    substitute: bool,
    spell: Sequence[str],
) -> Finishing:
    """Read the files and values the options name.

    Raises:
        ConfigError: A file cannot be read, the rate is none, or the target is unknown.
    """
    from captioner.formats.text.substitutions import parse_spellings
    from captioner.jobs.finishing import Finishing
    from captioner.timecode import parse_rate

    detect = shots == "detect"
    return Finishing(
        replacements=_read(replace_list) if replace_list else "",
        name=replace_list.name if replace_list else "",
        rate=parse_rate(fps) if fps else None,
        on_frames=snap_frames,
        detect=detect,
        shot_list=_read(Path(shots)) if shots and not detect else "",
        rounding=ms_rounding,
        target=_known(target) if target else "",
        encoding=encoding or "",
        newline=newline or "",
        karaoke=karaoke or "",
        colours=colours,
        vertical=vertical,
        top=top or (),
        substitute=substitute,
        spell=tuple(parse_spellings(spell).items()),
    )


def _known(target: str) -> str:
    from captioner.targets import find

    return find(target).name


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); name a text file in UTF-8") from error
