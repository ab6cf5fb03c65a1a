"""Adds captions to a media file as tracks that viewers can switch on; everything else is copied unchanged.

The one rule: packets are copied as they are. A stream that the new container cannot hold is refused, not dropped,
except data streams that only repeat what the container says elsewhere.
"""

from __future__ import annotations

import io
import struct
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from captioner.errors import MediaError
from captioner.languages import language_of
from captioner.media.demux import open_media, zero_of
from captioner.media.mux_errors import map_write_errors
from captioner.model import StyledSpan

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream

__all__ = ["CONTAINERS", "CaptionTrack", "TrackCue", "language_tag", "mux"]

#: File name endings of containers that hold caption tracks, and the kind of track each gets.
CONTAINERS: Mapping[str, Literal["mov_text", "file"]] = {
    ".mp4": "mov_text",
    ".m4v": "mov_text",
    ".mov": "mov_text",
    ".mkv": "file",
}

_MS = Fraction(1, 1000)
_MAX_SAMPLE_BYTES = 0xFFFF  # the length of a sample's text has 16 bits (3GPP TS 26.245, 5.17)

# MOV numbers its languages; FFmpeg's muxer (libavformat/isom.c) names them by ISO 639-2/B, with these exceptions.
_QUICKTIME = {
    "ces": "ces", "fra": "fra", "hrv": "hr ", "nno": "nor", "nob": "nor", "ron": "ron", "slk": "slk", "swe": "sve",
}  # fmt: skip

