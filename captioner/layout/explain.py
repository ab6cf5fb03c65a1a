"""Explains in an editor's words why a cue ends where it does.

The one rule: a reason names what can be seen or heard at the cut, the strongest reason first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from captioner.layout.breaks import begins_anew, end_mark

if TYPE_CHECKING:
    from captioner.layout.chunks import Chunk
    from captioner.layout.lexicon import LanguageProfile

__all__ = ["reason"]

AUDIBLE_MS = 300  # a shorter silence is a breath and not mentioned
_MARKS = {
    "stop": "ends at a mark inside the sentence",
    "clause": "ends at the end of a clause",
    "comma": "ends after a comma",
    "close": "ends after a closing quote or bracket",
}
_SIGNS = {
    "?": "question mark",
    "？": "question mark",
    "!": "exclamation mark",
    "！": "exclamation mark",
    "؟": "question mark",
}


def reason(
    last: Chunk,
    following: Chunk | None,
    profile: LanguageProfile,
    *,
    new_speaker: bool,
    forced_break: bool = False,
    would_overflow: bool = False,
    silent_from_ms: int = 0,
) -> str:
    """The reason why a cue ends after `last`.

    Args:
        last: Last chunk of the cue.
        following: First chunk of the next cue, None at the end of the transcript.
        profile: Language of the cue.
        new_speaker: Whether another speaker follows.
        forced_break: Whether the cut is inside a word or group that is wider than a line.
        silent_from_ms: End of all speech heard before the next cue, where other voices may still be speaking.
        would_overflow: Whether this cue and the next are wider together than a cue may be.
    """
    parts = [_where(last, following, profile, new_speaker=new_speaker, forced_break=forced_break)]
    if would_overflow and following is not None and not (last.sentence_end or new_speaker or forced_break):
        parts.append("what follows would not fit with it")
    silent_from_ms = max(silent_from_ms, last.end_ms)
    if following is not None and (pause := following.start_ms - silent_from_ms) >= AUDIBLE_MS:
        parts.append(f"a pause of {pause / 1000:.1f} s follows")
    return "; ".join(parts)


def _where(
    last: Chunk, following: Chunk | None, profile: LanguageProfile, *, new_speaker: bool, forced_break: bool
) -> str:
    ending = end_mark(last.text, sentence_end=last.sentence_end)
    if ending == "sentence":
        sign = _end_sign(last.text)
        sentence = f"ends at the {sign}" if sign else "ends where the recogniser ended a sentence"
        return f"{sentence}; another speaker follows" if new_speaker else sentence
    if following is None:
        return "ends where the speech ends"
    if new_speaker:
        return "ends where another speaker begins"
    if forced_break:
        return "cut inside a word that is wider than the line"
    if ending not in ("plain", "close"):
        return _MARKS[ending]
    if ending == "plain" and begins_anew(following.text, following.lookup_key, profile) and not last.text[:1].isupper():
        return f"ends before “{following.text}”, whose capital begins a sentence although no mark ends the one before"
    if following.lookup_key in profile.break_before:
        return f"ends before “{following.lookup_key}”, which begins a new part of the sentence"
    if ending == "close":
        return _MARKS[ending]
    if following.lookup_key in profile.prepositions:
        return f"ends before “{following.lookup_key}”, which begins a phrase"
    if last.lookup_key.endswith(profile.clause_endings) and profile.clause_endings:
        return f"ends after “{last.lookup_key}”, which closes a clause"
    if last.lookup_key.endswith(profile.good_endings) and profile.good_endings:
        return f"ends after “{last.lookup_key}”, which closes a phrase"
    between = f"between “{last.lookup_key}” and “{following.lookup_key}”"
    return f"ends {between}, without a mark: the loosest place for captions of good length"


def _end_sign(text: str) -> str:
    """Name of the punctuation a sentence ends with, "" if there is none."""
    for character in reversed(text):
        if character in _SIGNS:
            return _SIGNS[character]
        if character in ".。｡।॥…⋯":
            return "full stop" if character not in "…⋯" else "ellipsis"
    return ""
