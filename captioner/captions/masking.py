"""Masks words, leaves out words and fillers, and drops speakers, in a reply that is there.

The one rule: what the service could have done when it was asked is done in the same way afterwards, so that nothing has
to be recognised and paid for again. A masked word becomes as many asterisks as it has letters, as the service's does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from captioner.captions.word_spans import spans_of_tokens, word_pattern
from captioner.languages import language_of
from captioner.layout.lexicon import detect_language
from captioner.model import Sentence, Transcript, Word

__all__ = ["FILLERS", "drop_speakers", "even_spaces", "leave_out", "leave_out_fillers", "mask"]

#: Filler words by language: sounds of hesitation that are no other word of the language, each as one token. Words that
#: also answer or mean something (mhm, well, like, 那个, あの) stay. Collected by the authors from transcripts of each.
FILLERS: Mapping[str, frozenset[str]] = {
    "": frozenset({"uh", "uhh", "uhm", "umm", "erm", "hmm", "äh", "ähm", "euh", "嗯", "呃", "えーと"}),
    "en": frozenset({"um", "umm", "uh", "uhh", "uhm", "er", "erm", "hm", "hmm", "mm"}),
    "zh": frozenset({"嗯", "嗯嗯", "呃", "唔", "哦嗯"}),
    "yue": frozenset({"嗯", "呃", "唔"}),
    "ja": frozenset({"えー", "ええと", "えーと", "えっと", "あのー", "うーん", "んー", "えーっと"}),
    "ko": frozenset({"음", "으음", "어"}),
    "de": frozenset({"äh", "ähm", "öh", "öhm", "hm", "hmm", "ehm", "eh"}),
    "nl": frozenset({"eh", "ehm", "uh", "uhm", "euh", "hm"}),
    "fr": frozenset({"euh", "heu", "hum", "hm"}),
    "es": frozenset({"em", "ehm", "eeh", "mmm"}),
    "it": frozenset({"ehm", "uhm", "mmm", "eeh"}),
    "pt": frozenset({"hum", "hã", "ãh", "éé"}),
    "sv": frozenset({"öh", "öhm", "eh", "ehm", "hm"}),
    "da": frozenset({"øh", "øhm", "hm"}),
    "no": frozenset({"øh", "øhm", "eh", "ehm", "hm"}),
    "fi": frozenset({"öö", "ööö", "hmm"}),
    "pl": frozenset({"yyy", "eee", "yy", "hmm"}),
    "ru": frozenset({"э", "ээ", "эээ", "эм", "хм", "ммм"}),
}

_ENDS = ".?!…。？！"


_HAN = "\u3005-\u3007\u3041-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNEVEN = re.compile(f"(?<=[{_HAN}]) +(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%]) +(?=[{_HAN}])")


def even_spaces(transcript: Transcript) -> Transcript:
    """The transcript without spaces between Chinese or Japanese and Latin letters or digits.

    A recogniser sends some and leaves out others. Space between the scripts is for the setting to give and not for the
    text (W3C, "Requirements for Chinese Text Layout", 3.2.2, and "Requirements for Japanese Text Layout", 3.2.6;
    Netflix Chinese and Japanese guides).
    """
    return replace(transcript, sentences=tuple(map(_even, transcript.sentences)))


def _even(sentence: Sentence) -> Sentence:
    text = _UNEVEN.sub("", sentence.text)
    if text == sentence.text:
        return sentence
    words = list(sentence.words)
    for at, (word, after) in enumerate(pairwise(sentence.words)):
        if word.punctuation.strip() or not _UNEVEN.search(f"{word.text.strip()} {after.text.strip()}"):
            continue
        words[at] = replace(words[at], text=words[at].text.rstrip(), punctuation=word.punctuation.rstrip())
        words[at + 1] = replace(words[at + 1], text=words[at + 1].text.lstrip())
    inside = tuple(replace(word, text=_UNEVEN.sub("", word.text)) for word in words)
    return replace(sentence, text=text, words=inside)


def drop_speakers(transcript: Transcript) -> Transcript:
    """The transcript without its speakers; channels that were recognised separately stay apart."""
    if transcript.by_channel:
        return transcript
    return replace(transcript, sentences=tuple(replace(each, speaker=None) for each in transcript.sentences))


def mask(transcript: Transcript, words: Sequence[str]) -> tuple[Transcript, int]:
    """The transcript with words shown as asterisks, and how often that was done."""
    patterns, count = [word_pattern(word) for word in words], 0
    sentences = []
    for sentence in transcript.sentences:
        text, times = _masked(sentence.text, patterns)
        if times:
            tokens = _masked_tokens(sentence, patterns)
            sentence = replace(sentence, text=text, words=tokens)
        count += times
        sentences.append(sentence)
    return replace(transcript, sentences=tuple(sentences)), count


def _masked(text: str, patterns: Sequence[re.Pattern[str]]) -> tuple[str, int]:
    count = 0
    for pattern in patterns:
        text, times = pattern.subn(lambda match: re.sub(r"\S", "*", match[0]), text)
        count += times
    return text, count


def _masked_tokens(sentence: Sentence, patterns: Sequence[re.Pattern[str]]) -> tuple[Word, ...]:
    """The tokens with the letters under a match as asterisks; a match may run over several tokens."""
    spans = spans_of_tokens(sentence)
    if spans is None:
        return tuple(replace(word, text=_masked(word.text, patterns)[0]) for word in sentence.words)
    hidden = {at for first, last in _matches(sentence.text, patterns) for at in range(first, last)}
    made = []
    for word, (start, _) in zip(sentence.words, spans, strict=True):
        bare = word.text.strip()
        shown = "".join("*" if start + at in hidden and not letter.isspace() else letter
                        for at, letter in enumerate(bare))  # fmt: skip
        made.append(replace(word, text=word.text.replace(bare, shown, 1)))
    return tuple(made)


def leave_out(transcript: Transcript, words: Sequence[str]) -> tuple[Transcript, int]:
    """The transcript without words, and how many were left out; a sentence of nothing else is left out whole."""
    patterns, count = [word_pattern(word) for word in words], 0
    sentences: list[Sentence] = []
    for sentence in transcript.sentences:
        matches = _matches(sentence.text, patterns)
        count += len(matches)
        rest = _without(sentence, matches) if matches else sentence
        if rest is not None:
            sentences.append(rest)
    return replace(transcript, sentences=tuple(sentences)), count


def leave_out_fillers(transcript: Transcript) -> tuple[Transcript, int]:
    """The transcript without filler words, and how many were left out.

    A filler is a whole token, so that no part of a word is one. Without a language, the sentence's own decides.
    """
    count, sentences = 0, []
    usual = transcript.language or detect_language(" ".join(each.text for each in transcript.sentences))
    for sentence in transcript.sentences:
        fillers = _fillers_of(detect_language(sentence.text, usual))
        matches = _filler_spans(sentence, fillers)
        count += len(matches)
        rest = _without(sentence, matches) if matches else sentence
        if rest is not None:
            sentences.append(rest)
    return replace(transcript, sentences=tuple(sentences)), count


def _fillers_of(tag: str) -> frozenset[str]:
    code = language_of(tag).code
    return FILLERS.get({"nb": "no", "nn": "no"}.get(code, code), FILLERS[""])


def _filler_spans(sentence: Sentence, fillers: frozenset[str]) -> list[tuple[int, int]]:
    spans = spans_of_tokens(sentence)
    if spans is None:
        patterns = [word_pattern(word) for word in fillers if word.isascii()]
        return _matches(sentence.text, patterns)
    return [
        (start, start + len(word.text.strip()))
        for word, (start, _) in zip(sentence.words, spans, strict=True)
        if word.text.strip().casefold() in fillers
    ]


def _matches(text: str, patterns: Sequence[re.Pattern[str]]) -> list[tuple[int, int]]:
    """First and one past the last character of each match, in order; none overlaps another."""
    found: list[tuple[int, int]] = []
    for pattern in patterns:
        for match in pattern.finditer(text):
            if all(match.end() <= first or match.start() >= last for first, last in found):
                found.append(match.span())
    return sorted(found)


# A sentence without some of its characters


def _without(sentence: Sentence, matches: Sequence[tuple[int, int]]) -> Sentence | None:
    """The sentence without the matches and the punctuation that only belonged to them; None when nothing is left."""
    pieces = _kept_pieces(sentence, matches)
    if not any(letter.isalnum() for text, _ in pieces for letter in text):
        return None
    text = " ".join("".join(text for text, _ in pieces).split())
    words = tuple(word for _, word in pieces if word is not None)
    if matches[0][0] == 0 and sentence.text[:1].isupper() and text[:1].islower():
        text = text[:1].upper() + text[1:]
        words = (_capitalised(words[0]), *words[1:]) if words else words
    start_ms, end_ms = (words[0].start_ms, words[-1].end_ms) if words else (sentence.start_ms, sentence.end_ms)
    return replace(sentence, text=text, words=words, start_ms=start_ms, end_ms=end_ms)


def _kept_pieces(sentence: Sentence, matches: Sequence[tuple[int, int]]) -> list[tuple[str, Word | None]]:
    """Text that stays, with the white space before it, token by token."""
    spans = spans_of_tokens(sentence)
    if spans is None:
        return _kept_text(sentence, matches)
    gone = {at for first, last in matches for at in range(first, last)}
    pieces: list[tuple[str, Word | None]] = []
    at, gap = 0, ""
    for word, (start, end) in zip(sentence.words, spans, strict=True):
        before, at = sentence.text[at:start], end
        bare, mark = word.text.strip(), word.punctuation.strip()
        rest = "".join(letter for number, letter in enumerate(bare) if start + number not in gone)
        gap = before if not gap.strip() and len(before) >= len(gap) else gap
        if not rest.strip():
            _end_with(pieces, mark)
            continue
        kept = word if rest == bare else replace(word, text=word.text.replace(bare, rest, 1))
        pieces.append((f"{gap if pieces else gap.lstrip()}{rest}{mark}", kept))
        gap = ""
    pieces.append((sentence.text[at:], None))
    return pieces


def _end_with(pieces: list[tuple[str, Word | None]], mark: str) -> None:
    """Let what is before a token that is left out end the sentence, if that token did."""
    if not pieces or not mark or mark[0] not in _ENDS:
        return
    text, word = pieces[-1]
    if word is None or word.punctuation.strip()[:1] in tuple(_ENDS):
        return
    bare = text.removesuffix(word.punctuation.strip())
    pieces[-1] = (bare + mark, replace(word, punctuation=mark))


def _kept_text(sentence: Sentence, matches: Sequence[tuple[int, int]]) -> list[tuple[str, Word | None]]:
    """The same where the tokens do not spell the sentence: the text alone is cut, and times are spread over it."""
    kept, at = "", 0
    for first, last in matches:
        kept, at = kept + sentence.text[at:first], last
        while at < len(sentence.text) and sentence.text[at] in ",，、 ":
            at += 1
    return [(kept + sentence.text[at:], None)]


def _capitalised(word: Word) -> Word:
    bare = word.text.lstrip()
    return replace(word, text=word.text[: len(word.text) - len(bare)] + bare[:1].upper() + bare[1:])
