"""Every error captioner raises, sorted by what the caller can do about it.

    CaptionerError
    ├── RetryableError              the same call may succeed later
    │   ├── StorageUnavailable      the store did not answer, or answered 5xx
    │   └── AsrUnavailable          the service did not answer, throttled the call, or answered 5xx
    ├── SetupError                  every file would fail the same way: stop and repair the set-up (exit code 2)
    │   ├── ConfigError             a setting, an option or a settings file is missing or wrong
    │   ├── StyleError              a style profile cannot be read or contradicts itself
    │   ├── LedgerError             the ledger is unreadable or from a newer captioner
    │   └── CredentialsRefused      a key, a storage credential or the account was refused (exit code 3)
    ├── FileError                   this file cannot be processed; the others continue (exit code 1)
    │   ├── MediaError              unreadable, no audio, too long, too large
    │   ├── OutputError             a caption file cannot be written or must not be replaced
    │   ├── StorageRejected         the store refuses this object
    │   ├── AsrRejected             the service refuses this file
    │   ├── ReplyError              a transcript or reply that cannot be understood
    │   └── FormatError             captions that this format cannot hold
    ├── ResultExpired               the service no longer has the task or its result: only a new submission helps
    ├── SubmissionInDoubt           the request left, no answer came: look it up before sending it again
    └── Interrupted                 stopped by the user; what was paid for is in the ledger (exit code 130)

Library errors are mapped in the package that uses the library, with ``raise ... from error``.
A message says what failed, which setting, and what to do; it never holds a key or a signed URL. The file it is about is
a field, and stands in front of the message when the error is printed.
"""

from __future__ import annotations

__all__ = [
    "AsrRejected",
    "AsrUnavailable",
    "CaptionerError",
    "ConfigError",
    "CredentialsRefused",
    "FileError",
    "FormatError",
    "Interrupted",
    "LedgerError",
    "MediaError",
    "OutputError",
    "ReplyError",
    "ResultExpired",
    "RetryableError",
    "SetupError",
    "StorageRejected",
    "StorageUnavailable",
    "StyleError",
    "SubmissionInDoubt",
]


class CaptionerError(Exception):
    """Base of all errors that captioner raises on purpose.

    Attributes:
        message: One line for the user: what failed, which file or setting, and what to do.
        detail: The same without the name of the file.
        file: Name of the file it is about, or "".
        code: Error code of the service or store, verbatim, or "".
        retryable: Whether the same call may succeed later.
        exit_code: Exit code of a command that ends with this error.
    """

    retryable = False
    exit_code = 1

    def __init__(self, message: str, code: str = "", *, file: str = "") -> None:
        super().__init__(message, code)
        self.message = f"{file}: {message}" if file else message
        self.detail = message
        self.file = file
        self.code = code

    def __str__(self) -> str:
        return self.message


class RetryableError(CaptionerError):
    """The same call may succeed later.

    Attributes:
        retry_after_s: Seconds the service or store asked to wait, or None.
    """

    retryable = True

    def __init__(self, message: str, code: str = "", retry_after_s: float | None = None, *, file: str = "") -> None:
        super().__init__(message, code, file=file)
        self.args = (message, code, retry_after_s)
        self.retry_after_s = retry_after_s


class StorageUnavailable(RetryableError):
    """The store did not answer, or answered with a fault of its own."""


class AsrUnavailable(RetryableError):
    """The service did not answer, throttled the call, or answered with a fault of its own."""


class SetupError(CaptionerError):
    """Every file would fail the same way until the set-up is changed."""

    exit_code = 2


class ConfigError(SetupError):
    """A setting, an option or a settings file is missing or wrong."""


class StyleError(SetupError):
    """A style profile cannot be read, or its numbers contradict each other."""


class LedgerError(SetupError):
    """The ledger is unreadable or was written by a newer captioner; nothing is submitted without it."""


class CredentialsRefused(SetupError):
    """A key or a storage credential was refused, or the account it belongs to cannot be billed."""

    exit_code = 3


class FileError(CaptionerError):
    """This file cannot be processed as it is; other files are not affected."""


class MediaError(FileError):
    """The media cannot be read, has no audio, or is longer or larger than the service takes."""


class OutputError(FileError):
    """A caption file cannot be written, or exists and must not be replaced."""


class StorageRejected(FileError):
    """The store refuses this object, or the object cannot be read back."""


class AsrRejected(FileError):
    """The service refuses this file, or this account for a reason that waiting does not resolve.

    Attributes:
        task_id: The service's name for the task, or "".
    """

    def __init__(self, message: str, code: str = "", task_id: str = "", *, file: str = "") -> None:
        super().__init__(message, code, file=file)
        self.args = (message, code, task_id)
        self.task_id = task_id


class ReplyError(FileError):
    """A reply or a transcript file cannot be understood."""


class FormatError(FileError):
    """The chosen format cannot hold these captions."""


class ResultExpired(CaptionerError):
    """The service no longer has the task or its result (it keeps both for 24 h); only a new submission helps."""


class SubmissionInDoubt(CaptionerError):
    """A submission was sent and no answer came back: the task may exist and be billed.

    It must be looked up in the service's task list before it is sent again.
    """


class Interrupted(CaptionerError):
    """Stopped by the user; every task already paid for is in the ledger."""

    exit_code = 130
