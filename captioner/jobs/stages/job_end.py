"""The end of an input: its report, and its event."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from captioner.jobs.events import Failed, FileReport, Retrying, Wrote
from captioner.jobs.notices import file_notice
from captioner.jobs.options import MANIFEST_EXTENSION
from captioner.jobs.polling.due_queue import Kind
from captioner.jobs.records import Recognition
from captioner.jobs.reuse import PAID_BEFORE
from captioner.jobs.run_context import FAILURES_KEPT, JobRun, RunContext
from captioner.jobs.stages import notify
from captioner.jobs.states import BACKOFFS, WORKER_TRIES, Cause, JobStatus, Reason, State

__all__ = ["end", "is_as_read", "reject", "try_again"]


def try_again(run: RunContext, kind: Kind, job_run: JobRun, reason: Reason, state: State) -> bool:
    """Have a step done again that its workers could not do, or leave the input to the next run.

    A file may be what workers die of; without an end to it they would die of it for ever.

    Args:
        run: The run.
        kind: The step.
        job_run: The input.
        reason: Why the workers could not.
        state: The state of the input, should it be left.

    Returns:
        Whether the step is done again.
    """
    tries = job_run.worker_deaths + 1
    if tries >= WORKER_TRIES:
        end(run, job_run, state, replace(reason, message=f"{reason.message}; tried {tries} times: run it again later"))
        return False
    wait_s = BACKOFFS[Cause.WORKER].wait_s(tries - 1)
    run.emit(Retrying(job_run.name, Cause.WORKER, wait_s, reason))
    run.queue.put(kind, replace(job_run, worker_deaths=tries), run.now + wait_s)
    return True


def reject(run: RunContext, job_run: JobRun, reason: Reason) -> None:
    """Record that an input is refused, and end it."""
    job = job_run.job
    if job is not None:
        job = replace(
            job,
            status=JobStatus(State.REJECTED, reason=reason),
            content=job.content if is_as_read(job_run) else "",
            size_bytes=job_run.stamp[0],
            mtime_ns=job_run.stamp[1],
            kept_options=job.kept_options if reason.kind == PAID_BEFORE else job_run.options.kept,
        )
        run.ledger.save_job(job)
    end(run, replace(job_run, job=job), State.REJECTED, reason)


def is_as_read(job_run: JobRun) -> bool:
    """Whether the file is still the one whose digest the job has."""
    return (job_run.filed.size_bytes, job_run.filed.mtime_ns) == job_run.stamp


def end(run: RunContext, job_run: JobRun, state: State, reason: Reason | None = None, *, is_news: bool = True) -> None:
    """Report an input, and tell other programs of it when that is news."""
    rec, is_written = job_run.rec, state is State.WRITTEN
    there = [path for path in job_run.outputs if path in job_run.keep or path.exists()] if is_written else []
    manifest = next((path for path in there if path.name.endswith(f".{MANIFEST_EXTENSION}")), None)
    # Reports stay until the run ends: a new path has neither the text nor the hash that the used one keeps.
    outputs = tuple(Path(path) for path in there if path != manifest)
    report = FileReport(
        source=job_run.name,
        state=state,
        outputs=outputs,
        manifest=Path(manifest) if manifest else None,
        reason=reason,
        billed_s=_billed_s(run, rec),
        cues=job_run.job.cues if job_run.job is not None and is_written else 0,
        issues=job_run.issues,
        speech=job_run.speech,
        submissions=rec.status.submissions if rec else 0,
        again=rec.resubmit_reason if rec else "",
        task_id=run.ledger.task(rec.task).task_id if rec is not None and rec.task is not None else "",
        unmatched=job_run.findings.unmatched if job_run.findings is not None else (),
        unheard=job_run.findings.unheard if job_run.findings is not None else (),
        matched=job_run.findings.matched if job_run.findings is not None else (),
        again_usd=job_run.again_usd,
    )
    if is_written:
        run.emit(Wrote(job_run.name, outputs))
    elif reason is not None:
        run.counters[f"failed {_stage_of(rec)}"] += 1
        run.emit(Failed(job_run.name, reason))
    run.counters["done" if report.done else "failed"] += 1
    run.counters["billed_s"] += report.billed_s or 0
    if is_news and state in (State.WRITTEN, State.REJECTED):
        notify.announce(run, file_notice(report, job_run.job, rec))
    if run.services.receivers and not report.done and len(run.failures) < FAILURES_KEPT:
        run.failures.append(report)
    if run.reports is not None:
        run.reports[job_run.source] = report
    run.reported.append((job_run.source, report))


def _billed_s(run: RunContext, rec: Recognition | None) -> int | None:
    """Seconds that this run bought, reported once however many inputs share them."""
    if rec is None or rec.key not in run.bought:
        return 0
    run.bought.discard(rec.key)
    return rec.billed_s


def _stage_of(rec: Recognition | None) -> str:
    """In which stage something failed."""
    if rec is None:
        return "prepare"
    if rec.state is State.FETCHED:
        return "write"
    if rec.status.submissions:
        return "recognise"
    return "upload" if rec.upload is not None else "prepare"
