from __future__ import annotations

import pytest

from captioner.errors import ConfigError
from captioner.recognition.funasr import catalogue

QWEN = ["qwen-audio-3.1-asr-flash-filetrans", "qwen-audio-3.0-asr-flash-filetrans"]
NINE = [
    "fun-asr",
    "fun-asr-2025-11-07",
    "fun-asr-2025-08-25",
    "fun-asr-mtl",
    "fun-asr-mtl-2025-08-25",
    *QWEN,
    "paraformer-v2",
    "paraformer-8k-v2",
]


def test_the_catalogue_holds_the_nine_models() -> None:
    assert [model.name for model in catalogue.all_models()] == NINE


@pytest.mark.parametrize("name", NINE)
def test_an_alias_has_everything_its_snapshot_has(name: str) -> None:
    model = catalogue.find_model(name)
    snapshot = catalogue.find_model(model.snapshot)
    facts = ("family", "regions", "languages", "dialects", "accents", "parameters", "singing", "usd_per_s")
    assert [getattr(model, fact) for fact in facts] == [getattr(snapshot, fact) for fact in facts]


def test_fun_asr_runs_in_both_regions_and_paraformer_in_mainland_china() -> None:
    assert {model.name: model.regions for model in catalogue.all_models()} == {
        name: ("cn",) if name.startswith("paraformer") else ("intl", "cn") for name in NINE
    }


def test_only_the_newest_fun_asr_sings() -> None:
    assert [model.name for model in catalogue.all_models() if model.singing] == ["fun-asr", "fun-asr-2025-11-07"]


def test_the_telephone_model_takes_8_khz_and_no_language_hints() -> None:
    model = catalogue.find_model("paraformer-8k-v2")
    assert model.sample_rate_hz == 8000
    assert "language_hints" not in model.parameters
    assert model.hotword_languages == ("zh",)


@pytest.mark.parametrize(
    ("model", "region", "per_hour"),
    [("fun-asr", "intl", 0.126), ("fun-asr-mtl", "cn", 0.1152), ("paraformer-v2", "cn", 0.0432)],
)
def test_prices_are_the_published_ones(model: str, region: str, per_hour: float) -> None:
    assert catalogue.price_usd(model, region, 3600) == pytest.approx(per_hour)


def test_a_region_without_a_price_has_none() -> None:
    assert catalogue.price_usd("paraformer-v2", "intl", 3600) is None


def test_a_misspelled_model_is_told_what_is_near_and_what_is_known() -> None:
    with pytest.raises(ConfigError, match="did you mean 'paraformer-v2'") as caught:
        catalogue.find_model("paraformer_v2")
    assert all(name in str(caught.value) for name in NINE)


@pytest.mark.parametrize(
    ("scenario", "best"),
    [
        ("chinese", ("fun-asr",)),
        ("international", ("fun-asr", "paraformer-v2")),
        ("entertainment", ("fun-asr",)),
        ("news", ("fun-asr", "paraformer-v2")),
        ("far-field", ("fun-asr",)),
    ],
)
def test_each_scenario_recommends_known_models_with_a_reason(scenario: str, best: tuple[str, ...]) -> None:
    found = catalogue.recommend(scenario)
    assert found.models == best
    assert found.reason
    assert all(catalogue.find_model(name) for name in found.models)


def test_an_unknown_scenario_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="far-field"):
        catalogue.recommend("karaoke")


def test_the_catalogue_says_where_and_when_it_was_taken() -> None:
    source, date = catalogue.catalogue_source()
    assert source.startswith("https://www.alibabacloud.com/")
    assert date == "2026-11-28"


def test_submission_rates_are_those_of_the_family() -> None:
    assert {model.family: model.submit_per_s for model in catalogue.all_models()} == {
        "fun-asr": 10,
        "qwen-audio": 10,
        "paraformer": 20,
    }


@pytest.mark.parametrize(
    ("model", "region", "a_minute"),
    [
        ("fun-asr", "intl", 600),
        ("fun-asr", "cn", 600),
        ("fun-asr-mtl", "intl", 100),
        ("fun-asr-mtl-2025-08-25", "intl", 100),
        ("fun-asr-mtl", "cn", 600),
        ("qwen-audio-3.1-asr-flash-filetrans", "intl", 600),
        ("paraformer-v2", "cn", 1200),
    ],
)
def test_submission_rates_are_those_of_the_region(model: str, region: str, a_minute: float) -> None:
    assert catalogue.find_model(model).submits_per_s(region) * 60 == pytest.approx(a_minute)


def test_what_is_superseded_names_what_the_service_recommends() -> None:
    assert {model.name: model.superseded_by for model in catalogue.all_models() if model.superseded_by} == {
        "fun-asr-mtl": "fun-asr",
        "fun-asr-mtl-2025-08-25": "fun-asr",
    }


def test_no_scenario_recommends_what_is_superseded() -> None:
    named = {name for scenario in catalogue.scenarios() for name in scenario.models}
    assert not [name for name in named if catalogue.find_model(name).superseded_by]


@pytest.mark.parametrize("name", QWEN)
def test_qwen_audio_takes_one_file_and_no_list_at_the_service(name: str) -> None:
    model = catalogue.find_model(name)
    assert model.files_per_task == 1
    assert "vocabulary_id" not in model.parameters
    assert set(model.languages) == set(catalogue.find_model("fun-asr").languages)


def test_one_qwen_audio_is_billed_by_the_second_and_one_by_the_token() -> None:
    newest, before = map(catalogue.find_model, QWEN)
    assert newest.is_billed_by_tokens
    assert newest.usd_per_million_tokens["intl"] == {"input": 0.15, "output": 0.47}
    assert catalogue.price_usd(newest.name, "intl", 3600) is None
    assert not before.is_billed_by_tokens
    assert catalogue.price_usd(before.name, "intl", 3600) == pytest.approx(0.126)
