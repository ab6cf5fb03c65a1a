"""A simulated week of a newsroom: fifty files, what was recognised of them, and what an editor made of it.

Forty errors recur: names and terms that the recogniser gets wrong every time, in six languages. Beside them stand edits
that are no rules (other words, other figures, common words mended once or twice), and sentences in which what is heard
of a name is right. All sentences are written for this project.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from captioner.archive import Archive
from captioner.captions.hand_edits import with_hand_edits
from captioner.corrections import Revision
from captioner.model import Sentence, Transcript, Word

__all__ = ["ERRORS", "File", "Recurring", "week"]


@dataclass(frozen=True, slots=True)
class Recurring:
    """An error that recurs.

    Attributes:
        right: As it is spelled.
        heard: As it is recognised.
        language: Of the sentences it stands in.
        frames: Sentences with a place for it; "" takes the language's usual ones.
    """

    right: str
    heard: str
    language: str = "en"
    frames: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """One file of the week.

    Attributes:
        name: Name of its archive.
        archive: With what the editor corrected.
        right: The sentences as they are right.
        errors: Numbers of the recurring errors in it, as often as they occur.
    """

    name: str
    archive: Archive
    right: tuple[str, ...]
    errors: tuple[int, ...]


ERRORS: Sequence[Recurring] = (
    Recurring("Chan", "Chen"),
    Recurring("Kowalczyk", "Kovalchik"),
    Recurring("Nguyen", "Newen"),
    Recurring("Siobhan", "Shivon"),
    Recurring("Van der Berg", "Vanderburg"),
    Recurring("O'Rourke", "O'Rork"),
    Recurring("Al-Masri", "Al Massery"),
    Recurring("Fraser-Hill", "Frazier Hill"),
    Recurring("Szymanski", "Shimansky"),
    Recurring("Llewellyn", "Lou Ellen"),
    Recurring("Kubernetes", "kubernetties"),
    Recurring("Fun-ASR", "fun asr"),
    Recurring("PostgreSQL", "post gress queue ell"),
    Recurring("cashpoint", "cash point"),
    Recurring("ceasefire", "seize fire"),
    Recurring("Brexiteers", "brexit ears"),
    Recurring("Holyrood", "Holly Rood"),
    Recurring("Senedd", "Seneth"),
    Recurring("Taoiseach", "tea shock"),
    Recurring("Leicester", "Lester"),
    Recurring(
        "Lee Mei", "Lee may", frames=("Next to him sits {}, who leads the port.", "We asked {} about the figures.")
    ),
    Recurring("Agneta Roos", "Agneta rose", frames=("Then {} left the hall.", "A letter from {} came on Friday.")),
    Recurring("Zürich", "Tsurich", "de"),
    Recurring("Söder", "Zöder", "de"),
    Recurring("Baerbock", "Bärbock", "de"),
    Recurring("Kernkraftwerk Gundremmingen", "Kernkraftwerk Gundermingen", "de"),
    Recurring("Müller-Westernhagen", "Müller Westernhagen", "de"),
    Recurring("李玫", "李梅", "zh"),
    Recurring("陈伟霆", "陈伟庭", "zh"),
    Recurring("合肥", "和肥", "zh"),
    Recurring("通义千问", "通易千问", "zh"),
    Recurring("长三角", "常三角", "zh"),
    Recurring("김철수", "김철쑤", "ko"),
    Recurring("세종시", "새종시", "ko"),
    Recurring("斎藤さん", "斉藤さん", "ja"),
    Recurring("ソニー", "ソーニー", "ja"),
    Recurring("نتنياهو", "نتانياهو", "ar"),
    Recurring("زيلينسكي", "زلنسكي", "ar"),
    Recurring("Łódź", "Wudz", "pl"),
    Recurring("Tusk", "Tósk", "pl"),
)

_FRAMES: Mapping[str, Sequence[str]] = {
    "en": (
        "We spoke to {} this morning.", "{} did not answer our questions.", "The report names {} twice.",
        "Nobody at {} wanted to comment.", "It was {}'s own idea, people say.", "After {} came the weather.",
        "The committee thanked {}, and then it voted.", "What does {} mean for the region?",
        "More about {} after the break.", "Critics of {} see it differently.",
    ),
    "de": (
        "Wir haben gestern über {} gesprochen.", "{} war dabei nicht zu erreichen.", "Der Bericht nennt {} zweimal.",
        "Mehr zu {} nach der Werbung.", "In der Sitzung ging es um {}, dann um den Haushalt.",
    ),
    "zh": (
        "今天我们谈到了{}的计划。", "{}没有回答记者。", "报告两次提到{}。",
        "关于{}的更多消息稍后播出。", "大家都在讨论{}。",
    ),
    "ko": (
        "오늘은 {}의 계획을 살펴봅니다.", "{}은 대답하지 않았습니다.",
        "보고서는 {}를 두 번 언급합니다.", "{}에서 전해 드립니다.",
    ),
    "ja": (
        "今日は{}の話です。", "{}は答えませんでした。",
        "報告書は{}に二度触れています。", "続いて{}のニュースです。",
    ),
    "ar": (
        "تحدثنا اليوم عن {} في الاستوديو.", "لم يجب {} عن الأسئلة.",
        "يذكر التقرير {} مرتين.", "المزيد عن {} بعد قليل.",
    ),
    "pl": ("Dziś rozmawiamy o planach: {} odpowiada.", "{} nie chce komentować.", "Raport wymienia {} dwa razy."),
}  # fmt: skip
_FILLER: Mapping[str, Sequence[str]] = {
    "en": (
        "The council meets again on Monday.", "There are 40 people in the hall.", "She rose and left the room.",
        "The roses in the park are early this year.", "You may ask him tomorrow.", "He drew cash at the next point.",
        "Their plan is simple.", "The fire was put out at night.", "Prices went up by 3 per cent.",
        "Lee rose to his feet.", "We were there when it began.", "Fun is what they promised.",
        "His ears were cold.", "They want to seize the moment.", "In May the river was low.",
        "A queue formed before the shop.", "The tea was cold, which came as a shock.", "Holly grows by the road.",
    ),
    "de": (
        "Der Rat tagt wieder am Montag.", "Es sind 40 Leute im Saal.", "Die Preise stiegen um 3 Prozent.",
        "Das Werk läuft seit gestern.", "Der Müller mahlt das Korn.", "Wir waren da, als es begann.",
    ),
    "zh": (
        "价格上涨了百分之三。", "今天下午有雨。", "梅花开了。", "李子很甜。",
        "法庭今天开庭。", "他们明天再开会。", "这个三角形很大。",
    ),
    "ko": ("오늘은 비가 옵니다.", "가격이 올랐습니다.", "회의는 내일 다시 열립니다."),
    "ja": ("今日は雨です。", "値段が上がりました。", "会議は明日また開かれます。", "藤の花が咲きました。"),
    "ar": ("ارتفعت الأسعار قليلا.", "يجتمع المجلس غدا.", "كان الطقس باردا."),
    "pl": ("Ceny wzrosły o 3 procent.", "Rada spotka się jutro.", "Dziś pada deszcz."),
}  # fmt: skip
#: Edits that are no rules: what is recognised, and what the editor writes.
_EDITS: Sequence[tuple[str, str]] = (
    ("We was there when it began.", "We were there when it began."),
    ("There plan is simple.", "Their plan is simple."),
    ("It costs 30 pounds a day.", "It costs 13 pounds a day."),
    ("It costs 50 pounds a day.", "It costs 15 pounds a day."),
    ("So, well, the hall was full.", "The hall was full."),
    ("He said that maybe one could think about it.", "He wants to think about it."),
    ("They arrived on Monday.", "They arrived on Tuesday."),
    ("The men is here.", "The man is here."),
    ("You may bee right.", "You may be right."),
)
#: Files of each language, 50 in all.
_LANGUAGES = ("en",) * 28 + ("de",) * 7 + ("zh",) * 6 + ("ko",) * 2 + ("ja",) * 2 + ("ar",) * 3 + ("pl",) * 2


def week(seed: int = 1, *, sentences: int = 60) -> list[File]:
    """Fifty files in the order in which they were edited.

    Args:
        seed: Of the random choices.
        sentences: In each file.
    """
    pick = random.Random(seed)
    languages = list(_LANGUAGES)
    pick.shuffle(languages)
    return [_file(f"{number:02}.json", language, sentences, pick) for number, language in enumerate(languages)]


def _file(name: str, language: str, count: int, pick: random.Random) -> File:
    own = [number for number, error in enumerate(ERRORS) if error.language == language]
    rows: list[tuple[str, str]] = []
    found: list[int] = []
    for number in pick.sample(own, min(len(own), 5 if language == "en" else 3)):
        for _ in range(pick.randint(1, 3)):
            error = ERRORS[number]
            frame = pick.choice(error.frames or _FRAMES[language])
            rows.append((_filled(frame, error.heard), _filled(frame, error.right)))
            found.append(number)
    if language == "en":
        rows += pick.sample(_EDITS, 2)
    fillers = _FILLER[language]
    rows += [(text, text) for text in (pick.choice(fillers) for _ in range(count - len(rows)))]
    pick.shuffle(rows)
    return File(name, _corrected(rows, language), tuple(right for _, right in rows), tuple(found))


def _filled(frame: str, text: str) -> str:
    made = frame.format(text)
    return made[:1].upper() + made[1:]


def _corrected(rows: Sequence[tuple[str, str]], language: str) -> Archive:
    """The archive of a file whose sentences the editor mended by hand."""
    transcript = Transcript(tuple(_sentences([heard for heard, _ in rows], language)), language)
    edits = tuple((index, right) for index, (heard, right) in enumerate(rows) if heard != right)
    kept = Archive(transcript, language=language, hand_edits=edits)
    return replace(with_hand_edits(kept, Revision(1, by="editor")), hand_edits=())


def _sentences(texts: Sequence[str], language: str) -> Iterator[Sentence]:
    at = 0
    for text in texts:
        pieces = text.split() if language not in ("zh", "ja") else list(text)
        space = "" if language in ("zh", "ja") else " "
        words = []
        for piece in pieces:
            bare = piece.rstrip(".,?。，")
            if not bare and words:
                words[-1] = replace(words[-1], punctuation=piece)
                continue
            words.append(Word(bare + space, piece[len(bare) :], at, at + 250))
            at += 250
        yield Sentence(text, words[0].start_ms, at, tuple(words), "0")
        at += 400
