"""What `run` and `format` do to captions after the layout, and to words before it: options to one value, two doors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from captioner.errors import ConfigError

if TYPE_CHECKING:
    from captioner.model import Cue, Transcript
    from captioner.style import Style
    from captioner.timecode import Rounding

__all__ = ["Finishing", "finishing", "finishing_options", "verdict"]

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
)  # fmt: skip


def finishing_options(function: F) -> F:
    """The options `--replace`, `--fps`, `--snap-frames`, `--shots` and `--ms-rounding`; hand them to `finishing`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Finishing:
    """What was asked for beside the style.

    Attributes:
        replacements: Text of the replacement list, "" without.
        name: What the list is called in messages.
        rate: Frame rate given, or None to take the media's.
        on_frames: Put times on frames; None lets the style decide.
        detect: Find shot changes in the media.
        shot_list: Text of a list of shot changes, "" without.
        rounding: How a frame is spelled in milliseconds.
    """

    replacements: str = ""
    name: str = ""
    rate: Fraction | None = None
    on_frames: bool | None = None
    detect: bool = False
    shot_list: str = ""
    rounding: Rounding = "floor"

    def before(self, transcript: Transcript) -> tuple[Transcript, tuple[str, ...]]:
        """The transcript with its words replaced, and every change in a line.

        Raises:
            ConfigError: The list cannot be understood.
        """
        if not self.replacements:
            return transcript, ()
        from captioner.replace import apply, parse

        return apply(transcript, parse(self.replacements, self.name))

    def after(
        self,
        cues: Sequence[Cue],
        style: Style,
        *,
        language: str = "",
        duration_ms: int = 0,
        frame_rate: Fraction | None = None,
        media: Path | None = None,
    ) -> tuple[Cue, ...]:
        """The captions as they go on air: dressed, ended with the media, on frames, off the cuts.

        Raises:
            ConfigError: Shots are to be found without media, or the list of shots cannot be read.
            MediaError: The media cannot be read.
        """
        from captioner.layout.finish import finish

        rate = self.rate or frame_rate
        return finish(
            cues,
            style,
            language=language,
            duration_ms=duration_ms,
            frame_rate=rate,
            on_frames=self.on_frames,
            shots=self._shots(media, rate),
            rounding=self.rounding,
        )

    def _shots(self, media: Path | None, rate: Fraction | None) -> tuple[int, ...]:
        if self.detect:
            if media is None:
                raise ConfigError("--shots detect needs the media; name a file of seconds instead")
            from captioner.media.shots import detect

            return detect(media)
        if not self.shot_list:
            return ()
        from captioner.layout.frames import shots_from_text

        return shots_from_text(self.shot_list, rate)


def finishing(
    replace_list: Path | None,
    fps: str | None,
    snap_frames: bool | None,
    shots: str | None,
    ms_rounding: Rounding,
) -> Finishing:
    """Read the files and values the options name.

    Raises:
        ConfigError: A file cannot be read, or the rate is none.
    """
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
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); name a text file in UTF-8") from error


def verdict(
    cues: Sequence[Cue],
    style: Style,
    transcript: Transcript | None,
    *,
    language: str = "",
    duration_ms: int = 0,
    frame_rate: Fraction | None = None,
    strict: bool = False,
) -> tuple[str, bool]:
    """How finished captions stand, in one line, and whether that is a failure.

    Args:
        cues: As written.
        style: By whose rules.
        transcript: What was said.
        language: Tag of the captions.
        duration_ms: Length of the media.
        frame_rate: Of the picture.
        strict: Warnings fail too; without it nothing does.
    """
    from captioner.check import check, fails, summary

    issues = check(
        cues, style, transcript=transcript, language=language, duration_ms=duration_ms, frame_rate=frame_rate
    )
    return summary(issues, len(cues)), strict and fails(issues, "warning")
