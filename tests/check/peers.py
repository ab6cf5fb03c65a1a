"""Our captions and other tools', of the same words, checked alike; `python -m tests.check.peers` prints the table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from captioner import formats, style
from captioner.check import check, rates
from captioner.formats import Context, read
from captioner.layout import compose
from captioner.model import Issue, Sentence, Transcript, Word

FIXTURES = Path(__file__).parents[2] / "fixtures"
NAMES = ("interview-en", "interview-zh", "stereo-two-tracks", "late-audio")
HOUSE = style.load_style(style.DEFAULT_STYLE)
COLUMNS = (
    "tool",
    "captions",
    "errors",
    "warnings",
    "lines too wide",
    "speed kept",
    "torn phrases",
    "two unmarked speakers",
)


def transcript(name: str) -> Transcript:
    """A fixture's truth as the recogniser would hand it on."""
    told = json.loads((FIXTURES / "transcripts" / f"{name}.json").read_text(encoding="utf-8"))
    space = "" if told["language"] == "zh" else " "
    sentences = []
    for sentence in told["sentences"]:
        words = tuple(
            Word(word["text"], word["punctuation"], word["begin_time"], word["end_time"]) for word in sentence["words"]
        )
        text = space.join(word.text + word.punctuation for word in words)
        speaker = str(sentence["speaker"]) if sentence.get("speaker") is not None else None
        channel = sentence.get("channel", 0)
        sentences.append(Sentence(text, sentence["begin_time"], sentence["end_time"], words, speaker, channel))
    return Transcript(tuple(sentences), told["language"], told["duration_ms"])


def ours(name: str) -> bytes:
    """Our SRT of a fixture in the default style."""
    told = transcript(name)
    return formats.render(compose(told, HOUSE), "srt", Context(style=HOUSE, transcript=told, language=told.language))


@dataclass(frozen=True)
class Row:
    """One tool over all fixtures."""

    tool: str
    captions: int
    issues: tuple[Issue, ...]
    lines: int
    wide: int
    speed: int

    def count(self, *rules: str, severity: str = "") -> int:
        """Findings of some rules, or of a weight."""
        return sum(issue.rule in rules or issue.severity == severity for issue in self.issues)

    def cells(self) -> tuple[str, ...]:
        return (
            self.tool,
            str(self.captions),
            str(self.count(severity="error")),
            str(self.count(severity="warning")),
            f"{self.wide} of {self.lines}",
            f"{100 * self.speed / self.captions:.0f} %",
            str(self.count("syntax_break", "cue_syntax_break")),
            str(self.count("speaker_jump")),
        )


def row(tool: str, files: dict[str, bytes]) -> Row:
    """Check a tool's file of every fixture."""
    issues: list[Issue] = []
    captions = lines = wide = speed = 0
    for name, data in files.items():
        told, found = transcript(name), read(data, f"{name}.srt")
        issues += check(
            found.cues, HOUSE, transcript=told, text=data, format="srt", written=found.written, language=told.language
        )
        figures = rates(found.cues, HOUSE, told, told.language)
        captions += figures.captions
        lines += figures.lines
        wide += round(figures.lines * (1 - (figures.length or 0)))
        speed += round(figures.captions * (figures.speed or 0))
    return Row(tool, captions, tuple(issues), lines, wide, speed)


def peers() -> Iterator[Row]:
    """One row for every folder of other tools' captions."""
    for folder in sorted((FIXTURES / "peers").iterdir()):
        if folder.is_dir() and (files := {name: folder / f"{name}.srt" for name in NAMES})["late-audio"].exists():
            yield row(folder.name, {name: path.read_bytes() for name, path in files.items()})


def table() -> str:
    """The table of docs/check.md."""
    rows = [row("captioner", {name: ours(name) for name in NAMES}), *peers()]
    lines = [COLUMNS, ("---",) * len(COLUMNS), *(each.cells() for each in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    print(table())  # noqa: T201
