"""Where values come from, and which of them wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner import config
from captioner.errors import ConfigError
from captioner.settings import Secret, Settings


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_say_that_they_are_defaults(tmp_path: Path) -> None:
    loaded = config.load(cwd=tmp_path, environ={})
    assert loaded["model"] == "fun-asr"
    assert {value.origin for value in loaded.values.values()} == {"default"}


def test_the_nearest_file_beats_the_users_own_the_environment_beats_both_and_a_flag_beats_all(tmp_path: Path) -> None:
    own = write(tmp_path / "etc/captioner/captioner.toml", '[storage]\nbucket = "own"\nprefix = "p"\nregion = "r"\n')
    near = write(tmp_path / "desk/captioner.toml", '[storage]\nbucket = "near"\nregion = "s"\n')
    folder = tmp_path / "desk/today/rushes"
    folder.mkdir(parents=True)
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "etc"), "CAPTIONER_BUCKET": "environment"}
    loaded = config.load(cwd=folder, environ=environ)
    assert (loaded["bucket"], loaded.values["bucket"].origin) == ("environment", "environment CAPTIONER_BUCKET")
    assert (loaded["s3_region"], loaded.values["s3_region"].origin) == ("s", str(near))
    assert (loaded["prefix"], loaded.values["prefix"].origin) == ("p", str(own))
    flagged = loaded.with_flags(bucket="flag", prefix=None)
    assert (flagged["bucket"], flagged.values["bucket"].origin) == ("flag", "flag")
    assert flagged["prefix"] == "p"


def test_the_sdks_variable_names_are_understood(tmp_path: Path) -> None:
    environ = {"DASHSCOPE_API_KEY": "sk-1", "DASHSCOPE_HTTP_BASE_URL": "http://127.0.0.1:1/api/v1"}
    settings = config.load(cwd=tmp_path, environ=environ).settings()
    assert settings.api_key == Secret("sk-1")
    assert settings.endpoint == "http://127.0.0.1:1/api/v1"


def test_a_key_can_lie_in_a_file_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path / "key", "sk-2\n")
    loaded = config.load(cwd=tmp_path, environ={"DASHSCOPE_API_KEY_FILE_PATH": str(path)})
    assert loaded["api_key"] == "sk-2"


def test_secrets_never_show_in_a_repr(tmp_path: Path) -> None:
    settings = config.load(cwd=tmp_path, environ={"DASHSCOPE_API_KEY": "sk-hidden"}).settings()
    assert "sk-hidden" not in repr(settings)
    assert "sk-hidden" not in str(settings.api_key)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("bucket = 'b'", "stands outside a table"),
        ("[storage]\nbuckett = 'b'", "unknown key storage.buckett"),
        ("[storage]\nlink_lifetime_s = 'long'", "must be of type int"),
        ("[storage]\nkind = 'ftp'", "choose one of s3, temporary"),
        ("[storage", "cannot be read as TOML"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(tmp_path: Path, text: str, complaint: str) -> None:
    path = write(tmp_path / "captioner.toml", text)
    with pytest.raises(ConfigError, match=complaint) as caught:
        config.load(cwd=tmp_path, environ={})
    assert str(path) in caught.value.message


def test_a_file_with_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "captioner.toml", '[service]\napi_key = "sk-3"\n')
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        config.load(cwd=tmp_path, environ={})
    path.chmod(0o600)
    assert config.load(cwd=tmp_path, environ={})["api_key"] == "sk-3"


@pytest.mark.parametrize(("text", "expected"), [("1", True), ("no", False), ("TRUE", True)])
def test_truth_in_the_environment(tmp_path: Path, text: str, expected: bool) -> None:
    assert config.load(cwd=tmp_path, environ={"CAPTIONER_KEEP_UPLOAD": text})["keep_upload"] is expected


def test_nonsense_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="CAPTIONER_FILES_PER_TASK: 'many'"):
        config.load(cwd=tmp_path, environ={"CAPTIONER_FILES_PER_TASK": "many"})


def test_a_file_named_in_captioner_toml_is_relative_to_it(tmp_path: Path) -> None:
    write(tmp_path / "desk/captioner.toml", '[captions]\nreplace = "names.toml"\n[ledger]\npath = "run/ledger.db"\n')
    (tmp_path / "desk/today").mkdir()
    loaded = config.load(cwd=tmp_path / "desk/today", environ={})
    assert loaded["replace"] == str(tmp_path / "desk/names.toml")
    assert loaded["ledger"] == str(tmp_path / "desk/run/ledger.db")
    environ = {"CAPTIONER_LEDGER": "here.db", "CAPTIONER_ALSO": "social-vertical:srt, web-default:txt"}
    loaded = config.load(cwd=tmp_path / "desk/today", environ=environ)
    assert (loaded["ledger"], loaded["also"]) == ("here.db", ["social-vertical:srt", "web-default:txt"])


@pytest.mark.parametrize("key", ["captions.replace", "ledger.path"])
@pytest.mark.parametrize("value", ["../other", "/etc/hosts", "link/x"])
def test_a_file_that_may_have_come_with_the_media_names_nothing_outside_its_folder(
    tmp_path: Path, key: str, value: str
) -> None:
    table, _, name = key.partition(".")
    text = f'[{table}]\n{name} = "{value}"\n'
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk/link").symlink_to(tmp_path)
    write(tmp_path / "desk/captioner.toml", text)
    with pytest.raises(ConfigError, match=f"{key} leads out of the folder"):
        config.load(cwd=tmp_path / "desk", environ={})
    own = write(tmp_path / "etc/captioner/captioner.toml", text)
    (tmp_path / "etc/captioner/link").symlink_to(tmp_path)
    (tmp_path / "desk/captioner.toml").unlink()
    loaded = config.load(cwd=tmp_path / "desk", environ={"XDG_CONFIG_HOME": str(tmp_path / "etc")})
    assert loaded.values[name if name == "replace" else "ledger"].origin == str(own)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[recognition]\nfiles_per_task = 500", "recognition.files_per_task is 500; it must be 1 to 100"),
        ("[recognition]\nfiles_per_task = true", "must be of type int"),
        ("[captions]\nformat = [1]", "must be of type list of str"),
        ("[service]\nregion = 'mars'", "service.region is 'mars'; choose one of intl, cn"),
        ("[captions]\nstile = 'x'", "unknown key captions.stile; choose one of captions.style, captions.format"),
    ],
)
def test_a_value_that_is_not_possible_is_refused_wherever_it_comes_from(
    tmp_path: Path, text: str, complaint: str
) -> None:
    write(tmp_path / "captioner.toml", text)
    with pytest.raises(ConfigError, match=complaint):
        config.load(cwd=tmp_path, environ={})


def test_lists_may_be_given_as_one_text_or_as_a_repeated_flag(tmp_path: Path) -> None:
    write(tmp_path / "captioner.toml", '[captions]\nformat = "srt, vtt"\n')
    loaded = config.load(cwd=tmp_path, environ={})
    assert loaded["format"] == ["srt", "vtt"]
    flagged = loaded.with_flags(format="ass,txt", also=("a:srt", "b:vtt"), style=None, replace=())
    assert (flagged["format"], flagged["also"]) == (["ass", "txt"], ["a:srt", "b:vtt"])
    assert flagged.values["style"].origin == "default"


def test_every_setting_is_declared_once_and_settings_has_the_same_defaults() -> None:
    assert len({setting.key for setting in config.SETTINGS.values()}) == len(config.SETTINGS)
    variables = [name for setting in config.SETTINGS.values() for name in setting.variables]
    assert len(set(variables)) == len(variables)
    loaded = config.defaults().settings()
    assert {name: getattr(loaded, name) for name in loaded.origins} == {
        name: getattr(Settings(), name) for name in loaded.origins
    }
