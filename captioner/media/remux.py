"""Copies an audio stream out of its container without encoding it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.errors import MediaError
from captioner.media.demux import audio_streams, open_media, read_only
from captioner.media.mux_errors import map_write_errors, open_output

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

__all__ = ["remux", "suffix_for"]

# File formats of the service that hold a codec; all others go into Matroska, which holds nearly every codec.
_SUFFIXES = {
    "aac": ".m4a",
    "alac": ".m4a",
    "amr_nb": ".amr",
    "amr_wb": ".amr",
    "flac": ".flac",
    "mp3": ".mp3",
    "opus": ".ogg",
    "pcm_alaw": ".wav",
    "pcm_f32le": ".wav",
    "pcm_mulaw": ".wav",
    "pcm_s16le": ".wav",
    "pcm_s24le": ".wav",
    "pcm_s32le": ".wav",
    "pcm_u8": ".wav",
    "vorbis": ".ogg",
    "wmapro": ".wma",
    "wmav1": ".wma",
    "wmav2": ".wma",
}


def suffix_for(codec: str) -> str:
    """File name ending for an audio stream on its own, with its dot."""
    return _SUFFIXES.get(codec, ".mkv")


def remux(source: Path, target: Path, track: int, *, progress: Callable[[int], None]) -> int:
    """Copy one audio stream to a file of its own; its first sample becomes that file's zero.

    Args:
        source: The media.
        target: File to write; its suffix is the one `suffix_for` gives for the stream's codec.
        track: Position of the audio stream.
        progress: Called with the milliseconds done, about once for every second of audio.

    Returns:
        Milliseconds copied.

    Raises:
        MediaError: No container takes the stream, or the stream is empty.
    """
    reached_ms, due_ms = 0, 0
    with open_media(source) as container, open_output(target, source.name) as output:
        stream = audio_streams(container)[track]
        read_only(container, [stream])
        with map_write_errors(target, source.name):
            copied = output.add_stream_from_template(stream)
        for packet in _from_zero(container, stream):
            reached_ms = max(reached_ms, _end_ms(packet))
            packet.stream = copied
            with map_write_errors(target, source.name):
                output.mux(packet)
            if reached_ms >= due_ms:
                due_ms = reached_ms + 1000
                progress(reached_ms)
    if not reached_ms:
        raise MediaError("its audio is empty; check that it plays", file=source.name)
    return reached_ms


def _end_ms(packet: Packet[AudioStream]) -> int:
    if packet.pts is None or packet.time_base is None:
        return 0
    return round((packet.pts + (packet.duration or 0)) * packet.time_base * 1000)


def _from_zero(container: InputContainer, stream: AudioStream) -> Iterator[Packet[AudioStream]]:
    """The packets with times counted from the first audible sample; those before it only prepare the decoder."""
    first = stream.start_time
    for packet in container.demux(stream):
        if packet.dts is None:
            continue  # only flushes a decoder
        if first is None:
            first = packet.dts
        packet.dts -= first
        packet.pts = None if packet.pts is None else packet.pts - first
        yield packet
