import json
from dataclasses import replace
from fractions import Fraction
from importlib import resources

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captioner import archive as archive_module
from captioner.archive import (
    SCHEMA,
    VERSION,
    Archive,
    MediaFacts,
    StyleMark,
    compacted,
    dumps,
    from_document,
    is_archive,
    loads,
)
from captioner.archive_rows import decode_rows
from captioner.corrections import Correction, Revision
from captioner.errors import ReplyError
from captioner.model import Cue, Line, Placement, Sentence, StyledSpan, TextStyle, Transcript, Word

PUBLISHED = json.loads(resources.files("captioner").joinpath("archive.schema.json").read_text(encoding="utf-8"))

VALID = jsonschema.Draft202012Validator(PUBLISHED)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ids = st.none() | st.sampled_from(["0", "1", "host"])
moments = st.integers(-1000, 50_000_000)
spans = st.tuples(moments, st.integers(0, 10_000)).map(lambda pair: (pair[0], pair[0] + pair[1]))
words = st.builds(lambda t, p, s: Word(t, p, *s), texts, texts, spans)
few_words = st.lists(words, max_size=3).map(tuple)
sentences = st.builds(lambda t, s, w, k, c: Sentence(t, *s, w, k, c), texts, spans, few_words, ids, st.integers(0, 7))
looks = st.builds(TextStyle, st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["", "#FFB570"]))
stretches = st.lists(st.integers(0, 20), min_size=2, max_size=4, unique=True).map(sorted)
marked = st.builds(lambda at, look: tuple(map(StyledSpan, at[::2], at[1::2], [look] * 2)), stretches, looks)
places = st.builds(
    Placement,
    st.sampled_from(["bottom", "middle", "top"]),
    st.sampled_from(["left", "centre", "right"]),
    st.none() | st.floats(0, 100),
    st.none() | st.integers(0, 100),
)
lines = st.builds(Line, texts, few_words, ids, texts, st.sampled_from(["", "- ", "-"]), marked)
cues = st.builds(
    lambda s, ls, k, p: Cue(*s, tuple(ls), k, p), spans, st.lists(lines, max_size=2), ids, st.none() | places
)
media = st.builds(
    MediaFacts,
    duration_ms=st.integers(0, 43_200_000),
    width=st.integers(0, 8192),
    height=st.integers(0, 8192),
    frame_rate=st.none() | st.sampled_from([Fraction(25), Fraction(30000, 1001), Fraction(25, 2)]),
    start_timecode=st.sampled_from(["", "10:00:00:00", "01:00:00;00"]),
    sha256=st.sampled_from(["", "ab" * 32]),
)
transcripts = st.builds(
    Transcript,
    st.lists(sentences, max_size=4).map(tuple),
    st.sampled_from(["", "en", "zh"]),
    st.integers(0, 43_200_000),
    st.booleans(),
    st.sampled_from(["", "fun-asr"]),
    st.none() | st.integers(0, 43_200),
)


def corrections(until):
    ranges = st.tuples(st.integers(0, 8), st.integers(0, 3)).map(lambda pair: (pair[0], pair[0] + pair[1]))
    kinds = st.sampled_from(["person", "rule"])
    made = st.tuples(ranges, st.none() | texts, few_words, ids, kinds, until)
    return made.map(
        lambda row: Correction(
            *row[0], row[1], row[2], row[3], "ann", "2026-11-28T19:30:00Z", "a.srt", row[4], 3, row[5]
        )
    )


archives = st.builds(
    Archive,
    transcripts,
    st.lists(cues, max_size=4).map(tuple),
    st.dictionaries(st.sampled_from(["0", "1", "host"]), texts),
    st.sampled_from(["", "en", "zh-Hant"]),
    st.builds(StyleMark, texts, st.integers(0, 9), st.sampled_from(["", "0123456789abcdef"])),
    media,
    texts,
    st.just("captioner 0.1.0"),
    st.lists(corrections(until=st.just(0)), max_size=2).map(tuple),
    st.lists(corrections(until=st.integers(1, 5)), max_size=1).map(tuple),
    st.lists(st.builds(Revision, st.integers(1, 9), texts, texts, texts, *[st.integers(0, 99)] * 3), max_size=1).map(
        tuple
    ),
    offset_ms=st.sampled_from([0, -40, 3_600_000]),
    files=st.dictionaries(st.sampled_from(["srt", "word-by-word.srt"]), st.just("cd" * 32)),
    earlier_files=st.dictionaries(st.sampled_from(["vtt", "ass"]), st.just("ab" * 32)),
    options=st.dictionaries(texts, st.integers() | texts),
)


