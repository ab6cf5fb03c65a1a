"""Cuts known speech into the tokens and sentences of each model family.

Fun-ASR puts the space before a Latin word and several Chinese characters into one token. Paraformer puts the space
after it, splits Chinese character by character, and without alignment spreads its tokens evenly over a stretch
of speech. Source: Model Studio, "Audio file recognition", Chinese edition, 2026, and replies published since 2025.

Nothing here does I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from captioner.emulator.parameters import Parameters
from captioner.emulator.transcripts import Token, Utterance

__all__ = ["ReplySentence", "ReplyToken", "reply_sentences"]

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_IS_CJK = re.compile(f"[{_CJK}]")
_UNITS = re.compile(f"[{_CJK}]|[^{_CJK}]+")

_FULL_WIDTH = str.maketrans(",.?!;:", "，。？！；：")
_HALF_WIDTH = str.maketrans("，。？！；：", ",.?!;:")

_FILLERS = {"uh", "um", "er", "erm", "hmm", "嗯", "呃", "唔"}

_PAUSE_MS = 800
_LONGEST_MS = 60_000
"""A voice activity detector of Paraformer's kind ends a segment at a pause of 0.8 s, or after a minute (FunASR's
defaults for FSMN-VAD)."""

_PAD_MS = 600
"""Padding of a segment around the speech in it; 240 to 660 ms in the published samples."""


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """One token of a reply; the spaces are inside the texts. `confidence` is None when it is not known."""

    text: str
    punctuation: str
    start_ms: int
    end_ms: int
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ReplySentence:
    """One sentence of a reply; `tokens` is never empty, and the sentence may be longer than they are."""

    speaker: int | None
    tokens: tuple[ReplyToken, ...]
    start_ms: int
    end_ms: int

    @property
    def text(self) -> str:
        """The plain concatenation of its tokens, as in the service's replies."""
        return "".join(piece.text + piece.punctuation for piece in self.tokens)


def reply_sentences(
    utterances: Sequence[Utterance], parameters: Parameters, duration_ms: int
) -> tuple[ReplySentence, ...]:
    """Sentences as the model cuts them, in order of time.

    Args:
        utterances: The known speech, times counted from the first sample sent.
        parameters: Parameters of the task.
        duration_ms: Length of the audio; no time lies outside it.
    """
    said = [u for u in map(_without_fillers, utterances) if u] if parameters.drop_fillers else list(utterances)
    said.sort(key=lambda utterance: utterance.start_ms)
    if parameters.family in ("fun-asr", "qwen-audio"):
        return tuple(_sentence(u.speaker, _fun_asr(u)) for u in said)
    if parameters.alignment:
        return tuple(_sentence(u.speaker, _paraformer(u.tokens)) for u in said)
    groups = list(_speech_groups(said, parameters.diarization))
    return tuple(
        _spread_evenly(group, span) for group, span in zip(groups, _padded_spans(groups, duration_ms), strict=True)
    )


def _sentence(speaker: int | None, pieces: tuple[ReplyToken, ...]) -> ReplySentence:
    return ReplySentence(speaker, pieces, pieces[0].start_ms, pieces[-1].end_ms)


def _without_fillers(utterance: Utterance) -> Utterance | None:
    """The utterance without fillers; their punctuation goes to the word before, if that has none of its own."""
    kept: list[Token] = []
    for token in utterance.tokens:
        if token.text.lower() not in _FILLERS:
            kept.append(token)
        elif kept and not kept[-1].punctuation:
            kept[-1] = replace(kept[-1], punctuation=token.punctuation)
    return replace(utterance, tokens=tuple(kept)) if kept else None


def _fun_asr(utterance: Utterance) -> tuple[ReplyToken, ...]:
    chinese = any(_IS_CJK.search(token.text) for token in utterance.tokens)
    pieces: list[ReplyToken] = []
    for token in utterance.tokens:
        joined = token.joined or _IS_CJK.search(token.text) or (pieces and pieces[-1].punctuation.endswith(" "))
        spaced = pieces and not joined
        text = f" {token.text}" if spaced else token.text
        mark = _punctuation(token, wide=chinese)
        pieces.append(ReplyToken(text, mark, token.start_ms, token.end_ms, token.confidence))
    return tuple(pieces)


def _paraformer(tokens: Sequence[Token]) -> tuple[ReplyToken, ...]:
    units = [unit for token in tokens for unit in _units(token)]
    return tuple(
        ReplyToken(
            f"{unit.text} " if i + 1 < len(units) and not unit.punctuation and not _is_cjk(unit) else unit.text,
            _punctuation(unit, wide=_is_cjk(unit)),
            unit.start_ms,
            unit.end_ms,
        )
        for i, unit in enumerate(units)
    )


def _units(token: Token) -> Iterator[Token]:
    """Split a token: each Chinese character alone, other text together; times in proportion to characters."""
    texts = _UNITS.findall(token.text) or [token.text]
    length, done = max(1, len(token.text)), 0
    for i, text in enumerate(texts):
        start = token.start_ms + (token.end_ms - token.start_ms) * done // length
        done += len(text)
        end = token.start_ms + (token.end_ms - token.start_ms) * done // length
        yield Token(text, token.punctuation if i + 1 == len(texts) else "", start, end)


def _is_cjk(token: Token) -> bool:
    return bool(_IS_CJK.match(token.text))


def _punctuation(token: Token, *, wide: bool) -> str:
    """The mark in full width in Chinese; elsewhere in half width with a space after it."""
    mark = token.punctuation.strip()
    if wide or not mark:
        return mark.translate(_FULL_WIDTH)
    return f"{mark.translate(_HALF_WIDTH)} "


def _speech_groups(said: Sequence[Utterance], diarization: bool) -> Iterator[list[Utterance]]:
    """Groups of utterances without pauses between them; with diarization a change of speaker ends a group, too."""
    group: list[Utterance] = []
    for utterance in said:
        if group and (
            utterance.start_ms - group[-1].end_ms > _PAUSE_MS
            or utterance.end_ms - group[0].start_ms > _LONGEST_MS
            or (diarization and utterance.speaker != group[-1].speaker)
        ):
            yield group
            group = []
        group.append(utterance)
    if group:
        yield group


def _padded_spans(groups: Sequence[Sequence[Utterance]], duration_ms: int) -> Iterator[tuple[int, int]]:
    """Start and end of each group, padded, at most to the middle of the gap to its neighbours."""
    ends = [max(u.end_ms for u in group) for group in groups]
    for i, group in enumerate(groups):
        start, end = group[0].start_ms, ends[i]
        before = (start - ends[i - 1]) // 2 if i else start
        after = (groups[i + 1][0].start_ms - end) // 2 if i + 1 < len(groups) else duration_ms - end
        yield start - max(0, min(_PAD_MS, before)), end + max(0, min(_PAD_MS, after))


def _spread_evenly(group: Sequence[Utterance], span: tuple[int, int]) -> ReplySentence:
    """One sentence whose tokens all have the same length."""
    pieces = _paraformer([token for utterance in group for token in utterance.tokens])
    start, end = span
    edges = [start + (end - start) * i // len(pieces) for i in range(len(pieces) + 1)]
    even = tuple(replace(p, start_ms=edges[i], end_ms=edges[i + 1]) for i, p in enumerate(pieces))
    return ReplySentence(group[0].speaker, even, start, end)
