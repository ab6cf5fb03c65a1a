"""What is learned in a simulated week: measured here for the tests, and for `bench/learn.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from captioner.captions.learning import Proposal, learn
from captioner.captions.replace import RuleSet
from captioner.glossary import Rule
from tests.captions.newsroom_week import ERRORS, File

__all__ = ["Measured", "measure"]


@dataclass(slots=True)
class Measured:
    """Figures of one week.

    Attributes:
        due: Errors that were corrected twice or more.
        prompt: Those of them proposed after the file with the second correction.
        found: Those of them proposed at the end of the week.
        late: Names of the others.
        broken: Right sentences of the files so far that a proposal would change, over all files.
        unforeseen: Right sentences of later files that a proposal would change.
        proposals: Proposals at the end.
        other: Proposals that mend no recurring error.
    """

    due: int = 0
    prompt: int = 0
    found: int = 0
    late: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    unforeseen: list[str] = field(default_factory=list)
    proposals: int = 0
    other: list[str] = field(default_factory=list)


def measure(files: list[File]) -> Measured:
    """Learn after each file."""
    made = Measured()
    counts: Counter[int] = Counter()
    prompt: dict[int, bool] = {}
    proposals: tuple[Proposal, ...] = ()
    for at, file in enumerate(files, 1):
        counts.update(file.errors)
        proposals = learn([(each.name, each.archive) for each in files[:at]]).proposals
        mended = _mended(proposals)
        for number, count in counts.items():
            if count >= 2:
                prompt.setdefault(number, number in mended)
        made.broken += _broken(proposals, files[:at])
        made.unforeseen += _broken(proposals, files[at:])
    mended = _mended(proposals)
    made.due, made.prompt = len(prompt), sum(prompt.values())
    made.found = sum(number in mended for number in prompt)
    made.late = [ERRORS[number].right for number, was_prompt in prompt.items() if not was_prompt]
    made.proposals = len(proposals)
    errors = {(error.heard.lower(), error.right) for error in ERRORS}
    made.other = [
        f"{each.heard} > {each.written}"
        for each in proposals
        if not any(each.heard.lower() in heard or heard in each.heard.lower() for heard, _ in errors)
    ]
    made.broken, made.unforeseen = sorted(set(made.broken)), sorted(set(made.unforeseen))
    return made


def _rules(proposals: Collection[Proposal]) -> RuleSet:
    kept = [Rule(each.written, each.written) for each in proposals]
    return RuleSet([*(Rule(each.heard, each.written) for each in proposals), *kept])


def _applied(rules: RuleSet, text: str) -> str:
    for start, end, written, _ in sorted(rules.changes_in(text), reverse=True):
        text = text[:start] + written + text[end:]
    return text


def _mended(proposals: Collection[Proposal]) -> set[int]:
    """Recurring errors that the proposals mend, in a sentence of their own."""
    rules = _rules(proposals)
    frames = {"zh": "我们谈到了{}的", "ja": "今日は{}の", "ko": "오늘 {}의 일"}
    found = set()
    for number, error in enumerate(ERRORS):
        frame = frames.get(error.language, "now {} again")
        if _applied(rules, frame.format(error.heard)) == frame.format(error.right):
            found.add(number)
    return found


def _broken(proposals: Collection[Proposal], files: Collection[File]) -> list[str]:
    rules = _rules(proposals)
    right = {text for file in files for text in file.right}
    return [text for text in right if _applied(rules, text) != text]
