"""Statistics over all tables for `status`, `ledger cost` and `retry`, counted by SQLite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from captioner.jobs.ledger.sqlite.database import Database
from captioner.jobs.ledger.sqlite.mapping import job_of
from captioner.jobs.records import Job
from captioner.jobs.states import State

__all__ = ["Billed", "Count", "Failure", "Progress", "Statistics"]

# Where a job stands: as far as its recognition, until its captions are written or it is rejected.
_STATE = "CASE WHEN j.state IN ('WRITTEN', 'REJECTED') THEN j.state ELSE coalesce(r.state, 'FOUND') END"


# Whether a job's input or captions lie in or below the folder `:below` ("" for every job).
_BELOW = (
    "(:below = '' OR substr({j}source || '/', 1, length(:below) + 1) = :below || '/'"
    " OR substr({j}target || '/', 1, length(:below) + 1) = :below || '/')"
)
_JOB, _BARE = _BELOW.format(j="j."), _BELOW.format(j="")


@dataclass(frozen=True, slots=True)
class Count:
    """Number of files in a state; `held` of them are held by a live process."""

    state: State
    files: int
    held: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Number of files that failed for one reason.

    Attributes:
        code: The other side's error code, or the name of our error class where it gave none.
        files: How many.
        example: The message of one of them.
        source: Path or address of that one.
    """

    code: str
    files: int
    example: str
    source: str


