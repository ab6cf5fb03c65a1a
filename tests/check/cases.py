"""For every rule captions that break it and captions that keep it: the table the rules are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from captioner.model import Cue, Line, Media, Sentence, Transcript
from captioner.script_report import ScriptPlace, ScriptReport

PLAIN = "web-default"


@dataclass(frozen=True)
class Case:
    """Captions that break a rule, captions that keep it, and what both are held against."""

    bad: tuple[Cue, ...]
    good: tuple[Cue, ...]
    style: str = PLAIN
    known: Mapping[str, Any] = field(default_factory=dict)
    bad_known: Mapping[str, Any] = field(default_factory=dict)
    good_known: Mapping[str, Any] = field(default_factory=dict)


def cue(start: int, end: int, *texts: str, speaker: str | None = None) -> Cue:
    return Cue(start, end, tuple(Line(text, speaker=speaker) for text in texts), speaker)


def one(*texts: str, lasts: int = 3000) -> tuple[Cue, ...]:
    return (cue(0, lasts, *texts),)


def dashed(first: str, second: str) -> tuple[Cue, ...]:
    return (Cue(0, 3000, (Line("Yes.", dash=first, speaker="a"), Line("No.", dash=second, speaker="b"))),)


def said(*sentences: tuple[str, int, int, str]) -> Transcript:
    return Transcript(tuple(Sentence(text, start, end, (), speaker) for text, start, end, speaker in sentences), "en")


def media(duration_ms: int) -> Media:
    return Media(Path("talk.mp4"), 0, "", "mp4", duration_ms, ())


TALK = said(("Good evening and welcome.", 1000, 3000, "0"))
TWO = said(("Are you sure?", 0, 1000, "0"), ("I am.", 1200, 2000, "1"))
LONG = "This is a line of text that is much longer than any house would allow it to be."
SHORT = "Good evening."
P24 = {"frame_rate": Fraction(24)}

CASES: dict[str, Case] = {
    "overlap": Case((cue(0, 2000, SHORT), cue(1500, 4000, SHORT)), (cue(0, 1500, SHORT), cue(1500, 4000, SHORT))),
    "order": Case((cue(3000, 4000, SHORT), cue(0, 2000, SHORT)), (cue(0, 2000, SHORT), cue(3000, 4000, SHORT))),
    "duration": Case((cue(1000, 1000, SHORT),), (cue(1000, 1001, SHORT),)),
    "min_duration": Case((cue(0, 832, SHORT),), (cue(0, 833, SHORT),)),
    "max_duration": Case((cue(0, 7001, SHORT),), (cue(0, 7000, SHORT),)),
    "min_gap": Case(
        (cue(0, 2000, SHORT), cue(2041, 4000, SHORT)), (cue(0, 2000, SHORT), cue(2083, 4000, SHORT)), "netflix", P24
    ),
    "bad_gap": Case((cue(0, 2000, SHORT), cue(2300, 4000, SHORT)), (cue(0, 2000, SHORT), cue(2500, 4000, SHORT))),
    "shot_in": Case((cue(5200, 8000, SHORT),), (cue(5000, 8000, SHORT),), "netflix", {**P24, "shots": (5000,)}),
    "shot_out": Case((cue(1000, 5200, SHORT),), (cue(1000, 4917, SHORT),), "netflix", {**P24, "shots": (5000,)}),
    "off_frame": Case((cue(1020, 3000, SHORT),), (cue(1041, 3000, SHORT),), "netflix", P24),
    "sync_in": Case(
        (cue(1100, 3000, TALK.sentences[0].text),), (cue(1000, 3000, TALK.sentences[0].text),), "netflix",
        {"transcript": TALK},
    ),
    "overhang": Case(
        (cue(1000, 4501, TALK.sentences[0].text),), (cue(1000, 4500, TALK.sentences[0].text),), PLAIN,
        {"transcript": TALK},
    ),
    "no_speech": Case((cue(9000, 11000, SHORT),), (cue(1000, 3000, SHORT),), PLAIN, {"transcript": TALK}),
    "missing": Case((cue(2100, 3000, SHORT),), (cue(1000, 3000, SHORT),), PLAIN, {"transcript": TALK}),
    "past_end": Case((cue(0, 3001, SHORT),), (cue(0, 3000, SHORT),), PLAIN, {"media": media(3000)}),
    "tc_origin": Case((cue(3_601_000, 3_603_000, SHORT),), (cue(1000, 3000, SHORT),), PLAIN, {"transcript": TALK}),
    "load_608": Case((cue(900, 3000, "x" * 32),), (cue(1000, 3000, "x" * 32),), "fcc-608"),
    "cps": Case(one("x" * 41, lasts=2000), one("x" * 40, lasts=2000)),
    "cps_optimal": Case(one("x" * 31, lasts=2000), one("x" * 30, lasts=2000), "netflix"),
    "wpm": Case(one("a b c d e f g", lasts=2000), one("a b c d e f", lasts=2000), "bbc-online"),
    "cps_low": Case(one("Yes, I am.", lasts=4001), one("Yes, I am.", lasts=3300)),
    "cpl": Case(one("x" * 43), one("x" * 42)),
    "lines": Case(one("Good", "evening", "everyone."), one("Good evening", "everyone.")),
    "one_line": Case(one("Good evening", "everyone."), one("Good evening to you all and", "welcome to the report.")),
    "balance": Case(one("Good evening to you all here", "tonight"), one("Good evening to you,", "all")),
    "orphan": Case(
        one("Good evening to you all tonight, and to", "him."),
        one("Good evening to you all tonight,", "and to everyone."),
    ),
    "syntax_break": Case(
        one("We welcome everyone to the", "evening report."), one("We welcome everyone", "to the evening report.")
    ),
    "cue_syntax_break": Case(
        (cue(0, 2000, "We welcome everyone to the"), cue(2080, 4000, "evening report.")),
        (cue(0, 2000, "We welcome everyone"), cue(2080, 4000, "to the evening report.")),
    ),
    "kinsoku": Case(one("今天晚上的新闻", "，就到这里"), one("今天晚上的新闻，", "就到这里")),
    "split_token": Case(one("It costs 25", "km of road."), one("It costs", "25 km of road.")),
    "dash_style": Case(dashed("– ", "– "), dashed("-", "-"), "netflix", {"language": "en"}),
    "dual_speakers": Case(
        (Cue(0, 3000, tuple(Line("Yes.", dash="-", speaker=name) for name in "abc")),), dashed("-", "-"), "netflix"
    ),
    "ellipsis": Case(one("Well... no."), one("Well… no."), "netflix"),
    "whitespace": Case(one("Good  evening ."), one("Good evening.")),
    "zh_punct": Case(one("晚上好，欢迎收看。"), one("晚上好 欢迎收看"), "netflix"),
    "ja_punct": Case(one("今日は、いい天気です。"), one("今日は いい天気です"), "netflix"),
    "th_punct": Case(one("สวัสดีครับ."), one("สวัสดีครับ")),
    "ar_punct": Case(one("مرحبا, كيف حالك?"), one("مرحبا، كيف حالك؟")),
    "numbers": Case(one("We have 3 guests."), one("We have three guests, 25 in all."), "numbers-on"),
    "italics_lang": Case(
        one("晚上好"), one("晚上好"), "netflix", {}, {"written": ("<i>晚上好</i>",)}, {"written": ("晚上好",)}
    ),
    "brackets": Case(one("(door slams)"), one("[door slams]"), "netflix"),
    "quotes_pairs": Case(one("He said “no."), one("He said “no.”")),
    "glyphs": Case(one("Good \ufffd evening."), one(SHORT)),
    "mixed_width": Case(one("用ＡＰＩ完成工作"), one("用API完成工作")),
    "bidi": Case(one("\u202bمرحبا"), one("\u202bمرحبا\u202c")),
    "nfc": Case(one("Cafe\u0301 time"), one("Caf\u00e9 time")),
    "repeat": Case((cue(0, 2000, SHORT), cue(2080, 4000, SHORT)), (cue(0, 2000, SHORT), cue(2080, 4000, "Welcome."))),
    "text_loss": Case(
        (cue(1000, 3000, "Good morning and welcome."),), (cue(1000, 3000, "good evening, AND", "welcome"),), PLAIN,
        {"transcript": TALK},
    ),
    "empty": Case(one("…"), one("♪")),
    "speaker_jump": Case(
        one("Are you sure? I am."),
        (Cue(0, 3000, (Line("Are you sure?", dash="-"), Line("I am.", dash="-"))),), PLAIN, {"transcript": TWO},
    ),
    "language": Case(
        (cue(0, 2000, SHORT), cue(2080, 4000, "谢谢大家收看今天的新闻")),
        (cue(0, 2000, SHORT), cue(2080, 4000, "Thank you.")),
        PLAIN, {"language": "en"},
    ),
    "script": Case(
        one(SHORT), one(SHORT), PLAIN, {},
        {"script": ScriptReport("talk.docx", places=(ScriptPlace("changed", 200, 900, "Monday", "Tuesday", 1),))},
        {"script": ScriptReport("talk.docx", followed=1.0, spoken=1.0)},
    ),
    "encoding": Case(one(SHORT), one(SHORT), PLAIN, {}, {"text": "Café".encode("latin-1")}, {"text": "Café".encode()}),
    "reparse": Case(
        one(SHORT), one(SHORT), PLAIN, {"format": "srt", "written": (SHORT,)},
        {"text": b"1\n00:00:00,000 --> 00:00:02,000\nGood evening.\n"},
        {"text": b"1\n00:00:00,000 --> 00:00:03,000\nGood evening.\n"},
    ),
    "escapes": Case(
        one(SHORT), one(SHORT), PLAIN, {"format": "srt"}, {"written": ("a --> b",)}, {"written": ("a → b",)}
    ),
    "frame_rate": Case(one(SHORT), one(SHORT), PLAIN, {}, {"frame_rate": Fraction(15)}, {"frame_rate": Fraction(25)}),
}  # fmt: skip
