"""Markup of every format becomes looks and places, and what cannot is named."""

from __future__ import annotations

import pytest

from captioner.errors import ReplyError
from captioner.formats import read
from captioner.formats.vtt.cue_settings import placement_of_settings
from captioner.model import Cue, Placement, TextStyle

HEAD = (
    "[Script Info]\nScriptType: v4.00+\nPlayResX: 1920\nPlayResY: 1080\n[V4+ Styles]\n"
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
    "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, "
    "MarginV, Encoding\n"
    "Style: Main,Arial,60,&H0000FFFF,&H0,&H0,&H0,-1,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1\n"
    "Style: Thought,Arial,60,&H0000FFFF,&H0,&H0,&H0,-1,-1,0,0,100,100,0,0,1,2,2,2,10,10,10,1\n"
    "Style: Sign,Arial,60,&H000000FF,&H0,&H0,&H0,0,0,0,0,100,100,0,0,1,2,2,8,10,10,10,1\n"
    "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)


def srt(text: str) -> Cue:
    return read(f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n".encode(), "a.srt").cues[0]


def ass(*events: str) -> tuple[Cue, ...]:
    """Captions of events given as `style,marginv,text`."""
    rows = (event.split(",", 2) for event in events)
    lines = (f"Dialogue: 0,0:00:01.00,0:00:02.00,{style},,0,0,{margin},,{text}\n" for style, margin, text in rows)
    return read((HEAD + "".join(lines)).encode(), "a.ass").cues


def looks(cue: Cue) -> list[tuple[str, TextStyle]]:
    return [(line.text[span.start : span.end], span.look) for line in cue.lines for span in line.spans]


ITALIC, BOLD = TextStyle(italic=True), TextStyle(bold=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<i>one</i> two", [("one", ITALIC)]),
        ("<I>one\ntwo</I>", [("one", ITALIC), ("two", ITALIC)]),
        ("<i>one <b>two</i> three</b>", [("one ", ITALIC), ("two", TextStyle(True, True)), (" three", BOLD)]),
        ("<b><b>one</b> two</b>", [("one two", BOLD)]),
        ("</i>one<i>", []),
        ("<i>never closed", [("never closed", ITALIC)]),
        ('<font color="#ff8000">a</font>', [("a", TextStyle(colour="#FF8000"))]),
        ("<font color=yellow>a</font>b", [("a", TextStyle(colour="#FFFF00"))]),
        ("<font color='rgb(1,2,3)'>a</font>", []),
        (
            "{\\i1}one{\\i0} two {\\b1\\c&H0000FF&}three",
            [("one", ITALIC), ("three", TextStyle(bold=True, colour="#FF0000"))],
        ),
        ("- <i>Yes.</i>\n- No.", [("Yes.", ITALIC)]),
        ("<i>- Yes.</i>\n- No.", [("Yes.", ITALIC)]),
        ("<i>ANNA: Hello.</i>", [("Hello.", ITALIC)]),
        ("3 < 4 and 5 > 2", []),
    ],
)
def test_tags_in_srt(text: str, found: list[tuple[str, TextStyle]]) -> None:
    assert looks(srt(text)) == found


@pytest.mark.parametrize(
    ("text", "placement"),
    [
        ("{\\an8}x", Placement("top")),
        ("{\\an2}x", None),
        ("{\\a6}x", Placement("top")),
        ("{\\an5}x", Placement("middle")),
        ("x {\\an1}y", Placement("bottom", "left")),
        ("{\\an9\\pos(192,144)}x", Placement("top", "right", 50, 50)),
        ("{\\pos(9999,1)}x", None),
    ],
)
def test_places_in_srt(text: str, placement: Placement | None) -> None:
    assert srt(text).placement == placement


def test_styles_of_ass_are_looks_where_they_differ_from_the_design() -> None:
    main, thought, sign, raised = ass(
        "Main,0,Most of the text is heavy and yellow.",
        "Thought,0,Nobody knows.",
        "Sign,0,EXIT",
        "Main,540,Up here",
    )
    assert looks(main) == []
    assert looks(thought) == [("Nobody knows.", ITALIC)]
    assert looks(sign) == [("EXIT", TextStyle(colour="#FF0000"))]
    assert (main.placement, sign.placement) == (None, Placement("top"))
    assert raised.placement == Placement("bottom", "centre", None, 50)


def test_a_style_is_put_on_and_off_inside_a_line_of_ass() -> None:
    (cue,) = ass("Main,0,one {\\rThought}two{\\r} three {a note}four")
    assert looks(cue) == [("two", ITALIC)]
    assert cue.text == "one two three four"


@pytest.mark.parametrize(
    ("settings", "placement"),
    [
        ("", None),
        ("line:0", Placement("top")),
        ("line:-1", None),
        ("line:-4", Placement("bottom", "centre", None, 80)),
        ("line:3", Placement("top", "centre", None, 20)),
        ("line:50%,center", Placement("middle", "centre", None, 50)),
        ("line:84%", Placement("top", "centre", None, 84)),
        ("line:90%,end", Placement("bottom", "centre", None, 90)),
        ("align:left position:5%", Placement("bottom", "left")),
        ("align:start position:30%", Placement("bottom", "left", 30)),
        ("align:middle position:50%", None),
        ("position:10%,line-left size:40%", Placement("bottom", "centre", 30)),
        ("line:abc position:900% align:sideways", None),
        ("size:80%", None),
    ],
)
def test_settings_of_webvtt(settings: str, placement: Placement | None) -> None:
    assert placement_of_settings(settings) == (placement, frozenset())


def test_classes_of_webvtt_have_the_colours_of_its_style_sheet_and_of_the_standard() -> None:
    text = (
        "WEBVTT\n\nSTYLE\n::cue(.lemon) { background-color: red; color: #fe0 }\n\n"
        "00:01.000 --> 00:02.000\n<c.lemon>a</c><c.cyan>b</c><c.other>c</c><c.cff8800>d</c>\n"
    )
    (cue,) = read(text.encode(), "a.vtt").cues
    assert looks(cue) == [
        ("a", TextStyle(colour="#FFEE00")),
        ("b", TextStyle(colour="#00FFFF")),
        ("d", TextStyle(colour="#FF8800")),
    ]


def test_references_in_webvtt_are_text_and_never_tags() -> None:
    (cue,) = read(b"WEBVTT\n\n00:01.000 --> 00:02.000\na &lt;i&gt; b &amp; <i>c</i>\n", "a.vtt").cues
    assert cue.text == "a <i> b & c"
    assert looks(cue) == [("c", ITALIC)]


@pytest.mark.parametrize(
    ("name", "data", "left"),
    [
        ("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\na <00:01.500>b\n", "word times"),
        ("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000 vertical:rl\na\n", "vertical text"),
        ("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>a</v> <v B>b</v>\n", "second voices in a line"),
        ("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\n<font face=Arial>a</font>\n", "fonts and sizes"),
        ("a.ass", (HEAD + "Dialogue: 0,0:00:01.00,0:00:02.00,Main,,0,0,0,,{\\k20}a\n").encode(), "word times"),
        ("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\n{\\k20}a\n", "karaoke"),
        ("a.ass", (HEAD + "Dialogue: 0,0:00:01.00,0:00:02.00,Main,,0,0,0,,{\\fad(1,2)}a\n").encode(), "effects"),
    ],
)
def test_what_captions_cannot_hold_is_named(name: str, data: bytes, left: str) -> None:
    assert read(data, name).unsupported == {left: (0,)}


def test_a_reading_beside_a_word_is_written_behind_it() -> None:
    captions = read("WEBVTT\n\n00:01.000 --> 00:02.000\n<ruby>漢<rt>かん</ruby>字\n".encode(), "a.vtt")
    assert captions.cues[0].text == "漢（かん）字"
    assert captions.unsupported == {"ruby": (0,)}


TTML = (
    '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" '
    'xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" {root}>'
    '<head><styling><style xml:id="base" tts:color="yellow"/><style xml:id="loud" style="base" tts:fontWeight="bold"/>'
    '</styling><metadata><ttm:agent xml:id="a1" type="person"><ttm:name type="full">Anna</ttm:name></ttm:agent>'
    '</metadata><layout><region xml:id="up" tts:origin="10% 10%" tts:extent="80% 20%" tts:displayAlign="before" '
    'tts:textAlign="center"/><region xml:id="down" tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="after" '
    'tts:textAlign="center"/></layout></head><body style="base" region="down">{body}</body></tt>'
)


def ttml(body: str, root: str = "") -> tuple[Cue, ...]:
    return read(TTML.format(root=root, body=body).encode(), "a.ttml").cues


@pytest.mark.parametrize(
    ("root", "begin", "end", "span"),
    [
        ("", "00:00:01.5", "00:00:02.123456", (1500, 2123)),
        ("", "1.5s", "2500ms", (1500, 2500)),
        ("", "0.5m", "0.01h", (30_000, 36_000)),
        ('ttp:frameRate="25"', "00:00:01:05", "50f", (1200, 2000)),
        ('ttp:tickRate="10000000"', "15000000t", "20000000t", (1500, 2000)),
        ('ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"', "00:00:01:15", "00:01:00:00", (1500, 60_000)),
        # SMPTE labels count frames: a minute of them at 29.97 is 60.06 s, and with drop-frame 60.06 s less two frames.
        (
            'ttp:timeBase="smpte" ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001" ttp:dropMode="nonDrop"',
            "00:00:00:00", "00:01:00:00", (0, 60_060),
        ),
        (
            'ttp:timeBase="smpte" ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001" ttp:dropMode="dropNTSC"',
            "00:00:00:00", "00:01:00:02", (0, 60_060),
        ),
    ],
)  # fmt: skip
def test_times_of_ttml(root: str, begin: str, end: str, span: tuple[int, int]) -> None:
    (cue,) = ttml(f'<div><p begin="{begin}" end="{end}">x</p></div>', root)
    assert (cue.start_ms, cue.end_ms) == span


def test_times_in_ttml_count_from_what_is_around_them_and_end_with_it() -> None:
    cues = ttml('<div begin="10s" end="15s"><p begin="1s" dur="2s">a</p><p begin="4s" end="9s">b</p><p>c</p></div>')
    assert [(cue.start_ms, cue.end_ms) for cue in cues] == [(11_000, 13_000), (14_000, 15_000), (10_000, 15_000)]


def test_looks_agents_and_regions_of_ttml_are_inherited() -> None:
    design, loud, up = ttml(
        '<div><p begin="1s" end="2s">All of the usual text of the file is yellow,\n   and nobody notices.<br/>So.</p>'
        '<p begin="2s" end="3s" style="loud"><span tts:fontStyle="italic" ttm:agent="a1">one '
        '<span tts:fontStyle="normal">'
        "two</span></span> three</p>"
        '<p begin="3s" end="4s" region="up" tts:textAlign="right">x</p></div>'
    )
    assert [line.text for line in design.lines] == [
        "All of the usual text of the file is yellow, and nobody notices.",
        "So.",
    ]
    assert looks(design) == []
    assert looks(loud) == [("one ", TextStyle(True, True)), ("two three", BOLD)]
    assert loud.speaker == "Anna"
    assert (design.placement, up.placement) == (None, Placement("top", "right"))


def test_a_style_that_refers_to_itself_ends() -> None:
    text = TTML.format(root="", body='<div><p begin="1s" end="2s" style="loud">x</p></div>')
    assert read(text.replace('xml:id="base"', 'xml:id="base" style="loud"').encode(), "a.ttml").cues[0].text == "x"


@pytest.mark.parametrize("body", ["", "<div/>"])
def test_ttml_without_a_paragraph_has_no_caption(body: str) -> None:
    assert ttml(body) == ()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<div><p>never ends</p></div>", "paragraph 1 without any time"),
        ('<div><p begin="soon" end="late">x</p></div>', "paragraph 1 with a time that cannot be read"),
    ],
)
def test_ttml_of_which_no_paragraph_can_be_shown_is_refused(body: str, why: str) -> None:
    with pytest.raises(ReplyError, match=f"has no caption that can be read; {why}; left out"):
        ttml(body)
