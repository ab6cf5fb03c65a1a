"""Hotword lists: read from a file, checked against the service's limits, and stored at the service. Free of charge.

A list works only for the model it was made for, by exactly that name; any other model ignores it silently.

Source of shapes and limits: Model Studio, "Vocabulary HTTP API" (help.aliyun.com) and "Custom hot words", 2026.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from captioner.errors import AsrRejected, AsrUnavailable, ConfigError, CredentialsRefused
from captioner.recognition.funasr import catalogue

if TYPE_CHECKING:
    from captioner.recognition.funasr.client import AsrClient
    from captioner.recognition.funasr.options import RecognitionOptions

__all__ = [
    "Hotword",
    "Vocabularies",
    "Vocabulary",
    "check_hotwords",
    "check_vocabulary",
    "fit_hotwords",
    "parse_text",
    "parse_toml",
]

MAX_ITEMS = 500
MAX_LISTS = 10
MIN_WEIGHT, MAX_WEIGHT, USUAL_WEIGHT = 1, 5, 4
MAX_CHARACTERS = 15
"""Longest hotword with a character that is not ASCII."""
MAX_PARTS = 7
"""Most parts, separated by spaces, of a hotword in ASCII."""

_SAY_NOTHING = frozenset(
    {"InvalidApiKey", "Arrearage", "CommodityNotPurchased", "PostpaidBillOverdue", "PrepaidBillOverdue"}
)
"""Refusals of the key or the account, which say nothing about a list. Source: Model Studio, "Error messages", 2026."""

_PREFIX = re.compile(r"[a-z0-9]{1,9}")
"""Documented as up to 10 characters, by the official SDK as fewer than 10."""


@dataclass(frozen=True, slots=True)
class Hotword:
    """A word that the recogniser is to expect.

    Attributes:
        text: The word or phrase.
        weight: 1 to 5; 4 is usual. More may produce the word where it was not said.
        language: Language code, or "" for any.
    """

    text: str
    weight: int = USUAL_WEIGHT
    language: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A hotword list at the service.

    Attributes:
        id: The id that `--vocabulary` takes.
        status: "OK" when usable, "UNDEPLOYED" before that.
        target_model: The only model it works for; "" when the service does not say (in listings).
        words: Its hotwords; () in listings.
        created: Time as printed by the service.
        modified: Time as printed by the service.
    """

    id: str
    status: str
    target_model: str = ""
    words: tuple[Hotword, ...] = ()
    created: str = ""
    modified: str = ""


def parse_text(text: str) -> tuple[Hotword, ...]:
    """Hotwords from text: one per line, optionally followed by weight and language after tabs or commas; `#` starts a
    comment.

    Raises:
        ConfigError: A weight that is not a number, or more than three fields; the message names the line.
    """
    words = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            words.append(_from_fields([field.strip() for field in re.split(r"[\t,，]", stripped)], number))
    return tuple(words)


def parse_toml(text: str) -> tuple[Hotword, ...]:
    """Hotwords from TOML: `words`, a list of strings or of tables with `text`, `weight`, `lang`.

    Raises:
        ConfigError: Not TOML, or not of that shape.
    """
    try:
        data = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"hotwords: not TOML ({error})") from error
    words = data.get("words")
    if not isinstance(words, list):
        raise ConfigError('hotwords: no list named words; write words = ["…"] or [[words]] tables')
    return tuple(_from_toml(item, number) for number, item in enumerate(words, 1))


def check_hotwords(words: Sequence[Hotword], target_model: str, prefix: str = "") -> None:
    """Check a list against the service's limits before it is sent.

    Args:
        words: The list.
        target_model: The model it is for.
        prefix: Part of the list's id; "" when the list exists already.

    Raises:
        ConfigError: The first value over a limit, with its word.
    """
    model = catalogue.find_model(target_model)
    if "vocabulary_id" not in model.parameters:
        able = ", ".join(catalogue.models_taking("vocabulary_id"))
        raise ConfigError(f"{model.name} takes no hotword list of the service; make it for one of {able}")
    if not 1 <= len(words) <= MAX_ITEMS:
        raise ConfigError(f"hotwords: {len(words)} in the list, the service takes 1 to {MAX_ITEMS}")
    if prefix and not _PREFIX.fullmatch(prefix):
        raise ConfigError(f"prefix {prefix!r}: use 1 to 9 lower-case letters and digits")
    for word in words:
        _check_word(word, model)
    seen: set[str] = set()
    for word in words:
        if word.text in seen:
            raise ConfigError(f"hotword {word.text!r}: twice in the list; keep one")
        seen.add(word.text)


