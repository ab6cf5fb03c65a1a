"""The service's getPolicy and the store behind it, as strict as the real ones about what they are sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

__all__ = ["PolicyService"]

FIELDS = [
    "OSSAccessKeyId", "Signature", "policy", "key", "x-oss-object-acl", "x-oss-forbid-overwrite",
    "success_action_status", "file",
]  # fmt: skip


class PolicyService:
    """A loopback server with both routes.

    Attributes:
        api_key: The one key it accepts.
        policy_answers: Answers to give instead of a policy, in order: (status, body, headers).
        upload_answers: Answers to give instead of taking the file, in order: (status, body).
        changes: Laid over the `data` of every policy; None removes a field.
        policies: Models that policies were asked for.
        objects: What was uploaded, by key.
        forms: Names of the fields of every upload, as sent.
    """

    def __init__(self) -> None:
        self.api_key = "sk-test"
        self.policy_answers: list[tuple[int, bytes, dict[str, str]]] = []
        self.upload_answers: list[tuple[int, bytes]] = []
        self.changes: dict[str, Any] = {}
        self.policies: list[str] = []
        self.objects: dict[str, bytes] = {}
        self.forms: list[list[str]] = []
        self.url = ""

    @contextmanager
    def running(self) -> Iterator[PolicyService]:
        service = self

        class Handler(_Handler):
            owner = service

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def policy(self) -> dict[str, Any]:
        data = {
            "policy": "cG9saWN5",
            "signature": f"signature-{len(self.policies)}",
            "upload_dir": f"dashscope-instant/{len(self.policies)}",
            "upload_host": f"{self.url}/store",
            "expire_in_seconds": "300",
            "max_file_size_mb": "100",
            "capacity_limit_mb": "999999999",
            "oss_access_key_id": "LTAI-test",
            "x_oss_object_acl": "private",
            "x_oss_forbid_overwrite": "true",
            "something_new": {},
        }
        return {name: value for name, value in {**data, **self.changes}.items() if value is not None}


class _Handler(BaseHTTPRequestHandler):
    owner: PolicyService
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        if parts.path != "/api/v1/uploads" or query.get("action") != ["getPolicy"]:
            return self._answer(404, b'{"code": "NotFound"}')
        if self.headers.get("Authorization") != f"Bearer {self.owner.api_key}":
            return self._answer(401, b'{"code": "InvalidApiKey", "message": "Invalid API-key provided."}')
        self.owner.policies.append(query["model"][0])
        if self.owner.policy_answers:
            return self._answer(*self.owner.policy_answers.pop(0))
        return self._answer(200, json.dumps({"request_id": "r", "data": self.owner.policy()}).encode())

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:  # the sender went away
            self.close_connection = True
            return None
        if self.owner.upload_answers:
            return self._answer(*self.owner.upload_answers.pop(0))
        if self.headers.get("Authorization"):
            return self._answer(400, b"<Error><Code>InvalidArgument</Code></Error>")
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = BytesParser().parsebytes(head + body).get_payload()
        names = [part.get_param("name", header="content-disposition") for part in parts]
        values = {name: part.get_payload(decode=True) for name, part in zip(names, parts, strict=True)}
        self.owner.forms.append(names)
        key = values.get("key", b"").decode()
        if names != FIELDS or values["x-oss-object-acl"] != b"private" or key in self.owner.objects:
            return self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        self.owner.objects[key] = values["file"]
        return self._answer(200, b"")

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass
