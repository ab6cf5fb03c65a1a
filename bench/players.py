#!/usr/bin/env python3
"""The captions of the fixtures, opened in other people's programs: what each finds in them, and how they look.

    python bench/players.py DIR [--npm NODE_MODULES] [--only mpv,Chromium] [--sample 20]

Captions of `interview-en.mp4` and `interview-zh.mp4` are made in every format that can hold them, then given to every
program here in each format that the program claims. A program is judged by what it says: the number of captions, their
text without speaker labels, and how far their times are from those of our cues. VLC and MLT do not tell, so
their pictures are compared with pictures without captions, in the middle of captions and of pauses. The table is
printed; screenshots are in DIR/screenshots, to be looked at. What is not installed is skipped, and said. Debian:

    apt-get install ffmpeg mpv mkvtoolnix vlc-bin vlc-plugin-base melt chromium
    apt-get install aegisub kdenlive xvfb xdotool imagemagick dbus
    npm install --prefix DIR hls.js dashjs

The exit code is 1 if a program did not find what we wrote.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
MEDIA = {"interview-en": "en", "interview-zh": "zh"}
#: What a format asks for beside the language.
FORMATS: Mapping[str, Sequence[str]] = {
    "srt": (),
    "vtt": (),
    "ass": (),
    "ttml": (),
    "ttml1": ("--fps", "25"),
    "ebu-tt-d": (),
    "scc": ("--style", "fcc-608"),
    "stl": ("--fps", "25"),
    "stl-teletext": ("--fps", "25", "--style", "ebu-teletext"),
    "itt": ("--fps", "25"),
    "fcpxml": ("--fps", "25"),
    "avid": ("--fps", "25"),
    "sbv": (),
    "lrc": (),
}
#: A frame at 25 a second, and the rounding of a program that counts in hundredths.
NEAR_MS = 50
_LABEL = re.compile(r"(?:>>\s*)?(?:Speaker|说话人)\s*\d+\s*[:：]\s*", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>|\{\\[^}]*\}")


@dataclass(frozen=True, slots=True)
class Caption:
    """One caption as we wrote it or a program found it; `end_ms` is None if the program knows of no end."""

    start_ms: float
    end_ms: float | None
    text: str


@dataclass(frozen=True, slots=True)
class File:
    """A caption file, its media, the captions that are in it, and the place of screenshots."""

    path: Path
    media: Path
    format: str
    captions: tuple[Caption, ...]
    screenshots: Path

    def screenshot(self, program: str) -> Path:
        return self.screenshots / f"{program}-{self.format}-{self.media.stem}.png"

    @property
    def middles(self) -> list[float]:
        """The middle of every caption, in seconds."""
        return [(each.start_ms + (each.end_ms or each.start_ms)) / 2000 for each in self.captions]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a program made of one file; `wrong` is empty if it is what we wrote."""

    detail: str
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """A program, the formats it claims, and the way to ask it.

    Attributes:
        needs: Programs to be on the path, or packages in node_modules (with a trailing slash).
        version: Asks for the version.
        look: Opens one file.
    """

    name: str
    claims: Sequence[str]
    needs: Sequence[str]
    version: Callable[[], str]
    look: Callable[[File], Finding]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--npm", type=Path, help="node_modules with hls.js and dashjs (default: in DIR).")
    parser.add_argument("--only", help="Programs, e.g. mpv,Chromium.")
    parser.add_argument("--sample", type=int, default=20, help="Seconds that VLC and MLT draw.")
    options = parser.parse_args()
    folder = options.folder.resolve()
    files = [*write(folder)]
    table, wrong = [], 0
    for program in programs(options.npm or folder / "node_modules", folder, options.sample):
        if options.only and program.name not in options.only.split(","):
            continue
        if missing := [each for each in program.needs if not is_here(each, options.npm or folder / "node_modules")]:
            print(f"skipped: {program.name}: {', '.join(missing)} not installed", file=sys.stderr)
            continue
        for format in program.claims:
            findings = {each.media.stem: attempt(program, each) for each in files if each.format == format}
            wrong += sum(1 for each in findings.values() if each.wrong)
            table.append((program.name, program.version(), f"`{format}`", in_words(findings)))
    print("| program | version | format | result |\n|---|---|---|---|")
    print("\n".join(f"| {' | '.join(row)} |" for row in table))
    return 1 if wrong else 0


