"""Replaces and masks words before the layout, so that widths and times are those of the words that are shown.

The one rule: every change is listed with the time it was said, and nothing is changed that the list does not name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from captioner.captions.word_spans import spans_of_tokens
from captioner.errors import ConfigError
from captioner.glossary.entries import Rule, is_exact
from captioner.glossary.phrase_matcher import Phrase, PhraseMatcher, without_overlaps
from captioner.model import Sentence, Transcript, Word

__all__ = ["Change", "Replaced", "Replacements", "RuleSet", "apply", "apply_rules", "parse", "unmatched"]

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

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The same as rules."""
        replaced = (Rule(heard.strip(), written) for heard, written in self.words.items())
        return (*replaced, *(Rule(word.strip(), word.strip(), masks=True) for word in self.masked))


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


class RuleSet:
    """Rules ready to be applied; made once for many transcripts.

    Args:
        rules: Of two that overlap the longer wins, then the one that matches its own case, then the earlier.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        exact = [not rule.masks and is_exact(rule.heard) for rule in rules]
        self._ranks = [(0 if one else len(rules)) + number for number, one in enumerate(exact)]
        self._matcher = PhraseMatcher(
            [Phrase(rule.heard, one) for rule, one in zip(rules, exact, strict=True)]
        )  # fmt: skip

    def changes_in(self, text: str, language: str = "") -> Iterator[tuple[int, int, str, Rule]]:
        """First and one past the last character of each change, what is written there, and by which rule."""
        found = []
        for match in self._matcher.find(text):
            rule = self.rules[match.phrase]
            said = text[match.start : match.end]
            if rule.language and language and rule.language != language:
                continue
            if rule.keeps or _result(rule, said) != said:
                found.append(match)
        for match in without_overlaps(found, self._ranks):
            rule, said = self.rules[match.phrase], text[match.start : match.end]
            if not rule.keeps:
                yield match.start, match.end, _result(rule, said), rule

    def occurring(self, texts: Iterable[str]) -> frozenset[str]:
        """The forms heard of all rules that match somewhere, also where another rule wins."""
        return frozenset(self.rules[match.phrase].heard for text in texts for match in self._matcher.find(text))


@dataclass(frozen=True, slots=True)
class Change:
    """One change that a rule made.

    Attributes:
        start_ms: Begin of the sentence.
        heard: What stood there.
        written: What is shown.
        rule: The rule.
    """

    start_ms: int
    heard: str
    written: str
    rule: Rule

    def __str__(self) -> str:
        return f"at {self.start_ms / 1000:.1f} s “{self.heard}” is shown as “{self.written}”"


@dataclass(frozen=True, slots=True)
class Replaced:
    """A transcript after rules.

    Attributes:
        transcript: As it shall be shown.
        changes: In order of the sentences.
    """

    transcript: Transcript
    changes: tuple[Change, ...] = ()


def unmatched(transcript: Transcript, replacements: Replacements) -> tuple[str, ...]:
    """Words of the list that are to be replaced and occur nowhere."""
    found = RuleSet(replacements.rules).occurring(sentence.text for sentence in transcript.sentences)
    return tuple(heard for heard in replacements.words if heard.strip() not in found)


def apply(transcript: Transcript, replacements: Replacements) -> tuple[Transcript, tuple[str, ...]]:
    """The transcript as it shall be shown, and every change in a line; see `apply_rules`."""
    made = apply_rules(transcript, RuleSet(replacements.rules))
    return made.transcript, tuple(map(str, made.changes))


def apply_rules(transcript: Transcript, rules: RuleSet, language: str = "") -> Replaced:
    """Carry out rules.

    A match may run over several tokens; they become one token with the time of all. Matches are whole words; between
    Chinese, Japanese and Thai characters, where nothing parts words, they are the exact characters.

    Args:
        transcript: What was said.
        rules: Those of other languages are passed over.
        language: Code of the transcript's language, or "" when it is not known.
    """
    if not rules.rules:
        return Replaced(transcript)
    changes: list[Change] = []
    sentences = []
    for sentence in transcript.sentences:
        found = list(rules.changes_in(sentence.text, language))
        for first, last, written, rule in found:
            changes.append(Change(sentence.start_ms, sentence.text[first:last], written, rule))
        sentences.append(_sentence(sentence, [each[:3] for each in found]) if found else sentence)
    return (
        Replaced(replace(transcript, sentences=tuple(sentences)), tuple(changes)) if changes else Replaced(transcript)
    )


def _result(rule: Rule, found: str) -> str:
    if rule.masks:
        return found[:1] + re.sub(r"\w", _MASK, found[1:])
    return rule.written if is_exact(rule.heard) else _cased(rule.written, found)


def _cased(written: str, found: str) -> str:
    """The replacement in the case of what it replaces; one with capitals of its own keeps them."""
    if written != written.lower():
        return written
    if len(found) > 1 and found.isupper():
        return written.upper()
    return written[:1].upper() + written[1:] if found[:1].isupper() else written


def _sentence(sentence: Sentence, matches: Sequence[tuple[int, int, str]]) -> Sentence:
    text, at = [], 0
    for first, last, written in matches:
        text += [sentence.text[at:first], written]
        at = last
    shown = "".join([*text, sentence.text[at:]])
    return replace(sentence, text=shown, words=_words(sentence, matches))


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
