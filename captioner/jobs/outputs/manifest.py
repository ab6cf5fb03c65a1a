"""The manifest beside the captions, `<stem>.captioner.json`: what they were made of, how, and what it cost. Pure.

It is written last, so the files it names are there when it is. No key and no signed link is ever part of it. Its form
is published in `captioner/manifest.schema.json`; what is added later is optional.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from captioner.jobs.options import MANIFEST_EXTENSION, JobOptions
from captioner.jobs.records import OBJECT_MARK, Job, Recognition
from captioner.recognition.funasr.catalogue import price_usd
from captioner.version import __version__

__all__ = ["MANIFEST_EXTENSION", "SCHEMA", "VERSION", "Facts", "encode_manifest"]

SCHEMA = "captioner.manifest"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a manifest tells.

    Attributes:
        job: The input.
        rec: Its recognition.
        options: What was asked.
        outputs: Name and hex SHA-256 of every file beside the manifest.
        cues: Number of cues.
        speech: Whether anything was said.
        task_id: The service's name for the task.
        region: Region of the service, for the price.
        written_at: Unix seconds.
    """

    job: Job
    rec: Recognition
    options: JobOptions
    outputs: Sequence[tuple[str, str]]
    cues: int
    speech: bool
    task_id: str
    region: str
    written_at: float


def encode_manifest(facts: Facts) -> bytes:
    """The manifest as JSON with a line end."""
    recognition = facts.options.recognition
    values: dict[str, Any] = {
        "schema": SCHEMA,
        "version": VERSION,
        "generator": f"captioner {__version__}",
        "written_at": datetime.fromtimestamp(facts.written_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "inputs": [_input(facts.job)],
        "models": [facts.rec.model],
        "options": {
            "recognition": {"digest": facts.options.recognition_digest, "parameters": recognition.parameters()},
            "audio": facts.rec.audio,
            "captions": {"digest": facts.options.captions_digest, "values": facts.options.captions_values},
        },
        "recognition": {
            "endpoint": facts.rec.endpoint,
            "task_id": facts.task_id,
            "submissions": facts.rec.status.submissions,
            "submitted_again_because": facts.rec.resubmit_reason,
            "offset_ms": facts.rec.offset_ms,
            "speech": facts.speech,
        },
        "outputs": [{"name": name, "sha256": digest} for name, digest in facts.outputs],
        "cues": facts.cues,
        "cost": _cost(facts),
    }
    return (json.dumps(values, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")


def _input(job: Job) -> dict[str, Any]:
    """A file with its digest, or a link without its query; what is not known is null."""
    return {
        "source": job.source,
        "sha256": None if job.link_digest or job.content.startswith(OBJECT_MARK) else job.content,
        "size_bytes": job.size_bytes or None,
        "duration_ms": job.duration_ms or None,
        "width": job.width or None,
        "height": job.height or None,
        "frame_rate": job.frame_rate or None,
        "start_timecode": job.start_timecode or None,
    }


def _cost(facts: Facts) -> dict[str, Any]:
    """Cost of the recognition, which other inputs with the same audio share."""
    seconds = facts.rec.billed_s
    usd = None if seconds is None else price_usd(facts.rec.model, facts.region, seconds)
    return {"billed_s": seconds, "list_price_usd": usd, "region": facts.region}
