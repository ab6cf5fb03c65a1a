"""Each step by itself: records in, an outcome out, and nothing secret in either."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from captioner.captions.caption_files import Captions
from captioner.captions.options import CaptionOptions
from captioner.errors import (
    AsrRejected,
    AsrUnavailable,
    CaptionerError,
    ConfigError,
    CredentialsRefused,
    Interrupted,
    ReplyError,
    ResultExpired,
    StorageRejected,
)
from captioner.jobs import steps
from captioner.jobs.executors import InlineExecutor
from captioner.jobs.inputs.finding import Source, expand, ledger_path
from captioner.jobs.options import JobOptions
from captioner.jobs.records import Job, Recognition, Upload, address_digest
from captioner.jobs.runner import Executors, run
from captioner.jobs.services import Fault, Here, Paced, Services, ServiceSettings, perform, perform_at, perform_each
from captioner.jobs.states import Cause, InDoubt, JobStatus, Missing, Ok, Reason, Rejected, Retry, State
from captioner.jobs.step_records import (
    Address,
    Collected,
    Composed,
    FileAnswer,
    Group,
    Judged,
    Listed,
    LookUp,
    NotSigned,
    Page,
    Probed,
    ReplyMissing,
    Running,
    Stored,
    Submitted,
    TaskQuestion,
    UnknownTask,
)
from captioner.media import AudioPolicy
from captioner.model import Issue, SignedUrl, StoredObject
from captioner.recognition.base import Verdict
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.settings import Secret, Settings
from tests.jobs.doubles import CHANCE, House, QuickLedger, describe, unavailable

SECRETS = (b"secret", b"geheim")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def services(house: House) -> Services:
    return replace(house.services, private=house.folder / "private", work_folder=house.folder / "work")


@pytest.fixture
def source(house: House) -> Source:
    return expand([str(house.media("talk.mp4"))])[0]


@pytest.fixture
def found(source: Source) -> Recognition:
    assert source.path is not None
    return Recognition("k" * 64, describe(source.path).sha256, "o", "flac", "https://service.test/api/v1", "fun-asr")


def _stored(house: House, found: Recognition, source: Source, services: Services) -> Upload:
    result = steps.upload(found, source, None, None, services)
    assert result.upload is not None
    return replace(result.upload, id=7)


def _submitted(house: House, found: Recognition, source: Source, services: Services) -> tuple[str, Recognition]:
    """A task with one file, and its recognition."""
    upload = _stored(house, found, source, services)
    (address,) = steps.sign(((found.key, upload.stored),), services)
    assert isinstance(address, Address)
    done = steps.submit(Group(RecognitionOptions(), ((found.key, address.digest),)), services)
    assert isinstance(done, Submitted)
    rec = replace(
        found,
        address=address.public,
        address_digest=address.digest,
        task=1,
        status=JobStatus(State.SUBMITTED, submissions=1),
    )
    return done.task_id, rec


# Probe


def test_a_probe_tells_what_a_file_is(source: Source, services: Services) -> None:
    probed = steps.probe(source, services)
    assert isinstance(probed, Probed)
    assert (probed.media.width, probed.media.duration_ms) == (1280, 5000)


def test_a_probe_of_no_media_is_a_rejection_without_the_name(house: House, services: Services) -> None:
    broken = expand([str(house.media("broken.mp4", b"broken"))])[0]
    assert steps.probe(broken, services) == Rejected(Reason("cannot be read as media", kind="MediaError"))


# Upload


def test_an_upload_leaves_an_object_that_can_be_read_and_only_its_note_in_the_work_folder(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    result = steps.upload(found, source, None, None, services)
    assert result.outcome == Ok()
    assert result.upload is not None
    assert result.upload.stored.key in house.store.objects
    assert (result.upload.id, result.upload.offset_ms, result.upload.store_id) == (0, 40, services.store_id)
    assert [path.name for path in (house.folder / "work").rglob("*.*")] == [result.note]


def test_an_upload_uses_the_object_that_is_there(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    known = _stored(house, found, source, services)
    assert steps.upload(found, source, None, known, services) == Stored(Ok(), known)
    assert (len(house.store.puts), house.prepare.count) == (1, 1)


def test_an_upload_makes_an_object_that_is_gone_anew(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    known = _stored(house, found, source, services)
    house.store.objects.clear()
    result = steps.upload(found, source, None, known, services)
    assert (result.outcome, result.missing) == (Ok(), 7)
    assert len(house.store.puts) == 2


def test_what_was_prepared_is_found_by_the_next_attempt(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    house.store.fail = unavailable("put", 2)
    for _ in range(2):
        assert isinstance(steps.upload(found, source, None, None, services).outcome, Retry)
        assert len(list((house.folder / "work").rglob("*.flac"))) == 1
    assert steps.upload(found, source, None, None, services).outcome == Ok()
    assert house.prepare.count == 1
    assert not list((house.folder / "work").rglob("*.flac"))


def test_half_a_file_that_a_dead_worker_left_is_not_sent(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    folder = steps.work_folder_of(found, services.work_folder)
    folder.mkdir(parents=True)
    (folder / "half.flac").write_bytes(b"half")
    assert steps.upload(found, source, None, None, services).outcome == Ok()
    assert not folder.exists()


def test_an_object_that_could_not_be_verified_is_told_so_that_it_can_be_deleted(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    house.store.fail = unavailable("verify_readable", 1)
    result = steps.upload(found, source, None, None, services)
    assert isinstance(result.outcome, Retry)
    assert result.upload is not None
    house.store.fail = unavailable("verify_readable", 1, StorageRejected)
    assert isinstance(steps.upload(found, source, None, result.upload, services).outcome, Rejected)


def test_an_object_that_vanished_between_upload_and_verification_is_stored_again(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    def vanish(verb: str) -> None:
        if verb == "verify_readable":
            house.store.objects.clear()
            raise StorageRejected("not there", "NoSuchKey")

    house.store.fail = vanish
    assert isinstance(steps.upload(found, source, None, None, services).outcome, Retry)


def test_a_file_that_changed_since_it_was_read_is_rejected(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    result = steps.upload(replace(found, content="0" * 64), source, None, None, services)
    assert isinstance(result.outcome, Rejected)
    assert "changed while" in result.outcome.reason.message
    assert house.store.puts == []


def test_an_upload_reports_its_progress_and_is_broken_off_when_the_run_stops(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    told: list[object] = []
    assert steps.upload(found, source, None, None, replace(services, report=told.append)).outcome == Ok()
    assert [type(event).__name__ for event in told] == ["Uploading"]

    def stop(event: object) -> None:
        raise Interrupted("stopped")

    house.store.objects.clear()
    with pytest.raises(Interrupted):
        steps.upload(found, source, None, None, replace(services, report=stop))


# Sign and submit


def test_a_signed_link_stays_in_the_process(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    upload = _stored(house, found, source, services)
    (address,) = steps.sign(((found.key, upload.stored),), services)
    assert isinstance(address, Address)
    assert "?" not in address.public
    links = services.links.take([(found.key, address.digest)])
    assert links is not None
    assert address_digest(links[0].url) == address.digest
    assert services.links.take([(found.key, address.digest)]) is None


def test_a_link_the_user_gave_is_signed_as_it_is(services: Services, found: Recognition) -> None:
    services.links.give(found.key, SignedUrl("https://media.test/a.mp4?Signature=geheim"))
    (address,) = steps.sign(((found.key, None),), services)
    assert isinstance(address, Address)
    assert address.public == "https://media.test/a.mp4"


def test_an_object_that_cannot_be_signed_concerns_its_file(services: Services, house: House) -> None:
    def refuse(stored: StoredObject) -> SignedUrl:
        raise StorageRejected("uploaded for another model")

    house.store.sign = refuse  # type: ignore[method-assign]
    (answer,) = steps.sign((("k", StoredObject("s3", "b", "x")),), services)
    assert isinstance(answer, NotSigned)
    assert isinstance(answer.outcome, Rejected)


def test_a_submission_without_its_link_is_certainly_not_sent(house: House, services: Services) -> None:
    outcome = steps.submit(Group(RecognitionOptions(), (("k", "d"),)), services)
    assert isinstance(outcome, Retry)
    assert house.asr.submissions == 0


def test_a_link_other_than_the_one_in_the_intent_is_not_sent(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    upload = _stored(house, found, source, services)
    (first,) = steps.sign(((found.key, upload.stored),), services)
    steps.sign(((found.key, upload.stored),), services)
    assert isinstance(first, Address)
    outcome = steps.submit(Group(RecognitionOptions(), ((found.key, first.digest),)), services)
    assert isinstance(outcome, Retry)
    assert house.asr.submissions == 0


@pytest.mark.parametrize(
    ("answer", "kind"), [("busy", Retry), ("refused", Rejected), ("lost", InDoubt), ("dropped", InDoubt)]
)
def test_the_answers_to_a_submission_are_outcomes(
    house: House, source: Source, found: Recognition, services: Services, answer: str, kind: type
) -> None:
    upload = _stored(house, found, source, services)
    (address,) = steps.sign(((found.key, upload.stored),), services)
    assert isinstance(address, Address)
    house.asr.answers = [answer]
    outcome = steps.submit(Group(RecognitionOptions(), ((found.key, address.digest),)), services)
    assert type(outcome) is kind


def test_a_refused_key_ends_the_run(house: House, services: Services) -> None:
    house.asr.fail = unavailable("query", 1, CredentialsRefused)
    with pytest.raises(CredentialsRefused):
        steps.look_up(LookUp(0.0, "task-0"), services)


# Look up


def test_a_lost_submission_is_searched_for_in_the_list(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    task_id, _ = _submitted(house, found, source, services)
    listed = steps.look_up(LookUp(0.0), services)
    assert isinstance(listed, Listed)
    assert [entry.task_id for entry in listed.entries] == [task_id]
    assert steps.list_tasks(0.0, services) == listed


@pytest.mark.parametrize(
    ("passed_s", "change", "verdict"),
    [
        (10, {}, Verdict.OURS),
        (0, {}, Verdict.UNKNOWN_YET),
        (10, {"addresses": ("https://store.test/bucket/other.flac",)}, Verdict.NOT_OURS),
        (10, {"digests": ("another signing",)}, Verdict.NOT_OURS),
    ],
)
def test_a_candidate_is_judged_by_the_addresses_in_its_results(
    house: House,
    source: Source,
    found: Recognition,
    services: Services,
    passed_s: float,
    change: dict[str, Any],
    verdict: Verdict,
) -> None:
    task_id, rec = _submitted(house, found, source, services)
    house.clock.now += passed_s
    question = replace(LookUp(0.0, task_id, (rec.address,), (rec.address_digest,)), **change)
    assert steps.look_up(question, services) == Judged(task_id, verdict)


# Collect


def test_a_task_is_waited_for_and_its_reply_saved_without_signatures(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    task_id, rec = _submitted(house, found, source, services)
    question = TaskQuestion(task_id, ((rec.key, rec.address),), (rec,))
    assert steps.collect(question, services) == Running("RUNNING")
    house.clock.now += 10
    collected = steps.collect(question, services)
    assert isinstance(collected, Collected)
    assert collected.answers == (FileAnswer(rec.key, outcome=Ok(), reply=f"{rec.key}.json", billed_s=7),)
    assert collected.took_s == 5.0
    saved = services.reply_path(f"{rec.key}.json").read_bytes()
    assert b"Hello world." in saved
    assert b"secret" not in saved
    assert steps.collect(replace(question, task_id="another"), services) == UnknownTask()


def test_many_replies_of_one_task_are_all_fetched(house: House, services: Services) -> None:
    recs, objects = [], []
    for number in range(30):
        one = expand([str(house.media(f"{number}.mp4"))])[0]
        assert one.path is not None
        rec = Recognition(f"{number:064}", describe(one.path).sha256, "o", "flac", "e", "fun-asr")
        upload = steps.upload(rec, one, None, None, services).upload
        assert upload is not None
        recs.append(rec)
        objects.append((rec.key, upload.stored))
    addresses = [address for address in steps.sign(objects, services) if isinstance(address, Address)]
    group = Group(RecognitionOptions(), tuple((address.key, address.digest) for address in addresses))
    submitted = steps.submit(group, services)
    assert isinstance(submitted, Submitted)
    house.clock.now += 10
    pairs = tuple((address.key, address.public) for address in addresses)
    question = TaskQuestion(submitted.task_id, pairs, tuple(recs))
    collected = steps.collect(question, services)
    assert isinstance(collected, Collected)
    assert [answer.outcome for answer in collected.answers] == [Ok()] * 30
    assert len(list((services.private / "replies").iterdir())) == 30
    house.asr.fail = unavailable("fetch", 1000, AsrUnavailable)
    collected = steps.collect(question, services)
    assert isinstance(collected, Collected)
    assert {type(answer.outcome) for answer in collected.answers} == {Retry, type(None)}
    assert all(answer.recognised for answer in collected.answers)
    assert house.asr.fetches == 30  # those that failed were not many


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AsrUnavailable("fetch: no answer"), Retry(Cause.SERVICE, Reason("fetch: no answer", kind="AsrUnavailable"))),
        (AsrRejected("fetch: refused"), Rejected(Reason("fetch: refused", kind="AsrRejected"))),
        (ResultExpired("fetch: expired"), Missing(Reason("fetch: expired", kind="ResultExpired"))),
    ],
)
def test_a_reply_that_cannot_be_fetched_is_an_outcome_of_its_file(
    house: House, source: Source, found: Recognition, services: Services, error: CaptionerError, expected: object
) -> None:
    task_id, rec = _submitted(house, found, source, services)
    house.clock.now += 10

    def fail(verb: str) -> None:
        if verb == "fetch":
            raise error

    house.asr.fail = fail
    collected = steps.collect(TaskQuestion(task_id, ((rec.key, rec.address),), (rec,)), services)
    assert isinstance(collected, Collected)
    (answer,) = collected.answers
    assert (answer.recognised, answer.outcome) == (True, expected)
    assert answer.link_refused is isinstance(error, ResultExpired)


@pytest.mark.parametrize(
    ("code", "audio", "kind", "free"),
    [
        ("SERVER_ERROR", "flac", Missing, True),
        ("FILE_403_FORBIDDEN", "flac", Missing, True),
        ("FILE_403_FORBIDDEN", "", Rejected, None),  # a link of the user's cannot be signed anew
        ("InternalError.Timeout", "flac", Missing, False),
        ("DECODE_ERROR", "flac", Rejected, None),
    ],
)
def test_what_the_service_could_not_recognise_is_an_outcome_by_its_code(
    house: House,
    source: Source,
    found: Recognition,
    services: Services,
    code: str,
    audio: str,
    kind: type,
    free: bool | None,
) -> None:
    house.asr.outcomes = {"talk": code}
    task_id, rec = _submitted(house, found, source, services)
    rec = replace(rec, audio=audio)
    house.clock.now += 10
    collected = steps.collect(TaskQuestion(task_id, ((rec.key, rec.address),), (rec,)), services)
    assert isinstance(collected, Collected)
    (answer,) = collected.answers
    assert not answer.recognised
    assert type(answer.outcome) is kind
    assert getattr(answer.outcome, "free", None) is free


def test_silence_is_a_saved_reply(house: House, source: Source, found: Recognition, services: Services) -> None:
    house.asr.silent = ("talk",)
    task_id, rec = _submitted(house, found, source, services)
    house.clock.now += 10
    collected = steps.collect(TaskQuestion(task_id, ((rec.key, rec.address),), (rec,)), services)
    assert isinstance(collected, Collected)
    assert collected.answers[0].outcome == Ok()
    assert b"SUCCESS_WITH_NO_VALID_FRAGMENT" in services.reply_path(collected.answers[0].reply).read_bytes()


def test_a_reply_that_our_disk_does_not_take_is_told(
    house: House, source: Source, found: Recognition, services: Services
) -> None:
    task_id, rec = _submitted(house, found, source, services)
    house.clock.now += 10
    services.private.mkdir()
    (services.private / "replies").write_text("a file where the folder should be")
    collected = steps.collect(TaskQuestion(task_id, ((rec.key, rec.address),), (rec,)), services)
    assert isinstance(collected, Collected)
    (answer,) = collected.answers
    assert answer.unwritable is not None
    assert answer.unwritable.kind == "OutputError"


def test_a_page_of_the_list(house: House, source: Source, found: Recognition, services: Services) -> None:
    _submitted(house, found, source, services)
    page = steps.list_page(1, 100, services)
    assert isinstance(page, Page)
    assert (len(page.entries), page.pages) == (1, 1)
    house.asr.fail = unavailable("page", 1, AsrUnavailable)
    assert isinstance(steps.list_page(1, 100, services), Retry)


# Compose and write

JOB = Job(1, "/media/talk.mp4", "", "/media/talk", "digest")
TARGET = Path("/media/talk")
OPTIONS = JobOptions(RecognitionOptions(), CaptionOptions())


def _fetched(services: Services) -> Recognition:
    services.reply_path("x").parent.mkdir(parents=True)
    services.reply_path("x").write_bytes(b'{"transcripts": [{"text": "Hello."}]}')
    return Recognition("k", "c", "o", "flac", "e", "fun-asr", JobStatus(State.FETCHED), reply="x")


def test_captions_are_composed_of_a_saved_reply(services: Services) -> None:
    made = steps.compose(JOB, _fetched(services), OPTIONS, None, TARGET, services)
    assert isinstance(made, Composed)
    assert set(made.files) == {"asr.json", "srt"}
    assert (made.cues, made.problem, made.fault) == (1, None, None)


def test_of_many_issues_the_severest_are_returned(services: Services) -> None:
    severities = ("note", "warning", "error", "note")
    issues = tuple(Issue(str(number), severity, None, 0, 0, "") for number, severity in enumerate(severities))

    def make(raw: bytes, job: Job, rec: Recognition) -> Captions:
        return Captions({}, 1, issues)

    made = steps.compose(JOB, _fetched(services), OPTIONS, 2, TARGET, replace(services, caption=make))
    assert isinstance(made, Composed)
    assert [issue.rule for issue in made.issues] == ["1", "2"]


def test_a_reply_that_is_not_there_is_told(services: Services) -> None:
    rec = Recognition("k", "c", "o", "flac", "e", "fun-asr", JobStatus(State.FETCHED), reply="x")
    assert steps.compose(JOB, rec, OPTIONS, None, TARGET, services) == ReplyMissing()


@pytest.mark.parametrize("error", [ReplyError("no transcript"), ZeroDivisionError("oh")])
def test_the_reply_is_there_even_if_no_captions_can_be_made_of_it(services: Services, error: Exception) -> None:
    def fail(raw: bytes, job: Job, rec: Recognition) -> Captions:
        raise error

    made = steps.compose(JOB, _fetched(services), OPTIONS, None, TARGET, replace(services, caption=fail))
    assert isinstance(made, Composed)
    assert set(made.files) == {"asr.json"}
    assert (made.problem is not None) is isinstance(error, ReplyError)
    assert (made.fault is not None) is isinstance(error, ZeroDivisionError)


def test_outputs_are_written_or_refused(house: House, services: Services) -> None:
    assert steps.write(((house.folder / "a.srt", b"one"),), services) == Ok()
    assert (house.folder / "a.srt").read_bytes() == b"one"
    assert isinstance(steps.write(((house.folder / "a.srt" / "b.srt", b"two"),), services), Rejected)


def test_an_object_is_deleted(house: House, source: Source, found: Recognition, services: Services) -> None:
    upload = _stored(house, found, source, services)
    house.store.fail = unavailable("delete", 1)
    assert isinstance(steps.delete(upload.stored, services), Retry)
    assert steps.delete(upload.stored, services) == Ok()
    assert house.store.objects == {}


# How a step is called


def broken(services: Services) -> None:
    raise ZeroDivisionError("division by zero")


def refused(services: Services) -> None:
    raise ConfigError("no bucket")


def clock_of(services: Services) -> float:
    return services.clock()


def test_a_bug_in_a_step_is_returned_with_its_place(services: Services) -> None:
    fault = perform(broken, (), Here(services))
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.place[:14]) == ("ZeroDivisionError", "test_steps.py,")
    assert "division by zero" in fault.trace
    with pytest.raises(ConfigError):
        perform(refused, (), Here(services))


@pytest.mark.parametrize(("early_s", "late_s"), [(0.3, -0.3), (-0.2, 0.2), (5.0, -5.0)])
def test_a_step_begins_in_its_slot_and_says_how_late_it_was(
    house: House, services: Services, early_s: float, late_s: float
) -> None:
    began = house.clock.now
    paced = perform_at(began + early_s, clock_of, (), Here(services))
    assert isinstance(paced, Paced)
    assert paced.late_s == pytest.approx(late_s)
    assert paced.result - began == pytest.approx(min(max(early_s, 0.0), 1.0))


# What travels


class Travelling(InlineExecutor):
    """Calls every step with copies of its arguments that went through a pickle, and returns such a copy."""

    def __init__(self) -> None:
        self.steps: set[str] = set()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if fn is perform_each:
            calls, futures, where = args
            self.steps.update(step.__name__ for step, _ in calls)
            together = super().submit(fn, pickle.loads(_checked(pickle.dumps(calls))), futures, where)
            assert all(_checked(pickle.dumps(future.result())) for future in futures)
            return together
        *slot, step, given, where = args
        self.steps.add(step.__name__)
        step, given = pickle.loads(_checked(pickle.dumps((step, given))))
        future = super().submit(fn, *slot, step, given, where)
        if future.exception() is None:
            copy: Future[Any] = Future()
            copy.set_result(pickle.loads(_checked(pickle.dumps(future.result()))))
            return copy
        return future


def _checked(data: bytes) -> bytes:
    assert not [secret for secret in SECRETS if secret in data]
    return data


@pytest.mark.integration
def test_everything_a_step_is_given_and_returns_can_travel_and_is_no_secret(house: House) -> None:
    names = [str(house.media(f"{name}.mp4")) for name in ("one", "two", "silence", "bad")]
    names += [str(house.media("broken.mp4", b"broken")), "https://media.test/link.mp4?Signature=geheim"]
    many = [str(house.media(f"many/{number}.mp4")) for number in range(20)]
    house.asr.answers = ["lost", "busy", "dropped"]
    house.asr.outcomes = {"bad": "DECODE_ERROR"}
    house.asr.silent = ("silence",)
    house.store.fail = unavailable("put", 2)
    house.asr.fail = unavailable("fetch", 1, ResultExpired)
    travelling = Travelling()
    with QuickLedger(ledger_path(names), clock=house.clock) as book:
        executors = Executors(travelling, travelling)
        sources = expand([*names, *many], house.folder / "out")
        report = run(sources, house.options, house.services, book, executors=executors, rng=CHANCE(1))
    states = [file.state for file in report.files]
    assert states.count(State.WRITTEN) == len(states) - 2, report.as_json()
    assert travelling.steps == {
        *(
            "probe",
            "upload",
            "read_link",
            "sign",
            "submit",
            "look_up",
            "collect",
            "list_page",
            "compose",
            "write",
            "delete_together",
        )
    }


def test_settings_travel_without_the_key_and_services_not_at_all(services: Services) -> None:
    settings = Settings(api_key=Secret("sk-secret"), storage="s3", bucket="media", s3_endpoint="https://store.test")
    travelling = ServiceSettings(settings, AudioPolicy(), "fun-asr", private=Path("/private")).without_key()
    copy = pickle.loads(_checked(pickle.dumps(travelling)))
    assert copy == travelling
    assert copy.settings.bucket == "media"
    for secret in (services, services.links, settings.api_key, ServiceSettings(settings, AudioPolicy(), "fun-asr")):
        with pytest.raises(TypeError):
            pickle.dumps(secret)


@pytest.mark.parametrize(
    ("storage", "origin", "travels"),
    [("s3", "flag", True), ("temporary", "environment DASHSCOPE_API_KEY", True), ("temporary", "flag", False)],
)
def test_settings_travel_where_a_key_can_be_found_again(storage: str, origin: str, travels: bool) -> None:
    settings = Settings(api_key=Secret("sk-1"), storage=storage, bucket="media", origins={"api_key": origin})
    assert ServiceSettings(settings, AudioPolicy(), "fun-asr").travels is travels


def test_the_table_dispatches_to_functions_of_this_module() -> None:
    for step in (*steps.STEPS.values(), *steps.MEDIA_STEPS):
        assert getattr(steps, step.__name__) is step


def _frames_to(house: House, name: str) -> int:
    """Frames between the scheduler and a step, the step's included."""
    depths: list[int] = []

    def noting(path: Path) -> Any:
        names = [(Path(frame.filename).name, frame.function) for frame in inspect.stack()]
        step = next(at for at, (_, function) in enumerate(names) if function == name)
        outermost = max(at for at, (file, _) in enumerate(names) if file == "scheduler.py")
        depths.append(outermost - step + 1)
        return describe(path)

    house.describe = noting
    assert house.run(house.media("talk.mp4")).exit_code == 0
    return depths[0]


@pytest.mark.integration
def test_a_media_step_is_a_few_frames_from_the_scheduler(house: House) -> None:
    assert _frames_to(house, "probe") <= 6
