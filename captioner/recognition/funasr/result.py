"""Reads a reply of the service as a transcript. Pure; the service's own names of fields stay in this module.

One rule: no spoken word is lost. Unknown fields are ignored, missing ones are replaced, impossible times are clamped;
only data that is not a reply at all is refused.

Source of the shape: Model Studio, "Audio file recognition - Fun-ASR/Paraformer", 2026-03-24, and published replies.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import repeat
from operator import itemgetter, le
from sys import intern
from typing import Any

from captioner.errors import ReplyError
from captioner.gc_pause import gc_paused
from captioner.model import Sentence, Transcript, Word, make_records
from captioner.recognition.funasr.bounded_read import BodyError, check_bounds, parse_json_bounded
from captioner.recognition.funasr.redaction import redact_signatures
from captioner.recognition.funasr.token_alignment import align_tokens, normalize, text_of_tokens

__all__ = ["compacting", "decode_reply", "empty_reply", "redact_signatures", "to_transcript"]

MAX_MS = 7 * 24 * 3600 * 1000
"""Largest possible time in a reply: a file has at most 12 h. A larger number is treated as missing."""

LARGE_BYTES = 1 << 20
"""From this size on, about an hour of speech, loading the faster decoder pays off."""

_NEGATIVE = re.compile(r"-\d+")

_Item = Mapping[str, Any]

_FIELDS = itemgetter("begin_time", "end_time", "text", "punctuation")
_Columns = tuple[Sequence[int], Sequence[int], Sequence[str], Sequence[str], Sequence[object]]


def to_transcript(
    raw: bytes | str | Mapping[str, Any],
    *,
    language: str = "",
    offset_ms: int = 0,
    by_channel: bool = False,
    model: str = "",
    billed_s: int | None = None,
) -> Transcript:
    """Read a reply of the service.

    Args:
        raw: The JSON behind a result link, as bytes, text or already decoded (by any decoder, or by `decode_reply`
            with the same offset); also the body of a task that failed because there was no speech, and what
            `empty_reply` wrote.
        language: BCP 47 tag for the transcript, or "".
        offset_ms: Added to every time, so that zero is the player's zero; may be negative.
        by_channel: Whether channels are the speakers; always so when the reply has more than one channel.
        model: Model that recognised it, or "".
        billed_s: Seconds billed, from the task, or None.

    Returns:
        Sentences in order of time, each `text` stripped and with single spaces and, where there are words, equal to
        their concatenation. Words lie inside their sentence, in order, without overlap.

    Raises:
        ReplyError: Not a reply: not JSON, not an object, or an object without any field of a reply.
    """
    with gc_paused():
        body = _body(raw, offset_ms)
        entries = _entries(body)
        channels = [_channel(entry, index) for index, entry in enumerate(entries)]
        by_channel = by_channel or len(set(channels)) > 1
        rows = [
            row
            for entry, channel in zip(entries, channels, strict=True)
            for row in _sentences(entry, channel, offset_ms, by_channel=by_channel)
        ]
        sentences = make_records(Sentence, len(rows), *zip(*rows, strict=True)) if rows else []
    sentences.sort(key=lambda sentence: sentence.start_ms)
    last_ms = max((sentence.end_ms for sentence in sentences), default=0)
    return Transcript(
        sentences=tuple(sentences),
        language=language,
        duration_ms=max(_duration_ms(body) + offset_ms, last_ms, 0),
        by_channel=by_channel,
        model=model,
        billed_s=billed_s,
    )


def empty_reply(file_url: str, duration_ms: int, reason: str) -> bytes:
    """Make a reply for a file without speech, so that every finished file has one.

    Args:
        file_url: The recognised URL without its query.
        duration_ms: Length of the file.
        reason: The service's code for finding no speech, such as `SUCCESS_WITH_NO_VALID_FRAGMENT`.
    """
    body = {
        "file_url": file_url,
        "properties": {"original_duration_in_milliseconds": duration_ms},
        "transcripts": [],
        "code": reason,
    }
    return json.dumps(body, ensure_ascii=False).encode()


def decode_reply(raw: bytes, offset_ms: int = 0) -> object:
    """Decode a reply, with the tokens of every sentence made words at once where all of them are valid.

    The tokens of twelve hours as objects take three times the memory of the words made of them; like this only one
    sentence's are there at a time.

    Args:
        raw: JSON as received.
        offset_ms: As for `to_transcript`, which must be given the same one.

    Raises:
        BodyError: Too large, nested too deeply, or with too many parts.
        ValueError: Not JSON, or not UTF-8.
    """
    large = _decode_large(raw, offset_ms) if len(raw) >= LARGE_BYTES else None
    return parse_json_bounded(raw, compacting(offset_ms)) if large is None else large


def _decode_large(raw: bytes, offset_ms: int) -> _Item | None:
    """Decode a reply of the usual shape by the faster decoder; None for any other shape, and for damaged ones."""
    from captioner.recognition.funasr import fast_decode

    check_bounds(raw)
    try:
        body, entries = fast_decode.decode_parts(raw)
        transcripts = [fields | {"sentences": _decode_sentences(rows, offset_ms)} for fields, rows in entries]
    except fast_decode.DAMAGED:
        return None
    return body | {"transcripts": transcripts}


def _decode_sentences(rows: Sequence[Any], offset_ms: int) -> list[Any]:
    """The sentences of an entry: many at a time, and where one of them has a fault one by one."""
    from captioner.recognition.funasr import fast_decode

    found: list[Any] = []
    for first in range(0, len(rows), fast_decode.BLOCK_SENTENCES):
        block = rows[first : first + fast_decode.BLOCK_SENTENCES]
        found += _decode_block(block, offset_ms) or [_decode_sentence(row, offset_ms) for row in block]
    return found


def _decode_block(rows: Sequence[Any], offset_ms: int) -> list[dict[str, Any]] | None:
    """Sentences without any fault; None where one has a fault."""
    from captioner.recognition.funasr import fast_decode

    try:
        sentences, bounds, columns = fast_decode.decode_block(rows)
    except fast_decode.DAMAGED:
        return None
    if not _are_valid(sentences, bounds, columns, offset_ms):
        return None
    words = tuple(_to_words(columns, offset_ms))
    for sentence, first, last in zip(sentences, bounds, bounds[1:], strict=False):
        sentence["words"] = words[first:last]
    return sentences


def _decode_sentence(row: Any, offset_ms: int) -> Any:
    """A sentence with words where all its tokens are valid, else as it is."""
    from captioner.recognition.funasr import fast_decode

    try:
        fields, columns = fast_decode.decode_sentence(row)
    except fast_decode.DAMAGED:
        return fast_decode.decode_value(row)
    words = _words_in_range(columns, fields, offset_ms) if columns else []
    return fast_decode.decode_value(row) if words is None else fields | {"words": tuple(words)}


def _are_valid(rows: Sequence[_Item], bounds: Sequence[int], columns: _Columns, offset_ms: int) -> bool:
    """Whether every token of every sentence is valid, as `_valid_words` asks; sentences may overlap."""
    starts, ends, texts, marks, _ = columns
    in_order = _are_ordered(columns)
    for row, a, b in zip(rows, bounds, bounds[1:], strict=False):
        if a == b:
            continue
        if not _is_possible(row, offset_ms) or starts[a] < row["begin_time"] or ends[b - 1] > row["end_time"]:
            return False
        if not in_order and not _are_ordered((starts[a:b], ends[a:b], texts[a:b], marks[a:b], ())):
            return False
    return True


def compacting(offset_ms: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A hook for the JSON reader that turns a sentence's tokens into words at once."""

    def compacted(item: dict[str, Any]) -> dict[str, Any]:
        tokens = item.get("words")
        if tokens.__class__ is not list:
            return item
        columns = _columns(tokens) if tokens else None
        words = _words_in_range(columns, item, offset_ms) if columns else None
        item["words"] = () if not tokens else tokens if words is None else tuple(words)
        return item

    return compacted


