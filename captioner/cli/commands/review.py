"""`captioner review`: the editor in the browser."""

from __future__ import annotations

import os
import webbrowser
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import click

from captioner.archive_files import author
from captioner.cli.help import Option, command, with_options
from captioner.cli.malloc import tune_malloc
from captioner.cli.progress import say
from captioner.config import load
from captioner.errors import ConfigError
from captioner.files import describe_read_error, read_settings

if TYPE_CHECKING:
    from captioner.review.library import Library

__all__ = ["review"]

_NEEDED = ("starlette", "uvicorn", "jinja2")
_SHORTEST = 12  # characters of a password that a network can try at
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_OPTIONS = (
    Option(["--no-browser"], is_flag=True, help="Print the address only; open no browser."),
    Option(["--port"], type=click.IntRange(0, 65535), default=0, metavar="N", help="Port (default: any free one)."),
    Option(["--caption"], type=click.IntRange(1), metavar="N", help="Caption that the page opens at."),
    Option(["--by"], metavar="NAME", help="Who makes the changes (default: the user's name)."),
    Option(["--listen"], metavar="ADDRESS",
           help="Address of this machine to answer at, such as 10.0.0.5 or 0.0.0.0; needs the three below."),
    Option(["--password-file"], type=_FILE, metavar="FILE", help="File with the password in one line."),
    Option(["--tls-cert"], type=_FILE, metavar="PEM", help="Certificate for https."),
    Option(["--tls-key"], type=_FILE, metavar="PEM", help="Its key."),
    Option(["--behind-proxy"], is_flag=True, help="A proxy in front of it speaks https."),
    Option(["--host"], multiple=True, metavar="NAME",
           help="Name in the address that people type; repeatable (default: ADDRESS)."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Desk:
    """Access from other machines.

    Attributes:
        address: Address it answers at.
        password: What people type.
        certificate: PEM file, or None behind a proxy.
        key: PEM file, or None behind a proxy.
        names: Names in addresses.
    """

    address: str
    password: str
    certificate: Path | None
    key: Path | None
    names: tuple[str, ...]


@command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@with_options(_OPTIONS)
def review(
    file: Path,
    no_browser: bool,
    port: int,
    caption: int | None,
    by: str | None,
    listen: str | None,
    password_file: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    behind_proxy: bool,
    host: tuple[str, ...],
) -> int:
    """Edit captions in the browser: hear, correct, cut, and write all formats anew.

    FILE is media with captions beside it, a caption file, captioner's JSON, or a folder. Everything stays on this
    machine, and is saved as you type. Stop it with Ctrl-C.

    \b
    Examples: captioner review talk.mp4
              captioner review captions/
              captioner review talk.srt --no-browser --port 8765
    """
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise ConfigError(f"review: {', '.join(missing)} is missing; pip install 'captioner[review]'")
    tune_malloc()
    desk = _desk(listen, password_file, tls_cert, tls_key, host, behind_proxy=behind_proxy)
    from captioner.review.library import Library

    named = load()["glossary"]
    library = Library(file, author(by), Path(named).expanduser() if named else None)
    if (only := library.only()) is not None:
        library.session(only.id)  # what cannot be read is told here, and the page opens at once
    _serve(library, desk, file, port, caption, no_browser=no_browser)
    return 0


def _desk(
    listen: str | None,
    password_file: Path | None,
    certificate: Path | None,
    key: Path | None,
    names: tuple[str, ...],
    *,
    behind_proxy: bool,
) -> _Desk | None:
    """The access from other machines, None where there is none.

    Raises:
        ConfigError: What makes that safe is missing.
    """
    if listen is None:
        if password_file or certificate or key or behind_proxy or names:
            raise ConfigError("review: --password-file, --tls-cert, --tls-key, --behind-proxy, --host go with --listen")
        return None
    if password_file is None:
        raise ConfigError("review: --listen needs --password-file, a file with one line that no other person knows")
    if behind_proxy == bool(certificate and key) or bool(certificate) != bool(key):
        raise ConfigError("review: --listen needs --tls-cert and --tls-key, or --behind-proxy where a proxy has them")
    if not names and listen in ("0.0.0.0", "::"):  # noqa: S104 - what the user asks for
        raise ConfigError("review: --listen on every address needs --host, the name in the address that people type")
    return _Desk(listen, _password(password_file), certificate, key, names or (listen,))


def _password(path: Path) -> str:
    try:
        text = read_settings(path).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({describe_read_error(error)}); put the password in it") from error
    if len(text) < _SHORTEST or "\n" in text:
        raise ConfigError(f"{path}: the password has to be one line of {_SHORTEST} characters or more")
    return text


def _serve(
    library: Library, desk: _Desk | None, file: Path, port: int, caption: int | None, *, no_browser: bool
) -> None:
    from captioner.review.server.app import build
    from captioner.review.server.running import Tls, listen_at, serve
    from captioner.review.server.security import Access, hosts_of, loopback_hosts

    listening = listen_at(desk.address if desk else "127.0.0.1", port)
    port = listening.getsockname()[1]
    if desk is None:
        access = Access(loopback_hosts(port))
    else:
        access = Access(hosts_of(desk.names, port), "", desk.password, secure=True)
    served = build(library, access, ledger=_ledger(file))
    address = _address(library, access, desk, port, caption)

    def ready() -> None:
        click.echo(address)
        say("stop it with Ctrl-C; everything is saved as it is typed")
        if not no_browser and desk is None:
            webbrowser.open(address)

    tls = Tls(desk.certificate, desk.key) if desk and desk.certificate and desk.key else None
    try:
        serve(served, listening, ready, tls)
    except KeyboardInterrupt:
        return
    finally:
        listening.close()


def _address(library: Library, access: object, desk: _Desk | None, port: int, caption: int | None) -> str:
    """The address of the page, with the token where one is needed."""
    only = library.only()
    path = f"/files/{only.id}" if only else "/"
    end = f"#c={caption}" if caption and only else ""
    if desk is not None:
        return f"https://{desk.names[0]}{'' if desk.certificate is None else f':{port}'}{path}{end}"
    return f"http://127.0.0.1:{port}{path}?{urlencode({'token': getattr(access, 'token', '')})}{end}"


def _ledger(file: Path) -> Path | None:
    """The ledger that knows the files of a folder."""
    if not file.is_dir():
        return None
    from captioner.jobs.ledger.location import find_folder_ledgers, user_ledger

    found = find_folder_ledgers([Path(os.path.abspath(file))])  # noqa: PTH100 - keeps links, as the ledger does
    return found[0] if found else user_ledger()
