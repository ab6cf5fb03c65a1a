"""Options that several commands share; a flag that is not given stays None, so that configuration can speak."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from captioner.formats.text.substitutions import Spelling

__all__ = [
    "audio_options",
    "output_options",
    "overwrite_option",
    "recognition_options",
    "service_options",
    "speakers_option",
    "spelling",
    "spelling_options",
    "storage_options",
    "style_options",
    "vertical_option",
]

F = TypeVar("F", bound=Callable[..., Any])


def _together(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


style_options: Callable[[F], F] = _together(
    click.option("--style", metavar="NAME", help="Style profile, or a TOML file. [default: web-default]"),
    click.option(
        "--max-columns", type=click.IntRange(min=4), help="Widest line in columns; a full-width character takes two."
    ),
    click.option("--max-lines", type=click.IntRange(min=1), help="Lines in a cue at most."),
)

overwrite_option: Callable[[F], F] = click.option(
    "--overwrite", is_flag=True, help="Replace a file that is there; without it an existing file is never replaced."
)

spelling_options: Callable[[F], F] = _together(
    click.option(
        "--substitute", is_flag=True, help="Spell what SCC and STL have no code for plainly, by the table in the docs."
    ),
    click.option(
        "--spell",
        multiple=True,
        metavar="FROM=TO",
        help="A spelling of your own for the same, such as ♫=#; repeatable.",
    ),
)


vertical_option: Callable[[F], F] = click.option(
    "--vertical", is_flag=True, help="Chinese and Japanese in columns from right to left: ASS and WebVTT."
)


def spelling(substitute: bool, spell: Sequence[str]) -> Spelling:
    """What `--substitute` and `--spell` allow.

    Raises:
        ConfigError: A spelling that is none.
    """
    from captioner.formats.text.substitutions import Spelling, parse_spellings

    return Spelling(by_table=substitute, own=parse_spellings(spell))


speakers_option: Callable[[F], F] = click.option(
    "--speakers", metavar="S", help="Speaker names: 0=Anna,1=Bo, or a TOML file with a [speakers] table."
)

service_options: Callable[[F], F] = _together(
    click.option("--endpoint", metavar="URL", help="Service base URL including /api/v1; switches off region refusals."),
    click.option("--region", type=click.Choice(["intl", "cn"]), help="Singapore or Beijing. [default: intl]"),
    click.option("--workspace", metavar="ID", help="Workspace id, for a workspace domain."),
)

storage_options: Callable[[F], F] = _together(
    click.option("--storage", type=click.Choice(["s3", "temporary"]), help="Where the service reads the media from."),
    click.option("--bucket", metavar="B", help="S3 bucket; credentials as boto3 finds them."),
    click.option("--s3-endpoint", metavar="URL", help="S3-compatible store; AWS without."),
    click.option("--public-endpoint", metavar="URL", help="The same store's address as the service sees it."),
    click.option("--s3-region", metavar="NAME", help="Signing region."),
    click.option(
        "--s3-addressing", type=click.Choice(["auto", "path", "virtual"]), help="How the bucket is named in URLs."
    ),
    click.option("--prefix", metavar="P", help="First part of every object key. [default: captioner]"),
    click.option(
        "--link-lifetime",
        "link_lifetime_s",
        type=int,
        metavar="SECONDS",
        help="Life of the presigned link. [default: 21600]",
    ),
    click.option("--keep-upload", is_flag=True, default=None, help="Leave the object in the store when the job ends."),
)

audio_options: Callable[[F], F] = _together(
    click.option(
        "--audio", type=click.Choice(["flac", "opus", "copy", "original"]), help="What is sent. [default: flac]"
    ),
    click.option("--track", type=click.IntRange(min=0), default=0, help="Audio stream of the file.", show_default=True),
    click.option(
        "--channels",
        metavar="LIST",
        default="",
        help="Channels recognised separately, such as 0,1; the channel is the speaker.",
    ),
)

recognition_options: Callable[[F], F] = _together(
    click.option("--model", metavar="M", help="Recognition model; see `captioner models`. [default: fun-asr]"),
    click.option("--language", metavar="CODE", help="Language, such as zh or en; detected without."),
    click.option("--diarization/--no-diarization", default=None, help="Tell speakers apart. [default: on]"),
    click.option("--speaker-count", type=click.IntRange(2, 100), help="How many speakers to expect; a hint."),
    click.option("--vocabulary", metavar="ID", help="Hotword vocabulary made for this model."),
    click.option("--mask", metavar="WORDS", default="", help="Words shown as asterisks, comma separated."),
    click.option("--remove", metavar="WORDS", default="", help="Words left out, comma separated."),
    click.option("--no-system-filter", is_flag=True, help="Switch off the service's own list of masked words."),
    click.option("--remove-fillers", is_flag=True, help="Leave out filler words, where the model can."),
    click.option(
        "--files-per-task", type=click.IntRange(1, 100), metavar="N", help="Files sent in one task. [default: 1]"
    ),
)

output_options: Callable[[F], F] = _together(
    click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Folder for the captions; beside the media without.",
    ),
    click.option(
        "-f",
        "--format",
        "formats",
        metavar="LIST",
        help="Caption formats, such as srt,vtt,ass,json,txt. [default: srt]",
    ),
    click.option(
        "--overwrite", is_flag=True, help="Replace caption files that captioner did not write or that were edited."
    ),
)
