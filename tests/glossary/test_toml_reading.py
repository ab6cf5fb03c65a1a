"""Glossaries: what is read, in the new format and the three earlier ones, and what is refused with the entry's name."""

from __future__ import annotations

import pytest

from captioner import glossary
from captioner.errors import ConfigError
from captioner.glossary import CaptionRules, Rule

DESK = """
mask = ["heck"]
speaker_label = "{NAME}"

[[terms]]  # the harbour master
text = "Dr. Chan"
heard = ["Dr. Chen", "doctor chen"]
sounds_like = "doctor tschan"
weight = 5
language = "en"
note = "asked him, 3 May"

[[terms]]
text = "Fun-ASR"
heard = "fun asr"

[[speakers]]
name = "Anna Weber"
role = "Presenter"
label = "{surname} ({role})"
also = ["Anna"]
heard = ["Anna Veber"]
number = 1
"""


def test_a_desk_s_glossary() -> None:
    desk = glossary.parse(DESK, "glossary.toml")
    chan, fun, anna = desk.terms
    assert chan.heard == ("Dr. Chen", "doctor chen")
    assert (chan.sounds_like, chan.weight, chan.language) == (("doctor tschan",), 5, "en")
    assert (fun.text, fun.heard, fun.weight) == ("Fun-ASR", ("fun asr",), 4)
    assert (anna.text, anna.heard) == ("Anna Weber", ("Anna Veber",))
    (speaker,) = desk.speakers
    assert speaker.printed("{NAME}") == "Weber (Presenter)"
    assert desk.masked == ("heck",)
    assert Rule("fun asr", "Fun-ASR") in desk.caption_rules.rules


def test_the_earlier_formats_are_read() -> None:
    replaced = glossary.parse('mask = ["heck"]\n[replace]\n"fun asr" = "Fun-ASR"\na = "b"\nb = "a"\n', "names.toml")
    assert replaced.listed == (("fun asr", "Fun-ASR"), ("a", "b"), ("b", "a"))
    hot = glossary.parse('words = ["Chan", {text = "Fun-ASR", weight = 5, lang = "en"}]', "hot.toml")
    assert [(term.text, term.weight, term.language) for term in hot.terms] == [("Chan", 4, ""), ("Fun-ASR", 5, "en")]
    named = glossary.parse('[speakers]\n1 = "Anna"\n2 = "Bo"\n', "speakers.toml")
    assert [(speaker.number, speaker.name) for speaker in named.speakers] == [(1, "Anna"), (2, "Bo")]


def test_entries_of_one_spelling_are_one() -> None:
    (term,) = glossary.parse('[[terms]]\ntext="A"\nheard=["b"]\nweight=5\n[[terms]]\ntext="A"\nheard="c"\n', "g").terms
    assert (term.heard, term.weight) == (("b", "c"), 5)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("= 3", r"^desk\.toml: not valid TOML"),
        ("[[term]]\ntext = 'a'", r"^desk\.toml: unknown key 'term'; choose one of"),
        ("[[terms]]\nheard = 'a'", r"^desk\.toml: terms 1 \(“a”\): text is missing"),
        ("[[terms]]\ntext = 'Chan'\nherd = 'a'", r"terms 1 \(“Chan”\): unknown key 'herd'; choose one of text, heard"),
        ("[[terms]]\ntext = 'Chan'\nweight = 9", r"terms 1 \(“Chan”\): weight 9 is not 1 to 5"),
        ("[[terms]]\ntext = 'Chan'\nheard = [3]", "takes a list of words"),
        ("[[terms]]\ntext = 'Chan'\nheard = ['']", "empty word"),
        ("[terms]\ntext = 'a'", r"write one \[\[terms\]\] table"),
        ("mask = 3", "takes a list of words"),
        ("[[speakers]]\nname = 'A'\nnumber = 0", "counted from 1"),
        ("[[speakers]]\nname = 'A'\n[[speakers]]\nname = 'a'", "is speakers 1 .“A”. already; delete one"),
        ("[speakers]\n0 = 'A'", "write a number from 1"),
        ("[replace]\na = 3", "write lines such as"),
        ("[[terms]]\ntext='A'\nheard='x'\n[[terms]]\ntext='B'\nheard='X'", None),
        (
            "[[terms]]\ntext='A'\nheard='x'\n[[terms]]\ntext='B'\nheard='x'",
            r"terms 2 \(“B”\): “x” is heard for “A” too",
        ),
        ("[[terms]]\ntext='A'\nheard='B'\n[[terms]]\ntext='B'\nheard='A'", "each run would undo the other"),
        ("[[terms]]\ntext='Chang'\nheard='chan'\n[[terms]]\ntext='Chan'", "which is the spelling of terms 2"),
        ("[[terms]]\ntext='A'\nweight=1\n[[terms]]\ntext='A'\nweight=2", "gives another weight"),
        ("[[terms]]\ntext='A'\nheard='x'\nlanguage='en'\n[[terms]]\ntext='B'\nheard='x'\nlanguage='de'", None),
    ],
)
def test_a_wrong_entry_is_named_with_what_to_do(text: str, complaint: str | None) -> None:
    if complaint is None:
        assert glossary.parse(text, "desk.toml").terms
        return
    with pytest.raises(ConfigError, match=complaint):
        glossary.parse(text, "desk.toml")


def test_captions_depend_on_what_is_replaced_and_not_on_weights_order_and_comments() -> None:
    one = '[[terms]]\ntext="A"\nheard="x"\n[[terms]]\ntext="B"\nheard="y"\n'
    other = '# mine\n[[terms]]\ntext="B"\nheard="y"\nweight=1\n[[terms]]\ntext="A"\nheard="x"\nnote="n"\n'
    rules = glossary.parse(one, "g").caption_rules.dumps()
    assert glossary.parse(other, "g").caption_rules.dumps() == rules
    assert glossary.parse(one.replace('"y"', '"z"'), "g").caption_rules.dumps() != rules
    assert set(CaptionRules.loads(rules).rules) == set(glossary.parse(one, "g").caption_rules.rules)
    assert glossary.parse('words = ["Chan"]', "g").caption_rules.dumps() == ""
