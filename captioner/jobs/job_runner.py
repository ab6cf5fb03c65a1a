"""From an input to its captions: what is it, who recognises it, and what is written where.

A caption file that we did not write, or that somebody edited since, is not replaced without being asked; that is found
out before anything is uploaded.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from captioner.captions.caption_files import Captions
from captioner.captions.options import REPLY_EXTENSION
from captioner.errors import CaptionerError, FileError, OutputError, RetryableError
from captioner.files import sha256_of_file, write_whole
from captioner.jobs import captions
from captioner.jobs.desk import Desk
from captioner.jobs.engine import Errand
from captioner.jobs.events import Failed, FileReport, FileStarted, Noted, Wrote
from captioner.jobs.fetching import reply_path
from captioner.jobs.records import Job, Recognition, recognition_key
from captioner.jobs.sources import Source, output_path
from captioner.jobs.states import Reason, Standing, State
from captioner.jobs.works import Work, Works
from captioner.jobs.world import Wish
from captioner.model import Media

__all__ = ["Captioning", "Item"]


@dataclass(slots=True, eq=False)
class Item:
    """One input in this run.

    Attributes:
        source: As given.
        wish: What is asked for it.
        job: As filed, once it is.
        size_bytes: Length of the file when the run looked.
        mtime_ns: Time of its change then.
        report: How it ended, or None.
        work: Its recognition, once there is one.
        outputs: Where its captions and the raw reply go.
        keep: Outputs that are there already and stay as they are.
        made: What was made for it.
    """

    source: Source
    wish: Wish
    giving_up: Callable[[Item, Reason], None]
    job: Job | None = None
    size_bytes: int = 0
    mtime_ns: int = 0
    report: FileReport | None = None
    work: Work | None = None
    outputs: tuple[Path, ...] = ()
    keep: frozenset[Path] = frozenset()
    made: Captions = field(default_factory=lambda: Captions({}))

    @property
    def name(self) -> str:
        """How messages call it."""
        return self.source.name

    @property
    def filed(self) -> Job:
        """The job, which there is once the input was taken up."""
        if self.job is None:
            raise TypeError("not filed yet")
        return self.job

    def give_up(self, reason: Reason) -> None:
        """Take it out of the run after a fault of our own."""
        self.giving_up(self, reason)


class Captioning:
    """The inputs of a run."""

    def __init__(self, desk: Desk, works: Works) -> None:
        self._desk = desk
        self._works = works
        self._usual = Wish(desk.options.recognition, desk.options.captions)
        self.on_end: Callable[[Item, FileReport], None] = lambda item, report: None
        self._paid_for: set[str] = set()
        self._writable: set[Path] = set()

    def item(self, source: Source) -> Item:
        """An input that nothing was done about yet."""
        wishes = self._desk.options.wishes
        wish = wishes(source) if wishes else self._usual
        extensions = (*wish.captions.extensions, REPLY_EXTENSION)
        return Item(
            source, wish, self._reject, outputs=tuple(output_path(source.target, extension) for extension in extensions)
        )

    # What is it?

    def start(self, item: Item, clash: str = "") -> None:
        """Take an input up.

        Args:
            item: The input.
            clash: Why it cannot be done beside the others, or "".
        """
        source = item.source
        if source.problem or clash:
            self._reject(item, Reason(source.problem or clash, kind="MediaError" if source.problem else "OutputError"))
            return
        try:
            self._look(item)
        except OSError as error:
            self._reject(item, Reason(f"{item.name}: cannot be read ({error.strerror or error})", kind="MediaError"))
            return
        item.job = self._desk.ledger.enrol(
            source.identity,
            source.link_digest,
            _printable(source.target),
            item.wish.captions_digest,
            item.wish.captions_described,
            legacy_captions=item.wish.captions_legacy_digest,
            again=self._desk.options.again,
            stamp=(item.size_bytes, item.mtime_ns),
        )
        if item.job.standing.state is State.REJECTED:
            self._end(item, item.job.standing.state, item.job.standing.reason)
        elif source.url:
            item.job = replace(item.job, content=source.link_digest)
            self._identified(item, None)
        elif item.job.content and self._is_as_read(item):
            self._identified(item, None)
        else:
            self._works.expected += 1
            self._desk.engine.put("prepare", lambda: self._begin_describing(item))

    def _is_as_read(self, item: Item) -> bool:
        """Whether the file is still the one whose digest the job has."""
        return (item.filed.size_bytes, item.filed.mtime_ns) == (item.size_bytes, item.mtime_ns)

    def _look(self, item: Item) -> None:
        if item.source.path is not None:
            found = item.source.path.stat()
            item.size_bytes, item.mtime_ns = found.st_size, found.st_mtime_ns

    def _begin_describing(self, item: Item) -> Errand:
        path = item.source.path or Path()

        def described(media: Media) -> None:
            self._works.expected -= 1
            item.job = replace(
                item.filed,
                size_bytes=item.size_bytes,
                mtime_ns=item.mtime_ns,
                content=media.sha256,
                width=media.width,
                height=media.height,
                duration_ms=media.duration_ms,
                frame_rate=str(media.frame_rate) if media.frame_rate else "",
                start_timecode=media.start_timecode,
            )
            self._identified(item, media)

        def failed(error: CaptionerError) -> None:
            self._works.expected -= 1
            self._refuse(item, error)

        return self._desk.errand(item, lambda: self._desk.world.describe(path), described, failed)

    def _identified(self, item: Item, media: Media | None) -> None:
        """Its content is known: is there anything to do, and may it be done?"""
        wanted = self._wanted(item)
        job = item.filed
        settled = job.standing.state is State.WRITTEN and job.recognition == wanted.key
        if not settled:
            job = replace(job, recognition=wanted.key, standing=Standing())
        item.job = job
        if not settled or media is not None:
            self._desk.ledger.save_job(job)
        outputs = item.outputs
        if settled and not self._desk.options.overwrite:
            item.keep = frozenset(path for path in outputs if path.exists())
        try:
            self._check_outputs(item, [path for path in outputs if path not in item.keep])
        except OutputError as error:
            self._refuse(item, error)
            return
        if item.source.url and self._desk.ledger.fetched(wanted.key):
            message = "recognised before, and a link's content cannot be checked; use another --ledger to do it anew"
            self._desk.tell(Noted(item.name, message))
        if settled and len(item.keep) == len(outputs):
            self._end(item, State.WRITTEN)
            return
        known = self._desk.ledger.recognition(wanted.key)
        self._desk.tell(FileStarted(item.name, known.standing.state if known else State.FOUND))
        asked = item.wish.recognition
        self._works.want(wanted, asked, item.source, media, lambda work: self._recognised(item, work))

    def _wanted(self, item: Item) -> Recognition:
        options, content = self._desk.options, item.filed.content
        asked, digest = item.wish.recognition, item.wish.recognition_digest
        audio = "" if item.source.url else options.audio
        endpoint = self._desk.world.endpoint
        return Recognition(
            key=recognition_key(content, digest, audio, endpoint),
            content=content,
            options=digest,
            audio=audio,
            endpoint=endpoint,
            model=asked.model,
        )

    def _check_outputs(self, item: Item, paths: list[Path]) -> None:
        """Refuse to replace what is not ours, and to buy what cannot be written.

        Raises:
            OutputError: A file is somebody else's, was edited, holds another input's captions, or cannot be read; or
                nothing can be put into its folder.
        """
        for folder in {path.parent for path in paths} - self._writable:
            if problem := _in_the_way(folder):
                raise OutputError(f"{item.name}: {problem}; choose another -o DIR")
            self._writable.add(folder)
        if self._desk.options.overwrite:
            return
        for path in paths:
            if not path.exists():
                continue
            if other := self._desk.ledger.output_source(path, item.filed):
                raise OutputError(f"{item.name}: {path} holds the captions of {other}; use another -o DIR")
            try:
                digest = sha256_of_file(path)
            except OSError as error:
                raise OutputError(f"{item.name}: {path} is in the way and cannot be read; move it away") from error
            if digest not in self._desk.ledger.output_digests(path):
                raise OutputError(
                    f"{item.name}: {path} exists and was not written by captioner, or was edited since;"
                    " move it away, choose -o DIR, or allow --overwrite"
                )

    # Who recognises it?

    def _recognised(self, item: Item, work: Work) -> None:
        item.work = work
        if item.report is not None:
            return
        if work.left is not None:
            self._end(item, work.state, self._named(item, work.left))
        elif work.state is State.REJECTED:
            self._reject(item, self._named(item, work.rec.standing.reason or Reason("refused")))
        else:
            self._desk.engine.put("write", lambda: self._desk.guard(item, lambda: self._begin_making(item, work)))

    # What is written where

    def _begin_making(self, item: Item, work: Work) -> Errand:
        path, job = reply_path(self._desk.ledger.folder, work.rec.reply), item.filed
        caption = self._desk.world.caption or partial(
            captions.make, options=item.wish.captions, by_channel=item.wish.recognition.by_channel
        )

        def go() -> tuple[bytes | None, Captions | Exception]:
            raw = _read(item.name, path)
            try:
                return raw, Captions({}) if raw is None else caption(raw, job, work.rec)
            except Exception as error:  # noqa: BLE001 - the reply goes out first, then it is raised
                return raw, error

        def heard(result: tuple[bytes | None, Captions | Exception]) -> None:
            raw, made = result
            if raw is None:
                self._reply_lost(item, work)
            elif isinstance(made, Captions):
                item.made = made
                self._write(item, {REPLY_EXTENSION: raw, **made.files}, lambda: self._wrote(item))
            else:
                # The raw reply is written even if nothing can be made of it.
                self._write(item, {REPLY_EXTENSION: raw}, lambda: self._refuse(item, made))

        return self._desk.errand(item, go, heard, lambda error: self._refuse(item, error))

    def _reply_lost(self, item: Item, work: Work) -> None:
        if work.ended:
            message = f"{item.name}: the saved reply is missing; asking the service for it again"
            self._works.reopen(work, Reason(message), lambda work: self._recognised(item, work))
        else:
            work.wanted_by.append(lambda work: self._recognised(item, work))

    def _write(self, item: Item, files: Mapping[str, bytes], then: Callable[[], None]) -> None:
        """Write files whole, after their digests have been written down: no crash makes a file of ours a stranger."""
        planned = {output_path(item.source.target, extension): content for extension, content in files.items()}
        planned = {path: content for path, content in planned.items() if path not in item.keep}
        try:
            self._check_outputs(item, list(planned))
        except OutputError as error:
            self._refuse(item, error)
            return
        self._desk.ledger.plan_outputs(
            item.filed, {path: hashlib.sha256(content).hexdigest() for path, content in planned.items()}
        )

        def write() -> None:
            for path, content in planned.items():
                write_whole(path, content)

        errand = self._desk.errand(item, write, lambda _: then(), lambda error: self._refuse(item, error))
        self._desk.engine.put("write", lambda: errand)

    def _wrote(self, item: Item) -> None:
        item.job = replace(item.filed, standing=Standing(State.WRITTEN), cues=item.made.cues)
        self._desk.ledger.save_job(item.job)
        self._desk.tally["write"] += 1
        self._desk.tally["ms"] += item.job.duration_ms
        self._end(item, State.WRITTEN)

    # How it ends

    def _refuse(self, item: Item, error: Exception) -> None:
        if not isinstance(error, FileError | RetryableError):
            raise error
        self._reject(item, self._named(item, Reason.of(error)))

    def _reject(self, item: Item, reason: Reason) -> None:
        if item.report is not None:
            return
        if item.job is not None:
            item.job = replace(
                item.job,
                standing=Standing(State.REJECTED, reason=reason),
                content=item.job.content if self._is_as_read(item) else "",
                size_bytes=item.size_bytes,
                mtime_ns=item.mtime_ns,
            )
            self._desk.ledger.save_job(item.job)
        self._end(item, State.REJECTED, reason)

    def _end(self, item: Item, state: State, reason: Reason | None = None) -> None:
        work = item.work
        rec = work.rec if work is not None else None
        is_written = state is State.WRITTEN
        outputs = tuple(path for path in item.outputs if path in item.keep or path.exists()) if is_written else ()
        item.report = FileReport(
            source=item.name,
            state=state,
            outputs=outputs,
            reason=reason,
            billed_s=self._billed(work),
            cues=item.job.cues if item.job is not None and is_written else 0,
            issues=item.made.worst_issues(self._desk.options.issues_kept),
            speech=item.made.speech,
            submissions=rec.standing.submissions if rec else 0,
            again=rec.again if rec else "",
            task_id=self._task_id(rec),
        )
        item.made = Captions({})
        if is_written:
            self._desk.tell(Wrote(item.name, outputs))
        elif reason is not None:
            self._desk.tally[f"failed {_stage_of(work)}"] += 1
            self._desk.tell(Failed(item.name, reason))
        self.on_end(item, item.report)

    def _billed(self, work: Work | None) -> int | None:
        """What this run bought, told once however many inputs share it."""
        if work is None or not work.bought or work.rec.key in self._paid_for:
            return 0
        self._paid_for.add(work.rec.key)
        return work.rec.billed_s

    def _task_id(self, rec: Recognition | None) -> str:
        if rec is None or rec.task is None:
            return ""
        return self._desk.ledger.task(rec.task).task_id

    def _named(self, item: Item, reason: Reason) -> Reason:
        """Every message names its file, once: rooms that know less have put the bare name there, or that of the file
        it shares its audio with.
        """
        known = (item.name, Path(item.name).name, item.work.name if item.work is not None else item.name)
        for name in known:
            if reason.message.startswith(f"{name}: "):
                return replace(reason, message=f"{item.name}: {reason.message[len(name) + 2 :]}")
        return replace(reason, message=f"{item.name}: {reason.message}")


def _in_the_way(folder: Path) -> str:
    """Why nothing can be put into a folder, which may have to be made first, or ""."""
    there = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    if not there.is_dir():
        return f"{there} is no folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} cannot be written to"


def _stage_of(work: Work | None) -> str:
    """In which stage something failed."""
    if work is None:
        return "prepare"
    if work.state is State.FETCHED:
        return "write"
    if work.rec.standing.submissions:
        return "recognise"
    return "upload" if work.prepared is not None or work.upload is not None else "prepare"


def _read(name: str, path: Path) -> bytes | None:
    """A saved reply, or None when it is not there.

    Raises:
        OutputError: It is there and cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"{name}: {path} cannot be read ({error.strerror or error})") from error


def _printable(path: Path) -> str:
    return os.fspath(path).encode("utf-8", "backslashreplace").decode()
