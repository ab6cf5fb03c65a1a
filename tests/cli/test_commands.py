"""Commands as a user types them, in this process: what they print, and how they leave."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from captioner.cli import COMMANDS, main
from captioner.cli.terminal import escape_control
from captioner.cli.transcript_io import parse_names
from captioner.errors import ConfigError

REPLIES = Path(__file__).resolve().parents[2] / "fixtures" / "replies"
DIARIZED = REPLIES / "transcript-constructed-diarized-zh-funasr.json"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_own_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0
    assert "Usage: captioner" in capsys.readouterr().out


def test_help_lists_every_command_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    printed = capsys.readouterr().out
    assert all(command in printed for command in COMMANDS)
    assert "130 interrupted" in printed


def test_an_unknown_command_is_one_line_and_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("transmogrify") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_reply_becomes_captions_on_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run("format", DIARIZED) == 0
    printed = capfdbinary.readouterr().out.decode()
    assert printed.startswith("1\n00:00:00,")
    assert "Speaker 1: 大家好" in printed


def test_the_format_follows_the_ending_and_speakers_get_their_names(tmp_path: Path) -> None:
    out = tmp_path / "talk.vtt"
    assert run("format", DIARIZED, "-o", out, "--speakers", "1=Anna,2=Bo") == 0
    assert "<v Anna>" in out.read_text("utf-8")


def test_our_own_transcript_reads_back_into_the_same_captions(tmp_path: Path) -> None:
    for name in ("first.json", "direct.srt"):
        assert run("format", DIARIZED, "-o", tmp_path / name, "--speakers", "1=Anna") == 0
    assert run("format", tmp_path / "first.json", "-o", tmp_path / "again.srt") == 0
    assert (tmp_path / "again.srt").read_bytes() == (tmp_path / "direct.srt").read_bytes()


def test_standard_input_is_a_reply_too(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DIARIZED.read_bytes())))
    assert run("format", "-") == 0
    assert "大家好".encode() in capfdbinary.readouterr().out


def test_an_offset_moves_every_cue(tmp_path: Path) -> None:
    assert run("format", DIARIZED, "-o", tmp_path / "a.srt") == 0
    assert run("format", DIARIZED, "-o", tmp_path / "b.srt", "--offset", "10000") == 0
    starts = [(tmp_path / name).read_text("utf-8").split("\n")[1][:12] for name in ("a.srt", "b.srt")]
    assert starts == ["00:00:00,440", "00:00:10,440"]


def test_explain_says_why_each_cue_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("format", DIARIZED, "--explain") == 0
    assert "another speaker follows" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"hello", "is not JSON"), (b"[1]", "wrong.json"), (b"[" * 100_000, "wrong.json"), (b"\xff\xfe", "wrong.json")],
)
def test_what_is_no_reply_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, complaint: str
) -> None:
    path = tmp_path / "wrong.json"
    path.write_bytes(content)
    assert run("format", path) == 1
    printed = capsys.readouterr().err
    assert complaint in printed
    assert printed.count("\n") == 1


def test_a_missing_file_and_an_unknown_format_or_style_say_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("format", "nowhere.json") == 1
    assert run("format", DIARIZED, "--format", "doc") == 2
    assert run("format", DIARIZED, "--style", "nobody") == 2
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == 3
    assert "choose one of srt" in printed[1]
    assert "web-default" in printed[2]


def test_config_show_masks_the_key_and_names_origins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-hidden")
    assert run("config", "show", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["api_key"] == {"value": "****", "origin": "environment DASHSCOPE_API_KEY"}
    assert shown["model"]["origin"] == "default"


def test_models_are_listed_shown_and_recommended(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "--json") == 0
    names = [model["name"] for model in json.loads(capsys.readouterr().out)]
    assert names[0] == "fun-asr"
    assert len(names) == 9
    assert run("models", "--scenario", "news", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["models"][0] == "fun-asr"
    assert run("models", "fun-as") == 2
    assert "did you mean 'fun-asr'" in capsys.readouterr().err


@pytest.mark.parametrize(("columns", "is_listed"), [(80, False), (140, True)])
def test_a_narrow_list_of_models_has_a_line_for_each(
    columns: int, *, is_listed: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run("models") == 0
    printed = capsys.readouterr().out
    (line,) = (line for line in printed.splitlines() if line.startswith("fun-asr "))
    assert ("zh en ja" in line) is is_listed
    assert (line.split()[-1] == "30") is not is_listed


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", {}),
        ("1=Anna,2=Bo", {"1": "Anna", "2": "Bo"}),
        (" 1 = Anna Lee ", {"1": "Anna Lee"}),
        ("Anna, Bo", {"#1": "Anna", "#2": "Bo"}),
        ("Anna", {"#1": "Anna"}),
    ],
)
def test_speaker_names_are_read(given: str, expected: dict[str, str]) -> None:
    assert parse_names(given) == expected


def test_speaker_names_come_from_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "cast.toml"
    path.write_text('[speakers]\n1 = "Anna"\n', encoding="utf-8")
    assert parse_names(str(path)) == {"1": "Anna"}


@pytest.mark.parametrize(
    "given", ["1=", "=Anna", "1=Anna,Bo", "x=Anna", "-1=Anna", "Anna,,Bo", "1=Anna,1=Bo", "1=Anna,", "nowhere.toml"]
)
def test_wrong_speaker_names_are_refused(given: str) -> None:
    with pytest.raises(ConfigError, match="speakers"):
        parse_names(given)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\x1b[31mb", "a\\u001b[31mb"),
        ("a\u202eb", "a\\u202eb"),
        ("one\ntwo", "one two"),
        ("字幕", "字幕"),
    ],
)
def test_somebody_elses_text_cannot_drive_the_terminal(text: str, shown: str) -> None:
    assert escape_control(text) == shown


def test_words_are_replaced_before_the_layout_and_each_change_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = tmp_path / "names.toml"
    names.write_text('[replace]\n"大家好" = "各位好"\n', encoding="utf-8")
    assert run("format", DIARIZED, "--replace", names, "-o", tmp_path / "a.srt") == 0
    assert "各位好" in (tmp_path / "a.srt").read_text("utf-8")
    assert "大家好" in capsys.readouterr().err


def test_frames_hold_the_times_when_asked(tmp_path: Path) -> None:
    assert run("format", DIARIZED, "--fps", "25", "--snap-frames", "-o", tmp_path / "a.srt") == 0
    times = re.findall(r"\d\d:\d\d:\d\d,(\d{3})", (tmp_path / "a.srt").read_text("utf-8"))
    assert times
    assert all(int(time) % 40 == 0 for time in times)


def test_strict_makes_a_warning_exit_1_and_still_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hasty = tmp_path / "hasty.json"
    words = [
        {"begin_time": at * 40, "end_time": at * 40 + 40, "text": f" word{at}" if at else "word0", "punctuation": ""}
        for at in range(40)
    ]
    text = "".join(word["text"] for word in words)
    sentence = {"begin_time": 0, "end_time": 1600, "text": text, "sentence_id": 1, "words": words}
    hasty.write_text(json.dumps({"transcripts": [{"channel_id": 0, "sentences": [sentence]}]}))
    assert run("format", hasty, "--strict", "-o", tmp_path / "a.srt") == 1
    assert (tmp_path / "a.srt").stat().st_size > 0
    assert "reading speed" in capsys.readouterr().err
    assert run("format", hasty, "-o", tmp_path / "b.srt") == 0


def test_karaoke_times_every_word_and_a_target_sets_line_ends(tmp_path: Path) -> None:
    assert run("format", DIARIZED, "--karaoke", "kf", "-o", tmp_path / "a.ass") == 0
    assert "{\\kf" in (tmp_path / "a.ass").read_text("utf-8-sig")
    assert run("format", DIARIZED, "--target", "premiere", "--encoding", "gb18030", "-o", tmp_path / "a.srt") == 0
    data = (tmp_path / "a.srt").read_bytes()
    assert b"\r\n" in data
    assert "大家好" in data.decode("gb18030")


def test_an_unknown_target_or_encoding_lists_what_there_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("format", DIARIZED, "--target", "betamax") == 2
    assert run("format", DIARIZED, "--encoding", "ebcdic", "-o", tmp_path / "a.srt") == 2
    printed = capsys.readouterr().err.splitlines()
    assert "premiere" in printed[0]
    assert "gb18030" in printed[1]


def test_format_writes_further_files_and_names_them_by_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shapes = ["--also", "social-vertical:ass", "--suffix-language"]
    assert run("format", DIARIZED, "-o", tmp_path / "out", *shapes) == 2
    assert "give --language" in capsys.readouterr().err
    assert run("format", DIARIZED, "-o", tmp_path / "out", *shapes, "--language", "zh") == 0
    stem = DIARIZED.name.removesuffix(".json")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"{stem}.zh.social-vertical.ass", f"{stem}.zh.srt"]
    assert run("format", DIARIZED, "--also", "social-vertical:ass") == 2
    assert "2 formats need a folder; give -o DIR" in capsys.readouterr().err


def test_format_makes_the_further_files_of_captioner_toml_only_where_there_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("captioner.toml").write_text('[captions]\nalso = ["social-vertical:vtt"]\n', encoding="utf-8")
    assert run("format", DIARIZED, "-o", "talk.srt") == 0
    Path("out").mkdir()
    assert run("format", DIARIZED, "-o", "out") == 0
    assert len(list(Path("out").iterdir())) == 2


def test_a_word_list_that_cannot_be_read_is_refused_before_anything_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "names.toml"
    listed.write_text("[replace", encoding="utf-8")
    media = REPLIES.parent / "interview-en.mp4"
    assert run("run", media, "-o", tmp_path, "--replace", listed) == 2
    assert "replacements names.toml: not valid TOML" in capsys.readouterr().err


def test_shots_of_a_link_cannot_be_found_and_that_is_said_before_it_is_paid_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        run("run", "https://media.example.com/talk.mp4?sig=x", "--shots", "detect", "--style", "sdi", "--dry-run") == 2
    )
    assert "--shots detect needs a file" in capsys.readouterr().err


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--help"], set()),
        (["run", "--help"], set()),
        (["format", str(DIARIZED)], set()),
        (["format", str(DIARIZED), "--explain"], set()),
        (["styles", "--json"], {"rich"}),
    ],
)
def test_commands_start_without_the_libraries_they_do_not_use(arguments: list[str], allowed: set[str]) -> None:
    program = (
        "import sys\n"
        "from captioner.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n    print(sorted({'av', 'boto3', 'httpx', 'rich'} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert set(ast.literal_eval(done.stderr.splitlines()[-1])) <= allowed


def test_a_worker_without_credentials_or_media_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed")
    assert run("worker", "tcp://127.0.0.1:8786", "--see", tmp_path / "gone") == 2
    assert "gone cannot be read; mount it" in capsys.readouterr().err
    assert run("worker", "tcp://127.0.0.1:8786") == 2
    said = capsys.readouterr().err
    assert "no credentials for the store" in said
    assert said.count("\n") == 1
    assert run("worker", "tcp://10.1.2.3:8786") == 2
    assert "--insecure" in capsys.readouterr().err
    assert run("worker", "local:2") == 2
    assert "worker: local:2 needs no workers" in capsys.readouterr().err
    assert run("worker", "scheduler") == 2
    assert "worker scheduler: not the address of a scheduler" in capsys.readouterr().err


def test_a_worker_becomes_dasks_without_secrets_and_tells_another_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed")
    from captioner.cli.commands import worker
    from captioner.jobs.executors.dask_connection import SchedulerFacts

    begun: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda _, arguments, environment: begun.append((arguments, environment)))
    facts = SchedulerFacts("2020.1.0", frozenset({"other", "taken-2"}))
    monkeypatch.setattr(worker, "find_scheduler", lambda _: facts)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "DASHSCOPE_API_KEY", "CAPTIONER_API_KEY"):
        monkeypatch.setenv(name, f"value of {name}")
    assert run("worker", "tcp://localhost:8786", "--processes", "3", "--name", "w") == 0
    assert "the scheduler has Dask 2020.1.0, this worker" in capsys.readouterr().err
    ((arguments, environment),) = begun
    assert run("worker", "tcp://localhost:8786", "--processes", "3", "--name", "taken") == 1
    assert "the scheduler has a worker taken-2 already; end that one, or give another --name" in capsys.readouterr().err
    assert len(begun) == 1
    assert arguments[arguments.index("--host") + 1] == "127.0.0.1"
    assert arguments[arguments.index("--nworkers") + 1] == "3"
    assert environment["AWS_SECRET_ACCESS_KEY"] == "value of AWS_SECRET_ACCESS_KEY"
    assert not {"DASHSCOPE_API_KEY", "CAPTIONER_API_KEY"} & set(environment)


def test_a_worker_without_certificates_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = pytest.importorskip("dask.config")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert run("worker", "tls://10.1.2.3:8786") == 2
    said = capsys.readouterr().err
    assert "set DASK_DISTRIBUTED__COMM__TLS__CA_FILE and DASK_DISTRIBUTED__COMM__TLS__WORKER__CERT" in said
    assert said.count("\n") == 1
    (tmp_path / "own.pem").write_text("no certificate")
    own = str(tmp_path / "own.pem")
    with config.set({"distributed.comm.tls.ca-file": own, "distributed.comm.tls.worker": {"cert": own, "key": own}}):
        assert run("worker", "tls://10.1.2.3:8786") == 2
    said = capsys.readouterr().err
    assert "certificates or key cannot be read" in said
    assert said.count("\n") == 1
