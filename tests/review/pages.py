"""Pages in a real browser: opened so that every fault in them is seen, waited for, and worked by keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from captioner.review.library import file_id
from tests.browser.chromium import browser as find_browser
from tests.review.places import Running

PROGRAM = find_browser() or ""
#: Marks of every test that needs the browser.
IN_BROWSER = [
    pytest.mark.process,
    pytest.mark.skipif(not PROGRAM, reason="no Chromium or Chrome on this machine"),
]
PATIENCE_MS = 60_000  # the machine may be busy with other tests


@contextmanager
def chromium_started() -> Iterator[Browser]:
    """The browser, without a screen."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=PROGRAM,
            args=["--no-sandbox", "--mute-audio", "--autoplay-policy=no-user-gesture-required"],
        )
        yield started
        started.close()


class Opener:
    """Opens pages, each in a context of its own.

    Attributes:
        faults: Scripts that failed, breaches of the page's policy, and requests to other hosts.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def __call__(self, address: str, **settings: object) -> Page:
        host = address.split("/")[2]
        chosen = {"viewport": {"width": 1280, "height": 860}, "locale": "en-GB", **settings}
        context = self._browser.new_context(**chosen)  # type: ignore[arg-type]
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        faults = self.faults
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        page.on("request", lambda request: faults.append(request.url) if host not in request.url else None)
        page.goto(address)
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def until(page: Page, expression: str) -> None:
    """Wait for an expression of JavaScript; the page's own policy forbids the way that Playwright has for it."""
    for _ in range(PATIENCE_MS // 30):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(30)
    pytest.fail(f"never true: {expression}")


def checked(page: Page) -> Page:
    """The page when captions and findings are there.

    Chromium drops requests when an interface of the machine comes or goes; then it is loaded again, as a person would.
    """
    dropped: list[str] = []
    page.on("requestfailed", lambda request: dropped.append(request.failure or ""))
    for _ in range(PATIENCE_MS // 50):
        if page.evaluate("document.documentElement.dataset.ready") == "checked":
            return page
        page.wait_for_timeout(50)
        if "net::ERR_NETWORK_CHANGED" in dropped or page.evaluate(
            "!window.captionerStarted && performance.now() > 9e3"
        ):
            dropped.clear()
            page.reload()
    pytest.fail("the page was never ready")


def saved(page: Page) -> None:
    """Wait until everything is answered."""
    until(page, "document.getElementById('saved').textContent.match(/^(Saved|已保存)$/)")


def text_of(page: Page, number: int) -> str:
    """Text of a caption in the list."""
    return page.locator(f".row[aria-posinset='{number}'] .text").inner_text()


def choose(page: Page, number: int) -> None:
    """Go to a caption by its number."""
    page.keyboard.press("g")
    page.locator("#asked").fill(str(number))
    page.keyboard.press("Enter")
    page.wait_for_selector(f".row.current[aria-posinset='{number}']")
    until(page, "!document.getElementById('dialog').open")


def press(page: Page, *keys: str) -> None:
    """Press keys, and wait after each until the change is answered."""
    for key in keys:
        page.keyboard.press(key)
        saved(page)


def retype(page: Page, text: str) -> None:
    """Edit the selected caption by keys alone."""
    page.keyboard.press("e")
    page.locator("textarea").fill(text)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Escape")
    saved(page)


def address(server: Running, title: str = "") -> str:
    """Address of a file, or of the folder, with the token."""
    path = f"/files/{file_id(title)}" if title else "/"
    return f"{server.url}{path}?token={server.access.token}"


def violations(page: Page) -> list[str]:
    """What axe-core finds in the page as it is."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]
