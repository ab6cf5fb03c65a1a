"""Transcripts made from plain text, with times one can reckon."""

from __future__ import annotations

from captioner.model import Sentence, Transcript, Word

__all__ = ["WORD_MS", "heard", "squeezed", "transcript", "words_of"]

WORD_MS = 200
_PAUSE_MS = 300


def heard(text: str, start_ms: int = 0, speaker: str | None = None, *, spaced: bool = True) -> Sentence:
    """A sentence said without a break, each word 200 ms; 300 ms of silence after a word with punctuation.

    Args:
        text: Words with spaces between them. `_` is 500 ms of silence.
        start_ms: When it begins.
        speaker: Who says it.
        spaced: Whether the spaces are part of the text.
    """
    words: list[Word] = []
    at = start_ms
    for token in text.split():
        if token == "_":
            at += 500
            continue
        core = token.rstrip(".,?!。，？！")
        mark = token[len(core) :]
        lead = " " if words and spaced else ""
        words.append(Word(lead + core, mark, at, at + WORD_MS))
        at += WORD_MS + (_PAUSE_MS if mark else 0)
    whole = "".join(word.text + word.punctuation for word in words)
    return Sentence(whole, words[0].start_ms, words[-1].end_ms, tuple(words), speaker)


def transcript(*sentences: Sentence | str, language: str = "en", spaced: bool = True) -> Transcript:
    """Sentences one after another; the media ends a second after the last."""
    made: list[Sentence] = []
    at = 0
    for sentence in sentences:
        made.append(heard(sentence, at, spaced=spaced) if isinstance(sentence, str) else sentence)
        at = made[-1].end_ms + _PAUSE_MS
    return Transcript(tuple(made), language, (made[-1].end_ms if made else 0) + 1000)


def words_of(given: Transcript) -> list[Word]:
    """All words of a transcript."""
    return [word for sentence in given.sentences for word in sentence.words]


def squeezed(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())
