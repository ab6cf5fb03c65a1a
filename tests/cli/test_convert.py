"""The commands that change caption files that exist, as a user types them."""

import json
from pathlib import Path

import pytest

from captioner.captions.targets import find_target, target_names
from captioner.cli import main
from captioner.cli.time_arguments import parse_time
from captioner.errors import ConfigError
from captioner.formats import FORMATS

SRT = """1
00:00:01,000 --> 00:00:02,500
ANNA: Hello <i>there</i>.

2
00:00:02,600 --> 00:00:04,000
BO: You & I
went to the market.

3
00:00:10,000 --> 00:00:11,000
ANNA: Goodbye.
"""
VTT = """WEBVTT

NOTE kept by shift

STYLE
::cue { color: yellow }

one
00:01.000 --> 00:02.500 line:10%
<v Anna>Hello <b>there</b>.
"""
ASS = """[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Mine,Impact,80
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Mine,,0,0,0,,kept
Dialogue: 0,0:00:01.00,0:00:02.50,Mine,Anna,0,0,0,,{\\pos(1,2)}Hello, there.
"""


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def srt(tmp_path: Path) -> Path:
    path = tmp_path / "talk.en.srt"
    path.write_text(SRT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2.5", 2500),
        ("-90", -90_000),
        ("+1:30", 90_000),
        ("0:01:12.500", 72_500),
        ("-00:01:12,5", -72_500),
        ("250ms", 250),
        ("-5ms", -5),
        ("1s", 1000),
        ("0", 0),
    ],
)
def test_times_are_read_as_people_write_them(text: str, ms: int) -> None:
    assert parse_time(text) == ms


