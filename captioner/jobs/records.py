"""Records of the ledger, as plain values. Pure.

No key and no signed address is ever part of a record: only addresses without their query, and digests.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from captioner.jobs.states import JobStatus, State
from captioner.model import MediaObject, StoredObject

__all__ = [
    "OBJECT_MARK",
    "SUPPOSED",
    "Delivery",
    "Job",
    "Recognition",
    "Task",
    "Upload",
    "address_digest",
    "object_content",
    "object_stamp",
    "recognition_key",
]

#: `Upload.stored_at` of an object that may be there.
SUPPOSED = -1.0


@dataclass(frozen=True, slots=True)
class Job:
    """One input and one place for its captions.

    Attributes:
        id: Number in the ledger.
        source: Absolute path, or a link without its query.
        link_digest: Digest of a link without its signature, "" for a file.
        target: Folder and stem of the outputs.
        captions: Digest of the caption options it was registered with.
        size_bytes: Length of the file when it was last read.
        mtime_ns: Modification time then.
        content: Hex SHA-256 of the file's bytes, or "" when not read yet.
        width: Picture width in pixels, 0 without picture.
        height: Picture height in pixels.
        duration_ms: Length of the media, 0 when unknown.
        frame_rate: Exact rate of the picture as a fraction such as "30000/1001", or "".
        start_timecode: Time code of the first frame, or "".
        recognition: Key of its recognition, or "".
        status: FOUND until there are captions, then WRITTEN; or REJECTED.
        cues: Number of cues written.
        findings: What the check said of the captions as they were written last, as JSON, or "" when not known.
        kept_options: Options that later runs take over, as JSON, or "".
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
    status: JobStatus = field(default_factory=JobStatus)
    cues: int = 0
    findings: str = ""
    kept_options: str = ""


@dataclass(frozen=True, slots=True)
class Recognition:
    """One audio, recognised once with one set of options at one endpoint, for every job that needs it.

    Attributes:
        key: `recognition_key` of the four that follow.
        content: Hex SHA-256 of the media, or the digest of a link.
        options: Digest of the recognition options.
        audio: Digest of the audio policy, "" for a link.
        endpoint: Base URL of the service.
        model: Model asked.
        status: FOUND to FETCHED, or REJECTED.
        upload: Number of the object it uses, or None.
        task: Number of the task it is part of, or None.
        address: The address submitted, without its query.
        address_digest: Digest of the whole address submitted.
        offset_ms: Added to every time of the reply.
        duration_ms: Length of the audio sent, 0 when unknown.
        reply: File name of the saved reply, or "".
        billed_s: Seconds billed, or None when not known.
        resubmit_reason: Why it was submitted a second time although the first may be billed, or "".
        no_grouping: Must not share a task, because the service refused it together with others.
        unavailable_since: Unix seconds since when every exchange about it has failed, or None.
        resubmitting_since: Unix seconds since when its submissions come to nothing, or None.
        links_refused: Result links that were refused.
        owner: Name of the process that holds it, or "".
        asked: What was asked of the service, as JSON, or "" in rows of versions that did not record it.
        origin: The ledger that it was taken over from, and that has its bill, or "".
    """

    key: str
    content: str
    options: str
    audio: str
    endpoint: str
    model: str
    status: JobStatus = field(default_factory=JobStatus)
    upload: int | None = None
    task: int | None = None
    address: str = ""
    address_digest: str = ""
    offset_ms: int = 0
    duration_ms: int = 0
    reply: str = ""
    billed_s: int | None = None
    resubmit_reason: str = ""
    no_grouping: bool = False
    unavailable_since: float | None = None
    resubmitting_since: float | None = None
    links_refused: int = 0
    owner: str = ""
    asked: str = ""
    origin: str = ""

    @property
    def is_object(self) -> bool:
        """Whether it is read by the service where it is, in the user's bucket, without being uploaded."""
        return self.content.startswith(OBJECT_MARK)

    @property
    def state(self) -> State:
        """The last fact about it."""
        return self.status.state

    @property
    def finished(self) -> bool:
        """Whether the service is no longer needed for it."""
        return self.status.state in (State.FETCHED, State.WRITTEN, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Task:
    """One submission, of one file or several.

    Attributes:
        id: Number in the ledger.
        model: Model asked.
        intent_at: Unix seconds when it was recorded that a request is about to leave.
        task_id: The service's name for it, "" as long as no answer has come.
        searches: Times the service's list of tasks was searched for it in vain.
    """

    id: int
    model: str
    intent_at: float
    task_id: str = ""
    searches: int = 0


@dataclass(frozen=True, slots=True)
class Upload:
    """An object in a store, and how to read times that come back for it.

    Attributes:
        id: Number in the ledger, 0 before it has one.
        store_id: Which store: its kind, address and bucket in one text.
        stored: The object.
        content: Hex SHA-256 of the media it was made from.
        audio: Digest of the audio policy it was made with.
        duration_ms: Length of its audio.
        offset_ms: Added to every time the service reports.
        kept: Asked to be left in the store.
        stored_at: Unix seconds when it was last verified readable, 0 before that, and `SUPPOSED` for one that may be
            there, because its upload had begun in a process that has ended.
    """

    id: int
    store_id: str
    stored: StoredObject
    content: str
    audio: str
    duration_ms: int
    offset_ms: int
    kept: bool = False
    stored_at: float = 0.0

    @property
    def is_supposed(self) -> bool:
        """Whether it may be there and was never seen."""
        return self.stored_at == SUPPOSED


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for one receiver, until it is taken.

    Attributes:
        id: Its id, the same at every attempt.
        receiver: Kind and digest of the receiver.
        type: Type of the event, such as "file.done".
        body: The event as JSON.
        attempts: Attempts so far.
    """

    id: str
    receiver: str
    type: str
    body: str = field(repr=False)
    attempts: int = 0


#: Begins the content of media that were signed in their bucket and not read.
OBJECT_MARK = "etag-"
_MD5_ETAG = re.compile(r"[0-9a-f]{32}(-\d+)?")


def object_stamp(media: MediaObject) -> tuple[int, int]:
    """Length and ETag of an object, in the place of a file's length and modification time."""
    return media.size_bytes, int.from_bytes(hashlib.sha256(media.etag.encode()).digest()[:7])


def object_content(media: MediaObject, endpoint: str) -> str:
    """Stand-in for the content of an object that is not read: its ETag and length.

    An ETag that is made of an MD5 is the content's own, wherever the object is (Amazon S3 API Reference, "Object");
    another one counts for this version of this object only.
    """
    place = "" if _MD5_ETAG.fullmatch(media.etag) else f"{endpoint} {media.address} {media.changed_ns}"
    text = "\n".join((media.etag, str(media.size_bytes), place))
    return f"{OBJECT_MARK}{hashlib.sha256(text.encode()).hexdigest()}"


def recognition_key(content: str, options: str, audio: str, endpoint: str) -> str:
    """The key a result is filed under: the content, how it was asked for, and which service was asked."""
    return hashlib.sha256("\n".join((content, options, audio, endpoint)).encode()).hexdigest()


def address_digest(url: str) -> str:
    """SHA-256 of an address with its query sorted: tells one signing from the next, and reveals neither."""
    pairs = sorted(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    public = unquote(url.partition("#")[0].partition("?")[0])
    # Ledgers hold this digest, so its form stays as it was first; texts in a tuple and a list have one form.
    return hashlib.sha256(repr((public, pairs)).encode()).hexdigest()
