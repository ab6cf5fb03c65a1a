"""Captions from a sheet that came back: times, speakers, places and tags kept, lines broken for the target language.

A translation keeps the lines it was written in where they are within the style's limits. Else it is broken anew, and
one that does not fit one caption becomes several in its time. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from captioner.edit import transfer_styling
from captioner.errors import ReplyError
from captioner.formats import ReadOptions, read
from captioner.formats.text.cue_text import join_sentences
from captioner.formats.text.estimated_words import estimated_words
from captioner.layout import compose
from captioner.layout.rebreak import rebreak
from captioner.layout.width import columns
from captioner.model import Cue, Line, Sentence, StyledSpan, TextStyle, Transcript
from captioner.style import Style
from captioner.timecode import ms_to_srt
from captioner.translation.rows import Row, tagged_text

__all__ = ["TakenBack", "translated"]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Captions in the other language.

    Attributes:
        cues: By time.
        missing: Numbers of captions without a translation.
        broken: Numbers of those whose lines were broken anew.
        parted: Numbers of those that became several.
        moved: Numbers of those whose text was another when the sheet was made.
        plain: Numbers of those of which a part was in italics, bold or a colour, and no part of the translation is.
        joined: Numbers of those in which several speak and whose translation does not say where the next one begins.
    """

    cues: tuple[Cue, ...]
    missing: tuple[int, ...] = ()
    broken: tuple[int, ...] = ()
    parted: tuple[int, ...] = ()
    moved: tuple[int, ...] = ()
    plain: tuple[int, ...] = ()
    joined: tuple[int, ...] = ()


def translated(cues: Sequence[Cue], rows: Sequence[Row], style: Style, language: str, *, keep: bool) -> TakenBack:
    """Put the translations of a sheet in the place of the text.

    Args:
        cues: The captions that the sheet was made of.
        rows: From `sheets.read`, in any order.
        style: Resolved for the language of the translation.
        language: Tag of the translation.
        keep: Captions without a translation stay as they are; else they are left out.

    Raises:
        ReplyError: A number twice, or one that no caption has.
    """
    by_number = _by_number(rows, len(cues))
    made: list[Cue] = []
    missing, broken, parted, moved = list[int](), list[int](), list[int](), list[int]()
    plain, joined = list[int](), list[int]()
    for number, cue in enumerate(cues, 1):
        row = by_number.get(number)
        if row is None or not row.translation:
            missing.append(number)
            made += [cue] if keep else []
            continue
        if row.source and _letters(row.source) != _letters(tagged_text(cue)):
            moved.append(number)
        own = _as_written(cue, row.translation)
        plain += [number] if _has_spans(cue) and not _has_spans(own) else []
        joined += [number] if len(_turns(own)) < len(_turns(cue)) else []
        laid = own if _fits(own, style) else _broken(own, style, language)
        if laid is None:
            made += _parted(own, style, language)
            parted.append(number)
        else:
            made.append(laid)
            broken += [number] if laid is not own else []
    return TakenBack(
        tuple(made), tuple(missing), tuple(broken), tuple(parted), tuple(moved), tuple(plain), tuple(joined)
    )


def _by_number(rows: Sequence[Row], count: int) -> Mapping[int, Row]:
    found: dict[int, Row] = {}
    for row in rows:
        if row.number in found:
            raise ReplyError(f"caption {row.number} is in the sheet twice; leave one of the two")
        if not 1 <= row.number <= count:
            raise ReplyError(
                f"caption {row.number} of the sheet is not in the file, which has {count}; is it the right one?"
            )
        found[row.number] = row
    return found


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _as_written(cue: Cue, text: str) -> Cue:
    """The caption with the lines of a translation, whose tags are read as those of SRT."""
    lines = [line.strip().replace("-->", "→") for line in text.splitlines()]
    block = "\n".join(line for line in lines if line)
    srt = f"1\n{ms_to_srt(0)} --> {ms_to_srt(1000)}\n{block}\n"
    found = read(srt.encode("utf-8"), "sheet.srt", ReadOptions(labels="text", encoding="utf-8")).cues
    new = found[0].lines if found else (Line(block),)
    whole = _whole_look(cue)
    if whole is not None and not any(line.spans for line in new):
        new = tuple(replace(line, spans=(StyledSpan(0, len(line.text), whole),) if line.text else ()) for line in new)
    return replace(cue, lines=tuple(_spoken(new, cue)))


