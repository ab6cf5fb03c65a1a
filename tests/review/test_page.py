"""The pages in a real browser: an editor's whole way, two windows, a killed server, keys, languages, accessibility."""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from captioner.check import CHECKS, check
from captioner.glossary import parse
from captioner.review.library import file_id
from captioner.review.server.security import Access
from captioner.style import load_style, style_names
from tests.check.cases import CASES
from tests.review.pages import IN_BROWSER, Opener, address, checked, retype, saved, text_of, until, violations
from tests.review.places import put_captions, read, running

pytestmark = IN_BROWSER


@pytest.mark.short
def test_from_doubtful_places_to_written_files(talk: Path, tmp_path: Path, opener: Opener) -> None:
    with running(talk / "talk.mp4", tmp_path / "cache") as server:
        page = checked(opener(address(server, "talk")))
        until(page, "document.getElementById('video').readyState > 0")
        left = int(page.locator("#doubts-left").inner_text())
        assert left >= 6
        for count in range(6):
            page.keyboard.press("d")
            if count % 2:
                page.keyboard.press("a")  # it is right
                saved(page)
            else:
                number = int(page.locator(".row.current").get_attribute("aria-posinset") or 0)
                retype(page, text_of(page, number).replace("the", "the very", 1) + " indeed")
        until(page, f"document.getElementById('doubts-left').textContent === '{left - 6}'")

        page.keyboard.press("Home")
        page.keyboard.press("m")
        saved(page)
        assert "Anna Reyes" in text_of(page, 1)
        page.keyboard.press("e")
        page.evaluate("document.querySelector('textarea').setSelectionRange(13, 13)")
        page.keyboard.press("Alt+Enter")
        saved(page)
        assert text_of(page, 1) == "Good evening,"

        page.keyboard.press("r")
        page.locator(".speakers input").first.fill("Anna Reyes")
        page.locator(".speakers input").first.press("Tab")
        saved(page)
        page.keyboard.press("Escape")
        page.keyboard.press("Control+s")
        page.wait_for_selector(".notice.written")
        for name in ("talk.srt", "talk.vtt", "talk.ass"):
            written = (talk / name).read_text()
            assert "Anna Reyes" in written
            assert written.count("indeed") == 3
        assert "Good evening,\n\n2\n" in (talk / "talk.srt").read_text()
        kept = read(talk / "talk.json")
        assert kept.revisions[-1].by == "kai"
        assert len([each for each in kept.corrections if "indeed" in (each.text or "")]) == 3


def test_a_click_on_a_word_goes_there_and_the_spoken_word_is_lit(talk: Path, tmp_path: Path, opener: Opener) -> None:
    with running(talk / "talk.mp4", tmp_path / "cache") as server:
        page = checked(opener(address(server, "talk") + "#c=4"))
        until(page, "document.getElementById('video').readyState > 0")
        word = page.locator(".row[aria-posinset='4'] .w").nth(2)
        word.click()
        until(page, "Math.abs(document.getElementById('video').currentTime - 8.953) < 0.1")
        page.wait_for_selector(".row[aria-posinset='4'] .w.lit")
        page.wait_for_selector("#overlay .w.lit")
        assert page.locator("#overlay").inner_text().startswith("Dr. Chen, is this")
        assert page.evaluate("location.hash") == "#c=4"
        page.keyboard.press("p")
        until(page, "!document.getElementById('video').paused")
        until(page, "document.getElementById('video').paused")  # it stops at the end of the caption
        assert page.evaluate("Math.abs(document.getElementById('video').currentTime - 12.13) < 0.6")


