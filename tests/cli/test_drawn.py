"""Captions as they are drawn: measured by the renderer, within their margins, in fonts that are there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from captioner.cli.drawing import DrawingOptions, prepare_ass
from captioner.cli.drawn import Renderer, draw_captions
from captioner.cli.sample_captions import sample_captions
from captioner.formats import Context
from captioner.formats.ass.probe import probe
from captioner.look import Look, load_look, look_names
from captioner.media.burn import check_fonts, find_ffmpeg, replaced_families
from captioner.media.pieces import find_pieces
from captioner.model import Cue, Line, Placement, Word

pytestmark = pytest.mark.process

HOSTILE = Cue(0, 3000, (Line("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"),))
WORDS = (Word("Hello ", "", 0, 500), Word("new ", "", 500, 1000), Word("world", "", 1000, 1500))
SPOKEN = Cue(0, 2000, (Line("Hello new world", WORDS),))


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    found = Renderer(find_ffmpeg())
    plain = b"[Script Info]\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\nStyle: A,Noto Sans,20\n\n[Events]\n"
    if check_fonts(plain + b"Format: Layer, Start, End, Style, Text\n", found.ffmpeg).missing:
        pytest.skip("no font on this machine")
    return found


def context(name: str, width: int = 1080, height: int = 1920, **facts: object) -> Context:
    return Context(language="en", width=width, height=height, look=load_look(name), **facts)


def places(cues: list[Cue], where: Context, renderer: Renderer) -> dict[tuple[int, int, int], tuple[float, ...]]:
    asked = probe(cues, where)
    return asked.boxes(find_pieces(asked.script, len(asked.keys), where.width, where.height, renderer.ffmpeg))


def test_words_are_found_beside_each_other_in_their_line(renderer: Renderer) -> None:
    found = places([SPOKEN], context("shorts-box-word", 1920, 1080), renderer)
    line, words = found[0, 0, -1], [found[0, 0, at] for at in range(3)]
    assert all(line[0] - 3 <= word[0] < word[2] <= line[2] + 3 for word in words)
    assert all(abs(word[1] - line[1]) < 3 and abs(word[3] - line[3]) < 3 for word in words)
    assert [word[0] for word in words] == sorted(word[0] for word in words)
    assert abs((line[0] + line[2]) / 2 - 960) < 4


def test_arabic_words_are_found_from_right_to_left(renderer: Renderer) -> None:
    cues = list(sample_captions("ar", 1000).cues)
    where = replace(context("shorts-box-word", 1920, 1080), language="ar")
    if check_fonts(draw_captions(cues, where, renderer).ass, renderer.ffmpeg).missing:
        pytest.skip("no font for Arabic on this machine")
    found = places(cues, where, renderer)
    lefts = [found[0, 0, at][0] for at in range(3)]
    assert lefts == sorted(lefts, reverse=True)


@pytest.mark.parametrize("name", look_names())
def test_no_caption_leaves_its_margins(renderer: Renderer, name: str) -> None:
    drawn = draw_captions([HOSTILE], context(name), renderer)
    seen = find_pieces(drawn.ass, 1, 1080, 1920, renderer.ffmpeg)[0]
    margin = load_look(name).for_picture(1080, 1920).side_margin / 100 * 1080
    outline = 12 + load_look(name).outline
    if seen is not None:  # black boxes are not seen on black, letters are
        assert seen[0] >= margin - outline
        assert seen[2] <= 1080 - margin + outline
    assert any("drawn smaller" in note for note in drawn.notes)


def test_lines_are_broken_again_with_their_words(renderer: Renderer) -> None:
    text = "Most people scroll past a video with thin captions"
    words = tuple(Word(f"{word} ", "", 200 * at, 200 * at + 200) for at, word in enumerate(text.split()))
    cue = Cue(0, 2000, (Line(text, words),))
    drawn = draw_captions([cue], context("shorts-bold"), renderer)
    assert drawn.ass.decode().count(r"\N") >= 1
    assert drawn.ass.decode().count(r"\1c&H00E6FF&") >= len(words)  # every word is lit once
    assert any("--max-columns" in note for note in drawn.notes)


def test_only_the_captions_of_a_moment_are_measured(renderer: Renderer) -> None:
    later = replace(SPOKEN, start_ms=5000, end_ms=7000)
    drawn = draw_captions([SPOKEN, later], context("minimal"), renderer, at_ms=500).ass.decode()
    assert drawn.count(r"\p1}") == 1


def test_captions_without_times_of_words_are_told(renderer: Renderer) -> None:
    plain = Cue(0, 1000, (Line("Hello"),))
    assert any("no times of words" in note for note in draw_captions([plain], context("karaoke"), renderer).notes)
    assert not any("no times of words" in note for note in draw_captions([SPOKEN], context("karaoke"), renderer).notes)


def test_the_first_family_that_is_there_is_drawn_and_told(renderer: Renderer) -> None:
    replaced = replaced_families(("No Such Family", "DejaVu Sans"), renderer.ffmpeg)
    if "DejaVu Sans" in replaced:
        pytest.skip("DejaVu Sans is not installed")
    look = Look(name="brand", font=("No Such Family", "DejaVu Sans"))
    drawn = draw_captions([SPOKEN], Context(language="en", look=look), renderer)
    assert b"Style: Default,DejaVu Sans," in drawn.ass
    assert "look brand: No Such Family is not installed; DejaVu Sans is used" in drawn.notes


def test_captions_at_the_top_and_two_speakers_have_their_boxes_there(renderer: Renderer) -> None:
    top = Cue(0, 1000, (Line("At the top"),), placement=Placement("top"))
    two = Cue(2000, 3000, (Line("Where?", speaker="0", dash="- "), Line("Here.", speaker="1", dash="- ")))
    text = draw_captions([top, two], context("broadcast-box", 1920, 1080), renderer).ass.decode()
    drawings = [row for row in text.splitlines() if r"\p1}" in row]
    heights = [float(row.split(r"\pos(")[1].split(")")[0].split(",")[1]) for row in drawings]
    assert heights[0] < 200 < 800 < heights[1]
    assert drawings[1].count("m ") == 2


def test_white_of_hdr_is_that_of_paper(renderer: Renderer) -> None:
    options = DrawingOptions(load_look("streaming"), 1920, 1080, hdr="pq")
    ass, _ = prepare_ass(sample_captions("en", 1000), options, renderer)
    assert b"&H00949494" in ass  # 58 % of white
    assert b"&H00FFFFFF" not in ass.partition(b"[Events]")[0]
