"""Every option that only some formats use, with every format: it changes the file, or it is refused before the work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from captioner.captions.option_use import USES
from captioner.cli import main
from captioner.cli.options import CAPTION_OPTIONS
from captioner.formats import FORMATS

#: What is typed for an option, and what has to be there so that it can do something.
FLAGS: dict[str, tuple[list[str], list[str]]] = {
    "karaoke": (["--karaoke", "k"], []),
    "colours": (["--colours"], []),
    "vertical": (["--vertical"], []),
    "max_columns": (["--max-columns", "12"], []),
    "max_lines": (["--max-lines", "1"], ["--max-columns", "20"]),
    "start_tc": (["--start-tc", "10:00:00:00"], []),
    "fps": (["--fps", "25"], []),
    "snap_frames": (["--snap-frames"], ["--fps", "29.97"]),
    "shots": (["--shots", "cuts.txt"], ["--fps", "29.97", "--style", "netflix"]),
    "ms_rounding": (["--ms-rounding", "ceil"], ["--fps", "29.97", "--snap-frames"]),
    "size": (["--size", "1080x1920"], []),
    "substitute": (["--substitute"], []),
    "spell": (["--spell", "‹=<"], []),
    "look": (["--look", "shorts-bold"], []),
}
#: Where what is asked holds anyway: speakers have colours, times are on frames.
HOLDS_ANYWAY = {
    "colours": {"ass", "ebu-tt-d", "fcpxml", "stl-teletext"},
    "snap_frames": {"scc", "stl", "stl-teletext", "fcpxml", "itt", "avid"},
}
#: Options of captions that every format uses, or that are about files, notes and words.
FOR_ALL = {
    "format", "style", "speakers", "replace", "also", "smooth_speakers", "language", "offset_ms", "target", "encoding",
    "newline", "suffix_language", "overwrite", "top", "strict", "diarization", "mask", "remove", "remove_fillers",
    "script", "script_policy", "glossary",
}  # fmt: skip
IN_CONVERT = ("karaoke", "colours", "vertical", "start_tc", "fps", "size", "substitute", "spell")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


def test_the_table_has_every_option_that_is_not_for_all_formats() -> None:
    names = {str(option.name) for option in CAPTION_OPTIONS}
    assert set(USES) == set(FLAGS) == names - FOR_ALL
    flags = {str(option.name): option.opts for option in CAPTION_OPTIONS}
    assert all(use.flag in flags[name] for name, use in USES.items())


def test_the_docs_have_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
    page = page.partition("## Options and formats")[2].partition("\n## ")[0]
    rows = [line for line in page.splitlines() if line.startswith("| `--")]
    able = {use.flag: [row.name for row in FORMATS.values() if use.is_used(row)] for use in USES.values()}
    assert rows == [f"| `{flag}` | {', '.join(names)} |" for flag, names in able.items()]


def _reply(words: list[list[str]]) -> dict[str, Any]:
    sentences = []
    for speaker, said in enumerate(words):
        at = 4003 + 6007 * speaker
        tokens = [
            {"begin_time": at + 411 * n, "end_time": at + 411 * n + 400, "text": word, "punctuation": ""}
            for n, word in enumerate(said)
        ]
        end = tokens[-1]["end_time"]
        text = "".join(said).strip()
        sentences.append(
            {"begin_time": at, "end_time": end, "text": text, "sentence_id": speaker, "speaker_id": speaker,
             "words": tokens}
        )  # fmt: skip
    properties = {"channels": [0], "original_duration_in_milliseconds": 20_000}
    return {"properties": properties, "transcripts": [{"channel_id": 0, "sentences": sentences}]}


ENGLISH = [["Hello ", "all ", "of ", "you."], ["You, ", "‹and ", "so ", "on."]]
CHINESE = [["大家", "好", "我们", "现在", "开始。"], ["好的", "我", "先", "汇报", "一下。"]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cuts.txt").write_text("4.2\n9.8\n10.4\n", encoding="utf-8")
    (tmp_path / "en.asr.json").write_text(json.dumps(_reply(ENGLISH)), encoding="utf-8")
    (tmp_path / "zh.asr.json").write_text(json.dumps(_reply(CHINESE)), encoding="utf-8")
    return tmp_path


def _hold(option: str, name: str, command: list[str], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Hold the file with the option against the file without it, or the refusal against the table."""
    flags, needs = FLAGS[option]
    always = ["--language", "zh" if option == "vertical" else "en"]
    if FORMATS[name].has_few_characters and option not in ("substitute", "spell"):
        always += ["--substitute"]
    if FORMATS[name].counts_frames and name not in ("scc", "json"):
        always += ["--fps", "29.97"]
    place = ["-o"] if command[0] == "format" else []
    capsys.readouterr()
    status = run(*command, *place, "with", *always, *needs, *flags)
    told = capsys.readouterr().err
    if option == "vertical" and command[0] == "convert" and status == 1:
        assert "has no vertical writing; vtt and ass have it; choose one, or leave out --vertical" in told
        assert not FORMATS[name].vertical
        return
    if status == 2 and not (here / "with").exists():
        assert any(told.startswith(f"captioner: {flag}: ") for flag in (*flags, *needs))
        assert name in told or "no times are put on frames" in told
        assert "leave it out" in told or "choose one of" in told
        assert not (USES[option].is_used(FORMATS[name]))
        return
    assert status == 0, told
    style = needs[needs.index("--style") :] if "--style" in needs else []
    if run(*command, *place, "without", *always, *style):
        assert option in ("substitute", "spell")  # the format cannot hold the captions without it
        return
    is_same = (here / "with").read_bytes() == (here / "without").read_bytes()
    assert is_same == (name in HOLDS_ANYWAY.get(option, ())), told


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("option", FLAGS)
def test_an_option_of_format_changes_the_file_or_is_refused(
    option: str, name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = "zh.asr.json" if option == "vertical" else "en.asr.json"
    _hold(option, name, ["format", source, "--format", name], here, capsys)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("option", IN_CONVERT)
def test_an_option_of_convert_changes_the_file_or_is_refused(
    option: str, name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    language = "zh" if option == "vertical" else "en"
    assert run("format", f"{language}.asr.json", "--format", "json", "--language", language, "-o", "talk.json") == 0
    _hold(option, name, ["convert", "talk.json", "--format", name], here, capsys)


def test_shot_changes_are_refused_for_a_style_that_does_not_mind_them(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("format", "en.asr.json", "--shots", "cuts.txt", "--fps", "25", "-o", "a.srt") == 2
    told = capsys.readouterr().err
    assert "--shots: style web-default has no rule about shot changes; leave it out, or choose one of" in told
    assert "netflix" in told


def test_rounding_is_refused_where_no_times_are_put_on_frames(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("format", "en.asr.json", "--ms-rounding", "ceil", "-o", "a.srt") == 2
    assert "--ms-rounding: no times are put on frames; leave it out, or add --snap-frames" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["convert", "a.srt", "a.vtt", "--fps", "25"], "--fps: vtt has no use for it"),
        (["shift", "a.srt", "b.srt", "--by", "1", "--substitute"], "--substitute: srt has no use for it"),
        (["resync", "a.srt", "b.srt", "--offset", "1", "--fps", "25"], "--fps: srt has no use for it"),
        (["merge", "a.srt", "-o", "b.txt", "--size", "1x1"], "--size: txt has no use for it"),
        (["split", "a.srt", "--at", "5", "--colours"], "--colours"),
        (["split", "a.srt", "--at", "5", "--fps", "25"], "--fps: srt has no use for it"),
        (
            ["convert", "a.srt", "a.ass", "--karaoke", "k"],
            "a.srt has times of whole captions only; leave --karaoke out",
        ),
        (["convert", "a.stl", "b.srt", "--input-encoding", "gb18030"], "--input-encoding: a.stl is EBU STL"),
        (["convert", "a.srt", "a.scc", "--fps", "25"], "--fps: scc has no use for it"),
    ],
)
def test_other_commands_refuse_what_would_do_nothing(
    command: list[str], told: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a.srt").write_text("1\n00:00:04,000 --> 00:00:06,000\nHello\n", encoding="utf-8")
    assert run("convert", "a.srt", "a.stl", "--fps", "25") == 0
    capsys.readouterr()
    before = sorted(here.iterdir())
    assert run(*command) == 2
    assert told in capsys.readouterr().err
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize(
    "command",
    [
        ["convert", "a.sub", "b.srt", "--fps", "25"],
        ["resync", "a.srt", "b.srt", "--ndf-df", "df", "--fps", "29.97"],
        ["convert", "a.srt", "b.srt", "--target", "netflix", "--format", "srt", "--fps", "25"],
        ["convert", "a.srt", "a.scc", "--fps", "25", "--start-tc", "10:00:00:00"],
        ["convert", "a.srt", "b.srt", "--style", "netflix", "--fps", "25"],
    ],
)
def test_a_frame_rate_that_something_uses_is_taken(command: list[str], here: Path) -> None:
    (here / "a.srt").write_text("1\n00:00:04,000 --> 00:00:06,000\nHello\n", encoding="utf-8")
    (here / "a.sub").write_text("{100}{150}Hello\n{200}{250}Bye\n", encoding="utf-8")
    assert run(*command) == 0
