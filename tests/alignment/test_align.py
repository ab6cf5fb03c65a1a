"""Known text against recognised words, case by case."""

from __future__ import annotations

import random

import pytest

from captioner.alignment import Alignment, Difference, Passage, align
from captioner.model import Sentence, Transcript, Word
from tests.alignment.speech import heard, squeezed, transcript, words_of


def _times(alignment: Alignment) -> list[tuple[str, int, int]]:
    return [(word.text.strip(), word.start_ms, word.end_ms) for word in words_of(alignment.transcript)]


def _differences(alignment: Alignment) -> list[tuple[str, str, str]]:
    return [(each.kind, each.text, each.spoken) for each in alignment.differences]


# Language, recognised, known: all match, and the known form is shown.
MATCHING = [
    ("en", "i like colour", "I like color!"),
    ("en", "every one knows", "Everyone knows."),
    ("en", "everyone knows", "Every one knows."),
    ("en", "a well known case", "A well-known case"),
    ("en", "state of the art work", "State-of-the-art work"),
    ("en", "it cost two thousand dollars", "It cost $2,000."),
    ("en", "in nineteen eighty four we met", "In 1984 we met."),
    ("en", "the twenty first time", "The 21st time"),
    ("en", "about 20 percent of them", "About twenty percent of them"),
    ("de", "das sind einundzwanzig euro fünfzig", "Das sind 21 € fünfzig."),
    ("de", "die strasse ist gross", "Die Straße ist groß."),
    ("fr", "il a quatre vingt dix sept ans", "Il a 97 ans."),
    ("ru", "все еще идет", "Всё ещё идёт."),
    ("zh", "我有 二十 个 朋友", "我有20个朋友。"),
    ("zh", "他们 说 国语", "他們說國語。"),
    ("ja", "コンピュータ が 好き", "コンピューターが好き。"),
    ("ko", "이십 명이 왔다", "20명이 왔다."),
    ("zh", "我们 用 ai 技术", "我们用 AI 技术"),
]


@pytest.mark.parametrize(("language", "spoken", "known"), MATCHING)
def test_matches_and_keeps_the_known_form(language: str, spoken: str, known: str) -> None:
    alignment = align(transcript(spoken, language=language, spaced=language not in ("zh", "ja")), [Passage(known)])
    assert _differences(alignment) == []
    assert alignment.matched == 1
    assert alignment.transcript.sentences[0].text == known


def test_a_number_has_the_time_of_its_words() -> None:
    alignment = align(transcript("it cost two thousand dollars today"), [Passage("It cost $2,000 today.")])
    assert _times(alignment) == [("It", 0, 200), ("cost", 200, 400), ("$2,000", 400, 1000), ("today", 1000, 1200)]
    assert [(link.first, link.last) for link in alignment.links] == [(0, 1), (1, 2), (2, 5), (5, 6)]


def test_a_joined_word_shares_its_time_by_length() -> None:
    alignment = align(transcript("so everyone knows"), [Passage("So every one knows.")])
    assert [word[0] for word in _times(alignment)] == ["So", "every", "one", "knows"]
    assert _times(alignment)[1][1:] == (200, _times(alignment)[2][1])
    assert _times(alignment)[2][2] == 400


def test_a_changed_word_has_the_time_of_what_it_replaces() -> None:
    alignment = align(transcript("we met malala you saf sigh there"), [Passage("We met Malala Yousafzai there.")])
    assert _times(alignment)[3] == ("Yousafzai", 600, 1200)
    assert _differences(alignment) == [("changed", "Yousafzai", "you saf sigh")]
    assert alignment.links[3].kind == "changed"


def test_of_two_candidates_the_one_that_sounds_alike_is_replaced() -> None:
    alignment = align(transcript("we uh bought a hows there"), [Passage("We bought a house there.")])
    assert ("house", 800, 1000) in _times(alignment)
    assert ("omitted", "", "uh") in _differences(alignment)


def test_a_changed_run_does_not_speak_in_a_pause() -> None:
    given = transcript("one elephants, _ giraffes two")
    alignment = align(given, [Passage("One zzz, qqq two.")])
    assert _times(alignment)[1:3] == [("zzz", 200, 400), ("qqq", 1200, 1400)]


def test_text_without_speech_takes_the_time_that_is_free() -> None:
    alignment = align(transcript("this is _ house"), [Passage("This is my house.")])
    assert 400 <= _times(alignment)[2][1] < _times(alignment)[2][2] <= 900
    assert _differences(alignment) == [("inserted", "my", "")]


def test_text_without_speech_and_without_time_has_no_length() -> None:
    alignment = align(transcript("this is house"), [Passage("This is my house.")])
    assert _times(alignment)[2] == ("my", 400, 400)


