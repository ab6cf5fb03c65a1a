"""The report in a real browser: keys move, hide and change the light; sound is there; nothing is fetched."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from captioner import style
from captioner.check import check, rates
from captioner.check.report.html import render_report
from captioner.formats import CaptionFile
from captioner.media import describe
from tests.check.cases import cue
from tests.waiting import PATIENCE_S

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FIXTURES = Path(__file__).parents[2] / "fixtures"
NETFLIX = style.load_style("netflix")
CUES = (
    cue(500, 900, "Good evening, and welcome to us."),
    cue(3000, 5000, "We  are back."),
    cue(9000, 16_500, "Thank you, everyone out there."),
    cue(18_000, 20_500, "This is a line that is just good, is it?"),
)
PROBE = """
<script>
addEventListener("load", () => setTimeout(() => {
  const seen = {};
  const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const current = () => (document.querySelector(".cue.current") || {}).id || "";
  const shown = () => [...document.querySelectorAll(".cue")].filter((card) => card.offsetParent).length;
  seen.cards = document.querySelectorAll(".cue").length;
  seen.shown = shown();
  press("j"); seen.first = current();
  press("j"); seen.second = current();
  press("k"); seen.back = current();
  press("n"); seen.withNotes = shown();
  press("w"); seen.withoutWarnings = shown();
  press("t");
  seen.theme = document.documentElement.dataset.theme;
  seen.paper = getComputedStyle(document.body).backgroundColor;
  seen.bars = document.querySelectorAll("svg .bar").length;
  seen.wide = document.documentElement.scrollWidth <= innerWidth;
  seen.fetched = performance.getEntriesByType("resource").filter((entry) => !entry.name.startsWith("data:")).length;
  const sound = document.querySelector("audio");
  sound.addEventListener("loadedmetadata", () => { seen.sound = sound.duration; done(); });
  sound.addEventListener("error", () => { seen.sound = -1; done(); });
  const done = () => { document.title = "probe " + JSON.stringify(seen); };
  sound.load(); sound.preload = "auto"; sound.muted = true; sound.play().catch(() => {});
}, 50));
</script></body>
"""


def dumped(page: Path, profile: Path, budget_ms: int) -> str:
    """The page as it is after so many milliseconds of its own clock."""
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
            "--autoplay-policy=no-user-gesture-required", f"--virtual-time-budget={budget_ms}",
            "--window-size=1200,900", "--dump-dom", page.as_uri(),
        ],
        capture_output=True, text=True, timeout=PATIENCE_S, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.process
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_the_report_works_by_keyboard_in_a_browser(tmp_path: Path) -> None:
    media = describe(FIXTURES / "interview-en.mp4")
    issues = check(CUES, NETFLIX, media=media)
    text = render_report(
        CaptionFile(CUES, name="talk.srt", format="srt"), NETFLIX, issues, rates(CUES, NETFLIX), media=media
    )
    path = tmp_path / "report.html"
    path.write_text(text.replace("</body>", PROBE), encoding="utf-8")
    assert CHROMIUM is not None
    match = None
    for budget_ms in (4_000, 20_000, 100_000, 400_000):  # the page's clock is quick, but sound is read in real time
        shown = dumped(path, tmp_path / f"profile-{budget_ms}", budget_ms)
        if match := re.search(r"<title>probe (.*?)</title>", shown):
            break
    assert match is not None
    seen = json.loads(match[1])
    assert (seen["cards"], seen["shown"], seen["withNotes"], seen["withoutWarnings"]) == (4, 3, 4, 3)
    assert (seen["first"], seen["second"], seen["back"]) == ("c1", "c2", "c1")
    assert (seen["theme"], seen["paper"]) == ("dark", "rgb(20, 22, 26)")
    assert (seen["bars"], seen["wide"], seen["fetched"]) == (4, True, 0)
    assert 2.8 < seen["sound"] < 3.2
