"""Faults of the emulated service, chosen per run."""

from __future__ import annotations

import random
import threading
from dataclasses import asdict, dataclass, fields, replace
from fnmatch import fnmatchcase
from urllib.parse import unquote

from captioner.emulator.messages import DROP_CONNECTION, ErrorReply, Response, json_error
from captioner.errors import ConfigError

__all__ = ["FaultPlan", "Faults"]

_BILLING_STATUS = {
    "PostpaidBillOverdue": 429,
    "PrepaidBillOverdue": 429,
    "CommodityNotPurchased": 429,
    "Arrearage": 400,
    "AllocationQuota.FreeTierOnly": 403,
}
"""Refusals for unpaid accounts, and their HTTP status. Source: Model Studio, "Error messages", 2026."""

_DEFAULT_VALUES = {
    "money": "PostpaidBillOverdue",
    "no_speech": "SUCCESS_WITH_NO_VALID_FRAGMENT",
    "only_file_failed": "failed",
    "one_url": "refused",
}
"""Values of faults that take a word, when they are given without one."""

_GATEWAY_PAGE = b"<html><body><h1>503 Service Unavailable</h1>upstream unavailable</body></html>"


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults of one run; counted faults are used up, the others hold for the whole run.

    Attributes:
        at: Kind of call that `throttle`, `server_error`, `non_json` and `flaky` apply to: "submit", "query", "list",
            "cancel", "policy" or "vocabulary"; "" for all of them.
        throttle: Number of calls answered 429 `Throttling.RateQuota`.
        retry_after: Their `Retry-After`, seconds; below 0 for none.
        server_error: Number of calls answered `server_error_status`.
        server_error_status: 500, 502 or 503.
        non_json: Number of calls answered 503 with an HTML page.
        flaky: Share of all calls, 0 to 1, answered 429, 500 or 503 at random.
        seed: Seed of the random choices.
        money: Code that every submission is refused with: "PostpaidBillOverdue" (429, the default),
            "PrepaidBillOverdue", "CommodityNotPurchased" (429), "Arrearage" (400), or "AllocationQuota.FreeTierOnly"
            (403).
        refuse_submit: Number of submissions that lose their connection before they are accepted.
        lost_answer: Number of submissions that are accepted and lose their connection instead of getting a response.
        lost_answer_status: Status, such as 502, that they get instead of a lost connection; 0 for the lost connection.
        slow_answer: Seconds before every submission is answered; the task exists from the start.
        lost_query: Number of queries that lose their connection.
        slow_queue: Seconds that every task waits longer than the timing says.
        unknown_task: Number of tasks that are forgotten when they end: queries answer UNKNOWN.
        unknown_query: Number of queries that answer UNKNOWN about a known task.
        list_lag: Seconds until a task appears in the task list.
        workspace: As on a workspace domain: a submission without `parameters` is accepted and fails when queried.
        one_url: Several files in a task are "refused" (the default), or the task is accepted and "failed" when queried.
        reversed_results: Results are listed in the opposite order of the submission.
        no_usage: Finished tasks have no `usage`.
        unknown_fields: Replies and transcripts have undocumented fields.
        expired_links: Number of result downloads refused as expired; below 0 all of them.
        broken_results: Number of result downloads answered 503.
        slow_body: Seconds over which every result is sent.
        partial_failure: Files that fail: positions in their task (from 0) or name patterns, separated by `|`.
        partial_failure_code: Code of their failure.
        unread: Number of files that cannot be read, in the order they come; when sent again they can be read.
        unread_code: Code of their failure.
        only_file_failed: Every file fails with `partial_failure_code`; a task of one file then is "failed" (as seen at
            the service) or "succeeded" (as its documentation prints it).
        no_speech: Code that every file ends with: "SUCCESS_WITH_NO_VALID_FRAGMENT" (the default) or
            "ASR_RESPONSE_HAVE_NO_WORDS".
    """

    at: str = ""
    throttle: int = 0
    retry_after: float = -1.0
    server_error: int = 0
    server_error_status: int = 500
    non_json: int = 0
    flaky: float = 0.0
    seed: int = 0
    money: str = ""
    refuse_submit: int = 0
    lost_answer: int = 0
    lost_answer_status: int = 0
    slow_answer: float = 0.0
    lost_query: int = 0
    slow_queue: float = 0.0
    unknown_task: int = 0
    unknown_query: int = 0
    list_lag: float = 0.0
    workspace: bool = False
    one_url: str = ""
    reversed_results: bool = False
    no_usage: bool = False
    unknown_fields: bool = False
    expired_links: int = 0
    broken_results: int = 0
    slow_body: float = 0.0
    partial_failure: str = ""
    partial_failure_code: str = "InvalidFile.DownloadFailed"
    unread: int = 0
    unread_code: str = "InvalidFile.DownloadFailed"
    only_file_failed: str = ""
    no_speech: str = ""

    def __post_init__(self) -> None:
        if self.money and self.money not in _BILLING_STATUS:
            raise ConfigError(f"fault money={self.money}: choose one of {', '.join(_BILLING_STATUS)}")
        if self.only_file_failed not in ("", "failed", "succeeded"):
            raise ConfigError(f"fault only_file_failed={self.only_file_failed}: use failed or succeeded")
        if self.one_url not in ("", "refused", "failed"):
            raise ConfigError(f"fault one_url={self.one_url}: use refused or failed")
        if self.at not in ("", "submit", "query", "list", "cancel", "policy", "vocabulary"):
            raise ConfigError(f"fault at={self.at}: use submit, query, list, cancel, policy or vocabulary")

    @classmethod
    def parse(cls, text: str) -> Faults:
        """Read faults from a line such as `throttle=2,lost_answer=1,no_usage,seed=7`.

        A fault that is on or off is given by its name; a count without a value means 1.

        Raises:
            ConfigError: An unknown name, or a value of the wrong kind.
        """
        kinds = {f.name: type(f.default) for f in fields(cls)}
        given: dict[str, object] = {}
        for item in filter(None, (part.strip() for part in text.split(","))):
            name, _, value = item.partition("=")
            if name not in kinds:
                raise ConfigError(f"fault {name!r}: not known; choose one of {', '.join(kinds)}")
            given[name] = _value(name, value, kinds[name])
        return cls(**given)  # type: ignore[arg-type]  # every value was made by its field's own kind


def _value(name: str, text: str, kind: type) -> object:
    try:
        if kind is bool:
            return {"": True, "1": True, "true": True, "0": False, "false": False}[text.lower()]
        return kind(text or _DEFAULT_VALUES.get(name, "1"))
    except (KeyError, ValueError) as error:
        raise ConfigError(f"fault {name}={text}: needs a {kind.__name__}") from error


class FaultPlan:
    """The faults of a run with their remaining counts; safe to use from several threads."""

    def __init__(self, faults: Faults) -> None:
        self._lock = threading.Lock()
        self.change(faults)

    def change(self, faults: Faults) -> None:
        """Replace the current faults by these."""
        with self._lock:
            self.faults = faults
            self._remaining = {name: value for name, value in asdict(faults).items() if type(value) is int}
            self._chance = random.Random(faults.seed)

    def take(self, name: str) -> bool:
        """Use up one of a counted fault; False when none remains. A count below 0 never ends."""
        with self._lock:
            left = self._remaining[name]
            self._remaining[name] = left - (left > 0)
            return left != 0

    def maybe_fail(self, kind: str) -> None:
        """Raise an error for a call of this kind if it is one of those that are to fail.

        Raises:
            ErrorReply: The call is to fail.
        """
        if self.faults.at not in ("", kind):
            return
        if self.take("throttle"):
            raise self._throttling()
        if self.take("server_error"):
            raise _server_error(self.faults.server_error_status)
        if self.take("non_json"):
            raise ErrorReply(Response(503, _GATEWAY_PAGE, content_type="text/html"))
        with self._lock:
            unlucky = self._chance.random() < self.faults.flaky
            status = self._chance.choice((429, 500, 503))
        if unlucky:
            raise self._throttling() if status == 429 else _server_error(status)

    def maybe_refuse_submission(self) -> None:
        """Raise an error for a submission before it is accepted, if it is to be refused.

        Raises:
            ErrorReply: The submission is to be refused.
        """
        if self.take("refuse_submit"):
            raise ErrorReply(DROP_CONNECTION)
        if self.faults.money:
            raise json_error(
                _BILLING_STATUS[self.faults.money], self.faults.money, "The account has to be settled first."
            )

    def after_acceptance(self, answer: Response) -> Response:
        """The response to an accepted submission as the client receives it."""
        if self.take("lost_answer"):
            status = self.faults.lost_answer_status
            answer = Response(status, _GATEWAY_PAGE, content_type="text/html") if status else DROP_CONNECTION
        return replace(answer, after_s=self.faults.slow_answer)

    def file_code(self, url: str, position: int) -> str:
        """The code with which this file of a task is to fail, or ""."""
        if self.faults.no_speech:
            return self.faults.no_speech
        if self.faults.only_file_failed or any(
            _matches(wanted, url, position) for wanted in self.faults.partial_failure.split("|") if wanted
        ):
            return self.faults.partial_failure_code
        return self.faults.unread_code if self.take("unread") else ""

    def _throttling(self) -> ErrorReply:
        after = self.faults.retry_after
        headers = {"Retry-After": f"{after:g}"} if after >= 0 else {}
        return json_error(429, "Throttling.RateQuota", "Too many requests in a short time; try again later.", headers)


def _matches(wanted: str, url: str, position: int) -> bool:
    """Whether a position or a name pattern matches this file."""
    if wanted.isdigit():
        return int(wanted) == position
    return fnmatchcase(unquote(url.partition("?")[0]).rpartition("/")[2], wanted)


def _server_error(status: int) -> ErrorReply:
    code = {500: "InternalError", 503: "ModelServingError"}.get(status, "SystemError")
    return json_error(status, code, "Something failed inside the service; try again later.")
