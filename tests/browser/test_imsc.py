"""Our timed text as imscJS shows it in a real browser: every caption, at its place."""

import os
from fractions import Fraction
from pathlib import Path

import pytest

from captioner.formats import Context, render
from tests.browser.chromium import ask, browser
from tests.formats.ttml.places import PLACES, TTML_FAMILY, cues_at_every_place

PROGRAM = browser() or ""
HERE = Path(__file__).resolve().parents[2]
#: The library, for browsers: `npm install imsc` in the folder of the project, or a file that the environment names.
IMSC = Path(os.environ.get("CAPTIONER_IMSC_JS") or HERE / "node_modules" / "imsc" / "dist" / "imsc.all.min.js")
pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not PROGRAM, reason="no Chromium or Chrome on this machine"),
    pytest.mark.skipif(not IMSC.is_file(), reason="no imscJS: npm install imsc, or CAPTIONER_IMSC_JS=imsc.all.min.js"),
]

PAGE = b"""<!doctype html><meta charset="utf-8"><body style="margin:0"><script src="/imsc.js"></script><script>
const send = (answer) => fetch("/answer", {method: "POST", body: JSON.stringify(answer)});
const shown = async (name) => {
  const document_ = imsc.fromXML(await (await fetch(`/${name}.html`)).text());
  return Array.from({length: COUNT}, (_, number) => {
    const box = document.createElement("div");
    box.style.cssText = "position:relative;width:960px;height:540px";
    document.body.append(box);
    imsc.renderHTML(imsc.generateISD(document_, 2 * number + 1.5), box, () => null, 540, 960);
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    let text = "", place = null;
    while (walker.nextNode()) {
      if (!walker.currentNode.nodeValue.trim()) continue;
      text += walker.currentNode.nodeValue;
      range.selectNodeContents(walker.currentNode);
      place = range.getBoundingClientRect();
    }
    const around = box.getBoundingClientRect();
    const middle = place && [(place.left + place.width / 2 - around.left) / 960,
                             (place.top + place.height / 2 - around.top) / 540];
    box.remove();
    return [text, middle];
  });
};
Promise.all(NAMES.map(shown)).then(send, (error) => send(String(error)));
</script>"""
ROWS = {"bottom": (0.66, 1.0), "middle": (0.34, 0.66), "top": (0.0, 0.34)}
SIDES = {"left": (0.0, 0.4), "centre": (0.4, 0.6), "right": (0.6, 1.0)}
#: What each format has places for; the rest of a place is the usual one.
HAS_MIDDLE, HAS_SIDES = ("ttml", "ebu-tt-d"), ("ttml", "ebu-tt-d")


def media_timed(data: bytes) -> bytes:
    """A document with the media time base, which imscJS needs; at 25 frames a second labels of iTT say the same."""
    return data.replace(b'ttp:timeBase="smpte"', b'ttp:timeBase="media"').replace(b' ttp:dropMode="nonDrop"', b"")


def test_every_place_is_shown_where_it_is(tmp_path: Path) -> None:
    context = Context(language="en", frame_rate=Fraction(25))
    page = PAGE.replace(b"COUNT", str(len(PLACES)).encode()).replace(b"NAMES", str(list(TTML_FAMILY)).encode())
    files = {"/index.html": page, "/imsc.js": IMSC.read_bytes()}
    files |= {f"/{name}.html": media_timed(render(cues_at_every_place(), name, context)) for name in TTML_FAMILY}
    answer = ask(PROGRAM, files, tmp_path)
    assert isinstance(answer, list), answer
    for name, shown in zip(TTML_FAMILY, answer, strict=True):
        for number, (place, (text, middle)) in enumerate(zip(PLACES, shown, strict=True)):
            assert text == f"Place {number}", (name, place)
            row = place.row if place and (place.row != "middle" or name in HAS_MIDDLE) else "bottom"
            side = place.side if place and name in HAS_SIDES else "centre"
            assert SIDES[side][0] <= middle[0] <= SIDES[side][1], (name, place, middle)
            assert ROWS[row][0] <= middle[1] <= ROWS[row][1], (name, place, middle)
