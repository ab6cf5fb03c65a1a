"""Speakers of an edited file: which of the known ones its names are, who has a new name, and who is new."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from captioner.model import Cue, Line

__all__ = ["FileSpeakers", "speaker_of"]


def speaker_of(cue: Cue, line: Line) -> str | None:
    """The speaker of a line, that of its caption where it has none of its own."""
    return cue.speaker if line.speaker is None else line.speaker


class FileSpeakers:
    """Speaker ids of the names in an edited file.

    Args:
        names: Display name of each known id.
        cues: The captions as they were made.
        read: The same as they read back from the format of the file.
        edited: The captions of the file.
        pairs: Captions of `read` and `edited` with the same words, by index.

    Attributes:
        names: The display names with new ones.
        notes: What was decided, a line each.
        renamed: Speakers that have a new name.
    """

    def __init__(
        self,
        names: Mapping[str, str],
        cues: Sequence[Cue],
        read: Sequence[Cue],
        edited: Sequence[Cue],
        pairs: Sequence[tuple[int, int]],
    ) -> None:
        self.names = dict(names)
        self.notes: list[str] = []
        self.renamed = 0
        self._ids = self._known(cues, read)
        self._know_other_spellings(edited)
        self._rename(read, edited, pairs)
        for name in {name: None for cue in edited for line in cue.lines if (name := speaker_of(cue, line)) is not None}:
            if name not in self._ids:
                self._ids[name] = self._new(name)

    def id_of(self, name: str | None) -> str | None:
        """The id of a name as read, None for no name."""
        return None if name is None else self._ids.get(name)

    def _known(self, cues: Sequence[Cue], read: Sequence[Cue]) -> dict[str, str]:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for own, was in zip(cues, read, strict=True):
            for line, old in zip(own.lines, was.lines, strict=False):
                speaker, name = speaker_of(own, line), speaker_of(was, old)
                if speaker is not None and name is not None:
                    counts[name][speaker] += 1
        return {name: count.most_common(1)[0][0] for name, count in counts.items()}

    def _know_other_spellings(self, edited: Sequence[Cue]) -> None:
        """Take a known name in capitals, or shortened as a label may be, for the same name."""
        for name in {name: None for cue in edited for line in cue.lines if (name := speaker_of(cue, line)) is not None}:
            if name not in self._ids:
                known = [*self._ids.items(), *((shown, speaker) for speaker, shown in self.names.items())]
                same = next((speaker for other, speaker in known if _is_same(name, other)), None)
                if same is not None:
                    self._ids[name] = same

    def _rename(self, read: Sequence[Cue], edited: Sequence[Cue], pairs: Sequence[tuple[int, int]]) -> None:
        """A new name on all lines of a speaker is that speaker's new name."""
        given: dict[str, Counter[str]] = defaultdict(Counter)
        for before, after in pairs:
            was, now = read[before], edited[after]
            for old, new in zip(was.lines, now.lines, strict=False):
                old_name, name = speaker_of(was, old), speaker_of(now, new)
                if old_name is not None and name is not None and old_name in self._ids:
                    given[self._ids[old_name]][name] += 1
        everywhere = {name for cue in edited for line in cue.lines if (name := speaker_of(cue, line)) is not None}
        for speaker, counts in given.items():
            name = next(iter(counts))
            old_names = {each for each, own in self._ids.items() if own == speaker}
            if len(counts) == 1 and name not in self._ids and not old_names & everywhere:
                self._ids[name] = speaker
                self.notes.append(f"speaker {self.names.get(speaker) or next(iter(old_names), speaker)} is now {name}")
                self.names[speaker] = name
                self.renamed += 1

    def _new(self, name: str) -> str:
        self.names[name] = name
        self.notes.append(f"new speaker: {name}")
        return name


def _is_same(name: str, known: str) -> bool:
    written, other = name.casefold(), known.casefold()
    return written == other or (written.endswith("…") and len(written) > 1 and other.startswith(written[:-1]))