def programs(npm: Path, folder: Path, sample_s: int) -> Sequence[Program]:
    """Every program that can be asked, thin ones first."""
    site = partial(in_browser, npm=npm, folder=folder / "site")
    drawn = partial(drawn_by_vlc, sample_s=sample_s)
    melted = partial(drawn_by_melt, sample_s=sample_s)
    return (
        Program("FFmpeg", ("srt", "vtt", "ass", "scc", "lrc"), ("ffmpeg",), of("ffmpeg", "-version"), told_by_ffmpeg),
        Program("mpv", ("srt", "vtt", "ass", "lrc"), ("mpv",), of("mpv", "--version"), told_by_mpv),
        Program(
            "mkvmerge",
            ("srt", "vtt", "ass"),
            ("mkvmerge", "mkvextract", "ffmpeg"),
            of("mkvmerge", "--version"),
            told_by_mkvmerge,
        ),
        Program("MP4Box", ("srt", "vtt", "ttml"), ("MP4Box", "ffmpeg"), of("MP4Box", "-version"), told_by_mp4box),
        Program(
            "VLC",
            ("srt", "vtt", "ass", "ttml", "ttml1", "ebu-tt-d", "scc", "stl", "stl-teletext", "sbv"),
            ("cvlc", "ffmpeg"),
            vlc_version,
            drawn,
        ),
        Program("MLT", ("srt", "vtt", "ass"), ("melt", "ffmpeg"), of("melt", "--version"), melted),
        Program(
            "Aegisub",
            ("srt", "ass"),
            ("aegisub-3.2", *_SCREEN),
            of("dpkg-query", "-W", "aegisub"),
            told_by_aegisub,
        ),
        Program(
            "Kdenlive",
            ("srt",),
            ("kdenlive", "dbus-run-session", *_SCREEN),
            of("dpkg-query", "-W", "kdenlive"),
            told_by_kdenlive,
        ),
        Program("Chromium", ("vtt",), ("chromium",), of("chromium", "--version"), partial(site, kind="track")),
        Program(
            "hls.js", ("vtt",), ("chromium", "ffmpeg", "hls.js/"), packaged(npm, "hls.js"), partial(site, kind="hls")
        ),
        Program(
            "dash.js",
            ("vtt", "ttml", "ttml1", "ebu-tt-d"),
            ("chromium", "ffmpeg", "dashjs/"),
            packaged(npm, "dashjs"),
            partial(site, kind="dash"),
        ),
    )


# The captions


def write(folder: Path) -> Iterator[File]:
    """The captions of the fixtures in every format, with our cues; a format that refuses a language is said."""
    screenshots = folder / "screenshots"
    screenshots.mkdir(parents=True, exist_ok=True)
    media = [ROOT / "fixtures" / f"{name}.mp4" for name in MEDIA]
    if not all((folder / "demo" / f"{each.stem}.asr.json").is_file() for each in media):
        run(sys.executable, "-m", "captioner", "demo", *media, "-o", folder / "demo").check_returncode()
    for each in media:
        for format, extra in FORMATS.items():
            found = written(folder, each, format, extra)
            if found is not None:
                yield File(found[0], each, format, found[1], screenshots)


def written(folder: Path, media: Path, format: str, extra: Sequence[str]) -> tuple[Path, tuple[Caption, ...]] | None:
    """One file, and the cues in it; None if our writer refuses, which it says."""
    place = folder / "captions" / format
    shutil.rmtree(place / media.stem, ignore_errors=True)
    place = place / media.stem
    place.mkdir(parents=True)
    reply = folder / "demo" / f"{media.stem}.asr.json"
    command = ("-m", "captioner", "format", reply, "--language", MEDIA[media.stem], *extra, "-o", place)
    done = run(sys.executable, *command, "-f", f"{format},json")
    if done.returncode:
        print(f"skipped: {format} of {media.name}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    cues = json.loads((place / f"{media.stem}.json").read_text(encoding="utf-8"))["cues"]
    path = next(each for each in sorted(place.iterdir()) if not each.name.endswith(".json"))
    return path, tuple(
        Caption(cue["start_ms"], cue["end_ms"], plain(" ".join(line["text"] for line in cue["lines"]))) for cue in cues
    )


def plain(text: str) -> str:
    """Text without tags, speaker labels and spaces: programs join the lines of a caption each in its way."""
    bare = _LABEL.sub("", _TAG.sub("", re.sub(r"\\[Nnh]", " ", text)))
    return re.sub(r"\s+", "", bare).replace("’", "'")  # CEA-608 has no straight apostrophe


# Judging


def attempt(program: Program, file: File) -> Finding:
    """What the program makes of the file; what it says if it stops."""
    try:
        return program.look(file)
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout or "").strip().splitlines()
        return Finding("", f"exit code {error.returncode}: {said[-1] if said else 'says nothing'}")
    except subprocess.TimeoutExpired as error:
        return Finding("", f"not done after {error.timeout:.0f} s")


