"""Measures preparing media: hours of audio per minute of CPU, bytes sent, peak memory of one hour and of four.

    python bench/prepare.py

The media is the fixture interview repeated packet by packet (H.264 with AAC stereo, 83 kbit/s; a broadcast file of the
same length has the same audio and a larger picture). Each measurement is a process of its own, and its time is CPU
time, so that other load on the machine counts less. The memory of four hours divided by that of one shows whether it is
constant (Opus takes the same path as FLAC, and minutes, so it is measured for one hour only); a plain decode of the
same hour in the same run shows FFmpeg's own share of the time.

At the end the same FLAC is made of 32 minutes that do not repeat by FFmpeg's command line (imageio-ffmpeg), in turns
with ours: processor time of each, user and system together, the start of Python included. Asked is at most 1.25 of
FFmpeg's. Short files are described and prepared in one process, as a worker does it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import imageio_ffmpeg

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


NOISE = (
    "anoisesrc=color=pink:d={seconds}:r=48000:seed=5,"
    "aeval='val(0)*(0.5+0.5*sin(19*t))|val(0)*0.7*(0.5+0.5*sin(13*t+t*t/900))':c=stereo"
)
"""Stereo that never repeats and rises and falls as speech does."""


def beside_ffmpeg(folder: Path) -> None:
    """Our FLAC and FFmpeg's, three times in turns; the least of each counts, because other load only adds."""
    for name, channels, encoder in (("stereo AAC", 2, "aac"), ("mono AAC", 1, "aac"), ("stereo MP3", 2, "libmp3lame")):
        path = folder / f"noise.{'mp3' if encoder == 'libmp3lame' else 'm4a'}"
        ffmpeg("-f", "lavfi", "-i", NOISE.format(seconds=1920), "-ac", str(channels), "-c:a", encoder, str(path))
        ours, theirs = [], []
        for _ in range(3):
            command = ("-i", str(path), "-vn", "-ac", "1", "-ar", "16000", "-c:a", "flac", str(folder / "x.flac"))
            theirs.append(cpu_of_child(lambda command=command: ffmpeg(*command)))
            ours.append(cpu_of_child(lambda path=path: measure(path, "flac", folder)))
        ratio = min(ours) / min(theirs)
        print(f"{name:<12}  32 minutes: {min(ours):.2f} s, FFmpeg {min(theirs):.2f} s, {ratio:.2f} of it")


def short_files(folder: Path) -> None:
    """Processor time of describing and preparing sixteen seconds, in a process that has done it before."""
    for ending, channels in (("m4a", 2), ("m4a", 1), ("mp3", 2), ("wav", 2), ("mp4", 2)):
        path = folder / f"short.{ending}"
        picture = ["-f", "lavfi", "-i", "testsrc=size=640x360:rate=25:duration=16"] if ending == "mp4" else []
        ffmpeg("-f", "lavfi", "-i", NOISE.format(seconds=16), *picture, "-ac", str(channels), str(path))
        prepare(describe(path), AudioPolicy(), folder).path.unlink()
        begun = time.process_time()
        for _ in range(10):
            prepare(describe(path), AudioPolicy(), folder).path.unlink()
        print(f"{ending}, {channels} channels: {(time.process_time() - begun) * 100:.0f} ms for 16 s of sound")


def ffmpeg(*args: str) -> None:
    """Run FFmpeg's command line."""
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-nostdin", *args], check=True)


def cpu_of_child(work: Callable[[], object]) -> float:
    """User and system time of the processes that a call starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


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
        beside_ffmpeg(folder)
        short_files(folder)


def _speed(figures: dict[str, float]) -> float:
    return figures["duration_ms"] / 3_600_000 / (figures["seconds"] / 60)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
    else:
        main()