def start(file: Path, port: int, home: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "captioner", "review", str(file), "--no-browser", "--port", str(port)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(home)},
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_a_server_that_is_killed_while_one_types_loses_nothing(talk: Path, tmp_path: Path, opener: Opener) -> None:
    process, where = start(talk / "talk.json", 0, tmp_path)
    try:
        page = checked(opener(where))
        page.keyboard.press("Home")
        page.keyboard.press("j")
        retype(page, "I'm Hanna Reyes,")
        page.keyboard.press("j")
        page.keyboard.press("e")
        page.locator("textarea").press("End")
        with page.expect_response(
            lambda answer: "/drafts/" in answer.url and "from the Har" in (answer.request.post_data or "")
        ):
            page.keyboard.type(" from the Har")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    process, where = start(talk / "talk.json", 0, tmp_path)
    try:
        page = checked(opener(where))
        assert "Hanna" in text_of(page, 2)
        page.wait_for_selector("textarea")
        assert "from the Har" in page.locator("textarea").input_value()
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_an_open_window_goes_on_when_the_server_is_started_again(talk: Path, tmp_path: Path, opener: Opener) -> None:
    process, where = start(talk / "talk.json", 0, tmp_path)
    try:
        page = checked(opener(where))
        page.keyboard.press("Home")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    page.keyboard.press("e")
    page.locator("textarea").fill("Good morning,")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".notice.away")
    process, where = start(talk / "talk.json", int(where.split(":")[2].split("/")[0]), tmp_path)
    try:
        page.wait_for_selector("text=The server was started again")
        other = page.context.new_page()
        other.goto(where)
        saved(page)
        assert page.locator(".notice.away").count() == 0
        while not page.locator(".notice.held").count() + other.locator(".notice.held").count():
            page.wait_for_timeout(50)  # one of the two hears of the other, as before
        assert '"Good morning,"' in (talk / "talk.json").read_text()
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_the_second_window_is_told_and_can_take_over(talk: Path, tmp_path: Path, opener: Opener) -> None:
    with running(talk / "talk.json", tmp_path / "cache") as server:
        first = checked(opener(address(server, "talk")))
        until(first, "!document.body.classList.contains('looking')")
        second = checked(opener(address(server, "talk")))
        second.wait_for_selector(".notice.held button")
        first.keyboard.press("Home")
        retype(first, "Good morning,")
        until(second, "document.querySelector('.row .text').textContent.includes('Good morning')")
        second.keyboard.press("e")
        assert second.locator("textarea").count() == 0
        second.locator(".notice.held button").click()
        first.wait_for_selector(".notice.held")
        until(second, "!document.body.classList.contains('looking')")
        second.keyboard.press("Home")
        retype(second, "Good night,")
        until(first, "document.querySelector('.row .text').textContent.includes('Good night')")


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_two_texts_of_one_caption_are_shown_and_one_is_chosen(
    talk: Path, tmp_path: Path, opener: Opener, keep: str
) -> None:
    with running(talk / "talk.json", tmp_path / "cache") as server, server.client() as program:
        page = checked(opener(address(server, "talk")))
        page.keyboard.press("Home")
        page.keyboard.press("e")
        base = f"/api/v1/files/{server.id()}/captions"
        theirs = {"op": "text", "caption": 1, "lines": ["Good night,"]}
        etag = program.get(base).headers["ETag"]
        assert program.patch(base, json={"operations": [theirs]}, headers={"If-Match": etag}).status_code == 200
        until(page, "document.getElementById('undo').disabled === false")  # the window heard of it
        page.locator("textarea").fill("Good morning,")
        page.wait_for_selector("dialog[open] pre")
        assert page.locator("dialog pre").all_inner_texts() == ["Good night,", "Good morning,"]
        page.get_by_role("button", name="Keep mine" if keep == "mine" else "Take the other").click()
        saved(page)
        expected = {"mine": "Good morning,", "theirs": "Good night,"}[keep]
        until(page, f"document.querySelector('.row .text').textContent.startsWith('{expected}')")
        session = server.library.opened()[0]
        assert [line.text for line in session.document.rows[0].cue.lines] == [expected]


def test_a_file_that_changed_on_disk_is_shown(talk: Path, tmp_path: Path, opener: Opener) -> None:
    with running(talk / "talk.json", tmp_path / "cache") as server:
        page = checked(opener(address(server, "talk")))
        page.keyboard.press("Home")
        retype(page, "Good morning,")
        archive = talk / "talk.json"
        archive.write_text(archive.read_text().replace('"title": "talk"', '"title": "talk of today"'))
        page.wait_for_selector(".notice.disk button")
        page.locator(".notice.disk button").first.click()
        page.wait_for_selector(".notice.kept")
        assert len(list(talk.glob("talk.theirs-*.json"))) == 1
        assert "Good morning" in archive.read_text()


