#!/usr/bin/env python3
"""Measures the time of layout on speech that never repeats, beside other programs, and whether it grows linearly.

    python bench/layout.py CASES... [--hours 1,4,11.5,24] [--language en] [--peers PYTHON]

CASES are folders as `cases.py` reads them. Their sentences are shuffled (seeded) and put one after the other until the
talk is as long as wanted; when all are used, new ones are made of the first half of one and the second half of another,
so that no sentence occurs twice and only the words repeat as they do in speech. Each length runs in a process of its
own, so that its peak memory is its own. Times are CPU seconds net of the interpreter's start and imports.

Beside captioner a greedy cutter in this file is measured, which fills 42 columns; with `--peers`, a Python that has
stable-ts and openai-whisper installed, also stable-ts (`regroup()`) and Whisper's own SRT writer. All read the same
JSON and write SRT; `ratio` is captioner's time over theirs.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Sentence = dict[str, Any]
COLUMNS = 42
GROUPS = {"en": ("en", "en-608"), "zh": ("zh", "zh-np")}
GAP_MS = 600  # mean silence between sentences


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, nargs="*")
    parser.add_argument("--hours", default="1,4,11.5,24")
    parser.add_argument("--language", default="en", choices=sorted(GROUPS))
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--talk", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(PROGRAMS[options.child](options.talk, options.language)))
        return
    stock = [sentence for folder in options.cases for sentence in sentences(folder, options.language)]
    print(f"{'hours':>6} {'words':>8} {'program':<10} {'seconds':>8} {'MB':>5} {'per hour':>9} {'ratio':>6}")
    first = 0.0
    for hours in map(float, options.hours.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "talk.json"
            words = write_talk(stock, hours, path)
            first = table(path, hours, words, first, options)


def table(path: Path, hours: float, words: int, first: float, options: argparse.Namespace) -> float:
    """Print one row a program; returns captioner's seconds an hour of the first talk."""
    ours = 0.0
    for name in ("captioner", "greedy", *(("stable-ts", "whisper") if options.peers else ())):
        python = options.peers if name in ("stable-ts", "whisper") else sys.executable
        command = [str(python), __file__, "--child", name, "--talk", str(path), "--language", options.language]
        found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()[-1])
        ours = ours or found["seconds"]
        first = first or ours / hours
        pace = f"{found['seconds'] / hours / first:8.2f}x" if name == "captioner" else " " * 9
        print(
            f"{hours:6g} {words:8d} {name:<10} {found['seconds']:7.2f}s {found['mb']:5.0f} {pace} "
            f"{ours / found['seconds']:6.2f}",
            flush=True,
        )
    return first


def sentences(folder: Path, language: str) -> Iterator[Sentence]:
    """All sentences of a folder's programmes in one language, with tokens as Fun-ASR writes them."""
    for case in json.loads((folder / "index.json").read_text(encoding="utf-8"))["cases"]:
        if case["kind"] == "full" and case["group"] in GROUPS[language]:
            reply = json.loads((folder / next(iter(case["inputs"].values()))).read_text(encoding="utf-8"))
            yield from map(with_spaces, reply["transcripts"][0]["sentences"])


def with_spaces(sentence: Sentence) -> Sentence:
    """The sentence with each space of its text inside the token after it."""
    words, place, text = [], 0, sentence["text"]
    for word in sentence["words"]:
        after = len(text) - len(text[place:].lstrip(" "))
        words.append({**word, "text": " " * (after > place) + word["text"]})
        place = after + len(word["text"] + word["punctuation"])
    return {**sentence, "words": words}


def write_talk(stock: list[Sentence], hours: float, path: Path) -> int:
    """Write a reply of the service for a talk of so many hours; returns its number of words."""
    chance, found, now, count = random.Random(7), list[Sentence](), 0, 0
    for sentence in endless(stock, chance):
        moved = at(sentence, now, len(found) + 1)
        found.append(moved)
        count += len(moved["words"])
        now = moved["end_time"] + chance.randrange(2 * GAP_MS)
        if now > hours * 3_600_000:
            break
    reply = {
        "properties": {"original_duration_in_milliseconds": now},
        "transcripts": [{"channel_id": 0, "sentences": found}],
    }
    path.write_text(json.dumps(reply, ensure_ascii=False), encoding="utf-8")
    return count


def endless(stock: list[Sentence], chance: random.Random) -> Iterator[Sentence]:
    """The sentences in a shuffled order, then halves of different ones put together."""
    order = stock[:]
    chance.shuffle(order)
    yield from order
    long = [sentence for sentence in order if len(sentence["words"]) >= 6]
    for distance in itertools.count(1):
        for number, one in enumerate(long):
            yield spliced(one, long[(number + distance) % len(long)])


