"""YouTube's timed text: `json3` and its XML (`srv1`, `srv2`, `srv3`).

Captions that YouTube recognised have a time for every word, and events that only move lines up the screen; captions
that a person uploaded have a text and its time. A word lasts until the next one begins, and no longer than its event.

Source: files that YouTube's player loads (`fmt=json3`, `fmt=srv3`), as yt-dlp saves them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING, Any

from captioner.errors import ReplyError
from captioner.foreign_transcripts.spoken_words import SpokenWord, to_transcript
from captioner.formats.text.estimated_words import estimated_words
from captioner.model import Transcript

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["has_word_times", "is_one", "read", "read_xml"]


def is_one(document: dict[str, Any]) -> bool:
    """Whether it has events with segments."""
    events = document.get("events")
    return isinstance(events, list) and any(isinstance(each, dict) and "tStartMs" in each for each in events)


def has_word_times(document: dict[str, Any]) -> bool:
    """Whether YouTube recognised the captions: then the segments of an event are words."""
    segments = [each.get("segs") for each in document["events"] if isinstance(each, dict)]
    return any(
        "tOffsetMs" in part for each in segments if isinstance(each, list) for part in each if isinstance(part, dict)
    )


def read(document: dict[str, Any]) -> Transcript:
    """Read `json3`.

    Raises:
        ReplyError: No word has a time.
    """
    events = []
    for event in document["events"]:
        segments = event.get("segs") if isinstance(event, dict) else None
        if not isinstance(segments, list) or event.get("aAppend"):
            continue
        parts = [
            (str(each.get("utf8", "")), _ms(each.get("tOffsetMs")), _share(each.get("acAsrConf")))
            for each in segments
            if isinstance(each, dict)
        ]
        start = _ms(event.get("tStartMs")) or 0
        events.append((start, start + (_ms(event.get("dDurationMs")) or 0), parts))
    return _transcript(events)


def read_xml(root: Element) -> Transcript:
    """Read `srv1`, `srv2` or `srv3`.

    Raises:
        ReplyError: None of the three.
    """
    if root.tag == "transcript":
        lines = [(each, 1000, "start", "dur") for each in root.iter("text")]
    elif root.tag == "timedtext":
        lines = [(each, 1, "t", "d") for each in (*root.iter("p"), *root.findall("text"))]
    else:
        raise ReplyError("is no timed text of YouTube")
    events = []
    for line, unit, start_name, length_name in lines:
        if line.get("a") == "1":
            continue
        start, length = (_attribute(line, name, unit) for name in (start_name, length_name))
        events.append((start, start + length, list(_parts(line))))
    return _transcript(events)


def _parts(line: Element) -> Iterator[tuple[str, int | None, float | None]]:
    """Texts of a line with the time of each from its begin: the first has none when it begins with it."""
    plain = line.text or ""
    for part in line:
        if part.tag != "s":  # a line break or a font
            plain += " ".join(["", *part.itertext(), part.tail or ""])
            continue
        if plain.strip():
            yield unescape(plain), None, None
        yield unescape(part.text or ""), _ms(part.get("t")), None
        plain = part.tail or ""
    if plain.strip():
        yield unescape(plain), None, None  # YouTube escapes apostrophes twice


def _attribute(line: Element, name: str, unit: int) -> int:
    """Milliseconds from a time of a line, 0 where it has none."""
    text = line.get(name) or "0"
    try:
        value = float(text) * unit
    except ValueError:
        value = float("nan")
    if not 0 <= value < 10**10:
        raise ReplyError(f"is timed text of YouTube with a time that is none: {name}={text[:40]!r}; fetch it again")
    return round(value)


def _transcript(events: Sequence[tuple[int, int, list[tuple[str, int | None, float | None]]]]) -> Transcript:
    words: list[SpokenWord] = []
    spoken = [event for event in events if any(text.strip() for text, _, _ in event[2])]
    for place, (start, end, parts) in enumerate(spoken):
        nearest = min(end, spoken[place + 1][0]) if place + 1 < len(spoken) else end
        kept = [part for part in parts if part[0].strip()]
        if len(kept) == 1 and kept[0][1] is None:  # a caption of a person: its words share its time
            shared = estimated_words(" ".join(kept[0][0].split()), start, max(start, nearest))
            words += [_led(word.text, word.start_ms, word.end_ms, number == 0) for number, word in enumerate(shared)]
            continue
        begins = [start + (offset or 0) for _, offset, _ in kept]
        ends = [*begins[1:], max(nearest, begins[-1])]
        for number, ((text, _, confidence), begin, until) in enumerate(zip(kept, begins, ends, strict=True)):
            word = _led(" ".join(text.split()), begin, until, number == 0 or text[:1].isspace())
            words.append(replace(word, confidence=confidence))
    return to_transcript(words)


def _led(text: str, start: int, end: int, spaced: bool) -> SpokenWord:
    """A word with the space before it, which begins of lines leave out; Chinese and Japanese need none."""
    return SpokenWord(f" {text}" if spaced and text[:1] < "\u2e80" else text, start, end)


def _ms(value: Any) -> int | None:
    try:
        return max(0, round(float(value)))
    except (TypeError, ValueError, OverflowError):
        return None


def _share(value: Any) -> float | None:
    """Confidence of 0 to 1 from YouTube's 0 to 255; it writes 0 where it gives none."""
    return value / 255 if isinstance(value, int) and 0 < value <= 255 else None
