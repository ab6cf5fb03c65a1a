"""Captions that want to break a file: what the property tests draw from."""

import re

from hypothesis import strategies as st

from captioner.model import Cue, Line

FRAGMENTS = [
    "&", "<", ">", "-->", "--", "->", "{", "}", "\\", "\\N", "\\n", "\\h", "C:\\new", ",", ":", ";", "\"", "'",
    "<b>", "</i>", "<v Bob>", "<3", "a < b", "x>y", "{\\an8}", "{y:i}", "{laughs}", "&amp;", "&lt;b&gt;", "&#60;",
    "\n", "\r\n", "\n\n", "\u2028", "\u2029", "\x85", "\x0b", "\x00", "\x1b", "\x7f", "\ufeff", "\ufffe", "\t", " ",
    "12", "1", "2024", "NOTE", "STYLE", "WEBVTT", "Dialogue: 0,0:00:01.00", "[Events]", "@", "1\n", "- ", "♪",
    "word", "Über", "naïve", "你好", "，", "。", "日本語", "한국어", "ภาษาไทย", "हिन्दी", "שלום", "مرحبا", "؟", "é",
    "😀", "👨‍👩‍👧", "\u200f", "\u200e", "\u00a0", "\u200b", "\ud800", "％", "→ ", "{{", "}}", "<<b>>", "<!-- x -->",
]  # fmt: skip

texts = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=6).map("".join),
    st.text(max_size=12),
)
names = st.sampled_from(
    ["Anna", "Smith, John", "a:b", "O'Neil & <Sons>", "two\nlines", "Dr. {x}\\N", "安娜", "دانا", ">", "-->"]
)


@st.composite
def cues(draw, shortest_ms=1, within_ms=35_000_000, texts=texts):
    """Up to five cues in order, without overlap, some touching; one or two lines; up to three speakers."""
    shown, at = [], draw(st.integers(0, within_ms))
    for _ in range(draw(st.integers(1, 5))):
        at += draw(st.sampled_from([0, 0, 1, 7, 80, 1500]))
        end = at + draw(st.integers(shortest_ms, 7000))
        speakers = st.sampled_from(["0", "1", "2", None])
        lines = tuple(
            Line(draw(texts), speaker=draw(speakers), label=draw(st.sampled_from(["", "", "Anna:"])))
            for _ in range(draw(st.integers(1, 2)))
        )
        shown.append(Cue(at, end, lines))
        at = end
    return shown


_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
_DROPPED = re.compile("[\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")


def one_line(text):
    """What a line may look like in any file: breaks are spaces, control characters are gone. The tests' own account."""
    text = _DROPPED.sub("", re.sub("[\n\r\t\x0b\x0c\x1c-\x1f\x85\u2028\u2029]", " ", text))
    return re.sub("[\ud800-\udfff]", "\ufffd", text).strip(" ")


def squeezed(text):
    """Text without any white space or mark of direction, for readers that touch those."""
    return re.sub(r"[\s\u200e\u200f]+", "", text)


def wanted(cues, printed):
    """Start, end and lines of every cue that has something to read."""
    expected = []
    for cue in cues:
        lines = tuple(one_line(printed(line)) for line in cue.lines if one_line(_INVISIBLE.sub("", line.text)).strip())
        if lines:
            expected.append((cue.start_ms, cue.end_ms, lines))
    return expected
