"""Our captions pass their own profile; other tools' captions of the same words are checked beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner import style
from captioner.check import check, rates, rule_definitions
from captioner.layout import compose
from captioner.model import Media
from tests.check.peers import HOUSE, NAMES, ours, peers, row, transcript

DOCUMENT = Path(__file__).parents[2] / "docs" / "check.md"
documented = pytest.mark.skipif(not DOCUMENT.exists(), reason="the built wheel is tested without the documents")


@pytest.mark.parametrize("name", NAMES)
def test_our_captions_of_a_fixture_have_no_error_by_their_own_profile(name: str) -> None:
    told = transcript(name)
    media = Media(Path(name), 0, "", "", told.duration_ms, ())
    issues = check(compose(told, HOUSE), HOUSE, transcript=told, media=media)
    assert [issue for issue in issues if issue.severity == "error"] == []


@pytest.mark.parametrize("name", NAMES)
def test_our_captions_have_all_the_text_in_lines_that_fit(name: str) -> None:
    told = transcript(name)
    figures = rates(compose(told, HOUSE), HOUSE, told)
    assert (figures.length, figures.line_count, figures.overlaps, figures.text) == (1.0, 1.0, 0, 1.0)


def test_no_other_tool_has_fewer_errors_or_warnings_on_the_same_words() -> None:
    own = row("captioner", {name: ours(name) for name in NAMES})
    others = list(peers())
    assert len(others) == 4
    for other in others:
        assert own.count(severity="error") < other.count(severity="error")
        assert own.count(severity="warning") < other.count(severity="warning")


@documented
def test_the_table_in_the_documents_is_what_is_measured() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for other in peers():
        assert f"| {' | '.join(other.cells())} |" in text


@documented
def test_the_documents_list_every_rule_and_every_style() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for rule in rule_definitions().values():
        assert f"| {rule.code} | `{rule.name}` | {rule.title} | {rule.severity} |" in text
    listed = DOCUMENT.with_name("styles.md").read_text(encoding="utf-8")
    for name in style.style_names():
        assert f"| `{name}` | {style.load_style(name).max_columns} | " in listed
