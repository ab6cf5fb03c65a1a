"""A cluster of workers as it is asked for: its address, and the names of the folders on its workers. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from captioner.errors import ConfigError

__all__ = ["QUIET_WORKERS", "Cluster", "PathMap", "check_address"]

#: Settings of Dask for workers that only do media steps. An idle worker takes 0.2 % of a core with them instead of
#: 2.2 % (distributed 2026.8).
QUIET_WORKERS: Mapping[str, str | bool] = {
    "distributed.worker.profile.enabled": False,  # looks at every thread each 10 ms, for a page of the dashboard
    "distributed.worker.memory.monitor-interval": "1s",  # 0.1 s; a worker holds nothing that it could spill to disk
    "distributed.admin.tick.interval": "1s",  # 20 ms, to find out that the event loop is held up
    "distributed.admin.system-monitor.interval": "5s",  # 0.5 s, for a page of the dashboard
    "distributed.admin.system-monitor.gil.enabled": False,  # each ms, where gilknocker is installed
}


@dataclass(frozen=True, slots=True)
class PathMap:
    """Names of folders on the workers: pairs of a folder on this machine and the same folder on theirs."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, given: Sequence[str]) -> PathMap:
        """Read pairs such as "/Volumes/nas=/mnt/nas".

        Raises:
            ConfigError: One of them is no pair of folders.
        """
        pairs = []
        for text in given:
            here, equals, there = text.partition("=")
            if not equals or not here.startswith("/") or not there.startswith("/"):
                raise ConfigError(f"cluster path {text!r}: write two folders, such as /Volumes/nas=/mnt/nas")
            pairs.append((here.rstrip("/") or "/", there.rstrip("/") or "/"))
        return cls(tuple(sorted(pairs, key=lambda pair: -len(pair[0]))))

    def there(self, path: Path) -> Path:
        """The name of a file on the workers."""
        return _replaced(path, self.pairs)

    def here(self, path: Path) -> Path:
        """The name of a file of the workers on this machine."""
        return _replaced(path, tuple((there, here) for here, there in self.pairs))


def _replaced(path: Path, pairs: Sequence[tuple[str, str]]) -> Path:
    for old, new in pairs:
        if path.is_relative_to(old):
            return Path(new) / path.relative_to(old)
    return path


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster as it is asked for.

    Attributes:
        address: Address of a Dask scheduler, or "local:N" for N worker processes on this machine.
        paths: Names of the folders on the workers.
        folders: Folders of the media, by their names here.
    """

    address: str
    paths: PathMap = PathMap()
    folders: tuple[Path, ...] = ()


def check_address(address: str, *, insecure: bool) -> None:
    """Refuse an address that is none, or that would send names and transcripts over a network without encryption.

    Raises:
        ConfigError: See above.
    """
    if address.startswith("local:"):
        if not address.removeprefix("local:").isdecimal() or not int(address.removeprefix("local:")):
            raise ConfigError(f"--cluster {address}: write local:N, with N worker processes, such as local:4")
        return
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "tls", "ucx", "ws", "wss") or not parts.hostname:
        raise ConfigError(f"--cluster {address}: not the address of a scheduler; it looks like tls://scheduler:8786")
    if parts.scheme not in ("tls", "wss") and not insecure and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ConfigError(
            f"--cluster {address}: file names and transcripts would cross the network unencrypted, and its "
            "users could run programs on the workers; use tls:// (docs/scaling.md), or --insecure in your own network"
        )
