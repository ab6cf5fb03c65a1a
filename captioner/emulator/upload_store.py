"""The service's own temporary store: a policy from the API, a form to another host, an `oss://` URL.

Source: Model Studio, "Get a temporary file URL", 2026; errors in the words of Alibaba Cloud OSS ("PostObject", 2025).
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from captioner.emulator.messages import ErrorReply, FileFailure, Json, Request, Response, new_id, xml_error
from captioner.emulator.multipart import BadForm, FileTooLarge, boundary_of, read_form
from captioner.emulator.signing import ACCESS_KEY_ID, Signer
from captioner.emulator.state_folder import KeptUpload, StateFolder
from captioner.emulator.task_timing import ServiceLimits, TaskTiming

__all__ = ["UploadStore"]


@dataclass(frozen=True, slots=True)
class _Upload:
    path: Path
    model: str
    expires_at: float


class UploadStore:
    """Policies, and the files stored under them.

    Args:
        folder: Folder of the files.
        signer: Signs the policies.
        timing: Lifetimes and the clock.
        limits: The largest file.
        state: Keeps the files over a restart, or None.
    """

    def __init__(
        self,
        folder: Path,
        signer: Signer,
        timing: TaskTiming,
        limits: ServiceLimits,
        state: StateFolder | None = None,
    ) -> None:
        self._folder = state.uploads_folder if state else folder
        self._state = state
        self._signer = signer
        self._timing = timing
        self._limits = limits
        self._models: dict[str, str] = {}
        self._uploads: dict[str, _Upload] = {}
        self._lock = threading.Lock()

    def policy(self, model: str, upload_host: str) -> Json:
        """A new policy for one model: `data` of the answer to getPolicy."""
        now = self._timing.clock()
        expires = datetime.fromtimestamp(now + self._timing.policy_lifetime_s, UTC)
        upload_dir = f"dashscope-instant/{new_id().replace('-', '')}/{expires:%Y-%m-%d}/{new_id()}"
        rules = {
            "expiration": expires.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "conditions": [
                ["content-length-range", 0, self._limits.upload_mb << 20],
                ["starts-with", "$key", upload_dir],
                {"x-oss-object-acl": "private"},
                {"x-oss-forbid-overwrite": "true"},
            ],
        }
        policy = base64.b64encode(json.dumps(rules).encode()).decode()
        with self._lock:
            self._models[upload_dir] = model
        return {
            "policy": policy,
            "signature": self._signer.signature(policy),
            "upload_dir": upload_dir,
            "upload_host": upload_host,
            "expire_in_seconds": int(self._timing.policy_lifetime_s),
            "max_file_size_mb": self._limits.upload_mb,
            "capacity_limit_mb": 999999999,
            "oss_access_key_id": ACCESS_KEY_ID,
            "x_oss_object_acl": "private",
            "x_oss_forbid_overwrite": "true",
        }

    def receive(self, incoming: Request) -> Response:
        """Store the file of a form, or refuse it in XML. The body is always read to its end.

        Raises:
            ErrorReply: The form is refused; with the object store's code.
        """
        try:
            return self._receive(incoming)
        except BadForm as error:
            raise xml_error(400, "MalformedPOSTRequest", f"The body is no well-formed form: {error}.") from error
        except FileTooLarge as error:
            raise xml_error(400, "EntityTooLarge", "The file is larger than the policy allows.") from error
        finally:
            while incoming.stream.read(1 << 20):
                pass

    def find(self, url: str, model: str) -> Path:
        """The file behind an `oss://` URL, for the model of its policy.

        Raises:
            FileFailure: Never stored, expired, for another model, or with a name the service cannot read back.
        """
        key = url.removeprefix("oss://")
        upload = self._uploads.get(key) or self._kept(key)
        if upload is None or upload.model != model or self._timing.clock() >= upload.expires_at:
            raise FileFailure("InvalidFile.DownloadFailed", "The audio file cannot be downloaded.")
        return upload.path

    def forget(self, url: str) -> None:
        """Remove the file behind an `oss://` URL, which has been recognised, where files outlive the emulator."""
        upload = self._uploads.get(key := url.removeprefix("oss://")) or self._kept(key)
        if self._state is not None and upload is not None:
            self._state.forget_upload(upload.path)

    def _kept(self, key: str) -> _Upload | None:
        kept = self._state.upload(key) if self._state else None
        return _Upload(kept.path, kept.model, kept.expires_at) if kept else None

    def _receive(self, incoming: Request) -> Response:
        if "authorization" in incoming.headers:
            raise xml_error(403, "AccessDenied", "A form upload is signed by its policy and takes no Authorization.")
        if incoming.length is None:
            raise xml_error(411, "MissingContentLength", "The length of the body must be given.")
        target = self._folder / new_id()
        keys: list[str] = []
        with self._target_file(target) as stream:

            def open_file(fields: Mapping[str, str]) -> BinaryIO:
                keys.append(self._check_form(fields))
                return stream

            boundary = boundary_of(incoming.headers.get("content-type", ""))
            form = read_form(incoming.stream, boundary, open_file, at_most_bytes=self._limits.upload_mb << 20)
            if not keys:
                raise xml_error(400, "InvalidArgument", "The form has no file.")
            if form.fields_after_file:
                raise xml_error(403, "AccessDenied", "Invalid according to Policy: a field follows the file.")
            self._keep(keys[0], target)
        return Response(200 if form.fields.get("success_action_status") == "200" else 204)

    @contextmanager
    def _target_file(self, target: Path) -> Iterator[BinaryIO]:
        """A new file that is deleted when the form is refused."""
        try:
            with target.open("wb") as stream:
                yield stream
        except (BadForm, FileTooLarge, ErrorReply):
            target.unlink(missing_ok=True)
            raise

    def _check_form(self, fields: Mapping[str, str]) -> str:
        """The object's key, if signature, policy and fields agree; checked before the file is received."""
        policy = fields.get("policy", "")
        genuine = self._signer.is_genuine(policy, fields.get("Signature", ""))
        if not genuine or fields.get("OSSAccessKeyId") != ACCESS_KEY_ID:
            raise xml_error(403, "SignatureDoesNotMatch", "The signature does not fit the policy.")
        rules = json.loads(base64.b64decode(policy))
        if self._timing.clock() >= datetime.fromisoformat(rules["expiration"]).timestamp():
            raise xml_error(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
        for name, wanted in (("x-oss-object-acl", "private"), ("x-oss-forbid-overwrite", "true")):
            if fields.get(name) != wanted:
                raise xml_error(403, "AccessDenied", f"Invalid according to Policy: {name} must be {wanted}.")
        key = fields.get("key", "")
        if not key.startswith(f"{rules['conditions'][1][2]}/"):
            raise xml_error(403, "AccessDenied", "Invalid according to Policy: the key is outside upload_dir.")
        if key in self._uploads:
            raise xml_error(403, "FileAlreadyExists", "The object exists and must not be overwritten.")
        return key

    def _keep(self, key: str, path: Path) -> None:
        with self._lock:
            model = self._models[key.rpartition("/")[0]]
            upload = _Upload(path, model, self._timing.clock() + self._timing.upload_lifetime_s)
            self._uploads[key] = upload
        if self._state is not None:
            self._state.keep_upload(KeptUpload(key, path, model, upload.expires_at))
