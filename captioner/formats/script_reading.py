"""Reads scripts: the text that was written to be spoken, without what is there for the people at work.

Plain text, Markdown, Word documents and tables (a rundown's export), with several stories in one file. Directions,
technical cues, times and headings are not spoken and are left out; a name before the speech is the speaker of
everything up to the next name or heading. Reading too little is harmless, because what was said is shown anyway.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from captioner.errors import ReplyError
from captioner.formats.caption_file import FileContent, split_lines
from captioner.formats.text.not_speakers import begins_a_clause, is_sound
from captioner.formats.word_document import Table, word_blocks

__all__ = ["SCRIPT_ENDINGS", "Script", "ScriptLine", "read_script"]

#: Endings of scripts; a text of any other ending is read as plain text.
SCRIPT_ENDINGS = ("docx", "txt", "md", "markdown", "csv", "tsv")
_NOT_TEXT = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "RTF"),
    (b"\xd0\xcf\x11\xe0", "an old Word document"),
    (b"PK\x03\x04", "not a Word document"),
)

# What stands in a script for the people at work. Sources: rundowns of ENPS, iNEWS and Octopus as their manuals show
# them; screenplay format (The Hollywood Standard).
_CUE_WORDS = (
    "vo v/o v.o. voiceover sot sotvo vosot vo/sot o.s. os o/s ots pkg package vt vtr intro outro tag nat nats nat/sot "
    "natsot wild live take cue roll rolls playout cg gfx graphic graphics chyron super supers aston astons caption "
    "lower_third l3 lt full_screen fullscreen fs still stills map music sfx fx sound bed sting break bumper tease "
    "teaser toss cam camera on_cam oncam on_camera studio two-shot 2-shot wipe fade fade_in fade_out cut cut_to "
    "dissolve pause beat "
    "laughs laughter applause cont'd contd cont’d more off ad-lib adlib ad_lib clip bite soundbite interview video "
    "audio "
    "einspieler einsp maz o-ton oton insert bauchbinde off-text on-text anmoderation abmoderation moderation lachen "
    "musik applaus beifall pause_de voix_off musique rires applaudissements música risas aplausos "
    "音乐 掌声 笑 笑声 导语 口播 同期 同期声 画外音 配音 字幕 片头 片尾 现场声 空镜"
)
_CUES = frozenset(word.replace("_", " ") for word in _CUE_WORDS.split())
#: Labels whose line is for the people at work, all of it.
_UNSPOKEN_LABELS = frozenset(
    "cg gfx graphic graphics chyron super supers aston astons caption lower_third l3 lt still stills map music sfx fx "
    "camera cam video in in-cue incue out out-cue outcue dur duration trt tc time runs timecode date author writer "
    "reporter_name producer editor format source sources note notes status version page slugline bauchbinde insert "
    "länge dauer zeit datum autor redaktion musik cut_to fade_in fade_out 字幕 时长 日期 记者署名 编辑 音乐".replace(
        "_", " "
    ).split()
)
#: Labels of the title of a story.
_TITLE_WORDS = "slug story title item headline segment block beitrag thema titel sujet titre 标题 题目"
_TITLE_LABELS = frozenset(_TITLE_WORDS.split())

_BRACKETS = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}|<[^<>]*>|【[^【】]*】|\(\([^()]*\)\)")
_ROUND = re.compile(r"[(（]([^()（）]*)[)）]")
_TIMES = r"(?:\d{1,3}:)?\d{1,2}[:.]\d{2}(?:[:;.,]\d{1,3})?"
_LEADING_TIME = re.compile(rf"\s*[\[(]?{_TIMES}(?:\s*(?:-->|[-–—])\s*{_TIMES})?[\])]?(?:\s+[-–—]\s|\s+|$)")
_ONLY_FIGURES = re.compile(r"[\W\d_]*")
_RULE = re.compile(r"\s*[-=_*~#]{3,}\s*(.*?)\s*[-=_*~#]*\s*$")
_LABEL = re.compile(
    r"\s*(?P<name>[^\W_](?:[\w .'’/&+-]{0,38}[\w.])?)\s*(?P<note>(?:[(（\[][^()（）\[\]]*[)）\]]\s*)*)[:：]"
    r"(?:\s+|$|(?<=：)|(?=[^\W\da-zA-Z]))"
)
_ALONE = re.compile(r"\s*(?P<name>[^\W\d_][\w .'’-]{0,38})\s*(?P<note>(?:\([^()]*\)\s*)*)$")
_DASHES = re.compile("(?<!-)--(?!-)")  # a dash as typewriters have it
_MARKDOWN_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKDOWN_MARKS = re.compile(r"(\*\*|__|\*|_)(?=\S)(.+?)(?<=\S)\1")
_MARKDOWN_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)#*\s*$")
_MARKDOWN_LEAD = re.compile(r"^\s*(?:>\s?|[-*+]\s+(?=\S))+")
_TABLE_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
_LONGEST_HEADING = 8  # words
_LONGEST_NAME = 5  # words

_COLUMNS = {
    "text": "text script spoken dialogue dialog copy audio prompter teleprompter content speech words narration "
    "sprechertext sprecher-text wortlaut ton texte diálogo texto 文本 台词 内容 口播 稿件 解说词",
    "speaker": "speaker presenter anchor talent name who voice reader reporter host character sprecher sprecherin "
    "moderator moderation rolle personne locuteur orador 说话人 主播 人物 播音",
    "story": "slug story title headline item segment page thema titel beitrag sujet titre 标题 题目 条目",
}
_COLUMN_OF = {word: column for column, words in _COLUMNS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A stretch of text to be spoken.

    Attributes:
        text: On one line.
        speaker: Name, or "" where the script names none.
        story: Heading it stands under, or "".
    """

    text: str
    speaker: str = ""
    story: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A script as read.

    Attributes:
        lines: What is to be spoken, in order.
        left_out: Directions, cues and other text that is not spoken, in order.
    """

    lines: tuple[ScriptLine, ...]
    left_out: tuple[str, ...] = ()


class _Row(NamedTuple):
    """A line of a file: its text, and what its place in the file says of it."""

    text: str
    is_heading: bool = False
    speaker: str | None = None
    story: str | None = None
    ends_block: bool = False


def read_script(data: bytes, name: str, *, encoding: str = "", language: str = "") -> Script:
    """Read a script.

    Args:
        data: The bytes of the file.
        name: Its name, whose ending says how it is read, for messages.
        encoding: Of text, "" to detect it.
        language: BCP 47 tag, or "".

    Raises:
        ReplyError: It is no script that can be read, or there is nothing to be spoken in it.
    """
    try:
        rows = list(_rows(data, name.lower().rpartition(".")[2], encoding, language))
    except ReplyError as error:
        raise ReplyError(f"{name}: {error.message}") from error
    script = _Reader(rows).read()
    if not script.lines:
        raise ReplyError(f"{name}: there is nothing to be spoken in it; give the script as {', '.join(SCRIPT_ENDINGS)}")
    return script


def _rows(data: bytes, ending: str, encoding: str, language: str) -> Iterator[_Row]:
    if ending in _WORD_ENDINGS:
        yield from _word_rows(data)
        return
    for head, kind in _NOT_TEXT:
        if data.startswith(head):
            raise ReplyError(f"is {kind}; save the script as {', '.join(SCRIPT_ENDINGS)}")
    content = FileContent(data, encoding, language)
    if not content.is_text:
        raise ReplyError(f"is not a text file; save the script as {', '.join(SCRIPT_ENDINGS)}")
    lines = split_lines(content.text)
    yield from _TEXT_READERS.get(ending, _plain_rows)(lines)


def _plain_rows(lines: Sequence[str]) -> Iterator[_Row]:
    return map(_Row, lines)


def _word_rows(data: bytes) -> Iterator[_Row]:
    for block in word_blocks(data):
        if isinstance(block, Table):
            yield from _table_rows([["\n".join(each.text for each in cell) for cell in row] for row in block.rows])
        else:
            yield from (_Row(line, block.is_heading) for line in block.text.split("\n"))
            yield _Row("", ends_block=True)


def _markdown_rows(lines: Sequence[str]) -> Iterator[_Row]:
    for table, run in groupby(lines, key=lambda line: line.lstrip().startswith("|")):
        if table:
            cells = [line.strip().strip("|").split("|") for line in run if not _TABLE_RULE.fullmatch(line)]
            yield from _table_rows([[_unmarked(cell) for cell in row] for row in cells])
            continue
        for line in run:
            heading = _MARKDOWN_HEADING.match(line)
            text = heading[1] if heading else _MARKDOWN_LEAD.sub("", line, count=1)
            yield _Row(_unmarked(text), heading is not None)


def _unmarked(text: str) -> str:
    return _MARKDOWN_ESCAPE.sub(r"\1", _MARKDOWN_MARKS.sub(lambda match: match[2], text)).strip()


# Tables


def _cells(lines: Sequence[str]) -> list[list[str]]:
    """Cells of a file of separated values."""
    head = next((line for line in lines if line.strip()), "")
    separator = max("\t;,|", key=head.count)
    return list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))


def _table_rows(rows: Sequence[Sequence[str]]) -> Iterator[_Row]:
    """The lines of a table, from the column of the text."""
    rows = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return
    columns = {_COLUMN_OF[name]: at for at, cell in enumerate(rows[0]) if (name := cell.lower()) in _COLUMN_OF}
    if columns and "text" in columns:
        rows = rows[1:]
    else:
        columns = _guessed_columns(rows)
    for row in rows:
        found = {column: row[at] if at < len(row) else "" for column, at in columns.items()}
        if story := found.get("story"):
            yield _Row(story, is_heading=True)
        speaker = found.get("speaker")
        is_name = speaker is not None and _key(speaker) not in _CUES
        for line in split_lines(found.get("text", "")):
            yield _Row(line, speaker=speaker if is_name else None)
        yield _Row("", ends_block=True)


def _guessed_columns(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """The columns of a table without a head: the longest is the text, and the one before it may be names."""
    width = max(map(len, rows))
    sizes = [sum(len(row[at]) for row in rows if at < len(row)) for at in range(width)]
    text = sizes.index(max(sizes))
    columns = {"text": text}
    for at in range(text):
        cells = [row[at] for row in rows if at < len(row) and row[at]]
        names = [cell for cell in cells if len(cell.split()) <= _LONGEST_NAME and not _ONLY_FIGURES.fullmatch(cell)]
        if cells and len(names) == len(cells) and len(set(cells)) < len(cells):
            columns["speaker"] = at
    return columns


# Lines


def _key(label: str) -> str:
    return " ".join(label.lower().split()).rstrip(".:： ")


def _is_cue(text: str) -> bool:
    """Whether a text is nothing but cues for the people at work, such as `SOT - FULL` or `VO/GFX`."""
    key = _key(text)
    if key in _CUES or f"{key}." in _CUES:
        return True
    words = [word.strip(".,;-–—") for word in re.split(r"[\s/+&|,]+", key)]
    words = [word for word in words if word and not _ONLY_FIGURES.fullmatch(word)]
    return bool(words) and all(word in _CUES or f"{word}." in _CUES for word in words)


def _in_capitals(text: str) -> bool:
    return text.isupper() and sum(map(str.isalpha, text)) > 1


class _Reader:
    def __init__(self, rows: Sequence[_Row]) -> None:
        self._rows = rows
        text = "".join(row.text for row in rows if not row.is_heading)
        capitals, small = sum(map(str.isupper, text)), sum(map(str.islower, text))
        self._all_capitals = capitals > 9 * small
        self._alike = Counter(_key(_bare_line(row.text)) for row in rows)
        self._names = self._find_names()
        self._lines: list[ScriptLine] = []
        self._left_out: list[str] = []
        self._speaker, self._story = "", ""

    def read(self) -> Script:
        for at, row in enumerate(self._rows):
            if row.text.strip():
                self._take(row, at)
        return Script(tuple(self._lines), tuple(self._left_out))

    def _find_names(self) -> dict[str, str]:
        """Names that stand before speech, as first written, by their letters."""
        found = [name for row in self._rows if not row.is_heading and (name := _label_name(row.text))]
        alone = [name for at, row in enumerate(self._rows) if (name := self._name_alone(at, row))]
        noted = {_key(_label_name(row.text)) for row in self._rows if _label_note(row.text)}
        lines = sum(bool(row.text.strip()) for row in self._rows)
        counts = Counter(map(_key, found))
        names: dict[str, str] = {}
        for name in found:
            sure = counts[_key(name)] > 1 or len(found) * 2 >= lines or _key(name) in noted
            if sure or (_in_capitals(name) and not self._all_capitals):
                names.setdefault(_key(name), name)
        for name in alone:
            names.setdefault(_key(name), name)
        return names

    def _name_alone(self, at: int, row: _Row) -> str:
        """The name that is a line of its own in capitals, as in screenplays, with the speech in the next line."""
        match = _ALONE.match(_BRACKETS.sub("", row.text))
        follows = self._rows[at + 1].text.strip() if at + 1 < len(self._rows) else ""
        if match is None or row.is_heading or not follows or not _in_capitals(match["name"]) or self._all_capitals:
            return ""
        name = match["name"].strip()
        if _is_cue(name) or len(name.split()) > _LONGEST_NAME or _in_capitals(follows):
            return ""
        return name if match["note"].strip() or self._alike[_key(name)] > 1 else ""

    def _take(self, row: _Row, at: int) -> None:
        if row.speaker is not None:
            self._speaker = self._named(row.speaker) or self._speaker
        text = row.text
        ruled = _RULE.match(text)
        if row.is_heading or ruled:
            self._head(ruled[1] if ruled else text)
            return
        text = _without_time(text)
        if not self._label(text):
            self._speak(self._without_label(text), at)

    def _label(self, text: str) -> bool:
        """Take a line that a label says is not spoken; whether it was one."""
        match = _LABEL.match(text)
        key = _key(match["name"]) if match else ""
        if match is None or not key:
            return False
        if key.split()[0] in _TITLE_LABELS:
            self._head(text[match.end() :])
        elif key in _UNSPOKEN_LABELS:
            self._left_out.append(text.strip())
        else:
            return False
        return True

    def _without_label(self, text: str) -> str:
        """A line without the name or the cue before the speech; the name speaks from here on."""
        match = _LABEL.match(text)
        if match is None:
            return text
        name = match["name"].strip()
        if _is_cue(name):
            self._left_out.append(match[0].strip())
            return text[match.end() :]
        if _key(name) in self._names:
            self._speaker = self._names[_key(name)]
            return text[match.end() :]
        return text

    def _named(self, cell: str) -> str:
        """The name in a cell of a table, as it was written first."""
        name = _BRACKETS.sub("", _ROUND.sub("", cell)).strip().rstrip(":：").strip()
        return self._names.setdefault(_key(name), name) if name else ""

    def _speak(self, text: str, at: int) -> None:
        """Take the speech of a line, without directions."""
        bare = _BRACKETS.sub(self._drop, text)
        spoken = _ROUND.sub(self._drop_round, bare)
        alone = _key(_bare_line(text))
        if alone in self._names and self._name_alone(at, self._rows[at]):
            self._speaker = self._names[alone]
        elif self._is_heading(text, spoken, at):
            self._head(spoken)
        elif _is_cue(spoken) or _ONLY_FIGURES.fullmatch(spoken):
            self._left_out += [spoken.strip()] if spoken.strip() else []
        else:
            text = _DASHES.sub("–", " ".join(spoken.split()))
            self._lines.append(ScriptLine(text, self._speaker, self._story))

    def _is_heading(self, text: str, spoken: str, at: int) -> bool:
        """Whether a line is a slug: short and in capitals, with no mark at its end, where the script is not."""
        words = spoken.split()
        if not words or len(words) > _LONGEST_HEADING or self._all_capitals or not _in_capitals(spoken):
            return False
        return spoken.strip()[-1:] not in ".!?…,;:" and (len(words) > 1 or len(spoken.strip()) > 1)

    def _head(self, text: str) -> None:
        title = " ".join(_BRACKETS.sub("", text).split())
        if title:
            self._story, self._speaker = title, ""
            self._left_out.append(title)

    def _drop(self, match: re.Match[str]) -> str:
        self._left_out.append(match[0].strip())
        return " "

    def _drop_round(self, match: re.Match[str]) -> str:
        """Nothing in place of a direction in round brackets; what may be spoken stays."""
        inner = match[1].strip()
        if not inner or _is_cue(inner) or _ONLY_FIGURES.fullmatch(inner) or _in_capitals(inner) or is_sound(inner):
            return self._drop(match)
        if not (match.string[: match.start()].strip() or match.string[match.end() :].strip()):
            return self._drop(match)  # a line of its own
        return match[0]


def _label_name(text: str) -> str:
    """The name before a colon that may be a speaker's, or ""."""
    match = _LABEL.match(_without_time(text))
    if match is None:
        return ""
    name = match["name"].strip()
    if len(name.split()) > _LONGEST_NAME or begins_a_clause(name) or name.isdigit() or _is_cue(name):
        return ""
    key = _key(name)
    if key in _UNSPOKEN_LABELS or key.split()[0] in _TITLE_LABELS:
        return ""
    return name


def _without_time(text: str) -> str:
    match = _LEADING_TIME.match(text)
    return text[match.end() :] if match else text


def _label_note(text: str) -> str:
    match = _LABEL.match(_without_time(text))
    return match["note"].strip() if match else ""


def _bare_line(text: str) -> str:
    return _ROUND.sub("", _BRACKETS.sub("", text)).strip()


def _spreadsheet_rows(lines: Sequence[str]) -> Iterator[_Row]:
    return _table_rows(_cells(lines))


_WORD_ENDINGS = frozenset({"docx"})
#: Reader of the lines of a text file by its ending; any other is plain text.
_TEXT_READERS: Mapping[str, Callable[[Sequence[str]], Iterator[_Row]]] = {
    "csv": _spreadsheet_rows,
    "tsv": _spreadsheet_rows,
    "md": _markdown_rows,
    "markdown": _markdown_rows,
}