def spliced(one: Sentence, other: Sentence) -> Sentence:
    head = one["words"][: len(one["words"]) // 2]
    tail = other["words"][len(other["words"]) // 2 :]
    shift = head[-1]["end_time"] - tail[0]["begin_time"]
    words = [*head, *({**w, "begin_time": w["begin_time"] + shift, "end_time": w["end_time"] + shift} for w in tail)]
    text = "".join(word["text"] + word["punctuation"] for word in words)
    return {"begin_time": words[0]["begin_time"], "end_time": words[-1]["end_time"], "words": words, "text": text}


def at(sentence: Sentence, now: int, number: int) -> Sentence:
    """The sentence moved to a time."""
    shift = now - sentence["begin_time"]
    words = [
        {**word, "begin_time": word["begin_time"] + shift, "end_time": word["end_time"] + shift}
        for word in sentence["words"]
    ]
    begin, end = words[0]["begin_time"], max(words[-1]["end_time"], sentence["end_time"] + shift)
    return {"sentence_id": number, "begin_time": begin, "end_time": end, "text": sentence["text"], "words": words}


def figures(work: Callable[[], object]) -> dict[str, float]:
    """CPU seconds and peak memory in megabytes of a piece of work."""
    begun = time.process_time()
    work()
    seconds = time.process_time() - begun
    return {"seconds": seconds, "mb": peak_mb()}


def peak_mb() -> float:
    """Peak memory of this program; on Linux `ru_maxrss` would include that of the process it was started from."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def captioner(path: Path, language: str) -> dict[str, float]:
    from captioner import style
    from captioner.formats import render
    from captioner.layout import compose
    from captioner.model import Sentence as Spoken
    from captioner.model import Transcript
    from captioner.recognition.funasr.result import to_transcript

    profile = style.load_style("web-default")
    hello = {"en": "Hello there.", "zh": "你们好。"}[language]
    render(compose(Transcript((Spoken(hello, 0, 900),), language), profile), "srt")  # imports, word lists, dictionary

    def work() -> object:
        return render(compose(to_transcript(path.read_bytes(), language=language), profile), "srt")

    return figures(work)


def greedy(path: Path, language: str) -> dict[str, float]:
    def work() -> str:
        reply = json.loads(path.read_bytes())
        found: list[str] = []
        for sentence in reply["transcripts"][0]["sentences"]:
            line, begun, ended = "", 0, 0
            for word in sentence["words"]:
                token = word["text"] + word["punctuation"]
                if line and len(line) + len(token) > COLUMNS:
                    found.append(caption(len(found) + 1, begun, ended, line))
                    line = ""
                begun, ended = (begun if line else word["begin_time"]), word["end_time"]
                line += token if line else token.lstrip()
            found.append(caption(len(found) + 1, begun, ended, line))
        return "".join(found)

    return figures(work)


def caption(number: int, begun: int, ended: int, text: str) -> str:
    return f"{number}\n{clock(begun)} --> {clock(ended)}\n{text}\n\n"


def clock(ms: int) -> str:
    return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"


def segments(path: Path) -> list[dict[str, Any]]:
    """The reply in the form of Whisper's results."""
    return [
        {
            "start": sentence["begin_time"] / 1000, "end": sentence["end_time"] / 1000, "text": sentence["text"],
            "words": [
                {"word": word["text"] + word["punctuation"], "start": word["begin_time"] / 1000,
                 "end": word["end_time"] / 1000, "probability": 1.0}
                for word in sentence["words"]
            ],
        }
        for sentence in json.loads(path.read_bytes())["transcripts"][0]["sentences"]
    ]  # fmt: skip


def stable_ts(path: Path, language: str) -> dict[str, float]:
    import stable_whisper

    def work() -> None:
        found = stable_whisper.WhisperResult({"language": language, "segments": segments(path)})
        found.regroup().to_srt_vtt(str(path.with_suffix(".srt")), word_level=False)

    return figures(work)


def whisper(path: Path, language: str) -> dict[str, float]:
    from whisper.utils import get_writer

    def work() -> None:
        writer = get_writer("srt", str(path.parent))
        limits = {"max_line_width": COLUMNS, "max_line_count": 2, "highlight_words": False}
        writer({"language": language, "segments": segments(path)}, str(path), limits)

    return figures(work)


PROGRAMS = {"captioner": captioner, "greedy": greedy, "stable-ts": stable_ts, "whisper": whisper}

if __name__ == "__main__":
    main()
