"""The run over doubles: what is bought, what is written, what is left."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from captioner.captions.options import CaptionOptions
from captioner.errors import (
    AsrRejected,
    AsrUnavailable,
    CaptionerError,
    ConfigError,
    CredentialsRefused,
    ResultExpired,
    StorageRejected,
    StorageUnavailable,
)
from captioner.jobs.events import Noted, Retrying
from captioner.jobs.states import MAX_FAILURES, State
from captioner.model import Media, SignedUrl
from captioner.recognition.base import TaskEntry
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.recognition.funasr.task_status import TaskReport
from tests.jobs.doubles import House, QuickLedger, describe, unavailable

pytestmark = pytest.mark.integration


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_file_goes_through_all_states_and_leaves_nothing_in_the_store(house: House) -> None:
    media = house.media("talk.mp4")
    report = house.run(media)
    assert report.exit_code == 0, report.as_json()
    assert report.files[0].state is State.WRITTEN
    assert (house.folder / "talk.srt").read_text() == "Hello world.|40|1280x720"
    assert (house.folder / "talk.asr.json").exists()
    assert house.asr.submissions == 1
    assert house.store.objects == {}
    assert report.files[0].billed_s == 7


def test_the_same_command_again_does_nothing_and_says_done(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media)
    report = house.run(media)
    assert report.exit_code == 0
    assert report.files[0].billed_s == 0
    assert (house.asr.submissions, len(house.store.puts), house.prepare.count) == (1, 1, 1)


def test_a_file_that_is_done_takes_one_query_of_the_ledger(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        house.media(f"talk-{number}.mp4")
    house.run(house.folder)
    queries: list[str] = []
    rows = QuickLedger._rows

    def counted(ledger: QuickLedger, query: str, *values: Any) -> Any:
        queries.append(query)
        return rows(ledger, query, *values)

    monkeypatch.setattr(QuickLedger, "_rows", counted)
    assert house.run(house.folder).exit_code == 0
    of_files = [query for query in queries if queries.count(query) >= 12]
    assert len(of_files) == 12, sorted(set(of_files))


def test_the_same_audio_twice_is_recognised_once_and_captioned_twice(house: House) -> None:
    one, two = house.media("one.mp4", b"same"), house.media("two.mp4", b"same")
    report = house.run(one, two)
    assert report.exit_code == 0
    assert house.asr.submissions == 1
    assert (house.folder / "one.srt").read_bytes() == (house.folder / "two.srt").read_bytes()
    assert report.billed_s == 7


def test_another_format_costs_nothing(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media)
    house.run(media, captions=CaptionOptions(formats=("vtt", "srt")))
    assert (house.asr.submissions, len(house.store.puts), house.prepare.count) == (1, 1, 1)


def test_a_renamed_file_costs_nothing(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media)
    media.rename(house.folder / "speech.mp4")
    report = house.run(house.folder / "speech.mp4")
    assert report.exit_code == 0
    assert house.asr.submissions == 1
    assert (house.folder / "speech.srt").exists()


def test_a_changed_file_is_recognised_anew_and_its_captions_replaced(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media)
    house.media("talk.mp4", b"another programme altogether")
    assert house.run(media).exit_code == 0
    assert house.asr.submissions == 2


def test_another_model_reuses_a_kept_upload(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media, keep_upload=True)
    assert len(house.store.objects) == 1
    report = house.run(media, recognition=RecognitionOptions(model="fun-asr-mtl"), keep_upload=True)
    assert report.exit_code == 0
    assert (house.asr.submissions, len(house.store.puts), house.prepare.count) == (2, 1, 1)
    assert len(house.store.objects) == 1


def test_a_kept_upload_goes_when_the_last_run_that_used_it_did_not_ask_to_keep_it(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media, keep_upload=True)
    house.run(media, recognition=RecognitionOptions(model="fun-asr-mtl"))
    assert house.store.objects == {}


def test_no_speech_is_done_with_empty_outputs(house: House) -> None:
    media = house.media("silence.mp4")
    house.asr.silent = ("silence",)
    report = house.run(media)
    assert report.exit_code == 0
    assert not report.files[0].speech
    assert (house.folder / "silence.srt").read_bytes() == b""
    assert b"SUCCESS_WITH_NO_VALID_FRAGMENT" in (house.folder / "silence.asr.json").read_bytes()
    assert house.store.objects == {}


@pytest.mark.parametrize("files_per_task", [1, 3])
def test_one_bad_file_does_not_stop_the_others(house: House, files_per_task: int) -> None:
    good, bad = house.media("good.mp4"), house.media("bad.mp4")
    broken, missing = house.media("broken.mp4", b"broken"), house.folder / "missing.mp4"
    house.asr.outcomes = {"bad": "DECODE_ERROR"}
    report = house.run(bad, broken, missing, good, files_per_task=files_per_task)
    assert report.exit_code == 1
    states = {file.source: file.state for file in report.files}
    assert states == {
        str(bad): State.REJECTED,
        str(broken): State.REJECTED,
        str(missing): State.REJECTED,
        str(good): State.WRITTEN,
    }
    for file in report.files:
        assert file.reason is None or "/" not in file.reason.message  # the name is a field of its own
    assert sorted(path.name for path in house.folder.glob("*.srt")) == ["good.srt"]
    assert house.store.objects == {}


def test_a_result_is_matched_by_address_when_the_service_turns_the_order_round(house: House) -> None:
    names = [house.media(f"{name}.mp4") for name in ("one", "two", "three")]
    house.asr.reversed_results = True
    assert house.run(*names, files_per_task=3).exit_code == 0
    assert house.asr.submissions == 1
    for name in ("one", "two", "three"):
        assert json.loads((house.folder / f"{name}.asr.json").read_text())["file_url"].endswith(
            f"/{name}.flac?X-Amz-Signature=****"
        )


def test_seconds_of_a_shared_task_are_told_per_file(house: House) -> None:
    report = house.run(house.media("one.mp4"), house.media("two.mp4"), files_per_task=2)
    assert [file.billed_s for file in report.files] == [2, 2]  # 1.5 s of speech each


def test_a_lone_file_is_not_kept_waiting_for_companions(house: House) -> None:
    started = house.clock.now
    house.asr.takes_s = 0
    assert house.run(house.media("one.mp4"), files_per_task=50).exit_code == 0
    assert house.clock.now - started < 3


def test_a_file_refused_in_company_is_tried_alone(house: House) -> None:
    names = [house.media("one.mp4"), house.media("two.mp4")]
    refusals = iter([AsrRejected("submit: bad address", "InvalidParameter")])

    def fail(verb: str) -> None:
        if verb == "submit" and (error := next(refusals, None)):
            raise error

    house.asr.fail = fail
    assert house.run(*names, files_per_task=2).exit_code == 0
    assert house.asr.submissions == 2


# Captions that are not ours


def test_an_edited_caption_file_is_not_replaced_and_nothing_is_uploaded(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media)
    (house.folder / "talk.srt").write_text("corrected by an editor")
    report = house.run(media, recognition=RecognitionOptions(model="fun-asr-mtl"))
    assert report.exit_code == 0
    notes = [event.message for event in house.events if isinstance(event, Noted)]
    assert any("talk.srt was edited and stays as it is; captioner adopt" in note for note in notes)
    assert (house.folder / "talk.srt").read_text() == "corrected by an editor"
    assert len(house.store.puts) == 1


def test_a_foreign_caption_file_is_replaced_when_asked(house: House) -> None:
    media = house.media("talk.mp4")
    (house.folder / "talk.srt").write_text("from somewhere else")
    assert house.run(media).exit_code == 1
    assert house.store.puts == []
    assert house.run(media, overwrite=True).exit_code == 0
    assert (house.folder / "talk.srt").read_text().startswith("Hello")


def test_the_same_command_leaves_an_edited_caption_file_alone_and_makes_the_missing_one(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media)
    (house.folder / "talk.srt").write_text("corrected by an editor")
    (house.folder / "talk.asr.json").unlink()
    assert house.run(media).exit_code == 0
    assert (house.folder / "talk.srt").read_text() == "corrected by an editor"
    assert (house.folder / "talk.asr.json").exists()
    assert house.asr.submissions == 1


def test_two_inputs_with_one_output_are_refused_before_anything_is_uploaded(house: House) -> None:
    first, second, third = house.media("talk.mp4"), house.media("talk.wav"), house.media("TALK.mp3")
    report = house.run(first, second, third)
    assert [file.state for file in report.files] == [State.WRITTEN, State.REJECTED, State.REJECTED]
    assert len(house.store.puts) == 1


def test_a_later_run_does_not_write_over_the_captions_of_another_input(house: House) -> None:
    house.run(house.media("talk.mp4"))
    report = house.run(house.media("talk.wav"))
    assert report.exit_code == 1
    assert "holds the captions of" in str(report.files[0].reason)


# Money


def test_a_refused_file_is_tried_once_and_the_upload_deleted(house: House) -> None:
    house.asr.answers = ["refused", "refused"]
    report = house.run(house.media("talk.mp4"))
    assert report.exit_code == 1
    assert report.files[0].reason is not None
    assert report.files[0].reason.code == "InvalidParameter"
    assert house.asr.submissions == 1
    assert house.store.objects == {}


def test_an_account_in_arrears_stops_the_run_and_leaves_every_file_where_it_was(house: House) -> None:
    house.asr.answers = ["money"]
    media = [house.media(f"{number}.mp4") for number in range(30)]
    with pytest.raises(CredentialsRefused, match="overdue"):
        house.run(*media)
    assert house.asr.submissions == 1
    assert len(house.store.puts) < 30
    assert house.store.objects == {}
    report = house.run(*media, retry_rejected=False)
    assert report.exit_code == 0


def test_a_refused_key_stops_the_run_and_leaves_no_object(house: House) -> None:
    house.asr.answers = ["key"]
    media = house.media("talk.mp4")
    with pytest.raises(CredentialsRefused):
        house.run(media)
    assert house.store.objects == {}
    assert house.run(media).exit_code == 0
    assert len(house.asr.tasks_made) == 1


def test_a_busy_service_is_asked_again_and_said_so(house: House) -> None:
    house.asr.answers = ["busy", "busy"]
    report = house.run(house.media("talk.mp4"))
    assert report.exit_code == 0
    assert len(house.asr.tasks_made) == 1
    waits = [event.in_s for event in house.events if isinstance(event, Retrying)]
    assert len(waits) == 2
    assert min(waits) >= 2.0  # as asked


def test_a_lost_answer_is_looked_up_and_not_bought_again(house: House) -> None:
    house.asr.answers = ["lost"]
    report = house.run(house.media("talk.mp4"))
    assert report.exit_code == 0
    assert len(house.asr.tasks_made) == 1
    assert report.files[0].submissions == 1


def test_a_submission_that_never_arrived_is_sent_again_after_looking_for_it_each_time(house: House) -> None:
    house.asr.answers = ["dropped", "dropped", "dropped"]
    report = house.run(house.media("talk.mp4"))
    assert report.exit_code == 0
    assert (house.asr.submissions, len(house.asr.tasks_made), report.files[0].submissions) == (4, 1, 1)
    assert house.asr.lists >= 12  # four looks each
    assert house.store.objects == {}


def test_a_service_that_never_hears_a_submission_leaves_the_file_to_the_same_command(house: House) -> None:
    house.asr.answers = ["dropped"] * 50
    media = house.media("talk.mp4")
    report = house.run(media, retry_rejected=False)
    assert report.files[0].state is State.FOUND
    assert house.store.objects == {}
    house.asr.answers = []
    assert house.run(media, retry_rejected=False).exit_code == 0
    assert len(house.asr.tasks_made) == 1


def test_another_submission_of_the_same_file_is_not_taken_for_the_lost_one(house: House) -> None:
    media = house.media("talk.mp4")
    other = house.run(media, out=house.folder / "elsewhere", recognition=RecognitionOptions(diarization=False))
    assert other.exit_code == 0
    house.asr.answers = ["dropped"]
    report = house.run(media)
    assert report.exit_code == 0
    assert house.asr.submissions == 3
    assert report.files[0].task_id == "task-1"


def test_a_busy_list_leaves_the_submission_in_doubt(house: House) -> None:
    house.asr.answers = ["lost"]
    house.asr.fail = unavailable("tasks", 6, AsrUnavailable)
    assert house.run(house.media("talk.mp4")).exit_code == 0
    assert house.asr.submissions == 1


def _answer_unknown(house: House, times: int) -> None:
    """Have the service not know any task for the next so many questions."""
    query, left = house.asr.query, [times]

    def ask(task_id: str) -> TaskReport:
        left[0] -= 1
        return TaskReport(task_id, "UNKNOWN") if left[0] >= 0 else query(task_id)

    house.asr.query = ask  # type: ignore[method-assign]


@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_candidate_the_service_does_not_know_for_a_moment_is_asked_about_again(house: House, times: int) -> None:
    house.asr.answers = ["lost"]
    _answer_unknown(house, times)
    report = house.run(house.media("talk.mp4"))
    assert report.exit_code == 0
    assert (house.asr.submissions, report.files[0].submissions, report.files[0].again) == (1, 1, "")


def test_a_lost_task_that_the_service_forgot_is_bought_again_once_and_that_is_told(house: House) -> None:
    house.asr.answers = ["lost"]
    house.asr.forget.add("task-0")
    report = house.run(house.media("talk.mp4"))
    assert report.exit_code == 0
    assert (house.asr.submissions, report.files[0].submissions) == (2, 2)
    assert report.files[0].again.startswith("the service does not know task task-0 any more")


def test_a_list_whose_answer_came_late_shows_only_what_was_there_when_it_was_asked_for(house: House) -> None:
    media, asked = house.media("talk.mp4"), house.asr.tasks
    assert house.run_until_killed(media, at=_boundaries_of_a_submission(house, "submit:after"))
    with house.ledger(str(media)) as ledger, sqlite3.connect(ledger.path) as book:
        book.execute("UPDATE tasks SET looks = 3")  # by a process whose clock ran ahead

    def late(*given: Any) -> list[TaskEntry]:
        """A list that shows a task after eight seconds, and whose first answer takes twenty."""
        shown = [entry for entry in asked(*given) if (entry.created_ms or 0) / 1000 <= house.clock.now - 8]
        house.clock.now += 20 if house.asr.lists == 1 else 0
        return shown

    house.asr.tasks = late  # type: ignore[method-assign]
    assert house.run(media).exit_code == 0
    assert house.asr.submissions == 1


def test_tasks_of_others_are_looked_at_once_and_passed_over(house: House) -> None:
    house.run(house.media("other.mp4"), out=house.folder / "other's ledger")
    asked: list[str] = []
    query = house.asr.query

    def noted(task_id: str) -> TaskReport:
        asked.append(task_id)
        return query(task_id)

    house.asr.query = noted  # type: ignore[method-assign]
    house.asr.answers = ["dropped"]
    assert house.run(house.media("talk.mp4")).exit_code == 0
    assert asked.count("task-0") == 1
    assert len(house.asr.tasks_made) == 2


def test_a_reply_that_cannot_be_fetched_fails_its_own_file_only(house: House) -> None:
    names = [house.media(f"{name}.mp4") for name in ("one", "two", "three")]
    house.asr.fail = unavailable("fetch", 1, AsrRejected)
    report = house.run(*names, files_per_task=3)
    assert sorted(file.state for file in report.files) == [State.REJECTED, State.WRITTEN, State.WRITTEN]
    assert house.asr.submissions == 1


READING = ("SERVER_ERROR", "InvalidFile.DownloadFailed", "FILE_403_FORBIDDEN", "CONTENT_LENGTH_CHECK_FAILED")


@pytest.mark.parametrize("code", READING)
def test_a_file_the_service_could_not_read_is_sent_again_until_it_can_and_counts_as_bought_once(
    house: House, code: str
) -> None:
    house.asr.outcomes = {"talk": code}
    house.asr.mended_after = 4
    report = house.run(house.media("talk.mp4"))
    assert report.exit_code == 0
    assert (house.asr.submissions, report.files[0].submissions, report.files[0].again) == (5, 1, "")
    assert sum(isinstance(event, Retrying) for event in house.events) == 4
    assert len({url for task in house.asr.tasks_made.values() for url in task.urls}) == 5  # signed anew each time
    assert house.store.objects == {}


@pytest.mark.parametrize("code", READING)
def test_a_file_the_service_never_reads_is_left_to_the_same_command_and_refused_when_it_is_enough(
    house: House, code: str
) -> None:
    house.asr.outcomes = {"talk": code}
    media, states = house.media("talk.mp4"), []
    while len(states) < MAX_FAILURES and State.REJECTED not in states:
        report = house.run(media, retry_rejected=False)
        assert report.exit_code == 1
        assert report.files[0].reason is not None
        assert report.files[0].reason.code == code
        assert house.store.objects == {}
        states.append(report.files[0].state)
    assert states[-1] is State.REJECTED
    assert set(states[:-1]) == {State.FOUND}
    assert house.asr.submissions == MAX_FAILURES


def test_a_task_the_service_gave_up_after_hours_is_made_once_more(house: House) -> None:
    house.asr.outcomes = {"talk": "InternalError.Timeout"}
    report = house.run(house.media("talk.mp4"))
    assert report.files[0].state is State.REJECTED
    assert (house.asr.submissions, report.files[0].submissions) == (2, 2)
    assert "InternalError.Timeout" in report.files[0].again


def test_an_unknown_task_ends_within_a_minute_with_one_new_submission(house: House) -> None:
    house.asr.forget = {"task-0", "task-1", "task-2"}
    started = house.clock.now
    report = house.run(house.media("talk.mp4"))
    assert report.exit_code == 1
    assert house.asr.submissions == 2
    assert house.clock.now - started < 60
    assert house.store.objects == {}


def test_a_task_that_expired_is_bought_again_once(house: House) -> None:
    house.asr.forget = {"task-0"}
    report = house.run(house.media("talk.mp4"))
    assert report.exit_code == 0
    assert (house.asr.submissions, report.files[0].submissions) == (2, 2)
    assert "does not know task task-0" in report.files[0].again


def test_a_task_that_is_not_known_for_a_moment_is_asked_about_again(house: House) -> None:
    house.asr.forget = {"task-0"}

    def remember(verb: str) -> None:
        if house.asr.queries == 4:
            house.asr.forget.clear()

    house.asr.fail = remember
    assert house.run(house.media("talk.mp4")).exit_code == 0
    assert house.asr.submissions == 1


def test_a_task_another_accounts_key_cannot_see_is_not_bought_again_while_the_service_has_it(house: House) -> None:
    names = _boundaries_of_a_submission(house)
    media = house.media("talk.mp4")
    assert house.run_until_killed(media, at=names)
    mine, house.asr.tasks_made = house.asr.tasks_made, {}
    report = house.run(media)
    assert report.files[0].state is State.SUBMITTED
    assert "another account" in (report.files[0].reason or pytest.fail("no reason")).message
    house.asr.tasks_made = mine
    assert house.run(media).exit_code == 0
    assert house.asr.submissions == 1
    assert house.store.objects == {}


def test_a_task_that_is_lost_among_others_of_the_account_is_bought_again(house: House) -> None:
    names = _boundaries_of_a_submission(house)
    assert house.run(house.media("other.mp4")).exit_code == 0
    media = house.media("talk.mp4")
    assert house.run_until_killed(media, at=names)
    house.asr.forget = {"task-1"}
    report = house.run(media)
    assert report.exit_code == 0
    assert (house.asr.submissions, report.files[0].submissions) == (3, 2)


@pytest.mark.parametrize("days", [-3, 3])
def test_a_lost_task_is_bought_again_although_the_clock_was_days_wrong_when_it_was_made(
    house: House, days: int
) -> None:
    names = _boundaries_of_a_submission(house)
    assert house.run(house.media("other.mp4")).exit_code == 0
    set_the_clock(house, days)
    media = house.media("talk.mp4")
    assert house.run_until_killed(media, at=names)
    set_the_clock(house, -days)
    house.asr.forget = {"task-1"}
    report = house.run(media)
    assert report.exit_code == 0
    assert (house.asr.submissions, report.files[0].submissions) == (3, 2)
    assert house.store.objects == {}


def let_the_list_lag(house: House, empty: int) -> None:
    """The service's list shows nothing the first times it is asked for."""
    asked = house.asr.tasks

    def tasks(*given: object) -> list[TaskEntry]:
        found = asked(*given)
        return found if house.asr.lists > empty else []

    house.asr.tasks = tasks


