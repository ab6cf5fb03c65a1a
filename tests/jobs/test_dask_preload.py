"""What a worker of `--cluster local:N` does before anything else."""

from __future__ import annotations

import os
import signal

import pytest

from captioner.jobs.executors.dask_preload import dask_setup


def test_a_worker_of_this_machine_forgets_the_secrets_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = ("DASHSCOPE_API_KEY", "CAPTIONER_API_KEY", "CAPTIONER_WEBHOOK_SECRET", "CAPTIONER_EVENTS_TOKEN")
    for name in (*secret, "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sk-secret")
    before = signal.getsignal(signal.SIGINT)
    try:
        dask_setup(None)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert not set(secret) & set(os.environ)
    assert os.environ["AWS_SECRET_ACCESS_KEY"] == "sk-secret"  # it uploads
