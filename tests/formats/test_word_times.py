"""Times of words in WebVTT and LRC, and lines of LRC and SBV."""

from functools import partial
from typing import Literal

import pytest

from captioner.formats import Context, ReadOptions, read, render
from captioner.model import Cue, Line, StyledSpan, TextStyle, Word
from tests.formats import readers

WORDS = (Word("Good ", "", 1040, 1300), Word("evening", ",", 1300, 1900), Word("all", "", 2000, 2300))
SPOKEN = Cue(1000, 2500, (Line("Good evening, all", WORDS, "0", "Anna:"),), "0")
PAUSED = Cue(5000, 6000, (Line("Bye & <thanks>", (), "0"),), "0")
KARAOKE = Context(karaoke="k", title="Late [show]")


def test_webvtt_has_the_time_of_every_word_inside_the_cue() -> None:
    text = render([SPOKEN, PAUSED], "vtt", KARAOKE).decode()
    assert "<00:00:01.040>Good <00:00:01.300>evening, <00:00:02.000>all" in text
    assert "Bye &amp; &lt;thanks&gt;" in text
    assert "<00:00:01" not in render([SPOKEN], "vtt", Context()).decode()


def test_words_of_webvtt_come_back_with_their_times() -> None:
    (cue,) = read(render([SPOKEN], "vtt", KARAOKE), "talk.vtt").cues
    assert cue.text == "Good evening, all"
    assert [word.start_ms for word in cue.lines[0].words] == [1040, 1300, 2000]


def test_times_stand_inside_styled_words_and_never_go_back() -> None:
    look = TextStyle(italic=True)
    late = (Word("Good ", "", 900, 1300), Word("evening", ",", 1250, 1900), Word("all", "", 2600, 2700))
    line = Line("Good evening, all", late, spans=(StyledSpan(5, 12, look),))
    text = render([Cue(1000, 2500, (line,))], "vtt", KARAOKE).decode()
    assert "Good <00:00:01.250><i>evening</i>, all" in text  # a time before the cue, or behind it, is none


def test_a_line_whose_words_are_others_is_plain() -> None:
    line = Line("Good night", (Word("Hello", "", 1100, 1200),))
    assert "\nGood night" in render([Cue(1000, 2000, (line,))], "vtt", KARAOKE).decode()


def test_lrc_has_a_line_for_each_caption_and_an_empty_one_after_a_pause() -> None:
    assert render([SPOKEN, PAUSED], "lrc", Context(title="Late show")).decode() == (
        "[ti:Late show]\n[00:01.00]Anna: Good evening, all\n[00:02.50]\n[00:05.00]Bye & <thanks>\n[00:06.00]\n"
    )


def test_lrc_has_the_time_of_every_word_where_it_is_asked_for() -> None:
    first = render([SPOKEN], "lrc", KARAOKE).decode().splitlines()[1]
    assert first == "[00:01.00]Anna: <00:01.04>Good <00:01.30>evening, <00:02.00>all"


def test_ffmpeg_reads_lrc() -> None:
    shown = partial(readers.ffmpeg, demuxer="lrc")(render([SPOKEN, PAUSED], "lrc", Context()))
    spoken = [(each.start_ms, each.lines) for each in shown if any(line.strip() for line in each.lines)]
    assert spoken == [(1000, ("Anna: Good evening, all",)), (5000, ("Bye & <thanks>",))]


def test_hours_of_lrc_are_minutes_and_those_of_sbv_have_no_zero() -> None:
    late = Cue(3_600_000 * 2, 3_600_000 * 2 + 1000, (Line("Late"),))
    assert "[120:00.00]Late" in render([late], "lrc", Context()).decode()
    assert render([late], "sbv", Context()).decode() == "2:00:00.000,2:00:01.000\nLate\n"


def starts(cue: Cue) -> list[int]:
    return [word.start_ms for line in cue.lines for word in line.words]


def test_lrc_comes_back_line_by_line_and_word_by_word() -> None:
    first, second = read(render([SPOKEN, PAUSED], "lrc", Context()), "talk.lrc", ReadOptions(labels="text")).cues
    assert (first.start_ms, first.end_ms, first.text) == (1000, 2500, "Anna: Good evening, all")
    assert (second.start_ms, second.end_ms, second.text) == (5000, 6000, "Bye & <thanks>")
    timed, plain = read(render([SPOKEN, PAUSED], "lrc", KARAOKE), "talk.lrc", ReadOptions(labels="speakers")).cues
    assert (timed.text, starts(timed), starts(plain)) == ("Good evening, all", [1040, 1300, 2000], [])
    assert [word.end_ms for word in timed.lines[0].words] == [1300, 2000, 2500]


def test_lrc_of_others_is_read() -> None:
    text = """[ar:Somebody]
[ti: A song]
[offset:+500]
[00:12.50][01:02.5]Twice
[00:15]Once
[00:20:00]<00:20.00>By <00:20.75>word
nothing to sing
[00:30.00]
"""
    file = read(text.encode(), "song.lrc")
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in file.cues] == [
        (12_000, 14_500, "Twice"),
        (14_500, 19_500, "Once"),
        (19_500, 29_500, "By word"),
        (62_000, 64_000, "Twice"),
    ]
    assert starts(file.cues[2]) == [19_500, 20_250]
    told = " ".join(note.message for note in file.notes)
    assert "offset of 500 ms" in told
    assert "“nothing to sing” has no time" in told
    assert "last line has no end" in told
    assert read(text.encode(), "-").format == "lrc"


@pytest.mark.parametrize("tag", ["k", "kf"])
def test_words_of_karaoke_in_ass_come_back_with_their_times(tag: Literal["k", "kf"]) -> None:
    context = Context(karaoke=tag)
    data = render([SPOKEN], "ass", context)
    (cue,) = read(data, "talk.ass").cues
    assert (cue.text, starts(cue)) == ("Good evening, all", [1040, 1300, 2000])
    assert [word.end_ms for word in cue.lines[0].words] == [1300, 1900, 2300]
    assert render([cue], "ass", context).count(rb"\k") == data.count(rb"\k")
    assert not read(render([SPOKEN], "ass", Context()), "talk.ass").cues[0].lines[0].words


def test_karaoke_of_others_is_read_by_words_not_syllables() -> None:
    fields = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
    head = f"[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: {fields}\n"
    rows = (
        r"Dialogue: 0,0:00:01.00,0:00:04.00,Default,,0,0,0,,"
        r"{\k20}ka{\k30}ra{\k10}o{\k40}ke {\K50}night\N{\kt200\ko50}two",
        r"Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\k900}late{\k10}",
    )
    first, second = read((head + "\n".join(rows) + "\n").encode(), "x.ass").cues
    assert [(word.text, word.start_ms, word.end_ms) for line in first.lines for word in line.words] == [
        ("karaoke ", 1000, 2000),
        ("night", 2000, 3000),
        ("two", 3000, 3500),
    ]
    assert [(word.start_ms, word.end_ms) for line in second.lines for word in line.words] == [(5000, 6000)]
    srt = read(b"1\n00:00:01,000 --> 00:00:02,000\n{\\k20}ka\n", "x.srt")
    assert not srt.cues[0].lines[0].words
