"""Owners of recognitions, and whether their process still lives.

A process is known by host, boot, process id and its start, so that a number the system gave out again after a crash
is not taken for the old owner. Where the system does not tell (no /proc), or on another host, only the heartbeat does.
"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LEASE_S", "Owner", "alive", "this_process"]

# A heartbeat older than this frees the work of an owner that cannot be asked: five missed beats of a minute's
# outage of the disk both share.
LEASE_S = 120.0

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_FIELD_STARTED = 19  # field 22 of /proc/<pid>/stat, counted after the name (proc(5))


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that may hold work.

    Attributes:
        host: Name of the machine.
        boot: What tells one start of the machine from the next, or "".
        pid: Process id.
        started: What tells one process of this id from the next, or "".
        serial: Which run within the process.
    """

    host: str
    boot: str
    pid: int
    started: str
    serial: int = 0

    @property
    def name(self) -> str:
        """One word for the ledger."""
        return f"{self.host}:{self.boot}:{self.pid}:{self.started}:{self.serial}"

    @classmethod
    def parse(cls, name: str) -> Owner:
        """The owner a ledger's word stands for; host names hold no colon.

        Raises:
            ValueError: It is not such a word.
        """
        host, boot, pid, started, serial = name.split(":")
        return cls(host, boot, int(pid), started, int(serial))


def this_process(serial: int = 0) -> Owner:
    """The process that asks."""
    return Owner(socket.gethostname().replace(":", "_"), _boot(), os.getpid(), _started(os.getpid()), serial)


def alive(owner: Owner, beat_age_s: float) -> bool:
    """Whether an owner can still be at work.

    Args:
        owner: The holder.
        beat_age_s: Seconds since its last heartbeat.
    """
    here = this_process(owner.serial)
    if owner.host != here.host or not _knows_processes():
        return beat_age_s < LEASE_S
    if owner.boot != here.boot:
        return False
    return _exists(owner.pid) and _started(owner.pid) == owner.started


def _knows_processes() -> bool:
    # On Windows os.kill with 0 would end the process it asks about.
    return sys.platform != "win32"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _boot() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def _started(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[_FIELD_STARTED]
    except (OSError, IndexError):
        return ""
