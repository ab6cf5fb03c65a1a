#!/usr/bin/env python3
"""Scores captioner's segmentation by people's captions.

    python bench/segmentation.py CASES... [--groups en,fr] [--by source] [--costs FOLDER]

Breaks are compared by the letters and digits before them. Columns of the table, in per cent:
    cue      F1 of cue breaks              in      F1 of cue breaks inside sentences, the difficult part
    typed    F1 of cue and line breaks, the kind must match
    place    line task: two-line captions of people as single sentences, broken at the same place
    width    cues within the columns       short, long   cues under 0.833 s and over 7 s
    bound    breaks that separate bound words, by captioner's own word lists
    orphan   cues of one word that are not sentences
    cues    captions made by captioner, and by people
`cross_validate.py` scores programmes from sources that the costs were not learned from.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from cases import Case, Shown, content, load, offsets

from captioner.layout import compose, costs
from captioner.layout.breaks import end_mark
from captioner.layout.lexicon import language_profile
from captioner.layout.width import columns
from captioner.style import Style, load_style

SHORTEST_MS, LONGEST_MS = 833, 7000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--groups", default="")
    parser.add_argument("--by", choices=("group", "source", "programme"), default="group")
    parser.add_argument("--costs", type=Path, help="folder with costs.toml and weights (default: those of captioner)")
    options = parser.parse_args()
    if options.costs:
        costs.FOLDER = options.costs
    groups = [name for name in options.groups.split(",") if name]
    cases = [case for kind in ("full", "lines") for case in load(options.cases, groups, kind)]
    table(scores(cases, options.by))


def scores(cases: Iterable[Case], by: str = "group") -> dict[str, Counter[str]]:
    """Counts by group, and by source or programme if wanted."""
    counts: dict[str, Counter[str]] = {}
    for case in cases:
        found = tally(case, cut(case)) if case.kind == "full" else line_task(case, cut(case))
        part = {"group": "", "source": f"{case.group} {case.source}", "programme": f"{case.group} {case.name}"}[by]
        for name in filter(None, (case.group, part)):
            counts.setdefault(name, Counter()).update(found)
    return counts


def table(counts: dict[str, Counter[str]]) -> None:
    print(f"{'group':28s}   cue    in typed  place | width short  long bound orphan | lost  cues people")
    for name, count in sorted(counts.items()):
        print(f"{name:28s} {report(count)}")


def cut(case: Case) -> tuple[Shown, ...]:
    """Captioner's captions within the limits of the case."""
    style: Style = load_style("web-default").override(max_columns=case.max_columns, max_lines=case.max_lines)
    return tuple(
        Shown(cue.start_ms, cue.end_ms, tuple(line.text for line in cue.lines))
        for cue in compose(case.transcript, style)
    )


def tally(case: Case, ours: tuple[Shown, ...]) -> Counter[str]:
    """Hits, tries and targets of each measure for a whole programme."""
    their_cues, their_lines, _ = offsets(case.people)
    our_cues, our_lines, shown = offsets(ours)
    said = "".join(content(sentence.text) for sentence in case.transcript.sentences)
    if not case.lines_judged:
        their_lines, our_lines = set(), set()
    ends = sentence_ends(case)
    found: Counter[str] = Counter(lost=said != shown, cues=len(ours), people=len(case.people))
    found.update(hits("cue", our_cues, their_cues))
    found.update(hits("in", our_cues - ends, their_cues - ends))
    found.update(hits("typed", our_cues, their_cues))
    found.update(hits("typed", our_lines, their_lines))
    found.update(shape(case, ours, ends))
    return found


def hits(name: str, ours: set[int], theirs: set[int]) -> Counter[str]:
    return Counter({f"{name}.hit": len(ours & theirs), f"{name}.ours": len(ours), f"{name}.theirs": len(theirs)})


def sentence_ends(case: Case) -> set[int]:
    ends, here = set(), 0
    for sentence in case.transcript.sentences:
        here += len(content(sentence.text))
        ends.add(here)
    return ends


def shape(case: Case, ours: tuple[Shown, ...], ends: set[int]) -> Counter[str]:
    """Measures that need no people's captions: widths, times, separated bound words, single words."""
    found: Counter[str] = Counter()
    words = language_profile(case.language)
    here = 0
    for caption in ours:
        begun = here
        here += sum(len(content(line)) for line in caption.lines)
        whole = begun in ends | {0} and here in ends
        found["wide"] += any(columns(line) > case.max_columns for line in caption.lines)
        pieces = content(caption.lines[0]) if not words.spaces else " ".join(caption.lines).split()
        found["orphan"] += not whole and len(caption.lines) == 1 and len(pieces) <= (1 if words.spaces else 2)
        if case.timed:
            found["timed"] += 1
            found["short"] += caption.end_ms - caption.start_ms < SHORTEST_MS
            found["long"] += caption.end_ms - caption.start_ms > LONGEST_MS
    for before, after in line_ends(ours):
        found["breaks"] += 1
        plain = end_mark(before, sentence_end=before.endswith(".")) == "plain"
        found["bound"] += plain and leaning(before, after, case.language)
    return found


def line_ends(ours: tuple[Shown, ...]) -> Iterator[tuple[str, str]]:
    return pairwise([line for caption in ours for line in caption.lines])


def leaning(before: str, after: str, language: str) -> bool:
    words = language_profile(language)
    if not words.spaces:
        return after.startswith(tuple(words.no_break_before)) if words.no_break_before else False
    last, first = content_word(before.split()[-1]), content_word(after.split()[0])
    return last in words.no_break_after or first in words.no_break_before


def content_word(word: str) -> str:
    return word.lower().replace("’", "'").strip('"“”«»()[].,;:!?…')


def line_task(case: Case, ours: tuple[Shown, ...]) -> Counter[str]:
    """Two-line captions as single sentences: whether the break is at people's place, as a line or as a cue break."""
    their_cues, their_lines, said = offsets(case.people)
    our_cues, our_lines, _ = offsets(ours)
    edges = sorted(their_cues | {0, len(said)})
    found: Counter[str] = Counter()
    for first, last in pairwise(edges):
        wanted = {place for place in their_lines if first < place < last}
        found["lone"] += 1
        found["lone.hit"] += {place for place in our_cues | our_lines if first < place < last} == wanted
    return found


def report(count: Counter[str]) -> str:
    def f1(name: str) -> float:
        tries = count[f"{name}.ours"] + count[f"{name}.theirs"]
        return 200 * count[f"{name}.hit"] / tries if tries else 0.0

    def share(name: str, of: str) -> float:
        return 100 * count[name] / count[of] if count[of] else 0.0

    return (
        f"{f1('cue'):5.1f} {f1('in'):5.1f} {f1('typed'):5.1f} {share('lone.hit', 'lone'):6.1f} | "
        f"{100 - share('wide', 'cues'):5.1f} {share('short', 'timed'):5.1f} {share('long', 'timed'):5.1f} "
        f"{share('bound', 'breaks'):5.1f} {share('orphan', 'cues'):6.1f} | "
        f"{count['lost']:4d} {count['cues']:5d} {count['people']:6d}"
    )


if __name__ == "__main__":
    main()
