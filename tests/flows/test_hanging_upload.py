"""A store takes an upload and never answers: Ctrl-C still ends the command, quickly and without an internal error."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.doubles_s3 import SilentStore
from tests.flows.conftest import FIXTURES, KEY
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.process


@pytest.mark.parametrize("command", [pytest.param("run", marks=pytest.mark.short), "batch"])
def test_ctrl_c_ends_a_command_whose_upload_hangs(tmp_path: Path, clean_environment: Path, command: str) -> None:
    with SilentStore() as store:
        flags = ["--endpoint", "http://127.0.0.1:9/api/v1", "--storage", "s3", "--bucket", "media"]
        flags += ["--s3-endpoint", store.url]
        process = subprocess.Popen(
            [sys.executable, "-m", "captioner", command, FIXTURES / "interview-en.mp4", *flags, "-o", tmp_path],
            cwd=tmp_path,
            env={
                "PATH": "",
                "HOME": str(tmp_path),
                "DASHSCOPE_API_KEY": KEY,
                "AWS_ACCESS_KEY_ID": "id",
                "AWS_SECRET_ACCESS_KEY": "secret",
            },
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert store.reached.wait(PATIENCE_S)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, told
    assert "internal error" not in told
