"""`captioner conform` as a user types it."""

import csv
import io
from pathlib import Path

import pytest

from captioner.cli import main
from captioner.formats import read

ANNA = """1
00:00:01,000 --> 00:00:02,500
ANNA: The harbour was built

2
00:00:02,600 --> 00:00:04,000
in a single year.

3
00:00:10,000 --> 00:00:11,000
BO: And then it was forgotten.
"""
BO = """1
00:00:00,000 --> 00:00:02,000
Nobody knows why.
"""
EDL = """TITLE: Cut
FCM: NON-DROP FRAME
001  {reel} V C 00:00:02:15 00:00:05:00 01:00:00:00 01:00:02:10
* FROM CLIP NAME: {name}
002  BO_2 V C 00:00:00:00 00:00:02:00 01:00:02:10 01:00:04:10
* FROM CLIP NAME: bo.wav
003  MUSIC V C 00:00:00:00 00:00:02:00 01:00:04:10 01:00:06:10
"""


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "anna.srt").write_text(ANNA)
    (tmp_path / "bo.en.srt").write_text(BO)
    (tmp_path / "cut.edl").write_text(EDL.format(reel="ANNA_1", name="anna.mov"))
    return tmp_path


def test_several_recordings_are_found_by_the_names_of_their_clips(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = desk / "cut.srt"
    assert run("conform", desk / "anna.srt", desk / "bo.en.srt", "--edl", desk / "cut.edl", "--fps", 25, "-o", out) == 0
    assert out.read_text() == (
        "1\n00:00:00,000 --> 00:00:01,400\nANNA: in a single year.\n\n"
        "2\n00:00:02,400 --> 00:00:04,400\nNobody knows why.\n"
    )
    said = capsys.readouterr().err
    assert "anna.srt: 1 clip (anna.mov)" in said
    assert "1 clip without captions: MUSIC" in said
    assert "event 001 begins in mid-sentence: “in a single year.”" in said
    assert "2 of 4 captions are in the cut; 2 are not" in said


def test_what_was_removed_is_closed_and_a_caption_across_it_is_cut_at_words(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("conform", desk / "anna.srt", "--remove", "0:01.75-0:09") == 0
    text = (desk / "anna.cut.srt").read_text()
    assert "00:00:01,000 --> 00:00:01,750\nANNA: The harbour\n" in text
    assert "00:00:02,750 --> 00:00:03,750\nBO: And then it was forgotten.\n" in text
    assert "anna.srt has no times of words" in capsys.readouterr().err


def test_what_an_editor_has_to_hear_is_written_as_markers(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("conform", desk / "anna.srt", "--remove", "0:01.75-0:09", "--overwrite", "--markers")
    assert run(*arguments, desk / "cut.csv", "--fps", 25) == 0
    said = [line.removeprefix("warning: ") for line in capsys.readouterr().err.splitlines() if "warning:" in line]
    rows = list(csv.DictReader(io.StringIO((desk / "cut.csv").read_text(encoding="utf-8-sig"))))
    assert [row["text"] for row in rows] == said
    assert {row["kind"] for row in rows} == {"warning"}
    assert rows[0]["timecode"].startswith("01:00:01:")
    assert run(*arguments, f"{desk}/", "--fps", 25) == 0
    assert "|C:ResolveColorYellow" in (desk / "cut.markers.edl").read_text()
    assert run(*arguments, desk / "cut.mp3") == 2
    assert run(*arguments, desk / "cut.csv") == 2
    assert "markers count frames; give --fps" in capsys.readouterr().err


def test_drop_frame_at_a_rate_without_it_and_pictures_without_sound_are_told(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = EDL.format(reel="ANNA_1", name="anna.mov").replace("NON-DROP FRAME", "DROP FRAME")
    (desk / "cut.edl").write_text(rows)
    both = ("conform", desk / "anna.srt", "--edl", desk / "cut.edl", "--overwrite")
    run(*both, "--fps", "23.976")
    said = capsys.readouterr().err
    assert "cut.edl: says drop-frame, which 23.976 has not" in said
    assert "seen and not heard" not in said
    heard = "ANNA_1 AA/V C 00:00:01:00 00:00:04:00 01:00:10:00 01:00:13:00\n* FROM CLIP NAME: anna.mov\n"
    (desk / "cut.edl").write_text(EDL.format(reel="ANNA_1", name="anna.mov") + f"004  {heard}")
    assert run(*both, "--fps", "25") == 0
    assert "1 clip is seen and not heard: without captions; --track V follows" in capsys.readouterr().err
    assert run(*both, "--fps", "25", "--track", "V") == 0
    assert "seen and not heard" not in capsys.readouterr().err


def test_a_speed_moves_everything(desk: Path) -> None:
    assert run("conform", desk / "bo.en.srt", "--speed", "1.25", "-o", desk / "fast.srt") == 0
    assert "00:00:00,000 --> 00:00:01,600" in (desk / "fast.srt").read_text()


def test_captions_that_a_speed_makes_too_short_are_told(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("conform", desk / "anna.srt", "--speed", "1.1", "-o", desk / "fast.srt") == 0
    assert "less than" not in capsys.readouterr().err
    assert run("conform", desk / "anna.srt", "--speed", "1.25", "--overwrite", "-o", desk / "fast.srt") == 0
    assert "1 caption lasts less than 833 ms (0 before); captioner check --fix" in capsys.readouterr().err


def test_a_recording_with_time_code_is_found_by_it(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = EDL.format(reel="ANNA_1", name="anna.mov").replace("00:00:02:15 00:00:05:00", "10:00:02:15 10:00:05:00")
    (desk / "cut.edl").write_text(moved)
    out = desk / "cut.srt"
    both = (desk / "anna.srt", desk / "bo.en.srt", "--edl", desk / "cut.edl", "--fps", 25, "--overwrite", "-o", out)
    assert run("conform", *both) == 0
    assert "anna.srt: taken to begin at time code 10:00:00" in capsys.readouterr().err
    guessed = out.read_text()
    assert run("conform", *both, "--source-start", "anna.srt=10:00:00:00") == 0
    assert out.read_text() == guessed
    assert run("conform", *both, "--source-start", "anna.srt=09:00:00:00") == 2
    assert "outside of its 00:00:11 of captions" in capsys.readouterr().err


def test_trimmed_recordings_begin_with_their_handles(desk: Path) -> None:
    moved = EDL.format(reel="ANNA_1", name="anna.mov").replace("00:00:02:15 00:00:05:00", "10:41:02:15 10:41:05:00")
    (desk / "cut.edl").write_text("\n".join(moved.splitlines()[:4]))
    out = desk / "cut.srt"
    assert run("conform", desk / "anna.srt", "--edl", desk / "cut.edl", "--fps", 25, "--handles", 1, "-o", out) == 0
    # The recording begins at 10:41:01:15, so the clip begins a second later.
    assert "00:00:00,000 --> 00:00:01,480\nANNA: The harbour was built" in out.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["anna.srt"], "--edl with the list"),
        (["anna.srt", "--edl", "cut.edl", "--remove", "0-1"], "--edl with the list"),
        (["--edl", "cut.edl"], "captions of the recordings"),
        (["anna.srt", "--edl", "cut.edl"], "an EDL does not say its frame rate; give --fps"),
        (["anna.srt", "--edl", "none.edl", "--fps", "25"], "none.edl: cannot be read"),
        (["anna.srt", "bo.en.srt", "--remove", "0:01-0:02"], "one recording"),
        (["anna.srt", "--speed", "9"], "speed '9'"),
        (["anna.srt", "--speed", "fast"], "speed 'fast'"),
        (["anna.srt", "--remove", "0:00-9:00"], "nothing is left"),
        (["other.srt", "--edl", "cut.edl", "--fps", "25"], "no clip is called so; the timeline has MUSIC, anna.mov"),
        (["--source", "ANNA_1", "--edl", "cut.edl"], "NAME=FILE"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    desk: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk)
    (desk / "other.srt").write_text(BO)
    assert run("conform", *arguments) in {1, 2}
    assert said in capsys.readouterr().err
    assert not list(desk.glob("*.cut.srt"))


def test_two_files_that_could_be_one_clip_are_told_apart_by_the_user(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "anna.de.srt").write_text(ANNA)
    arguments = ("conform", desk / "anna.srt", desk / "anna.de.srt", "--edl", desk / "cut.edl", "--fps", 25)
    assert run(*arguments, "-o", desk / "cut.srt") == 2
    assert "event 001 (anna.mov) could be of anna.srt and anna.de.srt" in capsys.readouterr().err


def test_unnamed_speakers_of_two_recordings_are_two_people(desk: Path) -> None:
    (desk / "anna.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Speaker 1>Hello.\n")
    (desk / "bo.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\n<v Bo>Goodbye.\n")
    (desk / "cut.edl").write_text(EDL.format(reel="A", name="anna.mov").replace("00:00:02:15", "00:00:00:00"))
    out = desk / "cut.vtt"
    assert run("conform", desk / "anna.vtt", desk / "bo.vtt", "--edl", desk / "cut.edl", "--fps", 25, "-o", out) == 0
    assert "<v Speaker 1>" in out.read_text()
    assert "<v Bo>" in out.read_text()


def test_a_clip_of_which_no_caption_can_be_is_told(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "late.edl").write_text(
        "001  ANNA     V     C        00:00:00:00 00:00:03:00 00:00:00:00 00:00:03:00\n"
        "002  ANNA     V     C        05:00:00:00 05:00:03:00 00:00:03:00 00:00:06:00\n"
    )
    assert run("conform", desk / "anna.srt", "--edl", desk / "late.edl", "--fps", 25, "-o", desk / "cut.srt") == 0
    assert "event 002 begins at 05:00:00 of anna.srt, which ends at" in capsys.readouterr().err


def test_what_is_removed_behind_the_end_is_told(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("conform", desk / "anna.srt", "--remove", "5:10-5:20", "-o", desk / "cut.srt") == 0
    assert "00:05:10-00:05:20 lies behind the end of anna.srt" in capsys.readouterr().err


OVERLAPPING = """1
00:00:01,000 --> 00:00:05,000
One two three, four five six.

2
00:00:02,000 --> 00:00:08,000
{\\an8}A SIGN IN THE PICTURE

3
00:00:06,000 --> 00:00:09,000
And a reply that follows.
"""


def test_captions_that_overlap_keep_their_times_places_and_signs_their_words(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "signs.srt").write_text(OVERLAPPING)
    out = desk / "cut.srt"
    assert run("conform", desk / "signs.srt", "--remove", "0:03-0:05", "-o", out) == 0
    assert "ends in mid-sentence: “One two three,”" in capsys.readouterr().err
    cues = read(out.read_bytes(), "cut.srt").cues
    assert [(cue.start_ms, cue.text, cue.placement is not None) for cue in cues] == [
        (1000, "One two three,", False),
        (2000, "A SIGN IN THE PICTURE", True),
        (3000, "A SIGN IN THE PICTURE", True),
        (4000, "And a reply that follows.", False),
    ]
    assert [cue.end_ms for cue in cues[::2]] == [3000, 6000]


def test_captions_at_a_cut_keep_their_italics_and_place(desk: Path) -> None:
    (desk / "top.srt").write_text(
        "1\n00:00:01,000 --> 00:00:05,000\n{\\an8}<i>One two three four</i>\n<i>five six seven eight.</i>\n"
    )
    out = desk / "cut.srt"
    assert run("conform", desk / "top.srt", "--remove", "0:03-0:04", "-o", out) == 0
    assert "{\\an8}<i>One two three four</i>" in out.read_text()


def test_a_recording_that_begins_at_an_hour_of_23_976_is_found_to_the_frame(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "film.edl").write_text(
        "FCM: NON-DROP FRAME\n001  ANNA     V     C        10:00:00:12 10:00:05:00 00:00:00:00 00:00:04:12\n"
    )
    out = desk / "cut.srt"
    assert run("conform", desk / "anna.srt", "--edl", desk / "film.edl", "--fps", "23.976", "-o", out) == 0
    assert "taken to begin at time code 10:00:00;" in capsys.readouterr().err
    assert abs(read(out.read_bytes(), "cut.srt").cues[0].start_ms - (1000 - 500)) <= 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--source-start", "none.srt=10:00:00:00"], "is none of anna.srt"), (["--handles", "-5"], "--handles: write")],
)
def test_options_that_would_do_nothing_are_refused(
    desk: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "cut.edl").write_text(EDL.format(reel="A", name="anna.mov"))
    out = desk / "cut.srt"
    assert run("conform", desk / "anna.srt", "--edl", desk / "cut.edl", "--fps", 25, *arguments, "-o", out) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("label", ["10:00:00:00", "10:00:00;00"])
def test_the_begin_of_a_recording_drops_labels_where_the_list_does(desk: Path, label: str) -> None:
    (desk / "drop.edl").write_text(
        "FCM: DROP FRAME\n001  ANNA     V     C        10:00:00;15 10:00:05;00 00:00:00;00 00:00:04;15\n"
    )
    out = desk / "cut.srt"
    assert run("conform", desk / "anna.srt", "--edl", desk / "drop.edl", "--source-start", label, "-o", out) == 0
    assert abs(read(out.read_bytes(), "cut.srt").cues[0].start_ms - 500) <= 1


@pytest.mark.parametrize("speed", ["1e999999999", "9" * 5000])
def test_a_speed_that_cannot_be_counted_out_is_refused(desk: Path, speed: str) -> None:
    assert run("conform", desk / "anna.srt", "--speed", speed, "-o", desk / "cut.srt") == 2
