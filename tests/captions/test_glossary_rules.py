"""Rules of a glossary on a transcript: no right spelling is changed, twice is once, a person wins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from captioner import archive, glossary
from captioner.archive import MediaFacts
from captioner.captions.adopt import adopt, options_of, state_of
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import correct_transcript, produce
from captioner.corrections import Revision
from captioner.model import Sentence, Transcript, Word


def said(*sentences: str, language: str = "en") -> Transcript:
    made, at = [], 0
    for text in sentences:
        words = []
        for token in text.split():
            bare = token.rstrip(",.!?")
            words.append(Word(bare + " ", token[len(bare) :], at, at + 300))
            at += 300
        made.append(Sentence(text, words[0].start_ms, at, tuple(words), "1"))
        at += 500
    return Transcript(tuple(made), language)


def options(text: str, **more: object) -> CaptionOptions:
    rules = glossary.parse(text, "glossary.toml").caption_rules.dumps()
    return CaptionOptions(glossary=rules, glossary_name="glossary.toml", **more)  # type: ignore[arg-type]


def shown(transcript: Transcript, text: str) -> str:
    made, _ = correct_transcript(transcript, options(text))
    return " ".join(sentence.text for sentence in made.sentences)


CHAN = '[[terms]]\ntext = "Chan"\nheard = ["Chen"]\n'


@pytest.mark.parametrize(
    ("text", "terms", "result"),
    [
        ("Dr. Chen and Chen's car.", {"Chan": ["Chen"]}, "Dr. Chan and Chan's car."),
        ("Fun-ASR is asr.", {"Fun-ASR": ["asr"]}, "Fun-ASR is Fun-ASR."),
        ("The New York Times of New York.", {"NYC": ["New York"], "New York Times": []}, "The New York Times of NYC."),
        ("Cashpoints and a cash point.", {"cashpoint": ["cash point"]}, "Cashpoints and a cashpoint."),
        ("Cash point.", {"cashpoint": ["cash point"]}, "Cashpoint."),
        ("Use .* or (a|b).", {"star": [".*"], "either": ["(a|b)"]}, "Use star or either."),
        ("Anna Web is here.", {"Anna Weber": ["Anna Web"]}, "Anna Weber is here."),
    ],
)
def test_a_rule_changes_what_was_heard_and_twice_is_once(text: str, terms: dict[str, list[str]], result: str) -> None:
    listed = "".join(f"[[terms]]\ntext = '{key}'\nheard = {heard}\n" for key, heard in terms.items())
    assert shown(said(text), listed) == result
    assert shown(said(result), listed) == result


def test_a_rule_of_a_language_counts_in_it_alone() -> None:
    rule = '[[terms]]\ntext = "Gift"\nheard = ["poison"]\nlanguage = "de"\n'
    assert shown(said("A poison."), rule) == "A poison."
    assert shown(said("Ein poison.", language="de-AT"), rule) == "Ein Gift."


def test_changes_are_counted_by_rule_and_what_matched_is_told() -> None:
    made = produce(said("Chen and Chen.", "Chen."), MediaFacts(), options(CHAN + '[[terms]]\ntext="B"\nheard="zzz"\n'))
    notes = [issue.message for issue in made.issues if issue.rule == "replaced"]
    assert notes == ["“Chen” is shown as “Chan”, 3 times, first at 0.0 s"]
    assert made.matched == ("Chen",)


def test_a_list_and_a_glossary_work_together_and_the_list_wins() -> None:
    both = replace(options(CHAN), replacements='[replace]\nChen = "Cheng"\n', replacements_name="names.toml")
    made, _ = correct_transcript(said("Chen."), both)
    assert made.sentences[0].text == "Cheng."


def test_words_that_sound_alike_are_pointed_out_and_not_changed() -> None:
    text = '[[terms]]\ntext = "Kowalczyk"\nsounds_like = ["kovaltschik"]\n'
    made = produce(said("Mr Kovalchik said.", "Kowalczyk is right."), MediaFacts(), options(text))
    assert [issue.message for issue in made.issues if issue.rule == "sounds_alike"] == [
        "at 0.0 s “Kovalchik” sounds like “Kowalczyk”"
    ]
    assert b"Mr Kovalchik said." in made.files["srt"]


def test_speakers_have_the_label_of_the_glossary() -> None:
    text = 'speaker_label = "{SURNAME}"\n[[speakers]]\nname = "Anna Weber"\nalso = ["Anna"]\n'
    two = Transcript((*said("One.").sentences, replace(said("x", "Two.").sentences[1], speaker="2")), "en")
    made = produce(two, MediaFacts(), options(text, names={"1": "Anna", "2": "Bo"}, formats=("vtt",)))
    assert b"<v WEBER>" in made.files["vtt"]
    assert b"<v Bo>" in made.files["vtt"]
    numbered = options('[[speakers]]\nname = "Bea"\nnumber = 2\n', formats=("vtt",))
    assert b"<v Bea>" in produce(two, MediaFacts(), numbered).files["vtt"]


def test_a_correction_of_a_person_wins_over_the_glossary_and_stays_so() -> None:
    transcript = said("Ms Chen and Mr Chen met.")
    wanted = options(CHAN, archive=True)
    first = produce(transcript, MediaFacts(), wanted)
    assert b"Ms Chan and Mr Chan" in first.files["srt"]
    kept = archive.loads(first.files["json"].decode())
    edited = first.files["srt"].replace(b"Ms Chan", b"Ms Chen")
    change = adopt(state_of(kept, options_of(kept, wanted)), edited, "t.srt", "srt", Revision(1, by="kai"))
    again = produce(transcript, MediaFacts(), wanted, edits=replace(change.edits, corrections=change.edits.by_people))
    assert b"Ms Chen and Mr Chan" in again.files["srt"]


def test_the_archive_holds_the_rules_that_made_it_and_gives_the_same_captions() -> None:
    many = "".join(f'[[terms]]\ntext = "Name{n}"\nheard = ["nome{n}"]\n' for n in range(5000))
    wanted = options(CHAN + many, archive=True)
    made = produce(said("Chen."), MediaFacts(), wanted)
    assert len(made.files["json"]) < 3000
    kept = archive.loads(made.files["json"].decode())
    again = produce(kept.transcript, kept.media, options_of(kept, wanted), edits=kept.edits, title=kept.title)
    assert again.files == made.files
