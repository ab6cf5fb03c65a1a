"""Everything that is done outside for a recognition or a job: one plain function for each step.

A step takes plain records and the services, does one kind of exchange, and returns what came of it; it never sleeps,
writes to the ledger or decides what follows. Arguments and results can be pickled and hold no key and no signed link,
so a step may run in another process or on another machine. *Media steps* (probe, upload, compose) need processor, disk
and bandwidth and may run anywhere; *service steps* need the key, or signed links, and run where the ledger is.

Errors about one file or one moment are returned as outcomes. Only what ends the whole run is raised: `SetupError` and
`Interrupted`.
"""

from __future__ import annotations

import contextlib
import json
import mimetypes
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from captioner.captions.options import REPLY_EXTENSION
from captioner.daemon_executor import DaemonThreadExecutor
from captioner.errors import (
    CaptionerError,
    FileError,
    MediaError,
    OutputError,
    ResultExpired,
    RetryableError,
    SetupError,
    StorageRejected,
)
from captioner.files import write_whole
from captioner.jobs.events import Downloading, Noted, Preparing, Uploading
from captioner.jobs.inputs.finding import Source
from captioner.jobs.options import JobOptions
from captioner.jobs.outputs import captions
from captioner.jobs.outputs.edited_files import archive_beside
from captioner.jobs.outputs.findings import Findings
from captioner.jobs.outputs.remote_outputs import remote_of
from captioner.jobs.records import Delivery, Job, Recognition, Upload, address_digest, object_content, recognition_key
from captioner.jobs.services import Fault, Services
from captioner.jobs.states import Cause, Missing, Ok, Outcome, Reason, Rejected, Retry, State, outcome_of
from captioner.jobs.step_records import (
    Address,
    Checked,
    Collected,
    Composed,
    FileAnswer,
    Group,
    Judged,
    Listed,
    LookUp,
    NotSigned,
    ObjectRequest,
    Page,
    Probed,
    ReplyMissing,
    Running,
    Stored,
    Submitted,
    Superseded,
    TaskQuestion,
    UnknownTask,
)
from captioner.jobs.uplink_memory import keep_uplink
from captioner.jobs.upload_notes import drop_note, keep_note
from captioner.media import AudioPolicy, RemoteMedia, describe_remote, why_not_as_it_is
from captioner.model import Media, MediaObject, Prepared, SignedUrl, StoredObject
from captioner.notification import Message
from captioner.recognition.base import FileResult, RecognitionOptions, Verdict
from captioner.storage.base import BulkStore, LeaseStore

__all__ = [
    "MEDIA_STEPS",
    "OBJECT_STORE",
    "STEPS",
    "check_options",
    "collect",
    "compose",
    "delete",
    "delete_all_of",
    "delete_together",
    "deliver",
    "list_page",
    "list_tasks",
    "look_up",
    "probe",
    "probe_object",
    "read_link",
    "sign",
    "submit",
    "upload",
    "work_folder_of",
    "write",
]

#: `StoredObject.store` of media that are signed where they are.
OBJECT_STORE = "object"

# Progress is reported at most this often.
_PROGRESS_S = 0.1

# Replies of one task that are fetched at once.
_FETCHED_AT_ONCE = 4


@dataclass(slots=True)
class _Progress:
    """A callback for media and storage that reports how far a file is, a few times a second."""

    event: type[Preparing] | type[Uploading] | type[Downloading]
    source: str
    services: Services
    reported_at: float = float("-inf")

    def __call__(self, done: int, total: int) -> None:
        now = self.services.clock()
        if not 0 <= now - self.reported_at < _PROGRESS_S or done >= total:
            self.reported_at = now
            self.services.report(self.event(self.source, done, total))


# A file whose content is not known: probe


def probe(source: Source, services: Services) -> Probed | Outcome:
    """Describe a media file and compute the digest of its content."""
    try:
        return Probed(services.describe(_path_of(source)))
    except CaptionerError as error:
        return outcome_of(error, Cause.STORAGE)


