"""Tells other programs that a file is done or a run has ended: a webhook, or a command.

A receiver is told at least once, with an id by which it knows a second time; the caller keeps the message until
`deliver` says that it was taken. httpx is imported when a webhook is made, not before.
"""

from __future__ import annotations

from captioner.notification.command import Command
from captioner.notification.receiver import Message, Receiver, receiver_key
from captioner.notification.webhook import Webhook, signature

__all__ = ["Command", "Message", "Receiver", "Webhook", "receiver_key", "signature"]
