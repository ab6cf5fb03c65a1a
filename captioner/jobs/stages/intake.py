"""From an input to a request: what it is, whether there is anything to do, and whether that may be done.

A caption file that we did not write is not replaced without being asked, and one that a person edited since stays as it
is; that is found out before anything is uploaded.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from captioner.captions.options import ARCHIVE_EXTENSION, REPLY_EXTENSION
from captioner.errors import OutputError, SetupError
from captioner.files import name_problem, obstacle, sha256_of_file, write_whole
from captioner.jobs.events import Failed, FileReport, FileStarted, Noted
from captioner.jobs.inputs.finding import Source, output_path
from captioner.jobs.options import MANIFEST_EXTENSION, JobOptions
from captioner.jobs.outputs.acceptances import with_acceptances
from captioner.jobs.outputs.edited_files import changed_since, edit_note, state_of_output
from captioner.jobs.outputs.findings import Findings
from captioner.jobs.outputs.remote_outputs import put_problem, remote_of, shown_path
from captioner.jobs.polling.due_queue import Call, Kind
from captioner.jobs.records import OBJECT_MARK, Job, Recognition, object_stamp, recognition_key
from captioner.jobs.reuse import PAID_BEFORE, Lacking, Reply, find_reply, options_bought, take_over
from captioner.jobs.run_context import JobRun, RunContext
from captioner.jobs.stages import transitions
from captioner.jobs.stages.job_end import end, is_as_read, reject, try_again
from captioner.jobs.states import WORKER_ENDED, Cause, JobStatus, Ok, Outcome, Reason, Retry, State
from captioner.jobs.step_records import ObjectRequest, Probed
from captioner.jobs.steps import probe, probe_object
from captioner.model import Media

__all__ = [
    "TAKING_S",
    "begin",
    "check_outputs",
    "give_up",
    "give_up_probe",
    "next_inputs",
    "plan_probe",
    "resume",
    "room",
    "schedule",
    "settle_probe",
]

# Inputs that are taken up beyond those being prepared and uploaded: enough that no stage runs dry.
_AHEAD = 4
_TAKEN_AT_ONCE = 50
# How long they are taken up in one piece, and the pause after it in which the other lanes have their turn.
TAKING_S = 0.02
_BREATH_S = 0.001


# Taking up


def room(run: RunContext) -> int:
    """Number of inputs that may be taken up; what waits to be written counts, or a slow disk would fill the memory."""
    options, upload, submit = run.options, run.upload, run.submit
    ahead = _AHEAD * options.media_steps + 2 * options.files_per_task
    coming = run.probing + len(upload.begun) + len(upload.fresh)
    return ahead - coming - len(submit.stored) - run.queue.depth("compose")[0] - run.queue.depth("write")[0]


def next_inputs(run: RunContext) -> list[tuple[Source, str]]:
    """The next inputs: no more than the later stages can use soon, so that processes share a ledger's work."""
    free = room(run)
    return list(run.feed.take(min(free, _TAKEN_AT_ONCE))) if free > 0 else []


def schedule(run: RunContext, *, taken: bool) -> None:
    """Have further inputs taken up, after a breath, a pause of the feed, or when there is room again."""
    pause_s = run.feed.pause_s
    if pause_s is None:
        return
    if not taken and room(run) <= 0:
        run.is_take_paused = True
    else:
        breath_s = _BREATH_S if run.queue.is_running else 0.0
        run.queue.put(Kind.TAKE, None, run.now + (breath_s if taken else max(pause_s, _BREATH_S)))


def resume(run: RunContext) -> None:
    """Take up inputs again when there is room."""
    if run.is_take_paused and room(run) > 0:
        run.is_take_paused = False
        run.queue.put(Kind.TAKE, None, run.now)


