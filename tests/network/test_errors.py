"""Failed connections are described in words, never by the names of classes."""

from __future__ import annotations

import botocore.exceptions
import httpx
import pytest

from captioner.network import describe_network_error


@pytest.mark.parametrize(
    ("error", "description"),
    [
        (httpx.ConnectError("[Errno 111] Connection refused"), "no connection: Connection refused"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "no connection: Name or service not known"),
        (httpx.ConnectTimeout("timed out"), "no connection in time"),
        (httpx.ReadTimeout(""), "no answer in time"),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), "the answer is not valid HTTP"),
        (httpx.UnsupportedProtocol("x"), "the address is neither http nor https"),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="http://a?sig=1"), "no connection"),
        (botocore.exceptions.SSLError(endpoint_url="https://a", error="x"), "no secure connection"),
        (OSError(), "the connection failed"),
    ],
)
def test_an_error_is_described(error: Exception, description: str) -> None:
    assert describe_network_error(error) == description


def test_every_error_of_httpx_has_a_description_of_its_own() -> None:
    kinds = [kind for kind in vars(httpx).values() if isinstance(kind, type) and issubclass(kind, httpx.RequestError)]
    leaves = [kind for kind in kinds if not set(kind.__subclasses__()) & set(kinds)]
    assert len(leaves) > 10
    assert "the connection failed" not in {describe_network_error(kind("x")) for kind in leaves}
