"""Applies a style's typography to finished lines: punctuation, spacing, ellipses, digits, dashes, labels.

The one rule: only printed text changes, never the transcript and its tokens; and a change that would make a line wider
than the style allows is left out on that line.

Sources: Netflix Chinese and Japanese guides (a space instead of comma and full stop; digits); GB/T 15834 for the
functions of the marks; W3C CLREQ for spaces between Chinese and Latin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from captioner.layout.lexicon import LanguageProfile, detect_language, language_profile
from captioner.layout.width import columns
from captioner.model import Cue, Line
from captioner.style import Style

__all__ = ["apply_typography", "typeset_text"]

_HAN = "\u3005-\u3007\u3041-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN_LATIN = f"(?<=[{_HAN}]) +(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%]) +(?=[{_HAN}])"
_HAN_LATIN_TIGHT = f"(?<=[{_HAN}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?=[{_HAN}])"
_CLOSERS = "”’」』》〉）】"
_ZH_PAUSE = re.compile(f"[，。](?=[{_CLOSERS}])|[，。、]+$|[，。]+")
_ZH_DOUBLED = re.compile("？！+|！+？")
_JA_PAUSE = re.compile(f"[、。](?=[{_CLOSERS}])|[、。]+$|。|、")
_JA_AFTER = re.compile(rf"(?<=[？！])(?=[^\s\u3000？！{_CLOSERS}])")
_DOTS = re.compile(r"(?<!\.)\.{3,}(?!\.)|…{2,}|⋯+|。{3,}|・{3,}")
_DIGITS_WIDE = re.compile("[０-９]+")
_DIGITS = re.compile("(?<![0-9０-９.,:A-Za-z])[0-9０-９](?![0-9０-９.,:%A-Za-z])")
_TO_HALF = str.maketrans("０１２３４５６７８９", "0123456789")
_TO_FULL = str.maketrans("0123456789", "０１２３４５６７８９")

_VERBATIM = {
    "label_case": "keep",
    "punctuation": "faithful",
    "cjk_latin_space": "keep",
    "ellipsis": "keep",
    "numbers": "keep",
}

_ROUNDS = 2  # a change that did not fit at first may fit when another one has made room

_Change = Callable[[str, LanguageProfile, Style], str]


def apply_typography(
    cues: Sequence[Cue], style: Style, language: str = "", *, applied_before: bool = False
) -> tuple[Cue, ...]:
    """Apply the style's typography.

    Args:
        cues: Captions as laid out.
        style: The whole profile; each line takes the preferences of its own language.
        language: Tag of the captions; it is combined with the script of each line.
        applied_before: Whether typography may have been applied already. In the streaming style a space between Chinese
            and Latin may then be a pause that was a comma, so it is kept.
    """
    if is_verbatim(style) and not any(line.dash for cue in cues for line in cue.lines):
        return tuple(cues)
    return tuple(_cue(cue, style, language, applied_before=applied_before) for cue in cues)


def is_verbatim(style: Style) -> bool:
    """Whether the style prints everything as recognised, in every language, so that nothing has to be changed."""
    base = {taste: getattr(style, taste) for taste in _VERBATIM}
    return all({**base, **{k: v for k, v in table.items() if k in base}} == _VERBATIM for table in _tables(style))


def _tables(style: Style) -> list[Mapping[str, object]]:
    """The tables of the style: none for its defaults, and each language's table."""
    return [{}, *style.languages.values()]


def typeset_text(text: str, style: Style, language: str = "") -> str:
    """Apply the typography to one line of text, whatever its width."""
    own = language_profile(detect_language(text, language))
    resolved = style.for_language(own.language)
    for change in _CHANGES:
        text = change(text, own, resolved)
    return text


def _cue(cue: Cue, style: Style, language: str, *, applied_before: bool) -> Cue:
    own = language_profile(detect_language(cue.text, language))
    resolved = style.for_language(own.language)
    if applied_before and resolved.punctuation == "streaming":
        resolved = replace(resolved, cjk_latin_space="keep")
    lines = tuple(_line(line, own, resolved) for line in _with_dashes(cue.lines, own, resolved))
    return cue if lines == cue.lines else replace(cue, lines=lines)


