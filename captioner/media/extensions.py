"""File name endings of media: what a folder is searched for, those of the formats that are opened.

The one rule: a file whose content is opened when it is named is also found in its folder, as far as its ending says
what it is. Endings that only name pictures, text or playlists are left out, although FFmpeg has a reader for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

__all__ = ["LISTED", "NOT_MEDIA", "media_extensions"]

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
NOT_MEDIA = frozenset({"apl", "avif", "heic", "heif", "ism", "mac", "mks", "mpp", "psp"})


#: Endings that FFmpeg lists for those formats, for reading and for writing; a test asks it for them. They are written
#: down because loading FFmpeg takes 22 MB and a tenth of a second, also where folders are only searched.
LISTED = frozenset({
    "3g2", "3gp", "aac", "ac3", "afc", "aif", "aifc", "aiff", "amr", "ape", "asf", "au", "avi", "caf", "dif",
    "dts", "dtshd", "dv", "eac3", "ec3", "f4v", "flac", "flv", "gxf", "isma", "ismv", "m2a", "m2t", "m2ts",
    "m4a", "m4b", "mj2", "mk3d", "mka", "mkv", "mlp", "mov", "mp2", "mp3", "mp4", "mpa", "mpc", "mpeg", "mpg",
    "mts", "mxf", "nut", "ogg", "ra", "rm", "spdif", "tak", "thd", "ts", "tta", "voc", "w64", "wav", "webm",
    "wma", "wmv", "wtv", "wv",
})  # fmt: skip


@cache
def media_extensions() -> frozenset[str]:
    """Endings of media files, in lower case and without the dot.

    They are those that FFmpeg gives for each format that `describe` opens, for reading and for writing, and those in
    use that it does not list.
    """
    return LISTED | {ending for endings in _USUAL.values() for ending in endings}
