"""An open file: what was edited is on disk, whatever happens, and nothing of another program is lost."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from captioner.archive import dumps
from captioner.errors import ConfigError, OutputError
from captioner.review.edit_session import Conflict, NotHolder, Session
from captioner.review.journal import journal_path
from captioner.review.locate_captions import locate
from captioner.review.writing import EditedElsewhere
from tests.review.places import opened, put_captions, read


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return put_captions(tmp_path)


def set_text(session: Session, index: int, *lines: str, revision: str = "", **more: object) -> dict[str, Any]:
    row = session.document.rows[index]
    operation = {"op": "text", "caption": row.id, "lines": list(lines), **more}
    return session.patch([operation], revision or session.revision)


def killed(session: Session) -> None:
    """End a session as a process that is killed does: nothing is saved, and the system closes its files."""
    for timer in session._timers.values():
        timer.cancel()
    session.journal.close()


def shown(session: Session, index: int) -> list[str]:
    return [line.text for line in session.document.rows[index].cue.lines]


def test_a_change_is_a_correction_in_the_archive_at_once(archive: Path) -> None:
    session = opened(archive)
    set_text(session, 3, "Dr. Chan, is this really the end", "of captions typed by hand?")
    kept = read(archive)
    (correction,) = kept.corrections
    assert (correction.text, correction.by, correction.source, correction.revision) == ("Chan,", "kai", "review", 1)
    assert kept.revisions[-1].corrections == 1
    assert kept.transcript == session.document.archive.transcript
    session.close()
    again = opened(archive)
    assert shown(again, 3)[0].startswith("Dr. Chan,")
    again.close()


def test_every_correction_of_a_sitting_is_in_one_revision_and_another_person_begins_the_next(archive: Path) -> None:
    session = opened(archive)
    set_text(session, 3, "Dr. Chan, is this really the end", "of captions typed by hand?")
    set_text(session, 4, "Yes. Nearly.")
    session.patch([{"op": "rename", "speaker": "0", "name": "Anna"}], session.revision, by="mei")
    set_text(session, 1, "I'm Hanna Reyes,")
    assert [(each.number, each.by) for each in read(archive).revisions] == [(1, "kai"), (2, "mei"), (3, "kai")]
    session.close()


def test_undoing_everything_leaves_the_archive_as_it_was(archive: Path) -> None:
    before = archive.read_bytes()
    session = opened(archive)
    set_text(session, 3, "Something else")
    session.undo()
    session.close()
    assert json.loads(archive.read_bytes()) == json.loads(before)


def test_what_is_being_typed_survives_a_process_that_is_killed(archive: Path) -> None:
    session = opened(archive)
    set_text(session, 3, "Dr. Chan, is this really the end", "of captions typed by hand?")
    session.draft(session.document.rows[5].id, ["Last year our station p"])
    killed(session)
    again = opened(archive)
    assert again.drafts == {again.document.rows[5].id: ["Last year our station p"]}
    assert shown(again, 3)[0].startswith("Dr. Chan,")
    assert again.revision == session.revision
    again.close()
    assert journal_path(archive).is_file()


def test_changes_that_the_archive_does_not_have_yet_are_made_again(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captioner.review.edit_session._AT_ONCE_WORDS", 0)  # as a file of twelve hours
    before = archive.read_bytes()
    session = opened(archive)
    row = session.document.rows[3]
    session.patch([{"op": "split", "caption": row.id, "line": 1, "character": 0}], session.revision)
    set_text(session, 4, "of subtitles typed by hand?")
    session.undo()
    set_text(session, 4, "of captions typed by feet?")
    assert archive.read_bytes() == before
    killed(session)
    again = opened(archive)
    assert [[line.text for line in row.cue.lines] for row in again.document.rows] == [
        [line.text for line in row.cue.lines] for row in session.document.rows
    ]
    assert [row.id for row in again.document.rows] == [row.id for row in session.document.rows]
    assert again.revision == session.revision
    again.close()
    assert "typed by feet" in archive.read_text()


def test_a_journal_that_breaks_off_is_read_up_to_there(archive: Path) -> None:
    session = opened(archive)
    session.draft(session.document.rows[0].id, ["Good"])
    killed(session)
    path = journal_path(archive)
    path.write_bytes(path.read_bytes() + b'{"draft": 2, "lin')
    again = opened(archive)
    assert list(again.drafts.values()) == [["Good"]]
    again.close()


def test_two_windows_change_different_captions(archive: Path) -> None:
    session = opened(archive)
    read_by_both = session.revision
    set_text(session, 0, "Good morning,", "and welcome to The Evening Report.", revision=read_by_both)
    set_text(session, 4, "Yes. Nearly.", revision=read_by_both)
    assert (shown(session, 0)[0], shown(session, 4)) == ("Good morning,", ["Yes. Nearly."])
    session.close()


def test_two_windows_change_the_same_caption(archive: Path) -> None:
    session = opened(archive)
    read_by_both = session.revision
    set_text(session, 4, "Yes. Nearly.", revision=read_by_both)
    with pytest.raises(Conflict) as caught:
        set_text(session, 4, "No. Never.", revision=read_by_both)
    assert [line.text for line in caught.value.rows[0].cue.lines] == ["Yes. Nearly."]
    set_text(session, 4, "No. Never.", revision=read_by_both, was=["Yes. Nearly."])  # it was seen
    assert shown(session, 4) == ["No. Never."]
    session.close()


def test_a_revision_of_another_server_counts_as_not_read(archive: Path) -> None:
    session = opened(archive)
    set_text(session, 4, "Yes. Nearly.")
    with pytest.raises(Conflict):
        set_text(session, 4, "No.", revision="00000000.5")
    session.close()


def test_the_second_window_looks_on_until_it_takes_over(archive: Path) -> None:
    session = opened(archive)
    told: list[dict[str, Any]] = []
    session.enter("one", told.append)
    session.enter("two", told.append)
    row = session.document.rows[0]
    with pytest.raises(NotHolder):
        session.patch([{"op": "text", "caption": row.id, "lines": ["x"]}], session.revision, "two")
    session.take_over("two")
    session.patch([{"op": "text", "caption": row.id, "lines": ["x"]}], session.revision, "two")
    with pytest.raises(NotHolder):
        session.draft(row.id, ["y"], "one")
    assert [each["holder"] for each in told if each["type"] == "holder"][-1] == "two"
    session.leave("two", told.append)
    assert session.holder == "one"
    session.close()


@pytest.mark.parametrize("mine", [True, False])
def test_an_archive_that_another_program_wrote_is_told_and_both_are_kept(archive: Path, mine: bool) -> None:
    session = opened(archive)
    other = opened(archive)
    set_text(other, 1, "I'm Hanna Reyes,")
    other.close()
    theirs = archive.read_bytes()
    set_text(session, 4, "Yes. Nearly.")
    assert archive.read_bytes() == theirs
    assert session.summary()["changed_on_disk"] == "talk.json"
    kept = archive.with_name(session.settle_conflict(keep_mine=mine)["kept"])
    texts = {path: path.read_text() for path in (archive, kept)}
    assert ("Yes. Nearly." in texts[archive]) == mine
    assert ("Hanna" in texts[kept]) == mine
    assert ("Hanna" in texts[archive]) != mine
    session.close()


def test_write_makes_every_remembered_file(archive: Path) -> None:
    session = opened(archive)
    set_text(session, 3, "Dr. Chan, is this really the end", "of captions typed by hand?")
    answer = session.write()
    assert answer["files"] == ["talk.srt", "talk.vtt"]
    for name in answer["files"]:
        assert "Dr. Chan, is this" in (archive.parent / name).read_text()
    assert session.edited_files() == []
    session.close()


def test_a_file_that_another_program_changed_is_written_only_with_a_copy(archive: Path) -> None:
    session = opened(archive)
    srt = archive.with_suffix(".srt")
    srt.write_text(srt.read_text().replace("Good evening", "Good night"))
    set_text(session, 3, "Dr. Chan")
    with pytest.raises(EditedElsewhere):
        session.write()
    assert "Good night" in srt.read_text()
    (kept,) = session.write(overwrite=True)["kept"]
    assert "Good night" in (archive.parent / kept).read_text()
    assert "Good night" not in srt.read_text()
    session.close()


def test_captions_of_another_program_become_an_archive_with_the_first_change(tmp_path: Path) -> None:
    put_captions(tmp_path / "ours")
    foreign = tmp_path / "talk.srt"
    shutil.copy(tmp_path / "ours" / "talk.srt", foreign)
    before = foreign.read_text()
    where, captions = locate(foreign)
    session = Session("x", where, captions, "kai")
    assert not where.exists()
    set_text(session, 1, "I'm Hanna Reyes,")
    session.write(overwrite=True)
    assert foreign.read_text() == before.replace("Anna Reyes,", "Hanna Reyes,")
    assert read(where).corrections[0].text == "Hanna"
    session.close()


def test_accepted_findings_and_the_proof_mark_stay(archive: Path) -> None:
    session = opened(archive)
    id = session.document.rows[3].id
    session.patch([{"op": "accept", "caption": id, "rule": "cps", "reason": "live"}], session.revision)
    session.patch([{"op": "proofed", "proofed": True}], session.revision)
    session.close()
    again = opened(archive)
    assert again.document.marks.accepted == {f"cps:{id}": "live"}
    assert again.document.marks.proofed.startswith("kai ")
    set_text(again, 3, "Another text")
    again.close()
    third = opened(archive)
    assert third.document.marks.accepted == {}, "the caption was changed"
    third.close()


def test_a_text_on_the_clipboard_that_no_caption_holds_is_refused(archive: Path) -> None:
    session = opened(archive)
    with pytest.raises(Exception, match="longer than a caption"):
        set_text(session, 3, "x" * 5000)
    session.close()


def test_media_without_captions_says_what_makes_them(tmp_path: Path) -> None:
    (tmp_path / "talk.mp4").write_bytes(b"x")
    with pytest.raises(ConfigError, match="captioner run"):
        locate(tmp_path / "talk.mp4")


def test_accepted_findings_are_those_of_the_archive_for_every_command(archive: Path) -> None:
    session = opened(archive)
    id = session.document.rows[2].id
    session.patch([{"op": "accept", "caption": id, "rule": "cps", "reason": "live"}], session.revision)
    session.save()
    session.write()
    session.close()
    (kept,) = read(archive).accepted
    cue = read(archive).cues[2]
    assert (kept.rule, kept.start_ms, kept.end_ms, kept.reason, kept.by) == (
        "cps",
        cue.start_ms,
        cue.end_ms,
        "live",
        "kai",
    )
    journal_path(archive).unlink(missing_ok=True)
    elsewhere = replace(read(archive), accepted=(replace(kept, rule="min_gap", reason="by check"),))
    archive.write_text(dumps(elsewhere), "utf-8")
    again = opened(archive)
    assert again.document.marks.accepted == {f"min_gap:{again.document.rows[2].id}": "by check"}
    again.close()


def test_a_caption_file_of_another_program_is_taken_over_and_back(archive: Path) -> None:
    session = opened(archive)
    set_text(session, 3, "Dr. Chan, is this really the end", "of captions typed by hand?")
    session.write()
    before = [shown(session, index) for index in range(len(session.document.rows))]
    srt = archive.with_suffix(".srt")
    srt.write_text(srt.read_text().replace("Harbour", "Harbor").replace("00:00:00,4", "00:00:00,3"))
    assert session.summary()["edited_files"] == ["talk.srt"]
    answer = session.adopt("talk.srt")
    assert "1 corrections" in answer["notes"][0]
    assert "Harbor" in " ".join(shown(session, 2))
    assert shown(session, 3) == before[3]
    assert {each.text for each in read(archive).corrections} >= {"Chan,", "Harbor"}
    assert session.document.rows[0].cue.start_ms < 400
    killed(session)
    again = opened(archive)
    assert "Harbor" in " ".join(shown(again, 2))
    again.close()
    session.undo()
    assert [shown(session, index) for index in range(len(session.document.rows))] == before
    with pytest.raises(Exception, match="no other program"):
        session.adopt("talk.vtt")


def test_a_process_that_ends_between_archive_and_journal_loses_nothing(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened(archive)
    session.draft(session.document.rows[9].id, ["And the mis"])
    row = session.document.rows[3]
    session.patch([{"op": "split", "caption": row.id, "line": 1, "character": 0}], session.revision)
    monkeypatch.setattr(session.journal, "begin", lambda *_: None)  # ends before the journal begins anew
    set_text(session, 4, "of subtitles typed by hand?")
    killed(session)
    monkeypatch.undo()
    again = opened(archive)
    assert again.notes == []
    assert [row.id for row in again.document.rows] == [row.id for row in session.document.rows]
    assert shown(again, 4) == ["of subtitles typed by hand?"]
    assert list(again.drafts.values()) == [["And the mis"]]
    assert again.revision == session.revision
    again.close()


def test_a_change_that_cannot_be_made_again_is_told_and_kept(archive: Path) -> None:
    session = opened(archive)
    session.draft(session.document.rows[0].id, ["Good"])
    killed(session)
    with journal_path(archive).open("a") as stream:
        stream.write('{"operations": [{"op": "merge", "caption": 999}]}\n{"undo": true}\n')
    again = opened(archive)
    (note,) = [each for each in again.notes if "cannot be made again" in each]
    aside = archive.with_name(note.rpartition("is in ")[2])
    assert '"caption": 999' in aside.read_text()
    assert again.document.revision == 0
    again.close()


def fill_the_disk(session: Session) -> None:
    """Let the journal be on a disk that is full."""
    session.journal.close()
    session.journal._stream = Path("/dev/full").open("ab", buffering=0)  # noqa: SIM115 - the journal closes it


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_change_that_a_full_disk_does_not_take_is_not_made(archive: Path) -> None:
    session = opened(archive)
    set_text(session, 0, "Good morning,")
    before = shown(session, 0), shown(session, 3), session.document.done[:]
    fill_the_disk(session)
    with pytest.raises(OutputError, match="free space"):
        set_text(session, 3, "Dr. Chan")
    with pytest.raises(OutputError, match="free space"):
        session.undo()
    with pytest.raises(OutputError, match="free space"):
        session.draft(session.document.rows[3].id, ["Dr. Ch"])
    assert (shown(session, 0), shown(session, 3), session.document.done) == before
    session.journal.close()
    set_text(session, 3, "Dr. Chan")
    session.undo()
    session.undo(again=True)
    session.close()
    again = opened(archive)
    assert (shown(again, 0), shown(again, 3)) == (["Good morning,"], ["Dr. Chan"])
    again.close()


def test_a_change_is_kept_in_the_journal_where_the_archive_cannot_be_written(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened(archive)
    told: list[dict[str, Any]] = []
    session.enter("window", told.append)

    def refuse(path: Path, data: bytes) -> None:
        raise OutputError(f"{path}: cannot be written (No space left on device); free space")

    session.draft(session.document.rows[0].id, ["Good m"])
    with monkeypatch.context() as patched:
        patched.setattr("captioner.review.edit_session.write_whole", refuse)
        set_text(session, 0, "Good morning,")
        assert [each["message"].partition(":")[2] for each in told if each["type"] == "trouble"] == [
            " cannot be written (No space left on device); free space"
        ]
    killed(session)
    again = opened(archive)
    assert shown(again, 0) == ["Good morning,"]
    again.close()


def test_an_archive_that_was_deleted_is_told_and_written_again(archive: Path) -> None:
    session = opened(archive)
    told: list[dict[str, Any]] = []
    session.enter("window", told.append)
    set_text(session, 0, "Good morning,")
    archive.unlink()
    set_text(session, 3, "Dr. Chan")
    assert [each["is_gone"] for each in told if each["type"] == "disk"] == [True]
    assert session.settle_conflict(keep_mine=True)["kept"] == ""
    session.close()
    again = opened(archive)
    assert (shown(again, 0), shown(again, 3)) == (["Good morning,"], ["Dr. Chan"])
    again.close()
