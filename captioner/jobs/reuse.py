"""Finds what was paid for already and serves a request, in the ledger of the run and in the others of the user.

The one rule: audio that was recognised is not recognised again in silence. What the reply can give is taken from it;
what it lacks needs the user's word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from captioner.errors import ConfigError
from captioner.files import write_whole
from captioner.jobs.ledger.keys_before import audio_digest_before
from captioner.jobs.states import State
from captioner.media import AudioPolicy
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.recognition.funasr.reply_reuse import as_bought, different_label, lacking, options_asked

if TYPE_CHECKING:
    from captioner.jobs.ledger.base import Ledger
    from captioner.jobs.records import Recognition

__all__ = ["PAID_BEFORE", "Lacking", "Reply", "find_reply", "options_bought", "take_over"]

PAID_BEFORE = "PaidBefore"
"""The kind of reason that keeps a file from being recognised again without the user's word."""

_PAID = (State.SUBMITTING, State.SUBMITTED, State.RECOGNISED, State.FETCHED)
_SERVICE = ".aliyuncs.com"
"""Where the service answers under several names (regions, workspaces); other hosts are services of their own."""
_KINDS = ("auto", "flac", "opus", "copy", "original")
_TRACKS = range(16)
_CHANNELS = (
    (),
    *((channel,) for channel in range(8)),
    (1, 0),
    (2, 3),
    *(tuple(range(count)) for count in (2, 3, 4, 6, 8)),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A recognition that serves a request.

    Attributes:
        recognition: As filed.
        options: What it was asked with.
        note: What is different about it and needs no other recognition, or "".
        ledger: The other ledger that has it, or None for the run's own.
    """

    recognition: Recognition
    options: RecognitionOptions
    note: str = ""
    ledger: Ledger | None = None


@dataclass(frozen=True, slots=True)
class Lacking:
    """Audio that is paid for, and a reply that does not give what is wanted.

    Attributes:
        recognition: As filed.
        what: What it lacks, in words.
        is_elsewhere: It is still being recognised, in another ledger.
    """

    recognition: Recognition
    what: str
    is_elsewhere: bool = False


def find_reply(
    wanted: Recognition,
    options: Any,
    ledger: Ledger,
    others: Sequence[Ledger] = (),
    *,
    again: bool = False,
    active: Collection[str] = (),
    current: str = "",
) -> Reply | Lacking | None:
    """Recognitions paid for already that are of use for a request.

    Args:
        wanted: As it would be filed.
        options: What is asked of the service.
        ledger: The ledger of the run.
        others: Further ledgers.
        again: Whether another recognition may be paid for.
        active: Keys of recognitions that this run works on.
        current: Key of the recognition that the captions of the file were made of last: it goes on being used as long
            as it serves, so that a better reply that was paid for is not given up for an older one.

    Returns:
        The reply that serves best; what the best one lacks; or None when nothing is paid for, when another recognition
        may be paid for, or when the request itself is filed already.
    """
    if current and (kept := _current(wanted, options, ledger, current)) is not None:
        return kept
    known = ledger.recognition(wanted.key)
    if known is not None and (known.state in _PAID or known.key in active):
        return None
    own = ledger.recognitions_of(wanted.content)
    candidates: list[tuple[Recognition, Ledger | None]] = [
        (each, None) for each in own if each.state in _PAID or each.key in active
    ]
    candidates += [(each, other) for other in others for each in other.recognitions_of(wanted.content)
                   if each.state in _PAID]  # fmt: skip
    judged = [_judge(wanted, options, each, other) for each, other in candidates]
    replies = [each for each in judged if isinstance(each, Reply)]
    if again:
        replies = [each for each in replies if not each.note]
        return min(replies, key=_rank, default=None)
    lacks = [each for each in judged if isinstance(each, Lacking)]
    return min(replies, key=_rank, default=None) or min(lacks, key=lambda each: len(each.what), default=None)


def _current(wanted: Recognition, options: Any, ledger: Ledger, key: str) -> Reply | None:
    """The recognition of the captions that are there, if it serves as it is."""
    had = ledger.recognition(key) if key != wanted.key else None
    if had is None or had.state is not State.FETCHED or had.content != wanted.content:
        return None
    judged = _judge(wanted, options, had, None)
    return judged if isinstance(judged, Reply) and not judged.note else None


def _rank(reply: Reply) -> tuple[bool, bool, bool]:
    return (bool(reply.note), reply.recognition.state is not State.FETCHED, reply.ledger is not None)


def _judge(wanted: Recognition, options: Any, had: Recognition, ledger: Ledger | None) -> Reply | Lacking | None:
    """Way in which a recognition serves a request; None when it is of other audio or of another service."""
    if not _is_same_service(wanted.endpoint, had.endpoint):
        return None
    return _compare(wanted, options, had, ledger)


def _compare(wanted: Recognition, options: Any, had: Recognition, ledger: Ledger | None) -> Reply | Lacking | None:
    sound, then = _policy(wanted.audio), _policy(had.audio)
    if sound is not None and then is not None and sound.track != then.track:
        return None
    if not isinstance(options, RecognitionOptions):
        return None
    channels = then.channels if then is not None else options.channels
    asked = options_asked(had.asked, had.model, had.options, channels, options)
    if asked is None and had.model == options.model:
        return Lacking(had, "options that it was not asked with")
    lacks = lacking(options, asked) if asked is not None else (f"--model {options.model}",)
    if lacks:
        return Lacking(had, ", ".join(lacks))
    if asked is None:
        return None
    if ledger is not None and had.state is not State.FETCHED:
        return Lacking(had, f"its end: it is being recognised in {ledger.path}", is_elsewhere=True)
    return Reply(had, asked, "; ".join(_notes(wanted, options, had, asked, sound, then)), ledger)


def _notes(
    wanted: Recognition,
    options: RecognitionOptions,
    had: Recognition,
    asked: RecognitionOptions,
    sound: AudioPolicy | None,
    then: AudioPolicy | None,
) -> Iterable[str]:
    if label := different_label(options, asked):
        yield label
    if sound is not None and then is not None and sound.audio not in (then.audio, "auto"):
        yield f"recognised with --audio {then.audio}"
    if wanted.endpoint != had.endpoint:
        yield f"recognised by {urlsplit(had.endpoint).hostname}"


def _is_same_service(one: str, other: str) -> bool:
    hosts = [urlsplit(endpoint).hostname or "" for endpoint in (one, other)]
    return one == other or all(host.endswith(_SERVICE) for host in hosts)


def take_over(reply: Reply, ledger: Ledger) -> bool:
    """File a reply of another ledger in this one; whether its file was there.

    Raises:
        OutputError: The reply cannot be saved.
        LedgerError: It cannot be filed.
    """
    if reply.ledger is None:
        return True
    had = reply.recognition
    try:
        raw = (reply.ledger.folder / "replies" / had.reply).read_bytes()
    except OSError:
        return False
    write_whole(ledger.folder / "replies" / had.reply, raw, private=True)
    ledger.take_over(replace(had, origin=had.origin or str(reply.ledger.path)))
    return True


def options_bought(options: Any) -> RecognitionOptions | None:
    """Options to buy a reply with instead of those that are asked, or None when they are the same."""
    bought = as_bought(options) if isinstance(options, RecognitionOptions) else options
    return None if bought == options else bought


def _policy(digest: str) -> AudioPolicy | None:
    """The audio policy of a digest, of this version or of one before; None for a link, or when it is not known."""
    return _policies().get(digest) if digest else None


@lru_cache(maxsize=1)
def _policies() -> dict[str, AudioPolicy]:
    found: dict[str, AudioPolicy] = {}
    for kind, track, channels, rate in product(_KINDS, _TRACKS, _CHANNELS, (16000, 8000)):
        try:
            policy = AudioPolicy(audio=kind, channels=channels, track=track, sample_rate=rate)
        except ConfigError:
            continue
        found[policy.digest] = found[audio_digest_before(policy)] = policy
    return found
