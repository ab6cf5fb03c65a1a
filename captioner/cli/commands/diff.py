"""`captioner diff`: two versions or two files side by side, in words and times."""

from __future__ import annotations

import html as markup
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from captioner.archive import Archive
from captioner.archive_files import read_archive
from captioner.captions.text_comparison import Compared, Row, Side, compare, new_names, rows_of_cues, rows_of_transcript
from captioner.captions.transcript_file import decode_transcript
from captioner.cli.caption_io import load_captions, may_write, read_bytes, read_options
from captioner.cli.help import OUTPUT, RUN, Option, command, with_options
from captioner.cli.named_files import FileToWrite
from captioner.cli.options import FPS, JSON, LANGUAGE, OVERWRITE, READING_AS_IT_IS
from captioner.cli.terminal import escape_control, json_text
from captioner.cli.time_arguments import GivenTime, in_ms, parse_ms_from_0
from captioner.corrections import at_revision, shown
from captioner.errors import ConfigError, ReplyError
from captioner.files import write_whole
from captioner.timecode import ms_to_vtt, parse_rate

__all__ = ["diff"]

_VERSION = re.compile(r"(.+)@(\d{1,6})")
_LEAST_WIDTH = 60
_OPTIONS = (
    Option(["--all", "show_all"], group=RUN, is_flag=True, help="Show what is the same, too."),
    Option(["--tolerance"], group=RUN, type=parse_ms_from_0, default="1", metavar="MS",
           help="Times that differ by no more are the same (default: 1)."),
    Option(["--html"], group=OUTPUT, metavar="FILE", type=FileToWrite("diff.html"),
           help="Write the comparison as a page."),
)  # fmt: skip


@command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B]", required=False)
@with_options(_OPTIONS, (JSON,), READING_AS_IT_IS, (LANGUAGE, FPS, OVERWRITE))
def diff(
    before: str,
    after: str | None,
    show_all: bool,
    tolerance: GivenTime,
    fps: str | None,
    html: Path | None,
    as_json: bool,
    overwrite: bool,
    **options: Any,
) -> int:
    """Show A and B side by side: caption files of any format, transcripts, or versions of captioner's JSON.

    talk.json@0 is what was recognised, talk.json@1 the text after the first revision of captioner history. Without B,
    talk.json is compared with what was recognised. Words are compared however they are cut into captions; other cuts
    are counted.

    \b
    Examples: captioner diff talk.srt talk-from-the-desk.srt
              captioner diff talk.json
              captioner diff talk.json@1 talk.json@2 --html changes.html

    Exit codes: 0 the same, 1 different, 2 usage or configuration.
    """
    if after is None:
        path, number = _version(before)
        if number is not None or Path(path).suffix.lower() != ".json":
            raise ConfigError(f"{before}: name a second file to compare it with, or give the JSON alone")
        before, after = f"{path}@0", f"{path}@{read_archive(Path(path), '').archive.edits.revision}"
    if html:
        may_write([html], [Path(_version(each)[0]) for each in (before, after)], overwrite=overwrite)
    rate = parse_rate(fps) if fps else None
    ours, theirs = _rows(before, options, rate), _rows(after, options, rate)
    names = new_names(ours, theirs)
    ours = [row._replace(speaker=names.get(row.speaker, row.speaker)) for row in ours]
    found = compare(ours, theirs, tolerance_ms=in_ms(tolerance, rate))
    different = [each for each in found if each.differs]
    cuts = sum(each.cuts for each in found)
    summary = _summary(before, after, different, cuts, names)
    chosen = found if show_all else different
    if html:
        write_whole(html, _page(before, after, chosen, summary).encode())
    if as_json:
        listed = [_as_json(each) for each in found if each.differs or each.cuts]
        click.echo(json_text({"a": before, "b": after, "renamed": dict(names), "differences": listed}))
    elif not html:
        for line in _table(before, after, chosen):
            click.echo(line)
    click.echo(escape_control(summary), err=True)
    return int(bool(different or cuts or names))


def _version(given: str) -> tuple[str, int | None]:
    """A file, and the number of the version that is meant."""
    match = _VERSION.fullmatch(given)
    if match is None or Path(given).exists():
        return given, None
    return match[1], int(match[2])


def _rows(given: str, options: dict[str, Any], rate: Fraction | None) -> list[Row]:
    """The captions of a file, or the sentences of a version or of a reply.

    Raises:
        ReplyError: It cannot be read.
        ConfigError: There is no such version.
    """
    path, number = _version(given)
    if number is not None:
        return _rows_of_version(given, read_archive(Path(path), "").archive, number)
    if path.lower().endswith(".json"):
        found = decode_transcript(read_bytes(Path(path)), path)
        if found.archive is not None and found.archive.hand_edits:
            return rows_of_transcript(found.transcript, dict(found.names))
        return rows_of_cues(found.cues, dict(found.names)) or rows_of_transcript(found.transcript, dict(found.names))
    loaded = load_captions(Path(path), read_options(options, rate))
    return rows_of_cues(loaded.cues, dict(loaded.captions.speaker_names))


def _rows_of_version(given: str, archive: Archive, number: int) -> list[Row]:
    last = archive.edits.revision
    if number > last:
        raise ConfigError(f"{given}: there are versions 0 to {last}; captioner history lists them")
    if not archive.transcript.sentences:
        raise ReplyError(f"{given}: holds no transcript")
    return rows_of_transcript(shown(archive.transcript, at_revision(archive.edits, number)), dict(archive.names))


