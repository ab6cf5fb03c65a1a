"""Paragraphs of TTML as captions: what of their text is shown when.

A paragraph whose parts appear and disappear is one caption for every state. Where its parts only come one after the
other and stay, or are the words of a song, it is one caption whose words have times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from captioner.errors import ReplyError
from captioner.formats.caption_file import RawCue
from captioner.formats.text.css_colours import css_colour
from captioner.formats.text.styled_text import LineBuilder, StyledText, trimmed_lines
from captioner.formats.ttml.document import DEEPEST, Document, shown_in
from captioner.formats.ttml.names import local_name
from captioner.formats.ttml.timing import ALWAYS, TIMED, Interval, child_intervals, intersection
from captioner.model import PLAIN, TextStyle

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["ParagraphState", "captions_of", "inside"]

_ANIMATION, _RUBY = "animation", "ruby"
_XML_SPACES = str.maketrans("\t\r\n", "   ")


@dataclass(frozen=True, slots=True)
class ParagraphState:
    """Inherited properties at a place of the tree.

    Attributes:
        interval: When the element is active.
        shown: What of that time it is seen.
        look: Of text.
        align: `textAlign`.
        region: Of the nearest element that names one, or None.
        voice: Agent's name, or "".
        is_visible: Whether text is, by `visibility`.
        keeps_spaces: Whether white space is kept as written.
        is_timed: Whether this or anything around it has a time.
    """

    interval: Interval = ALWAYS
    shown: tuple[Interval, ...] = (ALWAYS,)
    look: TextStyle = PLAIN
    align: str = ""
    region: str | None = None
    voice: str = ""
    is_visible: bool = True
    keeps_spaces: bool = False
    is_timed: bool = False


@dataclass(frozen=True, slots=True)
class _TextRun:
    """A piece of text, or a line break, and when it is shown."""

    text: str
    state: ParagraphState
    begin: int
    is_break: bool = False


def inside(element: Element, interval: Interval, document: Document, around: ParagraphState) -> ParagraphState:
    """Inherited properties inside an element."""
    said = document.attributes(element)
    is_untouched = not said and not len(element)
    shown = intersection(around.shown, [interval])
    space = said.get("space")
    return ParagraphState(
        interval,
        tuple(shown if is_untouched else shown_in(element, said, shown, interval, document)),
        _look(said, around.look),
        said.get("textAlign", around.align),
        said.get("region", around.region),
        document.agents.get(said.get("agent", "").partition(" ")[0], around.voice),
        said.get("visibility", "visible" if around.is_visible else "hidden") != "hidden",
        around.keeps_spaces if space is None else space == "preserve",
        around.is_timed or bool(TIMED & element.attrib.keys()),
    )


def _look(said: Mapping[str, str], look: TextStyle) -> TextStyle:
    """Style of text with these attributes inside text of another style."""
    get = said.get
    return _changed(look, get("fontStyle"), get("fontWeight"), get("textDecoration"), get("color"))


@lru_cache(maxsize=1000)
def _changed(
    look: TextStyle, slant: str | None, weight: str | None, lines: str | None, colour: str | None
) -> TextStyle:
    words = lines.split() if lines else []
    underline = "underline" in words or (look.underline and not {"noUnderline", "none"} & set(words))
    return TextStyle(
        look.italic if not slant else slant in ("italic", "oblique"),
        look.bold if not weight else weight == "bold",
        underline,
        css_colour(colour or "") or look.colour,
    )


def captions_of(element: Element, document: Document, state: ParagraphState, *, keep_states: bool) -> list[RawCue]:
    """The captions of a paragraph; their end is their begin where nothing says it.

    Args:
        element: The paragraph.
        document: Its document.
        state: What is inherited inside it.
        keep_states: Make a caption of every state of a paragraph that grows.
    """
    unsupported = set[str]()
    runs = list(_runs(element, document, state, unsupported, DEEPEST))
    region = tuple(document.region_shown(state.region))
    if any(run.state.region != state.region for run in runs):
        unsupported.add("regions inside a caption")
    if _has_lyrics(element, document):
        return [_caption(runs, state.interval, document, state, unsupported, with_marks=True)]
    seen = [(run, intersection(run.state.shown, region)) for run in runs]
    states = [(span, shown) for span, shown in _states(seen) if any(run.text.strip() for run in shown)]
    if len(states) > 1 and not keep_states and _grows([shown for _, shown in states]):
        whole = Interval(states[0][0].begin, states[-1][0].end)
        return [_caption(states[-1][1], whole, document, state, unsupported, with_marks=True)]
    return [_caption(shown, span, document, state, unsupported) for span, shown in states]


def _caption(
    runs: Sequence[_TextRun],
    span: Interval,
    document: Document,
    state: ParagraphState,
    unsupported: set[str],
    *,
    with_marks: bool = False,
) -> RawCue:
    builder = LineBuilder()
    marked = span.begin
    for run in runs:
        if with_marks and run.begin > marked and run.text.strip():
            builder.mark(run.begin)
            marked = run.begin
        if run.is_break:
            builder.end_line()
        elif run.state.keeps_spaces:
            builder.add(run.text.translate(_XML_SPACES), run.state.look, run.state.voice)
        else:
            builder.add_collapsed(run.text, run.state.look, run.state.voice)
    lines = trimmed_lines(builder.lines())
    styled = StyledText(lines, document.placement(state.region, state.align), frozenset(unsupported))
    end = span.begin if span.end is None else span.end
    return RawCue(span.begin, end, "\n".join(line.text for line in lines), styled=styled)


def _runs(
    element: Element, document: Document, state: ParagraphState, unsupported: set[str], deeper: int
) -> Iterator[_TextRun]:
    """The text below an element."""
    if not deeper:
        raise ReplyError(f"has more than {DEEPEST} elements inside each other")
    is_seen = state.is_visible and element.get("timeContainer") != "seq"
    text_state = state if is_seen else replace(state, shown=())
    if element.text:
        yield _TextRun(element.text, text_state, state.interval.begin)
    intervals = {id(child): found for child, found in child_intervals(element, state.interval, document.time_base)}
    for child in element:
        kind = local_name(child.tag)
        if kind == "br":
            inner = inside(child, intervals[id(child)], document, state)
            yield _TextRun("", inner, inner.interval.begin, is_break=True)
        elif kind == "span":
            inner = inside(child, intervals[id(child)], document, state)
            yield from _span(child, document, inner, unsupported, deeper - 1)
        elif kind in ("set", "animate"):
            unsupported.add(_ANIMATION)
        if child.tail:
            yield _TextRun(child.tail, text_state, state.interval.begin)


def _span(
    element: Element, document: Document, state: ParagraphState, unsupported: set[str], deeper: int
) -> Iterator[_TextRun]:
    """The text of a span; a reading that stands above its text is written behind it in brackets."""
    ruby = document.attributes(element).get("ruby", "")
    if ruby:
        unsupported.add(_RUBY)
    if ruby == "delimiter":
        return
    runs = _runs(element, document, state, unsupported, deeper)
    if ruby == "text":
        yield _TextRun("（", state, state.interval.begin)
        yield from runs
        yield _TextRun("）", state, state.interval.begin)
    else:
        yield from runs


def _has_lyrics(element: Element, document: Document) -> bool:
    """Whether the times of spans are those of words, counted from the start of the media and not of the paragraph."""
    if not TIMED & element.attrib.keys():
        return False
    begins = [document.time_base.ms(child.get("begin", "")) for child in element if local_name(child.tag) == "span"]
    known = [begin for begin in begins if begin is not None]
    return bool(known) and document.time_base.is_absolute and len(known) == len(begins)


def _states(seen: Sequence[tuple[_TextRun, list[Interval]]]) -> Iterator[tuple[Interval, list[_TextRun]]]:
    """Each stretch of time in which the same runs are shown, with them."""
    spans = {tuple(shown) for run, shown in seen if run.text.strip()}
    if len(spans) == 1 and len(only := next(iter(spans))) == 1:
        yield only[0], [run for run, _ in seen]
        return
    edges = sorted(
        {span.begin for shown in spans for span in shown}
        | {span.end for shown in spans for span in shown if span.end is not None}
    )
    if not edges:
        return
    ends: list[int | None] = [*edges[1:], None]
    before: tuple[Interval, list[_TextRun]] | None = None
    for begin, end in zip(edges, ends, strict=True):
        now = [run for run, shown in seen if any(_covers(span, begin) for span in shown)]
        if before is not None and before[1] == now:
            before = Interval(before[0].begin, end), now
            continue
        if before is not None:
            yield before
        before = Interval(begin, end), now
    if before is not None:
        yield before


def _covers(span: Interval, at: int) -> bool:
    return span.begin <= at and (span.end is None or at < span.end)


def _grows(states: Sequence[Sequence[_TextRun]]) -> bool:
    """Whether each state is the one before with more behind it."""
    return all(list(after[: len(before)]) == list(before) for before, after in pairwise(states))
