"""Which labels of a file are speakers: by the habits the file shows, because a form alone proves nothing.

The one rule: text is kept where there is doubt, because a label that is taken for a speaker leaves the picture in the
formats with speakers. A label counts where it is marked (`>> NAME:`), a role with a number (`Speaker 1`), written in
capitals in a file that is not, or one of several that take turns. What a label is followed by has to be speech.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from captioner.formats.text.label_forms import LABEL_MARKS, LabelCandidate, label_candidate, split_dash
from captioner.formats.text.not_speakers import begins_a_clause, is_notice, is_numbered_role, is_particle, is_sound

__all__ = ["Turn", "find_speakers"]

_LETTER = re.compile(r"[^\W\d_]")
_ENDED = re.compile("[.!?…。！？؟।۔♪♫:：—–-][\"'”’»)\\]）」』]*$")
_LOWER_WORD = re.compile(r"(?<!\w)[^\W\d_]{2,}(?!\w)")
_MOST_TOKENS, _MOST_CASELESS_TOKENS, _MOST_UNSPACED = 4, 2, 8
_FEW = 3  # captions up to which one label in capitals is enough
_SHARE_OF_CAPITALS = 0.7  # from which on a file is in capitals, which then tell nothing
# Of neighbouring labels, how many must differ where labels mark turns: a turn that goes on is not labelled again.
_SHARE_OF_CHANGES = 0.7
_SHARE_LABELLED = 0.8  # of captions, from which on every caption has its label


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of a caption, in file order.

    Attributes:
        caption: Index of its caption.
        text: As read.
        begins: Whether a turn can begin here: it is the first line, or the one before ends a sentence.
    """

    caption: int
    text: str
    begins: bool


@dataclass(slots=True)
class _Label:
    """One name in one form, and where it stands."""

    captions: list[int] = field(default_factory=list)
    openings: Counter[str] = field(default_factory=Counter)
    begins: int = 0
    marked: int = 0


def find_speakers(captions: Sequence[Sequence[str]], *, every: bool = False) -> frozenset[str]:
    """Names in labels that are speakers.

    Args:
        captions: The lines of every caption, without markup.
        every: Take every label for a speaker but sounds, notices and clauses.
    """
    found = list(_candidates(captions))
    if not found:
        return frozenset()
    labels = _collected(found)
    if every:
        return frozenset(name for kind, name in labels if _may_name(kind, name, every=True))
    alone = _alone(captions)
    spelled_small, in_capitals = _habits([_speech(line) for lines in captions for line in lines])
    accepted = set[str]()
    in_small_text: dict[str, _Label] = {}
    groups: dict[str, dict[str, _Label]] = {}
    for (kind, name), label in labels.items():
        if not _may_name(kind, name) or (kind == "bracket" and name in alone):
            continue
        if is_numbered_role(name) or kind == "bracket-colon" or (label.marked and kind == "colon"):
            accepted.add(name)
            continue
        if not (label.openings["sentence"] or label.openings[""]) or not label.begins:
            continue
        case = _case(name)
        if kind == "colon" and case == "capitals" and not in_capitals:
            in_small_text[name] = label
        elif case == "title" and len(label.captions) < 3 and name.casefold() in spelled_small:
            continue
        else:
            groups.setdefault(kind, {})[name] = label
    if len(captions) <= _FEW or sum(len(label.captions) for label in in_small_text.values()) > 1:
        accepted |= in_small_text.keys()  # one alone in a long file is no habit
    for form, group in groups.items():
        sure = {name: label for (kind, name), label in labels.items() if name in accepted and kind == form}
        if _take_turns(group | sure, len(captions)):
            accepted |= group.keys()
    return frozenset(accepted)


def _candidates(captions: Sequence[Sequence[str]]) -> Iterable[tuple[int, bool, LabelCandidate]]:
    """Caption, whether a turn can begin there, and label of every line that has the form of one."""
    before = ""
    for index, lines in enumerate(captions):
        for number, line in enumerate(lines):
            if LABEL_MARKS.search(line) is not None:
                dash = split_dash(line)
                marked = dash.startswith((">", "＞"))
                candidate = label_candidate(line if marked else line[len(dash) :])
                if candidate is not None:
                    yield index, bool(not number or dash or _ENDED.search(before)), candidate
            before = line


