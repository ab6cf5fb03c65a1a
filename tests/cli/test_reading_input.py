"""Captions are read by their content, from standard input as well, and no command loads more than it needs."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from captioner.cli import main
from captioner.model import Cue, Line, Placement

VTT = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000 line:0\n<v Anna>Hi &amp; welcome.\n"
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nHi.\n"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def give(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give


@pytest.mark.parametrize("options", [(), ("--format", "vtt")])
def test_standard_input_keeps_speakers_and_places(given, capfdbinary, options: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    given(VTT)
    assert run("convert", "-", "-", *options) == 0
    assert capfdbinary.readouterr().out == VTT


def test_standard_input_is_shifted_in_its_own_format(given, capfdbinary) -> None:  # type: ignore[no-untyped-def]
    given(VTT)
    assert run("shift", "-", "-", "--by", "1") == 0
    assert b"00:00:02.000 --> 00:00:03.000 line:0\n<v Anna>" in capfdbinary.readouterr().out


def formats() -> dict[str, bytes]:
    from fractions import Fraction

    from captioner.formats import ALL_FORMATS, FORMATS, Context, render

    cues = [Cue(2000, 4000, (Line("Hello there."),)), Cue(6000, 8000, (Line("At the top."),), None, Placement("top"))]
    context = Context(language="en", frame_rate=Fraction(25))
    written = {name: render(cues, name, context) for name in FORMATS if ALL_FORMATS[name].reader}
    return written | {
        "ssa": written["ass"].replace(b"v4.00+", b"v4.00").replace(b"V4+", b"V4"),
        "sbv": b"0:00:02.000,0:00:04.000\nHello there.\n\n0:00:06.000,0:00:08.000\nAt the top.\n",
        "microdvd": b"{1}{1}25\n{50}{100}Hello there.\n{150}{200}At the top.\n",
        "mpl2": b"[20][40]Hello there.\n[60][80]At the top.\n",
        "sami": b"<SAMI><BODY><SYNC Start=2000><P>Hello there.<SYNC Start=4000><P>&nbsp;"
        b"<SYNC Start=6000><P>At the top.</BODY></SAMI>",
        "tmplayer": b"00:00:02:Hello there.\n00:00:06:At the top.\n",
    }


@pytest.mark.parametrize("name", formats())
def test_every_format_is_read_from_standard_input(given, capfdbinary, name: str) -> None:  # type: ignore[no-untyped-def]
    given(formats()[name])
    assert run("convert", "-", "-", "--format", "srt") == 0
    out = capfdbinary.readouterr().out
    assert out.startswith(b"1\n00:00:0")
    assert b"\nHello there.\n" in out
    assert b"At the top.\n" in out


@pytest.mark.parametrize("name", [name for name in formats() if name != "srt"])
def test_a_file_is_read_by_its_content_whatever_its_name_says(
    tmp_path: Path, capsys: pytest.CaptureFixture, name: str
) -> None:
    (tmp_path / "talk.srt").write_bytes(formats()[name])
    assert run("convert", tmp_path / "talk.srt", tmp_path / "out.srt") == 0
    assert "Hello there." in (tmp_path / "out.srt").read_text("utf-8")
    assert "note: talk.srt: the content is " in capsys.readouterr().err


def test_what_is_no_caption_file_is_refused_from_standard_input(given, capsys: pytest.CaptureFixture) -> None:  # type: ignore[no-untyped-def]
    given(b"nothing of the kind")
    assert run("convert", "-", "-", "--format", "srt") == 1
    assert capsys.readouterr().err == (
        "captioner: -: is not a caption file that can be read; give srt, vtt, ass or another known format\n"
    )


LOADED = """
import sys
from captioner.cli import main
try:
    main({arguments!r})
except SystemExit as left:
    if left.code:
        raise
print(*sorted(name for name in sys.modules if name.startswith("captioner.")), file=sys.stderr)
"""


def loaded(tmp_path: Path, *arguments: object) -> set[str]:
    """The modules a command has loaded when it ends, in a new interpreter."""
    program = LOADED.format(arguments=[str(argument) for argument in arguments])
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stderr.splitlines()[-1].split())


@pytest.mark.process
@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "talk.en.srt", "out.vtt"),
        ("shift", "talk.en.srt", "out.srt", "--by", "1"),
        ("resync", "talk.en.srt", "out.srt", "--offset", "1"),
        ("merge", "talk.en.srt", "talk.en.srt", "-o", "out.srt"),
        ("split", "talk.en.srt", "--at", "1.5"),
    ],
)
def test_a_command_on_captions_loads_neither_media_nor_check(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "talk.en.srt").write_bytes(SRT)
    modules = loaded(tmp_path, *arguments)
    assert not {name for name in modules if name.startswith(("captioner.media", "captioner.check"))}
    assert "captioner.formats.reading" in modules


@pytest.mark.process
@pytest.mark.parametrize("command", ["burn", "mux"])
def test_a_command_on_media_does_not_load_check(tmp_path: Path, command: str) -> None:
    media = Path(__file__).parents[2] / "fixtures" / "interview-en.mp4"
    (tmp_path / "talk.en.srt").write_bytes(SRT)
    options = ("--check",) if command == "burn" else ()
    modules = loaded(tmp_path, command, media, "talk.en.srt", "-o", "out.mp4", *options)
    assert not {name for name in modules if name.startswith("captioner.check")}
