"""Requests of httpx really go through the proxy that the environment names, and trust whom it names."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest

from captioner.network import Network, describe_network_error, setup_fault
from tests.authorities import HOST, Company
from tests.network.doubles import ConnectProxy, SocksProxy, TlsServer
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.integration

URL = f"https://{HOST}/x"


def get(environ: dict[str, str], url: str = URL, timeout_s: float = PATIENCE_S) -> httpx.Response:
    with Network.from_environment(environ=environ).client(timeout=timeout_s) as client:
        return client.get(url)


def failure(environ: dict[str, str], url: str = URL, timeout_s: float = PATIENCE_S) -> httpx.TransportError:
    with pytest.raises(httpx.TransportError) as caught:
        get(environ, url, timeout_s)
    return caught.value


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks"])
@pytest.mark.parametrize("slowly", [False, True])
def test_socks_leads_to_the_service(scheme: str, slowly: bool, server: TlsServer, company: Company) -> None:
    with SocksProxy({(HOST, 443): server.address}, slowly=slowly) as proxy:
        answer = get({"ALL_PROXY": f"{scheme}://127.0.0.1:{proxy.port}", "SSL_CERT_FILE": str(company.bundle)})
    assert (answer.status_code, proxy.asked) == (200, [(HOST, 443)])


def test_socks_with_a_password(server: TlsServer, company: Company) -> None:
    environ = {"SSL_CERT_FILE": str(company.bundle)}
    with SocksProxy({(HOST, 443): server.address}, login=("anna", "p@ss")) as proxy:
        assert get({**environ, "ALL_PROXY": f"socks5://anna:p%40ss@127.0.0.1:{proxy.port}"}).status_code == 200
        wrong = failure({**environ, "ALL_PROXY": f"socks5://anna:other@127.0.0.1:{proxy.port}"})
        missing = failure({**environ, "ALL_PROXY": f"socks5://127.0.0.1:{proxy.port}"})
    name = f"the proxy socks5://127.0.0.1:{proxy.port} (ALL_PROXY)"
    assert setup_fault(wrong) == f"{name} refused: it refused the user name or the password"
    assert setup_fault(missing) == f"{name} refused: it demands a user name and a password"


@pytest.mark.parametrize(
    ("reply", "is_final", "text"),
    [
        (2, True, "refused: it does not allow this connection"),
        (4, False, "says the host cannot be reached from there"),
        (99, False, "says it failed (reply 99)"),
    ],
)
def test_a_refusal_of_socks_is_told_in_words(reply: int, is_final: bool, text: str) -> None:
    with SocksProxy({}, reply=reply) as proxy:
        error = failure({"ALL_PROXY": f"socks5://127.0.0.1:{proxy.port}"})
    assert bool(setup_fault(error)) == is_final
    assert describe_network_error(error) == f"the proxy socks5://127.0.0.1:{proxy.port} (ALL_PROXY) {text}"


def test_an_http_server_in_the_place_of_a_socks_proxy_is_told() -> None:
    with TlsServer(None, answer=lambda head: b"{}") as web:
        error = failure({"ALL_PROXY": f"socks5://127.0.0.1:{web.port}"}, timeout_s=1)  # it waits for a whole head
    assert isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError)  # nothing was sent


def test_a_proxy_that_is_not_there_is_named() -> None:
    error = failure({"ALL_PROXY": "socks5://127.0.0.1:9"})
    expected = "the proxy socks5://127.0.0.1:9 (ALL_PROXY) cannot be reached: Connection refused"
    assert describe_network_error(error) == expected
    assert setup_fault(error) == ""


def test_an_http_proxy_leads_to_the_service(server: TlsServer, company: Company) -> None:
    with ConnectProxy({(HOST, 443): server.address}, login=("anna", "ü")) as proxy:
        environ = {"SSL_CERT_FILE": str(company.bundle), "HTTPS_PROXY": f"anna:%C3%BC@127.0.0.1:{proxy.port}"}
        assert get(environ).status_code == 200
        error = failure({**environ, "HTTPS_PROXY": f"127.0.0.1:{proxy.port}"})
    assert proxy.asked == [(HOST, 443)] * 2
    assert setup_fault(error) == (
        f"the proxy http://127.0.0.1:{proxy.port} (HTTPS_PROXY) demands a user name and a password; "
        "write them into its address, http://user:password@host"
    )


def test_a_proxy_that_speaks_tls_is_trusted_like_the_rest(server: TlsServer, company: Company) -> None:
    with ConnectProxy({(HOST, 443): server.address}, context=company.context("localhost")) as proxy:
        environ = {"SSL_CERT_FILE": str(company.bundle), "HTTPS_PROXY": f"https://localhost:{proxy.port}"}
        assert get(environ).status_code == 200


@pytest.mark.parametrize(
    ("refusal", "is_final"), [("403 Forbidden", True), ("502 Bad Gateway", False), ("503 Service Unavailable", False)]
)
def test_a_refusal_of_an_http_proxy_is_told(refusal: str, is_final: bool) -> None:
    with ConnectProxy({}, refusal=refusal) as proxy:
        error = failure({"HTTPS_PROXY": f"127.0.0.1:{proxy.port}"})
    assert bool(setup_fault(error)) == is_final
    assert f"the proxy http://127.0.0.1:{proxy.port} (HTTPS_PROXY)" in describe_network_error(error)
    assert refusal in describe_network_error(error)


def test_plain_http_goes_through_the_proxy_too() -> None:
    with TlsServer(None) as server, ConnectProxy({("store.example", 80): server.address}) as proxy:
        assert get({"HTTP_PROXY": f"127.0.0.1:{proxy.port}"}, "http://store.example/x").status_code == 200
    assert proxy.asked == [("store.example", 80)]


def test_an_exempt_host_is_reached_directly(company: Company) -> None:
    with TlsServer(None) as server:
        environ = {"ALL_PROXY": "socks5://127.0.0.1:9", "NO_PROXY": "127.0.0.0/8,::1"}
        assert get(environ, f"http://127.0.0.1:{server.port}/").status_code == 200


# Trust


@pytest.mark.parametrize(
    "variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "CAPTIONER"]
)
def test_every_variable_for_certificates_counts(variable: str, company: Company) -> None:
    with TlsServer(company.context("localhost")) as server:
        url = f"https://localhost:{server.port}/"
        setting = str(company.bundle) if variable == "CAPTIONER" else ""
        network = Network.from_environment(setting, environ={variable: str(company.bundle)})
        with network.client(timeout=PATIENCE_S) as client:
            assert client.get(url).status_code == 200
        error = failure({}, url)
    assert setup_fault(error) == (
        "its certificate is signed by an authority that is not trusted (trusted are the public authorities); where a "
        "firewall or proxy inspects TLS, put that authority's certificate into a file and name it with --ca-bundle or "
        "SSL_CERT_FILE"
    )
    assert describe_network_error(error) == setup_fault(error)


def test_the_file_that_lacks_the_authority_is_named(company: Company, tmp_path: Path) -> None:
    import trustme

    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    with TlsServer(company.context("localhost")) as server:
        error = failure({"REQUESTS_CA_BUNDLE": str(other)}, f"https://localhost:{server.port}/")
    assert f"trusted are the public authorities and those in {other} (REQUESTS_CA_BUNDLE)" in setup_fault(error)
    assert f"add that authority's certificate to {other} (REQUESTS_CA_BUNDLE)" in setup_fault(error)


def test_a_certificate_for_another_host_is_told(company: Company) -> None:
    with TlsServer(company.context("other.example")) as server:
        error = failure({"SSL_CERT_FILE": str(company.bundle)}, f"https://localhost:{server.port}/")
    assert setup_fault(error) == "its certificate is for another host; check the address"


def test_an_expired_certificate_is_told(company: Company) -> None:
    from datetime import UTC, datetime, timedelta

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    past = datetime.now(UTC) - timedelta(days=1)
    company.authority.issue_cert("localhost", not_after=past).configure_cert(context)
    with TlsServer(context) as server:
        error = failure({"SSL_CERT_FILE": str(company.bundle)}, f"https://localhost:{server.port}/")
    assert setup_fault(error).startswith("its certificate has expired; check this machine's clock")


def test_a_port_without_tls_is_told() -> None:
    with TlsServer(None) as server:
        error = failure({}, f"https://localhost:{server.port}/")
    assert setup_fault(error).startswith("no TLS is spoken there; ")


def test_a_host_that_is_down_may_come_back() -> None:
    error = failure({}, "http://127.0.0.1:9/")
    assert setup_fault(error) == ""
    assert describe_network_error(error) == "no connection: Connection refused"
