"""Messages to other programs: one for each file, at least once, by their ids exactly once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from captioner.errors import CredentialsRefused
from captioner.jobs.events import Noted
from captioner.jobs.inputs.finding import expand
from captioner.jobs.runner import run
from captioner.jobs.services import Services
from captioner.notification import Message
from tests.jobs.doubles import CHANCE, INLINE, House, Killed

pytestmark = pytest.mark.integration


@dataclass
class Listener:
    """A receiver that takes messages, or refuses as often as told."""

    key: str = "webhook 1"
    label: str = "webhook at mam.test"
    refusals: int = 0
    dies: int = 0
    taken: list[Message] = field(default_factory=list)
    attempts: int = 0

    def deliver(self, message: Message) -> str:
        self.attempts += 1
        if self.refusals:
            self.refusals -= 1
            return "it answered HTTP 503"
        self.taken.append(message)
        if self.dies:
            self.dies -= 1
            raise Killed
        return ""

    def close(self) -> None:
        """Nothing is open."""

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(message.body) for message in self.taken]

    def types(self) -> list[str]:
        return [message.type for message in self.taken]


class Newsroom(House):
    """A house whose runs tell a listener."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.listener = Listener()

    @property
    def services(self) -> Services:
        return replace(super().services, receivers={self.listener.key: self.listener})


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path)


def test_a_file_that_is_done_and_the_end_of_the_run_are_told(room: Newsroom) -> None:
    media = room.media("talk.mp4")
    assert room.run(media, manifest=True).undelivered == ()
    done, ended = room.listener.told()
    assert done["type"] == "file.done"
    assert done["data"]["source"] == str(media)
    assert done["data"]["outputs"] == [str(room.folder / f"talk.{e}") for e in ("srt", "asr.json")]
    assert done["data"]["manifest"] == str(room.folder / "talk.captioner.json")
    assert (done["data"]["billed_s"], done["data"]["cues"], done["data"]["model"]) == (7, 1, "fun-asr")
    assert done["id"] == room.listener.taken[0].id
    assert ended["type"] == "run.ended"
    assert (ended["data"]["done"], ended["data"]["failed"], ended["data"]["billed_s"]) == (1, 0, 7)


def test_the_files_of_a_message_are_there_when_it_is_sent(room: Newsroom) -> None:
    deliver = room.listener.deliver

    def look(message: Message) -> str:
        data = json.loads(message.body)["data"]
        assert all(Path(path).exists() for path in data.get("outputs", ()))
        return deliver(message)

    room.listener.deliver = look  # type: ignore[method-assign]
    room.run(room.media("a.mp4"), room.media("b.mp4"), manifest=True)
    assert room.listener.types() == ["file.done", "file.done", "run.ended"]


def test_a_file_that_is_refused_is_told_with_its_reason(room: Newsroom) -> None:
    room.run(room.folder / "missing.mp4", room.media("talk.mp4"))
    failed = next(told for told in room.listener.told() if told["type"] == "file.failed")
    assert "no such file" in failed["data"]["reason"]
    assert "missing.mp4" in failed["text"]
    ended = room.listener.told()[-1]
    assert [failure["name"] for failure in ended["data"]["failures"]] == [failed["data"]["name"]]


def test_what_was_done_before_is_no_news(room: Newsroom) -> None:
    media = room.media("talk.mp4")
    room.run(media)
    room.listener.taken.clear()
    room.run(media)
    assert room.listener.types() == ["run.ended"]


def test_a_message_is_repeated_until_it_is_taken(room: Newsroom) -> None:
    room.listener.refusals = 5
    report = room.run(room.media("talk.mp4"))
    assert report.exit_code == 0
    assert sorted(room.listener.types()) == ["file.done", "run.ended"]
    assert room.listener.attempts == 7
    notes = [event.message for event in room.events if isinstance(event, Noted)]
    assert any("HTTP 503" in note for note in notes)


def test_what_is_not_taken_within_the_patience_is_told_and_left_for_the_next_run(room: Newsroom) -> None:
    room.listener.refusals = 10_000
    media = room.media("talk.mp4")
    report = room.run(media)
    assert report.files[0].done
    assert report.exit_code == 1
    assert report.undelivered == ("2 messages for webhook at mam.test",)
    room.listener.refusals = 0
    assert room.run(media).exit_code == 0
    assert sorted(room.listener.types()) == ["file.done", "run.ended", "run.ended"]


def test_a_receiver_gets_only_its_own_messages(room: Newsroom) -> None:
    room.listener.refusals = 10_000
    media = room.media("talk.mp4")
    room.run(media)
    room.listener = Listener(key="webhook 2")
    room.run(media)
    assert room.listener.types() == ["run.ended"]


def test_the_end_by_an_error_is_told(room: Newsroom) -> None:
    room.asr.fail = lambda verb: (_ for _ in ()).throw(CredentialsRefused("the key was refused"))
    with pytest.raises(CredentialsRefused):
        room.run(room.media("talk.mp4"))
    assert room.listener.types() == ["run.failed"]
    assert "the key was refused" in room.listener.told()[0]["text"]


def test_no_link_or_body_stays_in_the_ledger_when_it_is_taken(room: Newsroom) -> None:
    room.run("https://h.test/talk.mp4?X-Amz-Signature=s3cret", out=room.folder)
    assert "s3cret" not in "".join(message.body for message in room.listener.taken)
    with room.ledger("https://h.test/talk.mp4", out=room.folder) as ledger:
        assert ledger.waiting_deliveries() == {}


def test_no_crash_loses_a_message_or_makes_two_of_it(tmp_path: Path) -> None:
    at, died = 1, True
    while died:
        room = Newsroom(tmp_path / str(at))
        media = room.media("talk.mp4")
        died = room.run_until_killed(media, at=at)
        room.run(media)
        done = [message for message in room.listener.taken if message.type == "file.done"]
        assert len({message.id for message in done}) == 1, f"died at {at}"
        at += 1
    assert at > 10


def test_a_crash_after_a_message_was_taken_repeats_it_with_its_id(room: Newsroom) -> None:
    room.listener.dies = 1
    media = room.media("talk.mp4")
    with pytest.raises(Killed), room.ledger(str(media)) as ledger:
        run(expand([str(media)]), room.options, room.services, ledger, executors=INLINE, rng=CHANCE(1))
    room.run(media)
    done = [message for message in room.listener.taken if message.type == "file.done"]
    assert len(done) == 2
    assert done[0] == done[1]