def probe_object(source: Source, asked: ObjectRequest, services: Services) -> Probed | Outcome:
    """Describe media in a bucket by the parts of it that tell, and find out whether the service can take it as it is.

    What it can take is verified to be readable by a link. All else is read: its digest is computed, and what is sent is
    prepared and waits in the work folder for its upload, so that no more than one copy is on the disk for each worker.
    """
    media = _object_of(source)
    try:
        with services.buckets.open(media) as file:
            remote = describe_remote(file, media.key, media.size_bytes)
        found = remote.media
        why_not = _why_not_as_it_is(remote, asked, services)
        if not why_not:
            services.buckets.verify_readable(services.buckets.sign(media.bucket, media.key), media.bucket)
            content = object_content(media, services.buckets.endpoint)
            return Probed(replace(found, sha256=content), _sent_as_it_is(found, services.audio))
        described, _ = _prepared_object(source, asked.recognition_digest, asked.audio, services)
        return Probed(replace(described, path=found.path))
    except CaptionerError as error:
        return outcome_of(error, Cause.STORAGE)


def _why_not_as_it_is(media: RemoteMedia, asked: ObjectRequest, services: Services) -> str:
    if not asked.as_it_is:
        return "the audio is to be sent in another form"
    return why_not_as_it_is(media, services.audio, diarized=asked.diarized)


def _sent_as_it_is(media: Media, policy: AudioPolicy) -> str:
    """A line about channels that the service does not hear."""
    channels = media.audio[0].channels
    if channels == 1 or policy.channels:
        return ""
    return f"sent as it is: the service hears the first of its {channels} channels; --audio flac mixes them"


def _prepared_object(source: Source, recognition: str, audio: str, services: Services) -> tuple[Media, Prepared]:
    """Read an object, and prepare what is sent; the copy is deleted, what was prepared stays in the work folder."""
    media = _object_of(source)
    incoming = services.work_folder / "incoming"
    incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=incoming) as folder:
        copy = Path(folder) / f"media{PurePosixPath(media.key).suffix[:12]}"
        try:
            services.buckets.download(media, copy, progress=_Progress(Downloading, source.name, services))
        except OSError as error:
            raise OutputError(f"cannot be kept while it is read ({error.strerror or error}); free space") from error
        described = services.describe(copy)
        key = recognition_key(described.sha256, recognition, audio, services.endpoint)
        place = services.work_folder / key[:32]
        prepared = _prepared_before(place)
        if prepared is None:
            made = Path(folder) / "made"
            made.mkdir(mode=0o700)
            prepared = services.prepare(described, made, progress=_Progress(Preparing, source.name, services))
            prepared = _published(prepared, copy, made, place)
    return described, prepared


def _published(prepared: Prepared, copy: Path, made: Path, place: Path) -> Prepared:
    """Move what was prepared, with its note, to where the upload finds it: as a whole, and once.

    Another object with the same content may be at the same point.
    """
    if not prepared.temporary:  # the copy itself is sent
        prepared = replace(prepared, path=Path(shutil.move(copy, made / copy.name)))
    kept = replace(prepared, path=place / prepared.path.name)
    _keep(kept, made)
    for _ in range(2):
        with contextlib.suppress(OSError):
            made.rename(place)
            return kept
        if found := _prepared_before(place):
            return found
        shutil.rmtree(place, ignore_errors=True)  # left by a worker that died
    raise OutputError(f"{place.parent} cannot be written to; free space, and check your rights there")


def _object_of(source: Source) -> MediaObject:
    if source.media is None:
        raise TypeError("not in a bucket")
    return source.media


def _path_of(source: Source) -> Path:
    if source.path is None:
        raise TypeError("a link has no file")
    return source.path


# FOUND: upload


def upload(rec: Recognition, source: Source, media: Media | None, known: Upload | None, services: Services) -> Stored:
    """Put what is to be recognised where the service can read it, and verify that it can.

    What was prepared stays in the work folder when the store does not answer, so that the next attempt finds it.

    Args:
        rec: The recognition, FOUND.
        source: A file with its content.
        media: What the file is, or None to look again.
        known: An object with the same content that should be there, or None.
        services: The store and the media functions are used.
    """
    there, missing, note = known, 0, ""
    outcome: Outcome
    try:
        if known is not None and not services.store.exists(known.stored):
            there, missing = None, known.id
        if there is None:
            there, note = _put(rec, source, media, services)
        outcome = _verified(there.stored, services)
    except CaptionerError as error:
        outcome = outcome_of(error, Cause.STORAGE)
    if not isinstance(outcome, Retry):
        shutil.rmtree(work_folder_of(rec, services.work_folder), ignore_errors=True)
    return Stored(outcome, there, missing, note)