def begin(run: RunContext, source: Source, clash: str) -> None:
    """Take an input up.

    Args:
        run: The run.
        source: The input.
        clash: Why it cannot be done beside the others, or "".
    """
    run.started += 1
    try:
        job_run = _job_run(run, source)
    except SetupError as error:
        if run.reports is not None:
            raise
        # A folder's own settings are wrong: in an endless run that concerns this folder only.
        reason = Reason.of(error)
        run.counters["failed"] += 1
        run.reported.append((source, FileReport(source.name, State.FOUND, reason=reason)))
        run.emit(Failed(source.name, reason))
        return
    if source.problem or clash:
        kind = "MediaError" if source.problem else "OutputError"
        reject(run, job_run, Reason(source.problem or clash, kind=kind))
        return
    try:
        stamp = _stamp(source)
    except OSError as error:
        reject(run, job_run, Reason(f"cannot be read ({error.strerror or error})", kind="MediaError"))
        return
    _register(run, job_run, stamp)


def give_up(run: RunContext, source: Source, reason: Reason) -> None:
    """After an internal error: report an input that could not be taken up."""
    reject(run, JobRun(source, run.usual, _outputs(run, source, run.usual)), reason)


def _job_run(run: RunContext, source: Source) -> JobRun:
    options_for = run.options.options_for
    options = options_for(source) if options_for else run.usual
    return JobRun(source, options, _outputs(run, source, options))


def _outputs(run: RunContext, source: Source, options: JobOptions) -> tuple[Path, ...]:
    """Paths of everything that is made of an input; its manifest only where the disk takes that name, too."""
    paths = [output_path(source.target, extension) for extension in run.options.extensions(options.captions)]
    if run.options.manifest and name_problem(paths[-1:]) and not name_problem(paths[:-1]):
        run.emit(Noted(source.name, "no manifest is written, because its name would be too long for the disk"))
        del paths[-1]
    return tuple(paths)


def _stamp(source: Source) -> tuple[int, int]:
    """Length and modification time of a file; of an object its ETag, as a number, is in the place of the time."""
    if source.media is not None:
        return object_stamp(source.media)
    if source.path is None:
        return (0, 0)
    found = source.path.stat()
    return (found.st_size, found.st_mtime_ns)


def _register(run: RunContext, job_run: JobRun, stamp: tuple[int, int]) -> None:
    source, options = job_run.source, job_run.options
    job = run.ledger.register_job(
        source.identity,
        source.link_digest,
        _printable(source.target),
        options.captions_digest,
        options.captions_described,
        retry_rejected=run.options.retry_rejected,
        stamp=stamp,
        legacy_captions=options.captions_legacy_digest,
    )
    job_run = replace(job_run, job=job, stamp=stamp)
    if job.status.state is State.REJECTED:
        end(run, job_run, State.REJECTED, job.status.reason, is_news=False)
    elif source.url:
        _identified(run, replace(job_run, job=replace(job, content=source.link_digest)), None)
    elif job.content and is_as_read(job_run) and _may_stay(run, job_run):
        _identified(run, job_run, None)
    else:
        run.probing += 1
        run.queue.put(Kind.PROBE, job_run)


def _may_stay(run: RunContext, job_run: JobRun) -> bool:
    """Whether what is known of an input will do; an object that was signed before may have to be read this time."""
    if not job_run.filed.content.startswith(OBJECT_MARK):
        return True
    known = run.ledger.recognition(_wanted(run, job_run).key)
    return run.options.as_it_is and known is not None and known.state is not State.FOUND


# What is it?


def plan_probe(run: RunContext, job_run: JobRun) -> Call:
    """The call that describes a file."""
    if job_run.source.media is not None:
        options = job_run.options
        asked = ObjectRequest(
            options.recognition_digest, run.options.audio, options.recognition.diarized, run.options.as_it_is
        )
        return Call(Kind.PROBE, probe_object, (job_run.source, asked), job_run)
    return Call(Kind.PROBE, probe, (job_run.source,), job_run)


