"""The files of a folder: what is known about each, live, and read again only where something changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from captioner.review.edit_session import Session
from captioner.review.folder import Watched
from captioner.review.library import Library, file_id
from tests.review.places import put_captions, running

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "news"
    put_captions(place / "monday")
    put_captions(place, "zh", "interview-zh")
    (place / "zh.captioner.json").write_text(
        json.dumps({"cues": 22, "cost": {"billed_s": 56, "list_price_usd": 0.002}})
    )
    (place / "notes.json").write_text("{}")
    (place / "zh.asr.json").write_text("{}")
    return place


def counted(watched: Watched) -> dict[str, dict[str, Any]]:
    """The rows when everything is counted."""
    watched.rows()
    while watched._counting is not None and watched._counting.is_alive():
        watched._counting.join(10)
    return {row["title"]: row for row in watched.rows()}


def test_a_row_says_how_far_a_file_is(folder: Path) -> None:
    rows = counted(Watched(Library(folder, "kai")))
    assert list(rows) == ["monday/talk", "zh"]
    assert rows["zh"]["usd"] == 0.002
    assert rows["zh"]["state"] == "captioned"
    assert rows["zh"]["captions"] > 10
    assert rows["zh"]["doubtful"] > 0
    assert rows["monday/talk"]["id"] == file_id("monday/talk")


def test_what_was_edited_and_proofed_is_seen(folder: Path) -> None:
    watched = Watched(Library(folder, "kai"))
    assert counted(watched)["zh"]["state"] == "captioned"
    session = Session("x", folder / "zh.json", None, "mei")
    session.patch([{"op": "merge", "caption": 1}], session.revision)
    assert counted(watched)["zh"]["state"] == "edited"
    session.patch([{"op": "proofed", "proofed": True}], session.revision)
    session.close()
    row = counted(watched)["zh"]
    assert row["state"] == "proofed"
    assert row["proofed"].startswith("mei ")


def test_what_was_accepted_heard_or_corrected_is_counted_no_more(folder: Path) -> None:
    watched = Watched(Library(folder, "kai"))
    before = counted(watched)["zh"]
    session = Session("x", folder / "zh.json", None, "mei")
    found = session.findings()
    shown = {int(id): own for id, own in found["findings"].items() if int(id)}
    id, own = next((id, own) for id, own in shown.items() if own[0]["severity"] == "warning")
    heard, changed = (each["caption"] for each in found["doubtful"][:2])
    for rule in {each["rule"] for each in own}:
        session.patch([{"op": "accept", "caption": id, "rule": rule, "reason": "as said"}], session.revision)
    session.patch([{"op": "accept", "caption": heard, "rule": "doubt"}], session.revision)
    session.close()
    after = counted(watched)["zh"]
    assert after["warnings"] == before["warnings"] - sum(each["severity"] == "warning" for each in own)
    assert after["doubtful"] == before["doubtful"] - 1
    session = Session("x", folder / "zh.json", None, "mei")
    cue = session.document.rows[session.document.place(changed)].cue
    times = {"start_ms": cue.start_ms, "end_ms": cue.end_ms - 40}
    session.patch([{"op": "times", "caption": changed, **times}], session.revision)
    session.close()
    assert counted(watched)["zh"]["doubtful"] == before["doubtful"] - 2


def test_nothing_is_read_again_that_did_not_change(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(Library(folder, "kai"))
    counted(watched)
    opened: list[Path] = []
    real = Path.open

    def noted(self: Path, *arguments: Any, **more: Any) -> Any:
        opened.append(self)
        return real(self, *arguments, **more)

    monkeypatch.setattr(Path, "open", noted)
    counted(watched)
    assert opened == []


def test_a_broken_archive_is_a_row_with_its_trouble(folder: Path) -> None:
    archive = folder / "zh.json"
    archive.write_text(archive.read_text()[:5000])
    rows = counted(Watched(Library(folder, "kai")))
    assert rows["zh"]["trouble"].startswith("zh.json: is not JSON")
    assert rows["zh"]["state"] == "broken"
    assert rows["monday/talk"]["trouble"] == ""


def test_inputs_of_a_batch_are_listed_before_they_have_captions(folder: Path) -> None:
    from tests.review.ledgers import put_jobs

    media = folder / "tuesday.mp4"
    ledger = put_jobs(folder, {media: "waiting", folder / "wednesday.mp4": "rejected"})
    rows = counted(Watched(Library(folder, "kai"), ledger))
    assert rows["tuesday.mp4"]["state"] == "found"
    assert rows["tuesday.mp4"]["id"] == ""
    assert rows["wednesday.mp4"]["state"] == "rejected"
    assert "no speech" in rows["wednesday.mp4"]["trouble"]


def test_the_page_follows_the_folder(folder: Path, tmp_path: Path) -> None:
    with (
        running(folder, tmp_path / "cache") as served,
        served.client() as client,
        client.stream("GET", "/api/v1/events") as answer,
    ):
        lines = (line for line in answer.iter_lines() if line.startswith("data: "))
        told = (json.loads(line.removeprefix("data: ")) for line in lines)
        assert {row["title"] for row in next(told)["changed"]} == {"monday/talk", "zh"}
        put_captions(folder, "new")
        while "new" not in {row["title"] for row in next(told)["changed"]}:
            pass
        (folder / "new.json").unlink()
        while file_id("new") not in next(told)["gone"]:
            pass


def test_more_files_are_open_than_are_kept_when_each_has_its_window(tmp_path: Path) -> None:
    for number in range(9):
        put_captions(tmp_path, f"talk{number}")
    now = [0.0]
    library = Library(tmp_path, "kai", clock=lambda: now[0])
    ids = [each.id for each in library.files()]
    for id in ids[:7]:
        session = library.session(id)
        assert session is not None
        session.enter(f"window {id}", lambda event: None)
    seventh = library.session(ids[7])
    assert seventh is not None
    assert library.session(ids[7]) is seventh  # a request may be at work on it
    now[0] = 60.0
    assert library.session(ids[8]) is not None
    assert {session.id for session in library.opened()} == {*ids[:7], ids[8]}
    library.close()
