"""What the ledger remembers, as plain values. Nothing here does I/O.

No key and no signed address is ever part of a record: only addresses without their query, and digests.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from captioner.jobs.states import Standing, State
from captioner.model import StoredObject

__all__ = ["Job", "Recognition", "Task", "Upload", "recognition_key"]


@dataclass(frozen=True, slots=True)
class Job:
    """One input and one place for its captions.

    Attributes:
        id: Number in the ledger.
        source: Absolute path, or a link without its query.
        link_digest: Digest of a link without its signature, "" for a file.
        target: Folder and stem of the outputs.
        captions: Digest of what the captions were asked to be.
        size_bytes: Length of the file when it was last read.
        mtime_ns: Its time of change then.
        content: Hex SHA-256 of the file's bytes, or "" when not read yet.
        width: Picture width in pixels, 0 without picture.
        height: Picture height in pixels.
        duration_ms: Length of the media, 0 when unknown.
        frame_rate: Exact rate of the picture as a fraction such as "30000/1001", or "".
        start_timecode: Time code of the first frame, or "".
        recognition: Key of its recognition, or "".
        standing: FOUND until there are captions, then WRITTEN; or REJECTED.
        cues: Number of cues written.
    """

    id: int
    source: str
    link_digest: str
    target: str
    captions: str
    size_bytes: int = 0
    mtime_ns: int = 0
    content: str = ""
    width: int = 0
    height: int = 0
    duration_ms: int = 0
    frame_rate: str = ""
    start_timecode: str = ""
    recognition: str = ""
    standing: Standing = field(default_factory=Standing)
    cues: int = 0


@dataclass(frozen=True, slots=True)
class Recognition:
    """One audio, recognised once with one set of options at one endpoint, whoever wants it.

    Attributes:
        key: `recognition_key` of the four that follow.
        content: Hex SHA-256 of the media, or the digest of a link.
        options: Digest of the recognition options.
        audio: Digest of the audio policy.
        endpoint: Base URL of the service.
        model: Model asked.
        standing: FOUND to FETCHED, or REJECTED.
        upload: Number of the object it uses, or None.
        task: Number of the task it is part of, or None.
        address: The address submitted, without its query.
        address_digest: Digest of the whole address submitted.
        offset_ms: Added to every time of the reply.
        duration_ms: Length of the audio sent, 0 when unknown.
        reply: File name of the saved reply, or "".
        billed_s: Seconds billed, or None when not known.
        again: Why it was submitted a second time although the first may be billed, or "".
        owner: Name of the process that holds it, or "".
    """

    key: str
    content: str
    options: str
    audio: str
    endpoint: str
    model: str
    standing: Standing = field(default_factory=Standing)
    upload: int | None = None
    task: int | None = None
    address: str = ""
    address_digest: str = ""
    offset_ms: int = 0
    duration_ms: int = 0
    reply: str = ""
    billed_s: int | None = None
    again: str = ""
    owner: str = ""

    @property
    def finished(self) -> bool:
        """Whether the service is no longer needed for it."""
        return self.standing.state in (State.FETCHED, State.WRITTEN, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Task:
    """One submission, of one file or several.

    Attributes:
        id: Number in the ledger.
        model: Model asked.
        intent_at: Unix seconds when it was written down that a request is about to leave.
        task_id: The service's name for it, "" as long as no answer has come.
        looks: Times the task list was searched for it.
    """

    id: int
    model: str
    intent_at: float
    task_id: str = ""
    looks: int = 0


@dataclass(frozen=True, slots=True)
class Upload:
    """An object in a store, and how to read times that come back for it.

    Attributes:
        id: Number in the ledger, 0 before it has one.
        place: Which store: its kind, address and bucket in one text.
        stored: The object.
        content: Hex SHA-256 of the media it was made from.
        audio: Digest of the audio policy it was made with.
        duration_ms: Length of its audio.
        offset_ms: Added to every time the service reports.
        kept: Asked to be left in the store.
        stored_at: Unix seconds when it was last proved readable.
    """

    id: int
    place: str
    stored: StoredObject
    content: str
    audio: str
    duration_ms: int
    offset_ms: int
    kept: bool = False
    stored_at: float = 0.0


def recognition_key(content: str, options: str, audio: str, endpoint: str) -> str:
    """The name under which a result is filed: what was heard, how it was asked for, and whom."""
    return hashlib.sha256("\n".join((content, options, audio, endpoint)).encode()).hexdigest()