_DEFAULT_SIZE = 16
# Default appearance of an MP4 text track: white, centred at the bottom. The encoder turns it into the sample
# description of 3GPP TS 26.245, 5.16; the size is per 288 lines.
_DEFAULT_STYLE = b"""[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True, slots=True)
class TrackCue:
    """One caption of a track.

    Attributes:
        start_ms: First millisecond shown.
        end_ms: First millisecond no longer shown.
        text: Its lines, joined by newlines.
        spans: Styled spans of the text, in order.
    """

    start_ms: int
    end_ms: int
    text: str
    spans: tuple[StyledSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """One track of captions.

    Attributes:
        cues: Every caption, in order.
        file: The same captions as an SRT or ASS file in UTF-8, markup and styles included; Matroska is given this.
        kind: Format of `file`.
        language: Language tag, or "" when unknown.
        title: Name in a player's menu, or "" to leave that to the player.
        default: Whether players show it by default.
        forced: Whether it has only what every viewer needs, such as signs, and is shown when captions are off.
        hearing_impaired: Whether it has sounds and speakers for viewers who cannot hear.
    """

    cues: Sequence[TrackCue]
    file: bytes
    kind: Literal["srt", "ass"] = "srt"
    language: str = ""
    title: str = ""
    default: bool = False
    forced: bool = False
    hearing_impaired: bool = False


def language_tag(tag: str, container: str) -> str:
    """The language of a track as a container names it: three letters, `und` when the tag names no language.

    Args:
        tag: As `languages.find_language` takes it.
        container: FFmpeg's name of the muxer: "mp4" takes ISO 639-2/T, "matroska" 639-2/B, "mov" its own codes.
    """
    language = language_of(tag)
    if container == "matroska":
        return language.bibliographic
    if container == "mov":
        return _QUICKTIME.get(language.terminological, language.bibliographic)
    return language.terminological


def mux(
    source: Path, tracks: Sequence[CaptionTrack], target: Path, progress: Callable[[int], None] | None = None
) -> tuple[str, ...]:
    """Copy a media file with captions added.

    Args:
        source: The media.
        tracks: In the order of a player's menu, after the tracks of the media.
        target: File to write; its ending is one of `CONTAINERS`. An existing file is replaced.
        progress: Called with the milliseconds done, about once for every second of media.

    Returns:
        One line for each stream that was left out: data streams that the container makes itself or cannot hold.

    Raises:
        MediaError: The media cannot be read, or the container does not take one of its streams.
    """
    kind = CONTAINERS.get(target.suffix.lower())
    if kind is None:
        takes = ", ".join(CONTAINERS)
        raise MediaError(f"{target.name}: holds no captions to switch on; choose one of {takes}, or burn them in")
    with open_media(source) as container, _output(target, source.name) as output:
        copies, notes = _copies(container, output, source.name)
        captions = [_add_track(track, output, kind, source.name) for track in tracks]
        _copy_metadata(container, output)
        packets = sorted((each for track in captions for each in track), key=lambda packet: packet.dts or 0)
        with map_write_errors(target, source.name, _refusal(target)):
            _interleave(container, output, copies, packets, progress or (lambda _: None))
    return notes


@contextmanager
def _output(target: Path, name: str) -> Iterator[OutputContainer]:
    import av

    options = {} if target.suffix.lower() == ".mkv" else {"movflags": "+faststart"}  # plays while it loads
    with map_write_errors(target, name, _refusal(target)):
        output = av.open(f"file:{target}", "w", container_options=options)
    try:
        yield output
    except BaseException:
        output.close()
        raise
    with map_write_errors(target, name, _refusal(target)):
        output.close()


def _refusal(target: Path) -> str:
    return f"cannot be written as {target.suffix}; choose .mkv"


def _copies(container: InputContainer, output: OutputContainer, name: str) -> tuple[dict[int, Stream], tuple[str, ...]]:
    """Add a stream to the output for every stream that is copied; returns them and a note for each that is not."""
    copies: dict[int, Stream] = {}
    notes: list[str] = []
    for stream in container.streams:
        if stream.type == "data":
            if "timecode" not in stream.metadata:
                notes.append(f"{name}: data stream {stream.index} is left out")
            continue  # a time code track is made again from the metadata
        try:
            copy = output.add_stream_from_template(stream)
        except (ValueError, AttributeError) as error:
            raise MediaError(
                f"its {stream.type} stream {stream.index} does not go into .{output.format.name}; choose .mkv",
                file=name,
            ) from error
        copy.metadata.update(stream.metadata)
        if stream.type != "attachment":
            copy.disposition = stream.disposition
        copies[stream.index] = copy
    return copies, tuple(notes)


def _copy_metadata(container: InputContainer, output: OutputContainer) -> None:
    """Copy title, time code and chapters."""
    known = {key: value for key, value in container.metadata.items() if key.lower() not in _MUXER_TAGS}
    output.metadata.update(known)
    output.set_chapters(container.chapters())


_MUXER_TAGS = frozenset({"compatible_brands", "encoder", "major_brand", "minor_version"})  # each muxer writes its own


def _add_track(track: CaptionTrack, output: OutputContainer, kind: str, name: str) -> list[Packet[Any]]:
    """Add the stream of a caption track; returns its packets."""
    from av.stream import Disposition

    stream, packets = _text_track(track, output) if kind == "mov_text" else _file_track(track, output, name)
    stream.metadata["language"] = language_tag(track.language, output.format.name)
    if track.title:
        stream.metadata["title"] = track.title
        stream.metadata["handler_name"] = track.title  # where MP4 and MOV keep a title
    flags = {
        Disposition.default: track.default,
        Disposition.forced: track.forced,
        Disposition.hearing_impaired: track.hearing_impaired,
    }
    stream.disposition = Disposition(sum(flag for flag, is_set in flags.items() if is_set))
    return packets


def _text_track(track: CaptionTrack, output: OutputContainer) -> tuple[Stream, list[Packet[Any]]]:
    """Timed text of MP4 and MOV: each sample has its length and its text (3GPP TS 26.245, 5.17)."""
    import av

    stream = output.add_stream("mov_text")
    stream.codec_context.subtitle_header = _DEFAULT_STYLE
    stream.time_base = _MS
    packets: list[Packet[Any]] = []
    for each in _flatten(track.cues):
        written = each.text.encode()
        if len(written) > _MAX_SAMPLE_BYTES:
            raise MediaError(
                f"a caption at {each.start_ms} ms has {len(written)} bytes, a sample holds 65535; split it"
            )
        packet = av.Packet(struct.pack(">H", len(written)) + written + _style_box(each.spans))
        packet.stream, packet.time_base = stream, _MS
        packet.pts = packet.dts = each.start_ms
        packet.duration = each.end_ms - each.start_ms
        packets.append(packet)
    return stream, packets


def _style_box(spans: Sequence[StyledSpan]) -> bytes:
    """Style box of a sample: spans in characters, flags for bold, italic and underline, size and colour.

    Source: 3GPP TS 26.245, 5.16 (style record) and 5.17.1.1 (style box).
    """
    if not spans:
        return b""
    records = [
        struct.pack(
            ">HHHBBI",
            span.start,
            span.end,
            1,  # the one font of the sample description
            span.look.bold | span.look.italic << 1 | span.look.underline << 2,
            _DEFAULT_SIZE,
            int(span.look.colour[1:] or "FFFFFF", 16) << 8 | 0xFF,
        )
        for span in spans
    ]
    return struct.pack(">I4sH", 10 + 12 * len(records), b"styl", len(records)) + b"".join(records)


def _flatten(shown: Sequence[TrackCue]) -> Iterator[TrackCue]:
    """Samples of a text track, one at a time: while two captions are shown, one sample has both, the upper first."""
    edges = sorted({edge for each in shown for edge in (each.start_ms, each.end_ms)})
    coming = deque(sorted(shown, key=lambda each: each.start_ms))
    current: list[TrackCue] = []
    for start_ms, end_ms in pairwise(edges):
        while coming and coming[0].start_ms <= start_ms:
            current.append(coming.popleft())
        current = [each for each in current if each.end_ms > start_ms]
        if current:
            yield _join(start_ms, end_ms, current)


def _join(start_ms: int, end_ms: int, shown: Sequence[TrackCue]) -> TrackCue:
    spans, at = list[StyledSpan](), 0
    for each in shown:
        spans += [StyledSpan(span.start + at, span.end + at, span.look) for span in each.spans]
        at += len(each.text) + 1
    return TrackCue(start_ms, end_ms, "\n".join(each.text for each in shown), tuple(spans))


def _file_track(track: CaptionTrack, output: OutputContainer, name: str) -> tuple[Stream, list[Packet[Any]]]:
    """The packets of a caption file, as FFmpeg reads it."""
    import av

    try:
        with av.open(io.BytesIO(track.file), "r", format=track.kind) as captions:
            template = captions.streams.subtitles[0]
            stream = output.add_stream_from_template(template)
            packets = [packet for packet in captions.demux(template) if packet.dts is not None]
    except (av.FFmpegError, IndexError) as error:
        raise MediaError(f"the captions cannot be read as {track.kind}; convert them first", file=name) from error
    for packet in packets:
        packet.stream = stream
    return stream, packets


def _interleave(
    container: InputContainer,
    output: OutputContainer,
    copies: Mapping[int, Stream],
    captions: Sequence[Packet[Any]],
    progress: Callable[[int], None],
) -> None:
    """Write all packets in order of time, so that players find captions next to the picture."""
    waiting = list(reversed(captions))
    zero, due_ms = zero_of(container), 0
    for packet in _with_decoding_times(container):
        copy = copies.get(packet.stream.index)
        if copy is None or packet.time_base is None:
            continue
        _count_from(zero, packet, packet.time_base)
        at_ms = _at_ms(packet)
        while waiting and _at_ms(waiting[-1]) <= at_ms:
            output.mux(waiting.pop())
        packet.stream = copy
        output.mux(packet)
        if at_ms >= due_ms:
            due_ms = at_ms + 1000
            progress(at_ms)
    while waiting:
        output.mux(waiting.pop())


def _with_decoding_times(container: InputContainer) -> Iterator[Packet[Any]]:
    """All packets with decoding times: Matroska gives none for the first packets of a stream with reordered pictures.

    Each of them gets the first known time minus one packet duration per place, as a decoder would have taken them.
    """
    early: dict[int, list[Packet[Any]]] = {}
    for packet in container.demux(*container.streams):
        if not packet.size:
            continue  # only flushes a decoder
        held = early.setdefault(packet.stream.index, [])
        if packet.dts is None:
            held.append(packet)
            continue
        for number, before in enumerate(held):
            before.dts = packet.dts - (len(held) - number) * max(1, before.duration or 0)
        yield from held
        held.clear()
        yield packet
    for held in early.values():
        yield from (packet for packet in held if packet.pts is not None)


def _count_from(zero: Fraction, packet: Packet[Any], time_base: Fraction) -> None:
    """Count a packet's times from the player's zero, as captions do; in most files they are counted so already."""
    if zero and packet.dts is not None:
        late = round(zero / time_base)
        packet.dts -= late
        packet.pts = None if packet.pts is None else packet.pts - late


def _at_ms(packet: Packet[Any]) -> int:
    return int((packet.dts or 0) * (packet.time_base or _MS) * 1000)
