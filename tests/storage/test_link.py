from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.errors import StorageRejected
from captioner.storage import make_link


@pytest.mark.parametrize(
    ("given_url", "sent"),
    [
        ("https://cdn.example.com/a.mp4", "https://cdn.example.com/a.mp4"),
        ("  https://cdn.example.com/a.mp4\n", "https://cdn.example.com/a.mp4"),
        ("http://127.0.0.1:8080/a.mp4", "http://127.0.0.1:8080/a.mp4"),
        ("http://[::1]:8080/a.mp4", "http://[::1]:8080/a.mp4"),
        ("HTTPS://cdn.example.com/a b.mp4", "https://cdn.example.com/a%20b.mp4"),
        ("https://cdn.example.com/新闻.mp4", "https://cdn.example.com/%E6%96%B0%E9%97%BB.mp4"),
        ("https://cdn.example.com/%E6%96%B0.mp4", "https://cdn.example.com/%E6%96%B0.mp4"),
        ("https://cdn.example.com/100%.mp4", "https://cdn.example.com/100%25.mp4"),
        ("https://h.example/a?sig=a%2Bb/c+d==&e=1#t=5", "https://h.example/a?sig=a%2Bb/c+d==&e=1"),
        ("https://bücher.example/a.mp4", "https://xn--bcher-kva.example/a.mp4"),
        ("https://h.example", "https://h.example"),
    ],
)
def test_a_link_is_encoded_where_it_must_be_and_nowhere_else(given_url: str, sent: str) -> None:
    stored, signed = make_link(given_url)
    assert signed.url == sent
    assert (stored.store, stored.bucket, stored.key) == ("link", "", sent.partition("?")[0])
    assert signed.expires_at is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://h/a.mp4", "file:///etc/passwd", "oss://bucket/key", "dashscope://x", "talk.mp4", "", "https://",
        "https:///a.mp4", "https://h:notaport/a", "https://h:99999/a", "https://h/a\nb", "https://h\\a", "//h/a",
    ],
)  # fmt: skip
def test_what_the_service_cannot_fetch_is_refused(url: str) -> None:
    with pytest.raises(StorageRejected, match=r"https://host/file\.mp4"):
        make_link(url)


@pytest.mark.parametrize(
    "url", ["https://anna:hunter2@h.example/a.mp4?sig=s3cret", "ftp://anna:hunter2@h/a?sig=s3cret"]
)
def test_a_password_in_a_link_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(StorageRejected) as caught:
        make_link(url)
    assert "hunter2" not in repr(caught.value)
    assert "s3cret" not in repr(caught.value)


@given(path=st.text(st.characters(min_codepoint=32, exclude_categories=("Cs",)), max_size=60))
def test_any_path_comes_out_in_ascii_and_stays_as_it_is_the_second_time(path: str) -> None:
    _, signed = make_link(f"https://h.example/{path}")
    assert signed.url.isascii()
    assert " " not in signed.url
    assert make_link(signed.url)[1] == signed


def test_the_signature_of_a_link_is_not_in_what_is_kept_and_shown() -> None:
    stored, signed = make_link("https://h.example/a.mp4?X-Amz-Signature=s3cret")
    assert "s3cret" not in f"{stored!r} {signed!r} {signed}"
