"""Files that are no media, or media that lie: one line each, in little time and memory, and nothing else is read."""

from __future__ import annotations

import gzip
import io
import os
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captioner.errors import MediaError
from captioner.media import AudioPolicy, describe, limits, prepare
from captioner.media.demux import open_media
from captioner.model import Media
from tests.examples import examples
from tests.media.making import Sound, tone, write
from tests.security.doubles import HostileServer, head
from tests.security.media import many_streams, picture_bomb, png, wav
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).parents[2] / "fixtures"
TWELVE_HOURS_MS = 12 * 3600 * 1000


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.wav", bytes(10_000_000))
    return target.getvalue()


NO_MEDIA = {
    "png": png(40, 40),
    "jpeg": bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + bytes(64) + b"\xff\xd9",
    "gif": b"GIF89a"
    + struct.pack("<HH", 9, 9)
    + b"\x00\x00\x00,\x00\x00\x00\x00\x09\x00\x09\x00\x00\x02\x02D\x01\x00;",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "zip": zipped(),
    "gzip": gzip.compress(bytes(10_000_000)),
    "pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n" * 40,
    "program": b"\x7fELF" + bytes(500),
    "subtitles": b"1\n00:00:01,000 --> 00:00:02,000\nHello\n\n" * 40,
    "ass": b"[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Start, Text\nDialogue: 0:00:01.00,a\n",
}


@pytest.mark.parametrize("kind", NO_MEDIA)
def test_what_is_no_media_is_refused_in_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(NO_MEDIA[kind])
    with pytest.raises(MediaError) as caught:
        describe(path)
    assert caught.value.message.startswith("clip.mp4: ")
    assert "\n" not in caught.value.message


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{there}\n#EXT-X-ENDLIST\n",
    "hls key": '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{there}"\n#EXTINF:9,\nsound.m4a\n#EXT-X-ENDLIST\n',
    "concat": "ffconcat version 1.0\nfile '{there}'\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
    '<Representation id="a"><BaseURL>{there}</BaseURL></Representation></AdaptationSet></Period></MPD>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
    "smil": '<smil><body><audio src="{there}"/></body></smil>',
    "m3u": "{there}\n",
}


@pytest.mark.parametrize("suffix", [".mp4", ".m3u8", ".wav", ".mxf", ".sdp", ".mpd", ".ffconcat"])
@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_playlist_in_disguise_leads_nowhere(tmp_path: Path, kind: str, suffix: str) -> None:
    secret = tmp_path / "sound.m4a"
    secret.write_bytes((FIXTURES / "silence.m4a").read_bytes())
    os.utime(secret, (1_000_000_000, 1_000_000_000))
    with HostileServer(lambda _: [head(404)]) as server:
        for there in (str(secret), f"file://{secret}", "sound.m4a", f"{server.url}/sound.m4a", f"concat:{secret}"):
            path = tmp_path / f"clip{suffix}"
            path.write_text(PLAYLISTS[kind].format(there=there))
            with pytest.raises(MediaError):
                describe(path)
        assert server.requests == []


@pytest.mark.process
def test_a_huge_picture_in_a_small_file_fills_no_memory(tmp_path: Path) -> None:
    path = picture_bomb(tmp_path / "bomb.mov", 9_000, 9_000)
    assert path.stat().st_size < 4_000_000
    # In a process of its own, because the most memory a process ever had is known of the whole process only.
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, str(path)], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 300


