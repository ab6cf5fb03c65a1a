"""One rule for every command that writes where the user says: what is there stays, until --overwrite is given."""

from pathlib import Path

import pytest

from captioner.cli import main

ROOT = Path(__file__).resolve().parents[2]
REPLY = ROOT / "fixtures" / "replies" / "transcript-constructed-diarized-zh-funasr.json"
MEDIA = ROOT / "fixtures" / "late-audio.mp4"
SRT = "1\n00:00:00,000 --> 00:00:00,100\nHello   there. This is much too long for a tenth of a second.\n"
SRT += "\n2\n00:00:00,200 --> 00:00:01,000\nBye.\n"
MINE = b"somebody's work"

# Command and the file it would write.
COMMANDS = {
    "format": (["format", REPLY, "-o", "out.srt"], "out.srt"),
    "format, many": (["format", REPLY, "--format", "srt,vtt", "-o", "out"], "out/" + REPLY.stem + ".vtt"),
    "convert": (["convert", "in.srt", "out.vtt"], "out.vtt"),
    "shift": (["shift", "in.srt", "out.srt", "--by", "1"], "out.srt"),
    "resync": (["resync", "in.srt", "out.srt", "--offset", "1"], "out.srt"),
    "merge": (["merge", "in.srt", "-o", "out.srt"], "out.srt"),
    "split": (["split", "in.srt", "--at", "0.15"], "in.part2.srt"),
    "check --fix": (["check", "in.srt", "--fix"], "in.fixed.srt"),
    "check --html": (["check", "in.srt", "--html", "out.html"], "out.html"),
    "mux": (["mux", MEDIA, "in.srt", "-o", "out.mkv", "-q"], "out.mkv"),
    "burn": (["burn", MEDIA, "in.srt", "-o", "out.mp4", "-q", "--preset", "ultrafast"], "out.mp4"),
}


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.srt").write_text(SRT, encoding="utf-8")


def occupy(name: str) -> Path:
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(MINE)
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_there_stays_and_the_flag_is_named(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, name = COMMANDS[command]
    there = occupy(name)
    before = sorted(Path().rglob("*"))
    assert run(*arguments) == 1
    complaint = capsys.readouterr().err
    assert there.name in complaint
    assert "Use --overwrite to replace it" in complaint
    assert there.read_bytes() == MINE
    assert sorted(Path().rglob("*")) == before


@pytest.mark.integration
@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "burn"])
def test_it_is_replaced_when_that_is_asked_for(command: str) -> None:
    arguments, name = COMMANDS[command]
    there = occupy(name)
    assert run(*arguments, "--overwrite") in (0, 1)  # `check` finds fault with the captions, and says so
    assert there.read_bytes() != MINE


@pytest.mark.parametrize(
    "arguments",
    [
        ["format", "in.json", "-o", "in.json"],
        ["convert", "in.srt", "in.srt"],
        ["convert", "in.srt", "link.srt"],
        ["convert", "in.srt", "IN.srt"],
        ["merge", "in.srt", "other.srt", "-o", "other.srt"],
        ["check", "in.srt", "--html", "in.srt"],
        ["mux", MEDIA, "in.srt", "other.srt", "-o", MEDIA],
        ["burn", MEDIA, "in.srt", "-o", MEDIA],
    ],
)
def test_no_command_writes_over_what_it_reads_whatever_is_asked(
    arguments: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("other.srt").write_text(SRT, encoding="utf-8")
    Path("in.json").write_bytes(REPLY.read_bytes())
    Path("link.srt").symlink_to("in.srt")
    before = {path: path.read_bytes() for path in (*Path().iterdir(), MEDIA)}
    assert run(*arguments, "--overwrite") == 1
    assert "input and output are the same file" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (*Path().iterdir(), MEDIA)} == before


def test_several_formats_go_to_a_folder_each_under_its_own_name() -> None:
    assert run("format", REPLY, "--format", "srt,ass,avid", "--fps", "25", "-o", "out") == 0
    assert sorted(path.name for path in Path("out").iterdir()) == [
        f"{REPLY.stem}.{ending}" for ending in ("ass", "avid.txt", "srt")
    ]


@pytest.mark.parametrize("output", [[], ["-o", "-"], ["-o", "one.srt"], ["-o", "in.srt"]])
def test_several_formats_in_one_file_are_refused(output: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("format", REPLY, "--format", "srt,vtt", *output) == 2
    captured = capsys.readouterr()
    assert captured.err == "captioner: 2 formats need a folder; give -o DIR\n"
    assert not captured.out


def test_a_folder_is_no_file_and_a_device_needs_no_permission(capsys: pytest.CaptureFixture[str]) -> None:
    Path("folder.vtt").mkdir()
    assert run("convert", "in.srt", "folder.vtt") == 1
    assert "is a folder" in capsys.readouterr().err
    assert run("convert", "in.srt", "/dev/null", "--format", "vtt") == 0


@pytest.mark.integration
def test_two_shapes_that_would_be_one_file_are_refused_before_anything_is_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for folder in ("one", "two"):
        Path(folder).mkdir()
        style = f'name = "phone"\nextends = "social-vertical"\nmax_lines = {1 if folder == "one" else 2}\n'
        Path(folder, "phone.toml").write_text(style, encoding="utf-8")
    also = ["--also", "one/phone.toml:srt", "--also", "two/phone.toml:srt"]
    assert run("run", MEDIA, "-o", "out", "--dry-run", *also) == 2
    assert "<stem>.phone.srt" in capsys.readouterr().err
    assert run("run", MEDIA, "-o", "out", "--dry-run", *also[:2], *also[:2]) == 0


@pytest.mark.integration
def test_a_report_renews_itself_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    occupy("report.html")
    assert run("batch", MEDIA, "--report", "report.html", "--dry-run") == 1
    assert "report.html already exists. Use --overwrite to replace it." in capsys.readouterr().err
    Path("report.html").write_text('<!doctype html>\n<meta name="generator" content="captioner batch">\n')
    assert run("batch", MEDIA, "--report", "report.html", "--dry-run") == 0
