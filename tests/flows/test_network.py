"""Journeys behind proxies and TLS inspection: what works, and what is said of what cannot."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from captioner.emulator import Emulator
from tests.flows.conftest import FIXTURES, Journey
from tests.network.doubles import SocksProxy

STEREO = FIXTURES / "stereo-two-tracks.wav"


@pytest.fixture(autouse=True)
def no_proxies(journey: Journey) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        for spelling in (name, name.upper()):
            journey.environment.pop(spelling, None)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE"):
        journey.environment.pop(name, None)


@pytest.mark.parametrize("command", ["doctor", "run", "batch"])
@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ALL_PROXY", "socks4://127.0.0.1:1080", "ALL_PROXY: proxies of the kind 'socks4' are not supported"),
        ("HTTPS_PROXY", "http://", "HTTPS_PROXY: not the address of a proxy"),
        ("https_proxy", "http://[::1", "https_proxy: not the address of a proxy"),
        ("SSL_CERT_FILE", "/nowhere.pem", "SSL_CERT_FILE: /nowhere.pem cannot be read"),
        ("AWS_CA_BUNDLE", "/nowhere.pem", "AWS_CA_BUNDLE: /nowhere.pem cannot be read"),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_variable(
    command: str, variable: str, value: str, said: str, journey: Journey, emulator: Emulator
) -> None:
    journey.environment[variable] = value
    what = [] if command == "doctor" else [STEREO, "-o", "out"]
    done = journey.captioner(command, *what, *journey.place(emulator))
    assert done.returncode == 2
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert emulator.submissions == 0


def test_doctor_tells_the_route_and_the_authorities(journey: Journey, emulator: Emulator) -> None:
    journey.environment["ALL_PROXY"] = "socks5h://anna:secret@127.0.0.1:1"
    journey.environment["NO_PROXY"] = "10.0.0.0/8,10.0.0.0/99,fe80::/10"
    done = journey.captioner("doctor", *journey.place(emulator))
    assert done.returncode == 0, done.stdout
    (line,) = [line for line in done.stdout.splitlines() if "network" in line]
    assert "service directly; store directly; trusts the public authorities" in line
    assert "NO_PROXY: '10.0.0.0/99' is neither a host nor a network; left out" in line
    assert "secret" not in done.stdout + done.stderr


def test_a_run_tells_an_exemption_without_effect(journey: Journey, emulator: Emulator) -> None:
    journey.environment["NO_PROXY"] = "10.0.0.0/99"
    done = journey.captioner("run", STEREO, "-o", "out", *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    assert "note: NO_PROXY: '10.0.0.0/99' is neither a host nor a network; left out" in done.stderr


@pytest.mark.short
def test_a_whole_run_with_its_store_behind_a_socks_proxy(journey: Journey, emulator: Emulator) -> None:
    """The store's name exists behind the proxy only; the service is on this machine, and is reached directly."""
    port = urlsplit(journey.s3.url).port or 0
    with SocksProxy({("store.example", 80): ("127.0.0.1", port)}) as proxy:
        journey.environment["ALL_PROXY"] = f"socks5://127.0.0.1:{proxy.port}"
        place = ["--endpoint", emulator.url, "--bucket", "media", "--s3-endpoint", "http://store.example"]
        done = journey.captioner("doctor", *place, "--s3-addressing", "path")
    assert done.returncode == 0, done.stdout
    assert "store through the proxy socks5://127.0.0.1" in done.stdout
    assert {host for host, _ in proxy.asked} == {"store.example"}


@pytest.mark.parametrize("command", ["doctor", "batch"])
def test_the_temporary_store_is_said_to_be_for_tests(command: str, journey: Journey, emulator: Emulator) -> None:
    folder = Path(journey.folder) / "media"
    folder.mkdir()
    shutil.copy(STEREO, folder)
    what = [] if command == "doctor" else [folder]
    done = journey.captioner(command, *what, *journey.place(emulator, "temporary"))
    assert done.returncode == 0, done.stderr
    assert "for development and tests only, not for production or many files at once" in done.stdout + done.stderr
    if command == "batch":
        single = journey.captioner("run", STEREO, "-o", "out", *journey.place(emulator, "temporary"))
        assert "development and tests" not in single.stderr
