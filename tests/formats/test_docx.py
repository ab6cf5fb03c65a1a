import io

import docx
from hypothesis import given
from hypothesis import strategies as st

from captioner.formats import Context, render
from captioner.model import Sentence, Transcript
from tests.formats import hostile

TALK = Transcript(
    (Sentence("Good <b>evening</b> & welcome.", 0, 900, speaker="0"), Sentence("So?", 61_000, 62_000, speaker="1"))
)
NAMES = {"0": "Anna", "1": "O'Neil & <Sons>"}


def document(talk, **context):
    return docx.Document(io.BytesIO(render([], "docx", Context(transcript=talk, **context))))


def test_word_shows_a_heading_and_a_paragraph_a_turn_with_time_and_name_in_bold():
    paragraphs = document(TALK, names=NAMES, title="talk.mp4", language="en").paragraphs
    assert [paragraph.text for paragraph in paragraphs] == [
        "talk.mp4",
        "[00:00:00] Anna: Good <b>evening</b> & welcome.",
        "[00:01:01] O'Neil & <Sons>: So?",
    ]
    assert [[run.bold for run in paragraph.runs] for paragraph in paragraphs] == [[True], [True, None], [True, None]]


def test_arabic_paragraphs_run_from_right_to_left_and_name_their_language():
    talk = Transcript((Sentence("مرحبا.", 0, 900), Sentence("Hello.", 9000, 9900)))
    arabic, latin = document(talk).paragraphs
    assert "<w:bidi/>" in arabic._p.xml
    assert "<w:bidi/>" not in latin._p.xml
    assert 'w:bidi="ar"' in document(talk, language="ar").paragraphs[0]._p.xml


@given(st.lists(hostile.texts, min_size=1, max_size=4))
def test_python_docx_reads_back_every_text(texts):
    talk = Transcript(tuple(Sentence(text, at, at + 1, speaker=str(at % 2)) for at, text in enumerate(texts)))
    context = Context(transcript=talk, names=NAMES, language="en")
    plain = render([], "txt", context).decode("utf-8").rstrip("\n").split("\n\n")
    shown = docx.Document(io.BytesIO(render([], "docx", context))).paragraphs
    assert [paragraph.text for paragraph in shown] == [paragraph for paragraph in plain if paragraph]


def test_the_same_transcript_is_always_the_same_file():
    assert render([], "docx", Context(transcript=TALK)) == render([], "docx", Context(transcript=TALK))
    assert len(document(Transcript(())).paragraphs) == 0
