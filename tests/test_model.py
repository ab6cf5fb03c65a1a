"""The values passed between the packages."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import repeat

import pytest

from captioner.model import Cue, Word, make_records


def test_records_made_of_columns_are_those_of_the_constructor() -> None:
    words = make_records(Word, 2, ["a", "b"], ["", "."], [0, 10], [10, 20], repeat(None))
    assert words == [Word("a", "", 0, 10), Word("b", ".", 10, 20)]
    assert hash(words[1]) == hash(Word("b", ".", 10, 20))
    with pytest.raises(FrozenInstanceError):
        words[0].text = "c"  # type: ignore[misc]
    assert make_records(Cue, 0, [], [], [], [], []) == []


def test_a_missing_column_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        make_records(Word, 1, ["a"], [""], [0], [10])
