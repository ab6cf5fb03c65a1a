"""Any edit of any format is shown as it was made; recognised words stay, and adopting the result changes nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from captioner import archive as archives
from captioner.captions.adopt import Adoption, adopt
from captioner.captions.rewording import letters_of
from captioner.corrections import Revision
from captioner.formats import read, render
from captioner.model import Cue, Line
from tests.captions.test_adopt import again, made, state, texts

FORMATS = ["srt", "vtt", "csv", "ttml", "ass"]
WORDS = {"en": ["foo", "Bär", "two", "x-ray", "don't"], "zh": ["天", "地", "人"]}


def edited(cues: Sequence[Cue], chance: random.Random, language: str) -> list[Cue]:
    """Captions with one to five edits, as a person makes them."""
    changed = [replace(cue, lines=tuple(replace(line, words=()) for line in cue.lines)) for cue in cues]
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(changed))
        chance.choice([reword, reword, reword, join, cut, shorten, remove])(changed, at, chance, language)
    return changed


def reword(cues: list[Cue], at: int, chance: random.Random, language: str) -> None:
    number = chance.randrange(len(cues[at].lines))
    line = cues[at].lines[number]
    gap = " " if language == "en" else ""
    words = line.text.split(" ") if gap else list(line.text)
    place, word = chance.randrange(len(words)), chance.choice(WORDS[language])
    if chance.random() < 0.3 and len(words) > 2:
        words.pop(place)
    elif chance.random() < 0.5:
        words.insert(place, word)
    else:
        words[place] = word
    lines = list(cues[at].lines)
    lines[number] = replace(line, text=gap.join(words), spans=())
    cues[at] = replace(cues[at], lines=tuple(lines))


def join(cues: list[Cue], at: int, chance: random.Random, language: str) -> None:
    if at + 1 < len(cues) and cues[at].speaker == cues[at + 1].speaker and not cues[at + 1].lines[0].label:
        other = cues.pop(at + 1)
        cues[at] = replace(cues[at], end_ms=other.end_ms, lines=cues[at].lines + other.lines)


def cut(cues: list[Cue], at: int, chance: random.Random, language: str) -> None:
    cue = cues[at]
    middle = (cue.start_ms + cue.end_ms) // 2
    if len(cue.lines) > 1:
        parts = replace(cue, end_ms=middle, lines=cue.lines[:1]), replace(cue, start_ms=middle, lines=cue.lines[1:])
        cues[at : at + 1] = parts


def shorten(cues: list[Cue], at: int, chance: random.Random, language: str) -> None:
    if cues[at].end_ms - cues[at].start_ms > 600:
        cues[at] = replace(cues[at], end_ms=cues[at].end_ms - chance.randint(50, 300))


def remove(cues: list[Cue], at: int, chance: random.Random, language: str) -> None:
    if len(cues) > 5 and not cues[at].lines[0].label:
        cues.pop(at)


def names_of(lines: Sequence[Line]) -> dict[str, str]:
    return {line.speaker: line.speaker for line in lines if line.speaker is not None}


@pytest.mark.parametrize("seed", range(10))
def test_any_edit_is_shown_as_it_was_made(seed: int) -> None:
    chance = random.Random(seed)
    language = chance.choice(["en", "zh"])
    spaces = chance.choice(["before", "after", "none"])
    files, archive = made(f"interview-{language}", spaces=spaces, formats=(*FORMATS, "txt", "docx", "md"))
    for number in (1, 2):
        before, format = state(archive), chance.choice(FORMATS)
        cues = edited(read(files[format], f"x.{format}").cues, chance, language)
        names = names_of([line for cue in cues for line in cue.lines])
        context = replace(before.context, transcript=None, names={**before.context.names, **names})
        data = render(cues, format, context)
        change = adopt(before, data, f"talk.{format}", format, Revision(number))
        edits = replace(change.edits, revisions=(*before.edits.revisions, Revision(number)))
        after = again(archive, replace(change, edits=edits))
        wanted, got = read(data, f"x.{format}").cues, read(after[format], f"x.{format}").cues
        assert [cue.text for cue in got] == [cue.text for cue in wanted]
        assert letters_of("".join(texts(after))) == letters_of("".join(cue.text for cue in wanted))
        written = archives.loads(after["json"].decode())
        assert written.transcript == archive.transcript
        settled = state(written)
        for extension, content in after.items():
            if extension != "json":
                second = adopt(settled, content, f"talk.{extension}", extension, Revision(9))
                assert second.adopted.is_empty, extension
        assert again(written, Adoption(second.adopted, settled.edits, settled.options)) == after
        files, archive = after, written
