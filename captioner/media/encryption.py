"""Tells encrypted media from damaged media: neither can be decoded, and only one can be copied again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.errors import MediaError
from captioner.media.demux import PacketReader

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

__all__ = ["check_not_encrypted"]

_LOCKED_TAGS = frozenset({"drms", "drmi"})  # Apple's FairPlay, in the place of "mp4a" and "avc1"
_KEYED = frozenset({"matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2"})  # formats whose packets say how they are encrypted
_PROBE_BYTES = 2 << 20  # about a second of television
_TS_PACKET, _TS_SYNC, _SCRAMBLED = 188, 0x47, 0xC0
_ASF_KEYS = (bytes.fromhex("fbb31122 23bdd211 b4b700a0 c955fc6e"), bytes.fromhex("14e68a29 2226174c b935dae0 7ee9289c"))
"""Content encryption objects of ASF, the plain one and the extended one (Advanced Systems Format, 3.14 and 3.15)."""


def check_not_encrypted(container: InputContainer, path: Path) -> None:
    """Refuse media that only a licensed player can decode.

    Raises:
        MediaError: Its audio is encrypted.
        OSError: It cannot be read.
    """
    name = container.format.name
    locked = False
    if name in _KEYED:
        locked = any(map(_is_locked, container.streams.audio)) or _has_keys(container)
        locked = locked or (name == "matroska,webm" and _has_locked_track(_head(path)))
    elif name == "mpegts":
        locked = _is_scrambled(_head(path))
    elif name in ("asf", "asf_o"):
        locked = any(key in _head(path) for key in _ASF_KEYS)
    if locked:
        raise MediaError("its audio is encrypted (copy protection); export it without protection", file=path.name)


def _is_locked(stream: AudioStream) -> bool:
    try:
        return getattr(stream, "codec_tag", "") in _LOCKED_TAGS  # a stream without a decoder has none
    except UnicodeDecodeError:  # PyAV 18.1, for tags that are numbers
        return False


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_PROBE_BYTES)


def _has_keys(container: InputContainer) -> bool:
    """Whether the first packet of sound says with which key it is encrypted (Common Encryption, ISO/IEC 23001-7)."""
    packet = next(iter(PacketReader(container, container.streams.audio)), None)
    return packet is not None and packet.has_sidedata("encryption_info")


# Elements of Matroska (RFC 9559, sections 5.1.4 and 21): what lies in what, down to the encryption of a track.
_SEGMENT, _TRACKS, _TRACK, _TRACK_TYPE = 0x18538067, 0x1654AE6B, 0xAE, 0x83
_ENCODINGS, _ENCODING, _ENCODING_TYPE, _ENCRYPTION, _ALGORITHM = 0x6D80, 0x6240, 0x5033, 0x5035, 0x47E1
_SOUND, _IS_ENCRYPTED = 2, 1


def _has_locked_track(head: bytes) -> bool:
    """Whether a track of sound says that its frames are encrypted; also with a key that FFmpeg makes nothing of."""
    tracks = [track for segment in _inside(head, _SEGMENT) for each in _inside(segment, _TRACKS)
              for track in _inside(each, _TRACK)]  # fmt: skip
    return any(_number(track, _TRACK_TYPE) == _SOUND and _is_encrypted(track) for track in tracks)


def _is_encrypted(track: bytes) -> bool:
    encodings = [one for each in _inside(track, _ENCODINGS) for one in _inside(each, _ENCODING)]
    return any(
        _number(each, _ENCODING_TYPE) == _IS_ENCRYPTED
        and any(_number(how, _ALGORITHM) for how in _inside(each, _ENCRYPTION))  # 0 is a signature only
        for each in encodings
    )


def _inside(data: bytes, wanted: int) -> Iterator[bytes]:
    """The contents of the elements of a kind, among those that follow each other in some bytes (RFC 8794)."""
    at = 0
    while (kind := _vint(data, at)) and (size := _vint(data, kind[1])):
        bits = 7 * (size[1] - kind[1])
        length = size[0] - (1 << bits)
        begin = size[1]
        end = len(data) if length == (1 << bits) - 1 else begin + length  # a stream leaves it open
        if kind[0] == wanted:
            yield data[begin:end]
        at = end


def _vint(data: bytes, at: int) -> tuple[int, int] | None:
    """A number of variable length with its marker, and the place behind it; None where there is none."""
    if at >= len(data) or not data[at]:
        return None
    end = at + 9 - data[at].bit_length()
    return int.from_bytes(data[at:end]), end


def _number(data: bytes, wanted: int) -> int:
    return next((int.from_bytes(found[:8]) for found in _inside(data, wanted)), 0)


def _is_scrambled(head: bytes) -> bool:
    """Whether most transport packets are scrambled (ISO/IEC 13818-1, 2.4.3.3: two bits of the fourth byte)."""
    for size, lead in ((_TS_PACKET, 0), (192, 4), (204, 0)):  # plain, with Blu-ray's time codes, with error correction
        first = head.find(bytes([_TS_SYNC]), lead)
        if 0 <= first < size + lead and head[first::size][:20].count(_TS_SYNC) == 20:
            packets = zip(head[first::size], head[first + 3 :: size], strict=False)
            flags = [flag for sync, flag in packets if sync == _TS_SYNC]  # damage shifts those behind it
            return sum(flag & _SCRAMBLED != 0 for flag in flags) * 2 > len(flags)
    return False
