"""From a transcript to caption files."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from fractions import Fraction

import pytest

from captioner.archive import MediaFacts
from captioner.captions.caption_files import Captions
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import (
    build_context,
    correct_transcript,
    find_shots,
    finish_cues,
    produce,
    render_file,
)
from captioner.errors import ConfigError
from captioner.formats import FORMATS
from captioner.model import Cue, Issue, Sentence, Transcript, Word
from captioner.style import Style, load_style
from tests.check.cases import cue

MEDIA = MediaFacts(width=1280, height=720, sha256="ab" * 32)
NETFLIX = load_style("netflix")
CUES: tuple[Cue, ...] = (cue(1010, 2990, "Good evening."),)


def spoken(*texts: str) -> Transcript:
    return Transcript(
        tuple(
            Sentence(
                text,
                2000 * number,
                2000 * number + 1500,
                speaker=str(number % 2),
                words=(Word(text[:-1], text[-1], 2000 * number, 2000 * number + 1500),),
            )
            for number, text in enumerate(texts)
        ),
        "en",
        duration_ms=2000 * len(texts),
    )


def finished(options: CaptionOptions, cues: tuple[Cue, ...] = CUES, **media: object) -> tuple[Cue, ...]:
    context = build_context(Transcript(()), MediaFacts(**media), options)
    shots = find_shots(options, context.frame_rate, None)
    return finish_cues(cues, options.style, context, options, shots)


def test_every_format_is_made_of_one_transcript() -> None:
    options = CaptionOptions(formats=("srt", "vtt", "ass", "json", "txt"), names={"0": "Anna", "1": "Bo"})
    made = produce(spoken("Hello there.", "Hi Anna."), MEDIA, options)
    assert set(made.files) == {"srt", "vtt", "ass", "json", "txt"}
    assert made.cues >= 1
    assert made.speech
    assert b"Anna" in made.files["srt"]
    assert b"PlayResX: 1280" in made.files["ass"]
    assert json.loads(made.files["json"])


def test_the_result_can_be_sent_to_another_process() -> None:
    made = produce(spoken("Hello there."), MEDIA, CaptionOptions())
    assert pickle.loads(pickle.dumps(made)) == made


def test_the_severest_issues_are_kept_in_their_order() -> None:
    issues = tuple(
        Issue(f"r{at}", severity, at, 1, 0, "m") for at, severity in enumerate(["note", "warning", "note", "error"])
    )
    made = Captions({}, issues=issues)
    assert made.worst_issues(None) == issues
    assert [issue.rule for issue in made.worst_issues(3)] == ["r0", "r1", "r3"]
    assert [issue.rule for issue in made.worst_issues(1)] == ["r3"]


@pytest.mark.parametrize("name", ["srt", "vtt", "ass", "json", "txt"])
def test_no_speech_is_a_file_without_cues(name: str) -> None:
    made = produce(Transcript(()), MEDIA, CaptionOptions(formats=(name,)))
    assert (made.cues, made.speech) == (0, False)
    assert b"-->" not in made.files[name]
    assert b"Dialogue:" not in made.files[name]


def test_the_check_can_be_left_out_and_changes_no_file() -> None:
    fast = spoken("Unbelievably long announcements come tonight, and everybody has to read all of them quickly.")
    options = CaptionOptions(formats=("srt", "ass"), style=NETFLIX)
    checked, quick = produce(fast, MEDIA, options), produce(fast, MEDIA, options, check=False)
    assert checked.files == quick.files
    assert checked.issues
    assert not quick.issues


def test_the_size_given_wins_over_the_medias() -> None:
    options = CaptionOptions(formats=("ass",), size=(1080, 1920))
    assert b"PlayResY: 1920" in produce(spoken("Hello."), MEDIA, options).files["ass"]


def test_an_offset_moves_every_time() -> None:
    moved = produce(spoken("Hello there."), MEDIA, CaptionOptions(offset_ms=10_000)).files["srt"].decode()
    assert "00:00:09,960 -->" in moved
    assert "00:00:00,000 -->" in produce(spoken("Hello there."), MEDIA, CaptionOptions()).files["srt"].decode()


def test_replaced_characters_are_told_once_for_all_files() -> None:
    options = CaptionOptions(
        formats=("scc", "srt"),
        substitute=True,
        spellings=(("☂", "rain"),),
        start_timecode="01:00:00;00",
        also=((load_style("social-vertical"), "scc"),),
    )
    made = produce(spoken("Řek ☂ {x}.", "Hi."), MEDIA, options)
    told = [issue.message for issue in made.issues if issue.rule == "spelled"]
    assert [message.split(" in ")[0] for message in told if "SCC" in message] == [
        "“☂” is written “rain”",
        "“Ř” is written “R”",
    ]
    assert [message.split(" in ")[0] for message in told if "SRT" in message] == [
        "“{” is written “｛”",
        "“}” is written “｝”",
    ]
    assert "Řek ☂".encode() in made.files["srt"]
    assert set(made.files) == {"scc", "srt", "social-vertical.scc"}


def test_what_was_changed_on_request_comes_first() -> None:
    options = CaptionOptions(
        formats=("scc",),
        style=Style(name="slow", max_columns=32, cps=2, cps_hard=3),
        replacements='[replace]\nhello = "Goodbye"\n',
        substitute=True,
        start_timecode="01:00:00;00",
    )
    made = produce(spoken("Hello ř, my friend."), MEDIA, options)
    rules = [issue.rule for issue in made.issues]
    assert rules[:2] == ["replaced", "spelled"]
    assert "cps" in rules[2:]


def test_a_further_file_follows_its_own_style() -> None:
    narrow = Style(name="narrow", max_columns=12, rtl_marks="none")
    made = produce(spoken("One two three four five six."), MEDIA, CaptionOptions(also=((narrow, "srt"),)))
    assert "One two\n" in made.files["narrow.srt"].decode()
    assert "One two three four five six.\n" in made.files["srt"].decode()
    said = Transcript((Sentence("مرحبا بكم.", 0, 2000),), "ar")
    marked = produce(said, MEDIA, CaptionOptions(language="ar", also=((narrow, "srt"),)))
    assert "\u200f" in marked.files["srt"].decode()
    assert "\u200f" not in marked.files["narrow.srt"].decode()


def test_times_follow_the_style_and_the_medias_rate() -> None:
    options = CaptionOptions(style=NETFLIX)
    (found,) = finished(options, frame_rate=Fraction(25))
    assert (found.start_ms, found.end_ms) == (1000, 3000)
    assert finished(options) == CUES


def test_a_rate_given_wins_and_frames_can_be_refused() -> None:
    options = CaptionOptions(style=NETFLIX)
    (found,) = finished(replace(options, frame_rate=Fraction(24)), frame_rate=Fraction(25))
    assert found.start_ms == 1000
    assert finished(replace(options, snap_frames=False), frame_rate=Fraction(25)) == CUES
    ceiled = replace(options, frame_rate=Fraction(30000, 1001), ms_rounding="ceil")
    (found,) = finished(ceiled, (cue(1040, 2990, "Good evening."),))
    assert found.start_ms == 1035  # frame 31 begins at 1034.37


def test_words_are_replaced_before_the_layout_and_listed() -> None:
    told = Transcript((Sentence("We use fun asr here.", 0, 3000),), "en")
    options = CaptionOptions(style=NETFLIX, replacements='[replace]\n"fun asr" = "Fun-ASR"\n')
    _, (note,) = correct_transcript(told, options)
    assert note.message == "at 0.0 s “fun asr” is shown as “Fun-ASR”"
    assert b"We use Fun-ASR here." in produce(told, MEDIA, options).files["srt"]
    assert correct_transcript(told, CaptionOptions()) == (told, ())


def test_shots_come_from_a_list_or_the_media() -> None:
    listed = CaptionOptions(style=NETFLIX, shot_list="0.92\n", frame_rate=Fraction(25))
    (found,) = finished(listed)
    assert found.start_ms == 920
    detecting = CaptionOptions(style=NETFLIX, detect_shots=True, frame_rate=Fraction(25))
    assert find_shots(detecting, Fraction(25), (920,)) == (920,)
    with pytest.raises(ConfigError, match="needs the media"):
        produce(spoken("Hello."), MEDIA, detecting)


def test_a_target_sets_gap_encoding_and_line_ends() -> None:
    options = CaptionOptions(target="premiere")
    pair = (cue(0, 1000, "One."), cue(1000, 2000, "Two."))
    first, second = finished(options, pair)
    assert first.end_ms <= second.start_ms
    context = build_context(Transcript(()), MEDIA, options)
    data, issues = render_file(pair, "srt", context, options)
    assert (b"\r\n" in data, issues) == (True, ())


def test_places_that_a_format_lacks_are_told() -> None:
    options = CaptionOptions(formats=("csv", "ass"), top=((0, 10_000),))
    made = produce(spoken("Hello there."), MEDIA, options)
    (told,) = [issue.message for issue in made.issues if issue.rule == "top"]
    assert told == "csv has no captions at the top; 1 stay where the others are"


def test_each_of_several_targets_has_a_file_as_if_it_were_the_only_one() -> None:
    told = spoken("Hello there.", "Hi Anna.", "Good evening.")
    media = replace(MEDIA, frame_rate=Fraction(25))
    wanted = (("premiere", "srt"), ("youtube", "srt"), ("netflix", "ttml1"), ("avid", "avid"))
    made = produce(told, media, CaptionOptions(formats=(), deliveries=wanted, archive=True))
    names = {("premiere", "srt"): "premiere.srt", ("youtube", "srt"): "youtube.srt"}
    for target, name in wanted:
        alone = produce(told, media, CaptionOptions(formats=(name,), target=target))
        own = names.get((target, name), FORMATS[name].extension)
        assert made.files[own] == alone.files[FORMATS[name].extension], target
    assert b"\r\n" in made.files["premiere.srt"]
    assert b"\r\n" not in made.files["youtube.srt"]


@pytest.mark.parametrize(
    ("text", "named"),
    [("Good evening and welcome.", b'xml:lang="en"'), ("大家晚上好，欢迎收看。", b'xml:lang="zh"'), ("123", b'"und"')],
)
def test_a_format_that_names_its_language_takes_that_of_the_text_and_tells_it(text: str, named: bytes) -> None:
    told = replace(spoken(text), language="")
    made = produce(told, MEDIA, CaptionOptions(formats=("ttml1", "srt"), target="netflix"))
    assert named in made.files[FORMATS["ttml1"].extension]
    (note,) = [issue.message for issue in made.issues if issue.rule == "language"]
    assert note.startswith("ttml1 names its language: ")
    assert note.endswith("by the text; --language says another")
    assert not [
        issue for issue in produce(told, MEDIA, CaptionOptions(formats=("srt",))).issues if issue.rule == "language"
    ]


def test_words_without_times_of_their_own_light_up_by_estimate_and_it_is_told() -> None:
    told = spoken("Hello there.", "Hi Anna.")
    bare = replace(told, sentences=(told.sentences[0], replace(told.sentences[1], words=())))
    options = CaptionOptions(formats=("ass",), karaoke="k")
    (note,) = [issue.message for issue in produce(bare, MEDIA, options).issues if issue.rule == "karaoke"]
    assert note == "--karaoke: 1 of 2 sentences have no times of words; theirs are estimated by length"
    assert not [issue for issue in produce(told, MEDIA, options).issues if issue.rule == "karaoke"]


def test_a_frame_rate_that_is_assumed_and_times_that_stay_off_frames_are_told() -> None:
    def notes(**options: object) -> list[str]:
        made = produce(spoken("Hello there."), MEDIA, CaptionOptions(**options))
        return [issue.message for issue in made.issues if issue.rule == "frames"]

    assert notes(formats=("stl",)) == ["stl counts frames and the frame rate is not known; 25 is taken. Give --fps"]
    assert notes(formats=("ttml",), target="netflix") == [
        "netflix takes times on frames and the frame rate is not known; they stay. Give --fps"
    ]
    assert notes(formats=("stl", "ttml"), target="ebu", frame_rate=Fraction(25)) == []
    assert notes(formats=("srt", "txt")) == []
