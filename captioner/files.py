"""Atomic writes, private files and folders, and digests of files.

A folder of media is often shared. So no path is followed where another user may have put a link.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from captioner.errors import OutputError

__all__ = [
    "cache_folder",
    "describe_read_error",
    "ensure_private_file",
    "ensure_private_folder",
    "name_problem",
    "obstacle",
    "read_settings",
    "sha256_of_file",
    "staging_path",
    "write_whole",
]

_BLOCK_BYTES = 1 << 20
_SETTINGS_BYTES = 1 << 20
# Every disk takes a path of so few bytes. Encrypted shares take names of 143 (eCryptfs, as Synology and old Ubuntu use
# it); on others it is 255. `write_whole` puts a temporary name of at most 56 bytes beside a file.
_ALWAYS_FITS_BYTES = 100
_ENCRYPTED_BYTES = 143
_TEMPORARY_BYTES = 56
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_NAMES_TRIED = 100


def sha256_of_file(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, read in blocks of one MiB.

    Raises:
        OSError: The file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def describe_read_error(error: Exception) -> str:
    """Say in words why a file could not be read: the system's reason, or what is wrong with its text."""
    if isinstance(error, OSError):
        return error.strerror or "input/output error"
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)


def read_settings(path: Path) -> str:
    """Read the text of a settings file: a regular file of at most a megabyte.

    Raises:
        OSError: It cannot be read, is not a regular file, or is too long.
        UnicodeDecodeError: It is not UTF-8.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "not a file", str(path))
    with path.open("rb") as stream:
        data = stream.read(_SETTINGS_BYTES + 1)
    if len(data) > _SETTINGS_BYTES:
        raise OSError(errno.EFBIG, f"over {_SETTINGS_BYTES} bytes", str(path))
    return data.decode("utf-8")


def write_whole(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file atomically: a reader sees the old content or all of the new, never a part.

    The bytes go to a hidden temporary file in the same folder, are flushed to disk, and the file is then renamed.

    Args:
        path: Path of the file; its folder is created when missing.
        data: The whole content.
        private: Readable by the owner only, instead of the rights of the file that was there or that the umask gives.

    Raises:
        OutputError: The folder or the file cannot be written, or the disk is full.
    """
    temporary = ""
    try:
        mode = None if private else _mode_of(path)
        handle, temporary = _open_beside(path, 0o666 if mode is None and not private else 0o600)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(handle, rest) :]
            if mode is not None:
                _set_mode(handle, Path(temporary), mode)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, path)  # noqa: PTH105 - its name is no Path, which takes longer to make than to rename
        temporary = ""
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror or error}); free space or choose -o DIR"
        ) from error
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108


def _open_beside(path: Path, mode: int) -> tuple[int, str]:
    """A new hidden file in the folder of another, which is made when it is missing: open for writing, and its name.

    Raises:
        OSError: It cannot be made.
    """
    name = f"{path.parent}{os.sep}.{_beginning(path.name)}."
    for _ in range(_NAMES_TRIED):
        temporary = f"{name}{secrets.token_hex(4)}.part"
        try:
            return os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _BINARY, mode), temporary
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            continue
    raise FileExistsError(errno.EEXIST, "no name is free for a temporary file", str(path))


def _mode_of(path: Path) -> int | None:
    """Rights of a file, or None when there is none."""
    try:
        return stat.S_IMODE(path.stat().st_mode) & 0o777
    except FileNotFoundError:
        return None


def _beginning(name: str) -> str:
    """The beginning of a name, 40 bytes at most: some disks take names of 143 bytes."""
    return name.encode("utf-8", "ignore")[:40].decode("utf-8", "ignore")


def name_problem(paths: Iterable[Path]) -> str:
    """The reason why a disk cannot hold files of these names, or "" when it can.

    Nothing has to be there yet: what is missing is judged by the nearest folder that exists. A name that is longer than
    encrypted disks take is tried out, because some network disks do not tell their limit.

    Args:
        paths: Absolute paths of files that are going to be written.
    """
    for path in sorted(paths, key=lambda path: len(os.fsencode(path)), reverse=True):
        if problem := _name_problem(path):
            return problem
    return ""