def test_searches_by_another_process_with_a_wrong_clock_do_not_cut_the_search_short(house: House) -> None:
    other = House(house.folder / "not killed")
    for each in (house, other):
        each.asr.answers = ["lost"]
        let_the_list_lag(each, 4)
    assert not other.run_until_killed(other.media("talk.mp4"), at=-1)
    fourth = [at for at, name in enumerate(other.wire.names) if name == "tasks:before"][3]
    media = house.media("talk.mp4")
    assert house.run_until_killed(media, at=fourth + 1)
    set_the_clock(house, 3)
    assert house.run(media).exit_code == 0
    assert house.asr.submissions == 1


@pytest.mark.parametrize("days", [-3, 3])
def test_a_lost_answer_is_found_although_the_clock_was_set_by_days_between(house: House, days: int) -> None:
    names = _boundaries_of_a_submission(house, "submit:after")
    media = house.media("talk.mp4")
    assert house.run_until_killed(media, at=names)
    set_the_clock(house, days)
    assert house.run(media).exit_code == 0
    assert len(house.asr.tasks_made) == 1
    assert house.store.objects == {}


@pytest.mark.parametrize("days", [-3, 3])
@pytest.mark.parametrize("name", ["put:after", "query:before", "fetch:before", "delete:before"])
def test_a_clock_set_by_days_between_two_runs_neither_hangs_nor_costs(house: House, days: int, name: str) -> None:
    names = _boundaries_of_a_submission(house, name)
    media = house.media("talk.mp4")
    assert house.run_until_killed(media, at=names)
    set_the_clock(house, days)
    began = house.clock.now
    assert house.run(media).exit_code == 0
    assert house.clock.now - began < 200
    assert len(house.asr.tasks_made) == 1
    assert house.store.objects == {}


