"""Table of deliveries: messages to webhooks and commands, kept until they are taken."""

from __future__ import annotations

from collections.abc import Collection

from captioner.jobs.ledger.sqlite.database import Database
from captioner.jobs.records import Delivery

__all__ = ["Deliveries"]


class Deliveries(Database):
    """The table of deliveries."""

    def add_delivery(self, delivery: Delivery) -> None:
        """Record a message that is to be delivered by this process; the same id is one message."""
        with self._writing(single=True) as db:
            db.execute(
                "INSERT OR IGNORE INTO deliveries (id, receiver, type, body, owner, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (delivery.id, delivery.receiver, delivery.type, delivery.body, self.owner.name, self._clock()),
            )

    def claim_deliveries(self, receivers: Collection[str]) -> tuple[Delivery, ...]:
        """Take over the messages for these receivers that no live process is delivering, oldest first."""
        now = self._clock()
        with self._writing() as db:
            rows = db.execute(
                "SELECT * FROM deliveries WHERE delivered_at IS NULL ORDER BY created_at, rowid",
            ).fetchall()
            free = [
                row
                for row in rows
                if row["receiver"] in receivers
                and row["owner"] != self.owner.name
                and not self.held_by_another(db, row["owner"], now)
            ]
            db.executemany(
                "UPDATE deliveries SET owner = ? WHERE id = ?", [(self.owner.name, row["id"]) for row in free]
            )
        return tuple(Delivery(row["id"], row["receiver"], row["type"], row["body"], row["attempts"]) for row in free)

    def waiting_deliveries(self) -> dict[str, int]:
        """Number of messages that were not taken yet, by receiver."""
        rows = self._rows("SELECT receiver, count(*) FROM deliveries WHERE delivered_at IS NULL GROUP BY receiver")
        return {str(row[0]): int(row[1]) for row in rows}

    def record_attempt(self, delivery_id: str, *, taken: bool) -> None:
        """Record that a message was taken, and forget its body; or that it was not."""
        with self._writing(single=True) as db:
            if taken:
                db.execute(
                    "UPDATE deliveries SET delivered_at = ?, attempts = attempts + 1, body = '' WHERE id = ?",
                    (self._clock(), delivery_id),
                )
            else:
                db.execute("UPDATE deliveries SET attempts = attempts + 1 WHERE id = ?", (delivery_id,))
