"""Inputs and outputs in buckets over doubles: what is bought, what is put, what is left when a store is in trouble."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from captioner.errors import CaptionerError, StorageRejected, StorageUnavailable
from captioner.jobs.budget import Limit
from captioner.jobs.events import Report, Retrying
from captioner.jobs.inputs.finding import Source, find
from captioner.jobs.outputs.remote_outputs import put_problem, remote_of, shown_path, staging_folder
from captioner.jobs.records import object_content
from captioner.jobs.runner import run
from captioner.jobs.services import Services
from captioner.jobs.states import State
from captioner.jobs.step_records import ObjectRequest
from captioner.jobs.steps import probe_object
from captioner.model import MediaObject, SignedUrl
from captioner.recognition.funasr.options import RecognitionOptions
from tests.jobs.doubles import CHANCE, INLINE, House

pytestmark = pytest.mark.integration

SILENCE = (Path(__file__).resolve().parents[2] / "fixtures" / "silence.m4a").read_bytes()


class FakeObjects:
    """Buckets in memory. `fail` is asked before every call and may raise."""

    endpoint = "https://store.test"

    def __init__(self, house: House) -> None:
        self.house = house
        self.content: dict[tuple[str, str], bytes] = {}
        self.fail: Callable[[str], None] = lambda verb: None
        self.reads = 0

    def list(self, bucket: str, prefix: str) -> Iterator[MediaObject]:
        self.fail("list")
        for (where, key), content in sorted(self.content.items()):
            if where == bucket and key.startswith(prefix):
                yield MediaObject(bucket, key, len(content), f"{hash(content) & (1 << 128) - 1:032x}", 0)

    @contextmanager
    def open(self, media: MediaObject) -> Iterator[BinaryIO]:
        self.fail("open")
        yield io.BytesIO(self.content[media.bucket, media.key])

    def download(self, media: MediaObject, path: Path, *, progress: object = None) -> None:
        self.fail("download")
        self.reads += 1
        path.write_bytes(self.content[media.bucket, media.key])

    def sign(self, bucket: str, key: str) -> SignedUrl:
        self.fail("sign")
        return SignedUrl(f"https://buckets.test/{bucket}/{key}?X-Amz-Signature=s3cret", self.house.clock() + 3600)

    def verify_readable(self, signed: SignedUrl, bucket: str) -> None:
        self.fail("verify_readable")

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        self.fail("put")
        self.content[bucket, key] = data

    def close(self) -> None:
        """Nothing is open."""


class Newsroom(House):
    """A house with buckets."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.buckets = FakeObjects(self)

    @property
    def services(self) -> Services:
        return replace(super().services, objects=self.buckets)

    def caption(self, *given: str, out: Path | None = None, **changes: object) -> Report:
        out = out or self.folder / "out"
        sources = find(given, out, objects=self.buckets).sources
        with self.ledger(str(self.folder / "x.mp4")) as ledger:
            options = replace(self.options, **changes)  # type: ignore[arg-type]
            return run(
                sources, options, self.services, ledger, on_event=self.events.append, executors=INLINE, rng=CHANCE(1)
            )


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    found = Newsroom(tmp_path)
    found.buckets.content["rushes", "in/silence.m4a"] = SILENCE
    return found


def failing(verb: str, error: CaptionerError, times: int = 10**9) -> Callable[[str], None]:
    left = [times]

    def fail(asked: str) -> None:
        if asked == verb and left[0]:
            left[0] -= 1
            raise error

    return fail


def test_an_object_is_signed_and_neither_read_nor_uploaded(room: Newsroom) -> None:
    assert room.caption("s3://rushes/in").files[0].state is State.WRITTEN
    assert (room.buckets.reads, room.store.puts, room.asr.submissions) == (0, [], 1)
    assert room.caption("s3://rushes/in").files[0].billed_s == 0
    assert room.asr.submissions == 1


def test_an_object_that_is_to_be_sent_in_another_form_is_read_once(room: Newsroom) -> None:
    assert room.caption("s3://rushes/in", as_it_is=False).exit_code == 0
    assert (room.buckets.reads, len(room.store.puts), room.asr.submissions) == (1, 1, 1)
    assert room.caption("s3://rushes/in", as_it_is=False).exit_code == 0
    assert (room.buckets.reads, room.asr.submissions) == (1, 1)


def test_what_was_signed_is_read_when_the_form_of_the_audio_is_chosen_later(room: Newsroom) -> None:
    room.caption("s3://rushes/in")
    room.caption("s3://rushes/in", as_it_is=False)
    assert (room.buckets.reads, room.asr.submissions) == (1, 2)


def test_a_limit_holds_for_what_is_signed(room: Newsroom) -> None:
    report = room.caption("s3://rushes/in", limit=Limit(1000, 1, "--max-hours 0.0003"))
    assert report.files[0].reason is not None
    assert "--max-hours" in report.files[0].reason.message
    assert room.asr.submissions == 0


def test_a_store_that_does_not_answer_is_waited_for(room: Newsroom) -> None:
    room.buckets.fail = failing("open", StorageUnavailable("bucket rushes did not answer"), 0)
    assert room.caption("s3://rushes/in").exit_code == 0