def _line(line: Line, own: LanguageProfile, style: Style) -> Line:
    if style.label_case == "upper":
        line = _if_it_fits(line, replace(line, label=line.label.upper()), own, style)
    changed = _apply_changes(line, own, style)
    if style.punctuation == "streaming":
        style = replace(style, cjk_latin_space="keep")  # from here on a space may be a pause
    for _ in range(_ROUNDS):
        changed = _apply_changes(changed, own, style)
    return changed


def _apply_changes(line: Line, own: LanguageProfile, style: Style) -> Line:
    for change in _CHANGES:
        line = _if_it_fits(line, replace(line, text=change(line.text, own, style)), own, style)
    return line


def _with_dashes(lines: tuple[Line, ...], own: LanguageProfile, style: Style) -> tuple[Line, ...]:
    """The lines of a shared caption with the style's dashes; on both lines or on none.

    A dash on the first line alone opens a turn that goes on in the second.
    """
    if len(lines) != 2 or not lines[1].dash:
        return lines
    dashed = (replace(lines[0], dash=style.dash_first), replace(lines[1], dash=style.dash_second))
    fit = all(_if_it_fits(line, new, own, style) is new for line, new in zip(lines, dashed, strict=True))
    return dashed if fit else lines


def _if_it_fits(line: Line, new: Line, own: LanguageProfile, style: Style) -> Line:
    """The changed line if it is no wider than allowed, or than before."""
    if not new.text.strip():
        return line
    wide = columns(new.printed, wide_ambiguous=own.wide_ambiguous)
    limit = max(style.max_columns, columns(line.printed, wide_ambiguous=own.wide_ambiguous))
    return new if wide <= limit else line


def _spacing(text: str, own: LanguageProfile, style: Style) -> str:
    if own.counting not in ("zh", "ja") or style.cjk_latin_space == "keep":
        return text
    tight = _pattern(_HAN_LATIN).sub("", text)
    return tight if style.cjk_latin_space == "none" else _pattern(_HAN_LATIN_TIGHT).sub(" ", tight)


@cache
def _pattern(expression: str) -> re.Pattern[str]:
    """Compile a pattern on first use: these take 3 ms each, and few lines need them."""
    return re.compile(expression)


def _ellipsis(text: str, own: LanguageProfile, style: Style) -> str:
    if style.ellipsis == "single":
        return _DOTS.sub("…", text)
    return re.sub("…+", "...", text) if style.ellipsis == "dots" else text


def _punctuation(text: str, own: LanguageProfile, style: Style) -> str:
    if style.punctuation != "streaming":
        return text
    if own.counting == "zh":
        return _ZH_DOUBLED.sub("？", _ZH_PAUSE.sub(_zh_pause, text)).strip(" ")
    if own.counting == "ja":
        return _JA_PAUSE.sub(_ja_pause, text).strip(" \u3000")
    return text


def _zh_pause(match: re.Match[str]) -> str:
    return " " if match.end() < len(match.string) and match.string[match.end()] not in _CLOSERS else ""


def _ja_pause(match: re.Match[str]) -> str:
    if match.end() == len(match.string) or match.string[match.end()] in _CLOSERS:
        return ""
    return "\u3000" if match[0][-1] == "。" else " "


def _after_marks(text: str, own: LanguageProfile, style: Style) -> str:
    """Japanese: a question or exclamation mark inside a line is followed by a full-width space."""
    return _JA_AFTER.sub("\u3000", text) if style.punctuation == "streaming" and own.counting == "ja" else text


def _numbers(text: str, own: LanguageProfile, style: Style) -> str:
    if style.numbers == "keep":
        return text
    text = _DIGITS_WIDE.sub(lambda match: match[0].translate(_TO_HALF), text)
    if style.numbers == "ja" and own.counting == "ja":
        return _DIGITS.sub(lambda match: match[0].translate(_TO_FULL), text)
    return text


_CHANGES: tuple[_Change, ...] = (_spacing, _ellipsis, _punctuation, _after_marks, _numbers)