def _verified(stored: StoredObject, services: Services) -> Outcome:
    """Read an object as the service will. Another file with the same audio may have had it deleted meanwhile."""
    try:
        services.store.verify_readable(services.store.sign(stored))
    except StorageRejected as error:
        if services.store.exists(stored):
            raise
        return Retry(Cause.STORAGE, Reason.of(error))
    return Ok()


def read_link(key: str, services: Services) -> Stored:
    """Read a link that was given as the service will. A set-up that only its host has concerns its file alone.

    Args:
        key: Key of the recognition, whose link is at hand.
        services: The links and their reader are used.
    """
    link = services.links.given(key)
    if link is None:
        raise TypeError("a recognition without an object and without a link")
    try:
        services.given_links.verify_readable(link)
    except SetupError as error:
        return Stored(Rejected(Reason.of(error)))
    except CaptionerError as error:
        return Stored(outcome_of(error, Cause.STORAGE))
    return Stored(Ok())


def work_folder_of(rec: Recognition, work_folder: Path) -> Path:
    """The private folder of a recognition for files that are needed for a while only."""
    return work_folder / rec.key[:32]


def _put(rec: Recognition, source: Source, media: Media | None, services: Services) -> tuple[Upload, str]:
    """Put what is prepared into the store. What and where is noted before, for when this process dies meanwhile.

    Returns:
        The object, and the name of the note.
    """
    folder = work_folder_of(rec, services.work_folder)
    prepared = _prepared_before(folder)
    if prepared is None and source.media is not None:
        described, prepared = _prepared_object(source, rec.options, rec.audio, services)
        _check_unchanged(described, rec)
    elif prepared is None:
        prepared = _prepared(rec, source, media, folder, services)
    _keep(prepared, folder)
    name = Path(source.identity).name
    place = services.store.place_of(prepared, name)
    note = "" if place is None else keep_note(services.work_folder, _upload_of(rec, prepared, place, services))
    begun = services.clock()
    try:
        stored = services.store.put(prepared, name, progress=_Progress(Uploading, source.name, services))
    except (FileError, SetupError):  # refused, so nothing is there
        drop_note(services.work_folder, note)
        raise
    services.uplink.add(prepared.size_bytes, services.clock() - begun)
    keep_uplink(services.private, services.uplink)
    return _upload_of(rec, prepared, stored, services), note


def _upload_of(rec: Recognition, prepared: Prepared, stored: StoredObject, services: Services) -> Upload:
    return Upload(
        id=0,
        store_id=services.store_id,
        stored=stored,
        content=rec.content,
        audio=rec.audio,
        duration_ms=prepared.duration_ms,
        offset_ms=prepared.offset_ms,
    )


def _prepared(rec: Recognition, source: Source, media: Media | None, folder: Path, services: Services) -> Prepared:
    """Make what is sent; a folder that a worker left when it died is cleared first."""
    shutil.rmtree(folder, ignore_errors=True)
    media = media or services.describe(_path_of(source))
    _check_unchanged(media, rec)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    prepared = services.prepare(media, folder, progress=_Progress(Preparing, source.name, services))
    for note in prepared.notes:
        services.report(Noted(source.name, note))
    return prepared


def _check_unchanged(media: Media, rec: Recognition) -> None:
    if media.sha256 != rec.content:
        raise MediaError("changed while it was worked on; wait until nothing writes to it and run again")


def _keep(prepared: Prepared, folder: Path) -> None:
    """Note what was prepared for the next attempt; without the note it is prepared again."""
    values = {**asdict(prepared), "path": str(prepared.path)}
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "prepared.json").write_text(json.dumps(values), encoding="utf-8")


def _prepared_before(folder: Path) -> Prepared | None:
    """The file that an earlier attempt has prepared."""
    try:
        values = json.loads((folder / "prepared.json").read_text(encoding="utf-8"))
        prepared = Prepared(**{**values, "path": Path(values["path"]), "notes": tuple(values["notes"])})
        is_whole = prepared.path.stat().st_size == prepared.size_bytes
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return prepared if is_whole else None


# Before anything is bought: what the options refer to