@dataclass(frozen=True, slots=True)
class Billed:
    """Cost of one recognition.

    Attributes:
        source: An input that wanted it.
        month: Year and month of its submission in UTC, such as "2026-03".
        model: Model asked.
        endpoint: Base URL of the service.
        sent_ms: Length of the audio sent, 0 when unknown: what it could have cost.
        billed_s: Seconds billed, or None when the service did not say.
    """

    source: str
    month: str
    model: str
    endpoint: str
    sent_ms: int
    billed_s: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of one input.

    Attributes:
        source: Path or address.
        target: Its captions, without an ending.
        state: As far as its recognition, until its captions are written or it is rejected.
        message: Why it was rejected, or "".
        duration_ms: Length of the media, 0 when unknown.
        billed_s: Seconds billed, or None when the service did not say.
    """

    source: str
    target: str
    state: State
    message: str
    duration_ms: int
    billed_s: int | None


class Statistics(Database):
    """Queries over all tables."""

    def counts(self, below: str = "") -> tuple[Count, ...]:
        """Number of files in each state, in the order of the states; states without files are left out.

        Args:
            below: Count the files only that lie, or whose captions lie, in or below this folder.
        """
        live_owners = self.live_owners()
        rows = self._rows(
            f"SELECT {_STATE} AS at, coalesce(r.owner, '') AS owner, count(*) AS files, sum(j.duration_ms) AS ms"
            " FROM jobs j LEFT JOIN recognitions r ON r.key = j.recognition"
            f" WHERE {_JOB} GROUP BY at, owner",
            {"below": below.rstrip("/")},
        )
        totals: dict[State, list[int]] = {}
        for row in rows:
            total = totals.setdefault(State(row["at"]), [0, 0, 0])
            total[0] += row["files"]
            total[1] += row["files"] if row["owner"] in live_owners else 0
            total[2] += row["ms"] or 0
        return tuple(Count(state, *totals[state]) for state in State if state in totals)

    def progress(self, below: str = "") -> tuple[Progress, ...]:
        """Progress of each input in and below a folder, in order of the sources."""
        rows = self._rows(
            f"SELECT j.source AS source, j.target AS target, {_STATE} AS at, j.message AS message,"
            " coalesce(j.duration_ms, 0) AS ms, r.billed_s AS billed"
            f" FROM jobs j LEFT JOIN recognitions r ON r.key = j.recognition WHERE {_JOB} ORDER BY j.source",
            {"below": below.rstrip("/")},
        )
        return tuple(
            Progress(row["source"], row["target"], State(row["at"]), row["message"] or "", row["ms"], row["billed"])
            for row in rows
        )

    def failures(self, below: str = "") -> tuple[Failure, ...]:
        """The reasons of the rejected in and below a folder, the most frequent first."""
        # `source` is that of the row with the least message (SQLite, "Bare columns in an aggregate query").
        rows = self._rows(
            "SELECT CASE code WHEN '' THEN kind ELSE code END AS reason, count(*) AS files, min(message) AS example,"
            f" source FROM jobs WHERE state = 'REJECTED' AND {_BARE} GROUP BY reason ORDER BY files DESC, reason",
            {"below": below.rstrip("/")},
        )
        return tuple(Failure(row["reason"], row["files"], row["example"], row["source"]) for row in rows)

    def rejected(self, reason: str = "", below: str = "") -> tuple[Job, ...]:
        """The rejected jobs in and below a folder, all or those with this code or kind, oldest first."""
        rows = self._rows(
            "SELECT * FROM jobs WHERE state = 'REJECTED' AND (:reason = '' OR :reason IN (code, kind))"
            f" AND {_BARE} ORDER BY id",
            {"reason": reason, "below": below.rstrip("/")},
        )
        return tuple(job_of(row) for row in rows)

    def billed(self, below: str = "") -> tuple[Billed, ...]:
        """Every recognition that was fetched for files in and below a folder, oldest submission first."""
        rows = self._rows(
            "SELECT coalesce((SELECT source FROM jobs WHERE recognition = r.key ORDER BY id LIMIT 1), '') AS source,"
            " strftime('%Y-%m', coalesce(t.intent_at, r.updated_at), 'unixepoch') AS month, r.model AS model,"
            " r.endpoint AS endpoint, coalesce(u.duration_ms, r.duration_ms) AS sent_ms, r.billed_s AS billed_s"
            " FROM recognitions r LEFT JOIN tasks t ON t.id = r.task LEFT JOIN uploads u ON u.id = r.upload"
            " WHERE r.state = 'FETCHED' AND r.origin = '' AND (:below = '' OR EXISTS"
            f" (SELECT 1 FROM jobs j WHERE j.recognition = r.key AND {_JOB}))"
            " ORDER BY coalesce(t.intent_at, r.updated_at), r.key",
            {"below": below.rstrip("/")},
        )
        return tuple(Billed(**_values(row)) for row in rows)

    def bought_since(self, since: float) -> tuple[tuple[str, str, float], ...]:
        """Model, endpoint and seconds of what was submitted since a Unix time, as billed or as long as what was sent.

        What is at the service, or may be, counts with its length.
        """
        rows = self._rows(
            "SELECT r.model AS model, r.endpoint AS endpoint,"
            " sum(coalesce(r.billed_s, coalesce(nullif(r.duration_ms, 0), u.duration_ms, 0) / 1000.0)) AS s"
            " FROM tasks t JOIN recognitions r ON r.task = t.id LEFT JOIN uploads u ON u.id = r.upload"
            " WHERE t.intent_at >= ? AND r.origin = ''"
            " AND r.state IN ('SUBMITTING', 'SUBMITTED', 'RECOGNISED', 'FETCHED') GROUP BY r.model, r.endpoint",
            (since,),
        )
        return tuple((row["model"], row["endpoint"], float(row["s"] or 0)) for row in rows)

    def billed_s(self, below: str = "") -> int:
        """Seconds billed so far for files in and below a folder, as far as known."""
        rows = self._rows(
            "SELECT coalesce(sum(r.billed_s), 0) AS s FROM recognitions r WHERE r.origin = ''"
            f" AND (:below = '' OR EXISTS (SELECT 1 FROM jobs j WHERE j.recognition = r.key AND {_JOB}))",
            {"below": below.rstrip("/")},
        )
        return int(rows[0]["s"])


def _values(row: Any) -> dict[str, Any]:
    return {key: row[key] for key in row.keys()}  # noqa: SIM118 - iterating a Row gives values