def _speech(line: str) -> str:
    """A line without what may be its label, whose capitals say nothing of the file's."""
    if LABEL_MARKS.search(line) is None:
        return line
    text = line.removeprefix(split_dash(line))
    candidate = label_candidate(text)
    return text[candidate.start :] if candidate else text


def _collected(found: Iterable[tuple[int, bool, LabelCandidate]]) -> dict[tuple[str, str], _Label]:
    labels: dict[tuple[str, str], _Label] = {}
    for caption, begins, candidate in found:
        label = labels.setdefault((candidate.kind, candidate.name), _Label())
        label.captions.append(caption)
        label.openings[candidate.opens] += candidate.is_spaced
        label.begins += begins
        label.marked += candidate.is_marked
    return labels


def _may_name(kind: str, name: str, *, every: bool = False) -> bool:
    """Whether a text could name a speaker at all."""
    if is_numbered_role(name):
        return True
    if is_notice(name) or begins_a_clause(name) or (kind != "colon" and is_sound(name)):
        return False
    return every or _case(name) in ("capitals", "title") or (_case(name) == "none" and _is_short(name))


def _case(name: str) -> str:
    """Case of a name: "capitals", "title", "none" in a script that has no capitals, or "otherwise"."""
    letters = [char for char in name if char.isalpha()]
    if not any(char.upper() != char.lower() for char in letters):
        return "none" if letters else "otherwise"
    tokens = [token for token in re.split(r"[\s_/&,()-]+", name) if _LETTER.search(token)]
    if len(tokens) > _MOST_TOKENS:
        return "otherwise"
    if all(char.upper() == char for char in letters):
        return "capitals" if len(letters) > 1 else "otherwise"
    begins = [token.lstrip("'’")[:1] for token in tokens]
    small = [token for token, first in zip(tokens, begins, strict=True) if first.lower() == first]
    if len(small) == len(tokens) or not all(map(is_particle, small)):
        return "otherwise"
    return "title" if len(letters) > 1 else "otherwise"


def _is_short(name: str) -> bool:
    """Whether a name in a script without capitals is as short as a name: two words, or a few characters."""
    tokens = name.split()
    return (
        len(tokens) <= _MOST_CASELESS_TOKENS
        and all(len(token) <= 2 * _MOST_UNSPACED for token in tokens)
        and (len(tokens) > 1 or len(name) <= _MOST_UNSPACED or not _is_han_or_kana(name))
    )


def _is_han_or_kana(name: str) -> bool:
    return any("\u3040" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" for char in name)


def _alone(captions: Sequence[Sequence[str]]) -> frozenset[str]:
    """Texts in brackets that fill a line: sounds do, and names before speech do not."""
    lines = (line.strip(" ♪-–—") for lines in captions for line in lines)
    return frozenset(
        line[1:-1].strip() for line in lines if line[:1] in "[(（【［" and line[-1:] in "])）】］" and len(line) > 2
    )


def _habits(texts: Sequence[str]) -> tuple[frozenset[str], bool]:
    """Words that the file writes small, and whether it writes everything in capitals."""
    joined = "\n".join(texts)
    small = frozenset(word for word in _LOWER_WORD.findall(joined) if word.islower())
    upper = sum(char.isupper() for char in joined)
    lower = sum(char.islower() for char in joined)
    return small, bool(upper) and upper >= _SHARE_OF_CAPITALS * (upper + lower) and lower < upper


def _take_turns(group: dict[str, _Label], captions: int) -> bool:
    """Whether the labels of one form mark turns: several names, one of them again, and neighbours that differ."""
    again = [name for name, label in group.items() if len(label.captions) > 1]
    is_caseless = all(_case(name) == "none" for name in group)  # there a clause looks like a name
    if len(group) < 2 or len(again) < (2 if is_caseless else 1):
        return False
    order = sorted((caption, name) for name, label in group.items() for caption in label.captions)
    changes = sum(one != other for (_, one), (_, other) in pairwise(order))
    if changes >= _SHARE_OF_CHANGES * (len(order) - 1):
        return True
    return len({caption for caption, _ in order}) >= _SHARE_LABELLED * captions
