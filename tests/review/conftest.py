"""The browser, and a folder of captions in three scripts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.review.pages import Opener, chromium_started
from tests.review.places import arabic, put_captions

MEDIA = Path(__file__).resolve().parents[2] / "fixtures"


def put_talks(folder: Path) -> Path:
    """A folder with a talk in English, one in Chinese and one in Arabic, which has the picture of another."""
    put_captions(folder, formats=("srt", "vtt", "ass"))
    put_captions(folder, "zh", "interview-zh")
    put_captions(folder, "ar", transcript=arabic())
    for title, media in (("talk", "interview-en"), ("zh", "interview-zh"), ("ar", "interview-en")):
        shutil.copy(MEDIA / f"{media}.mp4", folder / f"{title}.mp4")
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_started() as started:
        yield started


@pytest.fixture
def opener(chromium: Browser) -> Iterator[Opener]:
    """Opens a page in a context of its own; a script that fails, and a request to another host, fail the test."""
    made = Opener(chromium)
    yield made
    made.close()
    assert made.faults == []


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A folder with a talk in English, one in Chinese and one in Arabic."""
    return put_talks(tmp_path / "talks")
