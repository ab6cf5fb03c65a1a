"""The page of a folder in a real browser: filters, the next file, and what a batch does while it is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner.review.library import file_id
from tests.review.ledgers import put_jobs
from tests.review.pages import IN_BROWSER, Opener, address, checked, saved, until
from tests.review.places import put_captions, running

pytestmark = IN_BROWSER


def titles(page: object) -> list[str]:
    return page.locator("#files th").all_inner_texts()  # type: ignore[attr-defined]


@pytest.mark.short
def test_open_next_goes_to_the_file_with_most_to_do(talk: Path, tmp_path: Path, opener: Opener) -> None:
    with running(talk, tmp_path / "cache") as server:
        page = opener(address(server))
        until(page, "[...document.querySelectorAll('#files tr')].length === 3")
        until(page, "[...document.querySelectorAll('#files tr td:nth-child(5)')].every((one) => one.textContent)")
        left = {
            row.locator("th").inner_text(): int(row.locator("td").nth(3).inner_text() or 0)
            + int(row.locator("td").nth(4).inner_text() or 0)
            for row in page.locator("#files tr").all()
        }
        with page.expect_navigation():
            page.locator("#next").click()
        checked(page)
        most = max(left, key=lambda title: left[title])
        assert page.url.split("#")[0].endswith(file_id(most))
        page.locator("#proofed").click()
        saved(page)
        page.locator(".back").click()
        page.wait_for_selector(".state.proofed")
        with page.expect_navigation():
            page.keyboard.press("n")
        checked(page)
        assert not page.url.split("#")[0].endswith(file_id(most))


def test_files_are_filtered_by_name_and_state(talk: Path, tmp_path: Path, opener: Opener) -> None:
    put_jobs(talk, {talk / "tuesday.mp4": "waiting", talk / "wednesday.mp4": "rejected"})
    with running(talk, tmp_path / "cache", ledger=talk / ".captioner" / "ledger.sqlite") as server:
        page = opener(address(server))
        until(page, "document.querySelectorAll('#files tr').length === 5")
        page.locator("#name").fill("DAY")
        assert titles(page) == ["tuesday.mp4", "wednesday.mp4"]
        page.locator("#name").fill("nothing of that name")
        assert page.locator("#none").is_visible()
        page.locator("#name").fill("")
        for choice, expected in (
            ("open", ["ar", "talk", "zh"]),
            ("work", ["tuesday.mp4"]),
            ("failed", ["wednesday.mp4"]),
            ("proofed", []),
        ):
            page.locator("#show").select_option(choice)
            assert titles(page) == expected, choice
        assert "no speech" not in page.locator("#files").inner_text()
        page.locator("#show").select_option("all")
        assert "no speech" in page.locator("#files").inner_text()
        put_captions(talk, "later")
        page.wait_for_selector("text=later")
        (talk / "later.json").unlink()
        until(page, "document.querySelectorAll('#files tr').length === 5")


def test_a_folder_without_captions_and_a_file_that_cannot_be_read_are_told(tmp_path: Path, opener: Opener) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    with running(folder, tmp_path / "cache") as server:
        page = opener(address(server))
        page.wait_for_selector("text=There are no captions here yet")
        archive = put_captions(folder)
        page.wait_for_selector("#files a")
        archive.write_text(archive.read_text()[:4000])
        page.wait_for_selector(".state.broken")
        assert str(folder) not in page.locator("#files").inner_text()
        with page.expect_navigation():
            page.locator("#files a").click()
        page.wait_for_selector(".notice.trouble")
        assert page.locator(".notice.trouble").inner_text().startswith("talk.json: is not JSON")