def test_text_without_speech_is_said_at_the_speed_of_the_rest() -> None:
    given = transcript("this is", heard("the end of it", 60_000))
    alignment = align(given, [Passage("This is where it stops. The end of it.")])
    start, end = _times(alignment)[2][1], _times(alignment)[4][2]
    assert start >= 400
    assert end - start < 2000


def test_speech_without_text_is_reported_with_its_time() -> None:
    alignment = align(transcript("so uh you know we begin"), [Passage("So we begin.")])
    assert alignment.differences == (Difference("omitted", 200, 800, (1, 1), (1, 4), "", "uh you know", 0.0),)


def test_punctuation_alone_is_kept_with_the_word_before() -> None:
    alignment = align(transcript("yes or no"), [Passage("- Yes -- or «no» …")])
    assert alignment.transcript.sentences[0].text == "- Yes -- or «no» …"
    assert alignment.matched == 1


def test_a_passage_without_words_is_kept() -> None:
    alignment = align(transcript("yes or no"), [Passage("♪ ♪"), Passage("Yes or no.")])
    assert [sentence.text for sentence in alignment.transcript.sentences] == ["♪ ♪", "Yes or no."]


def test_sentences_end_where_the_recogniser_ended_them() -> None:
    given = transcript("we came late.", "nobody was there.")
    alignment = align(given, [Passage("We came\nlate."), Passage("Nobody"), Passage("was here.")])
    assert [sentence.text for sentence in alignment.transcript.sentences] == ["We came late.", "Nobody was here."]


def test_captions_of_writing_without_spaces_are_put_together_without_spaces() -> None:
    given = transcript("今天 天气 很 好", language="zh", spaced=False)
    assert align(given, [Passage("今天天气"), Passage("很好")]).transcript == given


def test_a_recognised_word_that_a_person_cut_is_two() -> None:
    given = transcript("今天 天气很 好", language="zh", spaced=False)
    alignment = align(given, [Passage("今天天气"), Passage("很好")])
    assert [word for word, _, _ in _times(alignment)] == ["今天", "天", "气", "很", "好"]
    assert [link.passage for link in alignment.links] == [0, 0, 0, 1, 1]


def test_words_of_writing_without_spaces_stay_together_where_they_did_not_change() -> None:
    given = transcript("今天 天气 很 好", language="zh", spaced=False)
    alignment = align(given, [Passage("今天天气真好")])
    assert _times(alignment) == [("今天", 0, 200), ("天气", 200, 400), ("真", 400, 600), ("好", 600, 800)]


def test_the_parts_of_an_unchanged_word_keep_their_times() -> None:
    words = (Word("the", "", 0, 100), Word(" tok", "", 100, 300), Word("en", "", 300, 400), Word(" wins", "", 400, 600))
    given = Transcript((Sentence("the token wins", 0, 600, words),), "en", 1000)
    alignment = align(given, [Passage("The token won")])
    assert words_of(alignment.transcript)[1:3] == [words[1], words[2]]
    assert [(link.known, link.first, link.last) for link in alignment.links[1:3]] == [(1, 1, 2), (2, 2, 3)]


def test_a_sentence_without_words_shares_its_time() -> None:
    given = Transcript((Sentence("ten green bottles", 1000, 4000),), "en", 5000)
    alignment = align(given, [Passage("Ten green bottles!")])
    assert alignment.matched == 1
    assert words_of(alignment.transcript)[0].start_ms == 1000
    assert words_of(alignment.transcript)[-1].end_ms == 4000


def test_sentences_without_words_stay_as_they_are() -> None:
    sentences = (
        Sentence("Ten green bottles.", 0, 1000),
        Sentence("Hanging.", 2000, 3000),
        Sentence("Bye.", 4000, 5000),
    )
    given = Transcript(sentences, "en", 5000)
    assert align(given, [Passage("Ten green bottles. Hanging. Bye.")]).transcript == given
    alignment = align(given, [Passage("Ten green bottles. Standing there. Bye.")])
    assert alignment.transcript.sentences[::2] == sentences[::2]
    assert next((word.text, word.start_ms) for word in alignment.transcript.sentences[1].words) == ("Standing", 2000)
    assert _differences(alignment) == [
        ("changed", "Standing", "hanging"),
        ("inserted", "there.", ""),
    ]


def test_known_speakers_win() -> None:
    given = transcript(heard("how are you", 0, "0"), heard("very well", 1000, "0"))
    alignment = align(given, [Passage("How are you?", "Anna"), Passage("Very well.", "Ben")])
    assert [(s.speaker, s.text) for s in alignment.transcript.sentences] == [
        ("Anna", "How are you?"),
        ("Ben", "Very well."),
    ]


