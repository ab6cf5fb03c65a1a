"""What in a folder is media, what is passed over, and how that is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner.errors import ConfigError
from captioner.jobs.inputs.finding import find
from captioner.jobs.inputs.folder_scan import PassedOver, Why, is_system_folder, summary
from captioner.jobs.inputs.input_lists import expand_lists
from captioner.jobs.inputs.selection import Selection, parse_newer_than


def _touch(folder: Path, *names: str, content: bytes = b"") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _taken(folder: Path, selection: Selection | None = None) -> list[str]:
    found = find([str(folder)], None, selection or Selection())
    return [Path(source.name).relative_to(folder).as_posix() for source in found.sources if not source.problem]


def _passed(folder: Path, selection: Selection | None = None) -> dict[str, Why]:
    found = find([str(folder)], None, selection or Selection())
    return {one.name.removeprefix(f"{folder}/"): one.why for one in found.passed_over}


def test_what_is_taken_when_named_is_taken_in_its_folder(tmp_path: Path) -> None:
    endings = ("3gp", "ac3", "aiff", "asf", "caf", "m2ts", "m4b", "mka", "ogv", "vob", "w64", "wv")
    names = [f"a.{ending}" for ending in endings]
    _touch(tmp_path, *names)
    assert _taken(tmp_path) == names


def test_everything_else_is_passed_over_with_its_reason(tmp_path: Path) -> None:
    _touch(tmp_path, "a.mp4", "a.srt", "a.asr.json", "a.captioner.json", "b.jpg", "odd", ".hidden.mp4", ".DS_Store")
    _touch(tmp_path, "c.mp4.part", ".git/d.mp4", ".captioner/ledger.sqlite3")
    assert _passed(tmp_path) == {
        "a.srt": Why.CAPTIONS,
        "a.asr.json": Why.CAPTIONS,
        "a.captioner.json": Why.CAPTIONS,
        "b.jpg": Why.NOT_MEDIA,
        "odd": Why.NOT_MEDIA,
        ".hidden.mp4": Why.HIDDEN,
        ".git/": Why.HIDDEN,
        "c.mp4.part": Why.UNFINISHED,
    }


def test_text_with_the_ending_of_recordings_is_no_media(tmp_path: Path) -> None:
    _touch(tmp_path, "code.ts", "go.mod", "types.mts", content=b"export const name = 'caf\xc3\xa9'\n")
    _touch(tmp_path, "show.ts", content=b"\x47\x40\x00\x10\x00\x00" + b"\xff" * 182)
    assert _taken(tmp_path) == ["show.ts"]


SYSTEM_FOLDERS = [
    "#recycle", "@Recycle", "$RECYCLE.BIN", "$Recycle.Bin", "RECYCLER", "#snapshot", ".snapshot", "~snapshot", "@eaDir",
    "System Volume Information", "lost+found", ".Trash-1000", ".Trashes", ".zfs", "@Recently-Snapshot", "@tmp",
    "Network Trash Folder", "Backups.backupdb", "__MACOSX", "FOUND.000", "@GMT-2026.01.02-03.04.05", ".recycle",
    "CacheClip", "Adobe Premiere Pro Video Previews", "day1.PRV", "Render Files", ".@__thumb",
]  # fmt: skip


@pytest.mark.parametrize("name", SYSTEM_FOLDERS)
def test_recycle_bins_snapshots_and_caches_are_left_out_and_counted(tmp_path: Path, name: str) -> None:
    _touch(tmp_path, "a.mp4", f"{name}/a.mp4", f"deep/{name}/b.mp4")
    assert _taken(tmp_path) == ["a.mp4"]
    left_out = [why for path, why in _passed(tmp_path).items() if path.endswith(f"{name}/")]
    assert len(left_out) == 2
    assert set(left_out) <= {Why.SYSTEM, Why.HIDDEN}


@pytest.mark.parametrize("name", ["recycling", "snapshots of Ana", "Trash film", "recovery", "@home", "found footage"])
def test_folders_of_people_are_entered(tmp_path: Path, name: str) -> None:
    assert not is_system_folder(name)


def test_a_system_folder_that_is_named_is_searched(tmp_path: Path) -> None:
    _touch(tmp_path / "#recycle", "a.mp4")
    assert _taken(tmp_path / "#recycle") == ["a.mp4"]


def test_the_counts_are_told_in_a_phrase_for_each_reason() -> None:
    passed = [
        *(PassedOver(f"{number}.jpg", Why.NOT_MEDIA, "jpg") for number in range(3)),
        PassedOver("a.pdf", Why.NOT_MEDIA, "pdf"),
        PassedOver("#recycle/", Why.SYSTEM, "#recycle"),
        PassedOver("b.mp4.part", Why.UNFINISHED, "a download"),
    ]
    assert list(summary(passed)) == [
        "4 not media (.jpg 3, .pdf 1)",
        "1 unfinished",
        "1 recycle bins, snapshots and caches (#recycle 1)",
    ]


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        (Selection(include=("*.mov",)), ["cam/B.MOV", "day1/c.mov"]),
        (Selection(exclude=("*.mov",)), ["a.mp4", "day1/proxies/d.mp4"]),
        (Selection(exclude=("proxies",)), ["a.mp4", "cam/B.MOV", "day1/c.mov"]),
        (Selection(include=("day?/**",)), ["day1/c.mov", "day1/proxies/d.mp4"]),
        (Selection(include=("**/proxies/*",)), ["day1/proxies/d.mp4"]),
        (Selection(include=("cam", "a.*")), ["a.mp4", "cam/B.MOV"]),
        (Selection(include=("day1/",), exclude=("day1/proxies",)), ["day1/c.mov"]),
        (Selection(include=("*.mov",), exclude=("cam/*",)), ["day1/c.mov"]),
    ],
)
def test_globs_choose_files_and_folders(tmp_path: Path, selection: Selection, taken: list[str]) -> None:
    _touch(tmp_path, "a.mp4", "cam/B.MOV", "day1/c.mov", "day1/proxies/d.mp4")
    assert _taken(tmp_path, selection) == taken
    assert Why.FILTERED in _passed(tmp_path, selection).values()


def test_accents_match_however_a_disk_composes_them(tmp_path: Path) -> None:
    _touch(tmp_path, "cafe\u0301.mp4")
    assert len(_taken(tmp_path, Selection(include=("CAF\u00c9*",)))) == 1


def test_a_choice_holds_for_files_that_are_named(tmp_path: Path) -> None:
    _touch(tmp_path, "a.mp4", "b.mov")
    found = find([str(tmp_path / "a.mp4"), str(tmp_path / "b.mov")], None, Selection(exclude=("*.mov",)))
    assert [Path(source.name).name for source in found.sources] == ["a.mp4"]
    assert [one.why for one in found.passed_over] == [Why.FILTERED]


def test_old_files_are_left_out(tmp_path: Path) -> None:
    import os

    _touch(tmp_path, "new.mp4", "old.mp4")
    os.utime(tmp_path / "new.mp4", (2000, 2000))
    os.utime(tmp_path / "old.mp4", (1000, 1000))
    assert _taken(tmp_path, Selection(newer_than=1500)) == ["new.mp4"]
    assert _passed(tmp_path, Selection(newer_than=1500)) == {"old.mp4": Why.OLD}


def test_a_folder_with_nothing_that_is_wanted_is_no_mistake(tmp_path: Path) -> None:
    _touch(tmp_path, "a.mp4")
    assert find([str(tmp_path)], None, Selection(exclude=("*.mp4",))).sources == ()


@pytest.mark.parametrize(
    ("text", "then"),
    [("90m", 1_000_000 - 5400), ("12h", 1_000_000 - 43_200), ("7d", 1_000_000 - 604_800), ("1W", 1_000_000 - 604_800),
     ("1970-01-02T00:00:00+00:00", 86_400)],
)  # fmt: skip
def test_a_time_is_an_age_or_a_date(text: str, then: float) -> None:
    assert parse_newer_than(text, 1_000_000) == then


@pytest.mark.parametrize("text", ["", "yesterday", "7", "7y", "2026-13-01", "9999999w"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--newer-than"):
        parse_newer_than(text, 1_000_000)


# Lists


def test_a_list_in_a_file_names_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _touch(tmp_path, "#1.mp4")
    (tmp_path / "list.txt").write_bytes("\ufeff# today\r\na b.mp4\r\n\r\nhttps://h.test/é.mp4\r\n#1.mp4".encode())
    assert expand_lists(["x.mp4", "@list.txt"]) == ("x.mp4", "a b.mp4", "https://h.test/é.mp4", "#1.mp4")


@pytest.mark.parametrize("given", ["-", "@-"])
def test_a_list_on_standard_input_names_inputs(given: str) -> None:
    assert expand_lists([given], lambda: b"a.mp4\nb.mp4\n") == ("a.mp4", "b.mp4")
    assert expand_lists([given], lambda: b"a\nb.mp4\0c.mp4\0") == ("a\nb.mp4", "c.mp4")


def test_a_name_that_is_not_utf8_survives_a_list() -> None:
    import os

    assert expand_lists(["-"], lambda: b"caf\xe9.mp4\n") == (os.fsdecode(b"caf\xe9.mp4"),)


def test_a_file_whose_name_begins_with_an_at_sign_is_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _touch(tmp_path, "@home.mp4")
    assert expand_lists(["@home.mp4"]) == ("@home.mp4",)


@pytest.mark.parametrize(
    ("content", "told"), [(None, "cannot be read"), (b"\n \n", "no names"), (b"RIFF\x10\0\0\0WAVE\x01\0", "not a list")]
)
def test_a_list_that_is_none_is_refused_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "list.txt").write_bytes(content)
        monkeypatch.setattr(Path, "exists", lambda path: False)
    with pytest.raises(ConfigError, match=told):
        expand_lists(["@list.txt"])
