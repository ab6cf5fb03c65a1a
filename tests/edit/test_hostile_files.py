"""Files made to break a reader: every one is read or refused in a line, in time and in memory that fit its size."""

import time
import tracemalloc
from fractions import Fraction
from functools import cache, partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.edit import retime, to_transcript
from captioner.edit.time_map import Linear
from captioner.errors import FormatError, ReplyError
from captioner.formats import FORMATS, Context, read, render
from captioner.formats.capabilities import unsupported
from captioner.formats.text.speaker_names import own_names
from captioner.model import Cue, Line
from tests.examples import examples

CUES = (
    Cue(1000, 3000, (Line("Good evening, and", speaker="0", label="Anna:"), Line("welcome.", speaker="0")), "0"),
    Cue(3080, 5000, (Line("Tom & Jerry < cheese", speaker="1", label="Bo:"),), "1"),
    Cue(6000, 8000, (Line("Yes.", speaker="0", dash="- "), Line("No.", speaker="1", dash="- "))),
)
CONTEXT = Context(frame_rate=Fraction(30000, 1001), language="en", names={"0": "Anna", "1": "Bo"})
READ_BACK = ("srt", "vtt", "ass", "ttml", "ebu-tt-d", "itt", "stl", "scc", "json")
GOOD = {FORMATS[name].extension: render(CUES, name, CONTEXT) for name in READ_BACK if name != "scc"}
GOOD["scc"] = b"Scenarist_SCC V1.0\n\n00:00:03:29\t94ae 94ae 9420 9420 9470 9470 a8e5 ec6c ef80 942f 942f\n"
GOOD["sbv"] = b"0:00:01.000,0:00:02.000\nHello\nthere\n"
GOOD["sub"] = b"{1}{1}25\n{25}{50}Hello|there\n"
GOOD["ssa"] = GOOD["ass"].replace(b"v4.00+", b"v4.00").replace(b"V4+", b"V4")


def used(data: bytes, name: str) -> str:
    """Read a file and do with it what the commands do; "" when all went well, else what was said."""
    try:
        cues = read(data, name).cues
        moved = retime(cues, Linear(offset_ms=Fraction(60_000))).cues
        for format_ in ("vtt", "srt", "ass", "ttml"):
            render(moved, format_, Context(names=own_names(cues)))
        unsupported(moved, FORMATS["srt"], Context(names=own_names(cues)))
        to_transcript([cue for cue in cues if cue.start_ms < cue.end_ms])
    except (ReplyError, FormatError) as error:
        return error.message
    return ""


@pytest.mark.parametrize("ending", GOOD)
def test_the_files_to_be_broken_are_whole(ending: str) -> None:
    assert used(GOOD[ending], f"a.{ending}") == ""


@pytest.mark.parametrize("ending", GOOD)
@settings(max_examples=examples(60))
@given(st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(ending: str, data: st.DataObject) -> None:
    whole = bytearray(GOOD[ending])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole)))
        cut = data.draw(st.sampled_from([0, 1, 2, 16, 200]))
        put = data.draw(
            st.binary(max_size=3) | st.sampled_from([b"9" * 30, b"-->", b"<", b"&#0;", b"\n\n", b"{\\", b"-"])
        )
        whole[at : at + cut] = put
    assert "\n" not in used(bytes(whole), f"a.{ending}")


