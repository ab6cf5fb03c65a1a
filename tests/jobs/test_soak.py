"""A short soak with seeded faults; the long one, with real servers and processes, is bench/soak.py."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from captioner.errors import AsrUnavailable, CaptionerError, CredentialsRefused, Interrupted, StorageUnavailable
from tests.jobs.doubles import House

pytestmark = pytest.mark.integration

FILES = 40
ROUNDS = 40


class Trouble:
    """Fails some exchanges by chance, each in its own way; a refused key now and then ends the run."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.seen: set[str] = set()

    def at(self, error: type[CaptionerError]) -> Callable[[str], None]:
        def fail(verb: str) -> None:
            if self.chance.random() < 0.15:
                self.seen.add(verb)
                raise error(f"{verb}: no answer")
            if verb != "submit" and self.chance.random() < 0.001:
                self.seen.add("credentials")
                raise CredentialsRefused(f"{verb}: refused")

        return fail


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_every_file_is_captioned_and_paid_once_and_nothing_is_left(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    house, trouble = House(tmp_path), Trouble(chance)
    names = [house.media(f"{number:02d}.mp4", f"media {number % (FILES - 4)}".encode()) for number in range(FILES)]
    for _ in range(ROUNDS):
        house.asr.answers = chance.choices(["ok", "lost", "dropped", "busy"], weights=[4, 1, 1, 1], k=12)
        house.store.fail, house.asr.fail = trouble.at(StorageUnavailable), trouble.at(AsrUnavailable)
        house.asr.reversed_results = chance.random() < 0.5
        changes = {"files_per_task": chance.choice((1, 3)), "retry_rejected": False}
        try:
            house.run_until_killed(*names, at=chance.randrange(20, 400), **changes)
        except (CredentialsRefused, Interrupted):
            house.clock.now += 60
        assert not list(house.folder.glob("**/*.part"))
    house.asr.answers = []
    house.store.fail = house.asr.fail = lambda verb: None
    report = house.run(*names, retry_rejected=True)
    assert report.exit_code == 0, report.as_json()
    assert len(list(house.folder.glob("*.srt"))) == FILES
    contents = [url for task in house.asr.tasks_made.values() for url in (part.partition("?")[0] for part in task.urls)]
    assert len(contents) == len(set(contents)) == FILES - 4
    assert house.store.objects == {}
    assert len(trouble.seen) >= 4, trouble.seen
