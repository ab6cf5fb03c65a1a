"""Every action of an editor in a real browser, on English, Chinese and Arabic: one page for each language.

After each test everything is taken back by the undo of the page, so that the next one finds the captions as they were.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from captioner.archive import dump_bytes
from captioner.model import Cue
from captioner.review.edit_session import Session
from captioner.review.editing.changes import Row
from captioner.style import load_style
from tests.review.conftest import put_talks
from tests.review.pages import IN_BROWSER, Opener, address, checked, choose, press, retype, saved, text_of, until
from tests.review.places import put_captions, read, running

pytestmark = IN_BROWSER
FRAME_MS = 40  # the fixtures have 25 frames a second
NEW_TEXT = {"talk": "[applause]", "zh": "（掌声）", "ar": "(تصفيق)"}


@dataclass(frozen=True)
class Desk:
    """The page of a file, and the file as the server has it."""

    page: Page
    session: Session
    title: str

    @property
    def rows(self) -> list[Row]:
        return self.session.document.rows

    def cue(self, number: int) -> Cue:
        """A caption by its number in the list, from 1."""
        return self.rows[number - 1].cue

    @property
    def texts(self) -> list[list[str]]:
        return [[line.text for line in row.cue.lines] for row in self.rows]

    def first(self, *, lines: int = 1, voices: int = 1) -> int:
        """Number of the first caption with at least so many lines, whose neighbour is of the same voice or another."""
        for number in range(1, len(self.rows)):
            own, after = self.cue(number), self.cue(number + 1)
            if len(own.lines) >= lines and (own.speaker == after.speaker) == (voices == 1):
                return number
        raise AssertionError("the fixture has no such caption")

    def colours(self) -> dict[str, str]:
        """Colour of each speaker as the page shows it over the picture, by id."""
        return {
            str(each["id"]): str(each["colour"])
            for each in self.page.evaluate(f"fetch('/api/v1/files/{self.session.id}').then((one) => one.json())")[
                "speakers"
            ]
        }


def words(cue: Cue) -> list[tuple[str, int, int]]:
    """Words of a caption with their times."""
    return [(word.text.strip(), word.start_ms, word.end_ms) for line in cue.lines for word in line.words]


@pytest.fixture(scope="module", params=["talk", "zh", "ar"])
def page_of_a_language(
    request: pytest.FixtureRequest, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Desk, Opener]]:
    folder = tmp_path_factory.mktemp("editing")
    opener = Opener(chromium)
    with running(put_talks(folder / "talks"), folder / "cache") as server:
        page = checked(opener(address(server, request.param)))
        until(page, "!document.body.classList.contains('looking')")
        yield Desk(page, server.library.opened()[0], request.param), opener
        opener.close()


@pytest.fixture
def desk(page_of_a_language: tuple[Desk, Opener]) -> Iterator[Desk]:
    """The page with the captions as they were made; what a test does is taken back by the page, step by step."""
    found, opener = page_of_a_language
    before = [row.cue for row in found.rows], list(found.session.document.corrections)
    choose(found.page, 1)
    yield found
    steps = len(found.session.document.done)
    press(found.page, *["Control+z"] * steps)
    assert found.page.locator("#undo").is_disabled()
    assert ([row.cue for row in found.rows], list(found.session.document.corrections)) == before
    assert opener.faults == []


def test_words_move_to_the_next_caption_and_back(desk: Desk) -> None:
    number = desk.first(lines=2)
    before, after = words(desk.cue(number)), words(desk.cue(number + 1))
    choose(desk.page, number)
    press(desk.page, "Alt+ArrowRight")
    assert words(desk.cue(number)) == before[:-1]
    assert words(desk.cue(number + 1)) == [before[-1], *after]
    assert desk.cue(number).end_ms <= desk.cue(number + 1).start_ms == before[-1][1]
    assert text_of(desk.page, number + 1).startswith(before[-1][0].rstrip("，"))
    choose(desk.page, number + 1)
    press(desk.page, "Alt+ArrowLeft")
    assert (words(desk.cue(number)), words(desk.cue(number + 1))) == (before, after)
    desk.page.locator("#word-previous").click()
    saved(desk.page)
    assert words(desk.cue(number)) == [*before, after[0]]
    choose(desk.page, number)
    desk.page.locator("#word-next").click()
    saved(desk.page)
    assert (words(desk.cue(number)), words(desk.cue(number + 1))) == (before, after)


def test_words_move_between_the_lines_of_a_caption(desk: Desk) -> None:
    number = desk.first(lines=2)
    upper, lower = (list(line.words) for line in desk.cue(number).lines)
    texts = desk.texts[number - 1]
    choose(desk.page, number)
    press(desk.page, "Alt+ArrowDown")
    assert [len(line.words) for line in desk.cue(number).lines] == [len(upper) - 1, len(lower) + 1]
    assert text_of(desk.page, number).split("\n")[1] == desk.cue(number).lines[1].text
    assert "".join(desk.texts[number - 1]).replace(" ", "") == "".join(texts).replace(" ", "")
    press(desk.page, "Alt+ArrowUp")
    assert desk.texts[number - 1] == texts
    press(desk.page, "Alt+ArrowUp")
    assert [len(line.words) for line in desk.cue(number).lines] == [len(upper) + 1, len(lower) - 1]


def test_borders_move_by_a_frame(desk: Desk) -> None:
    choose(desk.page, 2)
    was = desk.cue(2)

    def near(ms: int) -> object:
        return pytest.approx(ms, abs=FRAME_MS / 2 + 1)  # to the frame

    press(desk.page, "[")
    assert (desk.cue(2).start_ms, desk.cue(2).end_ms) == (near(was.start_ms - FRAME_MS), was.end_ms)
    first = desk.cue(2).start_ms
    assert first % FRAME_MS == 0
    press(desk.page, "]", "]")
    assert desk.cue(2).start_ms == first + 2 * FRAME_MS
    press(desk.page, "{")
    assert desk.cue(2).end_ms == near(was.end_ms - FRAME_MS)
    last = desk.cue(2).end_ms
    press(desk.page, "}", "}", "}")
    assert desk.cue(2).end_ms == last + 3 * FRAME_MS
    assert words(desk.cue(2)) == words(was)
    until(desk.page, f"document.getElementById('end').value.endsWith('.{desk.cue(2).end_ms % 1000:03d}')")
    for _ in range(4):
        desk.page.keyboard.press("{")  # a key that is held does not wait for answers
    saved(desk.page)
    assert desk.cue(2).end_ms == last - FRAME_MS
    start_ms, end_ms = desk.cue(2).start_ms, desk.cue(2).end_ms
    for button in ("start-later", "start-later", "start-earlier", "end-later", "end-later", "end-earlier"):
        desk.page.locator(f"#{button}").click()
    saved(desk.page)
    assert (desk.cue(2).start_ms, desk.cue(2).end_ms) == (start_ms + FRAME_MS, end_ms + FRAME_MS)
    desk.page.locator("#end").fill("0:00:09.5")
    desk.page.locator("#end").press("Enter")
    saved(desk.page)
    assert desk.cue(2).end_ms == 9500


def test_a_caption_is_split_at_the_cursor_and_at_the_playing_word_and_merged(desk: Desk) -> None:
    number = desk.first(lines=2)
    before, count = desk.texts, len(desk.rows)
    choose(desk.page, number)
    desk.page.keyboard.press("e")
    head = before[number - 1][0]
    desk.page.evaluate(f"document.querySelector('textarea').setSelectionRange({len(head)}, {len(head)})")
    desk.page.keyboard.press("Alt+Enter")
    saved(desk.page)
    assert desk.texts[number - 1 : number + 1] == [[head], before[number - 1][1:]]
    assert desk.cue(number + 1).start_ms == words(desk.cue(number + 1))[0][1]
    choose(desk.page, number)
    press(desk.page, "m")
    assert "".join(desk.texts[number - 1]).replace(" ", "") == "".join(before[number - 1]).replace(" ", "")
    assert len(desk.rows) == count
    word = words(desk.cue(number))[2]
    seconds = (word[1] + 20) / 1000
    desk.page.evaluate(
        "([word, own]) => { const row = document.querySelector(`.row[aria-posinset='${own}']`);"
        " row.querySelectorAll('.w')[word].click(); }",
        [2, number],
    )
    press(desk.page, "s")
    assert words(desk.cue(number + 1))[0][0] == word[0], seconds
    assert len(desk.rows) == count + 1


def test_a_caption_is_added_in_a_gap_and_removed(desk: Desk) -> None:
    count, first = len(desk.rows), desk.cue(1)
    desk.page.keyboard.press("ArrowLeft")  # to the begin of the programme
    desk.page.keyboard.press("i")
    desk.page.locator("#asked").fill(NEW_TEXT[desk.title])
    desk.page.keyboard.press("Enter")
    until(desk.page, f"document.querySelectorAll('.row')[0].ariaSetSize === '{count + 1}'")
    assert desk.texts[0] == [NEW_TEXT[desk.title]]
    assert 0 <= desk.cue(1).start_ms < desk.cue(1).end_ms <= first.start_ms
    choose(desk.page, 1)
    assert text_of(desk.page, 1) == NEW_TEXT[desk.title]
    press(desk.page, "Delete")
    assert desk.cue(1) == first
    choose(desk.page, 2)
    desk.page.keyboard.press("i")
    until(desk.page, "document.getElementById('status').textContent.match(/caption at this place|此处已有/)")
    assert not desk.page.evaluate("document.getElementById('dialog').open")
    desk.page.locator("#remove").click()
    saved(desk.page)
    assert len(desk.rows) == count - 1


def test_text_is_corrected_and_runs_in_its_direction(desk: Desk) -> None:
    direction = "rtl" if desk.title == "ar" else "ltr"
    row = desk.page.locator(".row[aria-posinset='1'] .line").first
    assert row.evaluate("(one) => getComputedStyle(one).direction") == direction
    assert desk.page.locator("#overlay .shown").first.evaluate("(one) => getComputedStyle(one).direction") == direction
    desk.page.keyboard.press("e")
    assert desk.page.locator("textarea").evaluate("(one) => getComputedStyle(one).direction") == direction
    desk.page.keyboard.press("Escape")
    if direction == "rtl":  # also where a line begins with Latin letters
        retype(desk.page, f"BBC {desk.texts[0][0]}\n{desk.texts[0][1]}")
        assert row.evaluate("(one) => getComputedStyle(one).direction") == direction
        shown = desk.page.locator("#overlay .shown").first
        assert shown.evaluate("(one) => getComputedStyle(one).direction") == direction
        press(desk.page, "Control+z")
        choose(desk.page, 1)
    before = words(desk.cue(1))
    kept, line = desk.texts[0][1], desk.cue(1).lines[1].words
    retype(desk.page, f"{NEW_TEXT[desk.title]}\n{kept}")
    assert desk.texts[0] == [NEW_TEXT[desk.title], kept]
    own = desk.cue(1).lines[1].words  # Chinese words may be joined; the others are the same, all at the times they had
    assert (own[0].start_ms, own[-1].end_ms) == (line[0].start_ms, line[-1].end_ms)
    assert {word.start_ms for word in own} <= {word.start_ms for word in line}
    press(desk.page, "Control+z")
    assert words(desk.cue(1)) == before
    press(desk.page, "Control+Shift+z")
    assert desk.texts[0] == [NEW_TEXT[desk.title], kept]


def test_this_caption_is_given_to_another_speaker(desk: Desk) -> None:
    number = desk.first()
    voice = desk.cue(number).lines[0].speaker
    other = next(key for key in desk.session.document.speakers() if key != voice)
    digit = list(desk.session.document.speakers()).index(other) + 1
    later = [row.cue.speaker for row in desk.rows[number:]]
    choose(desk.page, number)
    press(desk.page, str(digit))
    assert {line.speaker for line in desk.cue(number).lines} == {other}
    assert [row.cue.speaker for row in desk.rows[number:]] == later
    shown = desk.page.locator("#overlay .shown > span").first.evaluate("(one) => getComputedStyle(one).color")
    assert shown == rgb(desk.colours()[other])
    assert desk.page.locator("#voice").input_value() == other
    desk.page.locator("#voice").select_option(str(voice))
    saved(desk.page)
    assert desk.cue(number).lines[0].speaker == voice


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"


def test_all_later_captions_of_a_voice_are_given_to_another_speaker(desk: Desk) -> None:
    voice = desk.cue(1).lines[0].speaker
    names = list(desk.session.document.speakers())
    other = next(key for key in names if key != voice)
    press(desk.page, f"Shift+Digit{names.index(other) + 1}")
    assert {line.speaker for row in desk.rows for line in row.cue.lines} == {other}
    press(desk.page, "Control+z")
    desk.page.keyboard.press("r")
    line = desk.page.locator(".speakers tr").nth(names.index(other))
    line.locator("button").nth(1).click()  # from here on
    saved(desk.page)
    assert {line.speaker for row in desk.rows for line in row.cue.lines} == {other}
    press(desk.page, "Control+z")
    desk.page.keyboard.press("r")
    desk.page.locator("dialog .buttons button").nth(1).click()  # a new speaker
    desk.page.locator("#asked").fill(NEW_TEXT[desk.title])
    desk.page.keyboard.press("Enter")
    until(desk.page, f"document.getElementById('voice').selectedOptions[0].textContent === '{NEW_TEXT[desk.title]}'")
    saved(desk.page)
    assert NEW_TEXT[desk.title] in desk.session.document.speakers().values()


def test_a_caption_of_two_voices_is_split_where_the_voice_changes(desk: Desk) -> None:
    number = desk.first(voices=2)
    one, other = words(desk.cue(number)), words(desk.cue(number + 1))
    voices = desk.cue(number).speaker, desk.cue(number + 1).speaker
    choose(desk.page, number)
    press(desk.page, "m")
    assert len({line.speaker for line in desk.cue(number).lines}) == 2
    colours = desk.page.locator(f".row[aria-posinset='{number}'] .line .dot").evaluate_all(
        "(dots) => dots.map((dot) => getComputedStyle(dot).backgroundColor)"
    )
    assert colours == [rgb(desk.colours()[str(voice)]) for voice in voices]
    press(desk.page, "v")
    assert (words(desk.cue(number)), words(desk.cue(number + 1))) == (one, other)
    assert (desk.cue(number).speaker, desk.cue(number + 1).speaker) == voices
    desk.page.keyboard.press("v")  # one voice speaks it now: that is said
    desk.page.wait_for_selector(".notice.refused")
    desk.page.locator(".notice.refused button").click()


def test_a_finding_is_shown_while_one_types_and_accepted_with_a_reason(desk: Desk) -> None:
    choose(desk.page, 2)
    long = " ".join(
        lines[0] for lines in desk.texts[1:6]
    )  # one that repeats itself is found out later, by the whole check
    desk.page.keyboard.press("e")
    desk.page.locator("textarea").fill(long)
    until(desk.page, f"document.getElementById('overlay').innerText.includes({json.dumps(long)})")
    desk.page.wait_for_selector(".row.current .typing li")
    desk.page.keyboard.press("Control+Enter")
    desk.page.keyboard.press("Escape")
    saved(desk.page)
    choose(desk.page, 1)
    desk.page.keyboard.press("f")
    desk.page.wait_for_selector(".row.current[aria-posinset='2'] .badge.error, .row.current .badge.warning")
    number = int(desk.page.locator(".row.current").get_attribute("aria-posinset") or 0)
    left = int(desk.page.locator("#findings-left").inner_text())
    if desk.page.locator("#found li.doubt").count():
        press(desk.page, "a")
        choose(desk.page, number)
    desk.page.keyboard.press("a")
    desk.page.locator("#asked").fill("as it was said")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector("#found li.accepted")
    saved(desk.page)
    assert int(desk.page.locator("#findings-left").inner_text()) == left - 1
    assert "as it was said" in desk.session.document.marks.accepted.values()
    desk.page.locator("#found li.accepted button").click()
    saved(desk.page)
    assert int(desk.page.locator("#findings-left").inner_text()) == left
    desk.page.keyboard.press("Shift+F")
    desk.page.keyboard.press("f")
    desk.page.wait_for_selector(f".row.current[aria-posinset='{number}']")


def test_what_can_be_fixed_is_fixed(desk: Desk) -> None:
    choose(desk.page, 2)
    desk.page.locator("#end").fill(f"0:00:{(desk.cue(3).start_ms + 300) / 1000:.3f}")  # into the next caption
    desk.page.locator("#end").press("Enter")
    saved(desk.page)
    desk.page.wait_for_selector("#found li.error")
    press(desk.page, "x")
    assert desk.cue(2).end_ms <= desk.cue(3).start_ms
    until(desk.page, "!document.querySelector('#found li.error')")


def test_the_file_is_marked_as_proofed(desk: Desk) -> None:
    desk.page.locator("#proofed").click()
    saved(desk.page)
    assert desk.page.locator("#proofed").get_attribute("aria-pressed") == "true"
    assert desk.session.document.marks.proofed.startswith("kai ")
    desk.page.locator("#proofed").click()
    saved(desk.page)
    assert desk.session.document.marks.proofed == ""


def test_speeds_from_half_to_double_by_keys(desk: Desk) -> None:
    rate = "document.getElementById('video').playbackRate"
    found = []
    for key in "<<<>>>>>>":
        desk.page.keyboard.press(key)
        found.append(desk.page.evaluate(rate))
    assert found == [0.75, 0.5, 0.5, 0.75, 1, 1.25, 1.5, 2, 2]
    desk.page.locator("#speed").select_option("1")
    assert desk.page.evaluate(rate) == 1


def test_a_caption_is_heard_whole_its_last_second_and_from_the_one_before(desk: Desk) -> None:
    page = desk.page
    until(page, "document.getElementById('video').readyState > 0")
    seconds = "document.getElementById('video').currentTime"
    for key, first in (("p", desk.cue(4).start_ms), ("P", desk.cue(4).end_ms - 1000), ("o", desk.cue(3).start_ms)):
        choose(page, 4)
        page.evaluate("window.begun = null; document.getElementById('video').addEventListener('play',"
                      f" () => {{ window.begun = {seconds}; }}, {{ once: true }})")  # fmt: skip
        page.locator("#speed").select_option("2")
        page.keyboard.press(key)
        until(page, "window.begun !== null")
        assert page.evaluate("window.begun") * 1000 == pytest.approx(first, abs=60), key
        until(page, "document.getElementById('video').paused")
        assert page.evaluate(seconds) * 1000 == pytest.approx(desk.cue(4).end_ms, abs=600), key
    page.locator("#speed").select_option("1")
    page.evaluate(f"window.at = {seconds}")
    page.keyboard.press(".")
    until(page, f"Math.abs({seconds} - window.at - 0.04) < 0.011")
    page.keyboard.press(",")
    until(page, f"Math.abs({seconds} - window.at) < 0.011")
    page.keyboard.press("Space")
    until(page, "!document.getElementById('video').paused")
    page.keyboard.press("Space")
    until(page, "document.getElementById('video').paused")


@pytest.mark.parametrize("title", ["talk", "zh", "ar"])
def test_captions_are_laid_out_again_from_here_but_for_pinned_ones(opener: Opener, tmp_path: Path, title: str) -> None:
    folder = put_talks(tmp_path / "talks")
    usual = read(folder / f"{title}.json")
    spoken_there = usual.transcript
    narrow = replace(load_style("web-default"), max_columns=16, languages={})
    put_captions(tmp_path / "narrow", title, transcript=spoken_there, style=narrow)
    cues = read(tmp_path / "narrow" / f"{title}.json").cues
    (folder / f"{title}.json").write_bytes(dump_bytes(replace(usual, cues=cues, pinned=(4,), files={})))
    with running(folder, tmp_path / "cache") as server:
        page = checked(opener(address(server, title)))
        desk = Desk(page, server.library.opened()[0], title)
        first, pinned = desk.texts[:2], desk.cue(5)
        choose(page, 3)
        press(page, "Shift+L")
        assert len(desk.rows) < len(cues) * 0.7
        assert desk.texts[:2] == first
        assert pinned in [row.cue for row in desk.rows]
        assert page.locator(".row").first.get_attribute("aria-setsize") == str(len(desk.rows))
        press(page, "Control+z")
        assert [row.cue for row in desk.rows] == list(cues)
        page.locator("#relayout").click()
        saved(page)
        assert len(desk.rows) < len(cues)
