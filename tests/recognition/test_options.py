from __future__ import annotations

import json
from dataclasses import replace

import pytest

from captioner.errors import ConfigError
from captioner.recognition.funasr import catalogue
from captioner.recognition.funasr.options import RecognitionOptions, WordFilter
from tests.recognition.doubles import sample


def test_every_option_of_fun_asr_is_sent_as_documented() -> None:
    options = RecognitionOptions(
        language_hints=("zh",),
        speaker_count=2,
        channels=(0,),
        vocabulary_id="vocab-team-0123456789abcdef0123456789abcdef",
        word_filter=WordFilter(mask=("测试",), remove=("开始", "发生")),
    )
    assert options.parameters() == sample("submit-request-funasr-all")["parameters"]


def test_every_option_of_paraformer_is_sent_as_documented() -> None:
    options = RecognitionOptions(
        model="paraformer-v2",
        language_hints=("zh", "en"),
        speaker_count=2,
        channels=(0,),
        vocabulary_id="vocab-team-0123456789abcdef0123456789abcdef",
        word_filter=WordFilter(mask=("测试",)),
        remove_fillers=True,
    )
    assert options.parameters() == sample("submit-request-paraformer-v2-all")["parameters"]


def test_nothing_asked_for_is_an_empty_object_and_not_none() -> None:
    assert RecognitionOptions(diarization=False).parameters() == {}


def test_the_word_filter_is_a_string_that_holds_json() -> None:
    sent = RecognitionOptions(word_filter=WordFilter(system=False)).parameters()["special_word_filter"]
    assert isinstance(sent, str)
    assert json.loads(sent) == {"system_reserved_filter": False}


@pytest.mark.parametrize("model", [m.name for m in catalogue.all_models()])
def test_alignment_is_always_asked_of_paraformer_and_never_of_fun_asr(model: str) -> None:
    sent = RecognitionOptions(model=model).parameters()
    assert sent.get("timestamp_alignment_enabled", False) is model.startswith("paraformer")


def test_fun_asr_is_sent_one_hint_and_the_user_is_told() -> None:
    options = RecognitionOptions(language_hints=("en", "zh"))
    assert options.parameters()["language_hints"] == ["en"]
    (warning,) = options.check("intl")
    assert "only the first" in warning


@pytest.mark.parametrize("tag", ["zh-Hans", "zh_CN", "ZH", " zh "])
def test_a_language_tag_is_sent_as_its_primary_subtag(tag: str) -> None:
    options = RecognitionOptions(language_hints=(tag,))
    assert options.parameters()["language_hints"] == ["zh"]
    assert options.check("intl") == ()


def test_an_unknown_hint_is_passed_on_with_a_warning() -> None:
    options = RecognitionOptions(language_hints=("tlh",))
    assert options.parameters()["language_hints"] == ["tlh"]
    (warning,) = options.check("intl")
    assert "'tlh'" in warning


def test_a_hint_for_the_telephone_model_is_refused_naming_the_models_that_take_it() -> None:
    options = RecognitionOptions(model="paraformer-8k-v2", language_hints=("zh",))
    with pytest.raises(
        ConfigError, match=r"language hints: paraformer-8k-v2 does not take it.*fun-asr, .*paraformer-v2"
    ):
        options.check("cn")


def test_a_model_of_another_region_is_refused_unless_the_endpoint_is_explicit() -> None:
    options = RecognitionOptions(model="paraformer-v2")
    with pytest.raises(ConfigError, match="does not run in region intl; use region cn"):
        options.check("intl")
    assert options.check("intl", explicit_endpoint=True) == ()
    assert options.check("cn") == ()


def test_several_channels_switch_diarization_off_and_say_so() -> None:
    options = RecognitionOptions(channels=(0, 1), speaker_count=2)
    assert options.by_channel
    assert options.parameters() == {"channel_id": [0, 1]}
    (warning,) = options.check("intl")
    assert "the channel is the speaker" in warning


def test_one_channel_is_diarized() -> None:
    options = RecognitionOptions(channels=(1,))
    assert not options.by_channel
    assert options.parameters() == {"channel_id": [1], "diarization_enabled": True}


@pytest.mark.parametrize("count", [2, 7, 100])
def test_a_possible_speaker_count_is_sent(count: int) -> None:
    options = RecognitionOptions(speaker_count=count)
    assert options.check("intl") == ()
    assert options.parameters()["speaker_count"] == count


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"speaker_count": 1}, "must be 2 to 100"),
        ({"speaker_count": 101}, "must be 2 to 100"),
        ({"speaker_count": 2, "diarization": False}, "needs diarization"),
        ({"channels": (-1,)}, "different numbers from 0"),
        ({"channels": (0, 0)}, "different numbers from 0"),
        ({"language_hints": (" ",)}, "language hint: empty"),
        ({"word_filter": WordFilter(mask=("",))}, "a word is empty"),
        ({"model": "whisper-1"}, "not known"),
    ],
)
def test_an_impossible_value_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(RecognitionOptions(), **change).check("intl")


def test_fillers_on_fun_asr_are_sent_with_a_warning() -> None:
    options = RecognitionOptions(remove_fillers=True)
    assert options.parameters()["disfluency_removal_enabled"] is True
    (warning,) = options.check("intl")
    assert "untested" in warning


def test_paraformer_without_alignment_warns() -> None:
    options = RecognitionOptions(model="paraformer-v2", align_timestamps=False)
    assert "timestamp_alignment_enabled" not in options.parameters()
    (warning,) = options.check("cn")
    assert "evenly" in warning


def test_the_digest_follows_what_is_asked_and_nothing_else() -> None:
    plain = RecognitionOptions()
    same = [
        replace(plain, align_timestamps=False),  # fun-asr takes no such parameter
        replace(plain, channels=()),
    ]
    other = [
        replace(plain, model="fun-asr-mtl"),
        replace(plain, diarization=False),
        replace(plain, language_hints=("zh",)),
        replace(plain, channels=(0, 1)),
        replace(plain, word_filter=WordFilter()),
    ]
    assert {options.digest for options in same} == {plain.digest}
    assert len({plain.digest, *(options.digest for options in other)}) == 6
    assert plain.digest == "fccd99543c615cc55db5876182666647e432e35dfab70e719972a40ccb182755"


@pytest.mark.parametrize(
    ("tag", "code"), [("zh-Hant-TW", "zh"), ("ger", "de"), ("chi", "zh"), ("German", "de"), ("xx", "xx")]
)
def test_hints_are_sent_as_the_codes_of_the_service(tag: str, code: str) -> None:
    assert RecognitionOptions(language_hints=(tag,)).parameters()["language_hints"] == [code]
