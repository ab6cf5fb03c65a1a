"""Names by which other programs mark media that is not finished: downloads, copies, renders. Pure.

A file is unfinished when its own name says so, or when a companion lies beside it: `talk.mp4` beside `talk.mp4.aria2`
has its full length already, and holes in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

__all__ = ["companions", "is_unfinished_folder", "unfinished_name"]

#: Endings behind the name of the finished file, and the programs that use them (their documentation or source).
_ENDINGS: Mapping[str, str] = {
    ".part": "a download",  # Firefox, yt-dlp, KDE, Transmission, JDownloader
    ".partial": "a download or copy",  # rclone, Internet Explorer, Aspera
    ".crdownload": "a browser's download",  # Chrome, Edge, Brave
    ".opdownload": "a browser's download",  # Opera
    ".download": "a browser's download",  # Safari, a folder of that name
    ".downloading": "a download",
    ".fdmdownload": "a download",  # Free Download Manager
    ".qkdownload": "a download",  # Quark
    ".dtapart": "a download",  # DownThemAll
    ".td": "a download",  # Xunlei
    ".xltd": "a download",  # Xunlei
    ".td.cfg": "a download",
    ".jc!": "a download",  # FlashGet
    ".fb!": "a download",
    ".aria2": "an aria2 download",
    ".ytdl": "a yt-dlp download",
    ".st": "an Axel download",
    ".lftp-pget-status": "an lftp download",
    ".!qb": "a torrent",  # qBittorrent
    ".!ut": "a torrent",  # uTorrent
    ".!bt": "a torrent",
    ".bc!": "a torrent",  # BitComet
    ".az!": "a torrent",  # Vuze
    ".ob!": "a torrent",
    ".part.met": "a download",  # eMule
    ".dctmp": "a download",  # DC++
    ".filepart": "a copy",  # WinSCP
    ".aspx": "an Aspera copy",
    ".aspera-ckpt": "an Aspera copy",
    ".!sync": "a copy",  # Resilio Sync
    ".drivedownload": "a copy",  # Google Drive
    ".tmp": "a temporary file",
    ".temp": "a temporary file",
    ".inprogress": "a file in progress",
    ".in-progress": "a file in progress",
    ".incomplete": "a file in progress",
    ".unfinished": "a file in progress",
    ".uploading": "a copy",
    ".rendering": "a render",
}
#: Endings that mean something else where they stand alone; only as companions they tell of a download.
_ONLY_BESIDE = frozenset({".st", ".td", ".aspx"})
_ALL_ENDINGS = tuple(_ENDINGS)
_OWN_ENDINGS = tuple(ending for ending in _ENDINGS if ending not in _ONLY_BESIDE)

# Fragments of yt-dlp: talk.mp4.part-Frag12, talk.mp4.part-Frag12.part.
_FRAGMENT = re.compile(r"(?P<base>.+)\.part-frag\d+(\.part)?")
# macOS: a program in a sandbox (Final Cut Pro, Compressor, QuickTime Player) saves into talk.mov.sb-1a2b3c4d-AbCdEf.
_SANDBOX = re.compile(r"(?P<base>.+)\.sb-[0-9a-f]{8}-[a-z0-9]{6}")
# One stream of a video before yt-dlp joins them: talk.f137.mp4, talk.f251-drc.webm. Source: yt-dlp, "Format selection".
_STREAM = re.compile(r".+\.f\d{2,4}(-[a-z0-9]+)*\.[a-z0-9]{2,4}")
# The same with the names that formats have on other sites; certain only with another stream beside it.
_NAMED_STREAM = re.compile(r"(?P<base>.+)\.f(?P<id>(hls|dash|http|audio|video)[a-z0-9_+-]*)\.[a-z0-9]{2,4}")
# talk.temp.mp4 (yt-dlp and FFmpeg scripts), talk.tmp.mov, talk.rendering.mov; not talk.part.mp4, a name of films.
_INSIDE = re.compile(r".+\.(temp|tmp|partial|incomplete|unfinished|inprogress|in-progress|rendering)\.[a-z0-9]{2,5}")
# Adobe Media Encoder writes talk.m4v and talk.aac, and joins them into talk.mp4 in the end.
_NOT_JOINED = "picture and sound of a render that are not joined yet"
# ~talk.mov, ~syncthing~talk.mov.tmp, ~$talk.mov.
_TILDE = re.compile(r"~[^.].*|.+~")


def unfinished_name(name: str, beside: Mapping[str, str]) -> str:
    """Kind of an unfinished file, as its name or a companion beside it shows; else "".

    Args:
        name: Name of the file.
        beside: From `companions`, for its folder.
    """
    lower = name.lower()
    if companion := beside.get(lower):
        return companion
    if _STREAM.fullmatch(lower):
        return "one stream of a yt-dlp download"
    if (named := _NAMED_STREAM.fullmatch(lower)) and f"{named['base']}.f" in beside:
        return "one stream of a yt-dlp download"
    if _INSIDE.fullmatch(lower) or _TILDE.fullmatch(lower):
        return "a temporary file"
    if _FRAGMENT.fullmatch(lower):
        return "a part of a yt-dlp download"
    if not lower.endswith(_OWN_ENDINGS):
        return ""
    return next(what for ending, what in _ENDINGS.items() if ending in _OWN_ENDINGS and lower.endswith(ending))


def companions(names: Collection[str]) -> dict[str, str]:
    """Files that a companion shows as unfinished, in lower case, each with what it is.

    Args:
        names: Every file and folder of one folder, hidden ones among them.
    """
    found: dict[str, str] = {}
    lower_names = {name.lower() for name in names}
    streams: dict[str, int] = {}
    for name in names:
        lower = name.lower()
        if lower.endswith(".m4v") and (sound := f"{lower.removesuffix('.m4v')}.aac") in lower_names:
            found |= {lower: _NOT_JOINED, sound: _NOT_JOINED}
        if named := _NAMED_STREAM.fullmatch(lower):
            streams[named["base"]] = streams.get(named["base"], 0) + 1
        for base in _bases(lower):
            found[base] = f"unfinished, {name} lies beside it"
    return found | {f"{base}.f": "streams" for base, count in streams.items() if count > 1}


def _bases(lower: str) -> Iterable[str]:
    """Names of the finished files that a companion belongs to."""
    for pattern in (_FRAGMENT, _SANDBOX):
        if match := pattern.fullmatch(lower):
            yield match["base"]
    if lower.endswith(_ALL_ENDINGS):
        yield from (lower.removesuffix(ending) for ending in _ENDINGS if lower.endswith(ending) and lower != ending)


def is_unfinished_folder(name: str) -> bool:
    """Whether a folder holds a download or a save that is under way."""
    lower = name.lower()
    return _SANDBOX.fullmatch(lower) is not None or lower.endswith((".download", ".tmp", ".temp", ".drivedownload"))
