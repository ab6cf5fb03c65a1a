"""The page is one file, says everything, fetches nothing, and cannot be broken by what it shows."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from captioner import style
from captioner.check import check, rates
from captioner.check.context import measure_cues
from captioner.check.report.html import render_report
from captioner.check.review_priority import MOST, review_items
from captioner.formats import CaptionFile
from captioner.media import describe
from captioner.model import Cue
from tests.check.cases import TALK, cue

FIXTURES = Path(__file__).parents[2] / "fixtures"
HOSTILE = '</script><script>alert("x")</script><img src=x onerror=alert(1)> & "quotes"'
NETFLIX = style.load_style("netflix")


class Page(HTMLParser):
    """Tags, identifiers and links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.events: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.add(value or "")
            if name in ("href", "src"):
                self.links.append(value or "")
            if name.startswith("on"):
                self.events.append(name)


def made(cues: tuple[Cue, ...], name: str = "talk.srt") -> str:
    issues = check(cues, NETFLIX, transcript=TALK)
    return render_report(
        CaptionFile(cues, name=name, format="srt"), NETFLIX, issues, rates(cues, NETFLIX, TALK), transcript=TALK
    )


def test_the_page_holds_everything_and_fetches_nothing() -> None:
    text = made((cue(0, 500, "Good  evening and welcome..."), cue(1000, 3000, "Thank you.")))
    page = Page(text)
    assert page.links
    assert all(link.startswith(("#", "data:")) for link in page.links)
    assert {link[1:] for link in page.links if link.startswith("#")} <= page.ids
    assert not re.search(r"https?://|@import|url\(", text)
    assert page.tags.count("script") == page.tags.count("style") == page.tags.count("svg") == 1
    assert "Content-Security-Policy" in text


def test_what_a_file_says_is_shown_and_never_run() -> None:
    text = made((cue(0, 300, HOSTILE), cue(1000, 3000, HOSTILE)), name='"><script>x.srt')
    page = Page(text)
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert page.events == []
    assert "&lt;img src=x onerror" in text


def test_each_flagged_caption_tells_rule_measure_limit_and_advice() -> None:
    text = made((cue(0, 500, "Good evening."), cue(4000, 6000, "Thank you.")))
    assert "T04 minimum duration" in text
    assert "measured 500, limit 833" in text
    assert "let it stay longer" in text
    assert "captioner check --fix: time to read: ends 333 ms later" in text


def test_the_same_input_is_the_same_page() -> None:
    cues = (cue(0, 500, "Good evening."),)
    assert made(cues) == made(cues)


def test_no_captions_are_a_page_too() -> None:
    page = Page(made(()))
    assert "article" not in page.tags


@pytest.mark.integration
def test_flagged_places_are_heard_when_the_media_is_given() -> None:
    cues = (cue(5000, 5400, "Good evening."), cue(20_000, 22_000, "In 1975 we paid 25 dollars."))
    media = describe(FIXTURES / "interview-en.mp4")
    issues = check(cues, NETFLIX, media=media)
    text = render_report(
        CaptionFile(cues, name="talk.srt", format="srt"), NETFLIX, issues, rates(cues, NETFLIX), media=media
    )
    sounds = [link for link in Page(text).links if link.startswith("data:audio/mpeg;base64,")]
    assert len(sounds) == 3  # a flagged caption, and one worth hearing that is flagged too
    assert all(3000 < len(sound) < 40_000 for sound in sounds)


def test_places_worth_hearing_are_ranked_and_capped() -> None:
    cues = tuple(cue(n * 3000, n * 3000 + 2900, f"Then Mr. Smith{n} paid {n} dollars in 1975.") for n in range(40))
    plain = cue(130_000, 132_000, "and that was all there was to it.")
    seen = measure_cues((*cues, plain), NETFLIX, language="en")
    best = review_items(seen, check((*cues, plain), NETFLIX))
    assert len(best) == MOST
    assert [place.score for place in best] == sorted((place.score for place in best), reverse=True)
    assert 40 not in [place.cue for place in best]
    assert any("numbers: " in reason for reason in best[0].reasons)


def test_a_difference_from_the_transcript_is_heard_first() -> None:
    cues = (cue(1000, 2000, "Good evening"), cue(2000, 3000, "and something else"), cue(4000, 6000, "In 1975 or 1976"))
    issues = check(cues, NETFLIX, transcript=TALK)
    best = review_items(measure_cues(cues, NETFLIX, transcript=TALK), issues)
    assert "differs" in best[0].reasons[0]
