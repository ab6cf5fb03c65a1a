"""Runs the server until it is stopped."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from captioner.errors import ConfigError
from captioner.review.server.app import Served

__all__ = ["ReviewServer", "Tls", "config_of", "listen_at", "serve"]


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificate and key for https.

    Attributes:
        certificate: PEM file with the certificate and those above it.
        key: PEM file with the key.
    """

    certificate: Path
    key: Path


def listen_at(host: str, port: int) -> socket.socket:
    """Open the socket of the server.

    Args:
        host: Address of this machine.
        port: Port, 0 for any that is free.

    Raises:
        ConfigError: Another program has the port, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{host}:{port}: cannot listen there ({reason}); choose another --port") from error
    return listening


def serve(served: Served, listening: socket.socket, on_ready: Callable[[], None], tls: Tls | None = None) -> None:
    """Answer until SIGINT or SIGTERM; what was edited is saved then.

    Args:
        served: The application.
        listening: Its socket.
        on_ready: Called when it answers.
        tls: For https.

    Raises:
        ConfigError: The certificate or the key cannot be used.
    """
    config = config_of(served, tls)
    try:
        config.load()
    except (OSError, ValueError) as error:
        raise ConfigError(f"the certificate or its key cannot be used ({error}); give PEM files") from error
    ReviewServer(config, on_ready, served).run(sockets=[listening])


def config_of(served: Served, tls: Tls | None = None) -> uvicorn.Config:
    """The settings of the server."""
    return uvicorn.Config(
        served.app,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=30,
        ws="none",
        ssl_certfile=str(tls.certificate) if tls else None,
        ssl_keyfile=str(tls.key) if tls else None,
    )


class ReviewServer(uvicorn.Server):
    """A server that says when it answers, and ends its streams when it ends."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], served: Served) -> None:
        super().__init__(config)
        self._on_ready, self._served = on_ready, served

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        await asyncio.get_running_loop().run_in_executor(None, self._on_ready)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._served.app.state.api.stopping.set()
        await super().shutdown(sockets)
