"""Input of the check rules: each cue measured once, with the style of its own language.

The one rule: characters and columns are counted as layout counts them, so that what was laid out by a style is measured
by the same ruler.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

from captioner.check.transcript_alignment import Speech, TranscriptMatch, match_transcript, speech_of
from captioner.formats.caption_file import ReadNote
from captioner.formats.text.input_encoding import DecodedText, decode
from captioner.layout.lexicon import LanguageProfile, detect_language, language_profile
from captioner.layout.width import columns
from captioner.model import Cue, Transcript
from captioner.script_report import ScriptReport
from captioner.style import Style

__all__ = ["CheckContext", "MeasuredCue", "measure_cue", "measure_cues"]

_SAMPLE = 4000  # characters: enough for function words to tell a language
_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class MeasuredCue:
    """One cue, measured.

    Attributes:
        index: 0-based place in the file.
        cue: The cue.
        style: The house style in the cue's language.
        profile: What layout knows of that language.
        characters: Counted characters of all lines, dash and label included.
        widths: Columns of each line.
        words: Number of words, 0 in languages that write no spaces between them.
    """

    index: int
    cue: Cue
    style: Style
    profile: LanguageProfile
    characters: float
    widths: tuple[int, ...]
    words: int

    @property
    def lasts_ms(self) -> int:
        """Time on screen."""
        return self.cue.end_ms - self.cue.start_ms

    @property
    def cps(self) -> float:
        """Counted characters a second, 0 for a cue without time."""
        return self.characters * 1000 / self.lasts_ms if self.lasts_ms > 0 else 0.0

    @property
    def wpm(self) -> float:
        """Words a minute, 0 where words are not parted or there is no time."""
        return self.words * 60_000 / self.lasts_ms if self.lasts_ms > 0 else 0.0

    @property
    def text(self) -> str:
        """The lines as read, joined by newlines."""
        return self.cue.text

    @property
    def is_shared(self) -> bool:
        """Whether two speakers share the cue, by dash, label or speaker."""
        lines = self.cue.lines
        return any(line.dash or line.label for line in lines[1:]) or len({line.speaker for line in lines}) > 1


@dataclass(frozen=True, slots=True)
class CheckContext:
    """Everything the rules may use.

    Attributes:
        cues: In file order.
        style: The whole profile.
        language: Tag of the file.
        transcript: What was said, or None.
        speech: Stretches of speech in the transcript; empty without one.
        matches: Where each cue's text stands in the transcript; None where it was not found or there is none.
        duration_ms: Length of the media, 0 when unknown.
        rate: Frame rate, or None.
        shots: Shot changes in milliseconds, in order.
        data: Bytes of the file, None when the cues come from no file.
        written: Text of each cue as written, markup included; empty when the cues come from no file.
        format: Name of the file's format, or "".
        encoding: Encoding the file was read in, or "" to detect it.
        notes: What its reader guessed, mended or left out.
        script: How the speech followed a script, or None without one.
    """

    cues: tuple[MeasuredCue, ...]
    style: Style
    language: str = ""
    transcript: Transcript | None = None
    speech: tuple[Speech, ...] = ()
    matches: tuple[TranscriptMatch | None, ...] = ()
    duration_ms: int = 0
    rate: Fraction | None = None
    shots: tuple[int, ...] = ()
    data: bytes | None = field(default=None, repr=False)
    written: tuple[str, ...] = ()
    format: str = ""
    encoding: str = ""
    notes: tuple[ReadNote, ...] = ()
    script: ScriptReport | None = None

    @property
    def decoded(self) -> DecodedText:
        """The text of the file.

        Raises:
            ReplyError: The bytes are not text.
        """
        return decode(self.data or b"", self.encoding)

    def pairs(self) -> Iterator[tuple[MeasuredCue, MeasuredCue]]:
        """Each cue with the next one in the file."""
        return zip(self.cues, self.cues[1:], strict=False)


def measure_cues(
    cues: Sequence[Cue],
    style: Style,
    *,
    language: str = "",
    transcript: Transcript | None = None,
    duration_ms: int = 0,
    rate: Fraction | None = None,
    shots: Sequence[int] = (),
    data: bytes | None = None,
    written: Sequence[str] = (),
    format: str = "",
    encoding: str = "",
    notes: Sequence[ReadNote] = (),
    script: ScriptReport | None = None,
) -> CheckContext:
    """Measure the cues; see the attributes of `CheckContext`."""
    base = language or (transcript.language if transcript else "") or _language(cues)
    resolve = cache(style.for_language)
    measured = tuple(
        measure_cue(index, cue, resolve(detect_language(cue.text, base)), base) for index, cue in enumerate(cues)
    )
    return CheckContext(
        cues=measured,
        style=style,
        language=base,
        transcript=transcript,
        speech=speech_of(transcript) if transcript else (),
        matches=match_transcript(cues, transcript) if transcript else (None,) * len(cues),
        duration_ms=duration_ms,
        rate=rate,
        shots=tuple(sorted(shots)),
        data=data,
        written=tuple(written),
        format=format,
        encoding=encoding,
        notes=tuple(notes),
        script=script,
    )


def measure_cue(index: int, cue: Cue, style: Style, language: str = "") -> MeasuredCue:
    """Measure one cue by the style of its language."""
    own = language_profile(detect_language(cue.text, language))
    widths = tuple(columns(line.printed, wide_ambiguous=own.wide_ambiguous) for line in cue.lines)
    counted = sum(widths) / 2 if own.counting in ("zh", "ja", "ko") else float(sum(widths))
    words = sum(len(_WORD.findall(line.printed)) for line in cue.lines) if own.spaces else 0
    return MeasuredCue(index, cue, style, own, counted, widths, words)


def _language(cues: Sequence[Cue]) -> str:
    """Tag of the language most of the text is in."""
    sample, length = [], 0
    for cue in cues:
        sample.append(cue.text)
        length += len(cue.text)
        if length > _SAMPLE:
            break
    return detect_language(" ".join(sample)) if sample else ""
