"""FOUND to STORED: make what is sent, put it where the service can read it, and prove that it can."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from captioner.errors import CaptionerError
from captioner.jobs.budget import LIMIT
from captioner.jobs.desk import Desk
from captioner.jobs.engine import Errand
from captioner.jobs.events import Preparing, Uploading
from captioner.jobs.records import Upload
from captioner.jobs.states import Cause, Gone, No, Ok, Reason, State
from captioner.jobs.works import Work, Works
from captioner.model import Media, Prepared, SignedUrl, StoredObject

__all__ = ["Storing"]

# Progress is told at most this often.
_PROGRESS_S = 0.1


class Storing:
    """The steps before anything is asked of the service."""

    def __init__(self, desk: Desk, works: Works) -> None:
        self._desk = desk
        self._works = works

    def found(self, work: Work) -> None:
        """The step of FOUND."""
        self._works.put("prepare" if work.prepared is None else "store", work, self._begin)

    def stored(self, work: Work) -> None:
        """The step of STORED while nobody has looked whether the object is still there."""
        self._works.put("store", work, self._begin_check)

    def _begin(self, work: Work) -> Errand | None:
        if work.source.url:
            self._take_link(work)
            return None
        if self._is_refused(work):
            return None
        place, rec = self._desk.world.place, work.rec
        known = self._desk.ledger.find_upload(place, rec.content, rec.audio, rec.model)
        if known is not None:
            self._works.put("store", work, lambda work: self._begin_reuse(work, known))
            return None
        if work.prepared is not None:
            return self._begin_put(work)
        return self._desk.errand(
            work,
            lambda: self._prepare(work),
            lambda made: self._prepared(work, *made),
            self._works.failed(work, Cause.STORAGE),
        )

    def _is_refused(self, work: Work) -> bool:
        """Leave a work that may not be bought, before anything of it is sent; its length is known once described."""
        if work.media is None and not work.rec.duration_ms and not work.source.url:
            return False
        length_ms = work.media.duration_ms if work.media else work.rec.duration_ms
        if refusal := self._works.budget.refuse(work.rec.key, length_ms):
            self._works.leave(work, Reason(f"{work.name}: {refusal}", kind=LIMIT))
        return bool(refusal)

    def _take_link(self, work: Work) -> None:
        """A link needs no store; it is taken as it is, in every run anew, because it is never written down."""
        if self._is_refused(work):
            return
        try:
            _, work.address = self._desk.world.link(work.source.url)
        except CaptionerError as error:
            self._works.failed(work, Cause.STORAGE)(error)
            return
        work.proved = True
        if work.state is State.FOUND:
            self._works.apply(work, Ok())
        else:
            self._works.go(work)

    def _prepare(self, work: Work) -> tuple[Media, Prepared]:
        """In a worker: describe the file, unless that was done in this run, and make what is sent."""
        path = work.source.path
        if path is None:
            raise TypeError("a link is not prepared")
        media = work.media or self._desk.world.describe(path)
        folder = self._desk.work_folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        progress = self._progress(lambda done, total: Preparing(work.name, done, total))
        return media, self._desk.world.prepare(media, folder, progress=progress)

    def _prepared(self, work: Work, media: Media, prepared: Prepared) -> None:
        work.media, work.prepared = media, prepared
        self._works.prepared += 1
        self._desk.tally["prepare"] += 1
        if media.sha256 != work.rec.content:
            message = f"{work.name}: changed while it was worked on; wait until nothing writes to it and run again"
            self._works.apply(work, No(Reason(message, kind="MediaError")))
        elif not self._is_refused(work):
            self._works.put("store", work, self._begin_put)

    def _begin_reuse(self, work: Work, known: Upload) -> Errand:
        def heard(there: bool) -> None:
            if there:
                self._stored(work, replace(known, kept=self._desk.options.keep_upload))
            else:
                self._desk.ledger.forget_upload(known.id)
                self._works.go(work)

        return self._desk.errand(
            work, lambda: self._desk.world.store.exists(known.stored), heard, self._works.failed(work, Cause.STORAGE)
        )

    def _begin_put(self, work: Work) -> Errand:
        prepared, file_name = work.prepared, Path(work.source.identity).name
        if prepared is None:
            raise TypeError("nothing is prepared")
        progress = self._progress(lambda done, total: Uploading(work.name, done, total))
        return self._desk.errand(
            work,
            lambda: self._desk.world.store.put(prepared, file_name, progress=progress),
            lambda stored: self._put(work, prepared, stored),
            self._works.failed(work, Cause.STORAGE),
        )

    def _put(self, work: Work, prepared: Prepared, stored: StoredObject) -> None:
        upload = Upload(
            id=0,
            place=self._desk.world.place,
            stored=stored,
            content=work.rec.content,
            audio=work.rec.audio,
            duration_ms=prepared.duration_ms,
            offset_ms=prepared.offset_ms,
            kept=self._desk.options.keep_upload,
        )
        upload = self._desk.ledger.store(upload)
        self._desk.tally["bytes"] += stored.size_bytes
        self.drop_prepared(work)
        self._works.put("store", work, lambda work: self._begin_proof(work, upload))

    def _begin_proof(self, work: Work, upload: Upload) -> Errand:
        def prove() -> SignedUrl:
            signed = self._desk.world.store.sign(upload.stored)
            self._desk.world.store.verify_readable(signed)
            return signed

        def proved(signed: SignedUrl) -> None:
            work.signed = signed, self._desk.now
            self._stored(work, upload)

        return self._desk.errand(work, prove, proved, self._works.failed(work, Cause.STORAGE))

    def _stored(self, work: Work, upload: Upload) -> None:
        work.upload = self._desk.ledger.store(replace(upload, stored_at=self._desk.now))
        work.proved = True
        self._desk.tally["upload"] += 1
        self._works.apply(work, Ok(), upload=work.upload.id, offset_ms=upload.offset_ms, duration_ms=upload.duration_ms)

    def drop_prepared(self, work: Work) -> None:
        """Delete the file in the work folder, if there is one."""
        prepared, work.prepared = work.prepared, None
        if prepared is None:
            return
        self._works.prepared -= 1
        if prepared.temporary:
            with contextlib.suppress(OSError):
                prepared.path.unlink(missing_ok=True)

    def _begin_check(self, work: Work) -> Errand | None:
        upload = work.upload
        if work.source.url:
            self._take_link(work)
            return None
        if self._is_refused(work):
            return None
        if upload is None or upload.place != self._desk.world.place:
            self._works.apply(work, Gone(Reason(f"{work.name}: it was stored elsewhere; storing it here")))
            return None

        def heard(there: bool) -> None:
            work.proved = there
            if there:
                self._works.go(work)
            else:
                self._desk.ledger.forget_upload(upload.id)
                self._works.apply(work, Gone(Reason(f"{work.name}: no longer in the store; storing it again")))

        return self._desk.errand(
            work, lambda: self._desk.world.store.exists(upload.stored), heard, self._works.failed(work, Cause.STORAGE)
        )

    def _progress(self, event: Callable[[int, int], Preparing | Uploading]) -> Callable[[int, int], None]:
        """A callback for a worker; it also ends the work when the run is being stopped."""
        told_at = float("-inf")

        def told(done: int, total: int) -> None:
            nonlocal told_at
            now = self._desk.now
            if self._desk.engine.stop.is_set() or now - told_at >= _PROGRESS_S or done >= total:
                told_at = now
                self._desk.tell_later(event(done, total))

        return told
