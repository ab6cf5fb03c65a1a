"""The editor with twelve hours of captions, measured in a real browser.

    python bench/review.py [--captions 10000] [--media]

Prints the figures of docs/review.md: until captions are seen, until a key is seen, frames while scrolling, until a
change is answered, and the memory of the server; with --media also until a picture near the end is seen, and until the
waveform is there. Times from frame to frame depend on what else the machine does, the work of the page does not.
"""

from __future__ import annotations

import argparse
import array
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from math import pi, sin
from pathlib import Path

import av
from playwright.sync_api import Page, sync_playwright

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


SCROLL = "document.getElementById('captions').scrollTop += 900"
FRAMES = """
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
ONE_KEY = """
async () => {
  const area = document.querySelector("textarea");
  const begun = performance.now();
  area.setRangeText("x", area.value.length, area.value.length, "end");
  area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  await new Promise((seen) => requestAnimationFrame(() => setTimeout(seen)));
  return performance.now() - begun;
}
"""


def tone(second: int) -> array.array[int]:
    """A second of sound that swells and fades."""
    times = (at / 16_000 for at in range(second * 16_000, (second + 1) * 16_000))
    return array.array("h", (round(800 * (1 + sin(2 * time)) * sin(2 * pi * 220 * time)) for time in times))


def put_media(path: Path, hours: int = 12) -> None:
    """Write hours of a quiet tone under a still picture: one minute is encoded, and its packets are repeated."""
    minute = path.with_suffix(".minute.mp4")
    with av.open(str(minute), "w") as container:
        video = container.add_stream("libx264", rate=1, options={"preset": "ultrafast", "tune": "zerolatency"})
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        audio = container.add_stream("aac", rate=16_000, layout="mono")
        audio.bit_rate = 16_000
        for second in range(60):
            picture = av.VideoFrame(320, 180, "gray")
            picture.planes[0].update(bytes([40 + second]) * picture.planes[0].buffer_size)
            container.mux(video.encode(picture.reformat(format="yuv420p")))
            frame = av.AudioFrame("s16", "mono", 16_000)
            frame.planes[0].update(tone(second).tobytes())
            frame.sample_rate, frame.pts = 16_000, second * 16_000
            container.mux(audio.encode(frame))
        container.mux(video.encode())
        container.mux(audio.encode())
    with av.open(str(minute)) as source, av.open(str(path), "w") as container:
        streams = {each.index: container.add_stream_from_template(each) for each in source.streams}
        packets = [
            (each, round(60 / each.time_base), each.pts, each.dts, bytes(each))
            for each in source.demux()
            if each.pts is not None and each.dts is not None and each.time_base and 0 <= each.pts * each.time_base < 60
        ]
        for number in range(hours * 60):
            for each, minute_long, pts, dts, data in packets:
                packet = av.Packet(data)
                packet.stream, packet.time_base = streams[each.stream.index], each.time_base
                packet.pts, packet.dts = pts + number * minute_long, dts + number * minute_long
                packet.is_keyframe = each.is_keyframe
                container.mux(packet)
    minute.unlink()


class Work:
    """What the page's own thread does, in milliseconds of processor time: other programs do not disturb it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def now(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")

    def of(self, act: Callable[[], object], rest_ms: int) -> float:
        begun = self.now()
        act()
        self._page.wait_for_timeout(rest_ms)
        return self.now() - begun


def told(name: str, values: Sequence[float], unit: str = "ms") -> None:
    print(f"{name}: median {statistics.median(values):.1f} {unit}, worst {max(values):.1f} {unit}")


def measure(page: Page, address: str) -> None:
    """Open, type, change and scroll."""
    begun = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(".row")
    first = time.perf_counter() - begun
    page.wait_for_selector("html[data-ready=all], html[data-ready=checked]", timeout=60_000)
    whole = time.perf_counter() - begun
    page.wait_for_selector("html[data-ready=checked]", timeout=120_000)
    print(f"first captions {first:.2f} s, all {whole:.2f} s, checked {time.perf_counter() - begun:.2f} s")
    work = Work(page)
    page.evaluate("location.hash = '#c=5000'")
    page.wait_for_timeout(500)
    page.keyboard.press("e")
    told("key, work of the page", [work.of(lambda: page.keyboard.type("x"), 70) for _ in range(40)])
    waits = []
    for _ in range(40):
        waits.append(float(page.evaluate(ONE_KEY)))
        page.wait_for_timeout(60)
    told("key to frame", waits)
    with page.expect_response(lambda answer: answer.request.method == "PATCH") as found:
        page.keyboard.press("Control+Enter")
    found.value.finished()
    print(f"change answered in {found.value.request.timing['responseEnd']:.0f} ms")
    page.keyboard.press("Escape")
    page.wait_for_timeout(1500)
    told("scrolling by a page, work of the page", [work.of(lambda: page.evaluate(SCROLL), 40) for _ in range(60)])
    told("scrolling, frame to frame", page.evaluate(FRAMES, 120))


def measure_media(page: Page, pid: int) -> None:
    """Play near the end, and wait for the waveform."""
    begun = time.perf_counter()
    page.keyboard.press("End")
    page.wait_for_function("document.getElementById('video').readyState > 1", timeout=60_000)
    print(f"picture near the end {time.perf_counter() - begun:.2f} s")
    begun = time.perf_counter()
    identity = page.locator("#page").get_attribute("data-id")
    state = f"fetch('/api/v1/files/{identity}/media/state').then((one) => one.json())"
    while not page.evaluate(state)["peaks_done"]:
        page.wait_for_timeout(1000)
    print(f"waveform of all {time.perf_counter() - begun:.0f} s later; server now at most {memory_mb(pid):.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--captions", type=int, default=10_000)
    parser.add_argument("--media", action="store_true", help="with twelve hours of picture and sound")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    count = put(folder, arguments.captions)
    print(f"{count} captions, {(folder / 'long.json').stat().st_size / 1e6:.1f} MB")
    if arguments.media:
        put_media(folder / "long.mp4")
        print(f"media of {(folder / 'long.mp4').stat().st_size / 1e6:.0f} MB")
    command = [sys.executable, "-m", "captioner", "review", str(folder / "long.json"), "--no-browser"]
    server = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")},
    )
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--mute-audio"])
            page = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True).new_page()
            measure(page, address)
            if arguments.media:
                measure_media(page, server.pid)
            page.wait_for_timeout(6000)
            browser.close()
        print(f"server at most {memory_mb(server.pid):.0f} MB")
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
