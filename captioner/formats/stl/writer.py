"""EBU STL, `.stl` (Tech 3264): the binary exchange file of broadcasters, Latin, Cyrillic or Greek.

Open subtitles here (DSC 0), which are drawn into the picture; `stl_teletext` writes the same file for teletext.

One code table serves a file: ISO 6937 for Latin, else ISO 8859-5 or 8859-7, whichever holds all of the text. Chinese,
Japanese, Korean, Thai, Hindi have no table, and programs order Arabic and Hebrew differently: these are refused.
Typographic signs with a plain spelling (`…`, `–`, `„`) are spelled plainly. The file does not say whether its labels
are drop-frame: they are as the picture's start time code is, and at 29.97 drop-frame when there is none, as in SCC.

Source: EBU Tech 3264-E, Specification of the EBU Subtitling data exchange format, sections 3-5 and appendices 2-3.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from captioner.errors import FormatError
from captioner.formats.capabilities import NINE_PLACES
from captioner.formats.frame_grid import FrameTimeline, frame_spans, frame_timeline
from captioner.formats.render_context import Context
from captioner.formats.text.charset import TYPOGRAPHY, Charset, missing_characters_error, substitutions_of
from captioner.formats.text.cue_text import clean, printed_lines, spoken_lines
from captioner.formats.text.styled_runs import printed_runs
from captioner.languages import language_of
from captioner.model import PLAIN, Cue, TextStyle
from captioner.timecode import nominal_rate

__all__ = ["ACCENTS", "CODECS", "ISO_6937", "SUPPORTS", "Display", "charset", "render", "render_for"]

#: See `capabilities`.
SUPPORTS = NINE_PLACES | {"italics", "underline"}

_NAME = "EBU STL"
_REMEDY = "choose ttml or ebu-tt-d"
_ROWS = 23  # MNR; the last line stands on the last row but one
_TEXT_BYTES = 112  # of the text field of a block; longer text goes on in extension blocks
_LAST_BLOCK = 0xFF
_MOST_BLOCKS = 0xEF
_MOST_SUBTITLES = 0x10000
_MOST_TEXT_BLOCKS = 99_999  # TNB has five digits
_NEW_LINE, _PAD = b"\x8a", b"\x8f"
_JUSTIFIED = {"left": 1, "centre": 2, "right": 3}

# Appendix 3; the languages of the code tables.
_LANGUAGE_CODES = {
    "sq": "01", "br": "02", "ca": "03", "hr": "04", "cy": "05", "cs": "06", "da": "07", "de": "08", "en": "09",
    "es": "0A", "eo": "0B", "et": "0C", "eu": "0D", "fo": "0E", "fr": "0F", "fy": "10", "ga": "11", "gd": "12",
    "gl": "13", "is": "14", "it": "15", "se": "16", "la": "17", "lv": "18", "lb": "19", "lt": "1A", "hu": "1B",
    "mt": "1C", "nl": "1D", "no": "1E", "nb": "1E", "nn": "1E", "oc": "1F", "pl": "20", "pt": "21", "ro": "22",
    "rm": "23", "sr": "24", "sk": "25", "sl": "26", "fi": "27", "sv": "28", "tr": "29", "wa": "2B", "be": "79",
    "bg": "77", "el": "70", "mk": "63", "ru": "56", "uk": "49",
}  # fmt: skip

# Appendix 2, table 00: the upper half of ISO 6937, and the accent that stands before its letter.
ISO_6937 = dict(
    zip(
        "¡¢£$¥§¤‘“«←↑→↓°±²³×µ¶·÷’”»¼½¾¿—¹®©™♪¬¦⅛⅜⅝⅞ΩÆĐªĦĲĿŁØŒºÞŦŊŉĸæđðħıĳŀłøœßþŧŋ",
        bytes.fromhex(
            "a1a2a3a4a5a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfd0d1d2d3d4d5d6d7dcdddedfe0e1e2e3e4e6e7e8e9ea"
            "ebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfe"
        ),
        strict=True,
    )
)
ISO_6937 |= {chr(code): code for code in range(0x20, 0x7F) if chr(code) != "$"} | {"Ω": 0xE0, "Ð": 0xE2}
ACCENTS = {
    "\u0300": (0xC1, "AEIOUaeiou"),
    "\u0301": (0xC2, "ACEILNORSUYZaceilnorsuyz"),
    "\u0302": (0xC3, "ACEGHIJOSUWYaceghijosuwy"),
    "\u0303": (0xC4, "AINOUainou"),
    "\u0304": (0xC5, "AEIOUaeiou"),
    "\u0306": (0xC6, "AGUagu"),
    "\u0307": (0xC7, "CEGIZcegz"),
    "\u0308": (0xC8, "AEIOUYaeiouy"),
    "\u030a": (0xCA, "AUau"),
    "\u0327": (0xCB, "CGKLNRSTcklnrst"),
    "\u0326": (0xCB, "STst"),  # the comma below of Romanian, for which the table has only the cedilla
    "\u030b": (0xCD, "OUou"),
    "\u0328": (0xCE, "AEIUaeiu"),
    "\u030c": (0xCF, "CDELNRSTZcdelnrstz"),
}
SMALL_G_CEDILLA = {"\u0123": b"\xc2g"}  # the accent of a small g stands above it (ISO 6937, table of letters)

# Numbers of the other code tables (CCT).
CODECS = {"01": "iso8859_5", "03": "iso8859_7"}

# Quotes and dashes that the ISO 8859 tables lack, in their plain spelling.
_PLAIN_8859 = {
    "iso8859_5": str.maketrans("“”«»’‘—", '""""\'\'-'),
    "iso8859_7": str.maketrans("“”—", '""―'),
}


