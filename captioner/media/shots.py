"""Detects shot changes with FFmpeg's scene filter on a small picture, through PyAV.

The one rule: times are those of the player, counted from its zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.errors import MediaError
from captioner.media.demux import open_media, read_only, zero_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.filter.graph import Graph
    from av.video.stream import VideoStream

__all__ = ["THRESHOLD", "detect_shots"]

# Share of the picture that changes at a cut. Source: FFmpeg filter documentation, `select`: "between 0.3 and 0.5 is
# generally a sane choice"; 0.3 misses fewer cuts between similar pictures.
THRESHOLD = 0.3
_WIDTH = 160  # pixels: enough for a histogram difference, at a fraction of the work of a full picture


def detect_shots(path: Path, *, threshold: float = THRESHOLD) -> tuple[int, ...]:
    """Find the shot changes of a video.

    Args:
        path: The media.
        threshold: Scene score from 0 to 1 above which a frame begins a new shot.

    Returns:
        First millisecond of every shot but the first, in order; empty without a moving picture.

    Raises:
        MediaError: It cannot be read.
    """
    if not 0 < threshold < 1:
        raise MediaError(f"a scene threshold of {threshold} is not between 0 and 1", file=path.name)
    with open_media(path) as container:
        if not container.streams.video:
            return ()
        stream = container.streams.video[0]
        if not stream.codec_context or not stream.codec_context.pix_fmt:
            return ()  # a picture that cannot be decoded, or is larger than any camera's
        stream.thread_type = "AUTO"
        read_only(container, [stream])
        zero = zero_of(container)
        return tuple(max(0, int((at - zero) * 1000)) for at in _changes(container, stream, threshold))


def _changes(container: InputContainer, stream: VideoStream, threshold: float) -> Iterator[Fraction]:
    import av

    graph = _graph(stream, threshold)
    for frame in container.decode(stream):
        graph.push(frame)
        while True:
            try:
                found = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                break
            if isinstance(found, av.VideoFrame) and found.pts is not None and found.time_base is not None:
                yield found.pts * found.time_base


def _graph(stream: VideoStream, threshold: float) -> Graph:
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(template=stream)
    scale = graph.add("scale", f"{_WIDTH}:-2:flags=fast_bilinear")
    select = graph.add("select", f"gt(scene\\,{threshold})")
    sink = graph.add("buffersink")
    source.link_to(scale)
    scale.link_to(select)
    select.link_to(sink)
    graph.configure()
    return graph
