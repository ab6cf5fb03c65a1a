"""Takes speakers from the text of captions: labels that `speaker_evidence` found, and dashes between two speakers.

A label stands where the speaker changes, so it holds for the captions after it, up to the next label or dash.
"""

from __future__ import annotations

from collections.abc import Sequence

from captioner.formats.text.label_forms import LabelCandidate, label_candidate, split_dash
from captioner.formats.text.styled_runs import slice_spans
from captioner.formats.text.styled_text import StyledLine
from captioner.model import Line

__all__ = ["LineParser"]


class LineParser:
    """Parses the lines of captions in file order.

    Args:
        labels: Names that are speakers where they stand before the speech.
        holds: Whether a speaker goes on where a caption has no label: in files without a field for speakers.
    """

    def __init__(self, labels: frozenset[str], *, holds: bool) -> None:
        self.named: dict[str, None] = {}
        self._labels, self._holds = labels, holds
        self._speaker: str | None = None

    def parse(self, lines: Sequence[StyledLine], fields: Sequence[str]) -> tuple[tuple[Line, ...], str | None]:
        """Lines of a caption with dash, label and speaker taken from their text.

        Args:
            lines: As read.
            fields: Name of each line's speaker in the file's own field, "" or missing without one.

        Returns:
            The lines, and the speaker of all of them, or None where there are several or none.
        """
        if not self._holds:
            self._speaker = None
        parsed = []
        for number, line in enumerate(lines):
            field = line.voice or (fields[number] if number < len(fields) else "")
            parsed.append(self._line(line, field))
        speakers = {line.speaker for line in parsed}
        return tuple(parsed), parsed[0].speaker if len(speakers) == 1 and parsed else None

    def _line(self, line: StyledLine, field: str) -> Line:
        dash = split_dash(line.text)
        if dash.startswith((">", "＞")) and (found := self._label(line.text, 0, field)) is not None:
            dash = ""  # `>> NAME:` is one label
        else:
            found = self._label(line.text, len(dash), field)
        start = len(dash) + (found.start if found else 0)
        if dash or found or field:
            self._speaker = field or (found.name if found else None)
        if found and not field:
            self.named[found.name] = None
        label = found.label if found else ""
        text = line.text[start:] if start else line.text
        spans = slice_spans(line.spans, start, len(text)) if line.spans else ()
        return Line(text, speaker=self._speaker, label=label, dash=dash, spans=spans)

    def _label(self, text: str, start: int, field: str) -> LabelCandidate | None:
        """The label at a place of a line, if it names a speaker."""
        if not (self._labels or field):
            return None
        candidate = label_candidate(text[start:] if start else text)
        if candidate is None:
            return None
        if candidate.name in self._labels or (field and _is_same(candidate.name, field)):
            return candidate
        return None


def _is_same(name: str, field: str) -> bool:
    """Whether a label writes the name of a field, in capitals or shortened as our layout does."""
    written, known = name.casefold(), field.casefold()
    return written == known or (written.endswith("…") and known.startswith(written[:-1]))
