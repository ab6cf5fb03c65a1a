"""`captioner doctor`: one check after the other, each with what to do when it fails."""

from __future__ import annotations

import email.utils
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import httpx

from captioner.cli.help import RUN, Option, command, with_options
from captioner.cli.options import MODEL, SERVICE, STORAGE
from captioner.cli.terminal import escape_control, json_text
from captioner.config import load
from captioner.errors import CaptionerError, ConfigError
from captioner.files import sha256_of_file
from captioner.model import Prepared
from captioner.network import Network
from captioner.recognition.funasr.client import AsrClient
from captioner.settings import Settings
from captioner.storage import TemporaryStore, open_store
from captioner.storage.s3 import iam
from captioner.storage.temporary import TEMPORARY_NOTE

__all__ = ["doctor"]

#: SigV4 refuses requests signed more than 15 minutes away from the server's clock (AWS: RequestTimeTooSkewed); a third
#: of it is the warning.
_SKEW_WARNING_S = 300
_LOOK_BACK_S = 3600

Check = tuple[str, Callable[[], str]]


_POLICY = Option(
    ["--policy"], group=RUN, is_flag=True, help="Print the least rights in the bucket and a lifecycle rule, and end."
)


@command()
@with_options((_POLICY, MODEL), SERVICE, STORAGE)
def doctor(policy: bool, **options: Any) -> int:
    """Check key, region, bucket, presigned access and clock; say how to fix what is wrong.

    Writes one small object into the bucket and deletes it again. Submits nothing and costs nothing.
    """
    config = load().with_flags(**options)
    settings = config.settings()
    if policy:
        return _print_policies(settings)
    worst = 0
    for name, check in _checks(settings, config["model"]):
        try:
            click.echo(escape_control(f"ok     {name}: {check()}"))
        except CaptionerError as error:
            worst = max(worst, error.exit_code)
            click.echo(escape_control(f"FAILED {name}: {error.message}"))
            if name == "network":
                break  # everything else would fail for the same reason
    click.echo("everything works" if not worst else "see the lines marked FAILED", err=True)
    return worst


def _print_policies(settings: Settings) -> int:
    if not settings.bucket:
        raise ConfigError("doctor --policy: no bucket is set; give --bucket")
    bucket, prefix = settings.bucket, settings.prefix
    if (urlsplit(settings.s3_endpoint).hostname or "").endswith(".aliyuncs.com"):
        rights, rule = iam.oss_access_policy(bucket, prefix), iam.oss_lifecycle(prefix)
    else:
        rights = iam.access_policy(bucket, prefix, settings.kms_key)
        rule = json_text(iam.lifecycle_rules(prefix))
    click.echo("rights for the user or role that captioner runs as; the bucket itself stays private:", err=True)
    click.echo(json_text(rights))
    click.echo("lifecycle rule of the bucket, for what a crash leaves behind:", err=True)
    click.echo(rule)
    return 0


def _checks(settings: Settings, model: str) -> Iterator[Check]:
    yield "configuration", lambda: f"service {settings.base_url}, storage {settings.chosen_storage}"
    yield "network", lambda: _network(settings)
    yield "key", lambda: _key(settings, model)
    yield "clock", lambda: _clock(settings)
    if settings.chosen_storage == "s3":
        yield "bucket and presigned access", lambda: _bucket(settings)
    else:
        yield "temporary store", lambda: _temporary(settings, model)


def _network(settings: Settings) -> str:
    """The route to service and store, and the trusted authorities, all of whose files are read."""
    network = Network.from_environment(settings.ca_bundle)
    network.trust.context()
    routes = {"service": settings.base_url}
    if settings.chosen_storage == "s3" and settings.s3_endpoint:
        routes["store"] = settings.s3_endpoint
    described = [f"{name} {network.describe_route(url)}" for name, url in routes.items()]
    return "; ".join([*described, f"trusts {network.trust.label}", *network.proxies.warnings])


def _key(settings: Settings, model: str) -> str:
    with AsrClient.from_settings(settings) as client:
        now = time.time()
        found = client.tasks(model, now - _LOOK_BACK_S, now)
    return f"accepted; {len(found)} tasks of {model} in the last hour"


def _clock(settings: Settings) -> str:
    try:
        with Network.from_environment(settings.ca_bundle).client(timeout=10) as client:
            answer = client.head(settings.base_url)
        date = email.utils.parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, KeyError, ValueError):
        return "the service does not send its time; not checked"
    skew_s = time.time() - date.timestamp()
    if abs(skew_s) > _SKEW_WARNING_S:
        raise ConfigError(f"this machine's clock is {skew_s:+.0f} s off; set it, or signed links will be refused")
    return f"{abs(skew_s):.0f} s from the service's"


def _bucket(settings: Settings) -> str:
    store = open_store(settings, "")
    try:
        with tempfile.TemporaryDirectory(prefix="captioner-") as folder:
            stored = store.put(_probe(Path(folder)), "doctor.txt")
        try:
            signed = store.sign(stored)
            store.verify_readable(signed)
        finally:
            store.delete(stored)
    finally:
        store.close()
    left_s = (signed.expires_at or 0) - time.time()
    return f"{settings.bucket}: written, read through a link that lives {left_s / 3600:.1f} h, deleted"


def _probe(folder: Path) -> Prepared:
    path = folder / "doctor.txt"
    path.write_text(f"captioner doctor {time.time_ns()}\n", encoding="ascii")
    return Prepared(path, path.stat().st_size, sha256_of_file(path), 0, 0, 1, temporary=True)


def _temporary(settings: Settings, model: str) -> str:
    store = TemporaryStore.from_settings(settings, model)
    try:
        with tempfile.TemporaryDirectory(prefix="captioner-") as folder:
            stored = store.put(_probe(Path(folder)), "doctor.txt")
    finally:
        store.close()
    return f"written, deleted by the service after 48 hours, bound to {stored.model}; {TEMPORARY_NOTE}"
