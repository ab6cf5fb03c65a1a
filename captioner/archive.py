"""Reads and writes the transcript and its captions as one versioned JSON file.

The file is ours, and stable: the same archive is always the same text, times are whole milliseconds, one sentence or
cue stands on one line so that two versions can be compared. Fields this version does not know are skipped; a newer
version is refused, because a field it added may change what the others mean.
The layout is published as `archive.schema.json` beside this module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from operator import itemgetter, le
from sys import intern
from typing import Any, TypeVar

from captioner.errors import ConfigError, ReplyError
from captioner.model import Cue, Line, Placement, Sentence, StyledSpan, TextStyle, Transcript, Word
from captioner.timecode import format_rate, parse_rate

__all__ = [
    "SCHEMA",
    "VERSION",
    "Archive",
    "MediaFacts",
    "StyleMark",
    "compacted",
    "decode",
    "dumps",
    "from_document",
    "is_archive",
    "loads",
]

_T = TypeVar("_T")

SCHEMA = "captioner.archive"
VERSION = 1

_MAX_MS = 1 << 53  # the largest whole number every JSON reader keeps exactly (RFC 8259, section 6)
_COLOUR = re.compile("#[0-9A-Fa-f]{6}")
_COLUMNS = itemgetter("text", "punctuation", "start_ms", "end_ms")
_LARGE = 1 << 20  # bytes or characters, half an hour of captions: from here on the faster decoder is worth its import
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # cannot be written in UTF-8


@dataclass(frozen=True, slots=True)
class StyleMark:
    """Which rules the cues were laid out by.

    Attributes:
        name: Profile name, "" when the cues were not laid out by captioner.
        version: Profile version.
        digest: Digest over every number of the profile.
    """

    name: str = ""
    version: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """Facts about the media that formats need.

    Attributes:
        duration_ms: Length a player shows, 0 when unknown.
        width: Picture width in pixels, 0 without picture.
        height: Picture height in pixels, 0 without picture.
        frame_rate: Exact rate of the picture, or None.
        start_timecode: Embedded `HH:MM:SS:FF` (`;` before FF when drop-frame), or "".
        sha256: Hex digest of the file's bytes, or "".
    """

    duration_ms: int = 0
    width: int = 0
    height: int = 0
    frame_rate: Fraction | None = None
    start_timecode: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Archive:
    """Everything needed to write every format again without asking the service.

    Attributes:
        transcript: What was said.
        cues: What was shown; may be empty.
        names: Display name of every speaker id.
        language: BCP 47 tag the captions were laid out for, or "".
        style: The rules of the layout.
        media: Facts about the media.
        title: Name of the media for a person, or "".
        generator: Program that wrote the file, such as `captioner 0.1.0`.
    """

    transcript: Transcript
    cues: tuple[Cue, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    style: StyleMark = StyleMark()
    media: MediaFacts = MediaFacts()
    title: str = ""
    generator: str = ""


def is_archive(document: object) -> bool:
    """Whether a JSON document is one of ours, of any version."""
    return isinstance(document, Mapping) and document.get("schema") == SCHEMA


def dumps(archive: Archive) -> str:
    """Write an archive as JSON text; equal archives give equal text. Lone surrogates become U+FFFD."""
    transcript = archive.transcript
    head = {
        "schema": SCHEMA,
        "version": VERSION,
        "generator": archive.generator,
        "title": archive.title,
        "language": archive.language,
        "media": _media(archive.media),
        "style": {"name": archive.style.name, "version": archive.style.version, "digest": archive.style.digest},
        "speakers": [{"id": key, "name": name} for key, name in archive.names.items()],
        "transcript": {
            "language": transcript.language,
            "duration_ms": transcript.duration_ms,
            "by_channel": transcript.by_channel,
            "model": transcript.model,
            "billed_s": transcript.billed_s,
        },
    }
    lines = [f"{_json(key)}: {_json(value)}" for key, value in head.items()]
    lines.append(_rows("sentences", map(_sentence, transcript.sentences)))
    lines.append(_rows("cues", map(_cue, archive.cues)))
    return _LONE_SURROGATE.sub("\ufffd", "{\n" + ",\n".join(lines) + "\n}\n")


def loads(text: str) -> Archive:
    """Read the JSON text of an archive.

    Raises:
        ReplyError: Not JSON, not an archive, from a newer captioner, or with a field missing or of the wrong kind.
    """
    try:
        document = decode(text)
    except (ValueError, RecursionError) as error:
        raise ReplyError(f"transcript file: not valid JSON ({_first_line(error)})") from error
    return from_document(document)


def decode(data: bytes | str) -> Any:
    """Decode a document for `from_document`, with its words made at once.

    Raises:
        ValueError: Not JSON, or not UTF-8.
        RecursionError: Nested too deeply.
    """
    if len(data) >= _LARGE:
        from captioner.archive_rows import decode_rows

        if (document := decode_rows(data)) is not None:
            return document
    return json.loads(data, object_hook=compacted)


def compacted(item: dict[str, Any]) -> dict[str, Any]:
    """Hook for the JSON reader that turns the words of an object into `Word`s at once, where all of them are valid.

    The words of twelve hours as objects take three times the memory; like this only one line's are there at a time.
    """
    listed = item.get("words")
    if listed.__class__ is not list or not listed:
        return item
    try:
        texts, marks, starts, ends = zip(*map(_COLUMNS, listed), strict=True)
    except (KeyError, TypeError, IndexError):
        return item
    typed = set(map(type, starts + ends)) == {int} and set(map(type, texts + marks)) == {str}
    if typed and all(map(le, starts, ends)) and min(starts) >= -_MAX_MS and max(ends) <= _MAX_MS:
        sure = [word.get("confidence") for word in listed]
        if all(one is None or is_confidence(one) for one in sure):
            item["words"] = tuple(map(Word, map(intern, texts), map(intern, marks), starts, ends, sure))
    return item


def is_confidence(value: object) -> bool:
    """Whether it is a number from 0 to 1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def from_document(document: Any) -> Archive:
    """Read a decoded document, by `decode` or by any other decoder.

    Raises:
        ReplyError: Not an archive, from a newer captioner, or with a field missing or of the wrong kind.
    """
    if not is_archive(document):
        raise ReplyError(f'transcript file: "schema" is not "{SCHEMA}"; give a file written by captioner --format json')
    root = _JsonObject(document, "")
    if (version := root.whole("version")) > VERSION:
        writer = root.text("generator", "") or "a newer captioner"
        raise ReplyError(
            f"transcript file: version {version}, written by {writer}; this captioner reads up to {VERSION}: upgrade it"
        )
    return Archive(
        transcript=_read_transcript(root),
        cues=tuple(_read_rows(root, "cues", Cue, _read_cue)),
        names={reader.text("id"): reader.text("name") for reader in root.items("speakers")},
        language=root.text("language", ""),
        style=_read_style(root.object("style")),
        media=_read_media(root.object("media")),
        title=root.text("title", ""),
        generator=root.text("generator", ""),
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _rows(key: str, rows: Iterable[dict[str, Any]]) -> str:
    body = ",\n".join(map(_json, rows))
    return f"{_json(key)}: [\n{body}\n]" if body else f"{_json(key)}: []"


def _media(media: MediaFacts) -> dict[str, Any]:
    return {
        "duration_ms": media.duration_ms,
        "width": media.width,
        "height": media.height,
        "frame_rate": format_rate(media.frame_rate) if media.frame_rate else None,
        "start_timecode": media.start_timecode,
        "sha256": media.sha256,
    }


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {
        "start_ms": sentence.start_ms,
        "end_ms": sentence.end_ms,
        "speaker": sentence.speaker,
        "channel": sentence.channel,
        "text": sentence.text,
        "words": _words(sentence.words),
    }


def _words(words: tuple[Word, ...]) -> list[dict[str, Any]]:
    return [
        {
            "text": word.text,
            "punctuation": word.punctuation,
            "start_ms": word.start_ms,
            "end_ms": word.end_ms,
            **({} if word.confidence is None else {"confidence": word.confidence}),
        }
        for word in words
    ]


def _cue(cue: Cue) -> dict[str, Any]:
    """A cue; fields that were added after version 1 began are written only where they have a value."""
    placed = {"placement": _placement(cue.placement)} if cue.placement is not None else {}
    lines = [_line(line) for line in cue.lines]
    return {"start_ms": cue.start_ms, "end_ms": cue.end_ms, "speaker": cue.speaker, **placed, "lines": lines}


def _line(line: Line) -> dict[str, Any]:
    spans = {"spans": [_span(span) for span in line.spans]} if line.spans else {}
    return {
        "text": line.text,
        "speaker": line.speaker,
        "label": line.label,
        "dash": line.dash,
        **spans,
        "words": _words(line.words),
    }


def _span(span: StyledSpan) -> dict[str, Any]:
    look = span.look
    said = {"italic": look.italic, "bold": look.bold, "underline": look.underline, "colour": look.colour}
    return {"start": span.start, "end": span.end, **{key: value for key, value in said.items() if value}}


def _placement(placement: Placement) -> dict[str, Any]:
    exact = {"x": placement.x, "y": placement.y}
    return {
        "row": placement.row,
        "side": placement.side,
        **{key: value for key, value in exact.items() if value is not None},
    }


@dataclass(frozen=True, slots=True)
class _JsonObject:
    """A JSON object and its path, so that an error names the field."""

    fields: Mapping[str, Any]
    path: str

    def _get(self, key: str, kind: type | tuple[type, ...], wanted: str, default: Any) -> Any:
        value = self.fields.get(key, default)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ReplyError(f"transcript file: {self.path}{key} is not {wanted}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        value: str = self._get(key, str, "a text", default)
        return value

    def text_or_none(self, key: str) -> str | None:
        return None if self.fields.get(key) is None else self.text(key)

    def whole(self, key: str, default: int | None = None) -> int:
        value: int = self._get(key, int, "a whole number", default)
        if abs(value) > _MAX_MS:
            raise ReplyError(f"transcript file: {self.path}{key} is too large")
        return value

    def share(self, key: str) -> float | None:
        """A percentage, or None."""
        if self.fields.get(key) is None:
            return None
        value: float = self._get(key, (int, float), "a number", None)
        if not 0 <= value <= 100:
            raise ReplyError(f"transcript file: {self.path}{key} is not between 0 and 100")
        return value

    def confidence(self) -> float | None:
        """How sure the recogniser is of a word, 0 to 1, or None."""
        value = self.fields.get("confidence")
        if value is not None and not is_confidence(value):
            raise ReplyError(f"transcript file: {self.path}confidence is not between 0 and 1")
        return value

    def flag(self, key: str) -> bool:
        value: bool = self._get(key, bool, "true or false", False)
        return value

    def object(self, key: str) -> _JsonObject:
        return _JsonObject(self._get(key, dict, "an object", {}), f"{self.path}{key}.")

    def items(self, key: str) -> list[_JsonObject]:
        return [self.item(key, index, value) for index, value in enumerate(self.list(key))]

    def list(self, key: str) -> Sequence[Any]:
        values: Sequence[Any] = self._get(key, list, "a list", [])
        return values

    def item(self, key: str, index: int, value: Any) -> _JsonObject:
        if not isinstance(value, dict):
            raise ReplyError(f"transcript file: {self.path}{key}[{index}] is not an object")
        return _JsonObject(value, f"{self.path}{key}[{index}].")

    def span(self) -> tuple[int, int]:
        start, end = self.whole("start_ms"), self.whole("end_ms")
        if end < start:
            raise ReplyError(f"transcript file: {self.path}end_ms is before start_ms")
        return start, end


def _read_rows(root: _JsonObject, key: str, kind: type[_T], read_row: Callable[[_JsonObject], _T]) -> Iterator[_T]:
    """The values of a list of rows; those that were made when the document was decoded as they are."""
    for index, value in enumerate(root.list(key)):
        yield value if isinstance(value, kind) else read_row(root.item(key, index, value))


def _read_transcript(root: _JsonObject) -> Transcript:
    reader = root.object("transcript")
    if "sentences" not in root.fields:
        raise ReplyError("transcript file: sentences are missing")
    return Transcript(
        sentences=tuple(_read_rows(root, "sentences", Sentence, _read_sentence)),
        language=reader.text("language", ""),
        duration_ms=reader.whole("duration_ms", 0),
        by_channel=reader.flag("by_channel"),
        model=reader.text("model", ""),
        billed_s=None if reader.fields.get("billed_s") is None else reader.whole("billed_s"),
    )


def _read_sentence(reader: _JsonObject) -> Sentence:
    start_ms, end_ms = reader.span()
    return Sentence(
        text=reader.text("text"),
        start_ms=start_ms,
        end_ms=end_ms,
        words=_read_words(reader),
        speaker=reader.text_or_none("speaker"),
        channel=reader.whole("channel", 0),
    )


def _read_words(reader: _JsonObject) -> tuple[Word, ...]:
    if isinstance(ready := reader.fields.get("words"), tuple):
        return ready
    return tuple(
        Word(item.text("text"), item.text("punctuation", ""), *item.span(), item.confidence())
        for item in reader.items("words")
    )


def _read_cue(reader: _JsonObject) -> Cue:
    start_ms, end_ms = reader.span()
    lines = tuple(
        Line(
            text=item.text("text"),
            words=_read_words(item),
            speaker=item.text_or_none("speaker"),
            label=item.text("label", ""),
            dash=item.text("dash", ""),
            spans=_read_spans(item),
        )
        for item in reader.items("lines")
    )
    return Cue(start_ms, end_ms, lines, reader.text_or_none("speaker"), _read_placement(reader))


def _read_spans(reader: _JsonObject) -> tuple[StyledSpan, ...]:
    spans: list[StyledSpan] = []
    for item in reader.items("spans"):
        start, end = item.whole("start"), item.whole("end")
        if not (spans[-1].end if spans else 0) <= start < end:
            raise ReplyError(f"transcript file: {item.path}start and end are no stretch after the one before")
        spans.append(StyledSpan(start, end, _read_look(item)))
    return tuple(spans)


def _read_look(reader: _JsonObject) -> TextStyle:
    colour = reader.text("colour", "")
    if colour and not _COLOUR.fullmatch(colour):
        raise ReplyError(f"transcript file: {reader.path}colour is not #RRGGBB")
    return TextStyle(reader.flag("italic"), reader.flag("bold"), reader.flag("underline"), colour)


def _read_placement(reader: _JsonObject) -> Placement | None:
    if reader.fields.get("placement") is None:
        return None
    placed = reader.object("placement")
    row, side = placed.text("row", "bottom"), placed.text("side", "centre")
    x, y = placed.share("x"), placed.share("y")
    for known in (Placement.of_numpad(key) for key in range(1, 10)):
        if (known.row, known.side) == (row, side):
            return replace(known, x=x, y=y)
    raise ReplyError(f"transcript file: {placed.path}row or side is not a place such as top and centre")


def _read_style(reader: _JsonObject) -> StyleMark:
    return StyleMark(reader.text("name", ""), reader.whole("version", 0), reader.text("digest", ""))


def _read_media(reader: _JsonObject) -> MediaFacts:
    try:
        rate = parse_rate(reader.text("frame_rate")) if reader.fields.get("frame_rate") is not None else None
    except ConfigError as error:
        raise ReplyError(f"transcript file: {reader.path}frame_rate: {error}") from error
    return MediaFacts(
        duration_ms=reader.whole("duration_ms", 0),
        width=reader.whole("width", 0),
        height=reader.whole("height", 0),
        frame_rate=rate,
        start_timecode=reader.text("start_timecode", ""),
        sha256=reader.text("sha256", ""),
    )


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
