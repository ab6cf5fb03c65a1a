"""Options that several commands share, each declared once: a list for every group of the help.

Those that are settings come from the table in `config.py`; a flag that is not given is None there, so that files and
the environment can decide.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from captioner.cli import completion, help
from captioner.cli.help import Option
from captioner.cli.named_files import FileToWrite
from captioner.cli.time_arguments import parse_ms, parse_ranges
from captioner.config import SETTINGS

__all__ = [
    "AGAIN",
    "ALSO",
    "AUDIO",
    "CAPTIONS",
    "CAPTION_FILE",
    "CAPTION_OPTIONS",
    "CONCURRENCY",
    "DRY_RUN",
    "ENCODING",
    "FILES",
    "FORGET",
    "FORMAT",
    "FPS",
    "HOOKS",
    "JSON",
    "LANGUAGE",
    "LAYOUT",
    "LEDGER",
    "LIMITS",
    "LOOK",
    "MANIFEST",
    "MODEL",
    "OUTPUT_FOLDER",
    "OVERWRITE",
    "PROGRESS",
    "QUIET",
    "READING",
    "READING_AS_IT_IS",
    "RECOGNITION",
    "REPORT",
    "RESTYLING",
    "RUN_OPTIONS",
    "SELECTION",
    "SERVICE",
    "SPEAKERS",
    "START_TC",
    "STORAGE",
    "STRICT",
    "STYLE",
    "SUFFIX_LANGUAGE",
    "TARGETS",
    "THREADS",
    "TIMING",
    "VERTICAL",
    "WEIGHTS",
    "WORDS",
]


class OutputFolder(click.Path):
    """A folder for captions; `s3://bucket/prefix` becomes the folder here that stands for it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder as a path."""
        if str(value)[:5].lower() != "s3://":
            return super().convert(value, param, ctx)
        from captioner.jobs.outputs.remote_outputs import staging_folder

        return staging_folder(str(value), Path.cwd())


def _setting(name: str, group: str, *, common: bool = False, **attributes: Any) -> Option:
    """The option of a setting: flags, type and help as the table of settings has them."""
    setting = SETTINGS[name]
    if setting.kind is bool:
        attributes |= {"is_flag": True, "default": None}
    elif setting.choices:
        attributes["type"] = click.Choice(setting.choices)
    elif setting.limits and setting.kind is float:
        attributes["type"] = click.FloatRange(*setting.limits)
    elif setting.limits:
        attributes["type"] = click.IntRange(*setting.limits)
    elif setting.kind is int:
        attributes["type"] = int
    metavar = setting.metavar or None
    return Option(
        [*setting.flags, name], group=group, common=common, metavar=metavar, help=setting.sentence, **attributes
    )


def _option(*flags: str, group: str, text: str, common: bool = False, **attributes: Any) -> Option:
    return Option(flags, group=group, common=common, help=text, **attributes)


WEIGHTS = _setting("weights", help.RECOGNITION)
THREADS = _setting("threads", help.RECOGNITION)
LANGUAGE = _setting("language", help.RECOGNITION, common=True, shell_complete=completion.languages)
MODEL = _setting("model", help.RECOGNITION, common=True, shell_complete=completion.models)
STYLE = _setting("style", help.CAPTIONS, common=True, shell_complete=completion.styles)
LOOK = _setting("look", help.CAPTIONS, common=True, shell_complete=completion.looks)
SPEAKERS = _setting("speakers", help.CAPTIONS, common=True)
ALSO = _setting("also", help.CAPTIONS, common=True, multiple=True, shell_complete=completion.shapes)
FORMAT = _setting("format", help.OUTPUT, common=True, shell_complete=completion.formats)
LEDGER = _setting("ledger", help.RUN)
VERTICAL = _option("--vertical", group=help.CAPTIONS, is_flag=True,
                   text="Chinese and Japanese in columns from right to left (ASS and WebVTT).")  # fmt: skip
STRICT = _option("--strict", group=help.RUN, common=True, is_flag=True,
                 text="Exit with 1 if the check of the captions warns (they are written).")  # fmt: skip
SUFFIX_LANGUAGE = _option("--suffix-language", group=help.OUTPUT, is_flag=True,
                          text="Name the files <stem>.<language>.<ext>; needs a language.")  # fmt: skip
OVERWRITE = _option("--overwrite", group=help.OUTPUT, common=True, is_flag=True,
                    text="Replace existing files.")  # fmt: skip
QUIET = _option(
    "-q", "--quiet", group=help.RUN, common=True, is_flag=True, text="No progress; failures are still shown."
)
JSON = _option("--json", "as_json", group=help.RUN, is_flag=True, text="Print the result as JSON.")

#: Which of the files that were found are wanted.
SELECTION = (
    _option("--include", group=help.INPUT, multiple=True, metavar="GLOB",
            text="Take only files that match, e.g. '*.mxf' or 'day2/**'; repeatable."),
    _option("--exclude", group=help.INPUT, multiple=True, metavar="GLOB",
            text="Leave out files and folders that match, e.g. proxies; repeatable."),
    _option("--newer-than", group=help.INPUT, metavar="WHEN",
            text="Take only files changed since then: 12h, 7d, or a date such as 2026-05-31."),
)  # fmt: skip

#: How the audio of the media is sent.
AUDIO = (
    _setting("audio", help.INPUT),
    _option("--track", group=help.INPUT, default="", metavar="TRACK",
            text="Audio track by number from 0 or by language (default: by --language and the file's mark)."),
    _option("--partial", group=help.INPUT, is_flag=True,
            text="Caption what is there of files whose end is missing."),
    _option("--channels", group=help.INPUT, default="", metavar="LIST",
            text="Channels recognised separately, e.g. 0,1; each channel is a speaker."),
)  # fmt: skip

#: Words and speakers that are not shown; also from a reply that is there.
WORDS = (
    _setting("diarization", help.RECOGNITION),
    _option("--mask", group=help.RECOGNITION, default="", metavar="WORDS",
            text="Words shown as asterisks, separated by commas."),
    _option("--remove", group=help.RECOGNITION, default="", metavar="WORDS",
            text="Words left out, separated by commas."),
    _option("--remove-fillers", group=help.RECOGNITION, is_flag=True,
            text="Leave out filler words such as um."),
)  # fmt: skip

#: What is asked of the recogniser.
RECOGNITION = (
    LANGUAGE,
    MODEL,
    _option("--speaker-count", group=help.RECOGNITION, common=True, type=click.IntRange(2, 100), metavar="N",
            text="Number of speakers to expect, 2 to 100 (a hint)."),
    _setting("vocabulary", help.RECOGNITION),
    *WORDS,
    _option("--no-system-filter", group=help.RECOGNITION, is_flag=True,
            text="Switch off the service's own list of masked words."),
    _setting("files_per_task", help.RECOGNITION),
    _option("--local", group=help.RECOGNITION, is_flag=True,
            text="Recognise on this machine with a Whisper model; no account, nothing leaves it."),
    WEIGHTS,
    THREADS,
)  # fmt: skip

#: Words and lines.
CAPTIONS = (
    STYLE,
    LOOK,
    SPEAKERS,
    _setting("glossary", help.CAPTIONS, common=True),
    _setting("replace", help.CAPTIONS),
    _setting("script", help.CAPTIONS, common=True, type=click.Path()),
    _setting("script_policy", help.CAPTIONS),
    ALSO,
    _option("--max-columns", group=help.CAPTIONS, type=click.IntRange(min=4), metavar="N",
            text="Widest line in columns; a full-width character takes two."),
    _option("--max-lines", group=help.CAPTIONS, type=click.IntRange(min=1), metavar="N",
            text="Most lines in a cue."),
    _option("--smooth-speakers", group=help.CAPTIONS, is_flag=True,
            text="Merge speaker turns shorter than a second into the surrounding turn."),
    _option("--top", group=help.CAPTIONS, type=parse_ranges, metavar="TIMES",
            text="Times in which captions are at the top, e.g. 0:12-0:18,1:02-1:09; or all."),
    VERTICAL,
    _option("--karaoke", group=help.CAPTIONS, type=click.Choice(["k", "kf"]),
            text="Time every word in ASS (lit up: k, filled: kf), WebVTT and LRC."),
    _option("--colours", group=help.CAPTIONS, is_flag=True,
            text="Give speakers colours where the format leaves that open."),
)  # fmt: skip

FPS = _option("--fps", group=help.TIMING, common=True, metavar="RATE",
              text="Frame rate, e.g. 25 or 29.97 (default: the media's).")  # fmt: skip
START_TC = _option("--start-tc", group=help.TIMING, metavar="TC",
                   text="Time code of the first frame (default: the media's).")  # fmt: skip

#: When captions are shown.
TIMING = (
    FPS,
    START_TC,
    _option("--shots", group=help.TIMING, common=True, metavar="LIST",
            text="File of shot changes; or detect, which finds them in the media."),
    _option("--snap-frames/--no-snap-frames", group=help.TIMING, default=None,
            text="Put times on frames (default: as the style says)."),
    _option("--offset", "offset_ms", group=help.TIMING, type=parse_ms, default="0", metavar="MS",
            text="Added to every time: milliseconds, or a time such as 2.5s, 12f or 00:00:04:12."),
    _option("--ms-rounding", group=help.TIMING, type=click.Choice(["floor", "nearest", "ceil"]), default="floor",
            text="How frame times are rounded to milliseconds; use ceil for programs that truncate (default: floor)."),
)  # fmt: skip

_NAMED = {option.name: option for option in (*CAPTIONS, *TIMING)}
#: What changes how captions that exist are written, beside `CAPTION_FILE`.
RESTYLING = tuple(_NAMED[name] for name in ("look", "speakers", "top", "karaoke", "colours"))
#: What needs the text to be laid out anew.
LAYOUT = tuple(
    _NAMED[name]
    for name in (
        "glossary",
        "replace",
        "max_columns",
        "max_lines",
        "smooth_speakers",
        "shots",
        "snap_frames",
        "ms_rounding",
    )
)

#: Programs and platforms that several files are for.
TARGETS = _option("--target", group=help.OUTPUT, common=True, multiple=True, metavar="NAME",
                  shell_complete=completion.targets,
                  text="Program or platform: premiere, resolve, avid, youtube …; repeatable.")  # fmt: skip
#: The program or platform that one file is for.
TARGET = _option("--target", group=help.OUTPUT, common=True, metavar="NAME", shell_complete=completion.targets,
                 text="Program or platform: premiere, resolve, avid, youtube …")  # fmt: skip
#: Bytes and characters of a file.
ENCODING = (
    _option("--encoding", group=help.OUTPUT, metavar="NAME", text="Choose one of utf-8, utf-8-sig, utf-16le, gb18030."),
    _option("--newline", group=help.OUTPUT, metavar="NAME", text="Choose one of lf, crlf."),
    _option("--size", group=help.OUTPUT, default="", metavar="WxH",
            text="Picture size, for places and sizes of text (default: the media's, else 1920x1080)."),
    _option("--substitute", group=help.OUTPUT, is_flag=True,
            text="Replace characters that SCC or STL cannot encode with plain ones (table in docs/formats.md)."),
    _option("--spell", group=help.OUTPUT, multiple=True, metavar="FROM=TO",
            text="A replacement of your own for such characters, e.g. ♫=#; repeatable."),
)  # fmt: skip

#: How files are written.
FILES = (FORMAT, TARGETS, *ENCODING, SUFFIX_LANGUAGE, OVERWRITE)

_ROLLING_ONCE = "each line is shown once, from when it appears (once), or as in the file (keep)"

#: How caption files are read.
READING = (
    _option("--labels", "label_reading", group=help.INPUT, type=click.Choice(["speakers", "text"]),
            text="Read Name: and [Name] before the speech as speakers or as text (default: as the file shows)."),
    _option("--input-encoding", group=help.INPUT, metavar="NAME",
            text="Encoding of the files to read, e.g. gb18030, windows-1251 (default: detect)."),
    _option("--rolling", group=help.INPUT, type=click.Choice(["once", "keep"]), default="once",
            text=f"Captions that roll: {_ROLLING_ONCE} (default: once)."),
)  # fmt: skip
#: The same for commands that leave a file as it is.
READING_AS_IT_IS = (
    *READING[:-1],
    _option("--rolling", group=help.INPUT, type=click.Choice(["once", "keep"]), default="keep",
            text=f"Captions that roll: {_ROLLING_ONCE} (default: keep)."),
)  # fmt: skip

#: How one caption file is written that is made of others.
CAPTION_FILE = (
    _option("-f", "--format", "to", group=help.OUTPUT, common=True, metavar="NAME", shell_complete=completion.formats,
            text="Caption format (default: from the ending of OUT)."),
    TARGET,
    *ENCODING,
    OVERWRITE,
    LANGUAGE,
    FPS,
    START_TC,
    VERTICAL,
)  # fmt: skip

OUTPUT_FOLDER = (
    _option("-o", "--output", group=help.OUTPUT, common=True, metavar="DIR",
            type=OutputFolder(path_type=Path, file_okay=False),
            text="Folder for the captions, or s3://bucket/prefix (default: next to the media)."),
)  # fmt: skip

#: What is written beside the captions.
MANIFEST = (_setting("manifest", help.OUTPUT),)

#: Where the service is.
SERVICE = (
    _setting("region", help.SERVICE, common=True),
    _setting("endpoint", help.SERVICE),
    _setting("workspace", help.SERVICE),
    _setting("ca_bundle", help.SERVICE),
)

#: Where the service reads the media from.
STORAGE = (
    _setting("bucket", help.SERVICE, common=True),
    _setting("storage", help.SERVICE),
    _setting("s3_endpoint", help.SERVICE),
    _setting("public_endpoint", help.SERVICE),
    _setting("s3_region", help.SERVICE),
    _setting("s3_addressing", help.SERVICE),
    _setting("public_addressing", help.SERVICE),
    _setting("s3_checksums", help.SERVICE),
    _setting("encryption", help.SERVICE),
    _setting("kms_key", help.SERVICE),
    _setting("prefix", help.SERVICE),
    _setting("link_lifetime_s", help.SERVICE),
    _setting("keep_upload", help.SERVICE),
)

#: What a run may cost.
LIMITS = (
    _option("--max-cost", group=help.RUN, common=True, type=click.FloatRange(min=0), metavar="USD",
            text="Stop before this run costs more than this (list price)."),
    _option("--max-hours", group=help.RUN, type=click.FloatRange(min=0), metavar="H",
            text="Stop before this run sends more hours of audio than this."),
    _setting("budget_month", help.RUN),
)  # fmt: skip

#: The user's word that audio may be paid for once more.
AGAIN = _option("--again", group=help.RUN, is_flag=True,
                text="Recognise and pay again what was recognised before; the price is told.")  # fmt: skip

#: Drops what earlier runs were asked.
FORGET = _option("--forget", group=help.RUN, is_flag=True,
                 text="Drop style, formats, --also, speakers, word lists and script that are remembered.")  # fmt: skip

#: How much is done at the same time.
CONCURRENCY = (
    _option("--preparing", group=help.RUN, type=click.IntRange(1, 64), default=2, show_default=True, metavar="N",
            text="Files prepared at once, each in a process; one for each core."),
    _option("--uploading", group=help.RUN, type=click.IntRange(1, 64), default=4, show_default=True, metavar="N",
            text="Files uploaded beside those."),
    _option("--asking", group=help.RUN, type=click.IntRange(1, 16), default=4, show_default=True, metavar="N",
            text="Status requests in flight at once."),
    _option("--events", group=help.RUN, metavar="[HOST:]PORT", envvar="CAPTIONER_EVENTS",
            text="Listen for the service's completion events (EventBridge, HTTP) and ask about a task when one comes."),
    _setting("cluster", help.RUN),
    _setting("cluster_path", help.RUN, multiple=True),
    _option("--insecure", group=help.RUN, is_flag=True,
            text="Use a cluster at tcp:// on another machine, without encryption."),
)  # fmt: skip

#: Who is told of what is done.
HOOKS = (_setting("on_done", help.RUN), _setting("webhook", help.RUN))

#: What is shown while a run works.
PROGRESS = (
    QUIET,
    _option("--log-json", group=help.RUN, is_flag=True, text="Progress as JSON on stderr, one event per line."),
)

DRY_RUN = _option("--dry-run", group=help.RUN, common=True, is_flag=True,
                  text="Show what would be sent, its length and cost; send nothing.")  # fmt: skip
REPORT = _option("--report", group=help.RUN, metavar="FILE", type=FileToWrite("report.html"),
                 text="Where to write an HTML report.")  # fmt: skip

#: Every option that shapes captions: all commands that make captions from speech have them.
CAPTION_OPTIONS = (LANGUAGE, *WORDS, *CAPTIONS, STRICT, *TIMING, *FILES)

#: Every option of the commands that recognise and caption media: run, batch, plan, watch and retry.
RUN_OPTIONS = (
    *AUDIO,
    *RECOGNITION,
    *CAPTIONS,
    *TIMING,
    *OUTPUT_FOLDER,
    *FILES,
    *MANIFEST,
    *SERVICE,
    *STORAGE,
    STRICT,
    *LIMITS,
    AGAIN,
    FORGET,
    LEDGER,
    *CONCURRENCY,
    *HOOKS,
    *PROGRESS,
)
