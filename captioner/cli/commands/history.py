"""`captioner history`: what people changed in the captions of a media file, and when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from captioner.archive_files import ArchiveFile, find_archive, read_archive
from captioner.cli.help import Option, command, with_options
from captioner.cli.options import JSON
from captioner.cli.terminal import escape_control, json_text
from captioner.corrections import Correction, Revision, pieces_of, recognised_words
from captioner.script_report import describe_report, place_message
from captioner.timecode import ms_to_clock

__all__ = ["history"]

_SHOWN = 20  # changes of a script named one by one

_ARCHIVE = Option(
    ["--archive"],
    metavar="JSON",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Captioner's JSON of the media (default: beside FILE, by its name).",
)


@command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@with_options((_ARCHIVE, JSON))
def history(file: Path, archive: Path | None, as_json: bool) -> None:
    """List what was corrected in the captions of FILE: the media, its JSON, or any caption file beside it.

    \b
    Examples: captioner history talk.srt
              captioner history talk.mp4 --json
    """
    found = read_archive(find_archive(file, archive), "")
    if as_json:
        click.echo(json_text(_as_json(found)))
        return
    for line in _lines(found):
        click.echo(escape_control(line))


def _lines(found: ArchiveFile) -> Iterator[str]:
    archive = found.archive
    words = recognised_words(archive.transcript)
    by = f" by {archive.transcript.model}" if archive.transcript.model else ""
    yield f"0  recognised{by}: {len(words)} words"
    texts = _Texts(found)
    for revision in archive.revisions:
        yield _heading(revision)
        for each in texts.made_in(revision.number):
            yield f"   {texts.at(each)}  {texts.change(each)}"
        for each in texts.ended_in(revision.number):
            yield f"   {texts.at(each)}  {texts.ending(each)}"
    rules = [each for each in archive.corrections if each.kind == "rule"]
    if rules:
        yield f"by rules, at every run: {len(rules)} change{'s' if len(rules) != 1 else ''}"
        yield from (f"   {texts.at(each)}  {texts.change(each)} ({each.source})" for each in rules)
    by_script = [each for each in archive.corrections if each.kind == "script"]
    if archive.script is not None:
        yield describe_report(archive.script)
        worded = [each for each in by_script if each.text is not None]
        yield from (f"   {texts.at(each)}  {texts.change(each)}" for each in worded[:_SHOWN])
        if len(worded) > _SHOWN:
            yield f"   and {len(worded) - _SHOWN} more; --json lists all"
        for place in archive.script.places:
            if place.kind != "corrected":
                yield f"   {ms_to_clock(place.start_ms)}  {place_message(place)}"
    if archive.pinned:
        count = len(archive.pinned)
        yield f"{count} of {len(archive.cues)} captions cut by a person"


def _heading(revision: Revision) -> str:
    at = revision.at.replace("T", " ").removesuffix("Z")[:16]
    counts = [
        (revision.corrections, "correction"),
        (revision.cuts, "caption cut otherwise"),
        (revision.times, "caption with other times"),
    ]
    done = ", ".join(f"{count} {_plural(what) if count != 1 else what}" for count, what in counts if count)
    who = " ".join(filter(None, (at and f"{at} UTC", revision.by)))
    return f"{revision.number}  {who}  {revision.source}: {done or 'laid out anew'}"


def _plural(what: str) -> str:
    return what.replace("correction", "corrections").replace("caption", "captions")


class _Texts:
    """Corrections in words."""

    def __init__(self, found: ArchiveFile) -> None:
        archive = found.archive
        self._every = (*archive.corrections, *archive.replaced)
        self._words = recognised_words(archive.transcript)
        self._pieces = [piece for sentence in archive.transcript.sentences for piece in pieces_of(sentence)]
        self._names = archive.names

    def made_in(self, number: int) -> list[Correction]:
        """Corrections that a revision made and that fit the recognition of now, in order of time."""
        made = (each for each in self._every if each.revision == number and not each.unfit)
        return sorted(made, key=lambda each: each.first)

    def ended_in(self, number: int) -> list[Correction]:
        """Corrections that a revision replaced or took back."""
        return sorted((each for each in self._every if each.until == number), key=lambda each: each.first)

    def start_ms(self, each: Correction) -> int:
        """Begin of the place in ms."""
        if each.words and (each.first == each.last or each.unfit):  # the numbers of another recognition say nothing
            return each.words[0].start_ms
        return self._words[min(each.first, len(self._words) - 1)].start_ms if self._words else 0

    def at(self, each: Correction) -> str:
        """The same as a clock shows it."""
        return ms_to_clock(self.start_ms(each))

    def heard(self, each: Correction) -> str:
        """The recognised words of the place; "" where they were of another recognition."""
        if each.unfit:
            return ""
        return "".join(self._pieces[each.first : each.last]).strip()

    def change(self, each: Correction) -> str:
        """`“heard” is shown as “text”`, with the speaker where he changed."""
        speaker = f" (speaker {self._names.get(each.speaker, each.speaker)})" if each.speaker is not None else ""
        heard = self.heard(each)
        if each.text is None:
            return f"“{heard}”{speaker}"
        if not each.text:
            return f"“{heard}” is not shown"
        if each.text == heard:
            return f"“{heard}” stays as it was recognised{speaker}"
        if not heard:
            return f"“{each.text}” is added{speaker}"
        return f"“{heard}” is shown as “{each.text}”{speaker}"

    def ending(self, each: Correction) -> str:
        """The end of a correction that is no longer in force."""
        named = f"“{each.text}”" if each.text else f"the change of “{self.heard(each)}”"
        if each.unfit:
            return f"{named} does not fit the new recognition: {each.unfit}"
        return f"{named} of revision {each.revision} is replaced or taken back"


def _as_json(found: ArchiveFile) -> dict[str, Any]:
    texts = _Texts(found)
    every = (*found.archive.corrections, *found.archive.replaced)
    return {
        "archive": str(found.path),
        "revisions": [
            {
                "number": each.number,
                "at": each.at,
                "by": each.by,
                "from": each.source,
                "corrections": each.corrections,
                "cuts": each.cuts,
                "times": each.times,
            }
            for each in found.archive.revisions
        ],
        "corrections": [
            {
                "words": [each.first, each.last],
                "start_ms": texts.start_ms(each),
                "heard": texts.heard(each),
                "text": each.text,
                "speaker": each.speaker,
                "by": each.by,
                "at": each.at,
                "from": each.source,
                "rule": each.kind == "rule",
                "script": each.kind == "script",
                "revision": each.revision,
                "until": each.until or None,
                "unfit": each.unfit,
            }
            for each in every
        ],
    }
