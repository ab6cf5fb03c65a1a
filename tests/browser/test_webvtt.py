"""Our WebVTT in a real browser: what it reads, and what a viewer sees."""

from pathlib import Path

import av
import pytest

from captioner.formats import Context, render
from captioner.model import Cue, Line
from tests.browser.chromium import ask, browser, picture

PROGRAM = browser() or ""
needs_a_browser = pytest.mark.skipif(not PROGRAM, reason="no Chromium or Chrome on this machine")
pytestmark = [pytest.mark.process, needs_a_browser]

TALK = Path(__file__).resolve().parents[2] / "fixtures" / "interview-en.mp4"
NAMES = {"0": "Anna & <Co>", "1": 'Bo "the\\ >bold"', "2": "安娜"}
VOICES = {key: name.translate(str.maketrans("&<>", "＆‹›")) for key, name in NAMES.items()}
HARD = [
    "a & b &amp; <b>c</b>",
    "x --> y",
    "1 < 2 > 0 &lt;",
    "<v Nobody>said</v>",
    "<00:00:01.000>tick",
    "NOTE this",
    "\\N {\\an8}",
    "«Ça» — “naïve” 😀",
    "你好，世界。",
    "مرحبا API بكم",
    "no\u00a0break",
]

READER = b"""<!doctype html><meta charset="utf-8"><video></video><script>
const track = document.createElement("track");
track.src = "/talk.vtt";
document.querySelector("video").append(track);
const send = (answer) => fetch("/answer", {method: "POST", body: JSON.stringify(answer)});
track.addEventListener("error", () => send("refused"));
track.addEventListener("load", () => send(Array.from(track.track.cues, (cue) => {
  const html = cue.getCueAsHTML();
  const spans = [...html.querySelectorAll("span")];
  return {start: cue.startTime, end: cue.endTime, text: html.textContent, voices: spans.map((span) => span.title)};
})));
track.track.mode = "hidden";
</script>"""

PLAYER = b"""<!doctype html><meta charset="utf-8"><style>body{margin:0;background:#000}video{width:640px}</style>
<video muted preload="auto" src="/talk.mp4#t=1.5">TRACK</video>"""


def test_every_cue_is_read_with_its_times_voices_and_letters(tmp_path: Path) -> None:
    cues = [Cue(at * 2000, at * 2000 + 1234, (Line(text, speaker=str(at % 3)),)) for at, text in enumerate(HARD)]
    data = render(cues, "vtt", Context(names=NAMES, language="en", colours=True))
    read = ask(PROGRAM, {"/index.html": READER, "/talk.vtt": data}, tmp_path)
    assert [(cue["start"], cue["end"]) for cue in read] == [(at * 2, at * 2 + 1.234) for at in range(len(HARD))]
    assert [cue["text"] for cue in read] == HARD
    assert [cue["voices"] for cue in read] == [[VOICES[str(at % 3)]] for at in range(len(HARD))]


def test_two_speakers_of_one_cue_are_two_voices(tmp_path: Path) -> None:
    cue = Cue(0, 1000, (Line("Yes?", speaker="0", dash="- "), Line("No.", speaker="1", dash="- ")))
    (read,) = ask(PROGRAM, {"/index.html": READER, "/talk.vtt": render([cue], "vtt", Context(names=NAMES))}, tmp_path)
    assert read["voices"] == [VOICES["0"], VOICES["1"]]
    assert read["text"] == "- Yes?\n- No."


def bright(path: Path) -> int:
    """Bright pixels in the lower part of a picture."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0)).reformat(format="gray")
    data, size = bytes(frame.planes[0]), frame.planes[0].line_size
    rows = range(frame.height * 3 // 4, frame.height)
    return sum(value > 200 for row in rows for value in data[row * size : row * size + frame.width])


def test_the_captions_are_seen_while_the_video_plays(tmp_path: Path) -> None:
    cues = [Cue(0, 8000, (Line("Good evening, and welcome.", speaker="0"), Line("大家好，欢迎收看。", speaker="1")))]
    data = render(cues, "vtt", Context(names={"0": "Anna", "1": "Bo"}, colours=True))
    seen = {}
    for name, track in (("with", b'<track default src="/talk.vtt">'), ("without", b"")):
        files = {"/index.html": PLAYER.replace(b"TRACK", track), "/talk.vtt": data, "/talk.mp4": TALK.read_bytes()}
        picture(PROGRAM, files, tmp_path / f"profile-{name}", tmp_path / f"{name}.png", (640, 360))
        seen[name] = bright(tmp_path / f"{name}.png")
    assert seen["with"] > seen["without"] + 300


def test_vertical_captions_are_columns_on_the_right_the_first_line_rightmost(tmp_path: Path) -> None:
    cues = [Cue(0, 8000, (Line("今日は東京で会議を開いた"), Line("３人だけ")))]
    seen = {}
    for name, lines in (("both", cues), ("first", [Cue(0, 8000, cues[0].lines[:1])])):
        data = render(lines, "vtt", Context(language="ja", vertical=True))
        page = PLAYER.replace(b"TRACK", b'<track default src="/talk.vtt">')
        files = {"/index.html": page, "/talk.vtt": data, "/talk.mp4": black_video(tmp_path / "black.mp4")}
        picture(PROGRAM, files, tmp_path / name, tmp_path / f"{name}.png", (640, 360))
        seen[name] = letters(tmp_path / f"{name}.png")
    lowest = max(y for _, y in seen["both"])
    assert min(y for _, y in seen["both"]) < 80
    assert lowest > 200  # twelve characters down
    first = {x for x, _ in seen["first"]}
    second = {x for x, y in seen["both"]} - set(range(min(first) - 2, max(first) + 3))
    assert min(first) > 560
    assert second
    assert max(second) < min(first)


def black_video(path: Path) -> bytes:
    """Nine seconds of black, so that only letters are bright."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for _ in range(45):
            frame = av.VideoFrame(640, 360, "yuv420p")
            for plane, value in zip(frame.planes, (16, 128, 128), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


def letters(path: Path) -> set[tuple[int, int]]:
    """Points of a black picture that are not black: where no font has a letter, its thin frame is drawn grey."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0)).reformat(format="gray")
    data, size = bytes(frame.planes[0]), frame.planes[0].line_size
    return {(x, y) for y in range(frame.height) for x in range(frame.width) if data[y * size + x] > 60}