def fit_hotwords(words: Sequence[Hotword], target_model: str) -> tuple[tuple[Hotword, ...], tuple[str, ...]]:
    """The words that the service takes for a model, the heaviest first, and why each of the others is left out.

    Args:
        words: Of equal weight the earlier ones come first; one that occurs twice counts once.
        target_model: The model the list is for.

    Raises:
        ConfigError: The model takes no list.
    """
    model = catalogue.find_model(target_model)
    if "vocabulary_id" not in model.parameters:
        check_hotwords(words, target_model)
    fitting: dict[str, Hotword] = {}
    left_out: list[str] = []
    for word in sorted(words, key=lambda each: -each.weight):
        try:
            _check_word(word, model)
        except ConfigError as error:
            left_out.append(error.message)
            continue
        if word.text not in fitting and len(fitting) == MAX_ITEMS:
            left_out.append(f"hotword {word.text!r}: the service takes {MAX_ITEMS}, and those before it weigh as much")
            continue
        fitting.setdefault(word.text, word)
    return tuple(fitting.values()), tuple(left_out)


class Vocabularies:
    """The hotword lists of an account."""

    def __init__(self, client: AsrClient) -> None:
        self._client = client

    def create(self, words: Sequence[Hotword], target_model: str, prefix: str = "captioner") -> str:
        """Create a list and return its id; it is usable once `show` says OK.

        Raises:
            ConfigError: Over a limit.
            AsrRejected: Refused; an account has ten lists at most.
            AsrUnavailable: No usable answer. The list may exist: check with `list` before creating it again.
        """
        check_hotwords(words, target_model, prefix)
        output = self._client.vocabulary_call(
            "create vocabulary",
            action="create_vocabulary",
            target_model=target_model,
            prefix=prefix,
            vocabulary=_to_wire(words),
        )
        return _text(output.get("vocabulary_id"))

    def list(self, prefix: str = "") -> tuple[Vocabulary, ...]:
        """Every list of the account, or those with the prefix."""
        fields: dict[str, Any] = {"action": "list_vocabulary", "page_index": 0, "page_size": MAX_LISTS}
        if prefix:
            fields["prefix"] = prefix
        found: dict[str, Vocabulary] = {}
        while True:
            output = self._client.vocabulary_call("list vocabularies", **fields)
            page = [_vocabulary(item) for item in _maps(output.get("vocabulary_list"))]
            new = {item.id: item for item in page if item.id not in found}
            found |= new
            if len(page) < MAX_LISTS or not new:
                return tuple(found.values())
            fields["page_index"] += 1

    def show(self, vocabulary_id: str) -> Vocabulary:
        """One list with its words."""
        output = self._client.vocabulary_call(
            "show vocabulary", action="query_vocabulary", vocabulary_id=_identifier(vocabulary_id)
        )
        return _vocabulary({**output, "vocabulary_id": vocabulary_id})

    def update(self, vocabulary_id: str, words: Sequence[Hotword], target_model: str = "") -> None:
        """Replace all words of a list; the service is asked for a `target_model` of "", which the check needs."""
        check_hotwords(words, target_model or self.show(vocabulary_id).target_model)
        self._client.vocabulary_call(
            "update vocabulary",
            action="update_vocabulary",
            vocabulary_id=_identifier(vocabulary_id),
            vocabulary=_to_wire(words),
        )

    def delete(self, vocabulary_id: str) -> None:
        """Delete a list."""
        self._client.vocabulary_call(
            "delete vocabulary", action="delete_vocabulary", vocabulary_id=_identifier(vocabulary_id)
        )