@st.composite
def pinned_archives(draw):
    archive = draw(archives)
    chosen = draw(st.sets(st.sampled_from(range(len(archive.cues))))) if archive.cues else ()
    return replace(archive, pinned=tuple(sorted(chosen)))


SMALL = Archive(
    transcript=Transcript((Sentence("你好 — “ok”", 0, 900, (Word("你好", "，", 0, 400),), "0"),), language="zh"),
    cues=(Cue(0, 900, (Line("你好", speaker="0", label="安娜:"),), "0"),),
    names={"0": "安娜"},
    generator="captioner 9.9",
)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(pinned_archives())
def test_an_archive_reads_back_as_it_was_and_obeys_the_published_schema(archive):
    text = dumps(archive)
    assert loads(text) == archive
    assert dumps(loads(text)) == text
    VALID.validate(json.loads(text))
    assert is_archive(json.loads(text))


def test_the_published_schema_is_itself_a_schema_of_this_version():
    jsonschema.Draft202012Validator.check_schema(PUBLISHED)
    assert PUBLISHED["properties"]["schema"]["const"] == SCHEMA
    assert PUBLISHED["properties"]["version"]["const"] == VERSION


@pytest.mark.parametrize("path", [("sentences", 0, "text"), ("cues", 0, "lines"), ("version",), ("sentences",)])
def test_the_published_schema_misses_what_the_reader_misses(path):
    document = json.loads(dumps(SMALL))
    owner = document
    for key in path[:-1]:
        owner = owner[key]
    del owner[path[-1]]
    assert list(jsonschema.Draft202012Validator(PUBLISHED).iter_errors(document))


def test_the_text_is_for_people_too():
    text = dumps(SMALL)
    assert "你好 — “ok”" in json.loads(text)["sentences"][0]["text"]
    assert "\\u" not in text
    assert len([line for line in text.splitlines() if "start_ms" in line]) == 2
    assert text.endswith("}\n")


def test_a_lone_surrogate_does_not_make_the_file_unwritable():
    archive = Archive(Transcript((Sentence("a\ud800b", 0, 1),)))
    assert loads(dumps(archive).encode("utf-8").decode("utf-8")).transcript.sentences[0].text == "a\ufffdb"


def test_unknown_fields_and_missing_optional_ones_are_tolerated():
    document = {"schema": SCHEMA, "version": 1, "sentences": [{"text": "a", "start_ms": 0, "end_ms": 5, "mood": 1}]}
    document["future"] = {"x": []}
    assert loads(json.dumps(document)) == Archive(Transcript((Sentence("a", 0, 5),)))


def test_a_newer_version_is_refused_by_the_name_of_its_writer():
    text = dumps(SMALL).replace('"version": 3,', '"version": 4,', 1)
    with pytest.raises(ReplyError, match=r"version 4, written by captioner 9\.9.*reads up to 3"):
        loads(text)


def changed(**fields):
    return json.dumps({"schema": SCHEMA, "version": 1, "sentences": [], **fields})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"schema": "captioner.archive", "version": ' + "1" * 5000 + "}", "not valid JSON"),
        ("[]", "schema"),
        ('{"file_url": "x"}', "schema"),
        ('{"schema": "captioner.archive", "version": 1}', "sentences are missing"),
        (changed(version="1"), "version is not a whole number"),
        (changed(version=True), "version is not a whole number"),
        (changed(sentences={}), "sentences is not a list"),
        (changed(sentences=[1]), r"sentences\[0\] is not an object"),
        (changed(sentences=[{"text": "a", "start_ms": 0.5, "end_ms": 1}]), r"sentences\[0\]\.start_ms is not a whole"),
        (changed(sentences=[{"text": "a", "start_ms": 5, "end_ms": 1}]), r"sentences\[0\]\.end_ms is before"),
        (changed(sentences=[{"text": "a", "start_ms": 0, "end_ms": 1 << 60}]), "too large"),
        (changed(sentences=[{"start_ms": 0, "end_ms": 1}]), r"sentences\[0\]\.text is not a text"),
        (
            changed(cues=[{"start_ms": 0, "end_ms": 1, "lines": [{"text": "a", "words": [{}]}]}]),
            r"cues\[0\]\.lines\[0\]\.words\[0\]\.text",
        ),
        (changed(media={"frame_rate": "PAL"}), r"media\.frame_rate"),
        (changed(speakers=[{"id": 0, "name": "A"}]), r"speakers\[0\]\.id is not a text"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line_that_names_the_field(text, says):
    with pytest.raises(ReplyError, match=says) as caught:
        loads(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda v: st.lists(v) | st.dictionaries(texts, v))
)
def test_any_json_is_read_or_refused_never_a_crash(value):
    keys = ("sentences", "cues", "speakers", "media", "style", "transcript", "language")
    for key in keys:
        try:
            loads(changed(**{key: value}))
        except ReplyError:
            continue


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('"lines": [{"text": "Hi", "spans": [{"start": 1, "end": 1}]}]', r"spans\[0\].start and end are no stretch"),
        (
            '"lines": [{"text": "Hi", "spans": [{"start": 1, "end": 2}, {"start": 0, "end": 1}]}]',
            "after the one before",
        ),
        ('"lines": [{"text": "Hi", "spans": [{"start": 0, "end": 2, "colour": "red"}]}]', "colour is not #RRGGBB"),
        ('"lines": [], "placement": {"row": "upstairs"}', "row or side is not a place"),
        ('"lines": [], "placement": {"x": NaN}', "x is not between 0 and 100"),
    ],
)
def test_a_look_or_a_place_that_is_none_is_refused_by_its_path(written: str, complaint: str) -> None:
    text = (
        f'{{"schema": "{SCHEMA}", "version": 1, "sentences": [], "cues": [{{"start_ms": 0, "end_ms": 1, {written}}}]}}'
    )
    with pytest.raises(ReplyError, match=complaint):
        loads(text)


