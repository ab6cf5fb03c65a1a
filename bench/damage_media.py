#!/usr/bin/env python3
"""Damages media at random, for bench/foreign_media.py: cut, joined, with junk, with clocks that jump.

    python bench/damage_media.py DIR OUT [--each 8] [--seed 1]

Every media file of DIR is written to OUT several times, each with one to three kinds of damage; the name says which,
and the same seed makes the same files. Hold them against FFmpeg's decode with `python bench/foreign_media.py OUT`.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable
from pathlib import Path

import av

_MOST_BYTES = 30_000_000  # larger files are left out: the kinds of damage are the same


def truncate(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """The end is missing."""
    return data[: rng.randrange(len(data) // 5, len(data))]


def behead(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """The beginning is missing."""
    return data[rng.randrange(len(data) // 2) :]


def remove(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A piece in the middle is missing."""
    at, length = rng.randrange(len(data)), rng.randrange(1, max(2, len(data) // 5))
    return data[:at] + data[at + length :]


def insert_junk(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Random bytes in the middle."""
    at = rng.randrange(len(data))
    return data[:at] + rng.randbytes(rng.randrange(1, 50_000)) + data[at:]


def insert_zeros(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Zeros in the middle, as a disk that was full leaves them."""
    at = rng.randrange(len(data))
    return data[:at] + bytes(rng.randrange(1, 200_000)) + data[at:]


def overwrite(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Random bytes instead of a piece, in a few places."""
    damaged = bytearray(data)
    for _ in range(rng.randrange(1, 8)):
        at = rng.randrange(len(data))
        length = min(rng.randrange(1, 400), len(data) - at)
        damaged[at : at + length] = rng.randbytes(length)
    return bytes(damaged)


def repeat(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A piece comes twice."""
    at = rng.randrange(len(data))
    end = min(len(data), at + rng.randrange(1, max(2, len(data) // 3)))
    return data[:end] + data[at:]


def join(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Other files of the same ending behind it."""
    return data + b"".join(rng.choice(others) for _ in range(rng.randrange(1, 4)))


def append_tag(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A tag, zeros or junk behind it."""
    tail = rng.choice([b"TAG" + b"x" * 125, bytes(rng.randrange(400_000)), rng.randbytes(rng.randrange(100_000))])
    return data + tail


_KINDS: tuple[Callable[[bytes, list[bytes], random.Random], bytes], ...] = (
    *(truncate, behead, remove, insert_junk, insert_zeros, overwrite, repeat, join, append_tag),
)


def jump(source: Path, target: Path, rng: random.Random) -> None:
    """The packets of a file with a clock that jumps once or twice, in all streams or in the sound alone."""
    with av.open(str(source)) as media, av.open(str(target), "w") as output:
        streams = [s for s in media.streams if s.type in ("audio", "video")]
        copies = {s.index: output.add_stream_from_template(s) for s in streams}
        only_sound = rng.random() < 0.3
        jumps = sorted((rng.uniform(0, 16), rng.choice((-3600, -60, -5, -1, 2, 8, 30, 280))) for _ in range(2))
        for packet in media.demux(*streams):
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            at_s = float(packet.dts * packet.time_base)
            if not (only_sound and packet.stream.type == "video"):
                shift = round(sum(by for when, by in jumps if at_s >= when) / packet.time_base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            packet.stream = copies[packet.stream_index]
            output.mux(packet)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--each", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    sources = [p for p in sorted(options.folder.iterdir()) if 0 < p.stat().st_size < _MOST_BYTES]
    for source in sources:
        rng = random.Random(f"{options.seed} {source.name}")
        others = [p.read_bytes() for p in sources if p.suffix == source.suffix]
        for number in range(options.each):
            data, names = source.read_bytes(), []
            for kind in rng.sample(_KINDS, rng.choice((1, 1, 2, 3))):
                data = kind(data, others, rng)
                names.append(kind.__name__)
            (options.out / f"{source.stem}~{number}-{'-'.join(names)}{source.suffix}").write_bytes(data)
        target = options.out / f"{source.stem}~jump{source.suffix}"
        try:
            jump(source, target, rng)
        except (av.FFmpegError, ValueError):  # a container that takes no such clock
            target.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