def check_vocabulary(lists: Vocabularies, options: RecognitionOptions) -> str:
    """Look up the hotword list of some options: one exchange, free of charge.

    Returns:
        "", or a note when this key may not look lists up.

    Raises:
        ConfigError: The list is gone, or was made for another model; the message names it.
        AsrUnavailable: It is not deployed yet, or the service does not answer.
    """
    name, model = options.vocabulary_id, options.model
    try:
        found = lists.show(name)
    except CredentialsRefused as error:
        if error.code in _SAY_NOTHING:
            raise
        return f"hotword list {name} could not be looked up with this key; made for another model it has no effect"
    except AsrRejected as error:
        raise ConfigError(
            f"hotword list {name}: the service does not know it (any more), so it would have no effect; "
            "captioner vocabulary list shows those there are",
            error.code,
        ) from error
    if found.target_model and found.target_model != model:
        raise ConfigError(
            f"hotword list {name} was made for {found.target_model}, and {model} ignores it; "
            f"use --model {found.target_model}, or make a list for {model}"
        )
    if found.status == "UNDEPLOYED":
        raise AsrUnavailable(f"hotword list {name} is not deployed yet; try again in a moment", "UNDEPLOYED")
    return ""


def _from_fields(fields: Sequence[str], line: int) -> Hotword:
    text, weight, language, *rest = (*fields, *("", "")[: max(0, 3 - len(fields))])
    if rest or (weight and not weight.isdecimal()):
        raise ConfigError(
            f"hotwords, line {line}: write the word, then weight and language, separated by tabs or commas"
        )
    return Hotword(text, int(weight) if weight else USUAL_WEIGHT, language.lower())


def _from_toml(item: object, number: int) -> Hotword:
    if isinstance(item, str):
        return Hotword(item)
    if not isinstance(item, dict) or not isinstance(item.get("text"), str) or set(item) - {"text", "weight", "lang"}:
        raise ConfigError(f"hotwords, item {number}: use a string, or a table of text, weight and lang")
    weight, language = item.get("weight", USUAL_WEIGHT), item.get("lang", "")
    if not isinstance(weight, int) or isinstance(weight, bool) or not isinstance(language, str):
        raise ConfigError(f"hotwords, item {number} ({item['text']}): weight is a whole number, lang a code such as zh")
    return Hotword(item["text"], weight, language.lower())


def _check_word(word: Hotword, model: catalogue.Model) -> None:
    name = f"hotword {word.text!r}"
    if not word.text.strip() or not word.text.isprintable():
        raise ConfigError(f"{name}: empty, or with characters that cannot be spoken")
    if not word.text.isascii() and len(word.text) > MAX_CHARACTERS:
        raise ConfigError(f"{name}: {len(word.text)} characters, the service takes {MAX_CHARACTERS}")
    if word.text.isascii() and len(word.text.split()) > MAX_PARTS:
        raise ConfigError(f"{name}: {len(word.text.split())} words, the service takes {MAX_PARTS}")
    if not MIN_WEIGHT <= word.weight <= MAX_WEIGHT:
        raise ConfigError(f"{name}: weight {word.weight} is not {MIN_WEIGHT} to {MAX_WEIGHT}")
    if word.language and word.language not in model.hotword_languages:
        raise ConfigError(
            f"{name}: language {word.language!r}; {model.name} takes {', '.join(model.hotword_languages)}"
        )


def _to_wire(words: Iterable[Hotword]) -> list[dict[str, Any]]:
    return [
        {"text": word.text, "weight": word.weight} | ({"lang": word.language} if word.language else {})
        for word in words
    ]


def _vocabulary(item: Mapping[str, Any]) -> Vocabulary:
    return Vocabulary(
        id=_text(item.get("vocabulary_id")),
        status=_text(item.get("status")),
        target_model=_text(item.get("target_model")),
        words=tuple(_hotword(word) for word in _maps(item.get("vocabulary"))),
        created=_text(item.get("gmt_create")),
        modified=_text(item.get("gmt_modified")),
    )


def _hotword(item: Mapping[str, Any]) -> Hotword:
    weight = item.get("weight")
    return Hotword(
        _text(item.get("text")), weight if isinstance(weight, int) else USUAL_WEIGHT, _text(item.get("lang"))
    )


def _identifier(vocabulary_id: str) -> str:
    if not vocabulary_id.strip():
        raise ConfigError("vocabulary id: empty; captioner vocabulary list shows the ids")
    return vocabulary_id.strip()


def _maps(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