def test_what_has_no_looks_and_places_is_written_as_before_there_were_any() -> None:
    plain = dumps(Archive(Transcript(()), (Cue(0, 1000, (Line("Hi"),)),)))
    assert "spans" not in plain
    assert "placement" not in plain


def test_words_made_while_the_json_is_read_are_the_words_read_afterwards():
    text = dumps(SMALL)
    assert from_document(json.loads(text, object_hook=compacted)) == from_document(json.loads(text)) == SMALL


GOOD = {"text": "hi", "punctuation": "", "start_ms": 5, "end_ms": 9}


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ([GOOD], (Word("hi", "", 5, 9),)),
        ([GOOD, {**GOOD, "end_ms": 4}], None),
        ([{**GOOD, "start_ms": True}], None),
        ([{**GOOD, "end_ms": 1 << 60}], None),
        ([{"text": "hi", "start_ms": 5, "end_ms": 9}], None),
        (["hi"], None),
        ([], None),
    ],
)
def test_only_words_that_are_as_they_should_be_are_made_early(words, made):
    assert compacted({"words": words})["words"] == (words if made is None else made)


def outcome(text):
    """The archive, or what is said instead of one."""
    try:
        return loads(text)
    except ReplyError as error:
        return str(error)


def both(text, monkeypatch):
    ordinary = outcome(text)
    with monkeypatch.context() as patch:
        patch.setattr(archive_module, "_LARGE", 0)
        return ordinary, outcome(text)


@settings(suppress_health_check=list(HealthCheck))
@given(pinned_archives())
def test_a_large_archive_is_read_alike(monkeypatch, archive):
    ordinary, fast = both(dumps(archive), monkeypatch)
    assert fast == ordinary == archive


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda v: st.lists(v) | st.dictionaries(texts, v))
)
def test_a_large_archive_with_anything_in_it_is_read_or_refused_alike(monkeypatch, value):
    for row in (
        {"start_ms": 0, "end_ms": 1, "text": "a", "words": value, "lines": value},
        {"start_ms": value, "end_ms": 1, "text": value, "speaker": value, "lines": [{"text": "a", "words": [value]}]},
        {"start_ms": 5, "end_ms": 9, "text": "a", "words": [{**GOOD, "end_ms": value}], "lines": [value]},
        {"start_ms": 5, "end_ms": 9, "text": "a", "lines": [{"text": "a", "spans": value}], "placement": value},
    ):
        for key in ("sentences", "cues"):
            ordinary, fast = both(changed(**{key: [row]}), monkeypatch)
            assert fast == ordinary


def test_the_rows_of_a_large_archive_are_made_by_the_faster_decoder():
    sentence = replace(SMALL.transcript.sentences[0], text="你好，")
    spelled = replace(SMALL, transcript=replace(SMALL.transcript, sentences=(sentence,)))
    document = decode_rows(dumps(spelled))
    assert document is not None
    assert document["sentences"] == [sentence]
    assert document["cues"] == list(SMALL.cues)


