"""Captions that go into a bucket: written below a folder here first, then put in their place.

The folder is `.captioner/s3/<bucket>/<prefix>` in the working folder. It is what the ledger knows as the place of the
captions, so resuming and the protection of edited files work as for any other folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from captioner.errors import ConfigError
from captioner.storage import parse_address

__all__ = ["is_remote", "put_problem", "remote_of", "shown_path", "staging_folder"]

_STAGING = (".captioner", "s3")
_MAX_KEY_BYTES = 1024
"""Amazon S3 User Guide, "Naming Amazon S3 objects"."""


def staging_folder(address: str, base: Path) -> Path:
    """The folder that stands for `-o s3://bucket/prefix`.

    Args:
        address: As typed.
        base: The working folder.

    Raises:
        ConfigError: It is no address of a bucket, or has parts that no folder can have.
    """
    bucket, prefix = parse_address(address)
    parts = [part for part in prefix.split("/") if part]
    if any(part in (".", "..") or "\0" in part for part in parts):
        raise ConfigError(f"{address}: . and .. are no parts of a prefix; name the folder itself")
    return base.joinpath(*_STAGING, bucket, *parts)


def remote_of(path: Path) -> tuple[str, str] | None:
    """Bucket and key that a path stands for, or None for a path that is only here."""
    parts = path.parts
    for index in range(len(parts) - 3):
        if parts[index : index + 2] == _STAGING:
            return parts[index + 2], "/".join(parts[index + 3 :])
    return None


def is_remote(path: Path) -> bool:
    """Whether a path, or a folder, stands for a place in a bucket."""
    return remote_of(path / "x") is not None


def shown_path(path: Path) -> str:
    """A path as it is shown: the `s3://` address where it stands for one."""
    remote = remote_of(path)
    return f"s3://{remote[0]}/{remote[1]}" if remote else str(path)


def put_problem(path: Path, listed: Mapping[str, str], *, is_known: bool) -> str:
    """The reason for which captions may not be put where a path stands for, or "".

    Args:
        path: The file here.
        listed: ETag of every object below the place of the outputs, by address, when the run began.
        is_known: The ledger knows a file of ours there.
    """
    address = shown_path(path)
    if (length := len(address.partition("://")[2].partition("/")[2].encode())) > _MAX_KEY_BYTES:
        return f"{address}: a key of {length} bytes, and stores take {_MAX_KEY_BYTES}; shorten the name of the media"
    etag = listed.get(address)
    if etag is None:
        return ""
    if not is_known:
        return f"{address} exists and was not written by captioner; choose another -o, or allow --overwrite"
    if not path.is_file():
        return f"{address} exists, and our copy of it is gone, so an edit would not be seen; allow --overwrite"
    if len(etag) == 32 and hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() != etag:
        return f"{address} was edited since; move it away, choose another -o, or allow --overwrite"
    return ""
