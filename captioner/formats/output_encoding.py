"""Changes encoding and line ends of a rendered file.

Every writer gives UTF-8 without BOM and LF (CSV has CRLF, by its RFC). What a format's own definition rules out is
refused: WebVTT and JSON are UTF-8, XML says so in its first line, STL and SCC are what they are.
"""

from __future__ import annotations

from captioner.errors import ConfigError
from captioner.formats.format_row import Format
from captioner.formats.render_context import Encoding, Newline

__all__ = ["ENCODINGS", "NEWLINES", "encode"]

ENCODINGS: dict[Encoding, tuple[str, bytes]] = {
    "utf-8": ("utf-8", b""),
    "utf-8-sig": ("utf-8", b"\xef\xbb\xbf"),
    "utf-16le": ("utf-16-le", b"\xff\xfe"),  # with its mark: without one, readers take it for something else
    "gb18030": ("gb18030", b""),  # all of Unicode, and GBK readers still read Chinese
}
NEWLINES: dict[Newline, str] = {"lf": "\n", "crlf": "\r\n"}


def encode(data: bytes, format_: Format, *, encoding: Encoding = "utf-8", newline: Newline = "lf") -> bytes:
    """Change encoding and line ends of what a writer gave; nothing is lost, each encoding holds all of Unicode.

    Raises:
        ConfigError: The format cannot be had that way.
    """
    if encoding != "utf-8" and encoding not in format_.encodings:
        takes = ", ".join(format_.encodings) or "the bytes of its standard only"
        raise ConfigError(f"{format_.name} cannot be written in {encoding}; it takes {takes}")
    if newline != "lf" and not format_.line_ends:
        raise ConfigError(f"{format_.name} has line ends of its own; leave them as they are")
    if encoding == "utf-8" and newline == "lf":
        return data
    text = data.decode("utf-8")
    if newline != "lf":
        text = text.replace("\n", NEWLINES[newline])
    codec, mark = ENCODINGS[encoding]
    return mark + text.encode(codec)
