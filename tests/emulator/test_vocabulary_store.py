"""Hotword lists are kept and held to their limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from captioner.emulator import Emulator, TaskTiming
from tests.emulator.doubles import Caller, FakeClock, calling

pytestmark = pytest.mark.integration

ITEMS = [{"text": "阿里云百炼", "weight": 4, "lang": "zh"}, {"text": "Paraformer", "weight": 4}]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lists(transcripts: Path, clock: FakeClock) -> Iterator[Caller]:
    with calling(Emulator(transcripts=transcripts, timing=TaskTiming(pending_s=5, clock=clock))) as someone:
        yield someone


def act(caller: Caller, action: str, model: str = "speech-biasing", **given: Any) -> Any:
    body = {"model": model, "input": {"action": action, **given}}
    return caller.http.post("/services/audio/asr/customization", json=body)


def create(caller: Caller, **changes: Any) -> Any:
    return act(
        caller, "create_vocabulary", **{"target_model": "fun-asr", "prefix": "team", "vocabulary": ITEMS, **changes}
    )


def test_a_list_is_made_deployed_changed_and_deleted(lists: Caller, clock: FakeClock) -> None:
    answer = create(lists).json()
    assert answer["usage"] == {"count": 1}
    name = answer["output"]["vocabulary_id"]
    assert name.startswith("vocab-team-")
    first = act(lists, "query_vocabulary", vocabulary_id=name).json()["output"]
    assert first == {
        "gmt_create": "2026-03-24 12:00:00",
        "gmt_modified": "2026-03-24 12:00:00",
        "status": "UNDEPLOYED",
        "target_model": "fun-asr",
        "vocabulary": ITEMS,
    }
    clock.move(5)
    assert act(lists, "query_vocabulary", vocabulary_id=name).json()["output"]["status"] == "OK"
    assert act(lists, "update_vocabulary", vocabulary_id=name, vocabulary=ITEMS[:1]).json()["output"] == {}
    changed = act(lists, "query_vocabulary", vocabulary_id=name).json()["output"]
    assert (changed["vocabulary"], changed["gmt_modified"]) == (ITEMS[:1], "2026-03-24 12:00:05")
    assert act(lists, "delete_vocabulary", vocabulary_id=name).json()["output"] == {}
    assert act(lists, "query_vocabulary", vocabulary_id=name).status_code == 400


def test_lists_come_in_pages_and_by_prefix(lists: Caller) -> None:
    made = [create(lists, prefix=prefix).json()["output"]["vocabulary_id"] for prefix in ("a", "b", "a")]

    def ids(**given: Any) -> list[str]:
        found = act(lists, "list_vocabulary", **given).json()["output"]["vocabulary_list"]
        return [item["vocabulary_id"] for item in found]

    assert ids() == made
    assert ids(prefix="a") == [made[0], made[2]]
    assert ids(page_index=1, page_size=2) == made[2:]
    assert act(lists, "list_vocabulary", page_size=0).status_code == 400


def test_an_account_has_ten_lists(lists: Caller) -> None:
    assert [create(lists).status_code for _ in range(10)] == [200] * 10
    eleventh = create(lists)
    assert (eleventh.status_code, eleventh.json()["code"]) == (400, "Throttling.AllocationQuota")


REFUSED = {
    "a model that does not exist": {"target_model": "gpt"},
    "no prefix": {"prefix": None},
    "a prefix in capitals": {"prefix": "Team"},
    "a prefix too long": {"prefix": "abcdefghijk"},
    "no words": {"vocabulary": []},
    "too many words": {"vocabulary": [{"text": "a", "weight": 4}] * 501},
    "a word that is none": {"vocabulary": ["a"]},
    "an empty word": {"vocabulary": [{"text": " ", "weight": 4}]},
    "a word too long in Chinese": {"vocabulary": [{"text": "字" * 16, "weight": 4}]},
    "a word of too many parts": {"vocabulary": [{"text": "a b c d e f g h", "weight": 4}]},
    "no weight": {"vocabulary": [{"text": "a"}]},
    "too much weight": {"vocabulary": [{"text": "a", "weight": 6}]},
    "a language of the other family": {"vocabulary": [{"text": "a", "weight": 4, "lang": "ru"}]},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
def test_a_list_beyond_its_limits_is_refused(changes: dict[str, Any], lists: Caller) -> None:
    answer = create(lists, **changes)
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")


def test_what_is_just_within_the_limits_is_taken(lists: Caller) -> None:
    words = [{"text": "字" * 15, "weight": 1}, {"text": "a b c d e f g", "weight": 5}]
    assert create(lists, vocabulary=words, prefix="abcdefghij").status_code == 200
    russian = [{"text": "слово", "weight": 4, "lang": "ru"}]
    assert create(lists, vocabulary=russian, target_model="paraformer-v2").status_code == 200


def test_other_models_and_actions_are_refused(lists: Caller) -> None:
    assert act(lists, "list_vocabulary", model="fun-asr").status_code == 400
    assert act(lists, "rename_vocabulary").status_code == 400
