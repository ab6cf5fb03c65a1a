"""Table of jobs: one input and one place for its captions."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from captioner.errors import LedgerError
from captioner.jobs.ledger.sqlite.database import Database
from captioner.jobs.ledger.sqlite.mapping import job_of
from captioner.jobs.records import Job
from captioner.jobs.states import JobStatus, State

__all__ = ["Jobs"]


class Jobs(Database):
    """The table of jobs."""

    def register_job(
        self,
        source: str,
        link_digest: str,
        target: str,
        captions: str,
        options: str,
        *,
        retry_rejected: bool,
        stamp: tuple[int, int] = (0, 0),
        legacy_captions: str = "",
    ) -> Job:
        """The job for an input and a place, made when it is new, and taken up again when it is not done.

        Args:
            source: As in `Job`.
            link_digest: As in `Job`.
            target: As in `Job`.
            captions: Digest of the caption options; a WRITTEN job with another one is to be written anew.
            options: The same as JSON, for people.
            retry_rejected: Whether a REJECTED job gets another chance. It does anyway when its file has changed, and
                when only its output could not be written, because that costs nothing.
            stamp: Length and modification time of the file.
            legacy_captions: Digest of the same options as version 0.1.0 stored it; a job with it has not changed.
        """
        same = (captions, legacy_captions)
        known = self._job(source, link_digest, target)
        if known is not None and _registered(known, same, retry_rejected=retry_rejected, stamp=stamp) is known:
            return known
        now = self._clock()
        with self._writing() as db:
            db.execute(
                "INSERT INTO jobs (source, link_digest, target, captions, options, state, due_at, attempts, cause,"
                " submissions, message, code, kind, created_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, 'FOUND', 0, 0, '', 0, '', '', '', ?, ?)"
                " ON CONFLICT (source, link_digest, target) DO NOTHING",
                (source, link_digest, target, captions, options, now, now),
            )
            found = self._job(source, link_digest, target)
            if found is None:
                raise LedgerError(f"{self.path}: the ledger lost a row that was just written; move it away")
            job = _registered(found, same, retry_rejected=retry_rejected, stamp=stamp)
            if job is not found:
                self._update_job(db, job)
                db.execute("UPDATE jobs SET options = ? WHERE id = ?", (options, job.id))
        return job

    def find_job(self, source: str, link_digest: str, target: str) -> Job | None:
        """The job for an input and a place, if it is known."""
        return self._job(source, link_digest, target)

    def kept_options(self) -> dict[tuple[str, str, str], str]:
        """Options that are remembered, by source, digest of the link and target."""
        rows = self._rows("SELECT source, link_digest, target, kept_options FROM jobs WHERE kept_options <> ''")
        return {(row["source"], row["link_digest"], row["target"]): row["kept_options"] for row in rows}

    def targets(self) -> tuple[str, ...]:
        """Folder and stem of the outputs of every job, each once."""
        rows = self._rows("SELECT DISTINCT target FROM jobs ORDER BY target")
        return tuple(row["target"] for row in rows)

    def _job(self, source: str, link_digest: str, target: str) -> Job | None:
        rows = self._rows(
            "SELECT * FROM jobs WHERE source = ? AND link_digest = ? AND target = ?", (source, link_digest, target)
        )
        return job_of(rows[0]) if rows else None

    def content_of(self, source: str, stamp: tuple[int, int]) -> str:
        """Digest of the content of an input that was read when it had this length and time, or ""."""
        rows = self._rows(
            "SELECT content FROM jobs WHERE source = ? AND size_bytes = ? AND mtime_ns = ? AND content <> '' LIMIT 1",
            (source, *stamp),
        )
        return str(rows[0]["content"]) if rows else ""

    def save_job(self, job: Job) -> None:
        """Record what is known about a job now."""
        with self._writing(single=True) as db:
            self._update_job(db, job)

    def jobs(self) -> tuple[Job, ...]:
        """Every job, oldest first."""
        return tuple(job_of(row) for row in self._rows("SELECT * FROM jobs ORDER BY id"))

    def _update_job(self, db: sqlite3.Connection, job: Job) -> None:
        values = {
            "captions": job.captions,
            "size_bytes": job.size_bytes,
            "mtime_ns": job.mtime_ns,
            "content": job.content,
            "width": job.width,
            "height": job.height,
            "duration_ms": job.duration_ms,
            "frame_rate": job.frame_rate,
            "start_timecode": job.start_timecode,
            "recognition": job.recognition,
            "cues": job.cues,
            "findings": job.findings,
            "kept_options": job.kept_options,
        }
        self._update(db, "jobs", "id", job.id, values, job.status)


def _registered(job: Job, same: tuple[str, str], *, retry_rejected: bool, stamp: tuple[int, int]) -> Job:
    """The job as it is taken up: the same when nothing about it changes.

    Args:
        job: As it is in the ledger.
        same: Digest of the caption options, and that of version 0.1.0 for the same.
        retry_rejected: As in `register_job`, like `stamp`.
        stamp: As in `register_job`.
    """
    is_rejected = job.status.state is State.REJECTED
    has_changed = job.captions not in same
    restart = (is_rejected and (retry_rejected or _may_do_better(job, stamp))) or (
        has_changed and job.status.state.final
    )
    if not restart and job.captions == same[0]:
        return job
    return replace(job, captions=same[0], status=JobStatus() if restart else job.status)


#: Kinds of reasons that cost nothing to look at again: an output in the way, a recognition that needs the user's word.
_FREE_KINDS = ("OutputError", "PaidBefore")


def _may_do_better(job: Job, stamp: tuple[int, int]) -> bool:
    """Whether a rejected job is worth another attempt without being asked for."""
    changed = (job.size_bytes, job.mtime_ns) != stamp and job.mtime_ns != 0
    return changed or (job.status.reason is not None and job.status.reason.kind in _FREE_KINDS)
