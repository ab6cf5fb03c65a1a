"""Draws captions into the picture with an FFmpeg that has libass and comes as a wheel.

The one rule: a problem that would spoil the film after an hour of encoding is found in the first second. So the
renderer is tried beforehand, with one frame, to see whether it has a glyph for every character.

Captions and fonts are staged under plain names in a temporary folder, and FFmpeg runs there: a filter's argument has
three layers of escapes, and no user's path has to go through them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from captioner.errors import ConfigError, MediaError
from captioner.media.encoders import EncodingPlan
from captioner.media.picture import Crop

__all__ = [
    "CONTAINERS",
    "FontReport",
    "Framing",
    "burn",
    "check_fonts",
    "find_ffmpeg",
    "last_line",
    "replaced_families",
    "staging_folder",
]

#: File name endings of a film with burnt captions; all of them hold H.264 and H.265.
CONTAINERS = (".mp4", ".m4v", ".mov", ".mkv")

_CAPTIONS, _FONTS = "captions.ass", "fonts"
_FONT_FILES = frozenset({".otc", ".otf", ".ttc", ".ttf"})
_UNKNOWN_FAMILY = "No Family Of This Name"
_PROBE_LINE_LENGTH = 100  # characters on one line of the trial
# libass 0.14 to 0.17 (ass_font.c, ass_fontselect.c): its words when no font has a glyph, and for the font it took.
_MISSING_GLYPH = re.compile(r"failed to find any fallback with glyph 0x([0-9A-Fa-f]+)")
_SELECTED_FONT = re.compile(r"fontselect: \((.+), -?\d+, -?\d+\) -> .*, ([^,\s]+)\s*$")
_OVERRIDES = re.compile(r"\{[^}]*\}|\\[NnhH]")


@dataclass(frozen=True, slots=True)
class FontReport:
    """Fonts that the renderer lacks or replaces.

    Attributes:
        missing: Characters that no installed font has, in order of first appearance.
        replaced: Family asked for and the font used instead.
    """

    missing: tuple[str, ...] = ()
    replaced: tuple[tuple[str, str], ...] = ()


def find_ffmpeg() -> str:
    """Find an FFmpeg with libass: the wheel's, otherwise the system's.

    Raises:
        ConfigError: There is none.
    """
    for path in _candidates():
        listed = subprocess.run(
            [path, "-hide_banner", "-filters"], capture_output=True, text=True, errors="replace", check=False
        )
        if re.search(r"^ \S+ ass +V->V", listed.stdout, re.MULTILINE):
            return path
    raise ConfigError("burning needs an FFmpeg with libass; pip install 'captioner[burn]'")


def _candidates() -> Iterator[str]:
    with suppress(ImportError, RuntimeError):  # not installed, or without a program for this system
        yield import_module("imageio_ffmpeg").get_ffmpeg_exe()
    if (found := shutil.which("ffmpeg")) is not None:
        yield found


def check_fonts(ass: bytes, ffmpeg: str, folder: Path | None = None) -> FontReport:
    """Test whether the renderer can show every character of an ASS file, by drawing each once on one frame.

    Args:
        ass: The file, UTF-8.
        ffmpeg: From `find_ffmpeg`.
        folder: Fonts to use in addition to the installed ones.

    Raises:
        MediaError: The renderer cannot be run.
    """
    with staging_folder(_probe_script(ass.decode()), folder) as (place, filter_):
        source = "color=c=black:s=640x360:r=1:d=1"
        command = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "info", "-f", "lavfi", "-i", source]
        command += ["-vf", filter_, "-frames:v", "1", "-f", "null", "-"]
        ran = subprocess.run(command, cwd=place, capture_output=True, text=True, errors="replace", check=False)
    if ran.returncode:
        raise MediaError(f"the captions cannot be drawn ({last_line(ran.stderr)}); check that they are valid ASS")
    missing = dict.fromkeys(chr(int(code, 16)) for code in _MISSING_GLYPH.findall(ran.stderr))
    return FontReport(tuple(missing), tuple(_find_substitutions(ran.stderr)))


def replaced_families(families: Sequence[str], ffmpeg: str, folder: Path | None = None) -> dict[str, str]:
    """Font families for which the renderer takes another, each with the font it takes.

    A system may know one that looks alike, as Liberation Sans for Arial; the one for an unknown family is under "".

    Raises:
        MediaError: The renderer cannot be run.
    """
    families = (*families, _UNKNOWN_FAMILY)
    rows = "".join(f"Dialogue: 0,0:00:00.00,0:00:01.00,S{at},,0,0,0,,x\n" for at in range(len(families)))
    styles = "".join(f"Style: S{at},{family},20\n" for at, family in enumerate(families))
    head = "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
    events = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    report = check_fonts(f"{head}{styles}\n[Events]\n{events}{rows}".encode(), ffmpeg, folder)
    found = dict(report.replaced)
    unknown = found.pop(_UNKNOWN_FAMILY, "")
    return {**found, "": unknown}


def _find_substitutions(log: str) -> Iterator[tuple[str, str]]:
    """Families whose first choice has another name; later choices are for single characters."""
    seen: set[str] = set()
    for line in log.splitlines():
        if (match := _SELECTED_FONT.search(line)) is None or match[1] in seen:
            continue
        seen.add(match[1])
        if not _simplify_name(match[2]).startswith(_simplify_name(match[1])):
            yield match[1], match[2]


def _simplify_name(name: str) -> str:
    return re.sub(r"[^\w]", "", name).lower()


def _probe_script(ass: str) -> str:
    """An ASS file with the same styles that shows the characters of each style at once."""
    head, _, events = ass.partition("[Events]")
    letters: dict[str, dict[str, None]] = {}
    for line in events.splitlines():
        if not line.startswith("Dialogue:"):
            continue
        fields = line.split(",", 9)
        if len(fields) == 10:
            text = _OVERRIDES.sub("", fields[9])
            letters.setdefault(fields[3], {}).update(dict.fromkeys(c for c in text if not c.isspace()))
    rows = [
        f"Dialogue: 0,0:00:00.00,0:00:10.00,{style},,0,0,0,,{''.join(line)}"
        for style, found in letters.items()
        for line in _lines([letter for letter in found if letter not in "{}\\"])
    ]
    form = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
    return "\n".join([f"{head}[Events]", form, *rows, ""])


def _lines(letters: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(letters), _PROBE_LINE_LENGTH):
        yield letters[at : at + _PROBE_LINE_LENGTH]


@dataclass(frozen=True, slots=True)
class Framing:
    """Changes of the picture before captions are drawn on it.

    Attributes:
        width, height: Of the picture with square pixels; 0 makes them square here.
        crop: Part of it that is kept, or None.
        size: Width and height that this is scaled to, or None.
    """

    width: int = 0
    height: int = 0
    crop: Crop | None = None
    size: tuple[int, int] | None = None

    @property
    def final(self) -> tuple[int, int]:
        """Width and height of the film; both are even, as encoders demand."""
        if self.size is not None:
            return self.size
        if self.crop is not None:
            return self.crop.width, self.crop.height
        return self.width // 2 * 2, self.height // 2 * 2

    @property
    def filters(self) -> str:
        """The filters of FFmpeg."""
        if not self.width:
            return "scale=w='if(gt(sar,0),trunc(iw*sar/2)*2,iw)':h=ih,setsar=1"
        chain = [f"scale={self.width}:{self.height}", "setsar=1"]
        crop = self.crop
        if crop is not None:
            chain.append(f"crop={crop.width}:{crop.height}:{crop.x}:{crop.y}:exact=1")
        elif (self.width, self.height) != self.final and self.size is None:
            chain.append(f"crop={self.final[0]}:{self.final[1]}:0:0")
        if self.size is not None:
            chain.append(f"scale={self.size[0]}:{self.size[1]}:flags=lanczos,setsar=1")
        return ",".join(chain)


def burn(
    source: Path,
    ass: bytes,
    target: Path,
    *,
    ffmpeg: str,
    fonts_folder: Path | None = None,
    plan: EncodingPlan | None = None,
    framing: Framing | None = None,
    quality: int = 18,
    preset: str = "medium",
    progress: Callable[[int], None] | None = None,
) -> None:
    """Encode the picture with the captions in it; audio is copied unchanged.

    Non-square pixels are made square first, because glyphs are drawn for square ones.

    Args:
        source: The media.
        ass: The captions, UTF-8, sized for the picture.
        target: File to write; its ending is one of `CONTAINERS`. An existing file is replaced.
        ffmpeg: From `find_ffmpeg`.
        fonts_folder: Fonts to use in addition to the installed ones.
        plan: Encoder and its arguments; None for H.264 by x264.
        framing: What is done to the picture first; None makes its pixels square.
        quality: x264's constant rate factor, without a plan; 18 is considered visually lossless (FFmpeg wiki, H.264).
        preset: x264's trade-off between time and size, without a plan.
        progress: Called with the milliseconds encoded.

    Raises:
        MediaError: The media cannot be read, or FFmpeg refuses.
    """
    if target.suffix.lower() not in CONTAINERS:
        raise MediaError(f"{target.name}: choose one of {', '.join(CONTAINERS)}")
    encoding = plan or EncodingPlan("libx264", (), ("-c:v", "libx264", "-crf", str(quality), "-preset", preset), "", ())
    with staging_folder(ass.decode(), fonts_folder) as (place, filter_):
        chain = ",".join(filter(None, [(framing or Framing()).filters, filter_, encoding.upload]))
        command = [ffmpeg, "-hide_banner", "-nostdin", "-y", "-loglevel", "error", "-nostats", *encoding.device]
        command += ["-protocol_whitelist", "file,pipe", "-i", f"file:{source.resolve()}"]
        command += ["-map", "0:v:0", "-map", "0:a?", "-map_metadata", "0", "-map_chapters", "0"]
        command += ["-vf", chain, *encoding.arguments, "-c:a", "copy", "-progress", "pipe:1"]
        command += [] if target.suffix.lower() == ".mkv" else ["-movflags", "+faststart"]
        _run([*command, f"file:{target.resolve()}"], place, source.name, progress or (lambda _: None))


def _run(command: Sequence[str], place: Path, name: str, progress: Callable[[int], None]) -> None:
    """Run FFmpeg and report its progress; it is killed when this is interrupted."""
    log = place / "log.txt"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, cwd=place, stdout=subprocess.PIPE, stderr=errors, text=True, errors="replace"
        ) as running,
    ):
        try:
            for line in running.stdout or ():
                key, _, value = line.strip().partition("=")
                if key == "out_time_us" and value.lstrip("-").isdigit():
                    progress(max(0, int(value) // 1000))
        except BaseException:
            running.kill()
            raise
    if running.returncode:
        said = last_line(log.read_text(encoding="utf-8", errors="replace"))
        raise MediaError(f"FFmpeg cannot make the film ({said})", file=name)


@contextmanager
def staging_folder(ass: str, folder: Path | None) -> Iterator[tuple[Path, str]]:
    """A temporary folder with the captions and fonts under plain names, and the filter that draws them there."""
    with tempfile.TemporaryDirectory(prefix="captioner-") as name:
        place = Path(name)
        (place / _CAPTIONS).write_text(ass, encoding="utf-8")
        filter_ = f"ass=filename={_CAPTIONS}"
        if folder is not None:
            (place / _FONTS).mkdir()
            for number, font in enumerate(_font_files(folder)):
                _put(font, place / _FONTS / f"{number}{font.suffix.lower()}")
            filter_ += f":fontsdir={_FONTS}"
        yield place, filter_


def _put(font: Path, name: Path) -> None:
    """A font under another name; a link where the system has them, because Chinese fonts are large."""
    try:
        name.symlink_to(font.resolve())
    except OSError:
        shutil.copyfile(font, name)


def _font_files(folder: Path) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _FONT_FILES)
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be read ({error.strerror}); give a folder of fonts") from error
    if not found:
        raise ConfigError(f"{folder}: there are no fonts in it; give a folder with .ttf, .otf or .ttc files")
    return found


def last_line(log: str) -> str:
    """The last line of what FFmpeg said, without the name of its part."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return re.sub(r"^\[[^\]]*\] ?", "", lines[-1])[:200] if lines else "it said nothing"
