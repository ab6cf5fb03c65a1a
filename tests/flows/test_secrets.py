"""Whole runs with everything switched on, faults and crashes included: nothing they leave behind holds a secret."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import boto3
import pytest
from botocore.config import Config

from captioner.emulator import Emulator, Faults, TaskTiming
from tests.flows.conftest import FIXTURES, KEY, Journey
from tests.waiting import wait_until

STEREO = FIXTURES / "stereo-two-tracks.wav"
SILENCE = FIXTURES / "silence.m4a"
INTERVIEW = FIXTURES / "interview-en.mp4"

#: A signing parameter with a value that is not the mask, in any of the ways in which a URL is written down.
UNMASKED = re.compile(
    rb"(X-Amz-(?:Signature|Credential|Security-Token)|x-oss-(?:signature|credential)|[?&;]Signature|OSSAccessKeyId"
    rb"|[?&;]Expires|security-token)(=|%3D|%253D|\\u003d|&#61;)(?!\*\*\*\*)",
    re.IGNORECASE,
)


def forms(secret: str) -> Iterator[bytes]:
    """A secret as it could be written down: plain, percent-encoded once and twice, as JSON, hex, UTF-16, Base64."""
    raw = secret.encode()
    once = quote(secret, safe="")
    plain = (raw, once.encode(), quote(once, safe="").encode(), json.dumps(secret)[1:-1].encode(), raw.hex().encode())
    yield from dict.fromkeys(plain)
    yield raw.decode().encode("utf-16-le")
    for before in range(3):  # where it begins among three bytes decides how Base64 spells it
        spelled = base64.b64encode(bytes(before) + raw)
        clean = spelled[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        yield clean
        yield clean.replace(b"+", b"-").replace(b"/", b"_")


@dataclass
class Search:
    """Looks for secrets in everything below a folder and in what was said."""

    secrets: list[str]
    said: list[str] = field(default_factory=list)

    def found(self, folder: Path) -> list[str]:
        """Where, and which kind."""
        texts = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}
        texts |= {f"output {number}": text.encode(errors="surrogateescape") for number, text in enumerate(self.said)}
        hits = [
            f"{name}: {secret[:12]}"
            for secret in self.secrets
            for form in forms(secret)
            for name, text in texts.items()
            if form in text
        ]
        return hits + [f"{name}: {match[0]!r}" for name, text in texts.items() for match in UNMASKED.finditer(text)]


def signatures(url: str) -> list[str]:
    """The values that make a link work."""
    signing = ("X-Amz-Signature", "X-Amz-Credential", "Signature", "OSSAccessKeyId")
    return [value for name, value in parse_qsl(urlsplit(url).query) if name in signing]


def sent_links(emulator: Emulator) -> list[str]:
    """The signed links that were sent to the service."""
    bodies = [exchange.body for exchange in emulator.requests if exchange.path.endswith("/transcription")]
    return [url for body in bodies if isinstance(body, dict) for url in body["input"]["file_urls"]]


def command_lines(process: subprocess.Popen[str]) -> str:
    """What everybody on the machine can see of a process, its threads and its children."""
    seen = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text()
            mine = folder.name == str(process.pid) or f"PPid:\t{process.pid}\n" in status
            names = [task.read_text() for task in folder.glob("task/*/comm")] if mine else []
            seen += [(folder / "cmdline").read_text(), *names] if mine else []
        except OSError:
            continue  # it has ended
    return "\n".join(seen)


@pytest.fixture
def search(journey: Journey) -> Search:
    """Knows the keys of the journey, and sees what is left in temporary folders, too."""
    (journey.folder / "tmp").mkdir()
    journey.environment["TMPDIR"] = str(journey.folder / "tmp")
    return Search([KEY, journey.s3.secret, journey.s3.access_key])


@pytest.fixture
def rushes(journey: Journey) -> Path:
    folder = journey.folder / "rushes"
    folder.mkdir()
    shutil.copy(STEREO, folder / "one.wav")
    shutil.copy(STEREO, folder / "two.wav")
    shutil.copy(SILENCE, folder / "quiet.m4a")
    (folder / "broken.mp4").write_bytes(b"no media")
    return folder


def presigned(journey: Journey) -> str:
    """A link as a user gives it."""
    shutil.copy(INTERVIEW, journey.s3.root / "media" / "talk.mp4")
    client = boto3.client(
        "s3",
        endpoint_url=journey.s3.url,
        aws_access_key_id=journey.s3.access_key,
        aws_secret_access_key=journey.s3.secret,
        region_name="us-east-1",
        config=Config(signature_version="s3v4"),
    )
    url: str = client.generate_presigned_url("get_object", Params={"Bucket": "media", "Key": "talk.mp4"})
    client.close()
    return url


@pytest.mark.short
@pytest.mark.parametrize("form", list(forms("sk-a/b+c=d e")))
def test_the_search_finds_what_is_there(tmp_path: Path, form: bytes) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"\x00\xff...." + form + b"....")
    assert Search(["sk-a/b+c=d e"]).found(tmp_path)
    assert Search([], ["see https://b/k?a=1&X-Amz-Signature=beef"]).found(tmp_path)
    assert not Search(["another"], ["https://b/k?X-Amz-Signature=****"]).found(tmp_path)


def test_a_full_run_with_failures_leaves_no_secret_behind(journey: Journey, search: Search, rushes: Path) -> None:
    link = presigned(journey)
    faults = Faults.parse("throttle=2,lost_query=1,expired_links=1,unknown_fields")
    with Emulator(transcripts=FIXTURES / "transcripts", key=KEY, faults=faults) as emulator:
        place = journey.place(emulator)
        batch = [
            "-v",
            "batch",
            rushes,
            link,
            "-o",
            "out",
            "--format",
            "srt,vtt,ass,json,md,csv,docx",
            "--report",
            "r.html",
        ]
        for command in (
            ["-v", "plan", rushes, *place],
            [*batch, "--log-json", "--json", *place],
            [*batch, *place],
            ["-v", "retry", "out", *place],
            ["-v", "run", rushes / "one.wav", "-o", "again", "--storage", "temporary", "--endpoint", emulator.url],
            ["-v", "status", "out", "--json"],
            ["-v", "ledger", "cost", "out", "--json", "--files"],
            ["-v", "clean", "out", *place],
            ["-v", "config", "show"],
            ["-v", "config", "show", "--json"],
            ["-v", "doctor", *place],
            ["-v", "doctor", "--policy", *place],
        ):
            done = journey.captioner(*command)
            assert done.returncode in (0, 1), (command, done.stderr)
            search.said += [done.stdout, done.stderr]
        search.secrets += [value for url in (*sent_links(emulator), link) for value in signatures(url)]
    assert len(search.secrets) > 10
    assert (journey.folder / "out" / "talk.srt").exists()
    assert journey.ledger.stat().st_size > 10_000
    assert search.found(journey.folder) == []
    (journey.s3.root / "media" / "talk.mp4").unlink()


def test_a_killed_run_leaves_no_secret_in_its_log_pages_and_shows_none_while_it_works(
    journey: Journey, search: Search, rushes: Path
) -> None:
    with Emulator(transcripts=FIXTURES / "transcripts", key=KEY, timing=TaskTiming(pending_s=30)) as emulator:
        process = journey.start("-v", "batch", rushes, "-o", "out", *journey.place(emulator))
        wait_until(lambda: any("/tasks/" in exchange.path for exchange in emulator.requests))
        for _ in range(5):
            search.said.append(command_lines(process))
            time.sleep(0.1)
        process.kill()
        search.said += process.communicate()
        search.secrets += [value for url in sent_links(emulator) for value in signatures(url)]
        assert "captioner" in search.said[0]
        assert journey.ledger.with_name("ledger.sqlite3-wal").exists()
        assert search.found(journey.folder) == []
        own = journey.ledger.parent
        for path in (own, *own.glob("ledger*")):
            assert not path.stat().st_mode & 0o077, path


#: Python runs this when it starts: fetching a result meets a fault of our own that repeats its link and a key.
_FAULT = """
import os
import captioner.recognition.funasr.client as client
def broken(http, link, **_):
    raise RuntimeError(f"cannot read {link.url} with {os.environ['DASHSCOPE_API_KEY']}")
