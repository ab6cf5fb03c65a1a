import json

import jsonschema
from hypothesis import given

from captioner.archive import loads
from captioner.formats import Context, render
from captioner.model import Cue, Line, Sentence, Transcript
from captioner.style import load_style
from tests.formats import hostile
from tests.test_archive import PUBLISHED

VALID = jsonschema.Draft202012Validator(PUBLISHED)
STYLE = load_style("web-default")
TALK = Transcript(
    (
        Sentence("Good evening.", 0, 900, speaker="0"),
        Sentence("Welcome.", 1000, 1500, speaker="0"),
        Sentence("Thank you.", 61_000, 62_000, speaker="1"),
        Sentence("So?", 3_600_000, 3_601_000, speaker="0"),
    )
)


def txt(cues=(), **context):
    return render(cues, "txt", Context(**context)).decode("utf-8")


def test_a_transcript_has_a_paragraph_a_turn_with_clock_and_name():
    assert txt(transcript=TALK, names={"0": "Anna"}) == (
        "[00:00:00] Anna: Good evening. Welcome.\n\n[00:01:01] Speaker 2: Thank you.\n\n[01:00:00] Anna: So?\n"
    )


def test_channels_are_called_channels():
    heard = Transcript((Sentence("a", 0, 1, speaker="0"), Sentence("b", 1, 2, speaker="1")), by_channel=True)
    assert txt(transcript=heard) == "[00:00:00] Channel 1: a\n\n[00:00:00] Channel 2: b\n"


def test_one_unnamed_speaker_has_no_name_and_paragraphs_end_at_pauses():
    heard = Transcript(tuple(Sentence(f"Part {at}.", at, at + 900, speaker="0") for at in (0, 1000, 2000, 9000)))
    assert txt(transcript=heard) == "[00:00:00] Part 0. Part 1000. Part 2000.\n\n[00:00:09] Part 9000.\n"
    assert txt(transcript=heard, names={"0": "Anna"}).startswith("[00:00:00] Anna: Part 0.")


def test_an_unbroken_monologue_still_has_paragraphs():
    heard = Transcript(tuple(Sentence("word " * 20, at * 1000, at * 1000 + 999) for at in range(30)))
    assert 3 <= txt(transcript=heard).count("[") <= 6


def test_chinese_and_japanese_sentences_are_joined_without_a_space():
    for first, second, joined in (
        ("你好。", "世界。", "你好。世界。"),
        ("これは", "ペンです", "これはペンです"),
        ("OK.", "好的。", "OK. 好的。"),
        ("안녕.", "그래.", "안녕. 그래."),
        ("Yes.", "No.", "Yes. No."),
    ):
        assert txt(transcript=Transcript((Sentence(first, 0, 1), Sentence(second, 1, 2)))) == f"[00:00:00] {joined}\n"


def test_without_a_transcript_the_cues_are_read():
    cues = (
        Cue(0, 1000, (Line("Hello", speaker="0"), Line("there.", speaker="0")), "0"),
        Cue(1000, 2000, (Line("Go."),), "1"),
    )
    assert txt(cues) == "[00:00:00] Speaker 1: Hello there.\n\n[00:00:01] Speaker 2: Go.\n"


def test_nothing_said_is_an_empty_file():
    assert txt(transcript=Transcript(())) == ""


@given(hostile.cues())
def test_a_transcript_keeps_every_word_and_one_paragraph_is_one_line(cues):
    text = txt(cues, names={"0": "A", "1": "B", "2": "C"})
    said = "".join(line.text for cue in cues for line in cue.lines)
    body = "".join(paragraph.split("] ", 1)[1] for paragraph in text.rstrip("\n").split("\n\n") if paragraph)
    for name in ("A: ", "B: ", "C: "):
        body = body.replace(name, "")
    for name in ("A: ", "B: ", "C: "):
        said = said.replace(name, "")
    assert hostile.squeezed(body) == hostile.squeezed(hostile.one_line(said))
    assert not [line for line in text.split("\n") if line and not line.startswith("[")]


@given(hostile.cues())
def test_json_is_an_archive_that_reads_back(cues):
    context = Context(names={"0": "Anna"}, language="en", style=STYLE, duration_ms=99, transcript=TALK, title="t.mp4")
    document = render(cues, "json", context).decode("utf-8")
    VALID.validate(json.loads(document))
    archive = loads(document)
    assert archive.transcript == TALK
    assert [(cue.start_ms, cue.end_ms) for cue in archive.cues] == [(cue.start_ms, cue.end_ms) for cue in cues]
    assert [[line.text for line in cue.lines] for cue in archive.cues] == [
        [line.text.replace("\ud800", "\ufffd") for line in cue.lines] for cue in cues
    ]
    assert (archive.style.name, archive.style.digest, archive.media.duration_ms) == ("web-default", STYLE.digest, 99)
    assert dict(archive.names) | {"0": "Anna", "1": "Speaker 2"} == archive.names
    assert archive.generator.startswith("captioner ")
