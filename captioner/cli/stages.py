"""`captioner upload` and `captioner transcribe`: single stages of the way."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import click

from captioner.cli.options import audio_options, recognition_options, service_options, storage_options
from captioner.cli.terminal import plain

__all__ = ["transcribe", "upload"]


@click.command()
@click.argument("media", type=click.Path(path_type=Path))
@click.option("--model", metavar="M", help="Model the temporary store binds the file to. [default: fun-asr]")
@audio_options
@service_options
@storage_options
@click.option("--json", "as_json", is_flag=True, help="Print link, expiry and key as JSON.")
def upload(media: Path, as_json: bool, **options: Any) -> None:
    """Prepare MEDIA, upload it, prove that it can be read, and print its link.

    The link is the command's result and a secret until it expires: whoever has it can read the object. The object is
    left in the store; `captioner run` deletes what it uploads itself.
    """
    from captioner import media as room
    from captioner.cli.jobs import place_order
    from captioner.storage import open_store

    order = place_order(options, with_captions=False)
    described = room.describe(media)
    store = open_store(order.config.settings(), order.recognition.model)
    try:
        with tempfile.TemporaryDirectory(prefix="captioner-") as folder:
            prepared = room.prepare(described, order.audio, Path(folder))
            click.echo(plain(f"{media}: sending {prepared.size_bytes / 1e6:.1f} MB"), err=True)
            stored = store.put(prepared, media.name)
        signed = store.sign(stored)
        store.verify_readable(signed)
    finally:
        store.close()
    if as_json:
        facts = {"url": signed.url, "expires_at": signed.expires_at, "key": stored.key, "bytes": stored.size_bytes}
        click.echo(json.dumps({**facts, "offset_ms": prepared.offset_ms}, indent=2))
    else:
        click.echo(signed.url)


@click.command()
@click.argument("media", nargs=-1, required=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Folder for the replies."
)
@recognition_options
@audio_options
@service_options
@storage_options
@click.option(
    "--ledger",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Ledger; `.captioner/` in the output folder without.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress; failures are still told.")
def transcribe(media: tuple[str, ...], output: Path | None, ledger: Path | None, quiet: bool, **options: Any) -> int:
    """Recognise MEDIA and save the service's raw reply as <stem>.asr.json; `captioner format` makes captions of it.

    \b
    Example: captioner transcribe interview.mp4 --language en
             captioner format interview.asr.json --format vtt -o interview.vtt
    """
    from captioner.cli.jobs import place_order
    from captioner.cli.run import carry_out
    from captioner.jobs.inputs import expand

    order = place_order(options, with_captions=False)
    report = carry_out(order, expand(media, output), media, output, ledger, quiet=quiet)
    for file in report.files:
        for path in file.outputs:
            click.echo(plain(str(path)))
    return report.exit_code
