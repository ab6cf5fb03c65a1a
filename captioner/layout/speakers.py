"""Speakers on screen: labels, and removal of speaker islands.

The one rule: the speaker of a sentence is changed only on request, and every change is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from captioner.layout.width import clusters, columns
from captioner.model import Issue, Sentence, Transcript

__all__ = ["fit_label", "merge_speaker_islands"]

ELLIPSIS = "…"


def fit_label(pattern: str, name: str, room: int, *, wide_ambiguous: bool = False) -> str:
    """The label of a speaker, shortened with an ellipsis to fit.

    Args:
        pattern: Pattern from the style: `{name}` is replaced.
        name: Display name.
        room: Columns available.

    Returns:
        The label, or "" when not even a shortened one fits.
    """
    full = pattern.replace("{name}", name)
    if columns(full, wide_ambiguous=wide_ambiguous) <= room:
        return full
    letters = clusters(name)
    for kept in range(len(letters) - 1, 0, -1):
        short = pattern.replace("{name}", "".join(letters[:kept]).rstrip() + ELLIPSIS)
        if columns(short, wide_ambiguous=wide_ambiguous) <= room:
            return short
    return ""


def merge_speaker_islands(transcript: Transcript, max_ms: int, max_words: int) -> tuple[Transcript, list[Issue]]:
    """Merge short islands of one speaker into the surrounding speech of another.

    An island is a run of sentences of one speaker, no longer than `max_ms` and of no more than `max_words` tokens, with
    the same other speaker before and after it in the same channel.

    Returns:
        The transcript, and a note for every island that was merged.
    """
    runs = _runs(sorted(transcript.sentences, key=lambda sentence: sentence.start_ms))
    issues: list[Issue] = []
    for before, island, after in zip(runs, runs[1:], runs[2:], strict=False):
        around = before[0].speaker
        if around is None or around != after[0].speaker or not _is_island(island, max_ms, max_words):
            continue
        if island[0].channel != before[0].channel or transcript.by_channel:
            continue
        issues.append(_reassignment(island, around))
        island[:] = [replace(sentence, speaker=around) for sentence in island]
    sentences = tuple(sentence for run in runs for sentence in run)
    return replace(transcript, sentences=sentences), issues


def _runs(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    runs: list[list[Sentence]] = []
    for sentence in sentences:
        if runs and (runs[-1][0].speaker, runs[-1][0].channel) == (sentence.speaker, sentence.channel):
            runs[-1].append(sentence)
        else:
            runs.append([sentence])
    return runs


def _is_island(run: Sequence[Sentence], max_ms: int, max_words: int) -> bool:
    words = sum(len(sentence.words) or len(sentence.text.split()) for sentence in run)
    return run[-1].end_ms - run[0].start_ms <= max_ms and words <= max_words and run[0].speaker is not None


def _reassignment(run: Sequence[Sentence], around: str) -> Issue:
    length = run[-1].end_ms - run[0].start_ms
    text = " ".join(sentence.text for sentence in run)
    return Issue(
        rule="speaker_smoothed",
        severity="note",
        cue_index=None,
        value=float(length),
        limit=0.0,
        message=f"at {run[0].start_ms / 1000:.1f} s “{text}” ({length} ms) was given from speaker"
        f" {run[0].speaker} to speaker {around}, who speaks before and after it",
    )
