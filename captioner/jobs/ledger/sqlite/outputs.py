"""Table of outputs: which files are ours, so that no other file is ever replaced."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from captioner.jobs.ledger.sqlite.database import Database
from captioner.jobs.ledger.sqlite.mapping import text
from captioner.jobs.records import Job

__all__ = ["Outputs"]


class Outputs(Database):
    """The table of outputs."""

    def plan_outputs(self, job: Job, digests: Mapping[Path, str]) -> None:
        """Record, before they are written, the digests that the outputs of a job are going to have."""
        with self._writing(single=True) as db:
            db.executemany(
                "INSERT INTO outputs (path, job, sha256) VALUES (?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
                " previous = CASE outputs.sha256 WHEN excluded.sha256 THEN outputs.previous ELSE outputs.sha256 END,"
                " sha256 = excluded.sha256, job = excluded.job",
                [(text(path), job.id, digest) for path, digest in digests.items()],
            )

    def output_digests(self, path: Path) -> tuple[str, ...]:
        """Digests a file of ours may have: as written last, and as before that in case writing was cut short."""
        rows = self._rows("SELECT sha256, previous FROM outputs WHERE path = ?", (text(path),))
        return tuple(digest for row in rows for digest in (row["sha256"], row["previous"]) if digest)

    def digest_sources(self, digest: str) -> tuple[tuple[str, str], ...]:
        """Source and content of every job one of whose outputs had this digest, wherever it lay."""
        rows = self._rows(
            "SELECT jobs.source, jobs.content FROM outputs JOIN jobs ON jobs.id = outputs.job"
            " WHERE outputs.sha256 = :digest OR (outputs.previous = :digest AND outputs.previous <> '')",
            {"digest": digest},
        )
        return tuple((row["source"], row["content"]) for row in rows)

    def output_source(self, path: Path, job: Job) -> str:
        """The other input whose captions an output holds, or "" when they are this job's or of the same content."""
        rows = self._rows(
            "SELECT jobs.source FROM outputs JOIN jobs ON jobs.id = outputs.job"
            " WHERE outputs.path = ? AND jobs.id <> ? AND jobs.content <> ?",
            (text(path), job.id, job.content),
        )
        return str(rows[0]["source"]) if rows else ""
