"""What the user names, and where its captions go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from captioner.jobs.inputs.finding import clashes, expand, ledger_path, output_path


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_a_folder_gives_its_media_sorted_and_mirrored(tmp_path: Path) -> None:
    _touch(tmp_path / "in", "b.mp4", "a.MOV", "deep/c.wav", "notes.txt", ".hidden.mp4", "x.mp4.part", ".git/d.mp4")
    found = expand([str(tmp_path / "in")], tmp_path / "out")
    assert [Path(source.name).relative_to(tmp_path / "in").as_posix() for source in found] == [
        "a.MOV",
        "b.mp4",
        "deep/c.wav",
    ]
    assert found[2].target == tmp_path / "out" / "deep" / "c"


def test_without_an_output_folder_captions_lie_beside_the_media(tmp_path: Path) -> None:
    _touch(tmp_path, "deep/two.part.mp4")
    source = expand([str(tmp_path)])[0]
    assert output_path(source.target, "srt") == tmp_path / "deep" / "two.part.srt"


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    _touch(tmp_path, "one/a.mp4")
    (tmp_path / "one" / "up").symlink_to(tmp_path)
    (tmp_path / "one" / "self").symlink_to(tmp_path / "one")
    assert [Path(source.name).name for source in expand([str(tmp_path)])] == ["a.mp4"]


def test_a_dead_link_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    _touch(tmp_path, "a.mp4")
    (tmp_path / "dead.mp4").symlink_to(tmp_path / "nowhere.mp4")
    good, dead = expand([str(tmp_path)])
    assert not good.problem
    assert dead.name.endswith("dead.mp4")
    assert "points to nothing" in dead.problem


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _touch(tmp_path, "a.mp4", "closed/b.mp4")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    good, closed = expand([str(tmp_path)])
    assert not good.problem
    assert closed.name.endswith("closed")
    assert "cannot be read" in closed.problem


def test_a_password_in_a_link_is_refused_and_never_shown() -> None:
    (source,) = expand(["https://anna:passw0rd@example.com/a.mp4?x=1"])
    assert source.problem
    assert "passw0rd" not in source.name + source.identity + source.problem + source.link_digest
    assert "passw0rd" not in repr(source)


@pytest.mark.parametrize("item", ["ftp://example.com/a.mp4", "s3://bucket/a.mp4", "file:///a.mp4"])
def test_another_kind_of_link_is_told_what_is_taken(item: str) -> None:
    (source,) = expand([item])
    assert "only http and https" in source.problem


def test_an_empty_name_is_not_the_working_folder() -> None:
    (source,) = expand([""])
    assert "empty name" in source.problem


def test_a_file_named_twice_is_taken_once(tmp_path: Path) -> None:
    _touch(tmp_path, "a.mp4")
    assert len(expand([str(tmp_path / "a.mp4"), str(tmp_path), str(tmp_path / "x" / ".." / "a.mp4")])) == 1


def test_a_file_given_by_name_is_taken_whatever_its_ending(tmp_path: Path) -> None:
    _touch(tmp_path, "tape.odd")
    assert expand([str(tmp_path / "tape.odd")])[0].problem == ""


@pytest.mark.parametrize(("name", "told"), [("missing.mp4", "no such file"), ("empty", "no media file")])
def test_what_cannot_be_taken_is_told_and_the_others_go_on(tmp_path: Path, name: str, told: str) -> None:
    _touch(tmp_path, "a.mp4")
    (tmp_path / "empty").mkdir()
    bad, good = expand([str(tmp_path / name), str(tmp_path / "a.mp4")])
    assert told in bad.problem
    assert bad.name.endswith(name)
    assert not good.problem


@pytest.mark.parametrize(
    ("url", "stem"),
    [
        ("https://h.test/a/My%20talk.mp4?sig=1", "My talk"),
        ("https://h.test/%2e%2e%2fetc%2fpasswd", "passwd"),
        ("https://h.test/a%5Cb%3Ac.mp4", "a_b_c"),
        ("https://h.test/", "link"),
        ("HTTPS://h.test", "link"),
        ("https://h.test/..", "link"),
    ],
)
def test_the_outputs_of_a_link_stay_in_their_folder(tmp_path: Path, url: str, stem: str) -> None:
    assert expand([url], tmp_path)[0].target == tmp_path / stem


def test_a_link_is_shown_without_its_query() -> None:
    source = expand(["https://h.test/a.mp4?Signature=secret#part"])[0]
    assert source.name == source.identity == "https://h.test/a.mp4"
    assert "secret" not in repr(source)


def test_only_the_signature_of_a_link_may_change() -> None:
    first, again, other = (
        expand([f"https://h.test/get?{query}"])[0].link_digest
        for query in ("id=7&X-Amz-Date=1&X-Amz-Signature=a", "X-Amz-Signature=b&X-Amz-Date=2&id=7", "id=8")
    )
    assert first == again != other


def test_names_that_are_one_file_on_some_disk_clash(tmp_path: Path) -> None:
    _touch(tmp_path, "talk.mp4", "TALK.wav", "caf\u00e9.mp4", "cafe\u0301.wav", "other.mp4")
    found = expand([str(tmp_path)])
    assert sorted(Path(source.name).suffix for source in clashes(found, ("srt",))) in (
        [".wav", ".wav"],
        [".mp4", ".wav"],
        [".mp4", ".mp4"],
    )


def test_an_output_that_is_another_inputs_reply_clashes(tmp_path: Path) -> None:
    _touch(tmp_path, "talk.mp4", "talk.asr.mp4")
    assert len(clashes(expand([str(tmp_path)]), ("asr.json", "json"))) == 1
    assert not clashes(expand([str(tmp_path)]), ("asr.json", "srt"))


def test_the_ledger_lies_where_the_outputs_of_the_first_input_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _touch(tmp_path, "in/a.mp4")
    monkeypatch.chdir(tmp_path)
    name = Path(".captioner") / "ledger.sqlite3"
    assert ledger_path(["in/a.mp4"]) == tmp_path / "in" / name
    assert ledger_path(["in"]) == tmp_path / "in" / name
    assert ledger_path(["in/a.mp4"], Path("out")) == tmp_path / "out" / name
    assert ledger_path(["https://h.test/a.mp4"]) == tmp_path / name
    assert ledger_path(["in"], Path("out"), Path("my.db")) == tmp_path / "my.db"


def test_a_name_that_is_not_utf8_can_still_be_told(tmp_path: Path) -> None:
    path = tmp_path / "caf\udce9.mp4"
    try:
        path.write_bytes(b"")
    except OSError:
        pytest.skip("this disk takes no such names")
    source = expand([str(tmp_path)])[0]
    source.name.encode()
    source.identity.encode()
    assert source.path == path
