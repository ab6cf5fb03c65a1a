"""Measures start-up: CPU seconds of `captioner --help`, `captioner format` of a short clip and of one hour.

    python bench/startup.py

Limits: `--help` 0.15 s of CPU; `format` of a two-minute clip 0.3 s of wall time, of one hour 0.5 s beyond a bare
interpreter. A bare `python -c pass` is measured in the same run, so the ratios hold on any machine.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
WORDS_PER_MINUTE = 150
TEXT = (
    "Good evening and welcome to the programme, in which we look at the budget that was presented this afternoon. "
    "The minister, who has been in office since March, said that 3.5 billion would go to hospitals and schools. "
    "Nobody in the chamber seemed to be surprised, although several members asked where the money was coming from. "
).split()


def reply(minutes: float) -> dict[str, object]:
    """A raw reply with so many minutes of steady speech in Fun-ASR's form, two speakers taking turns."""
    sentences: list[dict[str, object]] = []
    clock = 0
    words: list[dict[str, object]] = []
    for index in range(int(minutes * WORDS_PER_MINUTE)):
        token = TEXT[index % len(TEXT)]
        text, mark = token.rstrip(".,"), token[len(token.rstrip(".,")) :]
        words.append(
            {
                "begin_time": clock,
                "end_time": clock + 320,
                "text": text if not words else f" {text}",
                "punctuation": mark,
            }
        )
        clock += 400
        if mark == ".":
            sentences.append(_sentence(words, len(sentences)))
            words = []
    if words:
        sentences.append(_sentence(words, len(sentences)))
    text = "".join(str(sentence["text"]) for sentence in sentences)
    spoken = {"channel_id": 0, "content_duration_in_milliseconds": clock, "text": text, "sentences": sentences}
    return {"file_url": "https://example.com/a.flac", "properties": {"channels": [0]}, "transcripts": [spoken]}


def _sentence(words: list[dict[str, object]], number: int) -> dict[str, object]:
    return {
        "begin_time": words[0]["begin_time"],
        "end_time": words[-1]["end_time"],
        "text": "".join(f"{word['text']}{word['punctuation']}" for word in words),
        "sentence_id": number + 1,
        "speaker_id": number // 3 % 2,
        "words": words,
    }


def measure(command: list[str]) -> tuple[float, float]:
    """Median CPU and wall seconds of a command."""
    runs = []
    for _ in range(ROUNDS):
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        runs.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall))
    return statistics.median(cpu for cpu, _ in runs), statistics.median(wall for _, wall in runs)


def main() -> None:
    """Measure and print."""
    captioner = [sys.executable, "-m", "captioner"]
    with tempfile.TemporaryDirectory() as folder:
        clip, hour = Path(folder, "clip.json"), Path(folder, "hour.json")
        clip.write_text(json.dumps(reply(2)))
        hour.write_text(json.dumps(reply(60)))
        bare_cpu, bare_wall = measure([sys.executable, "-c", "pass"])
        help_cpu, _ = measure([*captioner, "--help"])
        _, clip_wall = measure([*captioner, "format", str(clip), "-o", os.devnull, "-f", "srt"])
        _, hour_wall = measure([*captioner, "format", str(hour), "-o", os.devnull, "-f", "srt"])
    net = hour_wall - bare_wall
    print(f"bare interpreter          {bare_cpu:.3f} s cpu, {bare_wall:.3f} s wall")
    print(f"captioner --help          {help_cpu:.3f} s cpu   {help_cpu / 0.15:.2f} of the limit")
    print(f"format, two-minute clip   {clip_wall:.3f} s wall  {clip_wall / 0.3:.2f} of the limit")
    print(f"format, one hour          {net:.3f} s net   {net / 0.5:.2f} of the limit")


if __name__ == "__main__":
    main()