def test_a_known_speaker_may_change_inside_a_recognised_sentence() -> None:
    given = transcript(heard("how are you very well", 0, "0"))
    alignment = align(given, [Passage("How are you?", "Anna"), Passage("Very well.", "Ben")])
    assert [(s.speaker, s.start_ms, s.end_ms) for s in alignment.transcript.sentences] == [
        ("Anna", 0, 600),
        ("Ben", 600, 1000),
    ]


def test_recognised_speakers_are_carried_through_turns() -> None:
    given = transcript(heard("how are you", 0, "0"), heard("very well thanks", 1000, "1"))
    alignment = align(given, [Passage("How are you doing? Very well, thank you.")])
    assert [(s.speaker, s.text) for s in alignment.transcript.sentences] == [
        ("0", "How are you doing?"),
        ("1", "Very well, thank you."),
    ]


def test_a_speaker_named_once_is_named_everywhere() -> None:
    given = transcript(heard("how are you", 0, "0"), heard("fine", 1000, "1"), heard("good to hear", 2000, "0"))
    alignment = align(given, [Passage("How are you?", "Anna"), Passage("Fine."), Passage("Good to hear.")])
    assert [s.speaker for s in alignment.transcript.sentences] == ["Anna", "1", "Anna"]
    assert alignment.voices == {"0": "Anna"}


_FIRST = "In the morning the fishermen bring their boxes to the market hall beside the river."
_SECOND = "Nobody remembers who built the old stone bridge or why it has eleven narrow arches."
_THIRD = "Children run across it every afternoon because school ends at three and dinner waits."


def _plain(*paragraphs: str) -> Transcript:
    return transcript(*[paragraph.lower().rstrip(".") for paragraph in paragraphs])


def test_two_paragraphs_swapped_are_shown_when_they_were_spoken() -> None:
    alignment = align(_plain(_FIRST, _SECOND, _THIRD), [Passage(_FIRST), Passage(_THIRD), Passage(_SECOND)])
    assert [sentence.text for sentence in alignment.transcript.sentences] == [_FIRST, _SECOND, _THIRD]
    assert [each.kind for each in alignment.differences] == ["moved"]
    assert alignment.differences[0].text in (_SECOND, _THIRD)
    assert alignment.differences[0].similarity == 1
    assert alignment.matched == 1
    again = align(alignment.transcript, [Passage(_FIRST), Passage(_THIRD), Passage(_SECOND)])
    assert again.transcript == alignment.transcript


def test_a_moved_paragraph_is_reported_with_the_time_it_was_spoken_at() -> None:
    given = _plain(_FIRST, _SECOND, _THIRD)
    alignment = align(given, [Passage(_SECOND), Passage(_THIRD), Passage(_FIRST)])
    moved = alignment.differences[0]
    assert (moved.kind, moved.text, moved.start_ms) == ("moved", _FIRST, 0)
    assert [link.passage for link in alignment.links[:3]] == [2, 2, 2]
    assert moved.known == (29, 44)


def test_a_moved_paragraph_may_have_changes() -> None:
    spoken = _plain(_FIRST, _SECOND.replace("eleven narrow", "seven arrow"), _THIRD)
    alignment = align(spoken, [Passage(_SECOND), Passage(_FIRST), Passage(_THIRD)])
    kinds = [each.kind for each in alignment.differences]
    assert sorted(kinds) == ["changed", "moved"]


def test_a_phrase_that_occurs_elsewhere_is_not_moved() -> None:
    given = transcript("one two three four five six seven", "alpha beta gamma delta")
    alignment = align(given, [Passage("Alpha beta gamma delta."), Passage("One two three four five six seven.")])
    assert all(each.kind != "moved" for each in alignment.differences)


def test_nothing_against_nothing() -> None:
    assert align(Transcript(()), []) == Alignment(Transcript(()), (), (), {}, 0)


def test_empty_text_reports_all_speech() -> None:
    alignment = align(transcript("all is lost", "or is it"), [Passage(" \n ")])
    assert alignment.transcript.sentences == ()
    assert _differences(alignment) == [("omitted", "", "all is lost or is it")]


def test_an_empty_transcript_reports_all_text() -> None:
    alignment = align(Transcript((), "en", 10_000), [Passage("Nobody is here.", "Anna"), Passage("Or so.")])
    assert [sentence.text for sentence in alignment.transcript.sentences] == ["Nobody is here.", "Or so."]
    assert [sentence.speaker for sentence in alignment.transcript.sentences] == ["Anna", "Anna"]
    assert _differences(alignment) == [("inserted", "Nobody is here. Or so.", "")]
    assert words_of(alignment.transcript)[-1].end_ms <= 10_000


_LONG = 110_000  # words of twelve hours


def _speech(count: int, vocabulary: int, seed: int = 1) -> list[str]:
    """Words with the frequencies of a language."""
    rng = random.Random(seed)
    weights = [1 / (rank + 3) for rank in range(vocabulary)]
    return rng.choices([f"w{rank:x}k" for rank in range(vocabulary)], weights, k=count)


