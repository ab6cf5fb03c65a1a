"""External services of a run, built in each process that uses them, and the one way in which a step is called.

What travels to a worker process or another machine is `ServiceSettings`, which holds no key: a key is read again where
it is used, from the environment or the configuration. `Services` itself, its clients and its links never travel.
"""

from __future__ import annotations

import functools
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn, Protocol

from captioner import clock
from captioner.config import load
from captioner.errors import Interrupted, SetupError
from captioner.jobs.events import Event
from captioner.jobs.links import Links
from captioner.jobs.outputs.captions import Captioner
from captioner.jobs.uplink_memory import recall_uplink
from captioner.media import AudioPolicy, Uplink
from captioner.model import Media, Prepared, SignedUrl
from captioner.network import Network
from captioner.notification import Receiver
from captioner.recognition.base import Recogniser
from captioner.settings import Secret, Settings
from captioner.storage.base import ObjectStore, Store
from captioner.storage.s3.verify import LinkReader

__all__ = [
    "Fault",
    "GivenLinks",
    "Here",
    "LinkVerifier",
    "Paced",
    "Preparer",
    "ServiceSettings",
    "Services",
    "open_services",
    "perform",
    "perform_at",
    "perform_each",
    "report_to",
    "store_id",
]

# The longest that a submission waits in its thread for its slot.
LONGEST_LEAD_S = 1.0

PrepareProgress = Callable[[int, int], None]
"""Called with (ms done, ms in all) from any thread; an exception it raises stops the work."""


class Preparer(Protocol):
    """Makes what is sent out of a media file; see `media.prepare`."""

    def __call__(self, media: Media, folder: Path, *, progress: PrepareProgress | None = None) -> Prepared:
        """Write it into `folder`."""
        ...


class LinkVerifier(Protocol):
    """Reads links that were given the way the service will."""

    def verify_readable(self, signed: SignedUrl) -> None:
        """Fetch the first bytes; raises as `Store.verify_readable` does."""
        ...

    def close(self) -> None:
        """Close connections."""
        ...


class GivenLinks:
    """Reads links that were given; its client is made at the first, because most runs have none."""

    def __init__(self, ca_bundle: str) -> None:
        self._ca_bundle = ca_bundle
        self._reader: LinkReader | None = None
        self._lock = threading.Lock()

    def verify_readable(self, signed: SignedUrl) -> None:
        """Fetch the first bytes; raises as `Store.verify_readable` does."""
        with self._lock:
            if self._reader is None:
                self._reader = LinkReader.for_given_links(Network.from_environment(self._ca_bundle))
        self._reader.verify_readable(signed)

    def close(self) -> None:
        """Close connections."""
        if self._reader is not None:
            self._reader.close()


