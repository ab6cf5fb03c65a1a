"""Signatures of the object store: HMAC-SHA1 over the signed text, in base64.

Source: Alibaba Cloud OSS, "Add signatures to URLs" and "PostObject", 2025.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from urllib.parse import parse_qs, quote, unquote, urlencode

from captioner.emulator.messages import xml_error

__all__ = ["ACCESS_KEY_ID", "Signer"]

ACCESS_KEY_ID = "EMULATOR_ACCESS_KEY_ID"


class Signer:
    """Signs and checks with a secret that is new for every emulator."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def signature(self, text: str) -> str:
        """Base64 of the HMAC-SHA1 of a text."""
        return base64.b64encode(hmac.new(self._secret, text.encode(), hashlib.sha1).digest()).decode()

    def is_genuine(self, text: str, signature: str) -> bool:
        """Whether this secret made the signature of this text."""
        return hmac.compare_digest(self.signature(text).encode(), signature.encode())

    def signed_query(self, path: str, expires: int) -> str:
        """The query that opens an object until `expires` (Unix seconds); every reserved character is encoded."""
        parts = {
            "Expires": expires,
            "OSSAccessKeyId": ACCESS_KEY_ID,
            "Signature": self.signature(_to_sign(path, expires)),
        }
        return urlencode(parts, quote_via=quote, safe="")

    def check(self, path: str, query: str, now: float) -> None:
        """Refuse a link that is forged, changed or expired.

        Raises:
            ErrorReply: XML 403, as the object store answers.
        """
        given = {name: values[0] for name, values in parse_qs(query).items()}
        expires = given.get("Expires", "")
        # parse_qs reads a plain plus sign as a space, as the object store does: a link must be used as it was given.
        signed = expires.isdigit() and self.is_genuine(_to_sign(path, int(expires)), given.get("Signature", ""))
        if not signed or given.get("OSSAccessKeyId") != ACCESS_KEY_ID:
            raise xml_error(403, "SignatureDoesNotMatch", "The signature does not fit the request.")
        if now >= int(expires):
            raise xml_error(403, "AccessDenied", "Request has expired.")


def _to_sign(path: str, expires: int) -> str:
    return f"GET\n\n\n{expires}\n{unquote(path)}"
