"""Corrections that are taken over to another recognition."""

from __future__ import annotations

from dataclasses import replace

from captioner import archive as archives
from captioner.archive import Archive, MediaFacts
from captioner.captions.adopt import adopt, options_of, state_of
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import produce
from captioner.captions.take_over import take_over
from captioner.corrections import Revision
from captioner.model import Sentence, Transcript, Word
from tests.captions.spoken import spoken

OPTIONS = CaptionOptions(formats=("srt", "txt"), archive=True, language="en")
REVISION = Revision(0, "2026-11-28T19:30:00Z", "", "talk.json")


def corrected(transcript: Transcript, *pairs: tuple[str, str], options: CaptionOptions = OPTIONS) -> Archive:
    """The archive after some words of the SRT were replaced."""
    files = produce(transcript, MediaFacts(), options).files
    archive = archives.loads(files["json"].decode())
    data = files["srt"].decode()
    for old, new in pairs:
        assert old in data
        data = data.replace(old, new)
    revision = Revision(1, "2026-11-28T19:00:00Z", "kai", "talk.srt")
    change = adopt(state_of(archive, options_of(archive, options)), data.encode(), "talk.srt", "srt", revision)
    edits = replace(change.edits, revisions=(revision,))
    made = produce(archive.transcript, archive.media, change.options, edits=edits)
    return archives.loads(made.files["json"].decode())


def renewed(archive: Archive, transcript: Transcript, options: CaptionOptions = OPTIONS) -> dict[str, bytes]:
    """The files of a new run over an archive."""
    taken = take_over(archive, transcript, options, REVISION)
    made = produce(transcript, MediaFacts(), replace(options, names=taken.names), edits=taken.edits)
    return dict(made.files)


def recognised_otherwise(transcript: Transcript, changes: dict[str, str], *, by_ms: int = 0) -> Transcript:
    """The transcript with other words, and other times."""

    def word(each: Word) -> Word:
        text = changes.get(each.text.strip(), each.text.strip())
        tail = each.text[len(each.text.rstrip()) :] if text else ""
        return replace(each, text=text + tail, start_ms=each.start_ms + by_ms, end_ms=each.end_ms + by_ms)

    sentences = []
    for sentence in transcript.sentences:
        words = tuple(made for each in sentence.words if (made := word(each)).text)
        text = "".join(each.text + each.punctuation + (" " if each.punctuation else "") for each in words).strip()
        sentences.append(Sentence(text, words[0].start_ms, words[-1].end_ms, words, sentence.speaker))
    return replace(transcript, sentences=tuple(sentences))


def test_the_same_recognition_keeps_everything_to_the_byte():
    transcript = spoken("interview-en")
    archive = corrected(transcript, ("Harbour", "Harbor"), ("Dr. David Chen\nof the", "Dr. David\nChen of the"))
    again = renewed(archive, transcript)
    assert b"Dr. David\nChen of the Harbor" in again["srt"]
    assert archives.loads(again["json"].decode()) == archive


def test_without_corrections_nothing_is_taken_over():
    transcript = spoken("interview-en")
    archive = archives.loads(produce(transcript, MediaFacts(), OPTIONS).files["json"].decode())
    taken = take_over(archive, transcript, OPTIONS, REVISION)
    assert (taken.edits.corrections, taken.edits.cues, taken.notes) == ((), (), ())


def test_a_new_recognition_takes_corrections_over_by_the_words_around_them():
    transcript = spoken("interview-en")
    archive = corrected(transcript, ("Harbour", "Harbor"), ("Anna Reyes", "Anna Reyes-Cole"))
    other = recognised_otherwise(transcript, {"evening": "evening", "tonight": "tonite", "really": "ready"}, by_ms=120)
    again = renewed(archive, other)
    srt = again["srt"].decode()
    assert "Harbor Institute" in srt
    assert "Anna Reyes-Cole," in srt
    assert "tonite" in srt
    kept = archives.loads(again["json"].decode())
    (harbor,) = [each for each in kept.corrections if each.text == "Harbor"]
    words = [word for sentence in other.sentences for word in sentence.words]
    heard = next(word for word in words if word.text.strip() == "Harbour")
    assert (harbor.words[0].start_ms, harbor.words[0].end_ms) == (heard.start_ms, heard.end_ms)
    assert (harbor.by, harbor.revision) == ("kai", 1)


def test_a_word_that_is_recognised_rightly_by_now_needs_no_correction():
    transcript = spoken("interview-en")
    archive = corrected(transcript, ("Harbour", "Harbor"))
    other = recognised_otherwise(transcript, {"Harbour": "Harbor"})
    taken = take_over(archive, other, OPTIONS, REVISION)
    assert not taken.edits.corrections


def test_what_does_not_fit_is_listed_and_kept_with_its_reason():
    transcript = spoken("interview-en")
    archive = corrected(transcript, ("Harbour", "Harbor"))
    other = recognised_otherwise(transcript, {"the": "a", "Harbour": "hardware", "Institute": "in", "of": "or"})
    taken = take_over(archive, other, OPTIONS, REVISION)
    assert not taken.edits.corrections
    assert any("not taken over to the new recognition: “Harbor”" in note.message for note in taken.notes)
    assert [each.unfit for each in taken.edits.replaced] == ["the speech around it was recognised otherwise"]


def test_cuts_of_a_person_are_kept_over_other_words():
    transcript = spoken("interview-en")
    archive = corrected(transcript, ("Dr. David Chen\nof the", "Dr. David\nChen of the"))
    other = recognised_otherwise(transcript, {"tonight": "tonite", "Good": "A good"})
    srt = renewed(archive, other)["srt"].decode()
    assert "and with me tonite is Dr. David\nChen of the Harbour Institute." in srt


