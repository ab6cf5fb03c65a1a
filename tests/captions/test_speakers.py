"""Speakers are named by the number that captions show, or in order of appearance."""

from __future__ import annotations

import pytest

from captioner.captions.named_speakers import names_by_number, parse_speakers, resolve_names
from captioner.errors import ConfigError, FormatError


@pytest.mark.parametrize(
    ("given", "speakers", "shown"),
    [
        ("1=Maya,2=Czernak", ("1", "2"), {"1": "Maya", "2": "Czernak"}),
        ("2=Czernak", ("2", "1"), {"2": "Czernak"}),
        ("Maya,Czernak", ("2", "1"), {"2": "Maya", "1": "Czernak"}),
        ("Maya", ("2", "1"), {"2": "Maya"}),
        ("1=Maya", ("Speaker 1", "Speaker 2"), {"Speaker 1": "Maya"}),
        ("2=Right", ("Channel 1", "Channel 2"), {"Channel 2": "Right"}),
        ("11=Maya", tuple(map(str, range(1, 12))), {"11": "Maya"}),
        ("01=Maya", ("1",), {"1": "Maya"}),
    ],
)
def test_names_find_their_speakers(given: str, speakers: tuple[str, ...], shown: dict[str, str]) -> None:
    assert resolve_names(parse_speakers(given), speakers, strict=True) == shown


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("0=Maya", "counted from 1, as captions show them; write 1=Maya"),
        ("0=Maya,1=Czernak", "write 1=Maya,2=Czernak"),
        ("1=Maya,Czernak", "write 1=Anna,2=Bo"),
        ("1=Maya,1=Czernak", "speaker 1 is named twice"),
        ("1=", "write 1=Anna,2=Bo"),
        ("=Maya", "write 1=Anna,2=Bo"),
        ("-1=Maya", "write 1=Anna,2=Bo"),
        ("one=Maya", "write 1=Anna,2=Bo"),
        ("Maya,,Czernak", "a name is empty"),
    ],
)
def test_a_malformed_list_is_refused_with_how_to_write_it(given: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse_speakers(given)


def test_a_table_of_a_file_counts_from_1_too() -> None:
    assert names_by_number({"1": "Maya", "2": ""}, "cast.toml") == {"1": "Maya", "2": ""}
    with pytest.raises(ConfigError, match=r"cast\.toml: speakers are counted from 1"):
        names_by_number({"0": "Maya"}, "cast.toml")


@pytest.mark.parametrize(
    ("given", "told"),
    [("3=Bo", "names speaker 3; there are 2 speakers: 1, 2"), ("A,B,C", "gives 3 names; there are 2 speakers: 1, 2")],
)
def test_a_speaker_who_does_not_occur_is_refused_unless_a_list_is_for_many_files(given: str, told: str) -> None:
    with pytest.raises(FormatError, match=told):
        resolve_names(parse_speakers(given), ("1", "2"), strict=True)
    assert "Bo" not in resolve_names(parse_speakers(given), ("1", "2")).values()
    with pytest.raises(FormatError, match="there are no speakers"):
        resolve_names(parse_speakers(given), (), strict=True)
