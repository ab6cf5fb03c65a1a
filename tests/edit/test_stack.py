"""Two languages in one picture."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.cli import main
from captioner.edit.stack import stack
from captioner.model import Cue, Line, Placement, StyledSpan, TextStyle


def cue(start: int, end: int, *texts: str) -> Cue:
    return Cue(start, end, tuple(Line(text) for text in texts))


def test_captions_of_one_moment_are_one_caption_with_both() -> None:
    made = stack([cue(1000, 3000, "你好。")], [cue(1040, 3100, "Hello.")])
    assert [(each.start_ms, each.end_ms, each.text) for each in made.cues] == [(1000, 3100, "你好。\nHello.")]
    assert (made.parted, made.alone) == (0, 0)


def test_one_caption_beside_two_is_parted_at_a_mark() -> None:
    zh = [cue(0, 4000, "我们今天很高兴，欢迎大家。")]
    en = [cue(0, 2000, "We are very glad today,"), cue(2000, 4000, "and welcome everyone.")]
    made = stack(zh, en)
    assert [each.text for each in made.cues] == [
        "我们今天很高兴，\nWe are very glad today,",
        "欢迎大家。\nand welcome everyone.",
    ]
    assert made.parted == 1


def test_in_two_places_the_first_is_at_the_top_with_the_same_times() -> None:
    made = stack([cue(1000, 3000, "a")], [cue(900, 2900, "b")], apart=True)
    assert [(each.start_ms, each.end_ms, each.placement) for each in made.cues] == [
        (900, 3000, Placement("top")),
        (900, 3000, None),
    ]


def test_what_has_no_counterpart_stands_alone() -> None:
    made = stack([cue(0, 1000, "a"), cue(5000, 6000, "c")], [cue(10, 1000, "b")])
    assert [each.text for each in made.cues] == ["a\nb", "c"]
    assert made.alone == 1


def test_italics_stay_with_their_words_and_two_speakers_stay_together() -> None:
    look = TextStyle(italic=True)
    line = Line("one two three four", spans=(StyledSpan(8, 13, look),))
    made = stack([Cue(0, 4000, (line,))], [cue(0, 2000, "x"), cue(2000, 4000, "y")])
    assert [each.lines[0].text for each in made.cues] == ["one two", "three four"]
    assert made.cues[1].lines[0].spans == (StyledSpan(0, 5, look),)
    dashed = Cue(0, 4000, (Line("Yes?", dash="- "), Line("No.", dash="- ")))
    made = stack([dashed], [cue(0, 2000, "x"), cue(2000, 4000, "y")])
    assert [each.text for each in made.cues] == ["Yes?\nNo.\nx", "Yes?\nNo.\ny"]


SPANS = st.lists(st.tuples(st.integers(100, 5000), st.integers(0, 2000)), max_size=12)


def cues_of(spans: list[tuple[int, int]], name: str) -> list[Cue]:
    made, at = [], 0
    for number, (length, gap) in enumerate(spans):
        at += gap
        made.append(cue(at, at + length, f"{name}{number} and some more {name}{number}"))
        at += length
    return made


@given(SPANS, SPANS)
def test_no_word_is_lost_or_shown_twice_and_nothing_overlaps(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    first, second = cues_of(one, "a"), cues_of(other, "b")
    made = stack(first, second)
    for name, given_cues in (("a", first), ("b", second)):
        words = [word for each in made.cues for word in each.text.split()]
        wanted = [word for each in given_cues for word in each.text.split()]
        kept = [word for word in words if word in set(wanted) and word[0] == name and word[1:].isdigit()]
        assert kept == [word for word in wanted if word[0] == name and word[1:].isdigit()]
    for before, after in zip(made.cues, made.cues[1:], strict=False):
        assert before.end_ms <= after.start_ms or before.start_ms == after.start_ms


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


def test_the_command_writes_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "talk.zh.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\n你好。\n", encoding="utf-8")
    (tmp_path / "talk.en.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nHello.\n")
    files = (tmp_path / "talk.zh.srt", tmp_path / "talk.en.srt")
    assert run("merge", *files, "--stack", "-o", tmp_path / "both.srt") == 0
    assert (tmp_path / "both.srt").read_text("utf-8") == "1\n00:00:01,000 --> 00:00:03,000\n你好。\nHello.\n"
    assert run("merge", *files, "--stack", "places", "-o", tmp_path / "both.vtt") == 0
    assert "你好。" in (tmp_path / "both.vtt").read_text("utf-8")
    assert run("merge", *files, files[1], "--stack", "-o", tmp_path / "three.srt") == 2
    assert "--stack is for two files" in capsys.readouterr().err
