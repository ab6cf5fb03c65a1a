"""What is kept is its owner's alone, whatever the umask says and whoever was there first."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from captioner.errors import LedgerError, OutputError
from captioner.files import ensure_private_file, ensure_private_folder, staging_path, write_whole
from captioner.jobs.ledger import Ledger

pytestmark = pytest.mark.integration


@pytest.fixture(params=[0o000, 0o002, 0o022])
def careless(request: pytest.FixtureRequest) -> Iterator[int]:
    """A umask that gives everybody everything, or nearly."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def others(path: Path) -> int:
    """What anybody but the owner may do."""
    return path.lstat().st_mode & 0o077


@pytest.mark.parametrize("where", [".captioner/ledger.sqlite3", "jobs.sqlite3", "new/jobs.sqlite3"])
@pytest.mark.usefixtures("careless")
def test_nothing_of_a_ledger_is_anybody_elses(tmp_path: Path, where: str) -> None:
    path = tmp_path / where
    with Ledger(path) as ledger:
        ledger.heartbeat()
        side = [path.with_name(f"{path.name}{ending}") for ending in ("-wal", "-shm")]
        assert all(file.exists() for file in side)
        assert not any(map(others, [path, *side, ledger.folder]))
    assert not others(path)


@pytest.mark.usefixtures("careless")
def test_a_ledger_that_was_left_open_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / ".captioner"
    folder.mkdir(mode=0o777)
    (folder / "ledger.sqlite3").touch(0o666)
    with Ledger(folder / "ledger.sqlite3"):
        assert not others(folder)
        assert not others(folder / "ledger.sqlite3")


@pytest.mark.parametrize("name", ["ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm"])
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_in_the_ledgers_place_is_not_followed(tmp_path: Path, name: str, exists: bool) -> None:
    victim, folder = tmp_path / "victim", tmp_path / ".captioner"
    if exists:
        victim.write_text("precious")
        victim.chmod(0o644)
    folder.mkdir()
    (folder / name).symlink_to(victim)
    with pytest.raises(LedgerError, match="link"):
        Ledger(folder / "ledger.sqlite3")
    assert victim.exists() is exists
    if exists:
        assert victim.read_text() == "precious"
        assert stat.S_IMODE(victim.stat().st_mode) == 0o644


def test_a_link_in_place_of_the_ledgers_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (tmp_path / ".captioner").symlink_to(elsewhere)
    with pytest.raises(LedgerError, match="link"):
        Ledger(tmp_path / ".captioner" / "ledger.sqlite3")
    (tmp_path / "jobs.sqlite3.d").symlink_to(elsewhere)
    with pytest.raises(LedgerError, match="link"):
        Ledger(tmp_path / "jobs.sqlite3")
    assert list(elsewhere.iterdir()) == []
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_what_somebody_else_owns_is_not_trusted() -> None:
    with tempfile.TemporaryDirectory() as open_to_all:  # pytest's own folders are closed to other users
        Path(open_to_all).chmod(0o777)
        _is_not_trusted(Path(open_to_all))


def _is_not_trusted(shared: Path) -> None:
    folder, file = shared / "folder", shared / "file"
    folder.mkdir(mode=0o700)
    file.touch(0o600)
    os.chown(folder, 4242, 4242)
    os.chown(file, 4242, 4242)
    os.seteuid(4243)
    try:
        with pytest.raises(OSError, match="another user"):
            ensure_private_folder(folder)
        with pytest.raises(OSError, match="another user"):
            ensure_private_file(file)
    finally:
        os.seteuid(0)
    ensure_private_folder(folder)
    ensure_private_file(file)


@pytest.mark.usefixtures("careless")
def test_private_files_are_private_and_the_others_follow_the_umask(tmp_path: Path, careless: int) -> None:
    write_whole(tmp_path / "reply", b"x", private=True)
    write_whole(tmp_path / "captions", b"x")
    with staging_path(tmp_path / "film.mp4") as film:
        film.write_bytes(b"x")
    assert not others(tmp_path / "reply")
    for name in ("captions", "film.mp4"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o666 & ~careless


def test_an_output_that_is_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    for name in ("captions.srt", "report.html"):
        (tmp_path / name).symlink_to(victim)
        write_whole(tmp_path / name, b"captions")
        assert not (tmp_path / name).is_symlink()
    assert victim.read_text() == "precious"


def test_a_name_that_becomes_a_link_while_it_is_written_opens_nothing_up(tmp_path: Path) -> None:
    victim = tmp_path / "key"
    victim.touch(0o600)

    def swap() -> None:
        with staging_path(tmp_path / "film.mp4") as film:
            film.unlink()
            film.symlink_to(victim)

    with pytest.raises(OutputError):
        swap()
    assert stat.S_IMODE(victim.stat().st_mode) == 0o600
    assert not (tmp_path / "film.mp4").exists()
