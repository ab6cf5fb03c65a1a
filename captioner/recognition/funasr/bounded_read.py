"""Reads HTTP bodies with limits on size, time and nesting depth.

One rule: nothing is decompressed, decoded or kept before its size is known to be acceptable.
"""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

__all__ = ["MAX_BYTES", "BodyError", "BodyTooLarge", "check_bounds", "parse_json_bounded", "read_bounded"]

MAX_BYTES = 256 << 20
"""A reply of twelve hours and one channel is about 12 MB; eight channels of it fit twice."""

MAX_DEPTH = 64
"""The documented replies nest seven deep. The interpreter's own limit assumes a stack size that is not guaranteed."""

MAX_PARTS = 8_000_000
"""Lists, objects and the values between their commas. Twelve hours of eight channels have five million; each empty
one takes three bytes in the body and seventy in memory."""

_GRACE_S = 120.0
_SLOWEST_BYTES_PER_S = 4096
_LONGEST_S = 3600.0
_INFLATE_BLOCK_BYTES = 1 << 16
_WINDOW_BITS = {"gzip": 47, "x-gzip": 47, "deflate": 47}
"""zlib's `wbits` that accepts the headers of both gzip and zlib."""

_SHAPE = re.compile(rb'"[^"]*"')
_NO_SHAPE = bytes(byte for byte in range(256) if byte not in b'[]{}"')


class BodyError(Exception):
    """A body is refused; the message says why."""


class BodyTooLarge(BodyError):
    """A body is larger than allowed, possibly only once it is decompressed."""


def read_bounded(response: httpx.Response, limit_bytes: int, *, clock: Callable[[], float] = time.monotonic) -> bytes:
    """The body of an open response, decompressed.

    Args:
        response: Opened for streaming.
        limit_bytes: A longer body is refused, whatever its headers say.
        clock: Seconds that only grow.

    Raises:
        BodyTooLarge: More than `limit_bytes`.
        BodyError: Compressed in an unknown way or wrongly, or so slow that it would never end.
        httpx.RequestError: The transfer fails.
    """
    begun, body = clock(), bytearray()
    for block in _decompress(response):
        body += block
        if len(body) > limit_bytes:
            raise BodyTooLarge(f"it is over {limit_bytes} bytes")
        patience_s = min(_GRACE_S + len(body) / _SLOWEST_BYTES_PER_S, _LONGEST_S)
        if clock() - begun > patience_s:
            raise BodyError(f"only {len(body)} bytes of it came in {patience_s:.0f} s")
    return bytes(body)


def parse_json_bounded(raw: bytes, hook: Callable[[dict[str, Any]], object] | None = None) -> object:
    """Decode JSON of bounded size, number of parts and depth.

    Args:
        raw: As received, with or without a byte order mark.
        hook: Called with every object as soon as it is read; its result takes the object's place.

    Raises:
        BodyError: Too large, nested too deeply, or with too many parts.
        ValueError: Not JSON, or not UTF-8.
    """
    check_bounds(raw)
    if _is_deep(raw):
        raise BodyError(f"nested too deeply, more than {MAX_DEPTH} levels")
    try:
        return json.loads(raw.decode("utf-8-sig"), object_hook=hook)
    except RecursionError as error:  # a machine with a very small stack
        raise BodyError("nested too deeply") from error


def check_bounds(raw: bytes) -> None:
    """Refuse JSON that would take too much memory once it is decoded.

    Raises:
        BodyError: Too large, or with too many parts.
    """
    if len(raw) > MAX_BYTES:
        raise BodyTooLarge(f"over {MAX_BYTES} bytes")
    if len(raw) * 2 // 3 + MAX_DEPTH <= MAX_PARTS:  # two parts take three bytes at least, as in [[],[],[]]
        return
    most = len(raw) - raw.count(b'"')  # a quick bound, enough for nearly every longer reply
    if most > MAX_PARTS and raw.count(b",") + raw.count(b"[") + raw.count(b"{") > MAX_PARTS:
        raise BodyError(f"more than {MAX_PARTS} parts")


def _decompress(response: httpx.Response) -> Iterator[bytes]:
    """The body in small blocks. httpx would decompress a whole network block at once, to a thousand times its size."""
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing in ("", "identity"):
        return response.iter_bytes()
    if packing not in _WINDOW_BITS:
        raise BodyError("it is compressed in a way that was not asked for")
    return _inflate(response.iter_raw(), _WINDOW_BITS[packing])


def _inflate(blocks: Iterable[bytes], wbits: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits)
    try:
        for block in blocks:
            left = block
            while left and not unpacker.eof:
                yield unpacker.decompress(left, _INFLATE_BLOCK_BYTES)
                left = unpacker.unconsumed_tail
        yield unpacker.flush()  # a few hundred bytes at most: everything else was yielded above
    except zlib.error as error:
        raise BodyError("it is compressed wrongly") from error
    if not unpacker.eof:
        raise BodyError("its end is missing")


def _is_deep(raw: bytes) -> bool:
    """Whether brackets nest deeper than allowed, found without recursion: innermost pairs are removed layer by layer.

    The rest is judged by its length, which is at least its depth.
    """
    shape = raw.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NO_SHAPE).replace(b'""', b"")
    shape = _SHAPE.sub(b"", shape)
    for _ in range(MAX_DEPTH):
        peeled = shape.replace(b"[]", b"").replace(b"{}", b"")
        if len(peeled) == len(shape):
            break
        shape = peeled
    return len(shape) > MAX_DEPTH
