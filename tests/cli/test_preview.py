"""The contact sheet of looks: real frames or a card, with the captions of the file, of its neighbour or a sample."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from captioner.cli import main
from captioner.cli.sample_captions import sample_captions
from captioner.media.sheet import sheet_layout

pytestmark = pytest.mark.process

FIXTURE = Path(__file__).parents[2] / "fixtures" / "interview-en.mp4"
SRT = "1\n00:00:01,000 --> 00:00:04,000\nHello there,\nhow are you?\n"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


def picture(path: Path) -> tuple[int, int, bytes]:
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0)).reformat(format="gray")
        plane = frame.planes[0]
        data = bytes(plane)
        rows = b"".join(data[row * plane.line_size :][: frame.width] for row in range(frame.height))
        return frame.width, frame.height, rows


def test_every_look_is_on_one_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    captions, sheet = tmp_path / "it's {a} [film]; 字幕.srt", tmp_path / "out's [x].png"
    captions.write_text(SRT, encoding="utf-8")
    assert run("preview", str(captions), "--all", "--size", "640x360", "-o", str(sheet)) == 0
    width, height, _ = picture(sheet)
    assert (width, height) == (3 * (624 + 12) + 12, 3 * (352 + 34) + 12)
    said = capsys.readouterr()
    assert said.out == f"{sheet}\n"
    assert "no times of words" in said.err


def test_frames_are_the_medias_and_captions_those_asked_for(tmp_path: Path) -> None:
    captions, on, off = tmp_path / "c.srt", tmp_path / "on.png", tmp_path / "off.png"
    captions.write_text(SRT, encoding="utf-8")
    for at, target in (("2", on), ("6", off)):
        options = ["--look", "high-contrast", "--at", at, "-o", str(target)]
        assert run("preview", str(FIXTURE), str(captions), *options) == 0
    width, height, with_text = picture(on)
    _, _, without = picture(off)
    low = slice(width * (height * 6 // 10), width * (height * 9 // 10))
    dark_on, dark_off = (sum(value < 16 for value in each[low]) for each in (with_text, without))
    assert dark_on > dark_off + 2000  # the black box


def test_captions_beside_the_media_are_taken_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    media = tmp_path / "talk.mp4"
    media.symlink_to(FIXTURE)
    assert run("preview", str(media), "--at", "1", "-o", str(tmp_path / "a.jpg")) == 0
    assert "no captions beside talk.mp4; a sample sentence is shown" in capsys.readouterr().err
    (tmp_path / "talk.srt").write_text(SRT, encoding="utf-8")
    assert run("preview", str(media), "--at", "7", "--aspect", "9:16", "-o", str(tmp_path / "b.jpg")) == 0
    said = capsys.readouterr().err
    assert "captions of talk.srt" in said
    assert "no caption is shown at 00:00:07" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x.srt", "-o", "x.gif"], "choose one of .png, .jpg"),
        (["x.srt", "-o", "x.png", "--look", "nope"], "look nope: no such look"),
        (["x.srt", "-o", "x.png", "--crop-x", "5"], ""),
        (["none.srt", "-o", "x.png"], "cannot be read"),
        ([str(FIXTURE), "-o", "x.png", "--crop-x", "5"], "give --aspect too"),
        ([str(FIXTURE), "-o", "x.png", "--aspect", "9:16", "--crop-x", "101%"], "the middle as 0% to 100%"),
        ([str(FIXTURE), "-o", "x.png", "--size", "1080x1920"], "would be squeezed"),
        ([str(FIXTURE), "-o", "x.png", "--at", "99:00"], "there is no picture at"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.srt").write_text(SRT, encoding="utf-8")
    code = run("preview", *arguments)
    error = capsys.readouterr().err
    assert said in error
    assert (code != 0) == bool(said)
    assert "Traceback" not in error


def test_a_sample_is_shown_at_its_time_with_words_spoken_and_not() -> None:
    for language in ("en", "zh", "ar", "xx", ""):
        (cue,) = sample_captions(language, 10_000).cues
        assert cue.start_ms < 10_000 < cue.end_ms
        words = [word for line in cue.lines for word in line.words]
        assert words[0].end_ms <= 10_000 < words[-1].start_ms
    assert sample_captions("zh", 0).cues[0].lines[0].text == "每一幅画面都有故事"


def test_a_sheet_has_rows_of_three_or_five() -> None:
    assert sheet_layout(9, 1920, 1080)[0] == 3
    assert sheet_layout(9, 1080, 1920)[0] == 5
    assert sheet_layout(4, 1920, 1080)[0] == 2
    assert sheet_layout(1, 1920, 1080) == (1, 960)
    assert sheet_layout(2, 320, 180) == (2, 320)