@pytest.mark.parametrize(("title", "old", "new"), [("zh", "欢迎收看", "欢迎观看"), ("ar", "نشرة", "برنامج")])
def test_chinese_and_arabic_are_edited(
    talk: Path, tmp_path: Path, opener: Opener, title: str, old: str, new: str
) -> None:
    with running(talk, tmp_path / "cache") as server:
        page = checked(opener(address(server, title)))
        page.locator("#language").click()
        assert page.locator("#undo").inner_text() == "撤销"
        before = text_of(page, 1)
        page.keyboard.press("Home")
        retype(page, before.replace(old, new))
        assert text_of(page, 1) == before.replace(old, new)
        direction = page.locator(".row .line").first.evaluate("(one) => getComputedStyle(one).direction")
        assert direction == ("rtl" if title == "ar" else "ltr")
        page.keyboard.press("Control+z")
        until(page, f"document.querySelector('.row .text').textContent.includes('{old}')")
        page.keyboard.press("Control+Shift+z")
        until(page, f"document.querySelector('.row .text').textContent.includes('{new}')")
        page.keyboard.press("Control+s")
        page.wait_for_selector(".notice.written")
        assert new in (talk / f"{title}.srt").read_text().replace("\u200f", "")


def test_find_replace_and_remember_by_keys(talk: Path, tmp_path: Path, opener: Opener) -> None:
    with running(talk / "talk.json", tmp_path / "cache") as server:
        page = checked(opener(address(server, "talk")))
        page.keyboard.press("/")
        page.keyboard.type("Chen")
        page.wait_for_selector(".places li")
        page.keyboard.press("Tab")
        page.keyboard.type("Chan")
        page.get_by_text("Replace all and remember").click()
        page.wait_for_selector("text=Remembered in glossary.toml")
        page.keyboard.press("Escape")
        saved(page)
        assert "Chen" not in " ".join(page.locator(".row .text").all_inner_texts())
        glossary = parse((talk / "glossary.toml").read_text(), "glossary.toml")
        assert [(term.text, term.heard) for term in glossary.terms] == [("Chan", ("Chen",))]
        page.keyboard.press("h")
        page.wait_for_selector(".compare del")
        assert "Chen" in page.locator(".compare del").first.inner_text()
        assert "Chan" in page.locator(".compare ins").first.inner_text()


@pytest.mark.short
def test_hostile_text_stays_text(talk: Path, tmp_path: Path, opener: Opener) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    with running(talk / "talk.json", tmp_path / "cache") as server:
        page = checked(opener(address(server, "talk")))
        page.on("dialog", lambda dialog: pytest.fail("a script of a caption ran"))
        page.keyboard.press("Home")
        retype(page, hostile)
        assert text_of(page, 1) == hostile
        assert page.locator("#list img, #list script, #overlay img").count() == 0
        page.keyboard.press("r")
        page.locator(".speakers input").first.fill("<b>x</b>")
        page.locator(".speakers input").first.press("Tab")
        saved(page)
        assert page.locator(".row b").count() == 0


LANGUAGES = [("en-GB", "en"), ("zh-CN", "zh")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("locale", "language"), LANGUAGES)
def test_nothing_is_found_by_axe(
    talk: Path, tmp_path: Path, opener: Opener, scheme: str, locale: str, language: str
) -> None:
    with running(talk, tmp_path / "cache") as server:
        page = opener(address(server), color_scheme=scheme, bypass_csp=True, locale=locale)
        page.wait_for_selector("#files a")
        assert page.evaluate("document.documentElement.lang") == language
        assert violations(page) == []
        page.get_by_role("link", name="talk", exact=True).click()
        checked(page)
        page.keyboard.press("f")
        page.wait_for_selector("#found li")
        assert violations(page) == []
        for key in "?/hrg":
            page.keyboard.press(key)
            page.wait_for_selector("dialog[open]")
            assert violations(page) == [], key
            page.keyboard.press("Escape")
        page.keyboard.press("e")
        page.locator("textarea").fill("A line that is far too long for any house style there is today")
        page.wait_for_selector(".typing li")
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.set_viewport_size({"width": 640, "height": 430})  # 1280 by 860 at 200 %
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("locale", "language"), LANGUAGES)
def test_nothing_is_found_by_axe_where_a_password_is_asked_for(
    talk: Path, tmp_path: Path, opener: Opener, scheme: str, locale: str, language: str
) -> None:
    access = Access(frozenset(), "", "correct horse battery")
    with running(talk, tmp_path / "cache", access) as server:
        page = opener(f"{server.url}/", color_scheme=scheme, bypass_csp=True, locale=locale)
        page.wait_for_selector("#password")
        assert page.evaluate("document.documentElement.lang") == language
        assert page.locator("button.primary").inner_text() == {"en": "Open", "zh": "打开"}[language]
        assert violations(page) == []
        page.keyboard.type("a wrong one")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]")
        assert violations(page) == []
        page.locator("#password").fill("correct horse battery")
        page.keyboard.press("Enter")
        page.wait_for_selector("#files a")


