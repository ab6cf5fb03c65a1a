"""Jobs: one input and one place for its captions."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from captioner.errors import LedgerError
from captioner.jobs.ledger.database import Database
from captioner.jobs.ledger.mapping import job_of
from captioner.jobs.records import Job
from captioner.jobs.states import Standing, State

__all__ = ["Jobs"]


class Jobs(Database):
    """The table of jobs."""

    def enrol(
        self,
        source: str,
        link_digest: str,
        target: str,
        captions: str,
        options: str,
        *,
        again: bool,
        stamp: tuple[int, int] = (0, 0),
        legacy_captions: str = "",
    ) -> Job:
        """The job for an input and a place, made when it is new, and taken up again when it is not done.

        Args:
            source: As in `Job`.
            link_digest: As in `Job`.
            target: As in `Job`.
            captions: Digest of what the captions shall be; a WRITTEN job with another one is to be written anew.
            options: The same as JSON, for people.
            again: Whether a REJECTED job gets another chance. It does anyway when its file is another one by now, and
                when only its output could not be written, because that costs nothing.
            stamp: Length and time of change of the file.
            legacy_captions: Digest of the same options as version 0.1.0 stored it; a job with it has not changed.
        """
        known = self._job(source, link_digest, target)
        if known is not None and self._enrolled(known, captions, legacy_captions, again=again, stamp=stamp) is known:
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
            job = self._enrolled(found, captions, legacy_captions, again=again, stamp=stamp)
            if job is not found:
                self._update_job(db, job)
                db.execute("UPDATE jobs SET options = ? WHERE id = ?", (options, job.id))
        return job

    def _job(self, source: str, link_digest: str, target: str) -> Job | None:
        rows = self._rows(
            "SELECT * FROM jobs WHERE source = ? AND link_digest = ? AND target = ?", (source, link_digest, target)
        )
        return job_of(rows[0]) if rows else None

    def _enrolled(self, job: Job, captions: str, legacy: str, *, again: bool, stamp: tuple[int, int]) -> Job:
        """The job as it is taken up: the same when nothing about it changes."""
        is_rejected = job.standing.state is State.REJECTED
        has_changed = job.captions not in (captions, legacy)
        restart = (is_rejected and (again or _may_do_better(job, stamp))) or (has_changed and job.standing.state.final)
        if not restart and job.captions == captions:
            return job
        return replace(job, captions=captions, standing=Standing() if restart else job.standing)

    def save_job(self, job: Job) -> None:
        """Write down what is known about a job now."""
        with self._writing() as db:
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
        }
        self._update(db, "jobs", "id", job.id, values, job.standing)


def _may_do_better(job: Job, stamp: tuple[int, int]) -> bool:
    """Whether a rejected job is worth another look without being asked for."""
    changed = (job.size_bytes, job.mtime_ns) != stamp and job.mtime_ns != 0
    return changed or (job.standing.reason is not None and job.standing.reason.kind == "OutputError")
