"""What is decided in one turn of the engine is committed together, and only then done."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from captioner.errors import LedgerError
from captioner.jobs.engine import Engine, Errand, Inline
from captioner.jobs.ledger import Ledger
from captioner.jobs.records import Recognition
from captioner.jobs.states import Standing, State
from tests.jobs.doubles import FakeClock


class Book:
    """Notes commits, and refuses one."""

    def __init__(self, refuse: int = -1) -> None:
        self.log: list[str] = []
        self.refuse = refuse

    @contextmanager
    def together(self) -> Iterator[None]:
        yield
        if len(self.log) == self.refuse:
            raise LedgerError("full")
        self.log.append("commit")


def _raise(error: BaseException) -> None:
    raise error


def _engine(book: Book) -> Engine:
    clock = FakeClock()
    return Engine({"a": 8}, hands=Inline(), clock=clock, sleep=clock.sleep, together=book.together)


def _errand(book: Book, name: str) -> Callable[[], Errand]:
    def begin() -> Errand:
        book.log.append(f"decide {name}")
        return Errand(lambda: book.log.append(f"do {name}"), lambda _: None, _raise)

    return begin


def test_errands_leave_after_the_commit_they_follow_from() -> None:
    book = Book()
    engine = _engine(book)
    for name in "xy":
        engine.put("a", _errand(book, name))
    engine.run(lambda: None)
    assert book.log[:5] == ["decide x", "decide y", "commit", "do x", "do y"]


def test_errands_whose_decision_could_not_be_written_down_never_leave() -> None:
    book = Book(refuse=1)
    engine = _engine(book)
    engine.put("a", _errand(book, "x"))
    with pytest.raises(LedgerError, match="full"):
        engine.run(lambda: None)
    assert book.log == ["decide x"]
    assert engine.load("a") == (0, 0)


def test_errands_decided_on_before_an_error_leave_because_their_decision_is_written_down() -> None:
    book = Book()
    engine = _engine(book)
    engine.put("a", _errand(book, "x"))
    engine.put("a", lambda: _raise(ValueError("later")))  # type: ignore[arg-type, return-value]
    with pytest.raises(ValueError, match="later"):
        engine.run(lambda: None)
    assert book.log == ["decide x", "commit", "do x"]


def test_what_is_done_afterwards_follows_the_commit_too() -> None:
    book = Book()
    engine = _engine(book)

    def begin() -> None:
        engine.after(lambda: book.log.append("after"))
        book.log.append("decide")

    engine.put("a", begin)
    engine.run(lambda: None)
    assert book.log[:3] == ["decide", "commit", "after"]


def _stored(book: Ledger, key: str) -> Recognition:
    rec = book.claim(Recognition(key, key, "", "", "https://service.test", "fun-asr"))
    stored = Recognition(key, key, "", "", "https://service.test", "fun-asr", Standing(State.STORED), owner=rec.owner)
    book.save(stored)
    return stored


def _state(path: Path, key: str) -> str:
    """As another process sees it."""
    with sqlite3.connect(path) as other:
        row = other.execute("SELECT state FROM recognitions WHERE key = ?", (key,)).fetchone()
    other.close()
    return str(row[0]) if row else ""


def test_what_is_written_together_is_seen_by_others_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as book:
        with book.together():
            _stored(book, "a")
            _stored(book, "b")
            assert (_state(path, "a"), _state(path, "b")) == ("", "")
        assert (_state(path, "a"), _state(path, "b")) == ("STORED", "STORED")


def test_a_part_that_fails_is_undone_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as book:
        with book.together():
            good, unclaimed = _stored(book, "a"), Recognition("b", "b", "", "", "https://service.test", "fun-asr")
            with pytest.raises(LedgerError, match="took over"):
                book.intend("fun-asr", [good, unclaimed])
        assert _state(path, "a") == "STORED"
        with sqlite3.connect(path) as other:
            assert other.execute("SELECT count(*) FROM tasks").fetchone()[0] == 0
        other.close()


def _crash(book: Ledger) -> None:
    with book.together():
        _stored(book, "a")
        raise KeyError


def test_a_block_that_ends_in_a_crash_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as book:
        with pytest.raises(KeyError):
            _crash(book)
        assert _state(path, "a") == ""
        _stored(book, "b")
        assert _state(path, "b") == "STORED"


def test_money_is_on_the_disk_and_what_was_written_before_it_too(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as book:
        said: list[str] = []
        book._db.set_trace_callback(said.append)
        with book.together():
            stored = _stored(book, "a")
            book.intend("fun-asr", [stored])
            _stored(book, "b")
        words = [text.split()[0] for text in said if text.startswith(("BEGIN", "COMMIT", "PRAGMA"))]
    assert [text for text in said if text.startswith("PRAGMA")][:1] == ["PRAGMA synchronous = FULL"]
    assert words[:5] == ["BEGIN", "COMMIT", "PRAGMA", "BEGIN", "COMMIT"]
