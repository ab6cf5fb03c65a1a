"""Explains in an editor's words why a cue ends where it does.

The one rule: a reason names what can be seen or heard at the cut, the strongest reason first.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from captioner.layout.breaks import begins_anew, end_mark
from captioner.layout.full_lines import BREAK_OFF, LONG_PAUSE_MS
from captioner.layout.no_break import open_bracket

if TYPE_CHECKING:
    from captioner.layout.chunks import Chunk, Chunks
    from captioner.layout.lexicon import LanguageProfile

__all__ = ["kept_whole", "reason"]

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
    full_lines: bool = False,
    silent_from_ms: int = 0,
    kept: str = "",
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
        full_lines: Whether the style fills lines one after the other.
        kept: What the next cue begins with, from `kept_whole`.
    """
    parts = [_where(last, following, profile, new_speaker=new_speaker, forced_break=forced_break)]
    if following is not None and not (last.sentence_end or new_speaker or forced_break):
        if full_lines:
            parts = [_where_full(last, following, would_overflow=would_overflow)]
        elif would_overflow:
            parts.append("what follows would not fit with it")
    is_plain = end_mark(last.text, sentence_end=last.sentence_end) in ("plain", "close")
    if kept and is_plain and not (new_speaker or forced_break):
        parts.append(kept)
    silent_from_ms = max(silent_from_ms, last.end_ms)
    if following is not None and (pause := following.start_ms - silent_from_ms) >= AUDIBLE_MS:
        parts.append(f"a pause of {pause / 1000:.1f} s follows")
    return "; ".join(parts)


def kept_whole(chunks: Chunks, first: int, together: bytes, profile: LanguageProfile, line: str = "") -> str:
    """A phrase that says what stays together from a chunk on, "" where nothing does that an editor would ask about.

    Args:
        chunks: Chunks of a turn.
        first: Number of the chunk.
        together: Their `collocations.pair_levels`.
        profile: Profile of their language.
        line: The line that begins with it, if known: a name is named only if that line has all of it.
    """
    last = first + 1
    while last < len(chunks) and chunks.holds[last]:
        last += 1
    kind = _kind_of_group(chunks, first, last, profile)
    if not kind and first < len(together) and together[first] >= _TERM_LEVEL:
        kind = "words that are said together again and again"
        last = max(last, first + 2)
        while last - 1 < len(together) and together[last - 1] >= _TERM_LEVEL:
            last += 1
    if not kind and (end := _name_end(chunks, first, profile)) > last and line.startswith(chunks.text(first, end)):
        kind, last = "a name of several words", end
    text = chunks.text(first, last).rstrip(".,;:!?。，；：！？、،؛؟")
    return f"“{text}” stays whole, {kind}" if kind else ""


_TERM_LEVEL = 4  # of `collocations.pair_levels`: three times or more, and in most cases of the rarer word


def _name_end(chunks: Chunks, first: int, profile: LanguageProfile) -> int:
    """One after the last of the words from a chunk on that have capitals and may be a name; the chunk's own number if
    capitals say nothing in the language."""
    if profile.capital_nouns or not profile.spaces:
        return first
    last = first
    while last < len(chunks):
        text, _, key, *_ = chunks.pieces[last]
        if not text[:1].isupper() or key in profile.binds_forward or key in profile.break_before:
            break
        last += 1
        if not text[-1:].isalnum():
            break
    return last if last > first + 1 else first


def _kind_of_group(chunks: Chunks, first: int, last: int, profile: LanguageProfile) -> str:
    """Description of a group of chunks without a break between them; "" for one chunk, and for an article and noun."""
    keys = [piece.lookup_key for piece in chunks.pieces[first:last]]
    if open_bracket(chunks.pieces[first].text):
        sign = next(character for character in chunks.pieces[first].text if not character.isalnum())
        return "" if last - first < 2 else "a bracket" if sign in _BRACKETS else "a quotation"
    if any(f"{one} {other}" in profile.fixed_pairs for one, other in pairwise(keys)):
        return "a fixed phrase"
    if keys[0] in profile.titles or f"{keys[0]}." in profile.titles:
        return "a name with its title" if len(keys) > 1 else ""
    if any(any(character.isdigit() for character in key) for key in keys):
        return "a number with what belongs to it" if len(keys) > 1 else ""
    if any(key in profile.verb_pronouns for key in keys[1:]) and keys[0] not in profile.verb_pronouns:
        return "a verb with its pronoun"
    return "a verb with its particle" if any(key in profile.particles for key in keys[1:]) else ""


_BRACKETS = frozenset("([{（［｛【〔")


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


def _where_full(last: Chunk, following: Chunk, *, would_overflow: bool) -> str:
    """The same inside a sentence, where lines are filled."""
    if last.text.endswith(BREAK_OFF):
        return "ends at the dash"
    if following.start_ms - last.end_ms >= LONG_PAUSE_MS:
        return "ends where the speaker pauses"
    if would_overflow:
        return f"ends between “{last.lookup_key}” and “{following.lookup_key}”, where its lines are full"
    return f"ends before “{following.lookup_key}”, so that the caption after it is not too short"


def _end_sign(text: str) -> str:
    """Name of the punctuation a sentence ends with, "" if there is none."""
    for character in reversed(text):
        if character in _SIGNS:
            return _SIGNS[character]
        if character in ".。｡।॥…⋯":
            return "full stop" if character not in "…⋯" else "ellipsis"
    return ""
