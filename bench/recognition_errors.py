"""Errors of recognition, simulated: what a recogniser makes of words whose times are known.

An error is one of: a word that sounds alike (or, one time in six, another word of the text), a word left out, a word
too many, a word split or two words joined, a wrong digit. Beside the errors one number in three changes between digits
and words, which is no error. Times of the words are kept; a word left out leaves a gap, a word too many takes time from
the pause before it or from the end of the word before.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from captioner.model import Sentence, Transcript, Word

__all__ = ["Spoken", "corrupted", "spoken_words"]

_SPLIT_FROM = 6  # letters; shorter words are not split
_PAUSE_MS = 120  # a pause that a word too many can stand in

_ALIKE = ["aeiouäöüáéíóúàèìòùâêîôûãõ", "pb", "td", "kgcq", "fvw", "szcß", "mn", "lr", "аоеиуыэяюё", "пб", "тд", "кг"]
_ALIKE += ["фв", "сзшж", "мн", "лр", "تط", "سصث", "دضذ", "هح", "اعأ", "كق", "زظ", "كگ"]
_TO_WORDS = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve".split(),
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split(),
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze".split(),
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce".split(),
    "it": "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici".split(),
    "pt": "zero um dois três quatro cinco seis sete oito nove dez onze doze".split(),
    "nl": "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf".split(),
    "ru": "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать".split(),
    "zh": "零 一 二 三 四 五 六 七 八 九 十 十一 十二".split(),
    "ja": "零 一 二 三 四 五 六 七 八 九 十 十一 十二".split(),
    "ko": "영 일 이 삼 사 오 육 칠 팔 구 십 십일 십이".split(),
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """One word with its time, the sentence it is in, and whether a space stands before it."""

    text: str
    mark: str
    start_ms: int
    end_ms: int
    sentence: int
    spaced: bool


def spoken_words(transcript: Transcript) -> list[Spoken]:
    """The words of a transcript, without the spaces inside them."""
    found = []
    for index, sentence in enumerate(transcript.sentences):
        before = ""
        for word in sentence.words:
            spaced = not before or before[-1].isspace() or word.text[:1].isspace()
            text, mark = "".join(word.text.split()), "".join(word.punctuation.split())
            found.append(Spoken(text, mark, word.start_ms, word.end_ms, index, spaced))
            before = word.text + word.punctuation
    return [word for word in found if any(char.isalnum() for char in word.text)]


def corrupted(words: Sequence[Spoken], rate: float, language: str, seed: int) -> Transcript:
    """A transcript as a recogniser with that rate of errors would have given it."""
    rng = random.Random(seed)
    vocabulary = sorted({word.text for word in words})
    heard: list[Spoken] = []
    for word in words:
        kind = _kind(rng) if rng.random() < rate else "right"
        if kind == "left out":
            continue
        if kind == "joined" and heard and heard[-1].sentence == word.sentence:
            last = heard.pop()
            word = _moved(word, text=last.text + word.text.lower(), start_ms=last.start_ms, spaced=last.spaced)
        elif kind == "too many" and heard and heard[-1].sentence == word.sentence:
            heard += _too_many(heard, word, vocabulary, rng)
        heard += _heard_as(word, kind, vocabulary, language, rng)
    return _transcript(heard, language)


def _kind(rng: random.Random) -> str:
    kinds = ["alike", "left out", "too many", "split", "joined"]
    return rng.choices(kinds, weights=[58, 17, 10, 8, 7])[0]


def _moved(word: Spoken, **changes: object) -> Spoken:
    values = {name: changes.get(name, getattr(word, name)) for name in Spoken.__slots__}
    return Spoken(**values)  # type: ignore[arg-type]


def _too_many(heard: list[Spoken], word: Spoken, vocabulary: Sequence[str], rng: random.Random) -> list[Spoken]:
    last = heard[-1]
    start, end = last.end_ms, word.start_ms
    if end - start < _PAUSE_MS:
        start = last.end_ms - (last.end_ms - last.start_ms) // 3
        end = last.end_ms
        heard[-1] = _moved(last, end_ms=start)
    return [Spoken(rng.choice(vocabulary).lower(), "", start, end, word.sentence, word.spaced)]


def _heard_as(word: Spoken, kind: str, vocabulary: Sequence[str], language: str, rng: random.Random) -> list[Spoken]:
    if word.text.isdigit():
        return [_moved(word, text=_number(word.text, kind == "alike", language, rng))]
    if kind == "alike":
        if rng.random() < 1 / 6:
            return [_moved(word, text=rng.choice(vocabulary).lower())]
        return [_moved(word, text=_alike(word.text, rng))]
    if kind == "split" and len(word.text) >= (_SPLIT_FROM if word.text[0] < "\u2e80" else 2):
        cut = rng.randrange(2, len(word.text) - 1) if word.text[0] < "\u2e80" else 1
        middle = word.start_ms + (word.end_ms - word.start_ms) * cut // len(word.text)
        tail = _moved(word, text=word.text[cut:], start_ms=middle, spaced=word.text[0] < "\u2e80")
        return [_moved(word, text=word.text[:cut], mark="", end_ms=middle), tail]
    return [word]


def _number(digits: str, wrong: bool, language: str, rng: random.Random) -> str:
    if wrong:
        place = rng.randrange(len(digits))
        return digits[:place] + str((int(digits[place]) + rng.randrange(1, 10)) % 10) + digits[place + 1 :]
    words = _TO_WORDS.get(language, [])
    return words[int(digits)] if len(digits) < 3 and int(digits) < len(words) and rng.random() < 1 / 3 else digits


def _alike(text: str, rng: random.Random) -> str:
    """The word with one or two of its characters in place of others that sound alike."""
    characters = list(text.lower())
    for _ in range(1 + (len(characters) > 5)):
        place = rng.randrange(len(characters))
        characters[place] = _alike_character(characters[place], rng)
    changed = "".join(characters)
    return changed if changed != text.lower() else changed[:-1] or rng.choice("aeiou")


def _alike_character(char: str, rng: random.Random) -> str:
    for group in _ALIKE:
        if char in group:
            return rng.choice(group)
    if "\u4e00" <= char <= "\u9fff":
        return _homophone(char, rng)
    if "\uac00" <= char <= "\ud7a3":
        return unicodedata.normalize("NFC", chr(ord(char) + rng.choice([-28, 28, 1, -1])))
    if "\u3041" <= char <= "\u30fa":
        return chr(ord(char) + rng.choice([-1, 1]))
    return char


def _homophone(char: str, rng: random.Random) -> str:
    """A neighbour in GB 2312, which is sorted by sound."""
    try:
        high, low = char.encode("gb2312")
        return bytes([high, min(0xFE, max(0xA1, low + rng.choice([-3, -2, -1, 1, 2, 3])))]).decode("gb2312")
    except UnicodeError:
        return char


def _transcript(heard: Sequence[Spoken], language: str) -> Transcript:
    sentences: dict[int, list[Word]] = {}
    for word in heard:
        words = sentences.setdefault(word.sentence, [])
        text = f" {word.text}" if words and word.spaced else word.text
        words.append(Word(text, word.mark, word.start_ms, word.end_ms))
    made = [
        Sentence("".join([w.text + w.punctuation for w in words]), words[0].start_ms, words[-1].end_ms, tuple(words))
        for words in sentences.values()
    ]
    return Transcript(tuple(made), language, made[-1].end_ms + 1000 if made else 0)
