"""Captions that roll are read once, each phrase when it is first heard, with the times its words carry."""

from __future__ import annotations

import pytest

from captioner.formats import ReadOptions, read
from captioner.timecode import ms_to_srt, ms_to_vtt

LINES = ("the council will vote today", "on the new bridge by the mill", "which nobody has asked for", "I am told")
ZH = ("今天的会议到此结束谢谢大家", "我们下周三再见请把门关上", "他昨天晚上没有回家")

DOWNLOAD = """WEBVTT
Kind: captions
Language: en

00:00:00.500 --> 00:00:02.300 align:start position:0%
\x20
so<00:00:00.800><c> today</c><00:00:01.100><c> we</c><00:00:01.500><c> mend</c>

00:00:02.300 --> 00:00:02.310 align:start position:0%
so today we mend
\x20

00:00:02.310 --> 00:00:04.000 align:start position:0%
so today we mend
an<00:00:02.900><c> old</c><00:00:03.300><c> clock</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
an old clock
\x20
"""


def srt(*captions: tuple[int, int, str]) -> bytes:
    blocks = (f"{ms_to_srt(start)} --> {ms_to_srt(end)}\n{text}\n" for start, end, text in captions)
    return "\n".join(f"{number}\n{block}" for number, block in enumerate(blocks, 1)).encode()


def vtt(*captions: tuple[int, int, str]) -> bytes:
    return "\n".join(
        ["WEBVTT\n", *(f"{ms_to_vtt(start)} --> {ms_to_vtt(end)}\n{text}\n" for start, end, text in captions)]
    ).encode()


def ttml(*captions: tuple[int, int, str]) -> bytes:
    paragraphs = (
        f'<p begin="{start}ms" end="{end}ms">{text.replace(chr(10), "<br/>")}</p>' for start, end, text in captions
    )
    return f'<tt xmlns="http://www.w3.org/ns/ttml"><body><div>{"".join(paragraphs)}</div></body></tt>'.encode()


def states(lines: tuple[str, ...], rows: int) -> list[tuple[int, int, str]]:
    """The states of a screen of some rows, two seconds each."""
    return [(2000 * at, 2000 * at + 2000, "\n".join(lines[max(0, at - rows + 1) : at + 1])) for at in range(len(lines))]


def test_each_phrase_of_a_download_is_shown_once_with_its_words() -> None:
    file = read(DOWNLOAD.encode(), "talk.en.vtt")
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in file.cues] == [
        (500, 2310, "so today we mend"),
        (2310, 4010, "an old clock"),
    ]
    words = [(word.text.strip(), word.start_ms) for cue in file.cues for word in cue.lines[0].words]
    assert words == [
        ("so", 500), ("today", 800), ("we", 1100), ("mend", 1500), ("an", 2310), ("old", 2900), ("clock", 3300),
    ]  # fmt: skip
    assert "4 states of a screen that rolls are 2 captions" in file.notes[0].message
    kept = read(DOWNLOAD.encode(), "talk.en.vtt", ReadOptions(rolling="keep"))
    assert (len(kept.cues), kept.notes) == (4, ())


@pytest.mark.parametrize("rows", [2, 3])
@pytest.mark.parametrize("lines", [LINES, ZH])
@pytest.mark.parametrize(("write", "name"), [(srt, "a.srt"), (vtt, "a.vtt"), (ttml, "a.ttml")])
def test_lines_that_move_up_are_shown_once(write, name: str, lines: tuple[str, ...], rows: int) -> None:  # type: ignore[no-untyped-def]
    file = read(write(*states(lines, rows)), name)
    assert [(cue.start_ms, cue.text) for cue in file.cues] == [(2000 * at, line) for at, line in enumerate(lines)]
    kept = read(write(*states(lines, rows)), name, ReadOptions(rolling="keep"))
    assert [cue.text for cue in kept.cues] == [text for *_, text in states(lines, rows)]


def test_a_line_that_grows_is_one_caption() -> None:
    words = LINES[0].split()
    grown = [(500 * at, 500 * at + 500, " ".join(words[: at + 1])) for at in range(len(words))]
    file = read(srt(*grown), "a.srt")
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in file.cues] == [(0, 2500, LINES[0])]
    assert [word.start_ms for word in file.cues[0].lines[0].words] == [0, 500, 1000, 1500, 2000]


@pytest.mark.parametrize(
    "texts",
    [
        ("Oh when the saints go marching in", "Oh when the saints go marching in", "I want to be in that number"),
        ("Yes.", "Yes.\nNo.", "No.", "I do not know what you want.", "What do you want?"),
        ("- Who is it?\n- Me.", "- Me.\n- Who are you?", "Nobody at all, I am afraid."),
        ("la la la", "la la la la", "la la la", "la la la la la"),
    ],
)
def test_songs_and_answers_do_not_roll(texts: tuple[str, ...]) -> None:
    captions = [(2000 * at, 2000 * at + 2000, text) for at, text in enumerate(texts)]
    assert [cue.text.replace("\n", "|") for cue in read(srt(*captions), "a.srt").cues] == [
        text.replace("\n", "|").replace("- ", "") for text in texts
    ]
