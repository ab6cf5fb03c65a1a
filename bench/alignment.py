#!/usr/bin/env python3
"""How well known text gets the times of recognised words, beside difflib and stt-align-node.

    python bench/alignment.py [CASES] [--node FOLDER] [--rates 5,10,20,40] [--groups en,fr] [--long-only]

CASES is a folder of cases as `cases.py` reads them: its words and times are the truth. Without it, and beside it, the
texts of `alignment_texts.toml` are measured, with times by length. A recogniser is simulated (`recognition_errors.py`)
at each rate of word errors; the known text is the truth. Columns, for each way to align:
    median   error of a word's begin in ms, in the middle of all words; mean: on average
    <=250    per cent of the words whose begin is off by 250 ms or less
    back     words that begin before the word in front of them
difflib is Python's: words that are equal keep their time, others share the time of what they replace, by length.
stt-align-node is the npm package, of BBC R&D's stt-align; it is measured where a folder has it:
    npm install --prefix FOLDER stt-align-node
At last two texts of twelve hours that do not repeat themselves: processor time and memory beside the transcript.
"""

from __future__ import annotations

import argparse
import difflib
import json
import random
import resource
import subprocess
import sys
import time
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

from cases import load
from recognition_errors import Spoken, corrupted, spoken_words

from captioner.alignment import Passage, align
from captioner.model import Transcript

HERE = Path(__file__).parent
NODE = """
const { alignSTT } = require('stt-align-node');
const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const found = given.map(({ words, text }) => alignSTT({ words }, text).map((word) => word.start));
process.stdout.write(JSON.stringify(found));
"""
MEASURED_WORDS = 10_000  # at least: short texts are heard several times, each time with other errors
SHIFT_S = 10.0  # stt-align-node takes a time of 0 for none

#: Begins of all words, in ms, for the words of a truth and a recognised transcript.
Aligner = Callable[[Sequence[Spoken], Transcript], list[float]]


