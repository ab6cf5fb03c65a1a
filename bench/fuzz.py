#!/usr/bin/env python3
"""Break the readers of caption files by coverage, by hand: `pip install atheris`, then

    python bench/fuzz.py srt -max_total_time=120 [FOLDER]

The first argument is the ending; the rest is libFuzzer's. Anything but captions or a refusal in one line is a finding,
and so is an input that takes more than five seconds (-timeout=5) or two gigabytes.
"""

from __future__ import annotations

import sys
from importlib import import_module


def main() -> None:
    import atheris

    with atheris.instrument_imports(include=["captioner", "pysubs2", "webvtt", "ttconv"]):
        for library in ("pysubs2", "webvtt", "ttconv.imsc.reader", "ttconv.scc.reader", "ttconv.stl.reader"):
            import_module(library)  # else they would be imported later, without instruments

        from captioner.check import read
        from captioner.errors import ReplyError

    name = f"a.{sys.argv.pop(1)}"

    def one_input(data: bytes) -> None:
        try:
            captions = read(data, name)
        except ReplyError as error:
            if "\n" in error.message:
                raise ValueError("more than one line") from error
            return
        if len(captions.cues) != len(captions.written):
            raise ValueError("cues and texts differ in number")

    atheris.Setup([sys.argv[0], "-timeout=5", "-rss_limit_mb=2048", *sys.argv[1:]], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
