"""Media that mean harm, made byte by byte."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av

__all__ = ["chunk", "many_streams", "picture_bomb", "wav"]


def wav(rate: int, channels: int, bits: int, data: bytes, *, claimed: int | None = None) -> bytes:
    """A WAV that says of itself what one likes."""
    size = len(data) if claimed is None else claimed
    kind = struct.pack("<HHIIHH", 1, channels & 0xFFFF, rate, rate, channels * bits // 8 & 0xFFFF, bits)
    head = chunk_le(b"fmt ", kind) + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE" + head + data


def chunk_le(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int) -> bytes:
    """A black picture of 16-bit RGBA: a thousandth of the memory it takes."""
    packer, row = zlib.compressobj(1), bytes(1 + width * 8)
    packed = b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])
    head = struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def picture_bomb(path: Path, width: int, height: int) -> Path:
    """A film whose one picture is far larger than it says, with a second of sound."""
    with av.open(str(path), "w", format="mov") as output:
        sound = output.add_stream("pcm_s16le", rate=16000, layout="mono")
        video = output.add_stream("png", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "rgb24"
        video.encode(av.VideoFrame(64, 48, "rgb24"))
        packet = av.Packet(png(width, height))
        packet.stream, packet.pts, packet.dts, packet.time_base = video, 0, 0, Fraction(1, 25)
        packet.is_keyframe = True
        output.mux(packet)
        frame = av.AudioFrame("s16", "mono", 16000)
        frame.sample_rate, frame.pts = 16000, 0
        output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    return path


def many_streams(path: Path, count: int) -> Path:
    """A file of nothing but streams."""
    with av.open(str(path), "w", format="matroska") as output:
        streams = [output.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(count)]
        for stream in streams:
            frame = av.AudioFrame("s16", "mono", 8)
            frame.sample_rate, frame.pts = 8000, 0
            output.mux(stream.encode(frame))
    return path
