"""A ledger that version 0.1 wrote: what was paid for is found, what is in flight is waited for, edits stay.

The ledger is as `captioner batch` of that version left it (fixtures/README.md); only folder and host are others.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from captioner.captions.options import CaptionOptions, legacy_digest
from captioner.files import sha256_of_file
from captioner.jobs.events import Report
from captioner.jobs.inputs.finding import expand
from captioner.jobs.ledger.keys_before import audio_digest_before
from captioner.jobs.ledger.sqlite.migrations import VERSION, without_name
from captioner.jobs.records import Recognition, recognition_key
from captioner.jobs.runner import run
from captioner.jobs.states import State
from captioner.media import AudioPolicy
from captioner.recognition.funasr.options import RecognitionOptions
from tests.flows.test_survival import sounds
from tests.jobs.doubles import CHANCE, INLINE, FakeTask, House, QuickLedger, caption

pytestmark = pytest.mark.integration

KEPT = Path(__file__).parents[2] / "fixtures" / "ledgers" / "0.1"
#: In the order in which their sound was made softer.
NAMES = ("written", "edited", "fetched", "submitted", "submitting", "stored", "refused")
ENDPOINT = "http://127.0.0.1:39399/api/v1"


class OldHouse(House):
    """The folder of version 0.1, with what the store and the service had then."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.book = folder / ".captioner" / "ledger.sqlite3"
        shutil.copytree(KEPT, self.book.parent, ignore=shutil.ignore_patterns("outputs"))
        for path in (KEPT / "outputs").iterdir():
            shutil.copy(path, folder)
        made = sounds(folder / "made", len(NAMES))
        with closing(sqlite3.connect(self.book)) as db, db:
            db.create_function("here", 1, lambda text: text.replace("/media/desk", str(folder)))
            db.execute("UPDATE jobs SET source = here(source), target = here(target), message = here(message)")
            db.execute("UPDATE outputs SET path = here(path)")
            for number, name in enumerate(NAMES):
                path = (made / f"{number}.wav").rename(folder / f"{name}.wav")
                stamp = (path.stat().st_size, path.stat().st_mtime_ns, str(path))
                db.execute("UPDATE jobs SET size_bytes = ?, mtime_ns = ? WHERE source = ?", stamp)
            self._restore(db)
        self.clock.now = 1_795_881_780.0 + 3600

    def _restore(self, db: sqlite3.Connection) -> None:
        """What is in the store and at the service."""
        db.row_factory = sqlite3.Row
        for row in db.execute("SELECT object_key, size_bytes FROM uploads WHERE deleted_at IS NULL"):
            self.store.objects[row["object_key"]] = row["size_bytes"]
        for row in db.execute(
            "SELECT r.address, t.task_id, t.intent_at, t.id FROM recognitions r JOIN tasks t ON t.id = r.task"
        ):
            name, at = row["task_id"] or f"lost-{row['id']}", row["intent_at"]
            self.asr.tasks_made[name] = FakeTask(name, [row["address"]], "fun-asr", {}, at, at + 5)

    def come_back(
        self, *names: str, captions: CaptionOptions | None = None, audio: AudioPolicy | None = None
    ) -> Report:
        """The same command by this version."""
        audio = audio or AudioPolicy()
        options = replace(
            self.options,
            audio=audio.digest,
            audio_accepted=audio.accepted,
            audio_before=audio_digest_before(audio),
            retry_rejected=False,
            captions=captions or CaptionOptions(),
        )
        services = replace(self.services, store_id="s3 http://127.0.0.1:37851 media", endpoint=ENDPOINT)
        sources = expand([str(self.folder / f"{name}.wav") for name in names])
        with QuickLedger(self.book, clock=self.clock) as book:
            return run(sources, options, services, book, on_event=self.events.append, executors=INLINE, rng=CHANCE(1))

    def recognitions(self) -> tuple[Recognition, ...]:
        with QuickLedger(self.book, read_only=True) as book:
            return book.recognitions()

    def captions_digests(self) -> set[str]:
        with closing(sqlite3.connect(self.book)) as db:
            return {digest for (digest,) in db.execute("SELECT captions FROM jobs")}

    def write_as_now(self) -> None:
        """Let the outputs of then be what this double of the captions makes of their replies."""
        with QuickLedger(self.book, clock=self.clock) as book:
            for job in book.jobs():
                if job.status.state is State.WRITTEN:
                    rec = book.recognition(job.recognition)
                    assert rec is not None
                    made = caption((self.book.parent / "replies" / rec.reply).read_bytes(), job, rec).files["srt"]
                    path = Path(f"{job.target}.srt")
                    path.write_bytes(made)
                    book.plan_outputs(job, {path: hashlib.sha256(made).hexdigest()})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[OldHouse]:
    return OldHouse(tmp_path)


