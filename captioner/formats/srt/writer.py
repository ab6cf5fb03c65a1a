"""SubRip, `.srt`: numbered cues, comma milliseconds, UTF-8 without BOM, LF.

SRT has no escapes, so three things in the text are replaced by look-alikes instead of being eaten by a player: `<` and
`>` become `‹ ›` where a `<` has a `>` after it in the caption or touches a letter, braces become `｛ ｝`, and `-->`
becomes `→`. A `<` that no reader takes for a tag, as in `a < b`, stays. A label is printed where the layout set one;
there is no speaker field.

Source: the format as the SubRip program writes it (there is no standard); tags and braces as FFmpeg's and pysubs2's
readers take them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from captioner.formats.capabilities import ALL_STYLING, NINE_PLACES
from captioner.formats.render_context import Context
from captioner.formats.text.bidi import has_rtl, is_rtl_language, with_direction_marks
from captioner.formats.text.charset import Charset, contains_all
from captioner.formats.text.cue_text import printed_lines
from captioner.formats.text.markup import html_breaks_as_lines
from captioner.formats.text.styled_runs import StyledRun, has_styling, printed_runs
from captioner.formats.text.time_line import parse_time_line
from captioner.model import Cue
from captioner.timecode import ms_to_srt

__all__ = ["SUPPORTS", "charset", "patch_block", "render"]

#: Tags and `{\\an8}` are conventions that players know and some editors and platforms show no trace of.
SUPPORTS = ALL_STYLING | NINE_PLACES

_TAG_START = re.compile(r"<(?=/?[^\W\d_])")
_ANGLES = str.maketrans("<>", "‹›")
_MARKUP = re.compile("[<{}]|-->")
_BRACES = str.maketrans("{}", "｛｝")


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write SRT; a cue without text is left out.

    Raises:
        FormatError: A time of 100 hours or more.
    """
    rtl = is_rtl_language(context.language)
    blocks: list[str] = []
    for cue in cues:
        text = _tagged(cue, context, rtl=rtl) if has_styling(cue) else _plain(cue, context, rtl=rtl)
        if text:
            if cue.placement is not None and (key := cue.placement.nearest.numpad) != 2:
                text = f"{{\\an{key}}}{text}"
            times = f"{ms_to_srt(cue.start_ms)} --> {ms_to_srt(cue.end_ms)}"
            blocks.append(f"{len(blocks) + 1}\n{times}\n{text}\n")
    return "\n".join(blocks).encode("utf-8")


def _plain(cue: Cue, context: Context, *, rtl: bool) -> str:
    text = _safe("\n".join(printed_lines(cue)))
    if rtl or has_rtl(text):
        return "\n".join(with_direction_marks(line, rtl=rtl, marks=context.rtl_marks) for line in text.split("\n"))
    return text


def _tagged(cue: Cue, context: Context, *, rtl: bool) -> str:
    """The lines of a cue with tags, each line's closed on it; beside tags no angle bracket is safe."""
    lines = []
    for runs in printed_runs(cue):
        text = "".join(map(_run, runs))
        shown = "".join(run.text for run in runs)
        before, _, after = with_direction_marks(shown, rtl=rtl, marks=context.rtl_marks).partition(shown)
        lines.append(f"{before}{text}{after}")
    return "\n".join(lines)


def _run(run: StyledRun) -> str:
    text = _safe(run.text).translate(_ANGLES)
    look = run.look
    for on, tag in ((look.underline, "u"), (look.bold, "b"), (look.italic, "i")):
        text = f"<{tag}>{text}</{tag}>" if on else text
    return f'<font color="{look.colour}">{text}</font>' if look.colour else text


def charset(texts: Sequence[str]) -> Charset:
    """SRT lacks no character and replaces what a reader would take for markup."""
    return Charset("SRT", contains_all, _replaced)


def _replaced(text: str) -> list[tuple[str, str]]:
    if not _MARKUP.search(text):
        return []
    before, after = text.replace("-->", "→"), _safe(text)
    return [("-->", "→")] * text.count("-->") + [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]


def _safe(text: str) -> str:
    """Replace what a reader would take for markup; works on the whole cue, because a tag may span lines."""
    if "-->" in text:
        text = text.replace("-->", "→")
    if "<" in text:
        first, last = text.find("<"), text.rfind(">")
        if first < last:  # FFmpeg takes any text between the two for a tag, `<3>` and `<00:01>` too
            text = text[:first] + text[first : last + 1].translate(_ANGLES) + text[last + 1 :]
        text = _TAG_START.sub("‹", text)
    if "{" in text or "}" in text:
        text = text.translate(_BRACES)
    return text


def patch_block(lines: Sequence[str], times: int, *, number: int, cue: Cue, keep_text: bool) -> list[str]:
    """The lines of one cue of a file with its new number and times, and with its text unless it stays as written."""
    found = parse_time_line(lines[times])
    behind = found.settings if found else ""
    below = [found.text] if found and found.text else []
    text = [*below, *lines[times + 1 :]]
    if keep_text:
        text = html_breaks_as_lines("\n".join(text)).split("\n")
    else:
        text = _safe("\n".join(line.printed for line in cue.lines)).split("\n")
    while text and not text[-1].strip():
        text = text[:-1]
    return [str(number), f"{ms_to_srt(cue.start_ms)} --> {ms_to_srt(cue.end_ms)}{behind}", *text, ""]