_LOOK = """
import contextlib, pathlib, resource, sys
from captioner.errors import MediaError
from captioner.media import describe, shots
media = describe(pathlib.Path(sys.argv[1]))
assert media.audio
with contextlib.suppress(MediaError):
    shots.detect_shots(media.path)
# Not `ru_maxrss`: that begins with what the process had that started this one.
status = pathlib.Path("/proc/self/status")
kib = int(status.read_text().partition("VmHWM:")[2].split()[0]) if status.exists() else 0
print(kib // 1024 or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_more_streams_than_a_file_can_have_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="300 streams"):
        describe(many_streams(tmp_path / "clip.mka", 300))
    assert len(describe(many_streams(tmp_path / "clip.mka", 60)).audio) == 60


SECOND = bytes(16000)
LIES = {
    "no rate": wav(0, 1, 8, SECOND),
    "the fastest rate": wav(0xFFFFFFFF, 1, 8, SECOND),
    "the slowest rate": wav(1, 1, 8, SECOND),
    "a slow rate": wav(999, 1, 8, SECOND),
    "a fast rate": wav(0x7FFFFFFF, 1, 8, SECOND),
    "a day": wav(1000, 1, 8, bytes(90_000_000)),
    "no channels": wav(16000, 0, 8, SECOND),
    "all channels": wav(16000, 65535, 8, SECOND),
    "many channels": wav(16000, 64, 8, SECOND),
    "no bits": wav(16000, 1, 0, SECOND),
    "all bits": wav(16000, 1, 65535, SECOND),
    "endless data": wav(16000, 1, 8, SECOND, claimed=0xFFFFFFFF),
    "endless data at the slowest rate": wav(1, 1, 8, SECOND, claimed=0xFFFFFFFE),
    "no data": wav(16000, 1, 8, b"", claimed=0),
}


HARMLESS = ("many channels", "endless data")


def assured(path: Path, folder: Path) -> Media | None:
    """Describe and prepare; None when it was refused as it should be."""
    try:
        media = describe(path)
        assert 0 <= media.duration_ms <= TWELVE_HOURS_MS
        assert media.audio
        assert all(stream.channels > 0 and stream.sample_rate > 0 for stream in media.audio)
        prepared = prepare(media, AudioPolicy(), folder)
        assert 0 < prepared.duration_ms <= TWELVE_HOURS_MS
        prepared.path.unlink()
    except MediaError as error:
        refusal = error.message
    else:
        return media
    assert "\n" not in refusal
    assert len(refusal) < 500
    return None


def seconds_of_work(path: Path, folder: Path) -> tuple[Media | None, float]:
    """`assured`, and the time of this thread alone; whatever else the machine does is not in it."""
    begun = time.thread_time()
    return assured(path, folder), time.thread_time() - begun


@pytest.mark.parametrize("lie", LIES)
def test_absurd_claims_are_refused_or_come_to_nothing(tmp_path: Path, lie: str) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(LIES[lie])
    honest = tmp_path / "honest.wav"
    honest.write_bytes(wav(16000, 1, 8, bytes(60 * 16000)))
    _, honest_s = seconds_of_work(honest, tmp_path / "work")
    media, lie_s = seconds_of_work(path, tmp_path / "work")
    assert (media is None) is (lie not in HARMLESS)
    assert lie_s < 25 * honest_s  # none takes longer than that minute of sound
    assert not list((tmp_path / "work").glob("*")) if (tmp_path / "work").exists() else True


def test_sound_beyond_what_was_promised_is_not_unpacked_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "clip.mka", Sound((tone(6),)))
    media = replace(describe(path), duration_ms=500)
    monkeypatch.setattr(limits, "_MAX_MS", 2000)
    with pytest.raises(MediaError, match="the service takes"):
        prepare(media, AudioPolicy(), tmp_path / "work")
    assert list((tmp_path / "work").iterdir()) == []


CODECS = {
    ".mp4": "aac",
    ".mkv": "aac",
    ".ts": "aac",
    ".wav": "pcm_s16le",
    ".flac": "flac",
    ".mp3": "libmp3lame",
    ".ogg": "libopus",
    ".avi": "pcm_s16le",
    ".flv": "aac",
}


@cache
def originals() -> dict[str, bytes]:
    """Half a second of sound in every container."""
    made = {}
    for suffix, codec in CODECS.items():
        rate = 48000 if codec == "libopus" else 44100
        with tempfile.TemporaryDirectory() as folder:
            sound = Sound((tone(0.5, rate=rate),), rate=rate, codec=codec)
            made[suffix] = write(Path(folder) / f"a{suffix}", sound).read_bytes()
    return made


def test_a_length_below_zero_is_counted_anew(tmp_path: Path) -> None:
    data = bytearray(originals()[".flv"])
    at = data.index(b"duration\x00") + len(b"duration\x00")
    data[at : at + 8] = struct.pack(">d", -2_231_369.728)
    path = tmp_path / "clip.flv"
    path.write_bytes(data)
    media = assured(path, tmp_path / "work")
    assert media is not None
    assert 400 < media.duration_ms < 700


def test_a_packet_of_a_stream_nobody_announced_is_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.ts", Sound((tone(0.5),)))
    with pytest.raises(MediaError, match="damaged inside"), open_media(path) as container:
        container.streams[7]  # what PyAV itself does with the number in such a packet


@settings(
    max_examples=examples(60),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    suffix=st.sampled_from(list(CODECS)),
    edits=st.lists(st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=8),
    cut=st.integers(0, 60_000),
)
def test_damaged_media_is_described_or_refused(
    tmp_path: Path, suffix: str, edits: list[tuple[int, bytes]], cut: int
) -> None:
    data = bytearray(originals()[suffix])
    for at, new in edits:
        data[at % len(data) : at % len(data) + len(new)] = new
    path = tmp_path / f"clip{suffix}"
    path.write_bytes(bytes(data[: len(data) - cut % len(data)]) if cut % 3 == 0 else bytes(data))
    assured(path, tmp_path / "work")
