"""Tracks of captions beside picture and sound: what goes in comes out, and nothing else changes."""

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.stream import Disposition

from captioner.cli import main
from captioner.errors import MediaError
from captioner.media.mux import CaptionTrack, TrackCue, language_tag, mux
from captioner.model import StyledSpan, TextStyle

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
TALK = FIXTURES / "interview-en.mp4"

SHOWN = [TrackCue(500, 1500, "Hello & <i>you</i> {x}\nsecond line"), TrackCue(2000, 3250, "再见。")]
SRT = "1\n00:00:00,500 --> 00:00:01,500\nHello <i>you</i>\n\n2\n00:00:02,000 --> 00:00:03,250\n再见。\n".encode()
ASS = (
    b"[Script Info]\nScriptType: v4.00+\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\nStyle: Mine,Impact,80\n"
    b"[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    b"Dialogue: 0,0:00:00.50,0:00:01.50,Mine,,0,0,0,,{\\b1}Hello\n"
)


def packets(path: Path, kinds: tuple[str, ...] = ("video", "audio")) -> list[tuple[int, str, Fraction]]:
    """Every packet: stream, digest of its bytes, the second it is shown."""
    with av.open(str(path)) as container:
        streams = [stream for stream in container.streams if stream.type in kinds]
        return [
            (packet.stream_index, hashlib.sha256(bytes(packet)).hexdigest(), packet.pts * packet.time_base)
            for packet in container.demux(streams)
            if packet.size
        ]


def tracks_of(path: Path) -> list[tuple[str, str, bool]]:
    with av.open(str(path)) as container:
        return [
            (stream.codec_context.name, stream.metadata.get("language", ""), bool(stream.disposition & 1))
            for stream in container.streams.subtitles
        ]


