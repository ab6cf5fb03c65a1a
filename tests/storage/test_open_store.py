from __future__ import annotations

import subprocess
import sys

import pytest

from captioner.errors import ConfigError
from captioner.settings import Secret, Settings
from captioner.storage import S3Store, TemporaryStore, open_store


def test_a_bucket_chooses_s3_and_none_the_temporary_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    key = Secret("sk-test")
    for settings, kind in (
        (Settings(bucket="media"), S3Store),
        (Settings(api_key=key), TemporaryStore),
        (Settings(api_key=key, bucket="media", storage="temporary"), TemporaryStore),
    ):
        store = open_store(settings, "fun-asr")
        assert type(store) is kind
        store.close()


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        (Settings(storage="s3"), "--bucket"),
        (Settings(), "DASHSCOPE_API_KEY"),
        (Settings(storage="tape"), "s3 or temporary"),
    ],
)
def test_a_choice_that_lacks_something_says_what(settings: Settings, hint: str) -> None:
    with pytest.raises(ConfigError, match=hint):
        open_store(settings, "fun-asr")


@pytest.mark.process
def test_the_room_opens_without_its_libraries() -> None:
    code = "import sys, captioner.storage; print([m for m in ('boto3', 'botocore', 'httpx') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"[]"
