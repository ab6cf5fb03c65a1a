"""Transcripts of other recognisers, in the shapes that they publish."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from captioner.captions.transcript_file import decode_transcript
from captioner.cli import main
from captioner.errors import ReplyError
from captioner.model import Sentence, Transcript

WHISPER = {
    "text": " Hello there. I'm Dr. Chen from the U.S. office.",
    "language": "en",
    "segments": [
        {
            "id": 0,
            "start": 0.0,
            "end": 2.0,
            "text": " Hello there. I'm",
            "words": [
                {"word": " Hello", "start": 0.0, "end": 0.5, "probability": 0.9},
                {"word": " there.", "start": 0.5, "end": 1.0, "probability": 0.8},
                {"word": " I'm", "start": 1.2, "end": 1.4, "probability": 0.99},
            ],
        },
        {
            "id": 1,
            "start": 2.0,
            "end": 4.0,
            "text": " Dr. Chen from the U.S. office.",
            "words": [
                {"word": " Dr.", "start": 2.0, "end": 2.2},
                {"word": " Chen", "start": 2.2, "end": 2.5},
                {"word": " from", "start": 2.5, "end": 2.6},
                {"word": " the", "start": 2.6, "end": 2.7},
                {"word": " U", "start": 2.7, "end": 2.8},
                {"word": ".S.", "start": 2.8, "end": 3.0},
                {"word": " office.", "start": 3.0, "end": 3.5},
            ],
        },
    ],
}
WHISPERX = {
    "segments": [
        {
            "start": 0.1,
            "end": 2.0,
            "text": " We paid 90 dollars.",
            "speaker": "SPEAKER_01",
            "words": [
                {"word": "We", "start": 0.1, "end": 0.3, "score": 0.9, "speaker": "SPEAKER_01"},
                {"word": "paid", "start": 0.4, "end": 0.7, "score": 0.8, "speaker": "SPEAKER_01"},
                {"word": "90"},
                {"word": "dollars.", "start": 1.2, "end": 1.6, "score": 0.9, "speaker": "SPEAKER_01"},
            ],
        },
        {
            "start": 2.1,
            "end": 3.0,
            "text": "是的。",
            "speaker": "SPEAKER_00",
            "words": [
                {"word": "是", "start": 2.1, "end": 2.3},
                {"word": "的", "start": 2.3, "end": 2.5},
                {"word": "。"},
            ],
        },
    ],
    "word_segments": [],
    "language": "en",
}
OPENAI = {
    "task": "transcribe",
    "language": "english",
    "duration": 3.2,
    "text": "Hello, world. Good night.",
    "segments": [{"id": 0, "start": 0.0, "end": 3.2, "text": " Hello, world. Good night."}],
    "words": [
        {"word": "Hello", "start": 0.1, "end": 0.5},
        {"word": "world", "start": 0.6, "end": 1.0},
        {"word": "Good", "start": 2.0, "end": 2.3},
        {"word": "night", "start": 2.3, "end": 2.9},
    ],
}
WHISPER_CPP = {
    "result": {"language": "de"},
    "transcription": [
        {"timestamps": {"from": "00:00:00,000"}, "offsets": {"from": 0, "to": 2000}, "text": " Guten Tag."},
        {"timestamps": {"from": "00:00:02,000"}, "offsets": {"from": 2000, "to": 3000}, "text": " Ja."},
    ],
}  # fmt: skip
ASSEMBLYAI = {
    "id": "abc",
    "status": "completed",
    "language_code": "en_us",
    "audio_duration": 5,
    "text": "Hello there. Yes?",
    "words": [
        {"text": "Hello", "start": 100, "end": 400, "confidence": 0.98, "speaker": "B"},
        {"text": "there.", "start": 400, "end": 800, "confidence": 0.5, "speaker": "B"},
        {"text": "Yes?", "start": 900, "end": 1200, "confidence": 0.9, "speaker": "A"},
    ],
    "utterances": None,
}
DEEPGRAM = {
    "metadata": {"duration": 4.5, "channels": 1},
    "results": {
        "channels": [
            {
                "alternatives": [
                    {
                        "transcript": "Hello there. Yes.",
                        "confidence": 0.9,
                        "words": [
                            {"word": "hello", "start": 0.1, "end": 0.4, "confidence": 0.9, "speaker": 0,
                             "punctuated_word": "Hello"},
                            {"word": "there", "start": 0.4, "end": 0.8, "confidence": 0.9, "speaker": 0,
                             "punctuated_word": "there."},
                            {"word": "yes", "start": 0.9, "end": 1.2, "confidence": 0.7, "speaker": 1,
                             "punctuated_word": "Yes."},
                        ],
                    }
                ],
                "detected_language": "en",
            }
        ]
    },
}  # fmt: skip
AMAZON = {
    "jobName": "job",
    "status": "COMPLETED",
    "results": {
        "language_code": "en-US",
        "transcripts": [{"transcript": "Hello there. Yes."}],
        "speaker_labels": {
            "segments": [{"items": [{"start_time": "0.9", "end_time": "1.2", "speaker_label": "spk_1"}]}],
        },
        "items": [
            {"type": "pronunciation", "start_time": "0.1", "end_time": "0.4", "speaker_label": "spk_0",
             "alternatives": [{"confidence": "0.99", "content": "Hello"}]},
            {"type": "pronunciation", "start_time": "0.4", "end_time": "0.8", "speaker_label": "spk_0",
             "alternatives": [{"confidence": "0.9", "content": "there"}]},
            {"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": "."}]},
            {"type": "pronunciation", "start_time": "0.9", "end_time": "1.2",
             "alternatives": [{"confidence": "0.8", "content": "Yes"}]},
            {"type": "punctuation", "alternatives": [{"content": "."}]},
        ],
    },
}  # fmt: skip
YOUTUBE = {
    "wireMagic": "pb3",
    "events": [
        {"tStartMs": 0, "dDurationMs": 5000, "id": 1, "wpWinPosId": 1},
        {
            "tStartMs": 120,
            "dDurationMs": 4000,
            "segs": [
                {"utf8": "so", "acAsrConf": 0},
                {"utf8": " this", "tOffsetMs": 200, "acAsrConf": 255},
                {"utf8": " is", "tOffsetMs": 500},
            ],
        },
        {"tStartMs": 2000, "dDurationMs": 100, "aAppend": 1, "segs": [{"utf8": "\n"}]},
        {"tStartMs": 2010, "dDurationMs": 1000, "segs": [{"utf8": "how"}, {"utf8": " it", "tOffsetMs": 300}]},
    ],
}
SRV3 = """<?xml version="1.0" encoding="utf-8" ?><timedtext format="3"><head/><body>
<w t="0" id="1"/><p t="120" d="4000" w="1"><s ac="0">so</s><s t="200" ac="0"> this</s><s t="500"> is</s></p>
<p t="2000" d="10" w="1" a="1">
</p><p t="2010" d="1000" w="1"><s>how</s><s t="300"> it</s></p></body></timedtext>"""
SRV1 = """<?xml version="1.0" encoding="utf-8" ?><transcript><text start="0.5" dur="2">Hello
&amp; welcome.</text><text start="2.5" dur="1.5">Bye.</text></transcript>"""


def decoded(document: Any, language: str = "") -> Transcript:
    raw = document.encode() if isinstance(document, str) else json.dumps(document).encode()
    return decode_transcript(raw, "talk.json", language=language).transcript


def said(transcript: Transcript) -> list[tuple[str | None, str, int, int]]:
    return [(each.speaker, each.text, each.start_ms, each.end_ms) for each in transcript.sentences]


def times(sentence: Sentence) -> list[tuple[str, int, int]]:
    return [(word.text, word.start_ms, word.end_ms) for word in sentence.words]


def test_whisper_keeps_its_words_and_does_not_end_a_sentence_at_an_abbreviation() -> None:
    transcript = decoded(WHISPER)
    assert said(transcript) == [
        (None, "Hello there.", 0, 1000),
        (None, "I'm Dr. Chen from the U.S. office.", 1200, 3500),
    ]
    assert transcript.language == "en"
    assert times(transcript.sentences[0]) == [("Hello", 0, 500), (" there.", 500, 1000)]
    assert transcript.sentences[0].words[1].confidence == 0.8


def test_whisperx_has_speakers_and_numbers_without_times() -> None:
    transcript = decoded(WHISPERX)
    assert [(text, start, end) for _, text, start, end in said(transcript)] == [
        ("We paid 90 dollars.", 100, 1600),
        ("是的。", 2100, 2800),
    ]
    assert times(transcript.sentences[0])[2] == (" 90", 700, 1200)
    first, second = (transcript.display_names()[each.speaker or ""] for each in transcript.sentences)
    assert (first, second) == ("Speaker 2", "Speaker 1")


def test_words_of_the_api_get_the_punctuation_of_the_text() -> None:
    transcript = decoded(OPENAI)
    assert said(transcript) == [(None, "Hello, world.", 100, 1000), (None, "Good night.", 2000, 2900)]
    assert (transcript.language, transcript.duration_ms) == ("en", 3200)


def test_segments_without_words_give_each_word_its_share_and_say_so() -> None:
    found = decode_transcript(json.dumps(WHISPER_CPP).encode(), "talk.json")
    assert said(found.transcript) == [(None, "Guten Tag.", 0, 2000), (None, "Ja.", 2000, 3000)]
    assert found.transcript.language == "de"
    assert (
        found.note == "read as a transcript of Whisper; its words have no times, and each gets its share of its line's"
    )


@pytest.mark.parametrize("document", [ASSEMBLYAI, DEEPGRAM, AMAZON], ids=["assemblyai", "deepgram", "amazon"])
def test_services_with_speakers_keep_words_times_and_voices(document: dict[str, Any]) -> None:
    transcript = decoded(document)
    assert [(text, start, end) for _, text, start, end in said(transcript)] == [
        ("Hello there.", 100, 800),
        (transcript.sentences[1].text, 900, 1200),
    ]
    assert transcript.sentences[1].text in {"Yes.", "Yes?"}
    assert list(transcript.display_names().values()) == ["Speaker 1", "Speaker 2"]
    assert transcript.sentences[1].words[0].confidence == pytest.approx(0.8, abs=0.11)
    assert transcript.language.startswith("en")


def test_deepgram_channels_are_speakers() -> None:
    channel = DEEPGRAM["results"]["channels"][0]  # type: ignore[index]
    transcript = decoded({"metadata": {}, "results": {"channels": [channel, channel]}})
    assert transcript.by_channel
    assert list(transcript.display_names().values()) == ["Channel 1", "Channel 2"]


@pytest.mark.parametrize("document", [YOUTUBE, SRV3], ids=["json3", "srv3"])
def test_youtube_words_have_their_times_and_lines_that_move_up_are_no_words(document: Any) -> None:
    (sentence,) = decoded(document, "en").sentences
    assert times(sentence) == [
        ("so", 120, 320),
        (" this", 320, 620),
        (" is", 620, 2010),
        (" how", 2010, 2310),
        (" it", 2310, 3010),
    ]


def test_captions_that_a_person_gave_youtube_are_sentences() -> None:
    assert said(decoded(SRV1)) == [(None, "Hello & welcome.", 500, 2500), (None, "Bye.", 2500, 4000)]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"status": "processing", "text": None, "words": [], "audio_url": "x"}, "AssemblyAI that is processing"),
        ({"text": "Hello.", "segments": [{"text": "Hello.", "words": [{"word": "Hello."}]}]}, "has no times"),
        ({"results": {"channels": [{"alternatives": [{"transcript": "Hello."}]}]}}, "Deepgram without words"),
        ({"anything": 1}, "talk.json"),
        ("<html></html>", "no timed text of YouTube"),
        ("<broken", "no timed text of YouTube"),
    ],
)
def test_what_cannot_be_laid_out_is_refused(document: Any, message: str) -> None:
    with pytest.raises(ReplyError, match=message):
        decoded(document)


def test_format_lays_them_out_and_says_whose_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "talk.json").write_text(json.dumps(WHISPERX), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["format", str(tmp_path / "talk.json"), "-o", str(tmp_path / "talk.srt")])
    assert not left.value.code
    assert "Speaker 2: We paid 90 dollars." in (tmp_path / "talk.srt").read_text(encoding="utf-8")
    assert "talk.json: read as a transcript of Whisper" in capsys.readouterr().err


def test_odd_values_are_no_crash() -> None:
    odd = [None, True, -1, 1e300, "x", [], {}, ["a"], {"words": None}, {"start": "x", "text": 5}]
    for value in odd:
        for document in (
            {"segments": [{"text": "a", "start": value, "end": value, "words": value}]},
            {"segments": value, "text": "a"},
            {"results": {"items": [{"type": "pronunciation", "start_time": value, "alternatives": value}]}},
            {
                "results": {
                    "channels": [{"alternatives": [{"words": [{"word": "a", "start": value, "speaker": value}]}]}]
                }
            },
            {
                "words": [{"text": "a", "start": value, "end": value, "confidence": value, "speaker": value}],
                "text": "a",
            },
            {"events": [{"tStartMs": value, "dDurationMs": value, "segs": [{"utf8": value, "tOffsetMs": value}]}]},
            {"transcription": [{"offsets": {"from": value, "to": value}, "text": value}]},
        ):
            try:
                decoded(document)
            except ReplyError:
                continue


def test_words_of_the_api_are_read_where_segments_were_not_asked_for() -> None:
    words = [{"word": "Hello", "start": 0.0, "end": 0.5}, {"word": "world", "start": 0.6, "end": 1.0}]
    made = decoded({"task": "transcribe", "language": "english", "text": "Hello, world.", "words": words})
    assert [(each.text, each.start_ms, each.end_ms) for each in made.sentences] == [("Hello, world.", 0, 1000)]
    made = decoded({"text": "Other text.", "words": words})
    assert [each.text for each in made.sentences] == ["Hello world"]


def test_chunks_of_transformers_are_read() -> None:
    chunks = [{"timestamp": [0.0, 1.5], "text": " Hi you."}, {"timestamp": [1.5, None], "text": " Yes."}]
    made = decoded({"text": " Hi you. Yes.", "chunks": chunks})
    assert [(each.text, each.start_ms) for each in made.sentences] == [("Hi you.", 0), ("Yes.", 1500)]


def test_text_whose_times_are_impossible_is_not_lost() -> None:
    segments = [{"start": -5, "end": -2, "text": " Hello."}, {"start": 1, "end": 2, "text": " You."}]
    made = decoded({"segments": segments})
    assert [(each.text, each.start_ms, each.end_ms) for each in made.sentences] == [
        ("Hello.", 700, 1000),
        ("You.", 1000, 2000),
    ]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"text": "Hi.", "segments": [], "language": "en"}, "Whisper without times"),
        (
            {"id": "x", "status": "error", "error": "Download error", "text": None, "words": None},
            "AssemblyAI that is error",
        ),
        (
            {"jobName": "j", "status": "FAILED", "results": {"transcripts": [], "items": []}},
            "Transcribe that is failed",
        ),
        ('<timedtext format="3"><body><p t="soon">a</p></body></timedtext>', "a time that is none: t='soon'"),
        ('<timedtext format="3"><body><p t="1e999">a</p></body></timedtext>', "a time that is none: t='1e999'"),
    ],
)
def test_transcripts_without_captions_to_give_are_refused(document: Any, message: str) -> None:
    with pytest.raises(ReplyError, match=message):
        decoded(document)


def test_text_behind_a_line_break_of_youtube_is_kept() -> None:
    made = decoded('<timedtext format="3"><body><p t="0" d="2000">it&amp;#39;s one<br/>and two.</p></body></timedtext>')
    assert [each.text for each in made.sentences] == ["it's one and two."]


@pytest.mark.parametrize("document", [WHISPERX, ASSEMBLYAI, DEEPGRAM, AMAZON])
def test_speakers_are_counted_from_1_as_captions_show_them(document: dict[str, Any]) -> None:
    transcript = decoded(document)
    ids = {each.speaker for each in transcript.sentences if each.speaker is not None}
    assert ids == {"1", "2"}
    assert {key: name for key, name in transcript.display_names().items() if key in ids} == {
        "1": "Speaker 1",
        "2": "Speaker 2",
    }
