"""Media in browsers: what plays as it is, and a small copy of what does not."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from captioner.errors import Interrupted, MediaError
from captioner.files import staging_path
from captioner.media.demux import PacketReader, audio_streams, is_moving_picture, open_media, read_only, zero_of

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["PROXY_AUDIO", "PROXY_VIDEO", "Playback", "make_proxy", "playback_of"]

#: Media types of the copies.
PROXY_AUDIO, PROXY_VIDEO = "audio/webm", "video/mp4"
_WIDTH, _RATE = 640, 30  # pixels, frames a second: enough to see lips and faces
_AUDIO_BITS, _OPUS_HZ = 48_000, 48_000

# Containers and codecs that Chromium, Firefox and Safari all play.
# Source: MDN, "Media container formats", "Web video codec guide", "Web audio codec guide" (read 2026-11-28).
_TYPES = {
    "mov,mp4,m4a,3gp,3g2,mj2": ("video/mp4", {"h264"}, {"aac", "mp3", "opus", "flac"}),
    "matroska,webm": ("video/webm", {"vp8", "vp9"}, {"opus", "vorbis"}),
    "mp3": ("audio/mpeg", set(), {"mp3"}),
    "wav": ("audio/wav", set(), {"pcm_s16le", "pcm_u8", "pcm_s24le", "pcm_f32le"}),
    "flac": ("audio/flac", set(), {"flac"}),
    "aac": ("audio/aac", set(), {"aac"}),
}
_PIXELS = ("yuv420p", "yuvj420p")


class Playback(tuple[str, bool]):
    """Media type for a browser and whether there is a moving picture; "" as the type where it does not play."""

    @property
    def media_type(self) -> str:
        return self[0]

    @property
    def has_picture(self) -> bool:
        return self[1]


def playback_of(path: Path) -> Playback:
    """Find out whether browsers play a file as it is.

    Raises:
        MediaError: It cannot be read.
    """
    with open_media(path) as container:
        pictures = [stream for stream in container.streams.video if is_moving_picture(stream)]
        sounds = list(container.streams.audio)
        kind, video, audio = _TYPES.get(container.format.name, ("", set(), set()))
        if path.suffix.lower() == ".mkv" or not (pictures or sounds):
            kind = ""
        plays = all(_codec(each) in video and _pixels(each) in _PIXELS for each in pictures[:1])
        plays = plays and all(_codec(each) in audio for each in sounds[:1])
        if kind.startswith("video/") and not pictures:
            kind = kind.replace("video/", "audio/")
        return Playback((kind if plays else "", bool(pictures)))


def _codec(stream: VideoStream | AudioStream) -> str:
    return stream.codec_context.name if stream.codec_context else ""


def _pixels(stream: VideoStream) -> str:
    return (stream.codec_context.pix_fmt or "") if stream.codec_context else ""


def make_proxy(path: Path, target: Path, progress: Callable[[float], bool]) -> None:
    """Make a copy that browsers play: a small H.264 picture with AAC, or Opus where there is sound alone.

    Args:
        path: The media.
        target: The copy, written whole or not at all.
        progress: Called with the share that is done, 0 to 1; false ends the work.

    Raises:
        Interrupted: `progress` said so.
        MediaError: It cannot be read.
        OutputError: The copy cannot be written.
    """
    import av

    has_picture = playback_of(path).has_picture
    kind = "mp4" if has_picture else "webm"
    with staging_path(target) as part, open_media(path) as source, av.open(str(part), "w", format=kind) as output:
        _copy(source, output, progress, has_picture=has_picture)


def _copy(
    source: InputContainer, output: OutputContainer, progress: Callable[[float], bool], *, has_picture: bool
) -> None:
    picture = next((each for each in source.streams.video if is_moving_picture(each)), None) if has_picture else None
    sound = audio_streams(source).get(0)
    streams = [each for each in (picture, sound) if each is not None]
    if not streams:
        raise MediaError("there is nothing to play in it")
    read_only(source, streams)
    zero = zero_of(source)
    tracks: list[_Picture | _Sound] = [
        *([_Picture(output, picture, zero)] if picture is not None else []),
        *([_Sound(output, sound, zero, "aac" if has_picture else "libopus")] if sound is not None else []),
    ]
    length, done = float(source.duration or 0) / 1_000_000, 0.0
    by_index = {each.index: track for each, track in zip(streams, tracks, strict=True)}
    for packet in PacketReader(source, streams):
        if packet.stream.index not in by_index:
            continue
        with contextlib.suppress(_av_error()):
            for frame in cast("list[VideoFrame | AudioFrame]", packet.decode()):
                by_index[packet.stream.index].add(frame)
        if length and packet.pts is not None and packet.time_base is not None:
            done = max(done, min(1.0, float(packet.pts * packet.time_base - zero) / length))
            if not progress(done):
                raise Interrupted("stopped")
    for track in tracks:
        track.end()
    progress(1.0)


def _av_error() -> type[Exception]:
    """FFmpeg's error, whose library is imported when it is needed."""
    import av

    return av.FFmpegError


