"""The same files again: what is paid for is found and used, what is not is asked for, and answers stay the same."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

import captioner
from captioner.cli import main
from captioner.emulator import Emulator, TaskTiming
from captioner.errors import CaptionerError
from captioner.jobs.ledger import Ledger, user_ledger
from tests.flows.conftest import FIXTURES

pytestmark = pytest.mark.integration

KEY = "sk-again-test"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a command."""

    code: int
    out: str
    err: str
    bought: int


class Desk:
    """A user with one file, and the service."""

    def __init__(self, folder: Path, service: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.service = service
        self._capsys = capsys
        shutil.copy(FIXTURES / "interview-en.mp4", folder / "talk.mp4")

    def __call__(self, *arguments: object) -> Done:
        before = self.service.submissions
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        said = self._capsys.readouterr()
        return Done(int(left.value.code or 0), said.out, said.err, self.service.submissions - before)

    def text(self, name: str = "talk.srt") -> str:
        return (self.folder / name).read_text("utf-8")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DASHSCOPE_API_KEY", KEY)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    # Worker processes are forked from a server that may have the environment of an earlier test, without the key.
    monkeypatch.setattr("captioner.jobs.runner._FEW", 1000)
    with Emulator(transcripts=FIXTURES / "transcripts", key=KEY, timing=TaskTiming()) as service:
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", service.url)
        yield Desk(tmp_path, service, capsys)


# One ledger for a user


@pytest.mark.short
def test_another_output_folder_and_another_place_of_the_file_cost_nothing(desk: Desk) -> None:
    assert desk("run", "talk.mp4").bought == 1
    assert user_ledger() == desk.folder / "data" / "captioner" / "ledger.sqlite3"
    assert user_ledger().is_file()
    assert not (desk.folder / ".captioner").exists()
    (desk.folder / "day").mkdir()
    shutil.move("talk.mp4", "day/other.mp4")
    for command in (
        ["run", "day/other.mp4"],
        ["run", "day", "-o", "out"],
        ["transcribe", "day/other.mp4", "-o", "raw"],
    ):
        done = desk(*command)
        assert (done.code, done.bought) == (0, 0), done.err
    assert desk.text("day/other.srt") == desk.text("out/other.srt") == desk.text()


def test_a_ledger_that_is_named_stands_for_itself(desk: Desk) -> None:
    assert desk("run", "talk.mp4").bought == 1
    assert desk("run", "talk.mp4", "-o", "own", "--ledger", "own.sqlite3").bought == 1
    assert desk("run", "talk.mp4", "-o", "second", "--ledger", "own.sqlite3").bought == 0


def test_the_ledger_of_a_folder_is_used_where_it_is_and_known_everywhere(desk: Desk) -> None:
    (desk.folder / "old").mkdir()
    shutil.copy("talk.mp4", "old/talk.mp4")
    assert desk("run", "old/talk.mp4", "--ledger", "old/.captioner/ledger.sqlite3").bought == 1
    there = desk("run", "old/talk.mp4", "-f", "vtt")
    assert (there.code, there.bought) == (0, 0)
    assert "captioner ledger merge" in there.err
    assert not desk("status", "old").out.startswith("nothing")
    shutil.move("old/talk.mp4", "moved.mp4")
    elsewhere = desk("run", "moved.mp4", "-o", "out")
    assert (elsewhere.code, elsewhere.bought) == (0, 0)
    assert "recognised before, in" in elsewhere.err
    cost = json.loads(desk("ledger", "cost", user_ledger(), "--json").out)
    assert cost["total"]["recognitions"] == 0  # the bill is in the other ledger


def test_a_ledger_is_merged_with_what_was_paid_and_can_be_merged_again(desk: Desk) -> None:
    (desk.folder / "old").mkdir()
    shutil.copy("talk.mp4", "old/talk.mp4")
    desk("run", "old/talk.mp4", "--ledger", "old/.captioner/ledger.sqlite3")
    shutil.copytree("old", "copy")
    merged = json.loads(desk("ledger", "merge", "old", "--json").out)
    assert (merged[0]["recognitions"], merged[0]["jobs"], merged[0]["outputs"]) == (1, 1, 4)
    assert not (desk.folder / "old" / ".captioner" / "ledger.sqlite3").exists()
    assert (desk.folder / "old" / ".captioner" / "ledger.sqlite3.merged").exists()
    again = json.loads(desk("ledger", "merge", "copy", "--json").out)
    assert (again[0]["recognitions"], again[0]["jobs"], again[0]["outputs"]) == (0, 0, 0)
    shutil.rmtree("copy")
    shutil.rmtree("old/.captioner")
    done = desk("run", "old/talk.mp4", "--strict")
    assert done.bought == 0
    assert "resumed" not in done.err  # its captions are there as they were
    cost = json.loads(desk("ledger", "cost", "old", "--json").out)
    assert cost["total"]["recognitions"] == 1
    assert cost["total"]["billed_s"] > 0


def test_a_ledger_in_use_is_not_merged(desk: Desk) -> None:
    with Ledger(desk.folder / "busy" / ".captioner" / "ledger.sqlite3"):
        done = desk("ledger", "merge", "busy")
    assert done.code == 2
    assert "is working on it" in done.err
    assert desk("ledger", "merge", "nowhere").code == 2


@pytest.mark.short
def test_captions_in_a_folder_that_was_moved_are_still_ours_and_edited_ones_are_not(desk: Desk) -> None:
    desk("run", "talk.mp4", "-f", "srt,vtt")
    (desk.folder / "moved").mkdir()
    for path in list(desk.folder.glob("talk.*")):
        shutil.move(path, desk.folder / "moved")
    done = desk("run", "moved", "-f", "srt,vtt", "--max-columns", "30")
    assert (done.code, done.bought) == (0, 0), done.err
    (desk.folder / "moved" / "talk.srt").write_text("corrected by the desk")
    (desk.folder / "mount").mkdir()
    for path in list((desk.folder / "moved").glob("talk.*")):
        shutil.move(path, desk.folder / "mount")
    done = desk("run", "mount", "-f", "srt,vtt")
    assert "talk.srt was edited and stays as it is" in done.err
    assert desk.text("mount/talk.srt") == "corrected by the desk"


def test_captions_of_another_file_are_not_replaced_where_they_were_copied_to(desk: Desk) -> None:
    desk("run", "talk.mp4")
    shutil.copy(FIXTURES / "late-audio.mp4", "late.mp4")
    shutil.copy("talk.srt", "late.srt")
    done = desk("run", "late.mp4")
    assert (done.code, done.bought) == (1, 0)
    assert "holds the captions of" in done.err


# What can be had from a reply that is there


@pytest.mark.parametrize(
    ("options", "there", "gone"),
    [
        (["--mask", "evening,harbour"], "Good *******,", "evening"),
        (["--remove", "evening"], "Good and welcome to The Report", "evening"),
        (["--remove-fillers"], "Good evening", " um "),
        (["--no-diarization"], "Good evening", "Speaker"),
    ],
)
def test_words_and_speakers_are_left_out_of_the_reply_that_is_paid_for(
    desk: Desk, options: list[str], there: str, gone: str
) -> None:
    desk("run", "talk.mp4")
    before = desk.text()
    plan = desk("run", "talk.mp4", *options, "--dry-run")
    assert "costs nothing" in plan.out
    done = desk("run", "talk.mp4", *options)
    assert (done.code, done.bought) == (0, 0), done.err
    assert there in desk.text().replace("\n", " ")
    assert gone not in desk.text()
    assert desk("run", "talk.mp4", "--diarization").bought == 0
    assert desk.text() == before


@pytest.mark.parametrize("option", [["--language", "en"], ["--audio", "opus"]])
def test_a_label_and_another_kind_of_audio_take_the_reply_and_say_so(desk: Desk, option: list[str]) -> None:
    desk("run", "talk.mp4")
    done = desk("run", "talk.mp4", *option)
    assert (done.code, done.bought) == (0, 0), done.err
    assert "--again recognises it again, at most 0.00" in done.err
    assert desk("run", "talk.mp4", *option, "--again").bought == 1


@pytest.mark.parametrize(
    ("first", "then", "named"),
    [
        ([], ["--speaker-count", "3"], "--speaker-count 3"),
        ([], ["--model", "fun-asr-mtl"], "--model fun-asr-mtl"),
        ([], ["--no-system-filter"], "--no-system-filter"),
        ([], ["--channels", "0,1"], "--channels 0,1"),
        (["--no-diarization"], [], "--diarization"),
    ],
)
def test_what_the_reply_lacks_stops_with_the_price_until_it_is_asked_for(
    desk: Desk, first: list[str], then: list[str], named: str
) -> None:
    desk("run", "talk.mp4", *first)
    before = desk.text()
    for command in ("run", "batch"):
        done = desk(command, "talk.mp4", *then, "--diarization")
        assert (done.code, done.bought) == (1, 0)
        assert named in done.err
        assert "USD" in done.err
        assert "--again" in done.err
    assert desk.text() == before
    for command in (["run", "talk.mp4", "--dry-run"], ["plan", "talk.mp4"]):
        planned = desk(*command, *then, "--diarization", "--json")
        facts = json.loads(planned.out)
        assert (facts["need_again"], facts["cost_usd"]) == (1, 0)
        assert facts["again_cost_usd"] > 0
        assert planned.code == 1
        agreed = json.loads(desk(*command, *then, "--diarization", "--again", "--json").out)
        assert (agreed["need_again"], agreed["cost_usd"]) == (0, facts["again_cost_usd"])
    done = desk("run", "talk.mp4", *then, "--diarization", "--again")
    assert (done.code, done.bought) == (0, 1), done.err


def test_a_better_reply_that_was_paid_for_is_not_given_up_for_an_older_one(desk: Desk) -> None:
    desk("run", "talk.mp4")
    desk("run", "talk.mp4", "--speaker-count", "2", "--again")
    with Ledger(user_ledger(), read_only=True) as book:
        (job,) = book.jobs()
    assert desk("run", "talk.mp4", "-f", "vtt").bought == 0
    with Ledger(user_ledger(), read_only=True) as book:
        assert book.jobs()[0].recognition == job.recognition


def test_a_batch_counts_and_lists_what_needs_another_recognition_and_does_the_rest(desk: Desk) -> None:
    desk("run", "talk.mp4")
    shutil.copy(FIXTURES / "late-audio.mp4", "late.mp4")
    done = desk("batch", ".", "--speaker-count", "2")
    assert (done.code, done.bought) == (1, 1)
    assert "1 file needs another recognition of audio that is paid for, at most 0.00" in done.err
    assert desk.text("late.srt")


def test_requests_of_versions_that_did_not_describe_them_are_told_by_their_digests(desk: Desk) -> None:
    desk("run", "talk.mp4", "--language", "en", "--remove-fillers")
    with closing(sqlite3.connect(user_ledger())) as db, db:
        db.execute("UPDATE recognitions SET asked = ''")
    done = desk("run", "talk.mp4", "--language", "de", "--remove-fillers")
    assert (done.code, done.bought) == (0, 0)
    assert "recognised as en, labelled de" in done.err
    assert "filler words" in desk("run", "talk.mp4").err


# Findings belong to the captions


@pytest.mark.parametrize("command", ["run", "batch"])
def test_a_repeated_check_finds_the_same_and_ends_the_same(desk: Desk, command: str) -> None:
    once = desk(command, "talk.mp4", "--strict", "--max-columns", "20")
    assert once.code == 1
    again = desk(command, "talk.mp4", "--strict", "--max-columns", "20")
    assert again.code == 1
    found = [line for line in once.err.splitlines() if "warnings" in line]
    assert found == [line for line in again.err.splitlines() if "warnings" in line]
    with closing(sqlite3.connect(user_ledger())) as db, db:
        db.execute("UPDATE jobs SET findings = ''")  # as earlier versions left it
    older = desk(command, "talk.mp4", "--strict", "--max-columns", "20")
    assert (older.code, older.bought) == (1, 0)
    assert found == [line for line in older.err.splitlines() if "warnings" in line]


def test_a_reply_that_was_deleted_is_not_bought_again_for_the_sake_of_findings(desk: Desk) -> None:
    desk("run", "talk.mp4")
    with closing(sqlite3.connect(user_ledger())) as db, db:
        db.execute("UPDATE jobs SET findings = ''")
    shutil.rmtree(user_ledger().with_name("ledger.sqlite3.d") / "replies")
    done = desk("run", "talk.mp4")
    assert (done.code, done.bought) == (0, 0)


def test_a_replacement_that_matches_nothing_is_told_every_time(desk: Desk) -> None:
    Path("words.toml").write_text('[replace]\n"harbour" = "Harbor"\n"never said" = "x"\n', encoding="utf-8")
    for _ in range(2):
        done = desk("run", "talk.mp4", "--replace", "words.toml")
        assert "never said" in done.err
        assert "Harbor" in desk.text()


# An edited file


def test_formats_that_are_not_in_dispute_are_written_beside_an_edited_file(desk: Desk) -> None:
    desk("run", "talk.mp4")
    (desk.folder / "talk.srt").write_text("corrected by the desk")
    done = desk("run", "talk.mp4", "-f", "srt,vtt,ass")
    assert (done.code, done.bought) == (0, 0)
    assert desk.text() == "corrected by the desk"
    assert desk.text("talk.vtt").startswith("WEBVTT")
    assert (desk.folder / "talk.ass").exists()
    assert "captioner adopt" in done.err
    shutil.move("talk.srt", "talk.edited.srt")
    done = desk("run", "talk.mp4", "-f", "srt,vtt,ass")
    assert (done.code, done.bought) == (0, 0)
    assert "Good evening" in desk.text()


def test_a_file_of_somebody_else_in_the_only_place_is_found_before_anything_is_bought(desk: Desk) -> None:
    (desk.folder / "talk.srt").write_text("by hand")
    done = desk("run", "talk.mp4")
    assert (done.code, done.bought) == (1, 0)
    assert desk.text() == "by hand"


# Speakers


def test_speakers_are_named_by_the_number_that_captions_show(desk: Desk) -> None:
    shown = desk("run", "talk.mp4")
    assert shown.code == 0
    assert "Speaker 1: Good evening" in desk.text()
    assert desk("run", "talk.mp4", "--speakers", "1=Maya,2=Czernak").bought == 0
    assert "Maya: Good evening" in desk.text()
    assert "Czernak: " in desk.text()
    assert desk("run", "talk.mp4", "--speakers", "Anna,David").bought == 0
    assert "Anna: Good evening" in desk.text()
    assert "Speaker" not in desk.text()
    desk("format", "talk.asr.json", "--speakers", "2=Czernak", "-o", "named.srt")
    assert "Speaker 1: Good evening" in desk.text("named.srt")


def test_names_in_the_configuration_of_speakers_who_occur_nowhere_are_told_once(desk: Desk) -> None:
    shutil.copy("talk.mp4", "same.mp4")
    Path("captioner.toml").write_text('[captions]\nspeakers = "1=Maya,3=Bo,4=Cy"\n', encoding="utf-8")
    done = desk("batch", "talk.mp4", "same.mp4")
    assert done.code == 0, done.err
    assert done.err.count("names of speakers who occur in none of the files: 3=Bo, 4=Cy; see captions.speakers") == 1
    assert "Maya: " in desk.text()
    again = desk("format", "talk.asr.json", "-o", "named.srt")
    assert "names of speakers who do not occur: 3=Bo, 4=Cy" in again.err


def test_a_list_of_speakers_that_cannot_be_right_is_refused(desk: Desk) -> None:
    counted = desk("run", "talk.mp4", "--speakers", "0=Maya,1=Czernak")
    assert (counted.code, counted.bought) == (2, 0)
    assert "counted from 1, as captions show them; write 1=Maya,2=Czernak" in counted.err
    desk("run", "talk.mp4")
    for given in ("3=Bo", "Maya,Czernak,Bo"):
        unknown = desk("run", "talk.mp4", "--speakers", given)
        assert (unknown.code, unknown.bought) == (1, 0)
        assert "there are 2 speakers: 1, 2" in unknown.err
    assert desk("format", "talk.asr.json", "--speakers", "3=Bo", "-o", "named.srt").code == 1


# What was asked before


@pytest.mark.short
def test_a_plain_run_keeps_names_replacements_style_and_formats(desk: Desk) -> None:
    Path("words.toml").write_text('[replace]\n"harbour" = "Harbor"\n', encoding="utf-8")
    asked = ["--speakers", "1=Maya,2=Czernak", "--replace", "words.toml", "--style", "netflix", "-f", "srt,vtt"]
    desk("run", "talk.mp4", *asked)
    before = desk.text()
    assert "Maya" in before
    assert "Harbor " in before
    Path("talk.vtt").unlink()
    (desk.folder / "elsewhere").mkdir()
    plain = desk("run", "talk.mp4")
    assert (plain.code, plain.bought) == (0, 0), plain.err
    assert "--style netflix --format srt,vtt --speakers 1=Maya,2=Czernak" in plain.err
    assert desk.text() == before
    assert "Maya" in desk.text("talk.vtt")
    shown = json.loads(desk("status", "--json").out)["kept"]
    assert shown[0]["files"] == 1
    assert shown[0]["options"]["speakers"] == "1=Maya,2=Czernak"
    assert "remembered --style netflix" in desk("status").out
    assert ": 1 file, no process working" in desk("status").out
    changed = desk("run", "talk.mp4", "--speakers", "1=Anna,2=David")
    assert changed.code == 0
    assert "Anna" in desk.text()
    assert "Harbor " in desk.text()
    assert desk("run", "talk.mp4").code == 0
    assert "Anna" in desk.text()
    forgotten = desk("run", "talk.mp4", "--forget")
    assert forgotten.code == 0
    assert "Speaker 1: " in desk.text()
    assert "Harbour" in desk.text()
    assert json.loads(desk("status", "--json").out)["kept"] == []


def test_further_shapes_are_remembered_and_follow_later_corrections(desk: Desk) -> None:
    also = ("--also", "word-by-word:srt", "--also", "social-vertical:vtt")
    assert desk("run", "talk.mp4", *also).code == 0
    Path("talk.srt").write_text(desk.text().replace("Harbour", "Harbor"), "utf-8")
    assert desk("adopt", "talk.srt").code == 0
    plain = desk("run", "talk.mp4")
    assert (plain.code, plain.bought) == (0, 0), plain.err
    assert "--also word-by-word:srt --also social-vertical:vtt as before" in plain.err
    assert "was edited" not in plain.err
    Path("words.toml").write_text('[replace]\n"Harbor Institute" = "Bay Institute"\n"tonight" = "today"\n', "utf-8")
    assert desk("run", "talk.mp4", "--replace", "words.toml").code == 0
    assert "today" in desk.text("talk.word-by-word.srt")
    fewer = desk("run", "talk.mp4", "--also", "word-by-word:srt")
    assert "social-vertical" not in fewer.err, fewer.err
    assert "remembered --also word-by-word:srt --replace" in desk("status").out


def test_what_is_remembered_and_cannot_be_used_any_more_is_told_with_the_way_out(desk: Desk) -> None:
    Path("words.toml").write_text('[replace]\n"harbour" = "Harbor"\n', encoding="utf-8")
    desk("run", "talk.mp4", "--replace", "words.toml")
    Path("words.toml").unlink()
    done = desk("run", "talk.mp4", "-f", "vtt")
    assert done.code == 2
    assert "remembered with talk.mp4" in done.err
    assert "--forget drops it" in done.err
    assert desk("run", "talk.mp4", "-f", "vtt", "--forget").code == 0


def test_a_retry_does_what_was_asked(desk: Desk) -> None:
    Path("broken.wav").write_bytes(b"not media")
    failed = desk(
        "batch", "talk.mp4", "broken.wav", "-o", "out", "-f", "srt,vtt", "--mask", "evening", "--language", "en"
    )
    assert failed.code == 1
    shutil.copy(FIXTURES / "late-audio.mp4", "broken.wav")
    done = desk("retry", "out")
    assert (done.code, done.bought) == (0, 1), done.err
    assert "--format srt,vtt" in done.err
    assert desk.text("out/broken.vtt").startswith("WEBVTT")
    request = [each.body for each in desk.service.requests if each.path.endswith("/transcription")][-1]
    assert request["parameters"]["language_hints"] == ["en"]
    plain = desk("run", "broken.wav", "-o", "out")
    assert (plain.code, plain.bought) == (0, 0)


def test_a_retry_leaves_out_what_does_nothing_in_the_formats_of_now(desk: Desk) -> None:
    Path("broken.wav").write_bytes(b"not media")
    assert desk("batch", "broken.wav", "-o", "out", "-f", "srt,ass", "--karaoke", "k").code == 1
    shutil.copy(FIXTURES / "late-audio.mp4", "broken.wav")
    done = desk("retry", "out", "-f", "srt")
    assert (done.code, done.bought) == (0, 1), done.err
    assert "asked then and left out now: --karaoke: srt has no use for it" in done.err


def test_masked_words_are_in_the_reply_and_can_be_shown_later(desk: Desk) -> None:
    masked = desk("run", "talk.mp4", "--mask", "evening", "--remove", "harbour")
    assert masked.bought == 1
    assert "Good *******," in desk.text()
    assert "Harbour" not in desk.text()
    (request,) = [each.body for each in desk.service.requests if each.path.endswith("/transcription")]
    assert "special_word_filter" not in request["parameters"]
    again = desk("run", "talk.mp4", "--mask", "evening", "--remove", "harbour")
    assert (again.bought, "resumed" in again.err) == (0, False)
    shown = desk("run", "talk.mp4")
    assert (shown.code, shown.bought) == (0, 0)
    assert "Good evening" in desk.text()


# The same once more


def test_again_recognises_what_was_recognised_with_the_same_options_and_tells_the_price(desk: Desk) -> None:
    assert desk("run", "talk.mp4").bought == 1
    planned = json.loads(desk("plan", "talk.mp4", "--again", "--json").out)
    assert planned["cost_usd"] > 0
    shutil.copy("talk.mp4", "same.mp4")
    done = desk("batch", "talk.mp4", "same.mp4", "--again")
    assert (done.code, done.bought) == (0, 1), done.err  # once for both
    assert done.err.count("recognised before; --again recognises it again, at most 0.00") == 1
    assert desk("run", "talk.mp4").bought == 0
    assert desk("run", "talk.mp4", "--mask", "evening", "--again").bought == 1
    assert desk("run", "talk.mp4").bought == 0
    costs = json.loads(desk("ledger", "cost", "--json").out)
    assert costs["total"]["recognitions"] == 3


def test_again_that_comes_to_nothing_leaves_the_reply_that_is_there(desk: Desk) -> None:
    desk("run", "talk.mp4")
    before = desk.text()
    held = desk("run", "talk.mp4", "--again", "--budget-month", "0.0001")
    assert (held.code, held.bought) == (1, 0)
    assert "budget.month" in held.err
    plain = desk("run", "talk.mp4")
    assert (plain.code, plain.bought) == (0, 0), plain.err
    assert desk.text() == before


# A month's budget


def test_a_months_budget_in_the_ledger_holds_every_command_that_buys(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("captioner.toml").write_text("[budget]\nmonth = 0.003\n", encoding="utf-8")
    shutil.copy(FIXTURES / "late-audio.mp4", "late.mp4")
    shutil.copy(FIXTURES / "interview-zh.mp4", "zh.mp4")
    assert desk("run", "talk.mp4").bought == 1
    for command in ("run", "batch", "transcribe"):
        held = desk(command, "zh.mp4")
        assert (held.code, held.bought) == (1, 0)
        assert "budget.month 0.003 USD holds it" in held.err
    with pytest.raises(CaptionerError, match=r"budget\.month"):
        captioner.transcribe("zh.mp4")
    assert desk("run", "late.mp4").bought == 1  # a shorter one still fits
    assert desk("run", "talk.mp4", "-o", "out").code == 0  # what is paid for costs nothing
    assert desk("run", "zh.mp4", "--budget-month", "1").bought == 1
    monkeypatch.setenv("CAPTIONER_BUDGET_MONTH", "0")
    assert desk("run", "talk.mp4", "--speaker-count", "2", "--again").bought == 1


def test_one_run_keeps_to_the_budget_however_many_files_are_on_their_way(desk: Desk) -> None:
    for number in range(4):
        data = (FIXTURES / "late-audio.mp4").read_bytes()
        Path(f"late{number}.mp4").write_bytes(data + b"\0" * (number + 1))
    one = json.loads(desk("plan", "late0.mp4", "--json").out)["cost_usd"]
    done = desk("batch", ".", "--budget-month", str(one * 2.5))
    assert done.code == 1
    assert done.bought <= 2
    assert "budget.month" in done.err


def test_a_plan_says_what_the_months_budget_would_hold(desk: Desk) -> None:
    planned = json.loads(desk("plan", "talk.mp4", "--budget-month", "0.0001", "--json").out)
    assert planned["held_by_month_budget"] == 1
    assert "would hold 1 of them" in desk("run", "talk.mp4", "--dry-run", "--budget-month", "0.0001").out
    assert json.loads(desk("plan", "talk.mp4", "--budget-month", "1", "--json").out)["held_by_month_budget"] == 0


def test_a_plain_run_keeps_the_look_and_another_one_costs_nothing(desk: Desk) -> None:
    first = desk("run", "talk.mp4", "--look", "minimal", "-f", "ass")
    assert first.code == 0, first.err
    assert "ass holds the look minimal without its round corners; captioner burn draws them" in first.err
    styled = desk.text("talk.ass")
    assert "Style: DefaultBox,Inter," in styled
    plain = desk("run", "talk.mp4")
    assert (plain.code, plain.bought, desk.text("talk.ass")) == (0, 0, styled), plain.err
    assert "--look minimal" in plain.err
    other = desk("run", "talk.mp4", "--look", "broadcast-box")
    assert (other.code, other.bought) == (0, 0), other.err
    assert "Style: DefaultBox,Noto Sans," in desk.text("talk.ass")
    useless = desk("run", "talk.mp4", "--look", "minimal", "--forget")
    assert useless.code == 0
    assert "look minimal: srt holds nothing of a look" in useless.err
    refused = desk("run", "talk.mp4", "--look", "minimal", "-f", "srt")
    assert refused.code == 2
    assert "--look: srt has no use for it" in refused.err
