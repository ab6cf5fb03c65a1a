"""Chunks: the text survives, the times are in order, words are whole, and what belongs together holds together."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.layout.chunks import Chunks, LayoutTurn, split_turns
from captioner.layout.lexicon import language_profile
from captioner.layout.width import columns
from captioner.model import Sentence, Transcript, Word
from tests.examples import examples

SCRIPTS = {
    "en": "the a of Dr. Smith walked home, and U.S. 12.5 % 3 km don't well-known Hello! www.example.org/a-b #tag",
    "fr": "l' homme « Quoi » d'accord ? ! 12 000 euros aujourd'hui Mme Dupont",
    "de": "am 3. Oktober z. B. Donaudampfschifffahrtsgesellschaft-Kapitän § 5 Uhr",
    "ru": "в Москве т. е. Л. Н. Толстой — это 12 кг бы же",
    "zh": "这里是 阿里巴巴 语音 实验室 ， 。 《 红楼梦 》 3 个 Docker “ 他 ” 的 了 列夫·托尔斯泰",
    "ja": "今日は とても 天気が 良い 、 。 「 はい 」 コンピューター 第2 会議室 っ ー",
    "ko": "오늘은 할 수 있습니다 . 세 번 것을 2층 ?",
    "th": "วันนี้ เรา ไปเที่ยว ที่ ครับ ๆ น้ำ 12.5%",
    "ar": "في المدينة ، لم يعرف ؟ السيد أحمد مَدرَسة",
    "hi": "घर में है । नहीं डॉ. कुमार के लिए",
    "vi": "Việt Nam công ty của chúng tôi",
}
HOSTILE = [
    *("", " ", "\u00a0", "\u202f", "\t", "\n", "\x00", "\x1f", "\u200b", "\u200f", "\u202e", "\ufeff", "\u0301"),
    *("\u0e31", "…", "-->", "—", "«", "»", "(", ")", "。", "「", "」", "--", "'", "’", "👩‍👩‍👧", "🇩🇪", "👍🏽"),
    *("a" * 300, "字" * 300, "カ" * 120, "ก" * 120, "<|ANGRY|>", "{\\an8}", "\\N", "&amp;"),
]  # fmt: skip


def squeezed(text: str) -> str:
    return "".join(text.split())


def printed(turn: LayoutTurn) -> str:
    """The whole turn on one line."""
    return "".join(" " * (chunk.space and number > 0) + chunk.text for number, chunk in enumerate(turn.chunks))


def shown(turn: LayoutTurn) -> str:
    """Chunks with `|` where a break is allowed, for tables."""
    marks = ["" if not number else "_" if chunk.no_break_before else "|" for number, chunk in enumerate(turn.chunks)]
    return "".join(mark + chunk.text for mark, chunk in zip(marks, turn.chunks, strict=True))


def said(text: str, language: str, tokens: list[str] | None = None, start: int = 0, speaker: str = "0") -> Sentence:
    """A sentence with evenly long tokens: its words, or its characters where there are no spaces, if none are given."""
    if tokens is None and not language_profile(language).spaces:
        tokens = list(text)
    if tokens is None:
        tokens = [part if not number else f" {part}" for number, part in enumerate(text.split(" "))]
    words = tuple(Word(token, "", start + 200 * n, start + 200 * n + 200) for n, token in enumerate(tokens))
    return Sentence(text, start, start + 200 * max(1, len(tokens)), words, speaker)


def turn(text: str, language: str, tokens: list[str] | None = None) -> LayoutTurn:
    (only,) = split_turns(Transcript((said(text, language, tokens),), language))
    return only


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    language = draw(st.sampled_from(sorted(SCRIPTS)))
    pieces = st.one_of(st.sampled_from(SCRIPTS[language].split(" ")), st.sampled_from(HOSTILE))
    sentences, at = [], draw(st.integers(0, 5000))
    for _ in range(draw(st.integers(0, 5))):
        tokens = draw(st.lists(pieces, max_size=12))
        glue = draw(st.sampled_from(["", " "]))
        words, clock = [], at
        for token in tokens:
            start = clock + draw(st.integers(-300, 300))
            end = start + draw(st.integers(-50, 600))
            words.append(Word(token + glue, draw(st.sampled_from(["", "", ",", "。", ". "])), start, end))
            clock = max(clock, end)
        text = "".join(word.text + word.punctuation for word in words)
        if draw(st.booleans()):
            text = draw(st.sampled_from([text.strip(), " ".join(text.split()), text.replace("a", "b"), "other words"]))
        end = draw(st.sampled_from([clock, clock + 500, at]))
        sentences.append(Sentence(text, at, end, tuple(words), draw(st.sampled_from([None, "0", "1"]))))
        at = draw(st.sampled_from([clock, clock + 1000, at]))
    return Transcript(tuple(sentences), draw(st.sampled_from([language, "", "en", "zh", "xx-YY"])))


@settings(max_examples=examples(300), deadline=None)
@given(transcripts())
def test_no_character_is_lost_added_or_moved(transcript: Transcript) -> None:
    ordered = sorted(transcript.sentences, key=lambda sentence: sentence.start_ms)
    wanted = "".join(s.text or "".join(word.text + word.punctuation for word in s.words) for s in ordered)
    assert squeezed("".join(chunk.text for found in split_turns(transcript) for chunk in found.chunks)) == squeezed(
        wanted
    )


@settings(max_examples=examples(300), deadline=None)
@given(transcripts())
def test_times_run_forward_and_every_atom_says_something(transcript: Transcript) -> None:
    for found in split_turns(transcript):
        assert found.chunks
        for chunk in found.chunks:
            assert squeezed(chunk.text)
            assert chunk.text == chunk.text.strip()
            assert chunk.start_ms <= chunk.end_ms
            assert chunk.words
            assert chunk.columns == columns(chunk.text, wide_ambiguous=found.profile.wide_ambiguous)
        for a, b in pairwise(found.chunks):
            assert a.end_ms <= b.start_ms


@settings(max_examples=examples(150), deadline=None)
@given(transcripts(), st.integers(0, 10_000_000))
def test_shifting_the_transcript_shifts_the_atoms(transcript: Transcript, by: int) -> None:
    def moved(word: Word) -> Word:
        return replace(word, start_ms=word.start_ms + by, end_ms=word.end_ms + by)

    later = replace(
        transcript,
        sentences=tuple(
            replace(s, start_ms=s.start_ms + by, end_ms=s.end_ms + by, words=tuple(moved(w) for w in s.words))
            for s in transcript.sentences
        ),
    )
    flat = [chunk for found in split_turns(transcript) for chunk in found.chunks]
    shifted = [chunk for found in split_turns(later) for chunk in found.chunks]
    assert [(a.text, a.no_break_before, a.start_ms + by, a.end_ms + by) for a in flat] == [
        (a.text, a.no_break_before, a.start_ms, a.end_ms) for a in shifted
    ]


@pytest.mark.parametrize(
    ("text", "tokens", "words"),
    [
        (
            "这里是阿里巴巴语音实验室，欢迎你。",
            "这里是 阿里巴巴 语音 实验室 ， 欢迎 你 。",
            "这里 是 阿里巴巴 语音 实验室， 欢迎 你。",
        ),
        ("我们今天讨论人工智能的发展。", "我们 今天 讨论 人工 智能 的 发展 。", "我们 今天 讨论 人工智能 的 发展。"),
        ("他是中国科学院的教授", "他是 中国 科学院 的 教授", "他 是 中国科学院 的 教授"),
        ("它花了3个小时", "它 花了 3个 小时", "它 花 了 3 个 小时"),
    ],
)
def test_fun_asr_and_paraformer_tokens_give_the_same_words(text: str, tokens: str, words: str) -> None:
    several = [chunk.text for chunk in turn(text, "zh", tokens.split(" ")).chunks]
    single = [chunk.text for chunk in turn(text, "zh", list(text)).chunks]
    assert several == single == words.split(" ")


TIES = [  # `_` where no break is allowed
    ("en", "Ask Dr. Smith about J. R. R. Tolkien", "Ask|Dr._Smith|about|J._R._R._Tolkien"),
    ("en", "with Dr. David Chen of Leeds", "with|Dr._David_Chen|of_Leeds"),
    ("en", "when Dr. Chen I think left", "when|Dr._Chen|I_think|left"),
    ("de", "weil Dr. Müller Kaffee trank", "weil_Dr._Müller|Kaffee|trank"),
    ("en", "It cost $ 5 million dollars, or 12.5 percent", "It|cost|$ 5_million_dollars,|or_12.5_percent"),
    ("en", "We met on May 5 at 7:45 p.m. in Room 12", "We|met|on|May_5|at_7:45_p.m.|in|Room_12"),
    ("en", "George W. Bush read chapter 3, of course", "George_W._Bush|read|chapter_3,|of_course"),
    ("en", "well-known C++ code at www.example.org/a-b", "well-known|C++|code|at_www.example.org/a-b"),
    ("en", "the the house, and the", "the|the_house,|and_the"),
    ("de", "Am 3. Oktober um 7 Uhr, z. B. in Köln", "Am_3._Oktober|um_7_Uhr,|z._B.|in_Köln"),
    ("fr", "C’est l' homme « du » 12 000 euros", "C’est_l'_homme|« du »|12_000_euros"),
    ("fr", "Quoi\u00a0? D'accord !", "Quoi\u00a0?|D'accord !"),
    ("ru", "Он жил бы в Москве у Л. Н. Толстого", "Он|жил_бы|в_Москве|у_Л._Н._Толстого"),
    ("ru", "терпение — это мужество", "терпение —_это|мужество"),
    ("it", "dell' amico", "dell'_amico"),
    ("mt", "il- kelb u l-qattus", "il-_kelb|u_l-qattus"),
    ("vi", "công ty ở Việt Nam", "công_ty|ở_Việt_Nam"),
    ("hi", "डॉ. कुमार के लिए घर में", "डॉ._कुमार_के_लिए|घर_में"),
    ("ar", "لم يعرف السيد أحمد في القاهرة", "لم_يعرف|السيد_أحمد|في_القاهرة"),
    ("ko", "이 책을 알 수 있습니다", "이_책을|알_수_있습니다"),
    ("ko", "세 번 3 개를", "세_번|3_개를"),
    ("zh", "他看了《红楼梦》和3个Docker，C++的书", "他|看_了|《红楼梦》|和_3_个|Docker，|C++_的|书"),
    ("zh", "2024年5月3日下午三点半", "2024_年|5_月_3_日|下午_三点_半"),
    ("zh", "列夫·托尔斯泰说：“好”", "列夫·托尔斯泰|说：|“好”"),
    ("ja", "先生は「もっと本を読みなさい」と言った", "先生は|「もっと_本を_読みなさい」と|言った"),
    ("ja", "この本は、コンピューターの「はい」です。", "この本は、|コンピューターの|「はい」です。"),
    ("de", "in 30 Tagen (5. April) doppelt", "in_30_Tagen|(5._April)|doppelt"),
    ("en", 'a point (0.2, 0.3) and a "rather short" one', 'a_point|(0.2,_0.3)|and_a_"rather_short"|one'),
    ("de", "das „sehr kurze“ Wort", "das_„sehr_kurze“|Wort"),
    ("en", "what (as far as anybody of us can tell) it was", "what|(as_far|as|anybody|of_us|can|tell)|it|was"),
    ("en", "by the U.S. Energy Department", "by_the_U.S._Energy|Department"),
    ("en", "of setting that up before noon", "of_setting_that_up|before|noon"),
    ("en", "the one I talk about when asked", "the_one|I_talk_about|when|asked"),
    ("fr", "lors d'une fête dès qu'on part", "lors_d'une_fête|dès_qu'on_part"),
    ("ko", "더하는 것이 아니라 보고 있는지", "더하는_것이_아니라|보고_있는지"),
    ("th", "เด็กๆ ไปไหนครับ", "เด็กๆ|ไป_ไหน_ครับ"),
]


@pytest.mark.parametrize(("language", "text", "wanted"), TIES)
def test_what_belongs_together_holds(language: str, text: str, wanted: str) -> None:
    assert shown(turn(text, language)) == wanted


SENTENCES = [  # `¶` where a sentence ends
    ("en", "Dr. Smith left at 5 p.m. We stayed.¶", None),
    ("en", "He lives in the U.S. with his wife. She works.", "He lives in the U.S. with his wife.¶ She works.¶"),
    ("en", "It rose 3.5 percent... and fell. Really?! Yes.", "It rose 3.5 percent... and fell.¶ Really?!¶ Yes.¶"),
    ("en", '"Why?" he asked. "No idea."', '"Why?" he asked.¶ "No idea."¶'),
    ("en", "see no. 5 and J. Smith. Then Plan B. The end", "see no. 5 and J. Smith.¶ Then Plan B.¶ The end¶"),
    ("de", "Am 3. Oktober z. B. war es 1999. Dann nicht.", "Am 3. Oktober z. B. war es 1999.¶ Dann nicht.¶"),
    ("ru", "Это было в 1990 г. в Москве, т. е. давно. Да!", "Это было в 1990 г. в Москве, т. е. давно.¶ Да!¶"),
    ("de", "Eine gute Nachricht. da ging er evtl. heim.", "Eine gute Nachricht.¶ da ging er evtl. heim.¶"),
    ("de", "Sie sagte: „Das geht.“ Dann ging sie.", "Sie sagte: „Das geht.“¶ Dann ging sie.¶"),
    ("ko", "여기 있어. v 값이야.", "여기 있어.¶ v 값이야.¶"),
    ("zh", "你好。我是王明！对吗？", "你好。¶我是王明！¶对吗？¶"),
    ("ja", "「はい。」と言った。そうです。", "「はい。」と言った。¶そうです。¶"),
    ("hi", "यह घर है। वह गया।", "यह घर है।¶ वह गया।¶"),
    ("el", "Τι κάνεις; Καλά.", "Τι κάνεις;¶ Καλά.¶"),
    ("en", "so we went home", "so we went home¶"),
    ("en", "so we went home,", "so we went home,"),
]


@pytest.mark.parametrize(("language", "text", "wanted"), SENTENCES)
def test_sentences_end_where_they_do(language: str, text: str, wanted: str | None) -> None:
    found = turn(text.replace("¶", ""), language)
    marked = ""
    for number, chunk in enumerate(found.chunks):
        marked += " " * (chunk.space and number > 0) + chunk.text + "¶" * chunk.sentence_end
    if wanted is None:
        assert "p.m.¶ We" in marked
        assert "Dr.¶" not in marked
    else:
        assert marked == wanted


def test_sentences_of_one_speaker_are_one_turn_and_an_abbreviation_ends_none_of_them() -> None:
    first, second = said("He met Dr.", "en"), said("Smith at home.", "en", start=5000)
    (found,) = split_turns(Transcript((first, second, said("Yes.", "en", start=9000, speaker="0")), "en"))
    assert shown(found) == "He|met|Dr._Smith|at_home.|Yes."
    assert [chunk.text for chunk in found.chunks if chunk.sentence_end] == ["home.", "Yes."]
    assert [chunk.text for chunk in found.chunks if chunk.segment_end] == ["Dr.", "home.", "Yes."]


def test_speakers_channels_and_scripts_part_turns() -> None:
    english = "And now a whole sentence in English follows."
    transcript = Transcript(
        (
            said("大家好。", "zh", list("大家好。")),
            said("OK.", "zh", start=2000),
            said(english, "zh", start=3000),
            said("谢谢。", "zh", list("谢谢。"), start=9000),
            said("不客气。", "zh", list("不客气。"), start=11_000, speaker="1"),
            replace(said("好。", "zh", list("好。"), start=13_000, speaker="1"), channel=1),
        ),
        "zh",
    )
    assert [(found.speaker, found.profile.language, printed(found)) for found in split_turns(transcript)] == [
        ("0", "zh", "大家好。OK."),
        ("0", "en", english),
        ("0", "zh", "谢谢。"),
        ("1", "zh", "不客气。"),
        ("1", "zh", "好。"),
    ]


def times(*sentences: Sentence, language: str = "en") -> list[tuple[str, int, int]]:
    found = split_turns(Transcript(sentences, language))
    return [(chunk.text, chunk.start_ms, chunk.end_ms) for each in found for chunk in each.chunks]


REPAIRS = [
    ("good times stay", [("a", 0, 100), (" bb", 150, 300)], [("a", 0, 100), ("bb", 150, 300)]),
    ("an overlap meets in the middle", [("a", 0, 200), (" bb", 100, 300)], [("a", 0, 150), ("bb", 150, 300)]),
    ("times out of order are sorted", [("a", 200, 300), (" bb", 0, 100)], [("a", 0, 100), ("bb", 200, 300)]),
    (
        "no length takes the silence after it",
        [("a", 0, 0), (" bb", 200, 300)],
        [("a", 0, 70), ("bb", 200, 300)],
    ),
    (
        "no length and no silence shares with the word before",
        [("aa", 0, 300), (" b", 300, 300)],
        [("aa", 0, 200), ("b", 200, 300)],
    ),
    ("outside the sentence is drawn in", [("a", -500, 100), (" b", 100, 900)], [("a", 0, 100), ("b", 100, 300)]),
]


@pytest.mark.parametrize(("tokens", "wanted"), [row[1:] for row in REPAIRS], ids=[row[0] for row in REPAIRS])
def test_broken_times_are_repaired(tokens: list[tuple[str, int, int]], wanted: list[tuple[str, int, int]]) -> None:
    words = tuple(Word(text, "", start, end) for text, start, end in tokens)
    assert times(Sentence("".join(word.text for word in words), 0, 300, words)) == wanted


def test_a_sentence_without_tokens_spreads_its_time_over_its_characters() -> None:
    assert times(Sentence("ab cdef", 0, 600)) == [("ab", 0, 200), ("cdef", 200, 600)]


def test_a_token_of_several_words_is_divided_by_characters() -> None:
    words = (Word("this is", "", 0, 600), Word("Alibaba", ".", 600, 1300))
    assert times(Sentence("this is Alibaba.", 0, 1300, words)) == [
        ("this", 0, 400),
        ("is", 400, 600),
        ("Alibaba.", 600, 1300),
    ]


def test_subword_tokens_make_one_word() -> None:
    words = (Word("I", "", 0, 100), Word(" re", "", 100, 200), Word("ed", ". ", 200, 300))
    (found,) = split_turns(Transcript((Sentence("I reed.", 0, 300, words),), "en"))
    assert [(chunk.text, chunk.start_ms, chunk.end_ms, len(chunk.words)) for chunk in found.chunks] == [
        ("I", 0, 100, 1),
        ("reed.", 100, 300, 2),
    ]


def test_tokens_of_another_wording_lend_their_times_to_the_text() -> None:
    words = tuple(Word(text, "", n * 100, n * 100 + 100) for n, text in enumerate(["hello", "word", "again"]))
    assert times(Sentence("hello world again", 0, 300, words)) == [
        ("hello", 0, 100),
        ("world", 100, 200),
        ("again", 200, 300),
    ]


def test_evenly_spread_times_are_told_from_spoken_ones() -> None:
    words = ["one", "two", "three", "four", "five", "six"]
    even = tuple(Word(f" {word}", "", n * 250, n * 250 + 250) for n, word in enumerate(words))
    heard = tuple(replace(word, end_ms=word.end_ms - 17 * (n % 3)) for n, word in enumerate(even))
    flags = [
        split_turns(Transcript((Sentence(" ".join(words), 0, 1500, w),), "en"))[0].evenly_spread for w in (even, heard)
    ]
    assert flags == [True, False]


def test_a_paraformer_reply_without_alignment_is_evenly_spread_though_one_token_counts_for_two() -> None:
    tokens = [("Hello ", 0, 629), ("world", 629, 944), ("这", 944, 1259), ("里", 1259, 1573), ("是", 1573, 1888)]
    words = tuple(Word(text, "", start, end) for text, start, end in tokens)
    (found,) = split_turns(Transcript((Sentence("Hello world这里是", 0, 1888, words),), "zh"))
    assert found.evenly_spread


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Dr. Chen said (in 1990) “so be it.” We agreed."),
        ("zh", "所以我们今天要讨论 Python 3.12 的《论语》。好的。"),
    ],
)
def test_columns_of_chunks_read_as_the_chunks(language: str, text: str) -> None:
    chunks = turn(text, language, text.split() if language == "en" else list(text.replace(" ", ""))).chunks
    alone = list(chunks)
    again = Chunks.of(alone)
    assert Chunks.of(chunks) is chunks
    assert list(again) == alone
    for place in range(len(alone) + 1):
        assert list(chunks[:place]) == alone[:place]
        assert list(chunks[place:]) == alone[place:]
        assert list(chunks[:place] + chunks[place:]) == alone
        assert chunks.words_of(0, place) == tuple(word for chunk in alone[:place] for word in chunk.words)
    assert chunks[-1] == alone[-1]
    with pytest.raises(IndexError):
        chunks[len(alone)]


@pytest.mark.parametrize(
    ("language", "text"), [("en", "So the dog of the house ran."), ("zh", "我们今天讨论人工智能。")]
)
def test_a_sentence_with_damaged_tokens_changes_no_other(language: str, text: str) -> None:
    whole = [said(text, language, start=5000 * n) for n in range(150)]
    damaged = replace(whole[70], words=whole[70].words[1:])
    (wanted,) = split_turns(Transcript(tuple(whole), language))
    (found,) = split_turns(Transcript((*whole[:70], damaged, *whole[71:]), language))
    size = len(wanted.chunks) // 150
    assert list(found.chunks[: 70 * size]) == list(wanted.chunks[: 70 * size])
    assert list(found.chunks[71 * size :]) == list(wanted.chunks[71 * size :])
    assert found.chunks[70 * size].words != wanted.chunks[70 * size].words