def check_options(options: RecognitionOptions, services: Services) -> Checked | Outcome:
    """Look up what the options refer to at the service; free of charge.

    Raises:
        SetupError: They refer to something that does not exist, or that would have no effect.
    """
    try:
        return Checked(services.asr.check(options))
    except CaptionerError as error:
        return outcome_of(error, Cause.SERVICE)


# STORED: sign, then submit


def sign(objects: Sequence[tuple[str, StoredObject | None]], services: Services) -> tuple[Address | NotSigned, ...]:
    """Make the links that the service is going to read; they stay in `services.links`.

    Args:
        objects: Keys of recognitions, each with its object, or None when it was given as a link.
        services: The store and the links are used.
    """
    return tuple(_signed(key, stored, services) for key, stored in objects)


def _signed(key: str, stored: StoredObject | None, services: Services) -> Address | NotSigned:
    try:
        if stored is None:
            link = services.links.given(key)
        elif stored.store == OBJECT_STORE:
            link = services.buckets.sign(stored.bucket, stored.key)
        else:
            link = services.store.sign(stored)
    except CaptionerError as error:
        return NotSigned(key, outcome_of(error, Cause.STORAGE))
    if link is None:
        raise TypeError("a recognition without an object and without a link")
    return Address(key, link.public, services.links.keep(key, link))


def submit(group: Group, services: Services) -> Submitted | Outcome:
    """Have files recognised: the only step that costs money. Its intent is on the disk before it is called.

    Returns:
        `Submitted`; `InDoubt` when the answer was lost; any other outcome means that nothing was taken.

    Raises:
        SetupError: Nothing was taken, and nothing will be.
    """
    links = services.links.take(group.files)
    if links is None:
        return Retry(Cause.SERVICE, Reason("its link is no longer at hand; it is signed again"))
    try:
        return Submitted(services.asr.submit(links, group.options))
    except CaptionerError as error:
        return outcome_of(error, Cause.SERVICE)


# SUBMITTING: look up


def look_up(question: LookUp, services: Services) -> Judged | Listed | Outcome:
    """Look for the task of a lost submission: ask about a candidate, or search the list for candidates."""
    try:
        if not question.candidate:
            # The whole list and not only this model's: it may name the snapshot behind the model instead.
            return Listed(tuple(services.asr.tasks("", question.since_s, None)))
        report = services.asr.query(question.candidate)
    except CaptionerError as error:
        return outcome_of(error, Cause.SERVICE)
    verdict = services.asr.confirm(report, [SignedUrl(address) for address in question.addresses])
    if verdict is Verdict.OURS and _is_signed_by_another(report.results, question.digests):
        verdict = Verdict.NOT_OURS
    return Judged(question.candidate, verdict)


def _is_signed_by_another(results: Sequence[FileResult], digests: Sequence[str]) -> bool:
    """Whether an echo has a signature that is not the one submitted: the same file, but another submission of it."""
    signed = [result.file_url.url for result in results if "?" in result.file_url.url]
    return any(address_digest(url) not in digests for url in signed)


def list_tasks(since_s: float, services: Services) -> Listed | Outcome:
    """The account's tasks since a Unix time."""
    try:
        return Listed(tuple(services.asr.tasks("", since_s, None)))
    except CaptionerError as error:
        return outcome_of(error, Cause.SERVICE)


# SUBMITTED and RECOGNISED: collect


def collect(question: TaskQuestion, services: Services) -> Running | UnknownTask | Collected | Outcome:
    """Ask about a task; when it has ended, fetch the replies and save them before anything reads them.

    The links to replies do not leave this step. After a reply that cannot be fetched the others are left for the next
    call.
    """
    try:
        report = services.asr.query(question.task_id)
    except CaptionerError as error:
        return outcome_of(error, Cause.SERVICE)
    if report.is_unknown:
        return UnknownTask()
    if not report.is_finished:
        return Running(report.status)
    found = report.results_for([SignedUrl(address) for _, address in question.addresses])
    if len(question.addresses) > 1 and not report.results and services.asr.blames_one_file(found[0].code):
        refused = (_refused_together(rec, found[0], question.task_id, services) for rec in question.wanted)
        return Collected(tuple(refused), None)
    results = {key: result for (key, _), result in zip(question.addresses, found, strict=True)}
    billed_s = report.billed_s if len(question.addresses) == 1 else None
    answers = _answers(question, results, billed_s, services)
    is_timed = report.submitted_at is not None and report.ended_at is not None
    return Collected(answers, (report.ended_at or 0) - (report.submitted_at or 0) if is_timed else None)


