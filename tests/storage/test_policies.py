"""The policy allows what the store does, below its prefix, and nothing else."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from captioner.cli.doctor import doctor
from captioner.storage.policies import access_policy, lifecycle_rules


@pytest.mark.parametrize("prefix", ["captioner", "news/desk 1", ""])
def test_nothing_outside_the_prefix_is_allowed(prefix: str) -> None:
    policy = access_policy("media", prefix)
    listing, objects = policy["Statement"]
    start = objects["Resource"].removeprefix("arn:aws:s3:::media/")
    assert start == {"captioner": "captioner/*", "news/desk 1": "news/desk-1/*", "": "*"}[prefix]
    assert listing["Resource"] == "arn:aws:s3:::media"
    assert ("Condition" in listing) is bool(prefix)
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert not any("*" in action or "Acl" in action or "Policy" in action for action in actions)


def test_a_bucket_without_a_prefix_is_never_emptied() -> None:
    assert "Expiration" not in lifecycle_rules("")["Rules"][0]
    assert lifecycle_rules("captioner")["Rules"][0]["Filter"] == {"Prefix": "captioner/"}


def test_doctor_prints_both_without_asking_anybody() -> None:
    done = CliRunner().invoke(doctor, ["--policy", "--bucket", "media"], standalone_mode=False)
    assert done.exit_code == 0, done.output
    decoder = json.JSONDecoder()
    first, end = decoder.raw_decode(done.stdout)
    second, _ = decoder.raw_decode(done.stdout[end:].lstrip())
    assert (first, second) == (access_policy("media", "captioner"), lifecycle_rules("captioner"))
