"""Old text formats: their times, their lines, and what the file does not say."""

from __future__ import annotations

from fractions import Fraction

import pytest

from captioner.errors import ReplyError
from captioner.formats import CaptionFile, ReadOptions, read


def spans(found: CaptionFile) -> list[tuple[int, int, str]]:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in found.cues]


def test_microdvd_by_the_rate_in_the_file_and_by_the_one_given() -> None:
    lines = b"{25}{50}First|second\n{75}{100}{y:i}Slanted\n"
    expected = [(1000, 2000, "First\nsecond"), (3000, 4000, "Slanted")]
    found = read(b"{1}{1}25.000\n" + lines, "a.sub")
    assert (found.format, spans(found)) == ("microdvd", expected)
    assert found.cues[1].lines[0].spans[0].look.italic
    assert spans(read(b"{0}{0}25\n" + lines, "a.sub")) == expected
    assert spans(read(lines, "a.sub", ReadOptions(frame_rate=Fraction(25)))) == expected
    with pytest.raises(ReplyError, match="give --fps"):
        read(lines, "a.sub")


def test_mpl2_counts_tenths_of_a_second() -> None:
    assert spans(read(b"[10][25]First|second\n[30][40]/Slanted\n", "a.txt")) == [
        (1000, 2500, "First\nsecond"),
        (3000, 4000, "Slanted"),
    ]


def test_sami_texts_stay_until_the_next_one_or_an_empty_one() -> None:
    text = (
        "<SAMI><HEAD></HEAD><BODY><SYNC Start=1000><P Class=ENCC>First<br>second"
        "<SYNC Start=4000><P Class=ENCC>&nbsp;<SYNC Start=5000><P Class=ENCC>Next"
        "<SYNC Start=6500><P Class=ENCC>Last</BODY></SAMI>"
    )
    found = read(text.encode(), "a.smi")
    assert spans(found)[:2] == [(1000, 4000, "First\nsecond"), (5000, 6500, "Next")]
    assert [note.kind for note in found.notes] == ["guessed"]
    assert read(text.replace("Last", "&nbsp;").encode(), "a.smi").notes == ()


def test_tmplayer_has_no_ends_and_says_so() -> None:
    found = read(b"00:00:01:First|second\n00:00:03:Next\n", "a.txt")
    assert [(cue.start_ms, cue.text) for cue in found.cues] == [(1000, "First\nsecond"), (3000, "Next")]
    assert found.cues[0].end_ms <= 3000
    assert [note.kind for note in found.notes] == ["guessed"]
