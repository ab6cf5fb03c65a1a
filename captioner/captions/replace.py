"""Replaces and masks words before the layout, so that widths and times are those of the words that are shown.

The one rule: every change is listed with the time it was said, and nothing is changed that the list does not name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from captioner.captions.word_spans import spans_of_tokens, word_pattern
from captioner.errors import ConfigError
from captioner.model import Sentence, Transcript, Word

__all__ = ["Replacements", "apply", "parse", "unmatched"]

_MASK = "*"


@dataclass(frozen=True, slots=True)
class Replacements:
    """Words to replace and words to mask.

    Attributes:
        words: What is heard to what is written. A key in lower case matches any case and gives its replacement the
            case found; a key with capitals matches exactly so.
        masked: Words whose letters after the first are shown as asterisks.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    masked: tuple[str, ...] = ()


def parse(text: str, name: str) -> Replacements:
    """Read a replacement list: a `[replace]` table of heard = written, and `mask = [...]`.

    Raises:
        ConfigError: Not TOML, or not such a list.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"replacements {name}: not valid TOML ({error})") from error
    words, masked = document.get("replace", {}), document.get("mask", [])
    if unknown := sorted(set(document) - {"replace", "mask"}):
        raise ConfigError(f"replacements {name}: unknown key {unknown[0]!r}; choose one of [replace], mask")
    if not isinstance(words, dict) or not all(isinstance(value, str) for value in words.values()):
        raise ConfigError(f'replacements {name}: [replace] takes lines such as "fun asr" = "Fun-ASR"')
    if not isinstance(masked, list) or not all(isinstance(word, str) and word.strip() for word in masked):
        raise ConfigError(f"replacements {name}: mask takes a list of words")
    if any(not key.strip() for key in words):
        raise ConfigError(f"replacements {name}: an empty word cannot be replaced")
    return Replacements(words, tuple(masked))


def unmatched(transcript: Transcript, replacements: Replacements) -> tuple[str, ...]:
    """Words of the list that are to be replaced and occur nowhere."""
    texts = [sentence.text for sentence in transcript.sentences]
    patterns = {heard: word_pattern(heard, exact=heard != heard.lower()) for heard in replacements.words}
    return tuple(heard for heard, pattern in patterns.items() if not any(map(pattern.search, texts)))


def apply(transcript: Transcript, replacements: Replacements) -> tuple[Transcript, tuple[str, ...]]:
    """The transcript as it shall be shown, and every change in a line.

    A match may run over several tokens; they become one token with the time of all. Matches are whole words; between
    Chinese, Japanese and Thai characters, where nothing parts words, they are the exact characters.
    """
    rules = _rules(replacements)
    if not rules:
        return transcript, ()
    changes: list[str] = []
    sentences = tuple(_sentence(sentence, rules, changes) for sentence in transcript.sentences)
    return replace(transcript, sentences=sentences), tuple(changes)


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    written: str
    exact: bool
    masks: bool = False

    def result(self, found: str) -> str:
        if self.masks:
            return found[:1] + re.sub(r"\w", _MASK, found[1:])
        return self.written if self.exact else _cased(self.written, found)


def _rules(replacements: Replacements) -> list[_Rule]:
    """Longest first, so that a phrase wins over a word in it."""
    rules = [
        _Rule(word_pattern(heard, exact=heard != heard.lower()), written, heard != heard.lower())
        for heard, written in replacements.words.items()
    ]
    rules += [_Rule(word_pattern(word, exact=False), "", exact=False, masks=True) for word in replacements.masked]
    return sorted(rules, key=lambda rule: -len(rule.pattern.pattern))


def _cased(written: str, found: str) -> str:
    """The replacement in the case of what it replaces; one with capitals of its own keeps them."""
    if written != written.lower():
        return written
    if len(found) > 1 and found.isupper():
        return written.upper()
    return written[:1].upper() + written[1:] if found[:1].isupper() else written


def _sentence(sentence: Sentence, rules: Sequence[_Rule], changes: list[str]) -> Sentence:
    matches = list(_matches(sentence.text, rules))
    if not matches:
        return sentence
    text, at = [], 0
    for first, last, written in matches:
        text += [sentence.text[at:first], written]
        at = last
        heard = sentence.text[first:last]
        changes.append(f"at {sentence.start_ms / 1000:.1f} s “{heard}” is shown as “{written}”")
    shown = "".join([*text, sentence.text[at:]])
    return replace(sentence, text=shown, words=_words(sentence, matches))


def _matches(text: str, rules: Sequence[_Rule]) -> Iterator[tuple[int, int, str]]:
    """First and one past the last character of each match, and what is written there; they do not overlap."""
    taken: list[tuple[int, int, str]] = []
    for rule in rules:
        for match in rule.pattern.finditer(text):
            written = rule.result(match[0])
            free = all(match.end() <= first or match.start() >= last for first, last, _ in taken)
            if free and written != match[0]:
                taken.append((match.start(), match.end(), written))
    yield from sorted(taken)


def _words(sentence: Sentence, matches: Sequence[tuple[int, int, str]]) -> tuple[Word, ...]:
    """The tokens with those under a match made one; none when they do not spell the sentence."""
    spans = spans_of_tokens(sentence)
    if spans is None:
        return sentence.words
    words: list[Word] = []
    number = 0
    for first, last, written in matches:
        while number < len(spans) and spans[number][1] <= first:
            words.append(sentence.words[number])
            number += 1
        under = number
        while number < len(spans) and spans[number][0] < last:
            number += 1
        if under < number:
            words.append(_merged(sentence, spans, under, number, (first, last, written)))
    return (*words, *sentence.words[number:])


def _merged(
    sentence: Sentence, spans: Sequence[tuple[int, int]], under: int, end: int, match: tuple[int, int, str]
) -> Word:
    """One token for those from `under` to `end`: what stood before and after the match in them stays."""
    first, last, written = match
    opening, closing = spans[under][0], spans[end - 1][1]
    final = sentence.words[end - 1]
    head, tail = sentence.text[opening:first], sentence.text[last:closing]
    lead = " " if sentence.words[under].text.startswith(" ") else ""
    trail = " " if final.text.endswith(" ") else ""
    kept = tail.removesuffix(final.punctuation.strip())
    return Word(lead + head + written + kept + trail, final.punctuation, sentence.words[under].start_ms, final.end_ms)