def set_the_clock(house: House, days: int) -> None:
    """Ours only: for the service, whose clock is right, nothing has changed."""
    house.clock.now += days * 86_400
    for task in house.asr.tasks_made.values():
        task.created += days * 86_400
        task.done_at += days * 86_400


def test_a_task_killed_and_forgotten_after_its_day_is_bought_again(house: House) -> None:
    names = _boundaries_of_a_submission(house)
    media = house.media("talk.mp4")
    assert house.run_until_killed(media, at=names)
    house.clock.now += 25 * 3600
    house.asr.forget = {"task-0"}
    assert house.run(media).exit_code == 0
    assert house.asr.submissions == 2


def _boundaries_of_a_submission(house: House, name: str = "query:before") -> int:
    """Where a run dies: by default right after its task's name was written down."""
    other = House(house.folder / "not killed")
    other.run_until_killed(other.media("talk.mp4"), at=-1)
    names = other.wire.names
    return names.index(name) + 1


def test_a_refused_result_link_is_asked_for_again_before_anything_is_bought(house: House) -> None:
    house.asr.fail = unavailable("fetch", 1, ResultExpired)
    assert house.run(house.media("talk.mp4")).exit_code == 0
    assert house.asr.submissions == 1


@pytest.mark.parametrize("days", [0, -3, 3])
@pytest.mark.parametrize(("refusals", "submissions"), [(1, 1), (5, 1), (6, 2)])
def test_a_refused_result_is_asked_for_again_before_it_is_bought_again_whatever_the_clock_says(
    house: House, refusals: int, submissions: int, days: int
) -> None:
    names = _boundaries_of_a_submission(house, "query:before")
    media = house.media("talk.mp4")
    assert house.run_until_killed(media, at=names)
    set_the_clock(house, days)
    house.asr.fail = unavailable("fetch", refusals, ResultExpired)
    report = house.run(media)
    assert report.exit_code == 0
    assert (house.asr.submissions, report.files[0].submissions) == (submissions, submissions)