def settle_probe(run: RunContext, job_run: JobRun, result: Probed | Outcome) -> None:
    """Record what a file is."""
    if isinstance(result, Retry) and result.cause is Cause.WORKER:
        run.probing -= not try_again(run, Kind.PROBE, job_run, result.reason or WORKER_ENDED, State.FOUND)
        return
    run.probing -= 1
    if not isinstance(result, Probed):
        why = None if isinstance(result, Ok) else result.reason
        reject(run, job_run, why or Reason("cannot be read"))
        return
    media = result.media
    if (other := _other_file(run, job_run, media)) is not None:
        run.probing += try_again(run, Kind.PROBE, job_run, other, State.FOUND)
        return
    if result.note:
        run.emit(Noted(job_run.name, result.note))
    for note in media.notes:
        run.emit(Noted(job_run.name, note))
    job = replace(
        job_run.filed,
        size_bytes=job_run.stamp[0],
        mtime_ns=job_run.stamp[1],
        content=media.sha256,
        width=media.width,
        height=media.height,
        duration_ms=media.duration_ms,
        frame_rate=str(media.frame_rate) if media.frame_rate else "",
        start_timecode=media.start_timecode,
    )
    _identified(run, replace(job_run, job=job, worker_deaths=0), media)


def _other_file(run: RunContext, job_run: JobRun, media: Media) -> Reason | None:
    """The reason to doubt a description: a worker of a cluster has another file of that name; or None."""
    path, size_bytes = job_run.source.path, job_run.stamp[0]
    if run.options.cluster is None or path is None or media.size_bytes == size_bytes:
        return None
    try:
        if _stamp(job_run.source) != job_run.stamp:
            return None
    except OSError:
        return None
    message = f"a worker has another file of its name, with {media.size_bytes} bytes instead of {size_bytes}"
    return Reason(f"{message}; correct the mount there or --cluster-path", kind="MediaError")


def give_up_probe(run: RunContext, job_run: JobRun, reason: Reason) -> None:
    """After an internal error."""
    run.probing -= 1
    reject(run, job_run, reason)


# Is there anything to do, and may it be done?


def _identified(run: RunContext, job_run: JobRun, media: Media | None) -> None:
    job = _under_present_key(run, job_run) if run.has_keys_before else job_run.filed
    try:
        chosen = _choose_recognition(run, job_run, job)
    except OutputError as error:
        reject(run, job_run, Reason.of(error))
        return
    if isinstance(chosen, Lacking):
        reject(run, replace(job_run, again_usd=_price_usd(run, job, chosen)), _lacking_reason(run, job, chosen))
        return
    wanted, options, job = chosen
    is_settled = _is_written_from(job, wanted)
    if not is_settled:
        job = replace(job, recognition=wanted.key, status=JobStatus())
    if not is_settled or media is not None:
        run.ledger.save_job(job)
    keep = _kept(run, job_run) if is_settled and not run.options.overwrite else frozenset()
    job_run = replace(job_run, options=options, job=job, keep=keep)
    try:
        edited = _edited(run, job_run)
    except OutputError as error:
        reject(run, job_run, Reason.of(error))
        return
    if edited:
        job_run = replace(job_run, keep=keep | edited)
        run.emit(Noted(job_run.name, edit_note(edited)))
    is_fetched = run.ledger.fetched(wanted.key) if edited or job_run.source.url else False
    if edited and not is_fetched and _is_all_edited(job_run, edited):
        end(run, job_run, State.WRITTEN)  # a recognition is not bought for captions that stay as they are
        return
    if job_run.source.url and is_fetched:
        message = "recognised before, and a link's content cannot be checked; --again does it anew"
        run.emit(Noted(job_run.name, message))
    if not (is_settled and _end_done(run, job_run, wanted.key)):
        state = transitions.request(run, wanted, job_run, media)
        run.emit(FileStarted(job_run.name, state))


def _under_present_key(run: RunContext, job_run: JobRun) -> Job:
    """The job, with the key that this version gives to its recognition where an earlier one gave it another."""
    job, accepted = job_run.filed, run.options.audio_accepted
    lossless = _request(run, job_run, accepted[0] if accepted else None)
    return replace(job, recognition=lossless.key) if _adopt(run, job_run, lossless) and job.recognition else job


