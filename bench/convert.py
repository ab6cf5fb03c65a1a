#!/usr/bin/env python3
"""Measures the conversion of 100,000 captions, next to pysubs2 and ttconv on the same machine at the same time.

    python bench/convert.py [--cues 100000] [--ttconv-cues 2000]

Each conversion runs in a process of its own, so that its peak memory is its own; times are CPU seconds net of start and
imports. The last column is the library's time per caption divided by ours: 2.0x means that it takes twice as long.
ttconv builds a tree for every caption and gets fewer of them.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SENTENCES = (
    "So what we want to look at today\nis how the whole thing fits together.",
    "Tom & Jerry said: a < b, and <i>that</i> was it.",
    "所以我们今天要讨论的是，\n整个系统是怎样组合在一起的。",
    "- Does that make sense?\n- It does, Dr. Brown.",
)
PAIRS = (("srt", "vtt"), ("srt", "ass"), ("vtt", "srt"), ("ass", "srt"), ("srt", "ttml"), ("ttml", "srt"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cues", type=int, default=100_000)
    parser.add_argument("--ttconv-cues", type=int, default=2_000)
    parser.add_argument("--make", nargs=2, metavar=("FOLDER", "CUES"), help=argparse.SUPPRESS)
    parser.add_argument("--child", nargs=4, metavar=("TOOL", "FROM", "TO", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(*options.child)))
        return
    if options.make:
        make(Path(options.make[0]), int(options.make[1]))
        return
    with tempfile.TemporaryDirectory(prefix="captioner-bench-") as folder:
        compare(Path(folder), options.cues, options.ttconv_cues)


def compare(folder: Path, many: int, fewer: int) -> None:
    """Print a row for every conversion and every tool that supports it."""
    print(f"{'conversion':<14} {'tool':<10} {'cues':>7} {'seconds':>8} {'MB':>6} {'a caption':>10}")
    for count in dict.fromkeys((many, fewer)):
        # In a process of its own: a child's peak memory is never below its parent's.
        subprocess.run([sys.executable, str(Path(__file__)), "--make", str(folder), str(count)], check=True)
    for before, after in PAIRS:
        ours = 0.0
        for tool, count in (("captioner", many), ("pysubs2", many), ("ttconv", fewer)):
            if tool == "ttconv" and "ass" in (before, after):
                continue  # it does not read ASS
            figures = run_child(tool, before, after, folder / f"{count}.{before}")
            each = figures["seconds"] / count
            ours = ours or each
            ratio = "" if tool == "captioner" else f"{each / ours:9.1f}x"
            row = f"{before + ' to ' + after:<14} {tool:<10} {count:7d} {figures['seconds']:7.2f}s {figures['mb']:6.0f}"
            print(f"{row} {ratio:>10}", flush=True)


def make(folder: Path, count: int) -> None:
    """Write the files to convert."""
    from captioner.formats import read, render

    (folder / f"{count}.srt").write_text(srt(count), encoding="utf-8")
    cues = read((folder / f"{count}.srt").read_bytes(), "made.srt").cues
    for ending in ("vtt", "ass", "ttml"):
        (folder / f"{count}.{ending}").write_bytes(render(cues, ending))


def srt(count: int) -> str:
    """A file of so many captions, three a second: ASS ends at ten hours."""
    from captioner.timecode import ms_to_srt

    return "\n".join(
        f"{number + 1}\n{ms_to_srt(number * 330)} --> {ms_to_srt(number * 330 + 300)}\n{SENTENCES[number % 4]}\n"
        for number in range(count)
    )


def run_child(tool: str, before: str, after: str, path: Path) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__)), "--child", tool, before, after, str(path)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(ran.stdout)
    return figures


def measure(tool: str, before: str, after: str, path: str) -> dict[str, float]:
    """CPU seconds of one conversion in memory, and the peak memory of this process."""
    convert = {"captioner": with_captioner, "pysubs2": with_pysubs2, "ttconv": with_ttconv}[tool](before, after)
    data = Path(path).read_bytes()
    start = time.process_time()
    if not convert(data):
        raise SystemExit("the conversion wrote no captions")
    seconds = time.process_time() - start
    return {"seconds": seconds, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def with_captioner(before: str, after: str) -> Callable[[bytes], bytes]:
    from importlib import import_module

    from captioner.formats import FORMATS, Context, read, render
    from captioner.formats.text.speaker_names import own_names

    import_module(f"captioner.formats.{FORMATS[before].reader}")
    import_module(f"captioner.formats.{FORMATS[after].writer}")

    def convert(data: bytes) -> bytes:
        cues = read(data, f"talk.{before}").cues
        return render(cues, after, Context(names=own_names(cues)))

    return convert


def with_pysubs2(before: str, after: str) -> Callable[[bytes], bytes]:
    import pysubs2

    return lambda data: pysubs2.SSAFile.from_string(data.decode(), format_=before).to_string(after).encode()


def with_ttconv(before: str, after: str) -> Callable[[bytes], bytes]:
    import io
    from importlib import import_module
    from xml.etree import ElementTree

    names = {"srt": "srt", "vtt": "vtt", "ttml": "imsc"}
    reader = import_module(f"ttconv.{names[before]}.reader")
    writer = import_module(f"ttconv.{names[after]}.writer")

    def convert(data: bytes) -> bytes:
        given = ElementTree.parse(io.BytesIO(data)) if before == "ttml" else io.StringIO(data.decode())
        written = writer.from_model(reader.to_model(given))
        if isinstance(written, str):
            return written.encode()
        stream = io.BytesIO()
        written.write(stream, encoding="utf-8") if hasattr(written, "write") else stream.write(
            ElementTree.tostring(written)
        )
        return stream.getvalue()

    return convert


if __name__ == "__main__":
    main()