def _words_in_range(columns: _Columns, item: _Item, offset_ms: int) -> list[Word] | None:
    """The words of a sentence whose times are possible; see `_valid_words`."""
    if not _is_possible(item, offset_ms):
        return None
    return _valid_words(columns, item["begin_time"], item["end_time"], offset_ms)


def _is_possible(item: _Item, offset_ms: int) -> bool:
    """Whether the times of a sentence are possible."""
    start_ms, end_ms = item.get("begin_time"), item.get("end_time")
    if start_ms.__class__ is not int or end_ms.__class__ is not int:
        return False
    return max(0, -offset_ms) <= start_ms <= end_ms <= MAX_MS


def _body(raw: bytes | str | Mapping[str, Any], offset_ms: int) -> _Item:
    """The reply as an object."""
    if isinstance(raw, Mapping):
        return raw
    try:
        body = decode_reply(raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass"), offset_ms)
    except BodyError as error:
        raise ReplyError(f"not a reply of the service: {error}") from error
    except UnicodeDecodeError as error:
        raise ReplyError("not a reply of the service: not UTF-8; give the JSON as it was received") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ReplyError(f"not a reply of the service: not JSON ({error.msg}, {where})") from error
    except ValueError as error:
        raise ReplyError("not a reply of the service: a number without end in it") from error
    if not isinstance(body, dict):
        raise ReplyError("not a reply of the service: a JSON object was expected, with transcripts inside")
    return body


def _entries(body: _Item) -> list[_Item]:
    """The transcript entries, one per channel; none when there was no speech."""
    for key in ("transcripts", "transcript"):
        if isinstance(body.get(key), Mapping):
            return [body[key]]
        if isinstance(body.get(key), list):
            return _items(body[key])
    if isinstance(body.get("sentences"), list):
        return [body]
    if _is_silence(body):
        return []
    if "task_status" in body or isinstance(body.get("output"), Mapping):
        raise ReplyError("this is the status of a task, not a transcript; fetch the result it points to")
    if isinstance(body.get("properties"), Mapping):
        return []
    raise ReplyError("not a reply of the service: there are no transcripts in it")


def _is_silence(body: _Item) -> bool:
    """Whether the body is that of a task, or of a file, without speech."""
    # Imported here because nearly every reply has transcripts, and formatting one should start fast.
    from captioner.recognition.funasr.task_status import NO_SPEECH, no_speech_code

    return bool(no_speech_code(body)) or _text(body.get("code")) in NO_SPEECH


def _items(value: object) -> list[_Item]:
    """The objects in a list; other values are skipped."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _channel(entry: _Item, index: int) -> int:
    channel = entry.get("channel_id")
    return channel if channel.__class__ is int and 0 <= channel < 1000 else index


def _duration_ms(body: _Item) -> int:
    properties = body.get("properties")
    if not isinstance(properties, Mapping):
        return 0
    value = properties.get("original_duration_in_milliseconds", properties.get("original_duration"))
    return _ms(value) or 0


_SentenceFields = tuple[str, int, int, tuple[Word, ...], str | None, int]


def _sentences(entry: _Item, channel: int, offset_ms: int, *, by_channel: bool) -> Iterable[_SentenceFields]:
    """The fields of the sentences of one channel, in the order received."""
    items = _items(entry.get("sentences"))
    if not items and _text(entry.get("text")):
        items = [{"text": entry["text"], "begin_time": 0, "end_time": entry.get("content_duration_in_milliseconds")}]
    earliest_ms = 0
    for item in items:
        sentence = _sentence(item, earliest_ms, offset_ms)
        if sentence is None:
            continue
        text, start_ms, end_ms, words = sentence
        earliest_ms = end_ms - offset_ms
        speaker = str(channel + 1) if by_channel else _speaker(item.get("speaker_id"))
        yield text, start_ms, end_ms, words, speaker, channel


def _speaker(value: object) -> str | None:
    """The speaker's number from 1 as text, where the service counts from 0; an id that is no number stays.

    None when it is missing, not an id, or negative, which means an unknown speaker.
    """
    if isinstance(value, str):
        text = normalize(value)
        if text.isdecimal() and len(text) < 10:
            return str(int(text) + 1)
        return None if not text or _NEGATIVE.fullmatch(text) else text
    return str(value + 1) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None


def _sentence(item: _Item, earliest_ms: int, offset_ms: int) -> tuple[str, int, int, tuple[Word, ...]] | None:
    """Text, start, end and words; None for a sentence without words. `earliest_ms` serves a sentence without times."""
    said = _text(item.get("text"))
    tokens = item.get("words")
    ready = tokens if isinstance(tokens, tuple) else ()
    tokens = tokens if isinstance(tokens, list) else []
    words: Sequence[Word] | None
    if ready:  # the times are known to be possible
        start_ms, end_ms, words = item["begin_time"], item["end_time"], ready
    else:
        start_ms, end_ms = _edges(item, tokens, earliest_ms)
        columns = _columns(tokens) if tokens and start_ms + offset_ms >= 0 else None
        words = _valid_words(columns, start_ms, end_ms, offset_ms) if columns else None
        words = _repair_words(tokens, start_ms, end_ms, offset_ms, said) if words is None else words
    joined = "".join([word.text + word.punctuation for word in words])
    text = normalize(said) or normalize(text_of_tokens(words))
    if not text:
        return None
    if text != joined:
        trimmable = words and words[0].text.strip() and words[-1].text.strip() and text == joined.strip()
        words = _trim(list(words)) if trimmable else align_tokens(text, words)
    return text, max(start_ms + offset_ms, 0), max(end_ms + offset_ms, 0), tuple(words)


def _edges(item: _Item, tokens: Sequence[object], earliest_ms: int) -> tuple[int, int]:
    """Start and end of the sentence; taken from its words where they are missing or impossible."""
    start_ms, end_ms = _ms(item.get("begin_time")), _ms(item.get("end_time"))
    if start_ms is None or end_ms is None or end_ms < start_ms:
        begins = [ms for token in _items(tokens) if (ms := _ms(token.get("begin_time"))) is not None]
        ends = [ms for token in _items(tokens) if (ms := _ms(token.get("end_time"))) is not None]
        start_ms = min(begins, default=earliest_ms if start_ms is None else start_ms)
        end_ms = max(ends, default=start_ms if end_ms is None else end_ms)
    return start_ms, max(start_ms, end_ms)


def _columns(tokens: Sequence[Any]) -> _Columns | None:
    """Begin times, end times, texts and punctuation of tokens; None when one of them is missing or of another type.

    The last column is their confidence, which only some models report; empty when there is none.
    """
    try:
        starts, ends, texts, marks = zip(*map(_FIELDS, tokens), strict=True)
    except (KeyError, TypeError, IndexError):
        return None
    typed = set(map(type, starts + ends)) == {int} and set(map(type, texts + marks)) == {str}
    has_confidence = any("confidence" in token for token in tokens)
    sure = tuple([token.get("confidence") for token in tokens]) if has_confidence else ()
    return (starts, ends, texts, marks, sure) if typed else None


def _valid_words(columns: _Columns, start_ms: int, end_ms: int, offset_ms: int) -> list[Word] | None:
    """The words when every token is valid: not blank, in order, inside its sentence; otherwise None.

    Nearly every token of a twelve-hour file is handled here, so by columns and not token by token: the loops run
    in C.
    """
    starts, ends = columns[0], columns[1]
    if starts[0] < start_ms or ends[-1] > end_ms or not _are_ordered(columns):
        return None
    return _to_words(columns, offset_ms)


def _are_ordered(columns: _Columns) -> bool:
    """Whether no token is blank and none begins before the one before it ends."""
    starts, ends, texts, _, _ = columns
    return all(map(str.strip, texts)) and all(map(le, starts, ends)) and all(map(le, ends, starts[1:]))


def _to_words(columns: _Columns, offset_ms: int) -> list[Word]:
    starts, ends, texts, marks, sure = columns
    if offset_ms:
        starts, ends = [ms + offset_ms for ms in starts], [ms + offset_ms for ms in ends]
    confidences = map(_confidence, sure) if sure else repeat(None)
    # Words repeat: one copy of each.
    return make_records(Word, len(starts), map(intern, texts), map(intern, marks), starts, ends, confidences)


def _confidence(value: object) -> float | None:
    """Confidence of the recogniser in a word, 0 to 1; None for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= 1 else None  # type: ignore[operator, arg-type]  # it is a number


def _repair_words(tokens: Sequence[Any], start_ms: int, end_ms: int, offset_ms: int, said: str) -> list[Word]:
    """The words of a sentence with invalid tokens: missing values are filled in, times made possible.

    Tokens stay in the order received, which is the order of the text, unless only the order of time gives the text.
    """
    items = _items(tokens)
    if _concatenate(items) != said:
        by_time = sorted(items, key=lambda token: _ms(token.get("begin_time")) or 0)
        items = by_time if _concatenate(by_time) == said else items
    starts = _starts(items, start_ms, end_ms)
    words: list[Word] = []
    for index, token in enumerate(items):
        limit_ms = starts[index + 1] if index + 1 < len(items) else end_ms
        stop_ms = _ms(token.get("end_time"))
        stop_ms = limit_ms if stop_ms is None else min(max(stop_ms, starts[index]), limit_ms)
        _add_word(words, token, max(starts[index] + offset_ms, 0), max(stop_ms + offset_ms, 0))
    return words


def _starts(items: Sequence[_Item], start_ms: int, end_ms: int) -> list[int]:
    """Start of each token: never before the one before it, never outside the sentence."""
    starts: list[int] = []
    earliest_ms = after_ms = start_ms
    for token in items:
        begin, end = _ms(token.get("begin_time")), _ms(token.get("end_time"))
        earliest_ms = min(max(earliest_ms, after_ms if begin is None else begin), end_ms)
        after_ms = max(earliest_ms, end or 0)
        starts.append(earliest_ms)
    return starts


def _add_word(words: list[Word], token: _Item, start_ms: int, end_ms: int) -> None:
    """Append a token. One without text extends the word before it, or is a word itself when it comes first."""
    text, mark = _text(token.get("text")), _text(token.get("punctuation"))
    if text.strip():
        words.append(Word(text, mark, start_ms, end_ms, _confidence(token.get("confidence"))))
    elif text + mark and not words:
        words.append(Word(text + mark, "", start_ms, end_ms))
    elif text + mark:
        last = words[-1]
        words[-1] = replace(last, punctuation=last.punctuation + text + mark, end_ms=max(last.end_ms, end_ms))


def _concatenate(items: Iterable[_Item]) -> str:
    return "".join([_text(item.get("text")) + _text(item.get("punctuation")) for item in items])


def _trim(words: list[Word]) -> list[Word]:
    """The words without the white space before the first and after the last; both of these have text."""
    first = words[0]
    words[0] = replace(first, text=first.text.lstrip())
    last = words[-1]
    mark = last.punctuation.rstrip()
    words[-1] = replace(last, text=last.text if mark else last.text.rstrip(), punctuation=mark)
    return words


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _ms(value: object) -> int | None:
    """A time in milliseconds, at least 0; None for other values, and for impossible times."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (isinstance(value, float) and not math.isfinite(value))
    ):
        return None
    return None if value > MAX_MS else max(round(value), 0)