def test_captions_are_put_when_the_store_answers_again(room: Newsroom) -> None:
    out = staging_folder("s3://captions/today", room.folder)
    room.buckets.fail = failing("put", StorageUnavailable("bucket captions did not answer"), 3)
    report = room.caption("s3://rushes/in", out=out)
    assert report.exit_code == 0
    assert ("captions", "today/silence.srt") in room.buckets.content
    assert sum(isinstance(event, Retrying) for event in room.events) == 3
    assert report.as_json()["files"][0]["outputs"][0] == "s3://captions/today/silence.srt"


def test_captions_that_could_not_be_put_are_put_by_the_next_run_for_nothing(room: Newsroom) -> None:
    out = staging_folder("s3://captions", room.folder)
    room.buckets.fail = failing("put", StorageUnavailable("bucket captions did not answer"))
    report = room.caption("s3://rushes/in", out=out)
    assert report.exit_code == 1
    assert report.files[0].state is State.FETCHED
    room.buckets.fail = lambda verb: None
    assert room.caption("s3://rushes/in", out=out).exit_code == 0
    assert ("captions", "silence.srt") in room.buckets.content
    assert room.asr.submissions == 1


def test_a_bucket_that_refuses_captions_is_told(room: Newsroom) -> None:
    room.buckets.fail = failing("put", StorageRejected("bucket captions refused PutObject (AccessDenied, HTTP 403)"))
    report = room.caption("s3://rushes/in", out=staging_folder("s3://captions", room.folder))
    assert report.files[0].state is State.REJECTED


def test_arguments_and_results_can_be_pickled_and_hold_no_link(room: Newsroom) -> None:
    (source,) = find(["s3://rushes/in"], room.folder, objects=room.buckets).sources
    wish = ObjectRequest(RecognitionOptions().digest, "flac", diarized=True, as_it_is=True)
    result = probe_object(source, wish, replace(room.services, work_folder=room.folder / "work"))
    kept = pickle.dumps((source, wish, result))
    assert pickle.loads(kept) == (source, wish, result)
    assert b"s3cret" not in kept


def test_an_etag_counts_as_content_only_where_it_is_made_of_it() -> None:
    one = MediaObject("a", "x.mp4", 10, "0" * 32, 1)
    assert object_content(one, "e") == object_content(replace(one, bucket="b", key="y.mp4", changed_ns=2), "f")
    assert object_content(one, "e") != object_content(replace(one, size_bytes=11), "e")
    odd = replace(one, etag="opaque")
    assert object_content(odd, "e") != object_content(replace(odd, key="y.mp4"), "e")
    assert object_content(odd, "e") != object_content(replace(odd, changed_ns=2), "e")
    assert object_content(odd, "e") != object_content(odd, "f")


@pytest.mark.parametrize(
    ("key", "target"),
    [
        ("in/day1/a.mp4", "day1/a"),
        ("in/a\\..\\b.mp4", "a_.._b"),
        ("in//a.mp4", "_/a"),
        ("in/ .. /a.mp4", "_/a"),
        ("in/\x1b[2J:*?.mp4", "_[2J_"),
    ],
)
def test_no_key_leads_out_of_the_output_folder(room: Newsroom, key: str, target: str) -> None:
    room.buckets.content = {("rushes", key): SILENCE}
    (source,) = find(["s3://rushes/in/"], room.folder, objects=room.buckets).sources
    assert source.target == room.folder / target


def test_a_place_in_a_bucket_has_a_folder_here(tmp_path: Path) -> None:
    folder = staging_folder("s3://captions/to day/", tmp_path)
    assert remote_of(folder / "a" / "b.srt") == ("captions", "to day/a/b.srt")
    assert shown_path(folder / "b.srt") == "s3://captions/to day/b.srt"
    assert remote_of(tmp_path / "b.srt") is None
    assert shown_path(tmp_path / "b.srt") == str(tmp_path / "b.srt")
    assert remote_of(staging_folder("s3://captions", tmp_path) / "b.srt") == ("captions", "b.srt")


def test_a_key_that_is_too_long_is_refused(tmp_path: Path) -> None:
    path = staging_folder(f"s3://captions/{'/'.join(['d' * 200] * 6)}", tmp_path) / "a.srt"
    assert "stores take 1024" in put_problem(path, {}, is_known=False)


def test_a_source_in_a_bucket_is_named_by_its_address() -> None:
    media = MediaObject("rushes", "a b.mp4", 10, "e", 0)
    source = Source("s3://rushes/a b.mp4", Path("/out/a b"), media=media)
    assert source.identity == "s3://rushes/a b.mp4"
    assert source.link_digest == ""


def test_a_key_that_climbs_is_passed_over(room: Newsroom) -> None:
    room.buckets.content = {("rushes", "in/../../etc/cron.d/a.mp4"): SILENCE, ("rushes", "in/b.mp4"): SILENCE}
    (source,) = find(["s3://rushes/in/"], room.folder, objects=room.buckets).sources
    assert source.target == room.folder / "b"
    (named,) = find(["s3://rushes/in/../../etc/cron.d/a.mp4"], room.folder, objects=room.buckets).sources
    assert named.target == room.folder / "a"
