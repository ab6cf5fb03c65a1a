"""What `format` and `run` share: the style asked for, the speakers' names, reading a transcript, writing a file."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from captioner.errors import ConfigError, ReplyError
from captioner.jobs.finishing import Finishing

if TYPE_CHECKING:
    from captioner.archive import Archive
    from captioner.formats import Context
    from captioner.layout import Composition
    from captioner.model import Cue, Transcript
    from captioner.style import Style

__all__ = [
    "Request",
    "deliver",
    "explained",
    "file_name",
    "finished",
    "format_of",
    "formats",
    "names",
    "read",
    "size",
    "standing",
    "style",
]


@dataclass(frozen=True, slots=True)
class Request:
    """What the captions shall be.

    Attributes:
        style: The profile with its changes.
        language: Code given by the user, "" to let the text and the transcript tell.
        names: Speaker id to display name, as given.
        offset_ms: Added to every time.
        size: Picture width and height in pixels, or None to take the transcript's, else 1920 x 1080.
        smooth: Give speaker islands to their neighbours.
        finishing: What happens to words before the layout and to captions after it.
        start_timecode: Time code of the first frame, "" to take the transcript's.
    """

    style: Style
    language: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    offset_ms: int = 0
    size: tuple[int, int] | None = None
    smooth: bool = False
    finishing: Finishing = field(default_factory=Finishing)
    start_timecode: str = ""


def style(name: str, max_columns: int | None = None, max_lines: int | None = None) -> Style:
    """The profile of that name, with the two numbers that have flags of their own laid over every language."""
    from captioner.style import load_style

    return load_style(name).override(max_columns=max_columns, max_lines=max_lines)


def formats(listed: str | list[str]) -> tuple[str, ...]:
    """Names of formats from `srt,vtt` or a list, each once, all known.

    Raises:
        ConfigError: An unknown format, or none.
    """
    from captioner.formats import FORMATS

    wanted = listed.split(",") if isinstance(listed, str) else listed
    chosen = tuple(dict.fromkeys(name.strip().lower() for name in wanted if name.strip()))
    for name in chosen:
        if name not in FORMATS:
            raise ConfigError(f"format {name!r} is unknown; there are {', '.join(FORMATS)}")
    if not chosen:
        raise ConfigError(f"no format given; there are {', '.join(FORMATS)}")
    return chosen


def names(given: str) -> dict[str, str]:
    """Speaker names from `0=Anna,1=Bo`, or from the [speakers] table of a TOML file.

    Raises:
        ConfigError: Neither of the two.
    """
    if not given:
        return {}
    if "=" not in given:
        return _names_from_file(Path(given))
    pairs = [part.partition("=") for part in given.split(",") if part.strip()]
    if any(not key.strip().isdigit() or not name.strip() for key, _, name in pairs):
        raise ConfigError(f"speakers {given!r}: write them as 0=Anna,1=Bo, or name a TOML file")
    return {key.strip(): name.strip() for key, _, name in pairs}


def _names_from_file(path: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("speakers", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"speakers {path}: cannot be read ({error}); write 0=Anna,1=Bo or a TOML file") from error
    if not isinstance(table, dict) or not all(isinstance(name, str) for name in table.values()):
        raise ConfigError(f'speakers {path}: needs a table [speakers] with lines such as 0 = "Anna"')
    return dict(table)


def size(given: str) -> tuple[int, int] | None:
    """Width and height from `1920x1080`; None from "".

    Raises:
        ConfigError: Not a size.
    """
    if not given:
        return None
    match = re.fullmatch(r"([1-9]\d{0,4})[xX×]([1-9]\d{0,4})", given)
    if match is None:
        raise ConfigError(f"size {given!r}: write it as width x height, such as 1920x1080")
    return int(match[1]), int(match[2])


def read(source: Path, request: Request) -> tuple[Transcript, Context, list[str]]:
    """Read a raw reply or our own transcript; `-` is standard input.

    Returns:
        The transcript, what a writer shall know beside its cues, and what replacing and smoothing changed, a line
        each.

    Raises:
        ReplyError: It cannot be read or understood.
    """
    from dataclasses import replace

    transcript, context = _decoded(_bytes(source), source, request)
    notes: list[str] = []
    transcript, changes = request.finishing.before(transcript)
    notes += changes
    if request.smooth:
        from captioner.jobs.captions import ISLAND_MS, ISLAND_WORDS
        from captioner.layout.speakers import merge_speaker_islands

        transcript, issues = merge_speaker_islands(transcript, ISLAND_MS, ISLAND_WORDS)
        notes += [issue.message for issue in issues]
    return (
        transcript,
        replace(
            context,
            transcript=transcript,
            frame_rate=request.finishing.rate or context.frame_rate,
            start_timecode=request.start_timecode or context.start_timecode,
            rtl_marks=request.style.rtl_marks,
        ),
        notes,
    )


def _bytes(source: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
    except OSError as error:
        raise ReplyError(f"{source}: cannot be read ({error.strerror}); give a raw reply or a transcript") from error


def _decoded(raw: bytes, source: Path, request: Request) -> tuple[Transcript, Context]:
    from captioner import archive
    from captioner.formats import Context
    from captioner.recognition.funasr import result
    from captioner.recognition.funasr.bounded_read import BodyError

    width, height = request.size or (1920, 1080)
    try:
        ours = archive.SCHEMA.encode() in raw[:256]  # only so that the words become small early; both ways read both
        document = archive.decode(raw) if ours else result.decode_reply(raw, request.offset_ms)
        if archive.is_archive(document):
            return _from_archive(archive.read(document), source, request)
        if not isinstance(document, dict):
            raise ReplyError("is not a reply or a transcript but another kind of JSON")
        transcript = result.to_transcript(document, language=request.language, offset_ms=request.offset_ms)
    except (ValueError, RecursionError, BodyError) as error:
        raise ReplyError(f"{source}: is not JSON; give a raw reply or a transcript") from error
    except ReplyError as error:
        raise ReplyError(f"{source}: {error.message}", error.code) from error
    return transcript, Context(
        names=request.names,
        language=request.language,
        style=request.style,
        width=width,
        height=height,
        duration_ms=transcript.duration_ms,
        transcript=transcript,
        title=source.name.partition(".")[0],
    )


def _from_archive(kept: Archive, source: Path, request: Request) -> tuple[Transcript, Context]:
    """An archive knows its media and its names; what is given now wins."""
    from captioner.formats import Context

    if kept.cues and not kept.transcript.sentences:
        raise ReplyError("holds captions and no transcript, as after convert; captioner convert --style lays them out")
    transcript = _shifted(kept.transcript, request)
    width, height = request.size or (kept.media.width or 1920, kept.media.height or 1080)
    return transcript, Context(
        names={**kept.names, **request.names},
        language=request.language or kept.language,
        style=request.style,
        width=width,
        height=height,
        duration_ms=kept.media.duration_ms or transcript.duration_ms,
        transcript=transcript,
        title=kept.title or source.stem,
        frame_rate=kept.media.frame_rate,
        start_timecode=kept.media.start_timecode,
        sha256=kept.media.sha256,
    )


def _shifted(transcript: Transcript, request: Request) -> Transcript:
    from dataclasses import replace

    moved = request.offset_ms
    language = request.language or transcript.language
    if not moved:
        return replace(transcript, language=language)
    sentences = tuple(
        replace(
            sentence,
            start_ms=max(0, sentence.start_ms + moved),
            end_ms=max(0, sentence.end_ms + moved),
            words=tuple(
                replace(word, start_ms=max(0, word.start_ms + moved), end_ms=max(0, word.end_ms + moved))
                for word in sentence.words
            ),
        )
        for sentence in transcript.sentences
    )
    return replace(transcript, sentences=sentences, language=language)


def explained(transcript: Transcript, context: Context, request: Request) -> Composition:
    """Cues with the reason of every cut, and what could not be kept."""
    from captioner.layout import explain

    return explain(transcript, request.style, context.names)


def finished(transcript: Transcript, context: Context, request: Request) -> tuple[Cue, ...]:
    """The captions as they go on air."""
    from captioner.layout import compose

    cues = compose(transcript, request.style, context.names)
    return request.finishing.after(
        cues,
        request.style,
        language=context.language,
        duration_ms=context.duration_ms,
        frame_rate=context.frame_rate,
    )


def standing(cues: tuple[Cue, ...], context: Context, request: Request) -> tuple[str, bool]:
    """How the captions stand, in one line, and whether there is a warning or worse."""
    from captioner.check import check, fails, summary

    issues = check(
        cues,
        request.style,
        transcript=context.transcript,
        language=context.language,
        duration_ms=context.duration_ms,
        frame_rate=context.frame_rate,
    )
    return summary(issues, len(cues)), fails(issues, "warning")


def format_of(output: Path | None, request: Request) -> str:
    """The format a file's ending asks for; the target's, else srt, when it does not say."""
    from captioner.formats import FORMATS

    usual = "srt"
    if request.finishing.target:
        from captioner.targets import find

        usual = find(request.finishing.target).format_for(request.language)
    name = output.name.lower() if output else ""
    longest_first = sorted(FORMATS.values(), key=lambda row: -len(row.extension))
    return next((row.name for row in longest_first if name.endswith(f".{row.extension}")), usual)


def file_name(source: Path, format: str) -> str:
    """What a file made of a reply or a transcript is called: `talk.asr.json` gives `talk.srt`."""
    from captioner.formats import FORMATS

    stem = source.name.removesuffix(".json").removesuffix(".asr") if str(source) != "-" else ""
    return f"{stem or 'captions'}.{FORMATS[format].extension}"


def deliver(data: bytes, output: Path | None, stdout: BinaryIO) -> None:
    """Write the file whole, or to standard output when none is named; a device is written to as it is."""
    from captioner.files import write_whole

    if output is None or str(output) == "-":
        stdout.write(data)
        stdout.flush()
    elif output.exists() and not output.is_file():
        output.write_bytes(data)
    else:
        write_whole(output, data)
