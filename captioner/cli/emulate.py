"""`captioner emulate`: the local service, on a port, until Ctrl-C."""

from __future__ import annotations

import threading
from pathlib import Path

import click

__all__ = ["emulate"]


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8780,
    show_default=True,
    help="Port on loopback; 0 takes a free one.",
)
@click.option(
    "--transcripts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Transcripts it knows; the fixtures' without.",
)
@click.option("--key", default=None, metavar="KEY", help="The only bearer key accepted; any without.")
@click.option("--faults", default="", metavar="SPEC", help="Faults to play, such as throttle=2,lost_answer=1.")
def emulate(port: int, transcripts: Path | None, key: str | None, faults: str) -> None:
    """Run a local Fun-ASR service that answers with known transcripts.

    It downloads the URLs it is given, probes them, and answers with the transcript known for that audio. Audio it does
    not know fails in plain words. Point captioner at it with --endpoint, or the official SDK with
    DASHSCOPE_HTTP_BASE_URL.
    """
    from captioner.cli.signals import stopping
    from captioner.emulator import Emulator, Faults

    stop = threading.Event()
    with (
        stopping(stop),
        Emulator(port=port, transcripts=transcripts, key=key, faults=Faults.parse(faults)) as emulator,
    ):
        click.echo(emulator.url)
        stop.wait()
        click.echo("stopping", err=True)
