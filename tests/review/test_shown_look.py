"""The look of the captions as the page draws it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from captioner.formats.palette import speaker_colour
from captioner.look import load_look, look_names
from captioner.review.shown_look import look_json, look_of
from captioner.style import load_style
from tests.review.pages import IN_BROWSER, Opener, address, checked, choose, until
from tests.review.places import opened, put_captions, running


@pytest.mark.integration
@pytest.mark.parametrize("name", look_names())
def test_every_look_is_told_in_plain_values(tmp_path: Path, name: str) -> None:
    session = opened(put_captions(tmp_path, look=load_look(name)))
    told = session.summary()["look"]
    assert json.loads(json.dumps(told)) == told
    assert (told["name"], told["size"]) == (name, load_look(name).for_picture(640, 360).size)
    assert told["fonts"].endswith(", sans-serif")
    colours = [each["colour"] for each in session.summary()["speakers"]]
    own = load_look(name).speaker_colours
    assert colours == list(own[:2] or (speaker_colour(0), speaker_colour(1)))


def test_the_look_of_the_style_counts_where_none_is_asked_for(tmp_path: Path) -> None:
    style = replace(load_style("web-default"), look=load_look("documentary"))
    document = opened(put_captions(tmp_path, style=style)).document
    look = look_of(document)
    assert look is not None
    assert look.colour == load_look("documentary").colour
    assert look_json(look_of(opened(put_captions(tmp_path, "plain")).document), "en") is None


def test_colours_of_speakers_are_those_of_the_style(tmp_path: Path) -> None:
    style = replace(load_style("web-default"), colours=("#00FFFF", "#00FF00"))
    session = opened(put_captions(tmp_path, style=style))
    assert [each["colour"] for each in session.summary()["speakers"]] == ["#00FFFF", "#00FF00"]


def look_in(page: object, element: str, key: str) -> str:
    return page.locator(element).first.evaluate(f"(one) => getComputedStyle(one).{key}")  # type: ignore[attr-defined]


class TestInTheBrowser:
    pytestmark = IN_BROWSER

    def test_captions_are_drawn_as_the_look_has_them(self, talk: Path, tmp_path: Path, opener: Opener) -> None:
        for name in ("broadcast-box", "news-lower", "shorts-bold"):
            put_captions(talk, name, look=load_look(name))
            (talk / f"{name}.mp4").symlink_to(talk / "talk.mp4")
        with running(talk, tmp_path / "cache") as server:
            page = checked(opener(address(server, "broadcast-box")))
            until(page, "document.getElementById('video').videoWidth > 0")
            choose(page, 5)  # of the second speaker
            assert look_in(page, ".shown > span", "color") == "rgb(255, 255, 0)"
            assert look_in(page, ".shown > span", "backgroundColor") == "rgb(0, 0, 0)"
            height = page.locator("#frame").bounding_box()["height"]  # type: ignore[index]
            assert float(look_in(page, "#overlay", "fontSize")[:-2]) == pytest.approx(height * 0.053, abs=0.6)
            assert float(look_in(page, "#overlay", "bottom")[:-2]) == pytest.approx(height * 0.05, abs=1)
            picture, frame = page.locator("#video").bounding_box(), page.locator("#frame").bounding_box()
            assert picture is not None
            assert frame is not None
            assert frame["width"] / frame["height"] == pytest.approx(640 / 360, abs=0.02)  # without the bars
            assert frame["y"] >= picture["y"] - 1
            page = checked(opener(address(server, "news-lower")))
            until(page, "document.getElementById('video').videoWidth > 0")
            choose(page, 5)
            assert look_in(page, "#overlay", "textAlign") == "left"
            assert look_in(page, ".block", "backgroundColor").startswith("rgba(11, 27, 51")
            assert look_in(page, ".shown > span", "color") == "rgb(255, 255, 255)"  # one colour for all speakers
            page = checked(opener(address(server, "shorts-bold")))
            until(page, "document.getElementById('video').videoWidth > 0")
            choose(page, 4)
            page.locator(".row[aria-posinset='4'] .w").nth(2).click()
            page.wait_for_selector("#overlay .w.lit")
            assert look_in(page, "#overlay .w.lit", "color") == "rgb(255, 230, 0)"
            assert look_in(page, "#overlay", "textTransform") == "uppercase"
            assert page.locator("#overlay .w.past").count() == 2
