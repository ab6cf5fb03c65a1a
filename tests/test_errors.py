"""Every error survives a process boundary, says one line, and carries its exit code."""

from __future__ import annotations

import pickle

import pytest

from captioner import errors

LEAVES = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("kind", LEAVES)
def test_an_error_survives_pickling(kind: type[errors.CaptionerError]) -> None:
    error = kind("talk.mp4: went wrong; try again", "Some.Code")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (str(copy), copy.code, copy.exit_code) == (str(error), "Some.Code", kind.exit_code)


@pytest.mark.parametrize("kind", LEAVES)
def test_the_file_is_a_field_and_stands_in_front_when_printed(kind: type[errors.CaptionerError]) -> None:
    error = pickle.loads(pickle.dumps(kind("went wrong; try again", file="talk.mp4")))
    assert (error.file, error.detail) == ("talk.mp4", "went wrong; try again")
    assert str(error) == error.message == "talk.mp4: went wrong; try again"
    assert kind("went wrong").detail == kind("went wrong").message == "went wrong"


def test_what_is_particular_to_an_error_survives_too() -> None:
    throttled = pickle.loads(pickle.dumps(errors.AsrUnavailable("busy", "Throttling", 2.5)))
    rejected = pickle.loads(pickle.dumps(errors.AsrRejected("no", "FILE_TOO_LARGE", "task-1")))
    assert throttled.retry_after_s == 2.5
    assert rejected.task_id == "task-1"


def test_exit_codes_are_the_documented_ones() -> None:
    assert {kind.exit_code for kind in LEAVES} <= {1, 2, 3, 130}
    assert errors.CredentialsRefused.exit_code == 3
    assert errors.ConfigError.exit_code == 2


def test_the_drawing_at_the_top_names_every_error() -> None:
    assert errors.__doc__ is not None
    for name in errors.__all__:
        assert name in errors.__doc__