def test_the_fixture_has_a_file_in_every_state_and_its_media_are_those_of_then(house: OldHouse) -> None:
    with closing(sqlite3.connect(house.book)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == 3
        states = dict(db.execute("SELECT state, count(*) FROM recognitions GROUP BY state").fetchall())
        contents = {content for (content,) in db.execute("SELECT content FROM jobs")}
    assert states == {"FETCHED": 3, "REJECTED": 1, "STORED": 1, "SUBMITTED": 1, "SUBMITTING": 1}
    assert contents == {sha256_of_file(house.folder / f"{name}.wav") for name in NAMES}


def test_nothing_is_bought_again(house: OldHouse) -> None:
    report = house.come_back(*NAMES)
    states = {Path(file.source).stem: file.state for file in report.files}
    assert states == {name: State.REJECTED if name == "refused" else State.WRITTEN for name in NAMES}, report.as_json()
    assert house.asr.submissions == 1  # what was only stored
    assert (house.store.puts, house.prepare.count) == ([], 0)
    assert house.store.objects == {}
    assert {file.submissions for file in report.files} == {0, 1}  # 0 where there was nothing to do
    again = house.come_back(*NAMES)
    assert again.counts == report.counts
    assert house.asr.submissions == 1


def test_what_was_bought_as_flac_is_not_bought_again_where_the_audio_is_chosen(house: OldHouse) -> None:
    auto = AudioPolicy("auto", track="")
    house.come_back("stored", audio=auto)
    assert house.store.puts == []
    for audio in (auto, AudioPolicy(), auto):
        report = house.come_back(*NAMES, audio=audio)
        states = {Path(file.source).stem: file.state for file in report.files}
        assert states == {name: State.REJECTED if name == "refused" else State.WRITTEN for name in NAMES}
        assert house.prepare.count == 0
    assert house.asr.submissions == 2  # what was only stored: once for each of the two kinds


def test_recognitions_are_filed_under_the_keys_of_this_version(house: OldHouse) -> None:
    house.come_back(*NAMES[:-1])
    audio = AudioPolicy().digest
    for rec in house.recognitions():
        if rec.state is State.REJECTED:
            continue  # nothing was done about it
        assert rec.audio == audio
        assert rec.key == recognition_key(rec.content, rec.options, audio, ENDPOINT)
    with QuickLedger(house.book, read_only=True) as book:
        assert {job.recognition for job in book.jobs()} == {rec.key for rec in house.recognitions()}


def test_a_reason_of_then_does_not_repeat_the_name_of_its_file(house: OldHouse) -> None:
    (refused,) = house.come_back("refused").files
    assert refused.reason is not None
    assert refused.reason.message.startswith("not recognised (DECODE_ERROR)")


def test_an_edited_caption_file_stays_although_the_options_have_another_digest_now(house: OldHouse) -> None:
    (house.folder / "edited.srt").write_text("corrected by the desk")
    before = (house.folder / "written.srt").read_bytes()
    assert house.captions_digests() == {legacy_digest(CaptionOptions(), by_channel=False)}
    for _ in range(2):
        report = house.come_back("written", "edited")
        assert report.counts == {"WRITTEN": 2}, report.as_json()
    assert (house.folder / "edited.srt").read_text() == "corrected by the desk"
    assert (house.folder / "written.srt").read_bytes() == before
    assert house.asr.submissions == 0
    assert not [event for event in house.events if type(event).__name__ == "FileStarted"]
    assert CaptionOptions().digest in house.captions_digests()


def test_captions_that_really_change_are_written_anew_and_edited_ones_stay(house: OldHouse) -> None:
    house.write_as_now()
    with closing(sqlite3.connect(house.book)) as db, db:
        db.execute("UPDATE jobs SET width = 1920, height = 1080")  # what the double puts into its captions
    (house.folder / "edited.srt").write_text("corrected by the desk")
    report = house.come_back("written", "edited", captions=CaptionOptions(smooth_speakers=True))
    assert [file.state for file in report.files] == [State.WRITTEN, State.WRITTEN]
    assert (house.folder / "written.srt").read_text().endswith("|1920x1080")
    assert (house.folder / "edited.srt").read_text() == "corrected by the desk"


def test_an_object_kept_by_then_is_found(house: OldHouse) -> None:
    with closing(sqlite3.connect(house.book)) as db, db:
        db.execute("UPDATE uploads SET kept = 1, deleted_at = NULL, deleting = 0")
        keys = [key for (key,) in db.execute("SELECT object_key FROM uploads")]
    house.store.objects = dict.fromkeys(keys, 0)
    other = replace(house.options.recognition, diarization=False)
    house.options = replace(house.options, recognition=other, keep_upload=True, overwrite=True)
    report = house.come_back("written")
    assert report.exit_code == 0
    assert (house.asr.submissions, house.store.puts) == (1, [])


def test_a_migrated_ledger_has_the_version_and_is_not_migrated_again(house: OldHouse) -> None:
    for _ in range(2):
        with QuickLedger(house.book) as book:
            assert book._rows("PRAGMA user_version")[0][0] == VERSION
            assert book.has_keys_before()


def test_a_new_ledger_has_no_keys_of_earlier_versions(tmp_path: Path) -> None:
    with QuickLedger(tmp_path / "new" / "ledger.sqlite3") as book:
        assert not book.has_keys_before()


@pytest.mark.parametrize(
    ("message", "source", "bare"),
    [
        ("a.mp4: no audio", "/media/a.mp4", "no audio"),
        ("in/a.mp4: no audio", "/media/in/a.mp4", "no audio"),
        ("submit: refused: later", "/media/a.mp4", "submit: refused: later"),
        ("no audio", "/media/a.mp4", "no audio"),
        ("a.mp4: no audio", None, "a.mp4: no audio"),
    ],
)
def test_a_message_loses_the_name_of_its_own_file_only(message: str, source: str | None, bare: str) -> None:
    assert without_name(message, source) == bare


# Digests: what they are must not change with the code, or what was paid for is not found


@pytest.mark.parametrize(
    ("policy", "before", "now"),
    [
        (AudioPolicy(), "flac-994d8f54", "flac-73c26705008b96c9"),
        (AudioPolicy(audio="opus", channels=(0, 1)), "opus-799b6d29", "opus-f58ad3f7fb46d861"),
        (AudioPolicy(track=2, sample_rate=8000), "flac-8c84e670", "flac-b6a3d25c50afe2ff"),
    ],
)
def test_digests_of_audio_policies_are_pinned(policy: AudioPolicy, before: str, now: str) -> None:
    assert audio_digest_before(policy) == before
    assert policy.digest == now


@dataclass(frozen=True, slots=True)
class LaterPolicy(AudioPolicy):
    """A policy as a later version may have it."""

    loudness: str = "as it is"


def test_a_new_attribute_with_its_default_changes_no_digest() -> None:
    assert LaterPolicy().digest == AudioPolicy().digest
    assert audio_digest_before(LaterPolicy()) == audio_digest_before(AudioPolicy())


@pytest.mark.parametrize(
    ("options", "digest"),
    [
        (RecognitionOptions(), "fccd99543c615cc55db5876182666647e432e35dfab70e719972a40ccb182755"),
        (
            RecognitionOptions(model="paraformer-v2", language_hints=("zh-Hans", "en"), speaker_count=2),
            "2daa8f56772aa9fb73da5c738c9287567735fb296b84827f22ec39f55b2c9c64",
        ),
        (
            RecognitionOptions(channels=(0, 1), vocabulary_id="vocab-1", remove_fillers=True),
            "123196aef126ce7a6f818da23e4a47579b7dde655143fde27ac6bde15e214d26",
        ),
    ],
)
def test_digests_of_recognition_options_are_pinned(options: RecognitionOptions, digest: str) -> None:
    assert options.digest == digest


def test_the_key_of_a_recognition_is_pinned() -> None:
    assert recognition_key("c", "o", "a", "e") == hashlib.sha256(b"c\no\na\ne").hexdigest()