def judged(file: File, found: Sequence[Caption], *, untimed: Sequence[str] = ()) -> Finding:
    """What a program found, held against what we wrote; LRC has no ends, and empty lines for pauses.

    Of formats that are `untimed` the program tells no times of its own, or others than it shows.
    """
    ours, found = file.captions, [each for each in found if each.text]
    if file.format == "lrc":
        found = [replace(each, end_ms=None) for each in found]
    if file.format == "scc":
        return as_one(ours, found)
    if len(found) != len(ours):
        return Finding("", f"{len(found)} captions of {len(ours)}")
    texts = [number for number, (one, other) in enumerate(zip(ours, found, strict=True), 1) if one.text != other.text]
    if texts:
        other = found[texts[0] - 1].text
        return Finding("", f"{len(texts)} of {len(ours)} with other text, first {texts[0]}: {other[:40]!r}")
    if file.format in untimed:
        return Finding(f"{len(ours)} captions, text the same")
    off_ms = max(max(distances(one, other)) for one, other in zip(ours, found, strict=True))
    ends = "" if all(each.end_ms is not None for each in found) else ", begins only"
    told = f"{len(ours)} captions, text the same, times within {off_ms:.0f} ms{ends}"
    return Finding(told) if off_ms <= NEAR_MS else Finding("", told)


def as_one(ours: Sequence[Caption], found: Sequence[Caption]) -> Finding:
    """The whole text: captions of CEA-608 are parted anew by the time that sending them takes."""
    same = "".join(each.text for each in ours) == "".join(each.text for each in found)
    return Finding(f"{len(found)} captions, text the same") if same else Finding("", "other text")


def distances(ours: Caption, found: Caption) -> list[float]:
    """How far times are away, in milliseconds."""
    ends = [] if found.end_ms is None or ours.end_ms is None else [abs(ours.end_ms - found.end_ms)]
    return [abs(ours.start_ms - found.start_ms), *ends]


def in_words(findings: Mapping[str, Finding]) -> str:
    """One cell of the table."""
    return "; ".join(
        f"{MEDIA[stem]}: {'**' + each.wrong + '**' if each.wrong else each.detail}" for stem, each in findings.items()
    ).replace("|", "\\|")


# Programs that tell


def told_by_ffmpeg(file: File) -> Finding:
    """What FFmpeg's demuxer and decoder make of a file, as SRT; a frame of libass as screenshot."""
    burn(file)
    said = run("ffmpeg", "-v", "error", "-i", file.path, "-f", "srt", "-", check=True).stdout
    return judged(file, read_srt(said))


def burn(file: File) -> None:
    """One frame with the captions drawn by FFmpeg's filter, by libass."""
    at = file.middles[0]
    command = ("-copyts", "-ss", at, "-i", file.media, "-vf", f"subtitles={file.path}", "-frames:v", 1)
    run("ffmpeg", "-v", "error", "-y", *command, file.screenshot("ffmpeg"), check=True)


def told_by_mkvmerge(file: File) -> Finding:
    """mkvmerge puts the file beside its media, mkvextract takes it out again, and FFmpeg reads what comes out."""
    into, out = file.path.with_name("muxed.mkv"), file.path.with_name(f"taken-out.{file.format}")
    run("mkvmerge", "-q", "-o", into, file.media, file.path, check=True)
    tracks = json.loads(run("mkvmerge", "-J", into, check=True).stdout)["tracks"]
    number = next(each["id"] for each in tracks if each["type"] == "subtitles")
    run("mkvextract", into, "tracks", f"{number}:{out}", check=True)
    return judged(file, read_srt(run("ffmpeg", "-v", "error", "-i", out, "-f", "srt", "-", check=True).stdout))


