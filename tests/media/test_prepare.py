from __future__ import annotations

import tracemalloc
from itertools import pairwise
from pathlib import Path

import av
import pytest

from captioner.errors import ConfigError, MediaError
from captioner.files import sha256_of_file
from captioner.media import AudioPolicy, describe, prepare
from captioner.model import Media, Prepared
from tests.media.making import Picture, Sound, ffmpeg, hear, level, onset_ms, rate_of, silence, tone, write

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
EXACT_MS = 3  # a codec smears the first sample of a tone over this much


def sent(path: Path, policy: AudioPolicy, folder: Path) -> Prepared:
    return prepare(describe(path), policy, folder)


@pytest.fixture(scope="module")
def interview() -> Media:
    return describe(FIXTURES / "interview-en.mp4")


@pytest.mark.parametrize("audio", ["flac", "opus"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_the_zero_of_an_encoded_file_is_the_players_zero(tmp_path: Path, audio: str, suffix: str) -> None:
    samples = silence(0.3, rate=48000) + tone(1, rate=48000)
    path = write(tmp_path / f"late{suffix}", Sound((samples,), 48000, start_s=1.5), picture=Picture(3))
    prepared = sent(path, AudioPolicy(audio), tmp_path / "out")
    assert prepared.offset_ms == 0
    # MPEG-TS stamps pictures and sound each to a frame of its own.
    assert abs(onset_ms(prepared.path) - 1800) <= (45 if suffix == ".ts" else EXACT_MS)


@pytest.mark.parametrize("audio", ["flac", "opus", "copy", "original"])
def test_onset_and_offset_give_the_players_onset_of_late_audio(tmp_path: Path, audio: str) -> None:
    samples = silence(0.3, rate=48000) + tone(1, rate=48000)
    path = write(tmp_path / "late.mp4", Sound((samples,), 48000, start_s=1.5), picture=Picture(3))
    prepared = sent(path, AudioPolicy(audio), tmp_path / "out")
    assert abs(prepared.offset_ms + onset_ms(prepared.path) - 1800) <= EXACT_MS
    assert (prepared.offset_ms > 1000) == (audio in ("copy", "original"))


def test_a_hole_in_the_sound_becomes_silence_of_its_length(tmp_path: Path) -> None:
    samples = tone(1) + silence(2) + tone(1)
    path = write(tmp_path / "hole.mkv", Sound((samples,), hole_s=(1.3, 2.7)))
    prepared = sent(path, AudioPolicy(), tmp_path)
    assert abs(prepared.duration_ms - 4000) <= 70
    assert abs(onset_ms(prepared.path, after_ms=1500) - 3000) <= EXACT_MS


@pytest.mark.parametrize("audio", ["flac", "opus"])
def test_stereo_is_mixed_to_mono_at_16_khz(tmp_path: Path, audio: str, interview: Media) -> None:
    prepared = prepare(interview, AudioPolicy(audio), tmp_path)
    with av.open(str(prepared.path)) as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.channels, prepared.channels) == (1, 1)
        assert stream.codec_context.sample_rate == (16000 if audio == "flac" else 48000)  # Opus always plays at 48
        assert stream.codec_context.codec.canonical_name == audio
    assert abs(prepared.duration_ms - interview.duration_ms) < 50
    assert prepared.size_bytes == prepared.path.stat().st_size
    assert prepared.sha256 == sha256_of_file(prepared.path)


def test_opus_of_speech_takes_about_24_kbit_a_second(tmp_path: Path, interview: Media) -> None:
    prepared = prepare(interview, AudioPolicy("opus"), tmp_path)
    assert 16 <= prepared.size_bytes * 8 / prepared.duration_ms <= 32


def test_paraformer_8k_gets_8_khz(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", Sound((tone(1),), codec="pcm_s16le"))
    prepared = sent(path, AudioPolicy(sample_rate=8000), tmp_path)
    assert rate_of(prepared.path) == 8000
    assert prepared.duration_ms == 1000


@pytest.mark.parametrize("audio", ["flac", "opus"])
def test_channels_asked_for_stay_apart(tmp_path: Path, audio: str) -> None:
    path = write(tmp_path / "a.wav", Sound((tone(2), silence(2)), codec="pcm_s16le"))
    prepared = sent(path, AudioPolicy(audio, (0, 1)), tmp_path)
    left, right = hear(prepared.path)
    assert prepared.channels == 2
    assert level(left) > LOUD_RMS
    assert level(right) < 30


LOUD_RMS = 8000


def test_a_channel_keeps_its_number_and_the_others_are_not_sent(tmp_path: Path) -> None:
    sound = Sound((tone(1), tone(1, hertz=600), tone(1, hertz=900), tone(1, hertz=1200)), codec="pcm_s16le")
    prepared = sent(write(tmp_path / "a.wav", sound), AudioPolicy(channels=(2, 0)), tmp_path)
    heard = hear(prepared.path)
    assert [level(channel) > LOUD_RMS for channel in heard] == [True, False, True]
    assert max(heard[1]) == 0
    assert heard[2] == sound.channels[2]


def test_mono_tracks_of_a_camera_are_each_others_channels(tmp_path: Path) -> None:
    first = Sound((tone(2),), codec="pcm_s16le")
    second = Sound((silence(1) + tone(1),), codec="pcm_s16le")
    third = Sound((tone(2),), codec="pcm_s16le")
    path = write(tmp_path / "a.mov", first, second, third, picture=Picture(2))
    prepared = sent(path, AudioPolicy(channels=(0, 1)), tmp_path)
    assert prepared.channels == 2
    assert hear(prepared.path) == [first.channels[0], second.channels[0]]


def test_a_track_that_starts_late_or_ends_early_stays_aligned_with_the_others(tmp_path: Path) -> None:
    first = Sound((tone(3),), codec="pcm_s16le")
    second = Sound((tone(1),), codec="pcm_s16le", start_s=1)
    prepared = sent(write(tmp_path / "a.mov", first, second), AudioPolicy(channels=(0, 1)), tmp_path)
    assert hear(prepared.path) == [first.channels[0], silence(1) + tone(1) + silence(1)]


def test_the_track_asked_for_is_the_one_that_is_sent(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv", Sound((silence(1),)), Sound((tone(1),)))
    assert level(hear(sent(path, AudioPolicy(track=1), tmp_path).path)[0]) > LOUD_RMS
    assert level(hear(sent(path, AudioPolicy("copy", track=1), tmp_path).path)[0]) > LOUD_RMS
    assert level(hear(sent(path, AudioPolicy(track=0), tmp_path).path)[0]) < 30


@pytest.mark.parametrize("audio", ["flac", "copy", "original"])
def test_a_channel_that_is_not_there_is_refused_with_what_is(tmp_path: Path, audio: str) -> None:
    with pytest.raises(MediaError, match=r"^stereo-two-tracks\.wav: has no channel 2; track 0 has 2 channels \(0 to 1"):
        sent(FIXTURES / "stereo-two-tracks.wav", AudioPolicy(audio, (0, 2)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_track_that_is_not_there_is_refused_with_what_is(tmp_path: Path, interview: Media) -> None:
    with pytest.raises(MediaError, match=r"no audio track 3; it has 0 \(aac, 2 channels\)"):
        prepare(interview, AudioPolicy(track=3), tmp_path)


def test_mono_tracks_cannot_be_copied_as_channels(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv", Sound((silence(1),)), Sound((tone(1),)))
    with pytest.raises(MediaError, match="choose --audio flac"):
        sent(path, AudioPolicy("copy", (0, 1)), tmp_path)


def test_two_voices_at_full_scale_do_not_clip(tmp_path: Path) -> None:
    loud = tone(1, level=1.0)
    path = write(tmp_path / "a.wav", Sound((loud, loud), codec="pcm_s16le"))
    (mono,) = hear(sent(path, AudioPolicy(), tmp_path).path)
    assert max(abs(a - b) for a, b in zip(mono, loud, strict=True)) <= 2


def test_floating_point_audio_over_full_scale_mixes_without_wrapping(tmp_path: Path) -> None:
    path = write(tmp_path / "a.m4a", Sound((tone(1, rate=48000, level=1.0),) * 2, 48000))
    (mono,) = hear(sent(path, AudioPolicy(), tmp_path).path)
    assert max(abs(a - b) for a, b in pairwise(mono)) < 20000


def test_a_channel_wired_upside_down_does_not_silence_the_mix(tmp_path: Path) -> None:
    upright = tone(3)
    inverted = type(upright)("h", (-sample for sample in upright))
    path = write(tmp_path / "a.wav", Sound((upright, inverted), codec="pcm_s16le"))
    (mono,) = hear(sent(path, AudioPolicy(), tmp_path).path)
    assert level(mono) > 0.9 * level(upright)


def test_a_silent_second_channel_is_no_reason_to_turn_anything_over(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", Sound((tone(1), silence(1)), codec="pcm_s16le"))
    (mono,) = hear(sent(path, AudioPolicy(), tmp_path).path)
    assert abs(level(mono) / level(tone(1)) - 0.5) < 0.01


@pytest.mark.parametrize("audio", ["flac", "opus", "copy"])
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, audio: str) -> None:
    media = describe(FIXTURES / "late-audio.mp4")
    first = prepare(media, AudioPolicy(audio), tmp_path / "a")
    second = prepare(media, AudioPolicy(audio), tmp_path / "b")
    assert first.path != second.path
    assert first.path.read_bytes() == second.path.read_bytes()


COPIES = [
    ("a.mp4", "aac", ".m4a", "aac"),
    ("a.ts", "aac", ".m4a", "aac"),
    ("a.mkv", "libopus", ".ogg", "opus"),
    ("a.mkv", "flac", ".flac", "flac"),
    ("a.mkv", "libmp3lame", ".mp3", "mp3"),
    ("a.mov", "pcm_s16le", ".wav", "pcm_s16le"),
    ("a.mov", "pcm_s16be", ".mkv", "pcm_s16be"),
    ("a.mkv", "ac3", ".mkv", "ac3"),
]


@pytest.mark.parametrize(("name", "encoder", "suffix", "codec"), COPIES)
def test_copy_takes_the_stream_out_as_it_is(tmp_path: Path, name: str, encoder: str, suffix: str, codec: str) -> None:
    path = write(tmp_path / name, Sound((tone(2, rate=48000),), 48000, encoder), picture=Picture(2))
    prepared = sent(path, AudioPolicy("copy"), tmp_path / "out")
    copy = describe(prepared.path)
    assert prepared.path.suffix == suffix
    assert [(s.codec, s.channels, s.sample_rate) for s in copy.audio] == [(codec, 1, 48000)]
    assert copy.width == 0
    assert abs(prepared.duration_ms - 2000) <= 60
    assert abs(len(hear(prepared.path)[0]) - len(hear(path)[0])) <= 1200, "run-up of one MP3 frame at most"


def test_original_is_the_file_itself(tmp_path: Path, interview: Media) -> None:
    prepared = prepare(interview, AudioPolicy("original"), tmp_path)
    assert (prepared.path, prepared.size_bytes, prepared.sha256) == (
        interview.path,
        interview.size_bytes,
        interview.sha256,
    )
    assert not prepared.temporary
    assert list(tmp_path.iterdir()) == []


def test_an_original_in_a_format_the_service_does_not_take_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mka", Sound((tone(1),)))
    with pytest.raises(MediaError, match=r"^a\.mka: .*choose --audio flac"):
        sent(path, AudioPolicy("original"), tmp_path)


def test_progress_rises_to_the_whole(tmp_path: Path, interview: Media) -> None:
    for audio in ("flac", "copy"):
        calls: list[tuple[int, int]] = []
        prepare(
            interview,
            AudioPolicy(audio),
            tmp_path,
            progress=lambda done, total, calls=calls: calls.append((done, total)),
        )
        assert all(a[0] <= b[0] for a, b in pairwise(calls))
        assert calls[-1] == (interview.duration_ms, interview.duration_ms)
        assert 40 <= len(calls) <= 80


class Stop(BaseException):
    """Ctrl-C, as it were."""


@pytest.mark.parametrize("audio", ["flac", "opus", "copy"])
def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path, audio: str, interview: Media) -> None:
    def stop(done_ms: int, total_ms: int) -> None:
        if done_ms > 10_000:
            raise Stop

    with pytest.raises(Stop):
        prepare(interview, AudioPolicy(audio), tmp_path, progress=stop)
    assert list(tmp_path.iterdir()) == []


def damaged_copy(folder: Path, interview: Media, spans: int) -> Path:
    """The interview's audio with runs of zeros over its bytes."""
    data = bytearray(prepare(interview, AudioPolicy("copy"), folder).path.read_bytes())
    for span in range(spans):
        at = 40_000 + span * (len(data) - 120_000) // spans
        data[at : at + 3000] = bytes(3000)
    path = folder / "damaged.m4a"
    path.write_bytes(data)
    return path


def test_damage_becomes_silence_and_the_rest_stays_in_place(
    tmp_path: Path, interview: Media, caplog: pytest.LogCaptureFixture
) -> None:
    whole = hear(prepare(interview, AudioPolicy(), tmp_path).path)[0]
    heard = hear(sent(damaged_copy(tmp_path, interview, 12), AudioPolicy(), tmp_path).path)[0]
    last_words = slice(-3 * 16000, -16000)
    assert level([a - b for a, b in zip(whole[last_words], heard[last_words], strict=True)]) < level(whole) / 2
    assert "damaged pieces of audio became silence" in caplog.text


def test_a_folder_that_cannot_be_made_is_a_fault_of_the_setup(tmp_path: Path, interview: Media) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written to"):
        prepare(interview, AudioPolicy(), tmp_path / "file" / "folder")


def test_silence_is_prepared_like_anything_else(tmp_path: Path) -> None:
    prepared = sent(FIXTURES / "silence.m4a", AudioPolicy(), tmp_path)
    assert max(map(abs, hear(prepared.path)[0])) <= 1
    assert abs(prepared.duration_ms - 6000) <= 70


@pytest.mark.process
@pytest.mark.parametrize(("name", "audio"), [("a.mp4", "flac"), ("a.mka", "copy")])
def test_nothing_is_kept_for_each_minute_of_sound(tmp_path: Path, name: str, audio: str) -> None:
    minute = tmp_path / f"minute-{name}"
    noise = "anoisesrc=duration=60:sample_rate=16000"
    ffmpeg("-f", "lavfi", "-i", noise, "-c:a", "aac", "-b:a", "128k", minute)
    kept = []
    for minutes in (5, 15):  # both are larger than any buffer
        path = tmp_path / f"{minutes}{name}"
        ffmpeg("-stream_loop", minutes - 1, "-i", minute, "-c", "copy", path)
        if not kept:
            prepare(describe(path), AudioPolicy(audio=audio), tmp_path)  # what is loaded once is loaded now
        tracemalloc.start()
        try:
            prepare(describe(path), AudioPolicy(audio=audio), tmp_path)
            kept.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    short, long = kept
    assert long < short + 65_536  # bytes; three times as long
