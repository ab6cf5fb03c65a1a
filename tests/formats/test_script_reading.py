"""Scripts are read as what is to be spoken, whatever stands beside it for the people at work."""

from __future__ import annotations

import io
import zipfile

import pytest

from captioner.errors import ReplyError
from captioner.formats.script_reading import ScriptLine, read_script

RUNDOWN = """\
RUNDOWN SIX O'CLOCK

--- A1 FIRE ---
SLUG: FIRE AT THE HARBOUR
TRT: 1:20
[VO]
ANNA (v.o.): Good evening. I'm Anna Chen.
(SOT)
0:12 DAVID: Is this really (he laughs) the end?
It is (the first in ten years) done -- almost.
CG: Anna Chen, Mayor
INTRO: Hello there.
(0:30)
((pause))

ANNA:
Two lines [MUSIC UP] here.
Remember: keep calm.
"""


def spoken(text: str, name: str = "script.txt") -> list[tuple[str, str]]:
    return [(line.speaker, line.text) for line in read_script(text.encode(), name).lines]


def test_a_rundown_is_read_without_cues_times_and_headings() -> None:
    assert spoken(RUNDOWN) == [
        ("ANNA", "Good evening. I'm Anna Chen."),
        ("DAVID", "Is this really the end?"),
        ("DAVID", "It is (the first in ten years) done – almost."),
        ("DAVID", "Hello there."),
        ("ANNA", "Two lines here."),
        ("ANNA", "Remember: keep calm."),
    ]
    script = read_script(RUNDOWN.encode(), "script.txt")
    assert {line.story for line in script.lines} == {"FIRE AT THE HARBOUR"}
    assert {"[VO]", "(SOT)", "CG: Anna Chen, Mayor", "TRT: 1:20"} <= set(script.left_out)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ANNA (V.O.): Hi.", [("ANNA", "Hi.")]),
        ("ANNA [on cam]: Hi.", [("ANNA", "Hi.")]),
        ("Anna: Hi.\nBen: Ho.", [("Anna", "Hi."), ("Ben", "Ho.")]),
        ("anna: hi\nAnna: hi again", [("anna", "hi"), ("anna", "hi again")]),
        ("主持人：晚上好。\n【画外音】开始。\n嘉宾：谢谢。",
         [("主持人", "晚上好。"), ("主持人", "开始。"), ("嘉宾", "谢谢。")]),
        ("المذيع: مساء الخير\nالضيف: شكرا", [("المذيع", "مساء الخير"), ("الضيف", "شكرا")]),
        ("DR. CHAN\nYes.\n\nDR. CHAN (cont'd)\nNo.", [("DR. CHAN", "Yes."), ("DR. CHAN", "No.")]),
        ("VO: Rain tonight.\nSOT", [("", "Rain tonight.")]),
        ("O-TON: Wir haben Angst.\nMAZ", [("", "Wir haben Angst.")]),
        ("00:00:10 --> 00:00:12 Hello.", [("", "Hello.")]),
        ("GOOD EVENING. RAIN TONIGHT.", [("", "GOOD EVENING. RAIN TONIGHT.")]),
        ("One thing: it rains.\nThe rest is dry.\nAnd so on.",
         [("", "One thing: it rains."), ("", "The rest is dry."), ("", "And so on.")]),
    ],
)  # fmt: skip
def test_names_and_cues(text: str, expected: list[tuple[str, str]]) -> None:
    assert spoken(text) == expected


