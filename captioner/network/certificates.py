"""Certificate authorities that are trusted, the same for the service and for the store.

httpx reads `SSL_CERT_FILE` and `SSL_CERT_DIR`, boto3 `AWS_CA_BUNDLE` and `REQUESTS_CA_BUNDLE`, curl `CURL_CA_BUNDLE`. A
company that inspects TLS has one certificate for all of it, so each of these variables counts for every connection.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.errors import ConfigError

if TYPE_CHECKING:
    import ssl

__all__ = ["Trust", "read_trust"]

_SETTING = "--ca-bundle (network.ca_bundle)"
_REPLACING = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_ADDING = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE")

_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")
"""Names by which OpenSSL finds a certificate in a folder. Source: openssl-rehash(1)."""

_SUFFIXES = (".pem", ".crt", ".cer", ".der")
_BLOCK = re.compile(
    rb"-----BEGIN (?:X509 )?CERTIFICATE-----\s[A-Za-z0-9+/=\s]*?-----END (?:X509 )?CERTIFICATE-----", re.ASCII
)
_BEGIN = b"-----BEGIN "
_MAX_BYTES = 16 << 20  # all public authorities together have 0.3 MB


@dataclass(frozen=True, slots=True)
class Trust:
    """Authorities whose certificates are accepted.

    Attributes:
        places: For each variable or setting that names some: its name, and a file or folder.
        public: Whether the public authorities count, too.
    """

    places: tuple[tuple[str, str], ...] = ()
    public: bool = True

    @property
    def label(self) -> str:
        """Names of the authorities in messages."""
        paths = dict.fromkeys(path for _, path in self.places)
        named = [f"those in {path} ({', '.join(one for one, at in self.places if at == path)})" for path in paths]
        return " and ".join((["the public authorities"] if self.public else []) + named)

    @property
    def advice(self) -> str:
        """Advice about a certificate of an authority that is not trusted."""
        if self.places:
            variable, path = self.places[0]
            return f"add that authority's certificate to {path} ({variable})"
        return "put that authority's certificate into a file and name it with --ca-bundle or SSL_CERT_FILE"

    def context(self) -> ssl.SSLContext:
        """A context that trusts these authorities; a new one at every call, because libraries change it.

        Python 3.13's strict mode is not switched on: many companies' authorities lack an extension that it demands.

        Raises:
            ConfigError: A file cannot be read or holds no certificate; the message names the variable.
        """
        import ssl  # 8 ms, for programs that connect only

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # an intermediate authority may be all that is given
        if self.public:
            import certifi

            context.load_verify_locations(cafile=certifi.where())
        for variable, path in self.places:
            _load_place(context, variable, path)
        return context


def read_trust(environ: Mapping[str, str], *, setting: str = "") -> Trust:
    """The authorities that the setting and the environment name; no file is read yet.

    The setting stands alone. Otherwise all variables together count, and the public authorities with them unless
    OpenSSL's own variables are set, which replace them in every program.

    Args:
        environ: The environment.
        setting: Value of `network.ca_bundle`, or "".
    """
    if setting:
        return Trust(((_SETTING, setting),), public=False)
    named = [(name, environ[name].strip()) for name in (*_REPLACING, *_ADDING) if environ.get(name, "").strip()]
    return Trust(tuple(named), public=not any(name in _REPLACING for name, _ in named))


def _load_place(context: ssl.SSLContext, variable: str, place: str) -> None:
    """Add the certificates of a file or folder; `SSL_CERT_DIR` may list several folders."""
    paths = [Path(one) for one in (place.split(os.pathsep) if variable == "SSL_CERT_DIR" else [place]) if one]
    folders = [path for path in paths if path.is_dir()]
    for path in paths:
        if path not in folders and not folders:
            _load_file(context, path, variable)
    if folders and not [folder for folder in folders if _load_folder(context, folder, variable)]:
        raise ConfigError(f"{variable}: no certificates in {place}; name a folder or a file with some")


def _load_folder(context: ssl.SSLContext, folder: Path, variable: str) -> bool:
    """Add the certificates of a folder; whether there are any.

    OpenSSL looks certificates up by hashed names, one at a time; a folder without such names is read whole.
    """
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise ConfigError(f"{variable}: {folder} cannot be read ({error.strerror})") from error
    if any(_HASHED.fullmatch(name) for name in names):
        context.load_verify_locations(capath=folder)
        return True
    files = [folder / name for name in names if name.lower().endswith(_SUFFIXES)]
    for path in files:
        _load_file(context, path, variable)
    return bool(files)


def _load_file(context: ssl.SSLContext, path: Path, variable: str) -> None:
    """Add the certificates of a file, in PEM with or without comments, or one in DER."""
    data = _read(path, variable)
    blocks: list[bytes | str] = [block.decode("ascii") for block in _BLOCK.findall(data)]
    if not blocks and data and _BEGIN not in data:
        blocks = [data]
    if not blocks:
        raise ConfigError(f"{variable}: no certificate in {path}; name a file of certificates in PEM form")
    for number, block in enumerate(blocks, 1):
        try:
            context.load_verify_locations(cadata=block)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            which = f"certificate {number} in {path}" if isinstance(block, str) else str(path)
            raise ConfigError(f"{variable}: {which} cannot be read; name a file of certificates in PEM form") from error


def _read(path: Path, variable: str) -> bytes:
    try:
        with path.expanduser().open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"{variable}: {path} cannot be read ({error.strerror}); correct the path, or unset {variable}"
        ) from error
    if len(data) > _MAX_BYTES:
        raise ConfigError(f"{variable}: {path} is too large for certificates; name another file")
    return data
