"""Webhook and command of a run, from the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from captioner.cli.progress import say
from captioner.config import Config
from captioner.notification import Command, Receiver, Webhook

__all__ = ["open_receivers"]


@contextmanager
def open_receivers(config: Config) -> Iterator[Mapping[str, Receiver]]:
    """The webhook and the command that are to be told of what is done, by their keys, until the block ends.

    Raises:
        ConfigError: The address or the command cannot be understood.
    """
    with ExitStack() as stack:
        found: list[Receiver] = []
        if config["webhook"]:
            found.append(Webhook.from_settings(config["webhook"], config["webhook_secret"], config["ca_bundle"]))
            if not config["webhook_secret"]:
                say("note: messages to the webhook are not signed; set CAPTIONER_WEBHOOK_SECRET to have them signed")
        if config["on_done"]:
            found.append(Command(config["on_done"]))
        for receiver in found:
            stack.callback(receiver.close)
        yield {receiver.key: receiver for receiver in found}