def _choose_recognition(run: RunContext, job_run: JobRun, job: Job) -> tuple[Recognition, JobOptions, Job] | Lacking:
    """The recognition to use, the options that it answers, and the job; or what the one that was paid for lacks.

    Raises:
        OutputError: The reply that is to be replaced cannot be set aside.
    """
    if run.options.renew:
        renewed = _renewed(run, replace(job_run, job=job))
        return _request(run, renewed), renewed.options, renewed.filed
    wanted, options = _wanted(run, job_run), job_run.options
    if not run.options.reuse or _is_written_from(job, wanted):
        return wanted, options, job
    found = _paid_before(run, job_run, wanted)
    if isinstance(found, Lacking):
        return found
    if found is not None:
        return found.recognition, replace(options, recognition=found.options), job
    bought = options_bought(options.recognition)
    if not bought or run.ledger.recognition(wanted.key) is not None:
        return wanted, options, job
    options = replace(options, recognition=bought)
    return _wanted(run, replace(job_run, options=options)), options, job


def _is_written_from(job: Job, wanted: Recognition) -> bool:
    """Whether the captions of an input were written from a recognition."""
    return job.status.state is State.WRITTEN and job.recognition == wanted.key


def _edited(run: RunContext, job_run: JobRun) -> frozenset[Path]:
    """Captions of ours that a person edited since.

    Raises:
        OutputError: As `check_outputs`.
    """
    keep = job_run.keep
    changed = changed_since(keep, job_run.source.target)
    return check_outputs(run, job_run, [path for path in job_run.outputs if path not in keep or path in changed])


def _end_done(run: RunContext, job_run: JobRun, key: str) -> bool:
    """End an input whose captions are there; False when there is something to do."""
    told = _with_findings(run, job_run) if _has_all(run, job_run, key) else None
    if told is None:
        return False
    if told.filed.kept_options != told.options.kept:
        run.ledger.save_job(replace(told.filed, kept_options=told.options.kept))
    end(run, told, State.WRITTEN, is_news=False)
    return True


def _renewed(run: RunContext, job_run: JobRun) -> JobRun:
    """An input whose reply, if there is one, is set aside, so that it is recognised again; the price is told.

    A recognition is set aside once in a run: inputs of the same content share the new one.
    """
    if bought := options_bought(job_run.options.recognition):
        job_run = replace(job_run, options=replace(job_run.options, recognition=bought))
    key = _request(run, job_run).key
    known = run.ledger.recognition(key)
    if known is None or known.state is not State.FETCHED or key in run.renewed:
        return job_run
    aside = recognition_key(key, "set aside", str(known.task), known.origin)
    reply = _copied(run.services.reply_path(known.reply), run.services.reply_path(f"{aside}.json"))
    if not run.ledger.set_aside(key, aside, reply.name):
        return job_run
    run.renewed.add(key)
    price = _price(_price_usd(run, job_run.filed, Lacking(known, "")))
    run.emit(Noted(job_run.name, f"recognised before; --again recognises it again, {price}"))
    job = job_run.filed
    return replace(job_run, job=replace(job, recognition=aside)) if job.recognition == key else job_run


def _copied(reply: Path, aside: Path) -> Path:
    """A copy of a reply, whose own name the next one will have; the reply where it is not there any more.

    Raises:
        OutputError: It cannot be saved.
    """
    try:
        raw = reply.read_bytes()
    except OSError:
        return reply
    write_whole(aside, raw, private=True)
    return aside


def _kept(run: RunContext, job_run: JobRun) -> frozenset[Path]:
    """Outputs that stay as they are. A manifest names the others, so it is written again with any of them."""
    there = [path for path in job_run.outputs if _is_there(run, path)]
    if len(there) < len(job_run.outputs):
        there = [path for path in there if not path.name.endswith(f".{MANIFEST_EXTENSION}")]
    return frozenset(there)


