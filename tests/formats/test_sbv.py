"""SBV is read with times in any spelling, and what cannot be read is named."""

from __future__ import annotations

import pytest

from captioner.errors import ReplyError
from captioner.formats import read


def sbv(*times: str) -> bytes:
    return "\n\n".join(f"{each}\nCaption {number}" for number, each in enumerate(times, 1)).encode()


@pytest.mark.parametrize(
    ("times", "start_ms", "end_ms", "told"),
    [
        ("0:00:03.000,0:00:04.500", 3000, 4500, 0),
        ("0:00:03.5,0:00:04.50", 3500, 4500, 0),
        ("0:00:03,000,0:00:04,500", 3000, 4500, 1),
        ("0:00:03:000,0:00:04:500", 3000, 4500, 1),
        ("0:00:03.000 , 0:00:04.500", 3000, 4500, 1),
        ("0:00:03.0004,0:00:04.4999", 3000, 4500, 1),
        ("0:00:O3.000,0:00:O4.500", 3000, 4500, 1),
        ("0：00：03.000，0：00：04.500", 3000, 4500, 1),
        ("-0:00:03.000,0:00:04.500", 0, 4500, 2),
    ],
)
def test_times_are_read_in_any_spelling(times: str, start_ms: int, end_ms: int, told: int) -> None:
    file = read(sbv(times, "0:00:05.000,0:00:06.000"), "a.sbv")
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in file.cues] == [
        (start_ms, end_ms, "Caption 1"),
        (5000, 6000, "Caption 2"),
    ]
    assert [note.line for note in file.notes] == [1] * told


@pytest.mark.parametrize("times", ["0:0x:03.000,0:00:04.000", "1:02,1:03"])
def test_times_that_cannot_be_read_are_named_and_not_shown(times: str) -> None:
    file = read(sbv("0:00:01.000,0:00:02.000", times, "0:00:05.000,0:00:06.000"), "a.sbv")
    assert [cue.text for cue in file.cues] == ["Caption 1", "Caption 3"]
    [note] = file.notes
    assert (note.kind, note.line) == ("left out", 4)
    assert times in note.message


def test_a_time_in_a_caption_is_text() -> None:
    file = read(b"0:00:01.000,0:00:02.000\nAt ten,\n10:30, 11:45\nwe left.\n", "a.sbv")
    assert file.cues[0].text == "At ten,\n10:30, 11:45\nwe left."
    assert file.notes == ()


def test_a_file_without_times_is_refused() -> None:
    with pytest.raises(ReplyError, match=r"a\.sbv: is not SBV: no line such as 0:00:01\.000,0:00:02\.000"):
        read(b"Hello.\n", "a.sbv")