def test_an_object_lost_while_waiting_is_stored_again(house: House) -> None:
    house.asr.answers = ["busy"]
    media = house.media("talk.mp4")

    def lose(verb: str) -> None:
        if verb == "submit" and not house.asr.submissions:
            house.store.objects.clear()

    house.asr.fail = lose
    assert house.run(media).exit_code == 0
    assert len(house.store.puts) == 2
    assert house.store.objects == {}


# Trouble


@pytest.mark.parametrize("verb", ["put", "verify_readable"])
def test_a_store_that_does_not_answer_is_tried_again(house: House, verb: str) -> None:
    house.store.fail = unavailable(verb, 3)
    assert house.run(house.media("talk.mp4")).exit_code == 0
    assert any(isinstance(event, Retrying) for event in house.events)
    assert (len(house.store.puts), house.prepare.count) == (1, 1)


def test_a_store_that_never_answers_leaves_the_file_for_the_next_run(house: House) -> None:
    house.store.fail = unavailable("put", 10_000)
    media = house.media("talk.mp4")
    report = house.run(media)
    assert report.exit_code == 1
    assert report.files[0].state is State.FOUND
    house.store.fail = lambda verb: None
    assert house.run(media).exit_code == 0


def test_a_service_that_never_answers_leaves_no_object_behind(house: House) -> None:
    house.asr.fail = unavailable("submit", 10_000, AsrUnavailable)
    report = house.run(house.media("talk.mp4"))
    assert report.exit_code == 1
    assert house.store.objects == {}