def _is_there(run: RunContext, path: Path) -> bool:
    is_here = os.path.exists(path)  # noqa: PTH110 - no error where a name is too long
    return is_here and (remote_of(path) is None or shown_path(path) in run.services.remote_outputs)


def _with_findings(run: RunContext, job_run: JobRun) -> JobRun | None:
    """An input whose captions are there, with what was found when they were written.

    Returns:
        None when that is not known, and can be found out from the reply that is there.
    """
    findings = Findings.loads(job_run.filed.findings)
    if findings is None or not findings.serve(run.options.issues_kept):
        rec = run.ledger.recognition(job_run.filed.recognition)
        if run.options.recheck and rec is not None and rec.reply and run.services.reply_path(rec.reply).is_file():
            return None
        findings = findings or Findings()
    issues = with_acceptances(findings.cut(run.options.issues_kept), job_run.source.target)
    return replace(job_run, issues=issues, cues=job_run.filed.cues, speech=findings.speech, findings=findings)


def _paid_before(run: RunContext, job_run: JobRun, wanted: Recognition) -> Reply | Lacking | None:
    """Recognition that was paid for already and serves, filed in this ledger; or what it lacks."""
    found = find_reply(
        wanted,
        job_run.options.recognition,
        run.ledger,
        run.others,
        again=run.options.again,
        active=run.active,
        current=job_run.filed.recognition,
    )
    if not isinstance(found, Reply):
        return found
    if not take_over(found, run.ledger):
        return None
    if found.note:
        price = _price(_price_usd(run, job_run.filed, found))
        run.emit(Noted(job_run.name, f"{found.note}; --again recognises it again, {price}"))
    elif found.ledger is not None:
        run.emit(Noted(job_run.name, f"recognised before, in {found.ledger.path}; costs nothing"))
    return found


def _lacking_reason(run: RunContext, job: Job, found: Lacking) -> Reason:
    """The reason why a file is not recognised again, with the price of doing so."""
    if found.is_elsewhere:
        return Reason(f"paid for, but lacks {found.what}; wait for it, or merge that ledger", kind=PAID_BEFORE)
    again = f"--again recognises it again, {_price(_price_usd(run, job, found))}"
    return Reason(f"recognised before, but without {found.what}; {again}", kind=PAID_BEFORE)


def _price_usd(run: RunContext, job: Job, found: Reply | Lacking) -> float | None:
    """Most that another recognition costs, or None when that is not known."""
    duration_ms = job.duration_ms or found.recognition.duration_ms
    return duration_ms / 1000 * run.options.usd_per_s if duration_ms and run.options.usd_per_s else None


def _price(usd: float | None) -> str:
    return "price unknown" if usd is None else f"at most {usd:.4f} USD"


def _wanted(run: RunContext, job_run: JobRun) -> Recognition:
    """The recognition asked for, or an earlier one that serves as well, so that it is not bought again."""
    wanted = _request(run, job_run)
    if not wanted.audio or not run.options.audio_accepted:
        return wanted
    every = (wanted, *(_request(run, job_run, audio) for audio in run.options.audio_accepted))
    job = job_run.filed
    if job.status.state is State.WRITTEN and (done := next((r for r in every if r.key == job.recognition), None)):
        return done
    return next((each for each in every if _is_paid(run.ledger.recognition(each.key))), wanted)


def _is_paid(rec: Recognition | None) -> bool:
    """Whether the service was asked, or is about to be."""
    return rec is not None and rec.state is not State.REJECTED and (rec.task is not None or bool(rec.reply))


def _request(run: RunContext, job_run: JobRun, audio: str | None = None) -> Recognition:
    content = job_run.filed.content
    is_sent_as_it_is = job_run.source.url or content.startswith(OBJECT_MARK)
    audio = "" if is_sent_as_it_is else audio or run.options.audio
    options, endpoint = job_run.options.recognition_digest, run.services.endpoint
    return Recognition(
        key=recognition_key(content, options, audio, endpoint),
        content=content,
        options=options,
        audio=audio,
        endpoint=endpoint,
        model=job_run.options.recognition.model,
        asked=job_run.options.recognition_described,
    )


