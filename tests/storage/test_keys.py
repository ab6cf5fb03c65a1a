from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.storage.keys import (
    digest_prefix,
    extension,
    is_own_key,
    object_key,
    safe_name,
    safe_prefix,
    with_extension,
)

DIGEST = hashlib.sha256(b"").hexdigest()
TEXT = st.text(max_size=400)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("talk.mp4", "talk.mp4"),
        ("My Talk (final).MP4", "My-Talk-final.mp4"),
        ("新闻访谈.mp4", "media.mp4"),
        ("第3集 interview.mov", "3-interview.mov"),
        ("Café_über.wav", "Cafe_uber.wav"),
        ("../../etc/passwd", "passwd"),
        ("C:\\clips\\a.b.c.mkv", "a-b-c.mkv"),
        (".mp4", "media.mp4"),
        ("", "media"),
        ("..", "media"),
        ("no extension", "no-extension"),
        ("v1.2 of it", "v1-2-of-it"),
        ("Ｆｕｌｌ．ｍｐ４", "Full.mp4"),
        ("a" * 300 + ".flac", "a" * 60 + ".flac"),
    ],
)
def test_a_name_becomes_ascii_and_keeps_its_extension(name: str, expected: str) -> None:
    assert safe_name(name) == expected


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("captioner", "captioner/"),
        ("/a//b/", "a/b/"),
        ("", ""),
        ("../..", ""),
        ("team=news/v1.2", "team=news/v1.2/"),
        ("字幕", ""),
        ("a b", "a-b/"),
    ],
)
def test_a_prefix_keeps_what_a_policy_may_name(prefix: str, expected: str) -> None:
    assert safe_prefix(prefix) == expected


@pytest.mark.parametrize(
    ("name", "ending", "expected"),
    [
        ("talk.mp4", ".flac", "talk.flac"),
        ("talk.MP4", ".mp4", "talk.MP4"),
        ("talk", ".flac", "talk.flac"),
        ("talk.mp4", "", "talk.mp4"),
        ("talk v1.2 final", ".ogg", "talk v1.2 final.ogg"),
    ],
)
def test_reencoded_media_takes_the_extension_of_its_new_bytes(name: str, ending: str, expected: str) -> None:
    assert with_extension(name, ending) == expected


@given(prefix=TEXT, name=TEXT)
def test_a_key_is_ascii_short_and_goes_nowhere_else(prefix: str, name: str) -> None:
    key = object_key(prefix, DIGEST, name)
    assert key.isascii()
    assert key.isprintable()
    assert " " not in key
    assert len(key) <= 400
    assert not key.startswith("/")
    assert all(part not in ("", ".", "..") for part in key.split("/"))
    assert key == digest_prefix(prefix, DIGEST) + key.rpartition("/")[2]
    assert digest_prefix(prefix, DIGEST).startswith(safe_prefix(prefix))
    assert is_own_key(prefix, key)


@given(name=TEXT)
def test_making_a_name_safe_twice_is_making_it_safe_once(name: str) -> None:
    assert safe_name(safe_name(name)) == safe_name(name)
    assert extension(safe_name(name)) == extension(safe_name(safe_name(name)))


@given(stem=TEXT, ending=st.from_regex(r"\A\.[A-Za-z0-9]{1,8}\Z"))
def test_an_extension_is_kept_whatever_stands_before_it(stem: str, ending: str) -> None:
    assert safe_name(stem + ending).endswith(ending.lower())
    assert extension(with_extension(stem, ending)) == ending.lower()


@pytest.mark.parametrize("digest", ["", "abc", DIGEST.upper(), DIGEST + "0", "../" + DIGEST])
def test_a_key_is_not_made_from_something_that_is_no_digest(digest: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        object_key("p", digest, "a.flac")


@pytest.mark.parametrize(
    "key",
    ["captioner/talk.flac", f"captioner/{DIGEST}", f"other/{DIGEST}/a.flac", f"{DIGEST}/a.flac", "captioner/", ""],
)
def test_keys_of_another_shape_are_not_ours(key: str) -> None:
    assert not is_own_key("captioner", key)