def texts(path: Path, track: int = 0) -> list[tuple[int, int, str]]:
    """Captions as FFmpeg reads them; samples without text fill the pauses of MP4."""
    with av.open(str(path)) as container:
        stream = container.streams.subtitles[track]
        found = []
        for packet in container.demux(stream):
            if packet.dts is None:
                continue
            shown = [each.ass.split(b",", 8)[8].decode() for each in stream.decode(packet)]
            start = round(packet.pts * packet.time_base * 1000)
            if shown and shown[0]:
                found.append((start, start + round(packet.duration * packet.time_base * 1000), shown[0]))
        return found


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".m4v", ".mkv"])
def test_picture_and_sound_are_the_same_packets_at_the_same_times(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"out{ending}"
    mux(TALK, [CaptionTrack(SHOWN, SRT, language="en", default=True)], target)
    before, after = sorted(packets(TALK)), sorted(packets(target))
    assert [each[:2] for each in after] == [each[:2] for each in before]
    moved = {round((b[2] - a[2]) * 1000) for a, b in zip(before, after, strict=True)}
    # Matroska has no time before zero, where this sound's run-up lies: all of it is 21 ms later, rounded to 1 ms.
    assert moved <= ({20, 21, 22} if ending == ".mkv" else {0})


def test_what_was_matroska_goes_into_mp4_whole(tmp_path: Path) -> None:
    mux(TALK, [CaptionTrack(SHOWN, SRT)], tmp_path / "a.mkv")
    mux(tmp_path / "a.mkv", [], tmp_path / "b.mkv")
    assert [each[1] for each in packets(tmp_path / "b.mkv")] == [each[1] for each in packets(tmp_path / "a.mkv")]
    with pytest.raises(MediaError, match="subtitle stream 2 does not go into"):
        mux(tmp_path / "a.mkv", [], tmp_path / "c.mp4")


@pytest.mark.parametrize("name", ["interview-zh.mp4", "late-audio.mp4"])
def test_a_late_start_stays_late(tmp_path: Path, name: str) -> None:
    mux(FIXTURES / name, [CaptionTrack(SHOWN, SRT)], tmp_path / "out.mp4")
    assert sorted(packets(tmp_path / "out.mp4")) == sorted(packets(FIXTURES / name))


def test_captions_count_from_the_players_zero_where_the_media_counts_from_elsewhere(tmp_path: Path) -> None:
    recording = tmp_path / "recording.ts"
    late_by = {"output_ts_offset": "10"}
    with av.open(str(TALK)) as source, av.open(str(recording), "w", container_options=late_by) as copy:
        pairs = {each.index: copy.add_stream_from_template(each) for each in source.streams if each.type != "data"}
        for packet in source.demux(*source.streams.video, *source.streams.audio):
            if packet.size:
                packet.stream = pairs[packet.stream.index]
                copy.mux(packet)
    with av.open(str(recording)) as container:
        assert container.start_time > 9_000_000
        late = Fraction(container.start_time, 1_000_000)
    mux(recording, [CaptionTrack(SHOWN, SRT)], tmp_path / "out.mp4")
    assert [(start, end) for start, end, _ in texts(tmp_path / "out.mp4")] == [(500, 1500), (2000, 3250)]
    # The bytes of a picture are framed another way in a transport stream; its times are what is asked here.
    before, after = (
        sorted(each[2] for each in packets(path, ("video",))) for path in (recording, tmp_path / "out.mp4")
    )
    assert {round((a - b) * 1000) for a, b in zip(before, after, strict=True)} == {round(late * 1000)}


@pytest.mark.parametrize(
    ("ending", "codec", "chinese", "german"),
    [(".mp4", "mov_text", "zho", "deu"), (".mov", "mov_text", "chi", "ger"), (".mkv", "subrip", "chi", "ger")],
)
def test_tracks_have_their_language_and_one_is_shown_unasked(
    tmp_path: Path, ending: str, codec: str, chinese: str, german: str
) -> None:
    target = tmp_path / f"out{ending}"
    mux(
        TALK,
        [CaptionTrack(SHOWN, SRT, language="zh-Hans"), CaptionTrack(SHOWN, SRT, language="de", default=True)],
        target,
    )
    codec = "srt" if codec == "subrip" and tracks_of(target)[0][0] == "srt" else codec  # one decoder, two names
    assert tracks_of(target) == [(codec, chinese, False), (codec, german, True)]


def test_text_in_mp4_is_exactly_what_is_shown(tmp_path: Path) -> None:
    mux(TALK, [CaptionTrack(SHOWN, SRT)], tmp_path / "out.mp4")
    read = texts(tmp_path / "out.mp4")
    assert [(start, end) for start, end, _ in read] == [(500, 1500), (2000, 3250)]
    assert read[0][2].replace("\\{", "{").endswith("Hello & <i>you</i> {x}\\Nsecond line")
    assert read[1][2].endswith("再见。")


def test_matroska_keeps_markup_and_styles(tmp_path: Path) -> None:
    mux(TALK, [CaptionTrack(SHOWN, SRT), CaptionTrack(SHOWN, ASS, "ass", title="Signs")], tmp_path / "out.mkv")
    assert "{\\i1}you{\\i0}" in texts(tmp_path / "out.mkv")[0][2]
    assert texts(tmp_path / "out.mkv", 1)[0][2].endswith("{\\b1}Hello")
    with av.open(str(tmp_path / "out.mkv")) as container:
        stream = container.streams.subtitles[1]
        assert b"Style: Mine,Impact,80" in stream.codec_context.extradata
        assert stream.metadata["title"] == "Signs"


def test_captions_that_overlap_share_a_sample_in_mp4(tmp_path: Path) -> None:
    mux(TALK, [CaptionTrack([TrackCue(0, 2000, "one"), TrackCue(1000, 3000, "two")], SRT)], tmp_path / "out.mp4")
    read = [(start, end, text.rpartition(",")[2]) for start, end, text in texts(tmp_path / "out.mp4")]
    assert read == [(0, 1000, "one"), (1000, 2000, "one\\Ntwo"), (2000, 3000, "two")]


def test_looks_in_mp4_are_on_the_same_characters_also_where_captions_overlap(tmp_path: Path) -> None:
    slanted, heavy = StyledSpan(3, 5, TextStyle(italic=True)), StyledSpan(0, 1, TextStyle(bold=True, colour="#FFFF00"))
    shown = [TrackCue(0, 2000, "再见。one", (slanted,)), TrackCue(1000, 3000, "two", (heavy,))]
    mux(TALK, [CaptionTrack(shown, SRT)], tmp_path / "out.mp4")
    read = [text.rpartition(",")[2] for _, _, text in texts(tmp_path / "out.mp4")]
    assert read[0] == "再见。{\\i1}on{\\r}e"
    assert read[1] == "再见。{\\i1}on{\\r}e\\N{\\b1}{\\1c&HFFFF&}t{\\r}wo"
    assert read[2] == "{\\b1}{\\1c&HFFFF&}t{\\r}wo"


def test_time_code_and_existing_tracks_stay(tmp_path: Path) -> None:
    mux(TALK, [CaptionTrack(SHOWN, SRT, language="en")], tmp_path / "one.mp4")
    mux(tmp_path / "one.mp4", [CaptionTrack(SHOWN, SRT, language="fr")], tmp_path / "two.mp4")
    assert [language for _, language, _ in tracks_of(tmp_path / "two.mp4")] == ["eng", "fra"]
    assert texts(tmp_path / "two.mp4", 0) == texts(tmp_path / "one.mp4", 0)
    with av.open(str(tmp_path / "two.mp4")) as container:
        assert container.streams.video[0].metadata["timecode"] == "10:00:00;00"


@pytest.mark.parametrize(
    ("tag", "mp4", "matroska", "mov"),
    [
        ("zh-Hans", "zho", "chi", "chi"),
        ("chi", "zho", "chi", "chi"),
        ("EN", "eng", "eng", "eng"),
        ("ger", "deu", "ger", "ger"),
        ("fre-CA", "fra", "fre", "fra"),
        ("Brazilian Portuguese", "por", "por", "por"),
        ("sv", "swe", "swe", "sve"),
        ("nb", "nob", "nob", "nor"),
        ("yue", "yue", "yue", "yue"),
        ("gsw", "gsw", "gsw", "gsw"),
        ("", "und", "und", "und"),
        ("qq", "und", "und", "und"),
    ],
)
def test_every_container_names_a_language_in_its_own_way(tag: str, mp4: str, matroska: str, mov: str) -> None:
    assert [language_tag(tag, container) for container in ("mp4", "matroska", "mov")] == [mp4, matroska, mov]


def test_a_container_without_caption_tracks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="holds no captions"):
        mux(TALK, [CaptionTrack(SHOWN, SRT)], tmp_path / "out.avi")