class Truth(NamedTuple):
    """A text with the times of its words."""

    group: str
    language: str
    words: list[Spoken]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, nargs="?")
    parser.add_argument("--node", type=Path, help="Folder with node_modules/stt-align-node.")
    parser.add_argument("--rates", default="5,10,20,40")
    parser.add_argument("--groups", default="")
    parser.add_argument("--long-only", action="store_true")
    parser.add_argument("--twelve-hours", choices=("words", "characters"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.twelve_hours:
        return twelve_hours(options.twelve_hours)
    if not options.long_only:
        accuracy(options)
    for kind in ("words", "characters"):
        subprocess.run([sys.executable, __file__, "--twelve-hours", kind], check=True)
    return None


def accuracy(options: argparse.Namespace) -> None:
    """Print the table of accuracy."""
    truths = gathered(options.cases, [name for name in options.groups.split(",") if name])
    node = has_node(options.node)
    print(f"{'':14s}{'captioner':>33s}{'difflib':>33s}{'stt-align-node' if node else '':>33s}")
    print("group    errors" + "   median      mean   <=250  back" * (3 if node else 2))
    groups = dict.fromkeys(truth.group for truth in truths)
    for group in groups:
        for rate in map(int, options.rates.split(",")):
            chosen = [truth for truth in truths if truth.group == group]
            print(f"{group:9s}{rate:3d} % {row(chosen, rate / 100, options.node if node else None)}", flush=True)


def has_node(folder: Path | None) -> bool:
    if folder and (folder / "node_modules" / "stt-align-node").is_dir():
        return True
    print("stt-align-node is left out: npm install --prefix FOLDER stt-align-node, then --node FOLDER")
    return False


def gathered(folder: Path | None, groups: Sequence[str]) -> list[Truth]:
    """The cases of a folder and the texts written for this."""
    found = [Truth(case.group, case.language, spoken_words(case.transcript)) for case in load(folder)] if folder else []
    texts = tomllib.loads((HERE / "alignment_texts.toml").read_text(encoding="utf-8"))["texts"]
    found += [Truth(f"{t['language']}-own", t["language"], timed_words(t["text"], spaced=t["spaced"])) for t in texts]
    return [truth for truth in found if not groups or truth.group in groups]


def timed_words(text: str, *, spaced: bool) -> list[Spoken]:
    """Words of a text with times by length, a fifth more or less, and a pause after most marks."""
    rng = random.Random(text)
    words, at, sentence = [], 500, 0
    for token in text.split():
        bare = token.rstrip(".,:;!?。，、؟،")
        mark = token[len(bare) :]
        length = int((90 + 62 * len(bare) * (1 if spaced else 2.6)) * rng.uniform(0.8, 1.2))
        words.append(Spoken(bare, mark, at, at + length, sentence, spaced))
        at += length + (rng.randrange(150, 600) if mark and rng.random() < 0.75 else rng.choice([0] * 19 + [250]))
        sentence += mark[-1:] in tuple(".!?。؟")
    return words


def row(truths: Sequence[Truth], rate: float, node: Path | None) -> str:
    """Figures of one group at one rate of errors."""
    seeds = range(max(1, MEASURED_WORDS // sum([len(t.words) for t in truths])))
    heard = [(t, corrupted(t.words, rate, t.language, 1000 * s + n)) for s in seeds for n, t in enumerate(truths)]
    begins = [
        [ours(truth.words, transcript) for truth, transcript in heard],
        [by_difflib(truth.words, transcript) for truth, transcript in heard],
    ]
    if node:
        begins.append(by_node([(truth.words, transcript) for truth, transcript in heard], node))
    return "".join([figures([truth.words for truth, _ in heard], found) for found in begins])


def figures(truths: Sequence[Sequence[Spoken]], begins: Sequence[Sequence[float]]) -> str:
    errors = [
        abs(begin - word.start_ms)
        for words, found in zip(truths, begins, strict=True)
        for word, begin in zip(words, found, strict=True)
    ]
    back = sum([later < earlier for found in begins for earlier, later in pairwise(found)])
    near = 100 * sum([error <= 250 for error in errors]) / len(errors)
    return f"{median(errors):9.0f}{fmean(errors):10.1f}{near:8.2f}{back:6d}"


def written(words: Sequence[Spoken]) -> str:
    """The known text as a person has it."""
    return "".join([(" " if word.spaced and at else "") + word.text + word.mark for at, word in enumerate(words)])


def ours(words: Sequence[Spoken], transcript: Transcript) -> list[float]:
    """Begins as captioner finds them; inside a longer word, by its characters."""
    found = [w for s in align(transcript, [Passage(written(words))]).transcript.sentences for w in s.words]
    texts = ["".join((w.text + w.punctuation).split()) for w in found]
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text))
    begins, at = [], 0
    for word in words:
        place = bisect_right(starts, at) - 1
        inside = (at - starts[place]) / max(1, len(texts[place]))
        begins.append(found[place].start_ms + inside * (found[place].end_ms - found[place].start_ms))
        at += len(word.text + word.mark)
    return begins


def by_difflib(words: Sequence[Spoken], transcript: Transcript) -> list[float]:
    """Begins by Python's SequenceMatcher."""
    heard = [word for sentence in transcript.sentences for word in sentence.words]
    matcher = difflib.SequenceMatcher(
        None, [bare(word.text) for word in heard], [bare(word.text) for word in words], autojunk=False
    )
    begins: list[float] = []
    for tag, i0, i1, j0, j1 in matcher.get_opcodes():
        if tag == "equal":
            begins += [word.start_ms for word in heard[i0:i1]]
            continue
        start = heard[i0].start_ms if i0 < i1 else heard[i0 - 1].end_ms if i0 else 0
        end = heard[i1 - 1].end_ms if i0 < i1 else heard[i0].start_ms if i0 < len(heard) else start
        lengths = [len(word.text) for word in words[j0:j1]]
        begins += [start + (end - start) * sum(lengths[:n]) / sum(lengths) for n in range(j1 - j0)]
    return begins


def bare(text: str) -> str:
    return "".join([char for char in text.lower() if char.isalnum()])


def by_node(pairs: Sequence[tuple[Sequence[Spoken], Transcript]], folder: Path) -> list[list[float]]:
    """Begins by stt-align-node, which takes words apart at spaces."""
    given = [
        {
            "words": [
                {
                    "start": word.start_ms / 1000 + SHIFT_S,
                    "end": word.end_ms / 1000 + SHIFT_S,
                    "text": word.text.strip(),
                }
                for sentence in transcript.sentences
                for word in sentence.words
            ],
            "text": " ".join(word.text + word.mark for word in words),
        }
        for words, transcript in pairs
    ]
    done = subprocess.run(
        ["node", "-e", NODE], input=json.dumps(given), capture_output=True, text=True, check=True, cwd=folder
    )
    return [[(start - SHIFT_S) * 1000 for start in found] for found in json.loads(done.stdout)]


def twelve_hours(kind: str) -> None:
    """Time and memory for twelve hours with one word in ten wrong; run in a process of its own."""
    words = long_text(110_000, 30_000, letters=True) if kind == "words" else long_text(190_000, 4000, letters=False)
    transcript = corrupted(words, 0.1, "en" if kind == "words" else "zh", 1)
    text = written(words)
    passages = [Passage(part) for part in text.split("\n")]
    count = len(words)
    del words, text
    before, began = memory_mb(), time.process_time()
    alignment = align(transcript, passages)
    seconds = [time.process_time() - began]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for _ in range(2):
        del alignment
        began = time.process_time()
        alignment = align(transcript, passages)
        seconds.append(time.process_time() - began)
    print(
        f"12 h, {count} {kind}, one in ten wrong: {min(seconds):.2f} s (best of three), "
        f"{peak - before:.0f} MB beside the transcript "
        f"({alignment.matched:.1%} matched, {alignment.cells} cells)"
    )


def memory_mb() -> float:
    """Memory held now, after which no more than it was ever held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return max(float(fields["VmRSS"].split()[0]), 0.0) / 1024


def long_text(count: int, vocabulary: int, *, letters: bool) -> list[Spoken]:
    """Invented words with the frequencies of a language (Zipf), or Chinese characters."""
    rng = random.Random(count)
    syllables = [c + v for c in "bdfghklmnprstvw" for v in ("a", "e", "i", "o", "u", "an", "er", "is", "ol", "um")]
    known = (
        ["".join(rng.choices(syllables, k=rng.choice([1, 1, 2, 2, 3]))) for _ in range(vocabulary)]
        if letters
        else [chr(0x4E00 + n) for n in rng.sample(range(0x51A5), vocabulary)]
    )
    chosen = rng.choices(known, weights=[1 / (rank + 3) for rank in range(vocabulary)], k=count)
    step = 12 * 3600 * 1000 // count
    return [
        Spoken(text, "." if place % 14 == 13 else "", place * step, place * step + step - 40, place // 14, letters)
        for place, text in enumerate(chosen)
    ]


if __name__ == "__main__":
    main()
