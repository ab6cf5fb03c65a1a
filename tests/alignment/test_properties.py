"""What holds for any text against any transcript."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from captioner.alignment import Alignment, Passage, align
from captioner.model import Sentence, Transcript, Word
from tests.alignment.speech import squeezed, words_of
from tests.examples import examples

# Few words, so that texts repeat themselves; words of all kinds of writing, numbers and bare punctuation.
_TEXT = (
    "the a of house mouse every one everyone two 2 2,000 thousand twenty-one 21st % $5 don't e-mail C++ naïve ёлка "
    "елка straße 今天 天气 很 好 コンピューター さくら 학교에 갑니다 สวัสดี مرحبا ♪ -- … 5"
)
_WORDS = st.sampled_from(_TEXT.split())
_MARKS = st.sampled_from(["", "", "", ",", ".", "?", "。", ":"])


@st.composite
def _sentences(draw: st.DrawFn) -> Transcript:
    at, made = draw(st.integers(0, 2000)), []
    for speaker in draw(st.lists(st.sampled_from(["0", "1", None]), max_size=4)):
        words: list[Word] = []
        for text in draw(st.lists(_WORDS, min_size=1, max_size=9)):
            at += draw(st.sampled_from([0, 0, 0, 30, 400, 3000]))
            length = draw(st.sampled_from([0, 80, 200, 700]))
            words.append(Word(f" {text}" if words else text, draw(_MARKS), at, at + length))
            at += length
        whole = "".join(word.text + word.punctuation for word in words)
        made.append(Sentence(whole, words[0].start_ms, words[-1].end_ms, tuple(words), speaker))
    return Transcript(tuple(made), draw(st.sampled_from(["en", "de", "zh", ""])), at + draw(st.integers(0, 900)))


@st.composite
def _edited(draw: st.DrawFn) -> tuple[Transcript, list[Passage]]:
    """A transcript, and its text after a person has changed, dropped, added and moved some of it."""
    transcript = draw(_sentences())
    tokens = [token for sentence in transcript.sentences for token in sentence.text.split()]
    kept: list[str] = []
    for token in tokens:
        kept += draw(st.sampled_from([[token]] * 8 + [[]])) or draw(st.lists(_WORDS, max_size=2))
    if draw(st.booleans()):
        place = draw(st.integers(0, len(kept)))
        kept = kept[place:] + kept[:place]
    cuts = sorted(draw(st.lists(st.integers(0, len(kept)), max_size=4)))
    parts = [kept[a:b] for a, b in pairwise([0, *cuts, len(kept)])]
    names = st.sampled_from([None, None, "Anna", "Ben"])
    return transcript, [Passage(" ".join(part), draw(names)) for part in parts]


def _known_text(alignment: Alignment) -> str:
    """The words of an alignment in the order of the known text."""
    words = words_of(alignment.transcript)
    order = sorted(range(len(words)), key=lambda place: alignment.links[place].known)
    return squeezed("".join(words[place].text + words[place].punctuation for place in order))


@given(_edited())
def test_every_known_word_is_there_exactly_once_and_nothing_else(case: tuple[Transcript, list[Passage]]) -> None:
    transcript, passages = case
    alignment = align(transcript, passages)
    assert _known_text(alignment) == squeezed("".join(passage.text for passage in passages))
    assert sorted(link.known for link in alignment.links) == list(range(len(alignment.links)))
    assert len(alignment.links) == len(words_of(alignment.transcript))


@given(_edited())
def test_words_of_a_sentence_are_its_text(case: tuple[Transcript, list[Passage]]) -> None:
    for sentence in align(*case).transcript.sentences:
        assert "".join(word.text + word.punctuation for word in sentence.words) == sentence.text
        assert sentence.text == sentence.text.strip()


@given(_edited())
def test_known_order_is_kept_but_for_moved_text(case: tuple[Transcript, list[Passage]]) -> None:
    alignment = align(*case)
    if not any(difference.kind == "moved" for difference in alignment.differences):
        assert [link.known for link in alignment.links] == list(range(len(alignment.links)))


@given(_edited())
def test_times_never_go_back_and_stay_within_the_media(case: tuple[Transcript, list[Passage]]) -> None:
    transcript = align(*case).transcript
    words = words_of(transcript)
    assert all(word.start_ms <= word.end_ms for word in words)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(words))
    assert all(word.start_ms >= 0 and word.end_ms <= transcript.duration_ms for word in words)
    assert all(s.start_ms <= w.start_ms and w.end_ms <= s.end_ms for s in transcript.sentences for w in s.words)


@given(_edited())
def test_a_matched_word_keeps_its_time(case: tuple[Transcript, list[Passage]]) -> None:
    transcript, passages = case
    alignment = align(transcript, passages)
    spoken = words_of(transcript)
    for word, link in zip(words_of(alignment.transcript), alignment.links, strict=True):
        if link.kind != "inserted":
            assert spoken[link.first].start_ms <= word.start_ms
            assert word.end_ms <= spoken[link.last - 1].end_ms


@given(_edited())
def test_all_speech_is_linked_or_reported(case: tuple[Transcript, list[Passage]]) -> None:
    transcript, passages = case
    alignment = align(transcript, passages)
    covered = {word for link in alignment.links for word in range(link.first, link.last)}
    for difference in alignment.differences:
        covered |= set(range(*difference.recognised))
    spoken = words_of(transcript)
    assert all(place in covered or not any(map(str.isalnum, spoken[place].text)) for place in range(len(spoken)))


@given(_edited())
def test_all_text_without_speech_is_reported(case: tuple[Transcript, list[Passage]]) -> None:
    alignment = align(*case)
    reported = {word for each in alignment.differences for word in range(*each.known)}
    assert all(link.known in reported for link in alignment.links if link.kind != "equal")


@given(_sentences())
def test_the_same_text_gives_the_same_transcript(transcript: Transcript) -> None:
    alignment = align(transcript, [Passage(sentence.text) for sentence in transcript.sentences])
    assert alignment.transcript == transcript
    assert alignment.differences == ()


@given(_sentences())
def test_the_same_text_in_one_piece_gives_the_same_words(transcript: Transcript) -> None:
    # Bare punctuation between two sentences may belong to either in a text of one piece.
    sentences = [each for each in transcript.sentences if any(map(str.isalnum, each.words[0].text))]
    spoken = replace(transcript, sentences=tuple(sentences))
    alignment = align(spoken, [Passage("\n".join(sentence.text for sentence in sentences))])
    assert [s.text for s in alignment.transcript.sentences] == [s.text for s in sentences]
    assert [(w.start_ms, w.end_ms) for w in words_of(alignment.transcript)] == [
        (w.start_ms, w.end_ms) for w in words_of(spoken)
    ]


@settings(max_examples=examples(200))
@given(_edited())
def test_aligning_twice_is_aligning_once(case: tuple[Transcript, list[Passage]]) -> None:
    transcript, passages = case
    once = align(transcript, passages)
    # Which of two stretches that changed places is the one that moved may be told either way.
    assume(all(difference.kind != "moved" for difference in once.differences))
    assert align(once.transcript, passages).transcript == once.transcript


@st.composite
def _anything(draw: st.DrawFn) -> tuple[Transcript, list[Passage]]:
    """Any characters, and times in any order."""
    time = st.integers(0, 5000)
    words = st.builds(Word, st.text(max_size=8), st.text(max_size=2), time, time)
    sentence = st.builds(Sentence, st.text(max_size=20), time, time, st.lists(words, max_size=6).map(tuple))
    passages = st.lists(st.builds(Passage, st.text(max_size=30), st.sampled_from([None, "A"])), max_size=4)
    language = st.sampled_from(["", "en", "fr", "ko", "th", "x-odd"])
    return Transcript(tuple(draw(st.lists(sentence, max_size=4))), draw(language), 5000), draw(passages)


@given(_anything())
def test_no_text_and_no_times_are_too_odd(case: tuple[Transcript, list[Passage]]) -> None:
    transcript, passages = case
    alignment = align(transcript, passages)
    known = squeezed("".join(passage.text for passage in passages))
    shown = squeezed("".join(sentence.text for sentence in alignment.transcript.sentences))
    assert sorted(shown) == sorted(known)
    assert len(alignment.links) == len(words_of(alignment.transcript))
