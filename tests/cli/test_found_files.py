"""Caption files as people have them: converted and shifted they give what was meant, and what was decided is told.

The kinds are those of public bug reports; the texts are our own.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import pytest

from captioner.cli import main
from captioner.formats import read

Shown = list[tuple[int, int, str]]


@dataclass(frozen=True)
class Found:
    """A file as it is found.

    Attributes:
        name: Its name.
        data: Its bytes.
        shown: What it gives: begin and end in milliseconds, and text.
        told: Parts of the notes, "" where there is nothing to tell.
        options: For every command that reads it.
    """

    name: str
    data: bytes
    shown: Shown
    told: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


def srt(*captions: tuple[str, str], numbers: tuple[str, ...] = ()) -> bytes:
    names = numbers or tuple(str(number) for number in range(1, len(captions) + 1))
    blocks = (f"{number}\n{times}\n{text}\n" for number, (times, text) in zip(names, captions, strict=True))
    return "\n".join(blocks).encode()


def plain(*texts: str) -> bytes:
    """Captions of two seconds, one every three."""
    return srt(*((f"00:00:{3 * at:02},000 --> 00:00:{3 * at + 2:02},000", text) for at, text in enumerate(texts)))


def seen(*texts: str) -> Shown:
    return [(3000 * at, 3000 * at + 2000, text) for at, text in enumerate(texts)]


def ttml(body: str) -> bytes:
    names = 'xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling"'
    return f'<?xml version="1.0"?>\n<tt {names} xml:lang="en"><body>{body}</body></tt>\n'.encode()


def stl(*blocks: tuple[int, int, bytes], start: str = "10000000") -> bytes:
    """EBU STL at 25 frames a second: first and last second of each subtitle, and its text."""
    head = f"{'850STL25.01000009'.ljust(253)}231{start}".ljust(1024).encode("ascii")
    packed = [
        struct.pack("<BHBB8sBBB", 0, number, 0xFF, 0, bytes((*at(first), *at(last))), 20, 2, 0)
        + text.ljust(112, b"\x8f")
        for number, (first, last, text) in enumerate(blocks)
    ]
    return head + b"".join(packed)


def at(second: int) -> tuple[int, int, int, int]:
    return second // 3600, second % 3600 // 60, second % 60, 0


ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,40

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,Before \\{this\\}
Dialogue: 0,0:00:04.00,0:00:06.00,Default,,0,0,0,,{\\an7\\pos(10,10)\\p1}m 0 0 l 10 0 10 10
Dialogue: 0,0:00:07.00,0:00:09.00,Default,,0,0,0,,After
"""
LINE_21 = """Scenarist_SCC V1.0

00:00:01:00\t94ae 94ae 9420 9420 9470 9470 54e5 73f4 942f 942f

00:00:03:00\t942c 942c
"""
LYRICS = """<p begin="0:00:04.000" end="00:00:06.000">One.</p>
<p begin="7.5" end="9">Two.</p><p begin="1:28.630" end="1:30.1">Three.</p>"""
PIECES = """WEBVTT
X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000

00:01.000 --> 00:03.000
One.

WEBVTT
X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:1440000

00:01.000 --> 00:03.000
Two.
"""
ROLLING = """WEBVTT
Kind: captions

00:00:00.500 --> 00:00:02.300 align:start position:0%
\x20
so<00:00:00.800><c> today</c><00:00:01.100><c> we</c><00:00:01.500><c> mend</c>

00:00:02.300 --> 00:00:02.310 align:start position:0%
so today we mend
\x20

00:00:02.310 --> 00:00:04.000 align:start position:0%
so today we mend
an<00:00:02.900><c> old</c><00:00:03.300><c> clock</c>
"""
RUSSIAN = ("Завтра мы уезжаем на море.", "Не забудьте закрыть окна.", "Спасибо, до встречи!")
HEBREW = ("מחר אנחנו נוסעים לים.", "אל תשכחו לסגור את החלונות.", "תודה ולהתראות!")
CHINESE = ("明天我们去海边。", "别忘了关窗户。", "谢谢，再见！")
JAPANESE = ("明日は海に行きます。", "窓を閉めるのを忘れないでください。", "ありがとう、またね！")