def test_a_service_that_goes_away_while_it_works_keeps_the_task_for_the_next_run(house: House) -> None:
    house.asr.fail = unavailable("query", 10_000, AsrUnavailable)
    media = house.media("talk.mp4")
    report = house.run(media)
    assert report.files[0].state is State.SUBMITTED
    assert len(house.store.objects) == 1
    house.asr.fail = lambda verb: None
    assert house.run(media).exit_code == 0
    assert house.asr.submissions == 1
    assert house.store.objects == {}


def test_a_task_that_takes_too_long_is_left_to_the_next_run(house: House) -> None:
    house.asr.takes_s = 10 * 3600
    media = house.media("talk.mp4")
    report = house.run(media)
    assert report.exit_code == 1
    assert report.files[0].state is State.SUBMITTED
    house.clock.now += 10 * 3600
    assert house.run(media).exit_code == 0
    assert house.asr.submissions == 1


def test_an_object_that_cannot_be_deleted_is_reported_and_deleted_by_the_next_run(house: House) -> None:
    house.store.fail = unavailable("delete", 5)
    report = house.run(house.media("talk.mp4"))
    assert report.exit_code == 0
    assert len(report.leftovers) == 1
    house.run(house.folder / "talk.mp4")
    assert house.store.objects == {}


@pytest.mark.parametrize(
    "refusal",
    [
        CredentialsRefused("bucket media refused the credentials for DeleteObject (AccessDenied)", "AccessDenied"),
        CredentialsRefused("bucket media refused the credentials (ExpiredToken)", "ExpiredToken"),
        ConfigError("bucket media said MethodNotAllowed", "MethodNotAllowed"),
    ],
)
def test_a_store_that_refuses_to_delete_costs_no_captions(house: House, refusal: CaptionerError) -> None:
    def refuse(verb: str) -> None:
        if verb == "delete":
            raise refusal

    house.store.fail = refuse
    media = [house.media(f"{number}.mp4") for number in range(5)]
    report = house.run(*media)
    assert report.exit_code == 0
    assert all(path.with_suffix(".srt").exists() for path in media)
    assert sorted(report.leftovers) == sorted(house.store.objects)
    assert len(report.leftovers) == 5
    notes = [event.message for event in house.events if isinstance(event, Noted) and "not deleted" in event.message]
    assert notes == [f"not deleted, {refusal.detail}"]
    assert house.run(*media).exit_code == 0
    house.store.fail = lambda verb: None
    assert house.run(*media).leftovers == ()
    assert house.store.objects == {}


