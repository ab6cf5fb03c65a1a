"""A caption file as it was found, ours or anyone's: its cues, and its text as written.

The one rule: times and words are taken as they are; only markup is set aside, and it is kept beside the cue.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from captioner.errors import ReplyError
from captioner.model import Cue, Line, Transcript

__all__ = ["Captions", "Found", "decoded", "to_cues"]

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|</>|<\d[\d:.]*>|\{\\[^{}]*\}|\{[yYcCsSfF]:[^{}]*\}")
_DASH = re.compile(r"^(?:[-–—‐‑]|>>)[ \u00a0]?(?=\S)")
# `NAME:`, `Speaker 1:`, `张三：`, `[Name]`, `（太郎）`: how the guides and the tools write a speaker before the speech.
_LABEL = re.compile(
    r"^(?P<colon>(?P<name>[^\W\d_][\w .'’·-]{1,29}?) ?[:：])(?=\s*\S)"
    r"|^(?P<round>[\[(（](?P<inner>[^\])）]{1,30})[\])）])(?=\s*\S)"
)
_NUMBERED = re.compile(r"(?:speaker|channel|sprecher|locuteur|spk|说话人|話者)[ _]?\w{1,3}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """One cue as a reader found it.

    Attributes:
        start_ms: As written.
        end_ms: As written.
        text: Lines as written, markup included, joined by newlines.
        speakers: Name of each line's speaker where the format has a field for it, else "".
    """

    start_ms: int
    end_ms: int
    text: str
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Captions:
    """What is known of one caption file.

    Attributes:
        name: File name.
        format: "srt", "vtt", "ass", … as the reader took it.
        cues: In file order. Speakers are their names.
        written: Text of each cue as written, markup included.
        data: Bytes of the file.
        transcript: What was said, when the file is our own JSON.
        language: Tag the file names, or "".
    """

    name: str
    format: str
    cues: tuple[Cue, ...]
    written: tuple[str, ...] = ()
    data: bytes = field(default=b"", repr=False)
    transcript: Transcript | None = None
    language: str = ""


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 when a mark says so, else Windows-1252, which is what is left in practice.

    Raises:
        ReplyError: It holds zero bytes and is no text.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise ReplyError("is not a text file; give captions such as srt, vtt or ass")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def to_cues(found: Sequence[Found]) -> tuple[Cue, ...]:
    """Cues without markup; dashes and labels are told from the speech, speakers by field, label or dash."""
    plain = [[_TAG.sub("", line).strip("\ufeff") for line in each.text.split("\n")] for each in found]
    labels = _labels(plain)
    return tuple(_cue(each, lines, labels) for each, lines in zip(found, plain, strict=True))


def _labels(cues: Sequence[Sequence[str]]) -> frozenset[str]:
    """What stands before a colon or in brackets often enough, or plainly enough, to be a speaker."""
    counts: Counter[str] = Counter()
    for lines in cues:
        for line in lines:
            if (match := _LABEL.match(_DASH.sub("", line))) is not None:
                counts[match["name"] or match["inner"]] += 1
    return frozenset(name for name, count in counts.items() if count > 1 or name.isupper() or _NUMBERED.fullmatch(name))


def _cue(found: Found, lines: Sequence[str], labels: frozenset[str]) -> Cue:
    shared = sum(_DASH.match(line) is not None for line in lines)
    read: list[Line] = []
    for number, text in enumerate(lines):
        field_speaker = found.speakers[number] if number < len(found.speakers) else ""
        read.append(_line(text, field_speaker, labels, read[-1] if read else None, dashed=bool(shared)))
    speakers = {line.speaker for line in read}
    return Cue(found.start_ms, found.end_ms, tuple(read), read[0].speaker if len(speakers) == 1 and read else None)


def _line(text: str, speaker: str, labels: frozenset[str], before: Line | None, *, dashed: bool) -> Line:
    dash = match[0] if dashed and (match := _DASH.match(text)) is not None else ""
    rest = text[len(dash) :]
    label = ""
    if (match := _LABEL.match(rest)) is not None and (match["name"] or match["inner"]) in labels:
        label = match["colon"] or match["round"]
        rest = rest[len(label) :].lstrip()
        speaker = speaker or match["name"] or match["inner"]
    same = before is not None and not dash and not label
    return Line(rest, speaker=speaker or (before.speaker if same and before else None), label=label, dash=dash)


def names_of(cues: Sequence[Cue]) -> Mapping[str, str]:
    """Every speaker under its own name, as the writers want them."""
    return {line.speaker: line.speaker for cue in cues for line in cue.lines if line.speaker is not None}
