"""Cuts a few seconds of audio around a caption, small enough to be sent inside a page."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from captioner.media.demux import PacketReader, audio_streams, open_media, read_only, zero_of

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

__all__ = ["CLIP_MS", "MEDIA_TYPE", "cut_clips"]

CLIP_MS = 3000  # long enough to recognise a phrase, short enough to listen to forty of them
MEDIA_TYPE = "audio/mpeg"  # every browser and mail reader plays it; not all play Ogg
_RATE = 22_050  # Hz, half of a CD's: enough for speech
_BITS = 32_000  # bits a second: usual for speech in MP3


def cut_clips(path: Path, starts_ms: Iterable[int], *, track: int = 0) -> dict[int, bytes]:
    """Cut a short MP3 at each of some times.

    Args:
        path: The media.
        starts_ms: Player times at which the clips begin.
        track: Audio stream of the file.

    Returns:
        MP3 by start; a start beyond the end of the audio is left out.

    Raises:
        MediaError: It cannot be read.
    """
    wanted = sorted(set(starts_ms))
    with open_media(path) as container:
        stream = audio_streams(container).get(track)
        if stream is None or not wanted:
            return {}
        read_only(container, [stream])
        found = {start: _cut_clip(container, stream, start) for start in wanted}
    return {start: data for start, data in found.items() if data}


def _cut_clip(container: InputContainer, stream: AudioStream, start_ms: int) -> bytes:
    """Seek to a little before the start, decode to the end of the clip, and encode the part inside it."""
    zero = zero_of(container)
    container.seek(max(0, int((start_ms - 500) * 1000 + zero * 1_000_000)), backward=True, any_frame=False)
    frames = list(_frames_within(container, stream, start_ms))
    return _encode_mp3(frames) if frames else b""


def _frames_within(container: InputContainer, stream: AudioStream, start_ms: int) -> Iterator[AudioFrame]:
    """Decoded frames that begin within the clip."""
    zero = zero_of(container)
    for frame in _frames(container, stream):
        if frame.pts is None or frame.time_base is None:
            continue
        at = int((frame.pts * frame.time_base - zero) * 1000)
        if at >= start_ms + CLIP_MS:
            return
        if at + frame.samples * 1000 // frame.sample_rate > start_ms:
            yield frame


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """The frames from here on; a damaged piece has none."""
    import av

    for packet in PacketReader(container, [stream]):
        with contextlib.suppress(av.FFmpegError):
            yield from cast("list[AudioFrame]", packet.decode())


def _encode_mp3(frames: Iterable[AudioFrame]) -> bytes:
    import av

    target = io.BytesIO()
    with av.open(target, "w", format="mp3") as output:
        stream = output.add_stream("libmp3lame", rate=_RATE, layout="mono")
        stream.bit_rate = _BITS
        resampler = av.AudioResampler(format="s16p", layout="mono", rate=_RATE)
        for frame in frames:
            frame.pts = None
            for piece in resampler.resample(frame):
                output.mux(stream.encode(piece))
        for piece in resampler.resample(None):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return target.getvalue()
