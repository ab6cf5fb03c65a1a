"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from captioner.errors import OutputError
from captioner.files import describe_read_error, name_problem, sha256_of_file, staging_path, write_whole


def test_the_folder_is_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "talk.srt"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["talk.srt"]


def test_a_failure_leaves_the_old_content_and_no_part(tmp_path: Path) -> None:
    target = tmp_path / "talk.srt"
    target.mkdir()
    with pytest.raises(OutputError, match=r"talk\.srt: cannot be written"):
        write_whole(target, b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["talk.srt"]


def test_a_private_file_is_the_owners_alone_and_a_public_one_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "private", b"", private=True)
        write_whole(tmp_path / "public", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "public").stat().st_mode) == 0o640


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert sha256_of_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_file_written_bit_by_bit_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "sub" / "film.mp4"
    with staging_path(target) as path:
        path.write_bytes(b"half")
        assert path.suffix == ".mp4"
        assert not target.exists()
    assert target.read_bytes() == b"half"
    assert list(target.parent.iterdir()) == [target]


def test_a_file_that_fails_halfway_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    target.write_bytes(b"old")

    def interrupted() -> None:
        with staging_path(target) as path:
            path.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "No such file or directory", "x"), "No such file or directory"),
        (OSError("odd"), "input/output error"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "it is not UTF-8 text"),
        (ValueError("expected '=' (at line 1)"), "expected '=' (at line 1)"),
    ],
)
def test_why_a_file_cannot_be_read_is_said_in_words(error: Exception, said: str) -> None:
    assert describe_read_error(error) == said


@pytest.mark.parametrize("length", [100, 143, 200, 255])
def test_a_name_that_the_disk_takes_is_no_problem(tmp_path: Path, length: int) -> None:
    assert name_problem([tmp_path / ("a" * length)]) == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a" * 256, "é" * 128, "会" * 86])
def test_a_name_that_the_disk_does_not_take_is_told_with_what_to_do(tmp_path: Path, name: str) -> None:
    problem = name_problem([tmp_path / "short", tmp_path / name])
    assert f"would have {len(name.encode())} bytes" in problem
    assert f"shorten the name of the media by {len(name.encode()) - 255}" in problem


def test_the_names_of_folders_that_have_to_be_made_count(tmp_path: Path) -> None:
    assert "256 bytes" in name_problem([tmp_path / ("f" * 256) / "a.srt"])


def test_the_limit_of_an_encrypted_disk_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pathconf", lambda path, name: 143 if name == "PC_NAME_MAX" else 4096)
    assert "a name on this disk 143 at most" in name_problem([tmp_path / ("a" * 144)])
    assert name_problem([tmp_path / ("a" * 143)]) == ""


def test_a_limit_that_a_network_disk_does_not_tell_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refuse(path: object, *arguments: int) -> int:
        if len(Path(str(path)).name) > 143:
            raise OSError(errno.ENAMETOOLONG, "File name too long")
        return real(str(path), *arguments)

    monkeypatch.setattr(os, "open", refuse)
    assert "143 at most" in name_problem([tmp_path / ("a" * 150)])


def test_a_path_that_the_system_does_not_take_is_told(tmp_path: Path) -> None:
    assert "choose -o DIR" in name_problem([tmp_path.joinpath(*["d" * 200] * 20, "a.srt")])


def test_a_long_name_of_wide_letters_is_written_through_a_short_one(tmp_path: Path) -> None:
    name = "𠀀" * 62
    write_whole(tmp_path / name, b"whole")
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666])
def test_a_file_that_is_replaced_keeps_its_rights_and_its_content_is_never_seen_with_wider_ones(
    tmp_path: Path, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "talk.srt"
    path.write_bytes(b"old")
    path.chmod(mode)
    seen: list[int] = []
    write = os.write
    monkeypatch.setattr(
        os, "write", lambda handle, data: seen.append(stat.S_IMODE(os.fstat(handle).st_mode)) or write(handle, data)
    )
    before = os.umask(0o027)
    try:
        write_whole(path, b"new")
    finally:
        os.umask(before)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", mode)
    assert seen == [0o600]


def test_a_disk_that_takes_a_part_at_a_time_gets_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:3]))
    write_whole(tmp_path / "talk.srt", b"0123456789")
    assert (tmp_path / "talk.srt").read_bytes() == b"0123456789"
