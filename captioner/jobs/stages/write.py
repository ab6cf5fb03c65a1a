"""FETCHED to WRITTEN: has captions made of a saved reply, and writes them.

The digests of outputs are in the ledger before the files are written, so that no crash leaves a file that we do not
recognise as ours.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from captioner.errors import OutputError
from captioner.jobs.events import Noted, Retrying
from captioner.jobs.inputs.finding import output_path
from captioner.jobs.options import MANIFEST_EXTENSION
from captioner.jobs.outputs.manifest import Facts, encode_manifest
from captioner.jobs.polling.due_queue import Call, Kind
from captioner.jobs.records import Recognition
from captioner.jobs.run_context import Ended, JobRun, RunContext
from captioner.jobs.services import Fault
from captioner.jobs.stages import transitions
from captioner.jobs.stages.intake import check_outputs
from captioner.jobs.stages.job_end import end, reject, try_again
from captioner.jobs.states import (
    BACKOFFS,
    WORKER_ENDED,
    Cause,
    JobStatus,
    Ok,
    Outcome,
    Reason,
    Rejected,
    Retry,
    State,
)
from captioner.jobs.step_records import Composed, ReplyMissing
from captioner.jobs.steps import STEPS, write

__all__ = ["Draft", "fault_reason", "give_up", "plan", "plan_write", "recognition_ended", "settle", "settle_write"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """Outputs that are to be written for an input, and why there are no captions among them, or None.

    Attributes:
        job_run: The input.
        files: Path and bytes of each.
        problem: Why there are no captions among them.
        tries: How often a store did not take them.
        since: Unix seconds of the first time, or None.
    """

    job_run: JobRun
    files: tuple[tuple[Path, bytes], ...]
    problem: Reason | None = None
    tries: int = 0
    since: float | None = None


def fault_reason(fault: Fault) -> Reason:
    """The reason that a user reads about a bug of ours."""
    message = f"a fault in captioner ({fault.kind} in {fault.place}); please report it"
    return Reason(message, kind=fault.kind)


def recognition_ended(run: RunContext, ended: Ended) -> None:
    """Go on with an input whose recognition has ended."""
    job_run = replace(ended.job_run, rec=ended.rec)
    if ended.left is not None:
        end(run, job_run, ended.rec.state, ended.left)
    elif ended.rec.state is State.REJECTED:
        reject(run, job_run, ended.rec.status.reason or Reason("refused"))
    else:
        run.queue.put(Kind.COMPOSE, job_run)


# The bytes of the outputs


_NO_SPEECH = "no speech was recognised in it; its captions are empty"


def plan(run: RunContext, job_run: JobRun) -> Call:
    """The call that makes captions of a reply."""
    args = (job_run.filed, _rec_of(job_run), job_run.options, run.options.issues_kept, job_run.source.target)
    return Call(Kind.COMPOSE, STEPS[State.FETCHED], args, job_run)


def _rec_of(job_run: JobRun) -> Recognition:
    if job_run.rec is None:
        raise TypeError("not recognised yet")
    return job_run.rec


def settle(run: RunContext, job_run: JobRun, result: Composed | ReplyMissing | Outcome) -> None:
    """Have what was made written, or go back for the reply."""
    if isinstance(result, ReplyMissing):
        message = "the saved reply is missing; asking the service for it again"
        transitions.reopen(run, _rec_of(job_run), Reason(message), job_run)
    elif isinstance(result, Composed):
        problem = result.problem
        if result.fault is not None:
            log.error("%s: a fault in captioner\n%s", job_run.name, result.fault.trace)
            problem = fault_reason(result.fault)
        if not result.speech and problem is None:
            run.emit(Noted(job_run.name, _NO_SPEECH))
        made = replace(job_run, cues=result.cues, issues=result.issues, speech=result.speech)
        made = replace(made, findings=result.findings)
        _write(run, made, result.files, problem)
    elif isinstance(result, Retry):
        try_again(run, Kind.COMPOSE, job_run, result.reason or WORKER_ENDED, State.FETCHED)
    elif isinstance(result, Rejected):
        reject(run, job_run, result.reason)


def _write(run: RunContext, job_run: JobRun, files: Mapping[str, bytes], problem: Reason | None) -> None:
    """Record the digests of the outputs, and have them written."""
    target = job_run.source.target
    planned = {output_path(target, extension): content for extension, content in files.items()}
    planned = {path: content for path, content in planned.items() if path not in job_run.keep}
    manifest = output_path(target, MANIFEST_EXTENSION)
    has_manifest = problem is None and manifest in job_run.outputs and manifest not in job_run.keep
    try:
        edited = check_outputs(run, job_run, [*planned, *((manifest,) if has_manifest else ())])
    except OutputError as error:
        reject(run, job_run, Reason.of(error))
        return
    planned = {path: content for path, content in planned.items() if path not in edited}
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in planned.items()}
    if has_manifest and manifest not in edited:
        planned[manifest] = _manifest(run, job_run, digests, manifest)
        digests[manifest] = hashlib.sha256(planned[manifest]).hexdigest()
    run.ledger.plan_outputs(job_run.filed, digests)
    run.queue.put(Kind.WRITE, Draft(job_run, tuple(planned.items()), problem))


def _manifest(run: RunContext, job_run: JobRun, digests: Mapping[Path, str], manifest: Path) -> bytes:
    """The manifest of the outputs: those that are written now, and those that stay."""
    rec = _rec_of(job_run)
    kept = {path: next(iter(run.ledger.output_digests(path)), "") for path in job_run.keep}
    known = {**kept, **digests}
    facts = Facts(
        job=job_run.filed,
        rec=rec,
        options=job_run.options,
        outputs=[(path.name, known[path]) for path in job_run.outputs if known.get(path)],
        cues=job_run.cues,
        speech=job_run.speech,
        task_id=run.ledger.task(rec.task).task_id if rec.task is not None else "",
        region=run.options.region,
        written_at=run.now,
    )
    return encode_manifest(facts)


# The files


def plan_write(run: RunContext, draft: Draft) -> Call:
    """The call that writes outputs."""
    return Call(Kind.WRITE, write, (draft.files,), draft)


def settle_write(run: RunContext, draft: Draft, outcome: Outcome) -> None:
    """Record that captions are written."""
    job_run = draft.job_run
    if isinstance(outcome, Retry):
        _write_later(run, draft, outcome)
    elif isinstance(outcome, Rejected):
        reject(run, job_run, outcome.reason)
    elif draft.problem is not None:
        reject(run, job_run, draft.problem)
    elif isinstance(outcome, Ok):
        findings = job_run.findings.dumps() if job_run.findings is not None else ""
        job = replace(job_run.filed, status=JobStatus(State.WRITTEN), cues=job_run.cues, findings=findings)
        job = replace(job, kept_options=job_run.options.kept)
        run.ledger.save_job(job)
        run.counters["write"] += 1
        run.counters["ms"] += job.duration_ms
        end(run, replace(job_run, job=job), State.WRITTEN)


def _write_later(run: RunContext, draft: Draft, outcome: Retry) -> None:
    """Put captions into their bucket later, or leave them to the next run, which has them for nothing."""
    since = run.now if draft.since is None else draft.since
    if run.now - since >= run.options.patience_s:
        end(run, draft.job_run, State.FETCHED, outcome.reason)
        return
    wait_s = BACKOFFS[Cause.STORAGE].wait_s(draft.tries) * run.jitter()
    reason = outcome.reason or Reason("the store did not take them")
    run.emit(Retrying(draft.job_run.name, Cause.STORAGE, wait_s, reason))
    run.queue.put(Kind.WRITE, replace(draft, tries=draft.tries + 1, since=since), run.now + wait_s)


def give_up(run: RunContext, subject: JobRun | Draft, reason: Reason) -> None:
    """After an internal error: what was paid for stays in the ledger."""
    reject(run, subject.job_run if isinstance(subject, Draft) else subject, reason)
