"""A text before the speech is a speaker where the file shows it, and text where there is doubt."""

from __future__ import annotations

import pytest

from captioner.formats import CaptionFile, Context, ReadOptions, read, render
from captioner.formats.caption_file import LabelReading


def srt(*texts: str) -> bytes:
    times = (f"00:00:{2 * at:02},000 --> 00:00:{2 * at + 1:02},500" for at in range(len(texts)))
    return "\n".join(
        f"{at}\n{each}\n{text}\n" for at, (each, text) in enumerate(zip(times, texts, strict=True), 1)
    ).encode()


def found(*texts: str, labels: LabelReading = "auto") -> CaptionFile:
    return read(srt(*texts), "a.srt", ReadOptions(labels=labels))


def speakers(*texts: str, labels: LabelReading = "auto") -> list[str | None]:
    return [line.speaker for cue in found(*texts, labels=labels).cues for line in cue.lines]


@pytest.mark.parametrize(
    "texts",
    [
        ("[LAUGHING] Stop it!", "[DOOR SLAMS] Who is there?", "[LAUGHING] Go away!"),
        ("(laughs) Yes.", "(laughs) No.", "(SIGHS) Not again.", "(sighs) Really."),
        ("（笑）是的", "（笑）不是", "【音乐】啊", "【掌声】好"),
        ("(웃음) 네", "[음악] 아", "(웃음) 네"),
        ("(смеётся) Да!", "[МУЗЫКА] Вот", "(смеётся) Нет", "[СМЕХ] Ой"),
        ("(يضحك) نعم", "[موسيقى] لا", "(يضحك) نعم"),
        ("(हंसते हुए) हाँ", "[संगीत] ला", "(หัวเราะ) ใช่"),
        ("[rires] Oui.", "[rires] Non.", "[Applaus] Danke.", "[Musik] La la."),
        ("At 10:30 we left.", "12:30 is fine.", "From 9:00: nothing."),
        ("https://example.com is up", "See http://a.b: now", "Visit: example.com", "Mail: a@b.c"),
        ("(a + b) times c", "(a + b) times d", "[x] is a set", "[x] is full"),
        ("USA: 52", "Bayern: 2, Dortmund: 1", "Chelsea: 3", "Score: 3:2", "USA: 53"),
        ("Genesis 1:3 says", "Psalm 23: The Lord is", "John 3:16 is known.", "Psalm 24: The earth is"),
        ("I said: leave me alone.", "I said: leave him alone.", "He asked: why?"),
        ("WARNING: do not open.", "PS: bring milk.", "Remember: the door.", "NOTE: Both are true."),
        ("The truth is: nobody knows.", "Here it comes: a storm.", "Question: why?", "Answer: money."),
        ("Flour: 200 g", "Sugar: 100 g", "Step one: open.", "Step two: close."),
        ("Monday: rain.", "Tuesday: sun.", "Monday: again rain.", "Tuesday: wind."),
        ("他说：走吧。", "问题是：没有钱。", "注意：危险", "他说：来吧。"),
        ("BREAKING: THE NEWS.", "AND THEN: NOTHING.", "I WANT: BREAD.", "HE LEFT."),
        ("Hello.", "Anna: Hi there.", "OK.", "Bye."),
        ("The news today.", "FIFA: no comment.", "And now the rain.", "It falls."),
    ],
)
def test_text_stays_text_in_every_format(texts: tuple[str, ...]) -> None:
    file = found(*texts)
    assert {cue.speaker for cue in file.cues} == {None}
    assert [cue.text for cue in file.cues] == list(texts)
    assert file.notes == ()
    vtt = render(file.cues, "vtt", Context()).decode()
    assert "<v" not in vtt


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (("ANNA: Good evening.", "Thank you.", "BO: Hello."), ["ANNA", "ANNA", "BO"]),
        (("Anna: Good evening.", "Bo: Hello.", "Anna: So.", "Bo: Yes."), ["Anna", "Bo", "Anna", "Bo"]),
        (("[Anna] Good evening.", "[Bo] Hello.", "[Anna] So.", "[Bo] Yes."), ["Anna", "Bo", "Anna", "Bo"]),
        (("ANNA: GOOD EVENING.", "BO: HELLO.", "ANNA: SO.", "BO: YES."), ["ANNA", "BO", "ANNA", "BO"]),
        ((">> ANNA: Good evening.", "And more.", ">> BO: Yes."), ["ANNA", "ANNA", "BO"]),
        (("Speaker 1: Hi.", "And then.", "Speaker 2: Ho."), ["Speaker 1", "Speaker 1", "Speaker 2"]),
        (("[SPEAKER_00]: Hi.", "[SPEAKER_01]: Ho."), ["SPEAKER_00", "SPEAKER_01"]),
        (("MRS. SMITH: Hello.", "DR. O'NEIL: Hi.", "MAN #1: Stop!"), ["MRS. SMITH", "DR. O'NEIL", "MAN #1"]),
        (("安娜：晚上好。", "波：你好。", "安娜：开始吧。", "波：好的。"), ["安娜", "波", "安娜", "波"]),
        (("田中：こんにちは。", "鈴木：はい。", "田中：では。", "鈴木：どうぞ。"), ["田中", "鈴木", "田中", "鈴木"]),
        (("АННА: Добрый вечер.", "Он сказал: уходи.", "БОРИС: Привет."), ["АННА", "АННА", "БОРИС"]),
        (("دانة: مرحبا", "سارة: أهلا", "دانة: كيف", "سارة: بخير"), ["دانة", "سارة", "دانة", "سارة"]),
        (("12:30 is fine.\nJOHN: Good.\nMARY: Yes.",), [None, "JOHN", "MARY"]),
    ],
)
def test_labels_that_a_file_shows_are_speakers_until_the_next(texts: tuple[str, ...], names: list[str | None]) -> None:
    assert speakers(*texts) == names
    file = found(*texts)
    told = list(dict.fromkeys(name for name in names if name))
    [note] = file.notes
    assert note.message.startswith(f"{len(told)} speakers: {', '.join(told)} (by their labels;")


