"""Rules of the glossary and of the replacement list, carried out together on a transcript. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from captioner.alignment.sounds import sounds_of
from captioner.captions import replace as replacing
from captioner.captions.named_speakers import resolve_names
from captioner.captions.replace import Change, RuleSet
from captioner.glossary import CaptionRules, NamedSpeaker
from captioner.glossary.phrase_matcher import tokens_of
from captioner.layout.lexicon import detect_language
from captioner.model import Issue, Transcript

__all__ = ["Ruled", "apply_lists", "labelled", "occurring_part", "sound_alikes"]

_SAMPLE = 200  # sentences that the language is told from


@dataclass(frozen=True, slots=True)
class Ruled:
    """A transcript after the rules of both lists.

    Attributes:
        transcript: As it shall be shown.
        notes: A note for every change of the replacement list, and for every rule of the glossary that changed
            something.
    """

    transcript: Transcript
    notes: tuple[Issue, ...] = ()


@lru_cache(maxsize=4)
def _rule_set(replacements: str, name: str, glossary: str) -> tuple[RuleSet, int]:
    """The rules of both, and how many are of the replacement list."""
    listed = replacing.parse(replacements, name).rules if replacements else ()
    return RuleSet((*listed, *CaptionRules.loads(glossary).rules)), len(listed)


def apply_lists(transcript: Transcript, replacements: str, name: str, glossary: str) -> Ruled:
    """Carry out the rules of a replacement list and of a glossary; where both have one, the list's.

    Args:
        transcript: What was said.
        replacements: Text of the list, or "".
        name: What messages call it.
        glossary: Rules of the glossary, or "".

    Raises:
        ConfigError: The list cannot be understood.
    """
    rules, listed = _rule_set(replacements, name, glossary)
    made = replacing.apply_rules(transcript, rules, _language(transcript) if glossary else "")
    own = frozenset(rules.rules[:listed])
    notes = [_note(str(change)) for change in made.changes if change.rule in own]
    notes += [_note(line) for line in _grouped([change for change in made.changes if change.rule not in own])]
    return Ruled(made.transcript, tuple(notes))


def _note(message: str) -> Issue:
    return Issue("replaced", "note", None, 1, 0, message)


def _grouped(changes: Sequence[Change]) -> Iterator[str]:
    """A line for each rule: `“Chen” is shown as “Chan”, 6 times, first at 12.3 s`."""
    by_rule: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        by_rule.setdefault((change.heard, change.written), []).append(change)
    for (heard, written), same in by_rule.items():
        if len(same) == 1:
            yield str(same[0])
        else:
            first = f"{same[0].start_ms / 1000:.1f} s"
            yield f"“{heard}” is shown as “{written}”, {len(same)} times, first at {first}"


def _language(transcript: Transcript) -> str:
    """Code of the language, by which rules of a language count; "" where it cannot be told."""
    tag = transcript.language or detect_language(" ".join(each.text for each in transcript.sentences[:_SAMPLE]))
    return tag.partition("-")[0].lower()


def occurring_part(transcript: Transcript, glossary: str, names: Mapping[str, str]) -> CaptionRules:
    """The part of a glossary that matters for a transcript: the rest would make the same captions.

    Args:
        transcript: What was recognised.
        glossary: Rules of the glossary.
        names: Display names that were given.
    """
    whole = CaptionRules.loads(glossary)
    heard = _rule_set("", "", glossary)[0].occurring(sentence.text for sentence in transcript.sentences)
    shown = {name.casefold() for name in names.values()}
    speakers = [each for each in whole.speakers if each.number or shown & set(_names_of(each))]
    rules = tuple(rule for rule in whole.rules if rule.heard in heard)
    return replace(whole, rules=rules, sounds=(), speakers=tuple(speakers))


def _names_of(speaker: NamedSpeaker) -> list[str]:
    return [each.casefold() for each in (speaker.name, *speaker.also)]


def labelled(names: Mapping[str, str], speakers: Sequence[str], glossary: str) -> dict[str, str]:
    """Names of speakers as captions print them: in the form that the glossary gives.

    Args:
        names: Name of each speaker id that was given.
        speakers: Ids of the transcript.
        glossary: Rules of the glossary.
    """
    rules = CaptionRules.loads(glossary)
    if not rules.speakers:
        return dict(names)
    by_name = {name: each for each in rules.speakers for name in _names_of(each)}
    numbered = {str(each.number): each.printed(rules.speaker_label) for each in rules.speakers if each.number}
    shown = resolve_names(numbered, speakers)
    for key, name in names.items():
        found = by_name.get(name.casefold())
        shown[key] = found.printed(rules.speaker_label) if found else name
    return shown


def sound_alikes(transcript: Transcript, glossary: str) -> tuple[Issue, ...]:
    """Notes about words that sound as the glossary says of a term, and are spelled otherwise.

    Args:
        transcript: After the rules.
        glossary: Rules of the glossary.
    """
    whole = CaptionRules.loads(glossary)
    if not whole.sounds:
        return ()
    language = _language(transcript)
    sounds = {_sound(sound): term for sound, term, own in whole.sounds if own in ("", language)}
    spelled = {_words_key(term) for term in sounds.values()}
    lengths = sorted({len(key) for key in sounds})
    counts: Counter[tuple[str, str]] = Counter()
    firsts: dict[tuple[str, str], int] = {}
    for sentence in transcript.sentences:
        words = [token for token in tokens_of(sentence.text) if token.raw[0].isalnum()]
        keys = [sounds_of(token.key) for token in words]
        for length in lengths:
            for at in range(len(words) - length + 1):
                term = sounds.get(tuple(keys[at : at + length]))
                said = sentence.text[words[at].start : words[at + length - 1].end] if term else ""
                if term and _words_key(said) not in spelled:
                    counts[said, term] += 1
                    firsts.setdefault((said, term), sentence.start_ms)
    return tuple(
        Issue("sounds_alike", "note", None, count, 0,
              f"at {firsts[pair] / 1000:.1f} s “{pair[0]}” sounds like “{pair[1]}”"
              + (f", {count} times" if count > 1 else ""))
        for pair, count in counts.items()
    )  # fmt: skip


def _sound(text: str) -> tuple[str, ...]:
    return tuple(sounds_of(token.key) for token in tokens_of(text) if token.raw[0].isalnum())


def _words_key(text: str) -> tuple[str, ...]:
    return tuple(token.key for token in tokens_of(text) if token.raw[0].isalnum())