def _summary(before: str, after: str, different: Sequence[Compared], cuts: int, names: Mapping[str, str]) -> str:
    """The differences in one line: words and times by places; cuts and names of speakers apart."""
    text, times = sum(each.is_text for each in different), sum(each.is_time for each in different)
    parts = [f"{text} place{'s' if text != 1 else ''} with other words, {times} with other times"]
    if not different:
        parts = [f"the same words{' and times' if not cuts else ''}"]
    if cuts:
        parts.append(f"{cuts} caption{'s' if cuts != 1 else ''} cut otherwise")
    parts += [f"{old} is named {new}" for old, new in sorted(names.items())]
    if len(parts) == 1 and not different:
        return f"{before} and {after} have the same words and times"
    return f"{before} and {after}: {'; '.join(parts)}"


# Terminal


def _table(before: str, after: str, found: Sequence[Compared]) -> Iterator[str]:
    width = max(_LEAST_WIDTH, shutil.get_terminal_size((120, 24)).columns)
    half = (width - 3) // 2
    if found:
        yield f"{escape_control(before)[:half]:<{half}} | {escape_control(after)[:half]}"
    for each in found:
        yield ""
        left = _cell(each.before, half, "red", "[-", "-]")
        right = _cell(each.after, half, "green", "{+", "+}")
        for index in range(max(len(left), len(right))):
            one, size = left[index] if index < len(left) else ("", 0)
            other = right[index][0] if index < len(right) else ""
            yield f"{one}{' ' * max(0, half - size)} | {other}".rstrip()


def _cell(side: Side | None, width: int, colour: str, opening: str, closing: str) -> list[tuple[str, int]]:
    """Lines of one side, each with its width: the times, then the text with what differs marked."""
    if side is None:
        return []
    row = side.row
    name = f"  {row.speaker}" if row.speaker else ""
    head = escape_control(f"{ms_to_vtt(row.start_ms)} - {ms_to_vtt(row.end_ms)}{name}")[:width]
    words: list[tuple[str, bool]] = []
    for text, differs in side.parts:
        marked = f"{text[: len(text) - len(text.lstrip())]}{opening}{text.strip()}{closing}" if differs else text
        words += [(word, differs) for word in re.findall(r"\s*\S+", escape_control(marked))]
    lines: list[tuple[str, int]] = [(head, _width(head))]
    line, size = "", 0
    for word, differs in words:
        bare = word if size else word.lstrip()
        if size and size + _width(bare) > width:
            lines.append((line, size))
            line, size, bare = "", 0, word.lstrip()
        line += click.style(bare, fg=colour) if differs else bare
        size += _width(bare)
    return [*lines, (line, size)] if line else lines


def _width(text: str) -> int:
    from captioner.layout.width import columns

    return int(columns(text))


# Page


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222; }}
table {{ border-collapse: collapse; width: 100%; }}
td, th {{ width: 50%; vertical-align: top; text-align: left; padding: .4rem .6rem; border-top: 1px solid #ddd; }}
small {{ color: #666; font-variant-numeric: tabular-nums; }}
small.other {{ color: #a40; font-weight: 600; }}
del {{ background: #fdd; text-decoration: line-through; }}
ins {{ background: #dfd; text-decoration: none; font-weight: 600; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #1b1b1b; color: #ddd; }} td, th {{ border-color: #444; }} small {{ color: #999; }}
  small.other {{ color: #fb8; }} del {{ background: #611; }} ins {{ background: #153; }}
}}
</style></head><body>
<h1>{title}</h1><p>{summary}</p>
<table><thead><tr><th>{before}</th><th>{after}</th></tr></thead><tbody>
{rows}
</tbody></table></body></html>
"""


def _page(before: str, after: str, found: Sequence[Compared], summary: str) -> str:
    rows = "\n".join(
        f"<tr><td>{_html_cell(each.before, 'del', each)}</td><td>{_html_cell(each.after, 'ins', each)}</td></tr>"
        for each in found
    )
    return _PAGE.format(
        title=_escaped(f"{Path(before).name} and {Path(after).name}"),
        summary=_escaped(summary),
        before=_escaped(Path(before).name),
        after=_escaped(Path(after).name),
        rows=rows,
    )


def _html_cell(side: Side | None, tag: str, compared: Compared) -> str:
    if side is None:
        return ""
    row = side.row
    kind = ' class="other"' if compared.is_time else ""
    name = f" {_escaped(row.speaker)}" if row.speaker else ""
    parts = "".join(f"<{tag}>{_escaped(text)}</{tag}>" if differs else _escaped(text) for text, differs in side.parts)
    times = f"{ms_to_vtt(row.start_ms)} – {ms_to_vtt(row.end_ms)}"
    return f'<small{kind}>{times}{name}</small><br><span dir="auto">{parts}</span>'


def _escaped(text: str) -> str:
    return markup.escape(escape_control(text))


def _as_json(each: Compared) -> dict[str, Any]:
    return {
        "a": _side_as_json(each.before),
        "b": _side_as_json(each.after),
        "words": each.is_text,
        "times": each.is_time,
        "cuts": each.cuts,
    }


def _side_as_json(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    row = side.row
    return {"start_ms": row.start_ms, "end_ms": row.end_ms, "speaker": row.speaker, "text": row.text}
