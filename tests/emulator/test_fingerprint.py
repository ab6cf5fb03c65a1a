"""Audio is known again by how it sounds, however it was encoded, and nothing else is taken for it."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.emulator.decode import NoAudio, NotMedia, TooLong
from captioner.emulator.fingerprint import MATCH, analyse_file, fingerprint_of_file, onset_ms, similarity
from captioner.errors import MediaError
from tests.emulator.doubles import RATE, save, silence, speech

pytestmark = pytest.mark.integration

SAME = {
    "flac": {"codec": "flac"},
    "wav at 44.1 kHz": {"codec": "pcm_s16le", "rate": 44100, "suffix": ".wav"},
    "wav at 8 kHz": {"codec": "pcm_s16le", "rate": 8000, "suffix": ".wav"},
    "opus at 24 kbit/s": {"codec": "libopus", "rate": 48000, "bit_rate": 24000, "suffix": ".ogg"},
    "aac": {"codec": "aac", "rate": 48000, "bit_rate": 64000, "suffix": ".m4a"},
    "half as loud": {"codec": "flac", "gain": 0.5},
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fingerprint_of_file(save(tmp_path_factory.mktemp("r") / "talk.flac", speech(1)))


@pytest.mark.parametrize("how", SAME.values(), ids=SAME)
def test_the_same_audio_is_known_again(how: dict[str, object], reference: str, tmp_path: Path) -> None:
    how = dict(how)
    path = save(tmp_path / f"talk{how.pop('suffix', '.flac')}", speech(1), **how)  # type: ignore[arg-type]
    assert similarity(reference, fingerprint_of_file(path)) > 0.96


def test_silence_around_it_does_not_matter_but_moves_the_onset(reference: str, tmp_path: Path) -> None:
    path = save(tmp_path / "later.flac", silence(1.23) + speech(1) + silence(2))
    sound = analyse_file(path)
    assert similarity(reference, sound.fingerprint) > 0.96
    assert abs(sound.onset_ms - 1230) <= 10
    assert sound.duration_ms == 7230


def test_both_channels_alike_sound_like_one(reference: str, tmp_path: Path) -> None:
    assert similarity(reference, fingerprint_of_file(save(tmp_path / "s.flac", speech(1), speech(1)))) > 0.99


def test_other_speech_of_the_same_length_is_not_known(reference: str, tmp_path: Path) -> None:
    for seed in range(20, 26):
        other = fingerprint_of_file(save(tmp_path / f"{seed}.flac", speech(seed)))
        assert similarity(reference, other) < 0.6


def test_a_part_is_not_the_whole(reference: str, tmp_path: Path) -> None:
    cut = save(tmp_path / "cut.flac", speech(1)[: int(3.5 * RATE)])
    assert similarity(reference, fingerprint_of_file(cut)) == 0.0


def test_one_channel_of_a_conversation_is_not_the_conversation(audio: Path) -> None:
    both, left = (fingerprint_of_file(audio / name) for name in ("call.wav", "call-left.wav"))
    assert similarity(both, left) < MATCH


def test_a_steady_tone_is_known_again_through_a_lossy_codec(tmp_path: Path) -> None:
    tone = [8000 if i % 40 < 20 else -8000 for i in range(2 * RATE)]
    plain = save(tmp_path / "tone.flac", tone)
    coded = save(tmp_path / "tone.ogg", tone, codec="libopus", rate=48000, bit_rate=32000)
    assert similarity(*map(fingerprint_of_file, (plain, coded))) >= MATCH


def test_silence_has_no_fingerprint_and_is_like_nothing(tmp_path: Path) -> None:
    quiet = analyse_file(save(tmp_path / "quiet.flac", [3, -3] * RATE))
    assert quiet.is_silent
    assert quiet.fingerprint == ""
    assert similarity("", "") == 0.0


def test_a_click_before_the_speech_is_not_its_beginning(tmp_path: Path) -> None:
    click = silence(1)
    click[RATE // 2] = 30000
    assert abs(analyse_file(save(tmp_path / "click.flac", click + speech(1))).onset_ms - 1000) <= 10


def test_the_onset_counts_from_the_players_zero_when_the_audio_starts_late(tmp_path: Path) -> None:
    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as container:
        picture, sound = container.add_stream("mpeg4", rate=10), container.add_stream("pcm_s16le", rate=RATE)
        picture.width, picture.height, picture.pix_fmt = 32, 32, "yuv420p"
        sound.layout = "mono"
        for _ in range(40):
            container.mux(picture.encode(av.VideoFrame(32, 32, "yuv420p")))
        container.mux(picture.encode(None))
        samples = silence(0.3) + speech(1, 2)
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples))
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts = RATE, 2 * RATE
        container.mux([*sound.encode(frame), *sound.encode(None)])
    assert abs(onset_ms(path) - 2300) <= 10
    assert abs(analyse_file(path).onset_ms - 300) <= 10


def test_what_was_heard_is_described_as_the_service_does(tmp_path: Path) -> None:
    sound = analyse_file(save(tmp_path / "call.m4a", speech(1), speech(2), codec="aac", rate=44100))
    assert (sound.codec, sound.channels, sound.sample_rate) == ("aac", 2, 44100)


@pytest.mark.parametrize(
    ("content", "error"), [(b"", NotMedia), (b"<html>no media</html>", NotMedia)], ids=["nothing", "a web page"]
)
def test_what_is_no_media_is_refused(content: bytes, error: type[MediaError], tmp_path: Path) -> None:
    path = tmp_path / "page.mp4"
    path.write_bytes(content)
    with pytest.raises(error, match=r"page\.mp4"):
        analyse_file(path)


def test_a_picture_without_sound_has_no_audio(tmp_path: Path) -> None:
    path = tmp_path / "mute.mp4"
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=10)
        picture.width, picture.height, picture.pix_fmt = 32, 32, "yuv420p"
        container.mux([*picture.encode(av.VideoFrame(32, 32, "yuv420p")), *picture.encode(None)])
    with pytest.raises(NoAudio):
        analyse_file(path)


def test_too_long_audio_is_not_even_decoded(audio: Path) -> None:
    with pytest.raises(TooLong):
        analyse_file(audio / "talk.flac", at_most_ms=3999)
    assert analyse_file(audio / "talk.flac", at_most_ms=4000).duration_ms == 4000


@given(st.text("0123456789ABCDEFGHIJK", min_size=1, max_size=60))
def test_every_fingerprint_is_like_itself(levels: str) -> None:
    assert similarity(f"e1:{levels}", f"e1:{levels}") == pytest.approx(1.0)


@given(st.text("0123456789ABCDEFGHIJK", max_size=30), st.text("0123456789ABCDEFGHIJK", max_size=30))
def test_likeness_goes_both_ways(a: str, b: str) -> None:
    assert similarity(f"e1:{a}", f"e1:{b}") == pytest.approx(similarity(f"e1:{b}", f"e1:{a}"))


@pytest.mark.parametrize("foreign", ["", "e2:ABC", "ABC", "e1:xyz"])
def test_fingerprints_of_another_making_match_nothing(foreign: str) -> None:
    assert similarity(foreign, foreign) == 0.0
