#!/usr/bin/env python3
"""Fuzzes the readers of untrusted input, guided by coverage; run by hand: `pip install atheris`, then

    python bench/fuzz.py TARGET -max_total_time=120 [FOLDER]

TARGET is `reply` (the service's answers and transcripts), `probe` (media files; FOLDER with small ones helps), or the
extension of caption files, such as `srt`; the other arguments are libFuzzer's. A finding is any result but a valid
value or a one-line error, and any input that takes more than five seconds (-timeout=5; a minute for media) or two
gigabytes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

Target = Callable[[bytes], None]


def main() -> None:
    import atheris

    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["captioner", "pysubs2"]):
        target = _TARGETS.get(name, lambda: _captions(f"a.{name}"))()
    timeout_s = 60 if name == "probe" else 5
    atheris.Setup([sys.argv[0], f"-timeout={timeout_s}", "-rss_limit_mb=2048", *sys.argv[1:]], target)
    atheris.Fuzz()


def _captions(name: str) -> Target:
    import_module("pysubs2")  # else it would be imported later and not be instrumented

    from captioner.errors import ReplyError
    from captioner.formats import read

    def one_input(data: bytes) -> None:
        try:
            captions = read(data, name)
        except ReplyError as error:
            _one_line(error.message)
            return
        if len(captions.cues) != len(captions.written):
            raise ValueError("cues and texts differ in number")

    return one_input


def _reply() -> Target:
    """The decoder of transcripts, and the readers of task states and task lists."""
    from captioner.errors import ReplyError
    from captioner.recognition.funasr.bounded_read import BodyError, parse_json_bounded
    from captioner.recognition.funasr.redaction import redact_signatures
    from captioner.recognition.funasr.result import to_transcript
    from captioner.recognition.funasr.task_status import task_entries, task_report

    def one_input(data: bytes) -> None:
        clean = redact_signatures(data)
        if redact_signatures(clean) != clean:
            raise ValueError("a second redaction changed the text")
        try:
            _kept(to_transcript(clean))
        except ReplyError as error:
            _one_line(error.message)
        try:
            body = parse_json_bounded(data)
        except (BodyError, ValueError):
            return
        for read in (task_report, task_entries) if isinstance(body, dict) else ():
            try:
                read(body)
            except ReplyError as error:
                _one_line(error.message)

    return one_input


def _probe() -> Target:
    """Describe and prepare a file; in memory, so that the disk does not limit the speed."""
    from captioner.errors import MediaError
    from captioner.media import AudioPolicy, describe, prepare

    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="captioner-fuzz-", dir=memory if memory.is_dir() else None))
    path = folder / "clip.mp4"

    def one_input(data: bytes) -> None:
        path.write_bytes(data)
        try:
            media = describe(path)
            if not media.audio or not 0 <= media.duration_ms <= 12 * 3600 * 1000:
                raise ValueError(f"impossible media: {media}")
            prepare(media, AudioPolicy(), folder).path.unlink()
        except MediaError as error:
            _one_line(error.message)

    return one_input


def _kept(transcript: object) -> None:
    """Guarantees of `to_transcript`: sentences in order of time, words inside them, in order, spelling the text."""
    latest_ms = 0
    for sentence in transcript.sentences:  # type: ignore[attr-defined]
        edges = [ms for word in sentence.words for ms in (word.start_ms, word.end_ms)]
        spelled = "".join(word.text + word.punctuation for word in sentence.words)
        inside = not edges or (sentence.start_ms <= edges[0] and edges[-1] <= sentence.end_ms)
        if not (latest_ms <= sentence.start_ms <= sentence.end_ms and edges == sorted(edges) and inside):
            raise ValueError(f"impossible times: {sentence}")
        if not sentence.text or (sentence.words and spelled != sentence.text):
            raise ValueError(f"words do not spell the text: {sentence}")
        latest_ms = sentence.start_ms


def _one_line(message: str) -> None:
    if "\n" in message or len(message) > 1000:
        raise ValueError(f"the message is not one short line: {message[:200]!r}")


_TARGETS: dict[str, Callable[[], Target]] = {"reply": _reply, "probe": _probe}


if __name__ == "__main__":
    main()
