"""`captioner upload`: prepare and upload one file, and print its presigned link."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import click

from captioner import media as media_files
from captioner.cli.help import command, with_options
from captioner.cli.options import AUDIO, JSON, MODEL, SERVICE, STORAGE
from captioner.cli.progress import say
from captioner.cli.run_setup import build_run
from captioner.storage import open_store

__all__ = ["upload"]


@command()
@click.argument("media", type=click.Path(path_type=Path))
@with_options(AUDIO, (MODEL,), SERVICE, STORAGE, (JSON,))
def upload(media: Path, as_json: bool, **options: Any) -> None:
    """Prepare MEDIA, upload it, verify that it can be read, and print its link.

    The link is the command's result and a secret until it expires: anyone who has it can read the object. The object
    is left in the store; captioner run deletes what it uploads. The temporary store binds a file to one --model.
    """
    plan = build_run(options, with_captions=False)
    described = media_files.describe(media)
    store = open_store(plan.config.settings(), plan.recognition.model)
    try:
        with tempfile.TemporaryDirectory(prefix="captioner-") as folder:
            prepared = media_files.prepare(described, plan.audio, Path(folder))
            say(f"{media}: sending {prepared.size_bytes / 1e6:.1f} MB")
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
