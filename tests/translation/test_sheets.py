"""Sheets for translators: every kind of file there and back, and what comes back as captions."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner import style as styles
from captioner.cli import main
from captioner.errors import ConfigError, ReplyError
from captioner.formats import Context, read
from captioner.model import Cue, Line, Placement, StyledSpan, TextStyle
from captioner.translation import sheets
from captioner.translation.rows import Row, sheet_rows
from captioner.translation.sheets import SheetFacts
from captioner.translation.sheets.word_table import has_tracked_changes
from captioner.translation.take_back import translated
from tests.examples import examples

STYLE = styles.load_style("web-default").for_language("de")
ITALIC = TextStyle(italic=True)
CUES = (
    Cue(1000, 3000, (Line("Good evening,", spans=(StyledSpan(0, 4, ITALIC),)), Line("and welcome to")), "0"),
    Cue(3100, 5000, (Line("the show."),), "0", Placement("top")),
    Cue(6000, 8000, (Line("Is it you?", speaker="0", dash="- "), Line("=1+1, it is.", speaker="1", dash="- "))),
)
CONTEXT = Context(names={"0": "Anna", "1": "Bo"}, language="en")
FACTS = SheetFacts("talk.srt", "en", "de", "web-default")
KINDS = sorted(sheets.ENDINGS)


def filled(texts: dict[int, str]) -> tuple[Row, ...]:
    return tuple(Row(number, 0, 0, "", "", 0, 0, 0, translation=text) for number, text in texts.items())


def test_a_row_has_what_a_translator_has_to_keep() -> None:
    first, second, third = sheet_rows(CUES, CONTEXT, STYLE)
    assert first.source == "<i>Good</i> evening,\nand welcome to"
    assert (first.number, first.start_ms, first.end_ms, first.speaker) == (1, 1000, 3000, "Anna")
    assert (first.columns, first.lines, first.characters) == (STYLE.max_columns, STYLE.max_lines, int(STYLE.cps * 2))
    assert first.context == second.context == "Good evening, and welcome to the show."
    assert (third.speaker, third.context) == ("Anna / Bo", "")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_comes_back(kind: str) -> None:
    rows = tuple(
        Row(**{**{name: getattr(row, name) for name in row.__slots__}, "translation": f"<b>é</b> 日本\n{row.source}"})
        for row in sheet_rows(CUES, CONTEXT, STYLE)
    )
    back = sheets.read(sheets.write(rows, FACTS, kind, "s"), kind, "s")
    assert [(row.number, row.source, row.translation) for row in back] == [
        (row.number, row.source, row.translation) for row in rows
    ]


def test_no_text_of_a_workbook_is_a_formula() -> None:
    rows = (Row(1, 0, 1000, "", "=1+1", 42, 2, 20, translation="=SUM(A1)"),)
    sheet = openpyxl.load_workbook(io.BytesIO(sheets.write(rows, FACTS, "xlsx", "s"))).active
    assert [(cell.value, cell.data_type) for cell in sheet[2] if str(cell.value).startswith("=")] == [
        ("=1+1", "s"),
        ("=SUM(A1)", "s"),
    ]


def test_a_table_may_have_its_columns_moved_and_others_beside_them() -> None:
    text = 'Mine;translation;NUMBER\nx;Guten Abend;1\n;;\ny;"zwei\nZeilen";2.0\n'
    assert [(row.number, row.translation) for row in sheets.read(text.encode("utf-16"), "csv", "s.csv")] == [
        (1, "Guten Abend"),
        (2, "zwei\nZeilen"),
    ]


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        ("csv", b"a,b\n1,2\n", "no columns Number and Translation"),
        ("csv", b"Number,Translation\none,x\n", "row 2: 'one' is no number"),
        ("xlsx", b"PK nothing", "cannot be read as an Excel workbook"),
        ("docx", b"nothing", "cannot be read as a Word document"),
        ("xliff", b"<xliff>", "damaged XML"),
        ("xliff", b"<xliff/>", "without units"),
        ("json", b"{}", "no list of captions"),
        ("json", b"[{}]", "entry 1"),
        ("json", b"[", "no JSON"),
    ],
)
def test_what_is_no_sheet_is_refused(kind: str, data: bytes, message: str) -> None:
    with pytest.raises(ReplyError, match=message):
        sheets.read(data, kind, "s")


def test_another_ending_is_refused() -> None:
    with pytest.raises(ConfigError, match="a sheet is one of csv, xlsx, docx, xliff, xlf, json"):
        sheets.write((), FACTS, "pdf", "s.pdf")


def test_times_speakers_tags_and_places_stay() -> None:
    made = translated(
        CUES,
        filled({1: "<i>Guten</i> Abend,\nund willkommen", 2: "zur Sendung.", 3: "- Bist du es?\n- Ja."}),
        STYLE,
        "de",
        keep=False,
    )
    first, second, third = made.cues
    assert [(cue.start_ms, cue.end_ms) for cue in made.cues] == [(cue.start_ms, cue.end_ms) for cue in CUES]
    assert first.lines[0].spans == (StyledSpan(0, 5, ITALIC),)
    assert second.placement == Placement("top")
    assert [(line.speaker, line.dash, line.text) for line in third.lines] == [
        ("0", "- ", "Bist du es?"),
        ("1", "- ", "Ja."),
    ]
    assert made.broken == made.parted == made.missing == ()


def test_a_line_that_is_too_wide_is_broken_anew_and_keeps_its_tags() -> None:
    text = "Guten Abend und <i>herzlich</i> willkommen zu unserer Sendung am Montag."
    made = translated(CUES[:1], filled({1: text}), STYLE, "de", keep=False)
    (cue,) = made.cues
    assert len(cue.lines) == 2
    assert made.broken == (1,)
    (span,) = (span for line in cue.lines for span in line.spans)
    assert next(line.text[span.start : span.end] for line in cue.lines if line.spans) == "herzlich"


def test_what_does_not_fit_becomes_several_captions_in_its_time() -> None:
    text = (
        "Guten Abend und herzlich willkommen zu unserer Sendung am Montag, in der wir heute viele Gäste haben werden."
    )
    made = translated(CUES[:1], filled({1: text}), STYLE, "de", keep=False)
    assert made.parted == (1,)
    assert len(made.cues) == 2
    assert made.cues[0].start_ms >= 1000
    assert made.cues[-1].end_ms <= 3000
    assert " ".join(" ".join(cue.text.split()) for cue in made.cues) == text


def test_missing_and_changed_captions_are_counted() -> None:
    rows = (Row(1, 0, 0, "", "Another text", 0, 0, 0, translation="Anders."), *filled({2: ""}))
    made = translated(CUES, rows, STYLE, "de", keep=True)
    assert (made.missing, made.moved) == ((2, 3), (1,))
    assert len(made.cues) == 3
    assert len(translated(CUES, rows, STYLE, "de", keep=False).cues) == 1


@pytest.mark.parametrize(("numbers", "message"), [((1, 1), "twice"), ((4,), "is not in the file")])
def test_numbers_that_cannot_be_are_refused(numbers: tuple[int, ...], message: str) -> None:
    rows = tuple(Row(number, 0, 0, "", "", 0, 0, 0, translation="x") for number in numbers)
    with pytest.raises(ReplyError, match=message):
        translated(CUES, rows, STYLE, "de", keep=False)


@given(st.text(max_size=300))
@settings(max_examples=examples(60), deadline=None)
def test_any_translation_makes_captions_in_the_time_of_theirs(text: str) -> None:
    made = translated(CUES[:1], filled({1: text}), STYLE, "de", keep=True)
    assert all(1000 <= cue.start_ms < cue.end_ms <= 3000 for cue in made.cues)


SRT = "1\n00:00:01,000 --> 00:00:03,000\nGood evening.\n\n2\n00:00:04,000 --> 00:00:06,000\nGoodbye.\n"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talk.srt").write_text(SRT)
    return tmp_path


def test_a_sheet_goes_out_and_comes_back(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("translate-sheet", "talk.srt", "--into", "de", "-o", "talk.de.csv") == 0
    assert "talk.de.csv: 2 captions to translate into de" in capsys.readouterr().err
    text = (talk / "talk.de.csv").read_text("utf-8-sig").replace("Good evening.,", "Good evening.,Guten Abend.")
    (talk / "talk.de.csv").write_text(text)
    back = ("translate-sheet", "talk.srt", "--into", "de", "--from-sheet", "talk.de.csv", "-o", "talk.de.vtt")
    assert run(*back) != 0
    assert "talk.de.csv: caption 2 without a translation" in capsys.readouterr().err
    assert not (talk / "talk.de.vtt").exists()
    assert run(*back, "--untranslated", "keep") == 0
    shown = read((talk / "talk.de.vtt").read_bytes(), "talk.de.vtt").cues
    assert [(cue.start_ms, cue.text) for cue in shown] == [(1000, "Guten Abend."), (4000, "Goodbye.")]


@pytest.mark.process
def test_a_program_translates(talk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-secret")
    (talk / "translate.py").write_text(
        "import json, os, sys\n"
        "assert 'DASHSCOPE_API_KEY' not in os.environ\n"
        "given = json.load(sys.stdin)\n"
        "assert given['target_language'] == 'fr'\n"
        "json.dump([each['source'].upper() for each in given['captions']], sys.stdout)\n"
    )
    command = f"{sys.executable} translate.py"
    assert run("translate-sheet", "talk.srt", "--into", "fr", "--translator", command, "-o", "talk.fr.srt") == 0
    assert (talk / "talk.fr.srt").read_text() == SRT.replace("Good evening.", "GOOD EVENING.").replace(
        "Goodbye.", "GOODBYE."
    )


FAILS = f"{sys.executable} -c 'import sys; sys.exit(\"no key\")'"


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "s.csv", "--into", "klingonish"], "no language"),
        (["-o", "s.srt", "--from-sheet", "none.csv"], "--into"),
        (["-o", "s.srt", "--into", "fr", "--from-sheet", "none.csv"], "none.csv: cannot be read"),
        (["-o", "s.srt", "--into", "fr", "--translator", "/nowhere/at-all"], "cannot be run"),
        (["-o", "s.srt", "--into", "fr", "--translator", FAILS], "no key"),
        (["-o", "s.srt", "--into", "fr", "--translator", f"{sys.executable} -c 'print(1)'"], "no list of captions"),
        (["-o", "s.srt", "--into", "fr", "--translator", "'"], "quotes"),
        (["-o", "s.pdf"], "a sheet is one of"),
        (["-o", "s.csv", "--format", "srt"], "a sheet goes by its ending"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_a_line(
    talk: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("translate-sheet", "talk.srt", *arguments) in {1, 2}
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not list(talk.glob("s.*"))


def test_a_program_sees_every_field(talk: Path) -> None:
    assert run("translate-sheet", "talk.srt", "--into", "de", "-o", "s.json") == 0
    document = json.loads((talk / "s.json").read_text())
    assert document["source_language"] == "en"
    assert document["captions"][0] == {
        "number": 1, "start_ms": 1000, "end_ms": 3000, "speaker": "", "source": "Good evening.", "columns": 42,
        "lines": 2, "characters": document["captions"][0]["characters"], "context": "", "translation": "",
    }  # fmt: skip


def xliff_row(unit: str) -> Row:
    (row,) = sheets.read(f'<xliff version="1.2"><file><body>{unit}</body></file></xliff>'.encode(), "xliff", "s.xliff")
    return row


def test_proposals_of_a_translation_memory_are_no_translation() -> None:
    proposal = "<alt-trans><source>Good night.</source><target>Gute Nacht.</target></alt-trans>"
    row = xliff_row(f'<trans-unit id="1"><source>Hello.</source><target>Hallo.</target>{proposal}</trans-unit>')
    assert (row.source, row.translation) == ("Hello.", "Hallo.")
    row = xliff_row(f'<trans-unit id="1"><source>Hello.</source><target/>{proposal}</trans-unit>')
    assert row.translation == ""


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ('<mrk mtype="seg" mid="1">Eins.</mrk> <mrk mtype="seg" mid="2">Zwei.</mrk>', "Eins. Zwei."),
        ('<g id="1" ctype="italic">Hallo</g> Welt', "<i>Hallo</i> Welt"),
        ('<g id="1" ctype="bold">Hallo <g id="2" ctype="italic">du</g></g>', "<b>Hallo <i>du</i></b>"),
        ('Hallo<x id="1" ctype="lb"/>Welt', "Hallo\nWelt"),
        ('Hallo<x id="1" ctype="x-br"/>Welt', "Hallo\nWelt"),
        ('<x id="1" equiv-text="&lt;i&gt;"/>Hallo<x id="2" equiv-text="&lt;/i&gt;"/>', "<i>Hallo</i>"),
        ('<bpt id="1">&lt;i&gt;</bpt>Hallo<ept id="1">&lt;/i&gt;</ept>', "<i>Hallo</i>"),
    ],
)
def test_marks_of_translation_programs_become_tags_and_lines(target: str, text: str) -> None:
    row = xliff_row(f'<trans-unit id="1"><source>Hello.</source><target>{target}</target></trans-unit>')
    assert row.translation == text


def test_xliff_2_is_read_by_its_segments() -> None:
    row = xliff_row(
        '<unit id="1"><segment><source>One.</source><target>Eins.</target></segment>'
        "<ignorable><source> </source></ignorable>"
        '<segment><source>Two</source><target><pc id="1" subType="xlf:i">Zwei</pc></target></segment></unit>'
    )
    assert (row.source, row.translation) == ("One. Two", "Eins. <i>Zwei</i>")


@pytest.mark.parametrize(
    ("state", "target", "text"),
    [
        ("new", "Hello.", ""),
        ("needs-translation", "Hallo", ""),
        ("new", "Hallo.", "Hallo."),
        ("final", "Hello.", "Hello."),
    ],
)
def test_a_source_that_was_only_filled_in_is_no_translation(state: str, target: str, text: str) -> None:
    row = xliff_row(f'<trans-unit id="1"><source>Hello.</source><target state="{state}">{target}</target></trans-unit>')
    assert row.translation == text


def test_lost_tags_and_dashes_are_told_and_a_whole_style_stays() -> None:
    whole = Cue(
        0, 4000, (Line("Come in,", spans=(StyledSpan(0, 8, ITALIC),)), Line("now.", spans=(StyledSpan(0, 4, ITALIC),)))
    )
    partly = Cue(4000, 8000, (Line("So come in.", spans=(StyledSpan(3, 7, ITALIC),)),))
    rows = [
        replace(row, translation=text)
        for row, text in zip(
            sheet_rows((whole, partly, CUES[2]), CONTEXT, STYLE),
            ("Herein.", "Komm also.", "Bist du es? Ja."),
            strict=True,
        )
    ]
    made = translated((whole, partly, CUES[2]), rows, STYLE, "de", keep=False)
    assert made.cues[0].lines[0].spans == (StyledSpan(0, 7, ITALIC),)
    assert (made.plain, made.joined) == ((2,), (3,))


def test_a_number_too_long_for_a_caption_is_refused() -> None:
    with pytest.raises(ReplyError, match="is no number of a caption"):
        sheets.read(f"Number,Translation\n{'9' * 5000},a\n".encode(), "csv", "s.csv")


def test_a_row_whose_number_was_merged_away_is_named() -> None:
    book = openpyxl.load_workbook(io.BytesIO(sheets.write(sheet_rows(CUES, CONTEXT, STYLE), FACTS, "xlsx", "s")))
    book.active.merge_cells("A2:A3")
    data = io.BytesIO()
    book.save(data)
    with pytest.raises(ReplyError, match="row 3: has no number of a caption; split merged cells"):
        sheets.read(data.getvalue(), "xlsx", "s.xlsx")


def test_tracked_changes_of_word_are_read_as_accepted_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("talk.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nOne\n\n2\n00:00:04,000 --> 00:00:06,000\nTwo\n")
    rows = sheet_rows((Cue(1000, 3000, (Line("One"),)), Cue(4000, 6000, (Line("Two"),))), CONTEXT, STYLE)
    rows = tuple(replace(row, translation=text) for row, text in zip(rows, ("Eins", "Zwei"), strict=True))
    document = docx.Document(io.BytesIO(sheets.write(rows, FACTS, "docx", "s")))
    table = document.tables[0]
    place = [cell.text for cell in table.rows[0].cells].index("Translation")
    paragraph = table.rows[1].cells[place].paragraphs[0]._p
    for tag, child, text in (("w:del", "w:delText", " weg"), ("w:ins", "w:t", " mehr")):
        change, run, words = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(child)
        words.text = text
        words.set(qn("xml:space"), "preserve")
        run.append(words)
        change.append(run)
        paragraph.append(change)
    document.save("back.docx")
    with pytest.raises(SystemExit) as left:
        main(["translate-sheet", "talk.srt", "--into", "de", "--from-sheet", "back.docx", "-o", "de.srt"])
    assert left.value.code == 0
    assert "Eins mehr\n" in Path("de.srt").read_text()
    assert "back.docx: its tracked changes are read as accepted" in capsys.readouterr().err
    deleted = OxmlElement("w:del")
    table.rows[2]._tr.get_or_add_trPr().append(deleted)
    document.save("back.docx")
    with pytest.raises(SystemExit) as left:
        main(
            ["translate-sheet", "talk.srt", "--into", "de", "--from-sheet", "back.docx", "-o", "de.srt", "--overwrite"]
        )
    assert left.value.code == 1
    assert "caption 2" in capsys.readouterr().err
    assert not has_tracked_changes(sheets.write(rows, FACTS, "docx", "s"))
    assert not has_tracked_changes(b"nothing")
