"""Transcripts of the fixture media, with tokens as the models write them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Literal

from captioner.model import Sentence, Transcript, Word

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "transcripts"

Spaces = Literal["before", "after", "none"]


@cache
def spoken(name: str, spaces: Spaces = "after") -> Transcript:
    """What is said in a fixture, such as "interview-en".

    Args:
        name: Its name without ending.
        spaces: Where the tokens have the space that parts two words; it differs from model to model.
    """
    known = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    is_spaced = known["language"] not in ("zh", "ja")
    sentences = []
    for row in known["sentences"]:
        words, text = [], ""
        for index, token in enumerate(row["words"]):
            lead = " " if is_spaced and spaces == "before" and index else ""
            tail = " " if is_spaced and spaces == "after" and not token["punctuation"] else ""
            words.append(
                Word(lead + token["text"] + tail, token["punctuation"], token["begin_time"], token["end_time"])
            )
            text += (" " if is_spaced and text else "") + token["text"] + token["punctuation"]
        sentences.append(Sentence(text, row["begin_time"], row["end_time"], tuple(words), str(row["speaker"])))
    return Transcript(tuple(sentences), known["language"], known["duration_ms"])
