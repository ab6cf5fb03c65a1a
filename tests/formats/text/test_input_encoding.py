"""Files that are not UTF-8 are read as what they are, and what had to be guessed is told."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest

from captioner.errors import ConfigError, ReplyError
from captioner.formats import ReadOptions, read
from captioner.formats.text.input_encoding import decode

SENTENCES = tomllib.loads((Path(__file__).parent / "sentences.toml").read_text("utf-8"))
IN_USE = [(tag, encoding) for tag, table in SENTENCES.items() for encoding in table["encodings"]]
FILES, CAPTIONS, FEW, MANY = 20, 20, 3, 300


def srt(texts: list[str]) -> str:
    times = [f"00:{number // 20:02d}:{number % 20 * 3:02d}" for number in range(len(texts))]
    return "\n".join(
        f"{number}\n{time},000 --> {time},900\n{text}\n"
        for number, (time, text) in enumerate(zip(times, texts, strict=True), 1)
    )


def files(tag: str, encoding: str, captions: int) -> list[tuple[str, bytes]]:
    """Files of that many captions, each in another order and choice of the sentences."""
    chance = random.Random(f"{tag} {encoding} {captions}")
    texts = [srt(chance.choices(SENTENCES[tag]["sentences"], k=captions)) for _ in range(FILES)]
    return [(text, text.encode(encoding)) for text in texts if not text.isascii()]


@pytest.mark.parametrize(("tag", "encoding"), IN_USE)
def test_files_of_twenty_captions_are_read_right(tag: str, encoding: str) -> None:
    wrong = [data for text, data in files(tag, encoding, CAPTIONS) if decode(data).text != text]
    assert len(wrong) <= FILES // 100


@pytest.mark.parametrize(("tag", "encoding"), IN_USE)
def test_files_of_three_captions_are_read_right_nearly_always_and_always_told(tag: str, encoding: str) -> None:
    found = [(decode(data), text) for text, data in files(tag, encoding, FEW)]
    assert all("is not UTF-8" in decoded.note for decoded, _ in found)
    assert sum(decoded.text != text for decoded, text in found) <= 1
    with_language = [decode(data, language=tag).text == text for text, data in files(tag, encoding, FEW)]
    assert sum(with_language) >= len(with_language) - 1


@pytest.mark.parametrize(("tag", "encoding"), IN_USE)
def test_long_files_are_read_right(tag: str, encoding: str) -> None:
    text = srt(random.Random(tag).choices(SENTENCES[tag]["sentences"], k=MANY))
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("tag", SENTENCES)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_without_a_mark_is_told_by_its_zeros(tag: str, encoding: str) -> None:
    text = srt(SENTENCES[tag]["sentences"][:FEW])
    found = decode(text.encode(encoding))
    assert (found.text, found.encoding, found.is_guessed) == (text, encoding, True)
    assert "no byte order mark" in found.note
    assert len(read(text.encode(encoding), "a.srt").cues) == FEW


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_no_guess(encoding: str) -> None:
    found = decode("Café".encode(encoding))
    assert (found.text, found.is_guessed, found.note) == ("Café", False, "")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16-le", "utf-8-sig"])
def test_what_we_write_in_another_encoding_is_read_back(encoding: str) -> None:
    text = srt(SENTENCES["zh-Hans"]["sentences"])
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda data: data[:-2], 90),  # cut in the middle of a character
        (lambda data: data.replace(b"\n\n2\n", b"\xff\n\n2\n"), 3),
        (lambda data: data.replace("茶".encode(), b"\xe8"), 23),
    ],
)
def test_utf_8_with_a_few_bad_bytes_stays_utf_8(damage, line) -> None:  # type: ignore[no-untyped-def]
    text = srt(SENTENCES["zh-Hans"]["sentences"]).rstrip("\n。")
    found = decode(damage(text.encode()))
    assert (found.encoding, found.is_guessed) == ("utf-8", False)
    assert found.text.count("\ufffd") == 1
    assert found.note == "one place is no character of UTF-8, written as \ufffd"
    assert found.text.split("\n")[found.line - 1].count("\ufffd") == 1


def test_a_few_zero_bytes_in_a_text_are_left_out_and_told() -> None:
    found = decode(srt(["Hello there.", "Good bye."]).encode().replace(b"there", b"th\0ere"))
    assert "Hello there." in found.text
    assert found.note == "bytes of zero in it are left out"
    with pytest.raises(ReplyError, match="is not a text file"):
        decode(b"\0\1\2\3\4" * 10)


def test_text_that_is_the_same_in_every_encoding_is_no_guess() -> None:
    found = decode(srt(["We met in a café.", "No, in a bar."]).encode("cp1252"))
    assert (found.is_guessed, found.note) == (False, "is not UTF-8 but Windows-1252 (Western European)")


def test_the_user_has_the_last_word() -> None:
    data = srt(SENTENCES["ru"]["sentences"]).encode("koi8_r")
    file = read(data, "a.srt", ReadOptions(encoding="koi8-r"))
    assert (file.cues[1].text, file.is_encoding_guessed, file.notes) == (SENTENCES["ru"]["sentences"][1], False, ())
    for unknown in ("klingon", "hex", "undefined", "a\0b"):
        with pytest.raises(ConfigError, match=r"input encoding .* is unknown; give one such as utf-8"):
            decode(b"\xe9", unknown)
    assert decode(b"\xff", "utf-8").note == "one place is no character of utf-8, written as \ufffd"


def test_an_encoding_that_xml_declares_is_no_guess() -> None:
    text = '<?xml version="1.0" encoding="windows-1251"?><tt xmlns="http://www.w3.org/ns/ttml"><body><div>' \
        '<p begin="1s" end="2s">Привет</p></div></body></tt>'  # fmt: skip
    file = read(text.encode("cp1251"), "a.ttml")
    assert (file.cues[0].text, file.encoding, file.notes) == ("Привет", "windows-1251", ())


def test_japanese_with_escapes_is_read() -> None:
    assert decode("今日は会議です。".encode("iso2022_jp") + "é".encode("cp1252")).encoding == "iso2022_jp_2"
