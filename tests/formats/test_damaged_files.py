"""Caption files damaged at random are read or refused in one line, and no word of theirs is lost in silence.

Every word of a file is another, so that it is known which are gone: a word is in a caption, or a note says that
something was left out.
"""

from __future__ import annotations

import random
import re

import pytest

from captioner import style
from captioner.check import check
from captioner.errors import ReplyError
from captioner.formats import CaptionFile, read, render
from captioner.formats.text.patch import patch

WORD = re.compile(r"q[a-z]{1,5}v")
FILES = 40  # of each format
TIMES = (
    "{:02}:{:02}:{:02},{:03}",
    "{:02}:{:02}:{:02}.{:03}",
    "{:02}：{:02}：{:02}，{:03}",
    "{:02} : {:02} : {:02} , {:03}",
)
ARROWS = (" --> ", "-->", " -> ", " => ", " – ", "\t-->\t")
LOOKS = (
    "{}", "{}", "{}", "<i>{}</i>", "- {}", "ANNA: {}", ">> BO: {}", "[LAUGHS] {}", "{{\\an8}}{}", "{} < 5 & > 3",
    "{} 12:30 --> 13:30", "♪ {} ♪", "\u202b{}\u202c", "2024", "<b>{}",
)  # fmt: skip
ENDS = ("\n", "\n", "\n", "\r\n", "\r", "\r\r\n")


class Damage:
    """Makes one file and damages it."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._words = 0

    def file(self, format: str) -> bytes:
        text = getattr(self, f"_{format}")()
        for _ in range(self._chance.choice((0, 1, 1, 2, 4))):
            text = self._damaged(text)
        data = text.replace("\n", self._chance.choice(ENDS)).encode(
            self._chance.choice(("utf-8", "utf-8-sig", "utf-16"))
        )
        if self._chance.random() < 0.1:
            data = data[: self._chance.randrange(1, len(data))]
        return data

    def _word(self) -> str:
        self._words += 1
        number, letters = self._words, ""
        while number:
            number, letter = divmod(number, 25)
            letters = chr(97 + letter) + letters
        return f"q{letters}v"

    def _line(self) -> str:
        return self._chance.choice(LOOKS).format(" ".join(self._word() for _ in range(self._chance.randint(1, 5))))

    def _captions(self) -> list[tuple[int, int, list[str]]]:
        at, found = self._chance.choice((0, 500, 86_390_000, -2000)), []
        for _ in range(self._chance.randint(2, 7)):
            length = self._chance.choice((2000, 2000, 2000, 0, -500, 1))
            found.append((at, at + length, [self._line() for _ in range(self._chance.choice((1, 1, 2, 3)))]))
            at += self._chance.choice((2500, 2500, 3000, 1000, 0))
        return found

    def _time(self, ms: int, form: str) -> str:
        hours, rest = divmod(abs(ms), 3_600_000)
        whole = form.format(hours, rest // 60_000, rest // 1000 % 60, rest % 1000)
        return f"-{whole}" if ms < 0 else whole

    def _blocks(self, number: bool) -> str:
        form, arrow = self._chance.choice(TIMES), self._chance.choice(ARROWS)
        blocks = [
            f"{f'{at}{chr(10)}' if number else ''}{self._time(start, form)}{arrow}{self._time(end, form)}\n"
            + "\n".join(lines)
            for at, (start, end, lines) in enumerate(self._captions(), 1)
        ]
        return self._chance.choice(("\n\n", "\n\n", "\n\n", "\n")).join(blocks) + "\n"

    def _srt(self) -> str:
        return self._blocks(number=self._chance.random() < 0.8)

    def _vtt(self) -> str:
        return f"WEBVTT\n\n{self._blocks(number=self._chance.random() < 0.3)}".replace(" – ", " --> ").replace(
            "=>", "->"
        )

    def _sbv(self) -> str:
        form = "{}:{:02}:{:02}.{:03}"
        return "\n\n".join(
            f"{self._time(start, form)},{self._time(end, form)}\n" + "\n".join(lines)
            for start, end, lines in self._captions()
        )

    def _sub(self) -> str:
        rows = (
            f"{{{max(0, start) // 40}}}{{{max(0, end) // 40}}}{'|'.join(lines)}"
            for start, end, lines in self._captions()
        )
        return "{1}{1}25\n" + "\n".join(rows)

    def _damaged(self, text: str) -> str:
        lines = text.split("\n")
        at = self._chance.randrange(len(lines))
        match self._chance.randrange(10):
            case 0:
                lines.insert(at, "")
            case 1:
                del lines[at]
            case 2:
                lines.insert(at, f"{self._word()} {self._word()}")
            case 3:
                lines[at] = f"\ufeff{lines[at]}"
            case 4:
                lines[at] += self._chance.choice((" ", "\t", "\u200b", "\u00a0", "\x00", "\u2028"))
            case 5:
                lines[at] = re.sub(r"\d", lambda match: self._chance.choice("0123456789oO"), lines[at], count=1)
            case 6:
                lines[at:at] = lines[at : at + 3]
            case 7:
                place = self._chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:place] + self._chance.choice("-<>{}:,&|]") + lines[at][place:]
            case 8:
                lines[at] = lines[at].replace(":", self._chance.choice((";", "：", ".", " :")))
            case 9:
                lines += lines
        return "\n".join(lines)


def attempt(data: bytes, name: str) -> CaptionFile | str:
    """The captions, or the sentence they are refused with."""
    try:
        return read(data, name)
    except ReplyError as error:
        return error.message


def words(text: str) -> set[str]:
    return set(WORD.findall(text))


def shown(file: CaptionFile) -> set[str]:
    return words(" ".join(line.printed for cue in file.cues for line in cue.lines))


def told_as_lost(file: CaptionFile) -> bool:
    return any(note.kind == "left out" for note in file.notes) or bool(file.unsupported)


@pytest.mark.parametrize("seed", range(FILES))
@pytest.mark.parametrize("format", ["srt", "vtt", "sbv", "sub"])
def test_a_damaged_file_loses_no_word_in_silence(format: str, seed: int) -> None:
    data = Damage(seed).file(format)
    file = attempt(data, f"a.{format}")
    if isinstance(file, str):
        assert "\n" not in file
        return
    lost = words(data.decode(file.encoding, errors="replace").replace("\0", "")) - shown(file)
    assert not lost or told_as_lost(file)
    check(file.cues, style.load_style("web-default"), text=file.data, format=file.format, written=file.written)


@pytest.mark.parametrize("seed", range(FILES))
@pytest.mark.parametrize("format", ["srt", "vtt"])
def test_what_is_read_of_a_damaged_file_is_written_and_edited_with_its_times(format: str, seed: int) -> None:
    file = attempt(Damage(1000 + seed).file(format), f"a.{format}")
    if isinstance(file, str):
        return
    for name in ("srt", "vtt", "csv"):
        again = read(render(file.cues, name, file.to_context()), f"b.{name}")
        if not any("rolls" in note.message for note in again.notes):
            assert sorted(times(again)) == sorted(times(file))
    if file.can_be_patched and file.cues:
        edited = read(patch(file, file.cues, range(len(file.cues))), f"a.{format}")
        assert [(cue.start_ms, cue.text) for cue in edited.cues] == [(cue.start_ms, cue.text) for cue in file.cues]


def times(file: CaptionFile) -> list[tuple[int, int]]:
    return [(cue.start_ms, cue.end_ms) for cue in file.cues if any(char.isalnum() for char in cue.text)]
