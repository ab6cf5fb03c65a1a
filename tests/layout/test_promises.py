"""What layout promises for every transcript, in every script, however the recogniser behaved."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captioner.formats import render
from captioner.layout import compose, explain
from captioner.layout.chunks import split_turns
from captioner.layout.width import columns
from captioner.model import Sentence, Transcript, Word
from captioner.style import load_style
from tests.examples import examples

STYLE = load_style("web-default")

SAID = {
    "en": "so we went to the old market, and bought three apples for Mr. Smith at 5.30 because it was late",
    "de": "der Donaudampfschifffahrtskapitän hat am 3. Mai gesagt, dass er nicht mehr zur See fahren will",
    "fr": "l’homme qu’elle a vu hier, c’est le frère de M. Dupont ; il n’est pas venu à 10 h",
    "ru": "он сказал, что не придёт в субботу, потому что у него в это время важная встреча",
    "zh": "我们 今天 来 讨论 人工智能 的 发展， 因为 GitHub 上 有 3个 项目 很 重要",
    "ja": "今日は とても 天気が 良いので、 公園まで 散歩に 行きたいと 思っています ビットコインを",
    "ko": "우리는 오늘 인공지능의 발전에 대해 이야기할 것입니다 그리고 그 다음에는 할 수 있는 것을",
    "th": "วันนี้ เรา จะ พูด ถึง ปัญญาประดิษฐ์ ที่ กำลัง เปลี่ยน โลก",
    "ar": "سوف نتحدث اليوم عن الذكاء الاصطناعي، لأن هذا الموضوع مهم جدا في العالم",
    "hi": "आज हम कृत्रिम बुद्धिमत्ता के बारे में बात करेंगे क्योंकि यह विषय बहुत महत्वपूर्ण है",
    "el": "σήμερα θα μιλήσουμε για την τεχνητή νοημοσύνη, επειδή το θέμα αυτό είναι πολύ σημαντικό για όλους μας",
    "yue": "我哋 今日 嚟 傾吓 人工智能 嘅 發展， 因為 佢哋 都 話 呢個 project 好 重要",
    "vi": "hôm nay chúng ta sẽ nói về trí tuệ nhân tạo vì chủ đề này rất quan trọng",
}
SCRIPTS = {language: text.split() for language, text in SAID.items()}
HOSTILE = [
    "", " ", "…", "--", "?!", "x" * 300, "https://example.org/a/very/long/path?with=query&and=more_of_it#frag",
    "👩‍👩‍👧‍👦", "🇫🇷🇩🇪",
    "e\u0301\u0301\u0301", "\u200f\u200e", "שלום", "(", "»", "<b>", "-->", "{\\an8}", "A&B", "\u0e33", "々",
    "Ｃ＋＋", "0.5%", "ﬁ", "10\u00a0h", "…", "1,000,000.50",
]  # fmt: skip
ENDS = [".", "?", "。", "", "", "", ",", "，", "…"]
NO_SPACE = ("zh", "yue", "ja", "th")


@st.composite
def sentences(draw: st.DrawFn, language: str, *, hostile: bool) -> list[Sentence]:
    """A conversation of two voices with pauses, now and then talking over each other."""
    pool = SCRIPTS[language] + (HOSTILE if hostile else [])
    glue = "" if language in NO_SPACE else " "
    now, found = draw(st.integers(1_000, 5_000)), []
    for _ in range(draw(st.integers(1, 6))):
        tokens = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=30))
        speaker = draw(st.sampled_from(["0", "0", "1"]))
        words, start = [], now
        for number, token in enumerate(tokens):
            length = draw(st.sampled_from([0, 40, 150, 300, 300, 700, 2_500]))
            mark = draw(st.sampled_from(ENDS)) if number == len(tokens) - 1 else ""
            words.append(Word((glue if number else "") + token, mark, now, now + length))
            now += length + draw(st.sampled_from([0, 0, 0, 20, 400, 3_000]))
        text = "".join(word.text + word.punctuation for word in words).strip()
        found.append(Sentence(text, start, max(now, start), tuple(words), speaker))
        now = max(start, now + draw(st.sampled_from([-500, 0, 0, 200, 1_500])))
    return found


@st.composite
def transcripts(draw: st.DrawFn, *, hostile: bool = True) -> Transcript:
    """Transcripts in every script of the list, with two speakers at most."""
    language = draw(st.sampled_from(sorted(SCRIPTS)))
    return Transcript(tuple(draw(sentences(language, hostile=hostile))), language)


@st.composite
def banter(draw: st.DrawFn) -> Transcript:
    """Two voices that answer each other in a word, too fast for a cue each."""
    language = draw(st.sampled_from(sorted(SCRIPTS)))
    now, found = 1_000, []
    for number in range(draw(st.integers(2, 8))):
        token, length = draw(st.sampled_from(SCRIPTS[language])), draw(st.integers(100, 400))
        found.append(Sentence(f"{token}.", now, now + length, (Word(token, ".", now, now + length),), str(number % 2)))
        now += length + draw(st.sampled_from([0, 50, 50, 4_000]))
    return Transcript(tuple(found), language)


def letters(text: str) -> str:
    return "".join(text.split())


def limits(transcript: Transcript) -> tuple[int, bool]:
    """The widest line any of its languages may have, and whether all of them print quotes and dashes full width."""
    spoken = split_turns(transcript)
    widest = max((STYLE.for_language(turn.profile.language).max_columns for turn in spoken), default=0)
    return widest, all(turn.profile.wide_ambiguous for turn in spoken)


patient = settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))


@patient
@given(transcripts())
def test_nothing_of_the_text_is_lost_added_or_changed(transcript: Transcript) -> None:
    said = "".join(letters(chunk.text) for turn in split_turns(transcript) for chunk in turn.chunks)
    shown = "".join(letters(line.text) for cue in compose(transcript, STYLE) for line in cue.lines)
    assert shown == said
    heard = sorted(transcript.sentences, key=lambda sentence: sentence.start_ms)
    for voice in {sentence.speaker for sentence in heard}:  # of two that speak at once, either may be shown first
        its_lines = [line for cue in compose(transcript, STYLE) for line in cue.lines if line.speaker == voice]
        assert "".join(letters(line.text) for line in its_lines) == "".join(
            letters(sentence.text) for sentence in heard if sentence.speaker == voice
        )


@patient
@given(transcripts())
def test_no_line_is_too_wide_and_no_cue_has_too_many(transcript: Transcript) -> None:
    limit, wide_ambiguous = limits(transcript)
    for cue in compose(transcript, STYLE):
        assert 1 <= len(cue.lines) <= STYLE.max_lines
        for line in cue.lines:
            assert columns(line.printed, wide_ambiguous=wide_ambiguous) <= limit
            assert line.text == line.text.strip()
            assert line.text


@patient
@given(transcripts(), st.integers(8, 20), st.integers(1, 3))
def test_narrow_and_tall_styles_keep_their_limits(transcript: Transcript, width: int, lines: int) -> None:
    style = STYLE.override(max_columns=width, max_lines=lines)
    cues = compose(transcript, style)
    assert all(columns(line.printed) <= width for cue in cues for line in cue.lines)
    assert all(len(cue.lines) <= lines for cue in cues)
    assert letters("".join(cue.text for cue in cues)) == letters(
        "".join(cue.text for cue in compose(transcript, STYLE))
    )


@patient
@given(transcripts())
def test_cues_follow_one_another_and_last(transcript: Transcript) -> None:
    cues = compose(transcript, STYLE)
    for cue, following in pairwise(cues):
        assert cue.end_ms <= following.start_ms
    for cue in cues:
        assert 0 < cue.end_ms - cue.start_ms <= STYLE.max_duration_ms


@patient
@given(transcripts() | banter())
def test_a_line_has_one_speaker_and_two_share_a_cue_only_with_dashes(transcript: Transcript) -> None:
    for cue in compose(transcript, STYLE):
        voices = {line.speaker for line in cue.lines}
        assert len(voices) <= 2
        if len(voices) == 2:
            assert cue.speaker is None
            assert len(cue.lines) == 2
            assert cue.lines[1].dash


@patient
@given(transcripts(hostile=False))
def test_a_label_stands_where_the_speaker_changes_and_nowhere_else(transcript: Transcript) -> None:
    many = len(transcript.speakers()) > 1
    before: str | None = None
    for cue in compose(transcript, STYLE):
        for line in cue.lines:
            assert bool(line.label) == (many and line.speaker != before)
            before = line.speaker


@patient
@given(transcripts(), st.integers(1, 3_600_000))
def test_shifting_the_speech_shifts_the_cues(transcript: Transcript, shift: int) -> None:
    plain, late = compose(transcript, STYLE), compose(shifted(transcript, shift), STYLE)
    assert [(c.start_ms + shift, c.end_ms + shift, c.text) for c in plain] == [
        (c.start_ms, c.end_ms, c.text) for c in late
    ]


@patient
@given(transcripts())
def test_the_same_transcript_gives_the_same_cues_and_a_reason_each(transcript: Transcript) -> None:
    story = explain(transcript, STYLE)
    assert story.cues == compose(transcript, STYLE) == compose(transcript, STYLE)
    assert len(story.reasons) == len(story.cues)
    assert all(story.reasons)
    assert all(issue.cue_index is None or 0 <= issue.cue_index < len(story.cues) for issue in story.issues)


@patient
@given(st.sampled_from(sorted(SCRIPTS)).flatmap(lambda language: sentences(language, hostile=True)))
def test_a_transcript_without_a_language_keeps_its_text_too(said: list[Sentence]) -> None:
    cues = compose(Transcript(tuple(said)), STYLE)
    assert letters("".join(cue.text for cue in cues)) == letters(
        "".join(s.text for s in sorted(said, key=lambda s: s.start_ms))
    )


@pytest.mark.process
def test_every_run_gives_the_same_bytes() -> None:
    """Sets of words come in another order in every process; that must not show."""
    runs = [
        subprocess.run(
            [sys.executable, "-c", "from tests.layout.test_promises import write_all; write_all()"],
            check=True,
            capture_output=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert all(text.split()[-1] in runs[0].decode() for text in SAID.values())


def write_all() -> None:
    """What every language of the list looks like, to standard output."""
    for language, text in SAID.items():
        sentence = Sentence(text, 1_000, 20_000, (), "0")
        for known in (language, ""):
            sys.stdout.buffer.write(render(compose(Transcript((sentence,), known), STYLE), "srt"))


@pytest.mark.parametrize("token", HOSTILE)
def test_a_hostile_token_alone_breaks_nothing(token: str) -> None:
    words = (Word("well", "", 1_000, 1_200), Word(" " + token, "", 1_200, 1_500), Word(" then", ".", 1_500, 1_900))
    text = " ".join(f"well {token} then.".split())
    for used in (words, words[1:2]):
        said = text if used is words else token.strip()
        cues = compose(Transcript((Sentence(said, 1_000, 1_900, used, "0"),), "en"), STYLE)
        assert letters("".join(cue.text for cue in cues)) == letters(said)


def test_no_speech_gives_no_cues() -> None:
    assert compose(Transcript((), "en"), STYLE) == ()


def shifted(transcript: Transcript, by: int) -> Transcript:
    return replace(
        transcript,
        sentences=tuple(
            replace(
                sentence,
                start_ms=sentence.start_ms + by,
                end_ms=sentence.end_ms + by,
                words=tuple(replace(w, start_ms=w.start_ms + by, end_ms=w.end_ms + by) for w in sentence.words),
            )
            for sentence in transcript.sentences
        ),
    )


def test_a_line_is_laid_out_by_the_table_of_its_script_and_region() -> None:
    style = replace(
        STYLE, languages={"zh-hant": {"max_columns": 12}, "pt-br": {"max_columns": 14}, "he": {"max_columns": 15}}
    )
    for tag, text, width in (
        ("zh-TW", "今天我們要來談談這個城市的歷史以及它的未來", 12),
        ("pt-BR", "hoje vamos falar sobre a história desta cidade", 14),
        ("he", "היום נדבר על ההיסטוריה של העיר הזאת", 15),
    ):
        cues = compose(Transcript((Sentence(text, 0, 9_000, (), "0"),), tag), style)
        widths = [columns(line.text, wide_ambiguous=tag == "zh-TW") for cue in cues for line in cue.lines]
        assert max(widths) <= width, tag


def test_a_long_group_at_the_beginning_leaves_room_for_the_speaker() -> None:
    texts = ("우리는 것입니다 것입니다 있는 것입니다.", "우리는 갑니다.")
    said = tuple(Sentence(text, 3000 * n, 3000 * n + 2500, (), str(n)) for n, text in enumerate(texts))
    lines = [line for cue in compose(Transcript(said, "ko"), STYLE) for line in cue.lines]
    assert [line.speaker for line in lines if line.label] == ["0", "1"]
