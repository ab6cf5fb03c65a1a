"""A ledger with inputs in some states, as a batch that is under way has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from captioner.jobs.ledger import Ledger
from captioner.jobs.states import JobStatus, Reason, State


def put_jobs(folder: Path, states: Mapping[Path, str]) -> Path:
    """Register media that are waiting or rejected; the path of the ledger."""
    path = folder / ".captioner" / "ledger.sqlite"
    path.parent.mkdir()
    with Ledger(path) as ledger:
        for media, state in states.items():
            job = ledger.register_job(str(media), "", str(media.with_suffix("")), "digest", "{}", retry_rejected=False)
            if state == "rejected":
                status = JobStatus(State.REJECTED, reason=Reason("no speech in it", "", "AsrRejected"))
                ledger.save_job(replace(job, status=status))
    return path
