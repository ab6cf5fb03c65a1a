#!/usr/bin/env python3
"""Learns the costs of breaks from people's captions, and writes them as readable data.

    python bench/learn_breaks.py OUT CASES... [--groups en,fr] [--most 4000] [--own-only]

CASES are folders as `bench/cases.py` reads them. OUT (for the product: captioner/layout) gets `costs.toml`, common to
all languages, and `weights/<language>.toml`. `cross_validate.py` learns without some sources and scores those.

`--own-only` keeps the common costs that OUT has and learns what each language adds to them, from where its file stands:
for languages with few captions, and so that one language cannot change another.

The model is a semi-Markov conditional random field over the cues, lines and features that `layout.segment` searches:
the probability of a segmentation is proportional to exp(-cost), and the costs maximise the probability of people's
segmentations, with a ridge that keeps rare words near zero. If the people's style has one line per cue, or a line wider
than the limit, the line break is left open and summed over. The times in captions follow the cuts and not the other way
round, so nothing is learned from pauses; those costs are set by hand. numpy and scipy are needed here only.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from cases import Case, content, load, offsets, sample
from graph import Graph, arcs
from scipy.optimize import minimize

from captioner.layout import breaks
from captioner.layout.chunks import LayoutTurn, split_turns
from captioner.layout.collocations import pair_levels
from captioner.layout.costs import INNER, KNOTS, WORDS, interpolate
from captioner.layout.width import columns

SECTION = 70  # chunks; a section ends at a sentence end that is also the end of people's cue
RARE = 12  # a word or ending seen less often has only the cost of its class
RIDGE_COMMON, RIDGE_OWN, RIDGE_SHAPE = 2.0, 10.0, 0.2  # chosen on held-out programmes among 1-5, 2-60 and 0.2
STEPS = 80
LEFT_OUT = {"en-608"}  # broadcast captions that fill their lines: breaking after "the" is usual there
UNMARKED = {"ja-np"}  # captions without punctuation in a language whose replies have it: people cut them otherwise, and
TASTES = ("mark.", "near.", "fits.")  # how often, these features learn for them alone, which is not written
LEAST = 0.05  # a learned cost below this is not written
SILENT = {
    "fill": (),
    "balance": (201,),
    "upper": (101,),
    "lower": (101,),
    "one_line": (131,),
}  # table entries that mean "does not apply"
SIZES = {"fill": 101, "balance": 202, "upper": 102, "lower": 102, "one_line": 132, "inner": INNER, "words": WORDS}


@dataclass(slots=True)
class Programme:
    """A case with its turns, the offsets of every chunk, and people's breaks."""

    case: Case
    turns: list[LayoutTurn]
    ends: list[list[int]]
    cues: set[int]
    lines: set[int]
    open_lines: set[int] = field(default_factory=set)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--groups", default="")
    parser.add_argument("--most", type=int, default=10**9, help="captions of a group")
    parser.add_argument("--own-only", action="store_true")
    options = parser.parse_args()
    cases = load(options.cases, [name for name in options.groups.split(",") if name])
    learn(sample(cases, options.most), options.out, own_only=options.own_only)


def learn(cases: Iterable[Case], out: Path, *, own_only: bool = False) -> None:
    """Learn the costs of some cases and write them.

    Args:
        cases: What to learn from.
        out: Folder with `costs.toml`, whose [manual] table is kept.
        own_only: Whether only the languages' own weights are learned, on top of the costs in the folder.
    """
    programmes = [programme(case) for case in cases if case.group not in LEFT_OUT]
    graph, names = build(programmes)
    print(f"{len(programmes)} programmes, {graph.arcs} possible cues, {len(names)} features", flush=True)
    if own_only:
        found = fit_own(graph, names, known_costs(names, out))
        write_own(-found, names, out)
    else:
        write(fit(graph, names), names, out)


def programme(case: Case) -> Programme:
    cues, lines, _ = offsets(case.people)
    spoken = split_turns(case.transcript)
    ends, here = [], 0
    for turn in spoken:
        ends.append([here])
        for chunk in turn.chunks:
            here += len(content(chunk.text))
            ends[-1].append(here)
    found = Programme(case, spoken, ends, cues, lines)
    begun = 0
    for caption in case.people:
        wide = any(columns(line) > case.max_columns for line in caption.lines)
        if not case.lines_judged or wide or len(caption.lines) > 2:
            found.open_lines.add(begun)
        begun += sum(len(content(line)) for line in caption.lines)
    return found


def features(turn: LayoutTurn, levels: bytes, case: Case) -> list[list[str]]:
    """Features of the break after each chunk but the last; words and endings are the language's own."""
    language, fits = case.language, sentence_features(turn, case.max_columns * case.max_lines)
    profile = turn.profile
    marks = [breaks.end_mark(chunk.text, sentence_end=chunk.sentence_end) for chunk in turn.chunks]
    near = breaks.context_features(marks)
    found = []
    for number, (left, right) in enumerate(pairwise(turn.chunks)):
        names = list(breaks.features_after(left, profile))
        if marks[number] != "sentence":
            names += breaks.features_before(right, profile)
            names += breaks.pair_features(breaks.left_class(left, profile), breaks.right_class(right, profile))
            names += near[number]
            if levels[number] and marks[number] == "plain":
                names.append(breaks.together_feature(levels[number]))
            if fits[number]:
                names.append(fits[number])
        shared = [name for name in names if not own(name)]
        taste = [f"@{case.group}:{name}" for name in shared if case.group in UNMARKED and name.startswith(TASTES)]
        found.append(shared + [f"{language}:{name}" for name in names] + taste)
    return found