def _said(words: list[str]) -> Transcript:
    return transcript(*[" ".join(words[at : at + 20]) for at in range(0, len(words), 20)])


def test_one_word_changed_in_twelve_hours_is_little_work() -> None:
    words = _speech(_LONG, 20_000)
    given = _said(words)
    edited = [*words[:50_005], "entirely", "new", *words[50_006:]]
    alignment = align(given, [Passage(" ".join(edited))])
    assert alignment.cells < 50
    kept = sum(ours is theirs for ours, theirs in zip(alignment.transcript.sentences, given.sentences, strict=True))
    assert kept == len(given.sentences) - 1


def test_work_grows_with_the_length_and_not_with_its_square() -> None:
    cells = []
    for count in (5_000, 20_000):
        words = _speech(count, 5_000)
        rng = random.Random(2)
        edited = [word if rng.random() > 0.1 else rng.choice(words) for word in words]
        cells.append(align(_said(words), [Passage(" ".join(edited))]).cells)
    assert cells[1] < 6 * cells[0]


def test_text_of_another_language_is_little_work() -> None:
    words = _speech(8_000, 5_000)
    alignment = align(_said(words), [Passage(" ".join(f"x{word}" for word in words))])
    assert alignment.matched == 0
    assert alignment.cells < 4200 * len(words)
    assert [each.kind for each in alignment.differences] == ["changed"]


@pytest.mark.parametrize("errors", [0, 0.1])
def test_a_text_that_repeats_itself_ten_times(errors: float) -> None:
    rng = random.Random(3)
    words = _speech(500, 200) * 10
    spoken = [word if rng.random() >= errors else f"{word}x" for word in words]
    alignment = align(_said(spoken), [Passage(" ".join(words))])
    assert alignment.matched >= 1 - 1.1 * errors
    assert all(
        abs(word.start_ms - at) == 0 for word, at in zip(words_of(alignment.transcript), _starts(spoken), strict=True)
    )


def _starts(words: list[str]) -> list[int]:
    return [word.start_ms for word in words_of(_said(words))]


def test_a_text_said_once_and_written_ten_times() -> None:
    words = _speech(300, 200)
    alignment = align(_said(words), [Passage(" ".join(words))] * 10)
    assert sum(link.kind == "equal" for link in alignment.links) == len(words)
    assert sum(link.kind == "inserted" for link in alignment.links) == 9 * len(words)


def test_one_word_over_and_over() -> None:
    given = _said(["ha"] * 20_000)
    alignment = align(given, [Passage("ha " * 19_000)])
    assert sum(link.kind == "equal" for link in alignment.links) == 19_000
    assert alignment.cells < 1000


def test_two_words_over_and_over() -> None:
    rng = random.Random(4)
    spoken = rng.choices(["ha", "ho"], k=20_000)
    known = [word for word in spoken if rng.random() > 0.02]
    alignment = align(_said(spoken), [Passage(" ".join(known))])
    assert alignment.matched > 0.95
    assert alignment.cells < 5000 * len(spoken)
    assert squeezed("".join(s.text for s in alignment.transcript.sentences)) == "".join(known)


def test_a_script_of_which_a_part_was_said() -> None:
    script = _speech(3_000, 2_000)
    spoken = [*_speech(400, 2_000, seed=9), *script[1_000:1_500], *_speech(400, 2_000, seed=8)]
    alignment = align(_said(spoken), [Passage(" ".join(script[at : at + 50])) for at in range(0, 3_000, 50)])
    said = [link.known for link in alignment.links if link.kind == "equal"]
    assert len([known for known in said if 1_000 <= known < 1_500]) >= 495
    assert len(said) < 600  # words that are equal by chance


@pytest.mark.parametrize(
    ("spoken", "known", "equal"),
    [
        # another sentence with the same function word: nothing of the known one was said
        ("开始那段视频是一位观众发来的他说当时雨很大结束", "开始央行今天宣布下调存款的准备金率结束", "开始结束"),
        ("这件事的经过是这样昨天下午有人看见", "他的书", ""),
        # beside words that were said, and between words that were misheard one by one
        (
            "大家好我们今天要说的话题跟每个人都有关系",
            "大家好今天的话题跟每个人都有关系",
            "大家好今天的话题跟每个人都有关系",
        ),
        ("这是王方的木表很高", "这是王芳的目标很高", "这是王的很高"),
        ("我的那个朋友的书在这里", "我的书在这里", "我的书在这里"),
    ],
)
def test_an_ideograph_of_another_sentence_is_no_match(spoken: str, known: str, equal: str) -> None:
    given = transcript(" ".join(spoken), language="zh", spaced=False)
    made = align(given, [Passage(known)], "zh")
    assert "".join(spoken[link.first] for link in made.links if link.kind == "equal") == equal
