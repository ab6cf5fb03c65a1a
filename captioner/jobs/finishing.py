"""What happens to words before the layout and to captions after it, as one value.

The one rule: everything here costs nothing and can be done again from the saved reply.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from captioner.errors import ConfigError

if TYPE_CHECKING:
    from captioner.formats import Context
    from captioner.model import Cue, Issue, Transcript
    from captioner.style import Style
    from captioner.timecode import Rounding

__all__ = ["Finishing"]


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
        target: Program or platform the files are for, "" for none.
        encoding: Encoding of text files, "" for the target's or UTF-8.
        newline: Line ends of text files, "" for the target's or LF.
        karaoke: "k" or "kf" times every word in ASS, "" does not.
        colours: Give speakers colours where the format leaves that open.
        vertical: Set the text in columns, in the formats that can.
        top: When something else is at the bottom of the picture, start and end in ms: captions go to the top then.
        substitute: Spell what a format has no code for by the published table.
        spell: The user's own spellings, text and spelling.
    """

    replacements: str = ""
    name: str = ""
    rate: Fraction | None = None
    on_frames: bool | None = None
    detect: bool = False
    shot_list: str = ""
    rounding: Rounding = "floor"
    target: str = ""
    encoding: str = ""
    newline: str = ""
    karaoke: Literal["", "k", "kf"] = ""
    colours: bool = False
    vertical: bool = False
    top: tuple[tuple[int, int], ...] = ()
    substitute: bool = False
    spell: tuple[tuple[str, str], ...] = ()

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
        from captioner.layout.postprocess import postprocess

        rate = self.rate or frame_rate
        finished = postprocess(
            cues,
            style,
            language=language,
            duration_ms=duration_ms,
            frame_rate=rate,
            on_frames=self.on_frames,
            shots=self._shots(media, rate),
            rounding=self.rounding,
        )
        if self.top:
            from captioner.edit import at_top

            finished = at_top(finished, self.top)
        if not self.target:
            return finished
        from captioner.targets import find, gapped

        return gapped(finished, find(self.target), rate)

    def check(self, formats: Sequence[str], language: str) -> None:
        """Refuse what no captions could be written by, before anything is paid for.

        Raises:
            ConfigError: An unknown encoding or line end, or one that a format rules out; a format that names its
                language, and nobody gave one; vertical writing in a format without it, or words filled in it.
        """
        from captioner.formats import FORMATS
        from captioner.targets import find, finish

        target = find(self.target) if self.target else None
        for name in formats:
            finish(b"", name, target, encoding=self.encoding or None, newline=self.newline or None)
            if FORMATS[name].names_language and not language:
                raise ConfigError(f"{name} names the language of its captions; give --language")
            if self.vertical and not FORMATS[name].vertical:
                raise ConfigError(f"--vertical: {name} has no vertical writing; ass and vtt have it")
            if self.vertical and self.top:
                raise ConfigError("--vertical: columns have no top and bottom; leave out --top")
            if self.vertical and name == "ass" and self.karaoke == "kf":
                raise ConfigError("--vertical: --karaoke kf fills words sideways in columns; take --karaoke k")

    def spelled(self, cues: Sequence[Cue], format: str) -> tuple[tuple[Cue, ...], tuple[Issue, ...]]:
        """The captions as a format can hold them, and what is spelled or stands otherwise; before `written`."""
        from captioner.formats import FORMATS
        from captioner.formats.substitutions import Spelling, spelled

        changed, issues = spelled(cues, FORMATS[format].module, Spelling(self.substitute, dict(self.spell)))
        return changed, (*issues, *self._unplaced(cues, format))

    def _unplaced(self, cues: Sequence[Cue], format: str) -> Iterator[Issue]:
        """What of `--top` the format cannot hold."""
        if not self.top:
            return
        from captioner.formats import FORMATS, Context
        from captioner.formats.capabilities import PLACES, TOP, losses
        from captioner.model import Issue

        lost = losses(cues, FORMATS[format], Context())
        places = lost.get(PLACES, ()) or lost.get(TOP, ())
        if places:
            message = f"{format} has no captions at the top; {len(places)} stay where the others are"
            yield Issue("top", "warning", places[0], len(places), 0, message)

    def written(self, cues: Sequence[Cue], format: str, context: Context) -> bytes:
        """The bytes of a file, told and spelled as the target wants them.

        Raises:
            ConfigError: The target does not take the format, or the format not the encoding.
            FormatError: The format or the encoding cannot hold the captions.
        """
        from captioner.formats import render

        context = replace(
            context, karaoke=self.karaoke, colours=self.colours or context.colours, vertical=self.vertical
        )
        if not (self.target or self.encoding or self.newline):
            return render(cues, format, context)
        from captioner.targets import find, finish, told

        target = find(self.target) if self.target else None
        data = render(cues, format, told(context, target))
        return finish(data, format, target, encoding=self.encoding or None, newline=self.newline or None)

    def _shots(self, media: Path | None, rate: Fraction | None) -> tuple[int, ...]:
        if self.detect:
            if media is None:
                raise ConfigError("--shots detect needs the media; name a file of seconds instead")
            from captioner.media.shots import detect_shots

            return detect_shots(media)
        if not self.shot_list:
            return ()
        from captioner.layout.frames import shots_from_text

        return shots_from_text(self.shot_list, rate)
