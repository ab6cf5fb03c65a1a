"""Files and folders of certificates as people have them."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

import pytest

from captioner.errors import ConfigError
from captioner.network.certificates import read_trust
from tests.authorities import Company


def count(environ: dict[str, str], setting: str = "") -> int:
    return read_trust(environ, setting=setting).context().cert_store_stats()["x509_ca"]


PUBLIC = count({})


def test_the_public_authorities_are_trusted_by_default() -> None:
    assert PUBLIC > 50


@pytest.mark.parametrize(
    ("variable", "found"),
    [
        ("SSL_CERT_FILE", 1),
        ("REQUESTS_CA_BUNDLE", PUBLIC + 1),
        ("CURL_CA_BUNDLE", PUBLIC + 1),
        ("AWS_CA_BUNDLE", PUBLIC + 1),
    ],
)
def test_only_the_variables_of_openssl_replace_the_public_authorities(
    variable: str, found: int, company: Company
) -> None:
    assert count({variable: str(company.bundle)}) == found


def test_the_setting_stands_alone(company: Company, tmp_path: Path) -> None:
    assert count({"SSL_CERT_FILE": str(tmp_path / "missing.pem")}, str(company.bundle)) == 1


def test_several_variables_add_up(company: Company, tmp_path: Path) -> None:
    import trustme

    trustme.CA().cert_pem.write_to_path(tmp_path / "store.pem")
    assert count({"SSL_CERT_FILE": str(company.bundle), "AWS_CA_BUNDLE": str(tmp_path / "store.pem")}) == 2


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read (No such file or directory); correct the path, or unset"),
        (b"", "no certificate in"),
        (b"# nothing but a comment\n", "cannot be read; name a file of certificates in PEM form"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n", "no certificate in"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1 in"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no certificate in"),
        (b"\x30\x82\x01\x00rubbish", "cannot be read; name a file of certificates in PEM form"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(variable: str, content: bytes | None, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_trust({variable: str(path)}).context()
    assert caught.value.message.startswith(f"{variable}: ")
    assert str(path) in caught.value.message
    assert reason in caught.value.message


def test_the_setting_is_named_when_its_file_is_missing() -> None:
    with pytest.raises(ConfigError, match=r"^--ca-bundle \(network\.ca_bundle\): missing\.pem cannot be read"):
        read_trust({}, setting="missing.pem").context()


def test_a_damaged_certificate_among_good_ones_is_named(company: Company, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    good = company.bundle.read_bytes()
    path.write_bytes(good + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(ConfigError, match=r"^SSL_CERT_FILE: certificate 2 in .*ca\.pem cannot be read"):
        read_trust({"SSL_CERT_FILE": str(path)}).context()


def test_files_as_windows_writes_them(company: Company, tmp_path: Path) -> None:
    pem = company.bundle.read_text()
    forms = {
        "bom.pem": b"\xef\xbb\xbf" + pem.encode(),
        "crlf.pem": pem.replace("\n", "\r\n").encode(),
        "comment.pem": f"# Zertifikat der Firma Müller\n{pem}".encode("latin-1"),
        "binary.cer": ssl.PEM_cert_to_DER_cert(pem),
    }
    for name, data in forms.items():
        (tmp_path / name).write_bytes(data)
        assert count({"SSL_CERT_FILE": str(tmp_path / name)}) == 1, name


def test_a_folder_of_certificates_whether_hashed_or_not(company: Company, tmp_path: Path) -> None:
    plain, empty, hashed = tmp_path / "plain", tmp_path / "empty", tmp_path / "hashed"
    for folder in (plain, empty, hashed):
        folder.mkdir()
    (plain / "company.crt").write_bytes(company.bundle.read_bytes())
    (hashed / f"{hashlib.md5(b'x').hexdigest()[:8]}.0").write_bytes(company.bundle.read_bytes())
    assert count({"SSL_CERT_DIR": str(plain)}) == 1
    assert count({"SSL_CERT_DIR": f"{empty}:{plain}"}) == 1
    assert count({"AWS_CA_BUNDLE": str(plain)}) == PUBLIC + 1
    read_trust({"SSL_CERT_DIR": str(hashed)}).context()  # looked up by OpenSSL, when a certificate is checked
    with pytest.raises(ConfigError, match=r"^SSL_CERT_DIR: no certificates in "):
        read_trust({"SSL_CERT_DIR": str(empty)}).context()
    with pytest.raises(ConfigError, match=r"^SSL_CERT_DIR: .*missing cannot be read"):
        read_trust({"SSL_CERT_DIR": str(tmp_path / "missing")}).context()