def _refused_together(rec: Recognition, result: FileResult, task_id: str, services: Services) -> FileAnswer:
    """The answer about a file of a task that failed before any of its files was looked at."""
    reason = Reason.of(services.asr.failure(result, task_id).error)
    outcome = Missing(reason, free=True)
    return FileAnswer(rec.key, recognised=False, outcome=outcome, group_refused=reason.message)


def _answers(
    question: TaskQuestion, results: Mapping[str, FileResult], billed_s: int | None, services: Services
) -> tuple[FileAnswer, ...]:
    """The answers about all files; several replies are fetched a few at a time."""
    if len(question.wanted) == 1:
        rec = question.wanted[0]
        return (_answer(rec, results[rec.key], question.task_id, billed_s, services),)
    trouble = threading.Event()
    executor = DaemonThreadExecutor(_FETCHED_AT_ONCE)
    answers: list[FileAnswer] = []
    for start in range(0, len(question.wanted), _FETCHED_AT_ONCE):
        futures = [
            executor.submit(_answer_unless, trouble, rec, results[rec.key], question.task_id, billed_s, services)
            for rec in question.wanted[start : start + _FETCHED_AT_ONCE]
        ]
        answers += [future.result() for future in futures]
    executor.shutdown(wait=False)
    return tuple(answers)


def _answer_unless(
    trouble: threading.Event,
    rec: Recognition,
    result: FileResult,
    task_id: str,
    billed_s: int | None,
    services: Services,
) -> FileAnswer:
    """The answer about a file, without fetching its reply when another could not be fetched."""
    if trouble.is_set() and (result.is_no_speech or result.transcription_url is not None):
        return FileAnswer(rec.key)
    answer = _answer(rec, result, task_id, billed_s, services)
    if isinstance(answer.outcome, Retry) or answer.unwritable is not None:
        trouble.set()
    return answer


def _answer(rec: Recognition, result: FileResult, task_id: str, billed_s: int | None, services: Services) -> FileAnswer:
    """The answer about a file; the task's own status says nothing about it."""
    if result.is_no_speech:
        return _save(rec, services.asr.empty_reply(rec.address, rec.duration_ms, result.code), billed_s or 0, services)
    if result.transcription_url is None:
        return _failure(rec, result, task_id, billed_s, services)
    try:
        raw = services.asr.fetch(result.transcription_url)
    except ResultExpired as error:
        return FileAnswer(rec.key, outcome=Missing(Reason.of(error)), link_refused=True)
    except CaptionerError as error:
        return FileAnswer(rec.key, outcome=outcome_of(error, Cause.SERVICE))
    return _save(rec, raw, billed_s, services)


def _failure(
    rec: Recognition, result: FileResult, task_id: str, billed_s: int | None, services: Services
) -> FileAnswer:
    failure = services.asr.failure(result, task_id)
    reason = Reason.of(failure.error)
    is_given_as_link = not rec.audio and not rec.is_object
    if failure.may_pass or (failure.address_refused and not is_given_as_link):
        outcome: Outcome = Missing(reason, free=failure.is_free and not billed_s)
    else:
        outcome = Rejected(reason)
    return FileAnswer(rec.key, recognised=False, outcome=outcome)


def _save(rec: Recognition, raw: bytes, billed_s: int | None, services: Services) -> FileAnswer:
    """Save a reply as received but for signatures."""
    name, clean = f"{rec.key}.json", services.asr.clean_reply(raw)
    try:
        write_whole(services.reply_path(name), clean, private=True)
    except OutputError as error:
        return FileAnswer(rec.key, unwritable=Reason.of(error))
    seconds = services.asr.speech_s(clean) if billed_s is None else billed_s
    return FileAnswer(rec.key, outcome=Ok(), reply=name, billed_s=seconds)


def list_page(number: int, size: int, services: Services) -> Page | Outcome:
    """One page of the service's list: tells about many tasks for the price of one request."""
    try:
        entries, pages = services.asr.page(number, size)
    except CaptionerError as error:
        return outcome_of(error, Cause.SERVICE)
    return Page(tuple(entries), pages)


# FETCHED: compose, then write


