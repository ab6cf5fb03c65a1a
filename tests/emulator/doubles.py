"""What the emulator's tests stand on: audio made on the fly, a web server that can misbehave, a clock, a client."""

from __future__ import annotations

import json
import math
import random
import ssl
import threading
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import httpx
from av.audio.resampler import AudioResampler

from captioner.emulator import Emulator
from tests.waiting import PATIENCE_S

RATE = 16000

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Everything is plain HTTP on loopback: reading the machine's certificates for every client would only take time."""

SENTENCES = [
    {
        "speaker": 0,
        "channel": 0,
        "words": [
            {"text": "Hello", "punctuation": "", "begin_time": 500, "end_time": 800},
            {"text": "world", "punctuation": ",", "begin_time": 800, "end_time": 1200},
            {"text": "um", "punctuation": "", "begin_time": 1300, "end_time": 1500},
            {"text": "again", "punctuation": ".", "begin_time": 1500, "end_time": 2000},
        ],
    },
    {
        "speaker": 1,
        "channel": 1,
        "words": [
            {"text": "Yes", "punctuation": "?", "begin_time": 2400, "end_time": 2900},
        ],
    },
]


class FakeClock:
    """A clock that moves when it is told to."""

    def __init__(self, at: float = 1_774_324_800.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += seconds


@cache
def speech(seed: int, seconds: float = 4.0) -> array[int]:
    """Bursts of tone with pauses, as syllables come and go; another seed is other speech. 16 kHz, sound from 0 on."""
    chance = random.Random(seed)
    samples = array("h")
    while len(samples) < seconds * RATE:
        length, level, pitch = chance.randint(1200, 4000), chance.uniform(1500, 12000), chance.uniform(150, 900)
        samples.extend(
            int(level * math.sin(math.pi * i / length) ** 0.5 * math.sin(2 * math.pi * pitch * i / RATE))
            for i in range(length)
        )
        samples.extend([0] * chance.choice((0, 400, 1600, 4000)))
    return samples[: int(seconds * RATE)]


def silence(seconds: float) -> array[int]:
    return array("h", [0]) * int(seconds * RATE)


def save(
    path: Path, *channels: Sequence[int], codec: str = "flac", rate: int = RATE, bit_rate: int = 0, gain: float = 1.0
) -> Path:
    """Encode one or two channels of 16 kHz samples; the container follows from the suffix."""
    layout = "stereo" if len(channels) == 2 else "mono"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.layout = layout
        if bit_rate:
            stream.bit_rate = bit_rate
        stream.codec_context.open()
        mixer = AudioResampler(stream.format.name, layout, rate, frame_size=stream.frame_size or 1024)
        frame = av.AudioFrame(format="s16", layout=layout, samples=len(channels[0]))
        woven = array("h", bytes(2 * len(channels) * len(channels[0])))
        for number, channel in enumerate(channels):
            woven[number :: len(channels)] = array("h", channel if gain == 1 else (int(s * gain) for s in channel))
        frame.planes[0].update(woven.tobytes())
        frame.sample_rate = RATE
        frame.pts = 0
        for ready in [*mixer.resample(frame), *mixer.resample(None)]:
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return path


def write_truth(folder: Path, name: str, fingerprint: str | None, **changes: Any) -> Path:
    """A transcript for audio that begins 500 ms after the player's zero."""
    truth = {
        "media": name,
        "language": "en",
        "duration_ms": 4500,
        "onset_ms": 500,
        "fingerprint": fingerprint,
        "sentences": SENTENCES,
        **changes,
    }
    folder.mkdir(exist_ok=True)
    path = folder / f"{Path(name).stem}.json"
    path.write_text(json.dumps(truth, ensure_ascii=False), "utf-8")
    return path


@dataclass
class Page:
    """What the web server says for a path.

    `length` is the Content-Length it claims: None for the true one, -1 for none at all.
    """

    body: bytes = b""
    status: int = 200
    length: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


class WebServer:
    """Serves pages by path on loopback and remembers who asked for what."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                page = outer.pages.get(self.path.partition("?")[0], Page(status=404))
                self.send_response(page.status)
                if page.length != -1:
                    self.send_header("Content-Length", str(len(page.body) if page.length is None else page.length))
                for name, value in page.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(page.body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def offer(self, path: str, page: Page | bytes) -> str:
        """Serve a page; returns its URL."""
        self.pages[path] = page if isinstance(page, Page) else Page(page)
        return self.url + path

    def __enter__(self) -> WebServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Caller:
    """Talks to an emulator in plain HTTP, as no client of ours does."""

    def __init__(self, emulator: Emulator, key: str = "a-key") -> None:
        self.emulator = emulator
        given: dict[str, Any] = {"trust_env": False, "verify": _NO_TLS}
        self.http = httpx.Client(base_url=emulator.url, headers={"Authorization": f"Bearer {key}"}, **given)
        self.plain = httpx.Client(**given)

    def submit(self, *urls: str, model: str = "fun-asr", **parameters: Any) -> httpx.Response:
        body = {"model": model, "input": {"file_urls": list(urls)}, "parameters": parameters}
        return self.post_submission(body)

    def post_submission(self, body: Any, **headers: str) -> httpx.Response:
        sent = {"X-DashScope-Async": "enable", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.http.post("/services/audio/asr/transcription", json=body, headers=sent)

    def query(self, task_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(f"/tasks/{task_id}").json()
        return answer

    def ended(self, task_id: str) -> dict[str, Any]:
        """The final answer about a task."""
        deadline = time.monotonic() + PATIENCE_S
        while (answer := self.query(task_id))["output"]["task_status"] in ("PENDING", "RUNNING"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return answer

    def run(self, *urls: str, **given: Any) -> dict[str, Any]:
        """Submit and wait."""
        return self.ended(self.submit(*urls, **given).json()["output"]["task_id"])

    def transcript(self, url: str, **given: Any) -> dict[str, Any]:
        """The transcript of one file that must go well."""
        (result,) = self.run(url, **given)["output"]["results"]
        document: dict[str, Any] = self.plain.get(result["transcription_url"]).json()
        return document

    def failure(self, url: str, **given: Any) -> str:
        """The code of one file that must fail."""
        code: str = self.run(url, **given)["output"]["results"][0]["code"]
        return code

    def close(self) -> None:
        self.http.close()
        self.plain.close()


@contextmanager
def calling(emulator: Emulator, key: str = "a-key") -> Iterator[Caller]:
    """A started emulator and somebody who talks to it."""
    with emulator:
        caller = Caller(emulator, key)
        try:
            yield caller
        finally:
            caller.close()
