from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.errors import ReplyError
from captioner.model import Transcript, Word
from captioner.recognition.funasr.result import MAX_MS, compacting, empty_reply, to_transcript
from tests.recognition.doubles import REPLIES, sample

TRANSCRIPTS = sorted(path.stem for path in REPLIES.glob("transcript-*.json"))


def check_promises(transcript: Transcript) -> None:
    """What `to_transcript` promises of every reply."""
    assert [s.start_ms for s in transcript.sentences] == sorted(s.start_ms for s in transcript.sentences)
    for sentence in transcript.sentences:
        assert sentence.text
        assert sentence.text == sentence.text.strip()
        assert 0 <= sentence.start_ms <= sentence.end_ms <= transcript.duration_ms
        edges = [ms for word in sentence.words for ms in (word.start_ms, word.end_ms)]
        assert edges == sorted(edges)
        if sentence.words:
            assert "".join(w.text + w.punctuation for w in sentence.words) == sentence.text
            assert sentence.start_ms <= edges[0]
            assert edges[-1] <= sentence.end_ms
            assert all(word.text for word in sentence.words)


def reply(*sentences: Any, **more: Any) -> dict[str, Any]:
    return {"transcripts": [{"channel_id": 0, "sentences": list(sentences)}], **more}


def sentence(text: str, tokens: list[tuple[str, str, Any, Any]], begin: Any = 0, end: Any = 1000) -> dict[str, Any]:
    words = [{"text": t, "punctuation": p, "begin_time": b, "end_time": e} for t, p, b, e in tokens]
    return {"text": text, "begin_time": begin, "end_time": end, "words": words}


@pytest.mark.integration
@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_every_sample_is_read_and_loses_nothing(name: str) -> None:
    raw = (REPLIES / f"{name}.json").read_bytes()
    transcript = to_transcript(raw)
    check_promises(transcript)
    body = json.loads(raw)
    said = "".join("".join(entry["text"].split()) for entry in body["transcripts"])
    # The two-channel sample is merged by time, so only its characters can be compared.
    assert sorted("".join("".join(s.text.split()) for s in transcript.sentences)) == sorted(said)
    assert transcript.duration_ms == body["properties"]["original_duration_in_milliseconds"]


@pytest.mark.parametrize("name", [n for n in TRANSCRIPTS if "seed" not in n and "sentences-only" not in n])
def test_tokens_of_a_genuine_sample_are_kept_as_received(name: str) -> None:
    body = sample(name)
    received = [
        (w["text"].strip(), w["punctuation"].strip(), w["begin_time"], w["end_time"])
        for entry in body["transcripts"]
        for s in entry["sentences"]
        for w in s["words"]
    ]
    transcript = to_transcript(body)
    kept = [
        (w.text.strip(), w.punctuation.strip(), w.start_ms, w.end_ms) for s in transcript.sentences for w in s.words
    ]
    assert sorted(kept) == sorted(received)


@pytest.mark.parametrize("name", [n for n in TRANSCRIPTS if "seed" in n])
def test_the_translated_samples_fall_back_to_the_sentence_text(name: str) -> None:
    (only,) = to_transcript(sample(name)).sentences
    assert only.text in ("Hello World, this is Alibaba Speech Lab.", "Hello world, this is Alibaba Speech Lab.") or (
        only.text == "Hello word, this is Alibaba Speech Lab."
    )
    assert [w.text.strip() for w in only.words][2:] == ["this is", "Alibaba", "Speech", "Lab"]
    assert len(only.words) == 6


def test_voices_are_speakers_counted_from_1() -> None:
    transcript = to_transcript(sample("transcript-constructed-diarized-zh-funasr"))
    assert [s.speaker for s in transcript.sentences] == ["1", "2", "1"]
    assert not transcript.by_channel


def test_channels_are_merged_in_time_and_are_the_speakers() -> None:
    transcript = to_transcript(sample("transcript-constructed-two-channels-paraformer"))
    assert transcript.by_channel
    assert transcript.speakers() == ("1", "2")
    assert [s.speaker for s in transcript.sentences] == [str(s.channel + 1) for s in transcript.sentences]


