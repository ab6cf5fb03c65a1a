"""Endings by which media are found in folders: as many as there are formats that are opened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal

import imageio_ffmpeg
import pytest
from av.format import ContainerFormat

from captioner.media import describe, media_extensions
from captioner.media.demux import CONTAINERS
from captioner.media.extensions import _USUAL, LISTED, NOT_MEDIA

#: Formats that have no files of their own: raw AMR, FLV as it is streamed, the other reader of ASF, Musepack SV8.
_WITHOUT_FILES = {"amrnb", "amrwb", "asf_o", "live_flv", "mpc8"}

#: Endings, and what FFmpeg needs beside them to write such a file.
_WRITTEN = {
    "aiff": (), "m4b": ("-f", "mp4"), "m2ts": ("-f", "mpegts"), "3gp": ("-c:a", "aac"), "caf": (), "vob": ("-f", "vob"),
    "w64": (), "ac3": (), "mka": (), "wv": (), "ogv": ("-f", "ogg", "-c:a", "libvorbis"), "asf": (), "tta": (),
    "au": (),
    "mp2": (), "eac3": (), "f4v": ("-f", "flv"), "oga": ("-f", "ogg"), "rf64": ("-f", "wav", "-rf64", "always"),
    "wave": ("-f", "wav"), "nut": (), "voc": (), "3g2": ("-c:a", "aac"), "weba": ("-f", "webm"), "m2p": ("-f", "vob"),
    "ra": (), "trp": ("-f", "mpegts"), "qt": ("-f", "mov"), "wm": ("-f", "asf"),
}  # fmt: skip


def container(name: str, mode: Literal["r", "w"]) -> ContainerFormat | None:
    try:
        return ContainerFormat(name, mode)
    except ValueError:  # FFmpeg reads it and does not write it, or was built without it
        return None


def listed(name: str) -> set[str]:
    """Endings of a demuxer, and of the muxer that writes the same format."""
    found = (container(name, "r"), *(container(part, "w") for part in name.split(",")))
    return {ending for one in found if one is not None for ending in one.extensions}


def test_every_ending_that_ffmpeg_lists_is_searched_for() -> None:
    assert {ending for name in CONTAINERS for ending in listed(name)} - NOT_MEDIA == LISTED


@pytest.mark.process
def test_endings_are_known_without_loading_ffmpeg() -> None:
    program = (
        "import sys; from captioner.media import media_extensions; media_extensions(); sys.exit('av' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", sorted(set(CONTAINERS) - _WITHOUT_FILES))
def test_every_format_that_is_opened_has_an_ending(name: str) -> None:
    assert (set(listed(name)) | set(_USUAL.get(name, ()))) & media_extensions()


def test_every_ending_of_our_own_belongs_to_a_format_that_is_opened() -> None:
    assert set(_USUAL) <= set(CONTAINERS)


@pytest.mark.parametrize("ending", ["srt", "vtt", "txt", "jpg", "png", "heic", "avif", "m3u8", "mks", "json", "mpp"])
def test_pictures_text_and_playlists_are_no_media(ending: str) -> None:
    assert ending not in media_extensions()


@pytest.mark.process
@pytest.mark.parametrize("ending", sorted(_WRITTEN))
def test_a_file_with_an_ending_of_the_list_is_opened(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"tone.{ending}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "sine=440:d=1", *_WRITTEN[ending]]
    subprocess.run([*command, str(path)], check=True, capture_output=True)
    assert ending in media_extensions()
    assert describe(path).audio
