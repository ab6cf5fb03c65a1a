"""The service's permission to upload one file into its own store. Pure.

Source of the fields: Model Studio, "Obtain a temporary file URL" (get-temporary-file-url), 2025-10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from captioner.errors import StorageRejected

__all__ = ["UploadPolicy"]

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class UploadPolicy:
    """Answer of getPolicy.

    Attributes:
        host: Address the form is sent to.
        folder: First part of the object's key, new for every policy.
        max_bytes: Largest file it allows, or None when not given.
        access_key_id: Access key id of the signer.
        acl: The only access right it allows.
        forbid_overwrite: "true" or "false", as a form field.
        policy: The signed conditions, encoded.
        signature: Signature of the conditions.
    """

    host: str
    folder: str
    max_bytes: int | None
    access_key_id: str
    acl: str
    forbid_overwrite: str
    policy: str = field(repr=False)
    signature: str = field(repr=False)

    @classmethod
    def from_reply(cls, reply: Any) -> UploadPolicy:
        """Read the answer's `data`; unknown fields are ignored, numbers may come as strings.

        Raises:
            StorageRejected: A field is missing.
        """
        data = reply.get("data") if isinstance(reply, Mapping) else None
        try:
            if not isinstance(data, Mapping):
                raise KeyError("data")
            return cls(
                host=str(data["upload_host"]).rstrip("/"),
                folder=str(data["upload_dir"]).strip("/"),
                max_bytes=_bytes(data.get("max_file_size_mb")),
                access_key_id=str(data["oss_access_key_id"]),
                acl=str(data["x_oss_object_acl"]),
                forbid_overwrite=str(data["x_oss_forbid_overwrite"]).lower(),
                policy=str(data["policy"]),
                signature=str(data["signature"]),
            )
        except KeyError as error:
            raise StorageRejected(
                f"temporary store: the upload policy came without {error.args[0]}; try again, or use a bucket"
            ) from error

    def check(self, size_bytes: int, name: str) -> None:
        """Refuse a file that the store would refuse, before a byte is sent.

        Raises:
            StorageRejected: The file is larger than the policy allows.
        """
        if self.max_bytes is not None and size_bytes > self.max_bytes:
            raise StorageRejected(
                f"{size_bytes / _MEGABYTE:.0f} MB, the temporary store takes {self.max_bytes / _MEGABYTE:.0f}; "
                "send less (--audio opus) or use a bucket (--bucket)",
                file=name,
            )

    def form(self, key: str) -> dict[str, str]:
        """The form fields that come before the file."""
        return {
            "OSSAccessKeyId": self.access_key_id,
            "Signature": self.signature,
            "policy": self.policy,
            "key": key,
            "x-oss-object-acl": self.acl,
            "x-oss-forbid-overwrite": self.forbid_overwrite,
            "success_action_status": "200",
        }


def _bytes(megabytes: Any) -> int | None:
    try:
        return int(float(megabytes) * _MEGABYTE)
    except (TypeError, ValueError):
        return None