def test_a_fault_of_our_own_ends_one_file_and_not_the_run(house: House, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = house.media("bad.mp4"), house.media("good.mp4")

    def faulty(path: Path) -> Media:
        if path.name == "bad.mp4":
            raise ZeroDivisionError
        return describe(path)

    house.describe = faulty
    report = house.run(bad, good)
    assert [file.state for file in report.files] == [State.REJECTED, State.WRITTEN]
    assert "please report it" in str(report.files[0].reason)
    assert "ZeroDivisionError" in caplog.text


def test_a_saved_reply_that_vanished_is_fetched_again_for_free(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media)
    for path in (house.folder / ".captioner" / "replies").iterdir():
        path.unlink()
    assert house.run(media, captions=CaptionOptions(formats=("vtt",))).exit_code == 0
    assert house.asr.submissions == 1


def test_a_failed_file_gets_another_chance_with_the_next_command(house: House) -> None:
    house.asr.answers = ["refused"]
    media = house.media("talk.mp4")
    assert house.run(media).exit_code == 1
    assert house.run(media).exit_code == 0


def test_a_failed_file_stays_failed_when_no_other_chance_is_wanted(house: House) -> None:
    house.asr.answers = ["refused"]
    media = house.media("talk.mp4")
    house.run(media)
    assert house.run(media, retry_rejected=False).exit_code == 1
    assert house.asr.submissions == 1


# Links


def test_a_link_is_submitted_as_it_is_and_its_signature_stays_out_of_everything(house: House) -> None:
    url = "https://media.test/talk.mp4?Signature=geheim&id=7"
    report = house.run(url, out=house.folder)
    assert report.exit_code == 0, report.as_json()
    assert next(iter(house.asr.tasks_made.values())).urls == [url]
    assert house.store.puts == []
    for path in house.folder.rglob("*"):
        assert path.is_dir() or b"geheim" not in path.read_bytes()


def test_a_link_signed_anew_is_the_same_link(house: House) -> None:
    house.run("https://media.test/talk.mp4?Signature=one&id=7", out=house.folder)
    house.run("https://media.test/talk.mp4?Signature=two&id=7", out=house.folder)
    assert house.asr.submissions == 1


def test_nothing_a_run_leaves_behind_holds_a_signature(house: House) -> None:
    house.asr.answers = ["lost"]
    house.run(house.media("talk.mp4"))
    for path in house.folder.rglob("*"):
        assert path.is_dir() or b"secret" not in path.read_bytes()


def test_the_ledgers_folder_is_for_its_owner_only(house: House) -> None:
    house.run(house.media("talk.mp4"))
    folder = house.folder / ".captioner"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "ledger.sqlite3").stat().st_mode & 0o777 == 0o600
    assert not (folder / "work").exists() or not list((folder / "work").iterdir())