def test_one_channel_of_several_asked_for_is_still_a_channel() -> None:
    body = sample("transcript-constructed-two-channels-paraformer")
    body["transcripts"] = body["transcripts"][1:]
    transcript = to_transcript(body, by_channel=True)
    assert transcript.speakers() == ("2",)


def test_without_diarization_nobody_is_named() -> None:
    assert to_transcript(sample("transcript-zh-funasr-male2")).speakers() == ()


def test_outer_spaces_and_doubles_are_gone_from_the_english_sample() -> None:
    transcript = to_transcript(sample("transcript-en-diarized-qwenaudio-observed"))
    assert transcript.sentences[0].text.endswith("in the world.")
    assert transcript.sentences[2].text == "fellow citizens."
    assert transcript.sentences[2].words[0].text == "fellow"


def test_every_time_is_shifted_by_the_offset() -> None:
    plain, shifted = (to_transcript(sample("transcript-zh-funasr-male2"), offset_ms=ms) for ms in (0, 500))
    assert [w.start_ms + 500 for s in plain.sentences for w in s.words] == [
        w.start_ms for s in shifted.sentences for w in s.words
    ]
    assert shifted.sentences[0].start_ms == 1180
    assert shifted.duration_ms == plain.duration_ms + 500


def test_what_was_said_before_zero_is_clamped_and_not_lost() -> None:
    transcript = to_transcript(sample("transcript-zh-funasr-male2"), offset_ms=-1000)
    check_promises(transcript)
    assert transcript.sentences[0].start_ms == 0
    assert transcript.sentences[0].text == "Hello World，这里是阿里巴巴语音实验室。"


def test_facts_of_the_caller_travel_along() -> None:
    transcript = to_transcript(reply(), language="zh-Hans", model="fun-asr", billed_s=9)
    assert (transcript.language, transcript.model, transcript.billed_s) == ("zh-Hans", "fun-asr", 9)


# --- Silence ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        sample("query-failed-no-speech"),
        {"output": {"task_status": "FAILED", "code": "ASR_RESPONSE_HAVE_NO_WORDS"}},
        {"code": "SUCCESS_WITH_NO_VALID_FRAGMENT", "message": "SUCCESS_WITH_NO_VALID_FRAGMENT"},
        {"transcripts": []},
        {"transcripts": [{"channel_id": 0}]},
        {"transcripts": [{"channel_id": 0, "text": "", "sentences": []}]},
        reply(sentence("", [])),
        {"file_url": "https://example.com/a.wav", "properties": {"original_duration_in_milliseconds": 5000}},
    ],
)
def test_no_speech_is_an_empty_transcript(body: dict[str, Any]) -> None:
    assert to_transcript(json.dumps(body)).sentences == ()


def test_an_empty_reply_reads_back_as_silence_of_its_length() -> None:
    raw = empty_reply("https://example.com/静.wav", 61_000, "SUCCESS_WITH_NO_VALID_FRAGMENT")
    transcript = to_transcript(raw)
    assert transcript.sentences == ()
    assert transcript.duration_ms == 61_000


# --- What is no reply ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[]", "a JSON object was expected"),
        (b"null", "a JSON object was expected"),
        (b'"text"', "a JSON object was expected"),
        (b"{}", "no transcripts"),
        (b'{"cues": []}', "no transcripts"),
        (b'{"transcripts": "x"}', "no transcripts"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"a":' + b"[" * 100_000, "nested too deeply"),
        (b'{"a":' + b"9" * 10_000 + b"}", "a number without end"),
        (json.dumps(sample("query-succeeded")).encode(), "the status of a task"),
        (json.dumps(sample("query-failed")).encode(), "the status of a task"),
        (json.dumps(sample("query-unknown")).encode(), "the status of a task"),
    ],
)
def test_what_is_no_reply_is_refused_in_plain_words(raw: bytes, message: str) -> None:
    with pytest.raises(ReplyError, match=message) as caught:
        to_transcript(raw)
    assert "\n" not in str(caught.value)


