"""Names, messages and transcripts that want to drive a terminal, a browser, a player or a spreadsheet."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.cli.overview import OverviewLines
from captioner.cli.progress import as_record
from captioner.cli.terminal import LogLines, escape_control, json_text
from captioner.jobs.events import Failed, Noted, Wrote
from captioner.jobs.states import Reason

DRIVES = [
    "\x00", "\x07", "\x08", "\x1b", "\x7f", "\x85", "\x9b", "\u200e", "\u200f", "\u061c", "\u202a", "\u202e", "\u2066",
    "\u2069", "\u2028", "\u2029", "\ufeff", "\u00ad", "\u180e", "\ufff9", "\U000e0041", "\ud800", "\udc1b",
]  # fmt: skip
"""Control characters of both sets, marks and overrides of direction, invisible letters, halves of characters."""

HARMLESS = ["Ünïcödé", "日本語　全角", "می‌خواهم", "👨‍👩‍👧", "हिन्दी", "a\u00a0b", "עברית", "e\u0301", "\u3000"]


def is_safe(text: str) -> bool:
    return not any(character in text for character in DRIVES) and not set(text) & set("\r\t\v\f")


@pytest.mark.parametrize("character", DRIVES)
def test_what_drives_a_terminal_is_spelled_out(character: str) -> None:
    assert is_safe(escape_control(f"a{character}b"))
    assert is_safe(json_text({character: [character]}))
    assert json.loads(json_text({"name": f"a{character}b"})) == {"name": f"a{character}b"}


@pytest.mark.parametrize("text", HARMLESS)
def test_what_people_write_stays_readable(text: str) -> None:
    assert escape_control(text) == text
    assert text in json_text([text])


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_one_harmless_line_and_comes_back_from_json(text: str) -> None:
    assert is_safe(escape_control(text))
    assert "\n" not in escape_control(text)
    assert is_safe(json_text({"a": [text]}))
    assert json.loads(json_text({text: text})) == {text: text}
    json_text(text).encode()


@given(st.text(st.sampled_from([*DRIVES, "a", "\n"]) | st.characters(exclude_categories=()), max_size=30))
def test_no_event_of_a_run_drives_the_terminal(text: str) -> None:
    said: list[str] = []
    lines = OverviewLines(said.append, quiet=False)
    for event in (Noted(text, text), Failed(text, Reason(text, text)), Wrote(text, ())):
        lines.hear(event)
        record = json_text(as_record(event), indent=None, only_ascii=True)
        assert is_safe(record)
        assert record.isascii()
    shown = [escape_control(line) for line in said]
    assert all(is_safe(line) for line in shown)


def test_log_lines_are_single_and_hold_no_secret() -> None:
    lines = LogLines(("sk-secret", ""))
    record = logging.LogRecord("a", logging.INFO, "p", 1, "%s: %s", ("evil\x1b[2J\n\u202e.mp4", "sk-secret"), None)
    told = lines.format(record)
    assert "\n" not in told
    assert is_safe(told)
    assert "sk-secret" not in told
    assert told.startswith("INFO a: evil")


def test_a_traceback_in_the_log_keeps_its_lines_and_no_secret() -> None:
    link = "https://b.example.com/k?X-Amz-Credential=AKIA1234&X-Amz-Signature=beef"
    try:
        raise ValueError(f"no luck with {link} and sk-secret\x1b]0;owned\x07")
    except ValueError as error:
        fault = (type(error), error, error.__traceback__)
    told = LogLines(("sk-secret",)).format(logging.LogRecord("a", logging.ERROR, "p", 1, "fault", (), fault))
    assert told.count("\n") >= 3
    assert "Traceback" in told
    assert is_safe(told.replace("\n", ""))
    for secret in ("beef", "AKIA1234", "sk-secret"):
        assert secret not in told
