"""Costs of breaks and cues: read from data, tabulated for one language and one pair of limits.

`costs.toml` holds the costs of all languages, `weights/<language>.toml` those of a language's words and endings.
The one rule: a number is either learned by `bench/learn_breaks.py` or has its reason beside it in the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from math import exp
from typing import Any

from captioner.layout.breaks import MARKS
from captioner.layout.lexicon import language_profile
from captioner.style import Style

__all__ = ["INNER", "KNOTS", "WORDS", "CostTables", "Costs", "cost_tables", "inner_index", "interpolate", "load_costs"]

# Corners of the curves of `costs.toml`. Widths are shares of the whole cue (columns x lines), balance is
# (second line - first line) / columns, upper and lower are those lines / columns, one_line is columns.
KNOTS: Mapping[str, tuple[float, ...]] = {
    "fill": (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "balance": (-1.0, -0.8, -0.6, -0.4, -0.2, -0.05, 0.05, 0.2, 0.4, 0.6, 0.8, 1.0),
    "upper": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "lower": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "one_line": (0.0, 30.0, 36.0, 42.0, 48.0, 56.0, 64.0, 84.0, 130.0),
}
INNER = 5  # kinds of cue by the sentence ends inside it, see `inner_index`
WORDS = 2  # kinds of cue by number of words: one, and more


def inner_index(count: int, *, starts_inside: bool, ends_inside: bool) -> int:
    """Which of the `INNER` kinds a cue is.

    0: no sentence ends inside it. 1: whole sentences only. 2: it begins inside a sentence; 3: it ends inside one;
    4: both.
    """
    return 1 + starts_inside + 2 * ends_inside if count else 0


def interpolate(knots: Sequence[float], values: Sequence[float], x: float) -> float:
    """Value of a piecewise linear curve; constant outside its first and last corner."""
    if x <= knots[0]:
        return values[0]
    for index in range(1, len(knots)):
        if x <= knots[index]:
            share = (x - knots[index - 1]) / (knots[index] - knots[index - 1])
            return values[index - 1] + share * (values[index] - values[index - 1])
    return values[-1]


@dataclass(frozen=True, slots=True, eq=False)
class Costs:
    """Costs of one language's breaks and cues; negative costs are rewards.

    Attributes:
        cue: Cost of ending a cue, by feature of the break (`breaks`).
        line: Cost of ending a line inside a cue, by feature.
        curves: Values at the corners of `KNOTS`.
        inner: Cost of each kind of `inner_index`.
        words: Cost of a cue of one word, and of more, that is not a sentence of its own.
        manual: Costs set by hand, by name, because caption files cannot teach them; reasons in `costs.toml`.
    """

    cue: Mapping[str, float]
    line: Mapping[str, float]
    curves: Mapping[str, tuple[float, ...]]
    inner: tuple[float, ...]
    words: tuple[float, ...]
    manual: Mapping[str, float]


@lru_cache(maxsize=64)
def load_costs(language: str) -> Costs:
    """The common costs with those of a language added; a language without weights has the common costs."""
    common = _read("costs.toml")
    cue = {name: pair[0] for name, pair in common["break"].items()}
    line = {name: pair[1] for name, pair in common["break"].items()}
    own = _read(f"weights/{language}.toml")
    for family, pairs in own.items():
        for name, (ends_cue, ends_line) in pairs.items():
            feature = family + name
            cue[feature] = cue.get(feature, 0.0) + ends_cue
            line[feature] = line.get(feature, 0.0) + ends_line
    _add_manual(language, cue, line, common["manual"])
    shape = common["shape"]
    curves = {name: tuple(shape[name]) for name in KNOTS}
    manual = {**common["manual"], "uneven": common["manual"].get(f"uneven_{language}", 0.0)}
    single_word = shape["words"][0] + common["manual"]["single_word"] * language_profile(language).spaces
    return Costs(cue, line, curves, tuple(shape["inner"]), (single_word, *shape["words"][1:]), manual)


def _add_manual(language: str, cue: dict[str, float], line: dict[str, float], manual: Mapping[str, float]) -> None:
    """Add the costs that were set by hand; reasons in `costs.toml`."""
    words = language_profile(language)
    bound_word = manual["bound_word_en" if words.language == "en" else "bound_word"]
    for feature in ("after.bound_forward", "before.bound_back"):
        cue[feature] = cue.get(feature, 0.0) + bound_word
        line[feature] = line.get(feature, 0.0) + bound_word
    for name in ("near.since.1", "near.until.1") if words.counting == "zh" else ():
        cue[name] = cue.get(name, 0.0) + manual["stranded_word"]
        line[name] = line.get(name, 0.0) + manual["stranded_word"]
    if not words.capital_nouns:
        cue["pair.names"] = cue.get("pair.names", 0.0) + manual["names"]
        line["pair.names"] = line.get("pair.names", 0.0) + manual["names"]
    whole = manual.get(f"whole_sentence_{words.language}", manual["whole_sentence"])
    for name in ("fits.0", "fits.1", "fits.2"):
        cue[name] = cue.get(name, 0.0) + whole
    cue["missing_stop"] = cue.get("missing_stop", 0.0) + manual["missing_stop"]
    for mark in MARKS:
        if mark != "sentence":
            cue[f"mark.{mark}"] = cue.get(f"mark.{mark}", 0.0) + manual["cue_bonus"]
            line[f"mark.{mark}"] = line.get(f"mark.{mark}", 0.0) + manual["line_bonus"]


FOLDER: Traversable = resources.files("captioner.layout")  # with costs.toml and weights/; measurements set another


def _read(name: str) -> dict[str, Any]:
    entry = FOLDER.joinpath(name)
    return tomllib.loads(entry.read_text(encoding="utf-8")) if entry.is_file() else {}


@dataclass(frozen=True, slots=True, eq=False)
class CostTables:
    """The curves as lists, so that the search only looks values up.

    Attributes:
        fill: By columns of the whole cue, 0 to columns x lines.
        one_line: Weight of a cue on one line, by its columns, 0 to columns x lines; none where a line is too narrow.
        one_line_cost: The same as costs.
        least_one_line: The least of these.
        two_lines: Weight by columns of a line, then by columns of the line below it.
        most_two_lines: The largest of these.
        too_short: Cost of a cue without enough time to be read, by tenths of a second until the next cue must begin.
    """

    fill: list[float]
    one_line: list[float]
    one_line_cost: list[float]
    least_one_line: float
    two_lines: list[list[float]]
    most_two_lines: float
    too_short: list[float]


STEP_MS = 100  # resolution of `too_short`


def cost_tables(costs: Costs, style: Style) -> CostTables:
    """Tabulate the curves for the limits of a style; the last few tables are kept."""
    limits = (
        style.max_columns,
        style.max_lines,
        style.min_duration_ms,
        style.max_duration_ms,
        style.min_gap_ms,
    )
    key = (id(costs), *limits)
    if key not in _TABLES:
        if len(_TABLES) >= 64:
            _TABLES.clear()
        _TABLES[key] = costs, _tabulate(costs, style)
    return _TABLES[key][1]


_TABLES: dict[tuple[int | str, ...], tuple[Costs, CostTables]] = {}


def _tabulate(costs: Costs, style: Style) -> CostTables:
    widest = style.max_columns * style.max_lines

    def curve(name: str, x: float) -> float:
        return interpolate(KNOTS[name], costs.curves[name], x)

    widths = range(style.max_columns + 1)
    upper = [curve("upper", width / style.max_columns) for width in widths]
    lower = [curve("lower", width / style.max_columns) for width in widths]
    steps = range(-style.max_columns, style.max_columns + 1)
    balance = [curve("balance", step / style.max_columns) for step in steps]
    two_lines = [[exp(-upper[a] - lower[b] - balance[style.max_columns + b - a]) for b in widths] for a in widths]
    alone = [curve("one_line", width) for width in widths] + [float("inf")] * (widest - style.max_columns)
    return _cost_tables([curve("fill", width / widest) for width in range(widest + 1)], alone, two_lines, costs, style)


def _cost_tables(
    fill: list[float], alone: list[float], two_lines: list[list[float]], costs: Costs, style: Style
) -> CostTables:
    steps = range(style.min_duration_ms // STEP_MS + 2)
    return CostTables(
        fill=fill,
        one_line=[exp(-cost) for cost in alone],
        one_line_cost=alone,
        least_one_line=min(alone),
        two_lines=two_lines,
        most_two_lines=max(map(max, two_lines)),
        too_short=[*[_too_short_cost(step * STEP_MS, style, costs) for step in steps], 0.0],
    )


def _too_short_cost(room_ms: int, style: Style, costs: Costs) -> float:
    """Cost of a cue that has less time than the style's minimum before the next one must begin."""
    needed = style.min_duration_ms + style.min_gap_ms
    if room_ms >= needed:
        return 0.0
    return costs.manual["too_short"] + costs.manual["too_short_slope"] * (needed - room_ms) / needed
