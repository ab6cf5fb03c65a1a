"""Measures writing captions: seconds for 20,000 two-line cues in each format, next to pysubs2 in the same run.

    python bench/formats.py

Limit: SRT within 0.1 s. pysubs2 writes SRT from events that it already holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction

import pysubs2

from captioner.errors import FormatError
from captioner.formats import FORMATS, Context, render
from captioner.model import Cue, Line

CUES = 20_000
ROUNDS = 3
LIMIT_S = 0.1


def cpu_seconds(work: Callable[[], object]) -> float:
    """Least CPU seconds of a few rounds."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def main() -> None:
    """Measure and print."""
    lines = (Line("A caption line of 27 columns", label="Anna:"), Line("and another for the cue"))
    # Half of them, doubled: ASS can hold ten hours at most.
    cues = [Cue(at * 3000 + 1000, at * 3000 + 3400, lines, "0") for at in range(CUES // 2)]
    peer = pysubs2.SSAFile()
    peer.extend(pysubs2.SSAEvent(cue.start_ms, cue.end_ms, text="\\N".join(cue.text.split("\n"))) for cue in cues)
    context = Context(language="en", names={"0": "Anna"}, frame_rate=Fraction(25))
    scale = CUES / len(cues)
    theirs = cpu_seconds(lambda: peer.to_string("srt")) * scale
    for name in FORMATS:
        try:
            ours = cpu_seconds(lambda name=name: render(cues, name, context)) * scale
        except FormatError as error:
            print(f"{name:<9} not for these cues: {error.message[:80]}")
            continue
        limit = f", {ours / LIMIT_S:.2f} of the limit" if name == "srt" else ""
        print(f"{name:<9} {ours:.3f} s cpu, {ours / theirs:.2f} of pysubs2's SRT ({theirs:.3f} s){limit}")


if __name__ == "__main__":
    main()
