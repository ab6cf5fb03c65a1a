"""`captioner emulate`: the local service, on a port, until Ctrl-C."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import click

from captioner.cli.help import command, with_options
from captioner.cli.local_service import local_hearing
from captioner.cli.options import THREADS, WEIGHTS
from captioner.cli.signals import handle_signals
from captioner.config import load
from captioner.emulator import Emulator, Faults

__all__ = ["emulate"]


@command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8780,
    help="Port on loopback; 0 takes a free one (default: 8780).",
)
@click.option(
    "--transcripts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Folder of the transcripts it knows (default: those of the fixtures).",
)
@click.option("--key", default=None, metavar="KEY", help="The only key that is accepted (default: any).")
@click.option("--hear", is_flag=True, help="Recognise audio that it has no transcript for, with a Whisper model.")
@click.option("--faults", default="", metavar="SPEC", help="Faults to simulate, e.g. throttle=2,lost_answer=1.")
@click.option("--events", default="", metavar="URL", help="Address that is told when a task has ended (default: none).")
@with_options((WEIGHTS, THREADS))
def emulate(
    port: int, transcripts: Path | None, key: str | None, hear: bool, faults: str, events: str, **settings: Any
) -> None:
    """Run a local Fun-ASR service that answers with known transcripts.

    It downloads the URLs it is given, probes them, and answers with the transcript known for that audio. Unknown audio
    fails with a message; with --hear it is recognised on this machine, without speakers, and the reply names the model.
    Use it with --endpoint, or from the official SDK with DASHSCOPE_HTTP_BASE_URL. Without --key any key is taken, and
    it has a temporary store of its own, so a bucket is not needed.

    \b
    Example: captioner emulate
             DASHSCOPE_API_KEY=any captioner run talk.mp4 --endpoint http://127.0.0.1:8780/api/v1
    """
    stop = threading.Event()
    config = load().with_flags(**settings)
    hearing = local_hearing(config["weights"], "", config["threads"]) if hear else None
    with (
        handle_signals(stop),
        Emulator(
            port=port, transcripts=transcripts, key=key, faults=Faults.parse(faults), hearing=hearing, events=events
        ) as emulator,
    ):
        click.echo(emulator.url)
        stop.wait()
        click.echo("stopping", err=True)
