"""A sample sentence with times of words, for pictures of a look where there are no captions."""

from __future__ import annotations

from pathlib import Path

from captioner.cli.caption_io import LoadedFile
from captioner.formats import CaptionFile, Context
from captioner.languages import language_of
from captioner.model import Cue, Line, Word

__all__ = ["sample_captions"]

_WORD_MS = 320
#: Two lines for each language, words parted by `|` where the language has no spaces.
_SAMPLES = {
    "en": ("Every picture tells a story,", "and captions let it be heard."),
    "zh": ("每一|幅|画面|都有|故事", "字幕|让|它|被|听见"),
    "ja": ("どの|映像|にも|物語が|ある", "字幕が|それを|届ける"),
    "ko": ("모든 장면에는 이야기가 있고", "자막이 그것을 들려줍니다"),
    "ar": ("لكل صورة حكاية", "والترجمة تجعلها مسموعة"),
    "he": ("לכל תמונה יש סיפור", "והכתוביות משמיעות אותו"),
    "de": ("Jedes Bild erzählt eine Geschichte,", "und Untertitel machen sie hörbar."),
    "fr": ("Chaque image raconte une histoire,", "les sous-titres la font entendre."),
    "es": ("Cada imagen cuenta una historia", "y los subtítulos la hacen oír."),
    "hi": ("हर तस्वीर एक कहानी कहती है", "और कैप्शन उसे सुनाते हैं"),
}


def sample_captions(language: str, at_ms: int) -> LoadedFile:
    """One caption that is shown at a time, half of its words spoken; English where the language has no sample."""
    code = language_of(language).code
    tag, texts = (language, _SAMPLES[code]) if code in _SAMPLES else ("en", _SAMPLES["en"])
    pieces = [_pieces(text) for text in texts]
    count = sum(map(len, pieces))
    start_ms = max(0, at_ms - _WORD_MS * count * 3 // 5)
    lines, time = [], start_ms
    for line in pieces:
        words = []
        for piece in line:
            words.append(Word(piece, "", time, time + _WORD_MS))
            time += _WORD_MS
        lines.append(Line("".join(line).strip(), tuple(words)))
    cue = Cue(start_ms, max(time, at_ms + 1), tuple(lines))
    captions = CaptionFile(format="json", name="sample", cues=(cue,), language=tag)
    return LoadedFile(Path("sample"), captions, Context(language=tag))


def _pieces(text: str) -> list[str]:
    return text.split("|") if "|" in text else [f"{word} " for word in text.split()]
