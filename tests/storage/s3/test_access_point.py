"""ARNs in the place of a bucket's name: access points work, and for all others the advice is right."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from captioner.errors import ConfigError
from captioner.model import StoredObject
from captioner.settings import Settings
from captioner.storage import S3Store
from captioner.storage.s3.access_point import access_point_name
from captioner.storage.s3.session import store_label
from tests.sigv4 import SignedRequest, target_of, verify

POINT = "arn:aws:s3:eu-west-1:123456789012:accesspoint/films"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKPOINT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def test_an_access_point_is_signed_for_its_own_host_and_region() -> None:
    store = S3Store.from_settings(Settings(bucket=POINT))
    url = store.sign(StoredObject("s3", POINT, "captioner/a.flac", 1)).url
    store.close()
    host = "films-123456789012.s3-accesspoint.eu-west-1.amazonaws.com"
    assert (urlsplit(url).netloc, urlsplit(url).path) == (host, "/captioner/a.flac")
    assert "%2Feu-west-1%2Fs3%2Faws4_request" in url
    request = SignedRequest("GET", target_of(url), {"host": host})
    assert verify(request, "AKPOINT", "secret", now=datetime.now(UTC)) == ""


def test_messages_have_the_access_points_name_and_no_account() -> None:
    assert access_point_name(POINT) == "films"
    assert store_label(POINT, "") == "access point films at AWS"


@pytest.mark.integration
@pytest.mark.parametrize(
    ("bucket", "changes", "advice"),
    [
        ("arn:aws:s3:::media", {}, "an ARN of a bucket; give its name, media"),
        ("arn:aws:s3:::media/films/*", {}, "an ARN of a bucket; give its name, media"),
        ("arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap", {}, r"Multi-Region access point .*SigV4A"),
        ("arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint/x", {}, "through an Object Lambda access point"),
        ("arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1/accesspoint/x", {}, "on Outposts are not supported"),
        ("arn:aws:sqs:eu-west-1:123456789012:queue", {}, "an ARN that is not of an access point; give a bucket's name"),
        (POINT, {"s3_endpoint": "https://store.example"}, "access points are at AWS only; leave the endpoint out"),
        (POINT, {"s3_addressing": "path"}, "leave out --s3-addressing path"),
    ],
)
def test_what_cannot_work_is_refused_with_advice(bucket: str, changes: dict[str, str], advice: str) -> None:
    with pytest.raises(ConfigError, match=advice):
        S3Store.from_settings(Settings(bucket=bucket, **changes))  # type: ignore[arg-type]