# --- Oddities --------------------------------------------------------------------------------------------------------


def test_a_byte_order_mark_is_no_hindrance() -> None:
    raw = b"\xef\xbb\xbf" + (REPLIES / "transcript-zh-funasr-male2.json").read_bytes()
    assert to_transcript(raw) == to_transcript(raw[3:].decode())


@pytest.mark.parametrize(
    "body",
    [
        {"transcripts": {"sentences": [{"text": "hi", "begin_time": 0, "end_time": 500}]}},
        {"sentences": [{"text": "hi", "begin_time": 0, "end_time": 500}]},
        {"transcripts": [{"text": "hi", "content_duration_in_milliseconds": 500}]},
        {"transcripts": [None, 3, {"sentences": ["x", {"text": "<|HAPPY|>hi", "end_time": 500, "words": None}]}]},
    ],
)
def test_sibling_shapes_are_read(body: dict[str, Any]) -> None:
    (only,) = to_transcript(body).sentences
    assert (only.text, only.start_ms, only.end_ms, only.words) == ("hi", 0, 500, ())


def test_a_sentence_without_text_is_what_its_words_spell() -> None:
    (only,) = to_transcript(reply(sentence("", [("你", "", 0, 100), ("好", "。", 100, 200)]))).sentences
    assert only.text == "你好。"


def test_a_sentence_without_times_takes_its_words() -> None:
    (only,) = to_transcript(reply(sentence("ab", [("a", "", 300, 400), ("b", "", 400, 600)], None, None))).sentences
    assert (only.start_ms, only.end_ms) == (300, 600)


def test_an_impossible_sentence_end_takes_its_words() -> None:
    body = reply(sentence("ab", [("a", "", 300, 400), ("b", "", 400, 600)], 300, 10**30))
    (only,) = to_transcript(body).sentences
    assert (only.start_ms, only.end_ms) == (300, 600)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ([("a", "", -50, 100), ("b", "", 100, 5000)], [(0, 100), (100, 1000)]),  # outside the sentence
        ([("a", "", 0, 600), ("b", "", 400, 900)], [(0, 400), (400, 900)]),  # overlap
        ([("a", "", 0, 100), ("b", "", 900, 200)], [(0, 100), (900, 900)]),  # ends before it begins
        ([("a", "", 0.4, 100.6), ("b", "", 200, 300)], [(0, 101), (200, 300)]),  # fractions
        ([("a", "", None, None), ("b", "", 200, 300)], [(0, 200), (200, 300)]),  # missing
        ([("a", "", "x", True), ("b", "", 200, 300)], [(0, 200), (200, 300)]),  # no numbers
        ([("a", "", 0, 100), ("b", "", float("inf"), float("nan"))], [(0, 100), (100, 1000)]),
        ([("a", "", 500, 600), ("b", "", 100, 200)], [(500, 500), (500, 500)]),  # out of order, the text decides
    ],
)
def test_impossible_times_are_made_possible(tokens: list[Any], expected: list[tuple[int, int]]) -> None:
    transcript = to_transcript(reply(sentence("ab", tokens)))
    check_promises(transcript)
    (only,) = transcript.sentences
    assert [(w.start_ms, w.end_ms) for w in only.words] == expected


def test_words_in_the_wrong_order_are_sorted_when_time_spells_the_text() -> None:
    (only,) = to_transcript(reply(sentence("ab", [("b", "", 500, 600), ("a", "", 100, 200)]))).sentences
    assert [(w.text, w.start_ms) for w in only.words] == [("a", 100), ("b", 500)]


def test_sentences_in_the_wrong_order_are_sorted() -> None:
    body = reply(sentence("b", [], 5000, 6000), sentence("a", [], 0, 1000))
    assert [s.text for s in to_transcript(body).sentences] == ["a", "b"]