def test_a_dash_without_a_label_ends_a_turn() -> None:
    assert speakers("ANNA: Good evening.", "- Who is there?\n- BO: Me.", "It is cold.") == ["ANNA", None, "BO", "BO"]


def test_the_user_decides_what_labels_are() -> None:
    texts = ("ANNA: Good evening.", "BO: Hello.")
    assert speakers(*texts, labels="text") == [None, None]
    assert [cue.text for cue in found(*texts, labels="text").cues] == list(texts)
    once = ("Hello.", "Anna: Hi there.", "[laughs] I said: no.")
    assert speakers(*once) == [None, None, None]
    assert speakers(*once, labels="speakers") == [None, "Anna", "Anna"]


def test_fields_of_a_format_are_speakers_and_do_not_go_on() -> None:
    vtt = b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>Hi.\n\n00:03.000 --> 00:04.000\nA voice. USA: we won.\n"
    assert [cue.speaker for cue in read(vtt, "a.vtt").cues] == ["Anna", None]


@pytest.mark.parametrize("name", ["vtt", "ass", "csv", "ebu-tt-d", "ttml", "srt"])
def test_nothing_leaves_the_picture(name: str) -> None:
    texts = ("[LAUGHING] Stop it!", "I said: leave.", "ANNA: Yes.", "BO: No.", "(sighs) At 10:30: we left.")
    file = found(*texts)
    again = read(render(file.cues, name, file.to_context()), f"a.{'xml' if name == 'ebu-tt-d' else name}")
    seen = [" ".join(f"{line.speaker or ''}|{line.text}" for line in cue.lines) for cue in again.cues]
    assert seen == ["|[LAUGHING] Stop it!", "|I said: leave.", "ANNA|Yes.", "BO|No.", "BO|(sighs) At 10:30: we left."]