@pytest.mark.short
def test_the_list_shows_only_what_is_in_sight(tmp_path: Path, opener: Opener) -> None:
    from dataclasses import replace

    from captioner.model import Transcript
    from tests.captions.spoken import spoken

    said = spoken("interview-en", "after")
    step = said.duration_ms + 1000

    def later(number: int) -> list[object]:
        by = number * step
        return [
            replace(
                one,
                start_ms=one.start_ms + by,
                end_ms=one.end_ms + by,
                words=tuple(replace(w, start_ms=w.start_ms + by, end_ms=w.end_ms + by) for w in one.words),
            )
            for one in said.sentences
        ]

    sentences = tuple(one for number in range(40) for one in later(number))
    put_captions(tmp_path, transcript=Transcript(sentences, "en", step * 40))  # type: ignore[arg-type]
    with running(tmp_path / "talk.json", tmp_path / "cache") as server:
        page = checked(opener(address(server, "talk") + "#c=700"))
        total = int(page.locator(".row.current").get_attribute("aria-setsize") or 0)
        assert total > 800
        assert page.locator(".row.current").get_attribute("aria-posinset") == "700"
        assert page.locator(".row").count() < 60
        page.keyboard.press("End")
        page.wait_for_selector(f".row.current[aria-posinset='{total}']")
        assert page.locator(".row").count() < 60


def test_captions_stand_one_below_the_other_at_every_size(talk: Path, tmp_path: Path, opener: Opener) -> None:
    places = (
        "[...document.querySelectorAll('.row')].map((one) => one.getBoundingClientRect())"
        ".map(({ top, bottom }) => [top, bottom]).sort((one, other) => one[0] - other[0])"
        ".every(([top], index, all) => !index || Math.abs(top - all[index - 1][1]) < 1)"
    )
    with running(talk / "talk.json", tmp_path / "cache") as server:
        page = checked(opener(address(server, "talk")))
        for width, height in ((1280, 860), (820, 1180), (390, 844), (1180, 820), (640, 430)):
            page.set_viewport_size({"width": width, "height": height})
            until(page, places)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
            cut_off = "[...document.querySelectorAll('.transport button')].some((one) => one.offsetHeight < 24)"
            assert not page.evaluate(cut_off), width


def test_a_border_is_dragged_on_the_waveform_and_snaps_to_a_word(talk: Path, tmp_path: Path, opener: Opener) -> None:
    with running(talk / "talk.mp4", tmp_path / "cache") as server:
        page = checked(opener(address(server, "talk") + "#c=4"))
        page.keyboard.press("p")
        page.keyboard.press("Space")
        box = page.locator("#wave").bounding_box()
        assert box is not None
        # The canvas shows ten seconds, with the caption a quarter from its left; the third word begins at 8.956 s.
        caption = server.library.session(file_id("talk"))
        assert caption is not None
        row = caption.document.rows[3]
        word = row.cue.lines[0].words[2]
        page.keyboard.press("k")
        page.keyboard.press("j")
        shown_ms = float(page.evaluate("document.getElementById('video').currentTime")) * 1000
        assert shown_ms == pytest.approx(row.cue.start_ms, abs=60)
        start = float(page.evaluate("Number(document.getElementById('wave').dataset.start)"))

        def x(ms: float) -> float:
            return box["x"] + (ms - start) / 10_000 * box["width"]

        page.mouse.move(x(row.cue.start_ms), box["y"] + 60)
        page.mouse.down()
        page.mouse.move(x(word.start_ms) + 3, box["y"] + 60, steps=5)
        page.mouse.up()
        saved(page)
        assert caption.document.rows[3].cue.start_ms == word.start_ms
        page.keyboard.press("]")
        saved(page)
        assert caption.document.rows[3].cue.start_ms == pytest.approx(word.start_ms + 40, abs=21)


