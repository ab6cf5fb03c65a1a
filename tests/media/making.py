"""Tiny media made on the fly, and ears to check them with."""

from __future__ import annotations

import math
import subprocess
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

LOUD = 3000  # far above the noise of any codec, far below the tones made here


@dataclass(frozen=True, slots=True)
class Sound:
    """An audio stream: equally long channels, when it starts, and a hole in it (from, to) in seconds."""

    channels: tuple[array[int], ...]
    rate: int = 16000
    codec: str = "aac"
    start_s: float = 0.0
    language: str = ""
    hole_s: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Picture:
    """A video stream of flat frames."""

    seconds: float = 1.0
    rate: Fraction = Fraction(25)
    start_s: float = 0.0
    timecode: str = ""
    rotation: int = 0
    aspect: Fraction = Fraction(1)


def tone(seconds: float, *, rate: int = 16000, hertz: int = 440, level: float = 0.5) -> array[int]:
    """A sine."""
    step, height = 2 * math.pi * hertz / rate, level * 32767
    return array("h", (round(height * math.sin(step * i)) for i in range(round(seconds * rate))))


def silence(seconds: float, *, rate: int = 16000) -> array[int]:
    """Nothing."""
    return array("h", bytes(2 * round(seconds * rate)))


def write(path: Path, *sounds: Sound, picture: Picture | None = None) -> Path:
    """Write the streams to a file; the suffix chooses the container. Returns the path."""
    with av.open(str(path), "w") as output:
        video = _video(output, picture) if picture else None
        audio = [_audio(output, sound) for sound in sounds]
        packets = []
        if video and picture:
            packets += _picture_packets(video, picture)
        for stream, sound in zip(audio, sounds, strict=True):
            packets += _sound_packets(stream, sound)
        for packet in sorted(packets, key=lambda p: (p.dts or 0) * p.time_base):
            output.mux(packet)
    return path


def _video(output, picture):
    stream = output.add_stream("libx264", rate=picture.rate, options={"bf": "0", "threads": "1"})
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    stream.codec_context.sample_aspect_ratio = picture.aspect
    if picture.timecode:
        stream.metadata["timecode"] = picture.timecode
    if picture.rotation:
        stream.set_display_rotation(picture.rotation)
    return stream


def _audio(output, sound):
    layout = ("mono", "stereo", "3.0", "quad")[len(sound.channels) - 1]
    stream = output.add_stream(sound.codec, rate=sound.rate, layout=layout)
    if sound.language:
        stream.metadata["language"] = sound.language
    return stream


def _picture_packets(stream, picture):
    first = round(picture.start_s * picture.rate)
    packets = []
    for index in range(round(picture.seconds * picture.rate)):
        frame = av.VideoFrame(64, 48, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([128]) * plane.buffer_size)
        frame.pts, frame.time_base = first + index, 1 / picture.rate
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def _sound_packets(stream, sound):
    count, packets = len(sound.channels), []
    woven = array("h", bytes(2 * count * len(sound.channels[0])))
    for channel, samples in enumerate(sound.channels):
        woven[channel::count] = samples
    for first in range(0, len(woven) // count, 1024):
        block = woven[first * count : (first + 1024) * count].tobytes()
        frame = av.AudioFrame("s16", stream.codec_context.layout.name, len(block) // 2 // count)
        frame.planes[0].update(block.ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.time_base = sound.rate, Fraction(1, sound.rate)
        frame.pts = first + round(sound.start_s * sound.rate)
        packets += stream.encode(frame)
    packets += stream.encode(None)
    begin, end = sound.hole_s
    return [p for p in packets if not begin <= float((p.pts or 0) * p.time_base) < end]


def hear(path: Path) -> list[array[int]]:
    """Every channel of the first audio stream, decoded from its first sample at its own rate."""
    with av.open(str(path)) as container:
        layout = container.streams.audio[0].codec_context.layout.name
        resampler = av.AudioResampler(format="s16", layout=layout)
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        count = container.streams.audio[0].codec_context.channels
    samples = array("h")
    for frame in frames:
        samples.frombytes(bytes(frame.planes[0])[: frame.samples * count * 2])
    return [samples[channel::count] for channel in range(count)]


def rate_of(path: Path) -> int:
    """Sampling rate of the first audio stream."""
    with av.open(str(path)) as container:
        return container.streams.audio[0].codec_context.sample_rate


def onset_ms(path: Path, *, channel: int = 0, after_ms: int = 0) -> int:
    """The first loud sample of a channel, counted from the first decoded one."""
    samples, rate = hear(path)[channel], rate_of(path)
    first = after_ms * rate // 1000
    return next(i for i in range(first, len(samples)) if abs(samples[i]) >= LOUD) * 1000 // rate


def level(samples: Sequence[int]) -> float:
    """Root mean square, 0 to 32767."""
    return math.sqrt(sum(s * s for s in samples) / max(1, len(samples)))


def ffmpeg(*args: object) -> None:
    """Run FFmpeg's command line, for files that PyAV cannot write."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-nostdin", *map(str, args)]
    subprocess.run(command, check=True)


def beeps(seconds: float, *at_s: float, rate: int = 48000) -> array[int]:
    """Silence with a tone of half a second at each of some times."""
    samples, beep = silence(seconds, rate=rate), tone(0.5, rate=rate, hertz=1000)
    for at in at_s:
        first = round(at * rate)
        samples[first : first + len(beep)] = beep
    return samples


def onsets_ms(path: Path) -> list[int]:
    """Every loud sample of the first channel that a fifth of a second of silence stands before."""
    samples, rate = hear(path)[0], rate_of(path)
    loud = [i * 1000 // rate for i in range(len(samples)) if abs(samples[i]) >= LOUD]
    return [at for before, at in zip([-1000, *loud], loud, strict=False) if at - before > 200]
