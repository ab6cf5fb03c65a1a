"""Maps the service's error codes to our errors. Pure: tables, and the errors made from them.

Sources: Model Studio, "Error messages" (docs.qwencloud.com, 2026) for codes and meanings; the choice between retrying
and giving up follows the retry lists of the official SDK 2.0.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from captioner.errors import (
    AsrRejected,
    AsrUnavailable,
    CaptionerError,
    ConfigError,
    CredentialsRefused,
    SubmissionInDoubt,
)

__all__ = ["NO_SPEECH", "ErrorResponse", "error_from_response", "file_error", "file_retry"]

NO_SPEECH = frozenset({"SUCCESS_WITH_NO_VALID_FRAGMENT", "ASR_RESPONSE_HAVE_NO_WORDS"})
"""Codes of a file without speech: an empty transcript, not a fault."""

_BILLING_CODES = frozenset(
    {
        "AccessDenied.Unpurchased",
        "AllocationQuota.FreeTierOnly",
        "Arrearage",
        "CommodityNotPurchased",
        "PostpaidBillOverdue",
        "PrepaidBillOverdue",
    }
)
"""Refusals that only a payment or an activation resolves, whatever their HTTP status (some come as 429). They are about
the account and not about the file, so they stop the run like a refused key."""

_KEY_CODES = frozenset(
    {"InvalidApiKey", "invalid_api_key", "NOT AUTHORIZED", "Workspace.AccessDenied", "Model.AccessDenied"}
)

_SETUP_ADVICE: Mapping[str, str] = {
    "ModelNotFound": "check --model, and that it runs in this region",
    "WorkSpaceNotFound": "check the workspace id and the region",
}

_OVERLOAD_CODES = frozenset({"ModelServingError", "ModelUnavailable"})
"""Codes that say the call was not accepted: sending it again is safe."""


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """An answer that refuses a call.

    Attributes:
        call: The call as a verb: "submit", "query" …
        status: HTTP status.
        code: The service's code, or "".
        message: The service's message on one line, without secrets, or a description of a body that is not JSON.
        request_id: The service's id of the call, or "".
        host: Host that answered.
        retry_after_s: Seconds it asked to wait, or None.
    """

    call: str
    status: int
    code: str
    message: str
    request_id: str
    host: str
    retry_after_s: float | None = None

    def message_with(self, advice: str) -> str:
        """One line: the call, the answer, and the advice."""
        code = f", {self.code}" if self.code else ""
        message = f": {self.message}" if self.message and self.message != self.code else ""
        request = f" (request {self.request_id})" if self.request_id else ""
        return f"{self.call}: {self.host} refused (HTTP {self.status}{code}){message}{request}; {advice}"


def error_from_response(refusal: ErrorResponse, *, submitting: bool = False) -> CaptionerError:
    """The error for a refused call.

    Args:
        refusal: The answer.
        submitting: The call would have created a task: after a server's fault that does not clearly say that no task
            was created, the submission is in doubt instead of repeatable.
    """
    status, code = refusal.status, refusal.code
    if code in _BILLING_CODES or code.partition(".")[0] in _BILLING_CODES:
        advice = "settle the account or activate the model in the console, then run the same command again"
        return CredentialsRefused(refusal.message_with(advice), code)
    if status == 401 or code in _KEY_CODES:
        advice = "check the key (DASHSCOPE_API_KEY), its region, and its rights to the model and workspace"
        return CredentialsRefused(refusal.message_with(advice), code)
    if setup := _setup_advice(refusal):
        return ConfigError(refusal.message_with(setup), code)
    if status == 403:
        return CredentialsRefused(
            refusal.message_with("this key may not do that; check its rights in the console"), code
        )
    if status in (429, 503) or code in _OVERLOAD_CODES:
        return AsrUnavailable(refusal.message_with("try again later"), code, refusal.retry_after_s)
    if status in (408, 409) or status >= 500:
        if submitting:
            return SubmissionInDoubt(
                refusal.message_with("the task may exist; look it up before submitting again"), code
            )
        return AsrUnavailable(refusal.message_with("try again later"), code, refusal.retry_after_s)
    return AsrRejected(refusal.message_with("sending it again will not help"), code)


def _setup_advice(refusal: ErrorResponse) -> str:
    """Advice when the call itself is wrong, "" when it is not."""
    if advice := _SETUP_ADVICE.get(refusal.code):
        return advice
    if refusal.status == 400 and refusal.message.startswith("Model not exist"):
        return _SETUP_ADVICE["ModelNotFound"]
    if refusal.status == 403 and "synchronous calls" in refusal.message:
        return "something between here and the service drops the header X-DashScope-Async"
    if refusal.status in (404, 405) or 300 <= refusal.status < 400:
        return "check the endpoint: it includes /api/v1 and answers without redirecting"
    return ""


# --- Files inside a task ---------------------------------------------------------------------------------------------

_ONCE, _NEVER = "once", "never"
_SIGN_AGAIN = "the service could not read the link; try again with a fresh one"
_DEAD_LINK = "the link was refused; make a new one"
_BAD_MEDIA = "the service cannot decode it; send it as FLAC (--audio flac)"
_TOO_LARGE = "over the service's limits (12 h, 2 GB); split it"
_FAULT = "a fault of the service; try once more"

_FILE_CODES: Mapping[str, tuple[str, str]] = {
    "InvalidFile.DownloadFailed": (_ONCE, _SIGN_AGAIN),
    "FILE_DOWNLOAD_FAILED": (_ONCE, _SIGN_AGAIN),
    "FILE_SERVER_ERROR": (_ONCE, "the store answered the service with a fault; try again"),
    "FILE_TRANS_TASK_EXPIRED": (_ONCE, "it waited too long in the queue; try once more"),
    "InvalidURL.Timeout": (_ONCE, _SIGN_AGAIN),
    "SERVER_ERROR": (_ONCE, _FAULT),
    "FILE_403_FORBIDDEN": (_NEVER, _DEAD_LINK),
    "FILE_404_NOT_FOUND": (_NEVER, _DEAD_LINK),
    "REQUEST_INVALID_FILE_URL_VALUE": (_NEVER, "the link is not a URL the service takes; percent-encode it"),
    "CONTENT_LENGTH_CHECK_FAILED": (_NEVER, "the store sends a wrong Content-Length; upload it elsewhere"),
    "FILE_CHECK_FAILED": (_NEVER, _BAD_MEDIA),
    "FILE_PARSE_FAILED": (_NEVER, _BAD_MEDIA),
    "FILE_NORMALIZE_FAILED": (_NEVER, _BAD_MEDIA),
    "MKV_PARSE_FAILED": (_NEVER, _BAD_MEDIA),
    "DECODE_ERROR": (_NEVER, _BAD_MEDIA),
    "UNSUPPORTED_FORMAT": (_NEVER, _BAD_MEDIA),
    "NO_VALID_AUDIO_ERROR": (
        _NEVER,
        "no sound the service can use; send it as FLAC (--audio flac), or check the track",
    ),
    "FILE_TOO_LARGE": (_NEVER, _TOO_LARGE),
    "AUDIO_DURATION_TOO_LONG": (_NEVER, _TOO_LARGE),
}
"""For each code of a file whether to try again, and advice. A code not listed here is shown and not tried again."""

_SERVER_FAULTS = (
    "InternalError",
    "SystemError",
    "ModelServingError",
    "ModelServiceFailed",
    "ModelUnavailable",
    "RequestTimeOut",
)


def file_retry(code: str) -> str:
    """Whether a file that failed with this code is worth another task: "once" or "never"."""
    if code.startswith(_SERVER_FAULTS):
        return _ONCE
    return _FILE_CODES.get(code, (_NEVER, ""))[0]


def file_error(code: str, message: str, task_id: str) -> AsrRejected:
    """The error of one file inside a task.

    Args:
        code: The service's code for the file, or "".
        message: The service's message.
        task_id: The task.
    """
    reason = code or "no code"
    if message and message != code:
        reason = f"{reason}: {message}"
    fallback = _FAULT if file_retry(code) == _ONCE else "the service gives no remedy"
    advice = _FILE_CODES.get(code, ("", fallback))[1]
    return AsrRejected(f"not recognised ({reason}); {advice} (task {task_id})", code, task_id)
