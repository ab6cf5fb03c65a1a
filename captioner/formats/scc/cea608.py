"""CEA-608 on the wire: the two bytes of a frame for text, rows and commands on channel 1.

A *word* is both bytes of one frame with odd parity; a *unit* is a run of words that must not be parted.
Source: 47 CFR 15.119 (commands, rows, standard and special characters); ANSI/CTA-608-E (extended characters).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = [
    "CHARACTERS",
    "CLEAR",
    "COLOURS",
    "COLUMNS",
    "ERASE",
    "EXTENDED_CHARACTERS",
    "LOAD",
    "ROWS",
    "ROW_OF_CODE",
    "SHOW",
    "SPECIAL_CHARACTERS",
    "Unit",
    "address_units",
    "has_odd_parity",
    "missing_characters",
    "text_units",
]

Unit = tuple[int, ...]

COLUMNS, ROWS = 32, 4
#: Of preamble and mid-row codes, in the order of their number; the eighth is italics.
COLOURS = ("#FFFFFF", "#00FF00", "#0000FF", "#00FFFF", "#FF0000", "#FFFF00", "#FF00FF")

# The standard set is ASCII but for these.
_STANDARD = {chr(code): code for code in range(0x20, 0x7F) if chr(code) not in "*\\^_`{|}~"}
_STANDARD |= dict(zip("áéíóúç÷Ññ█", (0x2A, 0x5C, 0x5E, 0x5F, 0x60, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F), strict=True))
#: Standard characters by their code.
CHARACTERS: Mapping[int, str] = {code: char for char, code in _STANDARD.items()}
_STANDARD |= {"’": 0x27}  # the apostrophe's shape in the standard set

_SPECIAL = dict(zip("®°½¿™¢£♪à", range(0x30, 0x39), strict=True)) | dict(zip("èâêîôû", range(0x3A, 0x40), strict=True))
#: Special characters by the second byte of their code; 0x39 is a transparent space.
SPECIAL_CHARACTERS: Mapping[int, str] = {code: char for char, code in _SPECIAL.items()} | {0x39: " "}

# Each extended character overwrites the standard one sent just before it, which older decoders show instead.
_EXTENDED = {
    0x12: ("ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»", 'AEOUUu\'!o\'-cs.""AACEEEeIIiOUuU""'),
    0x13: ("ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤│Åå Øø┌┐└┘".replace(" ", ""), "AaIIiOoOo()/'-!-AaOosYo!AaOo++++"),
}
_EXTENDED_CODES = {
    char: (first, 0x20 + at, ord(fallback))
    for first, (characters, fallbacks) in _EXTENDED.items()
    for at, (char, fallback) in enumerate(zip(characters, fallbacks, strict=True))
    if char not in _STANDARD
}
#: Extended characters by both bytes of their code.
EXTENDED_CHARACTERS: Mapping[tuple[int, int], str] = {
    (first, 0x20 + at): char for first, (characters, _) in _EXTENDED.items() for at, char in enumerate(characters)
}

# Preamble address codes of rows 1-15: first byte, and whether the second is in the upper block.
_ROW_CODES = (
    (0x11, 0x40), (0x11, 0x60), (0x12, 0x40), (0x12, 0x60), (0x15, 0x40), (0x15, 0x60), (0x16, 0x40), (0x16, 0x60),
    (0x17, 0x40), (0x17, 0x60), (0x10, 0x40), (0x13, 0x40), (0x13, 0x60), (0x14, 0x40), (0x14, 0x60),
)  # fmt: skip
#: Rows, counted from 1, by the first byte of a preamble address code and the block of the second.
ROW_OF_CODE: Mapping[tuple[int, int], int] = {code: row for row, code in enumerate(_ROW_CODES, 1)}


def has_odd_parity(byte: int) -> bool:
    """Whether the number of ones in a byte is odd, as line 21 sends it."""
    return byte.bit_count() % 2 == 1


def _word(first: int, second: int) -> int:
    return _with_parity(first) << 8 | _with_parity(second)


def _with_parity(byte: int) -> int:
    return byte if has_odd_parity(byte) else byte | 0x80


def _twice(first: int, second: int) -> Unit:
    """A command is sent twice, so that one lost frame does not lose it; decoders skip the second."""
    return (_word(first, second),) * 2


LOAD = _twice(0x14, 0x20)  # resume caption loading: what follows goes to the hidden screen
CLEAR = _twice(0x14, 0x2E)  # erase the hidden screen
ERASE = _twice(0x14, 0x2C)  # erase the screen that is shown
SHOW = _twice(0x14, 0x2F)  # swap the two


def missing_characters(text: str) -> str:
    """The characters of a text that CEA-608 has no code for."""
    return "".join(c for c in text if c not in _STANDARD and c not in _SPECIAL and c not in _EXTENDED_CODES)


def address_units(row: int, column: int) -> list[Unit]:
    """Move to a row (1-15) and a column (0-31): an address in steps of four columns, then a tab for the rest."""
    first, second = _ROW_CODES[row - 1]
    units = [_twice(first, second | 0x10 | column // 4 * 2)]
    return [*units, _twice(0x17, 0x20 + column % 4)] if column % 4 else units


def text_units(text: str) -> list[Unit]:
    """A row of text as units; two standard characters share a word, an odd one is filled up with a null."""
    units: list[Unit] = []
    half: int | None = None
    for char in text:
        code = _STANDARD.get(char)
        if code is not None and half is None:
            half = code
        elif code is not None and half is not None:
            units.append((_word(half, code),))
            half = None
        else:
            units.append((*_filled(half, char), *_coded(char)))
            half = None
    return units if half is None else [*units, (_word(half, 0),)]


def _filled(half: int | None, char: str) -> Iterable[int]:
    """Words before a special or extended character: the half word waiting, and the fallback it overwrites."""
    if char in _SPECIAL:
        return () if half is None else (_word(half, 0),)
    fallback = _EXTENDED_CODES[char][2]
    return (_word(fallback, 0),) if half is None else (_word(half, fallback),)


def _coded(char: str) -> Unit:
    if char in _SPECIAL:
        return _twice(0x11, _SPECIAL[char])
    first, second, _ = _EXTENDED_CODES[char]
    return _twice(first, second)
