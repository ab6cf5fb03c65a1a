"""Options of caption files: one plain, frozen and picklable value for every command that writes captions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from captioner.captions import replace, targets
from captioner.errors import ConfigError
from captioner.formats import FORMATS
from captioner.formats.script_reading import ScriptLine
from captioner.look import Look
from captioner.style import DEFAULT_STYLE, Style, load_style
from captioner.timecode import Rounding, timecode_to_frames

__all__ = [
    "ARCHIVE_EXTENSION",
    "REPLY_EXTENSION",
    "CaptionOptions",
    "legacy_digest",
    "script_digest",
    "validate",
]

#: To check the form of time codes before the media and its frame rate are known.
_ANY_RATE = Fraction(60000, 1001)
#: The raw reply beside the captions: `<stem>.asr.json`.
REPLY_EXTENSION = "asr.json"
#: Captioner's own JSON, the format and the extension: `<stem>.json`.
ARCHIVE_EXTENSION = "json"


@dataclass(frozen=True, slots=True)
class CaptionOptions:
    """Everything that shapes caption files; nothing here costs money to change.

    Attributes:
        formats: Names from the table of formats, written in `style`.
        style: The profile, with its changes.
        also: Further files of the same transcript: a profile and a format each, named `<stem>.<profile>.<extension>`.
        language: BCP 47 tag of the captions, or "" to take the transcript's.
        names: Display name of each speaker, as `speakers.resolve_names` takes them.
        smooth_speakers: Merge speaker turns shorter than a second into the turn around them.
        replacements: Text of the replacement list (TOML), "" for none.
        replacements_name: What messages call the list.
        glossary: Rules of the glossary as `CaptionRules.dumps` writes them, "" for none.
        glossary_name: What messages call the glossary.
        offset_ms: Added to every time of the transcript.
        frame_rate: Frame rate, or None to take the media's.
        start_timecode: Time code of the first frame, or "" to take the media's.
        snap_frames: Put times on frames; None lets the style decide.
        detect_shots: Use the shot changes found in the media.
        shot_list: Text of a list of shot changes, "" for none.
        ms_rounding: How frame times are rounded to milliseconds.
        target: Program or platform the files of `formats` and `also` are for, "" for none.
        deliveries: A program or platform and a format for each file of its own, where there are several; named
            `<stem>.<target>.<extension>` where another file has the extension.
        encoding: Encoding of text files, "" for the target's or UTF-8.
        newline: Line ends of text files, "" for the target's or LF.
        size: Width and height of the picture in pixels, or None to take the media's.
        karaoke: "k" or "kf" times every word in ASS, WebVTT and LRC, "" does not.
        colours: Give speakers colours where the format leaves that open.
        vertical: Set the text in columns, in the formats that can.
        top: Start and end in ms of the times in which captions stand at the top of the picture.
        substitute: Replace characters that a format cannot encode by the published table.
        spellings: The user's own replacements for such characters, pairs of text.
        mask: Words shown as asterisks.
        remove: Words left out.
        remove_fillers: Leave out filler words.
        without_speakers: Show no speakers, also where the reply tells them apart.
        strict_names: Refuse `names` of speakers that do not occur.
        look: What captions look like in every format that holds some of it; None leaves it to each file's style.
        script: Text that was written to be spoken, for `captions.script_following`; empty for none.
        script_name: What messages and corrections call it.
        script_policy: What is shown where something else was said: what was "spoken", or the words of the "script".
        archive: Write captioner's JSON beside the files of `formats`, which alone holds corrections; every run does.
    """

    formats: tuple[str, ...] = ("srt",)
    style: Style = field(default_factory=lambda: load_style(DEFAULT_STYLE))
    also: tuple[tuple[Style, str], ...] = ()
    language: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    smooth_speakers: bool = False
    replacements: str = ""
    replacements_name: str = ""
    glossary: str = ""
    glossary_name: str = ""
    offset_ms: int = 0
    frame_rate: Fraction | None = None
    start_timecode: str = ""
    snap_frames: bool | None = None
    detect_shots: bool = False
    shot_list: str = ""
    ms_rounding: Rounding = "floor"
    target: str = ""
    deliveries: tuple[tuple[str, str], ...] = ()
    encoding: str = ""
    newline: str = ""
    size: tuple[int, int] | None = None
    karaoke: Literal["", "k", "kf"] = ""
    colours: bool = False
    vertical: bool = False
    top: tuple[tuple[int, int], ...] = ()
    substitute: bool = False
    spellings: tuple[tuple[str, str], ...] = ()
    mask: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    remove_fillers: bool = False
    without_speakers: bool = False
    strict_names: bool = False
    look: Look | None = None
    script: tuple[ScriptLine, ...] = ()
    script_name: str = ""
    script_policy: Literal["spoken", "script"] = "spoken"
    archive: bool = False

    @property
    def all_formats(self) -> tuple[str, ...]:
        """Format of every file, with those of `deliveries` and `also`; a format occurs as often as it is written."""
        return (*self.formats, *(name for _, name in self.deliveries), *(name for _, name in self.also))

    @property
    def all_targets(self) -> tuple[str, ...]:
        """Every target that a file is made for."""
        return tuple(dict.fromkeys(filter(None, (self.target, *(target for target, _ in self.deliveries)))))

    def delivered_as(self, target: str, format: str) -> str:
        """Extension of a file of `deliveries`, without the dot; with the target where another file has the same."""
        extension = extension_of(format)
        rivals = [extension_of(name) for name in (*self.formats, *(name for _, name in self.deliveries))]
        return extension if rivals.count(extension) == 1 else f"{target}.{extension}"

    @property
    def extensions(self) -> tuple[str, ...]:
        """Extension of every caption file, without the dot, each once."""
        return tuple(dict.fromkeys(self._all_extensions()))

    @property
    def duplicate_extension(self) -> str:
        """An extension that two files would have, the raw reply's among them; "" when each has its own."""
        every = (*self._all_extensions(), REPLY_EXTENSION)
        return next((extension for extension in every if every.count(extension) > 1), "")

    def _all_extensions(self) -> tuple[str, ...]:
        further = (extension_of(name, style) for style, name in self.also)
        archive = (ARCHIVE_EXTENSION,) if self.archive and ARCHIVE_EXTENSION not in self.formats else ()
        delivered = (self.delivered_as(target, name) for target, name in self.deliveries)
        return (*(extension_of(name) for name in self.formats), *delivered, *further, *archive)

    def as_dict(self) -> dict[str, Any]:
        """The options as JSON values, without what is not given; the styles by name and digest.

        This is what `digest` hashes, with speakers counted from 0 there, as versions before did. A field that is added
        to the class is added here together with the value that means "not given" (never changed afterwards, even when
        the default changes): so options that do not use it keep their digest, and captions that exist are not written
        again. The names of lists are in messages only, and a glossary counts by its digest, because it may be long;
        whether the archive is written beside the captions
        changes none of them.
        """
        rate = self.frame_rate
        given: tuple[tuple[str, Any, Any], ...] = (
            ("formats", list(self.formats), None),
            ("style", [self.style.name, self.style.digest], None),
            ("also", [[style.name, style.digest, name] for style, name in self.also], []),
            ("language", self.language, ""),
            ("names", dict(self.names), {}),
            ("smooth_speakers", self.smooth_speakers, False),
            ("replacements", self.replacements, ""),
            ("glossary", hashlib.sha256(self.glossary.encode()).hexdigest() if self.glossary else "", ""),
            ("offset_ms", self.offset_ms, 0),
            ("frame_rate", f"{rate.numerator}/{rate.denominator}" if rate else None, None),
            ("start_timecode", self.start_timecode, ""),
            ("snap_frames", self.snap_frames, None),
            ("detect_shots", self.detect_shots, False),
            ("shot_list", self.shot_list, ""),
            ("ms_rounding", self.ms_rounding, "floor"),
            ("target", self.target, ""),
            ("deliveries", [list(pair) for pair in self.deliveries], []),
            ("encoding", self.encoding, ""),
            ("newline", self.newline, ""),
            ("size", list(self.size) if self.size else None, None),
            ("karaoke", self.karaoke, ""),
            ("colours", self.colours, False),
            ("vertical", self.vertical, False),
            ("top", [list(stretch) for stretch in self.top], []),
            ("substitute", self.substitute, False),
            ("spellings", [list(pair) for pair in self.spellings], []),
            ("mask", list(self.mask), []),
            ("remove", list(self.remove), []),
            ("remove_fillers", self.remove_fillers, False),
            ("without_speakers", self.without_speakers, False),
            ("strict_names", self.strict_names, False),
            ("look", self.look.as_dict() if self.look is not None else None, None),
            ("script", script_digest(self.script), ""),
            ("script_policy", self.script_policy, "spoken"),
        )
        return {name: value for name, value, not_given in given if value != not_given}

    def as_json(self) -> str:
        """`as_dict` as JSON, for the ledger."""
        return json.dumps(self.as_dict(), ensure_ascii=False, sort_keys=True)

    @property
    def digest(self) -> str:
        """Hex SHA-256 of `as_dict`: equal digests make equal captions of one transcript and one media file."""
        values = self.as_dict()
        if self.names:
            values["names"] = _counted_from_0(self.names)
        return hashlib.sha256(json.dumps(values, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _counted_from_0(names: Mapping[str, str]) -> dict[str, str]:
    """Names by the ids of versions that counted speakers from 0, so that their digests hold."""
    if "0" in names:
        return dict(names)
    return {str(int(key) - 1) if key.isdecimal() else key: name for key, name in names.items()}


def script_digest(lines: Sequence[ScriptLine]) -> str:
    """Hex SHA-256 of what is to be spoken and by whom, "" without a script."""
    text = json.dumps([[line.text, line.speaker] for line in lines], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if lines else ""


def extension_of(format: str, variant: Style | None = None) -> str:
    """Extension of a caption file, without the dot; that of a further file begins with its style."""
    extension = FORMATS[format].extension
    return f"{variant.name}.{extension}" if variant else extension


def validate(options: CaptionOptions) -> None:
    """Refuse options with which no captions could be written, before anything is paid for.

    Raises:
        ConfigError: Two files would have one name; a replacement list, a list of shot changes or a time code cannot be
            read; an unknown encoding or line end, or one that a format rules out; vertical writing in a format that has
            none, or together with what needs lines.
    """
    if options.duplicate_extension:
        name = f"<stem>.{options.duplicate_extension}"
        raise ConfigError(
            f"two results would both be named {name}; give one of the styles another name, or another format"
        )
    if options.replacements:
        replace.parse(options.replacements, options.replacements_name)
    if options.shot_list:
        from captioner.layout.frames import shots_from_text

        shots_from_text(options.shot_list, options.frame_rate or _ANY_RATE)
    if options.start_timecode:
        timecode_to_frames(options.start_timecode, options.frame_rate or _ANY_RATE)
    target = targets.find_target(options.target) if options.target else None
    for name in (*options.formats, *(name for _, name in options.also)):
        targets.encode_for(b"", name, target, encoding=options.encoding or None, newline=options.newline or None)
    for program, name in options.deliveries:
        wanted = options.encoding or None, options.newline or None
        targets.encode_for(b"", name, targets.find_target(program), encoding=wanted[0], newline=wanted[1])
    for name in options.all_formats:
        if options.vertical:
            _validate_vertical(name, options)


def _validate_vertical(format: str, options: CaptionOptions) -> None:
    if not FORMATS[format].vertical:
        raise ConfigError(f"--vertical: {format} has no vertical writing; choose one of ass, vtt")
    if options.top:
        raise ConfigError("--vertical: columns have no top and bottom; leave out --top")
    if FORMATS[format].karaoke and options.karaoke == "kf":
        raise ConfigError("--vertical: --karaoke kf fills words sideways in columns; use --karaoke k")


def legacy_digest(options: CaptionOptions, *, by_channel: bool) -> str:
    """Digest of the same options as version 0.1.0 stored it in a ledger, or "" for options it did not have.

    A job whose stored digest is this one has captions made with these options, so they are not written again.

    Args:
        options: The options of now.
        by_channel: Whether several channels are recognised; version 0.1.0 counted that among the caption options.
    """
    if options.offset_ms or options.size or options.glossary or options.deliveries:
        return ""
    finishing = (
        f"Finishing(replacements={options.replacements!r}, name={options.replacements_name!r}, "
        f"rate={options.frame_rate!r}, on_frames={options.snap_frames!r}, detect={options.detect_shots!r}, "
        f"shot_list={options.shot_list!r}, rounding={options.ms_rounding!r}, target={options.target!r}, "
        f"encoding={options.encoding!r}, newline={options.newline!r}, karaoke={options.karaoke!r}, "
        f"colours={options.colours!r}, vertical={options.vertical!r}, top={options.top!r}, "
        f"substitute={options.substitute!r}, spell={options.spellings!r})"
    )
    described = {
        "formats": list(options.formats),
        "style": options.style.name,
        "style_digest": options.style.digest,
        "names": _counted_from_0(options.names),
        "language": options.language,
        "by_channel": by_channel,
        "smooth": options.smooth_speakers,
        "finishing": finishing,
        "start_timecode": options.start_timecode,
        "also": [[style.name, style.digest, name] for style, name in options.also],
    }
    text = json.dumps(described, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
