"""Runs the steps of layout turn by turn, and collects cues, reasons and issues.

The one rule: every turn is cut by itself, in its own language's style; only timing and shared cues look across turns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, chain, islice, repeat, starmap

from captioner.gc_pause import gc_paused
from captioner.languages import language_of
from captioner.layout import speakers, timing
from captioner.layout.chunks import Chunk, Chunks, LayoutTurn, split_turns
from captioner.layout.collocations import pair_levels
from captioner.layout.costs import load_costs
from captioner.layout.even_lines import with_even_lines
from captioner.layout.explain import kept_whole, reason
from captioner.layout.full_lines import fill_lines
from captioner.layout.interleave import interleave
from captioner.layout.lexicon import LanguageProfile
from captioner.layout.overflow import no_break_runs, split_overflow
from captioner.layout.scoring import BreakScorer
from captioner.layout.segment import ChunkRange, choose_breaks, find_break_points
from captioner.layout.width import columns
from captioner.model import Cue, Issue, Line, Transcript, make_records
from captioner.style import Style

__all__ = ["Composition", "compose", "explain"]

TRAILING_MS = 60_000  # time assumed free after the last word


@dataclass(frozen=True, slots=True)
class Composition:
    """Cues with explanations.

    Attributes:
        cues: In order of time.
        reasons: For each cue the reason for its end.
        issues: Limits that could not be kept, and cues that an editor may want to see.
    """

    cues: tuple[Cue, ...]
    reasons: tuple[str, ...]
    issues: tuple[Issue, ...]


@dataclass(slots=True)
class _Draft:
    """A cue without its times.

    Attributes:
        lines: As in a cue.
        start_ms: First millisecond of its first word.
        end_ms: First millisecond after its last word.
        columns: Width of its lines together, without labels and dashes.
        first_chunks: Chunks of the turn in which it begins.
        first_number: Number of its first chunk there.
        last_chunks: Chunks of the turn in which it ends.
        last_number: Number of its last chunk there.
        profile: Language of the turn.
        style: Limits of the turn.
        speaker: As in a cue.
        together: The `pair_levels` of the chunks in which it begins.
        forced_start: Whether it begins inside something that is wider than a line.
        forced_break: Whether a line of it does.
        label_dropped: Whether there was no room for the speaker's name.
    """

    lines: list[Line]
    start_ms: int
    end_ms: int
    columns: int
    first_chunks: Chunks
    first_number: int
    last_chunks: Chunks
    last_number: int
    profile: LanguageProfile
    style: Style
    speaker: str | None
    together: bytes
    forced_start: bool = False
    forced_break: bool = False
    label_dropped: bool = False

    @property
    def first(self) -> Chunk:
        """Its first chunk."""
        return self.first_chunks[self.first_number]

    @property
    def last(self) -> Chunk:
        """Its last chunk."""
        return self.last_chunks[self.last_number]


def compose(transcript: Transcript, style: Style, names: Mapping[str, str] | None = None) -> tuple[Cue, ...]:
    """Cut a transcript into cues.

    Args:
        transcript: The recognised speech.
        style: The whole profile; each turn is laid out by its own language's numbers.
        names: Display names by speaker id; the default is `Speaker 1`…
    """
    with gc_paused():
        return _place(_draft_cues(transcript, style, names))


def explain(transcript: Transcript, style: Style, names: Mapping[str, str] | None = None) -> Composition:
    """Cut a transcript into the same cues as `compose`, with reasons and issues."""
    drafts = _draft_cues(transcript, style, names)
    cues = _place(drafts)
    reasons = tuple(
        reason(
            draft.last,
            following.first if following else None,
            draft.profile,
            new_speaker=following is not None and following.lines[0].speaker != draft.lines[-1].speaker,
            forced_break=following is not None and following.forced_start,
            would_overflow=following is not None and _would_overflow(draft, following),
            full_lines=draft.style.line_fill == "full",
            silent_from_ms=heard,
            kept=_kept_whole(following) if following else "",
        )
        for draft, following, heard in zip(drafts, [*drafts[1:], None], _silent_from(drafts), strict=False)
    )
    issues = tuple(issue for index, cue in enumerate(cues) for issue in _issues(index, cue, drafts[index]))
    return Composition(cues, reasons, issues)


def _silent_from(drafts: Sequence[_Draft]) -> Iterator[int]:
    """For each cue the end of all speech so far: voices may overlap."""
    return accumulate((draft.end_ms for draft in drafts), max)


def _draft_cues(transcript: Transcript, style: Style, names: Mapping[str, str] | None) -> list[_Draft]:
    shown = transcript.display_names(names) if names or len(transcript.speakers()) > 1 else {}
    styles: dict[str, Style] = {}
    base = language_of(transcript.language)
    drafts: list[_Draft] = []
    spoken = interleave(split_turns(transcript))
    together = pair_levels([turn.chunks for turn in spoken])
    for turn, levels, after in zip(spoken, together, [*spoken[1:], None], strict=False):
        language = turn.profile.language
        tag = base.tag if base.code == language else language
        own = styles.get(tag) or styles.setdefault(tag, style.for_language(tag))
        new = not drafts or drafts[-1].speaker != turn.speaker
        name = shown.get(turn.speaker or "", "") if new else ""
        next_ms = after.chunks.start_ms[0] if after else turn.chunks.end_ms[-1] + TRAILING_MS
        drafts += _cut_turn(turn, levels, own, name, next_ms)
    return _share_short_turns(drafts)


def _cut_turn(turn: LayoutTurn, together: bytes, style: Style, name: str, next_ms: int) -> list[_Draft]:
    """The cues of one turn; the first has the speaker's label."""
    chunks, forced = split_overflow(turn.chunks, style.max_columns, wide_ambiguous=turn.profile.wide_ambiguous)
    if name:
        chunks = _with_room_for_label(chunks, style.max_columns // 2)
    label = _label(name, chunks, turn.profile, style)
    room = columns(label, wide_ambiguous=turn.profile.wide_ambiguous) + 1 if label else 0
    if len(chunks) != len(turn.chunks):  # words wider than a line were cut
        together = pair_levels([chunks])[0]
    if style.line_fill == "full":
        spans = fill_lines(chunks, turn.profile, style, label=room, next_ms=next_ms, pauses=not turn.evenly_spread)
    else:
        spans = _balanced(chunks, together, turn, style, label=room, next_ms=next_ms)
    drafts = _drafts(chunks, spans, turn, style, together, frozenset(forced))
    if label:
        drafts[0].lines[0] = replace(drafts[0].lines[0], label=label)
    drafts[0].label_dropped = bool(name) and not label
    return drafts


def _kept_whole(draft: _Draft) -> str:
    return kept_whole(draft.first_chunks, draft.first_number, draft.together, draft.profile, draft.lines[0].text)


def _balanced(
    chunks: Chunks, together: bytes, turn: LayoutTurn, style: Style, *, label: int, next_ms: int
) -> list[list[ChunkRange]]:
    """For each cue its lines, broken where a reader pauses."""
    scale = _scorer(turn.profile)
    widest = style.max_columns * style.max_lines
    cue, line = scale.score(chunks, together, widest=widest, pauses=not turn.evenly_spread)
    places = find_break_points(chunks, cue, line, style, label=label, next_ms=next_ms)
    del cue, line
    cues = choose_breaks(places, scale.costs, style)
    return with_even_lines(cues, chunks, places, scale.costs, style) if scale.costs.manual["uneven"] else cues


def _drafts(
    chunks: Chunks,
    cues: Sequence[Sequence[ChunkRange]],
    turn: LayoutTurn,
    style: Style,
    together: bytes,
    cut: Collection[int],
) -> list[_Draft]:
    """Cues of the chunks of each line.

    Args:
        chunks: Chunks of the turn.
        cues: For each cue the chunks of each line.
        turn: The turn.
        style: Limits.
        together: The `pair_levels` of the chunks.
        cut: Chunks that begin inside something that is wider than a line.
    """
    spans = list(chain.from_iterable(cues))
    texts, tokens = starmap(chunks.text, spans), starmap(chunks.words_of, spans)
    lines = iter(
        make_records(Line, len(spans), texts, tokens, repeat(turn.speaker), repeat(""), repeat(""), repeat(()))
    )
    ends, spaces = chunks.column_ends(), chunks.spaces
    firsts, lasts = [cue[0][0] for cue in cues], [cue[-1][1] - 1 for cue in cues]
    return make_records(
        _Draft,
        len(cues),
        [list(islice(lines, len(cue))) for cue in cues],
        map(chunks.start_ms.__getitem__, firsts),
        map(chunks.end_ms.__getitem__, lasts),
        [sum([ends[b] - ends[a] - spaces[a] for a, b in cue]) for cue in cues],
        repeat(chunks),
        firsts,
        repeat(chunks),
        lasts,
        repeat(turn.profile),
        repeat(style),
        repeat(turn.speaker),
        repeat(together),
        [first in cut for first in firsts] if cut else repeat(False),
        [any(begun in cut for begun, _ in cue) for cue in cues] if cut else repeat(False),
        repeat(False),
    )


def _with_room_for_label(chunks: Chunks, width: int) -> Chunks:
    """The chunks, with the first group cut where it is wider than half a line: a turn without its speaker is worse."""
    taken = 0
    for number, chunk in enumerate(next(no_break_runs(chunks))):
        taken += chunk.columns + (chunk.space if number else 0)
        if number and taken > width:
            cut = chunks[:]
            cut.holds[number] = 0
            return cut
    return chunks


def _label(name: str, chunks: Sequence[Chunk], profile: LanguageProfile, style: Style) -> str:
    """The label that fits before the first words: at most half a line, without breaking a word."""
    if not name:
        return ""
    first = next(no_break_runs(chunks))
    taken = sum(chunk.columns + chunk.space for chunk in first) - first[0].space
    room = min(style.max_columns // 2, style.max_columns - taken - 1)
    return speakers.fit_label(style.label, name, room, wide_ambiguous=profile.wide_ambiguous)


@lru_cache(maxsize=64)
def _scorer(profile: LanguageProfile) -> BreakScorer:
    return BreakScorer(profile, load_costs(profile.language))


def _share_short_turns(drafts: list[_Draft]) -> list[_Draft]:
    """Join two turns that are too short for cues of their own into one cue, as two dashed lines."""
    found: list[_Draft] = []
    index = 0
    while index < len(drafts):
        draft = drafts[index]
        if index + 1 < len(drafts) and _may_share(drafts, index):
            found.append(_join(draft, drafts[index + 1]))
            index += 2
        else:
            found.append(draft)
            index += 1
    return found


def _may_share(drafts: Sequence[_Draft], index: int) -> bool:
    """Whether this cue and the next are two whole turns, each too short alone, that fit on one line each."""
    one, other = drafts[index], drafts[index + 1]
    if one.style.max_lines < 2 or one.speaker == other.speaker or len(one.lines) + len(other.lines) > 2:
        return False
    if not _is_whole_turn(drafts, index) or not _is_whole_turn(drafts, index + 1):
        return False
    least = one.style.min_duration_ms + one.style.min_gap_ms
    after = drafts[index + 2].start_ms if index + 2 < len(drafts) else other.end_ms + TRAILING_MS
    if other.start_ms - one.start_ms >= least or after - other.start_ms >= least:
        return False
    if other.end_ms - one.start_ms > one.style.max_duration_ms:
        return False
    return all(
        columns(line.printed, wide_ambiguous=draft.profile.wide_ambiguous) <= one.style.max_columns
        for draft, line in zip((one, other), _join(one, other).lines, strict=True)
    )


def _is_whole_turn(drafts: Sequence[_Draft], index: int) -> bool:
    speaker = drafts[index].speaker
    before = drafts[index - 1].speaker if index else None
    after = drafts[index + 1].speaker if index + 1 < len(drafts) else None
    return (not index or before != speaker) and (index + 1 == len(drafts) or after != speaker)


def _join(one: _Draft, other: _Draft) -> _Draft:
    lines = [replace(one.lines[0], dash=one.style.dash_first), replace(other.lines[0], dash=one.style.dash_second)]
    return replace(
        one,
        lines=lines,
        columns=one.columns + other.columns,
        end_ms=other.end_ms,
        last_chunks=other.last_chunks,
        last_number=other.last_number,
        speaker=None,
    )


def _place(drafts: Sequence[_Draft]) -> tuple[Cue, ...]:
    spoken = [
        timing.SpokenCue(draft.start_ms, max(draft.end_ms, draft.start_ms), _reading_ms(draft), draft.style)
        for draft in drafts
    ]
    times = timing.place_cues(spoken)
    lines = [tuple(draft.lines) for draft in drafts]
    voices = [draft.speaker for draft in drafts]
    starts, ends = [start for start, _ in times], [end for _, end in times]
    return tuple(make_records(Cue, len(drafts), starts, ends, lines, voices, repeat(None)))


def _would_overflow(draft: _Draft, following: _Draft) -> bool:
    """Whether two cues together are wider than one cue may be."""
    wide = draft.profile.wide_ambiguous
    widths = [columns(line.printed, wide_ambiguous=wide) for line in (*draft.lines, *following.lines)]
    return sum(widths) > draft.style.max_columns * draft.style.max_lines


def _reading_ms(draft: _Draft) -> int:
    return int(_characters(draft) * 1000 / draft.style.cps)


def _characters(draft: _Draft) -> float:
    """Number of characters to read: a full-width one counts as one, a half-width one beside it as a half.

    Source: Netflix's counting rules for Chinese, Japanese and Korean.
    """
    width, wide = draft.columns, draft.profile.wide_ambiguous
    for line in draft.lines:
        if line.label or line.dash:
            width += columns(line.printed.removesuffix(line.text), wide_ambiguous=wide)
    return width / 2 if draft.profile.counting in ("zh", "ja", "ko") else float(width)


def _issues(index: int, cue: Cue, draft: _Draft) -> list[Issue]:
    """The issues of one cue."""
    issues = []
    style, lasts = draft.style, cue.end_ms - cue.start_ms
    speed = round(_characters(draft) * 1000 / lasts, 1)  # as printed: 7.04 is not over 7
    if speed > style.cps:
        severity = "error" if speed > style.cps_hard else "warning"
        message = f"{speed:.1f} characters a second; the style aims for {style.cps:g} and there is no more time"
        issues.append(Issue("cps", severity, index, speed, style.cps, message))
    if lasts < style.min_duration_ms:
        message = f"on screen for {lasts} ms; at least {style.min_duration_ms} are wanted and there is no room"
        issues.append(Issue("min_duration", "warning", index, lasts, style.min_duration_ms, message))
    if draft.forced_break:
        message = f"a word or a tied group is wider than the line of {style.max_columns} columns and had to be broken"
        issues.append(Issue("wide_word", "warning", index, style.max_columns + 1, style.max_columns, message))
    if draft.label_dropped:
        message = f"no room for the speaker's name on a line of {style.max_columns} columns"
        issues.append(Issue("label", "warning", index, style.max_columns, style.max_columns, message))
    return issues
