"""Italics, colours and places of our WebVTT as a real browser reads and draws them."""

from pathlib import Path

import av
import pytest

from captioner.formats import Context, render
from captioner.model import Cue, Line, Placement, StyledSpan, TextStyle
from tests.browser.chromium import ask, browser, picture
from tests.browser.test_webvtt import PLAYER, black_video

PROGRAM = browser() or ""
needs_a_browser = pytest.mark.skipif(not PROGRAM, reason="no Chromium or Chrome on this machine")
pytestmark = [pytest.mark.process, needs_a_browser]

READER = b"""<!doctype html><meta charset="utf-8"><video></video><script>
const track = document.createElement("track");
track.src = "/talk.vtt";
document.querySelector("video").append(track);
const send = (answer) => fetch("/answer", {method: "POST", body: JSON.stringify(answer)});
track.addEventListener("error", () => send("refused"));
track.addEventListener("load", () => send(Array.from(track.track.cues, (cue) => {
  const box = document.createElement("div");
  box.append(cue.getCueAsHTML());
  return {line: cue.line, snap: cue.snapToLines, position: cue.position, align: cue.align, html: box.innerHTML};
})));
track.track.mode = "hidden";
</script>"""

PLACES = {
    Placement("top"): (0, True, "auto", "center"),
    Placement("middle"): (50, False, "auto", "center"),
    Placement("bottom", "left"): ("auto", True, 10, "left"),
    Placement("top", "right"): (0, True, 90, "right"),
    Placement("bottom", "centre", 30, 80): (80, False, 30, "center"),
}


def test_every_place_is_read_as_it_was_meant(tmp_path: Path) -> None:
    cues = [Cue(at * 1000, at * 1000 + 900, (Line("x"),), None, place) for at, place in enumerate(PLACES)]
    read = ask(PROGRAM, {"/index.html": READER, "/talk.vtt": render(cues, "vtt", Context())}, tmp_path)
    assert [(cue["line"], cue["snap"], cue["position"], cue["align"]) for cue in read] == list(PLACES.values())


def test_looks_are_elements_and_text_beside_them_is_text(tmp_path: Path) -> None:
    spans = (
        StyledSpan(0, 1, TextStyle(italic=True)),
        StyledSpan(2, 3, TextStyle(bold=True, underline=True)),
        StyledSpan(4, 7, TextStyle(colour="#FFFF00")),
        StyledSpan(8, 9, TextStyle(colour="#FF8800")),
    )
    cue = Cue(0, 900, (Line("a b <&> d", spans=spans),))
    (read,) = ask(PROGRAM, {"/index.html": READER, "/talk.vtt": render([cue], "vtt", Context())}, tmp_path)
    assert read["html"] == (
        '<i>a</i> <b><u>b</u></b> <span class="yellow">&lt;&amp;&gt;</span> <span class="cff8800">d</span>'
    )


def lit(path: Path) -> tuple[float, float, int]:
    """Middle of the bright letters in percent of the width and height, and how many pixels are orange."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0)).reformat(format="rgb24")
    data, size = bytes(frame.planes[0]), frame.planes[0].line_size
    found, orange = [], 0
    for y in range(frame.height):
        for x in range(frame.width):
            red, green, blue = data[y * size + 3 * x : y * size + 3 * x + 3]
            if red > 200:
                found.append((x, y))
                orange += 100 < green < 180 and blue < 80
    across, down = (sum(each[axis] for each in found) / len(found) for axis in (0, 1))
    return 100 * across / frame.width, 100 * down / frame.height, orange


def test_a_viewer_sees_captions_where_they_were_put_and_in_their_colour(tmp_path: Path) -> None:
    seen = {}
    for name, place in (("top", Placement("top")), ("left", Placement("bottom", "left")), ("usual", None)):
        line = Line("Caption", spans=(StyledSpan(0, 7, TextStyle(colour="#FF8800")),))
        page = PLAYER.replace(b"TRACK", b'<track default src="/talk.vtt">')
        data = render([Cue(0, 8000, (line,), None, place)], "vtt", Context())
        files = {"/index.html": page, "/talk.vtt": data, "/talk.mp4": black_video(tmp_path / "black.mp4")}
        picture(PROGRAM, files, tmp_path / name, tmp_path / f"{name}.png", (640, 360))
        seen[name] = lit(tmp_path / f"{name}.png")
    assert seen["top"][1] < 15
    assert seen["usual"][1] > 80
    assert 10 < seen["left"][0] < 30
    assert abs(seen["usual"][0] - 50) < 2
    assert min(orange for _, _, orange in seen.values()) > 50
