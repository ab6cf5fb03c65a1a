"""Reasons are sentences an editor understands."""

from __future__ import annotations

import pytest

from captioner.layout.chunks import Chunk, split_turns
from captioner.layout.collocations import pair_levels
from captioner.layout.explain import kept_whole, reason
from captioner.layout.lexicon import language_profile
from captioner.model import Sentence, Transcript, Word


def two(text: str, *, gap_ms: int = 0) -> tuple[Chunk, Chunk]:
    """The first two words of a sentence, with a silence between."""
    now, words = 0, []
    for number, token in enumerate(text.split()):
        words.append(Word((" " if number else "") + token, "", now, now + 300))
        now += 300 + (gap_ms if not number else 0)
    chunks = split_turns(Transcript((Sentence(text, 0, now, tuple(words), "0"),), "en"))[0].chunks
    return chunks[0], chunks[1]


ANEW = "ends before “But”, whose capital begins a sentence although no mark ends the one before"
LOOSE = "ends between “green” and “grass”, without a mark: the loosest place for captions of good length"


@pytest.mark.parametrize(
    ("text", "gap", "said"),
    [
        ("Stop. Then go on.", 600, "ends at the full stop; a pause of 0.6 s follows"),
        ("Really? Then go on.", 0, "ends at the question mark"),
        ("Well, then go on.", 0, "ends after a comma"),
        ("Well; then go on.", 0, "ends at the end of a clause"),
        ("late because it rained.", 0, "ends before “because”, which begins a new part of the sentence"),
        ("late from work today.", 0, "ends before “from”, which begins a phrase"),
        ("green grass grows.", 0, LOOSE),
        ("matrix But now it grows.", 0, ANEW),
    ],
)  # fmt: skip
def test_reasons(text: str, gap: int, said: str) -> None:
    last, following = two(text, gap_ms=gap)
    assert reason(last, following, language_profile("en"), new_speaker=False) == said


def test_an_ending_that_closes_a_clause_is_named() -> None:
    said = Transcript((Sentence("비가 내렸지만 친구들은 갔습니다.", 0, 3_000),), "ko")
    _, last, following, *_ = split_turns(said)[0].chunks
    reason_said = reason(last, following, language_profile("ko"), new_speaker=False)
    assert reason_said == "ends after “내렸지만”, which closes a clause"


def test_a_new_speaker_is_named() -> None:
    last, following = two("Stop. Then go on.")
    assert (
        reason(last, following, language_profile("en"), new_speaker=True)
        == "ends at the full stop; another speaker follows"
    )
    last, following = two("well then go on.")
    assert reason(last, following, language_profile("en"), new_speaker=True) == "ends where another speaker begins"


def test_what_does_not_fit_is_said_where_the_sentence_goes_on() -> None:
    last, following = two("Well, then go on.")
    said = reason(last, following, language_profile("en"), new_speaker=False, would_overflow=True)
    assert said == "ends after a comma; what follows would not fit with it"
    last, following = two("Stop. Then go on.")
    assert (
        reason(last, following, language_profile("en"), new_speaker=False, would_overflow=True)
        == "ends at the full stop"
    )


def test_a_sentence_without_a_mark_is_told_by_the_recogniser() -> None:
    chunks = split_turns(Transcript((Sentence("go on", 0, 300), Sentence("then stop", 400, 900)), "en"))[0].chunks
    said = reason(chunks[1], chunks[2], language_profile("en"), new_speaker=False)
    assert said == "ends where the recogniser ended a sentence"


def test_the_end_of_speech_and_a_torn_word_are_named() -> None:
    last, following = two("well then go on.")
    assert reason(last, None, language_profile("en"), new_speaker=False) == "ends where the speech ends"
    assert "wider than the line" in reason(
        last, following, language_profile("en"), new_speaker=False, forced_break=True
    )