TIMES = "00:00:01,000 --> 00:00:02,000\n"
TT = (
    "<tt xmlns='http://www.w3.org/ns/ttml' xmlns:tts='http://www.w3.org/ns/ttml#styling'><body><div>"
    "<p begin='1s' end='2s'>"
)
TT_END = "</p></div></body></tt>"
LOOP = "<style xml:id='a' style='a b'/>"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE tt [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + ']><tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="1s" end="2s">&i;</p></div></body></tt>'
)
BOMBS = {
    "open-tags.srt": TIMES + "<a" * 60_000,
    "open-braces.srt": TIMES + "{\\" * 60_000,
    "one-long-line.srt": TIMES + "a " * 60_000,
    "no-blank-lines.srt": TIMES * 4000,
    "labels.srt": TIMES + "A:" * 60_000,
    "dashes.srt": TIMES + "- " * 60_000,
    "many-lines.srt": TIMES + "x\n" * 30_000,
    "arrows.vtt": "WEBVTT\n\n" + "-->" * 40_000,
    "ampersands.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "&" * 120_000,
    "voices.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v " * 40_000,
    "commas.ass": GOOD["ass"].decode() + "Dialogue: " + "," * 120_000,
    "braces.ass": GOOD["ass"].decode() + "Dialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,," + "{" * 120_000,
    "places.ass": GOOD["ass"].decode() + "Dialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,," + "{\\pos(1,2)}" * 20_000,
    "drawings.ass": GOOD["ass"].decode() + "Dialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,," + "{\\p1}" * 20_000,
    "one-block.ass": GOOD["ass"].decode() + "Dialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,{" + "\\i1" * 60_000 + "}x",
    "slanted.srt": TIMES + "<i>" * 60_000 + "x",
    "slanted-and-not.srt": TIMES + "<i>a</i>" * 20_000,
    "never-opened.srt": TIMES + "</b>" * 60_000 + "x",
    "ruby.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<ruby>a<rt>b" * 15_000,
    "classes.vtt": "WEBVTT\n\nSTYLE\n" + "::cue(.a) { " * 20_000 + "\n\n00:01.000 --> 00:02.000\nx\n",
    "settings.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000 " + "line:1 " * 20_000 + "\nx\n",
    "spans.ttml": TT + "<span tts:fontStyle='italic'>a</span> " * 4000 + TT_END,
    "lines.ttml": TT + "<br/>" * 15_000 + TT_END,
    "styles.ttml": TT.replace("<body>", "<head><styling>" + LOOP * 5000 + "</styling></head><body>") + TT_END,
    "names.ttml": TT.replace("<p ", "<p " + " ".join(f"a{n}='1'" for n in range(20_000)) + " ") + TT_END,
    "numbers.sub": "{1}{1}25\n" + "{9999999999}{99999999999}x\n" * 4000,
    "laughs.ttml": LAUGHS,
    "deep.ttml": "<tt xmlns='http://www.w3.org/ns/ttml'><body>" + "<div>" * 20_000,
    "deep.json": "[" * 100_000,
    "digits.json": '{"schema": "captioner.archive", "version": ' + "9" * 100_000 + "}",
    "times.lrc": "[00:01.00]" * 10_000 + "x" * 10_000 + "\n",
    "chorus.lrc": ("[00:01.00]" * 100 + "x" * 150 + "\n") * 40,
    "together.lrc": "[00:01.00]x\n" * 10_000,
    "words.lrc": "[00:01.00]" + "<00:01.00>x" * 10_000 + "\n",
    "hex.scc": "Scenarist_SCC V1.0\n\n00:00:03:29\t" + "9420 " * 20_000,
}


SPEECH = tuple(Cue(n * 2000, n * 2000 + 1500, (Line("Good evening and welcome."),)) for n in range(1, 1000))
HONEST = {ending: partial(render, SPEECH, ending, CONTEXT) for ending in ("srt", "vtt", "ass", "ttml", "json")}
HONEST["sub"] = lambda: b"{1}{1}25\n" + b"".join(b"{%d}{%d}Good evening\n" % (n, n + 20) for n in range(1, 25_000, 25))
HONEST["lrc"] = lambda: b"".join(b"[%02d:%02d.00]Good evening\n" % divmod(n, 60) for n in range(2, 2000, 2))
HONEST["scc"] = lambda: (
    b"Scenarist_SCC V1.0\n"
    + b"".join(b"\n00:%02d:%02d:00\t94ae 9420 9470 a8e5 942f\n" % divmod(n, 60) for n in range(1, 1800, 2))
)
SMALL_BYTES = 100_000
HOW_MUCH_DEARER = (
    25  # the dearest takes 6 times as much for a byte, a reader whose time grows with the square 500 times
)


def seconds_of_work(data: bytes, name: str) -> float:
    """Time of this thread alone; whatever else the machine does is not in it."""
    begun = time.thread_time()
    assert "\n" not in used(data, name)
    return time.thread_time() - begun


@cache
def honest_seconds_a_byte(ending: str) -> float:
    data = HONEST[ending]()
    return seconds_of_work(data, f"a.{ending}") / len(data)


@pytest.mark.integration
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_not_much_longer_than_an_honest_file_and_little_memory(name: str) -> None:
    data = BOMBS[name].encode()
    honest_s = honest_seconds_a_byte(name.rpartition(".")[2]) * max(len(data), SMALL_BYTES)
    assert seconds_of_work(data, name) < HOW_MUCH_DEARER * honest_s
    tracemalloc.start()
    try:
        used(data, name)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
