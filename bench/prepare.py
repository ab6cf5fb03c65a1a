"""Measures preparing media: hours of audio per minute of CPU, bytes sent, peak memory of one hour and of four.

    python bench/prepare.py

The media is the fixture interview repeated packet by packet (H.264 with AAC stereo, 83 kbit/s; a broadcast file of the
same length has the same audio and a larger picture). Each measurement is a process of its own, and its time is CPU
time, so that other load on the machine counts less. The memory of four hours divided by that of one shows whether it is
constant (Opus takes the same path as FLAC, and minutes, so it is measured for one hour only); a plain decode of the
same hour in the same run shows FFmpeg's own share of the time.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av

from captioner.media import AudioPolicy, describe, prepare

SOURCE = Path(__file__).parent.parent / "fixtures" / "interview-en.mp4"
POLICIES = ("flac", "opus", "copy")


def repeat(target: Path, hours: int) -> None:
    """Write the source repeatedly until the file has this length."""
    with av.open(str(SOURCE)) as source, av.open(str(target), "w") as output:
        streams = [source.streams.video[0], source.streams.audio[0]]
        copies = {stream.index: output.add_stream_from_template(stream) for stream in streams}
        packets = [packet for packet in source.demux(*streams) if packet.dts is not None]
        kept = [(p.stream.index, bytes(p), p.pts, p.dts, p.duration, p.time_base, p.is_keyframe) for p in packets]
        lap_s = (source.duration or 0) // 1_000_000 + 1
        for lap in range(hours * 3600 // lap_s + 1):
            for index, data, pts, dts, duration, base, key in kept:
                packet, shift = av.Packet(data), round(lap * lap_s / base)
                packet.pts, packet.dts, packet.duration = pts + shift, dts + shift, duration
                packet.time_base, packet.is_keyframe, packet.stream = base, key, copies[index]
                output.mux(packet)


def work(path: Path, audio: str, folder: Path) -> None:
    """One measurement, in this process; prints its figures as JSON."""
    figures: dict[str, float] = {}
    if audio == "decode":
        with av.open(str(path)) as container:
            figures["duration_ms"] = sum(f.samples * 1000 / f.sample_rate for f in container.decode(audio=0))
    elif audio == "describe":
        figures["duration_ms"] = describe(path).duration_ms
    else:
        prepared = prepare(describe(path), AudioPolicy(audio), folder)
        figures |= {"duration_ms": prepared.duration_ms, "size_bytes": prepared.size_bytes}
        prepared.path.unlink()
    figures["seconds"] = time.process_time()
    figures["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(figures))


def measure(path: Path, audio: str, folder: Path) -> dict[str, float]:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, str(path), audio, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        one, four = folder / "one.mp4", folder / "four.mp4"
        repeat(one, 1)
        repeat(four, 4)
        bare = measure(one, "decode", folder)
        looked = measure(one, "describe", folder)
        print(f"one hour is {one.stat().st_size / 1e6:.1f} MB; describe takes {looked['seconds']:.2f} s")
        print(f"bare decode   {_speed(bare):6.1f} hours a minute  {bare['memory_mb']:5.0f} MB peak")
        for audio in POLICIES:
            short = measure(one, audio, folder)
            long = measure(four, audio, folder) if audio != "opus" else None
            grown = f", four hours {long['memory_mb'] / short['memory_mb']:.2f} of that" if long else ""
            print(
                f"{audio:<12}  {_speed(short):6.1f} hours a minute  {short['seconds'] / bare['seconds']:5.2f} of decode"
                f"  sent {short['size_bytes'] / one.stat().st_size:.3f} of the original"
                f"  {short['memory_mb']:5.0f} MB peak{grown}"
            )


def _speed(figures: dict[str, float]) -> float:
    return figures["duration_ms"] / 3_600_000 / (figures["seconds"] / 60)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
    else:
        main()