def _name_problem(path: Path) -> str:
    if len(os.fsencode(path)) <= _ALWAYS_FITS_BYTES:
        return ""
    there = next(place for place in path.parents if os.path.lexists(place))
    limit, whole = _limit(there, "PC_NAME_MAX", 255), _limit(there, "PC_PATH_MAX", 4096)
    for part in path.relative_to(there).parts:
        if (length := len(os.fsencode(part))) > limit or (length > _ENCRYPTED_BYTES and not _takes(there, part)):
            limit = limit if length > limit else _ENCRYPTED_BYTES
            over = length - limit
            return (
                f"{_shortened(part)} would have {length} bytes and a name on this disk {limit} at most;"
                f" shorten the name of the media by {over}, or choose -o DIR on another disk"
            )
    if (length := len(os.fsencode(path)) + _TEMPORARY_BYTES) > whole:
        return (
            f"the path of {_shortened(path.name)} would have {length} bytes and the system takes {whole}; choose -o DIR"
        )
    return ""


def _limit(place: Path, name: str, usual: int) -> int:
    """A limit of the disk in bytes."""
    try:
        limit = os.pathconf(place, name)
    except (OSError, ValueError, AttributeError):  # not on every system, and not for every disk
        return usual
    return limit if limit > 0 else usual


def _takes(folder: Path, name: str) -> bool:
    """Whether a disk takes a name: made and removed, if nothing of that name is there."""
    path = folder / name
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW, 0o600))
    except OSError as error:
        return error.errno not in (errno.ENAMETOOLONG, errno.EINVAL)
    with contextlib.suppress(OSError):
        path.unlink()
    return True


def _shortened(name: str) -> str:
    """The two ends of a long name, for a message."""
    return f"{name[:24]}…{name[-24:]}" if len(name) > 60 else name


@contextlib.contextmanager
def staging_path(path: Path) -> Iterator[Path]:
    """A hidden temporary path in the same folder, with the same ending, for a program that writes its output itself.

    When the block ends well, the file is renamed to its final path; otherwise it is deleted.

    Raises:
        OutputError: The folder or the file cannot be written.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".part.", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        handle = os.open(temporary, os.O_RDONLY | _NOFOLLOW)
        try:
            _apply_umask(handle, temporary)
        finally:
            os.close(handle)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror or error}); free space or choose another folder"
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def obstacle(folder: Path) -> str:
    """The reason why nothing can be put into a folder, which may have to be made first, or ""."""
    there = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    if not there.is_dir():
        return f"{there} is no folder"
    try:
        with tempfile.TemporaryFile(dir=there, prefix=".captioner-"):
            return ""
    except OSError:  # rights, a file system that is read only, or one that takes no files
        return f"{there} cannot be written to"


def cache_folder() -> Path:
    """The user's folder for what can be made again: `$XDG_CACHE_HOME/captioner`, by default below `~/.cache`."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if home else Path.home() / ".cache") / "captioner"


def ensure_private_folder(path: Path) -> None:
    """Create a folder for its owner only, or make an existing folder so.

    Raises:
        OSError: It cannot be created; or a link, a file, or another user's folder is in its place.
    """
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise OSError(errno.ENOTDIR, "a link or a file stands where a private folder belongs", str(path))
    _check_owner(found, path)
    if found.st_mode & 0o077:
        with contextlib.suppress(OSError):  # file systems without access rights, such as FAT
            path.chmod(0o700)


def ensure_private_file(path: Path) -> None:
    """Create an empty file for its owner only, or make an existing file so.

    An existing file is not opened: closing it again would release the locks that this process may hold on it (fcntl(2),
    "Advisory record locking").

    Raises:
        OSError: It cannot be created; or a link, a folder, or another user's file is in its place.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NOFOLLOW, 0o600))
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.ELOOP, "a link or a folder stands where a private file belongs", str(path))
    _check_owner(found, path)
    if found.st_mode & 0o077:
        with contextlib.suppress(OSError):
            path.chmod(0o600)


def _check_owner(found: os.stat_result, path: Path) -> None:
    """Refuse what belongs to another user, who could read it or change it later."""
    me = os.geteuid() if hasattr(os, "geteuid") else 0
    if me and found.st_uid not in (me, 0):
        raise OSError(errno.EPERM, "it belongs to another user", str(path))


def _apply_umask(handle: int, path: Path) -> None:
    """Give a file made by `tempfile` the rights of any new file."""
    _set_mode(handle, path, 0o666 & ~_umask())


def _set_mode(handle: int, path: Path, mode: int) -> None:
    """Change the rights of the open file where the system can, because its path may have become a link meanwhile."""
    os.chmod(handle if os.chmod in os.supports_fd else path, mode)  # noqa: PTH101 - a Path has no open file


def _umask() -> int:
    """The process's umask; no system call reads it without setting it."""
    current = os.umask(0o077)
    os.umask(current)
    return current
