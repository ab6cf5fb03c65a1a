"""A script is followed as far as it was spoken: spelling, punctuation, names, speakers; nothing that was not said."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from captioner import archive
from captioner.archive import MediaFacts
from captioner.captions.adopt import adopt, options_of, state_of
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import produce, revise
from captioner.captions.script_following import Followed, follow_script
from captioner.captions.take_over import take_over
from captioner.corrections import Correction, Revision, shown
from captioner.formats.script_reading import read_script
from captioner.model import Sentence, Transcript, Word
from captioner.script_report import describe_report
from captioner.style import load_style
from tests.captions.spoken import spoken

_TOKEN = re.compile(r"[\u4e00-\u9fff][，。！？]?|[A-Za-z0-9]+[，。！？]?")


def heard(text: str, language: str = "en") -> Transcript:
    """A transcript with a sentence for each line; a line may begin with @ and its speaker."""
    sentences, at = [], 0
    for line in text.split("\n"):
        tokens = _TOKEN.findall(line) if language == "zh" else line.split()
        speaker = tokens.pop(0)[1:] if tokens[0].startswith("@") else None
        words = []
        for token in tokens:
            core = token.rstrip(".,?!;:，。！？")
            words.append(Word(core, token[len(core) :], at, at + 280))
            at += 320
        joined = ("" if language == "zh" else " ").join(tokens)
        sentences.append(Sentence(joined, words[0].start_ms, words[-1].end_ms, tuple(words), speaker))
        at += 500
    return Transcript(tuple(sentences), language, duration_ms=at)


def follow(said: Transcript, script: str, name: str = "script.txt", **options: object) -> Followed:
    return follow_script(said, (), read_script(script.encode(), name).lines, name=name, **options)  # type: ignore[arg-type]


def text_of(said: Transcript, followed: Followed) -> str:
    return "\n".join(sentence.text for sentence in shown(said, followed.corrections).sentences)


CASES = {
    "spelling, punctuation and case": (
        "en",
        "good evening i'm anna chen\nthe harbor is open it cost two thousand dollars",
        "Good evening! I'm Anna Chan. The Harbour is open; it cost $2,000.",
        "Good evening! I'm Anna Chan.\nThe Harbour is open; it cost $2,000.",
    ),
    "names that were misheard": (
        "en",
        "then the prime minister just in the are turn spoke to win and she jin ping",
        "Then the Prime Minister, Jacinda Ardern, spoke to Nguyen and Xi Jinping.",
        "Then the Prime Minister, Jacinda Ardern, spoke to Nguyen and Xi Jinping.",
    ),
    "a whole clause is another": (
        "en",
        "Good evening. Today we have something completely different for you at home. The harbor is open.",
        "Good evening. The big story tonight is the fire in Hong Kong. The Harbour is open.",
        "Good evening. Today we have something completely different for you at home. The Harbour is open.",
    ),
    "another number and another day": (
        "en",
        "the police said that 15 people were hurt in the fire on Tuesday and 30 in the flood",
        "The police said that 13 people were hurt in the fire on Monday and 13 in the flood.",
        "The police said that 15 people were hurt in the fire on Tuesday and 13 in the flood.",
    ),
    "text that was not spoken": (
        "en",
        "the police said that people were hurt",
        "The police said that many people were hurt, among them two children. The fire is out.",
        "The police said that people were hurt.",
    ),
    "speech that is not written": (
        "en",
        "the police said that people were hurt. and I was there. the fire is out",
        "The police said that people were hurt. The fire is out.",
        "The police said that people were hurt. and I was there. The fire is out.",
    ),
    "the middle of a sentence was left out": (
        "en",
        "the police said on air that the fire is out. now the weather",
        "The police said on air that, after ten hours of hard work by many, the fire is out. Now the weather.",
        "The police said on air that the fire is out. Now the weather.",
    ),
    "German": (
        "de",
        "guten abend ich bin anna meier der kanzler märz hat gestern in berlin siebzehn minister entlassen",
        "Guten Abend, ich bin Anna Mayer. Der Kanzler Merz hat heute in Berlin 70 Minister entlassen.",
        "Guten Abend, ich bin Anna Mayer. Der Kanzler Merz hat gestern in Berlin 70 Minister entlassen.",
    ),
    "German clause": (
        "de",
        "der kanzler hat dem gesetz zugestimmt aber die opposition lehnt das ab jetzt das wetter",
        "Der Kanzler hat dem Gesetz zugestimmt, und im Herbst soll es in Kraft treten. Jetzt das Wetter.",
        "Der Kanzler hat dem Gesetz zugestimmt, aber die opposition lehnt das ab. Jetzt das Wetter.",
    ),
    "Chinese": (
        "zh",
        "今天晚上我们在慢股访问了李明\n他说明年会很好",
        "今天晚上，我们在曼谷访问了黎明。他说：明年会很好！",
        "今天晚上，我们在曼谷访问了黎明。\n他说：明年会很好！",
    ),
    "Chinese clause": (
        "zh",
        "今天晚上我们在上海访问了李明\n可是他昨天已经回家了\n现在请看天气预报",
        "今天晚上，我们在上海访问了黎明。三十人参加了开幕典礼。现在请看天气预报。",
        "今天晚上，我们在上海访问了黎明。\n可是他昨天已经回家了。\n现在请看天气预报。",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_script_is_shown_as_far_as_it_was_spoken(name: str) -> None:
    language, said, script, expected = CASES[name]
    transcript = heard(said, language)
    assert text_of(transcript, follow(transcript, script)) == expected


def test_policy_script_shows_the_words_of_the_script_inside_a_sentence() -> None:
    said = heard(
        "um the police said that fifty large people were hurt on Tuesday. and I was there myself. the fire is out"
    )
    script = "The police said that fifty big strong people were hurt on Monday. The fire is out."
    followed = follow(said, script, policy="script")
    expected = (
        "um The police said that fifty big strong people were hurt on Monday. and I was there myself. The fire is out."
    )
    assert text_of(said, followed) == expected
    spoken_policy = text_of(said, follow(said, script))
    assert spoken_policy.startswith(
        "um the police said that fifty large people were hurt on Tuesday.".replace("the", "The", 1)
    )


def test_words_keep_their_times_in_order() -> None:
    said = heard(CASES["names that were misheard"][1])
    followed = follow(said, CASES["names that were misheard"][2])
    made = shown(said, followed.corrections)
    words = [word for sentence in made.sentences for word in sentence.words]
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(words))
    by_text = {word.text.strip(): word for word in words}
    assert by_text["spoke"].start_ms == next(w for w in said.sentences[0].words if w.text == "spoke").start_ms
    assert all(each.kind == "script" and each.source == "script.txt" for each in followed.corrections)


def test_speakers_of_the_script_become_speakers() -> None:
    said = heard(
        "@0 good evening and welcome\n@1 thank you very much\n@0 let us begin at once\n@1 one word before that"
    )
    followed = follow(
        said, "ANNA (v.o.): Good evening and welcome.\nBEN: Thank you very much.\nANNA: Let us begin at once."
    )
    assert [(each.speaker, each.text) for each in shown(said, followed.corrections).sentences] == [
        ("ANNA", "Good evening and welcome."),
        ("BEN", "Thank you very much."),
        ("ANNA", "Let us begin at once."),
        ("BEN", "one word before that"),
    ]
    given = follow(said, "ANNA: Good evening and welcome.\nBEN: Thank you very much.", names={"0": "Anna Berg"})
    assert [each.speaker for each in shown(said, given.corrections).sentences] == ["0", "BEN", "0", "BEN"]


def test_speakers_come_from_the_script_where_the_recogniser_has_none() -> None:
    said = heard("good evening and welcome\nthank you very much\nlet us begin at once")
    followed = follow(said, "ANNA: Good evening and welcome.\nBEN: Thank you very much.\nANNA: Let us begin at once.")
    assert [each.speaker for each in shown(said, followed.corrections).sentences] == ["ANNA", "BEN", "ANNA"]


def test_the_report_names_every_place() -> None:
    said = heard(CASES["another number and another day"][1])
    report = follow(said, CASES["another number and another day"][2] + " Two words more.").report
    assert [(each.kind, each.text, each.spoken) for each in report.places] == [
        ("changed", "13", "15"),
        ("changed", "Monday", "Tuesday"),
        ("corrected", "13", "30"),
        ("left out", "Two words more.", ""),
    ]
    assert report.followed == pytest.approx(16 / 18, abs=0.001)
    assert "89% of what was said follows it" in describe_report(report)
    assert "2 places differ: 00:00:01 00:00:03" in describe_report(report)
    assert "3 words not said" in describe_report(report)


@pytest.mark.parametrize(
    ("script", "language"),
    [
        ("今天晚上，我们在上海访问了黎明。三十人参加了开幕典礼。", "en"),
        ("Der Kanzler hat dem Gesetz zugestimmt, und im Herbst soll es in Kraft treten.", "en"),
        ("Completely other words, that nobody here has ever used before, and the same again.", "en"),
    ],
)
def test_a_script_of_other_speech_is_not_used(script: str, language: str) -> None:
    said = heard("Good evening. The police said that 15 people were hurt. The fire is out by now.", language)
    followed = follow(said, script)
    assert (followed.corrections, followed.report.is_used, followed.report.places) == ((), False, ())
    assert "is not used: only" in describe_report(followed.report)


def test_a_script_in_capitals_has_the_case_of_the_recogniser() -> None:
    said = heard("Good evening, I'm Anna Chen. The harbor in Hong Kong is open.")
    followed = follow(said, "GOOD EVENING, I'M ANNA CHAN. THE HARBOUR IN HONG KONG IS OPEN.")
    assert text_of(said, followed) == "Good evening, I'm Anna Chan. The harbour in Hong Kong is open."
    assert followed.report.in_capitals


def test_moved_paragraphs_stay_where_they_were_spoken() -> None:
    one = "the police said that thirteen people were hurt in the fire at the harbor"
    other = "in sport the national team won its last game of the season by three to one"
    said = heard(f"{one}\n{other}")
    made = text_of(said, follow(said, f"{other.capitalize()}.\n{one.capitalize().replace('harbor', 'harbour')}."))
    assert made == f"{one.capitalize().replace('harbor', 'harbour')}.\n{other.capitalize()}."


def test_a_sentence_that_is_repeated_is_shown_as_often_as_it_was_said() -> None:
    said = heard("\n".join(["we will never give up"] * 3 + ["good night"]))
    made = text_of(said, follow(said, "We will never give up!\n" * 5 + "Good night."))
    assert made == "We will never give up!\n" * 3 + "Good night."


def test_a_script_for_a_part_leaves_the_rest_as_it_was_recognised() -> None:
    rest = "and now something that is in no script at all because it was live"
    said = heard(f"good evening and welcome to the program\n{rest}\n{rest}")
    made = text_of(said, follow(said, "Good evening, and welcome to the programme."))
    assert made == f"Good evening, and welcome to the programme.\n{rest}\n{rest}"


def test_right_to_left() -> None:
    said = heard("مساء الخير واهلا بكم في نشرة الاخبار\nشكرا جزيلا لكم على هذه المشاهدة", "ar")
    followed = follow(said, "المذيع: مساء الخير، وأهلا بكم في نشرة الأخبار.\nالضيف: شكرا جزيلا لكم على هذه المشاهدة.")
    made = shown(said, followed.corrections)
    assert [each.speaker for each in made.sentences] == ["المذيع", "الضيف"]
    assert made.sentences[1].text == "شكرا جزيلا لكم على هذه المشاهدة."
    assert made.sentences[0].text.startswith("مساء الخير،")


def test_a_person_wins_over_the_script() -> None:
    said = heard("good evening I'm anna chen in hong kong tonight")
    person = Correction(4, 5, "Chang", (Word("Chang", "", 1280, 1560),), by="kai", revision=1)
    lines = read_script(b"ANNA: Good evening, I'm Anna Chan in Hong Kong tonight.", "s.txt").lines
    made = shown(said, follow_script(said, (person,), lines).corrections).sentences
    assert [(each.speaker, each.text) for each in made] == [
        ("ANNA", "Good evening, I'm Anna Chang in Hong Kong tonight.")
    ]


OPTIONS = CaptionOptions(formats=("srt",), style=load_style("web-default"), language="en", archive=True)
SCRIPT = (
    "ANNA REYES: Good evening, and welcome to The Evening Report.\n"
    "I'm Anna Reyes, and with me tonight is Dr. David Chan of the Harbor Institute.\n"
    "Dr. Chan, is this really the end of captions typed by hand?\n"
)


def scripted(script: str = SCRIPT, **changes: object) -> CaptionOptions:
    lines = read_script(script.encode(), "script.txt").lines
    return replace(OPTIONS, script=lines, script_name="script.txt", **changes)  # type: ignore[arg-type]


def test_the_archive_holds_the_script_as_records_and_a_later_correction_wins() -> None:
    said = spoken("interview-en")
    files = produce(said, MediaFacts(), scripted(), title="talk").files
    kept = archive.loads(files["json"].decode())
    assert archive.dumps(kept) == files["json"].decode()
    assert {each.kind for each in kept.corrections} == {"script"}
    assert kept.script is not None
    assert kept.script.name == "script.txt"
    assert "David Chan" in kept.shown.sentences[1].text
    assert [sentence.text for sentence in kept.transcript.sentences] == [each.text for each in said.sentences]

    srt = files["srt"].decode().replace("David Chan", "David Chang").replace("Harbor", "Harbour")
    state = state_of(kept, options_of(kept, OPTIONS))
    change = adopt(state, srt.encode(), "talk.srt", "srt", Revision(1, by="kai"))
    assert change.adopted.corrected == 2
    edits = replace(change.edits, revisions=(Revision(1, by="kai"),))
    again = produce(said, MediaFacts(), change.options, title="talk", edits=edits).files
    kept = archive.loads(again["json"].decode())
    assert "David Chang of the Harbour" in kept.shown.sentences[1].text

    for script in (SCRIPT, SCRIPT.replace("Chan", "Chun")):  # the next runs, one with a script that was changed
        taken = take_over(kept, said, scripted(script), Revision(0, source="talk.json"))
        made = produce(said, MediaFacts(), scripted(script), title="talk", edits=taken.edits).files
        text = archive.loads(made["json"].decode()).shown.sentences
        assert "David Chang of the Harbour" in text[1].text
        assert ("Dr. Chun," if "Chun" in script else "Dr. Chan,") in text[2].text
        assert {each.speaker for each in text[:3]} == {"ANNA REYES"}
    taken = take_over(kept, said, OPTIONS, Revision(0, source="talk.json"))  # without the script
    made = produce(said, MediaFacts(), OPTIONS, title="talk", edits=taken.edits).files
    text = archive.loads(made["json"].decode()).shown.sentences
    assert ("David Chang of the Harbour" in text[1].text, "Dr. Chen," in text[2].text) == (True, True)


def test_rules_of_the_options_win_over_the_script() -> None:
    said = spoken("interview-en")
    for mask in (("evening",), ("captions",)):
        text = " ".join(each.text for each in revise(said, scripted(mask=mask)).transcript.sentences)
        assert mask[0] not in text.lower()
    removed = revise(said, scripted(remove=("well",))).transcript
    assert not any("Well" in each.text for each in removed.sentences)


def test_rules_reach_words_of_which_a_script_changed_only_the_speaker() -> None:
    said = spoken("interview-en")
    kept = archive.loads(produce(said, MediaFacts(), scripted(), title="talk").files["json"].decode())
    made = revise(kept.transcript, replace(OPTIONS, mask=("tonight",)), kept.edits).transcript
    assert not any("tonight" in each.text for each in made.sentences)
    assert made.sentences[1].speaker == "ANNA REYES"


def test_shapes_of_single_words_follow_the_script() -> None:
    also = ((load_style("word-by-word"), "srt"), (load_style("social-vertical"), "ass"))
    options = scripted(formats=("srt", "ass"), also=also, karaoke="k")
    files = produce(spoken("interview-en"), MediaFacts(), options, title="talk").files
    assert "Chan" in files["word-by-word.srt"].decode()
    assert "Harbour" not in files["word-by-word.srt"].decode()
    assert re.search(r"\{\\k\d+\}Chan", files["ass"].decode())
    assert "Harbor" in files["social-vertical.ass"].decode()


def test_captions_that_a_person_cut_follow_a_script_that_changed() -> None:
    said = spoken("interview-en")
    files = produce(said, MediaFacts(), scripted(), title="talk").files
    kept = archive.loads(files["json"].decode())
    srt = files["srt"].decode()
    assert "Dr. Chan, is this really the end\nof captions typed by hand?" in srt
    srt = srt.replace("Dr. Chan, is this really the end\nof captions", "Dr. Chan, is this really\nthe end of captions")
    change = adopt(state_of(kept, options_of(kept, OPTIONS)), srt.encode(), "talk.srt", "srt", Revision(1))
    edits = replace(change.edits, revisions=(Revision(1),))
    kept = archive.loads(produce(said, MediaFacts(), change.options, title="talk", edits=edits).files["json"].decode())
    assert kept.pinned
    for script in (SCRIPT, SCRIPT.replace("Dr. Chan,", "Dr. Chun,")):
        taken = take_over(kept, said, scripted(script), Revision(0, source="talk.json"))
        made = produce(said, MediaFacts(), scripted(script), title="talk", edits=taken.edits).files["srt"].decode()
        assert made == (srt.replace("Dr. Chan, is", "Dr. Chun, is") if "Chun" in script else srt)


def test_a_reply_without_words_follows_a_script() -> None:
    said = Transcript(
        (Sentence("good evening from the harbor", 0, 3000), Sentence("and now the weather", 3200, 5000)), "en"
    )
    followed = follow(said, "ANNA: Good evening from the Harbour! And now: the weather.")
    made = shown(said, followed.corrections).sentences
    assert [each.text for each in made] == ["Good evening from the Harbour!", "And now: the weather."]
    assert made[0].start_ms == 0