class _Picture:
    """A small picture at a constant rate at most, with the player's times."""

    def __init__(self, output: OutputContainer, stream: VideoStream, zero: Fraction) -> None:
        self._output, self._zero = output, zero
        context = stream.codec_context
        width = min(_WIDTH, context.width) // 2 * 2
        height = max(2, round(context.height * width / max(1, context.width)) // 2 * 2)
        rate = min(Fraction(_RATE), stream.average_rate or Fraction(25))
        self._stream = output.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "28"})
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        self._stream.time_base = Fraction(1, 90_000)
        self._stream.gop_size = max(1, int(rate))  # a second: seeking is quick
        self._step, self._next = 1 / rate * Fraction(9, 10), Fraction(-1)

    def add(self, frame: VideoFrame | AudioFrame) -> None:
        """Add a picture, unless it comes too soon after the one before."""
        from av.video.frame import PictureType

        picture = cast("VideoFrame", frame)
        if picture.pts is None or picture.time_base is None:
            return
        at = picture.pts * picture.time_base - self._zero
        if at < 0 or at < self._next:
            return
        self._next = at + self._step
        small = picture.reformat(self._stream.width, self._stream.height, "yuv420p")
        small.pict_type = PictureType.NONE  # the encoder chooses; the source's kinds would be forced on it
        small.pts, small.time_base = int(at * 90_000), Fraction(1, 90_000)
        self._output.mux(self._stream.encode(small))

    def end(self) -> None:
        """Write what the encoder holds."""
        self._output.mux(self._stream.encode(None))


class _Sound:
    """Sound with the player's times; holes become silence."""

    def __init__(self, output: OutputContainer, stream: AudioStream, zero: Fraction, codec: str) -> None:
        import av

        self._output, self._zero = output, zero
        layout = "mono" if (stream.codec_context.channels if stream.codec_context else 1) == 1 else "stereo"
        self._stream = cast("AudioStream", output.add_stream(codec, rate=_OPUS_HZ, layout=layout))
        self._stream.bit_rate = _AUDIO_BITS * (1 if layout == "mono" else 2)
        sample = "s16" if codec == "libopus" else "fltp"
        self._resampler = av.AudioResampler(format=sample, layout=layout, rate=_OPUS_HZ)
        self._layout, self._sample = layout, sample
        self._done = 0  # samples written

    def add(self, frame: VideoFrame | AudioFrame) -> None:
        """Add samples; before the player's zero there are none."""
        sound = cast("AudioFrame", frame)
        if sound.pts is not None and sound.time_base is not None:
            at = sound.pts * sound.time_base - self._zero
            if at + Fraction(sound.samples, sound.sample_rate) <= 0:
                return
            self._fill(int(at * _OPUS_HZ) - self._done)
        sound.pts = None
        self._write(self._resampler.resample(sound))

    def _fill(self, missing: int) -> None:
        """Silence for a hole longer than a fifth of a second."""
        if missing <= _OPUS_HZ // 5:
            return
        import av

        for size in _pieces(missing, _OPUS_HZ):
            silence = av.AudioFrame(format=self._sample, layout=self._layout, samples=size)
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            silence.sample_rate = _OPUS_HZ
            self._write([silence])

    def _write(self, frames: list[AudioFrame]) -> None:
        for piece in frames:
            piece.pts, piece.time_base = self._done, Fraction(1, _OPUS_HZ)
            self._done += piece.samples
            self._output.mux(self._stream.encode(piece))

    def end(self) -> None:
        """Write what the converter and the encoder hold."""
        self._write(self._resampler.resample(None))
        self._output.mux(self._stream.encode(None))


def _pieces(whole: int, most: int) -> Iterator[int]:
    while whole > 0:
        yield min(whole, most)
        whole -= most