def told_by_mp4box(file: File) -> Finding:
    """MP4Box puts the file beside its media; FFmpeg reads the track, or what MP4Box takes out of it again."""
    into, out = file.path.with_name("mp4box.mp4"), file.path.with_name(f"mp4box.{file.format}")
    run("MP4Box", "-quiet", "-add", f"{file.media}#video", "-add", file.path, "-new", into, check=True)
    if file.format == "srt":
        command = ("ffmpeg", "-v", "error", "-i", into, "-map", "0:s:0", "-f", "srt", "-")
        return judged(file, read_srt(run(*command, check=True).stdout))
    run("MP4Box", "-quiet", "-raw", f"2:output={out}", into, check=True)
    if file.format == "ttml":
        return judged(file, list(paragraphs_of(out)))
    return judged(file, read_srt(run("ffmpeg", "-v", "error", "-i", out, "-f", "srt", "-", check=True).stdout))


def paragraphs_of(path: Path) -> Iterator[Caption]:
    """The paragraphs of TTML with clock times."""
    name = "{http://www.w3.org/ns/ttml}"
    for each in ElementTree.parse(path).iter(f"{name}p"):
        yield Caption(clock_ms(each.get("begin", "")), clock_ms(each.get("end", "")), plain("".join(each.itertext())))


def read_srt(text: str) -> list[Caption]:
    """SRT as FFmpeg writes it; not our reader, which is not to judge our files."""
    pattern = re.compile(r"(\S+) --> (\S+)\n(.*?)(?=\n\n\d+\n\S+ -->|\s*\Z)", re.DOTALL)
    return [Caption(clock_ms(start), clock_ms(end), plain(body)) for start, end, body in pattern.findall(text)]


def clock_ms(clock: str) -> float:
    hours, minutes, seconds = clock.replace(",", ".").split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)


#: Captions whose ends mpv does not know beforehand.
UNTIMED_IN_MPV = ("lrc",)

#: Asks mpv for the caption at each time; a seek is done when playback restarts.
_LUA = """
local times, at = {}, 0
for time in string.gmatch(mp.get_opt("times"), "[^/]+") do table.insert(times, tonumber(time)) end
local function step()
  at = at + 1
  if at > #times then mp.command("quit") else mp.commandv("seek", times[at], "absolute+exact") end
end
local function tell()
  local text = string.gsub(mp.get_property("sub-text") or "", "\\n", " ")
  local from, to = mp.get_property_number("sub-start", -1), mp.get_property_number("sub-end", -1)
  print(string.format("CUE\\t%.3f\\t%.3f\\t%s", from, to, text))
  if at == 1 then mp.commandv("screenshot-to-file", mp.get_opt("shot"), "subtitles") end
  step()
end
mp.register_event("playback-restart", function() if at == 0 then step() else mp.add_timeout(0.05, tell) end end)
"""


def told_by_mpv(file: File) -> Finding:
    """The caption that mpv shows in the middle of each of ours."""
    script = file.path.with_name("ask.lua")
    script.write_text(_LUA, encoding="utf-8")
    times = "/".join(f"{each:.3f}" for each in file.middles)
    said = run(
        *("mpv", "--no-config", "--no-audio", "--vo=null", "--pause", f"--script={script}"),
        f"--script-opts=times={times},shot={file.screenshot('mpv')}",
        *(f"--sub-file={file.path}", file.media),
        check=True,
    ).stdout
    rows = [line.split("CUE\t", 1)[1].split("\t", 2) for line in said.splitlines() if "CUE\t" in line]
    return judged(
        file,
        [Caption(float(one) * 1000, float(two) * 1000, plain(text)) for one, two, text in rows],
        untimed=UNTIMED_IN_MPV,
    )


# Programs with windows

#: What a window needs where there is no screen.
_SCREEN = ("Xvfb", "xdotool", "import")
#: Seconds that a program may take to show its window and what it read.
_PATIENCE_S = 120

#: A macro of Aegisub that writes down what it read.
_MACRO = """script_name = "Dump"
function dump(subs)
  local out = io.open("%s", "w")
  for i = 1, #subs do
    local line = subs[i]
    if line.class == "dialogue" and not line.comment then
      out:write(line.start_time .. "\\t" .. line.end_time .. "\\t" .. line.text .. "\\n")
    end
  end
  out:close()
end
aegisub.register_macro("Dump", "", dump)
"""


@contextmanager
def screen() -> Iterator[Mapping[str, str]]:
    """A screen of its own for programs with windows: the environment that names it."""
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1600x1000x24"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert server.stdout is not None
    try:
        yield {**os.environ, "DISPLAY": f":{server.stdout.readline().decode().strip()}"}
    finally:
        server.kill()


