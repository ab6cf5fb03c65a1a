"""Breaks the lines of captions again that are too wide for the letters of a look.

Captions are laid out in columns, without a look at the picture; large letters in an upright one leave room for fifteen.
Times and words stay as they are. What does not fit on the look's lines is left for the writer, which draws it smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from captioner.formats import FORMATS, Context
from captioner.formats.ass.look_style import frame_of
from captioner.formats.look_support import HOLDS, missing_in
from captioner.formats.safe_area import look_in
from captioner.formats.text.cue_text import clean, spoken_lines
from captioner.formats.text.width_estimate import estimated_ems
from captioner.languages import language_of
from captioner.layout.rebreak import rebreak, speaker_runs
from captioner.layout.width import columns
from captioner.look import Look
from captioner.model import Cue, Issue, Line, StyledSpan, Word
from captioner.style import DEFAULT_STYLE, load_style

__all__ = ["RULE", "fit_to_look", "look_losses", "unused_look"]

#: Rule of the notes about a look.
RULE = "look"
# Lines up to so much wider than the room are drawn a little smaller instead of on more lines.
_TOLERATED = 1.03


def fit_to_look(
    cues: Sequence[Cue], context: Context, *, stretch: float = 1.0
) -> tuple[tuple[Cue, ...], tuple[Issue, ...]]:
    """Captions whose lines fit the picture in a look, and a note of how many had their lines broken again.

    Args:
        cues: In order of time.
        context: Of the file; without a look, or in columns, nothing changes.
        stretch: How much wider the letters are than estimated, where that was measured.
    """
    look = look_in(context)
    if look is None or context.vertical:
        return tuple(cues), ()
    frame = frame_of(look, context)
    room_ems = (frame.width - 2 * frame.side) / frame.em / stretch
    fitted = tuple(_fitted(cue, look, room_ems, context) for cue in cues)
    changed = [number for number, (before, after) in enumerate(zip(cues, fitted, strict=True)) if before != after]
    if not changed:
        return fitted, ()
    some = f"{len(changed)} captions are" if len(changed) > 1 else "1 caption is"
    columns_of_room = max(4, int(room_ems / estimated_ems("n", look)))
    message = (
        f"look {look.name}: {some} too wide for {frame.width}x{frame.height} and on more or other lines; "
        f"--max-columns {columns_of_room} lays them out for it"
    )
    return fitted, (Issue(RULE, "note", changed[0], len(changed), 0, message),)


def look_losses(look: Look, format: str) -> tuple[Issue, ...]:
    """A note of what a format leaves out of a look; none where it holds all of it, or nothing of any look."""
    missing = missing_in(look, format)
    if not missing:
        return ()
    message = f"{format} holds the look {look.name} without its {_listed(missing)}"
    if FORMATS[format].libass_draws_it:
        message += "; captioner burn draws them"
    return (Issue(RULE, "note", None, len(missing), 0, message),)


def unused_look(look: Look | None, formats: Sequence[str]) -> tuple[Issue, ...]:
    """A note that no file holds anything of the look that was asked for."""
    if look is None or not formats or set(formats) & HOLDS.keys():
        return ()
    named = ", ".join(dict.fromkeys(formats))
    message = f"look {look.name}: {named} hold{'s' if len(set(formats)) == 1 else ''} nothing of a look"
    return (Issue(RULE, "note", None, 0, 0, f"{message}; {', '.join(HOLDS)} do"),)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _fitted(cue: Cue, look: Look, room_ems: float, context: Context) -> Cue:
    if all(estimated_ems(text, look) <= room_ems * _TOLERATED for _, text in spoken_lines(cue)):
        return cue
    runs = speaker_runs(cue)
    spare = max(1, look.max_lines - len(runs) + 1)
    lines: list[Line] = []
    for run in runs:
        lines += _broken(run, look, room_ems, spare, context)
    return replace(cue, lines=tuple(lines)) if len(lines) != len(cue.lines) or lines != list(cue.lines) else cue


def _broken(run: Sequence[Line], look: Look, room_ems: float, most: int, context: Context) -> list[Line]:
    """Lines of one speaker on as few lines as they fit, with more room in steps where they do not fit at all."""
    joined = _joined(run)
    tag = context.language or language_of("en").tag
    for share in (1.0, 1.15, 1.35, 1.6, 2.0):
        widths = {text: estimated_ems(text, look) for text in joined.text.split()} or {joined.text: 1.0}
        per_column = sum(widths.values()) / max(1, sum(columns(text) for text in widths))
        room = max(4, int(share * room_ems / per_column))
        style = replace(load_style(DEFAULT_STYLE), max_columns=room, max_lines=most, languages={})
        texts = rebreak(clean(joined.text), style, tag, taken=columns(joined.dash))
        if texts is not None:
            return _cut(joined, texts)
    return list(run)


def _joined(run: Sequence[Line]) -> Line:
    """Lines as one; its spans are moved with it."""
    text = ""
    words: list[Word] = []
    spans: list[StyledSpan] = []
    for line in run:
        gap = " " if text and _needs_space(text, line.text) else ""
        offset = len(text) + len(gap)
        spans += [StyledSpan(span.start + offset, span.end + offset, span.look) for span in line.spans]
        text += gap + line.text
        words += line.words
    return replace(run[0], text=text, words=tuple(words), spans=tuple(spans))


def _needs_space(before: str, after: str) -> bool:
    """Whether two lines are parted by a space; not between Chinese and Japanese characters."""
    return columns(before[-1:]) < 2 or columns(after[:1]) < 2


def _cut(line: Line, texts: Sequence[str]) -> list[Line]:
    """A line in parts, each with its words and spans; as it is where the parts are not its text."""
    places, at = [], 0
    for text in texts:
        found = line.text.find(text, at)
        if found < 0:
            return [line]
        places.append((found, found + len(text)))
        at = found + len(text)
    words = _words_by_part(line, places)
    lines = []
    for (begin, end), own in zip(places, words, strict=True):
        spans = tuple(
            StyledSpan(max(span.start, begin) - begin, min(span.end, end) - begin, span.look)
            for span in line.spans
            if span.start < end and span.end > begin
        )
        lines.append(Line(line.text[begin:end], tuple(own), line.speaker, spans=spans))
    lines[0] = replace(lines[0], label=line.label, dash=line.dash)
    return lines


def _words_by_part(line: Line, places: Sequence[tuple[int, int]]) -> list[list[Word]]:
    """The words of each part; none at all where one is not found in the text."""
    parts: list[list[Word]] = [[] for _ in places]
    at = 0
    for word in line.words:
        token = clean(word.text)
        found = line.text.find(token, at)
        if found < 0:
            return [[] for _ in places]
        number = next((n for n, (_, end) in enumerate(places) if found < end), len(places) - 1)
        parts[number].append(word)
        at = found + len(token)
    return parts
