from __future__ import annotations

import struct
from pathlib import Path

import pytest

from captioner.errors import MediaError
from captioner.media import describe
from tests.media.making import Sound, ffmpeg, tone, write

pytestmark = pytest.mark.integration


@pytest.mark.process
def test_common_encryption_and_fairplay_are_named(tmp_path: Path) -> None:
    key = "00112233445566778899aabbccddeeff"
    source = write(tmp_path / "a.wav", Sound((tone(2),), codec="pcm_s16le"))
    path = tmp_path / "a.mp4"
    ffmpeg("-i", source, "-c:a", "aac", "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", key,
           "-encryption_kid", key, path)  # fmt: skip
    with pytest.raises(MediaError, match=r"^a\.mp4: its audio is encrypted"):
        describe(path)
    fairplay = tmp_path / "b.m4a"
    fairplay.write_bytes(path.read_bytes().replace(b"enca", b"drms"))
    with pytest.raises(MediaError, match=r"^b\.m4a: its audio is encrypted"):
        describe(fairplay)


def test_a_scrambled_broadcast_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ts", Sound((tone(5),), codec="mp2", rate=48000))
    data = bytearray(path.read_bytes())
    for at in range(0, len(data), 188):
        if (data[at + 1] & 0x1F) << 8 | data[at + 2] == 0x100:
            data[at + 3] |= 0x80
    path.write_bytes(data)
    with pytest.raises(MediaError, match="encrypted"):
        describe(path)


def _element(kind: str, *content: bytes) -> bytes:
    data = b"".join(content)
    return bytes.fromhex(kind) + (1 << 56 | len(data)).to_bytes(8) + data


def _matroska(*encryption: bytes, picture: bytes = b"") -> bytes:
    """A WebM file written by hand: one track of Opus whose content encoding has these elements."""
    encoding = _element("5035", *encryption)
    encodings = _element("6d80", _element("6240", _element("5031", b"\0"), _element("5032", b"\1"),
                                          _element("5033", b"\1"), encoding))  # fmt: skip
    opus = b"OpusHead\1\1\0\0" + (48000).to_bytes(4, "little") + b"\0\0\0"
    rate = _element("e1", _element("b5", struct.pack(">d", 48000.0)), _element("9f", b"\1"))
    track = _element("ae", _element("d7", b"\1"), _element("73c5", b"\1"), _element("83", b"\2"),
                     _element("86", b"A_OPUS"), _element("63a2", opus), rate, encodings)  # fmt: skip
    signal = b"\1" + bytes(range(8))  # encrypted, and the counter of its key stream (WebM, "Encryption")
    blocks = [_element("a3", b"\x81", (20 * n).to_bytes(2), b"\x80", signal, bytes(199 - n for n in range(80)))
              for n in range(50)]  # fmt: skip
    return b"".join([
        _element("1a45dfa3", _element("4286", b"\1"), _element("4282", b"webm"), _element("4287", b"\4")),
        _element("18538067", _element("1549a966", _element("2ad7b1", (1_000_000).to_bytes(4))),
                 _element("1654ae6b", track), _element("1f43b675", _element("e7", b"\0"), *blocks)),
    ])  # fmt: skip


AES = _element("47e1", b"\5")
KEY = _element("47e2", bytes(range(16)))
COUNTER = _element("47e7", _element("47e8", b"\1"))


@pytest.mark.parametrize(
    "encryption",
    [(AES, KEY, COUNTER), (AES, KEY), (AES, COUNTER), (AES,), (_element("47e1", b"\1"), KEY)],
    ids=["WebM", "no settings", "no key", "algorithm only", "DES"],
)
@pytest.mark.parametrize("name", ["a.webm", "a.mkv", "a.mka"])
def test_encrypted_matroska_is_named(tmp_path: Path, name: str, encryption: tuple[bytes, ...]) -> None:
    path = tmp_path / name
    path.write_bytes(_matroska(*encryption))
    with pytest.raises(MediaError, match="its audio is encrypted"):
        describe(path)
