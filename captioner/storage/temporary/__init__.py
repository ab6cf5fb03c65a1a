"""The recognition service's own temporary store: no bucket needed, objects live for 48 hours."""

from captioner.storage.temporary.temporary_store import TEMPORARY_NOTE, TemporaryStore

__all__ = ["TEMPORARY_NOTE", "TemporaryStore"]
