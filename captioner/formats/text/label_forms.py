"""Forms in which speakers are written in the text of captions: dashes, `>>`, `NAME:`, `[Name]`.

Source: the BBC, Netflix and DCMP guides and YouTube's broadcast sample for the forms; WhisperX for `[SPEAKER_00]:`.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

__all__ = ["LABEL_MARKS", "LabelCandidate", "label_candidate", "split_dash"]

# A dash before another dash is a broken off word, one right before a digit a minus.
_DASH = re.compile(r"(?:(?:[-–—―‐‑−－]|>>>?|＞＞)(?![-–—―‐‑−－>＞])(?![0-9])|[-–—] (?=[0-9]))[ \u00a0\u3000]?(?=\S)")
_CHEVRON = re.compile(r"(?:>>>?|＞＞)[ \u00a0]*")
#: A line without one of these has no label.
LABEL_MARKS = re.compile("[:：\\])）】］]")
_COLON = re.compile(r"(?P<name>[^\W\d](?:[\w .,'’·・&#/()\-]{0,38}[\w.)])?) ?(?:：|:(?=\s|[^\W\d]))(?=\s*\S)")
_BRACKET = re.compile(r"[\[(（【［](?P<name>[^\[\](（）)【】［］\n]{1,30})[\])）】］](?P<colon>\s*[:：])?(?=\s*\S)")
_ASIDES = re.compile(r"^(?:\s*[\[(（［][^\])）］]*[\])）］])+")  # as in “[laughs] Not again!”
_OPENING = "\"'“”„‘’«»‹›¿¡([（［「『《♪♫#*-–—…. \u00a0\u3000"


class LabelCandidate(NamedTuple):
    """A text before the speech that has the form of a label.

    Attributes:
        kind: `Name:`, `[Name]`, or both, as in `[Name]:`.
        name: The name in it.
        label: As written, without the space after it; `>>` before it belongs to it.
        start: Where the speech begins, counted from the label's first character.
        is_marked: Whether `>>` stands before it.
        opens: What the speech begins with: a letter that begins a sentence, one that does not, a digit, or no letter.
        is_spaced: Whether there is a space between label and speech, or a full-width mark.
    """

    kind: Literal["colon", "bracket", "bracket-colon"]
    name: str
    label: str
    start: int
    is_marked: bool
    opens: Literal["sentence", "lower", "digit", ""]
    is_spaced: bool


def split_dash(text: str) -> str:
    """The dash or `>>` that begins a line, with the space after it; "" without one."""
    match = _DASH.match(text)
    return match[0] if match else ""


def label_candidate(text: str) -> LabelCandidate | None:
    """Candidate for a label at the beginning of a line whose dash was taken off; None for any other text.

    A colon before a digit or a slash, as in times, scores and addresses, is no form of a label.
    """
    if LABEL_MARKS.search(text) is None:
        return None
    mark = _CHEVRON.match(text)
    at = mark.end() if mark else 0
    match = _COLON.match(text, at) or _BRACKET.match(text, at)
    if match is None:
        return None
    name = match["name"].strip()
    rest = text[match.end() :]
    speech = rest.lstrip()
    kind: Literal["colon", "bracket", "bracket-colon"] = "colon"
    if match.re is _BRACKET:
        kind = "bracket-colon" if match["colon"] else "bracket"
    is_spaced = speech != rest or text[match.end() - 1] in "：）］】" or kind == "bracket"
    start = match.end() + len(rest) - len(speech)
    return LabelCandidate(kind, name, text[: match.end()], start, mark is not None, _opening(speech), is_spaced)


def _opening(speech: str) -> Literal["sentence", "lower", "digit", ""]:
    first = _ASIDES.sub("", speech).lstrip(_OPENING)[:1]
    if first.isdigit():
        return "digit"
    if not first.isalpha():
        return ""
    return "lower" if first.islower() else "sentence"