@dataclass(frozen=True, slots=True)
class Display:
    """The display that the text fields are meant for.

    Attributes:
        standard: Display standard code (DSC).
        most_columns: Maximum number of characters in a row (MNC), or None for that of the longest line.
        rows: Rows one line takes.
        encoded: The bytes of a row from the number of its caption, its speaker, its columns, and its text encoded.
        looks: Whether italics and underlines have codes.
    """

    standard: str
    most_columns: int | None
    rows: int
    encoded: Callable[[int, str | None, int, bytes], bytes]
    looks: bool


_OPEN = Display("0", None, 1, lambda number, speaker, columns, text: text, looks=True)


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write EBU STL; a cue without text is left out.

    Raises:
        FormatError: A rate other than 25, 50, 29.97, 30, 59.94 or 60, a character without a code, more captions than
            16 bits count, or a time without a label.
    """
    return render_for(cues, context, _OPEN)


def render_for(cues: Sequence[Cue], context: Context, display: Display) -> bytes:
    """Write EBU STL for a way to display it.

    Raises:
        FormatError: As `render`, or what the display refuses.
    """
    shown = [cue for cue in cues if printed_lines(cue)]
    if len(shown) > _MOST_SUBTITLES:
        raise FormatError(f"{len(shown)} captions; {_NAME} counts to {_MOST_SUBTITLES}: split the file")
    timeline = frame_timeline(context, _rate(context), drop_by_default=True, name=_NAME)
    texts = [[_composed(line) for line in printed_lines(cue)] for cue in shown]
    table, encode = _code_table(texts)
    blocks: list[bytes] = []
    for number, (cue, lines, span) in enumerate(zip(shown, texts, frame_spans(shown, timeline.rate), strict=True)):
        speakers = [speaker for speaker, _ in spoken_lines(cue)]
        rows = [
            display.encoded(number + 1, speaker, len(line), text)
            for speaker, line, text in zip(speakers, lines, _encoded(number + 1, cue, encode, display), strict=True)
        ]
        text = (_NEW_LINE * display.rows).join(rows)
        blocks += _text_blocks(number, span, _place(number, cue, len(rows), display), text, timeline)
    if len(blocks) > _MOST_TEXT_BLOCKS:
        raise FormatError(f"{len(blocks)} blocks of text; {_NAME} counts to {_MOST_TEXT_BLOCKS}: split the file")
    columns = display.most_columns or max((len(line) for lines in texts for line in lines), default=40)
    first = next(frame_spans(shown, timeline.rate), (0, 0))[0]
    head = _general_block(
        context, timeline, display.standard + table, (len(blocks), len(shown)), min(columns, 99), first
    )
    return b"".join([head, *blocks])


def _encoded(number: int, cue: Cue, encode: Callable[[int, str], bytes], display: Display) -> Iterator[bytes]:
    """The lines of a cue in the code table, with the codes of italics and underlines."""
    for line in printed_runs(cue):
        yield b"".join(_run(encode(number, _composed(run.text)), run.look if display.looks else PLAIN) for run in line)


def _run(text: bytes, look: TextStyle) -> bytes:
    if look.underline:
        text = b"\x82" + text + b"\x83"
    return b"\x80" + text + b"\x81" if look.italic else text


def _place(number: int, cue: Cue, lines: int, display: Display) -> tuple[int, int]:
    """Row of the first line (VP) and justification (JC); an unusual place is kept as near as rows and sides can say."""
    side = cue.placement.side if cue.placement else "centre"
    return _row(number, cue, lines, display), _JUSTIFIED[side]


def _row(number: int, cue: Cue, lines: int, display: Display) -> int:
    """The row of the first line (VP): with it the last line ends on row 22, or in double height on row 23."""
    lowest = _ROWS - lines * display.rows + (display.rows - 1)
    if lowest < 1 and display.rows > 1:
        raise FormatError(
            f"caption {number + 1} has {lines} lines, {_NAME} teletext has room for {_ROWS // 2}; lay out again"
        )
    where = cue.placement.row if cue.placement else "bottom"
    return max(1, {"bottom": lowest, "middle": (lowest + 1) // 2, "top": 1}[where])


def charset(texts: Sequence[str]) -> Charset:
    """The characters of the code table that a file of these texts gets."""
    table, encode = _code_table([list(map(_composed, texts))])
    respelled = substitutions_of(TYPOGRAPHY, _PLAIN_8859.get(CODECS.get(table, ""), {}))
    return Charset(_NAME, lambda char: _holds(encode, char.translate(TYPOGRAPHY)), respelled)


def _composed(line: str) -> str:
    """A line in plain spelling whose characters are its columns: accents stand on their letters."""
    return unicodedata.normalize("NFC", line.translate(TYPOGRAPHY))


def _rate(context: Context) -> Fraction:
    """The rate of the labels: 25 for 25 and 50 (and for sound alone), 30 or 29.97 for the others."""
    picture = context.frame_rate or Fraction(25)
    nominal = nominal_rate(picture)
    if nominal in (25, 50):
        return Fraction(25)
    if nominal in (30, 60):
        return picture * 30 / nominal
    raise FormatError(f"{_NAME} counts 25 or 30 frames a second and this picture has {float(picture):g}; choose ttml")


def _code_table(texts: Sequence[Sequence[str]]) -> tuple[str, Callable[[int, str], bytes]]:
    """Number and encoder of the table that holds most of the characters of a file; Latin of equals."""
    characters = {char for lines in texts for line in lines for char in line}
    tables: list[tuple[str, Callable[[int, str], bytes]]] = [("00", _encode_6937)]
    tables += [(number, partial(_encode_8859, codec)) for number, codec in CODECS.items()]
    return max(tables, key=lambda table: sum(_holds(table[1], char) for char in characters))


def _holds(encode: Callable[[int, str], bytes], char: str) -> bool:
    try:
        encode(0, char)
    except FormatError:
        return False
    return True


def _encode_8859(codec: str, number: int, line: str) -> bytes:
    plain = unicodedata.normalize("NFC", line).translate(_PLAIN_8859[codec])
    try:
        return plain.encode(codec)
    except UnicodeEncodeError as error:
        unknown = plain[error.start : error.end]
        raise missing_characters_error(number, unknown, _NAME, f"it has one alphabet a file, {_REMEDY}") from error


def _encode_6937(number: int, line: str) -> bytes:
    codes = [(char, _code_6937(char)) for char in unicodedata.normalize("NFC", line)]
    if unknown := "".join(char for char, code in codes if not code):
        raise missing_characters_error(number, unknown, _NAME, _REMEDY)
    return b"".join(code for _, code in codes)


def _code_6937(char: str) -> bytes:
    """Code of a character, empty when it has none."""
    if char in ISO_6937:
        return bytes([ISO_6937[char]])
    if char in SMALL_G_CEDILLA:
        return SMALL_G_CEDILLA[char]
    base, accent = (*unicodedata.normalize("NFD", char), "")[:2]
    code, letters = ACCENTS.get(accent, (0, ""))
    return bytes([code, ord(base)]) if base in letters else b""


def _text_blocks(
    number: int, span: tuple[int, int], place: tuple[int, int], text: bytes, timeline: FrameTimeline
) -> list[bytes]:
    """The TTI blocks of a subtitle, 128 bytes each."""
    pieces = [text[at : at + _TEXT_BYTES] for at in range(0, len(text), _TEXT_BYTES)]
    if len(pieces) > _MOST_BLOCKS:
        raise FormatError(f"caption {number + 1} is longer than {_NAME} holds in one subtitle; lay out again")
    start, end = (bytes(_digits(timeline.label(frame))) for frame in span)
    extensions = [*range(len(pieces) - 1), _LAST_BLOCK]
    return [
        struct.pack("<BHBB4s4sBBB", 0, number, extension, 0, start, end, *place, 0) + piece.ljust(_TEXT_BYTES, _PAD)
        for extension, piece in zip(extensions, pieces, strict=True)
    ]


def _digits(label: str) -> tuple[int, ...]:
    return tuple(int(label[at : at + 2]) for at in (0, 3, 6, 9))


def _general_block(
    context: Context, timeline: FrameTimeline, codes: str, counts: tuple[int, int], columns: int, first: int
) -> bytes:
    """The GSI block, 1024 bytes, with display standard and code table in `codes`.

    The dates are zeros of a kind: a writer that reads no clock has none to tell.
    """
    language = _LANGUAGE_CODES.get(language_of(context.language).code, "00")
    title = "".join(char if " " <= char <= "~" else "_" for char in clean(context.title))[:32]
    start, first_cue = ("".join(f"{part:02d}" for part in _digits(timeline.label(at))) for at in (0, first))
    fields = (
        ("850", 3), (f"STL{nominal_rate(timeline.rate)}.01", 8), (codes, 3), (language, 2), (title, 32),
        ("", 32), ("", 32), ("", 32), ("", 32), ("", 32), ("", 16), ("000101", 6), ("000101", 6), ("00", 2),
        (f"{counts[0]:05d}", 5), (f"{counts[1]:05d}", 5), ("001", 3), (f"{columns:02d}", 2), (f"{_ROWS:02d}", 2),
        ("1", 1), (start, 8), (first_cue, 8), ("1", 1), ("1", 1), ("", 3), ("", 32), ("", 32), ("", 32), ("", 75),
        ("", 576),
    )  # fmt: skip
    return "".join(value.ljust(size) for value, size in fields).encode("ascii")
