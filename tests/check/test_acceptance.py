"""Accepted findings: marked by rule and caption, counted apart, gone with the caption they were about."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import jsonschema

from captioner import archive
from captioner.archive import Archive, MediaFacts
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import produce
from captioner.captions.take_over import take_over
from captioner.check import fails, summary
from captioner.check.acceptance import changed_note, mark_accepted, unmatched_acceptances
from captioner.corrections import Acceptance, Edits, Revision, shifted
from captioner.model import Cue, Issue, Line, Sentence, Transcript, Word

CUES = (Cue(0, 900, (Line("One."),)), Cue(1000, 1900, (Line("Two "), Line("lines."))))
ISSUES = (
    Issue("cps", "warning", 1, 30, 20, "too fast"),
    Issue("min_gap", "warning", 1, 1, 2, "gap"),
    Issue("encoding", "error", None, 0, 0, "file"),
)
ACCEPTED = Acceptance("cps", "Two\nlines.", 1000, 1900, "one breath")


def test_a_finding_is_accepted_by_rule_and_caption() -> None:
    marked = mark_accepted(ISSUES, CUES, [ACCEPTED])
    assert [issue.accepted for issue in marked] == ["one breath", "", ""]
    assert summary(marked[:2], 2) == "1 warning: gap 1; 1 accepted"
    assert fails(marked[:2], "warning")
    assert not fails(marked[:1], "note")
    assert summary(marked[:1], 2) == "clean: 2 captions, nothing to report; 1 accepted"


def test_another_text_time_or_file_is_another_caption() -> None:
    for other in (
        replace(ACCEPTED, text="Two lines."),
        replace(ACCEPTED, start_ms=1001),
        replace(ACCEPTED, file="social.srt"),
    ):
        assert not any(issue.accepted for issue in mark_accepted(ISSUES, CUES, [other]))
    assert unmatched_acceptances(CUES, [ACCEPTED, replace(ACCEPTED, start_ms=3)]) == (replace(ACCEPTED, start_ms=3),)
    assert "1 accepted finding counts no longer, as the caption changed: cps at 1.0 s" in changed_note([ACCEPTED])


def spoken(*texts: str) -> Transcript:
    sentences = []
    for number, text in enumerate(texts):
        start = 2000 + number * 4000
        words = tuple(
            Word(each + " ", "", start + 100 * n, start + 100 * n + 100) for n, each in enumerate(text.split())
        )
        sentences.append(Sentence(text, start, words[-1].end_ms, words, "0"))
    return Transcript(tuple(sentences), "en", 60_000)


FAST = spoken("This is a caption that is spoken very very fast indeed and overly", "Slow one here.")


def test_an_acceptance_travels_in_the_archive_through_runs_offsets_and_new_styles() -> None:
    options = CaptionOptions(archive=True)
    first = produce(FAST, MediaFacts(), options)
    found = next(issue for issue in first.issues if issue.cue_index is not None and issue.severity != "note")
    kept = archive.loads(first.files["json"].decode())
    cue = kept.cues[found.cue_index or 0]
    text = "\n".join(line.text for line in cue.lines)
    accepted = (Acceptance(found.rule, text, cue.start_ms, cue.end_ms, "live", "kai", "2026-01-01T00:00:00Z"),)
    kept = replace(kept, accepted=accepted)
    assert archive.loads(archive.dumps(kept)).accepted == accepted

    taken = take_over(kept, FAST, options, Revision(0))
    again = produce(FAST, MediaFacts(), options, edits=taken.edits)
    same = [issue for issue in again.issues if (issue.rule, issue.cue_index) == (found.rule, found.cue_index)]
    assert [issue.accepted for issue in same] == ["live"]
    assert archive.loads(again.files["json"].decode()).accepted == accepted

    moved = produce(FAST, MediaFacts(), replace(options, offset_ms=500), edits=taken.edits)
    assert any(issue.accepted for issue in moved.issues)
    assert archive.loads(moved.files["json"].decode()).accepted[0].start_ms == accepted[0].start_ms + 500

    other = spoken("This is another caption that is spoken very very fast indeed and so", "Slow one here.")
    changed = produce(other, MediaFacts(), options, edits=taken.edits)
    assert not any(issue.accepted for issue in changed.issues)
    (told,) = [issue.message for issue in changed.issues if issue.rule == "acceptance"]
    assert told.startswith("1 accepted finding counts no longer, as the caption changed")


def test_acceptances_move_with_the_times_and_are_in_the_schema() -> None:
    edits = shifted(Edits(accepted=(ACCEPTED,)), 250)
    assert (edits.accepted[0].start_ms, edits.accepted[0].end_ms) == (1250, 2150)
    text = archive.dumps(Archive(Transcript(()), CUES, accepted=(ACCEPTED, replace(ACCEPTED, file="x.srt"))))
    published = json.loads(resources.files("captioner").joinpath("archive.schema.json").read_text(encoding="utf-8"))
    assert list(jsonschema.Draft202012Validator(published).iter_errors(json.loads(text))) == []
    broken = json.loads(text.replace('"rule": "cps"', '"rule": 3'))
    assert list(jsonschema.Draft202012Validator(published).iter_errors(broken))
    assert archive.loads(text).accepted[1].file == "x.srt"
