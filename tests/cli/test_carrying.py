"""What `convert` and its kin keep of italics, places and speakers, and what they say when they cannot."""

from pathlib import Path

import pytest

from tests.cli.test_convert import run

RICH = """WEBVTT

NOTE for the editor

00:00:01.000 --> 00:00:03.000 line:0
<v Anna>Good <i>evening</i>.

00:00:04.000 --> 00:00:06.000
<v Bo>Thank <00:04.500>you.
"""


@pytest.fixture
def vtt(tmp_path: Path) -> Path:
    path = tmp_path / "talk.en.vtt"
    path.write_text(RICH, encoding="utf-8")
    return path


def test_looks_and_places_arrive_and_what_cannot_is_told(
    vtt: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run("convert", vtt, tmp_path / "a.srt") == 0
    assert "{\\an8}Good <i>evening</i>.\n" in (tmp_path / "a.srt").read_text("utf-8")
    told = capsys.readouterr().err
    assert "a.srt: srt cannot hold speakers (captions 1, 2; captioner convert --labels prints them)" in told
    assert "talk.en.vtt: not carried over: word times (caption 2)" in told


def test_a_format_without_any_of_it_says_so_in_one_line(
    vtt: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run("convert", vtt, tmp_path / "a.avid.txt", "--fps", "25", "--labels") == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "cannot hold" in line]
    assert [line.partition("cannot hold ")[2] for line in lines] == ["italics (caption 1), places (caption 1)"]


def test_labels_print_who_speaks(vtt: Path, tmp_path: Path) -> None:
    assert run("convert", vtt, tmp_path / "a.srt", "--labels") == 0
    assert "Anna: Good <i>evening</i>." in (tmp_path / "a.srt").read_text("utf-8")


def test_plain_is_text_only(vtt: Path, tmp_path: Path) -> None:
    assert run("convert", vtt, tmp_path / "a.srt", "--plain") == 0
    assert "\nGood evening.\n" in (tmp_path / "a.srt").read_text("utf-8")


def test_in_one_format_the_file_stays_as_it_is(vtt: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run("convert", vtt, tmp_path / "a.vtt") == 0
    assert (tmp_path / "a.vtt").read_text("utf-8") == RICH
    assert capsys.readouterr().err == ""
    assert run("convert", vtt, tmp_path / "b.vtt", "--newline", "crlf") == 0
    assert (tmp_path / "b.vtt").read_bytes() == RICH.replace("\n", "\r\n").encode()


def test_captions_go_to_the_top_on_request(vtt: Path, tmp_path: Path) -> None:
    assert run("convert", vtt, tmp_path / "a.srt", "--top", "0:03.5-0:05") == 0
    assert (tmp_path / "a.srt").read_text("utf-8").count("{\\an8}") == 2
    assert run("convert", vtt, tmp_path / "b.srt", "--top", "all", "--plain") == 0
    assert (tmp_path / "b.srt").read_text("utf-8").count("{\\an8}") == 2


@pytest.mark.parametrize("times", ["3-2", "soon", "1", "5-5"])
def test_times_that_are_none_are_refused(vtt: Path, tmp_path: Path, times: str) -> None:
    assert run("convert", vtt, tmp_path / "a.srt", "--top", times) == 2


def test_moving_into_another_format_keeps_looks(vtt: Path, tmp_path: Path) -> None:
    assert run("shift", vtt, tmp_path / "a.ass", "--by", "1") == 0
    assert "0:00:02.00" in (tmp_path / "a.ass").read_text("utf-8")
    assert "{\\an8}Good {\\i1}evening{\\i0}." in (tmp_path / "a.ass").read_text("utf-8")


def test_merging_keeps_the_looks_of_all_files(vtt: Path, tmp_path: Path) -> None:
    (tmp_path / "signs.srt").write_text("1\n00:00:02,000 --> 00:00:03,000\n{\\an7}<b>EXIT</b>\n", encoding="utf-8")
    assert run("merge", vtt, tmp_path / "signs.srt", "-o", tmp_path / "a.ttml") == 0
    written = (tmp_path / "a.ttml").read_text("utf-8")
    assert '<span tts:fontStyle="italic">evening</span>' in written
    assert '<span tts:fontWeight="bold">EXIT</span>' in written
    assert 'region="top" tts:textAlign="left"' in written


def test_laid_out_anew_italics_stay_on_their_words(vtt: Path, tmp_path: Path) -> None:
    assert run("convert", vtt, tmp_path / "a.srt", "--style", "social-vertical") == 0
    assert "<i>evening</i>" in (tmp_path / "a.srt").read_text("utf-8")
    assert "{\\an8}" in (tmp_path / "a.srt").read_text("utf-8")


def test_captions_without_a_transcript_are_not_laid_out_to_nothing(
    vtt: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run("convert", vtt, tmp_path / "a.json") == 0
    assert run("format", tmp_path / "a.json", "-f", "srt") == 1
    assert "captioner convert --style lays them out" in capsys.readouterr().err
    assert run("convert", tmp_path / "a.json", tmp_path / "a.srt", "--style", "social-vertical") == 0
    assert "<i>evening</i>" in (tmp_path / "a.srt").read_text("utf-8")


REPLY = """{"properties": {}, "transcripts": [{"channel_id": 0, "text": "Good evening.", "sentences": [
{"begin_time": 0, "end_time": 2000, "text": "Good evening.", "sentence_id": 1, "words": [
{"begin_time": 0, "end_time": 900, "text": "Good ", "punctuation": ""},
{"begin_time": 900, "end_time": 2000, "text": "evening", "punctuation": "."}]}]}]}"""


def test_format_puts_captions_at_the_top_and_says_where_it_cannot(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    reply = tmp_path / "talk.asr.json"
    reply.write_text(REPLY, encoding="utf-8")
    assert run("format", reply, "--top", "0-1", "-f", "vtt") == 0
    assert " line:0\nGood evening." in capfd.readouterr().out
    assert run("format", reply, "--top", "0-1", "-f", "avid", "--fps", "25") == 0
    assert "avid has no captions at the top; 1 stay where the others are" in capfd.readouterr().err
