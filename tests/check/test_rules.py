"""Every rule finds what breaks it, leaves alone what keeps it, and says why."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from captioner import style
from captioner.check import CHECKS, check, fails, find_rule, rule_definitions, summary
from captioner.check.transcript_alignment import match_transcript, speech_of
from captioner.errors import ConfigError
from captioner.model import Cue, Issue, Line, Sentence, Transcript, Word
from captioner.style import Style
from tests.check.cases import CASES, SHORT, Case, cue, one


def house(name: str) -> Style:
    if name == "numbers-on":
        return style.parse_style('extends = "web-default"\n[severity]\nnumbers = "note"\n', name)
    return style.load_style(name)


def found(case: Case, cues: tuple[Cue, ...], known: object) -> list[str]:
    assert isinstance(known, dict)
    return [issue.rule for issue in check(cues, house(case.style), **{**case.known, **known})]


def test_every_rule_has_a_function_a_paragraph_and_a_case() -> None:
    assert list(CHECKS) == list(rule_definitions())
    assert set(CASES) == set(CHECKS)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_finds_what_breaks_it(name: str) -> None:
    assert name in found(CASES[name], CASES[name].bad, dict(CASES[name].bad_known))


@pytest.mark.parametrize("name", CASES)
def test_a_rule_leaves_alone_what_keeps_it(name: str) -> None:
    assert name not in found(CASES[name], CASES[name].good, dict(CASES[name].good_known))


@pytest.mark.parametrize("name", list(rule_definitions()))
def test_a_rule_explains_itself_with_its_source(name: str) -> None:
    rule = rule_definitions()[name]
    assert len(rule.text) > 60
    assert len(rule.source) > 10
    assert len(rule.checked) == 10
    assert rule.severity in ("error", "warning", "note", "off")
    assert find_rule(rule.code.lower()) is find_rule(name.replace("_", "-")) is rule


def test_codes_are_unique_and_a_rule_nobody_knows_is_refused() -> None:
    codes = [rule.code for rule in rule_definitions().values()]
    assert len(codes) == len(set(codes))
    with pytest.raises(ConfigError, match="R99"):
        find_rule("R99")


@pytest.mark.parametrize("name", style.style_names())
def test_every_severity_a_profile_sets_names_a_rule(name: str) -> None:
    assert set(style.load_style(name).severity) <= set(rule_definitions())


def test_issues_name_the_caption_the_measure_and_the_limit() -> None:
    (issue,) = check(one("x" * 60, lasts=2000), style.load_style("ted"))[:1]
    assert (issue.rule, issue.severity, issue.cue_index, issue.value, issue.limit) == ("cps", "error", 0, 30.0, 21.0)


def test_a_house_that_switches_a_rule_off_hears_nothing_of_it_and_one_that_weighs_it_less_less() -> None:
    captions = one("x" * 40, lasts=1000)
    strict = style.parse_style("cps = 20.0\ncps_hard = 25.0\n", "strict")
    mild = replace(strict, severity={"cps": "warning"})
    off = replace(strict, severity={"cps": "off"})
    assert [issue.severity for issue in check(captions, strict) if issue.rule == "cps"] == ["error"]
    assert [issue.severity for issue in check(captions, mild) if issue.rule == "cps"] == ["warning"]
    assert [issue for issue in check(captions, off) if issue.rule == "cps"] == []


def test_every_caption_is_measured_by_its_own_languages_numbers() -> None:
    wide = "十" * 17
    issues = check((cue(0, 6000, wide), cue(6080, 9000, "x" * 40)), style.load_style("web-default"))
    assert [(issue.cue_index, issue.value) for issue in issues if issue.rule == "cpl"] == [(0, 34)]


def test_chinese_counts_latin_letters_as_halves() -> None:
    (issue,) = [i for i in check(one("用API完成工作", lasts=500), style.load_style("web-default")) if i.rule == "cps"]
    assert issue.value == 13.0  # 5 + 3 / 2 characters in half a second


def test_gaps_are_measured_in_frames_when_the_rate_is_known() -> None:
    captions = (cue(0, 2000, SHORT), cue(2080, 4000, "Welcome."))  # two frames at 25, in floored milliseconds
    at_25 = check(captions, style.load_style("netflix"), frame_rate=Fraction(25))
    at_24 = check(captions, style.load_style("netflix"), frame_rate=Fraction(24))
    unknown = check(captions, style.load_style("netflix"))
    assert [i.rule for i in at_25 if i.rule == "min_gap"] == []
    assert [i.rule for i in at_24 if i.rule == "min_gap"] == []
    assert [i.rule for i in unknown if i.rule == "min_gap"] == []


def test_overlapping_voices_captioned_in_another_order_are_found() -> None:
    transcript = Transcript(
        (Sentence("First part and second part.", 0, 4000, (), "0"), Sentence("Yes, yes.", 1500, 2000, (), "1")), "en"
    )
    captions = (cue(0, 1500, "First part and"), cue(1500, 2400, "Yes, yes."), cue(2400, 4000, "second part."))
    assert [said is not None and said.skipped for said in match_transcript(captions, transcript)] == ["", "", ""]


def test_lost_text_is_quoted_at_the_caption_after_it() -> None:
    transcript = Transcript((Sentence("One two three four five.", 0, 4000, (), "0"),), "en")
    issues = check(
        (cue(0, 2000, "One two"), cue(2080, 4000, "four five.")), style.load_style("ted"), transcript=transcript
    )
    (lost,) = [issue for issue in issues if issue.rule == "text_loss"]
    assert (lost.cue_index, lost.severity) == (1, "error")
    assert "three" in lost.message


def test_speech_is_joined_over_short_pauses() -> None:
    words = (Word("a", "", 0, 400), Word("b", "", 600, 900), Word("c", "", 1500, 1800))
    speech = speech_of(Transcript((Sentence("a b c", 0, 1800, words),)))
    assert [(each.start_ms, each.end_ms) for each in speech] == [(0, 900), (1500, 1800)]


@pytest.mark.parametrize(
    ("issues", "line"),
    [
        ([], "clean: 3 captions, nothing to report"),
        (["cps", "min_gap"], "2 warnings: reading speed 1, gap 1"),
        (["cps", "cps", "cpl"], "1 error: line length 1; 2 warnings: reading speed 2"),
    ],
)
def test_the_summary_is_one_line(issues: list[str], line: str) -> None:
    made = [Issue(name, "error" if name == "cpl" else "warning", 0, 1, 0, "") for name in issues]
    assert summary(made, 3) == line


@pytest.mark.parametrize(("fail_on", "failed"), [("error", False), ("warning", True), ("note", True)])
def test_findings_fail_at_or_above_a_severity(fail_on: str, failed: bool) -> None:
    assert fails([Issue("cps", "warning", 0, 1, 0, "")], fail_on) is failed
    assert fails([], fail_on) is False


def test_nothing_at_all_is_clean() -> None:
    assert check((), style.load_style("web-default")) == ()


def test_a_caption_without_lines_is_empty_and_nothing_else_breaks() -> None:
    assert "empty" in [issue.rule for issue in check((Cue(0, 1000, ()),), style.load_style("netflix"))]
    assert check((Cue(0, 1000, (Line(""),)),), style.load_style("netflix"))


def test_sound_labels_are_not_text_that_differs() -> None:
    captions = (
        cue(0, 900, "[applause]"),
        cue(1000, 3000, "Good evening", "and welcome. [laughs]"),
        cue(4000, 5000, "*Musik*"),
    )
    issues = check(captions, style.load_style("ted"), transcript=CASES["text_loss"].known["transcript"])
    assert [issue for issue in issues if issue.rule == "text_loss"] == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("mk", "Добар дан, како сте"),
        ("uk", "Добрий день усім"),
        ("sr-Latn", "Dobar dan svima"),
        ("fa", "سلام به همه شما"),
    ],
)
def test_letters_of_the_languages_own_script_are_not_foreign(language: str, text: str) -> None:
    issues = check((cue(0, 3000, text),), style.load_style("web-default"), language=language)
    assert "language" not in [issue.rule for issue in issues]