FOUND = {
    "windows-1251": Found(
        "a.srt", plain(*RUSSIAN).decode().encode("cp1251"), seen(*RUSSIAN), ("guessed to be Windows-1251",)
    ),
    "windows-1255": Found(
        "a.srt", plain(*HEBREW).decode().encode("cp1255"), seen(*HEBREW), ("guessed to be Windows-1255",)
    ),
    "gbk": Found("a.srt", plain(*CHINESE).decode().encode("gbk"), seen(*CHINESE), ("guessed to be GB18030",)),
    "shift-jis": Found(
        "a.srt", plain(*JAPANESE).decode().encode("shift_jis"), seen(*JAPANESE), ("guessed to be Shift-JIS",)
    ),
    "an encoding that is given": Found(
        "a.srt", plain(*RUSSIAN).decode().encode("koi8_r"), seen(*RUSSIAN), (), ("--input-encoding", "koi8-r")
    ),
    "no milliseconds": Found(
        "a.srt",
        srt(("00:00:01 --> 00:00:03", "One."), ("00:00:04 --> 00:00:06", "Two.")),
        [(1000, 3000, "One."), (4000, 6000, "Two.")],
        ("and 1 more line are not written as SRT writes times",),
    ),
    "long fractions": Found(
        "a.srt",
        srt(
            ("0:00:01,200.0000000000582 --> 00:00:03,000", "One."),
            ("00:00:04,000 --> 00:00:05,239.99999999999272", "Two."),
        ),
        [(1200, 3000, "One."), (4000, 5240, "Two.")],
        ("not written as SRT writes times",),
    ),
    "negative times": Found(
        "a.srt",
        srt(
            ("-00:00:02,500 --> -00:00:01,000", "Gone."),
            ("-00:00:00,500 --> 00:00:01,500", "Cut."),
            ("00:00:02,000 --> 00:00:03,500", "In."),
        ),
        [(0, 1500, "Cut."), (2000, 3500, "In.")],
        ("caption 1 is over before zero; it is left out", "caption 2 begins before zero; it is cut there"),
    ),
    "empty captions": Found(
        "a.srt",
        srt(
            ("00:00:01,460 --> 00:00:03,830", "One."),
            ("00:00:00,00 --> 00:00:00,00", ""),
            ("00:00:04,000 --> 00:00:05,000", "Two."),
        ),
        [(1460, 3830, "One."), (4000, 5000, "Two.")],
        ("caption 2 has no text and no time; it is left out",),
    ),
    "numbers in words": Found(
        "a.srt",
        srt(
            ("00:00:01,000 --> 00:00:02,000", "第一句。"),
            ("00:00:06,400 --> 00:00:08,400", "第二句。"),
            ("00:00:16,000 --> 00:00:18,000", "第三句。"),
            numbers=("1个", "2个", "三"),
        ),
        [(1000, 2000, "第一句。"), (6400, 8400, "第二句。"), (16000, 18000, "第三句。")],
        ("taken for numbers of captions",),
    ),
    "thin arrows": Found(
        "a.srt",
        srt(("00:00:01,000 -> 00:00:03,500", "One."), ("00:00:04,000 -> 00:00:06,500", "Two.")),
        [(1000, 3500, "One."), (4000, 6500, "Two.")],
        ("not written as SRT writes times",),
    ),
    "joined pieces": Found(
        "a.vtt",
        PIECES.encode(),
        [(1000, 3000, "One."), (7000, 9000, "Two.")],
        ("2 pieces of a stream are put on one clock",),
    ),
    "loose webvtt": Found(
        "a.vtt",
        b"WEBVTT\n\n00:01.000 --> 00:03.000\nOne.\n\n00:04.00 --> 00:06,50\nTwo.\n\n00:07.000-->00:09.000\nThree.\n",
        [(1000, 3000, "One."), (4000, 6500, "Two."), (7000, 9000, "Three.")],
        ("not written as WebVTT writes times",),
    ),
    "old line ends": Found(
        "a.vtt",
        b"WEBVTT\r\r00:00:01.000 --> 00:00:03.000\rOne.\r\r00:00:04.000 --> 00:00:06.000\rTwo.\r",
        [(1000, 3000, "One."), (4000, 6000, "Two.")],
    ),
    "ttml in a row": Found(
        "a.ttml",
        ttml(
            '<div timeContainer="seq"><p dur="2s">One.</p><p dur="3s">Two.</p><p begin="1s" dur="2s">Three.</p></div>'
        ),
        [(0, 2000, "One."), (2000, 5000, "Two."), (6000, 8000, "Three.")],
    ),
    "ttml without an end": Found(
        "a.ttml",
        ttml('<div><p begin="1s">Open.</p><p begin="4s">Last.</p></div>'),
        [(1000, 4000, "Open."), (4000, 5500, "Last.")],
        ("without an end",),
    ),
    "ttml with one digit": Found(
        "a.ttml", ttml('<div><p begin="0:00:01.000" end="0:00:03.000">One.</p></div>'), [(1000, 3000, "One.")]
    ),
    "spaces of ttml": Found(
        "a.ttml",
        ttml(
            '<div><p begin="1s" end="3s">Vraiment\u202f? Oui\u00a0!</p><p begin="4s" end="6s">太郎\u3000花子</p></div>'
        ),
        [(1000, 3000, "Vraiment\u202f? Oui\u00a0!"), (4000, 6000, "太郎\u3000花子")],
    ),
    "a rate that is given": Found(
        "a.sub",
        b"{25}{75}First|second\n{100}{150}{y:i}Italic\n",
        [(1000, 3000, "First\nsecond"), (4000, 6000, "Italic")],
        (),
        ("--fps", "25"),
    ),
    "sounds in brackets": Found(
        "a.srt",
        plain(
            "[LAUGHING] Stop it!",
            "(SIGHS) Not again.",
            "WARNING: do not open.",
            "I said: leave.",
            "（笑）そうですね",
            "12:30 is fine.",
        ),
        seen(
            "[LAUGHING] Stop it!",
            "(SIGHS) Not again.",
            "WARNING: do not open.",
            "I said: leave.",
            "（笑）そうですね",
            "12:30 is fine.",
        ),
    ),
    "line 21 without an erase": Found(
        "a.scc",
        LINE_21.replace("942c 942c", "94ae 94ae 9420 9420 9470 9470 4ce5 73f4 942f 942f").encode(),
        [(1268, 3270, "Test"), (3270, 4770, "Lest")],
        ("never erased; it ends by its length",),
    ),
    "line 21 with spaces": Found("a.scc", LINE_21.replace("\t", " ").encode(), [(1268, 3003, "Test")]),
    "a subtitle before the programme": Found(
        "a.stl",
        stl((0, 1, b"Programme"), (36005, 36007, b"First."), (36008, 36010, b"Second.")),
        [(5000, 7000, "First."), (8000, 10000, "Second.")],
        ("1 subtitle is over before start of programme and left out, the first “Programme”",),
    ),
    "doubled line ends": Found(
        "a.srt",
        plain("One\ntwo.", "Three.").replace(b"\n", b"\r\r\n"),
        seen("One\ntwo.", "Three."),
        ("lines end in CR CR LF",),
    ),
    "tags of html": Found(
        "a.srt",
        plain("Fish<br>and<br/>chips", "<p>One</p><p>two</p>"),
        seen("Fish\nand\nchips", "One\ntwo"),
        ("tags of HTML",),
    ),
    "lyrics": Found(
        "a.ttml", ttml(f"<div>{LYRICS}</div>"), [(4000, 6000, "One."), (7500, 9000, "Two."), (88630, 90100, "Three.")]
    ),
    "drawings": Found("a.ass", ASS.encode(), [(1000, 3000, "Before {this}"), (7000, 9000, "After")]),
    "a cut character": Found(
        "a.srt",
        plain("今天的会议结束。", "Très bien, où ?", "最后一句").rstrip()[:-2],
        seen("今天的会议结束。", "Très bien, où ?", "最后一\ufffd"),
        ("one place is no character of UTF-8",),
    ),
    "another ending": Found(
        "a.srt",
        b"WEBVTT\nKind: captions\n\n00:01.000 --> 00:03.000 position:50%\n<v Ann>One</v> &amp; more\n",
        [(1000, 3000, "One & more")],
        ("the content is WebVTT and not SRT",),
    ),
    "a long ending": Found(
        "a.webvtt", b"WEBVTT\n\n00:01.000 --> 00:03.000\nOne &amp; more\n", [(1000, 3000, "One & more")]
    ),
    "rolling captions": Found(
        "talk.en.vtt",
        ROLLING.encode(),
        [(500, 2310, "so today we mend"), (2310, 4000, "an old clock")],
        ("3 states of a screen that rolls are 2 captions",),
    ),
}
FRAME_MS = 34


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