@pytest.mark.parametrize("text", ["", "soon", "1:2:3:4", "٣", "1.", "--2", "1e3"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="write seconds"):
        parse_time(text)


def test_srt_becomes_webvtt_with_voices_and_escapes(srt: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run("convert", srt, tmp_path / "out.vtt") == 0
    written = (tmp_path / "out.vtt").read_text("utf-8")
    assert written.startswith("WEBVTT\n")
    assert "00:00:02.600 --> 00:00:04.000\n<v BO>You &amp; I\n" in written
    assert "<v ANNA>Hello <i>there</i>.</v>" in written
    told = "2 speakers: ANNA, BO (by their labels; --labels text leaves them in the text)"
    assert capsys.readouterr().err == f"note: talk.en.srt: {told}\n"


@pytest.mark.parametrize(
    ("name", "options", "begins"),
    [
        ("a.ass", [], b"[Script Info]"),
        ("a.ttml", [], b"<?xml"),
        ("a.itt", ["--fps", "25"], b"<?xml"),
        ("a.stl", ["--fps", "25", "--start-tc", "10:00:00:00"], b"850STL25.01"),
        ("a.avid.txt", ["--fps", "25"], b"@ This file"),
        ("a.txt", [], b"[00:00:01]"),
        ("a.docx", [], b"PK"),
        ("a.csv", [], b""),
        ("a.json", [], b"{"),
        ("a.srt", ["--encoding", "utf-16le"], b"\xff\xfe1"),
        ("a.srt", ["--target", "premiere"], b"1\r\n"),
        ("a.any", ["--format", "vtt"], b"WEBVTT"),
    ],
)
def test_the_ending_or_the_flag_says_the_format(
    srt: Path, tmp_path: Path, name: str, options: list[str], begins: bytes
) -> None:
    assert run("convert", srt, tmp_path / name, *options) == 0
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_target_without_a_file_name_gets_its_own_format(srt: Path, capfdbinary: pytest.CaptureFixture) -> None:
    assert run("convert", srt, "-", "--target", "web") == 0
    assert capfdbinary.readouterr().out.startswith(b"WEBVTT")


def test_every_format_that_can_be_read_goes_round(srt: Path, tmp_path: Path) -> None:
    for ending in ("vtt", "ass", "ttml", "json", "stl"):
        there, back = tmp_path / f"there.{ending}", tmp_path / f"back-{ending}.srt"
        assert run("convert", srt, there, *(["--fps", "25"] if ending in ("json", "stl") else [])) == 0
        assert run("convert", there, back) == 0
        text = back.read_text("utf-8")
        assert text.count(" --> ") == 3
        assert "Hello <i>there</i>." in text
        assert "00:00:10,000 --> 00:00:11,000" in text


def test_the_language_in_the_name_and_the_names_reach_the_file(srt: Path, tmp_path: Path) -> None:
    assert run("convert", srt, tmp_path / "out.json") == 0
    document = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert document["language"] == "en"
    assert [speaker["name"] for speaker in document["speakers"]] == ["ANNA", "BO"]


@pytest.mark.parametrize(
    ("name", "language"),
    [("talk.zh-Hans.srt", "zh-Hans"), ("talk.yue.srt", "yue"), ("the.end.srt", ""), ("talk.srt", ""), ("a.v2.srt", "")],
)
def test_a_word_in_a_name_is_no_language(srt: Path, tmp_path: Path, name: str, language: str) -> None:
    srt.rename(tmp_path / name)
    assert run("convert", tmp_path / name, tmp_path / "out.json") == 0
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["language"] == language


def test_captions_can_be_laid_out_anew(srt: Path, tmp_path: Path) -> None:
    assert run("convert", srt, tmp_path / "narrow.srt", "--style", "social-vertical") == 0
    written = (tmp_path / "narrow.srt").read_text("utf-8")
    lines = [line for line in written.splitlines() if line and "-->" not in line and not line.isdecimal()]
    assert max(len(line.replace("<i>", "").replace("</i>", "")) for line in lines) <= 30
    assert "".join("".join(lines).split()).replace("ANNA:", "").replace("BO:", "") == (
        "Hello<i>there</i>.You&Iwenttothemarket.Goodbye."
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["convert", "talk.en.srt", "talk.en.srt"], 1, "input and output are the same file"),
        (["convert", "talk.en.srt", "there.vtt"], 1, "Use --overwrite to replace it"),
        (["convert", "talk.en.srt", "out.xyz"], 2, "the ending says no format"),
        (["convert", "talk.en.srt", "out.srt", "--target", "web"], 2, "web takes .vtt"),
        (["convert", "talk.en.srt", "out.srt", "--target", "vhs"], 2, "target 'vhs' is unknown"),
        (["convert", "talk.en.srt", "out.srt", "--format", "doc"], 2, "format 'doc' is unknown"),
        (["convert", "talk.en.srt", "out.vtt", "--encoding", "gb18030"], 2, "vtt cannot be written in gb18030"),
        (["convert", "talk.en.srt", "out.ass", "--size", "big"], 2, "size"),
        (["convert", "talk.en.srt", "out.itt"], 1, "out.itt"),
        (["convert", "nowhere.srt", "out.vtt"], 1, "nowhere.srt: cannot be read"),
        (["convert", "empty.srt", "out.vtt"], 1, "no captions"),
        (["convert", "noise.srt", "out.vtt"], 1, "noise.srt"),
        (["shift", "talk.en.srt", "out.srt"], 2, "--by"),
        (["shift", "talk.en.srt", "out.srt", "--by", "soon"], 2, "write seconds"),
        (["resync", "talk.en.srt", "out.srt"], 2, "give one of"),
        (["resync", "talk.en.srt", "out.srt", "--offset", "1", "--ndf-df", "df"], 2, "give one of"),
        (["resync", "talk.en.srt", "out.srt", "--from-fps", "25"], 2, "go together"),
        (["resync", "talk.en.srt", "out.srt", "--points", "1=2"], 2, "write two"),
        (["resync", "talk.en.srt", "out.srt", "--ndf-df", "df", "--fps", "25"], 2, "29.97 and 59.94 only"),
        (["merge", "talk.en.srt", "-o", "out.srt", "--at", "0,1"], 2, "2 times for 1 files"),
        (["split", "talk.en.srt", "--at", "0"], 2, "after zero"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_no_file(
    srt: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.vtt").write_text("mine")
    Path("empty.srt").write_text("")
    Path("noise.srt").write_bytes(b"\x00\x01\x02")
    before = sorted(tmp_path.iterdir())
    assert run(*arguments) == code
    complaint = capsys.readouterr().err
    assert message in complaint
    assert complaint.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before
    assert Path("there.vtt").read_text() == "mine"
    assert srt.read_text("utf-8") == SRT


def test_an_existing_file_is_replaced_when_asked(srt: Path, tmp_path: Path) -> None:
    (tmp_path / "there.vtt").write_text("old")
    assert run("convert", srt, tmp_path / "there.vtt", "--overwrite") == 0
    assert (tmp_path / "there.vtt").read_text("utf-8").startswith("WEBVTT")


@pytest.mark.parametrize(
    ("ending", "text", "times", "kept"),
    [
        ("srt", SRT, "00:00:03,500 --> 00:00:05,000", ["ANNA: Hello <i>there</i>."]),
        ("vtt", VTT, "00:00:03.500 --> 00:00:05.000 line:10%", ["NOTE kept", "::cue", "<v Anna>Hello <b>there</b>."]),
        ("ass", ASS, "0:00:03.50,0:00:05.00", ["Style: Mine,Impact,80", "Comment: 0,", "{\\pos(1,2)}Hello, there."]),
    ],
)
def test_shift_changes_nothing_but_the_times(
    tmp_path: Path, ending: str, text: str, times: str, kept: list[str]
) -> None:
    source, output = tmp_path / f"in.{ending}", tmp_path / f"out.{ending}"
    source.write_text(text, encoding="utf-8")
    assert run("shift", source, output, "--by", "2.5") == 0
    written = output.read_text("utf-8")
    assert times in written
    assert all(each in written for each in kept)


def test_a_file_with_broken_blocks_is_written_anew_and_no_text_gets_anothers_times(tmp_path: Path) -> None:
    source, output = tmp_path / "in.vtt", tmp_path / "out.vtt"
    empty = "00:03.000 --> 00:03.500\n\n"
    source.write_text(f"WEBVTT\n\n00:01.000 --> 00:02.000\none\n\n{empty}00:04.000 --> 00:05.000\ntwo\n", "utf-8")
    assert run("shift", source, output, "--by", "1") == 0
    assert "00:00:05.000 --> 00:00:06.000\ntwo" in output.read_text("utf-8")


def test_shift_tells_what_falls_out_of_the_file(srt: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run("shift", srt, tmp_path / "out.srt", "--by", "-3") == 0
    assert "warning: caption 1 would end before zero" in capsys.readouterr().err
    written = (tmp_path / "out.srt").read_text("utf-8")
    assert written.startswith("1\n00:00:00,000 --> 00:00:01,000\nBO: You & I\n")


@pytest.mark.parametrize(
    ("options", "last"),
    [
        (["--offset", "1"], "00:00:11,000 --> 00:00:12,000"),
        (["--points", "1=2,10=20"], "00:00:20,000 --> 00:00:22,000"),
        (["--from-fps", "25", "--to-fps", "23.976"], "00:00:10,427 --> 00:00:11,470"),
        (["--ndf-df", "ndf"], "00:00:10,000 --> 00:00:11,000"),
    ],
)
def test_resync_has_four_ways(srt: Path, tmp_path: Path, options: list[str], last: str) -> None:
    assert run("resync", srt, tmp_path / "out.srt", *options) == 0
    assert last in (tmp_path / "out.srt").read_text("utf-8")


def test_an_archive_moves_with_its_transcript(srt: Path, tmp_path: Path) -> None:
    assert run("convert", srt, tmp_path / "a.json", "--style", "web-default") == 0
    assert run("shift", tmp_path / "a.json", tmp_path / "b.json", "--by", "60") == 0
    document = json.loads((tmp_path / "b.json").read_text("utf-8"))
    assert document["sentences"][0]["start_ms"] == 61_000
    assert document["sentences"][0]["words"][0]["start_ms"] == 61_000
    assert document["cues"][0]["start_ms"] >= 60_900


def test_reels_are_merged_and_split_again(srt: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    film = tmp_path / "film.srt"
    assert run("merge", srt, srt, "-o", film, "--at", "0,20") == 0
    assert film.read_text("utf-8").count(" --> ") == 6
    assert "00:00:21,000 --> 00:00:22,500" in film.read_text("utf-8")
    capsys.readouterr()
    assert run("split", film, "--at", "20,50") == 0
    captured = capsys.readouterr()
    assert captured.out.split() == [str(tmp_path / "film.part1.srt"), str(tmp_path / "film.part2.srt")]
    assert "film.part3.srt would have no captions" in captured.err
    assert (tmp_path / "film.part1.srt").read_text("utf-8") == (tmp_path / "film.part2.srt").read_text("utf-8")


def test_speakers_of_two_files_with_one_id_stay_two_people(srt: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.srt"
    other.write_text(SRT.replace("ANNA", "CARL").replace("BO:", "DORA:"), encoding="utf-8")
    for name in ("talk.en.srt", "other.srt"):
        assert run("convert", tmp_path / name, tmp_path / f"{name}.json") == 0
    assert (
        run(
            "merge",
            tmp_path / "talk.en.srt.json",
            tmp_path / "other.srt.json",
            "-o",
            tmp_path / "x.vtt",
            "--at",
            "0,20",
        )
        == 0
    )
    written = (tmp_path / "x.vtt").read_text("utf-8")
    assert all(f"<v {name}>" in written for name in ("ANNA", "BO", "CARL", "DORA"))


@pytest.mark.parametrize("command", ["convert", "shift", "resync", "merge", "split"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture) -> None:
    assert run(command, "--help") == 0
    assert f"captioner {command} " in capsys.readouterr().out.partition("Example")[2]


def test_a_new_layout_takes_the_options_of_the_layout(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("names.toml").write_text('[replace]\n"good" = "fine"\n', encoding="utf-8")
    text = "1\n00:00:00,000 --> 00:00:06,000\nGood evening to all of you and welcome to the programme of tonight.\n"
    Path("long.srt").write_text(text, encoding="utf-8")
    layout = [
        "--style",
        "web-default",
        "--max-columns",
        "16",
        "--replace",
        "names.toml",
        "--fps",
        "25",
        "--snap-frames",
    ]
    assert run("convert", "long.srt", "short.vtt", *layout) == 0
    written = Path("short.vtt").read_text("utf-8")
    assert "Fine evening" in written
    assert max(len(line) for line in written.splitlines() if "-->" not in line) <= 16
    starts = [line[9:12] for line in written.splitlines() if "-->" in line]
    assert all(int(ms) % 40 == 0 for ms in starts)
    assert "is shown as “Fine”" in capsys.readouterr().err


@pytest.mark.parametrize("flag", [["--max-columns", "16"], ["--replace", "x.toml"], ["--snap-frames"], ["--strict"]])
def test_an_option_that_needs_a_new_layout_asks_for_the_style(
    flag: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("convert", "talk.en.srt", "out.vtt", *flag) == 2
    assert f"{flag[0]} needs a new layout; give --style too" in capsys.readouterr().err


def test_convert_can_hold_the_new_captions_against_the_style(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("fast.srt").write_text("1\n00:00:00,000 --> 00:00:00,900\nUnbelievably long announcements tonight.\n")
    assert run("convert", "fast.srt", "out.srt", "--style", "netflix", "--strict") == 1
    assert "fast.srt: " in capsys.readouterr().err
    assert Path("out.srt").exists()


OFF_FRAMES = """1
00:00:04,003 --> 00:00:06,517
Hello there, all of you.

2
00:00:06,519 --> 00:00:09,811
You and I went to the market.

3
00:00:15,007 --> 00:00:17,003
Goodbye to you all.
"""
ON_FRAMES = [
    (target.name, name)
    for target in map(find_target, target_names())
    if target.on_frames
    for name in (FORMATS if target.name == "netflix" else target.formats)
    if name != "json"  # a copy of the captions for programs, which nobody shows
]


@pytest.mark.parametrize("rate", ["23.976", "25", "29.97"])
@pytest.mark.parametrize(("target", "name"), ON_FRAMES)
def test_captions_for_a_target_with_frames_lie_on_them(
    target: str, name: str, rate: str, here: Path, capsys: pytest.CaptureFixture
) -> None:
    (here / "talk.srt").write_text(OFF_FRAMES, encoding="utf-8")
    output = here / f"out.{FORMATS[name].extension}"
    flags = ["--target", target, "--format", name, "--fps", rate, "--language", "en"]
    status = run("convert", "talk.srt", output, *flags)
    told = capsys.readouterr().err
    if name in ("stl", "stl-teletext") and rate == "23.976":
        assert status
        assert "counts 25 or 30 frames a second" in told
        return
    assert status == 0
    assert ("put on a frame" in told) == (not FORMATS[name].counts_frames)
    if not FORMATS[name].reader:
        return
    run("check", output, "--style", "netflix", "--fps", "29.97" if name == "scc" else rate, "--json")
    (checked,) = json.loads(capsys.readouterr().out)["files"]
    assert [issue["message"] for issue in checked["issues"] if issue["rule"] in ("T10", "off_frame")] == []


@pytest.mark.parametrize("arguments", [("out.stl",), ("out.stl", "--target", "ebu"), ("out.stl", "-f", "stl-teletext")])
def test_an_assumed_frame_rate_is_told(
    arguments: tuple[str, ...], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "talk.srt").write_text(OFF_FRAMES, encoding="utf-8")
    assert run("convert", "talk.srt", *arguments) == 0
    assert "counts frames and the frame rate is not known; 25 is taken. Give --fps" in capsys.readouterr().err
    assert run("convert", "talk.srt", *arguments, "--fps", "25", "--overwrite") == 0
    assert "is taken" not in capsys.readouterr().err
    assert run("convert", "out.stl", "again.stl", "--plain") == 0
    assert "is taken" not in capsys.readouterr().err


def test_a_target_with_frames_says_that_it_needs_the_frame_rate(here: Path, capsys: pytest.CaptureFixture) -> None:
    (here / "talk.srt").write_text(OFF_FRAMES, encoding="utf-8")
    assert run("convert", "talk.srt", "out.dfxp", "--target", "netflix", "--language", "en") == 0
    told = capsys.readouterr().err
    assert "the frame rate is not known; they stay. Give --fps" in told
    assert "1 caption ends earlier, for the 2 frames netflix wants before the next" in told
