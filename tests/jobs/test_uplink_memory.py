"""The speed of uploads is known to the next run, for a day."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner.jobs.uplink_memory import keep_uplink, recall_uplink
from captioner.media import Uplink


def test_a_slow_connection_is_known_to_the_next_run_for_a_day(tmp_path: Path) -> None:
    slow = Uplink()
    slow.add(1_000_000, 10)
    keep_uplink(tmp_path, slow)
    kept_at = (tmp_path / "uplink").stat().st_mtime
    for later, is_slow in ((1, True), (23 * 3600, True), (25 * 3600, False), (-60, False)):
        uplink = Uplink()
        recall_uplink(tmp_path, uplink, kept_at + later)
        assert uplink.is_slow == is_slow
    measured = Uplink(5e6)
    recall_uplink(tmp_path, measured, kept_at)
    assert measured.bytes_per_s == 5e6


@pytest.mark.parametrize("text", ["", "fast", "-1", "nan"])
def test_what_cannot_be_read_is_no_speed(text: str, tmp_path: Path) -> None:
    (tmp_path / "uplink").write_text(text, encoding="ascii")
    uplink = Uplink()
    recall_uplink(tmp_path, uplink, (tmp_path / "uplink").stat().st_mtime)
    assert uplink.bytes_per_s is None


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    keep_uplink(Path(), Uplink(1e6))
    assert list(tmp_path.iterdir()) == []