def test_a_caption_longer_than_a_sample_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="caption at 7 ms has 65536 bytes"):
        mux(TALK, [CaptionTrack([TrackCue(7, 9, "x" * 65_536)], SRT)], tmp_path / "out.mp4")


def test_progress_is_heard_in_order(tmp_path: Path) -> None:
    heard: list[int] = []
    mux(TALK, [CaptionTrack(SHOWN, SRT)], tmp_path / "out.mkv", heard.append)
    assert heard == sorted(heard)
    assert len(heard) > 30


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


def test_the_command_takes_languages_from_names(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for tag in ("en", "zh-Hans"):
        (tmp_path / f"talk.{tag}.srt").write_bytes(SRT)
    out = tmp_path / "out.mp4"
    assert run("mux", TALK, tmp_path / "talk.en.srt", tmp_path / "talk.zh-Hans.srt", "-o", out) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert tracks_of(out) == [("mov_text", "eng", True), ("mov_text", "zho", False)]
    assert texts(out)[0][2].endswith("Hello {\\i1}you")
    assert not list(tmp_path.glob(".part*"))


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["-o", "out.avi"], 2, "choose one of .mp4"),
        (["-o", "talk.srt"], 1, "input and output are the same file"),
        (["-o", "there.mp4"], 1, "--overwrite"),
        (["-o", "out.mp4", "--language", "en,zh"], 2, "2 given for 1"),
        (["-o", "out.mp4", "--default", "2"], 2, "only 1 caption files"),
    ],
)
def test_the_command_refuses_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    options: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("talk.srt").write_bytes(SRT)
    Path("there.mp4").write_bytes(b"mine")
    before = sorted(tmp_path.iterdir())
    assert run("mux", TALK, "talk.srt", *options) == code
    complaint = capsys.readouterr().err
    assert message in complaint
    assert complaint.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before
    assert Path("there.mp4").read_bytes() == b"mine"


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_flags_and_scripts_in_names_are_those_of_the_tracks(tmp_path: Path, ending: str) -> None:
    names = {
        "film.en.hi.srt": ("English", False, True),
        "film.de.forced.srt": ("German", True, False),
        "film.fre.cc.srt": ("French", False, True),
        "film.ger.sdh.srt": ("German", False, True),
        "film.hi.srt": ("Hindi", False, False),
        "film.zh-Hans.srt": ("Chinese (Simplified)", False, False),
        "film.zh-Hant.srt": ("Chinese (Traditional)", False, False),
        "film.chi.srt": ("Chinese", False, False),
    }
    for name in names:
        (tmp_path / name).write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n")
    out = tmp_path / f"out.{ending}"
    assert run("mux", TALK, *(tmp_path / name for name in names), "-o", out) == 0
    codes = {"English": ("eng",), "German": ("ger", "deu"), "French": ("fre", "fra"), "Hindi": ("hin",)}
    with av.open(str(out)) as container:
        tracks = container.streams.subtitles
        assert len(tracks) == len(names)
        for track, (language, forced, impaired) in zip(tracks, names.values(), strict=True):
            assert track.metadata["language"] in codes.get(language, ("chi", "zho"))
            assert bool(track.disposition & Disposition.forced) == forced
            assert bool(track.disposition & Disposition.hearing_impaired) == impaired
            title = track.metadata.get("title") or track.metadata.get("name")
            assert title == (language if "(" in language else None)