def _adopt(run: RunContext, job_run: JobRun, wanted: Recognition) -> bool:
    """Take over what an earlier version filed under the key that it gave to the same recognition."""
    before = run.options.audio_before
    if not before or job_run.source.url:
        return False
    old_key = recognition_key(wanted.content, wanted.options, before, wanted.endpoint)
    run.ledger.rename_recognition(old_key, wanted)
    return job_run.filed.recognition == old_key


def _is_all_edited(job_run: JobRun, edited: frozenset[Path]) -> bool:
    """Whether every caption file is one that a person edited."""
    data = {output_path(job_run.source.target, each) for each in (ARCHIVE_EXTENSION, REPLY_EXTENSION)}
    return set(job_run.outputs) - data <= edited


def _has_all(run: RunContext, job_run: JobRun, key: str) -> bool:
    """Whether every output is there; a missing archive or manifest is not worth asking the service again."""
    missing = set(job_run.outputs) - job_run.keep
    if not missing:
        return True
    target = job_run.source.target
    if not missing <= {output_path(target, ARCHIVE_EXTENSION), output_path(target, MANIFEST_EXTENSION)}:
        return False
    rec = run.ledger.recognition(key)
    return rec is None or not rec.reply or not run.services.reply_path(rec.reply).exists()


def check_outputs(run: RunContext, job_run: JobRun, paths: list[Path]) -> frozenset[Path]:
    """Refuse to replace what is not ours, and to buy what cannot be written.

    Returns:
        Captions of ours that a person edited since: they stay as they are.

    Raises:
        OutputError: A file is not ours, holds another input's captions, or cannot be read; nothing can be put into its
            folder; or the disk does not take its name.
    """
    if problem := name_problem(paths):
        raise OutputError(problem)
    for folder in {path.parent for path in paths} - run.writable:
        if problem := obstacle(folder):
            raise OutputError(f"{problem}; choose another -o DIR")
        run.writable.add(folder)
    if run.options.overwrite:
        return frozenset()
    edited: list[Path] = []
    for path in paths:
        if remote_of(path) and (problem := _remote_problem(run, path)):
            raise OutputError(problem)
        if not path.exists():
            continue
        if other := run.ledger.output_source(path, job_run.filed):
            raise OutputError(f"{path} holds the captions of {other}; use another -o DIR")
        known = (*run.ledger.output_digests(path), *_known_elsewhere(run, job_run.filed, path))
        state = state_of_output(path, job_run.source.target, known)
        if state == "foreign":
            raise OutputError(
                f"{path} exists and was not written by captioner; move it away, choose -o DIR, or allow --overwrite"
            )
        if state == "edited":
            edited.append(path)
    return frozenset(edited)


def _remote_problem(run: RunContext, path: Path) -> str:
    return put_problem(path, run.services.remote_outputs, is_known=bool(run.ledger.output_digests(path)))


def _known_elsewhere(run: RunContext, job: Job, path: Path) -> tuple[str, ...]:
    """The digest of a file that we wrote at another place, where it holds captions of this input.

    A folder that was moved, or is mounted elsewhere, is ours all the same: captions are known by what is in them.

    Raises:
        OutputError: It holds another input's captions, or cannot be read.
    """
    try:
        digest = sha256_of_file(path)
    except OSError as error:
        raise OutputError(f"{path} is in the way and cannot be read; move it away") from error
    if digest in run.ledger.output_digests(path):
        return ()
    known = [row for ledger in (run.ledger, *run.others) for row in ledger.digest_sources(digest)]
    if not known:
        return ()
    if any(content == job.content or Path(source).name == Path(job.source).name for source, content in known):
        return (digest,)
    raise OutputError(f"{path} holds the captions of {known[0][0]}; use another -o DIR")


def _printable(path: Path) -> str:
    return os.fspath(path).encode("utf-8", "backslashreplace").decode()
