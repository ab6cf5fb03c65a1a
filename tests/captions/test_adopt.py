"""Edited captions of every format become corrections, and files that nobody edited change nothing."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from fractions import Fraction

import pytest

from captioner import archive as archives
from captioner.archive import Archive, MediaFacts
from captioner.captions.adopt import Adoption, State, adopt, options_of, state_of
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import produce
from captioner.corrections import Revision
from captioner.formats import FORMATS, read
from captioner.model import Transcript
from captioner.style import load_style
from tests.captions.spoken import Spaces, spoken

REVISION = Revision(1, "2026-11-28T19:30:00Z", "kai", "talk")
#: Every format that is written and can be read again; STL, iTT and TTML 1 need a language, which is given.
CUE_FORMATS = [name for name, row in FORMATS.items() if row.reader and name not in ("json", "stl-teletext")]
PROSE = ["txt", "md", "docx"]
PLAIN = ["srt", "vtt", "ass", "csv", "ttml"]
_made: dict[tuple[str, str, str, str], tuple[dict[str, bytes], Archive]] = {}


def made(
    name: str = "interview-en", style: str = "web-default", *, spaces: Spaces = "after", **options: object
) -> tuple[dict[str, bytes], Archive]:
    """The files of a fixture, and its archive; made once, for a copy each."""
    key = (name, style, spaces, repr(options))
    if key not in _made:
        transcript = spoken(name, spaces)
        _made[key] = written(transcript, CaptionOptions(**{
            "formats": tuple(dict.fromkeys([*CUE_FORMATS, *PROSE])),
            "style": load_style(style),
            "also": ((load_style("word-by-word"), "srt"), (load_style("social-vertical"), "ass")),
            "language": transcript.language,
            "archive": True,
            **options,
        }))  # fmt: skip
    files, archive = _made[key]
    return dict(files), archive


def written(transcript: Transcript, options: CaptionOptions) -> tuple[dict[str, bytes], Archive]:
    media = MediaFacts(transcript.duration_ms, 1920, 1080, Fraction(25))
    files = dict(produce(transcript, media, options, title="talk").files)
    return files, archives.loads(files["json"].decode())


def state(archive: Archive) -> State:
    return state_of(archive, options_of(archive, CaptionOptions()))


def again(archive: Archive, change: Adoption) -> dict[str, bytes]:
    """The files after an adoption."""
    made = produce(archive.transcript, archive.media, change.options, title=archive.title, edits=change.edits)
    return dict(made.files)


def texts(files: dict[str, bytes]) -> list[str]:
    return [sentence.text for sentence in archives.loads(files["json"].decode()).shown.sentences]


@pytest.mark.parametrize("spaces", ["before", "after", "none"])
@pytest.mark.parametrize(
    ("name", "style", "options"),
    [
        ("interview-en", "web-default", {}),
        ("interview-en", "netflix", {"names": {"0": "Anna", "1": "Dr. David Chen"}}),
        ("interview-en", "bbc-online", {"colours": True, "karaoke": "kf"}),
        ("interview-en", "social-vertical", {"offset_ms": 1500}),
        ("interview-zh", "web-default", {"names": {"0": "安娜", "1": "陈大卫"}}),
        ("interview-zh", "netflix", {}),
        ("late-audio", "web-default", {"substitute": True}),
    ],
)
def test_what_was_written_is_no_edit(name, style, options, spaces):
    formats = [each for each in CUE_FORMATS if not (each in ("scc", "stl") and name == "interview-zh")]
    files, archive = made(name, style, spaces=spaces, formats=(*formats, *PROSE), **options)
    before = state(archive)
    for extension, data in files.items():
        if extension != "json":
            change = adopt(before, data, f"talk.{extension}", extension, REVISION)
            assert change.adopted.is_empty, (extension, change.adopted.edits.corrections, change.adopted.cuts)
            assert change.edits is before.edits
    rewritten = again(archive, Adoption(change.adopted, before.edits, before.options))
    if not archive.offset_ms:
        assert rewritten == files
    else:
        assert {key: data for key, data in rewritten.items() if key != "json"} == {
            key: data for key, data in files.items() if key != "json"
        }


def edited(data: bytes, old: str, new: str, ending: str) -> bytes:
    """A file in which some text was replaced, as its editor would do it."""
    if ending == "docx":
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = {item.filename: package.read(item) for item in package.infolist()}
        parts["word/document.xml"] = parts["word/document.xml"].replace(old.encode(), new.encode())
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            for key, part in parts.items():
                package.writestr(key, part)
        return buffer.getvalue()
    assert old.encode() in data, ending
    return data.replace(old.encode(), new.encode())


@pytest.mark.parametrize("spaces", ["before", "after", "none"])
@pytest.mark.parametrize("ending", [*PLAIN, *PROSE])
def test_a_word_that_was_corrected_in_any_format_is_corrected_in_all(ending, spaces):
    files, archive = made(spaces=spaces)
    data = edited(files[ending], "Harbour", "Harbor", ending)
    change = adopt(state(archive), data, f"talk.{ending}", ending, REVISION)
    (correction,) = change.edits.corrections
    assert (correction.text, correction.by, correction.revision) == ("Harbor", "kai", 1)
    assert not change.edits.cues
    after = again(archive, change)
    assert texts(after)[1] == texts(files)[1].replace("Harbour", "Harbor")
    assert b"Harbor Institute" in after["srt"]
    assert after["srt"] == files["srt"].replace(b"Harbour", b"Harbor")
    assert b"Harbor\n" in after["word-by-word.srt"]
    assert archives.loads(after["json"].decode()).transcript == archive.transcript


def test_a_character_that_was_corrected_in_chinese_is_corrected_in_all():
    files, archive = made("interview-zh", formats=("srt", "vtt", "txt"))
    text = texts(files)[0]
    old = text[2:4]
    data = files["srt"].decode().replace(old, "早上", 1).encode()
    change = adopt(state(archive), data, "talk.srt", "srt", REVISION)
    after = again(archive, change)
    assert texts(after)[0] == text.replace(old, "早上", 1)
    assert texts(after)[1:] == texts(files)[1:]
    assert len(change.edits.corrections) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_another_encoding_and_other_line_ends_are_no_edit(encoding):
    files, archive = made()
    data = files["srt"].decode().replace("\n", "\r\n").encode(encoding)
    assert adopt(state(archive), data, "talk.srt", "srt", REVISION).adopted.is_empty


def on_frames(srt: str, rate: int) -> str:
    """SRT with every time on a frame, as an editor saves it."""
    cues = read(srt.encode(), "x.srt").cues
    moved = [replace(cue, start_ms=_frame(cue.start_ms, rate), end_ms=_frame(cue.end_ms, rate)) for cue in cues]
    return FORMATS["srt"].render(moved, state(made()[1]).context).decode()


def _frame(ms: int, rate: int) -> int:
    return round(round(ms * rate / 1000) * 1000 / rate)


def test_times_that_a_program_rounded_are_no_edit():
    files, archive = made()
    data = on_frames(files["srt"].decode(), 24)
    assert data.encode() != files["srt"]
    assert adopt(state(archive), data.encode(), "talk.srt", "srt", REVISION).adopted.is_empty


def test_a_time_that_was_moved_is_kept_beside_times_that_were_rounded():
    files, archive = made()
    data = on_frames(files["srt"].decode(), 25).replace("00:00:07,920", "00:00:07,500")
    assert "00:00:07,500" in data
    change = adopt(state(archive), data.encode(), "talk.srt", "srt", REVISION)
    assert (change.adopted.times, change.adopted.corrected) == (1, 0)
    before = state(archive).cues
    assert [cue.end_ms for cue in change.edits.cues][2] == 7500
    assert change.edits.pinned == (2,)
    assert [cue.start_ms for cue in change.edits.cues] == [cue.start_ms for cue in before]


def test_one_millisecond_frame_that_a_person_moved_is_kept():
    files, archive = made()
    data = files["srt"].replace(b"00:00:04,287", b"00:00:04,327")
    change = adopt(state(archive), data, "talk.srt", "srt", REVISION)
    assert change.adopted.times == 1
    assert b"00:00:04,327" in again(archive, change)["srt"]


def test_a_time_line_that_begins_at_ten_hours_is_no_edit():
    files, archive = made()
    data = files["srt"].replace(b"00:00:", b"10:00:").replace(b"00:01:", b"10:01:")
    change = adopt(state(archive), data, "talk.srt", "srt", REVISION)
    assert change.adopted.is_empty
    assert "all times are 10 h later" in change.notes[0]


def test_line_breaks_and_cuts_of_a_person_are_kept_and_other_shapes_follow_the_words():
    files, archive = made()
    srt = files["srt"].decode()
    data = srt.replace(
        "and with me tonight is Dr. David Chen\nof the Harbour Institute.",
        "and with me tonight is Dr. David\nChen of the Harbour Institute.",
    )
    assert data != srt
    change = adopt(state(archive), data.encode(), "talk.srt", "srt", REVISION)
    assert (change.adopted.corrected, change.adopted.cuts, change.edits.pinned) == (0, 1, (2,))
    after = again(archive, change)
    assert after["srt"] == data.encode()
    assert b"Dr. David\nChen of" in after["vtt"]
    assert after["social-vertical.ass"] == files["social-vertical.ass"]
    relaid = adopt(state(archive), data.encode(), "talk.srt", "srt", REVISION, relayout=True)
    assert not relaid.edits.cues


def test_a_caption_that_was_cut_in_two_stays_in_two():
    files, archive = made()
    old = "00:00:04,367 --> 00:00:07,936\nand with me tonight is Dr. David Chen\nof the Harbour Institute."
    new = (
        "00:00:04,367 --> 00:00:05,900\nand with me tonight\n\n"
        "33\n00:00:05,900 --> 00:00:07,936\nis Dr. David Chen\nof the Harbour Institute."
    )
    data = files["srt"].decode().replace(old, new)
    change = adopt(state(archive), data.encode(), "talk.srt", "srt", REVISION)
    assert change.adopted.corrected == 0
    after = read(again(archive, change)["srt"], "x.srt").cues
    assert [cue.text for cue in after[2:4]] == ["and with me tonight", "is Dr. David Chen\nof the Harbour Institute."]
    assert (after[2].start_ms, after[3].end_ms) == (4367, 7936)
    assert texts(again(archive, change)) == texts(files)


def test_what_was_adopted_is_no_edit_either():
    files, archive = made()
    data = files["srt"].decode().replace("Dr. David Chen\nof the", "Dr. David\nChen of thee")
    change = adopt(state(archive), data.encode(), "talk.srt", "srt", REVISION)
    after = again(archive, change)
    archive = archives.loads(after["json"].decode())
    for extension, written in after.items():
        if extension != "json":
            second = adopt(state(archive), written, f"talk.{extension}", extension, replace(REVISION, number=2))
            assert second.adopted.is_empty, extension
    assert again(archive, second)["srt"] == after["srt"]


def test_a_speaker_who_was_named_everywhere_has_a_new_name():
    files, archive = made()
    data = files["srt"].replace(b"Speaker 1:", b"Anna:")
    change = adopt(state(archive), data, "talk.srt", "srt", REVISION)
    assert change.options.names == {"0": "Anna"}
    assert not change.edits.corrections
    assert b"<v Anna>" in again(archive, change)["vtt"]


def test_shapes_of_single_words_and_vertical_ones_come_from_the_corrected_words():
    also = ((load_style("word-by-word"), "srt"), (load_style("social-vertical"), "ass"))
    files, archive = made(formats=("srt", "ass"), also=also, karaoke="k")
    assert b"Harbour" in files["word-by-word.srt"]
    data = files["srt"].replace(b"Harbour", b"Harbor").replace(b"captions typed", b"subtitles typed")
    change = adopt(state(archive), data, "talk.srt", "srt", REVISION)
    after = again(archive, change)
    for name in ("word-by-word.srt", "social-vertical.ass", "ass"):
        assert b"Harbour" not in after[name]
        assert b"Harbor" in after[name]
        assert b"subtitles" in after[name]
    assert re.search(rb"\{\\k\d+\}Harbor", after["ass"])
    before, now = (re.findall(rb"\S+ --> \S+", each["word-by-word.srt"]) for each in (files, after))
    assert before == now


def test_a_line_that_was_given_to_another_speaker_is_hers_in_every_format():
    files, archive = made()
    vtt = files["vtt"].decode().replace("<v Speaker 1>And the mistakes?", "<v Speaker 2>And the mistakes?")
    change = adopt(state(archive), vtt.encode(), "talk.vtt", "vtt", REVISION)
    (correction,) = change.edits.corrections
    assert (correction.text, correction.speaker) == (None, "1")
    after = again(archive, change)
    assert b"Speaker 1: And the mistakes?" not in after["srt"]
    assert "Speaker 1: And the mistakes?" not in after["txt"].decode()


def test_a_new_speaker_is_told():
    files, archive = made()
    vtt = files["vtt"].decode().replace("<v Speaker 1>And the mistakes?", "<v Carla>And the mistakes?")
    change = adopt(state(archive), vtt.encode(), "talk.vtt", "vtt", REVISION)
    assert "new speaker: Carla" in change.notes
    after = again(archive, change)
    assert b"Carla: And the mistakes?" in after["srt"]
    assert "] Carla: And the mistakes?" in after["txt"].decode()


def test_a_caption_that_was_deleted_takes_its_words_with_it():
    files, archive = made()
    blocks = files["srt"].decode().split("\n\n")
    data = "\n\n".join(blocks[:1] + blocks[2:])
    change = adopt(state(archive), data.encode(), "talk.srt", "srt", REVISION)
    after = again(archive, change)
    assert b"Anna Reyes" not in after["srt"]
    assert "Anna Reyes" not in " ".join(texts(after))
    assert [each.spoken.strip() for each in change.adopted.differences if each.kind == "omitted"] in (
        [],
        ["I'm Anna Reyes,"],
    )


def test_a_caption_for_which_nothing_was_said_is_shown_when_it_was_put():
    files, archive = made()
    data = files["srt"].decode() + "\n40\n00:01:02,800 --> 00:01:03,300\n[Applause]\n"
    change = adopt(state(archive), data.encode(), "talk.srt", "srt", REVISION)
    after = again(archive, change)
    last = read(after["srt"], "x.srt").cues[-1]
    assert (last.text, last.start_ms, last.end_ms) == ("[Applause]", 62800, 63300)
    assert "[Applause]" in after["txt"].decode()


def test_a_correction_that_was_taken_back_is_gone_and_remembered():
    files, archive = made()
    change = adopt(state(archive), files["srt"].replace(b"Harbour", b"Harbor"), "talk.srt", "srt", REVISION)
    after = again(archive, change)
    second = adopt(
        state(archives.loads(after["json"].decode())), files["srt"], "talk.srt", "srt", replace(REVISION, number=2)
    )
    assert not second.edits.corrections
    assert [(each.text, each.until) for each in second.edits.replaced] == [("Harbor", 2)]
    last = again(archives.loads(after["json"].decode()), second)
    assert last["srt"] == files["srt"]


def test_an_earlier_correction_keeps_its_author():
    files, archive = made()
    change = adopt(state(archive), files["srt"].replace(b"Harbour", b"Harbor"), "talk.srt", "srt", REVISION)
    after = again(archive, change)
    second = adopt(
        state(archives.loads(after["json"].decode())),
        after["vtt"].replace(b"mistakes", b"errors"),
        "talk.vtt",
        "vtt",
        Revision(2, "2026-11-29T08:00:00Z", "ann", "talk.vtt"),
    )
    assert [(each.text, each.by, each.revision) for each in second.edits.corrections] == [
        ("Harbor", "kai", 1),
        ("errors?", "ann", 2),
    ]


def test_a_person_wins_over_a_replacement_list():
    files, archive = made(replacements='[replace]\n"harbour" = "Hafen"\n', replacements_name="names.toml")
    assert b"Hafen Institute" in files["srt"]
    assert [each.kind for each in archive.corrections] == ["rule"]
    assert archive.transcript == spoken("interview-en")
    data = files["srt"].replace(b"Hafen", b"Harbour")
    change = adopt(state(archive), data, "talk.srt", "srt", REVISION)
    assert b"Harbour Institute" in again(archive, change)["srt"]


def test_marks_that_a_style_does_not_show_stay_in_the_transcript():
    files, archive = made("interview-zh", "netflix", formats=("srt", "txt"))
    text = " ".join(texts(files))
    srt = files["srt"].decode()
    assert "。" in text
    assert "。" not in srt
    first = read(files["srt"], "x.srt").cues[1].text
    data = srt.replace(first, first[:-1] + "吗", 1)
    after = again(archive, adopt(state(archive), data.encode(), "talk.srt", "srt", REVISION))
    assert " ".join(texts(after)).count("。") == text.count("。")
    assert "吗" in " ".join(texts(after))


def test_other_cuts_of_another_program_change_no_word():
    files, archive = made()
    other, _ = made(style="bbc-online")
    assert other["srt"] != files["srt"]
    change = adopt(state(archive), other["srt"], "talk.srt", "srt", REVISION)
    assert change.adopted.corrected == 0
    assert change.adopted.cuts > 5
    after = again(archive, change)
    assert texts(after) == texts(files)
    assert [cue.text for cue in read(after["srt"], "x.srt").cues] == [
        cue.text for cue in read(other["srt"], "x.srt").cues
    ]


def test_labels_in_capitals_are_no_new_names():
    files, archive = made(names={"0": "Anna", "1": "David Chen"})
    data = files["srt"].replace(b"Anna:", b"ANNA:").replace(b"David Chen:", b"DAVID CHEN:")
    change = adopt(state(archive), data, "talk.srt", "srt", REVISION)
    assert change.adopted.is_empty


@pytest.mark.parametrize("spaces", ["before", "after", "none"])
@pytest.mark.parametrize(
    "options",
    [
        {"remove": ("really", "And the mistakes")},
        {"mask": ("Harbour", "captions typed"), "replacements": '[replace]\n"dr" = "Doctor"\n'},
        {"remove_fillers": True, "without_speakers": True},
    ],
)
def test_what_rules_left_out_or_masked_is_a_rule_of_the_archive(options, spaces):
    files, archive = made(formats=("srt", "txt"), spaces=spaces, **options)
    assert all(each.kind == "rule" for each in archive.corrections)
    words = [word.text.strip() for sentence in archive.transcript.sentences for word in sentence.words]
    assert words == [word.text.strip() for sentence in spoken("interview-en").sentences for word in sentence.words]
    before = state(archive)
    assert adopt(before, files["srt"], "talk.srt", "srt", REVISION).adopted.is_empty
    assert adopt(before, files["txt"], "talk.txt", "txt", REVISION).adopted.is_empty
    change = adopt(before, files["srt"].replace(b"Anna Reyes", b"Anna Royes"), "talk.srt", "srt", REVISION)
    after = again(archive, change)
    assert after["srt"] == files["srt"].replace(b"Anna Reyes", b"Anna Royes")
    assert after["txt"] == files["txt"].replace(b"Anna Reyes", b"Anna Royes")


def test_a_file_of_one_of_several_targets_is_adopted_by_what_was_in_it():
    wanted = (("premiere", "srt"), ("youtube", "srt"), ("netflix", "ttml"))
    files, archive = made(formats=(), deliveries=wanted)
    assert {"premiere.srt", "youtube.srt", "ttml"} <= files.keys()
    for name in ("premiere.srt", "youtube.srt", "ttml"):
        assert adopt(state(archive), files[name], f"talk.{name}", name, REVISION).adopted.is_empty, name
    moved = files["premiere.srt"].replace(b"Dr. David Chen\r\nof the", b"Dr. David\r\nChen of the")
    change = adopt(state(archive), moved, "talk.premiere.srt", "premiere.srt", REVISION)
    assert (change.adopted.corrected, change.adopted.cuts) == (0, 1)
    assert b"Dr. David\nChen of the" in again(archive, change)["youtube.srt"]
    reworded = files["ttml"].replace(b"Harbour", b"Harbor")
    change = adopt(state(archive), reworded, "talk.ttml", "ttml", REVISION)
    assert change.adopted.corrected
    assert all(b"Harbor" in data for name, data in again(archive, change).items() if name != "json")
