"""Options that an archive records, and gives back."""

from __future__ import annotations

import json

import pytest

from captioner.captions.options import CaptionOptions
from captioner.captions.recorded_options import recorded, restored
from captioner.errors import ReplyError
from captioner.style import load_style
from tests.captions.test_options import CASES


@pytest.mark.parametrize("name", CASES)
def test_options_come_back_as_they_were(name):
    options = CASES[name][0]
    assert restored(json.loads(json.dumps(recorded(options)))) == options


def test_a_style_with_other_numbers_comes_back_with_them():
    options = CaptionOptions(
        style=load_style("netflix").override(max_columns=30), also=((load_style("netflix"), "ass"),)
    )
    values = json.loads(json.dumps(recorded(options)))
    assert values["also"] == [["netflix", "ass"]]
    assert restored(values).style.digest == options.style.digest
    assert restored(values).digest == options.digest


@pytest.mark.parametrize("values", [{}, {"style": "no-such"}, {"style": 3}, {"style": {"max_columns": 3, "new": 1}}])
def test_options_of_another_kind_are_refused(values):
    with pytest.raises(ReplyError, match="options are not those"):
        restored(values)
