"""Options of a run: what is asked of the service, what the captions are to be, and how far the run may go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from captioner.captions.options import REPLY_EXTENSION, CaptionOptions, legacy_digest
from captioner.jobs.budget import Limit, MonthLimit
from captioner.jobs.cluster import Cluster
from captioner.jobs.inputs.finding import Source
from captioner.recognition.base import RecognitionOptions
from captioner.recognition.funasr.options import RecognitionOptions as FunAsrOptions
from captioner.recognition.funasr.rate_limiters import QUERIES_PER_S
from captioner.recognition.funasr.reply_reuse import describe_options

__all__ = ["MANIFEST_EXTENSION", "JobOptions", "RunOptions"]

#: The manifest beside the captions: `<stem>.captioner.json`.
MANIFEST_EXTENSION = "captioner.json"

#: Media steps of one kind that a cluster is given at once; those for which it has no worker yet wait in its scheduler.
CLUSTER_STEPS = 256


@dataclass(frozen=True)
class JobOptions:
    """Options of one input: what to ask of the service, and what its captions are to be. Many inputs share one.

    Attributes:
        recognition: What to ask of the service.
        captions: What the captions are to be.
        kept: What is remembered with the input for later runs, as JSON, or "".
    """

    recognition: RecognitionOptions
    captions: CaptionOptions
    kept: str = ""

    @cached_property
    def recognition_digest(self) -> str:
        """Digest of `recognition`; computed once, because it takes a tenth of a millisecond."""
        return self.recognition.digest

    @cached_property
    def recognition_described(self) -> str:
        """`recognition` as JSON, for the ledger."""
        return describe_options(self.recognition) if isinstance(self.recognition, FunAsrOptions) else ""

    @cached_property
    def captions_digest(self) -> str:
        """Digest of `captions`; computed once, because it takes a millisecond."""
        return self.captions.digest

    @cached_property
    def captions_values(self) -> Mapping[str, Any]:
        """`captions` as JSON values; made once, because it takes a millisecond."""
        return self.captions.as_dict()

    @cached_property
    def captions_legacy_digest(self) -> str:
        """The digest that version 0.1.0 stored for the same captions, or "" for options it did not have."""
        return legacy_digest(self.captions, by_channel=self.recognition.by_channel)

    @cached_property
    def captions_described(self) -> str:
        """`captions` as JSON, for people."""
        return self.captions.as_json()


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of a run.

    Attributes:
        recognition: What to ask of the service.
        captions: What the captions are to be.
        audio: Digest of the audio policy: two runs with the same digest send the same audio.
        audio_accepted: Digests of other policies whose recognition serves as well where it is paid for already.
        audio_before: The same policy as ledgers before version 4 call it, or "".
        keep_upload: Leave the object in the store.
        overwrite: Replace caption files that we did not write, or that were edited since.
        retry_rejected: Files that failed before get another chance.
        reuse: Any reply that is paid for is used when it serves, whatever it was asked with; and where it does not,
            the file is refused with the price.
        again: With `reuse`: audio that is paid for may be recognised again, where a reply lacks what is asked.
        renew: Audio that is paid for is recognised again whatever the reply has, once in this run.
        recheck: Captions that are there, and whose findings are not known, are checked again.
        usd_per_s: List price of a second, every channel counted; None when there is none.
        files_per_task: Files sent in one task at most.
        linger_s: How long a file may wait for others that are still on their way, when tasks hold several.
        deadline_s: How long the service may take for a file before the run goes on without it.
        patience_s: How long one file may be in trouble without a break before the run goes on without it.
        rereading_s: How long a file that the service could not read is sent again before the run goes on without it.
        preparing: Files whose audio is prepared at once.
        uploading: Files uploaded at once.
        asking: Requests about tasks at once.
        options_for: Options of an input, where a folder has its own `captioner.toml`; None for the same for all.
            Model and formats are the same for all.
        limit: The most that may be bought, or None.
        month_limit: The most that may be spent this month, or None.
        issues_kept: Issues of a file that the report keeps, or None for all; many files have very many.
        queries_per_s: Requests about tasks a second, all processes on the ledger together.
        submits_per_s: Submissions a second, likewise.
        as_it_is: Media in a bucket that the service can take as they are need not be read; False where the user has
            chosen how the audio is sent.
        manifest: Write a manifest beside the captions of each file.
        region: Region of the service, for the price in the manifest.
        cluster: Where media steps are done, or None for this machine.
    """

    recognition: RecognitionOptions
    captions: CaptionOptions = field(default_factory=CaptionOptions)
    audio: str = "flac"
    audio_accepted: tuple[str, ...] = ()
    audio_before: str = ""
    keep_upload: bool = False
    overwrite: bool = False
    retry_rejected: bool = True
    reuse: bool = False
    again: bool = False
    renew: bool = False
    recheck: bool = False
    usd_per_s: float | None = None
    files_per_task: int = 1
    linger_s: float = 15.0
    deadline_s: float = 4 * 3600.0
    patience_s: float = 120.0
    rereading_s: float = 120.0
    preparing: int = 2
    uploading: int = 4
    asking: int = 2
    options_for: Callable[[Source], JobOptions] | None = None
    limit: Limit | None = None
    month_limit: MonthLimit | None = None
    issues_kept: int | None = None
    queries_per_s: float = QUERIES_PER_S
    submits_per_s: float = 10.0
    as_it_is: bool = True
    manifest: bool = False
    region: str = ""
    cluster: Cluster | None = None

    def extensions(self, captions: CaptionOptions) -> tuple[str, ...]:
        """Extension of every output of an input with these caption options, the reply and the manifest among them."""
        has_manifest = self.manifest and bool(captions.extensions)
        return (*captions.extensions, REPLY_EXTENSION, *((MANIFEST_EXTENSION,) if has_manifest else ()))

    @property
    def media_steps(self) -> int:
        """Files that are prepared and uploaded at once; each has its own worker, or waits in the cluster for one."""
        return self.preparing + self.uploading if self.cluster is None else CLUSTER_STEPS