def test_no_pause_is_heard_while_somebody_speaks_on() -> None:
    last, following = two("Stop. Then go on.", gap_ms=2_000)
    said = reason(last, following, language_profile("en"), new_speaker=False, silent_from_ms=following.start_ms - 100)
    assert said == "ends at the full stop"


@pytest.mark.parametrize(
    ("language", "text", "first", "said"),
    [
        ("en", "It grew (by two percent) and fell.", 2, "“(by two percent)” stays whole, a bracket"),
        ("fr", "Il a dit «je ne sais pas» hier.", 3, "“«je ne sais pas»” stays whole, a quotation"),
        ("de", "Das liegt etwa 30 km von hier.", 3, "“30 km” stays whole, a number with what belongs to it"),
        ("en", "We met Dr. Chen again.", 2, "“Dr. Chen” stays whole, a name with its title"),
        ("en", "They will set that up, then.", 2, "“set that up” stays whole, a verb with its particle"),
        ("fr", "Il parle lors du débat.", 2, "“lors du débat” stays whole, a fixed phrase"),
        ("en", "He saw the house.", 2, ""),
        ("en", "He saw (everything) there.", 2, ""),
    ],
)
def test_what_stays_whole_is_named(language: str, text: str, first: int, said: str) -> None:
    turn = split_turns(Transcript((Sentence(text, 0, 4_000),), language))[0]
    assert kept_whole(turn.chunks, first, bytes(len(turn.chunks) - 1), turn.profile) == said


def test_a_term_that_is_said_again_and_again_is_named() -> None:
    texts = ("A learning rate is small.", "One learning rate fits.", "No learning rate grows.")
    said = tuple(Sentence(text, 4000 * n, 4000 * n + 3000, (), "0") for n, text in enumerate(texts))
    turn = split_turns(Transcript(said, "en"))[0]
    levels = pair_levels([turn.chunks])[0]
    wanted = "“learning rate” stays whole, words that are said together again and again"
    assert kept_whole(turn.chunks, 1, levels, turn.profile) == wanted


@pytest.mark.parametrize(
    ("language", "text", "line", "said"),
    [
        ("en", "We saw Old Dominion University there.", "Old Dominion University there.", "a name of several words"),
        ("en", "We saw Old Dominion University there.", "Old Dominion", ""),
        ("fr", "On a vu Victor Hugo hier.", "Victor Hugo hier.", "a name of several words"),
        ("en", "We saw Dominion there.", "Dominion there.", ""),
        ("de", "Wir sahen Haus Garten Hof dort.", "Haus Garten Hof dort.", ""),
    ],
)
def test_a_name_of_several_words_is_named_where_a_line_has_all_of_it(
    language: str, text: str, line: str, said: str
) -> None:
    turn = split_turns(Transcript((Sentence(text, 0, 4_000),), language))[0]
    first = [chunk.text for chunk in turn.chunks].index(line.split()[0])
    kept = kept_whole(turn.chunks, first, bytes(len(turn.chunks) - 1), turn.profile, line)
    assert kept.endswith(said)
    assert bool(kept) == bool(said)


def test_what_stays_whole_is_told_where_no_mark_explains_the_cut() -> None:
    profile, kept = language_profile("en"), "“Dr. Chen” stays whole, a name with its title"
    last, following = two("green grass grows.")
    assert reason(last, following, profile, new_speaker=False, kept=kept) == f"{LOOSE}; {kept}"
    last, following = two("Well, then go on.")
    assert reason(last, following, profile, new_speaker=False, kept=kept) == "ends after a comma"


def test_a_verb_with_its_pronoun_stays_whole_and_is_told() -> None:
    said = Transcript((Sentence("Im nächsten Video beginnen wir damit.", 0, 3_000),), "de")
    (turn,) = split_turns(said)
    assert kept_whole(turn.chunks, 3, bytes(len(turn.chunks)), turn.profile) == (
        "“beginnen wir” stays whole, a verb with its pronoun"
    )
