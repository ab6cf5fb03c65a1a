"""Lines of times of SRT and WebVTT as people and programs write them: `00:00:01,000 --> 00:00:02,000` and its kin.

Read are times without milliseconds, with more than three digits, with floats for milliseconds, without hours, with
frames; other arrows; digits, colons and spaces of other scripts; marks that cannot be seen; letters for digits.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import NamedTuple

__all__ = ["TimeLine", "looks_like_times", "parse_time_line", "plain_text", "time_ms"]

_PLAIN = re.compile(
    r"[^\S\n]*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{3})[^\S\n]*-->[^\S\n]*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{3})"
    r"(?:(?=[^\S\n])(.*))?$",
    re.ASCII,
)
_NUMBER = r"-?\s?\d{1,15}(?:[eE]-?\d{1,3})?"
_SEPARATOR = r"\s?[:;.,'’]\s?"
_TIME = rf"-?\s?\d{{1,9}}(?:{_SEPARATOR}{_NUMBER}){{1,5}}"
_ARROW = r"(?:[-=~]{0,4}\s?[-=~]?>{1,2}|-{2,4})"
_LOOSE = re.compile(rf"\s*({_TIME})(?:\s*({_ARROW}|-)\s*|(\s))({_TIME})(?=\s|$)(.*)$")
_BEGIN = re.compile(rf"\s*({_TIME})\s*{_ARROW}")
# Times with an arrow between them, however badly they are written.
_LOOKS = re.compile(
    r"\s*-?\s?[\dOoIlSB|]{1,3}\s?[:;.]\s?[\w|]{1,3}.{0,24}?[-=~]\s?>|\s*[^\s-]{0,20}\s*-{1,3}\s?>\s*[\w|]{1,3}\s?[:;]\s?[\w|]{1,3}\b"
)
_WITH_MS = re.compile(r"[,.]\s?\d{3}$")
_MINUS = re.compile(r"(^\s*|>\s*)-(?=\d)")
_GROUP = re.compile(r"([:;.,'’]?)\s?(-?)\s?(\d+)(?:[eE](-?\d+))?")
_LETTERS = str.maketrans("OoIl|", "00111")
_SIGNS = str.maketrans({
    "–": "-", "—": "-", "―": "-", "−": "-", "‐": "-", "‑": "-", "﹣": "-", "─": "-", "→": "-->", "⇒": "-->", "⟶": "-->",
    "›": ">", "»": ">", "、": ",", "。": ".", "٫": ".", "٬": ",", "،": ",", "\u00a0": " ", "\u202f": " ", "\u3000": " ",
})  # fmt: skip
_COORDINATES = re.compile(r"\s*(?:[XY]\d\s?:\s?-?\d+\s*)+$|\s*(?:[a-z-]{4,9}:\S+\s*)+$", re.IGNORECASE)


class TimeLine(NamedTuple):
    """The times of a caption, read from their line.

    Attributes:
        start_ms: As written; may be negative.
        end_ms: As written.
        settings: What stands behind the times and is no text: coordinates, or settings of WebVTT.
        text: Text that stands behind the times on the same line, or "".
        is_usual: Whether the line is written as SRT or WebVTT writes it.
        is_certain: Whether there is one way to read it.
        has_frames: Whether a time ends in frames.
    """

    start_ms: int
    end_ms: int
    settings: str = ""
    text: str = ""
    is_usual: bool = True
    is_certain: bool = True
    has_frames: bool = False


def plain_text(line: str) -> str:
    """A line with plain digits, colons, spaces and arrows, and without marks that cannot be seen."""
    if line.isascii():
        return line.replace("&gt;", ">")
    kept = "".join(char for char in line.translate(_SIGNS) if unicodedata.category(char) != "Cf")
    plain = unicodedata.normalize("NFKC", kept).translate(_SIGNS)
    digits = (str(unicodedata.decimal(char)) if char.isdecimal() else char for char in plain)
    return "".join(digits).replace("&gt;", ">")


def parse_time_line(
    line: str, rate: Fraction | None = None, *, is_alone: bool = True, may_be_short: bool = False
) -> TimeLine | None:
    """The times of a line, or None where it is not a line of times.

    Args:
        line: As written.
        rate: Frames a second of times that end in frames; 25 without one.
        is_alone: Whether it stands where a caption begins: elsewhere a dash is an arrow only between times with
            milliseconds.
        may_be_short: Whether `01:30` is a minute and a half; elsewhere it may be a time of day.
    """
    if (match := _PLAIN.match(line)) is not None:
        return TimeLine(_whole_ms(match, 1), _whole_ms(match, 5), *_behind(match[9] or ""))
    plain = plain_text(line)
    match = _LOOSE.match(plain) or _LOOSE.match(_digits_for_letters(plain))
    if match is None:
        return _begin_only(plain) if is_alone else None
    if (match[2] or "-").strip("-") == "" and not _are_times(match[1], match[4], match[5], is_alone=is_alone):
        return None
    is_short = may_be_short and ">" in (match[2] or "") and not match[5].strip()
    start, end = (_ms(match[place], rate, may_be_short=is_short) for place in (1, 4))
    if start is None or end is None:
        return None
    frames = _has_frames(match[1]) or _has_frames(match[4])
    usual = _PLAIN.match(_MINUS.sub(r"\1", line)) is not None  # times before zero are told by what becomes of them
    return TimeLine(start, end, *_behind(match[5]), is_usual=usual, is_certain=not frames, has_frames=frames)


def _are_times(one: str, other: str, behind: str, *, is_alone: bool) -> bool:
    """Whether two times without an arrow are those of a caption."""
    has_ms = all(_WITH_MS.search(time) for time in (one, other))
    return _is_whole(one) and not behind.strip() and (is_alone or has_ms)


def _is_whole(time: str) -> bool:
    """Whether a time has hours, minutes and seconds, and is no time of day in a text."""
    return time.count(":") > 1


def looks_like_times(line: str) -> bool:
    """Whether a line was meant to hold times, whether or not they can be read."""
    return _LOOKS.match(plain_text(line)) is not None


def _behind(rest: str) -> tuple[str, str]:
    """Settings and text behind the times, one of them empty."""
    return (rest, "") if not rest.strip() or _COORDINATES.match(rest) else ("", rest.strip())


def _digits_for_letters(line: str) -> str:
    """A line with digits for the letters that are read for them, up to the end of the second time."""
    if ">" not in line:
        return line
    first, arrow, second = line.partition(">")
    time, space, rest = second.strip().partition(" ")
    return f"{first.translate(_LETTERS)}{arrow} {time.translate(_LETTERS)}{space}{rest}"


def _begin_only(plain: str) -> TimeLine | None:
    """A line of which only the begin can be read; it says no end."""
    match = _BEGIN.match(plain)
    start = _ms(match[1], None) if match and looks_like_times(plain) and match[1].count(":") else None
    return None if start is None else TimeLine(start, start, is_usual=False, is_certain=False)


def _whole_ms(match: re.Match[str], first: int) -> int:
    hours, minutes, seconds, ms = (int(part) for part in match.group(first, first + 1, first + 2, first + 3))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms


def _has_frames(text: str) -> bool:
    groups = _GROUP.findall(text)
    return len(groups) == 4 and groups[3][0] in ":;" and len(groups[3][2]) < 3


def time_ms(text: str) -> int | None:
    """Milliseconds of one time such as `1:02:03.500` or `-2.5`, or None where it cannot be read."""
    plain = text.strip().translate(_LETTERS)
    return _ms(plain, None) if re.fullmatch(_TIME, plain) else None


def _ms(text: str, rate: Fraction | None, *, may_be_short: bool = False) -> int | None:
    """Milliseconds of one time, or None where it has too many or too few parts.

    Args:
        text: As written.
        rate: Of the frames it may end in, or None for 25.
        may_be_short: Whether `01:30` is a minute and a half; elsewhere it may be a time of day.
    """
    groups = _GROUP.findall(text)
    negative = any(minus for _, minus, _, _ in groups)
    signs = ["." if sign in (".", ",", "'", "’") else ":" for sign, _, _, _ in groups[1:]]
    numbers = [number for _, _, number, _ in groups]
    exponent = next((int(power) for *_, power in groups if power), 0)
    if signs in ([".", ".", "."], [".", "."]):  # 00.00.01.500
        signs = [":", ":", "."][: len(signs)]
    places = 1 + len(signs) - signs[::-1].index(":") - 1 if ":" in signs else 0
    whole, fraction = numbers[: places + 1], numbers[places + 1 :]
    ms = _fraction_ms(fraction, exponent)
    if len(whole) == 4 and not fraction:
        whole, ms = whole[:3], _last_field(whole[3], rate)
    if ms is None or len(whole) > 3 or (len(whole) < 3 and not fraction and not (may_be_short and len(whole) == 2)):
        return None
    seconds = 0
    for number in whole:
        seconds = seconds * 60 + int(number)
    found = round(seconds * 1000 + ms)
    return -found if negative else found


def _last_field(number: str, rate: Fraction | None) -> Fraction:
    """Milliseconds of a fourth field: three digits are milliseconds, two are frames."""
    return Fraction(int(number)) if len(number) >= 3 else Fraction(int(number) * 1000) / (rate or 25)


def _fraction_ms(parts: list[str], exponent: int) -> Fraction | None:
    """Milliseconds of what stands behind the seconds: decimals, or milliseconds as a float."""
    if not parts:
        return Fraction(0)
    if len(parts) == 1:
        return Fraction(int(parts[0]) * 1000, 10 ** len(parts[0])) * Fraction(10) ** exponent
    if len(parts) > 2 or len(parts[0]) > 3:
        return None
    return (int(parts[0]) + Fraction(int(parts[1]), 10 ** len(parts[1]))) * Fraction(10) ** exponent
