"""Input and results of an alignment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from captioner.model import Transcript

__all__ = ["Alignment", "Difference", "DifferenceKind", "Link", "LinkKind", "Passage"]

LinkKind = Literal["equal", "changed", "inserted"]
DifferenceKind = Literal["inserted", "omitted", "changed", "moved"]


@dataclass(frozen=True, slots=True)
class Passage:
    """One stretch of known text: a paragraph of a script, a caption, or one line of a caption.

    Attributes:
        text: Words as they shall be shown. Spaces, tabs and line breaks only separate words; an ideographic or a
            no-break space is kept.
        speaker: Name or id of the speaker, or None to take over the recognised one.
    """

    text: str
    speaker: str | None = None


class Link(NamedTuple):
    """Origin of one word of an aligned transcript.

    Recognised words are counted through all sentences of the recognised transcript, from 0.

    Attributes:
        known: Position of the word in the known text, from 0; differs from its position in the transcript only after
            moved text.
        passage: Passage the word is from, from 0.
        first: First recognised word it stands for.
        last: The recognised word after the last one it stands for. Equal to `first` when it stands for none; then
            `first` is the recognised word it stands in front of.
        kind: "equal" when the words are the same but for case, punctuation, spelling or the writing of a number;
            "changed" when it replaces them; "inserted" when nothing was recognised for it.
    """

    known: int
    passage: int
    first: int
    last: int
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where the known text and the recognised words do not match.

    Attributes:
        kind: "inserted" is text without speech, "omitted" is speech without text, "changed" is text in place of other
            recognised words, "moved" is text that was spoken at another place than where it is written.
        start_ms: First millisecond of the place. For moved text, where it was spoken.
        end_ms: First millisecond after it.
        known: First known word and the one after the last; both the same where there is no text.
        recognised: First recognised word and the one after the last; both the same where there is no speech.
        text: The known words as written, "" where there are none.
        spoken: The recognised words as received, "" where there are none.
        similarity: How alike the two sound, from 0 to 1; 0 where one of them is missing.
    """

    kind: DifferenceKind
    start_ms: int
    end_ms: int
    known: tuple[int, int]
    recognised: tuple[int, int]
    text: str
    spoken: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """Known text with the times of recognised words.

    Attributes:
        transcript: The known words in order of time, each exactly once.
        links: One for each word of `transcript`, in the same order.
        differences: What did not match, in order of time.
        voices: Known speaker of each recognised speaker, where the known text names one for most of the words of the
            recognised speaker.
        cells: Pairs of units that were compared: the work done.
    """

    transcript: Transcript
    links: tuple[Link, ...]
    differences: tuple[Difference, ...]
    voices: Mapping[str, str]
    cells: int

    @property
    def matched(self) -> float:
        """Share of the known words that were recognised as they are written, from 0 to 1; 1 for an empty text."""
        return sum(link.kind == "equal" for link in self.links) / len(self.links) if self.links else 1.0
