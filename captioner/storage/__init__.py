"""Stores for the media that the service reads: the user's bucket, the service's own store, or a link to the web.

All stores share one protocol (`Store`); the settings choose between them (`open_store`).
boto3 and httpx are imported when a store is made, not before.
"""

from __future__ import annotations

from captioner.errors import ConfigError
from captioner.settings import Settings
from captioner.storage.base import ObjectStore, Store, UploadProgress
from captioner.storage.link import make_link
from captioner.storage.s3 import S3Objects, S3Store, parse_address
from captioner.storage.temporary import TemporaryStore

__all__ = [
    "ObjectStore",
    "S3Objects",
    "S3Store",
    "Store",
    "TemporaryStore",
    "UploadProgress",
    "make_link",
    "open_store",
    "parse_address",
]


def open_store(settings: Settings, model: str) -> Store:
    """Open the store that the settings choose; nothing is sent yet.

    Args:
        settings: `storage` decides, otherwise whether a bucket is configured.
        model: The model that will read the file; the temporary store is bound to it.

    Raises:
        ConfigError: An unknown store, or a setting that the chosen one needs is missing.
        CredentialsRefused: The storage credentials could not be renewed.
    """
    if settings.chosen_storage == "s3":
        return S3Store.from_settings(settings)
    if settings.chosen_storage == "temporary":
        return TemporaryStore.from_settings(settings, model)
    raise ConfigError(f"storage {settings.storage!r}: not known; use s3 or temporary")