@pytest.mark.parametrize("length", [247, 248, 251])
def test_a_name_too_long_for_its_captions_is_refused_before_anything_is_bought(house: House, length: int) -> None:
    media = house.media("x" * (length - 4) + "é" * 2 + ".mp4")
    report = house.run(media)
    reason = report.files[0].reason
    assert report.files[0].state is State.REJECTED
    assert reason is not None
    assert reason.kind == "OutputError"
    assert f"shorten the name of the media by {length + 9 - 255}" in reason.message
    assert (house.asr.submissions, len(house.store.puts), house.prepare.count) == (0, 0, 0)


def test_the_longest_name_that_fits_is_captioned(house: House) -> None:
    assert house.run(house.media("x" * 246 + ".mp4")).exit_code == 0


def test_a_name_that_no_disk_takes_is_told_in_a_line(house: House) -> None:
    (file,) = house.run(house.folder / ("y" * 300)).files
    assert file.reason is not None
    assert file.reason.message == "no such file or folder; check the path"


@pytest.mark.parametrize(
    ("said", "refusals"),
    [("Each request accepts only one URL.", 1), ("file_urls must contain exactly 1 item", 1), ("invalid input", 2)],
)
def test_a_model_that_takes_one_file_a_task_is_sent_one_at_no_cost_and_that_is_remembered(
    house: House, said: str, refusals: int
) -> None:
    house.asr.one_url = said
    names = [house.media(f"{name}.mp4") for name in "abcdef"]
    report = house.run(*names, files_per_task=3)
    assert report.exit_code == 0, report.as_json()
    assert house.asr.refused_groups <= refusals
    assert [len(task.urls) for task in house.asr.tasks_made.values()] == [1] * 6
    assert {file.submissions for file in report.files} == {1}
    told = [
        event.message for event in house.events if isinstance(event, Noted) and "one file in a task" in event.message
    ]
    assert len(told) == 1
    before = house.asr.refused_groups
    assert house.run(*[house.media(f"{name}.mp4") for name in "ghi"], files_per_task=3).exit_code == 0
    assert house.asr.refused_groups == before
    house.clock.now += 31 * 24 * 3600  # the service may have changed its mind
    assert house.run(*[house.media(f"{name}.mp4") for name in "jkl"], files_per_task=3).exit_code == 0
    assert house.asr.refused_groups > before


def test_a_bad_file_among_good_ones_does_not_make_tasks_of_one_for_ever(house: House) -> None:
    """The service refuses the request because of one address; the others may share tasks again."""
    real = house.asr.submit

    def submit(urls: list[SignedUrl], options: RecognitionOptions) -> str:
        if any("bad" in url.url for url in urls):
            raise AsrRejected("submit: refused: the address cannot be used", "InvalidURL")
        return real(urls, options)

    house.asr.submit = submit  # type: ignore[method-assign]
    names = [house.media(f"{name}.mp4") for name in ("bad", "one", "two")]
    report = house.run(*names, files_per_task=3)
    assert [file.done for file in report.files] == [False, True, True]
    house.run(*[house.media(f"{name}.mp4") for name in "defghi"], files_per_task=3)
    assert [len(task.urls) for task in house.asr.tasks_made.values()][-2:] == [3, 3]


LINK = "https://media.test/talk.mp4?Signature=geheim"
DEAD = StorageRejected("https://media.test/talk.mp4: the link cannot be read (HTTP 404); check the link")


def test_a_link_is_read_before_it_is_submitted(house: House) -> None:
    assert house.run(LINK, out=house.folder).exit_code == 0
    assert (house.given_links.read, house.asr.submissions) == ([LINK], 1)


def test_a_link_that_cannot_be_read_is_never_submitted_and_says_why(house: House) -> None:
    def fail(link: SignedUrl) -> None:
        raise DEAD

    house.given_links.fail = fail
    report = house.run(LINK, out=house.folder)
    assert report.files[0].reason is not None
    assert "the link cannot be read (HTTP 404)" in report.files[0].reason.message
    assert house.asr.submissions == 0


