"""Transcripts are shaped as each model family writes them, and keep what holds in every published reply."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from captioner.emulator.fingerprint import Sound
from captioner.emulator.messages import FileFailure
from captioner.emulator.parameters import RESERVED_WORDS, Parameters
from captioner.emulator.replies import billed_s, build_reply, with_unknown_fields
from captioner.emulator.transcripts import KnownTranscript, RawReply, Token, Utterance

MONO = Sound("flac", 1, 16000, 20_000, 0, 480, "e1:K")
STEREO = Sound("pcm_s16le", 2, 8000, 20_000, 0, 480, "e1:K")

ENGLISH = ("Hello", "world,", "this", "is", "Anna.")
CHINESE = ("这里是", "阿里巴巴,", "API", "语音", "实验室.")


def utterance(words: tuple[str, ...], start_ms: int = 480, speaker: int = 0, channel: int = 0) -> Utterance:
    """Words of 200 ms each; a mark at the end of a word is its punctuation."""
    tokens = []
    for i, word in enumerate(words):
        text = word.rstrip(",.?")
        tokens.append(Token(text, word[len(text) :], start_ms + 200 * i, start_ms + 200 * (i + 1)))
    return Utterance(speaker, channel, tuple(tokens))


def truth(*utterances: Utterance, onset_ms: int = 480) -> KnownTranscript:
    return KnownTranscript("x", "", onset_ms, "e1:K", utterances)


def entry(*utterances: Utterance, model: str = "fun-asr", sound: Sound = MONO, **parameters: Any) -> dict[str, Any]:
    """The first channel's part of a transcript."""
    answer = build_reply(truth(*utterances), sound, Parameters.read(model, parameters), "u")
    first: dict[str, Any] = answer["transcripts"][0]
    return first


def tokens(of: dict[str, Any]) -> list[tuple[str, str]]:
    return [(w["text"], w["punctuation"]) for s in of["sentences"] for w in s["words"]]


ALIGNED = {"timestamp_alignment_enabled": True}

SHAPES = {
    "fun-asr, English": (
        "fun-asr",
        ENGLISH,
        [("Hello", ""), (" world", ", "), ("this", ""), (" is", ""), (" Anna", ". ")],
    ),
    "fun-asr, Chinese": (
        "fun-asr",
        CHINESE,
        [("这里是", ""), ("阿里巴巴", "，"), (" API", ""), ("语音", ""), ("实验室", "。")],
    ),
    "paraformer, English": (
        "paraformer-v2",
        ENGLISH,
        [("Hello ", ""), ("world", ", "), ("this ", ""), ("is ", ""), ("Anna", ". ")],
    ),
    "paraformer, Chinese": (
        "paraformer-v2",
        CHINESE,
        [
            *[(c, "") for c in "这里是阿里巴"],
            ("巴", "，"),
            ("API ", ""),
            *[(c, "") for c in "语音实验"],
            ("室", "。"),
        ],
    ),
}


