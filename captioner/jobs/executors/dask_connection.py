"""Checks before a scheduler of Dask is joined: certificates, whether it answers, its version."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any

from captioner.errors import ConfigError, RetryableError

__all__ = ["SchedulerFacts", "check_certificates", "find_scheduler", "no_answer"]

# How long a scheduler may take to answer: it may be started at the same time.
_ANSWERS_S = 30


def check_certificates(address: str, role: str) -> None:
    """Make sure that the certificates of an encrypted address are set and can be read.

    Args:
        address: Of a scheduler.
        role: "worker" or "client", as Dask's settings call the two.

    Raises:
        ConfigError: One is missing or is none. `distributed` is loaded only for an encrypted address.
    """
    if not address.startswith(("tls:", "wss:")):
        return
    import dask.config
    from distributed.security import Security

    names = {"ca-file": "CA_FILE", f"{role}.cert": f"{role.upper()}__CERT"}
    missing = [
        f"DASK_DISTRIBUTED__COMM__TLS__{variable}"
        for name, variable in names.items()
        if not dask.config.get(f"distributed.comm.tls.{name}", None)
    ]
    if missing:
        raise ConfigError(f"{address}: certificates are not set; set {' and '.join(missing)} (docs/scaling.md)")
    try:
        Security().get_connection_args(role)
    except (OSError, ssl.SSLError, ValueError) as error:
        why = getattr(error, "strerror", "") or error
        raise ConfigError(
            f"{address}: certificates or key cannot be read ({why}); correct DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
            f"...__{role.upper()}__CERT and ...__{role.upper()}__KEY (docs/scaling.md)"
        ) from error


@dataclass(frozen=True, slots=True)
class SchedulerFacts:
    """Facts about a scheduler.

    Attributes:
        version: Of Dask.
        workers: Names of its workers.
    """

    version: str
    workers: frozenset[str]


def find_scheduler(address: str) -> SchedulerFacts:
    """Ask a scheduler for its version and its workers.

    Raises:
        RetryableError: No scheduler answers there.
    """
    try:
        return asyncio.run(_ask(address))
    except (OSError, ValueError, RuntimeError, TypeError, ImportError) as error:
        raise RetryableError(no_answer(address)) from error


async def _ask(address: str) -> SchedulerFacts:
    from distributed.core import rpc
    from distributed.security import Security

    async with rpc(address, timeout=_ANSWERS_S, connection_args=Security().get_connection_args("worker")) as scheduler:
        versions: dict[str, Any] = await asyncio.wait_for(scheduler.versions(), _ANSWERS_S)
        found: dict[str, Any] = await asyncio.wait_for(scheduler.identity(), _ANSWERS_S)
    names = frozenset(str(worker.get("name", "")) for worker in found.get("workers", {}).values())
    return SchedulerFacts(str(versions.get("packages", {}).get("distributed", "")), names)


def no_answer(address: str) -> str:
    """The line about a scheduler that does not answer."""
    is_encrypted = address.startswith("tls")
    other = "it does not take this side's certificates" if is_encrypted else "it answers at tls:// alone"
    start = "dask scheduler --protocol tls" if is_encrypted else "dask scheduler"
    return f"{address}: no scheduler answers there, or {other} (docs/scaling.md); start one with: {start}"
