import re
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from captioner.errors import FormatError
from captioner.formats import Context, render
from captioner.formats.frame_grid import frame_spans
from captioner.model import Cue, Line, Placement
from captioner.timecode import timecode_to_frames
from tests.formats import hostile, readers

RATE = Fraction(30000, 1001)
FRAGMENTS = [
    "word", "haha", "aa", "a < b & c", "café", "ÀÉÎÕÜ", "ß", "♪", "♪♪", "®", "½", "¿Qué?", "“q”", "‘r’", "Ñandú", "*",
    "12", "--", "a\\b", "{x}", "_", "~", "'s", "«oui»", "Ååø", " ", ".", "™™",
]  # fmt: skip
lines = st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=6).map("".join).map(lambda text: text[:16])


@st.composite
def broadcast_cues(draw):
    """Cues with time enough to be sent: some follow at once, some leave a gap of any size."""
    cues, at = [], 5000
    for _ in range(draw(st.integers(1, 5))):
        at += draw(st.sampled_from([0, 0, 34, 67, 100, 500, 1500, 4000]))
        end = at + draw(st.integers(5000, 9000))
        cues.append(Cue(at, end, tuple(Line(draw(lines)) for _ in range(draw(st.integers(1, 2))))))
        at = end
    return cues


def scc(*cues, **context):
    return render(cues, "scc", Context(**context))


def cue(*texts, start=3000, end=5000):
    return Cue(start, end, tuple(Line(text) for text in texts))


def sent(data):
    """First frame and words of every row of a file."""
    rows = re.findall(r"^(\d\d:\d\d:\d\d[:;]\d\d)\t([0-9a-f ]+)$", data.decode("ascii"), re.M)
    return [(timecode_to_frames(label, RATE), [int(word, 16) for word in words.split()]) for label, words in rows]


def test_the_file_loads_shows_and_erases():
    assert scc(cue("Hi")).decode() == (
        "Scenarist_SCC V1.0\n\n"
        "00:00:02;21\t9420 9420 94ae 94ae 9476 9476 9723 9723 c8e9 942f 942f\n\n"
        "00:00:05;00\t942c 942c\n"
    )


@given(broadcast_cues())
def test_every_byte_has_odd_parity_and_no_two_rows_are_sent_at_once(cues):
    rows = sent(scc(*cues))
    for _, words in rows:
        assert all((word >> 8).bit_count() % 2 and (word & 0xFF).bit_count() % 2 for word in words)
    for (frame, words), (following, _) in pairwise(rows):
        assert frame + len(words) <= following


@given(broadcast_cues())
def test_every_caption_shows_on_its_frame_and_is_erased_within_a_word_of_its_end(cues):
    shows, erases = [], []
    for frame, words in sent(scc(*cues)):
        at = {frame + index: word for index, word in enumerate(words)}
        shows += [f for f, word in at.items() if word == 0x942F and at.get(f - 1) != 0x942F]
        erases += [f for f, word in at.items() if word == 0x942C and at.get(f - 1) != 0x942C]
    shown = list(frame_spans([c for c in cues if hostile.wanted([c], printed)], RATE))
    assert shows == [start for start, _ in shown]
    for index, (_, end) in enumerate(shown):
        following = shown[index + 1][0] if index + 1 < len(shown) else end + 99
        assert following - end < 2 or min(abs(erase - end) for erase in erases) <= 5


def printed(line):
    return line.printed


@given(broadcast_cues(), st.sampled_from(["", "01:00:00;00", "01:00:00:00"]))
def test_ttconv_reads_back_every_text(cues, start_timecode):
    expected = hostile.wanted(cues, printed)
    assume(expected)
    read = readers.ttconv_scc(scc(*cues, start_timecode=start_timecode, frame_rate=RATE))
    assert [tuple(map(quoted, shown.lines)) for shown in read] == [
        tuple(map(quoted, texts)) for _, _, texts in expected
    ]
    origin = round(timecode_to_frames(start_timecode, RATE) * 1000 / RATE) if start_timecode else 0
    for shown, (start, _, _) in zip(read, expected, strict=True):
        assert abs(shown.start_ms - origin - start) <= 17 + 34  # half a frame, and ttconv counts the second command


@given(broadcast_cues())
def test_ffmpeg_reads_back_every_text(cues):
    expected = hostile.wanted(cues, printed)
    assume(expected)
    read = readers.ffmpeg(scc(*cues), "scc")
    texts = [re.sub(r"\{[^}]*pos[^}]*\}|\{\\an7\}|\\N|\\h", "", shown.lines[0]) for shown in read]
    assert list(map(once, texts)) == [once("".join(texts)) for _, _, texts in expected]


def quoted(text):
    """Readers differ in which of four shapes they give the standard set's one apostrophe and its extended partner."""
    return re.sub("[‘’´]", "'", hostile.squeezed(text))


def once(text):
    """FFmpeg's fault: any number of equal words in a row counts as one; its guards around braces are taken out."""
    return re.sub(r"(.)\1+", r"\1", quoted(text).replace("\\{{}", "{"))


@pytest.mark.parametrize("text", ["你好", "Привет", "żółw", "Straße ẞ", "😀", "Ω"])
def test_a_character_without_a_code_is_refused_and_never_blanked(text):
    with pytest.raises(FormatError, match="caption 1 has characters that SCC has no code for"):
        scc(cue(text))


@pytest.mark.parametrize(
    ("cues", "says"),
    [
        ([cue("x" * 33)], "caption 1 has a line of 33 columns"),
        ([cue("a", "b", "c", "d", "e")], "caption 1 has 5 lines"),
        ([cue("x" * 32, start=500, end=3000)], "caption 1 at 00:00:00 takes 22 frames to send in SCC and has 15"),
        (
            [cue("x", end=3400), cue("y" * 32, "z" * 32, start=3400, end=6000)],
            "caption 2 at 00:00:03 takes 40 frames to send in SCC and has 10",
        ),
        ([cue("a"), cue("b", start=4000, end=6000)], "captions 1 and 2 overlap"),
    ],
)
def test_what_the_channel_cannot_carry_is_refused_with_the_figures(cues, says):
    with pytest.raises(FormatError, match=says):
        scc(*cues)


def test_a_start_time_code_leaves_room_to_send_the_first_caption():
    data = scc(cue("x" * 32, start=500, end=3000), start_timecode="01:00:00;00", frame_rate=RATE)
    assert sent(data)[0][0] == 107_892 + 15 - 22
    assert data.splitlines()[2].startswith(b"00:59:59;23\t")


def test_the_labels_follow_the_picture_and_are_drop_frame_otherwise():
    assert b";" in scc(cue("x"))
    assert b";" not in scc(cue("x"), start_timecode="01:00:00:00", frame_rate=RATE)


@pytest.mark.integration
def test_a_caption_that_stands_at_the_top_is_sent_to_the_first_rows():
    shown = [
        Cue(20_000, 23_000, (Line("one"), Line("two")), placement=Placement("top", "left")),
        Cue(30_000, 33_000, (Line("three"),)),
    ]
    data = render(shown, "scc", Context())
    rows = [re.findall(rb"\\pos\(\d+,(\d+)\)", text.lines[0].encode()) for text in readers.ffmpeg(data, "scc")]
    (first, second), (last,) = [[int(y) for y in ys] for ys in rows]
    assert first < second < 288 / 4
    assert last > 288 * 3 / 4
    assert [text.lines for text in readers.ttconv_scc(data)] == [("one", "two"), ("three",)]
