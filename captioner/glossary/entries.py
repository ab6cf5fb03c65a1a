"""Entries of a glossary: terms with what is heard for them, masked words and speakers. Plain records.

The one rule: what captions are made with (`CaptionRules`) holds nothing else, so that another weight or comment in the
glossary writes no captions again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache

__all__ = ["USUAL_WEIGHT", "CaptionRules", "Glossary", "NamedSpeaker", "Rejected", "Rule", "Term", "is_exact"]

#: Weight of a hotword where none is given. Source: Model Studio, "Custom hot words", 2026: 4 is usual.
USUAL_WEIGHT = 4


@dataclass(frozen=True, slots=True)
class Term:
    """A name or term.

    Attributes:
        text: As it is spelled.
        heard: What the recogniser makes of it; one in lower case matches any case, one with capitals exactly so.
        sounds_like: Spellings of its sound: words that sound so are pointed out and not replaced.
        weight: As a hotword 1 to 5, 0 for none.
        language: Language code; the term counts in this language only. "" for every language.
        place: Where it stands in the file, for messages.
    """

    text: str
    heard: tuple[str, ...] = ()
    sounds_like: tuple[str, ...] = ()
    weight: int = USUAL_WEIGHT
    language: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class NamedSpeaker:
    """A person who speaks.

    Attributes:
        name: As in `--speakers` and in corrections.
        role: Such as "Presenter", or "".
        label: Form of the label, with {name}, {surname} and {role}, which may be in capitals; "" for the usual one.
        also: Other names by which the speaker is known.
        number: Number of the speaker in every media file, counted from 1, or None.
    """

    name: str
    role: str = ""
    label: str = ""
    also: tuple[str, ...] = ()
    number: int | None = None

    def printed(self, usual: str) -> str:
        """The label that captions show.

        Args:
            usual: Form of labels that have none of their own.
        """
        fields = {"name": self.name, "surname": self.name.split()[-1], "role": self.role}
        text = self.label or usual
        for key, value in fields.items():
            text = text.replace(f"{{{key}}}", value).replace(f"{{{key.upper()}}}", value.upper())
        return " ".join(text.replace("()", "").split()).strip(" ,-–") or self.name


@dataclass(frozen=True, slots=True)
class Rejected:
    """A proposed rule that is not to be proposed again."""

    heard: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One replacement.

    Attributes:
        heard: What is replaced.
        written: What is shown; equal to `heard` for a right spelling, in which nothing is replaced.
        masks: The letters after the first are shown as asterisks.
        language: Language code, or "".
    """

    heard: str
    written: str
    masks: bool = False
    language: str = ""

    @property
    def keeps(self) -> bool:
        """Whether it keeps other rules from a right spelling."""
        return self.heard == self.written and not self.masks


def is_exact(heard: str) -> bool:
    """Whether something heard matches in its own case only."""
    return heard != heard.lower()


@dataclass(frozen=True, slots=True)
class CaptionRules:
    """The part of a glossary that captions are made with.

    Attributes:
        rules: What is replaced, masked and kept.
        sounds: Spelling of a sound, term and language.
        speakers: In the order of the file.
        speaker_label: Form of the labels.
    """

    rules: tuple[Rule, ...] = ()
    sounds: tuple[tuple[str, str, str], ...] = ()
    speakers: tuple[NamedSpeaker, ...] = ()
    speaker_label: str = "{name}"

    def dumps(self) -> str:
        """As JSON, the same for the same rules in any order; "" for none."""
        values = {
            "rules": sorted([each.heard, each.written, each.masks, each.language] for each in self.rules),
            "sounds": sorted(map(list, self.sounds)),
            "speakers": [
                [each.name, each.role, each.label, list(each.also), each.number] for each in self.speakers
            ],
            "label": self.speaker_label if self.speakers else "{name}",
        }  # fmt: skip
        if not (self.rules or self.sounds or self.speakers):
            return ""
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def loads(text: str) -> CaptionRules:
        """From JSON; "" gives none.

        Raises:
            ValueError: It is not as `dumps` writes it.
        """
        return _loaded(text)


@lru_cache(maxsize=8)
def _loaded(text: str) -> CaptionRules:
    if not text:
        return CaptionRules()
    try:
        values = json.loads(text)
        return CaptionRules(
            tuple(Rule(*row) for row in values["rules"]),
            tuple((sound, term, language) for sound, term, language in values["sounds"]),
            tuple(
                NamedSpeaker(name, role, label, tuple(also), number)
                for name, role, label, also, number in values["speakers"]
            ),
            values["label"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("not the rules of a glossary") from error


@dataclass(frozen=True, slots=True)
class Glossary:
    """Names, terms and speakers of a desk.

    Attributes:
        terms: In the order of the file.
        masked: Words whose letters after the first are shown as asterisks.
        speakers: In the order of the file.
        speaker_label: Form of the labels of speakers.
        rejected: Rules that are not to be proposed again.
        listed: Replacements of a list in the earlier format: heard and written.
    """

    terms: tuple[Term, ...] = ()
    masked: tuple[str, ...] = ()
    speakers: tuple[NamedSpeaker, ...] = ()
    speaker_label: str = "{name}"
    rejected: tuple[Rejected, ...] = ()
    listed: tuple[tuple[str, str], ...] = ()

    @property
    def caption_rules(self) -> CaptionRules:
        """The part that captions are made with."""
        rules = [Rule(heard, written) for heard, written in self.listed]
        for term in self.terms:
            rules += [Rule(heard, term.text, language=term.language) for heard in term.heard if heard != term.text]
            rules.append(Rule(term.text, term.text, language=term.language))
        rules += [Rule(word, word, masks=True) for word in self.masked]
        if all(rule.keeps for rule in rules):
            rules = []
        sounds = [(sound, term.text, term.language) for term in self.terms for sound in term.sounds_like]
        return CaptionRules(tuple(dict.fromkeys(rules)), tuple(sounds), self.speakers, self.speaker_label)
