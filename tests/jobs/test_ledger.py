"""The ledger file: private, versioned, shared, and clear when it cannot be used."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from captioner.errors import LedgerError
from captioner.jobs.lease import LEASE_S, Owner, alive, this_process
from captioner.jobs.ledger import Ledger
from captioner.jobs.ledger.sqlite.migrations import VERSION
from captioner.jobs.records import Recognition, Upload, recognition_key
from captioner.jobs.states import JobStatus, Ok, State, advance
from captioner.model import StoredObject
from tests.jobs.doubles import FakeClock, dead_owner
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.integration

WANTED = Recognition(recognition_key("c", "o", "a", "e"), "c", "o", "a", "e", "fun-asr")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".captioner" / "ledger.sqlite3"


def _stored(ledger: Ledger, wanted: Recognition = WANTED) -> Recognition:
    rec = ledger.claim(wanted)
    rec = replace(rec, status=advance(rec.status, Ok(), 0.0))
    ledger.save(rec)
    return rec


def _upload(ledger: Ledger, key: str = "k", **changes: object) -> Upload:
    upload = Upload(0, "place", StoredObject("s3", "b", key, 5), "c", "a", 1000, 40, stored_at=1.0)
    return ledger.store(replace(upload, **changes))


def test_a_ledger_is_for_its_owner_only_and_comes_back(path: Path) -> None:
    with Ledger(path) as ledger:
        _stored(ledger)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert all(file.stat().st_mode & 0o077 == 0 for file in path.parent.iterdir())
    with Ledger(path) as ledger:
        found = ledger.recognition(WANTED.key)
        assert found is not None
        assert found.status.state is State.STORED


@pytest.mark.parametrize(
    "content", [b"not a database, but some text of a certain length", b"SQLite format 3\x00" + b"\xff" * 4000]
)
def test_a_damaged_ledger_stops_with_its_path(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3") as caught:
        Ledger(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_torn_ledger_stops(path: Path) -> None:
    with Ledger(path) as ledger:
        for number in range(200):
            _stored(ledger, replace(WANTED, key=f"{number:064}"))
    data = bytearray(path.read_bytes())
    data[4096 : 4096 * 12] = b"\x5a" * (4096 * 11)
    path.write_bytes(bytes(data))
    with pytest.raises(LedgerError, match=r"damaged|cannot be used"):
        Ledger(path)


def test_somebody_elses_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()
    with pytest.raises(LedgerError, match="not a ledger of captioner"):
        Ledger(path)


def test_a_newer_ledger_stops(path: Path) -> None:
    Ledger(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()
    with pytest.raises(LedgerError, match="newer captioner"):
        Ledger(path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LedgerError, match="-o"):
        Ledger(tmp_path / "file" / "ledger.sqlite3")


def test_an_intent_needs_a_stored_file_of_ours(path: Path) -> None:
    with Ledger(path) as one, Ledger(path) as two:
        rec = _stored(one)
        intended = replace(rec, status=advance(rec.status, Ok(), 0.0))
        with pytest.raises(LedgerError, match="another process"):
            two.record_intent("fun-asr", [intended])
        one.record_intent("fun-asr", [intended])
        with pytest.raises(LedgerError, match="SUBMITTING"):
            one.record_intent("fun-asr", [intended])


def _buy_once(path: Path, number: int, start: Any, bought: Any) -> None:
    """Buy in a process of its own, unless something was bought already."""
    with Ledger(path) as ledger:
        wanted = replace(WANTED, key=recognition_key(f"{number}", "", "", ""), content=f"{number}")
        rec = _stored(ledger, wanted)
        start.wait()
        with ledger.transaction():
            ledger.begin_purchase()
            if not ledger.bought_since(0):
                ledger.record_intent("fun-asr", [replace(rec, status=advance(rec.status, Ok(), 0.0))])
                bought.release()


def test_two_processes_that_see_the_last_of_a_budget_do_not_both_spend_it(path: Path) -> None:
    Ledger(path).close()
    processes = get_context("spawn")
    start, bought = processes.Barrier(2), processes.Semaphore(0)
    both = [processes.Process(target=_buy_once, args=(path, number, start, bought)) for number in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(PATIENCE_S)
        assert each.exitcode == 0
    assert bought.acquire(block=False)
    assert not bought.acquire(block=False)


def test_what_is_read_in_a_purchase_holds_until_it_is_recorded(path: Path) -> None:
    with Ledger(path) as one, Ledger(path) as two:
        first, second = _stored(one), _stored(two, replace(WANTED, key="other", content="other"))
        two._db.execute("PRAGMA busy_timeout = 0")  # tells at once instead of waiting
        with one.transaction():
            one.begin_purchase()
            assert one.bought_since(0) == ()
            with pytest.raises(LedgerError):
                two.begin_purchase()
            one.record_intent("fun-asr", [replace(first, status=advance(first.status, Ok(), 0.0))])
        two.begin_purchase()
        assert two.bought_since(0)
        two.record_intent("fun-asr", [replace(second, status=advance(second.status, Ok(), 0.0))])


def test_what_a_living_process_holds_is_not_taken(path: Path) -> None:
    with Ledger(path) as one, Ledger(path) as two:
        one.claim(WANTED)
        assert two.claim(WANTED).owner == one.owner.name
        one.release()
        assert two.claim(WANTED).owner == two.owner.name


def test_what_a_dead_process_held_is_taken_over(path: Path) -> None:
    dead = Ledger(path, owner=dead_owner())
    dead.claim(WANTED)
    with Ledger(path) as heir:
        assert heir.claim(WANTED).owner == heir.owner.name
        with pytest.raises(LedgerError, match="another process"):
            dead.save(replace(WANTED, status=JobStatus(State.STORED)))


def test_the_files_of_one_lost_submission_are_taken_over_together(path: Path) -> None:
    dead = Ledger(path, owner=dead_owner())
    both = [_stored(dead, replace(WANTED, key=key * 64)) for key in "ab"]
    dead.record_intent("fun-asr", [replace(rec, status=advance(rec.status, Ok(), 0.0)) for rec in both])
    with Ledger(path) as heir:
        heir.claim(both[0])
        assert {rec.owner for rec in heir.recognitions()} == {heir.owner.name}
    dead.close()


@pytest.mark.parametrize(
    ("changes", "age_s", "lives"),
    [
        ({}, 1e9, True),
        ({"pid": 4_194_999}, 0, False),
        ({"boot": "another start of the machine"}, 0, False),
        ({"started": "1"}, 0, False),
        ({"host": "elsewhere"}, LEASE_S - 1, True),
        ({"host": "elsewhere"}, LEASE_S + 1, False),
    ],
)
def test_an_owner_lives_as_long_as_its_process(changes: dict[str, object], age_s: float, lives: bool) -> None:
    owner = replace(this_process(), **changes)
    assert alive(owner, age_s) is lives
    assert Owner.parse(owner.name) == owner


def test_an_object_is_needed_while_an_unfinished_recognition_uses_it(path: Path) -> None:
    with Ledger(path) as ledger:
        upload = _upload(ledger)
        rec = replace(_stored(ledger), upload=upload.id)
        ledger.save(rec)
        assert ledger.take_deletable("place") == ()
        ledger.save(replace(rec, status=JobStatus(State.FETCHED)))
        assert ledger.take_deletable("elsewhere") == ()
        assert [found.id for found in ledger.take_deletable("place")] == [upload.id]
        assert ledger.find_upload("place", "c", "a", "fun-asr") is None
        ledger.forget_uploads([upload.id])
        assert ledger.take_deletable("place") == ()


def test_an_object_stored_again_is_not_deleted_by_an_older_wish(path: Path) -> None:
    with Ledger(path) as ledger:
        upload = _upload(ledger)
        ledger.take_deletable("place")
        assert _upload(ledger).id == upload.id
        assert ledger.still_deletable([upload.id]) == frozenset()


def test_an_object_somebody_is_storing_right_now_is_not_deleted(path: Path) -> None:
    with Ledger(path) as one, Ledger(path) as two:
        _upload(one)
        two.claim(WANTED)
        assert one.take_deletable("place") == ()
        two.release()
        assert len(one.take_deletable("place")) == 1


def test_a_kept_object_stays_and_is_found_again(path: Path) -> None:
    with Ledger(path) as ledger:
        upload = _upload(ledger, kept=True)
        assert ledger.take_deletable("place") == ()
        assert ledger.find_upload("place", "c", "a", "fun-asr") == upload
        assert ledger.find_upload("place", "c", "other", "fun-asr") is None


def test_an_object_bound_to_a_model_or_past_its_time_is_not_used_again(path: Path) -> None:
    clock = FakeClock()
    with Ledger(path, clock=clock) as ledger:
        stored = StoredObject("temporary", "", "oss://x/1", 5, "fun-asr", clock.now + 100)
        _upload(ledger, stored=stored)
        assert ledger.find_upload("place", "c", "a", "fun-asr-mtl") is None
        assert ledger.find_upload("place", "c", "a", "fun-asr") is not None
        clock.now += 101
        assert ledger.find_upload("place", "c", "a", "fun-asr") is None


def test_outputs_of_ours_are_known_by_the_last_two_digests(path: Path, tmp_path: Path) -> None:
    with Ledger(path) as ledger:
        job = ledger.register_job("/a.mp4", "", "/a", "x", "{}", retry_rejected=True)
        for digest in ("one", "two", "two", "three"):
            ledger.plan_outputs(job, {tmp_path / "a.srt": digest})
        assert ledger.output_digests(tmp_path / "a.srt") == ("three", "two")


def test_a_job_asked_for_other_captions_is_to_be_written_anew(path: Path) -> None:
    with Ledger(path) as ledger:
        job = ledger.register_job("/a.mp4", "", "/a", "srt", "{}", retry_rejected=True)
        ledger.save_job(replace(job, status=JobStatus(State.WRITTEN)))
        assert ledger.register_job("/a.mp4", "", "/a", "srt", "{}", retry_rejected=True).status.state is State.WRITTEN
        assert ledger.register_job("/a.mp4", "", "/a", "vtt", "{}", retry_rejected=True).status.state is State.FOUND
        assert len(ledger.jobs()) == 1


def test_a_job_whose_options_only_got_another_digest_is_not_written_anew(path: Path) -> None:
    with Ledger(path) as ledger:
        job = ledger.register_job("/a.mp4", "", "/a", "digest of 0.1.0", "{}", retry_rejected=True)
        ledger.save_job(replace(job, status=JobStatus(State.WRITTEN)))
        register = partial(ledger.register_job, "/a.mp4", "", "/a", retry_rejected=True)
        taken_up = register("new", "{}", legacy_captions="digest of 0.1.0")
        assert taken_up.status.state is State.WRITTEN
        assert [each.captions for each in ledger.jobs()] == ["new"]
        other = register("other", "{}", legacy_captions="other of 0.1.0")
        assert other.status.state is State.FOUND


def test_a_ledger_of_any_name_has_a_folder_of_its_own(tmp_path: Path) -> None:
    with Ledger(tmp_path / "my.db") as ledger:
        assert ledger.folder == tmp_path / "my.db.d"
        assert ledger.folder.stat().st_mode & 0o777 == 0o700


def test_many_may_make_one_ledger_at_the_same_moment(path: Path) -> None:
    for number in range(10):
        fresh = path.parent.parent / str(number) / ".captioner" / path.name
        with ThreadPoolExecutor(4) as pool:
            for future in [pool.submit(lambda fresh=fresh: Ledger(fresh).close()) for _ in range(4)]:
                future.result(PATIENCE_S)
