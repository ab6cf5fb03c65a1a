"""Media of the files that are edited: peaks, shot changes and copies for browsers, made once in the background.

What was made lies in the user's cache folder under the path, size and time of the media, and is deleted when it was not
used for a month.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from captioner.errors import CaptionerError, Interrupted
from captioner.files import cache_folder, write_whole
from captioner.media.peaks import peaks, pooled
from captioner.media.playback import PROXY_AUDIO, PROXY_VIDEO, make_proxy, playback_of
from captioner.media.shots import detect_shots

__all__ = ["MediaWork"]

_KEPT_S = 30 * 86_400
_MOST_SHOTS_MS = 2 * 3_600_000  # a longer picture is not searched for cuts: that would take its tenth


@dataclass(slots=True)
class _Work:
    """Results for one media file, as far as they are made."""

    path: Path | None
    key: str = ""
    kind: str = ""
    has_picture: bool = False
    peaks: bytearray = field(default_factory=bytearray)
    peaks_done: bool = False
    shots: list[int] = field(default_factory=list)
    shots_done: bool = False
    proxy: Path | None = None
    progress: float = 0.0
    trouble: str = ""


class MediaWork:
    """Peaks, shot changes and copies of the media of a library, each made once by a thread of its own.

    Args:
        find: The media of a file by its id, or None.
        folder: Where results are kept; the user's cache by default.
    """

    def __init__(self, find: Callable[[str], Path | None], folder: Path | None = None) -> None:
        self._find, self._folder = find, folder or cache_folder() / "review"
        self._lock = threading.Lock()
        self._works: dict[str, _Work] = {}
        self._stopped = False
        self._turn = threading.Semaphore(1)  # one file at a time: two would make both late

    def state(self, id: str) -> dict[str, Any]:
        """The results so far; the first call begins the work."""
        work = self._work(id)
        return {
            "media": work.path is not None,
            "playable": bool(work.kind or work.proxy),
            "type": work.kind or ((PROXY_VIDEO if work.has_picture else PROXY_AUDIO) if work.proxy else ""),
            "picture": work.has_picture,
            "proxy": not work.kind and work.path is not None,
            "progress": round(work.progress, 3),
            "peaks_ms": len(work.peaks) * 10,
            "peaks_done": work.peaks_done,
            "shots": list(work.shots),
            "shots_done": work.shots_done,
            "trouble": work.trouble,
        }

    def playable(self, id: str) -> tuple[Path | None, str]:
        """The file that a browser can play, and its media type; None where there is none yet."""
        work = self._work(id)
        if work.kind:
            return work.path, work.kind
        return work.proxy, PROXY_VIDEO if work.has_picture else PROXY_AUDIO

    def peaks(self, id: str, first_ms: int, last_ms: int, points: int) -> bytes:
        """Peaks of a stretch of time, as far as they are known."""
        return pooled(bytes(self._work(id).peaks[: last_ms // 10 + 1]), first_ms, last_ms, points)

    def stop(self) -> None:
        """End the work; what is half done is thrown away."""
        self._stopped = True

    def _work(self, id: str) -> _Work:
        with self._lock:
            if id in self._works:
                return self._works[id]
            work = self._works[id] = _Work(self._find(id))
        if work.path is None:
            work.peaks_done = work.shots_done = True
            return work
        try:
            found = work.path.stat()
            mark = f"{work.path.resolve()}\n{found.st_size}\n{found.st_mtime_ns}"
            work.key = hashlib.sha256(mark.encode("utf-8", "surrogateescape")).hexdigest()[:32]
            work.kind, work.has_picture = playback_of(work.path)
        except (CaptionerError, OSError) as error:
            work.trouble = str(error)
            work.peaks_done = work.shots_done = True
            return work
        threading.Thread(target=self._make_all, args=[work], daemon=True, name="media").start()
        return work

    def _make_all(self, work: _Work) -> None:
        self._clean()
        for make in (self._make_proxy, self._make_peaks, self._make_shots):
            with self._turn:
                try:
                    make(work)
                except Interrupted:
                    return
                except (CaptionerError, OSError) as error:
                    work.trouble = str(error)
                except Exception:  # the thread's last guard: the page goes on without a waveform
                    logging.getLogger(__name__).exception("review: media")
        work.peaks_done = work.shots_done = True

    def _kept(self, work: _Work, ending: str) -> Path:
        return self._folder / f"{work.key}.{ending}"

    def _make_peaks(self, work: _Work) -> None:
        assert work.path is not None  # `_work` returned before
        kept = self._kept(work, "peaks")
        with contextlib.suppress(OSError):
            work.peaks.extend(kept.read_bytes())
            kept.touch()
        if not work.peaks:
            for block in peaks(work.path):
                work.peaks.extend(block)
                if self._stopped:
                    raise Interrupted("stopped")
            self._keep(kept, bytes(work.peaks))
        work.peaks_done = True

    def _make_shots(self, work: _Work) -> None:
        assert work.path is not None  # `_work` returned before
        kept = self._kept(work, "shots")
        try:
            work.shots = [int(each) for each in json.loads(kept.read_text())]
            kept.touch()
        except (OSError, ValueError, TypeError):
            if work.has_picture and len(work.peaks) * 10 <= _MOST_SHOTS_MS and not self._stopped:
                work.shots = list(detect_shots(work.path))
                self._keep(kept, json.dumps(work.shots).encode())
        work.shots_done = True

    def _make_proxy(self, work: _Work) -> None:
        assert work.path is not None  # `_work` returned before
        if work.kind:
            return
        kept = self._kept(work, "mp4" if work.has_picture else "webm")
        if not kept.is_file():

            def told(share: float) -> bool:
                work.progress = share
                return not self._stopped

            make_proxy(work.path, kept, told)
        kept.touch()
        work.progress, work.proxy = 1.0, kept

    def _keep(self, path: Path, data: bytes) -> None:
        with contextlib.suppress(CaptionerError):  # a full disk: it is made again the next time
            write_whole(path, data, private=True)

    def _clean(self) -> None:
        """Delete what was not used for long."""
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                if time.time() - path.stat().st_mtime > _KEPT_S:
                    path.unlink(missing_ok=True)
