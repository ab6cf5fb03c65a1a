"""Media in a bucket: signed where they are when the service can take them, read and prepared when not."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest

from captioner.emulator import Emulator
from tests.doubles_s3 import RcloneServer
from tests.flows.conftest import FIXTURES, Journey
from tests.flows.launcher import Launcher
from tests.flows.test_resume import wait_until
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.process

ENGLISH = FIXTURES / "interview-en.mp4"
STEREO = FIXTURES / "stereo-two-tracks.wav"
LATE = FIXTURES / "late-audio.mp4"
SILENCE = FIXTURES / "silence.m4a"  # mono


class Rushes(Journey):
    """A machine, and media in a bucket that is not the one captioner uploads to."""

    @property
    def bucket(self) -> Path:
        return self.s3.root / "rushes"

    def put(self, media: Path, key: str) -> None:
        path = self.bucket / key
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(media, path)

    def digests(self) -> dict[str, str]:
        """What lies in the bucket of the media."""
        files = (path for path in self.bucket.rglob("*") if path.is_file())
        return {str(path.relative_to(self.bucket)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def written(self, folder: str = "out") -> list[str]:
        root = self.folder / folder
        return sorted(str(path.relative_to(root)) for path in root.rglob("*.srt"))


@pytest.fixture(scope="module")
def two_buckets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RcloneServer]:
    with RcloneServer(tmp_path_factory.mktemp("s3"), buckets=("media", "rushes")) as server:
        yield server


@pytest.fixture
def rushes(tmp_path: Path, two_buckets: RcloneServer, launcher: Launcher) -> Rushes:
    for bucket in ("media", "rushes"):
        shutil.rmtree(two_buckets.root / bucket, ignore_errors=True)
        (two_buckets.root / bucket).mkdir()
    return Rushes(tmp_path, two_buckets, launcher)


@pytest.mark.short
def test_what_the_service_can_take_is_only_signed(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(ENGLISH, "day1/talk.mp4")
    rushes.put(SILENCE, "day1/cam b/silence.m4a")
    rushes.put(LATE, "day2/late 会.mp4")
    before = rushes.digests()
    command = ["run", "s3://rushes", "-o", "out", "--no-diarization", *rushes.place(emulator)]
    done = rushes.captioner(*command)
    assert done.returncode == 0, done.stderr
    assert "reading from its bucket" not in done.stderr
    assert "uploading" not in done.stderr
    assert "the service hears the first of its 2 channels" in done.stderr
    assert rushes.written() == ["day1/cam b/silence.srt", "day1/talk.srt", "day2/late 会.srt"]
    assert rushes.digests() == before  # nothing was copied, changed or deleted
    assert rushes.objects() == [f"rushes/{key}" for key in sorted(before)]
    assert emulator.submissions == 3
    again = rushes.captioner(*command)
    assert again.returncode == 0, again.stderr
    assert emulator.submissions == 3


def test_a_mono_file_is_signed_even_where_speakers_are_told_apart(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(SILENCE, "silence.m4a")
    done = rushes.captioner("run", "s3://rushes/silence.m4a", "-o", "out", *rushes.place(emulator))
    assert done.returncode == 0, done.stderr
    assert "reading from its bucket" not in done.stderr


def test_what_it_cannot_take_is_read_and_prepared(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(ENGLISH, "day1/talk.mp4")  # stereo, and speakers are to be told apart
    rushes.put(STEREO, "day1/two.wav")
    before = rushes.digests()
    command = ["batch", "s3://rushes/day1/", "-o", "out", *rushes.place(emulator)]
    done = rushes.captioner(*command)
    assert done.returncode == 0, done.stderr
    assert rushes.written() == ["talk.srt", "two.srt"]
    assert rushes.digests() == before
    manifest = json.loads((rushes.folder / "out" / "talk.captioner.json").read_text())
    assert manifest["inputs"][0]["source"] == "s3://rushes/day1/talk.mp4"
    assert manifest["inputs"][0]["sha256"] == before["day1/talk.mp4"]
    assert not [path for path in rushes.folder.rglob("work/*/*") if path.is_file()]
    plan = json.loads(rushes.captioner("plan", *command[1:], "--json").stdout)
    assert (plan["recognised_before"], plan["cost_usd"]) == (2, 0)
    # The same bytes on the disk were paid for already.
    local = rushes.captioner("run", ENGLISH, "-o", "out/again", *rushes.place(emulator))
    assert local.returncode == 0, local.stderr
    assert emulator.submissions == 2


def test_a_rejected_object_is_done_by_retry(rushes: Rushes, emulator: Emulator) -> None:
    for name in ("talk.mp4", "gone.mp4"):
        (rushes.bucket / name).write_bytes(b"not media")
    place = rushes.place(emulator)
    failed = rushes.captioner("batch", "s3://rushes", "-o", "out", "-f", "vtt", *place)
    assert failed.returncode == 1, failed.stderr
    rushes.put(ENGLISH, "talk.mp4")
    (rushes.bucket / "gone.mp4").unlink()
    done = rushes.captioner("retry", "out", *place)
    assert done.returncode == 1, done.stderr
    assert (rushes.folder / "out" / "talk.vtt").is_file()
    assert "s3://rushes/gone.mp4: no such object any more" in done.stderr
    assert emulator.submissions == 1


def test_a_cut_off_object_is_told_before_it_is_bought(rushes: Rushes, emulator: Emulator) -> None:
    whole = rushes.folder / "whole.wav"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", SILENCE, "-ac", "1", whole], check=True)
    (rushes.bucket / "cut.wav").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    place = rushes.place(emulator)
    done = rushes.captioner("run", "s3://rushes", "-o", "out", *place)
    assert done.returncode == 1, done.stderr
    assert "cut off" in done.stderr
    assert emulator.submissions == 0
    partial = rushes.captioner("retry", "out", "--partial", *place)
    assert partial.returncode == 0, partial.stderr
    assert emulator.submissions == 1


def test_a_form_of_audio_that_was_asked_for_is_sent(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(SILENCE, "silence.m4a")
    done = rushes.captioner("run", "s3://rushes", "-o", "out", "--audio", "flac", *rushes.place(emulator))
    assert done.returncode == 0, done.stderr
    assert "reading from its bucket" in done.stderr


def test_times_count_from_the_players_zero_either_way(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(LATE, "late.mp4")
    place = rushes.place(emulator)
    assert rushes.captioner("run", "s3://rushes", "-o", "signed", "--no-diarization", *place).returncode == 0
    assert (
        rushes.captioner("run", "s3://rushes", "-o", "read", "--no-diarization", "--audio", "flac", *place).returncode
        == 0
    )
    signed, read = ((rushes.folder / name / "late.srt").read_text() for name in ("signed", "read"))
    assert abs(_first_ms(signed) - _first_ms(read)) <= 60


def _first_ms(srt: str) -> int:
    hours, minutes, seconds = srt.splitlines()[1].split(" --> ")[0].replace(",", ".").split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)


def test_the_same_content_at_two_keys_is_paid_for_once(rushes: Rushes, emulator: Emulator) -> None:
    for key in ("a/talk.mp4", "b/copy.mp4"):
        rushes.put(ENGLISH, key)
    done = rushes.captioner("run", "s3://rushes", "-o", "out", "--no-diarization", *rushes.place(emulator))
    assert done.returncode == 0, done.stderr
    assert rushes.written() == ["a/talk.srt", "b/copy.srt"]
    assert emulator.submissions == 1


def test_an_object_that_was_replaced_is_captioned_anew(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(LATE, "talk.mp4")
    command = ["run", "s3://rushes/talk.mp4", "-o", "out", "--no-diarization", *rushes.place(emulator)]
    assert rushes.captioner(*command).returncode == 0
    before = (rushes.folder / "out" / "talk.srt").read_text()
    rushes.put(ENGLISH, "talk.mp4")
    assert rushes.captioner(*command).returncode == 0
    assert (rushes.folder / "out" / "talk.srt").read_text() != before
    assert emulator.submissions == 2


@pytest.mark.parametrize("options", [("--no-diarization",), ()])
def test_a_run_that_was_killed_goes_on_and_pays_once(
    rushes: Rushes, emulator: Emulator, options: tuple[str, ...]
) -> None:
    rushes.put(ENGLISH, "talk.mp4")
    command = ["run", "s3://rushes", "-o", "out", *options, *rushes.place(emulator)]
    process = rushes.start(*command)
    try:
        wait_until(lambda: emulator.submissions == 1)
    finally:
        process.kill()
        process.communicate()
    done = rushes.captioner(*command)
    assert done.returncode == 0, done.stderr
    assert rushes.written() == ["talk.srt"]
    assert emulator.submissions == 1


def test_a_plan_lists_what_is_signed_and_what_is_passed_over(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(SILENCE, "silence.m4a")
    rushes.put(STEREO, "two.wav")
    for key in ("#recycle/old.mp4", "notes.pdf", "two.srt", "big.mov.part"):
        rushes.put(SILENCE, key)
    done = rushes.captioner("plan", "s3://rushes", "--json", *rushes.place(emulator))
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert [(item["source"], item["is_signed"]) for item in plan["items"]] == [
        ("s3://rushes/silence.m4a", True),
        ("s3://rushes/two.wav", False),
    ]
    assert {one["name"] for one in plan["passed_over"]} == {
        "s3://rushes/#recycle/", "s3://rushes/notes.pdf", "s3://rushes/two.srt", "s3://rushes/big.mov.part",
    }  # fmt: skip
    assert emulator.submissions == 0


@pytest.mark.parametrize(
    ("address", "code", "told"),
    [
        ("s3://nowhere/x", 2, "no such bucket"),
        ("s3://rushes/none", 1, "no media below this prefix"),
        ("s3://", 2, "looks like s3://bucket/folder"),
    ],
)
def test_what_is_not_there_is_told_in_a_line(
    rushes: Rushes, emulator: Emulator, address: str, code: int, told: str
) -> None:
    done = rushes.captioner("run", address, *rushes.place(emulator))
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_no_link_or_key_reaches_a_file(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(SILENCE, "silence.m4a")
    done = rushes.captioner("-v", "run", "s3://rushes", "-o", "out", *rushes.place(emulator))
    assert done.returncode == 0, done.stderr
    everything = [path.read_bytes() for path in rushes.folder.rglob("*") if path.is_file()]
    for secret in (b"X-Amz-Signature=", rushes.s3.secret.encode()):
        assert not any(secret in content for content in everything)
    assert "X-Amz-Signature=" not in done.stderr.replace("X-Amz-Signature=****", "")


def test_captions_go_back_into_a_bucket(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(ENGLISH, "day1/talk.mp4")
    before = rushes.digests()
    command = ["run", "s3://rushes", "-o", "s3://media/captions/today", "--no-diarization", *rushes.place(emulator)]
    done = rushes.captioner(*command)
    assert done.returncode == 0, done.stderr
    names = ["talk.srt", "talk.json", "talk.asr.json"]
    assert done.stdout.split() == [f"s3://media/captions/today/day1/{name}" for name in names]
    folder = rushes.s3.root / "media" / "captions" / "today" / "day1"
    assert sorted(path.name for path in folder.iterdir()) == sorted([*names, "talk.captioner.json"])
    for output in json.loads((folder / "talk.captioner.json").read_text())["outputs"]:
        assert hashlib.sha256((folder / output["name"]).read_bytes()).hexdigest() == output["sha256"]
    assert rushes.digests() == before
    # A copy that was deleted in the bucket comes back, and costs nothing.
    (folder / "talk.srt").unlink()
    assert rushes.captioner(*command).returncode == 0
    assert (folder / "talk.srt").exists()
    assert emulator.submissions == 1


def test_captions_beside_the_media_in_their_bucket(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(SILENCE, "day1/silence.m4a")
    rushes.put(LATE, "day1/late.mp4")
    command = ["batch", "s3://rushes", "-o", "s3://rushes", "--no-diarization", *rushes.place(emulator)]
    for _ in range(2):
        done = rushes.captioner(*command)
        assert done.returncode == 0, done.stderr
    assert {"day1/silence.srt", "day1/late.srt"} <= set(rushes.digests())
    assert emulator.submissions == 2


def test_a_caption_file_in_a_bucket_that_is_not_ours_is_not_replaced(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(LATE, "late.mp4")
    (rushes.bucket / "late.srt").write_text("by hand")
    command = ["run", "s3://rushes", "-o", "s3://rushes", "--no-diarization", *rushes.place(emulator)]
    done = rushes.captioner(*command)
    assert done.returncode == 1
    assert "s3://rushes/late.srt exists and was not written by captioner" in done.stderr
    assert (rushes.bucket / "late.srt").read_text() == "by hand"
    assert emulator.submissions == 0
    assert rushes.captioner(*command, "--overwrite").returncode == 0
    assert (rushes.bucket / "late.srt").read_text() != "by hand"


def test_captions_that_were_edited_in_their_bucket_are_not_replaced(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(LATE, "late.mp4")
    command = ["run", "s3://rushes", "-o", "s3://rushes", "--no-diarization", *rushes.place(emulator)]
    assert rushes.captioner(*command).returncode == 0
    (rushes.bucket / "late.srt").write_text("edited")
    done = rushes.captioner(*command, "--offset", "40")
    assert done.returncode == 1
    assert "was edited since" in done.stderr
    assert (rushes.bucket / "late.srt").read_text() == "edited"


def test_captions_of_files_here_go_into_a_bucket(rushes: Rushes, emulator: Emulator) -> None:
    shutil.copy(LATE, rushes.folder / "late.mp4")
    done = rushes.captioner("run", "late.mp4", "-o", "s3://rushes/captions/", *rushes.place(emulator))
    assert done.returncode == 0, done.stderr
    assert "captions/late.srt" in rushes.digests()
    assert not (rushes.folder / "late.srt").exists()


def test_a_watched_bucket_is_captioned_as_objects_come(rushes: Rushes, emulator: Emulator) -> None:
    rushes.put(LATE, "in/late.mp4")
    process = rushes.start(
        "watch", "s3://rushes/in", "-o", "s3://rushes/out", "--listing", "1", "--no-diarization",
        *rushes.place(emulator),
    )  # fmt: skip
    try:
        wait_until(lambda: "out/late.srt" in rushes.digests())
        rushes.put(SILENCE, "in/new/silence.m4a")
        wait_until(lambda: "out/new/silence.srt" in rushes.digests())
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, stderr
    assert "Traceback" not in stderr
    assert emulator.submissions == 2
    assert {"in/late.mp4", "in/new/silence.m4a"} <= set(rushes.digests())


def test_a_bucket_that_is_not_there_is_not_watched(rushes: Rushes, emulator: Emulator) -> None:
    done = rushes.captioner("watch", "s3://nowhere/in", *rushes.place(emulator))
    assert done.returncode == 2
    assert "no such bucket" in done.stderr


def test_many_objects_are_done_in_worker_processes(rushes: Rushes, emulator: Emulator) -> None:
    for number in range(4):
        rushes.put(STEREO if number % 2 else ENGLISH, f"in/{number}.{'wav' if number % 2 else 'mp4'}")
    rushes.put(SILENCE, "in/silence.m4a")
    rushes.put(LATE, "in/late.mp4")
    before = rushes.digests()
    done = rushes.captioner("batch", "s3://rushes", "-o", "s3://media/out", *rushes.place(emulator))
    assert done.returncode == 0, done.stderr
    assert len(list((rushes.s3.root / "media" / "out").rglob("*.srt"))) == 6
    assert emulator.submissions == 4  # two contents are there twice
    assert rushes.digests() == before


@pytest.mark.process
def test_workers_of_a_cluster_read_the_bucket_and_captions_go_into_one(rushes: Rushes, emulator: Emulator) -> None:
    pytest.importorskip("distributed")
    rushes.put(ENGLISH, "day1/talk.mp4")  # stereo, and speakers are to be told apart: read and prepared
    rushes.put(SILENCE, "day1/cam b/silence.m4a")  # mono: only signed
    before = rushes.digests()
    command = ["batch", "s3://rushes/day1/", "--cluster", "local:2", *rushes.place(emulator)]
    done = rushes.captioner(*command, "-o", "s3://rushes/captions")
    assert done.returncode == 0, done.stderr
    after = rushes.digests()
    assert {key: after.pop(key) for key in before} == before
    assert [key for key in sorted(after) if key.endswith(".srt")] == [
        "captions/cam b/silence.srt",
        "captions/talk.srt",
    ]
    assert [name for name in rushes.objects() if name.startswith("media/")] == []
    assert emulator.submissions == 2
    assert not [path for path in rushes.folder.rglob("work/*/*") if path.is_file()]
    again = rushes.captioner(*command, "-o", "s3://rushes/captions")
    assert again.returncode == 0, again.stderr
    assert emulator.submissions == 2
