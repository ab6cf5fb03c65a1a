"""Proxies of the environment, in every spelling that other programs accept."""

from __future__ import annotations

import pytest

from captioner.errors import ConfigError
from captioner.network.proxies import read_proxies

SERVICE = "https://dashscope-intl.aliyuncs.com/api/v1"


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({"HTTPS_PROXY": "http://proxy.corp:3128"}, "http://proxy.corp:3128"),
        ({"HTTPS_PROXY": "proxy.corp:3128"}, "http://proxy.corp:3128"),
        ({"HTTPS_PROXY": "//proxy.corp:3128"}, "http://proxy.corp:3128"),
        ({"HTTPS_PROXY": " http://proxy.corp:3128/ "}, "http://proxy.corp:3128"),
        ({"HTTPS_PROXY": "HTTP://Proxy.Corp"}, "http://proxy.corp:80"),
        ({"HTTPS_PROXY": "https://proxy.corp"}, "https://proxy.corp:443"),
        ({"HTTPS_PROXY": "anna:p%40ss@proxy.corp:3128"}, "http://proxy.corp:3128"),
        ({"HTTPS_PROXY": "http://[2001:db8::1]:3128"}, "http://[2001:db8::1]:3128"),
        ({"HTTPS_PROXY": "10.0.0.1:8080"}, "http://10.0.0.1:8080"),
        ({"https_proxy": "http://small:1", "HTTPS_PROXY": "http://large:1"}, "http://small:1"),
        ({"ALL_PROXY": "socks5://127.0.0.1:1080"}, "socks5://127.0.0.1:1080"),
        ({"ALL_PROXY": "socks5h://127.0.0.1:1080"}, "socks5://127.0.0.1:1080"),
        ({"all_proxy": "socks://127.0.0.1:1080/"}, "socks5://127.0.0.1:1080"),
        ({"ALL_PROXY": "SOCKS5://gate"}, "socks5://gate:1080"),
        ({"ALL_PROXY": "socks5://gate", "HTTPS_PROXY": "proxy:1"}, "http://proxy:1"),
        ({"ALL_PROXY": "socks5://gate", "HTTPS_PROXY": ""}, "socks5://gate:1080"),
        ({"ALL_PROXY": "socks5://gate", "HTTP_PROXY": "proxy:1"}, "socks5://gate:1080"),
        ({"HTTP_PROXY": "proxy:1"}, ""),
        ({"https_proxy": "", "HTTPS_PROXY": "proxy:1"}, ""),
        ({"HTTPS_PROXY": "  "}, ""),
        ({}, ""),
    ],
)
def test_every_spelling_of_a_proxy(environ: dict[str, str], address: str) -> None:
    found = read_proxies(environ).find(SERVICE)
    assert (found.address if found else "") == address


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    "text",
    [
        "socks4://proxy:1080",
        "ftp://proxy",
        "pac+http://proxy/proxy.pac",
        "http://",
        "http://:3128",
        "http://proxy:port",
        "http://proxy:99999",
        "http://proxy:0",
        "http://[::1",
        "::1:3128",
        '"http://proxy:3128"',
        "http://proxy:3128/path",
        "http://proxy host:3128",
        "http://anna:secret-7@:3128",
        "http://proxy:3128?x=1",
    ],
)
def test_what_is_no_proxy_is_named_with_its_variable(variable: str, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_proxies({variable: text})
    assert caught.value.message.startswith(f"{variable}: ")
    assert "it looks like http://host:3128 or socks5://host:1080" in caught.value.message
    assert "secret-7" not in caught.value.message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("exempt", "url", "is_exempt"),
    [
        ("*", SERVICE, True),
        ("aliyuncs.com", SERVICE, True),
        (".aliyuncs.com", SERVICE, True),
        ("*.aliyuncs.com", SERVICE, True),
        ("ALIYUNCS.COM.", SERVICE, True),
        ("yuncs.com", SERVICE, False),
        ("dashscope-*.aliyuncs.com", SERVICE, True),
        ("aliyuncs.com:443", SERVICE, True),
        ("aliyuncs.com:8443", SERVICE, False),
        ("example.com, aliyuncs.com", SERVICE, True),
        ("example.com aliyuncs.com", SERVICE, True),
        ("example.com;aliyuncs.com", SERVICE, True),
        ("https://aliyuncs.com/", SERVICE, True),
        ("10.1.2.3", "https://10.1.2.3/x", True),
        ("10.1.2.3:9000", "https://10.1.2.3:9000/x", True),
        ("10.1.2.3:9000", "https://10.1.2.3/x", False),
        ("10.0.0.0/8", "https://10.1.2.3/x", True),
        ("10.0.0.0/8:9000", "https://10.1.2.3:9000/x", True),
        ("10.0.0.1/8", "https://10.1.2.3/x", True),
        ("11.0.0.0/8", "https://10.1.2.3/x", False),
        ("10.0.0.0/255.0.0.0", "https://10.1.2.3/x", True),
        ("10.*", "https://10.1.2.3/x", True),
        ("2001:db8::5", "https://[2001:db8::5]/x", True),
        ("[2001:db8::5]", "https://[2001:db8:0::5]/x", True),
        ("[2001:db8::5]:9000", "https://[2001:db8::5]:9000/x", True),
        ("[2001:db8::5]:9000", "https://[2001:db8::5]/x", False),
        ("2001:db8::/32", "https://[2001:db8::5]/x", True),
        ("fe80::/10,::1", "https://[2001:db8::5]/x", False),
        ("10.0.0.0/8", "https://[::ffff:10.1.2.3]/x", True),
        ("10.0.0.0/8", "https://ten.example/x", False),
        ("<local>", "https://minio/x", True),
        ("<local>", "https://minio.example/x", False),
        ("büro.example", "https://xn--bro-hoa.example/x", True),
    ],
)
def test_every_spelling_of_an_exemption(exempt: str, url: str, is_exempt: bool) -> None:
    proxies = read_proxies({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": exempt})
    assert proxies.not_understood == ()
    assert (proxies.find(url) is None) == is_exempt


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/x", "http://127.8.9.1/x", "http://[::1]:9/x", "http://localhost/x", "http://s3.localhost/x"],
)
def test_this_machine_is_never_reached_through_a_proxy(url: str) -> None:
    assert read_proxies({"ALL_PROXY": "socks5://gate", "HTTP_PROXY": "http://proxy"}).find(url) is None


@pytest.mark.parametrize("entry", ["10.0.0.0/99", "/var/run/docker.sock", "[::1", "a/b"])
def test_an_entry_of_no_proxy_without_effect_is_named(entry: str) -> None:
    proxies = read_proxies({"HTTPS_PROXY": "proxy:1", "NO_PROXY": f"{entry},aliyuncs.com"})
    assert proxies.warnings == (f"NO_PROXY: {entry!r} is neither a host nor a network; left out",)
    assert proxies.find(SERVICE) is None


def test_the_small_name_of_no_proxy_wins_also_when_it_is_empty() -> None:
    environ = {"HTTPS_PROXY": "proxy:1", "no_proxy": "", "NO_PROXY": "*"}
    assert read_proxies(environ).find(SERVICE) is not None


def test_a_cgi_script_does_not_take_a_proxy_from_its_client() -> None:
    environ = {"HTTP_PROXY": "http://evil:1", "REQUEST_METHOD": "GET"}
    assert read_proxies(environ).find("http://store.example/x") is None


def test_the_systems_proxies_count_where_the_environment_names_none() -> None:
    found = read_proxies({}, system=lambda: {"https": "proxy:1"}, system_bypass=lambda host: host == "near.example")
    assert found.find(SERVICE) is not None
    assert found.find("https://near.example/x") is None
    assert read_proxies({"HTTPS_PROXY": ""}, system=lambda: {"https": "proxy:1"}).find(SERVICE) is None
    with pytest.raises(ConfigError, match="the system's proxy settings: "):
        read_proxies({}, system=lambda: {"https": "ftp://proxy"})


def test_a_password_is_in_no_text_of_a_proxy() -> None:
    found = read_proxies({"HTTPS_PROXY": "http://anna:p%40ss@proxy:1"}).find(SERVICE)
    assert found is not None
    assert (found.user, found.password) == ("anna", "p@ss")
    assert "p@ss" not in f"{found!r} {found.label} {found.address} {read_proxies({'HTTPS_PROXY': 'a:p@ss@b'})!r}"
