"""Converts decoded audio to plain samples: 16-bit, interleaved, at one rate, with the channels asked for.

The filters are FFmpeg's: its mix to mono keeps the sum of all weights at one, so nothing clips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.filter.context import FilterContext
    from av.filter.graph import Graph

__all__ = ["LAYOUTS", "SAMPLE_BYTES", "AudioSpec", "Converter"]

SAMPLE_BYTES = 2
LAYOUTS = ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
"""FFmpeg's names of the layouts with one to eight channels, as FLAC numbers them (RFC 9639, section 9.1.3)."""

_BLOCK = 16384  # samples in one piece: few calls, and about a second


@dataclass(frozen=True, slots=True)
class AudioSpec:
    """Format of converted samples.

    Attributes:
        sample_rate: Hz.
        channels: Source channels to keep under their own numbers; empty mixes all to mono.
        inverted: Whether the second of two channels is inverted before they are mixed.
    """

    sample_rate: int
    channels: tuple[int, ...] = ()
    inverted: bool = False

    @property
    def channel_count(self) -> int:
        """Channels of the result."""
        return max(self.channels, default=0) + 1


class Converter:
    """Converts frames of any format to blocks of samples. The filters are rebuilt when the format changes midway."""

    def __init__(self, spec: AudioSpec) -> None:
        self._spec = spec
        self._graph: Graph | None = None
        self._kind: tuple[str, str, int] = ("", "", 0)
        self._held = 0  # samples that may have gathered in the filters since they were last emptied

    def convert(self, frame: AudioFrame) -> list[bytes]:
        """Samples that are ready after one more frame; the filters hold a few back for the next."""
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        ready = [] if kind == self._kind else self.flush()
        if self._graph is None:
            self._graph, self._kind = _graph(self._spec, frame), kind
        frame.pts = None  # `gap_fill` handles the times
        self._graph.push(frame)
        self._held += frame.samples * self._spec.sample_rate // frame.sample_rate
        if self._held < _BLOCK:
            return ready  # a piece is not full before, and asking for it in vain takes as long as decoding a frame
        self._held = 0
        return ready + _drain(self._graph, self._spec.channel_count)

    def flush(self) -> list[bytes]:
        """The samples that the filters still hold; the next frame starts anew."""
        if self._graph is None:
            return []
        self._graph.push(None)
        rest = _drain(self._graph, self._spec.channel_count)
        self._graph, self._kind, self._held = None, ("", "", 0), 0
        return rest


def _graph(spec: AudioSpec, frame: AudioFrame) -> Graph:
    from av.filter import Graph

    graph = Graph()
    graph.threads = 1  # FFmpeg starts one for each core otherwise, which takes longer than a short file
    source = graph.add(
        "abuffer",
        sample_rate=str(frame.sample_rate),
        sample_fmt=frame.format.name,
        channel_layout=frame.layout.name,
        time_base=f"1/{frame.sample_rate}",
    )
    nodes: list[FilterContext] = [source]
    if pan := _pan(spec, frame.layout.name, frame.layout.nb_channels):
        nodes.append(graph.add("pan", pan))
    layout = LAYOUTS[spec.channel_count - 1]
    nodes.append(graph.add("aformat", f"sample_fmts=s16:sample_rates={spec.sample_rate}:channel_layouts={layout}"))
    graph.link_nodes(*nodes, graph.add("abuffersink")).configure()
    graph.set_audio_frame_size(_BLOCK)
    return graph


def _pan(spec: AudioSpec, layout: str, count: int) -> str:
    """Arguments for FFmpeg's `pan`, or "" where its default mix is right."""
    if spec.channels:
        # A broadcast may change its channels midway; a channel that is missing for a while is silent.
        kept = "|".join(f"c{n}=c{n}" for n in sorted(spec.channels) if n < count) or "c0=0*c0"
        return f"{LAYOUTS[spec.channel_count - 1]}|{kept}"
    if spec.inverted and count == 2:
        return "mono|c0=0.5*c0-0.5*c1"
    if layout == f"{count} channels":  # the positions of the channels are unknown: all count the same
        return f"mono|c0={_sum(range(count))}"
    return ""


def _sum(channels: Sequence[int]) -> str:
    return "+".join(f"{1 / len(channels):.6f}*c{n}" for n in channels)


def _drain(graph: Graph, width: int) -> list[bytes]:
    """All blocks that the filters have ready."""
    import av

    blocks: list[bytes] = []
    while True:
        try:
            frame = cast("AudioFrame", graph.pull())
        except (EOFError, av.BlockingIOError):
            return blocks
        blocks.append(bytes(frame.planes[0])[: frame.samples * width * SAMPLE_BYTES])