def sentence_features(turn: LayoutTurn, widest: int) -> list[str]:
    """For each chunk the feature that tells whether its sentence fits in one cue."""
    found: list[str] = []
    width = 0
    for number, chunk in enumerate(turn.chunks, 1):
        width += chunk.columns + chunk.space
        if chunk.sentence_end or number == len(turn.chunks):
            first = turn.chunks[len(found)]
            found += [breaks.fits_feature(width - first.space, widest)] * (number - len(found))
            width = 0
    return found


def own(name: str) -> bool:
    """Whether a feature belongs to its own language only."""
    return "=" in name or "~" in name or name.startswith("pair.") or ".kind." in name


def languages_of(names: Iterable[str]) -> list[str]:
    """The languages that have features of their own."""
    return sorted({name.partition(":")[0] for name in names if ":" in name and name[0] != "@"})


def build(programmes: list[Programme]) -> tuple[Graph, dict[str, int]]:
    """All segmentations of all sections, and the numbers of the features that are frequent enough."""
    seen = []
    for one in programmes:
        levels = pair_levels([turn.chunks for turn in one.turns])
        seen.append([features(turn, each, one.case) for turn, each in zip(one.turns, levels, strict=True)])
    count = Counter(name for one in seen for turn in one for names in turn for name in names)
    frequent = [name for name, n in count.items() if n >= (RARE if own(name.partition(":")[2] or name) else 1)]
    numbers = {name: number for number, name in enumerate(frequent)}
    graph = Graph(len(numbers))
    for one, its_features in zip(programmes, seen, strict=True):
        for turn, ends, names in zip(one.turns, one.ends, its_features, strict=True):
            for first, last in sections(turn, ends, one.cues):
                known = [[numbers[name] for name in at if name in numbers] for at in names[first : last - 1]]
                limits = (one.case.max_columns, one.case.max_lines)
                people = (one.cues, one.lines, one.open_lines)
                graph.add(arcs(turn.chunks[first:last], ends[first : last + 1], people, limits), known)
    graph.close(curves(), np.cumsum([0, *SIZES.values()])[:-1])
    return graph, numbers


def sections(turn: LayoutTurn, ends: list[int], cues: set[int]) -> list[tuple[int, int]]:
    found, first, count = [], 0, len(turn.chunks)
    for last in range(1, count + 1):
        closed = turn.chunks[last - 1].sentence_end and ends[last] in cues and last - first >= SECTION
        if last == count or closed:
            found.append((first, last))
            first = last
    return found


def curves() -> np.ndarray:
    """Maps the values at the corners of all curves to the entries of all tables."""
    blocks = []
    for name, size in SIZES.items():
        if name not in KNOTS:
            block = np.eye(size)
            block[0 if name == "inner" else size - 1] = 0.0
        else:
            block = np.array([corner_shares(name, entry) for entry in range(size)])
            block[list(SILENT[name])] = 0.0
        blocks.append(block)
    height, width = sum(len(block) for block in blocks), sum(block.shape[1] for block in blocks)
    found, row, column = np.zeros((height, width)), 0, 0
    for block in blocks:
        found[row : row + len(block), column : column + block.shape[1]] = block
        row, column = row + len(block), column + block.shape[1]
    return found


def corner_shares(name: str, entry: int) -> list[float]:
    """Weight of each corner of a curve at one entry of its table."""
    at = {"balance": (entry - 100) / 100, "one_line": float(entry)}.get(name, entry / 100)
    knots = KNOTS[name]
    return [interpolate(knots, [float(i == corner) for i in range(len(knots))], at) for corner in range(len(knots))]


def fit(graph: Graph, names: dict[str, int]) -> np.ndarray:
    """Costs with the sign changed: of ending cues, of ending lines, and the corners of the curves."""
    corners = sum(len(KNOTS.get(name, range(size))) for name, size in SIZES.items())
    ridge_breaks = np.array([RIDGE_OWN if ":" in name else RIDGE_COMMON for name in names])
    ridge = np.r_[ridge_breaks, ridge_breaks, np.full(corners, RIDGE_SHAPE)]

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = graph.unlikeliness(values)
        return value + 0.5 * float(ridge @ values**2), gradient + ridge * values

    found = minimize(loss, np.zeros(len(ridge)), jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 15})
    return found.x


