"""The policy allows what the store does, below its prefix, and nothing else."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from captioner.cli.commands.doctor import doctor
from captioner.storage.s3.iam import access_policy, lifecycle_rules, oss_access_policy, oss_lifecycle

STARTS = {"captioner": "captioner/", "news/desk 1": "news/desk-1/", "": ""}


def actions(policy: dict[str, Any]) -> set[str]:
    return {action for statement in policy["Statement"] for action in statement["Action"]}


@pytest.mark.parametrize("prefix", STARTS)
def test_nothing_outside_the_prefix_is_allowed(prefix: str) -> None:
    finding, sweeping, keeping = access_policy("media", prefix)["Statement"]
    assert keeping["Resource"] == f"arn:aws:s3:::media/{STARTS[prefix]}*"
    assert finding["Resource"] == sweeping["Resource"] == "arn:aws:s3:::media"
    condition = {"StringLike": {"s3:prefix": f"{STARTS[prefix]}*"}} if prefix else None
    assert finding.get("Condition") == condition


def test_an_access_point_has_its_own_resources() -> None:
    point = "arn:aws:s3:eu-west-1:123456789012:accesspoint/films"
    finding, sweeping, keeping = access_policy(point, "captioner")["Statement"]
    assert finding["Resource"] == sweeping["Resource"] == point
    assert keeping["Resource"] == f"{point}/object/captioner/*"


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        ("arn:aws:kms:eu-west-1:1:key/2", "arn:aws:kms:eu-west-1:1:key/2"),
        ("2b-3c", "arn:aws:kms:*:*:key/2b-3c"),
        ("alias/films", "arn:aws:kms:*:*:key/*"),
    ],
)
def test_a_key_of_ones_own_comes_with_the_two_rights_that_uploads_need(key: str, resource: str) -> None:
    statement = access_policy("media", "captioner", key)["Statement"][-1]
    assert (statement["Resource"], statement["Action"]) == (resource, ["kms:GenerateDataKey", "kms:Decrypt"])
    assert ("Condition" in statement) == key.startswith("alias/")


@pytest.mark.parametrize("prefix", STARTS)
def test_the_rights_at_oss_are_the_same(prefix: str) -> None:
    finding, sweeping, keeping = oss_access_policy("media", prefix)["Statement"]
    assert keeping["Resource"] == [f"acs:oss:*:*:media/{STARTS[prefix]}*"]
    assert finding["Resource"] == sweeping["Resource"] == ["acs:oss:*:*:media"]
    condition = {"StringLike": {"oss:Prefix": [f"{STARTS[prefix]}*"]}} if prefix else None
    assert finding.get("Condition") == condition
    names = {"ListBucket": "ListObjects", "ListBucketMultipartUploads": "ListMultipartUploads"}
    there = {action.removeprefix("s3:") for action in actions(access_policy("media", prefix))}
    assert actions(oss_access_policy("media", prefix)) == {f"oss:{names.get(action, action)}" for action in there}


def test_no_right_is_a_pattern_or_about_rights() -> None:
    given = actions(access_policy("media", "")) | actions(oss_access_policy("media", ""))
    assert not any("*" in action or "Acl" in action or "Policy" in action for action in given)


def test_a_bucket_without_a_prefix_is_never_emptied() -> None:
    assert "Expiration" not in lifecycle_rules("")["Rules"][0]
    assert lifecycle_rules("captioner")["Rules"][0]["Filter"] == {"Prefix": "captioner/"}
    assert "Expiration" not in oss_lifecycle("")


def test_the_rule_of_oss_is_the_same() -> None:
    (rule,) = ElementTree.fromstring(oss_lifecycle("news/desk 1"))
    wanted = lifecycle_rules("news/desk 1")["Rules"][0]
    assert rule.findtext("ID") == wanted["ID"]
    assert rule.findtext("Status") == wanted["Status"]
    assert rule.findtext("Prefix") == wanted["Filter"]["Prefix"]
    assert rule.findtext("Expiration/Days") == str(wanted["Expiration"]["Days"])
    parts = wanted["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
    assert rule.findtext("AbortMultipartUpload/Days") == str(parts)


def test_doctor_prints_both_without_asking_anybody() -> None:
    done = CliRunner().invoke(doctor, ["--policy", "--bucket", "media"], standalone_mode=False)
    assert done.exit_code == 0, done.output
    decoder = json.JSONDecoder()
    first, end = decoder.raw_decode(done.stdout)
    second, _ = decoder.raw_decode(done.stdout[end:].lstrip())
    assert (first, second) == (access_policy("media", "captioner"), lifecycle_rules("captioner"))


def test_doctor_prints_them_in_the_words_of_oss_for_a_bucket_there() -> None:
    place = ["--bucket", "media", "--s3-endpoint", "https://oss-cn-beijing.aliyuncs.com"]
    done = CliRunner().invoke(doctor, ["--policy", *place], standalone_mode=False)
    assert done.exit_code == 0, done.output
    policy, end = json.JSONDecoder().raw_decode(done.stdout)
    assert policy == oss_access_policy("media", "captioner")
    assert done.stdout[end:].strip() == oss_lifecycle("captioner")
