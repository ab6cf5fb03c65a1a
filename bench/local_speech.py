"""Recognition on this machine: word errors, errors of times, processor time and memory, for every weights installed.

python bench/local_speech.py                  # the English fixture, whose words and times are known
python bench/local_speech.py talk.wav talk.txt [--weights DIR]    # a recording, and the words in it

The fixture is synthetic speech, which is harder for these models than a person's.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from captioner.emulator.fingerprint import analyse_file  # noqa: E402
from captioner.emulator.hearing import Hearing, find_weights  # noqa: E402
from captioner.emulator.hearing.whisper import Whisper  # noqa: E402
from captioner.errors import ConfigError  # noqa: E402


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("media", nargs="?", type=Path, default=ROOT / "fixtures" / "interview-en.mp4")
    parser.add_argument("words", nargs="?", type=Path)
    parser.add_argument("--weights", default="")
    parser.add_argument("--language", default="en")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    try:
        weights = find_weights(given.weights, given.language)
    except ConfigError as error:
        sys.exit(str(error))
    known, times = known_words(given.words)
    sound = analyse_file(given.media)
    engine = Whisper(weights, given.threads)
    before = time.process_time()
    engine.load()
    loaded_s = time.process_time() - before
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        heard = Hearing(engine, Path(folder)).hear(given.media, sound, [0], given.language)
        used_s = time.process_time() - before
    tokens = [token for utterance in heard.utterances for token in utterance.tokens]
    found = [plain(token.text) for token in tokens]
    errors, pairs = compare(known, found)
    print(f"{weights.name}, {given.media.name}, {sound.duration_ms / 1000:.0f} s of sound")
    print(f"  words wrong, missing or added                      {100 * errors / max(1, len(known)):8.1f} %")
    if times:
        off = [abs(tokens[at].start_ms - times[where]) for where, at in pairs]
        print(f"  error of a word's begin, median                    {statistics.median(off):8.0f} ms")
        print(f"  the same, 95 of 100                                {sorted(off)[int(len(off) * 0.95)]:8.0f} ms")
    print(f"  processor time, of the sound's length              {used_s / sound.duration_ms * 1000:8.2f}")
    print(f"  processor time to load the model                   {loaded_s:8.2f} s")
    most_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  memory at most                                     {most_mb:8.0f} MB")


def known_words(path: Path | None) -> tuple[list[str], list[int]]:
    """The words that are said, and their begins in ms where they are known."""
    if path is not None:
        return [plain(word) for word in path.read_text("utf-8").split()], []
    data = json.loads((ROOT / "fixtures" / "transcripts" / "interview-en.json").read_text("utf-8"))
    words = [word for sentence in data["sentences"] for word in sentence["words"]]
    return [plain(word["text"]) for word in words], [word["begin_time"] for word in words]


def plain(word: str) -> str:
    """A word without case and marks."""
    return re.sub(r"[^\w$%]", "", word.lower())


def compare(known: Sequence[str], found: Sequence[str]) -> tuple[int, list[tuple[int, int]]]:
    """Word errors (substitutions, deletions, insertions) and the places of words that agree."""
    errors, pairs = 0, []
    for kind, a, b, c, d in SequenceMatcher(None, known, found, autojunk=False).get_opcodes():
        if kind == "equal":
            pairs += [(a + i, c + i) for i in range(b - a)]
        else:
            errors += max(b - a, d - c)
    return errors, pairs


if __name__ == "__main__":
    main()
