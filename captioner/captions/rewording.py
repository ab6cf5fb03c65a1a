"""Finds what was changed in lines of captions or paragraphs, and gives the new words their times.

Only lines that differ from what was written before are compared word by word; all others keep the words they have. So
whatever a format loses or changes of its own (speakers, marks, capitals, encodings) is no edit.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from captioner.alignment import Difference, Passage, align
from captioner.captions.recorrect import Token
from captioner.corrections import Unit
from captioner.formats.text.cue_text import join_sentences
from captioner.model import Sentence, Transcript, Word

__all__ = ["Block", "EditedLine", "Reworded", "ShownLine", "changed_blocks", "joined", "letters_of", "reword", "spread"]

_WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)


class ShownLine(NamedTuple):
    """A line or paragraph as it was written before.

    Attributes:
        text: As it reads back from the format.
        words: Its words, by their places among the words of all units.
    """

    text: str
    words: tuple[int, ...]


class EditedLine(NamedTuple):
    """A line or paragraph as it is now.

    Attributes:
        text: As read.
        speaker: Speaker id, or None to take over that of the words it stands for.
        start_ms: When it is shown, for words of it for which nothing was recognised.
        end_ms: First millisecond after it.
    """

    text: str
    speaker: str | None = None
    start_ms: int = 0
    end_ms: int = 0


class Block(NamedTuple):
    """Lines that differ: some of those before, and those that stand in their place now."""

    before: range
    after: range


@dataclass(frozen=True, slots=True)
class Reworded:
    """Words for edited lines.

    Attributes:
        tokens: For each edited line its words.
        differences: Text for which nothing was recognised, and speech whose text was deleted.
    """

    tokens: tuple[tuple[Token, ...], ...]
    differences: tuple[Difference, ...]


def letters_of(text: str) -> str:
    """A text without its spaces: what two ways of breaking it into lines have in common."""
    return "".join(text.split())


def changed_blocks(before: Sequence[str], after: Sequence[str]) -> tuple[list[tuple[int, int]], list[Block]]:
    """Pairs of equal texts, in order, and the blocks between them."""
    first, last = 0, min(len(before), len(after))
    while first < last and before[first] == after[first]:
        first += 1
    end = 0
    while end < last - first and before[-1 - end] == after[-1 - end]:
        end += 1
    pairs = [(index, index) for index in range(first)]
    blocks: list[Block] = []
    inner = SequenceMatcher(None, before[first : len(before) - end], after[first : len(after) - end], autojunk=False)
    for kind, a0, a1, b0, b1 in inner.get_opcodes():
        if kind == "equal":
            pairs += zip(range(first + a0, first + a1), range(first + b0, first + b1), strict=True)
        else:
            blocks.append(Block(range(first + a0, first + a1), range(first + b0, first + b1)))
    pairs += [(len(before) - count, len(after) - count) for count in range(end, 0, -1)]
    return pairs, blocks


def reword(
    units: Sequence[Unit],
    owners: Sequence[int],
    before: Sequence[ShownLine],
    after: Sequence[EditedLine],
    language: str,
    line: int,
) -> Reworded:
    """Give the words of edited lines the times of the words that stood in their place.

    Args:
        units: What is shown so far.
        owners: Unit of each of their words.
        before: The lines that were there, in order, with words among them.
        after: Those that stand in their place.
        language: BCP 47 tag, or "".
        line: Number of the first edited line, for its tokens.
    """
    places = [place for each in before for place in each.words]
    spoken = [_sentence(units, owners, each) for each in before if each.words]
    texts = _restored(units, owners, before, after)
    found = align(Transcript(tuple(spoken), language), [Passage(text) for text in texts], language or None)
    tokens: list[list[tuple[int, Token]]] = [[] for _ in after]
    words = [word for sentence in found.transcript.sentences for word in sentence.words]
    for word, link in zip(words, found.links, strict=True):
        first = places[link.first] if link.first < len(places) else places[-1] + 1
        if link.first == link.last and link.first:
            first = places[link.first - 1] + 1
        last = places[link.last - 1] + 1 if link.last > link.first else first
        voice = after[link.passage].speaker
        speaker = voice if voice is not None else units[owners[places[min(link.first, len(places) - 1)]]].speaker
        token = Token(word, first, max(first, last), speaker, line + link.passage)
        tokens[link.passage].append((link.known, token))
    ordered = tuple(tuple(joined(token for _, token in sorted(own, key=lambda pair: pair[0]))) for own in tokens)
    return Reworded(ordered, tuple(each for each in found.differences if each.kind in ("inserted", "omitted")))


def spread(after: Sequence[EditedLine], at: int, line: int) -> tuple[tuple[Token, ...], ...]:
    """Words of lines that stand where nothing was recognised, each with its share of the time of its line.

    Args:
        after: The lines.
        at: Place of the word in front of which they stand.
        line: Number of the first of them, for its tokens.
    """
    return tuple(tuple(joined(_shared(each, at, line + number))) for number, each in enumerate(after))


def _shared(edited: EditedLine, at: int, line: int) -> Iterator[Token]:
    texts = _words_of(edited.text)
    whole, done = sum(map(len, texts)), 0
    for text in texts:
        start_ms = edited.start_ms + (edited.end_ms - edited.start_ms) * done // whole
        done += len(text)
        end_ms = edited.start_ms + (edited.end_ms - edited.start_ms) * done // whole
        yield Token(Word(text, "", start_ms, end_ms), at, at, edited.speaker, line)


def _words_of(text: str) -> list[str]:
    """Words of a text, each with the space in front of it and the marks around it."""
    starts = [match.start() for match in _WORD.finditer(text) if any(map(str.isalnum, match[0]))]
    if not starts:
        return [text.strip()] if text.strip() else []
    cuts = [0, *starts[1:], len(text)]
    parts = [text[a:b] for a, b in itertools.pairwise(cuts)]
    leads = [""] + [" " if part != part.rstrip() else "" for part in parts[:-1]]
    return [lead + part.strip() for lead, part in zip(leads, parts, strict=True)]


def _sentence(units: Sequence[Unit], owners: Sequence[int], line: ShownLine) -> Sentence:
    """The words of a line as a sentence for the alignment."""
    own = list(dict.fromkeys(owners[place] for place in line.words))
    words = tuple(word for index in own for word in units[index].words)
    if len(words) != len(line.words):  # a unit whose words stand in two lines
        words = tuple(_word_at(units, owners, place) for place in line.words)
    text = "".join(units[index].piece for index in own).strip()
    end_ms = max(word.end_ms for word in words)
    return Sentence(text, words[0].start_ms, max(end_ms, words[0].start_ms), words, units[own[0]].speaker)


def _word_at(units: Sequence[Unit], owners: Sequence[int], place: int) -> Word:
    unit = owners[place]
    first = place
    while first and owners[first - 1] == unit:
        first -= 1
    return units[unit].words[place - first]


def joined(tokens: Iterable[Token]) -> Iterator[Token]:
    """Tokens of a line, each but the first with the space that parts it from the one before."""
    before = ""
    for token in tokens:
        word = token.word
        text = word.text.strip()
        lead = " " if before and len(join_sentences([before, text])) > len(before) + len(text) else ""
        if before and word.text[:1].isspace() != bool(lead) and not before.endswith(" "):
            lead = word.text[: len(word.text) - len(word.text.lstrip())]
        tail = word.text[len(word.text.rstrip()) :]
        yield token._replace(word=Word(lead + text + tail, word.punctuation, word.start_ms, word.end_ms))
        before = text + word.punctuation


# Words that were not changed, as they were before the layout gave them its typography


def _restored(
    units: Sequence[Unit], owners: Sequence[int], before: Sequence[ShownLine], after: Sequence[EditedLine]
) -> list[str]:
    """The text of edited lines in which words that were not changed are written as they were recognised.

    A style may drop full stops or change digits; an edit of one word must not bring that into the transcript.
    """
    edited = [each.text for each in after]
    own = list(dict.fromkeys(owners[place] for each in before for place in each.words))
    full = "".join(units[index].piece for index in own)
    was = "\n".join(each.text for each in before)
    if letters_of(full) == letters_of(was):
        return edited
    shown = [match[0] for match in _readable(was)]
    spoken = [(match[0], match.start(), match.end()) for match in _readable(full)]
    origin = _origins(list(map(_bare, shown)), [_bare(text) for text, _, _ in spoken])
    now = [(match, line) for line, text in enumerate(edited) for match in _readable(text)]
    matcher = SequenceMatcher(None, shown, [match[0] for match, _ in now], autojunk=False)
    written: list[dict[int, str]] = [{} for _ in edited]
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        for offset in range(b1 - b0 if kind == "equal" else 0):
            place = origin.get(a0 + offset)
            if place is not None:
                match, line = now[b0 + offset]
                written[line][match.start()] = _with_tail(full, spoken, place)
        if kind == "replace" and (place := origin.get(a1 - 1)) is not None:
            match, line = now[b1 - 1]
            written[line][match.start()] = match[0] + _dropped_tail(full, spoken, place, shown[a1 - 1], match[0])
    return [_rewritten(text, changes) for text, changes in zip(edited, written, strict=True)]


def _readable(text: str) -> Iterator[re.Match[str]]:
    """The words of a text that have a letter or a digit."""
    return (match for match in _WORD.finditer(text) if any(map(str.isalnum, match[0])))


def _bare(text: str) -> str:
    return "".join(char for char in text if char.isalnum()).casefold() or text


def _origins(shown: Sequence[str], spoken: Sequence[str]) -> dict[int, int]:
    """The spoken word of each shown one, where they are the same."""
    matcher = SequenceMatcher(None, shown, spoken, autojunk=False)
    return {a + offset: b + offset for a, b, size in matcher.get_matching_blocks() for offset in range(size)}


def _with_tail(full: str, spoken: Sequence[tuple[str, int, int]], place: int) -> str:
    """A spoken word with the marks behind it."""
    return spoken[place][0] + _tail(full, spoken, place)


def _tail(full: str, spoken: Sequence[tuple[str, int, int]], place: int) -> str:
    end = spoken[place + 1][1] if place + 1 < len(spoken) else len(full)
    return full[spoken[place][2] : end].strip()


def _dropped_tail(full: str, spoken: Sequence[tuple[str, int, int]], place: int, shown: str, edited: str) -> str:
    """Marks behind a spoken word that the layout did not show, for a word that took its place without any."""
    said = _with_tail(full, spoken, place)
    marks = said[len(said.rstrip("".join(char for char in set(said) if not char.isalnum()))) :]
    return marks if marks and shown[-1:].isalnum() and edited[-1:].isalnum() else ""


def _rewritten(text: str, changes: dict[int, str]) -> str:
    """A text with the words that begin at some places replaced."""
    parts, at = [], 0
    for match in _WORD.finditer(text):
        if match.start() in changes:
            parts += [text[at : match.start()], changes[match.start()]]
            at = match.end()
    return "".join([*parts, text[at:]])
