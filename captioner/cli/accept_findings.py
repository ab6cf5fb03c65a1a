"""Accepted findings of a caption file: in captioner's JSON beside it, so that they travel with the captions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from captioner import archive as archives
from captioner.archive import Archive
from captioner.archive_files import archive_of
from captioner.check import find_rule
from captioner.check.acceptance import is_same_caption, mark_accepted, shown_text, unmatched_acceptances
from captioner.cli.progress import say
from captioner.corrections import Acceptance
from captioner.errors import ConfigError, ReplyError
from captioner.files import write_whole
from captioner.formats import ALL_FORMATS, CaptionFile
from captioner.languages import language_of, tag_in_file_name
from captioner.layout.lexicon import detect_language
from captioner.model import Cue, Issue, Transcript

__all__ = ["ArchiveBeside", "beside", "changed", "parse_finding"]

#: Least tolerance for times that a format or a program rounds: a frame of 24 a second.
_FRAME_MS = 42
#: Findings that only a run makes, because finished captions do not show them: see `pipeline`.
_OF_THE_LAYOUT = frozenset({"wide_word", "label"})
_SAMPLE = 50  # captions that the language is told from


@dataclass(frozen=True, slots=True)
class ArchiveBeside:
    """The archive of a caption file.

    Attributes:
        path: The archive.
        archive: As read; texts that were edited in it by hand stay as they are.
        file: Which file of the media it is; see `Acceptance.file`.
        cues: The captions of the file as the archive knows them, by which they are accepted.
    """

    path: Path
    archive: Archive
    file: str
    cues: tuple[Cue, ...]

    @property
    def transcript(self) -> Transcript | None:
        """The text that is shown, corrections included; None in an archive without speech."""
        shown = self.archive.shown
        return shown if shown.sentences else None

    def marked(self, issues: Sequence[Issue]) -> tuple[Issue, ...]:
        """Issues of the file, with the reasons of those that are accepted."""
        return mark_accepted(issues, self.cues, self.archive.accepted, self.file)

    @property
    def gone(self) -> tuple[Acceptance, ...]:
        """Acceptances whose caption changed."""
        return unmatched_acceptances(self.cues, self.archive.accepted, self.file)

    def with_accepted(self, accepted: Sequence[Acceptance]) -> ArchiveBeside:
        """The same with other acceptances, written to the disk."""
        made = replace(self, archive=replace(self.archive, accepted=tuple(accepted)))
        write_whole(self.path, archives.dumps(made.archive).encode("utf-8"))
        return made


def beside(path: Path, captions: CaptionFile, given: Path | None) -> ArchiveBeside | None:
    """The archive of a caption file; None without one, and for captions in another language than it has.

    Args:
        path: The file.
        captions: As read.
        given: The archive, where the user names it.

    Raises:
        ReplyError: It cannot be read.
    """
    at = given or archive_of(path)
    if at is None:
        return None
    try:
        found = archives.loads(at.read_text(encoding="utf-8"))
    except (ReplyError, OSError, UnicodeDecodeError) as error:
        if given is not None:
            raise ReplyError(
                f"{at}: cannot be read as captioner's JSON; name another, or leave --archive out"
            ) from error
        say(f"note: {at} is damaged; {path.name} is not compared with it")
        return None
    language = found.language or found.transcript.language
    text = " ".join(cue.text for cue in captions.cues[:_SAMPLE])
    own = tag_in_file_name(path.name) or captions.language or detect_language(text, language)
    if given is None and language and language_of(own).code != language_of(language).code:
        return None
    if at.resolve() == path.resolve():
        return ArchiveBeside(at, found, "", captions.cues)
    tolerance_ms = max(_FRAME_MS, ALL_FORMATS[captions.format].time_step_ms)
    pairs = zip(captions.cues, found.cues, strict=False)
    is_main = len(captions.cues) == len(found.cues) and _are_alike(list(pairs), tolerance_ms)
    cues = tuple(
        main if is_main and is_same_caption(cue, main, tolerance_ms) else cue
        for cue, main in zip(captions.cues, found.cues if is_main else captions.cues, strict=True)
    )
    return ArchiveBeside(at, found, "" if is_main else _ending(path, at), cues)


def _are_alike(pairs: Sequence[tuple[Cue, Cue]], tolerance_ms: int) -> bool:
    """Whether a file has the captions of the archive, but for some that were edited since."""
    same = sum(is_same_caption(one, other, tolerance_ms) for one, other in pairs)
    return 2 * same >= len(pairs)


def _ending(path: Path, archive: Path) -> str:
    stem = f"{archive.name.removesuffix('.json')}."
    return path.name.removeprefix(stem) if path.name.startswith(stem) else path.name


def parse_finding(given: str) -> tuple[str, int]:
    """Name of a rule and number of a caption, from 0, of `RULE@N`.

    Raises:
        ConfigError: Not of that form, or no such rule.
    """
    match = re.fullmatch(r"([A-Za-z]\w*)@([1-9]\d{0,6})", given)
    if match is None:
        raise ConfigError(f"finding {given!r}: write the rule and the number of its caption, such as cps@12")
    rule = match[1] if match[1] in _OF_THE_LAYOUT else find_rule(match[1]).name
    return rule, int(match[2]) - 1


def changed(
    known: ArchiveBeside,
    issues: Sequence[Issue],
    accept: Sequence[str],
    unaccept: Sequence[str],
    reason: str,
    by: str,
) -> ArchiveBeside:
    """Accept findings, and take acceptances back.

    Args:
        known: The archive of the file.
        issues: The findings of the file.
        accept: Findings as `RULE@N`.
        unaccept: The same, or "changed" for those whose caption changed.
        reason: Why they are accepted.
        by: Who accepts them.

    Raises:
        ConfigError: There is no such finding.
    """
    accepted = list(known.archive.accepted)
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for given in accept:
        rule, number = parse_finding(given)
        is_found = any((issue.rule, issue.cue_index) == (rule, number) for issue in issues)
        if not is_found and not (rule in _OF_THE_LAYOUT and number < len(known.cues)):
            raise ConfigError(f"--accept {given}: {_others(issues, number)}")
        cue = known.cues[number]
        made = Acceptance(rule, shown_text(cue), cue.start_ms, cue.end_ms, reason, by, at, known.file)
        accepted = [*(each for each in accepted if not _is_same(each, made)), made]
    for given in unaccept:
        gone = known.gone if given == "changed" else [_accepted(known, accepted, given)]
        accepted = [each for each in accepted if each not in gone]
    return known.with_accepted(accepted)


def _is_same(one: Acceptance, other: Acceptance) -> bool:
    return replace(one, reason="", by="", at="") == replace(other, reason="", by="", at="")


def _accepted(known: ArchiveBeside, accepted: Sequence[Acceptance], given: str) -> Acceptance:
    rule, number = parse_finding(given)
    if number < len(known.cues):
        cue = known.cues[number]
        wanted = Acceptance(rule, shown_text(cue), cue.start_ms, cue.end_ms, "", file=known.file)
        for each in accepted:
            if _is_same(each, wanted):
                return each
    raise ConfigError(f"--unaccept {given}: it is not accepted; captioner check --show note lists those that are")


def _others(issues: Sequence[Issue], number: int) -> str:
    rules = ", ".join(dict.fromkeys(issue.rule for issue in issues if issue.cue_index == number))
    return f"no such finding; caption {number + 1} has {rules or 'none'}"
