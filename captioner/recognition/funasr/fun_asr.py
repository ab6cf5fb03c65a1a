"""Fun-ASR and Paraformer as a `Recogniser`: the client's exchanges, and what the answers mean."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Self

from captioner.errors import ReplyError
from captioner.model import SignedUrl, Transcript
from captioner.recognition.base import FileFailure, Verdict
from captioner.recognition.funasr.client import AsrClient
from captioner.recognition.funasr.hotwords import Vocabularies, check_vocabulary
from captioner.recognition.funasr.lost_submission import CLOCK_SLACK_MS, candidates, confirm
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.recognition.funasr.result import empty_reply, redact_signatures, to_transcript
from captioner.recognition.funasr.task_status import FileResult, TaskEntry, TaskReport
from captioner.settings import Settings

__all__ = ["FunAsr", "FunAsrRules"]

# Codes that say the address was refused or broke off: a fresh signature, or a fresh upload, may be all that is missing.
_DEAD_ADDRESS = frozenset({"FILE_403_FORBIDDEN", "FILE_404_NOT_FOUND", "CONTENT_LENGTH_CHECK_FAILED"})

# The service gave up after three hours (Model Studio: "Error messages", 2026): not to be repeated more than once.
_TIMED_OUT = "InternalError.Timeout"

# Refusals that blame one address or one file; together with others they say nothing about those.
_BLAMES_A_FILE = ("InvalidParameter", "InvalidURL", "InvalidFile", "BadRequest", "DataInspection")


class FunAsrRules:
    """Meaning of the service's answers. Pure.

    Attributes:
        needs_link: The service downloads what it recognises.
        kept_s: Tasks and results are kept for 24 h (Model Studio: manage-asynchronous-tasks, 2026-03).
        clock_slack_s: Too much costs a few queries, too little a second task.
    """

    needs_link = True
    kept_s = 24 * 3600.0
    clock_slack_s = CLOCK_SLACK_MS / 1000

    def candidates(
        self, entries: Sequence[TaskEntry], model: str, since_s: float, known: Collection[str]
    ) -> tuple[str, ...]:
        """Ids of tasks that may have come from a lost submission made since then."""
        return tuple(entry.task_id for entry in candidates(entries, model, int(since_s * 1000), known))

    def confirm(self, report: TaskReport, urls: Sequence[SignedUrl]) -> Verdict:
        """Whether a task recognised exactly these addresses."""
        return confirm(report, urls)

    def needs_check(self, options: RecognitionOptions) -> bool:
        """Whether there is a hotword list to be looked up."""
        return bool(options.vocabulary_id)

    def failure(self, result: FileResult, task_id: str) -> FileFailure:
        """The reason why a file has no reply, by its code."""
        return FileFailure(
            error=result.error(task_id),
            may_pass=result.retry == "once",
            address_refused=result.code in _DEAD_ADDRESS,
            is_free=result.code != _TIMED_OUT,
        )

    def blames_one_file(self, code: str) -> bool:
        """Whether a refusal of several files together may be about one of them only."""
        return code.startswith(_BLAMES_A_FILE)

    def empty_reply(self, address: str, duration_ms: int, code: str) -> bytes:
        """A reply for a file without speech, in the shape of the others."""
        return empty_reply(address, duration_ms, code)

    def clean_reply(self, raw: bytes) -> bytes:
        """A reply as received, but for signatures."""
        return redact_signatures(raw)

    def speech_s(self, raw: bytes) -> int | None:
        """Seconds the service bills for one file of several: those of speech, rounded per channel.

        Source: Model Studio, "Audio file recognition - Fun-ASR/Paraformer", 2026-03-24; `usage.duration` of published
        replies is that sum.
        """
        try:
            transcript = to_transcript(raw)
        except ReplyError:
            return None
        return sum(round(length_ms / 1000) for length_ms in _speech_ms(transcript).values())


class FunAsr(FunAsrRules):
    """The service behind a client.

    Args:
        client: Its exchanges.
    """

    def __init__(self, client: AsrClient) -> None:
        self._client = client
        self.submit = client.submit
        self.query = client.query
        self.tasks = client.tasks
        self.page = client.page
        self.fetch = client.fetch

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The service at the configured endpoint, with the configured key.

        Raises:
            ConfigError: No key, or an endpoint that is none.
        """
        return cls(AsrClient.from_settings(settings))

    def check(self, options: RecognitionOptions) -> str:
        """Look up the hotword list; one of another model, or that is gone, is ignored without a word by the service.

        Returns:
            "", or a note when this key may not look lists up.

        Raises:
            ConfigError: The list is gone, or was made for another model.
            AsrUnavailable: It is not deployed yet, or the service does not answer.
        """
        return check_vocabulary(Vocabularies(self._client), options) if options.vocabulary_id else ""

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _speech_ms(transcript: Transcript) -> dict[int, int]:
    """Milliseconds of speech by channel."""
    lengths: dict[int, int] = {}
    for sentence in transcript.sentences:
        lengths[sentence.channel] = lengths.get(sentence.channel, 0) + sentence.end_ms - sentence.start_ms
    return lengths