client.fetch_result = broken
"""


def test_a_traceback_holds_no_secret(journey: Journey, search: Search) -> None:
    (journey.folder / "hooks").mkdir()
    (journey.folder / "hooks" / "sitecustomize.py").write_text(_FAULT)
    journey.environment["PYTHONPATH"] = str(journey.folder / "hooks")
    with Emulator(transcripts=FIXTURES / "transcripts", key=KEY) as emulator:
        for command in ("run", "batch"):
            done = journey.captioner("-v", command, STEREO, "-o", command, *journey.place(emulator))
            assert done.returncode == 1, done.stderr
            assert "Traceback" in done.stderr
            assert "RuntimeError: cannot read http" in done.stderr
            search.said += [done.stdout, done.stderr]
        search.secrets += [value for url in sent_links(emulator) for value in signatures(url)]
    assert search.found(journey.folder) == []


@pytest.mark.parametrize(
    "name", [pytest.param("DASHSCOPE_API_KEY", marks=pytest.mark.short), "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"]
)
def test_a_refused_secret_is_not_repeated(journey: Journey, search: Search, emulator: Emulator, name: str) -> None:
    journey.environment[name] = "sk-refused-0123456789"
    search.secrets.append("sk-refused-0123456789")
    for command in ("run", "batch", "doctor"):
        what = [] if command == "doctor" else [STEREO, "-o", "out"]
        done = journey.captioner("-v", command, *what, *journey.place(emulator))
        assert done.returncode == 3, done.stderr
        search.said += [done.stdout, done.stderr]
    assert search.found(journey.folder) == []
