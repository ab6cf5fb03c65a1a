#!/usr/bin/env python3
"""Scores captioner on programmes from sources that its costs were not learned from.

    python bench/cross_validate.py CASES... [--folds 3] [--groups en,fr] [--by source] [--out FOLDER]
        [--most 1500] [--own-only]

The sources (and series of a source) of all cases are spread over the folds; the costs of each fold are learned from the
other folds by `learn_breaks.py`, with the hand-set costs of captioner, and its programmes are scored with them as
`segmentation.py` does. The table has the sums over the folds. `--out` keeps the learned costs of each fold; with costs
already there only the scoring is done. `--most` learns from so many captions of a group at most, to try a change
quickly.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from cases import folds_by_source, load, sample
from learn_breaks import learn
from segmentation import scores, table

from captioner.layout import costs

Counts = dict[str, Counter[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--groups", default="")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--by", choices=("group", "source", "programme"), default="group")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--most", type=int, default=10**9)
    parser.add_argument("--own-only", action="store_true", help="as for learn_breaks.py, from captioner's files")
    options = parser.parse_args()
    groups = [name for name in options.groups.split(",") if name]
    pool = ProcessPoolExecutor(options.processes, get_context("spawn"), max_tasks_per_child=1)  # costs are cached
    with tempfile.TemporaryDirectory() as scratch, pool:
        out = options.out or Path(scratch)
        jobs = [pool.submit(score_fold, options, groups, fold, out / f"fold{fold}") for fold in range(options.folds)]
        together: Counts = {}
        for job in jobs:
            for name, counts in job.result().items():
                together.setdefault(name, Counter()).update(counts)
    table(together)


def score_fold(options: argparse.Namespace, groups: list[str], fold: int, out: Path) -> Counts:
    """Learn without one fold, unless that was done, and score the fold."""
    full, lines = load(options.cases, groups), load(options.cases, groups, "lines")
    held = folds_by_source(full, options.folds)
    if not (out / "weights").is_dir():
        out.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(costs.FOLDER.joinpath("costs.toml")), out)
        if options.own_only:
            shutil.copytree(str(costs.FOLDER.joinpath("weights")), out / "weights")
        others = (case for case in full if held[case.source, case.series] != fold)
        learn(sample(others, options.most), out, own_only=options.own_only)
    costs.FOLDER = out
    return scores([case for case in [*full, *lines] if held.get((case.source, case.series)) == fold], options.by)


if __name__ == "__main__":
    main()
