"""The manifest beside the captions: true, whole, and in its published form."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from captioner.captions.options import CaptionOptions
from captioner.jobs.events import Noted
from captioner.jobs.states import State
from tests.jobs.doubles import House

pytestmark = pytest.mark.integration

PUBLISHED = json.loads(resources.files("captioner").joinpath("manifest.schema.json").read_text(encoding="utf-8"))
VALID = jsonschema.Draft202012Validator(PUBLISHED)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def manifest(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8"))
    VALID.validate(found)
    assert isinstance(found, dict)
    return found


def test_a_manifest_says_what_the_captions_were_made_of(house: House) -> None:
    media = house.media("talk.mp4")
    report = house.run(media, manifest=True, region="intl")
    found = manifest(house.folder / "talk.captioner.json")
    assert house.folder / "talk.captioner.json" == report.files[0].manifest
    (given,) = found["inputs"]
    assert given["source"] == str(media)
    assert given["sha256"] == hashlib.sha256(media.read_bytes()).hexdigest()
    assert found["models"] == ["fun-asr"]
    assert found["options"]["recognition"]["parameters"]["diarization_enabled"] is True
    assert found["options"]["captions"]["values"]["formats"] == ["srt"]
    assert found["recognition"]["task_id"] == report.files[0].task_id != ""
    assert found["cost"]["billed_s"] == 7
    assert found["cost"]["list_price_usd"] > 0
    assert found["cues"] == 1
    for output in found["outputs"]:
        assert output["sha256"] == hashlib.sha256((house.folder / output["name"]).read_bytes()).hexdigest()
    assert {output["name"] for output in found["outputs"]} == {"talk.srt", "talk.asr.json"}


def test_a_link_is_named_without_its_query(house: House) -> None:
    assert house.run("https://h.test/talk.mp4?X-Amz-Signature=secret", out=house.folder, manifest=True).exit_code == 0
    text = (house.folder / "talk.captioner.json").read_text()
    assert "secret" not in text
    (given,) = manifest(house.folder / "talk.captioner.json")["inputs"]
    assert (given["source"], given["sha256"]) == ("https://h.test/talk.mp4", None)


def test_the_same_command_again_leaves_the_manifest_alone(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media, manifest=True)
    before = (house.folder / "talk.captioner.json").stat().st_mtime_ns
    house.clock.now += 1000
    house.run(media, manifest=True)
    assert (house.folder / "talk.captioner.json").stat().st_mtime_ns == before


def test_a_manifest_follows_other_options_and_costs_nothing(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media, manifest=True)
    house.run(media, manifest=True, captions=CaptionOptions(formats=("srt",), offset_ms=40))
    found = manifest(house.folder / "talk.captioner.json")
    assert found["options"]["captions"]["values"]["offset_ms"] == 40
    assert house.asr.submissions == 1


def test_what_an_older_version_captioned_gets_its_manifest_for_nothing(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media)
    before = (house.folder / "talk.srt").stat().st_mtime_ns
    house.run(media, manifest=True)
    found = manifest(house.folder / "talk.captioner.json")
    assert (house.folder / "talk.srt").stat().st_mtime_ns == before
    assert {output["name"] for output in found["outputs"]} == {"talk.srt", "talk.asr.json"}
    assert house.asr.submissions == 1


def test_a_manifest_is_written_again_with_a_file_that_was_lost(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media, manifest=True)
    (house.folder / "talk.srt").unlink()
    house.clock.now += 1000
    assert house.run(media, manifest=True).exit_code == 0
    found = manifest(house.folder / "talk.captioner.json")
    assert len(found["outputs"]) == 2
    assert found["written_at"] > "1970"


def test_there_is_no_manifest_when_it_is_not_wanted_or_there_are_no_captions(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media, manifest=False)
    house.run(media, manifest=True, captions=CaptionOptions(formats=()), out=house.folder / "raw")
    assert not list(house.folder.rglob("*.captioner.json"))


def test_a_manifest_that_is_not_ours_is_not_replaced(house: House) -> None:
    media = house.media("talk.mp4")
    (house.folder / "talk.captioner.json").write_text("{}")
    assert house.run(media, manifest=True).files[0].state is State.REJECTED
    assert house.asr.submissions == 0


def test_a_name_too_long_for_its_manifest_alone_is_captioned_without(house: House) -> None:
    media = house.media("x" * 244 + ".mp4")
    assert house.run(media, manifest=True).exit_code == 0
    assert any(isinstance(event, Noted) and "no manifest" in event.message for event in house.events)


def test_no_crash_leaves_a_manifest_without_its_files(tmp_path: Path) -> None:
    at, died = 1, True
    while died:
        house = House(tmp_path / str(at))
        media = house.media("talk.mp4")
        died = house.run_until_killed(media, at=at, manifest=True)
        path = house.folder / "talk.captioner.json"
        if path.exists():
            for output in manifest(path)["outputs"]:
                assert hashlib.sha256((house.folder / output["name"]).read_bytes()).hexdigest() == output["sha256"]
        at += 1
    assert at > 10
