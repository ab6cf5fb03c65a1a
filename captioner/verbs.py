"""The verbs of the Python API, each one step of the path with the usual values filled in; see `captioner`'s docstring.

The one rule: a verb does what the command of that name does, by the same code. `transcribe` goes over the ledger like
`captioner run`, so nothing is paid twice and a result that the command line paid for is found.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from captioner import archive, config, errors, formats, media
from captioner.archive import MediaFacts
from captioner.captions.named_speakers import names_by_number
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import build_context, correct_transcript, lay_out, revise
from captioner.captions.transcript_file import decode_transcript
from captioner.edit import to_transcript
from captioner.errors import CaptionerError, ReplyError
from captioner.formats.script_reading import read_script
from captioner.formats.text.speaker_names import speaker_ids
from captioner.glossary import Glossary
from captioner.jobs import runner
from captioner.jobs.budget import Limit
from captioner.jobs.events import Event
from captioner.jobs.inputs.finding import Source, expand, output_path
from captioner.jobs.ledger import locate_ledger, open_ledgers
from captioner.jobs.ledger.keys_before import audio_digest_before
from captioner.jobs.options import RunOptions
from captioner.jobs.request import audio_policy, month_limit, recognition_options, usd_per_s
from captioner.jobs.services import ServiceSettings, open_services
from captioner.jobs.states import Reason
from captioner.media import AudioPolicy, parse_track
from captioner.model import Cue, Media, Transcript
from captioner.recognition.funasr.catalogue import Model, find_model
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.recognition.funasr.rate_limiters import submits_per_s
from captioner.script_report import ScriptReport
from captioner.style import DEFAULT_STYLE, Style, load_style

#: Begin of a JSON object; MicroDVD begins with a brace, too.
_JSON_OBJECT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*["}]')

__all__ = ["Document", "Scripted", "compose", "describe", "follow", "read", "render", "transcribe"]


@dataclass(frozen=True, slots=True)
class Document:
    """A file with captions or a transcript, as read.

    Attributes:
        name: Name of the file.
        format: "srt", "vtt", "ass" …; "json" for captioner's own JSON, "reply" for a raw reply of the service.
        cues: The captions, in file order; none in a raw reply.
        transcript: What was said; where the file has none, the text of its captions with their times.
        names: Display name of each speaker id.
        language: BCP 47 tag, or "" when the file does not name it.
    """

    name: str
    format: str
    cues: tuple[Cue, ...]
    transcript: Transcript
    names: Mapping[str, str] = field(default_factory=dict)
    language: str = ""


def describe(path: str | Path, *, partial: bool = False) -> Media:
    """Describe a media file: length, streams, picture, frame rate, time code, digest.

    Args:
        path: The file.
        partial: Take a file whose end is missing as far as it goes.

    Raises:
        MediaError: It cannot be read as media, or its end is missing.
    """
    return media.describe(Path(path), partial=partial)


def read(source: str | Path | bytes, name: str = "", *, frame_rate: Fraction | None = None) -> Document:
    """Read captions, a transcript or a raw reply.

    Args:
        source: A path, or the bytes of a file.
        name: Name of the bytes, for messages; the format is told by the content.
        frame_rate: For formats that count frames and do not say how many there are in a second.

    Raises:
        ReplyError: It cannot be read, or is nothing of the kind.
    """
    data, name = (source, name or "the data") if isinstance(source, bytes) else (_bytes_of(source), str(source))
    if not _JSON_OBJECT.match(data):
        captions = formats.read(data, name, formats.ReadOptions(frame_rate=frame_rate))
        transcript = captions.transcript or to_transcript(captions.cues, captions.language)
        names = captions.speaker_names
        return Document(name, captions.format, captions.cues, transcript, names, captions.language)
    found = decode_transcript(data, name)
    is_ours = archive.SCHEMA.encode() in data
    transcript = found.transcript if found.transcript.sentences else to_transcript(found.cues, found.language)
    return Document(name, "json" if is_ours else "reply", found.cues, transcript, found.names, found.language)


def _bytes_of(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ReplyError(f"{path}: cannot be read ({error.strerror or error})") from error


@dataclass(frozen=True, slots=True)
class Scripted:
    """A transcript that follows a script.

    Attributes:
        transcript: What was said, as the script writes it; its words have times and speakers.
        report: The shares that matched, and every place that did not.
        names: Display name of each speaker the script named.
    """

    transcript: Transcript
    report: ScriptReport
    names: Mapping[str, str] = field(default_factory=dict)


def follow(
    transcript: Transcript,
    script: str | Path | bytes,
    name: str = "",
    *,
    policy: Literal["spoken", "script"] = "spoken",
    names: Mapping[str, str] | None = None,
    language: str = "",
) -> Scripted:
    """Show what was said as a script writes it.

    Args:
        transcript: What was said.
        script: A path to a script (docx, txt, md, csv), or the bytes of one.
        name: Name of the bytes, whose ending says how they are read.
        policy: What is shown where something else was said than is written: what was "spoken", or the "script".
        names: Names that were given to recognised speakers; they win over the script's.
        language: BCP 47 tag (default: the transcript's).

    Raises:
        ReplyError: The script cannot be read, or there is nothing to be spoken in it.
    """
    is_data = isinstance(script, bytes)
    data = script if isinstance(script, bytes) else _bytes_of(script)
    name = (name or "script.txt") if is_data else Path(str(script)).name
    lines = read_script(data, name, language=language or transcript.language).lines
    options = CaptionOptions(language=language, names=names or {}, script=lines, script_name=name, script_policy=policy)
    revised = revise(transcript, options)
    report = revised.edits.script or ScriptReport(name, policy)
    return Scripted(revised.transcript, report, revised.names)


def compose(
    transcript: Transcript,
    style: str | Style = DEFAULT_STYLE,
    *,
    names: Mapping[str, str] | None = None,
    language: str = "",
    frame_rate: Fraction | None = None,
    duration_ms: int = 0,
    glossary: Glossary | None = None,
) -> tuple[Cue, ...]:
    """Cut a transcript into captions as they are shown.

    Args:
        transcript: What was said.
        style: House style by name, a TOML file, or a `Style`.
        names: Display name of each speaker id, "1", "2" …; the others are Speaker 1, Speaker 2 …
        language: BCP 47 tag (default: the transcript's, else the text's own).
        frame_rate: Of the picture; styles that work in frames put times on frames then.
        duration_ms: Length of the media, which no caption outlasts; 0 when unknown.
        glossary: Names and terms of a desk, from `captioner.glossary.parse`: what is heard is shown as it is spelled.

    Raises:
        StyleError: No such style.
        ConfigError: The names count speakers from 0.
    """
    given = _names(names, transcript.speakers())
    rules = glossary.caption_rules.dumps() if glossary is not None else ""
    options = CaptionOptions(style=_style(style), names=given, language=language, frame_rate=frame_rate, glossary=rules)
    corrected, _ = correct_transcript(transcript, options)
    context = build_context(corrected, MediaFacts(duration_ms=duration_ms), options)
    return lay_out(corrected, options.style, context, options)


def render(
    cues: Sequence[Cue],
    format: str = "srt",
    *,
    names: Mapping[str, str] | None = None,
    language: str = "",
    style: str | Style | None = None,
    transcript: Transcript | None = None,
    media: Media | None = None,
) -> bytes:
    """Write captions in a format.

    Args:
        cues: The captions.
        format: Name from the table of formats, such as srt, vtt, ass, ttml, stl, json.
        names: Display name of each speaker id.
        language: BCP 47 tag; some formats have to name it.
        style: The style of the captions, for the formats that record it.
        transcript: What was said, for the formats that hold words (json, karaoke).
        media: What `describe` says: picture size, frame rate and time code, for the formats that count frames.

    Raises:
        ConfigError: No such format, or the names count speakers from 0.
        FormatError: The format cannot hold these captions.
    """
    facts: dict[str, Any] = {}
    if media is not None:
        kept = ("width", "height", "duration_ms", "frame_rate", "start_timecode", "sha256")
        facts = {name: getattr(media, name) for name in kept} | {"title": media.path.stem}
    chosen = None if style is None else _style(style)
    context = formats.Context(language=language, style=chosen, transcript=transcript, **facts)
    context = replace(context, names=_names(names, speaker_ids(cues, context)))
    return formats.render(cues, format, context)


def _names(names: Mapping[str, str] | None, speakers: Collection[str]) -> Mapping[str, str]:
    """Names by speaker id.

    Raises:
        ConfigError: They count from 0 and the speakers do not, so that every name would be another speaker's.
    """
    given = names or {}
    if "0" in given and "0" not in speakers:
        names_by_number(given, "names")
    return given


def _style(style: str | Style) -> Style:
    return style if isinstance(style, Style) else load_style(style)


def transcribe(
    media: str | Path,
    *,
    ledger: str | Path | None = None,
    track: int | str = "",
    channels: Sequence[int] = (),
    speaker_count: int | None = None,
    max_hours: float | None = None,
    again: bool = False,
    partial: bool = False,
    on_event: Callable[[Event], None] | None = None,
    **settings: Any,
) -> Transcript:
    """Have a media file or link recognised, once; a result that is in the ledger already costs nothing.

    Args:
        media: Path or http(s) link.
        ledger: Ledger file (default: as configured, else the user's).
        track: Audio track by number from 0 or by language; by default as the language and the file's mark say.
        partial: Take a file whose end is missing as far as it goes.
        channels: Channels recognised separately; each channel is a speaker.
        speaker_count: Number of speakers to expect, a hint.
        max_hours: Refuse a file with more audio, every channel counted; needed by models that are billed by the token.
        again: Recognise and pay again, also where a reply is there; without it a reply that lacks what is asked is an
            error, with the price.
        on_event: Is called with what happens, in the calling thread.
        settings: Any setting by name, such as model="fun-asr", language="en", bucket="media", endpoint=...; they win
            over captioner.toml and the environment. Names are those of `config.SETTINGS`.

    Raises:
        ConfigError: A setting is wrong or not known, or a key is missing.
        CaptionerError: The file could not be recognised; the class says what can be done about it.
        Interrupted: Ctrl-C; what was paid for is in the ledger, and the next call continues.
    """
    chosen = _configured(settings)
    recognition = recognition_options(chosen, speaker_count=speaker_count, channels=channels)
    for warning in recognition.check(chosen["region"], explicit_endpoint=bool(chosen["endpoint"])):
        warnings.warn(warning, stacklevel=2)
    audio = audio_policy(chosen, recognition, track=parse_track(str(track)))
    limit = _limit(find_model(recognition.model), max_hours, channels)
    options = replace(_run_options(chosen, recognition, audio), again=again, renew=again, limit=limit)
    (source,) = expand([str(media)])
    named = ledger or chosen["ledger"]
    place = locate_ledger([str(media)], None, [source], Path(named) if named else None)
    service_settings = ServiceSettings(
        chosen.settings(),
        audio,
        recognition.model,
        only_links=bool(source.url),
        languages=recognition.language_hints,
        partial=partial,
    )
    with open_services(service_settings) as services, open_ledgers(place) as ledgers:
        source = _kept_in(ledgers.book.folder, source)
        report = runner.run([source], options, services, ledgers.book, others=ledgers.others, on_event=on_event)
        (file,) = report.files
    if not file.done:
        raise _error_of(file.reason or Reason("not recognised"), source.name)
    return archive.loads(output_path(source.target, "json").read_text(encoding="utf-8")).shown


def _configured(settings: Mapping[str, Any]) -> config.Config:
    """The configuration with settings of the caller on top.

    Raises:
        ConfigError: One is not known, or a value is wrong.
    """
    if unknown := sorted(set(settings) - set(config.SETTINGS)):
        raise errors.ConfigError(f"setting {unknown[0]!r} is unknown; choose one of {', '.join(config.SETTINGS)}")
    return config.load().with_flags(**settings)


def _run_options(chosen: config.Config, recognition: RecognitionOptions, audio: AudioPolicy) -> RunOptions:
    """Options of a run that writes the transcript alone."""
    captions = CaptionOptions(
        formats=("json",),
        style=load_style(chosen["style"]),
        language=chosen["language"],
        without_speakers=not chosen["diarization"],
    )
    return RunOptions(
        recognition=recognition,
        captions=captions,
        audio=audio.digest,
        audio_accepted=audio.accepted,
        audio_before=audio_digest_before(audio),
        keep_upload=chosen["keep_upload"],
        reuse=True,
        usd_per_s=usd_per_s(recognition, chosen["region"]),
        month_limit=month_limit(chosen, recognition),
        submits_per_s=submits_per_s(find_model(recognition.model), chosen["region"]),
    )


def _limit(model: Model, max_hours: float | None, channels: Sequence[int]) -> Limit | None:
    """The most that may be bought.

    Raises:
        ConfigError: There is none, and what the model costs is not known beforehand.
    """
    if max_hours is None:
        if model.is_billed_by_tokens:
            raise errors.ConfigError(f"{model.name} is billed by the token, so its cost is not known; give max_hours")
        return None
    return Limit(int(max_hours * 3_600_000), max(1, len(channels)), f"max_hours {max_hours:g}")


def _kept_in(folder: Path, source: Source) -> Source:
    """The source with its transcript in the ledger's folder, so that nothing is written beside the media."""
    name = hashlib.sha256(f"{source.identity}\n{source.link_digest}".encode()).hexdigest()[:16]
    return replace(source, target=folder / "transcripts" / name)


def _error_of(reason: Reason, name: str) -> CaptionerError:
    """The error that a run reports for a file, to be raised."""
    kind: Any = getattr(errors, reason.kind, CaptionerError)
    is_ours = isinstance(kind, type) and issubclass(kind, CaptionerError)
    made: CaptionerError = (kind if is_ours else CaptionerError)(reason.message, reason.code, file=name)
    return made
