"""Findings of captions that are there, with what people accepted since they were written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from captioner.captions.options import ARCHIVE_EXTENSION
from captioner.errors import OutputError
from captioner.jobs.inputs.finding import output_path
from captioner.jobs.outputs.edited_files import archive_beside
from captioner.model import Issue

__all__ = ["with_acceptances"]

_MARK = b'\n"accepted": ['  # how `archive.dumps` begins them


def with_acceptances(issues: Sequence[Issue], target: Path) -> tuple[Issue, ...]:
    """Issues with what the archive beside the captions has as accepted.

    The archive is read only where there is something to accept, and parsed only where something is accepted in it.

    Args:
        issues: Of the captions as they were written last.
        target: Folder and stem of the outputs.
    """
    open_issues = tuple(replace(issue, accepted="") if issue.accepted else issue for issue in issues)
    if not any(issue.cue_index is not None for issue in issues):
        return open_issues
    try:
        if _MARK not in output_path(target, ARCHIVE_EXTENSION).read_bytes():
            return open_issues
        beside = archive_beside(target)
    except (OSError, OutputError):
        return open_issues
    if beside is None or any((issue.cue_index or 0) >= len(beside.archive.cues) for issue in issues):
        return open_issues
    from captioner.check.acceptance import mark_accepted

    return mark_accepted(open_issues, beside.archive.cues, beside.archive.accepted)
