"""An emulator of the recognition service on this machine, for tests, for the demo, and for free trials.

It implements the service's whole contract on loopback: submissions, queries, cancelling, the task list, result links,
the temporary store and hotword lists. It does not recognise speech: it knows the transcripts of some audio, finds them
by an audio fingerprint, and shapes them as the model and the parameters ask. It shares no code with the client that
is tested against it.
"""

from __future__ import annotations

from captioner.emulator.emulator import Emulator
from captioner.emulator.faults import Faults
from captioner.emulator.messages import RecordedRequest
from captioner.emulator.task_timing import ServiceLimits, TaskTiming

__all__ = ["Emulator", "Faults", "RecordedRequest", "ServiceLimits", "TaskTiming"]
