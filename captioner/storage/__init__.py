"""Where media waits for the service: the user's bucket, the service's own store, or the web.

Every store does the same seven things (`Store`); which one is used is a matter of configuration (`open_store`).
boto3 and httpx are imported when a store is made, not before.
"""

from __future__ import annotations

from captioner.errors import ConfigError
from captioner.settings import Settings
from captioner.storage.base import Store, UploadProgress
from captioner.storage.link import make_link
from captioner.storage.s3 import S3Store
from captioner.storage.temporary import TemporaryStore

__all__ = ["S3Store", "Store", "TemporaryStore", "UploadProgress", "make_link", "open_store"]


def open_store(settings: Settings, model: str) -> Store:
    """The store the settings choose; nothing is sent yet.

    Args:
        settings: `storage` decides, else a configured bucket.
        model: The model that will read the file; the temporary store is bound to it.

    Raises:
        ConfigError: An unknown store, or what the chosen one needs is missing.
        CredentialsRefused: The storage credentials could not be renewed.
    """
    if settings.chosen_storage == "s3":
        return S3Store.from_settings(settings)
    if settings.chosen_storage == "temporary":
        return TemporaryStore.from_settings(settings, model)
    raise ConfigError(f"storage {settings.storage!r}: not known; use s3 or temporary")
