"""The report as a page: failures on top, and nothing of anybody's text becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from captioner.jobs.events import FileReport, Report
from captioner.jobs.outputs.html_report import page
from captioner.jobs.states import Reason, State

HOSTILE = '<script>alert(1)</script>\u202egnp.exe"\x1b[2J&amp;'


class Tags(HTMLParser):
    """Collects what is markup."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def test_failures_come_first_by_reason_and_hostile_text_stays_text() -> None:
    files = (
        FileReport("good.mp4", State.WRITTEN, (Path(f"{HOSTILE}.srt"),), cues=3, billed_s=None),
        FileReport(HOSTILE, State.REJECTED, reason=Reason(HOSTILE, HOSTILE)),
        FileReport("one.mp4", State.REJECTED, reason=Reason("too long", kind="MediaError")),
        FileReport("two.mp4", State.REJECTED, reason=Reason("no audio", kind="MediaError")),
        FileReport("left.mp4", State.SUBMITTED),
    )
    text = page(Report(files, leftovers=(HOSTILE,)), 0.0, 60.0)
    tags = Tags()
    tags.feed(text)
    assert "script" not in tags.seen
    assert not set("\u202e\x1b") & set(text)
    assert text.index("MediaError (2)") < text.index("one.mp4") < text.index("left.mp4") < text.index("good.mp4")
    assert "http" not in text.replace("http-equiv", "")


def test_what_may_have_been_billed_twice_is_told_with_its_reason() -> None:
    files = (
        FileReport("once.mp4", State.WRITTEN, submissions=1, billed_s=4),
        FileReport("twice.mp4", State.WRITTEN, submissions=2, again=f"the task is gone {HOSTILE}", billed_s=4),
    )
    text = page(Report(files), 0.0, 1.0)
    section = text.partition("Submitted twice (1)")[2].partition("</table>")[0]
    assert "twice.mp4" in section
    assert "the task is gone" in section
    assert "once.mp4" not in section
    assert "<script>" not in section
    assert "Submitted twice" not in page(Report(files[:1]), 0.0, 1.0)


def test_a_run_without_failures_says_so() -> None:
    assert "nothing failed" in page(Report((FileReport("a.mp4", State.WRITTEN, speech=False),)), 0.0, 1.0)