def test_markdown_has_headings_quotes_and_tables() -> None:
    table = "| Speaker | Text |\n|---|---|\n| Ben | Dry. |\n"
    text = f"# Six o'clock\n\n## Fire\n\n**ANNA:** *Good* evening.\n\n> Rain.\n\n{table}"
    script = read_script(text.encode(), "script.md")
    assert [(line.speaker, line.text, line.story) for line in script.lines] == [
        ("ANNA", "Good evening.", "Fire"),
        ("ANNA", "Rain.", "Fire"),
        ("Ben", "Dry.", "Fire"),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_has_the_text_in_the_column_that_its_head_names(separator: str) -> None:
    rows = [["Slug", "Time", "Presenter", "Script"], ["FIRE", "0:30", "ANNA", '"Good evening.\n[VO] A fire."'],
            ["SPORT", "0:20", "SOT", "Hello."]]  # fmt: skip
    script = read_script("\n".join(separator.join(row) for row in rows).encode(), "rundown.csv")
    assert script.lines == (
        ScriptLine("Good evening.", "ANNA", "FIRE"),
        ScriptLine("A fire.", "ANNA", "FIRE"),
        ScriptLine("Hello.", "", "SPORT"),
    )


def test_a_table_without_a_head_has_the_text_in_its_longest_column() -> None:
    text = "1,ANNA,Good evening to all of you.\n2,BEN,Good evening.\n3,ANNA,Rain tonight.\n"
    assert spoken(text, "rundown.csv") == [
        ("ANNA", "Good evening to all of you."),
        ("BEN", "Good evening."),
        ("ANNA", "Rain tonight."),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings_are_detected(encoding: str) -> None:
    text = "主持人：晚上好，欢迎收看今天的晚间新闻。\n嘉宾：谢谢大家，很高兴来到这里。\n" * 4
    assert read_script(text.encode(encoding), "script.txt").lines[0] == ScriptLine(
        "晚上好，欢迎收看今天的晚间新闻。", "主持人"
    )


WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'


def docx(body: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("word/document.xml", WORD.format(body))
        package.writestr("word/comments.xml", WORD.format("<w:p><w:r><w:t>Check this</w:t></w:r></w:p>"))
    return made.getvalue()


def paragraph(*runs: str, style: str = "") -> str:
    head = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{head}{''.join(runs)}</w:p>"


def run(text: str, look: str = "") -> str:
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_a_word_document_is_read_as_it_is_printed() -> None:
    body = (
        paragraph(run("Fire"), style="Heading1")
        + paragraph(
            run("ANNA: Good "),
            '<w:del w:author="x"><w:r><w:delText>morning</w:delText></w:r></w:del>',
            '<w:ins w:author="x"><w:r><w:t>evening</w:t></w:r></w:ins>',
            "<w:moveFrom><w:r><w:t> moved</w:t></w:r></w:moveFrom>",
            run(" cut", "<w:strike/>"),
            run(" kept", '<w:strike w:val="0"/>'),
            run(" hidden", "<w:vanish/>"),
            '<w:commentRangeStart w:id="1"/><w:r><w:commentReference w:id="1"/></w:r>',
            run("."),
        )
        + "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Speaker</w:t></w:r></w:p></w:tc>"
        + "<w:tc><w:p><w:r><w:t>Text</w:t></w:r></w:p></w:tc></w:tr>"
        + "<w:tr><w:tc><w:p><w:r><w:t>BEN</w:t></w:r></w:p></w:tc>"
        + "<w:tc><w:p><w:r><w:t>Rain.</w:t></w:r></w:p><w:p><w:r><w:t>[VO] Wind.</w:t></w:r></w:p></w:tc></w:tr>"
        + "<w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>BEN</w:t></w:r></w:p></w:tc>"
        + "<w:tc><w:p><w:r><w:t>Snow.</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    assert read_script(docx(body), "script.docx").lines == (
        ScriptLine("Good evening kept.", "ANNA", "Fire"),
        ScriptLine("Rain.", "BEN", "Fire"),
        ScriptLine("Wind.", "BEN", "Fire"),
    )


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "empty.txt", "empty.txt: there is nothing to be spoken in it"),
        (b"[VO]\n(SOT)\n", "cues.txt", "cues.txt: there is nothing to be spoken in it"),
        (b"\x00\x01\x02\xff\x00\x10" * 50, "talk.txt", "talk.txt: is not a text file; save the script as docx"),
        (b"%PDF-1.7", "talk.pdf", "talk.pdf: is a PDF; save the script as docx, txt"),
        (b"{\\rtf1", "talk.rtf", "talk.rtf: is RTF; save the script as docx, txt"),
        (b"PK\x03\x04", "talk.docx", "talk.docx: is not a Word document that can be read"),
        (b"\xd0\xcf\x11\xe0\xa1", "talk.doc", "talk.doc: is an old Word document; save"),
    ],
)
def test_what_is_no_script_is_refused(data: bytes, name: str, message: str) -> None:
    with pytest.raises(ReplyError) as refused:
        read_script(data, name)
    assert refused.value.message.startswith(message)
