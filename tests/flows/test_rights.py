"""Every call to the bucket that whole runs make is allowed by the printed policy, and nothing more is."""

from __future__ import annotations

import fnmatch
import json
import random
import shutil
import wave
from pathlib import Path
from typing import Any

import boto3
import pytest

from captioner.emulator import Emulator
from captioner.storage.s3.iam import access_policy
from tests.flows.conftest import FIXTURES, Journey

STEREO = FIXTURES / "stereo-two-tracks.wav"

#: Python runs this when it starts: every call boto3 is about to make is written down, and so is every link it signs.
_RECORDER = """
import json, os
import botocore.session
made = botocore.session.Session.create_client
def create_client(self, *args, **kwargs):
    client = made(self, *args, **kwargs)
    def note(params, model, **_):
        kept = {name: params.get(name) for name in ("Bucket", "Key", "Prefix")}
        objects = params.get("Delete", {}).get("Objects", [kept])
        with open(os.environ["CALLS"], "a") as file:
            for one in objects:
                file.write(json.dumps({"call": model.name, **kept, "Key": one["Key"]}) + chr(10))
    client.meta.events.register("before-parameter-build.s3", note)
    client.meta.events.register("provide-client-params.s3", note)
    return client
botocore.session.Session.create_client = create_client
"""

#: Source: Amazon S3 User Guide, "Required permissions for Amazon S3 API operations", 2026.
RIGHTS = {
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "GetObject": "s3:GetObject",
    "DeleteObject": "s3:DeleteObject",
    "DeleteObjects": "s3:DeleteObject",
    "ListObjectsV2": "s3:ListBucket",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
}


def allowed(policy: dict[str, Any], call: dict[str, Any]) -> bool:
    """Whether a statement allows a call, as IAM decides it: action, resource and every condition have to fit."""
    resource = f"arn:aws:s3:::{call['Bucket']}" + (f"/{call['Key']}" if call["Key"] else "")
    for statement in policy["Statement"]:
        conditions = statement.get("Condition", {}).get("StringLike", {})
        fits = all(
            name == "s3:prefix" and call["call"] == "ListObjectsV2" and fnmatch.fnmatchcase(call["Prefix"] or "", want)
            for name, want in conditions.items()
        )
        if (
            RIGHTS[call["call"]] in statement["Action"]
            and fnmatch.fnmatchcase(resource, statement["Resource"])
            and fits
        ):
            return True
    return False


def noise(path: Path, megabytes: int) -> Path:
    """A recording that no encoder makes small."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16000)
        sound.writeframes(random.Random(1).randbytes(megabytes << 20))
    return path


@pytest.fixture
def recorded(journey: Journey) -> Path:
    """Where the calls of every process of the journey are written."""
    hooks = journey.folder / "hooks"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(_RECORDER)
    journey.environment |= {"PYTHONPATH": str(hooks), "CALLS": str(journey.folder / "calls.jsonl")}
    return journey.folder / "calls.jsonl"


def stale_upload(journey: Journey) -> None:
    """An upload in parts that a crash left behind."""
    client = boto3.client(
        "s3",
        endpoint_url=journey.s3.url,
        aws_access_key_id=journey.s3.access_key,
        aws_secret_access_key=journey.s3.secret,
        region_name="us-east-1",
    )
    client.create_multipart_upload(Bucket="media", Key=f"captioner/{'b' * 64}/stale.flac")
    client.close()


def test_whole_runs_need_every_right_of_the_policy_and_no_other(
    journey: Journey, emulator: Emulator, recorded: Path
) -> None:
    place, rushes = journey.place(emulator), journey.folder / "rushes"
    rushes.mkdir()
    shutil.copy(STEREO, rushes)
    (rushes / "broken.mp4").write_bytes(b"no media")
    commands = [
        ["doctor", *place],
        ["batch", rushes, "-o", "out", *place],
        ["batch", rushes, "-o", "out", "--format", "vtt", *place],
        ["upload", noise(journey.folder / "long.wav", 9), "--audio", "original", *journey.place(emulator)[2:]],
    ]
    for command in commands:
        done = journey.captioner(*command)
        assert done.returncode in (0, 1), done.stderr
    stale_upload(journey)
    cleaned = journey.captioner("clean", "out", "--yes", "--older-than", "0", *place)
    assert cleaned.returncode == 0, cleaned.stderr
    assert journey.objects() == []

    calls = [json.loads(line) for line in recorded.read_text().splitlines()]
    policy = access_policy("media", "captioner")
    assert {call["call"] for call in calls} <= RIGHTS.keys()
    assert [call for call in calls if not allowed(policy, call)] == []
    used = {RIGHTS[call["call"]] for call in calls}
    assert used == {action for statement in policy["Statement"] for action in statement["Action"]}


@pytest.mark.short
@pytest.mark.parametrize(
    "call",
    [
        {"call": "GetObject", "Bucket": "media", "Key": "other/x", "Prefix": None},
        {"call": "GetObject", "Bucket": "media2", "Key": "captioner/x", "Prefix": None},
        {"call": "PutObject", "Bucket": "media", "Key": "captioner2/x", "Prefix": None},
        {"call": "ListObjectsV2", "Bucket": "media", "Key": None, "Prefix": ""},
        {"call": "ListObjectsV2", "Bucket": "media", "Key": None, "Prefix": "other/"},
        {"call": "DeleteObject", "Bucket": "media", "Key": "captions.srt", "Prefix": None},
    ],
)
def test_what_is_somebody_elses_is_not_allowed(call: dict[str, Any]) -> None:
    assert not allowed(access_policy("media", "captioner"), call)
