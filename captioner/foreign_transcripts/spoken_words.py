"""Words of a recogniser, as all of them give them, put together to sentences.

A sentence ends where the speaker changes, at a mark that ends one (not behind an abbreviation of the language or an
initial), and in a pause of a second and a half, where recognisers that set no marks end one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from captioner.errors import ReplyError
from captioner.languages import canonical_tag, gap_between
from captioner.layout.lexicon import detect_language, language_profile
from captioner.model import Sentence, Transcript, Word

__all__ = ["SpokenWord", "milliseconds", "objects", "spaced", "tag_of", "to_transcript"]

# Our own figure: longer than a breath or a thought inside a sentence.
_PAUSE_MS = 1500
_END = re.compile(r"[.!?…。！？؟।۔][\"'”’»)\]）」』]*$")


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One word.

    Attributes:
        text: With its punctuation, and with the space before it where the writing has one.
        start_ms: First millisecond spoken; None where the recogniser gives no time.
        end_ms: First millisecond after it, or None.
        speaker: What the recogniser calls the voice, or None.
        confidence: How sure it is, 0 to 1, or None.
        channel: Channel, counted from 0.
    """

    text: str
    start_ms: int | None
    end_ms: int | None
    speaker: str | None = None
    confidence: float | None = None
    channel: int = 0


def to_transcript(
    words: Sequence[SpokenWord], language: str = "", duration_ms: int = 0, *, by_channel: bool = False, model: str = ""
) -> Transcript:
    """Put words together to sentences.

    Args:
        words: In order of time within each channel.
        language: BCP 47 tag, or "" when the text has to tell.
        duration_ms: Length of the media, 0 when unknown.
        by_channel: Whether channels are the speakers.
        model: Name of the model, or "".

    Raises:
        ReplyError: No word has a time.
    """
    spoken = [word for word in words if word.text.strip()]
    if spoken and all(word.start_ms is None for word in spoken):
        raise ReplyError("has no times; export it with the times of segments or words")
    ids = _ids([word.speaker for word in spoken])
    home = detect_language("".join(word.text for word in spoken[:2000]), language)
    abbreviations = language_profile(home).abbreviations
    sentences: list[Sentence] = []
    for channel in sorted({word.channel for word in spoken}):
        timed = _with_times([word for word in spoken if word.channel == channel])
        for group in _groups(timed, abbreviations):
            sentences.append(_sentence(group, str(channel + 1) if by_channel else ids.get(group[0].speaker), channel))
    sentences.sort(key=lambda sentence: sentence.start_ms)
    last = max((sentence.end_ms for sentence in sentences), default=0)
    return Transcript(tuple(sentences), language, max(duration_ms, last), by_channel=by_channel, model=model)


def spaced(texts: Sequence[str]) -> list[str]:
    """Words with the spaces of the writing before them, for services that leave them out: none beside Chinese ones."""
    return [*texts[:1], *(f"{gap_between(*pair)}{pair[1]}" for pair in pairwise(texts))]


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none from anything else."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def milliseconds(value: Any) -> int | None:
    """Milliseconds from seconds as a number or as text; None from anything else."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return round(seconds * 1000) if 0 <= seconds < 10**7 else None


def tag_of(language: Any) -> str:
    """BCP 47 tag from a tag in any spelling or from an English name such as `english`; "" from anything else."""
    return canonical_tag(language) if isinstance(language, str) and language else ""


def _ids(speakers: Sequence[str | None]) -> Mapping[str | None, str | None]:
    """Speaker ids from 1 by what a service calls its speakers: their own numbers, which services count from 0, else
    numbers in order of appearance.
    """
    names = list(dict.fromkeys(name for name in speakers if name is not None))
    numbers = [re.fullmatch(r"(?:[A-Za-z]+_?)?0*(\d+)", name) for name in names]
    if names and all(numbers):
        return {name: str(int(number[1]) + 1) for name, number in zip(names, numbers, strict=True) if number}
    return {name: str(place) for place, name in enumerate(names, 1)}


def _with_times(words: Sequence[SpokenWord]) -> list[SpokenWord]:
    """Words that all have times, in order and without overlap: those without get what is between their neighbours."""
    made: list[SpokenWord] = []
    waiting: list[SpokenWord] = []
    at = 0
    for word in words:
        if word.start_ms is None:
            waiting.append(word)
            continue
        start = max(at, word.start_ms)
        made += _between(waiting, at if made else max(0, start - 300 * len(waiting)), start)
        waiting = []
        at = max(start, start if word.end_ms is None else word.end_ms)
        made.append(replace(word, start_ms=start, end_ms=at))
    return made + _between(waiting, at, at + 300 * len(waiting))  # 300 ms: a word of two syllables


def _between(words: Sequence[SpokenWord], start: int, end: int) -> list[SpokenWord]:
    """Words without times, spread evenly."""
    step = (end - start) / max(1, len(words))
    return [
        replace(word, start_ms=round(start + step * place), end_ms=round(start + step * (place + 1)))
        for place, word in enumerate(words)
    ]


def _groups(words: Sequence[SpokenWord], abbreviations: frozenset[str]) -> Iterator[list[SpokenWord]]:
    """The words of each sentence."""
    group: list[SpokenWord] = []
    for word in words:
        if group and _ends(group[-1], word, abbreviations):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _ends(word: SpokenWord, after: SpokenWord, abbreviations: frozenset[str]) -> bool:
    if word.speaker != after.speaker or (after.start_ms or 0) - (word.end_ms or 0) >= _PAUSE_MS:
        return True
    text = word.text.strip()
    if not _END.search(text):
        return False
    bare = text.rstrip(".").casefold()
    is_short = text.endswith(".") and (bare in abbreviations or "." in bare or (len(bare) == 1 and bare.isalpha()))
    goes_on = after.text.strip()[:1].islower()
    return not (is_short or (text.endswith("…") and goes_on) or (text.endswith(".") and goes_on and len(bare) < 5))


def _sentence(group: Sequence[SpokenWord], speaker: str | None, channel: int) -> Sentence:
    """A sentence whose text is its words joined."""
    texts: list[str] = []
    spaces = True  # whether a space before the next word would be one too many
    for word in group:
        lead = " " if word.text[:1].isspace() and not spaces else ""
        spaces = word.text[-1:].isspace()
        texts.append(lead + " ".join(word.text.split()) + (" " if spaces else ""))
    texts[-1] = texts[-1].rstrip()
    words = tuple(
        Word(text, "", word.start_ms or 0, word.end_ms or 0, word.confidence)
        for text, word in zip(texts, group, strict=True)
    )
    return Sentence("".join(texts), words[0].start_ms, words[-1].end_ms, words, speaker, channel)