def test_a_file_of_version_1_is_read_as_it_is():
    row = {"text": "Good morning", "start_ms": 0, "end_ms": 9, "words": [{"text": "Good", "start_ms": 0, "end_ms": 5}]}
    archive = loads(json.dumps({"schema": SCHEMA, "version": 1, "sentences": [row], "cues": []}))
    assert archive.shown.sentences[0].text == "Good morning"
    assert not archive.hand_edits


def test_a_text_that_was_edited_by_hand_is_what_is_shown():
    words = (Word("Good ", "", 0, 300), Word("mourning", ".", 300, 900))
    archive = Archive(Transcript((Sentence("Good mourning.", 0, 900, words, "0"), Sentence("Yes.", 900, 1200))))
    edited = loads(dumps(archive).replace('"text": "Good mourning."', '"text": "Good morning!"'))
    assert edited.hand_edits == ((0, "Good morning!"),)
    assert edited.transcript == archive.transcript
    assert [sentence.text for sentence in edited.shown.sentences] == ["Good morning!", "Yes."]
    assert loads(dumps(edited)) == edited


def test_a_sentence_whose_text_was_deleted_by_hand_is_not_shown():
    archive = Archive(Transcript((Sentence("Er", 0, 300, (Word("Er", "", 0, 300),)), Sentence("Yes.", 900, 1200))))
    edited = loads(dumps(archive).replace('"text": "Er", "words"', '"text": "", "words"'))
    assert [sentence.text for sentence in edited.shown.sentences] == ["Yes."]


def test_the_words_stay_as_recognised_beside_a_correction():
    words = (Word("Jon ", "", 0, 300), Word("Smith ", "", 300, 600), Word("spoke", ".", 600, 900))
    transcript = Transcript((Sentence("Jon Smith spoke.", 0, 900, words, "0"),))
    fix = Correction(0, 2, "John Smyth", (Word("John", "", 0, 300), Word(" Smyth", "", 300, 600)), revision=1)
    read = loads(dumps(Archive(transcript, corrections=(fix,))))
    assert read.transcript == transcript
    assert read.shown.sentences[0].text == "John Smyth spoke."
    document = json.loads(dumps(read))
    assert document["sentences"][0]["heard"] == "Jon Smith spoke."
    assert document["corrections"][0]["words"] == [0, 2]


@pytest.mark.parametrize("version", [1, 2])
def test_versions_that_counted_speakers_from_0_are_read_as_if_from_1(version):
    document = {
        "schema": SCHEMA,
        "version": version,
        "speakers": [{"id": "0", "name": "Anna"}, {"id": "1", "name": "Speaker 2"}, {"id": "host", "name": "Bo"}],
        "options": {"style": "web-default", "names": {"0": "Anna", "#2": "Bo"}},
        "sentences": [
            {"text": "Hello", "start_ms": 0, "end_ms": 900, "speaker": "0"},
            {"text": "Yes", "start_ms": 900, "end_ms": 1200, "speaker": "1"},
            {"text": "Well", "start_ms": 1200, "end_ms": 1500, "speaker": None},
            {"text": "Good", "start_ms": 1500, "end_ms": 1900, "speaker": "host"},
        ],
        "corrections": [{"words": [0, 1], "text": None, "speaker": "1"}],
        "cues": [{"start_ms": 0, "end_ms": 1200, "speaker": None,
                  "lines": [{"text": "Hello", "speaker": "0"}, {"text": "Yes", "speaker": "1"}]}],
    }  # fmt: skip
    archive = loads(json.dumps(document))
    assert [sentence.speaker for sentence in archive.transcript.sentences] == ["1", "2", None, "host"]
    assert [line.speaker for line in archive.cues[0].lines] == ["1", "2"]
    assert archive.names == {"1": "Anna", "2": "Speaker 2", "host": "Bo"}
    assert archive.corrections[0].speaker == "2"
    assert archive.options["names"] == {"1": "Anna", "#2": "Bo"}
    assert loads(dumps(archive)) == archive
    assert json.loads(dumps(archive))["version"] == VERSION


def test_a_large_file_of_version_2_is_read_by_the_faster_decoder_with_the_same_speakers():
    words = tuple(Word("word ", "", at * 10, at * 10 + 9) for at in range(14_000))
    archive = Archive(Transcript((Sentence("word " * 13_999 + "word", 0, 140_000, words, "1"),)),
                      (Cue(0, 900, (Line("word", speaker="1"),), "1"),), {"1": "Anna"})  # fmt: skip
    old = dumps(archive).replace('"version": 3,', '"version": 2,', 1)
    old = old.replace('"speaker": "1"', '"speaker": "0"').replace('"id": "1"', '"id": "0"')
    assert len(old) > 1 << 20
    assert loads(old) == archive