@contextmanager
def started(*command: object, env: Mapping[str, str]) -> Iterator[None]:
    """A program that runs until the block ends, with all that it starts."""
    words = [str(each) for each in command]
    program = subprocess.Popen(
        words, env=env, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()


def until(is_done: Callable[[], bool]) -> None:
    """Wait for what a program with a window shows or writes."""
    for _ in range(_PATIENCE_S):
        if is_done():
            return
        time.sleep(1)
    raise subprocess.TimeoutExpired("a program with a window", _PATIENCE_S)


def window(title: str, env: Mapping[str, str]) -> str:
    """Number of the window with a title, or ""."""
    return "".join(run("xdotool", "search", "--onlyvisible", "--name", title, env=env).stdout.split()[-1:])


def told_by_aegisub(file: File) -> Finding:
    """The lines that Aegisub has after opening the file, written down by a macro."""
    home, written = file.path.with_name("aegisub"), file.path.with_name("aegisub.txt")
    scripts = home / ".aegisub" / "automation" / "autoload"
    scripts.mkdir(parents=True, exist_ok=True)
    (scripts / "dump.lua").write_text(_MACRO % written, encoding="utf-8")
    with screen() as there:
        # Debian's wxWidgets complains in dialogs about the layout of windows.
        env = {**there, "HOME": str(home), "WXSUPPRESS_SIZER_FLAGS_CHECK": "1"}
        keys = scripts.parents[1] / "hotkey.json"
        if not keys.exists():  # its own keys have to be there beside ours
            with started("aegisub-3.2", env=env):
                until(keys.exists)
        bound = json.loads(keys.read_text(encoding="utf-8"))
        bound.setdefault("Default", {})["automation/lua/dump/Dump"] = ["F9"]
        keys.write_text(json.dumps(bound), encoding="utf-8")
        with started("aegisub-3.2", file.path, env=env):
            until(lambda: asked_aegisub(written, env))
            run("import", "-window", "root", file.screenshot("aegisub"), env=env, check=True)
    rows = [line.split("\t", 2) for line in written.read_text(encoding="utf-8").splitlines()]
    return judged(file, [Caption(float(start), float(end), plain(text)) for start, end, text in rows])


def asked_aegisub(written: Path, env: Mapping[str, str]) -> bool:
    """Close a complaint, or press the key of the macro; whether it has written."""
    if complaint := window("^aegisub-3.2$", env):
        told = run("xdotool", "getwindowgeometry", "--shell", complaint, env=env).stdout
        at = {name: int(value) for name, _, value in (line.partition("=") for line in told.split())}
        right, lower = at.get("X", 0) + at.get("WIDTH", 0), at.get("Y", 0) + at.get("HEIGHT", 0) - 19
        for left_of in (387, 45):  # not again; continue
            run("xdotool", "mousemove", right - left_of, lower, "click", "1", env=env)
    elif editor := window("Aegisub 3", env):
        run("xdotool", "windowfocus", editor, env=env)
        run("xdotool", "key", "F9", env=env)
    return written.exists()


#: A project of Kdenlive with one clip, whose subtitles are in PROJECT.srt beside it.
_PROJECT = """<?xml version="1.0" encoding="utf-8"?>
<mlt LC_NUMERIC="C" producer="main_bin" version="7.12.0" root="{root}">
<profile frame_rate_num="25" frame_rate_den="1" width="1280" height="720" progressive="1" colorspace="709"
 display_aspect_num="16" display_aspect_den="9" sample_aspect_num="1" sample_aspect_den="1"/>
{clip0}<playlist id="main_bin"><property name="kdenlive:docproperties.documentid">{number}</property>
<property name="kdenlive:docproperties.kdenliveversion">22.12.3</property>
<property name="kdenlive:docproperties.profile">atsc_720p_25</property>
<property name="kdenlive:docproperties.version">1.04</property><property name="xml_retain">1</property>
<entry producer="clip0" in="0" out="1499"/></playlist>
<producer id="black_track" in="0" out="1499"><property name="length">2147483647</property>
<property name="eof">continue</property><property name="resource">black</property>
<property name="mlt_service">color</property><property name="kdenlive:playlistid">black_track</property></producer>
{clip1}<playlist id="video0"><entry producer="clip1" in="0" out="1499"><property name="kdenlive:id">2</property>
</entry></playlist><playlist id="video1"/>
<tractor id="video" in="0" out="1499"><track hide="audio" producer="video0"/><track producer="video1"/></tractor>
<tractor id="all" global_feed="1" in="0" out="1499"><track producer="black_track"/><track producer="video"/>
<filter><property name="mlt_service">avfilter.subtitles</property><property name="internal_added">237</property>
<property name="av.filename">{subtitles}</property></filter></tractor></mlt>
"""
_CLIP = """<producer id="clip{at}" in="0" out="1499"><property name="length">1500</property>
<property name="resource">{media}</property><property name="mlt_service">avformat-novalidate</property>
<property name="kdenlive:id">2</property><property name="kdenlive:clip_type">0</property></producer>
"""


def told_by_kdenlive(file: File) -> Finding:
    """The subtitles of a project as Kdenlive writes them anew when it has read them, on its frames."""
    home = file.path.with_name("kdenlive")
    shutil.rmtree(home, ignore_errors=True)
    (home / ".config").mkdir(parents=True)
    (home / ".config" / "kdenliverc").write_text("[version]\nversion=22.12.3\n[misc]\nsplash=false\n", encoding="utf-8")
    subtitles = Path(shutil.copy(file.path, home / "project.kdenlive.srt"))
    clips = {f"clip{at}": _CLIP.format(at=at, media=file.media) for at in (0, 1)}
    project = _PROJECT.format(root=home, number=1, subtitles=subtitles, **clips)
    (home / "project.kdenlive").write_text(project, encoding="utf-8")
    read = home / "1.srt"
    with screen() as there:
        env = {**there, "HOME": str(home), "TMPDIR": str(home), "XDG_RUNTIME_DIR": str(home), "QT_QPA_PLATFORM": "xcb"}
        with started("dbus-run-session", "--", "kdenlive", home / "project.kdenlive", env=env):
            until(lambda: read.exists() and bool(window("project", env)))
            time.sleep(5)  # the window is drawn after its title
            run("import", "-window", "root", file.screenshot("kdenlive"), env=env, check=True)
    return judged(file, read_srt(read.read_text(encoding="utf-8")))


# Programs that draw


def drawn_by_vlc(file: File, *, sample_s: int) -> Finding:
    """VLC draws the captions into the picture."""
    return drawn(file, partial(vlc_picture, file.media, sample_s=sample_s), sample_s, "vlc")


def vlc_picture(media: Path, captions: Path | None, into: Path, *, sample_s: int) -> None:
    """The media as VLC shows it; root, whom VLC refuses, asks as the user nobody."""
    place = Path("/tmp") / f"players-vlc-{os.getpid()}"  # the user nobody may write here
    place.mkdir(exist_ok=True)
    place.chmod(0o777)
    if captions is not None:
        captions = Path(shutil.copy(captions, place / f"captions{''.join(captions.suffixes)}"))
    picture = place / "picture.ts"
    run(
        *("cvlc", "-q", "--no-audio", "--no-sub-autodetect-file", f"--stop-time={sample_s}"),
        *([f"--sub-file={captions}"] if captions else []),
        *(media, "--sout", f"#transcode{{vcodec=mp2v,vb=8000,soverlay}}:std{{access=file,mux=ts,dst={picture}}}"),
        "vlc://quit",
        check=True,
        user="nobody" if os.geteuid() == 0 else None,
        env={**os.environ, "HOME": str(place)},
    )
    shutil.copy(picture, into)
    shutil.rmtree(place)


def drawn_by_melt(file: File, *, sample_s: int) -> Finding:
    """MLT's subtitle filter, which Kdenlive's subtitle track is made of, draws the captions into the picture."""
    return drawn(file, partial(melt_picture, file.media, sample_s=sample_s), sample_s, "mlt")


def melt_picture(media: Path, captions: Path | None, into: Path, *, sample_s: int) -> None:
    filter = ("-filter", "avfilter.subtitles", f"av.filename={captions}") if captions else ()
    consumer = ("-consumer", f"avformat:{into}", "vcodec=mpeg2video", "vb=8000k", "an=1")
    run("melt", "-silent", media, f"out={sample_s * 30}", *filter, *consumer, check=True)


def drawn(file: File, picture: Callable[[Path | None, Path], None], sample_s: int, program: str) -> Finding:
    """Whether something is in the picture in the middle of each caption, and nothing in the middle of a long pause."""
    bare, with_captions = (file.path.with_name(f"{program}-{name}.ts") for name in ("bare", "captions"))
    picture(None, bare)
    picture(file.path, with_captions)
    middles = [each for each in file.middles if each < sample_s - 1]
    pauses = [
        (one.end_ms + two.start_ms) / 2000
        for one, two in zip(file.captions, file.captions[1:], strict=False)
        if one.end_ms is not None and two.start_ms - one.end_ms > 400 and two.start_ms < (sample_s - 1) * 1000
    ]
    pauses += [file.captions[0].start_ms / 2000] if file.captions[0].start_ms > 300 else []
    still(with_captions, middles[0], file.screenshot(program))
    shown = sum(1 for each in middles if is_changed(bare, with_captions, each))
    left = sum(1 for each in pauses if is_changed(bare, with_captions, each))
    told = f"{shown} of {len(middles)} captions in the picture of the first {sample_s} s"
    told += f", {left} of {len(pauses)} pauses not empty" if left else f", {len(pauses)} pauses empty"
    return Finding(told) if shown == len(middles) and not left else Finding("", told)


def still(video: Path, at: float, into: Path) -> None:
    run("ffmpeg", "-v", "error", "-y", "-i", video, "-ss", f"{at:.3f}", "-frames:v", 1, into, check=True)


def is_changed(bare: Path, other: Path, at: float) -> bool:
    """Whether more than a thousandth of the lower half of the picture is much brighter or darker."""
    one, two = grey(bare, at), grey(other, at)
    return sum(1 for a, b in zip(one, two, strict=True) if abs(a - b) > 60) > len(one) / 1000


def grey(video: Path, at: float) -> bytes:
    lower_half = "crop=iw:ih/2:0:ih/2"  # above it is the clock of the fixtures
    command = ("-ss", f"{at:.3f}", "-vf", lower_half, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-")
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", str(video), *command], capture_output=True, check=True)
    return done.stdout


# Programs in a browser

_PAGE = """<!doctype html><meta charset="utf-8"><style>body {margin: 0} #box {position: relative; width: 640px}
#drawn {position: absolute; inset: 0; pointer-events: none}</style>
<div id="box"><video width="640" height="360" muted></video><div id="drawn"></div></div>
<script src="/player.js"></script><script>
const video = document.querySelector("video"), box = document.querySelector("#drawn");
const wait = ms => new Promise(done => setTimeout(done, ms));
const openings = {
  track: async () => {
    video.src = URL.createObjectURL(await (await fetch("/media.mp4")).blob());
    const track = document.createElement("track");
    Object.assign(track, {src: "/captions", kind: "captions", default: true});
    video.append(track);
  },
  hls: async () => {
    const hls = new Hls({maxBufferLength: 600, maxMaxBufferLength: 600});
    hls.loadSource("/main.m3u8"); hls.attachMedia(video);
    hls.on(Hls.Events.SUBTITLE_TRACKS_UPDATED, () => { hls.subtitleTrack = 0; hls.subtitleDisplay = true; });
  },
  dash: async () => {
    const player = dashjs.MediaPlayer().create();
    player.initialize(video, "/main.mpd", false);
    player.attachTTMLRenderingDiv(box);
    player.on("allTextTracksAdded", () => { player.enableText(true); player.setTextTrack(0); });
    window.player = player;
  },
};
const seek = async at => { video.currentTime = at; await wait(250); };
const shown = () => { for (const track of video.textTracks) if (track.mode != "disabled") return track; };
const textOf = cue => cue.getCueAsHTML && cue.text ? cue.getCueAsHTML().textContent : "";
async function captions(kind, middles) {
  await openings[kind]();
  for (let n = 0; n < 100; n++) { await wait(100); if (video.readyState > 1 && shown()?.cues?.length) break; }
  for (const at of [middles.at(-1), middles[0]]) { await seek(at); await wait(500); }
  const found = [];
  for (const at of middles) {
    await seek(at);
    const current = () => [...(shown()?.cues ?? [])].find(each => each.startTime <= at && at < each.endTime);
    for (let n = 0; n < 20 && !(current() && (textOf(current()) || box.innerText)); n++) await wait(100);
    const cue = current();
    if (cue) found.push([cue.startTime * 1000, cue.endTime * 1000, textOf(cue) || box.innerText]);
  }
  await seek(middles[0]);
  return found;
}
</script>"""


def in_browser(file: File, *, kind: str, npm: Path, folder: Path) -> Finding:
    """The captions that a page finds at the middle of each of ours, by a track element, hls.js or dash.js."""
    from playwright.sync_api import sync_playwright

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lay_out(file, kind, npm, folder)
    with served(folder) as address, sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = started.new_page(viewport={"width": 640, "height": 360})
        page.goto(address)
        found = page.evaluate("([kind, middles]) => captions(kind, middles)", [kind, file.middles])
        page.screenshot(path=file.screenshot({"track": "chromium", "hls": "hlsjs", "dash": "dashjs"}[kind]))
        started.close()
    return judged(file, [Caption(start, end, plain(text)) for start, end, text in found])


def lay_out(file: File, kind: str, npm: Path, folder: Path) -> None:
    """Everything that the page loads."""
    (folder / "index.html").write_text(_PAGE, encoding="utf-8")
    scripts = {"hls": "hls.js/dist/hls.min.js", "dash": "dashjs/dist/modern/umd/dash.all.min.js"}
    (folder / "player.js").write_bytes((npm / scripts[kind]).read_bytes() if kind in scripts else b"")
    shutil.copy(file.path, folder / "captions")
    {"track": track_site, "hls": hls_site, "dash": dash_site}[kind](file, folder)


def track_site(file: File, folder: Path) -> None:
    shutil.copy(file.media, folder / "media.mp4")


def hls_site(file: File, folder: Path) -> None:
    """Video in fragments of six seconds; captions in WebVTT segments of ten, cut by FFmpeg."""
    hls = ("-f", "hls", "-hls_time", 6, "-hls_segment_type", "fmp4", "-hls_playlist_type", "vod", folder / "video.m3u8")
    run("ffmpeg", "-v", "error", "-i", file.media, "-map", "0:v", "-map", "0:a", "-c", "copy", *hls, check=True)
    parts = ("-f", "segment", "-segment_format", "webvtt", "-segment_time", 10, "-segment_list", folder / "text.m3u8")
    run(
        "ffmpeg", "-v", "error", "-i", file.path, "-map", "0:s", "-c", "copy", *parts, folder / "text%d.vtt", check=True
    )
    language = MEDIA[file.media.stem]
    tracks = f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="text",NAME="{language}",LANGUAGE="{language}",DEFAULT=YES,'
    stream = '#EXT-X-STREAM-INF:BANDWIDTH=800000,SUBTITLES="text"\nvideo.m3u8\n'
    (folder / "main.m3u8").write_text(f'#EXTM3U\n{tracks}AUTOSELECT=YES,URI="text.m3u8"\n{stream}', encoding="utf-8")


def dash_site(file: File, folder: Path) -> None:
    """Video in fragments; the caption file whole beside it."""
    dash = ("-f", "dash", "-seg_duration", 6, "-use_timeline", 0, folder / "main.mpd")
    run("ffmpeg", "-v", "error", "-i", file.media, "-map", "0:v", "-map", "0:a", "-c", "copy", *dash, check=True)
    media_type = "text/vtt" if file.format == "vtt" else "application/ttml+xml"
    text = (
        f'<AdaptationSet contentType="text" mimeType="{media_type}" lang="{MEDIA[file.media.stem]}">'
        '<Role schemeIdUri="urn:mpeg:dash:role:2011" value="subtitle"/>'
        '<Representation id="text" bandwidth="256"><BaseURL>captions</BaseURL></Representation></AdaptationSet>'
        "</Period>"
    )
    manifest = folder / "main.mpd"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("</Period>", text), encoding="utf-8")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/index.html"
    finally:
        server.shutdown()


# Running


def run(
    *command: object, check: bool = False, user: str | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A program in the folder of the project, at most two minutes."""
    words = [str(each) for each in command]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=check, timeout=120, user=user, env=env)


def is_here(name: str, npm: Path) -> bool:
    return (npm / name).is_dir() if name.endswith("/") else shutil.which(name) is not None


def vlc_version() -> str:
    done = run("cvlc", "--version", user="nobody" if os.geteuid() == 0 else None)
    return version_in(done)


def of(*command: str) -> Callable[[], str]:
    """The version that a program says of itself."""

    def ask() -> str:
        return version_in(run(*command))

    return ask


def version_in(done: subprocess.CompletedProcess[str]) -> str:
    found = re.search(r"\d+(?:\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else "unknown"


def packaged(npm: Path, name: str) -> Callable[[], str]:
    return lambda: str(json.loads((npm / name / "package.json").read_text(encoding="utf-8"))["version"])


if __name__ == "__main__":
    sys.exit(main())