def _silent(event: Event) -> None:
    """Nothing listens to progress here."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything outside that steps use, in one process; tests put doubles in.

    Attributes:
        describe: Describes a media file.
        prepare: Makes what is sent.
        store: Where files are put for the service to read.
        given_links: Reads links that were given the way the service will.
        recogniser: The recognition service, or None in a worker, which does media steps only.
        store_id: Which store that is, in one text: kind, address, bucket.
        endpoint: Base URL of the recognition service.
        settings: How another process builds the same, or None where it cannot.
        private: The ledger's private folder, with the saved replies.
        work_folder: Private folder of this run for files that are needed for a while only.
        links: Signed links of this process.
        uplink: How fast this process uploads.
        report: Told about progress, in any thread; raises `Interrupted` when the run is being stopped.
        clock: Unix seconds.
        sleep: Waits so many seconds.
        caption: Makes captions of a reply; None for `captions.make`.
        audio: What is sent, for media that may be sent as they are.
        objects: Media in buckets, where there are any among the inputs.
        remote_outputs: ETags of what lay in the buckets of the outputs when the run began, by address.
        receivers: Webhooks and commands that are told of events, by their keys; none in a worker.
    """

    describe: Callable[[Path], Media]
    prepare: Preparer
    store: Store
    given_links: LinkVerifier
    recogniser: Recogniser | None
    store_id: str
    endpoint: str
    settings: ServiceSettings | None = None
    private: Path = Path()
    work_folder: Path = Path()
    links: Links = field(default_factory=Links)
    uplink: Uplink = field(default_factory=Uplink)
    report: Callable[[Event], None] = _silent
    clock: Callable[[], float] = clock.now
    sleep: Callable[[float], None] = time.sleep
    caption: Captioner | None = None
    audio: AudioPolicy = field(default_factory=AudioPolicy)
    objects: ObjectStore | None = None
    remote_outputs: Mapping[str, str] = field(default_factory=dict)
    receivers: Mapping[str, Receiver] = field(default_factory=dict)

    def __reduce__(self) -> NoReturn:
        raise TypeError("services are built where they are used; ServiceSettings travels")

    @property
    def buckets(self) -> ObjectStore:
        """The media in buckets, which are there when an input names some."""
        if self.objects is None:
            raise TypeError("no input is in a bucket")
        return self.objects

    @property
    def asr(self) -> Recogniser:
        """The recogniser, which there is where the ledger is."""
        if self.recogniser is None:
            raise TypeError("a step that needs the recognition service runs where the ledger is")
        return self.recogniser

    def reply_path(self, file_name: str) -> Path:
        """Path of our private copy of a reply."""
        return self.private / "replies" / file_name


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Settings from which `Services` are built: plain, picklable, without a key.

    Attributes:
        settings: Addresses, bucket and the like; its key is left out of pickles.
        audio: What is sent to the service.
        model: The model that will read what is stored.
        only_links: All inputs are links, so no bucket is needed.
        has_objects: Some inputs are in buckets, or captions go there.
        languages: Languages that are spoken, by which one of several tracks is chosen.
        partial: Files whose end is missing are taken as far as they go.
        private: As in `Services`.
        work_folder: As in `Services`.
        service_name: What the ledger calls the recognition service, or "" for its base URL: a service on this machine
            has another port every time.
    """

    settings: Settings
    audio: AudioPolicy
    model: str
    only_links: bool = False
    has_objects: bool = False
    languages: tuple[str, ...] = ()
    partial: bool = False
    private: Path = Path()
    work_folder: Path = Path()
    service_name: str = ""

    @property
    def travels(self) -> bool:
        """Whether another process can build the services: it finds the key where this one found it, or needs none."""
        origin = self.settings.origins.get("api_key", "default")
        return self.settings.chosen_storage == "s3" or not origin.startswith(("flag", "default"))

    def without_key(self) -> ServiceSettings:
        """The settings as they travel."""
        return replace(self, settings=replace(self.settings, api_key=Secret("")))

    def services(self) -> Services:
        """The services in this process, built at the first call."""
        with _BUILDING:
            return self._built()

    def _built(self) -> Services:
        for settings, services in _BUILT:
            if settings == self:
                return services
        found = replace(self, settings=replace(self.settings, api_key=load().settings().api_key))
        services = replace(_media_services(found), settings=self, report=_report)
        _BUILT.append((self, services))
        return services


@dataclass(frozen=True, slots=True)
class Here:
    """Services that exist in this process already, for executors that do not leave it."""

    built: Services

    def services(self) -> Services:
        """The services."""
        return self.built


#: Services of this process when it is a worker, each with the settings it was built from.
_BUILT: list[tuple[ServiceSettings, Services]] = []
_BUILDING = threading.Lock()
_REPORTERS: list[Callable[[Event], None]] = []


def report_to(reporter: Callable[[Event], None]) -> None:
    """Send the progress of this worker process somewhere; without this it is dropped."""
    _REPORTERS[:] = [reporter]


def _report(event: Event) -> None:
    for reporter in _REPORTERS:
        reporter(event)


@contextmanager
def open_services(settings: ServiceSettings) -> Iterator[Services]:
    """All services, checked and ready, until the block ends; nothing is sent yet.

    Raises:
        ConfigError: A key, bucket or address is missing or wrong.
        CredentialsRefused: The storage credentials could not be renewed.
    """
    from captioner.recognition.funasr.fun_asr import FunAsr

    with ExitStack() as stack:
        recogniser = FunAsr.from_settings(settings.settings)
        stack.callback(recogniser.close)
        services = replace(_media_services(settings), recogniser=recogniser)
        stack.callback(services.store.close)
        if services.objects is not None:
            stack.callback(services.objects.close)
        stack.callback(services.given_links.close)
        yield services


def _media_services(settings: ServiceSettings) -> Services:
    from captioner import media
    from captioner.storage import S3Objects, TemporaryStore, open_store

    where = settings.settings
    service = settings.service_name or where.base_url
    store: Store
    store = (
        TemporaryStore.from_settings(where, settings.model)
        if settings.only_links
        else open_store(where, settings.model)
    )
    uplink = Uplink()
    recall_uplink(settings.private, uplink, clock.now())
    return Services(
        describe=functools.partial(media.describe, partial=settings.partial),
        prepare=functools.partial(_prepare, settings.audio, settings.languages, uplink),
        store=store,
        given_links=GivenLinks(where.ca_bundle),
        recogniser=None,
        store_id=f"temporary {service}" if settings.only_links else store_id(store, where, service),
        endpoint=service,
        audio=settings.audio,
        objects=S3Objects(where) if settings.has_objects else None,
        settings=settings.without_key(),
        private=settings.private,
        work_folder=settings.work_folder,
        uplink=uplink,
    )


def _prepare(
    policy: AudioPolicy,
    languages: tuple[str, ...],
    uplink: Uplink,
    media: Media,
    folder: Path,
    *,
    progress: PrepareProgress | None = None,
) -> Prepared:
    from captioner.media import prepare

    return prepare(media, policy, folder, languages=languages, uplink=uplink, progress=progress)


def store_id(store: Store, settings: Settings, service: str) -> str:
    """Which store that is, in one text, as the ledger calls it; buckets of one name at two endpoints are two.

    Args:
        store: As opened; it knows an endpoint that only the environment or the AWS profile names.
        settings: Name the bucket.
        service: Name of the service.
    """
    if settings.chosen_storage == "s3":
        return f"s3 {getattr(store, 'endpoint', settings.s3_endpoint)} {settings.bucket}"
    return f"temporary {service}"


# Calling a step


class Where(Protocol):
    """Gives a step its services in the process it is called in."""

    def services(self) -> Services:
        """The services."""
        ...


@dataclass(frozen=True, slots=True)
class Fault:
    """An unexpected exception in a step: a bug of ours, which concerns one file.

    Attributes:
        kind: Name of the exception's class.
        place: File and line.
        trace: The traceback, for the log.
    """

    kind: str
    place: str
    trace: str

    @classmethod
    def of(cls, error: BaseException) -> Fault:
        """The fault that an exception shows."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}, line {last.lineno}"
        return cls(type(error).__name__, place, "".join(traceback.format_exception(error)))