def known_costs(names: dict[str, int], out: Path) -> np.ndarray:
    """Costs as a folder has them, for the features and the corners of the curves; 0 for what it has not."""
    common = tomllib.loads((out / "costs.toml").read_text(encoding="utf-8"))
    pairs = dict(common["break"])
    for path in (out / "weights").glob("*.toml"):
        for family, entries in tomllib.loads(path.read_text(encoding="utf-8")).items():
            pairs |= {f"{path.stem}:{family}{name}": pair for name, pair in entries.items()}
    ends = [[pairs.get(name, (0.0, 0.0))[side] for name in names] for side in (0, 1)]
    return np.r_[ends[0], ends[1], [value for name in SIZES for value in common["shape"][name]]]


def fit_own(graph: Graph, names: dict[str, int], costs: np.ndarray) -> np.ndarray:
    """Scores with those of the languages' own features learned; the ridge draws them to where they stand."""
    start = -costs
    own_features = np.array([":" in name for name in names])
    free = np.nonzero(np.r_[own_features, own_features, np.zeros(len(start) - 2 * len(names), bool)])[0]

    def loss(change: np.ndarray) -> tuple[float, np.ndarray]:
        values = start.copy()
        values[free] += change
        value, gradient = graph.unlikeliness(values)
        return value + 0.5 * RIDGE_OWN * float(change @ change), gradient[free] + RIDGE_OWN * change

    found = minimize(loss, np.zeros(len(free)), jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 15})
    start[free] += found.x
    return start


def write_own(costs: np.ndarray, names: dict[str, int], out: Path) -> None:
    """Write the files of the languages learned; entries of words that these captions do not have are kept."""
    (out / "weights").mkdir(exist_ok=True)
    for language in languages_of(names):
        path = out / "weights" / f"{language}.toml"
        old = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        mine = {family + name: (pair[0], pair[1]) for family, pairs in old.items() for name, pair in pairs.items()}
        mine |= {
            name.partition(":")[2]: (costs[number], costs[len(names) + number])
            for name, number in names.items()
            if name.startswith(f"{language}:")
        }
        path.write_text(families(mine), encoding="utf-8")


def write(values: np.ndarray, names: dict[str, int], out: Path) -> None:
    """Write the learned part of `costs.toml` over the old one, keeping its [manual] table, and the languages' files."""
    costs = -values
    known_corners(costs, 2 * len(names))
    pairs = {name: (costs[number], costs[len(names) + number]) for name, number in names.items()}
    shape, place = ["[shape]"], 2 * len(names)
    for name, size in SIZES.items():
        length = len(KNOTS.get(name, range(size)))
        shape.append(f"{name} = [{', '.join(map(figure, costs[place : place + length]))}]")
        place += length
    common = out / "costs.toml"
    manual = common.read_text(encoding="utf-8").partition("\n[manual]")[2].partition("\n[break]")[0]
    shared = [
        f"{json.dumps(name)} = [{figure(a)}, {figure(b)}]" for name, (a, b) in sorted(pairs.items()) if ":" not in name
    ]
    head = ["# What cues and breaks cost in every language; below zero is welcome.",
            "# [shape] and [break] are learned by bench/learn_breaks.py, [manual] is set by hand.", ""]  # fmt: skip
    text = (
        "\n".join([*head, *shape, "", "[manual]"])
        + manual
        + "\n".join(["", "[break]  # feature = [ends a cue, ends a line]", *shared])
    )
    common.write_text(text + "\n", encoding="utf-8")
    (out / "weights").mkdir(exist_ok=True)
    for language in languages_of(pairs):
        mine = {name.partition(":")[2]: pair for name, pair in pairs.items() if name.startswith(f"{language}:")}
        (out / "weights" / f"{language}.toml").write_text(families(mine), encoding="utf-8")


def known_corners(costs: np.ndarray, place: int) -> None:
    """Raise curves outwards at widths that no caption has: the ridge left a corner with no evidence near zero."""
    for name, knots in KNOTS.items():
        curve = costs[place : place + len(knots)]
        if name == "balance":
            middle = len(knots) // 2
            curve[middle:] = np.maximum.accumulate(curve[middle:])
            curve[:middle] = np.maximum.accumulate(curve[:middle][::-1])[::-1]
        elif name in ("upper", "lower"):
            curve[0] = max(curve[:2])
        elif name == "one_line":
            curve[3:] = np.maximum.accumulate(curve[3:])
        place += len(knots)


def figure(value: float) -> str:
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text


def families(pairs: dict[str, tuple[float, float]]) -> str:
    """Features of one language as TOML, grouped by the words they describe."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for name, (a, b) in sorted(pairs.items()):
        if max(abs(a), abs(b)) < LEAST:
            continue
        cut = next((place for place, sign in enumerate(name, 1) if sign in "=~"), 0)
        grouped[name[:cut]].append(f"{json.dumps(name[cut:], ensure_ascii=False)} = [{figure(a)}, {figure(b)}]")
    lines = ["# What this language's words and endings add to costs.toml: feature = [ends a cue, ends a line].",
             "# Learned by bench/learn_breaks.py."]  # fmt: skip
    for family in sorted(grouped):
        lines += ["", f"[{json.dumps(family)}]", *grouped[family]]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
