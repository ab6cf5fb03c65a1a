from __future__ import annotations

from pathlib import Path

import pytest

from captioner.errors import MediaError
from captioner.media import describe
from tests.media.making import Sound, ffmpeg, tone, write


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
