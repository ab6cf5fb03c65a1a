"""Files to write whose name may be that of a folder, with a slash at its end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

__all__ = ["FileToWrite", "in_folder"]


def in_folder(given: str, name: str) -> Path:
    """The file that was named; where the name ends with a slash, one of its own name in that folder."""
    return Path(given) / name if given.endswith(("/", os.sep)) else Path(given)


class FileToWrite(click.Path):
    """A file to write; where the name ends with a slash, one in that folder.

    Args:
        name: Of the file in a folder.
    """

    def __init__(self, name: str) -> None:
        super().__init__(path_type=Path)
        self.file_name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        named = str(in_folder(value, self.file_name)) if isinstance(value, str) else value
        return super().convert(named, param, ctx)
