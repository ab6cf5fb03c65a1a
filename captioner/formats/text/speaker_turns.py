"""The transcript as paragraphs for reading, one for each turn of a speaker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from captioner.formats.render_context import Context
from captioner.formats.text.cue_text import join_sentences
from captioner.model import Cue

__all__ = ["SpeakerTurn", "speaker_turns"]

# Where no speaker is named there is no turn to end a paragraph: a pause or a length does. Our own figures: a pause
# that a listener notices, and about a third of a page.
_PAUSE_MS = 2000
_PARAGRAPH_CHARACTERS = 700


@dataclass(frozen=True, slots=True)
class SpeakerTurn:
    """One paragraph.

    Attributes:
        start_ms: When its first word is spoken.
        end_ms: When its last word ends.
        speaker: Speaker id, or None.
        text: Running text on one line.
    """

    start_ms: int
    end_ms: int
    speaker: str | None
    text: str


@dataclass(frozen=True, slots=True)
class _TurnPiece:
    start_ms: int
    end_ms: int
    speaker: str | None
    text: str


def speaker_turns(cues: Sequence[Cue], context: Context, *, named: bool) -> tuple[SpeakerTurn, ...]:
    """Paragraphs in order: of the transcript's sentences, or of the cues when there is no transcript.

    Args:
        cues: Used only without a transcript.
        context: Its transcript is the better source.
        named: Speakers are told apart, so a paragraph is a turn; else a pause of two seconds or 700 characters end it.
    """
    groups: list[list[_TurnPiece]] = []
    for piece in _pieces(cues, context):
        if not groups or _begins(piece, groups[-1], named=named):
            groups.append([])
        groups[-1].append(piece)
    joined = map(_turn, groups)
    return tuple(turn for turn in joined if turn.text)


def _turn(group: Sequence[_TurnPiece]) -> SpeakerTurn:
    text = join_sentences(piece.text for piece in group)
    return SpeakerTurn(group[0].start_ms, group[-1].end_ms, group[0].speaker, text)


def _begins(piece: _TurnPiece, group: Sequence[_TurnPiece], *, named: bool) -> bool:
    if named or piece.speaker != group[-1].speaker:
        return piece.speaker != group[-1].speaker
    pause_ms = piece.start_ms - group[-1].end_ms
    return pause_ms >= _PAUSE_MS or sum(len(before.text) for before in group) >= _PARAGRAPH_CHARACTERS


def _pieces(cues: Sequence[Cue], context: Context) -> Iterable[_TurnPiece]:
    if context.transcript is not None:
        return (_TurnPiece(s.start_ms, s.end_ms, s.speaker, s.text) for s in context.transcript.sentences)
    return (
        _TurnPiece(cue.start_ms, cue.end_ms, cue.speaker if line.speaker is None else line.speaker, line.text)
        for cue in cues
        for line in cue.lines
    )
