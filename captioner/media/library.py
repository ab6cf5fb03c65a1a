"""Whether the library that media are read with, PyAV, works on this machine."""

from __future__ import annotations

from captioner.errors import ConfigError

__all__ = ["load_library"]


def load_library() -> None:
    """Load PyAV.

    Raises:
        ConfigError: It is missing, or lacks a part of the system.
    """
    try:
        import av  # noqa: F401 - only loaded
    except ImportError as error:
        raise ConfigError(f"media cannot be read ({error}); install captioner again: pip install captioner") from error