def test_a_certificate_at_a_links_host_concerns_that_link_alone(house: House) -> None:
    def fail(link: SignedUrl) -> None:
        if "bad" in link.url:
            raise ConfigError("https://media.test/bad.mp4: could not be read back: its certificate has expired")

    house.given_links.fail = fail
    report = house.run("https://media.test/bad.mp4", LINK, out=house.folder)
    assert [file.done for file in report.files] == [False, True]
    assert house.asr.submissions == 1


def test_a_link_whose_host_does_not_answer_is_read_again_and_submitted_then(house: House) -> None:
    def fail(link: SignedUrl) -> None:
        if len(house.given_links.read) < 4:
            raise StorageUnavailable("could not be read back (HTTP 503); try again")

    house.given_links.fail = fail
    assert house.run(LINK, out=house.folder).exit_code == 0
    assert house.asr.submissions == 1


def test_a_link_whose_host_never_answers_is_left_unsubmitted_with_the_reason(house: House) -> None:
    def fail(link: SignedUrl) -> None:
        raise StorageUnavailable("could not be read back (no answer in time); check the network, and the link")

    house.given_links.fail = fail
    report = house.run(LINK, out=house.folder, patience_s=60.0)
    assert report.files[0].reason is not None
    assert "no answer in time" in report.files[0].reason.message
    assert house.asr.submissions == 0


def test_a_link_that_the_service_could_not_fetch_is_read_again_before_it_is_sent_again(house: House) -> None:
    def fail(link: SignedUrl) -> None:
        if len(house.given_links.read) > 1:
            raise DEAD

    house.given_links.fail = fail
    house.asr.outcomes = {"talk": "FILE_DOWNLOAD_FAILED"}
    report = house.run(LINK, out=house.folder)
    assert report.files[0].reason is not None
    assert "HTTP 404" in report.files[0].reason.message
    assert (len(house.given_links.read), house.asr.submissions) == (2, 1)


def test_an_object_that_the_service_could_not_fetch_is_read_back_before_it_is_sent_again(house: House) -> None:
    def fail(step: str) -> None:
        if step == "verify_readable" and house.asr.submissions:
            raise StorageRejected("the signed link cannot be read (HTTP 403); check the public endpoint")

    house.store.fail = fail
    house.asr.outcomes = {"talk": "FILE_DOWNLOAD_FAILED"}
    report = house.run(house.media("talk.mp4"))
    assert report.files[0].reason is not None
    assert "HTTP 403" in report.files[0].reason.message
    assert house.asr.submissions == 1


def test_an_object_that_can_never_be_read_back_is_not_submitted(house: House) -> None:
    def fail(step: str) -> None:
        if step == "verify_readable":
            raise StorageUnavailable("could not be read back (HTTP 502); try again")

    house.store.fail = fail
    for _ in range(3):
        report = house.run(house.media("talk.mp4"), patience_s=20.0)
        assert report.files[0].reason is not None
        assert "HTTP 502" in report.files[0].reason.message
    assert house.asr.submissions == 0


# Hotword lists

WITH_LIST = RecognitionOptions(vocabulary_id="vocab-x-1")


def test_what_the_options_refer_to_is_looked_up_once_before_anything_is_sent(house: House) -> None:
    names = [house.media(f"{name}.mp4") for name in "abcdefgh"]
    assert house.run(*names, recognition=WITH_LIST).exit_code == 0
    assert (house.asr.checks, house.asr.submissions) == (1, 8)


def test_options_that_refer_to_nothing_are_not_looked_up(house: House) -> None:
    house.run(house.media("talk.mp4"))
    assert house.asr.checks == 0


def test_nothing_is_uploaded_or_bought_with_a_list_that_has_no_effect(house: House) -> None:
    def fail(verb: str) -> None:
        if verb == "check":
            raise ConfigError("hotword list vocab-x-1 was made for paraformer-v2, and fun-asr ignores it")

    house.asr.fail = fail
    with pytest.raises(ConfigError, match="made for paraformer-v2"):
        house.run(house.media("talk.mp4"), recognition=WITH_LIST)
    assert (house.store.puts, house.asr.submissions) == ([], 0)


def test_what_is_recognised_already_needs_no_look_up(house: House) -> None:
    media = house.media("talk.mp4")
    house.run(media, recognition=WITH_LIST)
    (house.folder / "talk.srt").unlink()
    house.asr.checks = 0
    assert house.run(media, recognition=WITH_LIST).exit_code == 0
    assert house.asr.checks == 0


def test_a_list_that_is_not_deployed_yet_is_waited_for(house: House) -> None:
    times = iter(range(3))

    def fail(verb: str) -> None:
        if verb == "check" and next(times, None) is not None:
            raise AsrUnavailable("hotword list vocab-x-1 is not deployed yet; try again in a moment", "UNDEPLOYED")

    house.asr.fail = fail
    names = [house.media(f"{name}.mp4") for name in "abc"]
    assert house.run(*names, recognition=WITH_LIST).exit_code == 0
    assert (house.asr.checks, house.asr.submissions) == (1, 3)
