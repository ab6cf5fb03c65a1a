"""Whether this machine has credentials for a store."""

from __future__ import annotations

__all__ = ["has_credentials"]


def has_credentials() -> bool:
    """Whether boto3 finds credentials: in the environment, a profile, or the machine's own role."""
    import boto3

    return boto3.session.Session().get_credentials() is not None
