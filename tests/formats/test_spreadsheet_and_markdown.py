import csv
import html
import io
import re

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from captioner.formats import Context, render
from captioner.model import Cue, Line, Sentence, Transcript
from captioner.timecode import vtt_to_ms
from tests.formats import hostile

NAMES = {"0": "Anna", "1": "Smith, John"}


def rows(cues, **context):
    return list(csv.DictReader(io.StringIO(render(cues, "csv", Context(**context)).decode("utf-8"), newline="")))


def test_a_row_is_a_caption_with_its_speaker_and_its_lines_in_one_cell():
    lines = (Line("Hi?", speaker="0", dash="- ", label="Anna:"), Line('"Oh," he said', speaker="1", dash="- "))
    assert rows([Cue(0, 3_600_500, lines)], names=NAMES) == [
        {
            "number": "1",
            "start": "00:00:00.000",
            "end": "01:00:00.500",
            "duration_ms": "3600500",
            "speaker": "Anna / Smith, John",
            "text": '- Hi?\n- "Oh," he said',
        }
    ]


@given(hostile.cues(), st.dictionaries(st.sampled_from(["0", "1", "2"]), hostile.names))
def test_the_csv_of_any_captions_reads_back(cues, names):
    read = [
        (vtt_to_ms(row["start"]), vtt_to_ms(row["end"]), tuple(row["text"].split("\n")))
        for row in rows(cues, names=names)
    ]
    assert read == hostile.wanted(cues, lambda line: line.dash + line.text)


def test_a_csv_has_a_heading_even_without_captions_and_lines_end_as_the_rfc_says():
    assert render([], "csv") == b"number,start,end,duration_ms,speaker,text\r\n"


def paragraphs(markdown):
    """The text of every block as CommonMark shows it, by markdown-it with GitHub's tables and strikethrough on."""
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
    return [
        html.unescape(re.sub("<[^>]*>", "", block)) for block in re.findall(r"<(?:p|h1)>(.*?)</(?:p|h1)>", page, re.S)
    ]


def test_a_turn_opens_with_its_time_and_name_in_bold():
    talk = Transcript(
        (Sentence("Good *evening*.", 1000, 2000, speaker="0"), Sentence("_So_ | [x](y)", 61_000, 62_000, speaker="1"))
    )
    text = render([], "md", Context(transcript=talk, names=NAMES, title="a_b.mp4")).decode("utf-8")
    assert paragraphs(text) == ["a_b.mp4", "[00:00:01] Anna: Good *evening*.", "[00:01:01] Smith, John: _So_ | [x](y)"]
    assert "<strong>[00:00:01] Anna:</strong>" in MarkdownIt().render(text)


@given(st.lists(hostile.texts, min_size=1, max_size=4))
def test_no_text_becomes_markup(texts):
    talk = Transcript(tuple(Sentence(text, at, at + 1, speaker=str(at % 2)) for at, text in enumerate(texts)))
    context = Context(transcript=talk, names={"0": "A*", "1": "_B_"})
    shown = paragraphs(render([], "md", context).decode("utf-8"))
    plain = render([], "txt", context).decode("utf-8").rstrip("\n").split("\n\n")
    assert [hostile.squeezed(block) for block in shown] == [hostile.squeezed(block) for block in plain if block]
