"""A cluster of workers as it is asked for: its address, and the names of the folders on its workers. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from captioner.errors import ConfigError

__all__ = ["QUIET_WORKERS", "Cluster", "PathMap", "check_address", "loopback_host"]

#: Settings of Dask for workers that only do media steps. An idle worker takes 0.2 % of a core with them instead of
#: 2.2 % (distributed 2026.8).
QUIET_WORKERS: Mapping[str, str | bool] = {
    "distributed.worker.profile.enabled": False,  # looks at every thread each 10 ms, for a page of the dashboard
    "distributed.worker.memory.monitor-interval": "1s",  # 0.1 s; a worker holds nothing that it could spill to disk
    "distributed.admin.tick.interval": "1s",  # 20 ms, to find out that the event loop is held up
    "distributed.admin.system-monitor.interval": "5s",  # 0.5 s, for a page of the dashboard
    "distributed.admin.system-monitor.gil.enabled": False,  # each ms, where gilknocker is installed
}

# Folders that a worker is asked for at most: an archive has thousands, and the question is whether it is mounted.
_FOLDERS_ASKED = 32


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
                raise ConfigError(
                    f"cluster path {text!r}: write two folders by their full names, such as /Volumes/nas=/mnt/nas"
                )
            pairs.append((here.rstrip("/") or "/", there.rstrip("/") or "/"))
        return cls(tuple(sorted(pairs, key=lambda pair: -len(pair[0]))))

    def there(self, path: Path) -> Path:
        """The name of a file on the workers."""
        return _replaced(path, self.pairs)

    def here(self, path: Path) -> Path:
        """The name of a file of the workers on this machine."""
        back = ((there, here) for here, there in self.pairs)
        return _replaced(path, sorted(back, key=lambda pair: -len(pair[0])))


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
        samples: Media in them, one in a folder at most: a worker that does not have them sees another folder.
    """

    address: str
    paths: PathMap = PathMap()
    folders: tuple[Path, ...] = ()
    samples: tuple[Path, ...] = ()

    def with_media(self, media: Sequence[Path], folders: Sequence[Path] = ()) -> Cluster:
        """The cluster with the folders that its workers have to see; of very many, some from all parts.

        Args:
            media: Files.
            folders: Folders, which may be empty.
        """
        tops = _tops({path.parent for path in media} | set(folders))
        asked = tops[:: -(-len(tops) // _FOLDERS_ASKED)] if tops else []
        first: dict[Path, Path] = {}
        for path in media:
            first.setdefault(path.parent, path)
        return replace(self, folders=tuple(asked), samples=tuple(first[top] for top in asked if top in first))


def _tops(folders: Collection[Path]) -> list[Path]:
    """Those of the folders that are not below another; what is below a folder comes right after it in order."""
    tops: list[Path] = []
    for folder in sorted(folders):
        if not tops or not folder.is_relative_to(tops[-1]):
            tops.append(folder)
    return tops


def check_address(address: str, *, insecure: bool, option: str = "--cluster") -> None:
    """Refuse an address that is none, or that would send names and transcripts over a network without encryption.

    Args:
        address: As given.
        insecure: An unencrypted network is wanted.
        option: Where it was given, for the message.

    Raises:
        ConfigError: See above.
    """
    if address.startswith("local:"):
        if not address.removeprefix("local:").isdecimal() or not int(address.removeprefix("local:")):
            raise ConfigError(f"{option} {address}: write local:N, with N worker processes, such as local:4")
        return
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "tls", "ucx", "ws", "wss") or not parts.hostname:
        raise ConfigError(f"{option} {address}: not the address of a scheduler; it looks like tls://scheduler:8786")
    if parts.scheme not in ("tls", "wss") and not insecure and not loopback_host(address):
        raise ConfigError(
            f"{option} {address}: file names and transcripts would cross the network unencrypted, and its "
            "users could run programs on the workers; use tls:// (docs/scaling.md), or --insecure in your own network"
        )


def loopback_host(address: str) -> str:
    """The number of this machine itself in the address of a scheduler, or "" for one that others may reach."""
    host = urlsplit(address).hostname or ""
    return {"localhost": "127.0.0.1"}.get(host, host) if host in ("127.0.0.1", "::1", "localhost") else ""
