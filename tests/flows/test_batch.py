"""Whole folders: planned, captioned once, asked about, retried, cleaned, and what it cost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from captioner.emulator import Emulator, Faults, TaskTiming
from tests.flows.conftest import FIXTURES, KEY, Journey
from tests.waiting import wait_until

STEREO = FIXTURES / "stereo-two-tracks.wav"
SILENCE = FIXTURES / "silence.m4a"


@pytest.fixture
def rushes(journey: Journey) -> Path:
    """Two desks with three files, one there twice, one broken, one hidden, one half copied, and a circle of links."""
    folder = journey.folder / "rushes"
    for desk in ("news", "sport"):
        (folder / desk).mkdir(parents=True)
    shutil.copy(STEREO, folder / "news" / "one.wav")
    shutil.copy(STEREO, folder / "sport" / "two.wav")
    shutil.copy(SILENCE, folder / "sport" / "quiet.m4a")
    (folder / "news" / "broken.mp4").write_bytes(b"this is no media")
    (folder / "news" / ".hidden.wav").write_bytes(STEREO.read_bytes())
    (folder / "news" / "copy.wav.part").write_bytes(b"half")
    (folder / "news" / "again").symlink_to(folder, target_is_directory=True)
    (folder / "sport" / "captioner.toml").write_text('[captions]\nspeakers = "1=Umpire"\n')
    return folder


@pytest.mark.short
def test_a_batch_captions_a_tree_once_and_tells_what_failed(journey: Journey, emulator: Emulator, rushes: Path) -> None:
    command = ["batch", rushes, "-o", "out", "--format", "srt,txt", "--json", *journey.place(emulator)]
    done = journey.captioner(*command)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["counts"] == {"WRITTEN": 3, "REJECTED": 1}
    out = journey.folder / "out"
    names = sorted(str(path.relative_to(out)) for path in out.rglob("*.srt"))
    assert names == ["news/one.srt", "sport/quiet.srt", "sport/two.srt"]
    assert emulator.submissions == 2
    assert "Umpire" in (out / "sport" / "two.txt").read_text()
    assert "Umpire" not in (out / "news" / "one.txt").read_text()
    assert "broken.mp4: broken.mp4" not in done.stderr.replace(str(rushes / "news") + "/", "")
    page = (out / ".captioner" / "report.html").read_text()
    assert page.index("broken.mp4") < page.index("two.wav")

    again = journey.captioner(*command)
    assert again.returncode == 1
    assert emulator.submissions == 2
    assert "broken.mp4" in again.stderr

    shown = json.loads(journey.captioner("status", "out", "--json").stdout)
    assert {state["state"]: state["files"] for state in shown["states"]} == {"WRITTEN": 3, "REJECTED": 1}
    assert shown["failures"][0]["code"] == "MediaError"
    assert shown["processes"] == 0
    assert "3  done" in journey.captioner("status", "out").stdout

    shutil.copy(STEREO, rushes / "news" / "broken.mp4")
    place = ["--ledger", journey.ledger, *journey.place(emulator)]
    assert "nothing to retry" in journey.captioner("retry", "out", "--reason", "Nobody", *place).stderr
    retried = journey.captioner("retry", "out", "--format", "srt,txt", *place)
    assert retried.returncode == 0, retried.stderr
    assert "broken.mp4" not in (out / ".captioner" / "retry.html").read_text().partition("Captioned")[0]
    assert (out / ".captioner" / "report.html").read_text() != ""
    assert (out / "news" / "broken.srt").exists()
    assert emulator.submissions == 2

    cost = json.loads(journey.captioner("ledger", "cost", "out", "--json").stdout)
    assert cost["total"]["recognitions"] == 2
    assert 0 < cost["total"]["billed_s"] <= cost["total"]["estimated_s"] + 1
    assert len(cost["months"]) == 1
    assert journey.objects() == []


def test_a_plan_reads_everything_and_sends_nothing(journey: Journey, emulator: Emulator, rushes: Path) -> None:
    for command in (["plan", rushes], ["batch", rushes, "--dry-run"]):
        done = journey.captioner(*command, "--json", *journey.place(emulator))
        assert done.returncode == 1, done.stderr
        plan = json.loads(done.stdout)
        assert (plan["files"], plan["refused"], plan["duplicates"]) == (4, 1, 1)
        assert 0 < plan["bytes_to_send"] < plan["original_bytes"]
        assert plan["prices_usd"]["fun-asr"]["2"] == pytest.approx(2 * plan["prices_usd"]["fun-asr"]["1"])
    assert "there twice" in journey.captioner("plan", rushes, *journey.place(emulator)).stdout
    assert not emulator.requests
    assert journey.objects() == []


def test_a_batch_names_files_by_language_counts_warnings_and_takes_a_start_time_code(
    journey: Journey, emulator: Emulator, rushes: Path
) -> None:
    (rushes / "sport" / "captioner.toml").write_text('[recognition]\nlanguage = "zh"\n')
    (rushes / "news" / "broken.mp4").unlink()
    shaped = ["--format", "srt,avid", "--fps", "25", "--start-tc", "10:00:00:00", "--max-columns", "8", "--strict"]
    command = ["batch", rushes, "-o", "out", "--suffix-language", *shaped, *journey.place(emulator)]
    refused = journey.captioner(*command)
    assert refused.returncode == 2
    assert "one.wav: --suffix-language needs to know the language" in refused.stderr
    assert emulator.submissions == 0
    done = journey.captioner(*command, "--language", "en")
    assert done.returncode == 1, done.stderr
    out = journey.folder / "out"
    names = {str(path.relative_to(out)) for path in out.rglob("*.srt")}
    assert names == {"news/one.en.srt", "sport/quiet.en.srt", "sport/two.en.srt"}
    assert "10:00:0" in (out / "news" / "one.en.avid.txt").read_text()
    assert "one.wav: " in done.stderr
    assert "warning" in done.stderr
    assert "3 of 3 files done, 0 failed" in done.stderr
    lenient = journey.captioner("retry", "out", "--suffix-language", "--strict", "--start-tc", "10:00:00:00",
                                *journey.place(emulator))  # fmt: skip
    assert lenient.returncode == 0
    assert "nothing to retry" in lenient.stderr


@pytest.mark.parametrize("limit", [["--max-hours", "0.0001"], ["--max-cost", "0.00001"]])
def test_what_would_exceed_a_limit_is_not_bought_and_not_uploaded(
    journey: Journey, emulator: Emulator, rushes: Path, limit: list[str]
) -> None:
    done = journey.captioner("batch", rushes / "sport", *limit, *journey.place(emulator))
    assert done.returncode == 1
    assert limit[0] in done.stderr
    assert done.stderr.count("Shown once") == 1
    assert emulator.submissions == 0
    assert journey.objects() == []
    more = journey.captioner("batch", rushes / "sport", limit[0], "5", *journey.place(emulator))
    assert more.returncode == 0, more.stderr
    assert emulator.submissions == 2


def test_clean_removes_what_a_killed_run_left_and_what_the_ledger_does_not_know(journey: Journey) -> None:
    stray = journey.s3.root / "media" / "captioner" / ("a" * 64) / "stray.flac"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"nobody knows me")
    somebody_elses = journey.s3.root / "media" / "captioner" / "notes.txt"
    somebody_elses.write_bytes(b"not ours")
    parts = _begin_an_upload_in_parts(journey, f"captioner/{'b' * 64}/begun.flac")
    with Emulator(
        transcripts=FIXTURES / "transcripts",
        key=KEY,
        faults=Faults.parse("throttle=1000,at=submit"),
        timing=TaskTiming(),
    ) as emulator:
        process = journey.start("batch", STEREO, "-o", "out", *journey.place(emulator))
        wait_until(lambda: bool(emulator.requests))
        process.kill()
        process.communicate()
        assert len(journey.objects()) == 3
        place = ["--older-than", "0", *journey.place(emulator)]
        listed = journey.captioner("clean", "out", *place)
        assert listed.returncode == 0, listed.stderr
        assert listed.stdout.count("object ") == 2
        assert listed.stdout.count("upload in parts") == 1
        assert parts() == 1
        assert len(journey.objects()) == 3
        removed = journey.captioner("clean", "out", "--yes", *place)
        assert removed.returncode == 0, removed.stderr
        assert parts() == 0
        assert "nothing was left behind" in journey.captioner("clean", "out", *place).stderr
    assert journey.objects() == ["media/captioner/notes.txt"]
    somebody_elses.unlink()


def _begin_an_upload_in_parts(journey: Journey, key: str) -> Callable[[], int]:
    """Begin one that never ends; how many of that key there are."""
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=journey.s3.url,
        aws_access_key_id=journey.s3.access_key,
        aws_secret_access_key=journey.s3.secret,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )
    client.create_multipart_upload(Bucket="media", Key=key)
    return lambda: len(client.list_multipart_uploads(Bucket="media", Prefix=key).get("Uploads", []))


def test_a_batch_writes_for_a_target_and_in_several_shapes(journey: Journey, emulator: Emulator, rushes: Path) -> None:
    shapes = ["--target", "avid", "--fps", "25", "--also", "word-by-word:srt"]
    done = journey.captioner("batch", rushes / "news" / "one.wav", "-o", "out", *shapes, *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    (avid,) = (journey.folder / "out").glob("*.avid.txt")
    assert avid.read_bytes().startswith(b"@ This file written")
    (words,) = (journey.folder / "out").glob("*.word-by-word.srt")
    assert words.read_text().count("-->") > 10
    assert emulator.submissions == 1


def test_json_lines_tell_every_file(journey: Journey, emulator: Emulator, rushes: Path) -> None:
    done = journey.captioner("batch", rushes / "sport", "--log-json", *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert sum(record["event"] == "wrote" for record in records) == 2