@pytest.mark.parametrize(("model", "words", "expected"), SHAPES.values(), ids=SHAPES)
def test_tokens_carry_their_spaces_as_the_family_does(
    model: str, words: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert tokens(entry(utterance(words), model=model, **ALIGNED)) == expected


def test_chinese_characters_share_the_time_of_their_word() -> None:
    words = entry(utterance(("阿里巴巴",)), model="paraformer-v2", **ALIGNED)["sentences"][0]["words"]
    assert [(w["begin_time"], w["end_time"]) for w in words] == [(480, 530), (530, 580), (580, 630), (630, 680)]


def test_without_alignment_paraformer_spreads_its_tokens_over_a_stretch_of_speech() -> None:
    said = [utterance(ENGLISH, 1000), utterance(ENGLISH, 2500), utterance(ENGLISH, 9000)]
    first, second = entry(*said, model="paraformer-v2")["sentences"]
    assert [w["text"] for w in first["words"]].count("Hello ") == 2
    assert (first["begin_time"], first["end_time"]) == (400, 4100)
    assert {w["end_time"] - w["begin_time"] for w in first["words"]} == {370}
    assert (second["begin_time"], second["end_time"]) == (8400, 10_600)


def test_a_pause_or_with_diarization_another_voice_ends_a_stretch() -> None:
    said = [utterance(ENGLISH, 1000), utterance(ENGLISH, 2000, speaker=1)]
    assert len(entry(*said, model="paraformer-v2")["sentences"]) == 1
    assert len(entry(*said, model="paraformer-v2", diarization_enabled=True)["sentences"]) == 2


def test_times_follow_the_first_sound_of_the_audio_that_came() -> None:
    later = Sound("flac", 1, 16000, 20_000, 0, 1480, "e1:K")
    assert entry(utterance(ENGLISH), sound=later)["sentences"][0]["begin_time"] == 1480


def test_speakers_are_told_apart_only_when_asked_and_only_in_mono() -> None:
    said = [
        utterance(ENGLISH, 480, speaker=4),
        utterance(ENGLISH, 3000, speaker=2),
        utterance(ENGLISH, 6000, speaker=4),
    ]
    labels = [s["speaker_id"] for s in entry(*said, diarization_enabled=True)["sentences"]]
    assert labels == [0, 1, 0]
    assert all("speaker_id" not in s for s in entry(*said)["sentences"])
    assert all("speaker_id" not in s for s in entry(*said, sound=STEREO, diarization_enabled=True)["sentences"])


def test_the_speaker_stands_behind_the_sentence_number() -> None:
    keys = list(entry(utterance(ENGLISH), diarization_enabled=True)["sentences"][0])
    assert keys == ["begin_time", "end_time", "text", "sentence_id", "speaker_id", "words"]


def test_each_channel_asked_for_has_its_own_voice() -> None:
    known = truth(utterance(ENGLISH, 480), utterance(("Yes.",), 3000, channel=1))
    answer = build_reply(known, STEREO, Parameters.read("fun-asr", {"channel_id": [1, 0, 5]}), "u")
    assert [(t["channel_id"], t["text"]) for t in answer["transcripts"]] == [
        (1, "Yes. "),
        (0, "Hello world, this is Anna. "),
    ]
    assert answer["properties"]["channels"] == [0, 1]


def test_mixed_audio_has_every_voice_in_its_one_channel() -> None:
    said = [utterance(ENGLISH, 480), utterance(("Yes.",), 3000, channel=1)]
    assert entry(*said)["text"] == "Hello world, this is Anna. Yes. "


def test_speech_that_was_never_parted_is_in_every_channel() -> None:
    answer = build_reply(truth(utterance(ENGLISH)), STEREO, Parameters.read("fun-asr", {"channel_id": [0, 1]}), "u")
    assert [t["text"] for t in answer["transcripts"]] == ["Hello world, this is Anna. "] * 2
    assert billed_s(answer) == 2


def test_a_silent_channel_has_no_sentences() -> None:
    known = truth(utterance(ENGLISH), utterance(("Yes.",), 3000, channel=1))
    three = Sound("flac", 3, 16000, 20_000, 0, 480, "e1:K")
    answer = build_reply(known, three, Parameters.read("fun-asr", {"channel_id": [0, 2]}), "u")
    assert answer["transcripts"][1] == {
        "channel_id": 2,
        "content_duration_in_milliseconds": 0,
        "text": "",
        "sentences": [],
    }


def test_channels_that_do_not_exist_leave_no_audio() -> None:
    with pytest.raises(FileFailure, match="NO_VALID_AUDIO_ERROR"):
        entry(utterance(ENGLISH), channel_id=[1])


FILTERS = {
    "masked": ({"filter_with_signed": {"word_list": ["world"]}}, "Hello *****, this is Anna. "),
    "removed": ({"filter_with_empty": {"word_list": ["world"]}}, "Hello, this is Anna. "),
    "across tokens": ({"filter_with_signed": {"word_list": ["lo wo"]}}, "Hel*****rld, this is Anna. "),
    "a whole sentence's end": ({"filter_with_empty": {"word_list": ["Anna", "is"]}}, "Hello world, th. "),
    "nothing to find": ({"filter_with_signed": {"word_list": ["absent"]}}, "Hello world, this is Anna. "),
}


@pytest.mark.parametrize(("parts", "expected"), FILTERS.values(), ids=FILTERS)
def test_sensitive_words_are_masked_or_taken_out(parts: dict[str, Any], expected: str) -> None:
    filtered = entry(utterance(ENGLISH), special_word_filter=json.dumps(parts))
    assert filtered["text"] == expected
    assert all(word["text"].strip() for s in filtered["sentences"] for word in s["words"])


def test_the_services_own_list_is_on_unless_switched_off() -> None:
    said = utterance(("a", RESERVED_WORDS[0], "b."))
    assert entry(said)["text"] == f"a {'*' * len(RESERVED_WORDS[0])} b. "
    off = entry(said, special_word_filter='{"system_reserved_filter": false}')
    assert off["text"] == f"a {RESERVED_WORDS[0]} b. "


def test_a_sentence_that_is_filtered_away_shortens_the_bill() -> None:
    parts = json.dumps({"filter_with_empty": {"word_list": ["Yes"]}})
    left = entry(utterance(ENGLISH), utterance(("Yes.",), 3000), special_word_filter=parts)
    assert left["content_duration_in_milliseconds"] == 1000
    assert len(left["sentences"]) == 1


def test_paraformer_leaves_fillers_out_when_asked_and_fun_asr_does_not() -> None:
    said = utterance(("Hello", "um,", "呃", "world", "uh."))
    wish = {"disfluency_removal_enabled": True, **ALIGNED}
    assert entry(said, model="paraformer-v2", **wish)["text"] == "Hello, world. "
    assert "um" in entry(said, model="fun-asr", **wish)["text"]


def test_nothing_but_fillers_is_no_words() -> None:
    with pytest.raises(FileFailure, match="ASR_RESPONSE_HAVE_NO_WORDS"):
        entry(utterance(("um.",)), model="paraformer-v2", disfluency_removal_enabled=True)


BAD_PARAMETERS = [
    {"special_word_filter": {"system_reserved_filter": False}},
    {"special_word_filter": "not json"},
    {"special_word_filter": '{"filter_with_signed": ["a"]}'},
    {"special_word_filter": "[]"},
    {"speaker_count": 1},
    {"speaker_count": 101},
    {"channel_id": 0},
    {"channel_id": []},
    {"channel_id": [True]},
    {"diarization_enabled": "true"},
    {"diarisation_enabled": True},
]


@pytest.mark.parametrize("raw", BAD_PARAMETERS, ids=json.dumps)
def test_parameters_that_make_no_sense_fail_the_task(raw: dict[str, Any]) -> None:
    with pytest.raises(FileFailure):
        Parameters.read("fun-asr", raw)


def test_a_raw_reply_is_served_as_it_is_under_the_url_asked_for() -> None:
    raw = RawReply("x", "e1:K", {"file_url": "old", "properties": {}, "transcripts": []})
    assert build_reply(raw, MONO, Parameters.read("fun-asr", {}), "new") == {**raw.reply, "file_url": "new"}


def test_unknown_fields_hide_nothing() -> None:
    plain = build_reply(truth(utterance(ENGLISH)), MONO, Parameters.read("fun-asr", {}), "u")
    strange = with_unknown_fields(plain)
    assert strange != plain
    for there, here in zip(strange["transcripts"], plain["transcripts"], strict=True):
        for odd, even in zip(there["sentences"], here["sentences"], strict=True):
            assert {k: odd[k] for k in even if k != "words"} == {k: v for k, v in even.items() if k != "words"}
            assert [{k: w[k] for k in v} for w, v in zip(odd["words"], even["words"], strict=True)] == even["words"]


words = st.sampled_from(["Hello", "world", "um", "42%", "API", "这里", "是", "阿里巴巴", "呃", RESERVED_WORDS[0]])
marks = st.sampled_from(["", ",", ".", "?", "，", "。"])
spoken = st.lists(
    st.tuples(
        st.lists(st.builds(str.__add__, words, marks), min_size=1, max_size=8).map(tuple),
        st.integers(0, 3000),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=6,
)
asked = st.fixed_dictionaries(
    {},
    optional={
        "diarization_enabled": st.booleans(),
        "timestamp_alignment_enabled": st.booleans(),
        "disfluency_removal_enabled": st.booleans(),
        "channel_id": st.sampled_from([[0], [0, 1], [1, 0]]),
        "special_word_filter": st.sampled_from(
            ['{"filter_with_empty": {"word_list": ["Hello", "里是"]}}', '{"filter_with_signed": {"word_list": ["o"]}}']
        ),
    },
)


@given(spoken, asked, st.sampled_from(["fun-asr", "paraformer-v2"]), st.booleans())
def test_every_transcript_keeps_what_holds_in_published_replies(
    said: list[tuple[tuple[str, ...], int, int]], raw: dict[str, Any], model: str, stereo: bool
) -> None:
    at, utterances = 0, []
    for texts, pause_ms, speaker in said:
        utterances.append(utterance(texts, at + pause_ms, speaker, channel=speaker % 2))
        at = utterances[-1].end_ms
    sound = Sound("flac", 1 + stereo, 16000, at + 500, 0, 0, "e1:K")
    try:
        document = build_reply(truth(*utterances, onset_ms=0), sound, Parameters.read(model, raw), "u")
    except FileFailure:
        event("nothing is left to say")
        return
    seconds = 0
    for of in document["transcripts"]:
        sentences = of["sentences"]
        content_ms = sum(s["end_time"] - s["begin_time"] for s in sentences)
        seconds += (content_ms + 500) // 1000
        assert of["content_duration_in_milliseconds"] == content_ms
        assert of["text"] == "".join(s["text"] for s in sentences)
        assert [s["sentence_id"] for s in sentences] == list(range(1, len(sentences) + 1))
        edges = [edge for s in sentences for edge in (s["begin_time"], s["end_time"])]
        assert edges == sorted(edges)
        assert 0 <= edges[0] <= edges[-1] <= sound.duration_ms if edges else True
        for s in sentences:
            assert s["text"] == "".join(w["text"] + w["punctuation"] for w in s["words"])
            inside = [t for w in s["words"] for t in (w["begin_time"], w["end_time"])]
            assert [s["begin_time"], *inside, s["end_time"]] == sorted([s["begin_time"], *inside, s["end_time"]])
    assert billed_s(document) == seconds
