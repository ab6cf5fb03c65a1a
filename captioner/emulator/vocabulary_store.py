"""Hotword lists: stored and checked, without effect on recognition.

Source: Model Studio, "Vocabulary HTTP API", 2026.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from captioner.emulator.messages import ErrorReply, Json, beijing_time, json_error
from captioner.emulator.parameters import MODELS
from captioner.emulator.task_timing import TaskTiming

__all__ = ["VocabularyStore"]

_LISTS = 10
_ITEMS = 500
_PREFIX = re.compile(r"[a-z0-9]{1,10}")
_LANGUAGES = {
    "fun-asr": {"zh", "en", "ja"},
    "paraformer": {"zh", "en", "ja", "yue", "ko", "de", "fr", "ru"},
}
_CHARACTERS = 15
_PARTS = 7


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    id: str
    prefix: str
    target_model: str
    items: list[Json]
    created_at: float
    modified_at: float


class VocabularyStore:
    """All hotword lists of the emulated account."""

    def __init__(self, timing: TaskTiming) -> None:
        self._timing = timing
        self._lists: dict[str, _Vocabulary] = {}
        self._lock = threading.Lock()
        self._actions: dict[str, Callable[[Mapping[str, Any]], Json]] = {
            "create_vocabulary": self._create,
            "list_vocabulary": self._list,
            "query_vocabulary": self._query,
            "update_vocabulary": self._update,
            "delete_vocabulary": self._delete,
        }

    def act(self, body: Mapping[str, Any]) -> Json:
        """Run one of the five actions; returns `output`.

        Raises:
            ErrorReply: The action, or a value in it, is not allowed.
        """
        given = body.get("input")
        if body.get("model") != "speech-biasing":
            raise json_error(400, "InvalidParameter", "Model not exist.")
        if not isinstance(given, dict) or given.get("action") not in self._actions:
            raise _invalid(f"input.action must be one of {', '.join(self._actions)}")
        with self._lock:
            return self._actions[given["action"]](given)

    def _create(self, given: Mapping[str, Any]) -> Json:
        model, prefix = given.get("target_model"), given.get("prefix")
        if MODELS.get(str(model)) not in _LANGUAGES:
            raise _invalid("target_model must be a recognition model")
        if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
            raise _invalid("prefix must be 1 to 10 lower-case letters and digits")
        items = _check_items(given.get("vocabulary"), str(model))
        if len(self._lists) >= _LISTS:
            raise json_error(400, "Throttling.AllocationQuota", f"An account has at most {_LISTS} vocabularies.")
        now = self._timing.clock()
        made = _Vocabulary(f"vocab-{prefix}-{uuid.uuid4().hex}", prefix, str(model), items, now, now)
        self._lists[made.id] = made
        return {"vocabulary_id": made.id}

    def _list(self, given: Mapping[str, Any]) -> Json:
        index, size = _number(given, "page_index", 0, least=0), _number(given, "page_size", 10, least=1)
        prefix = given.get("prefix") or ""
        fitting = [v for v in self._lists.values() if v.prefix.startswith(prefix)]
        page = fitting[index * size : (index + 1) * size]
        return {"vocabulary_list": [{"vocabulary_id": v.id, **self._state(v)} for v in page]}

    def _query(self, given: Mapping[str, Any]) -> Json:
        found = self._find(given)
        return {**self._state(found), "target_model": found.target_model, "vocabulary": found.items}

    def _update(self, given: Mapping[str, Any]) -> Json:
        found = self._find(given)
        items = _check_items(given.get("vocabulary"), found.target_model)
        self._lists[found.id] = replace(found, items=items, modified_at=self._timing.clock())
        return {}

    def _delete(self, given: Mapping[str, Any]) -> Json:
        del self._lists[self._find(given).id]
        return {}

    def _find(self, given: Mapping[str, Any]) -> _Vocabulary:
        found = self._lists.get(str(given.get("vocabulary_id")))
        if found is None:
            raise _invalid("vocabulary_id names no vocabulary")
        return found

    def _state(self, vocabulary: _Vocabulary) -> Json:
        """Dates and status: a new or changed list is UNDEPLOYED as long as a task would be pending."""
        ready = self._timing.clock() >= vocabulary.modified_at + self._timing.pending_s
        return {
            "gmt_create": beijing_time(vocabulary.created_at)[:19],
            "gmt_modified": beijing_time(vocabulary.modified_at)[:19],
            "status": "OK" if ready else "UNDEPLOYED",
        }


def _invalid(message: str) -> ErrorReply:
    return json_error(400, "InvalidParameter", message)


def _number(given: Mapping[str, Any], name: str, default: int, *, least: int) -> int:
    value = given.get(name, default)
    if type(value) is not int or value < least:
        raise _invalid(f"{name} must be a number from {least}")
    return value


def _check_items(items: object, model: str) -> list[Json]:
    if not isinstance(items, list) or not 1 <= len(items) <= _ITEMS:
        raise _invalid(f"vocabulary must be an array of 1 to {_ITEMS} items")
    for item in items:
        _check_item(item, _LANGUAGES[MODELS[model]])
    return items


def _check_item(item: object, languages: set[str]) -> None:
    text = item.get("text") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(text, str) or not text.strip():
        raise _invalid("every vocabulary item needs a text")
    if len(text) > _CHARACTERS if not text.isascii() else len(text.split()) > _PARTS:
        raise _invalid(f"text {text!r} is longer than {_CHARACTERS} characters, or {_PARTS} words in ASCII")
    if type(item.get("weight")) is not int or not 1 <= item["weight"] <= 5:
        raise _invalid("weight must be a number from 1 to 5")
    if item.get("lang") is not None and item["lang"] not in languages:
        raise _invalid(f"lang must be one of {', '.join(sorted(languages))}")
