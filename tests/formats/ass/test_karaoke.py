import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.formats import Context, render
from captioner.model import Cue, Line, Word
from tests.formats import readers

TAG = re.compile(r"\{\\kf?(\d+)\}")


def words(*timed):
    return tuple(Word(text, "", start, end) for text, start, end in timed)


def text_of(cue, **context):
    rows = render([cue], "ass", Context(**{"karaoke": "k", **context})).decode("utf-8").splitlines()
    return next(row for row in rows if row.startswith("Dialogue")).split(",", 9)[9]


def moments(text):
    """Start and end in centiseconds of every word shown, as a renderer adds the durations up."""
    at, sung = 0, []
    for duration, word in re.findall(r"\{\\kf?(\d+)\}([^{]*)", text):
        if word:
            sung.append((at, at + int(duration)))
        at += int(duration)
    return sung


def test_every_word_has_its_time_and_a_pause_has_a_tag_of_its_own():
    line = Line("Hello, big world!", words(("Hello ", 1200, 1500), ("big ", 1500, 1700), ("world", 1900, 2400)))
    assert text_of(Cue(1000, 2500, (line,))) == r"{\k20}{\k30}Hello, {\k20}big {\k20}{\k50}world!"
    assert text_of(Cue(1000, 2500, (line,)), karaoke="kf").startswith(r"{\kf20}{\kf30}Hello")


def test_the_second_line_counts_on_from_the_first_and_keeps_its_style():
    lines = (
        Line("Hi?", words(("Hi", 1000, 1300)), speaker="0", dash="- "),
        Line("Oh!", words(("Oh", 1500, 1800)), speaker="1", dash="- "),
    )
    assert text_of(Cue(1000, 2000, lines)) == r"{\k30}- Hi?\N{\rSpk2}{\k20}{\k30}- Oh!"


@pytest.mark.parametrize(
    ("line", "language", "shown"),
    [
        (Line("Other text", words(("words", 0, 500))), "en", "Other text"),
        (Line("No words"), "en", "No words"),
        (Line("مرحبا", words(("مرحبا", 0, 500))), "en", "\u200fمرحبا"),
    ],
)
def test_a_line_without_honest_times_or_from_right_to_left_in_another_font_is_plain(line, language, shown):
    assert text_of(Cue(0, 1000, (line,)), language=language) == shown


@pytest.mark.parametrize("tag", ["k", "kf"])
def test_arabic_words_light_up_at_once_because_a_renderer_fills_from_the_left(tag):
    line = Line("مرحبا (API) بكم", words(("مرحبا", 0, 500), ("(API)", 500, 900), ("بكم", 900, 1000)))
    assert text_of(Cue(0, 1000, (line,)), language="ar", karaoke=tag) == (
        "\u200f\u202b" r"{\k50}مرحبا {\k40}{\fs60}(API){\fs} {\k10}بكم" "\u202c"
    )


def test_chinese_words_light_up_without_spaces():
    line = Line(
        "各位观众，晚上好", words(("各位", 0, 300), ("观众", 300, 700), ("晚上", 900, 1200), ("好", 1200, 1500))
    )
    assert text_of(Cue(0, 2000, (line,))) == r"{\k30}各位{\k40}观众，{\k20}{\k30}晚上{\k30}好"


def test_braces_and_latin_in_thai_are_still_written_as_they_must_be():
    line = Line("ดู {NASA}", words(("ดู", 0, 300), ("{NASA}", 300, 700)))
    assert text_of(Cue(0, 1000, (line,)), language="th") == r"{\k30}ดู {\k0}｛{\k0}{\fs60}NASA{\k40}{\fs}｝"


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 700)), min_size=1, max_size=30),
    st.integers(0, 30_000_000),
    st.sampled_from(["k", "kf"]),
)
def test_no_word_is_ever_a_centisecond_off_however_long_the_line(gaps, start, tag):
    at, timed = start, []
    for index, (pause, length) in enumerate(gaps):
        timed.append((f"w{index} ", at + pause, at + pause + length))
        at += pause + length
    cue = Cue(start, at + 50, (Line("".join(text for text, _, _ in timed).strip(), words(*timed)),))
    text = text_of(cue, karaoke=tag)
    origin = start // 10
    assert moments(text) == [(begin // 10 - origin, end // 10 - origin) for _, begin, end in timed]
    assert TAG.sub("", text) == cue.text
    assert [shown.lines for shown in readers.ffmpeg(render([cue], "ass", Context(karaoke=tag)), "ass")] == [(text,)]


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), min_size=1, max_size=8))
def test_words_outside_the_cue_or_out_of_order_never_make_a_negative_time_or_run_over_the_end(spans):
    timed = [(f"w{index} ", *sorted(span)) for index, span in enumerate(spans)]
    cue = Cue(1000, 3000, (Line("".join(text for text, _, _ in timed).strip(), words(*timed)),))
    text = text_of(cue)
    assert "-" not in text
    assert sum(map(int, TAG.findall(text))) <= 200