def _has_spans(cue: Cue) -> bool:
    return any(line.spans for line in cue.lines)


def _whole_look(cue: Cue) -> TextStyle | None:
    """The style that all of a caption has; None where it has none or several."""
    looks = {span.look for line in cue.lines for span in line.spans}
    covered = sum(span.end - span.start for line in cue.lines for span in line.spans)
    return looks.pop() if len(looks) == 1 and covered == sum(len(line.text) for line in cue.lines) else None


def _spoken(lines: Sequence[Line], cue: Cue) -> list[Line]:
    """Lines with the speakers of the caption: each dash is the next one; labels stay where they stood."""
    turns = _turns(cue)
    made: list[Line] = []
    at = 0
    for place, line in enumerate(lines):
        if place and line.dash and at + 1 < len(turns):
            at += 1
        opens = place == 0 or bool(line.dash)
        speaker, label = turns[at]
        made.append(replace(line, speaker=speaker, label=label if opens else ""))
    return made


def _turns(cue: Cue) -> list[tuple[str | None, str]]:
    """Speaker and label of each turn in a caption."""
    found: list[tuple[str | None, str]] = []
    for place, line in enumerate(cue.lines):
        speaker = cue.speaker if line.speaker is None else line.speaker
        if not place or line.dash or speaker != found[-1][0]:
            found.append((speaker, line.label))
    return found or [(cue.speaker, "")]


def _fits(cue: Cue, style: Style) -> bool:
    return len(cue.lines) <= style.max_lines and all(columns(each.printed) <= style.max_columns for each in cue.lines)


def _broken(cue: Cue, style: Style, language: str) -> Cue | None:
    """The caption with its lines broken anew; None where it does not fit, or where two speak in it."""
    first = cue.lines[0]
    if any(line.dash for line in cue.lines) or len({line.speaker for line in cue.lines}) > 1:
        return None
    taken = columns(first.printed) - columns(first.text)
    texts = rebreak(_joined(cue), style, language, taken=taken)
    if texts is None:
        return None
    lines = tuple(
        Line(text, speaker=first.speaker, label=first.label if not at else "") for at, text in enumerate(texts)
    )
    return _styled(cue, [replace(cue, lines=lines)])[0]


def _parted(cue: Cue, style: Style, language: str) -> list[Cue]:
    """The caption as several, laid out in its time; as it is where the layout makes no more of it."""
    groups = _by_turn(cue)
    whole = sum(len(text) for _, text in groups)
    sentences, at = [], 0
    for line, text in groups:
        start, end = (cue.start_ms + (cue.end_ms - cue.start_ms) * each // whole for each in (at, at + len(text)))
        sentences.append(Sentence(text, start, end, estimated_words(text, start, end), line.speaker))
        at += len(text)
    labels = {line.speaker: line.label for line, _ in groups if line.label}
    taken = max((columns(label) + 1 for label in labels.values()), default=0)
    narrow = replace(style, max_columns=max(style.max_columns - taken, style.max_columns // 2))
    laid = compose(Transcript(tuple(sentences), language), narrow, {})
    made = []
    for each in laid:
        start = min(max(each.start_ms, cue.start_ms), cue.end_ms - 1)
        lines = tuple(replace(line, label=labels.pop(line.speaker, "")) for line in each.lines)
        made.append(Cue(start, max(start + 1, min(each.end_ms, cue.end_ms)), lines, each.speaker, cue.placement))
    return _styled(cue, made)


def _by_turn(cue: Cue) -> list[tuple[Line, str]]:
    """The first line of each turn of a caption, with its text on one line."""
    groups: list[list[Line]] = []
    for line in cue.lines:
        if groups and not line.dash and groups[-1][0].speaker == line.speaker:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [(group[0], _joined(replace(cue, lines=tuple(group)))) for group in groups]


def _joined(cue: Cue) -> str:
    return join_sentences(line.text for line in cue.lines)


def _styled(before: Cue, after: Sequence[Cue]) -> list[Cue]:
    """Captions with the italics and colours that their words had."""
    return list(transfer_styling([before], after)[0])