def test_another_style_lays_out_anew_and_says_so():
    from captioner.style import load_style

    transcript = spoken("interview-en")
    archive = corrected(transcript, ("Harbour", "Harbor"), ("Dr. David Chen\nof the", "Dr. David\nChen of the"))
    taken = take_over(archive, transcript, replace(OPTIONS, style=load_style("netflix")), REVISION)
    assert not taken.edits.cues
    assert len(taken.edits.corrections) == 1
    assert "laid out anew" in taken.notes[0].message


def test_a_sentence_edited_by_hand_in_the_json_is_kept_by_the_next_run():
    transcript = spoken("interview-en")
    text = produce(transcript, MediaFacts(), OPTIONS).files["json"].decode()
    sentence = transcript.sentences[1].text
    edited = text.replace(f'"text": "{sentence}"', f'"text": "{sentence.replace("Harbour", "Harbor")}"', 1)
    assert edited != text
    again = renewed(archives.loads(edited), transcript)
    assert b"Harbor Institute" in again["srt"]
    kept = archives.loads(again["json"].decode())
    assert [(each.text, each.source) for each in kept.corrections] == [("Harbor", "talk.json")]
    assert not kept.hand_edits


def test_media_that_was_cut_again_keeps_the_corrections_of_what_is_left():
    transcript = spoken("interview-en")
    archive = corrected(transcript, ("Harbour", "Harbor"), ("mistakes", "errors"))
    left = recognised_otherwise(replace(transcript, sentences=transcript.sentences[3:]), {}, by_ms=-12_000)
    taken = take_over(archive, left, OPTIONS, REVISION)
    assert [each.text for each in taken.edits.corrections] == ["errors?"]
    assert ["Harbor" in note.message for note in taken.notes] == [True, False]
    assert "errors?" in " ".join(
        sentence.text for sentence in archives.loads(renewed(archive, left)["json"].decode()).shown.sentences
    )


def test_captions_of_a_person_move_with_their_words_and_go_with_them():
    transcript = spoken("interview-en")
    archive = corrected(transcript, ("Well, almost.", "Well,\nalmost."), ("U.S.", "US"))
    assert archive.pinned
    left = recognised_otherwise(replace(transcript, sentences=transcript.sentences[3:]), {}, by_ms=-12_000)
    taken = take_over(archive, left, OPTIONS, REVISION)
    gone = len(archive.cues) - len(taken.edits.cues)
    assert f"{gone} captions of a person whose speech is gone: left out" in [each.message for each in taken.notes]
    for before, after in zip(archive.cues[gone:], taken.edits.cues, strict=True):
        assert (after.start_ms, after.end_ms) == (before.start_ms - 12_000, before.end_ms - 12_000)
        assert after.text == before.text
    assert [each.text for each in taken.edits.corrections] == ["US"]


def names_shown(archive: Archive, given: dict[str, str]) -> tuple[str, list[str]]:
    """The first line of the captions of a run with given names, and what it says of names."""
    options = replace(OPTIONS, names=given)
    taken = take_over(archive, spoken("interview-en"), options, REVISION)
    names = {**taken.names, **given}
    made = produce(spoken("interview-en"), MediaFacts(), replace(OPTIONS, names=names), edits=taken.edits)
    return made.files["srt"].decode().splitlines()[2], [each.message for each in taken.notes if "named" in each.message]


def test_a_name_that_a_person_gave_wins_over_one_that_was_given_before():
    given = {"0": "Anna", "1": "David"}
    archive = corrected(spoken("interview-en"), ("Anna:", "Anna Berg:"), options=replace(OPTIONS, names=given))
    assert archive.renamed == {"0": ("Anna Berg", "Anna")}
    first, told = names_shown(archive, given)
    assert first.startswith("Anna Berg:")
    assert told == ["speaker Anna, as given, stays Anna Berg, as a person renamed it since then"]
    assert names_shown(archive, {})[0].startswith("Anna Berg:")


def test_a_name_that_is_given_after_a_person_renamed_wins():
    given = {"0": "Anna", "1": "David"}
    archive = corrected(spoken("interview-en"), ("Anna:", "Anna Berg:"), options=replace(OPTIONS, names=given))
    first, told = names_shown(archive, {"0": "Anne", "1": "David"})
    assert first.startswith("Anne:")
    assert told == ["speaker Anna Berg, as a person renamed it, is Anne, as given since then"]


def test_a_second_renaming_knows_the_name_that_was_given_first():
    given = {"0": "Anna", "1": "David"}
    archive = corrected(spoken("interview-en"), ("Anna:", "Anna Berg:"), options=replace(OPTIONS, names=given))
    data = (
        produce(archive.transcript, archive.media, options_of(archive, OPTIONS), edits=archive.edits)
        .files["srt"]
        .decode()
    )
    change = adopt(
        state_of(archive, options_of(archive, OPTIONS)),
        data.replace("Anna Berg:", "Anna Berger:").encode(),
        "talk.srt",
        "srt",
        Revision(2),
    )
    assert change.edits.renamed == {"0": ("Anna Berger", "Anna")}


def test_a_new_name_is_counted_as_adopt_counts_it_and_nothing_is_counted_as_none():
    transcript = spoken("interview-en")
    named = corrected(transcript, ("Speaker 1", "Anna"))
    notes = [note.message for note in take_over(named, transcript, OPTIONS, REVISION).notes]
    assert [note for note in notes if "1 correction" in note], notes
    cut = corrected(transcript, ("Dr. David Chen\nof the", "Dr. David\nChen of the"))
    (note,) = [note.message for note in take_over(cut, transcript, OPTIONS, REVISION).notes]
    assert note == f"the cuts of a person in {REVISION.source} kept"