def close(one: Shown, other: Shown) -> bool:
    """Whether captions are the same, with times on the same frame."""
    return [text for *_, text in one] == [text for *_, text in other] and all(
        abs(mine - theirs) < FRAME_MS
        for a, b in zip(one, other, strict=True)
        for mine, theirs in ((a[0], b[0]), (a[1], b[1]))
    )


def written(path: Path) -> Shown:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in read(path.read_bytes(), path.name).cues]


@pytest.mark.parametrize("kind", FOUND)
def test_what_is_found_gives_what_was_meant(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = FOUND[kind]
    source, out = tmp_path / found.name, tmp_path / "out.vtt"
    source.write_bytes(found.data)
    assert run("convert", source, out, *found.options) == 0
    assert close(written(out), found.shown)
    told = capsys.readouterr().err
    assert [part for part in found.told if part not in told] == []
    decided = [
        line for line in told.split("\n") if line.startswith(f"note: {found.name}") and "not carried over" not in line
    ]
    assert len(decided) >= len(found.told)
    assert bool(decided) == bool(found.told)


@pytest.mark.parametrize("kind", FOUND)
def test_what_is_found_can_be_shifted(kind: str, tmp_path: Path) -> None:
    found = FOUND[kind]
    source, out = tmp_path / found.name, tmp_path / "out.vtt"
    source.write_bytes(found.data)
    rolling = ("--rolling", "once") if kind == "rolling captions" else ()
    assert run("shift", source, out, "--by", "10", *found.options, *rolling) == 0
    assert close(written(out), [(start + 10_000, end + 10_000, text) for start, end, text in found.shown])


def test_drawings_move_with_the_captions_and_stay_in_their_file(tmp_path: Path) -> None:
    source = tmp_path / "a.ass"
    source.write_text(ASS)
    assert run("shift", source, tmp_path / "b.ass", "--by", "2") == 0
    moved = ASS.replace("0:00:01.00,0:00:03", "0:00:03.00,0:00:05").replace("0:00:04.00,0:00:06", "0:00:06.00,0:00:08")
    assert (tmp_path / "b.ass").read_text() == moved.replace("0:00:07.00,0:00:09", "0:00:09.00,0:00:11")
    assert run("resync", source, tmp_path / "c.ass", "--points", "0=2,1=3") == 0
    assert (tmp_path / "c.ass").read_text() == (tmp_path / "b.ass").read_text()
    assert run("convert", source, tmp_path / "d.ass") == 0
    assert (tmp_path / "d.ass").read_text() == ASS


def test_microdvd_without_a_rate_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.sub").write_bytes(FOUND["a rate that is given"].data)
    assert run("convert", tmp_path / "a.sub", tmp_path / "a.srt") == 1
    assert "counts frames, and does not say of how many a second; give --fps" in capsys.readouterr().err


@pytest.mark.parametrize("dash", ["- ", "-", "– ", "—", "‐ "])
@pytest.mark.parametrize("style", ["netflix", "bbc-online", "web-default", "ted", "fcc-608"])
def test_a_new_layout_keeps_two_speakers_apart(style: str, dash: str, tmp_path: Path) -> None:
    first = f"{dash}Are you coming?\n{dash}No, not today!"
    (tmp_path / "a.srt").write_bytes(plain(first, f"{dash}Why?\n{dash}Because.", "Then I will go alone."))
    assert run("convert", tmp_path / "a.srt", tmp_path / "b.srt", "--style", style) == 0
    lines = (tmp_path / "b.srt").read_text("utf-8").split("\n")
    assert not [line for line in lines if "coming?" in line and "No," in line]
    assert not [line for line in lines if "Why?" in line and "Because" in line]
    together = [
        text.split("\n")
        for text in (tmp_path / "b.srt").read_text("utf-8").split("\n\n")
        if "coming?" in text and "No," in text
    ]
    assert all(line[:1] in "-–—>" for text in together for line in text[2:])
