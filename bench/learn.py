"""Measures what `captioner learn` proposes in a simulated week: `python bench/learn.py [--seeds N]`.

After each of fifty files rules are learned from the files so far. Two figures: the share of recurring errors for which
a rule was proposed as soon as they were corrected twice, and the right sentences that proposals would change: those of
the files so far, and of the rest of the week.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from captioner.captions.learning import learn
from tests.captions.newsroom_week import week
from tests.captions.week_measure import measure


def main() -> None:
    """Print a row for each week."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="weeks to simulate")
    weeks = parser.parse_args().seeds
    print(
        "week  corrected twice  proposed at once  at the end  proposals  sentences broken  later ones  s for 50 files"
    )
    for seed in range(1, weeks + 1):
        files = week(seed)
        made = measure(files)
        began = time.perf_counter()
        learn([(each.name, each.archive) for each in files])
        took = time.perf_counter() - began
        share = made.prompt / made.due
        print(
            f"{seed:>4}  {made.due:>15}  {made.prompt:>9} {share:>5.0%}  {made.found:>10}  {made.proposals:>9}  "
            f"{len(made.broken):>16}  {len(made.unforeseen):>10}  {took:>14.2f}"
        )
        for name, listed in (("late", made.late), ("broken", made.broken + made.unforeseen), ("other", made.other)):
            if listed:
                print(f"      {name}: {', '.join(listed)}")


if __name__ == "__main__":
    main()
