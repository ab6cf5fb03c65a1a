"""The README says what the code does: settings, commands, help texts."""

from __future__ import annotations

import re
from pathlib import Path

from captioner.cli import COMMANDS
from captioner.config import SETTINGS, Setting

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")


def row(setting: Setting) -> str:
    """The row of the README's table for a setting."""
    variables = [*setting.variables, *filter(None, (setting.variable_for_file,))]
    flag = "" if not setting.flags else f"`{', '.join(setting.flags)}`"
    if setting.choices:
        flag = flag.replace("`", "", 1).rstrip("`")
        flag = f"`{flag} {'|'.join(setting.choices)}`"
    default = ",".join(setting.default) if isinstance(setting.default, list) else str(setting.default)
    words = setting.default_text or (f"`{default}`" if default not in ("", "False") else "")
    cells = (f"`{setting.key}`", ", ".join(f"`{name}`" for name in variables), flag.replace("|", "\\|"), words)
    return "| " + " | ".join(cells) + " |"


def test_the_table_of_settings_is_that_of_the_code() -> None:
    table = README.partition("| captioner.toml |")[2].partition("\n\n")[0]
    found = [line for line in table.splitlines()[2:] if line]
    assert found == [row(setting) for setting in SETTINGS.values()]


def test_every_command_is_in_the_table_of_commands() -> None:
    table = README.partition("## Commands")[2].partition("\n## ")[0]
    assert set(COMMANDS) == set(re.findall(r"captioner ([a-z-]+)", table)) & set(COMMANDS)


def test_shell_completion_is_documented_for_three_shells() -> None:
    for shell in ("bash", "zsh", "fish"):
        assert f"_CAPTIONER_COMPLETE={shell}_source" in README
