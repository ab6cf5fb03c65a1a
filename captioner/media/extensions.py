"""File name endings of media: what a folder is searched for, derived from the formats that are opened.

The one rule: a file whose content is opened when it is named is also found in its folder, as far as its ending says
what it is. Endings that only name pictures, text or playlists are left out, although FFmpeg has a reader for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Literal

from captioner.media.demux import CONTAINERS

if TYPE_CHECKING:
    from av.format import ContainerFormat

__all__ = ["media_extensions"]

#: Endings in use that FFmpeg does not list, by the demuxer that reads them. Sources: Library of Congress,
#: "Sustainability of Digital Formats"; RFC 5334 (Ogg); RFC 6381 and 3GPP TS 26.244 (MP4 family); the manuals of the
#: cameras (AVCHD, JVC MOD and TOD, Panasonic VRO) and recorders (DVR-MS, TP, TRP) that write them.
_USUAL: Mapping[str, tuple[str, ...]] = {
    "aac": ("adts",),
    "amr": ("awb",),
    "asf": ("dvr-ms", "wm"),
    "au": ("snd",),
    "avi": ("divx",),
    "caf": ("caff",),
    "dsf": ("dsf",),
    "loas": ("latm", "loas"),
    "matroska,webm": ("weba",),
    "mov,mp4,m4a,3gp,3g2,mj2": ("3ga", "3gp2", "3gpp", "f4a", "insv", "m4r", "m4v", "mp4v", "mqv", "qt"),
    "mp3": ("mp1",),
    "mpc": ("mp+",),
    "mpeg": ("evo", "m2p", "mod", "mpe", "tod", "vob", "vro"),
    "mpegts": ("tp", "trp"),
    "ogg": ("oga", "ogm", "ogv", "ogx", "opus", "spx"),
    "rm": ("rmvb",),
    "lxf": ("lxf",),
    "wav": ("bwf", "rf64", "wave"),
    "xwma": ("xwma",),
}

#: Endings of FFmpeg's list that are in use for something else: pictures, manifests, playlists, captions.
_NOT_MEDIA = frozenset({"apl", "avif", "heic", "heif", "ism", "mac", "mks", "mpp", "psp"})


@cache
def media_extensions() -> frozenset[str]:
    """Endings of media files, in lower case and without the dot.

    They are those that FFmpeg gives for each format that `describe` opens, for reading and for writing, and those in
    use that it does not list.
    """
    listed = {ending for name in CONTAINERS for ending in _listed(name)}
    return frozenset(listed - _NOT_MEDIA) | {ending for endings in _USUAL.values() for ending in endings}


def _listed(name: str) -> set[str]:
    """Endings of a demuxer, and of the muxer that writes the same format."""
    found = (_format(name, "r"), *(_format(part, "w") for part in name.split(",")))
    return {ending for one in found if one is not None for ending in one.extensions}


def _format(name: str, mode: Literal["r", "w"]) -> ContainerFormat | None:
    from av.format import ContainerFormat

    try:
        return ContainerFormat(name, mode)
    except ValueError:  # FFmpeg reads it and does not write it, or was built without it
        return None