def test_every_text_of_the_interface_is_in_chinese_and_every_key_is_told(
    talk: Path, tmp_path: Path, opener: Opener
) -> None:
    with running(talk / "talk.json", tmp_path / "cache") as server:
        page = checked(opener(address(server, "talk")))
        strings = page.evaluate("import('/static/strings.js').then(({ en, zh }) => ({ en, zh }))")
        missing = set(strings["en"]) - set(strings["zh"])
        assert missing == set()
        rules = {key.removeprefix("rule.") for key in strings["zh"] if key.startswith("rule.")}
        assert set(CHECKS) - rules == set()
        used = page.evaluate("[...document.querySelectorAll('[data-t]')].map((one) => one.dataset.t)")
        used += page.evaluate("[...document.querySelectorAll('[data-tl]')].map((one) => one.dataset.tl)")
        for template in (resources.files("captioner.review.pages") / "templates").iterdir():
            used += re.findall(r'data-tl?="([^"]+)"', template.read_text(encoding="utf-8"))
        assert set(used) - set(strings["en"]) == set()
        told = page.evaluate("import('/static/keys.js').then(({ KEYS }) => KEYS.flatMap(([group, keys]) => keys))")
        assert {what for _, what in told} - set(strings["en"]) == set()
        names = {name for names, _ in told for name in names} - {"…"}
        page_of_docs = (Path(__file__).resolve().parents[2] / "docs" / "review.md").read_text(encoding="utf-8")
        assert [name for name in sorted(names) if f"`{name}`" not in page_of_docs] == []


def said_by_the_check() -> list[tuple[str, str]]:
    """Every message that the check has for the captions of its own cases, in every style."""
    found = set()
    for case in CASES.values():
        for name in {case.style, *style_names()} - {"numbers-on"}:
            known = {**case.known, **case.bad_known}
            found |= {(issue.rule, issue.message) for issue in check(case.bad, load_style(name), **known)}
    return sorted(found)


def test_every_finding_is_told_in_chinese(talk: Path, tmp_path: Path, opener: Opener) -> None:
    with running(talk / "talk.json", tmp_path / "cache") as server:
        page = checked(opener(address(server, "talk"), locale="zh-CN"))
        tables = page.evaluate("import('/static/findings.js').then(({ MESSAGES, ADVICE }) => ({ MESSAGES, ADVICE }))")
        assert set(tables["MESSAGES"]) == set(tables["ADVICE"]) == set(CHECKS)
        said = said_by_the_check()
        assert len({rule for rule, _ in said}) > 45
        in_chinese = page.evaluate(
            "(said) => Promise.all([import('/static/findings.js'), import('/static/i18n.js')])"
            ".then(([{ MESSAGES }, { chinese }]) => said.map(([rule, message]) =>"
            " chinese(message, MESSAGES[rule]) ?? null))",
            said,
        )
        assert [each for each, told in zip(said, in_chinese, strict=True) if told is None or "{" in told] == []
        assert page.locator("#doubts-left").inner_text() != "0"
        page.keyboard.press("d")
        page.wait_for_selector("#found li.doubt")
        assert not re.search(r"[A-Za-z]{3,} [a-z]{3,} [a-z]{3,}", page.locator("#found li.doubt p").inner_text())


def told_by_the_server() -> set[str]:
    """Refusals and notes of the editor with `{}` for each value, from the source; those for programs left out."""
    found = set()
    folder = Path(str(resources.files("captioner.review")))
    for path in (*folder.glob("*.py"), *(folder / "editing").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_raised = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("EditError", "NotHolder")
            is_noted = isinstance(node, ast.Call) and ast.unparse(node.func) == "self.notes.append"
            if (is_raised or is_noted) and node.args:
                found |= {holes for holes in with_holes(node.args[0]) if not holes.startswith(("“{}” has to", "“to”"))}
    return {each for each in found if "operation" not in each}


def with_holes(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)]
    return []


def test_what_the_server_tells_is_told_in_chinese(talk: Path, tmp_path: Path, opener: Opener) -> None:
    with running(talk / "talk.json", tmp_path / "cache") as server:
        page = checked(opener(address(server, "talk"), locale="zh-CN"))
        known = page.evaluate("import('/static/told.js').then(({ TOLD }) => TOLD.map(([one]) => one))")
        told = {each.replace("cannot be made again{}", "cannot be made again") for each in told_by_the_server()}
        assert len(told) > 20
        assert told - set(known) == set()
        page.keyboard.press("End")
        page.keyboard.press("m")
        page.wait_for_selector(".notice.refused")
        assert page.locator(".notice.refused span").inner_text() == "这是最后一条，没有可合并的字幕"


@pytest.mark.short
def test_single_keys_can_be_switched_off(talk: Path, tmp_path: Path, opener: Opener) -> None:
    with running(talk / "talk.json", tmp_path / "cache") as server:
        page = checked(opener(address(server, "talk")))
        page.keyboard.press("?")
        page.locator("dialog input[type=checkbox]").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("m")
        page.keyboard.press("ArrowDown")
        page.wait_for_selector(".row.current[aria-posinset='2']")
        assert server.library.opened()[0].document.revision == 0
