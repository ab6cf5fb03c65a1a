"""The recognition service's own temporary store: no bucket needed, objects live for 48 hours."""

from captioner.storage.temporary.temporary_store import TemporaryStore

__all__ = ["TemporaryStore"]
