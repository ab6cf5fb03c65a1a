"""The parts of a store's HTTP response that every store shares."""

from __future__ import annotations

import pytest

from captioner.storage.store_response import retry_after_s, xml_code


@pytest.mark.parametrize(
    ("value", "expected"), [("3", 3.0), ("0.5", 0.5), ("-1", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None)]
)
def test_a_retry_after_is_read_in_seconds(value: str, expected: float | None) -> None:
    assert retry_after_s({"retry-after": value}) == expected
    assert retry_after_s({}) is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "AccessDenied"),
        (b"<Error><Code>Invalid.Thing_1</Code></Error>", "Invalid.Thing_1"),
        (b"<html>", ""),
        (b"", ""),
        (b"<Code>" + b"x" * 100 + b"</Code>", ""),
        (b"\xff\xfe<Code>Odd</Code>", "Odd"),
    ],
)
def test_an_error_code_is_found_in_a_body(body: bytes, code: str) -> None:
    assert xml_code(body) == code
