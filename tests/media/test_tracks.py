from __future__ import annotations

from pathlib import Path

import pytest

from captioner.errors import ConfigError, MediaError
from captioner.media import AudioPolicy, describe, limits, parse_track, prepare
from captioner.media.tracks import choose_tracks
from captioner.model import AudioStream, Media, Prepared
from tests.media.making import Sound, hear, level, silence, tone, write

CHOSEN = AudioPolicy(track="")


def stream(index: int, language: str = "", *, default: bool = False) -> AudioStream:
    return AudioStream(index, "aac", 2, 48000, language, 0, 1000, is_default=default)


def media(*streams: AudioStream) -> Media:
    return Media(Path("film.mkv"), 1, "", "matroska,webm", 1000, streams)


FILM = media(stream(0, "eng"), stream(1, "ger", default=True), stream(2, "cmn"), stream(3, "deu"))


@pytest.mark.parametrize(
    ("track", "languages", "chosen"),
    [
        ("", (), 1),
        ("", ("de",), 1),
        ("", ("en",), 0),
        ("", ("zh",), 2),
        ("", ("fr", "en"), 0),
        ("", ("fr",), 1),
        ("de", (), 1),
        ("German", ("en",), 1),
        ("eng", ("de",), 0),
        ("zh-Hans", (), 2),
        (3, ("en",), 3),
        ("0", ("de",), 0),
        (0, ("de",), 0),
    ],
)
def test_a_track_is_found_by_number_language_or_mark(track: int | str, languages: tuple[str, ...], chosen: int) -> None:
    assert choose_tracks(FILM, track, languages)[0].index == chosen


def test_the_first_track_is_taken_where_nothing_tells_them_apart() -> None:
    assert choose_tracks(media(stream(0), stream(1)), "", ("de",))[0].index == 0
    assert choose_tracks(media(stream(0, default=True), stream(1, default=True)), "", ())[0].index == 0


@pytest.mark.parametrize("track", [7, "fr"])
def test_a_track_that_is_not_there_is_refused_with_those_that_are(track: int | str) -> None:
    with pytest.raises(MediaError, match=r"has no audio track (7|fr); it has 0 \(aac, 2 channels\) in eng, 1 .*in ger"):
        choose_tracks(FILM, track, ())


@pytest.mark.parametrize(("given", "track"), [("", ""), ("0", "0"), (" 2 ", 2), ("deu", "deu"), ("English", "English")])
def test_tracks_are_written_as_numbers_and_languages(given: str, track: int | str) -> None:
    assert parse_track(given) == track


@pytest.mark.parametrize("given", ["-1", "second", "1.5"])
def test_what_is_neither_is_refused(given: str) -> None:
    with pytest.raises(ConfigError, match="its number, counted from 0, or its language"):
        parse_track(given)


def test_a_track_that_is_chosen_is_the_same_request_as_before_tracks_were_chosen() -> None:
    assert CHOSEN.digest == AudioPolicy().digest == AudioPolicy(track=0).digest
    assert len({AudioPolicy(track=track).digest for track in ("", "0", 1, "de")}) == 4


# With media


def sent(path: Path, folder: Path, policy: AudioPolicy = CHOSEN, languages: tuple[str, ...] = ()) -> Prepared:
    return prepare(describe(path), policy, folder, languages=languages)


def two_tracks(folder: Path, first: Sound, second: Sound) -> Path:
    return write(folder / "two.mkv", first, second)


LOUD = Sound((tone(2),), language="deu")
SILENT = Sound((silence(2),), language="eng")


@pytest.mark.integration
def test_what_was_chosen_is_told_with_what_else_there_is(tmp_path: Path) -> None:
    path = two_tracks(tmp_path, LOUD, Sound((tone(2, hertz=900),), language="eng"))
    prepared = sent(path, tmp_path, languages=("en",))
    (told,) = prepared.notes
    assert told == (
        "taking audio track 1 (aac, 1 channel) in eng, by its language; there is also 0 (aac, 1 channel) in deu"
    )
    assert "there is also" not in " ".join(sent(path, tmp_path, AudioPolicy(track=1)).notes)


@pytest.mark.integration
@pytest.mark.parametrize("audio", ["flac", "copy"])
def test_a_silent_track_gives_way_to_one_with_sound(tmp_path: Path, audio: str) -> None:
    path = two_tracks(tmp_path, SILENT, LOUD)
    prepared = sent(path, tmp_path / "out", AudioPolicy(audio, track=""))
    assert level(hear(prepared.path)[0]) > 8000
    assert (
        "track 0 (aac, 1 channel) in eng is silent, track 1 (aac, 1 channel) in deu is not; taking track 1"
        in (prepared.notes[0])
    )
    assert len(list((tmp_path / "out").iterdir())) == 1


@pytest.mark.integration
def test_a_silent_track_in_the_language_asked_for_is_refused_before_it_is_paid_for(tmp_path: Path) -> None:
    path = two_tracks(tmp_path, SILENT, LOUD)
    with pytest.raises(MediaError, match=r"is silent, .* is not; choose one with --track 1$"):
        sent(path, tmp_path / "out", languages=("en",))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.integration
def test_a_silent_track_that_was_named_is_sent_and_told(tmp_path: Path) -> None:
    path = two_tracks(tmp_path, SILENT, LOUD)
    prepared = sent(path, tmp_path, AudioPolicy(track="0"))
    assert level(hear(prepared.path)[0]) < 30
    assert "is silent, track 1" in prepared.notes[0]
    assert "name it with --track 1" in prepared.notes[0]


@pytest.mark.integration
def test_a_silent_file_is_told(tmp_path: Path) -> None:
    assert sent(write(tmp_path / "a.m4a", SILENT), tmp_path).notes == ("nothing is to be heard in it",)


@pytest.mark.integration
def test_a_track_that_cannot_be_decoded_gives_way_to_one_that_can(tmp_path: Path) -> None:
    """AC-4 has no decoder in FFmpeg; its track is made by renaming the codec of a whole one."""
    path = two_tracks(tmp_path, Sound((tone(2),), codec="ac3", rate=48000), LOUD)
    path.write_bytes(path.read_bytes().replace(b"A_AC3", b"A_AC9"))
    media = describe(path)
    assert [track.index for track in media.audio] == [1]
    assert media.notes == ("audio track 0 cannot be decoded; the others can",)
    assert level(hear(prepare(media, CHOSEN, tmp_path).path)[0]) > 8000


@pytest.mark.integration
def test_a_track_full_of_damage_gives_way_to_a_good_one(tmp_path: Path) -> None:
    path = two_tracks(tmp_path, Sound((tone(4),), codec="flac"), Sound((tone(4),), codec="pcm_s16le"))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"\xff\xf8", b"\0\0"))  # what every frame of FLAC begins with
    prepared = sent(path, tmp_path / "out")
    assert level(hear(prepared.path)[0]) > 8000
    assert prepared.notes[0].startswith("audio track 0: ")


@pytest.mark.integration
def test_a_failure_that_is_not_the_tracks_takes_no_other_track(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    media = describe(two_tracks(tmp_path, LOUD, Sound((tone(2, hertz=900),), language="eng")))
    monkeypatch.setattr(limits, "_MAX_MS", 1000)
    with pytest.raises(MediaError, match="the service takes"):
        prepare(media, CHOSEN, tmp_path / "out")
