from __future__ import annotations

import pytest

from captioner.errors import ConfigError
from captioner.settings import Settings


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), "https://dashscope-intl.aliyuncs.com/api/v1"),
        (Settings(region="cn"), "https://dashscope.aliyuncs.com/api/v1"),
        (Settings(workspace="ws-1"), "https://ws-1.ap-southeast-1.maas.aliyuncs.com/api/v1"),
        (Settings(region="cn", workspace="ws-1"), "https://ws-1.cn-beijing.maas.aliyuncs.com/api/v1"),
        (Settings(endpoint="https://asr.example.com/api/v1//", workspace="ws-1"), "https://asr.example.com/api/v1"),
        (Settings(endpoint="http://127.0.0.1:8000/api/v1"), "http://127.0.0.1:8000/api/v1"),
        (Settings(endpoint="http://[::1]:8000/api/v1"), "http://[::1]:8000/api/v1"),
        (Settings(endpoint="http://localhost/api/v1"), "http://localhost/api/v1"),
    ],
)
def test_an_endpoint_wins_over_a_workspace_and_that_over_the_region(settings: Settings, expected: str) -> None:
    assert settings.base_url == expected


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        (Settings(endpoint="http://asr.example.com/api/v1"), "plain http"),
        (Settings(endpoint="asr.example.com"), "http"),
        (Settings(endpoint="ftp://asr.example.com"), "http"),
        (Settings(endpoint="https://"), "not an http"),
        (Settings(endpoint="https://h:99999/api/v1"), "not a URL"),
        (Settings(endpoint="https://h/api/v1?key=s3cret"), "query"),
        (Settings(endpoint="https://anna:s3cret@h/api/v1"), "user name"),
        (Settings(region="mars"), "intl or cn"),
        (Settings(workspace="a.b"), "workspace"),
        (Settings(workspace="-a"), "workspace"),
    ],
)
def test_an_impossible_address_is_a_matter_of_configuration(settings: Settings, hint: str) -> None:
    with pytest.raises(ConfigError, match=hint) as caught:
        _ = settings.base_url
    assert "s3cret" not in repr(caught.value)
