"""Folders that came from somebody else: their names and settings neither lead out of them nor decide who sees a key."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from captioner import config
from captioner.captions.options import REPLY_EXTENSION
from captioner.cli.folder_config import FolderConfig
from captioner.cli.run_setup import build_run
from captioner.errors import ConfigError, SetupError, StyleError
from captioner.files import read_settings
from captioner.jobs.events import FileReport
from captioner.jobs.inputs.finding import Source, expand, ledger_path, output_path
from captioner.jobs.inputs.folder_watcher import Watcher
from captioner.jobs.states import Reason, State

KEY = {"DASHSCOPE_API_KEY": "sk-mine"}


def settings_in(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "captioner.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


# --- Who sees the key -------------------------------------------------------------------------------------------------

EVIL = '[service]\nendpoint = "https://evil.example.com/api/v1"\n'


def test_a_folder_does_not_send_the_users_key_to_a_host_of_its_own(tmp_path: Path) -> None:
    settings_in(tmp_path, EVIL)
    with pytest.raises(ConfigError, match="who sees your key") as caught:
        config.load(cwd=tmp_path, environ=KEY)
    assert "sk-mine" not in caught.value.message
    own = settings_in(tmp_path / "etc/captioner", '[service]\napi_key = "sk-mine"\n')
    with pytest.raises(ConfigError, match="who sees your key"):
        config.load(cwd=tmp_path, environ={"XDG_CONFIG_HOME": str(own.parents[1])})


@pytest.mark.parametrize(
    "environ", [{}, {**KEY, "DASHSCOPE_HTTP_BASE_URL": "https://mine.example.com/api/v1"}], ids=["no key", "by hand"]
)
def test_what_cannot_hurt_is_taken(tmp_path: Path, environ: dict[str, str]) -> None:
    settings_in(tmp_path, EVIL)
    assert config.load(cwd=tmp_path, environ=environ)["region"] == "intl"


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://dashscope.aliyuncs.com/api/v1",
        "https://ws.cn-beijing.maas.aliyuncs.com/api/v1",
        "http://127.0.0.1:8780/api/v1",
    ],
)
def test_a_folder_may_choose_among_the_services_own_hosts(tmp_path: Path, endpoint: str) -> None:
    settings_in(tmp_path, f'[service]\nendpoint = "{endpoint}"\n')
    assert config.load(cwd=tmp_path, environ=KEY)["endpoint"] == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evilmaas.aliyuncs.com/api/v1",
        "https://alb-1.cn-beijing.alb.aliyuncs.com/api/v1",
        "https://dashscope.aliyuncs.com.evil.example/api/v1",
        "https://127.0.0.1.evil.example/",
        "https://x@evil.example/.maas.aliyuncs.com",
    ],
)
def test_hosts_that_only_look_like_the_services_are_not(tmp_path: Path, endpoint: str) -> None:
    settings_in(tmp_path, f'[service]\nendpoint = "{endpoint}"\n')
    with pytest.raises(ConfigError, match="who sees your key"):
        config.load(cwd=tmp_path, environ=KEY)


def test_a_project_with_a_key_of_its_own_names_its_own_host(tmp_path: Path) -> None:
    settings_in(tmp_path, '[service]\napi_key = "sk-theirs"\nendpoint = "https://their.example.com/api/v1"\n')
    assert config.load(cwd=tmp_path, environ={})["api_key"] == "sk-theirs"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("text", ['[storage]\nbucket = "theirs"\n', '[storage]\nendpoint = "https://evil.example"\n'])
def test_somebody_elses_file_says_nothing_about_service_and_storage(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to other users
        Path(folder).chmod(0o755)
        path = settings_in(Path(folder), text)
        path.chmod(0o644)
        os.chown(path, 4242, 4242)
        os.seteuid(4243)
        try:
            with pytest.raises(ConfigError, match="another user"):
                config.load(cwd=Path(folder), environ=KEY)
            os.seteuid(0)
            path.write_text('[captions]\nstyle = "netflix"\n')
            os.seteuid(4243)
            assert config.load(cwd=Path(folder), environ=KEY)["style"] == "netflix"
        finally:
            os.seteuid(0)


# --- Where a desk's settings lead -------------------------------------------------------------------------------------


def asked_for(media: Path) -> object:
    return FolderConfig(build_run({}), {})(Source(media.name, media.with_suffix(""), media)).captions


@pytest.mark.parametrize(
    "value",
    ["../secret.toml", "{outside}", "x/../../secret.toml", "./../secret.toml", "link.toml", "deeper/../../secret.toml"],
)
@pytest.mark.parametrize("key", ["style", "look", "speakers", "replace"])
def test_a_desk_names_no_file_outside_its_folder(tmp_path: Path, key: str, value: str) -> None:
    secret = tmp_path / "secret.toml"
    secret.write_text('max_columns = 20\n[speakers]\n1 = "the secret name"\n', encoding="utf-8")
    desk = tmp_path / "desk"
    settings_in(desk, f'[captions]\n{key} = "{value.format(outside=secret)}"\n')
    (desk / "link.toml").symlink_to(secret)
    with pytest.raises(ConfigError, match="leads out of the folder"):
        asked_for(desk / "a.wav")


def test_a_desk_names_files_beside_its_settings(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    settings_in(desk, '[captions]\nstyle = "house/style.toml"\nspeakers = "cast.toml"\n')
    (desk / "house").mkdir()
    (desk / "house/style.toml").write_text('extends = "netflix"\nmax_columns = 21\n', encoding="utf-8")
    (desk / "cast.toml").write_text('[speakers]\n1 = "Anna"\n', encoding="utf-8")
    asked = asked_for(desk / "below/it/a.wav")
    assert asked.style.max_columns == 21
    assert asked.names == {"1": "Anna"}


def test_a_list_of_words_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    settings_in(desk, '[captions]\nreplace = "words.toml"\n')
    os.mkfifo(desk / "words.toml")
    with pytest.raises(ConfigError, match=r"words\.toml: cannot be read"):
        asked_for(desk / "a.wav")


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/full"])
def test_a_device_is_no_file_of_settings(tmp_path: Path, name: str) -> None:
    desk = tmp_path / "desk"
    settings_in(desk, '[captions]\nstyle = "style.toml"\n')
    (desk / "style.toml").write_text(f'extends = "{name}"\n', encoding="utf-8")
    with pytest.raises((StyleError, SetupError)):
        asked_for(desk / "a.wav")
    with pytest.raises(OSError, match="not a file"):
        read_settings(Path(name))


def test_settings_without_end_are_refused(tmp_path: Path) -> None:
    path = settings_in(tmp_path, "# " + "x" * (1 << 20))
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(cwd=tmp_path, environ={})
    assert path.exists()


# --- Where names lead -------------------------------------------------------------------------------------------------

NAMES = [
    "..wav", "...wav", "-rf.wav", "a;b.wav", "$(x).wav", "a\nb.wav", "\u202eevaw.wav", "\x1b[2J.wav", "~.wav",
    "CON.wav", " .wav", "a\\..\\b.wav", "%2e%2e%2f.wav", "\udcff.wav", "<img src=x>.wav", "=cmd|'x'!A1.wav",
]  # fmt: skip


def test_no_name_of_a_file_leads_out_of_the_output_folder(tmp_path: Path) -> None:
    media, out = tmp_path / "in", tmp_path / "out"
    media.mkdir()
    for name in NAMES:
        os.close(os.open(os.fsencode(media / name), os.O_CREAT | os.O_WRONLY))
    sources = expand([str(media)], out)
    assert len([source for source in sources if not source.problem]) >= len(NAMES) - 2
    for source in sources:
        for extension in ("srt", REPLY_EXTENSION):
            target = output_path(source.target, extension)
            assert target.parent == out
            assert not target.is_symlink()


@pytest.mark.parametrize(
    "url",
    [
        "https://h/../../etc/cron.d/x.mp4", "https://h/%2e%2e/%2e%2e/x.mp4", "https://h/..%2f..%2fx.mp4", "https://h/..",
        "https://h/%00x.mp4", "https://h/a%5c..%5cb.mp4", "https://h/C%3A%5Cx.mp4", "https://h/", "https://h/.%2e/",
        "https://h/" + "x" * 5000 + ".mp4", "https://h/%0a%0dx.mp4",
    ],
)  # fmt: skip
def test_no_link_leads_out_of_the_output_folder(tmp_path: Path, url: str) -> None:
    (source,) = expand([url], tmp_path / "out")
    target = output_path(source.target, "srt")
    assert target.parent == tmp_path / "out"
    assert target.name not in ("..srt", "...srt")
    assert len(target.name) < 200
    assert not set(target.name) & set("/\\\0\n\r:")


def test_links_that_leave_a_folder_read_media_but_write_inside(tmp_path: Path) -> None:
    outside, media, out = tmp_path / "outside", tmp_path / "in", tmp_path / "out"
    outside.mkdir()
    media.mkdir()
    (outside / "a.wav").write_bytes(b"x")
    (media / "linked").symlink_to(outside)
    (source,) = expand([str(media)], out)
    assert source.target == out / "linked" / "a"
    assert ledger_path([str(media)], out).parent == out / ".captioner"


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("name", ["a\nb.wav", "\x1b[2J.wav", "..wav", "a.reason.txt.wav"])
def test_quarantine_keeps_what_is_refused_inside(tmp_path: Path, name: str) -> None:
    folder, away = tmp_path / "in", tmp_path / "away"
    folder.mkdir()
    path = folder / name
    path.write_bytes(b"x")
    away.mkdir()
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (away / f"{name}.reason.txt").symlink_to(victim)
    watcher = Watcher([str(folder)], None, ["srt"], settle_s=0, quarantine=away, clock=Clock())
    source = Source(name, folder / Path(name).stem, path)
    watcher.ended(source, FileReport(name, State.REJECTED, reason=Reason("broken\x1b]0;x\x07", kind="MediaError")))
    assert not path.exists()
    assert (away / name).read_bytes() == b"x"
    assert victim.read_text() == "precious"
    assert {file.parent for file in tmp_path.rglob("*") if file.is_file()} <= {away, tmp_path}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
def test_media_that_may_only_be_read_stays_and_is_not_copied_at_every_start() -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        media, away = Path(name, "in"), Path(name, "away")
        for folder in (Path(name), media, away):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        os.chown(away, 4242, 4242)
        path = media / "broken.mp4"
        path.write_bytes(b"x")
        os.seteuid(4242)
        try:
            for _ in range(3):
                watcher = Watcher([str(media)], None, ["srt"], settle_s=0, quarantine=away, clock=Clock())
                report = FileReport(path.name, State.REJECTED, reason=Reason("broken", kind="MediaError"))
                watcher.ended(Source(path.name, media / "broken", path), report)
        finally:
            os.seteuid(0)
        assert path.exists()
        assert [file.name for file in away.iterdir()] == ["broken.mp4.reason.txt"]
