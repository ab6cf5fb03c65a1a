"""A webhook: JSON by POST, signed with a shared secret.

The signature is that of Standard Webhooks 1.0.0 (https://www.standardwebhooks.com, read 2026-11): `webhook-id`,
`webhook-timestamp` and `webhook-signature: v1,<base64>`, an HMAC with SHA-256 over `id.timestamp.body`. A receiver that
checks it, and refuses old timestamps, cannot be fooled by a forged or a repeated request.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from captioner.errors import ConfigError
from captioner.log_redaction import hide_addresses
from captioner.network import Network, describe_network_error
from captioner.notification.receiver import Message, receiver_key
from captioner.settings import Secret
from captioner.version import __version__

if TYPE_CHECKING:
    import httpx

__all__ = ["Webhook", "signature"]

_TIMEOUT_S, _CONNECT_S = 30.0, 10.0
_PREFIX = "whsec_"


class Webhook:
    """Sends messages to an address; redirects are not followed, because they would take the body elsewhere."""

    def __init__(
        self, address: Secret, secret: Secret, client: httpx.Client, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Use the parts given; `from_settings` makes the usual ones."""
        self._address = address
        self._key = _secret_bytes(secret)
        self._client = client
        self._clock = clock
        self.key = receiver_key("webhook", address.reveal())
        self.label = f"webhook at {urlsplit(address.reveal()).hostname}"

    @classmethod
    def from_settings(cls, address: str, secret: str, ca_bundle: str = "") -> Webhook:
        """The webhook at an address; nothing is sent yet.

        Args:
            address: An http(s) URL. It may hold a token, so it is kept as a secret.
            secret: Shared secret, as text or as `whsec_` and base64; "" sends without a signature.
            ca_bundle: The setting `network.ca_bundle`, or "".

        Raises:
            ConfigError: The address is no URL, the secret cannot be decoded, or a proxy or certificates cannot be used.
        """
        import httpx

        _check_address(address)
        hide_addresses("httpx")
        timeout = httpx.Timeout(_TIMEOUT_S, connect=_CONNECT_S)
        client = Network.from_environment(ca_bundle).client(timeout=timeout, follow_redirects=False)
        return cls(Secret(address), Secret(secret), client)

    def deliver(self, message: Message) -> str:
        """Send a message once; returns "" when the answer has a status of 200 to 299, else the reason."""
        import httpx

        body = message.body.encode()
        sent_at = int(self._clock())
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": f"captioner/{__version__}",
            "webhook-id": message.id,
            "webhook-timestamp": str(sent_at),
        }
        if self._key:
            headers["webhook-signature"] = signature(self._key, message.id, sent_at, body)
        try:
            answer = self._client.post(self._address.reveal(), content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return describe_network_error(error)
        if answer.is_success:
            return ""
        return f"it answered HTTP {answer.status_code}" + (", a redirect" if answer.is_redirect else "")

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def signature(key: bytes, message_id: str, sent_at: int, body: bytes) -> str:
    """The value of `webhook-signature`.

    Args:
        key: The shared secret.
        message_id: Value of `webhook-id`.
        sent_at: Value of `webhook-timestamp`, Unix seconds.
        body: The body as sent.
    """
    signed = b".".join((message_id.encode(), str(sent_at).encode(), body))
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def _secret_bytes(secret: Secret) -> bytes:
    """The key of the HMAC: what follows `whsec_` is base64, any other secret is its text in UTF-8."""
    text = secret.reveal()
    if not text.startswith(_PREFIX):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ConfigError("webhook secret: what follows whsec_ must be base64; copy it again") from error


def _check_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or any(ord(letter) < 33 for letter in address):
        raise ConfigError("webhook: not an http(s) URL; it looks like https://host/path")
