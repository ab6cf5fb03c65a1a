#!/usr/bin/env python3
"""Measures the time of layout, and whether it grows in proportion to the length of the talk.

    python bench/layout.py [--hours 1,2,4,12] [--language en]

A talk of so many hours is made from fixed sentences with seeded times, in the form of the service's reply; each length
runs in a process of its own, so that its peak memory is its own. Times are CPU seconds net of the interpreter's start
and imports; the last column compares each length with the first.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

WORDS_PER_HOUR = 8200  # 137 words a minute, a lecture
ENGLISH = (
    "So what we want to look at today is how the whole thing fits together. "
    "You have, on the one hand, the people who write the programs, and on the other hand the people who use them. "
    "And because nobody knows what the next version will look like, we keep the two apart. "
    "Does that make sense? Dr. Brown, who built the first one in 1974, thought about it for 3.5 years. "
    "It turns out that if you separate use from representation then both of them become simpler, which is nice."
)
CHINESE = (
    "所以我们今天要讨论的是，整个系统是怎样组合在一起的。一方面，有编写程序的人，另一方面，也有使用程序的人。"
    "因为没有人知道下一个版本会是什么样子，所以我们把这两部分分开。这样说清楚吗？"
    "1974年，布朗博士用GitHub上的3个项目思考了很长时间。如果你把使用和表示分开，那么两者都会变得更简单，这很好。"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", default="1,2,4,12")
    parser.add_argument("--language", default="en", choices=("en", "zh"))
    parser.add_argument("--child", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        print(json.dumps(measure(options.child, options.language)))
        return
    print(f"{'hours':>6} {'words':>8} {'read':>7} {'compose':>8} {'write':>7} {'all':>7} {'MB':>5} {'per hour':>9}")
    first = 0.0
    for hours in map(float, options.hours.split(",")):
        figures = run_child(hours, options.language)
        whole = figures["read"] + figures["compose"] + figures["write"]
        first = first or whole / hours
        print(
            f"{hours:6g} {figures['words']:8.0f} {figures['read']:6.2f}s {figures['compose']:7.2f}s "
            f"{figures['write']:6.2f}s {whole:6.2f}s {figures['mb']:5.0f} {whole / hours / first:8.2f}x"
        )


def run_child(hours: float, language: str) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__)), "--child", str(hours), "--language", language]
    return dict(json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout))


def measure(hours: float, language: str) -> dict[str, float]:
    """Read, compose and write one talk; CPU seconds of each, words, and peak memory in megabytes."""
    from captioner import style
    from captioner.formats import render
    from captioner.layout import compose
    from captioner.recognition.funasr.result import to_transcript

    raw, words = talk(hours, language)
    profile = style.load_style("web-default")
    compose(to_transcript(talk(0.01, language)[0], language=language), profile)  # imports and word lists
    marks = [time.process_time()]
    transcript = to_transcript(raw, language=language)
    marks.append(time.process_time())
    cues = compose(transcript, profile)
    marks.append(time.process_time())
    render(cues, "srt")
    marks.append(time.process_time())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    read, composed, written = (b - a for a, b in itertools.pairwise(marks))
    return {"words": words, "read": read, "compose": composed, "write": written, "mb": peak}


def talk(hours: float, language: str) -> tuple[bytes, int]:
    """A reply of the service for a talk of so many hours, and its number of tokens."""
    chance = random.Random(7)
    stock = [tokens(sentence, language) for sentence in sentences(language)]
    found, now, count = [], 0, 0
    while count < WORDS_PER_HOUR * hours:
        begun, words = now, []
        for text, punctuation in stock[len(found) % len(stock)]:
            length = 60 * max(2, len(text)) + chance.randrange(80)
            words.append({"begin_time": now, "end_time": now + length, "text": text, "punctuation": punctuation})
            now += length + (chance.randrange(500) if punctuation else 0)
        text = "".join(word["text"] + word["punctuation"] for word in words).strip()
        found.append(
            {"sentence_id": len(found) + 1, "begin_time": begun, "end_time": now, "text": text, "words": words}
        )
        count += len(words)
        now += chance.randrange(900)
    reply = {
        "properties": {"original_duration_in_milliseconds": now},
        "transcripts": [{"channel_id": 0, "sentences": found}],
    }
    return json.dumps(reply, ensure_ascii=False).encode(), count


def sentences(language: str) -> list[str]:
    ends = "。？" if language == "zh" else ".?"
    found, begun, text = [], 0, CHINESE if language == "zh" else ENGLISH
    for place, character in enumerate(text):
        if (character in ends and text[place + 1 : place + 2] in ("", " ")) or (character in ends and language == "zh"):
            if text[begun:place].endswith("Dr"):
                continue
            found.append(text[begun : place + 1].strip())
            begun = place + 1
    return found


def tokens(sentence: str, language: str) -> list[tuple[str, str]]:
    """Words with their punctuation as separate tokens, like Fun-ASR's: a space before Latin words, Chinese in pairs."""
    if language == "en":
        return [
            (" " * bool(n) + word.rstrip(",.?"), word[len(word.rstrip(",.?")) :])
            for n, word in enumerate(sentence.split())
        ]
    found: list[tuple[str, str]] = []
    for character in sentence:
        if character in "，。？、" and found:
            found[-1] = (found[-1][0], character)
        elif found and not found[-1][1] and (len(found[-1][0]) < 2 or (found[-1][0] + character).isascii()):
            found[-1] = (found[-1][0] + character, "")
        else:
            found.append((character, ""))
    return found


if __name__ == "__main__":
    main()
