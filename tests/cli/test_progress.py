"""What is seen of many files: lines, an overview, records, health and metrics."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.live import Live

from captioner.cli.elided_text import elide
from captioner.cli.metrics import Health, prometheus, serving
from captioner.cli.overview import Overview, OverviewLines, Speed
from captioner.cli.progress import as_record
from captioner.errors import ConfigError
from captioner.jobs.budget import LIMIT
from captioner.jobs.events import Event, Failed, Noted, Progress, Retrying, Stage, Waiting, WorkerStatus, Wrote
from captioner.jobs.states import Cause, Reason
from tests.waiting import PATIENCE_S


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def progress(done: int, *, failed: int = 0, bytes_sent: int = 0, captioned_ms: int = 0) -> Progress:
    stages = (Stage("prepare", 5, 2, done, failed), Stage("recognise", 0, 7, done, 0))
    return Progress(stages, 90 - done, 10 + done, done, failed, bytes_sent, captioned_ms)


def test_speed_and_time_left_are_those_of_the_last_minute() -> None:
    clock = Clock()
    speed = Speed(clock)
    assert speed.left_s is None
    speed.add(progress(0))
    for minute in range(3):
        clock.now += 60
        speed.add(progress(10 * (minute + 1), bytes_sent=600 * (minute + 1), captioned_ms=216_000_000 * (minute + 1)))
    assert speed.bytes_per_s == pytest.approx(10)
    assert speed.hours_per_s == pytest.approx(1)
    assert speed.left_s == pytest.approx((100 - 30) / (10 / 60))


def test_lines_tell_each_file_once_and_trouble_that_many_share_now_and_then() -> None:
    clock, said = Clock(), list[str]()
    lines = OverviewLines(said.append, quiet=False, clock=clock)
    for name in "abc":
        lines.hear(Retrying(f"{name}.mp4", Cause.STORAGE, 2.0, Reason("no answer", kind="StorageUnavailable")))
    lines.hear(Wrote("a.mp4", (Path("a.srt"),)))
    lines.hear(Waiting("b.mp4", 3.0, "RUNNING"))
    lines.hear(Failed("b.mp4", Reason("no audio")))
    lines.hear(progress(1))
    clock.now += 16
    lines.hear(progress(4))
    assert said[:3] == ["a.mp4: no answer; trying again in 2 s", "a.mp4: done", "failed: b.mp4: no audio"]
    assert said[3].startswith("4 of 100 done, 0 failed; prepare 5+2; recognise 0+7")
    assert len(said) == 4


def test_quiet_tells_failures_only() -> None:
    said = list[str]()
    lines = OverviewLines(said.append, quiet=True)
    for event in (Noted("a", "b"), Wrote("a", ()), progress(1), Failed("a", Reason("broken"))):
        lines.hear(event)
    assert said == ["failed: a: broken"]


def test_the_overview_shows_stages_and_hides_what_would_drive_a_terminal() -> None:
    from rich.console import Console
    from rich.live import Live

    console = Console(width=100, record=True, force_terminal=False)
    overview = Overview(Live(console=console, auto_refresh=False))
    overview.hear(Waiting("evil\x1b[2J\u202e[red].mp4", 3.0, "RUNNING"))
    console.print(overview._table(progress(40, failed=3)))
    text = console.export_text()
    assert "40 of 100 files done, 3 failed" in text
    assert re.search(r"prepare +5 +2 +40 +3", text)
    assert "[red].mp4: at the service, running, 3 s" in text
    assert not {"\x1b", "\u202e"} & set(text)


@pytest.mark.parametrize(
    "event", [progress(3), Failed("a", Reason("broken", "CODE")), Retrying("a", Cause.STORAGE, 1.0, Reason("r"))]
)
def test_every_event_is_a_record(event: Event) -> None:
    record = json.loads(json.dumps(as_record(event)))
    assert record["event"] == type(event).__name__.lower()
    assert "at" in record


def test_health_is_kept_in_a_file_and_goes_bad_with_silence(tmp_path: Path) -> None:
    clock = Clock()
    health = Health(tmp_path / "health.json", line=False, clock=clock)
    health.hear(progress(7, failed=1))
    assert json.loads((tmp_path / "health.json").read_text())["done"] == 7
    clock.now += 61
    assert health.facts()["status"] == "silent"


@pytest.mark.integration
def test_metrics_are_served_on_loopback_and_name_no_file() -> None:
    clock = Clock()
    health = Health(None, line=False, clock=clock)
    assert "captioner_up 1" in prometheus(health)
    health.hear(Failed("secret-project.mp4", Reason("broken")))
    health.hear(progress(7, captioned_ms=90_000))
    with serving(0, health) as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S) as answer:
            text = answer.read().decode()
        with pytest.raises(ConfigError), serving(port, health):
            pass
        clock.now += 61
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=PATIENCE_S)
        refused.value.close()
    assert "secret" not in text
    assert 'captioner_stage_active{stage="recognise"} 7' in text
    assert "captioner_captioned_seconds_total 90" in text
    assert all(line.startswith(("#", "captioner_")) for line in text.splitlines())


def test_what_a_limit_keeps_from_many_files_is_told_once() -> None:
    said: list[str] = []
    lines = OverviewLines(said.append, quiet=True)
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        lines.hear(Failed(name, Reason("not sent: this would exceed --max-hours 1", kind=LIMIT)))
    assert said == ["a.mp4: not sent: this would exceed --max-hours 1. (Shown once.)"]


WORKERS = (
    WorkerStatus("w1", "working", "upload a.mp4, 40 %", 12, 0, 5_000_000, 7_200_000, 1_500_000.0, 1800.0),
    WorkerStatus('w"2', "left out", "", 3, 5, reason="5 calls in a row failed on it"),
)


def on_a_cluster() -> Progress:
    return replace(progress(1), workers=WORKERS, dashboard="http://127.0.0.1:8787/status")


def test_lines_tell_what_workers_do() -> None:
    clock, said = Clock(), list[str]()
    lines = OverviewLines(said.append, quiet=False, clock=clock)
    clock.now += 16
    lines.hear(on_a_cluster())
    assert said[-1] == ('workers: 1 working, 1 left out; w1 upload a.mp4, 40 % (1.5 MB/s, 0.001 h/s); w"2 failed 5')


def test_the_overview_has_a_row_for_each_worker() -> None:
    shown = StringIO()
    console = Console(file=shown, width=140)
    with Live(console=console, auto_refresh=False) as live:
        overview = Overview(live)
        overview.hear(on_a_cluster())
        live.refresh()
    text = shown.getvalue()
    assert "dashboard http://127.0.0.1:8787/status" in text
    assert re.search(r"w1 +upload a\.mp4, 40 % +1\.5 +0\.001 +12 +0", text)
    assert re.search(r'w"2 +left out: 5 calls in a row failed on it', text)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_figures_of_workers_are_whole_however_long_names_and_reasons_are(columns: int) -> None:
    path = "/mnt/nas/archive/2026/a very long name of a programme/talk-with-names.mp4"
    workers = (
        WorkerStatus("encoder-017.cluster.example.com", "working", f"upload {path}, 40 %", 12345, 67, 0, 0, 123.4e6),
        WorkerStatus("w2", "refused", reason="it does not see /mnt/nas/archive; mount it there, or map names with it"),
    )
    shown = StringIO()
    with Live(console=Console(file=shown, width=columns), auto_refresh=False) as live:
        Overview(live).hear(replace(progress(1), workers=workers, dashboard="http://127.0.0.1:8787/status"))
        live.refresh()
    lines = shown.getvalue().splitlines()
    first, second = (next(line for line in lines if line.startswith(name)) for name in ("encoder-017", "w2"))
    assert re.search(r"upl.*mp4, 40 % +123\.4 +0\.000 +12345 +67", first)
    assert re.search(r"refused: it d.* +0\.0 +0\.000 +0 +0", second)


def test_a_line_of_a_live_view_is_shortened_in_its_middle() -> None:
    assert elide("upload a.mp4", 12) == "upload a.mp4"
    assert elide("upload /nas/films/talk.mp4, 40 %", 20) == "uploa…talk.mp4, 40 %"
    assert elide("漢字のとても長い名前.wav: done", 14) == "漢….wav: done"
    assert elide("abc", 1) == "…"
    assert elide("abc", 0) == ""


def test_metrics_have_the_workers_and_no_name_of_a_file() -> None:
    health = Health(None, line=False)
    health.hear(on_a_cluster())
    text = prometheus(health)
    assert 'captioner_worker_sent_bytes_total{worker="w1"} 5000000' in text
    assert 'captioner_worker_prepared_seconds_total{worker="w1"} 7200' in text
    assert 'captioner_worker_failures_total{worker="w\\"2"} 5' in text
    assert 'captioner_worker_state{worker="w\\"2",state="left out"} 1' in text
    assert "a.mp4" not in text


def test_records_hold_the_workers() -> None:
    record = as_record(on_a_cluster())
    assert record["workers"][0]["doing"] == "upload a.mp4, 40 %"
    assert json.loads(json.dumps(record))["dashboard"] == "http://127.0.0.1:8787/status"
