"""The world a run acts on, and what it was asked to do. Everything that is not a decision comes in through here."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from captioner import clock
from captioner.captions.options import CaptionOptions, legacy_digest
from captioner.jobs.budget import Limit
from captioner.jobs.captions import Captioner
from captioner.jobs.sources import Source
from captioner.model import Media, Prepared, SignedUrl, StoredObject
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.recognition.funasr.rate_limit import QUERIES_PER_S
from captioner.recognition.funasr.task_status import TaskEntry, TaskReport
from captioner.settings import Settings
from captioner.storage.base import Store

if TYPE_CHECKING:
    from captioner.media import AudioPolicy

__all__ = ["Preparer", "RunOptions", "Service", "Wish", "World", "open_services", "store_id"]

PrepareProgress = Callable[[int, int], None]
"""Called with (ms done, ms in all) from any thread; an exception it raises stops the work."""


class Preparer(Protocol):
    """Makes what is sent out of a media file; see `media.prepare`."""

    def __call__(self, media: Media, folder: Path, *, progress: PrepareProgress | None = None) -> Prepared:
        """Write it into `folder`."""
        ...


class Service(Protocol):
    """The recogniser, one exchange at a time; see `asr.client.AsrClient`."""

    def submit(self, urls: Sequence[SignedUrl], options: RecognitionOptions) -> str:
        """Start a task; its id."""
        ...

    def query(self, task_id: str) -> TaskReport:
        """The state of a task."""
        ...

    def tasks(self, model: str = "", since_s: float | None = None, until_s: float | None = None) -> Sequence[TaskEntry]:
        """Tasks made between two Unix times, of one model or of all."""
        ...

    def page(self, number: int, size: int) -> tuple[Sequence[TaskEntry], int]:
        """One page of the list of all tasks, newest first, and how many there are."""
        ...

    def fetch(self, url: SignedUrl) -> bytes:
        """The body behind a result link."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """Every door a run goes through; tests put doubles in.

    Attributes:
        describe: What a media file is.
        prepare: Makes what is sent.
        link: Takes an http(s) address as it is.
        store: Where files are put for the service to read.
        place: Which store that is, in one text: kind, address, bucket.
        client: The service.
        endpoint: Its base URL.
        clock: Unix seconds.
        sleep: Waits so many seconds; None waits so that the stop event is heard.
        rng: For jitter.
        caption: Makes captions of a reply; None for `captions.make`.
    """

    describe: Callable[[Path], Media]
    prepare: Preparer
    link: Callable[[str], tuple[StoredObject, SignedUrl]]
    store: Store
    place: str
    client: Service
    endpoint: str
    clock: Callable[[], float] = clock.now
    sleep: Callable[[float], None] | None = None
    rng: random.Random = field(default_factory=random.Random)
    caption: Captioner | None = None


@dataclass(frozen=True)
class Wish:
    """What is asked for one input: of the service, and of its captions; many inputs share one.

    Attributes:
        recognition: What to ask of the service.
        captions: What the captions shall be.
    """

    recognition: RecognitionOptions
    captions: CaptionOptions

    @cached_property
    def recognition_digest(self) -> str:
        """Digest of the first; costs a tenth of a millisecond, so it is kept."""
        return self.recognition.digest

    @cached_property
    def captions_digest(self) -> str:
        """Digest of the second; costs a millisecond."""
        return self.captions.digest

    @cached_property
    def captions_legacy_digest(self) -> str:
        """Digest of the second as version 0.1.0 stored it: jobs with it are not written again."""
        return legacy_digest(self.captions, by_channel=self.recognition.by_channel)

    @cached_property
    def captions_described(self) -> str:
        """The second as JSON."""
        return self.captions.as_json()


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run shall do.

    Attributes:
        recognition: What to ask of the service.
        captions: What the captions shall be.
        audio: Name of what is sent, with everything that changes it: two runs with the same text send the same audio.
        keep_upload: Leave the object in the store.
        overwrite: Replace caption files that we did not write, or that were edited since.
        again: Files that failed before get another chance.
        files_per_task: Files sent in one task at most.
        linger_s: How long a file may wait for companions that are still on their way, when tasks hold several.
        deadline_s: How long the service may take for a file before the run goes on without it.
        patience_s: How long one file may be in trouble without a break before the run goes on without it.
        rereading_s: How long a file that the service could not read is sent again before the run goes on without it.
        preparing: Files prepared at once.
        uploading: Files uploaded at once.
        asking: Questions to the service at once.
        wishes: What is asked for an input, where a folder has its own `captioner.toml`; None for the same for all.
            Model and formats are the same for all.
        limit: The most that may be bought, or None.
        issues_kept: Issues of a file that the report keeps, or None for all; many files have very many.
        queries_per_s: Questions a second that all processes on the ledger may ask together.
        submits_per_s: Submissions a second, likewise.
    """

    recognition: RecognitionOptions
    captions: CaptionOptions = field(default_factory=CaptionOptions)
    audio: str = "flac"
    keep_upload: bool = False
    overwrite: bool = False
    again: bool = True
    files_per_task: int = 1
    linger_s: float = 15.0
    deadline_s: float = 4 * 3600.0
    patience_s: float = 120.0
    rereading_s: float = 120.0
    preparing: int = 2
    uploading: int = 4
    asking: int = 2
    wishes: Callable[[Source], Wish] | None = None
    limit: Limit | None = None
    issues_kept: int | None = None
    queries_per_s: float = QUERIES_PER_S
    submits_per_s: float = 10.0


@contextmanager
def open_services(settings: Settings, model: str, audio: AudioPolicy, *, only_links: bool = False) -> Iterator[World]:
    """Media, store and service of the settings; closed when the block ends.

    Args:
        settings: Where the service and the store are, and the key.
        model: The temporary store binds what it holds to one model.
        audio: How the audio is sent.
        only_links: Every input is a link, so nothing is stored.

    Raises:
        ConfigError: The settings do not hold together, or a key is missing.
    """
    from captioner import storage
    from captioner.media import describe
    from captioner.media import prepare as prepare_media
    from captioner.recognition.funasr.client import AsrClient

    def prepare(media: Media, folder: Path, *, progress: PrepareProgress | None = None) -> Prepared:
        return prepare_media(media, audio, folder, progress=progress)

    with ExitStack() as stack:
        client = stack.enter_context(AsrClient.from_settings(settings))
        store: Store
        if only_links:
            store = storage.TemporaryStore.from_settings(settings, model)
        else:
            store = storage.open_store(settings, model)
        stack.callback(store.close)
        yield World(
            describe=describe,
            prepare=prepare,
            link=storage.make_link,
            store=store,
            place=f"temporary {settings.base_url}" if only_links else store_id(settings),
            client=client,
            endpoint=settings.base_url,
        )


def store_id(settings: Settings) -> str:
    """Which store the settings mean, as the ledger calls it."""
    if settings.chosen_storage == "s3":
        return f"s3 {settings.s3_endpoint} {settings.bucket}"
    return f"temporary {settings.base_url}"
