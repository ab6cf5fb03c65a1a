"""Reads and writes the transcript and its captions as one versioned JSON file.

The file is ours, and stable: the same archive is always the same text, times are whole milliseconds, one sentence or
cue stands on one line so that two versions can be compared. Fields this version does not know are skipped; a newer
version is refused, because a field it added may change what the others mean.
The layout is published as `archive.schema.json` beside this module.

Version 2 holds what was recognised and what people corrected (`captioner.corrections`). The `text` of a sentence is
what is shown, and may be edited by hand: where it is not what the words and the corrections give, the reader takes it
for the truth (`Archive.hand_edits`). `heard` is what was recognised, where the words of the sentence do not say it.

Version 3 counts speakers and channels that are speakers from 1, as captions show them; the versions before counted from
0, and are read as if they counted from 1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from operator import itemgetter, le
from sys import intern
from typing import Any, get_args

from captioner.corrections import (
    Acceptance,
    Correction,
    Edits,
    Renaming,
    Revision,
    sentence_texts,
    shown,
    to_units,
)
from captioner.errors import ConfigError, ReplyError
from captioner.model import Cue, Line, Placement, Sentence, StyledSpan, TextStyle, Transcript, Word
from captioner.script_report import PlaceKind, ScriptPlace, ScriptReport
from captioner.timecode import format_rate, parse_rate

__all__ = [
    "SCHEMA",
    "VERSION",
    "Archive",
    "MediaFacts",
    "StyleMark",
    "all_files",
    "compacted",
    "decode",
    "dump_bytes",
    "dumps",
    "from_document",
    "is_archive",
    "loads",
    "revision_json",
]

SCHEMA = "captioner.archive"
VERSION = 3
_COUNTS_FROM_1 = 3  # the first version whose speakers are counted from 1, as captions show them

_MAX_MS = 1 << 53  # the largest whole number every JSON reader keeps exactly (RFC 8259, section 6)
_SPACES = re.compile(" {2,}")
_MARKS = frozenset(",.;:?!")
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
        transcript: What was recognised, in the media's times.
        cues: What is shown; may be empty.
        names: Display name of every speaker id.
        language: BCP 47 tag the captions were laid out for, or "".
        style: The rules of the layout.
        media: Facts about the media.
        title: Name of the media for a person, or "".
        generator: Program that wrote the file, such as `captioner 0.1.0`.
        corrections: Changes of the words that are in force.
        replaced: Changes that no longer are.
        revisions: When and from where the changes came.
        pinned: Cues, by index, that a person cut otherwise than the style would.
        offset_ms: What was added to the recogniser's times.
        script: How the speech followed a script, or None without one.
        renamed: Names that a person gave to speakers, by their ids; they are in `names`, too.
        files: Caption files that were written with this one: extension to SHA-256 of the file.
        earlier_files: The same of files that were written before and are no more.
        options: What the files were made with, as JSON values; see `CaptionOptions`.
        accepted: Findings of the check that were accepted.
        hand_edits: Sentences, by index, whose text in the file is another than what words and corrections give.
    """

    transcript: Transcript
    cues: tuple[Cue, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    style: StyleMark = StyleMark()
    media: MediaFacts = MediaFacts()
    title: str = ""
    generator: str = ""
    corrections: tuple[Correction, ...] = ()
    replaced: tuple[Correction, ...] = ()
    revisions: tuple[Revision, ...] = ()
    pinned: tuple[int, ...] = ()
    offset_ms: int = 0
    script: ScriptReport | None = None
    renamed: Mapping[str, Renaming] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    earlier_files: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    hand_edits: tuple[tuple[int, str], ...] = ()
    accepted: tuple[Acceptance, ...] = ()

    @property
    def edits(self) -> Edits:
        """The changes of people; `hand_edits`, which have no times of their own yet, are not among them."""
        cues = self.cues if self.pinned else ()
        return Edits(
            self.corrections,
            self.replaced,
            self.revisions,
            cues,
            self.pinned,
            self.offset_ms,
            self.script,
            self.renamed,
            accepted=self.accepted,
        )

    @property
    def shown(self) -> Transcript:
        """The transcript as it is shown: the words with the corrections; a text edited by hand has the words' times."""
        if not self.hand_edits:
            return shown(self.transcript, self.corrections)
        texts = dict(self.hand_edits)
        units = to_units(self.transcript, self.corrections)
        dropped = {unit.correction for unit in units if unit.sentence in texts}
        sentences = tuple(
            replace(
                sentence, text=texts.get(index, sentence.text), words=sentence.words if texts.get(index, "-") else ()
            )
            for index, sentence in enumerate(self.transcript.sentences)
        )
        kept = [each for each in self.corrections if each not in dropped]
        made = shown(replace(self.transcript, sentences=sentences), kept)
        return replace(made, sentences=tuple(sentence for sentence in made.sentences if sentence.text))


def is_archive(document: object) -> bool:
    """Whether a JSON document is one of ours, of any version."""
    return isinstance(document, Mapping) and document.get("schema") == SCHEMA


def dumps(archive: Archive) -> str:
    """Write an archive as JSON text; equal archives give equal text. Lone surrogates become U+FFFD."""
    return "".join(_lines(archive))


def dump_bytes(archive: Archive) -> bytes:
    """The same in UTF-8, made line by line: twelve hours take half the memory."""
    return b"".join(line.encode() for line in _lines(archive))


def _lines(archive: Archive) -> Iterator[str]:
    """The text of an archive in pieces."""
    for piece in _pieces(archive):
        yield _LONE_SURROGATE.sub("\ufffd", piece)


def _pieces(archive: Archive) -> Iterator[str]:
    for index, (key, value) in enumerate(_head(archive).items()):
        yield f"{',' if index else '{'}\n{_json(key)}: {_json(value)}"
    yield from _rows("sentences", _sentences(archive))
    changes = (*archive.corrections, *archive.replaced)
    if archive.revisions:
        yield from _rows("revisions", map(revision_json, archive.revisions))
    if changes:
        yield from _rows("corrections", map(_correction, changes))
    if archive.accepted:
        yield from _rows("accepted", map(_acceptance, archive.accepted))
    pinned = frozenset(archive.pinned)
    yield from _rows("cues", (_cue(cue, is_pinned=index in pinned) for index, cue in enumerate(archive.cues)))
    yield "\n}\n"


def _head(archive: Archive) -> dict[str, Any]:
    transcript = archive.transcript
    head: dict[str, Any] = {
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
    if archive.offset_ms:
        head["offset_ms"] = archive.offset_ms
    if archive.renamed:
        head["renamed"] = {key: each._asdict() for key, each in archive.renamed.items()}
    if archive.script is not None:
        head["script"] = _script(archive.script)
    if archive.options:
        head["options"] = archive.options
    if archive.files:
        head["files"] = dict(archive.files)
    if archive.earlier_files:
        head["earlier_files"] = dict(archive.earlier_files)
    return head


def all_files(archive: Archive) -> dict[str, str]:
    """Every caption file that was ever written with an archive and its predecessors: extension to SHA-256."""
    return {**archive.earlier_files, **archive.files}


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
    changes = list(map(_read_correction, root.items("corrections")))
    corrections = tuple(each for each in changes if not each.until)
    transcript, texts = _read_transcript(root, version)
    cues, pinned = _read_cues(root)
    archive = Archive(
        transcript=transcript,
        cues=cues,
        corrections=corrections,
        replaced=tuple(each for each in changes if each.until),
        revisions=tuple(map(_read_revision, root.items("revisions"))),
        pinned=pinned,
        offset_ms=root.whole("offset_ms", 0),
        script=_read_script(root.object("script")) if root.fields.get("script") is not None else None,
        renamed=_read_renamings(root.object("renamed")),
        files=root.object("files").texts(),
        earlier_files=root.object("earlier_files").texts(),
        options=root.object("options").fields,
        accepted=tuple(map(_read_acceptance, root.items("accepted"))),
        hand_edits=_hand_edits(transcript, corrections, texts) if version > 1 else (),
        names={reader.text("id"): reader.text("name") for reader in root.items("speakers")},
        language=root.text("language", ""),
        style=_read_style(root.object("style")),
        media=_read_media(root.object("media")),
        title=root.text("title", ""),
        generator=root.text("generator", ""),
    )
    return archive if version >= _COUNTS_FROM_1 else _counted_from_1(archive)


def _counted_from_1(archive: Archive) -> Archive:
    """An archive of a version that counted speakers from 0, with the ids of now; ids that are no numbers stay."""
    sentences = tuple(replace(each, speaker=_from_1(each.speaker)) for each in archive.transcript.sentences)
    options = dict(archive.options)
    if isinstance(names := options.get("names"), Mapping):
        options["names"] = {_from_1(key): name for key, name in names.items()}
    return replace(
        archive,
        transcript=replace(archive.transcript, sentences=sentences),
        cues=tuple(_cue_from_1(cue) for cue in archive.cues),
        names={_from_1(key) or "": name for key, name in archive.names.items()},
        corrections=tuple(replace(each, speaker=_from_1(each.speaker)) for each in archive.corrections),
        replaced=tuple(replace(each, speaker=_from_1(each.speaker)) for each in archive.replaced),
        options=options,
    )


def _cue_from_1(cue: Cue) -> Cue:
    lines = tuple(replace(line, speaker=_from_1(line.speaker)) for line in cue.lines)
    return replace(cue, speaker=_from_1(cue.speaker), lines=lines)


def _from_1(speaker: str | None) -> str | None:
    return str(int(speaker) + 1) if speaker is not None and speaker.isdecimal() else speaker


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _rows(key: str, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A list, after others, with each of its rows on a line."""
    yield f",\n{_json(key)}: ["
    is_empty = True
    for row in rows:
        yield f"{'' if is_empty else ','}\n{_json(row)}"
        is_empty = False
    yield "]" if is_empty else "\n]"


def _media(media: MediaFacts) -> dict[str, Any]:
    return {
        "duration_ms": media.duration_ms,
        "width": media.width,
        "height": media.height,
        "frame_rate": format_rate(media.frame_rate) if media.frame_rate else None,
        "start_timecode": media.start_timecode,
        "sha256": media.sha256,
    }


def _sentences(archive: Archive) -> Iterator[dict[str, Any]]:
    """The sentences as recognised, each with the text that is shown of it."""
    texts = {**sentence_texts(archive.transcript, archive.corrections), **dict(archive.hand_edits)}
    first = 0
    for index, sentence in enumerate(archive.transcript.sentences):
        text = texts.get(index, sentence.text)
        heard = {} if text == sentence.text and _is_spelled(sentence) else {"heard": sentence.text}
        yield {
            "first_word": first,
            "start_ms": sentence.start_ms,
            "end_ms": sentence.end_ms,
            "speaker": sentence.speaker,
            "channel": sentence.channel,
            "text": text,
            **heard,
            "words": _words(sentence.words),
        }
        first += len(sentence.words) or 1


def _is_spelled(sentence: Sentence) -> bool:
    """Whether the words of a sentence are its text, spaces aside."""
    return _letters(sentence.text) == _letters("".join([word.text + word.punctuation for word in sentence.words]))


def _letters(text: str) -> str:
    return "".join(text.split())


def _correction(each: Correction) -> dict[str, Any]:
    extra = {"until": each.until, "unfit": each.unfit}
    return {
        "words": [each.first, each.last],
        "text": each.text,
        "speaker": each.speaker,
        "by": each.by,
        "at": each.at,
        "from": each.source,
        "revision": each.revision,
        **({each.kind: True} if each.kind != "person" else {}),
        **{key: value for key, value in extra.items() if value},
        "shown": _words(each.words),
    }


def _script(report: ScriptReport) -> dict[str, Any]:
    return {
        "name": report.name,
        "policy": report.policy,
        "followed": report.followed,
        "spoken": report.spoken,
        "is_used": report.is_used,
        **({"in_capitals": True} if report.in_capitals else {}),
        "places": [
            {
                "kind": each.kind,
                "start_ms": each.start_ms,
                "end_ms": each.end_ms,
                "text": each.text,
                "spoken": each.spoken,
                "words": each.words,
            }
            for each in report.places
        ],
    }


def revision_json(each: Revision) -> dict[str, Any]:
    """A revision as a JSON value, as the archive has it."""
    return {
        "number": each.number,
        "at": each.at,
        "by": each.by,
        "from": each.source,
        "corrections": each.corrections,
        "cuts": each.cuts,
        "times": each.times,
    }


def _acceptance(each: Acceptance) -> dict[str, Any]:
    return {
        "rule": each.rule,
        "text": each.text,
        "start_ms": each.start_ms,
        "end_ms": each.end_ms,
        "reason": each.reason,
        "by": each.by,
        "at": each.at,
        **({"file": each.file} if each.file else {}),
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


def _cue(cue: Cue, *, is_pinned: bool) -> dict[str, Any]:
    """A cue; fields that were added after version 1 began are written only where they have a value."""
    placed = {"placement": _placement(cue.placement)} if cue.placement is not None else {}
    lines = [_line(line) for line in cue.lines]
    pin = {"pinned": True} if is_pinned else {}
    return {"start_ms": cue.start_ms, "end_ms": cue.end_ms, "speaker": cue.speaker, **pin, **placed, "lines": lines}


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

    def part(self, key: str) -> float:
        """A share from 0 to 1."""
        value = self.fields.get(key)
        if value is None or not is_confidence(value):
            raise ReplyError(f"transcript file: {self.path}{key} is not between 0 and 1")
        return float(value)

    def confidence(self) -> float | None:
        """Confidence of the recogniser in a word, 0 to 1, or None."""
        value = self.fields.get("confidence")
        if value is not None and not is_confidence(value):
            raise ReplyError(f"transcript file: {self.path}confidence is not between 0 and 1")
        return value

    def flag(self, key: str) -> bool:
        value: bool = self._get(key, bool, "true or false", False)
        return value

    def object(self, key: str) -> _JsonObject:
        return _JsonObject(self._get(key, dict, "an object", {}), f"{self.path}{key}.")

    def texts(self) -> dict[str, str]:
        """Every field, each of which is a text."""
        return {key: self.text(key) for key in self.fields}

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


def _read_cues(root: _JsonObject) -> tuple[tuple[Cue, ...], tuple[int, ...]]:
    """The cues, and which of them are pinned; those that were made when it was decoded are taken as they are."""
    cues: list[Cue] = []
    pinned: list[int] = []
    for index, value in enumerate(root.list("cues")):
        if isinstance(value, Cue):
            cues.append(value)
            continue
        row = root.item("cues", index, value)
        cues.append(_read_cue(row))
        if row.flag("pinned"):
            pinned.append(index)
    return tuple(cues), tuple(pinned)


def _read_transcript(root: _JsonObject, version: int) -> tuple[Transcript, Mapping[int, str]]:
    """The recognised transcript, and the text in the file of every sentence where it may be another."""
    reader = root.object("transcript")
    if "sentences" not in root.fields:
        raise ReplyError("transcript file: sentences are missing")
    sentences: list[Sentence] = []
    texts: dict[int, str] = {}
    for index, value in enumerate(root.list("sentences")):
        row = None if isinstance(value, Sentence) else root.item("sentences", index, value)
        sentence = value if row is None else _read_sentence(row)
        heard = row.text_or_none("heard") if row is not None else None
        if version > 1 and (heard is not None or not _is_spelled(sentence)):
            texts[index] = sentence.text
            sentence = replace(sentence, text=_recognised_text(sentence) if heard is None else heard)
        sentences.append(sentence)
    made = Transcript(
        sentences=tuple(sentences),
        language=reader.text("language", ""),
        duration_ms=reader.whole("duration_ms", 0),
        by_channel=reader.flag("by_channel"),
        model=reader.text("model", ""),
        billed_s=None if reader.fields.get("billed_s") is None else reader.whole("billed_s"),
    )
    return made, texts


def _recognised_text(sentence: Sentence) -> str:
    """The text of a sentence by its words, for one whose own text was edited."""
    if not sentence.words:
        return sentence.text
    tokens = [word.text + word.punctuation for word in sentence.words]
    if " " not in sentence.text.strip():
        return "".join(tokens).strip()
    has_spaces = any(token != token.strip() for token in tokens)
    # Some models write the space between two words into the tokens, but none after punctuation; others write none.
    spaced = [f"{token} " if not has_spaces or token[-1:] in _MARKS else token for token in tokens]
    return _SPACES.sub(" ", "".join(spaced)).strip()


def _hand_edits(
    transcript: Transcript, corrections: Sequence[Correction], texts: Mapping[int, str]
) -> tuple[tuple[int, str], ...]:
    """The sentences whose text in the file is not what words and corrections give."""
    given = sentence_texts(transcript, corrections)
    expected = {index: given.get(index, transcript.sentences[index].text) for index in texts}
    return tuple((index, text) for index, text in texts.items() if _letters(text) != _letters(expected[index]))


def _read_correction(reader: _JsonObject) -> Correction:
    numbers = reader.list("words")
    if len(numbers) != 2 or not all(type(number) is int for number in numbers) or not 0 <= numbers[0] <= numbers[1]:
        raise ReplyError(f"transcript file: {reader.path}words are not the first word and the one after the last")
    return Correction(
        first=numbers[0],
        last=numbers[1],
        text=reader.text_or_none("text"),
        words=tuple(
            Word(item.text("text"), item.text("punctuation", ""), *item.span()) for item in reader.items("shown")
        ),
        speaker=reader.text_or_none("speaker"),
        by=reader.text("by", ""),
        at=reader.text("at", ""),
        source=reader.text("from", ""),
        kind="rule" if reader.flag("rule") else "script" if reader.flag("script") else "person",
        revision=reader.whole("revision", 0),
        until=reader.whole("until", 0),
        unfit=reader.text("unfit", ""),
    )


def _read_script(reader: _JsonObject) -> ScriptReport:
    return ScriptReport(
        name=reader.text("name", ""),
        policy="script" if reader.text("policy", "") == "script" else "spoken",
        followed=reader.part("followed"),
        spoken=reader.part("spoken"),
        is_used=reader.flag("is_used"),
        in_capitals=reader.flag("in_capitals"),
        places=tuple(map(_read_place, reader.items("places"))),
    )


def _read_renamings(reader: _JsonObject) -> dict[str, Renaming]:
    found = {key: reader.object(key) for key in reader.fields}
    return {key: Renaming(each.text("name"), each.text("given", "")) for key, each in found.items()}


def _read_place(reader: _JsonObject) -> ScriptPlace:
    kinds: tuple[PlaceKind, ...] = get_args(PlaceKind)
    kind = next((known for known in kinds if known == reader.text("kind", "")), kinds[0])
    return ScriptPlace(
        kind, *reader.span(), reader.text("text", ""), reader.text("spoken", ""), reader.whole("words", 0)
    )


def _read_revision(reader: _JsonObject) -> Revision:
    return Revision(
        number=reader.whole("number"),
        at=reader.text("at", ""),
        by=reader.text("by", ""),
        source=reader.text("from", ""),
        corrections=reader.whole("corrections", 0),
        cuts=reader.whole("cuts", 0),
        times=reader.whole("times", 0),
    )


def _read_acceptance(reader: _JsonObject) -> Acceptance:
    start_ms, end_ms = reader.span()
    return Acceptance(
        rule=reader.text("rule"),
        text=reader.text("text"),
        start_ms=start_ms,
        end_ms=end_ms,
        reason=reader.text("reason", ""),
        by=reader.text("by", ""),
        at=reader.text("at", ""),
        file=reader.text("file", ""),
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


def _read_words(reader: _JsonObject, key: str = "words") -> tuple[Word, ...]:
    if isinstance(ready := reader.fields.get(key), tuple):
        return ready
    return tuple(
        Word(item.text("text"), item.text("punctuation", ""), *item.span(), item.confidence())
        for item in reader.items(key)
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