def test_missing_punctuation_and_blank_tokens_do_no_harm() -> None:
    body = reply(
        {"text": "a b", "begin_time": 0, "end_time": 300, "words": [{"text": "a"}, {"text": " "}, {"text": "b"}, 7]}
    )
    transcript = to_transcript(body)
    check_promises(transcript)
    assert [w.text + w.punctuation for w in transcript.sentences[0].words] == ["a ", "b"]


@pytest.mark.parametrize(
    ("speaker", "expected"),
    [
        (0, "1"),
        (7, "8"),
        ("2", "3"),
        ("0", "1"),
        ("spk_1", "spk_1"),
        (None, None),
        (True, None),
        ("", None),
        ([], None),
        (-1, None),
        (-7, None),
        ("-1", None),
        (" -1 ", None),
        (10**50, None),
    ],
)
def test_speaker_ids_of_any_kind(speaker: object, expected: str | None) -> None:
    body = reply({"text": "x", "begin_time": 0, "end_time": 1, "speaker_id": speaker})
    assert to_transcript(body).sentences[0].speaker == expected


def test_lone_surrogates_can_be_written_afterwards() -> None:
    raw = json.dumps(reply(sentence("a\ud800b", [("a\ud800", "", 0, 1), ("b", "", 1, 2)])))
    transcript = to_transcript(raw)
    check_promises(transcript)
    assert transcript.sentences[0].text.encode() == "a\ufffdb".encode()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("transcripts", "sentences", "words", "text", "punctuation"),
                    *("begin_time", "end_time", "speaker_id", "channel_id", "properties"),
                ]
            ),
            children,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["transcripts", "sentences", "properties", "output", "code"]), ANYTHING))
def test_any_object_is_read_or_refused_and_keeps_the_promises(body: dict[str, Any]) -> None:
    try:
        transcript = to_transcript(body)
    except ReplyError:
        return
    check_promises(transcript)


TIMES = st.integers(-1000, 3000) | st.none() | st.floats() | st.just(10**40)
TOKENS = st.lists(
    st.tuples(st.text("ab 你。", max_size=4), st.sampled_from(["", "。", ", ", ". "]), TIMES, TIMES), max_size=6
)


@given(TOKENS, st.none() | st.text("ab 你。", max_size=12), TIMES, TIMES, st.integers(-2000, 2000))
def test_any_sentence_keeps_the_promises(tokens: Any, text: str | None, begin: Any, end: Any, offset_ms: int) -> None:
    said = "".join(t + p for t, p, _, _ in tokens) if text is None else text
    transcript = to_transcript(reply(sentence(said, tokens, begin, end)), offset_ms=offset_ms)
    check_promises(transcript)
    if said.strip():
        assert "".join(transcript.sentences[0].text.split()) == "".join(said.split())
    assert transcript.duration_ms <= MAX_MS + 2000


@given(TOKENS, st.none() | st.text("ab 你。", max_size=12), TIMES, TIMES, st.integers(-2000, 2000))
def test_making_words_while_the_json_is_read_changes_nothing(
    tokens: Any, text: str | None, begin: Any, end: Any, offset_ms: int
) -> None:
    sentence = {"text": text, "begin_time": begin, "end_time": end, "words": tokens}
    raw = json.dumps({"transcripts": [{"sentences": [sentence]}]})

    made = json.loads(raw, object_hook=compacting(offset_ms))

    assert to_transcript(made, offset_ms=offset_ms) == to_transcript(json.loads(raw), offset_ms=offset_ms)


def test_tokens_as_promised_are_words_before_the_next_sentence_is_read() -> None:
    good = {"text": "hi", "punctuation": ".", "begin_time": 5, "end_time": 9}
    raw = json.dumps(
        [{"begin_time": 0, "end_time": 9, "words": [good]}, {"begin_time": 0, "end_time": 9, "words": [{}]}]
    )

    compact, kept = json.loads(raw, object_hook=compacting(100))

    assert compact["words"] == (Word("hi", ".", 105, 109),)
    assert kept["words"] == [{}]