@dataclass(frozen=True, slots=True)
class Paced:
    """Result of a step that was to begin at a certain time.

    Attributes:
        result: Result of the step.
        late_s: Seconds it began too late; negative when it had to wait.
    """

    result: Any
    late_s: float


def perform(step: Callable[..., Any], args: tuple[Any, ...], where: Where) -> Any:
    """Call a step with its services; an unexpected exception is returned as a `Fault`.

    Raises:
        SetupError: Every file would fail the same way.
        Interrupted: The run is being stopped.
    """
    try:
        return step(*args, where.services())
    except (SetupError, Interrupted):
        raise
    except Exception as error:  # noqa: BLE001 - told in the process that decides, which may be another one
        return Fault.of(error)


def perform_each(
    calls: Sequence[tuple[Callable[..., Any], tuple[Any, ...]]], futures: Sequence[Future[Any]], where: Where
) -> None:
    """Call steps one after another; each ends its own future as `perform` ends."""
    for (step, args), future in zip(calls, futures, strict=True):
        try:
            future.set_result(perform(step, args, where))
        except BaseException as error:  # noqa: BLE001 - as an executor does it
            future.set_exception(error)


def perform_at(slot: float, step: Callable[..., Any], args: tuple[Any, ...], where: Where) -> Paced:
    """Call a step at a time: waits in its own thread for what is left until then, a second at most.

    Args:
        slot: Unix seconds.
        step: As for `perform`.
        args: As for `perform`.
        where: As for `perform`.
    """
    services = where.services()
    early_s = slot - services.clock()
    if early_s > 0:
        services.sleep(min(early_s, LONGEST_LEAD_S))
    return Paced(perform(step, args, where), -early_s)
