"""The editor with twelve hours of captions, measured in a real browser.

    python bench/review.py [--captions 10000]

Prints the figures of docs/review.md: until captions are seen, until a key is seen, frames while scrolling, until a
change is answered, and the memory of the server.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from captioner.archive import MediaFacts
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import produce
from captioner.files import write_whole
from captioner.model import Sentence, Transcript, Word

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "transcripts" / "interview-en.json"
TWELVE_HOURS_MS = 12 * 3_600_000


def words_of(text: str, start_ms: int, end_ms: int) -> tuple[Word, ...]:
    parts = text.split()
    step = (end_ms - start_ms) // len(parts)
    return tuple(
        Word(part if not at else f" {part}", "", start_ms + at * step, start_ms + (at + 1) * step)
        for at, part in enumerate(parts)
    )


def speech(captions: int) -> Transcript:
    """Sentences of the fixture again and again, so many that they make about as many captions in twelve hours."""
    document = json.loads(FIXTURE.read_text())
    texts = [" ".join(word["text"] + word["punctuation"] for word in one["words"]) for one in document["sentences"]]
    sentences: list[Sentence] = []
    made = 0
    step_ms = TWELVE_HOURS_MS // captions
    while made < captions:
        text = texts[len(sentences) % len(texts)]
        own = max(1, round(len(text) / 48))
        start_ms = made * step_ms
        end_ms = start_ms + own * step_ms - 400
        speaker = str(len(sentences) // 5 % 3)
        sentences.append(Sentence(text, start_ms, end_ms, words_of(text, start_ms, end_ms), speaker))
        made += own
    return Transcript(tuple(sentences), "en", TWELVE_HOURS_MS)


def put(folder: Path, captions: int) -> int:
    """Write the archive; the number of its captions."""
    options = CaptionOptions(formats=("srt",), language="en", archive=True)
    made = produce(speech(captions), MediaFacts(TWELVE_HOURS_MS), options, title="long", check=False)
    for extension, data in made.files.items():
        write_whole(folder / f"long.{extension}", data)
    return made.cues


def memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


TYPING = """
async (count) => {
  const area = document.querySelector("textarea");
  const found = [];
  for (let at = 0; at < count; at += 1) {
    const begun = performance.now();
    area.setRangeText("x", area.value.length, area.value.length, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
    await new Promise((seen) => requestAnimationFrame(() => setTimeout(seen)));
    found.push(performance.now() - begun);
    await new Promise((next) => setTimeout(next, 60));
  }
  return found;
}
"""
SCROLLING = """
async (steps) => {
  const box = document.getElementById("captions");
  const found = [];
  let before = performance.now();
  for (let at = 0; at < steps; at += 1) {
    box.scrollTop += 900;
    await new Promise((seen) => requestAnimationFrame(seen));
    const now = performance.now();
    found.push(now - before);
    before = now;
  }
  return found;
}
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--captions", type=int, default=10_000)
    arguments = parser.parse_args()
    from playwright.sync_api import sync_playwright

    folder = Path(tempfile.mkdtemp())
    count = put(folder, arguments.captions)
    print(f"{count} captions, {(folder / 'long.json').stat().st_size / 1e6:.1f} MB")
    command = [sys.executable, "-m", "captioner", "review", str(folder / "long.json"), "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--mute-audio"])
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            begun = time.perf_counter()
            page.goto(address)
            page.wait_for_selector(".row")
            first = time.perf_counter() - begun
            page.wait_for_selector("html[data-ready=all], html[data-ready=checked]", timeout=60_000)
            whole = time.perf_counter() - begun
            page.wait_for_selector("html[data-ready=checked]", timeout=120_000)
            checked = time.perf_counter() - begun
            print(f"first captions {first:.2f} s, all {whole:.2f} s, checked {checked:.2f} s")
            page.evaluate("location.hash = '#c=5000'")
            page.wait_for_timeout(500)
            page.keyboard.press("e")
            typing = page.evaluate(TYPING, 40)
            print(f"key to frame: median {statistics.median(typing):.1f} ms, worst {max(typing):.1f} ms")
            with page.expect_response(lambda answer: answer.request.method == "PATCH") as found:
                page.keyboard.press("Control+Enter")
            found.value.finished()
            timing = found.value.request.timing
            print(f"change answered in {timing['responseEnd']:.0f} ms")
            page.keyboard.press("Escape")
            frames = page.evaluate(SCROLLING, 120)
            print(f"scrolling: median frame {statistics.median(frames):.1f} ms, worst {max(frames):.1f} ms")
            page.wait_for_timeout(6000)
            browser.close()
        print(f"server at most {memory_mb(server.pid):.0f} MB")
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
