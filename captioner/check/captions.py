"""A caption file as it was found, ours or anyone's: its cues, and its text as written.

The one rule: times and words are taken as they are; markup becomes looks and places, and what cannot is named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from captioner.check.rows import Marked, Row
from captioner.check.tags import read_marked
from captioner.errors import ReplyError
from captioner.formats.styled_runs import cut
from captioner.model import Cue, Line, Transcript

__all__ = ["Captions", "Found", "decoded", "to_captions"]

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
        marked: The text read, where the reader knows more than the text shows; None to read it here.
    """

    start_ms: int
    end_ms: int
    text: str
    speakers: tuple[str, ...] = ()
    marked: Marked | None = None


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
        frame_rate: Of the file's labels, or None where it has none.
        start_timecode: Of media zero where the file says one, or "".
        left: What the file says and cues cannot hold, such as "word times", and the captions it is in, by index.
    """

    name: str
    format: str
    cues: tuple[Cue, ...]
    written: tuple[str, ...] = ()
    data: bytes = field(default=b"", repr=False)
    transcript: Transcript | None = None
    language: str = ""
    frame_rate: Fraction | None = None
    start_timecode: str = ""
    left: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


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


def to_captions(found: Sequence[Found], name: str, format_: str, data: bytes) -> Captions:
    """The file as it was found: cues without markup, and what of it they cannot hold."""
    marked = [each.marked or read_marked(each.text) for each in found]
    left: dict[str, list[int]] = {}
    for index, each in enumerate(marked):
        for kind in each.left:
            left.setdefault(kind, []).append(index)
    return Captions(
        name,
        format_,
        to_cues(found, marked),
        tuple(each.text for each in found),
        data,
        left={kind: tuple(left[kind]) for kind in sorted(left)},
    )


def to_cues(found: Sequence[Found], marked: Sequence[Marked]) -> tuple[Cue, ...]:
    """Cues without markup; dashes and labels are told from the speech, speakers by field, label or dash."""
    labels = _labels([[row.text for row in each.rows] for each in marked])
    return tuple(_cue(each, text, labels) for each, text in zip(found, marked, strict=True))


def _labels(cues: Sequence[Sequence[str]]) -> frozenset[str]:
    """What stands before a colon or in brackets often enough, or plainly enough, to be a speaker."""
    counts: Counter[str] = Counter()
    for lines in cues:
        for line in lines:
            if (match := _LABEL.match(_DASH.sub("", line.lstrip("\ufeff")))) is not None:
                counts[match["name"] or match["inner"]] += 1
    return frozenset(name for name, count in counts.items() if count > 1 or name.isupper() or _NUMBERED.fullmatch(name))


def _cue(found: Found, marked: Marked, labels: frozenset[str]) -> Cue:
    rows = [_bare(row) if row.text[:1] == "\ufeff" or row.text[-1:] == "\ufeff" else row for row in marked.rows]
    shared = sum(_DASH.match(row.text) is not None for row in rows)
    read: list[Line] = []
    for number, row in enumerate(rows):
        field_speaker = row.voice or (found.speakers[number] if number < len(found.speakers) else "")
        read.append(_line(row, field_speaker, labels, read[-1] if read else None, dashed=bool(shared)))
    speakers = {line.speaker for line in read}
    speaker = read[0].speaker if len(speakers) == 1 and read else None
    return Cue(found.start_ms, found.end_ms, tuple(read), speaker, marked.placement)


def _bare(row: Row) -> Row:
    """A row without byte order marks at its ends."""
    text = row.text.strip("\ufeff")
    return Row(text, cut(row.spans, row.text.index(text), len(text)), row.voice)


def _line(row: Row, speaker: str, labels: frozenset[str], before: Line | None, *, dashed: bool) -> Line:
    text = row.text
    dash = match[0] if dashed and (match := _DASH.match(text)) is not None else ""
    rest = text[len(dash) :]
    label = ""
    if (match := _LABEL.match(rest)) is not None and (
        (name := match["name"] or match["inner"]) in labels or name == speaker
    ):
        label = match["colon"] or match["round"]
        rest = rest[len(label) :].lstrip()
        speaker = speaker or match["name"] or match["inner"]
    same = before is not None and not dash and not label
    speaker_or_same = speaker or (before.speaker if same and before else None)
    if not row.spans:
        return Line(rest, speaker=speaker_or_same, label=label, dash=dash)
    spans = cut(row.spans, len(text) - len(rest), len(rest))
    return Line(rest, speaker=speaker_or_same, label=label, dash=dash, spans=spans)


def names_of(cues: Sequence[Cue]) -> Mapping[str, str]:
    """Every speaker under its own name, as the writers want them."""
    return {line.speaker: line.speaker for cue in cues for line in cue.lines if line.speaker is not None}