def compose(
    job: Job, rec: Recognition, options: JobOptions, issues_kept: int | None, target: Path, services: Services
) -> Composed | ReplyMissing | Rejected:
    """Turn a saved reply into the bytes of the caption files.

    Args:
        job: The job, with what is known about its media.
        rec: Its recognition, FETCHED.
        options: What was asked of the service, and what the captions are to be.
        issues_kept: Issues that are returned at most, or None for all.
        target: Folder and stem of the outputs: corrections in an archive that is there are kept.
        services: The saved replies are used.
    """
    path = services.reply_path(rec.reply)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return ReplyMissing()
    except OSError as error:
        return Rejected(Reason(f"{path} cannot be read ({error.strerror or error})", kind="OutputError"))
    bare = Composed({REPLY_EXTENSION: raw})
    try:
        beside = archive_beside(target) if options.captions.archive else None
        make = services.caption or partial(
            captions.make, options=options.captions, by_channel=options.recognition.by_channel, beside=beside
        )
        made = make(raw, job, rec)
    except (FileError, RetryableError) as error:
        return replace(bare, problem=Reason.of(error))
    except CaptionerError:
        raise
    except Exception as error:  # noqa: BLE001 - the raw reply is written all the same
        return replace(bare, fault=Fault.of(error))
    files = {REPLY_EXTENSION: raw, **made.files}
    kept = made.worst_issues(issues_kept)
    findings = Findings(kept, len(kept) == len(made.issues), made.speech, made.unmatched, made.unheard, made.matched)
    return Composed(files, made.cues, kept, made.speech, findings=findings)


def write(files: Sequence[tuple[Path, bytes]], services: Services) -> Outcome:
    """Write outputs, each whole or not at all. Their digests are in the ledger before this is called.

    Those whose place is in a bucket are put there, too, in the same order.
    """
    try:
        for path, content in files:
            write_whole(path, content)
    except OutputError as error:
        return Rejected(Reason.of(error))
    try:
        for path, content in files:
            if remote := remote_of(path):
                kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                services.buckets.put(*remote, content, kind)
    except CaptionerError as error:
        return outcome_of(error, Cause.STORAGE)
    return Ok()


# Objects that are no longer needed


def delete(stored: StoredObject, services: Services, superseded: Superseded | None = None) -> Outcome:
    """Delete an object from its store, and what was left beside it by calls on workers that others have repeated.

    A store that refuses to delete is no reason to end a run: what was paid for goes on, and the object is reported.
    """
    try:
        services.store.delete(stored)
        if superseded is not None and isinstance(services.store, LeaseStore):
            services.store.remove_superseded(stored, superseded.token, superseded.kept)
    except CaptionerError as error:
        return _not_deleted(error)
    return Ok()


def _not_deleted(error: CaptionerError) -> Outcome:
    return Rejected(Reason.of(error)) if isinstance(error, SetupError) else outcome_of(error, Cause.STORAGE)


def delete_together(objects: Sequence[StoredObject], services: Services) -> tuple[Outcome, ...]:
    """Delete objects with one request, where the store takes one for many; an outcome for each, as `delete` has it."""
    store = services.store
    if not isinstance(store, BulkStore):
        return tuple(delete(each, services) for each in objects)
    return tuple(Ok() if error is None else _not_deleted(error) for error in store.delete_all(objects))


def delete_all_of(stored: StoredObject, superseded: Superseded, services: Services) -> Outcome:
    """Delete an object, and what was left beside it, as `delete` does."""
    return delete(stored, services, superseded)


# Messages to other programs


def deliver(delivery: Delivery, services: Services) -> Outcome:
    """Hand a message to its receiver, once."""
    receiver = services.receivers[delivery.receiver]
    reason = receiver.deliver(Message(delivery.id, delivery.type, delivery.body))
    return Retry(Cause.SERVICE, Reason(reason)) if reason else Ok()


#: What is done in each state; the scheduler dispatches by this table.
STEPS: Mapping[State, Callable[..., Any]] = {
    State.FOUND: upload,
    State.STORED: submit,
    State.SUBMITTING: look_up,
    State.SUBMITTED: collect,
    State.RECOGNISED: collect,
    State.FETCHED: compose,
}

#: Steps that may run in another process or on another machine.
MEDIA_STEPS = frozenset({probe, probe_object, upload, compose})
