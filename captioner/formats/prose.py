"""Reads text for reading: paragraphs of plain text, Markdown or Word, with the times and names that open them.

The transcripts that `txt`, `md` and `docx` write are read back, and so is what people make of them: other times, no
times, names in any of the usual forms. There are no captions in such a file, so no caption reader reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from captioner.errors import ReplyError
from captioner.formats.caption_file import FileContent, split_lines
from captioner.formats.word_document import Table, word_blocks

__all__ = ["ENDINGS", "Paragraph", "format_of", "is_document", "read_prose"]

#: Endings of files that are read as prose, and the format of each.
ENDINGS = {"txt": "txt", "md": "md", "markdown": "md", "docx": "docx"}
_DOCUMENTS = frozenset({"docx"})


def format_of(name: str) -> str:
    """Format of a file of prose by its ending; the ending itself where it is none of them."""
    ending = name.lower().rpartition(".")[2]
    return ENDINGS.get(ending, ending)


def is_document(name: str) -> bool:
    """Whether a file is a document of a word processor, which holds nothing but prose."""
    return name.lower().rpartition(".")[2] in _DOCUMENTS


# `[0:12]`, `00:00:12`, `(0:12,5)` before the text.
_TIME = re.compile(r"\s*[\[(]?((?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)[\])]?\s*")
# A name before the speech: a few words with a capital, or without case, up to a colon.
_NAME = re.compile(r"([^\W_](?:[\w .'’()/&+-]{0,38}[\w.)])?)\s*[:：]\s+(?=\S)|([^\W\d_a-zA-Z]{1,8})[:：]\s*(?=\S)")
_MARKDOWN_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKDOWN_BOLD = re.compile(r"\*\*(.+?)\*\*|__(.+?)__")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph.

    Attributes:
        text: Without time and name, on one line.
        speaker: The name that opens it, or "".
        start_ms: The time that opens it, or None.
    """

    text: str
    speaker: str = ""
    start_ms: int | None = None


def read_prose(data: bytes, name: str, *, encoding: str = "", language: str = "") -> tuple[Paragraph, ...]:
    """Read the paragraphs of a text.

    Args:
        data: The bytes of the file.
        name: Its name, whose ending says how it is read, for messages.
        encoding: Of plain text, "" to detect it.
        language: BCP 47 tag, or "".

    Raises:
        ReplyError: It is not what its ending says.
    """
    paragraphs = _PARAGRAPHS.get(format_of(name), _plain_paragraphs)
    try:
        if is_document(name) or data.startswith(b"PK\x03\x04"):
            texts = list(_word_paragraphs(data))
        else:
            lines = split_lines(FileContent(data, encoding, language).text)
            texts = list(paragraphs(lines))
    except ReplyError as error:
        raise ReplyError(f"{name}: {error.message}") from error
    return _paragraphs([text for text in texts if text.strip()])


def _plain_paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Paragraphs parted by blank lines; a line that opens with a time is one of its own."""
    run: list[str] = []
    for line in lines:
        if not line.strip() or _TIME.match(line):
            yield " ".join(run)
            run = []
        if line.strip():
            run.append(line.strip())
    yield " ".join(run)


def _markdown_paragraphs(lines: Sequence[str]) -> Iterator[str]:
    without_headings = [line for line in lines if not line.startswith("#")]
    plain = [_MARKDOWN_BOLD.sub(lambda match: match[1] or match[2], line) for line in without_headings]
    yield from _plain_paragraphs([_MARKDOWN_ESCAPE.sub(r"\1", line) for line in plain])


_PARAGRAPHS = {"txt": _plain_paragraphs, "md": _markdown_paragraphs}


def _word_paragraphs(data: bytes) -> Iterator[str]:
    """Paragraphs of a Word document, without headings and without what tracked changes deleted."""
    for block in word_blocks(data):
        if isinstance(block, Table):
            yield from (each.text for row in block.rows for cell in row for each in cell if not each.is_heading)
        elif not block.is_heading:
            yield block.text


def _paragraphs(texts: Sequence[str]) -> tuple[Paragraph, ...]:
    timed = [_without_time(text) for text in texts]
    names = _names([text for _, text in timed])
    made = []
    for start_ms, text in timed:
        match = _NAME.match(text)
        speaker = (match[1] or match[2]).strip() if match else ""
        if match and speaker in names:
            made.append(Paragraph(" ".join(text[match.end() :].split()), speaker, start_ms))
        else:
            made.append(Paragraph(" ".join(text.split()), "", start_ms))
    return tuple(made)


def _without_time(text: str) -> tuple[int | None, str]:
    match = _TIME.match(text)
    if match is None or not text[match.end() :].strip():
        return None, text
    parts = match[1].replace(",", ".").split(":")
    seconds = sum(float(part) * 60**power for power, part in enumerate(reversed(parts)))
    return round(seconds * 1000), text[match.end() :]


def _names(texts: Sequence[str]) -> frozenset[str]:
    """Names that open paragraphs: all of them, where most paragraphs have one or one name occurs twice."""
    found = [(match[1] or match[2]).strip() for text in texts if (match := _NAME.match(text))]
    if len(found) * 2 >= len(texts):
        return frozenset(found)
    return frozenset(name for name in found if found.count(name) > 1)
