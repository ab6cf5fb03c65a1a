"""Decodes the bytes of a text file, and says what had to be guessed or mended for it."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from captioner.errors import ConfigError, ReplyError

__all__ = ["DecodedText", "decode", "has_stray_zeros", "wide_encoding"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A text of which so few bytes are not UTF-8 is a damaged one and not another encoding, in which hardly any are.
_GOOD_FOR_ONE_BAD = 3
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.-]{1,40})[\"']")
_ZEROS = "bytes of zero in it are left out"
_LOOKED_AT = 4000  # bytes in which the zeros of a text of 16 or 32 bits show
_MOST_ZEROS = 0.05  # of the bytes of a text that is damaged; a binary file has more, or is no UTF-8
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A text and how it was decoded.

    Attributes:
        text: Without a byte order mark at its beginning.
        encoding: A name Python knows.
        is_guessed: Whether the bytes told it, because neither a mark nor the user did.
        note: What was guessed or mended, in a sentence, or "".
        line: Line of the first byte that was mended, counted from 1; 0 without one.
    """

    text: str
    encoding: str
    is_guessed: bool = False
    note: str = ""
    line: int = 0


def decode(data: bytes, encoding: str = "", language: str = "") -> DecodedText:
    """Decode a text file: by the user's word, by its byte order mark, as UTF-8, else by what its bytes look like.

    Args:
        data: The bytes.
        encoding: Name of the encoding, or "" to detect it.
        language: BCP 47 tag of the text, or ""; it decides where encodings fit equally well.

    Raises:
        ConfigError: The encoding is unknown.
        ReplyError: The bytes hold zeros and are not text.
    """
    if encoding:
        return _as_told(data, encoding)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _strict_or_mended(data[len(mark) :], name)
    if (declared := _declared(data)) is not None:
        return declared
    if b"\0" in data:
        return _wide(data)
    try:
        return DecodedText(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _damaged_utf_8(data) or _guessed(data, language)


def _declared(data: bytes) -> DecodedText | None:
    """The text of an XML file that names another encoding than UTF-8 and is in it."""
    match = _DECLARATION.match(data)
    name = match[1].decode("ascii").lower() if match else "utf-8"
    if name.startswith("utf"):
        return None
    try:
        return DecodedText(data.decode(name), name)
    except (LookupError, UnicodeDecodeError):
        return None


def wide_encoding(data: bytes) -> str:
    """UTF-16 or UTF-32 where a mark or the place of the zero bytes shows it, else ""."""
    for mark, name in _MARKS[1:]:
        if data.startswith(mark):
            return name
    head = data[:_LOOKED_AT]
    head = head[: len(head) // 4 * 4]
    if not head:
        return ""
    zeros = [head[at::4].count(0) * 4 / len(head) for at in range(4)]
    if zeros[2] > 0.9 and zeros[3] > 0.9 and zeros[0] < 0.1:
        return "utf-32-le"
    if zeros[0] > 0.9 and zeros[1] > 0.9 and zeros[3] < 0.1:
        return "utf-32-be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    name = "utf-16-le" if odd > even else "utf-16-be"
    # Numbers and times of captions are ASCII in every language, so a tenth of the bytes are zeros at the very least.
    return name if max(even, odd) > 0.15 and min(even, odd) < 0.02 and _is_clean(head, name) else ""


def has_stray_zeros(data: bytes) -> bool:
    """Whether a text in UTF-8 has a few zero bytes in it, as one from a broken disk."""
    if data.count(0) > _MOST_ZEROS * len(data) or not data.strip(b"\0 \r\n\t"):
        return False
    try:
        text = data.replace(b"\0", b"").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not _CONTROL.search(text)


def _is_clean(head: bytes, name: str) -> bool:
    text = head.decode(name, errors="replace")
    return len(_CONTROL.findall(text)) + text[:-1].count("\ufffd") == 0


def _as_told(data: bytes, encoding: str) -> DecodedText:
    try:
        codecs.lookup(encoding)
        text = data.decode(encoding, errors="replace").removeprefix("\ufeff")
    except (LookupError, ValueError) as error:  # some names Python knows are of no text
        raise ConfigError(
            f"input encoding {encoding!r} is unknown; give one such as utf-8, gb18030, big5, shift_jis or windows-1251"
        ) from error
    note, line = _replaced_note(text, data.decode("utf-8", errors="ignore"), f"no character of {encoding}")
    return DecodedText(text, encoding, note=note, line=line)


def _strict_or_mended(data: bytes, name: str) -> DecodedText:
    text = data.decode(name, errors="replace")
    if "\0" in text:
        return DecodedText(text.replace("\0", ""), name, note=_ZEROS)
    note, line = _replaced_note(text, data.decode(name, errors="ignore"), f"no character of {name.upper()}")
    return DecodedText(text, name, note=note, line=line)


def _replaced_note(text: str, sound: str, what: str) -> tuple[str, int]:
    """A note about places that could not be decoded, and the line of the first."""
    count = text.count("\ufffd") - sound.count("\ufffd")
    if count <= 0:
        return "", 0
    places = "one place is" if count == 1 else f"{count} places are"
    return f"{places} {what}, written as \ufffd", text[: text.index("\ufffd")].count("\n") + 1


def _wide(data: bytes) -> DecodedText:
    name = wide_encoding(data)
    if not name and has_stray_zeros(data):
        text = data.replace(b"\0", b"").decode("utf-8")
        return DecodedText(text, "utf-8", note=_ZEROS)
    if not name:
        raise ReplyError("is not a text file; give captions such as srt, vtt or ass")
    text = data.decode(name, errors="replace")
    note = f"has no byte order mark; it is read as {name.upper()}; --input-encoding sets another"
    note = f"{note}; {_ZEROS}" if "\0" in text else note
    return DecodedText(text.replace("\0", ""), name, is_guessed=True, note=note)


def _damaged_utf_8(data: bytes) -> DecodedText | None:
    """UTF-8 with a few bytes that are none; None where it is another encoding."""
    text = data.decode("utf-8", errors="replace")
    sequences = len(_SEQUENCE.findall(data))
    bad = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    if sequences < _GOOD_FOR_ONE_BAD * bad:
        return None
    note, line = _replaced_note(text, data.decode("utf-8", errors="ignore"), "no character of UTF-8")
    return DecodedText(text, "utf-8", note=note, line=line)


def _guessed(data: bytes, language: str) -> DecodedText:
    from captioner.formats.text.encoding_detection import TITLES, detect_encoding, is_same_in_all

    name = detect_encoding(data, language)
    text = data.decode(name, errors="replace")
    is_guessed = not is_same_in_all(data, text)
    note = f"is not UTF-8; its encoding is guessed to be {TITLES[name]}; --input-encoding sets another"
    if not is_guessed:
        note = f"is not UTF-8 but {TITLES[name]}"
    replaced, line = _replaced_note(text, data.decode(name, errors="ignore"), "no character of it")
    return DecodedText(text, name, is_guessed=is_guessed, note=f"{note}; {replaced}" if replaced else note, line=line)
